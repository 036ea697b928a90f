"""What several may edit by a form knows which version a form shows: settings, contacts, badges, seats, drafts and others.

Revision ID: 0055
Revises: 0054
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_TABLES = (
    "advice", "badge", "outbox_mail", "person_cadence", "person_file", "policy_version", "respect_item", "seat", "setting",
    "touch",
)  # fmt: skip


def upgrade() -> None:
    # Programs of before, while a house is brought up, add rows without one: they begin like all others.
    for table in _TABLES:
        op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_column(table, "version")
