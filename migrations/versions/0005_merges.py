"""Pairs of duplicates, merges by pointer and their journal.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duplicate_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=320), nullable=False),
        sa.Column("doubt", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["one_id"], ["person.id"], name=op.f("fk_duplicate_pair_one_id_person")),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_duplicate_pair_other_id_person")),
        sa.ForeignKeyConstraint(
            ["dismissed_by_id"], ["user.id"], name=op.f("fk_duplicate_pair_dismissed_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_pair")),
        sa.UniqueConstraint("one_id", "other_id", name=op.f("uq_duplicate_pair_one_id_other_id")),
    )
    op.create_index(op.f("ix_duplicate_pair_doubt"), "duplicate_pair", ["doubt"])
    op.create_index(op.f("ix_duplicate_pair_other_id"), "duplicate_pair", ["other_id"])
    op.create_table(
        "person_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("owner_before_id", sa.Integer(), nullable=True),
        sa.Column("owner_after_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["kept_id"], ["person.id"], name=op.f("fk_person_merge_kept_id_person")),
        sa.ForeignKeyConstraint(["gone_id"], ["person.id"], name=op.f("fk_person_merge_gone_id_person")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_person_merge_by_id_user")),
        sa.ForeignKeyConstraint(
            ["owner_before_id"], ["user.id"], name=op.f("fk_person_merge_owner_before_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["owner_after_id"], ["user.id"], name=op.f("fk_person_merge_owner_after_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["user.id"], name=op.f("fk_person_merge_undone_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merge")),
    )
    for column in ("kept_id", "gone_id", "at"):
        op.create_index(op.f(f"ix_person_merge_{column}"), "person_merge", [column])
    op.create_table(
        "merge_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("merge_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.String(length=40), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["person_merge.id"], name=op.f("fk_merge_change_merge_id_person_merge")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_change")),
    )
    op.create_index(op.f("ix_merge_change_merge_id"), "merge_change", ["merge_id"])


def downgrade() -> None:
    for table in ("merge_change", "person_merge", "duplicate_pair"):
        op.drop_table(table)
