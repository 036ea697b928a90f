"""A rule of travel names who may approve more than it allows; a question keeps whom it was put to.

Revision ID: 0038
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_TABLES = ("travel_rule", "rule_exception")


def upgrade() -> None:
    kind = sa.Enum("compliance", "owner", "admin", name="approver", native_enum=False, length=40)
    for table in _TABLES:
        op.add_column(table, sa.Column("approver", kind, server_default="compliance", nullable=False))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "approver")
