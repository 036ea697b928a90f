"""Caps by kind of person and employer, rules that replace rules, approvals with the quoted rule and what stands on them.

Revision ID: 0012
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

_KINDS = ("employer", "analyst_firm", "media_house", "agency", "university")


def upgrade() -> None:
    kind = sa.Enum(*_KINDS, name="organisationkind", native_enum=False, length=40)
    op.add_column(
        "cap", sa.Column("is_for_employed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("cap", sa.Column("kind_code", sa.String(320), server_default=sa.text("''"), nullable=False))
    op.add_column("cap", sa.Column("employer_kind", kind, nullable=True))
    op.add_column("cap", sa.Column("replaces_id", sa.Integer(), nullable=True))
    empty = {"server_default": sa.text("''"), "nullable": False}
    op.add_column("rule_exception", sa.Column("quoted", sa.Text(), **empty))
    no = {"server_default": sa.false(), "nullable": False}
    op.add_column("rule_exception", sa.Column("is_law_confirmed", sa.Boolean(), **no))
    op.add_column("rule_exception", sa.Column("terms", sa.JSON(), nullable=True))
    op.execute("UPDATE rule_exception SET terms = '{}'")
    op.add_column("rule_exception", sa.Column("earlier_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in ("earlier_id", "terms", "is_law_confirmed", "quoted"):
        op.drop_column("rule_exception", name)
    for name in ("replaces_id", "employer_kind", "kind_code", "is_for_employed"):
        op.drop_column("cap", name)
