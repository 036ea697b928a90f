"""A driver's mail address, and hotels that wait for somebody who comes late.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "stay", sa.Column("is_late_arrival", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "transfer",
        sa.Column("driver_email", sa.String(length=320), server_default=sa.text("''"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("transfer", "driver_email")
    op.drop_column("stay", "is_late_arrival")
