"""Tokens of scripts have a last day and a scope; those there are keep working for a year and as they did.

Revision ID: 0045
Revises: 0044
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("api_token") as table:
        table.add_column(sa.Column("scope", sa.String(40), nullable=False, server_default="all"))
        table.add_column(sa.Column("rights", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
    in_a_year = datetime.now(UTC).date() + timedelta(days=365)
    tokens = sa.table("api_token", sa.column("ends_on", sa.Date()))
    op.execute(sa.update(tokens).values(ends_on=in_a_year))
    with op.batch_alter_table("api_token") as table:
        table.alter_column("ends_on", existing_type=sa.Date(), nullable=False)
        table.alter_column("scope", existing_type=sa.String(40), server_default=None)
        table.alter_column("rights", existing_type=sa.JSON(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("api_token") as table:
        for name in ("warned_at", "ends_on", "rights", "scope"):
            table.drop_column(name)
