"""Access to executives: availability, rooms, breaks, wishes, holds, signatures; nobody is in two meetings at once.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_EMPTY = sa.text("''")
_LIVE = sa.text("state IN ('confirmed', 'held')")
_OFFERED = sa.text("withdrawn_at IS NULL")
_STILL = sa.text("ended_at IS NULL")

#: What cannot overlap in time: name -> (table, column, which rows). Half-open ranges: one may begin when the other ends.
#: A person's meetings that took place are history, which a merge of two records may bring together.
_ONCE = {
    "x_meeting_executive_once": (
        "meeting",
        "executive_id",
        "{0}state IN ('confirmed', 'held') AND {0}chair = 1",
    ),
    "x_meeting_person_once": ("meeting", "person_id", "{0}state = 'confirmed'"),
    "x_meeting_room_once": (
        "meeting",
        "room_id",
        "{0}state IN ('confirmed', 'held') AND {0}chair = 1 AND {0}room_id IS NOT NULL",
    ),
    "x_slot_executive_once": ("slot", "executive_id", "{0}withdrawn_at IS NULL"),
}


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def _whole(name: str, least: int | None = None) -> sa.Column[int]:
    default = None if least is None else str(least)
    return sa.Column(name, sa.Integer(), server_default=default, nullable=least is None)


def upgrade() -> None:
    _executives()
    _rooms_and_availability()
    _slots()
    _meetings()
    _rules()
    _wishes_and_holds()
    for name in _ONCE:
        _keep_apart(name)


def _executives() -> None:
    with op.batch_alter_table("executive") as table:
        table.add_column(_whole("n_most_a_day"))
        table.add_column(_whole("n_most_in_a_row"))
        table.add_column(_whole("n_pause_minutes", 30))
        table.add_column(sa.Column("bio", sa.Text(), server_default=_EMPTY, nullable=False))
        table.add_column(sa.Column("topics", sa.Text(), server_default=_EMPTY, nullable=False))
        table.add_column(sa.Column("languages", sa.JSON(), nullable=True))


def _rooms_and_availability() -> None:
    op.create_table(
        "meeting_room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("building", sa.String(length=320), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        _points("meeting_room", "event_id", "event"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_room")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_meeting_room_event_id_name")),
    )
    op.create_table(
        "availability",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("executive_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(length=320), nullable=False),
        sa.Column("n_slot_minutes", sa.Integer(), nullable=False),
        sa.Column("n_preparation_minutes", sa.Integer(), nullable=False),
        sa.Column("n_wrap_up_minutes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("withdrawn_at", _INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _points("availability", "executive_id", "executive"),
        _points("availability", "event_id", "event"),
        _points("availability", "room_id", "meeting_room"),
        _points("availability", "made_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability")),
    )
    _index("availability", "executive_id", "event_id", "room_id")


def _slots() -> None:
    with op.batch_alter_table("slot") as table:
        table.drop_constraint(op.f("uq_slot_executive_id_starts_at"), type_="unique")
        table.add_column(sa.Column("availability_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("room_id", sa.Integer(), nullable=True))
        table.add_column(_whole("capacity", 1))
        table.add_column(_whole("n_preparation_minutes", 0))
        table.add_column(_whole("n_wrap_up_minutes", 0))
        table.create_foreign_key(
            op.f("fk_slot_availability_id_availability"), "availability", ["availability_id"], ["id"]
        )
        table.create_foreign_key(op.f("fk_slot_room_id_meeting_room"), "meeting_room", ["room_id"], ["id"])
    _index("slot", "availability_id", "room_id")
    op.create_index(
        "uq_slot_offered", "slot", ["executive_id", "starts_at"], unique=True, sqlite_where=_OFFERED, postgresql_where=_OFFERED
    )  # fmt: skip
    op.create_index(op.f("ix_slot_executive_id"), "slot", ["executive_id"], unique=False)


def _meetings() -> None:
    op.drop_index("uq_meeting_live_slot", table_name="meeting")
    with op.batch_alter_table("meeting") as table:
        table.add_column(sa.Column("room_id", sa.Integer(), nullable=True))
        table.add_column(_whole("chair", 1))
        table.create_foreign_key(op.f("fk_meeting_room_id_meeting_room"), "meeting_room", ["room_id"], ["id"])
    _index("meeting", "room_id")
    op.create_index(
        "uq_meeting_live_slot", "meeting", ["slot_id", "chair"], unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
    )  # fmt: skip


def _rules() -> None:
    op.create_table(
        "access_terms",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("needs_nda", sa.Boolean(), nullable=False),
        sa.Column("needs_embargo", sa.Boolean(), nullable=False),
        sa.Column("n_hold_hours", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _points("access_terms", "event_id", "event"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_access_terms")),
    )
    op.create_table(
        "protected_break",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("executive_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("begins", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("label", sa.String(length=320), nullable=False),
        _points("protected_break", "executive_id", "executive"),
        _points("protected_break", "event_id", "event"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protected_break")),
        sa.CheckConstraint(
            "executive_id IS NOT NULL OR event_id IS NOT NULL", name=op.f("ck_protected_break_is_somebodys")
        ),
        sa.CheckConstraint("begins < ends", name=op.f("ck_protected_break_ends_after_it_begins")),
    )
    _index("protected_break", "executive_id", "event_id")
    op.create_table(
        "kept_apart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("executive_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        _points("kept_apart", "person_id", "person"),
        _points("kept_apart", "executive_id", "executive"),
        _points("kept_apart", "made_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_apart")),
    )
    _index("kept_apart", "person_id", "executive_id")
    op.create_table(
        "undertaking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("kind", _enum("undertakingkind", "nda", "embargo"), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(length=320), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        _points("undertaking", "person_id", "person"),
        _points("undertaking", "event_id", "event"),
        _points("undertaking", "made_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undertaking")),
    )
    _index("undertaking", "person_id", "event_id")


def _wishes_and_holds() -> None:
    op.create_table(
        "meeting_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("executive_id", sa.Integer(), nullable=False),
        sa.Column("side", _enum("wishside", "person", "executive"), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("is_must", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", _INSTANT, nullable=False),
        _points("meeting_wish", "event_id", "event"),
        _points("meeting_wish", "person_id", "person"),
        _points("meeting_wish", "executive_id", "executive"),
        _points("meeting_wish", "made_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_wish")),
        sa.UniqueConstraint(
            "event_id", "person_id", "executive_id", "side",
            name=op.f("uq_meeting_wish_event_id_person_id_executive_id_side"),
        ),
    )  # fmt: skip
    _index("meeting_wish", "person_id", "executive_id")
    op.create_table(
        "slot_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("end", _enum("holdend", "confirmed", "released", "expired"), nullable=True),
        _points("slot_hold", "slot_id", "slot"),
        _points("slot_hold", "person_id", "person"),
        _points("slot_hold", "request_id", "access_request"),
        _points("slot_hold", "made_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_hold")),
    )
    _index("slot_hold", "person_id", "request_id", "expires_at")
    op.create_index(
        "uq_slot_hold_live", "slot_hold", ["slot_id", "person_id"], unique=True, sqlite_where=_STILL, postgresql_where=_STILL
    )  # fmt: skip


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _keep_apart(name: str) -> None:
    """PostgreSQL excludes ranges that overlap; SQLite writes one at a time and looks before each write."""
    table, column, which = _ONCE[name]
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist "
            f"(int4range({column}, {column}, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE ({which.format('')})"
        )
        return
    for verb in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table} WHEN {which.format('NEW.')} AND EXISTS ("  # noqa: S608
            f"SELECT 1 FROM {table} AS other WHERE other.id IS NOT NEW.id AND other.{column} = NEW.{column} "
            f"AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at AND {which.format('other.')}) "
            f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )


def downgrade() -> None:
    for name, (table, _, _) in _ONCE.items():
        if op.get_context().dialect.name == "postgresql":
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        else:
            for verb in ("insert", "update"):
                op.execute(f"DROP TRIGGER {name}_{verb}")
    for table in (
        "slot_hold",
        "meeting_wish",
        "undertaking",
        "kept_apart",
        "protected_break",
        "access_terms",
    ):
        op.drop_table(table)
    op.drop_index("uq_meeting_live_slot", table_name="meeting")
    op.drop_index(op.f("ix_meeting_room_id"), table_name="meeting")
    with op.batch_alter_table("meeting") as batch:
        batch.drop_constraint(op.f("fk_meeting_room_id_meeting_room"), type_="foreignkey")
        batch.drop_column("room_id")
        batch.drop_column("chair")
    op.create_index(
        "uq_meeting_live_slot", "meeting", ["slot_id"], unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
    )  # fmt: skip
    op.drop_index("uq_slot_offered", table_name="slot")
    for column in ("executive_id", "availability_id", "room_id"):
        op.drop_index(op.f(f"ix_slot_{column}"), table_name="slot")
    with op.batch_alter_table("slot") as batch:
        batch.drop_constraint(op.f("fk_slot_availability_id_availability"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_slot_room_id_meeting_room"), type_="foreignkey")
        for column in (
            "availability_id",
            "room_id",
            "capacity",
            "n_preparation_minutes",
            "n_wrap_up_minutes",
        ):
            batch.drop_column(column)
        batch.create_unique_constraint(op.f("uq_slot_executive_id_starts_at"), ["executive_id", "starts_at"])
    op.drop_table("availability")
    op.drop_table("meeting_room")
    with op.batch_alter_table("executive") as batch:
        for column in ("n_most_a_day", "n_most_in_a_row", "n_pause_minutes", "bio", "topics", "languages"):
            batch.drop_column(column)
