"""The day of an event: tasks, zones and holds of seats, badges, check-ins of phones, the respect checklist, promises answered.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_EMPTY = sa.text("''")


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def upgrade() -> None:
    op.add_column("seat", sa.Column("room_zone", sa.String(length=80), server_default=_EMPTY, nullable=False))
    op.add_column("seat", sa.Column("held_for", sa.String(length=320), server_default=_EMPTY, nullable=False))
    op.add_column("seat", sa.Column("held_reason", sa.Text(), server_default=_EMPTY, nullable=False))
    _tasks()
    _door()
    _respect()
    _promises()


def _tasks() -> None:
    op.create_table(
        "event_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=320), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("origin", _enum("taskorigin", "by_hand", "respect", "promise"), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("done_at", _INSTANT, nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _points("event_task", "event_id", "event"),
        _points("event_task", "person_id", "person"),
        _points("event_task", "owner_id", "user"),
        _points("event_task", "made_by_id", "user"),
        _points("event_task", "done_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_task")),
    )
    for column in ("event_id", "person_id", "owner_id"):
        op.create_index(op.f(f"ix_event_task_{column}"), "event_task", [column], unique=False)


def _door() -> None:
    op.create_table(
        "badge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("second_line", sa.String(length=320), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=True),
        sa.Column("printed_at", _INSTANT, nullable=True),
        sa.Column("printed_by_id", sa.Integer(), nullable=True),
        sa.Column("n_prints", sa.Integer(), nullable=False),
        _points("badge", "invitation_id", "invitation"),
        _points("badge", "printed_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_badge_invitation_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_badge_secret_hash")),
    )
    op.create_table(
        "door_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_key", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("outcome", _enum("dooroutcome", "counted", "repeated", "refused"), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        _points("door_report", "event_id", "event"),
        _points("door_report", "invitation_id", "invitation"),
        _points("door_report", "by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_report")),
        sa.UniqueConstraint("client_key", name=op.f("uq_door_report_client_key")),
    )
    for column in ("event_id", "invitation_id"):
        op.create_index(op.f(f"ix_door_report_{column}"), "door_report", [column], unique=False)


def _respect() -> None:
    op.create_table(
        "respect_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=320), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        _points("respect_item", "event_id", "event"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_respect_item")),
        sa.UniqueConstraint("event_id", "position", name=op.f("uq_respect_item_event_id_position")),
    )
    op.create_table(
        "respect_tick",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        _points("respect_tick", "item_id", "respect_item"),
        _points("respect_tick", "invitation_id", "invitation"),
        _points("respect_tick", "by_id", "user"),
        _points("respect_tick", "task_id", "event_task"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_respect_tick")),
        sa.UniqueConstraint("item_id", "invitation_id", name=op.f("uq_respect_tick_item_id_invitation_id")),
    )
    op.create_index(op.f("ix_respect_tick_invitation_id"), "respect_tick", ["invitation_id"], unique=False)


def _promises() -> None:
    op.create_table(
        "promise_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("promise", sa.Text(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        _points("promise_answer", "invitation_id", "invitation"),
        _points("promise_answer", "task_id", "event_task"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_answer")),
        sa.UniqueConstraint("invitation_id", "number", name=op.f("uq_promise_answer_invitation_id_number")),
    )


def downgrade() -> None:
    op.drop_table("promise_answer")
    op.drop_index(op.f("ix_respect_tick_invitation_id"), table_name="respect_tick")
    op.drop_table("respect_tick")
    op.drop_table("respect_item")
    for column in ("invitation_id", "event_id"):
        op.drop_index(op.f(f"ix_door_report_{column}"), table_name="door_report")
    op.drop_table("door_report")
    op.drop_table("badge")
    for column in ("owner_id", "person_id", "event_id"):
        op.drop_index(op.f(f"ix_event_task_{column}"), table_name="event_task")
    op.drop_table("event_task")
    for column in ("held_reason", "held_for", "room_zone"):
        op.drop_column("seat", column)
