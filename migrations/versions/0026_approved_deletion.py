"""Deleting after a yes: who approved what retention reported, and of which kinds nobody is asked.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("retention_rule") as table:
        table.add_column(sa.Column("is_asked", sa.Boolean(), server_default=sa.true(), nullable=False))
    with op.batch_alter_table("retention_item") as table:
        table.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("approved_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_retention_item_approved_by_id_user"), "user", ["approved_by_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("retention_item") as table:
        table.drop_constraint(op.f("fk_retention_item_approved_by_id_user"), type_="foreignkey")
        table.drop_column("approved_by_id")
        table.drop_column("approved_at")
    with op.batch_alter_table("retention_rule") as table:
        table.drop_column("is_asked")
