"""Other shows, when people are not free, the calendars both are read from; what an event is for and when its dates are.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_SHOW_KINDS = ("trade_show", "conference", "summit", "launch", "other")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    op.add_column("event", sa.Column("address", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("event", sa.Column("audiences", sa.JSON(), nullable=True))
    op.add_column("event", sa.Column("n_lead_weeks", sa.Integer(), nullable=True))
    op.add_column("event", sa.Column("n_visa_weeks", sa.Integer(), nullable=True))
    _sources()
    _shows()
    _blocks()


def _sources() -> None:
    name = "calendar_source"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("sourcekind", ("shows", "blocks")), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("secret_address", sa.Text(), nullable=False),
        sa.Column("host", sa.String(length=320), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("show_kind", _enum("showkind", _SHOW_KINDS), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("takes_titles", sa.Boolean(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("n_failures", sa.Integer(), nullable=False),
        sa.Column("etag", sa.String(length=320), nullable=False),
        sa.Column("last_modified", sa.String(length=320), nullable=False),
        sa.Column("n_items", sa.Integer(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _points(name, "person_id", "person"),
        _points(name, "made_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_source")),
    )
    op.create_index(op.f("ix_calendar_source_person_id"), name, ["person_id"], unique=False)
    op.create_index(op.f("ix_calendar_source_next_at"), name, ["next_at"], unique=False)


def _shows() -> None:
    name = "other_show"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("place", sa.String(length=320), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("kind", _enum("showkind", _SHOW_KINDS), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _points(name, "source_id", "calendar_source"),
        _points(name, "made_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_other_show")),
        sa.UniqueConstraint("source_id", "key", name=op.f("uq_other_show_source_id_key")),
    )
    op.create_index(op.f("ix_other_show_from_on"), name, ["from_on"], unique=False)


def _blocks() -> None:
    name = "busy_block"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("title", sa.String(length=320), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("is_all_day", sa.Boolean(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _points(name, "person_id", "person"),
        _points(name, "source_id", "calendar_source"),
        _points(name, "made_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_block")),
        sa.UniqueConstraint("source_id", "key", name=op.f("uq_busy_block_source_id_key")),
    )
    op.create_index(op.f("ix_busy_block_person_id"), name, ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_busy_block_person_id"), table_name="busy_block")
    op.drop_table("busy_block")
    op.drop_index(op.f("ix_other_show_from_on"), table_name="other_show")
    op.drop_table("other_show")
    op.drop_index(op.f("ix_calendar_source_next_at"), table_name="calendar_source")
    op.drop_index(op.f("ix_calendar_source_person_id"), table_name="calendar_source")
    op.drop_table("calendar_source")
    for column in ("n_visa_weeks", "n_lead_weeks", "audiences", "address"):
        op.drop_column("event", column)
