"""Files that prove an entry, and when lent things are due back.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STATES = ("out", "write_off_asked", "returned", "written_off", "converted")


def _points(table: str, column: str, target: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.{key}"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    op.create_table(
        "ledger_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_seq", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        _points("ledger_evidence", "entry_seq", "ledger_entry", "seq"),
        _points("ledger_evidence", "file_id", "stored_file"),
        _points("ledger_evidence", "by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_evidence")),
    )
    op.create_index(op.f("ix_ledger_evidence_entry_seq"), "ledger_evidence", ["entry_seq"], unique=False)
    op.create_table(
        "ledger_loan",
        sa.Column("entry_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("state", sa.Enum(*_STATES, name="loanstate", native_enum=False, length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("gift_seq", sa.Integer(), nullable=True),
        _points("ledger_loan", "entry_seq", "ledger_entry", "seq"),
        _points("ledger_loan", "gift_seq", "ledger_entry", "seq"),
        _points("ledger_loan", "asked_by_id", "user"),
        _points("ledger_loan", "ended_by_id", "user"),
        sa.PrimaryKeyConstraint("entry_seq", name=op.f("pk_ledger_loan")),
    )
    op.create_index(op.f("ix_ledger_loan_due_on"), "ledger_loan", ["due_on"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_ledger_loan_due_on"), table_name="ledger_loan")
    op.drop_table("ledger_loan")
    op.drop_index(op.f("ix_ledger_evidence_entry_seq"), table_name="ledger_evidence")
    op.drop_table("ledger_evidence")
