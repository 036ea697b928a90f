"""Find the dearest nights of a program without reading every stay.

Revision ID: 0027
Revises: 0026
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # An index over an expression: it is made here alone (core/extensions says why its name begins with x).
    op.execute(
        "CREATE INDEX x_ledger_entry_nights ON ledger_entry (program_id, (reporting_minor / (quantity + 0.0)) DESC, seq) "
        "WHERE category = 'lodging' AND unit = 'night' AND reporting_minor > 0 AND quantity > 0"
    )


def downgrade() -> None:
    op.execute("DROP INDEX x_ledger_entry_nights")
