"""Affiliate shares with statements and payouts; tax of payments apart; files of engagements; duties without an entry.

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_EMPTY = sa.text("''")


def _kind(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def _to(
    table: str, column: str, target: str, *, nullable: bool = False, key: str = "id"
) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    return (
        sa.Column(column, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([column], [f"{target}.{key}"], name=op.f(f"fk_{table}_{column}_{target}")),
    )


def _words(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def _line(name: str) -> sa.Column:
    return _words(name, sa.String(length=320))


def _money(name: str) -> tuple[sa.Column, sa.Column]:
    prefix = f"{name}_" if name else ""
    return (
        sa.Column(f"{prefix}minor", sa.BigInteger(), nullable=False),
        sa.Column(f"{prefix}currency", sa.String(length=3), nullable=False),
    )


def _table(name: str, *parts: sa.Column | sa.Constraint | tuple[sa.Column | sa.Constraint, ...]) -> None:
    flat = [one for part in parts for one in (part if isinstance(part, tuple) else (part,))]
    key = sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}"))
    op.create_table(name, sa.Column("id", sa.Integer(), nullable=False), *flat, key)


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def upgrade() -> None:
    op.add_column("engagement", sa.Column("paid_minor", sa.BigInteger(), nullable=True))
    op.add_column(
        "engagement", sa.Column("paid_currency", sa.String(length=3), server_default=_EMPTY, nullable=False)
    )
    # What was paid before stands in the book.
    op.execute(
        "UPDATE engagement SET paid_minor = (SELECT e.minor FROM ledger_entry e WHERE e.seq = engagement.entry_seq),"
        " paid_currency = (SELECT e.currency FROM ledger_entry e WHERE e.seq = engagement.entry_seq)"
        " WHERE entry_seq IS NOT NULL"
    )
    with op.batch_alter_table("obligation") as table:
        table.alter_column("entry_seq", existing_type=sa.Integer(), nullable=True)
        table.add_column(
            sa.Column("source_kind", sa.String(length=40), server_default=_EMPTY, nullable=False)
        )
        table.add_column(sa.Column("source_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("is_standing", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.create_unique_constraint(
            op.f("uq_obligation_source_kind_source_id_version_id"), ["source_kind", "source_id", "version_id"]
        )
    _table(
        "engagement_file",
        _to("engagement_file", "engagement_id", "engagement"),
        _words("part", _kind("filepart", "contract", "deliverable")),
        _to("engagement_file", "file_id", "stored_file", nullable=True),
        _words("note", sa.Text()),
        _to("engagement_file", "by_id", "user", nullable=True),
        sa.Column("added_at", _INSTANT, nullable=False),
    )
    _index("engagement_file", "engagement_id")
    _shares()
    _table(
        "payment_tax",
        _to("payment_tax", "engagement_id", "engagement", nullable=True),
        _to("payment_tax", "payout_id", "share_payout", nullable=True),
        _words("kind", _kind("taxkind", "vat", "withholding")),
        _words("rate", sa.String(length=8)),
        _money(""),
        _line("reference"),
        sa.UniqueConstraint("engagement_id", "kind", name=op.f("uq_payment_tax_engagement_id_kind")),
        sa.UniqueConstraint("payout_id", "kind", name=op.f("uq_payment_tax_payout_id_kind")),
    )
    _index("payment_tax", "engagement_id")
    _index("payment_tax", "payout_id")


def _shares() -> None:
    name = "affiliate_share"
    _table(
        name,
        _to(name, "person_id", "person"),
        _to(name, "program_id", "program"),
        _words("state", _kind("sharestate", "drafted", "approved", "running", "ended")),
        (_line("covers"), _line("link"), _words("why", sa.Text())),
        _words("rate_kind", _kind("ratekind", "percent", "per_sale")),
        _words("percent", sa.String(length=8)),
        sa.Column("per_sale_minor", sa.BigInteger(), nullable=True),
        _words("currency", sa.String(length=3)),
        _words("every", _kind("statementevery", "month", "quarter")),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        _to(name, "filed_by_id", "user"),
        sa.Column("filed_at", _INSTANT, nullable=False),
        sa.Column("gate", sa.JSON(), nullable=False),
        _words("approving_reason", sa.Text()),
        _to(name, "approved_by_id", "user", nullable=True),
        sa.Column("approved_at", _INSTANT, nullable=True),
        _to(name, "second_by_id", "user", nullable=True),
        sa.Column("second_at", _INSTANT, nullable=True),
        _words("second_reason", sa.Text()),
        (_line("contract_reference"), _line("contract_party")),
        sa.Column("contracted_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        _words("ended_reason", sa.Text()),
        _to(name, "ended_by_id", "user", nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("duties_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    for column in ("person_id", "program_id", "state"):
        _index(name, column)
    _table(
        "share_payout",
        _to("share_payout", "share_id", name),
        sa.Column("paid_on", sa.Date(), nullable=False),
        (_line("payee"), _line("reference")),
        _money("amount"),
        _to("share_payout", "entry_seq", "ledger_entry", nullable=True, key="seq"),
        _to("share_payout", "by_id", "user"),
        sa.Column("made_at", _INSTANT, nullable=False),
    )
    _index("share_payout", "share_id")
    _table(
        "share_statement",
        _to("share_statement", "share_id", name),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("n_sales", sa.Integer(), nullable=False),
        (*_money("net_sales"), *_money("commission")),
        sa.Column("calculation", sa.JSON(), nullable=False),
        _line("evidence"),
        _to("share_statement", "reverses_id", "share_statement", nullable=True),
        _words("reason", sa.Text()),
        _to("share_statement", "payout_id", "share_payout", nullable=True),
        _to("share_statement", "by_id", "user"),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_share_statement_reverses_id")),
    )
    _index("share_statement", "share_id")
    _index("share_statement", "payout_id")


def downgrade() -> None:
    for table in ("payment_tax", "share_statement", "share_payout", "affiliate_share", "engagement_file"):
        op.drop_table(table)
    # A duty that no entry opened has no place in the table as it was.
    op.execute("DELETE FROM obligation WHERE entry_seq IS NULL")
    with op.batch_alter_table("obligation") as table:
        table.drop_constraint(op.f("uq_obligation_source_kind_source_id_version_id"), type_="unique")
        table.drop_column("is_standing")
        table.drop_column("source_id")
        table.drop_column("source_kind")
        table.alter_column("entry_seq", existing_type=sa.Integer(), nullable=False)
    op.drop_column("engagement", "paid_currency")
    op.drop_column("engagement", "paid_minor")
