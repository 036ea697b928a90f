"""Sealed hospitality; identity papers and letters for a visa; documents that were sent, line by line; terminals of a leg.

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

from app.core.sealed_columns import SealedText

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_SERVED = ("diet", "access_needs", "quiet_days")
_KINDS = ("arrivals", "departures", "rooming", "transfers", "meals", "itinerary", "visa_letter")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    for column in ("departs_terminal", "arrives_terminal"):
        op.add_column(
            "leg", sa.Column(column, sa.String(length=40), server_default=sa.text("''"), nullable=False)
        )
    _retype(sa.Text(), sealed=True)
    _identities()
    _letters()
    _documents()
    _lines()


def _retype(old: sa.types.TypeEngine, *, sealed: bool) -> None:
    """Words become sealed words, or back: read through the one type, written through the other."""
    stored = sa.LargeBinary() if sealed else sa.Text()
    empty = "''" if not sealed or op.get_bind().dialect.name == "postgresql" else "x''"
    for name in _SERVED:
        kept = SealedText(f"hospitality.{name}")
        from_type, to_type = (old, kept) if sealed else (kept, old)
        table = sa.table("hospitality", sa.column("id", sa.Integer), sa.column(name, from_type))
        rows = op.get_bind().execute(sa.select(table.c.id, table.c[name])).all()
        op.drop_column("hospitality", name)
        op.add_column("hospitality", sa.Column(name, stored, nullable=False, server_default=sa.text(empty)))
        new = sa.table("hospitality", sa.column("id", sa.Integer), sa.column(name, to_type))
        for id, words in rows:
            op.get_bind().execute(sa.update(new).where(new.c.id == id).values({name: words}))
    with op.batch_alter_table("hospitality") as batch:
        for name in _SERVED:
            batch.alter_column(name, existing_type=stored, existing_nullable=False, server_default=None)


def _identities() -> None:
    name = "travel_identity"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name_in_passport", sa.LargeBinary(), nullable=False),
        sa.Column("passport_number", sa.LargeBinary(), nullable=False),
        sa.Column("issuing_country", sa.LargeBinary(), nullable=False),
        sa.Column("nationality", sa.LargeBinary(), nullable=False),
        sa.Column("expires_on", sa.LargeBinary(), nullable=True),
        sa.Column("born_on", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("other_numbers", sa.LargeBinary(), nullable=False),
        sa.Column(
            "purpose", _enum("identitypurpose", "visa_letter", "ticket", "site_access"), nullable=False
        ),
        sa.Column("delete_after_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=320), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _points(name, "by_id", "user"),
        _points(name, "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel_identity")),
        sa.UniqueConstraint("person_id", name=op.f("uq_travel_identity_person_id")),
    )
    op.create_index(op.f("ix_travel_identity_delete_after_on"), name, ["delete_after_on"])


def _letters() -> None:
    name = "visa_letter"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trip_id", sa.Integer(), nullable=False),
        sa.Column("addressed_to", sa.String(length=320), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("last_safe_on", sa.Date(), nullable=True),
        sa.Column("delete_after_on", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_why", sa.String(length=320), nullable=False),
        _points(name, "issued_by_id", "user"),
        _points(name, "trip_id", "trip"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visa_letter")),
    )
    op.create_index(op.f("ix_visa_letter_trip_id"), name, ["trip_id"])
    op.create_index(op.f("ix_visa_letter_delete_after_on"), name, ["delete_after_on"])


def _documents() -> None:
    name = "travel_document"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("documentkind", *_KINDS), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("trip_id", sa.Integer(), nullable=True),
        sa.Column("about", sa.String(length=320), nullable=False),
        sa.Column("how", _enum("senthow", "mail", "handed_over"), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("n_lines", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        _points(name, "by_id", "user"),
        _points(name, "event_id", "event"),
        _points(name, "mail_id", "outbox_mail"),
        _points(name, "trip_id", "trip"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel_document")),
    )
    op.create_index("ix_travel_document_event_kind", name, ["event_id", "kind", "id"])
    op.create_index(op.f("ix_travel_document_trip_id"), name, ["trip_id"])


def _lines() -> None:
    name = "travel_document_line"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("trip_id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        _points(name, "document_id", "travel_document"),
        _points(name, "mail_id", "outbox_mail"),
        _points(name, "trip_id", "trip"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel_document_line")),
    )
    op.create_index(op.f("ix_travel_document_line_document_id"), name, ["document_id"])
    op.create_index(op.f("ix_travel_document_line_trip_id"), name, ["trip_id"])


def downgrade() -> None:
    for table in ("travel_document_line", "travel_document", "visa_letter", "travel_identity"):
        op.drop_table(table)
    _retype(sa.Text(), sealed=False)
    for column in ("arrives_terminal", "departs_terminal"):
        op.drop_column("leg", column)
