"""An administrator's session may see as a role.

Revision ID: 0052
Revises: 0051
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("user_session") as table:
        table.add_column(sa.Column("seen_as_role", sa.String(40), nullable=True))
        table.add_column(sa.Column("seen_as_agency_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("user_session") as table:
        for name in ("seen_as_agency_id", "seen_as_role"):
            table.drop_column(name)
