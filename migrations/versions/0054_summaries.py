"""What each person has of a program over all days, by year and by month is kept beside the book; provenance by month.

Revision ID: 0054
Revises: 0053
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_SUMS = (
    "sum(CASE WHEN is_declined THEN 0 WHEN kind = 'reversal' THEN -1 ELSE 1 END), sum(quantity), sum(reporting_minor), "
    "sum(declined_minor), sum(CASE WHEN NOT is_declined THEN 0 WHEN kind = 'reversal' THEN -1 ELSE 1 END)"
)
_UNITS = ("item", "night", "executive_minute", "front_seat", "early_minute", "analyst_session")
_YEAR = "CAST(extract(year FROM value_on) AS INTEGER)"
_MONTH = "CAST(extract(year FROM value_on) * 100 + extract(month FROM value_on) AS INTEGER)"


def upgrade() -> None:
    op.create_table(
        "ledger_summary",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Enum(*_UNITS, name="unit", native_enum=False, length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column(
            "leg", sa.Enum("non_cash", "cash", name="leg", native_enum=False, length=40), nullable=False
        ),
        sa.Column("n_entries", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("reporting_minor", sa.BigInteger(), nullable=False),
        sa.Column("declined_minor", sa.BigInteger(), nullable=False),
        sa.Column("n_declined", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_summary")),
        sa.UniqueConstraint("program_id", "span", "unit", "subject_id", "leg", name="uq_ledger_summary_cell"),
    )
    op.create_index(op.f("ix_ledger_summary_subject_id"), "ledger_summary", ["subject_id"], unique=False)
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    year = "CAST(strftime('%Y', value_on) AS INTEGER)" if is_sqlite else _YEAR
    month = "CAST(strftime('%Y%m', value_on) AS INTEGER)" if is_sqlite else _MONTH
    op.drop_index("ix_ledger_rollup_subject_id", "ledger_rollup")
    op.create_index("ix_ledger_rollup_whose", "ledger_rollup", ["subject_id", "program_id"])
    op.create_index("ix_ledger_rollup_event_id", "ledger_rollup", ["event_id"])
    _count_provenance(month, by_month=True)
    for span in ("0", year, month):
        op.execute(
            "INSERT INTO ledger_summary (program_id, span, unit, subject_id, leg, n_entries, quantity, reporting_minor, "  # noqa: S608
            f"declined_minor, n_declined) SELECT program_id, {span}, unit, subject_id, leg, {_SUMS} FROM ledger_entry "
            "WHERE kind IN ('value', 'declined', 'reversal', 'late') GROUP BY 1, 2, 3, 4, 5"
        )


def _count_provenance(month: str, *, by_month: bool) -> None:
    """Counted anew from the entries: what is there does not tell the months."""
    op.execute("DELETE FROM ledger_provenance")
    keys = ["program_id", "kind", "currency", "rate_source", "basis"]
    with op.batch_alter_table("ledger_provenance") as table:
        table.drop_constraint("uq_ledger_provenance_cell", type_="unique")
        if by_month:
            table.add_column(sa.Column("month", sa.Integer(), nullable=False))
            keys.insert(1, "month")
        else:
            table.drop_column("month")
        table.create_unique_constraint("uq_ledger_provenance_cell", keys)
    given = ", ".join([month if name == "month" else name for name in keys]).replace(
        "program_id", "coalesce(program_id, 0)"
    )
    groups = ", ".join(str(place + 1) for place in range(len(keys)))
    op.execute(
        f"INSERT INTO ledger_provenance ({', '.join(keys)}, n_entries, first_rate_on, last_rate_on, last_seq) "  # noqa: S608
        f"SELECT {given}, count(*), min(rate_on), max(rate_on), max(seq) FROM ledger_entry "
        f"WHERE kind IN ('value', 'declined', 'reversal', 'late') GROUP BY {groups}"
    )


def downgrade() -> None:
    _count_provenance("", by_month=False)
    op.drop_index("ix_ledger_rollup_event_id", "ledger_rollup")
    op.drop_index("ix_ledger_rollup_whose", "ledger_rollup")
    op.create_index("ix_ledger_rollup_subject_id", "ledger_rollup", ["subject_id"])
    op.drop_table("ledger_summary")
