"""The index from a person to days holds what makes two lines look alike.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ledger_entry_alike",
        "ledger_entry",
        ["subject_id", "value_on", "minor", "category", "provider_ref"],
    )
    op.drop_index("ix_ledger_entry_subject_value_on", table_name="ledger_entry")


def downgrade() -> None:
    op.create_index("ix_ledger_entry_subject_value_on", "ledger_entry", ["subject_id", "value_on"])
    op.drop_index("ix_ledger_entry_alike", table_name="ledger_entry")
