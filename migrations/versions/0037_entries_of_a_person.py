"""The index from a person to days tells the kind of each line, so that their list is counted without reading the entries.

Revision ID: 0037
Revises: 0036
"""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_ALIKE = ["subject_id", "value_on", "minor", "category", "provider_ref"]


def upgrade() -> None:
    op.drop_index("ix_ledger_entry_alike", table_name="ledger_entry")
    op.create_index("ix_ledger_entry_alike", "ledger_entry", [*_ALIKE, "kind"])


def downgrade() -> None:
    op.drop_index("ix_ledger_entry_alike", table_name="ledger_entry")
    op.create_index("ix_ledger_entry_alike", "ledger_entry", _ALIKE)
