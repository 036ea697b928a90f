"""Matching runs: what was asked, the meetings proposed, the wishes that could not be met and why.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def upgrade() -> None:
    op.create_table(
        "matching_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=True),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("executive_ids", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("started_at", _INSTANT, nullable=True),
        sa.Column("finished_at", _INSTANT, nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("bound", sa.Integer(), nullable=True),
        sa.Column("applied_at", _INSTANT, nullable=True),
        sa.Column("applied_by_id", sa.Integer(), nullable=True),
        sa.Column("rolled_back_at", _INSTANT, nullable=True),
        sa.Column("rolled_back_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _points("matching_run", "event_id", "event"),
        _points("matching_run", "after_id", "matching_run"),
        _points("matching_run", "by_id", "user"),
        _points("matching_run", "job_id", "job"),
        _points("matching_run", "applied_by_id", "user"),
        _points("matching_run", "rolled_back_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_run")),
    )
    _index("matching_run", "event_id")
    op.create_table(
        "matching_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("chair", sa.Integer(), nullable=False),
        sa.Column("executive_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("is_agreed", sa.Boolean(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("meeting_version", sa.Integer(), nullable=True),
        _points("matching_meeting", "run_id", "matching_run"),
        _points("matching_meeting", "slot_id", "slot"),
        _points("matching_meeting", "executive_id", "executive"),
        _points("matching_meeting", "person_id", "person"),
        _points("matching_meeting", "meeting_id", "meeting"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_meeting")),
    )
    _index("matching_meeting", "run_id", "person_id")
    op.create_table(
        "matching_unmet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("executive_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("is_must", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("n_windows", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("slot_ids", sa.JSON(), nullable=False),
        _points("matching_unmet", "run_id", "matching_run"),
        _points("matching_unmet", "executive_id", "executive"),
        _points("matching_unmet", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_unmet")),
    )
    _index("matching_unmet", "run_id", "person_id")


def downgrade() -> None:
    op.drop_table("matching_unmet")
    op.drop_table("matching_meeting")
    op.drop_table("matching_run")
