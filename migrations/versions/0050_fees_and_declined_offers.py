"""Fees and declined offers, few among many entries, are found without reading the others.

Revision ID: 0050
Revises: 0049
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_INDEXES = {"ix_ledger_entry_fees": "line = 'fees'", "ix_ledger_entry_declined": "kind = 'declined'"}


def upgrade() -> None:
    for name, condition in _INDEXES.items():
        where = sa.text(condition)
        op.create_index(
            name, "ledger_entry", ["program_id", "value_on"], sqlite_where=where, postgresql_where=where
        )


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "ledger_entry")
