"""What was open to everybody at a large event; when people were told that a loan is due.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_general",
        sa.Column("entry_seq", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(320), nullable=False),
        sa.Column("provider", sa.String(320), nullable=False),
        sa.Column("external_ref", sa.String(320), nullable=False),
        sa.Column("late_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_seq"], ["ledger_entry.seq"], name="fk_ledger_general_entry_seq_ledger_entry"
        ),
        sa.PrimaryKeyConstraint("entry_seq", name="pk_ledger_general"),
    )
    for name in ("told_due_at", "told_overdue_at"):
        op.add_column("ledger_loan", sa.Column(name, sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table("ledger_loan") as batch:
        batch.drop_column("told_overdue_at")
        batch.drop_column("told_due_at")
    op.drop_table("ledger_general")
