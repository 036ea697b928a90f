"""Offers outside travel: what is planned for one person, what compliance was asked, what became of it.

Revision ID: 0020
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None

_TABLE = "planned_offer"
_CATEGORIES = (
    "travel_air", "travel_ground", "lodging", "meal", "event_pass", "entertainment", "gift", "product_loan", "early_access",
    "exec_access", "media_exposure", "advisory_fee", "speaking_fee", "workshop_fee", "content_fee", "research_fee",
    "honorarium", "fee_expenses", "affiliate_commission", "discount", "donation_for", "other",
)  # fmt: skip
_FORMS = ("in_kind_vendor", "in_kind_own", "access", "loan", "reimbursement", "cash_equivalent", "equity")
_BASES = (
    "actual_cost", "shared_cost", "list_price", "comparable_fare", "per_diem", "rental_equivalent", "rate_card", "estimate",
    "nominal", "not_valued",
)  # fmt: skip
_STATES = ("waiting", "planned", "refused", "declined", "withdrawn", "given")


def _points(column: str, target: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.{key}"], name=op.f(f"fk_{_TABLE}_{column}_{target}"))


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("category", _enum("category", _CATEGORIES), nullable=False),
        sa.Column("form", _enum("form", _FORMS), nullable=False),
        sa.Column("basis", _enum("basis", _BASES), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_currency", sa.String(length=3), nullable=False),
        sa.Column("provider", sa.String(length=320), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", _enum("offerstate", _STATES), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_seq", sa.Integer(), nullable=True),
        _points("person_id", "person"),
        _points("program_id", "program"),
        _points("made_by_id", "user"),
        _points("entry_seq", "ledger_entry", "seq"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_offer")),
    )
    op.create_index(op.f("ix_planned_offer_person_id"), _TABLE, ["person_id"], unique=False)
    op.create_index(op.f("ix_planned_offer_state"), _TABLE, ["state"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_planned_offer_state"), table_name=_TABLE)
    op.drop_index(op.f("ix_planned_offer_person_id"), table_name=_TABLE)
    op.drop_table(_TABLE)
