"""Answers of calendar programs; feeds without what is cancelled; what was told about items left out.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_TABLE = "calendar_reply"
_STATES = ("recorded", "stale", "overtaken", "waiting", "settled", "dropped")


def _points(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{_TABLE}_{column}_{target}"))


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inbound_id", sa.Integer(), nullable=False),
        sa.Column(
            "state", sa.Enum(*_STATES, name="replystate", native_enum=False, length=40), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("partstat", sa.String(length=20), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("attendee", sa.String(length=320), nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("proposed_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        _points("inbound_id", "inbound_message"),
        _points("event_id", "event"),
        _points("invitation_id", "invitation"),
        _points("decided_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_reply")),
    )
    for column in ("event_id", "inbound_id", "invitation_id", "received_at", "state"):
        op.create_index(op.f(f"ix_{_TABLE}_{column}"), _TABLE, [column], unique=False)
    op.add_column("feed", sa.Column("has_cancelled", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column(
        "feed", sa.Column("left_out", sa.String(length=64), server_default=sa.text("''"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("feed", "left_out")
    op.drop_column("feed", "has_cancelled")
    for column in ("state", "received_at", "invitation_id", "inbound_id", "event_id"):
        op.drop_index(op.f(f"ix_{_TABLE}_{column}"), table_name=_TABLE)
    op.drop_table(_TABLE)
