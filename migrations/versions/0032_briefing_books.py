"""Briefing books, and what was told in a meeting.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    # Not in a batch: that would make the table anew, without the triggers that keep meetings apart.
    op.add_column("meeting", sa.Column("told", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_table(
        "briefing_book",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("executive_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        sa.Column("released_at", _INSTANT, nullable=True),
        _points("briefing_book", "executive_id", "executive"),
        _points("briefing_book", "event_id", "event"),
        _points("briefing_book", "made_by_id", "user"),
        _points("briefing_book", "released_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing_book")),
        sa.UniqueConstraint(
            "executive_id",
            "event_id",
            "on",
            "number",
            name=op.f("uq_briefing_book_executive_id_event_id_on_number"),
        ),
    )
    op.create_index(op.f("ix_briefing_book_event_id"), "briefing_book", ["event_id"], unique=False)
    op.create_table(
        "briefing_page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        _points("briefing_page", "book_id", "briefing_book"),
        _points("briefing_page", "meeting_id", "meeting"),
        _points("briefing_page", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing_page")),
        sa.UniqueConstraint("book_id", "position", name=op.f("uq_briefing_page_book_id_position")),
    )
    for column in ("meeting_id", "person_id"):
        op.create_index(op.f(f"ix_briefing_page_{column}"), "briefing_page", [column], unique=False)


def downgrade() -> None:
    for column in ("person_id", "meeting_id"):
        op.drop_index(op.f(f"ix_briefing_page_{column}"), table_name="briefing_page")
    op.drop_table("briefing_page")
    op.drop_index(op.f("ix_briefing_book_event_id"), table_name="briefing_book")
    op.drop_table("briefing_book")
    op.drop_column("meeting", "told")
