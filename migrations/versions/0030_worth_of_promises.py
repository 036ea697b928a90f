"""What an invitation promises, in money as planned.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invitation", sa.Column("promise_minor", sa.BigInteger(), nullable=True))
    op.add_column("invitation", sa.Column("promise_currency", sa.String(3), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("invitation") as table:
        table.drop_column("promise_currency")
        table.drop_column("promise_minor")
