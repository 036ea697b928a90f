"""Versions of cohort rules, wanted audiences, declared facets.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("n_came_in", sa.Integer(), nullable=False),
        sa.Column("n_went_out", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_rule_change_by_id_user")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_rule_change_cohort_id_cohort")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_change")),
        sa.UniqueConstraint("cohort_id", "number", name=op.f("uq_rule_change_cohort_id_number")),
    )
    op.create_index(op.f("ix_rule_change_cohort_id"), "rule_change", ["cohort_id"])
    op.create_table(
        "audience_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column(
            "about",
            sa.Enum(
                "market", "audience", "language", "role", "channel",
                name="wishabout", native_enum=False, length=40,
            ),
            nullable=False,
        ),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("label", sa.String(length=320), nullable=False),
        sa.Column("n_wanted", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_audience_wish_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_wish")),
    )  # fmt: skip
    op.create_index(op.f("ix_audience_wish_program_id"), "audience_wish", ["program_id"])
    _declared()


def _declared() -> None:
    op.create_table(
        "facet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("n_keep_days", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facet")),
        sa.UniqueConstraint("name", name=op.f("uq_facet_name")),
    )
    op.create_table(
        "declaration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facet_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=320), nullable=False),
        sa.Column("statement", sa.String(length=320), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("delete_after_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["facet_id"], ["facet.id"], name=op.f("fk_declaration_facet_id_facet")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_declaration_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration")),
        sa.UniqueConstraint("facet_id", "person_id", name=op.f("uq_declaration_facet_id_person_id")),
    )
    op.create_index(op.f("ix_declaration_delete_after_on"), "declaration", ["delete_after_on"])
    op.create_index(op.f("ix_declaration_person_id"), "declaration", ["person_id"])
    op.create_table(
        "declaration_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facet_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facet_id"], ["facet.id"], name=op.f("fk_declaration_change_facet_id_facet")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_declaration_change_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration_change")),
    )
    op.create_index(op.f("ix_declaration_change_facet_id"), "declaration_change", ["facet_id"])
    op.create_index(op.f("ix_declaration_change_person_id"), "declaration_change", ["person_id"])
    op.create_table(
        "facet_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facet_id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("person_ids", sa.JSON(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("n_minimum", sa.Integer(), nullable=False),
        sa.Column("last_change_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_facet_release_by_id_user")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_facet_release_cohort_id_cohort")),
        sa.ForeignKeyConstraint(["facet_id"], ["facet.id"], name=op.f("fk_facet_release_facet_id_facet")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facet_release")),
    )
    op.create_index(op.f("ix_facet_release_cohort_id"), "facet_release", ["cohort_id"])
    op.create_index(op.f("ix_facet_release_facet_id"), "facet_release", ["facet_id"])


def downgrade() -> None:
    for table in (
        "facet_release", "declaration_change", "declaration", "facet", "audience_wish", "rule_change",
    ):  # fmt: skip
        op.drop_table(table)
