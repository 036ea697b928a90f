"""The sums beside the book have a cell of everybody for each kind of value, under subject 0.

Revision ID: 0043
Revises: 0042
"""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO ledger_rollup "
        "(program_id, event_id, subject_id, year, category, form, line, unit, native_nature, native_form, "
        "n_entries, quantity, reporting_minor, declined_minor, n_declined) "
        "SELECT program_id, event_id, 0, year, category, form, line, unit, native_nature, native_form, "
        "sum(n_entries), sum(quantity), sum(reporting_minor), sum(declined_minor), sum(n_declined) FROM ledger_rollup "
        "GROUP BY program_id, event_id, year, category, form, line, unit, native_nature, native_form"
    )


def downgrade() -> None:
    op.execute("DELETE FROM ledger_rollup WHERE subject_id = 0")
