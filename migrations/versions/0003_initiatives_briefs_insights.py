"""Initiatives with what they lend, launches, briefs, insights, outcomes.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brief",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=320), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_brief_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief")),
        sa.UniqueConstraint("program_id", "title", name=op.f("uq_brief_program_id_title")),
    )
    op.create_table(
        "launch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_launch_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch")),
    )
    op.create_index(op.f("ix_launch_program_id"), "launch", ["program_id"], unique=False)
    op.create_table(
        "brief_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brief_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("what_changed", sa.String(length=320), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["brief_id"], ["brief.id"], name=op.f("fk_brief_version_brief_id_brief")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_brief_version_made_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief_version")),
        sa.UniqueConstraint("brief_id", "number", name=op.f("uq_brief_version_brief_id_number")),
    )
    op.create_table(
        "initiative",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("framework", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("joint_piece", sa.String(length=320), nullable=False),
        sa.Column("joint_url", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closing_words", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_initiative_goal_id_goal")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_initiative_owner_id_user")),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_initiative_program_id_program")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative")),
    )
    op.create_index(op.f("ix_initiative_goal_id"), "initiative", ["goal_id"], unique=False)
    op.create_index(op.f("ix_initiative_program_id"), "initiative", ["program_id"], unique=False)
    op.create_table(
        "insight",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=True),
        sa.Column("touch_id", sa.Integer(), nullable=True),
        sa.Column("heard_on", sa.Date(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("reply_due_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("is_adopted", sa.Boolean(), nullable=True),
        sa.Column("what_changed", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_insight_department_id_department")
        ),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_insight_goal_id_goal")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_insight_owner_id_user")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_insight_person_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_insight_program_id_program")),
        sa.ForeignKeyConstraint(["touch_id"], ["touch.id"], name=op.f("fk_insight_touch_id_touch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insight")),
    )
    op.create_index(op.f("ix_insight_goal_id"), "insight", ["goal_id"], unique=False)
    op.create_index(op.f("ix_insight_owner_id"), "insight", ["owner_id"], unique=False)
    op.create_index(op.f("ix_insight_person_id"), "insight", ["person_id"], unique=False)
    op.create_index(op.f("ix_insight_program_id"), "insight", ["program_id"], unique=False)
    op.create_index(op.f("ix_insight_touch_id"), "insight", ["touch_id"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("touch_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "quote",
                "lead",
                "product_change",
                "market_signal",
                name="outcomekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_outcome_goal_id_goal")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_outcome_made_by_id_user")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outcome_person_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_outcome_program_id_program")),
        sa.ForeignKeyConstraint(["touch_id"], ["touch.id"], name=op.f("fk_outcome_touch_id_touch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
    )
    op.create_index(op.f("ix_outcome_goal_id"), "outcome", ["goal_id"], unique=False)
    op.create_index(op.f("ix_outcome_person_id"), "outcome", ["person_id"], unique=False)
    op.create_index(op.f("ix_outcome_program_id"), "outcome", ["program_id"], unique=False)
    op.create_index(op.f("ix_outcome_touch_id"), "outcome", ["touch_id"], unique=False)
    op.create_table(
        "brief_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("touch_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_brief_receipt_person_id_person")),
        sa.ForeignKeyConstraint(["touch_id"], ["touch.id"], name=op.f("fk_brief_receipt_touch_id_touch")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["brief_version.id"], name=op.f("fk_brief_receipt_version_id_brief_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief_receipt")),
        sa.UniqueConstraint("touch_id", "version_id", name=op.f("uq_brief_receipt_touch_id_version_id")),
    )
    op.create_index(op.f("ix_brief_receipt_person_id"), "brief_receipt", ["person_id"], unique=False)
    op.create_index(op.f("ix_brief_receipt_version_id"), "brief_receipt", ["version_id"], unique=False)
    op.create_table(
        "lent_resource",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=320), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_lent_resource_initiative_id_initiative")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_lent_resource_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lent_resource")),
    )
    op.create_index(op.f("ix_lent_resource_initiative_id"), "lent_resource", ["initiative_id"], unique=False)
    op.create_index(op.f("ix_lent_resource_person_id"), "lent_resource", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_lent_resource_person_id"), table_name="lent_resource")
    op.drop_index(op.f("ix_lent_resource_initiative_id"), table_name="lent_resource")
    op.drop_table("lent_resource")
    op.drop_index(op.f("ix_brief_receipt_version_id"), table_name="brief_receipt")
    op.drop_index(op.f("ix_brief_receipt_person_id"), table_name="brief_receipt")
    op.drop_table("brief_receipt")
    op.drop_index(op.f("ix_outcome_touch_id"), table_name="outcome")
    op.drop_index(op.f("ix_outcome_program_id"), table_name="outcome")
    op.drop_index(op.f("ix_outcome_person_id"), table_name="outcome")
    op.drop_index(op.f("ix_outcome_goal_id"), table_name="outcome")
    op.drop_table("outcome")
    op.drop_index(op.f("ix_insight_touch_id"), table_name="insight")
    op.drop_index(op.f("ix_insight_program_id"), table_name="insight")
    op.drop_index(op.f("ix_insight_person_id"), table_name="insight")
    op.drop_index(op.f("ix_insight_owner_id"), table_name="insight")
    op.drop_index(op.f("ix_insight_goal_id"), table_name="insight")
    op.drop_table("insight")
    op.drop_index(op.f("ix_initiative_program_id"), table_name="initiative")
    op.drop_index(op.f("ix_initiative_goal_id"), table_name="initiative")
    op.drop_table("initiative")
    op.drop_table("brief_version")
    op.drop_index(op.f("ix_launch_program_id"), table_name="launch")
    op.drop_table("launch")
    op.drop_table("brief")
