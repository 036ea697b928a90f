"""Reports that are counted once a month, and what they said each time.

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

_INSTANT = sa.DateTime(timezone=True)

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    op.create_table(
        "report_schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("reader_ids", sa.JSON(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("next_at", _INSTANT, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("last_at", _INSTANT, nullable=True),
        sa.Column("last_said", sa.Text(), nullable=False),
        sa.Column("is_last_fine", sa.Boolean(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "day BETWEEN 1 AND 28 AND hour BETWEEN 0 AND 23", name=op.f("ck_report_schedule_time")
        ),
        _points("report_schedule", "view_id", "saved_view"),
        _points("report_schedule", "job_id", "job"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedule")),
        sa.UniqueConstraint("view_id", name=op.f("uq_report_schedule_view_id")),
    )
    op.create_index("ix_report_schedule_due", "report_schedule", ["next_at"])
    _runs()
    _rows()


def _runs() -> None:
    op.create_table(
        "report_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report", sa.String(length=40), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=True),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("month", sa.String(length=7), nullable=True),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("about", sa.String(length=320), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("as_of", _INSTANT, nullable=False),
        sa.Column("asked_as_of", _INSTANT, nullable=True),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("checkpoint", sa.JSON(), nullable=False),
        sa.Column("methodology", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("n_rows", sa.Integer(), nullable=False),
        _points("report_run", "view_id", "saved_view"),
        _points("report_run", "schedule_id", "report_schedule"),
        _points("report_run", "person_id", "person"),
        _points("report_run", "made_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_run")),
        sa.UniqueConstraint("schedule_id", "month", name="uq_report_run_month"),
    )
    for column in ("view_id", "person_id", "made_at"):
        op.create_index(op.f(f"ix_report_run_{column}"), "report_run", [column])
    op.create_index("ix_report_run_report", "report_run", ["report", "made_by_id"])


def _rows() -> None:
    op.create_table(
        "report_run_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("grid", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        _points("report_run_row", "run_id", "report_run"),
        _points("report_run_row", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_run_row")),
    )
    op.create_index(op.f("ix_report_run_row_person_id"), "report_run_row", ["person_id"])
    op.create_index("ix_report_run_row_run", "report_run_row", ["run_id", "id"])


def downgrade() -> None:
    op.drop_table("report_run_row")
    op.drop_table("report_run")
    op.drop_table("report_schedule")
