"""A password an administrator made ends, and opens nothing but the page that asks for another.

Revision ID: 0053
Revises: 0052
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nobody knows which of those there are were made by somebody else: they stay as they are.
    op.add_column("user", sa.Column("password_ends_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("user", "password_ends_at")
