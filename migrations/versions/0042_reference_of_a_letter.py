"""A letter of invitation carries a reference, by which whoever holds it can check it.

Revision ID: 0042
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("visa_letter") as table:
        table.add_column(sa.Column("reference", sa.String(14), nullable=True))
        table.create_unique_constraint(op.f("uq_visa_letter_reference"), ["reference"])


def downgrade() -> None:
    with op.batch_alter_table("visa_letter") as table:
        table.drop_constraint(op.f("uq_visa_letter_reference"), type_="unique")
        table.drop_column("reference")
