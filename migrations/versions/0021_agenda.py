"""Agendas: published schedules, rules and releases, who is on stage, what closes a parity gap.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _once(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _at(name: str, *, may_be_empty: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=may_be_empty)


def upgrade() -> None:
    _schedules()
    op.create_table(
        "agenda_plan",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("day_change_hour", sa.Integer(), nullable=True),
        sa.Column("n_buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _points("agenda_plan", "event_id", "event"),
        _key("agenda_plan", "event_id"),
    )
    op.create_table(
        "agenda_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("n_sessions", sa.Integer(), nullable=False),
        sa.Column("n_warnings", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _at("at"),
        _points("agenda_release", "event_id", "event"),
        _points("agenda_release", "by_id", "user"),
        _key("agenda_release", "id"),
        _once("agenda_release", "event_id", "number"),
    )
    op.create_table(
        "appearance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        _points("appearance", "session_id", "session"),
        _points("appearance", "person_id", "person"),
        _key("appearance", "id"),
        _once("appearance", "session_id", "person_id"),
    )
    op.create_index(op.f("ix_appearance_person_id"), "appearance", ["person_id"], unique=False)
    op.create_table(
        "parity_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _at("at"),
        _at("withdrawn_at", may_be_empty=True),
        _points("parity_note", "session_id", "session"),
        _points("parity_note", "closed_by_id", "session"),
        _points("parity_note", "by_id", "user"),
        _key("parity_note", "id"),
    )
    op.create_index(op.f("ix_parity_note_session_id"), "parity_note", ["session_id"], unique=False)


def _schedules() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("title", sa.String(length=320), nullable=False),
        sa.Column("version_said", sa.String(length=320), nullable=False),
        _at("made_at"),
        _at("read_at"),
        _points("schedule", "event_id", "event"),
        _key("schedule", "id"),
        _once("schedule", "event_id", "key"),
    )
    state = sa.Enum("checked", "done", "discarded", name="runstate", native_enum=False, length=40)
    op.create_table(
        "schedule_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=320), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _at("at"),
        _at("done_at", may_be_empty=True),
        _points("schedule_run", "event_id", "event"),
        _points("schedule_run", "schedule_id", "schedule"),
        _points("schedule_run", "by_id", "user"),
        _key("schedule_run", "id"),
    )
    op.create_index(op.f("ix_schedule_run_event_id"), "schedule_run", ["event_id"], unique=False)
    op.create_table(
        "schedule_item",
        sa.Column("session_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("published", sa.JSON(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        _at("gone_at", may_be_empty=True),
        _points("schedule_item", "session_id", "session"),
        _points("schedule_item", "schedule_id", "schedule"),
        _key("schedule_item", "session_id"),
        _once("schedule_item", "schedule_id", "key"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_parity_note_session_id"), table_name="parity_note")
    op.drop_table("parity_note")
    op.drop_index(op.f("ix_appearance_person_id"), table_name="appearance")
    op.drop_table("appearance")
    for table in ("agenda_release", "agenda_plan", "schedule_item"):
        op.drop_table(table)
    op.drop_index(op.f("ix_schedule_run_event_id"), table_name="schedule_run")
    op.drop_table("schedule_run")
    op.drop_table("schedule")
