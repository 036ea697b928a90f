"""Periods: their steps, who attested them, what was issued, what people said about their lines; closed days of the book.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_lock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_ledger_lock_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_lock")),
        sa.UniqueConstraint("name", name=op.f("uq_ledger_lock_name")),
    )
    op.create_table(
        "period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("quarter", "year", name="periodkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("n_review_days", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "in_review",
                "attested",
                "locked",
                "published",
                "reissued",
                name="periodstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("from_on < to_on AND to_on < closes_on", name=op.f("ck_period_order")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["user.id"], name=op.f("fk_period_opened_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period")),
        sa.UniqueConstraint("kind", "from_on", name="uq_period_kind_from_on"),
        sa.UniqueConstraint("name", name=op.f("uq_period_name")),
    )
    op.create_table(
        "period_attestation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "relations",
                "coordinator",
                "compliance",
                "assistant",
                "partner",
                "auditor",
                name="role",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["period_id"], ["period.id"], name=op.f("fk_period_attestation_period_id_period")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_period_attestation_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_attestation")),
        sa.UniqueConstraint("period_id", "role", "content_hash", name="uq_period_attestation_role"),
        sa.UniqueConstraint("period_id", "user_id", "content_hash", name="uq_period_attestation_user"),
    )
    op.create_index(
        op.f("ix_period_attestation_period_id"), "period_attestation", ["period_id"], unique=False
    )
    op.create_table(
        "period_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("disputes", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("n_lines", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("methodology", sa.JSON(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["user.id"], name=op.f("fk_period_issue_issued_by_id_user")
        ),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_period_issue_period_id_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_issue")),
        sa.UniqueConstraint("period_id", "number", name="uq_period_issue_number"),
    )
    op.create_index(op.f("ix_period_issue_period_id"), "period_issue", ["period_id"], unique=False)
    op.create_table(
        "dispute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("entry_seq", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_minor", sa.BigInteger(), nullable=True),
        sa.Column("proposed_currency", sa.String(length=3), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "resolved_changed",
                "resolved_no_change",
                "withdrawn",
                "unresolved_at_close",
                name="disputestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["closed_by_id"], ["user.id"], name=op.f("fk_dispute_closed_by_id_user")),
        sa.ForeignKeyConstraint(
            ["entry_seq"], ["ledger_entry.seq"], name=op.f("fk_dispute_entry_seq_ledger_entry")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_dispute_owner_id_user")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dispute_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    op.create_index(op.f("ix_dispute_entry_seq"), "dispute", ["entry_seq"], unique=False)
    op.create_index(op.f("ix_dispute_person_id"), "dispute", ["person_id"], unique=False)
    op.create_index(op.f("ix_dispute_state"), "dispute", ["state"], unique=False)
    op.create_table(
        "line_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("entry_seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_seq"], ["ledger_entry.seq"], name=op.f("fk_line_confirmation_entry_seq_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_line_confirmation_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_confirmation")),
        sa.UniqueConstraint("entry_seq", name=op.f("uq_line_confirmation_entry_seq")),
    )
    op.create_index(op.f("ix_line_confirmation_person_id"), "line_confirmation", ["person_id"], unique=False)
    op.create_table(
        "dispute_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dispute_id", sa.Integer(), nullable=False),
        sa.Column("old_seq", sa.Integer(), nullable=False),
        sa.Column("reversal_seq", sa.Integer(), nullable=False),
        sa.Column("new_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_change_dispute_id_dispute")
        ),
        sa.ForeignKeyConstraint(
            ["new_seq"], ["ledger_entry.seq"], name=op.f("fk_dispute_change_new_seq_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["old_seq"], ["ledger_entry.seq"], name=op.f("fk_dispute_change_old_seq_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["reversal_seq"], ["ledger_entry.seq"], name=op.f("fk_dispute_change_reversal_seq_ledger_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_change")),
        sa.UniqueConstraint("new_seq", name=op.f("uq_dispute_change_new_seq")),
        sa.UniqueConstraint("old_seq", name=op.f("uq_dispute_change_old_seq")),
    )
    op.create_index(op.f("ix_dispute_change_dispute_id"), "dispute_change", ["dispute_id"], unique=False)


def downgrade() -> None:
    op.drop_table("dispute_change")
    op.drop_table("line_confirmation")
    op.drop_table("dispute")
    op.drop_table("period_issue")
    op.drop_table("period_attestation")
    op.drop_table("period")
    op.drop_table("ledger_lock")
