"""The travel desk: what became of a part, approvals, shared rooms and cars, visas, more conditions of a rule.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_PARTS = ("leg", "stay", "transfer")
_POINTERS = (
    ("leg", "approval_id", "rule_exception"), ("stay", "approval_id", "rule_exception"),
    ("transfer", "approval_id", "rule_exception"), ("stay", "shares_with_id", "stay"),
    ("transfer", "shares_with_id", "transfer"),
)  # fmt: skip


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def upgrade() -> None:
    for table in _PARTS:
        op.add_column(table, sa.Column("outcome", _enum("outcome", "taken", "missed"), nullable=True))
        op.add_column(table, sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    for table, column, target in _POINTERS:
        # Both engines take a named reference with a new column, so SQLite need not make the table anew.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT fk_{table}_{column}_{target} REFERENCES {target} (id)"
        )
    states = ("unknown", "not_needed", "needed", "letter_issued", "granted", "refused")
    op.add_column(
        "trip", sa.Column("visa_state", _enum("visastate", *states), server_default="unknown", nullable=False)
    )
    op.add_column("trip", sa.Column("visa_lead_days", sa.Integer(), nullable=True))
    op.add_column("trip", sa.Column("direct_minutes", sa.Integer(), nullable=True))
    rooms = ("single", "double", "twin", "suite", "accessible")
    op.add_column("stay", sa.Column("room_type", _enum("roomtype", *rooms), nullable=True))
    for column in ("is_early_check_in", "is_late_check_out"):
        op.add_column("stay", sa.Column(column, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(
        "stay",
        sa.Column("confirmation", sa.String(length=40), server_default=sa.text("''"), nullable=False),
    )
    op.add_column("transfer", sa.Column("offset_minutes", sa.Integer(), nullable=True))
    op.add_column("transfer", sa.Column("seats", sa.Integer(), nullable=True))
    op.add_column(
        "transfer",
        sa.Column("vehicle", sa.String(length=320), server_default=sa.text("''"), nullable=False),
    )
    kinds = ("employer", "analyst_firm", "media_house", "agency", "university")
    op.add_column("travel_rule", sa.Column("employer_kind", _enum("organisationkind", *kinds), nullable=True))
    op.add_column("travel_rule", sa.Column("country", sa.String(length=2), nullable=True))
    op.add_column(
        "travel_rule", sa.Column("city", sa.String(length=320), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("travel_rule", sa.Column("month", sa.Integer(), nullable=True))
    op.add_column(
        "travel_rule",
        sa.Column(
            "beyond", _enum("beyond", "approval", "refused"), server_default="approval", nullable=False
        ),
    )


def downgrade() -> None:
    for column in ("beyond", "month", "city", "country", "employer_kind"):
        op.drop_column("travel_rule", column)
    for column in ("vehicle", "seats", "offset_minutes"):
        op.drop_column("transfer", column)
    for column in ("confirmation", "is_late_check_out", "is_early_check_in", "room_type"):
        op.drop_column("stay", column)
    for column in ("direct_minutes", "visa_lead_days", "visa_state"):
        op.drop_column("trip", column)
    for table, column, target in reversed(_POINTERS):
        # SQLite forgets the name of a reference that came with its column.
        names = {"fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"}
        with op.batch_alter_table(table, naming_convention=names) as batch:
            batch.drop_constraint(op.f(f"fk_{table}_{column}_{target}"), type_="foreignkey")
            batch.drop_column(column)
    for table in reversed(_PARTS):
        op.drop_column(table, "changed_at")
        op.drop_column(table, "outcome")
