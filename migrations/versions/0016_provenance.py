"""How the amounts of a program came to be, counted beside the book.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_provenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("rate_source", sa.String(120), nullable=False),
        sa.Column("basis", sa.String(40), nullable=False),
        sa.Column("n_entries", sa.Integer(), nullable=False),
        sa.Column("first_rate_on", sa.Date()),
        sa.Column("last_rate_on", sa.Date()),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "program_id", "kind", "currency", "rate_source", "basis", name="uq_ledger_provenance_cell"
        ),
    )
    op.execute(
        "INSERT INTO ledger_provenance "
        "(program_id, kind, currency, rate_source, basis, n_entries, first_rate_on, last_rate_on, last_seq) "
        "SELECT coalesce(program_id, 0), kind, currency, rate_source, basis, "
        "count(*), min(rate_on), max(rate_on), max(seq) FROM ledger_entry "
        "WHERE kind IN ('value', 'declined', 'reversal', 'late') GROUP BY 1, 2, 3, 4, 5"
    )


def downgrade() -> None:
    op.drop_table("ledger_provenance")
