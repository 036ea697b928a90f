"""Wishes about days and channels, plans, cadences, reminders, corrections of contacts.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "mail",
                "phone",
                "meeting",
                "direct_message",
                "letter",
                "portal",
                name="touchchannel",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("n_most", sa.Integer(), nullable=True),
        sa.Column("n_days", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_channel_wish_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_wish")),
        sa.UniqueConstraint("person_id", "channel", name=op.f("uq_channel_wish_person_id_channel")),
    )
    op.create_table(
        "contact_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("quiet_weekdays", sa.JSON(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_wish_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_wish")),
        sa.UniqueConstraint("person_id", name=op.f("uq_contact_wish_person_id")),
    )
    op.create_table(
        "reminder_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("reasons_off", sa.JSON(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_reminder_choice_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_choice")),
        sa.UniqueConstraint("user_id", name=op.f("uq_reminder_choice_user_id")),
    )
    op.create_table(
        "snooze",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_snooze_person_id_person")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_snooze_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snooze")),
        sa.UniqueConstraint("user_id", "person_id", name=op.f("uq_snooze_user_id_person_id")),
    )
    op.create_index(op.f("ix_snooze_person_id"), "snooze", ["person_id"], unique=False)
    op.create_table(
        "cadence_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(length=320), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("n_days", sa.Integer(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_cadence_rule_program_id_program")
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["user.id"], name=op.f("fk_cadence_rule_set_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadence_rule")),
        sa.UniqueConstraint(
            "program_id", "tier", "stage", name=op.f("uq_cadence_rule_program_id_tier_stage")
        ),
    )
    op.create_table(
        "person_cadence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(length=320), nullable=False),
        sa.Column("n_days", sa.Integer(), nullable=True),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_cadence_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_person_cadence_program_id_program")
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["user.id"], name=op.f("fk_person_cadence_set_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_cadence")),
        sa.UniqueConstraint("program_id", "person_id", name=op.f("uq_person_cadence_program_id_person_id")),
    )
    op.create_index(op.f("ix_person_cadence_person_id"), "person_cadence", ["person_id"], unique=False)
    op.create_table(
        "planned_touch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "mail",
                "phone",
                "meeting",
                "direct_message",
                "letter",
                "portal",
                name="touchchannel",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "unsolicited",
                "invitation",
                "reply",
                "transactional",
                "asked_for",
                name="touchkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=320), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("is_ask", sa.Boolean(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("planned", "done", "cancelled", name="planstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("touch_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_planned_touch_department_id_department")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_planned_touch_person_id_person")),
        sa.ForeignKeyConstraint(["touch_id"], ["touch.id"], name=op.f("fk_planned_touch_touch_id_touch")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_planned_touch_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_touch")),
    )
    op.create_index(op.f("ix_planned_touch_person_id"), "planned_touch", ["person_id"], unique=False)
    op.create_index(
        "ix_planned_touch_state_planned_on", "planned_touch", ["state", "planned_on"], unique=False
    )
    op.create_table(
        "touch_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("touch_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_touch_correction_by_id_user")),
        sa.ForeignKeyConstraint(["touch_id"], ["touch.id"], name=op.f("fk_touch_correction_touch_id_touch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch_correction")),
    )
    op.create_index(op.f("ix_touch_correction_touch_id"), "touch_correction", ["touch_id"], unique=False)
    op.add_column("collision", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("touch", sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_touch_joined_id"), "touch", ["joined_id"], unique=False)
    op.create_index(
        "ix_touch_open_ask",
        "touch",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("is_ask IS 1 AND answered_at IS NULL"),
        postgresql_where=sa.text("is_ask IS true AND answered_at IS NULL"),
    )
    op.create_index("ix_touch_weighed", "touch", ["person_id", "kind", "at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_touch_weighed", table_name="touch")
    op.drop_index("ix_touch_open_ask", table_name="touch")
    op.drop_index(op.f("ix_touch_joined_id"), table_name="touch")
    op.drop_column("touch", "struck_at")
    op.drop_column("collision", "reminded_at")
    op.drop_index(op.f("ix_touch_correction_touch_id"), table_name="touch_correction")
    op.drop_table("touch_correction")
    op.drop_index("ix_planned_touch_state_planned_on", table_name="planned_touch")
    op.drop_index(op.f("ix_planned_touch_person_id"), table_name="planned_touch")
    op.drop_table("planned_touch")
    op.drop_index(op.f("ix_person_cadence_person_id"), table_name="person_cadence")
    op.drop_table("person_cadence")
    op.drop_table("cadence_rule")
    op.drop_index(op.f("ix_snooze_person_id"), table_name="snooze")
    op.drop_table("snooze")
    op.drop_table("reminder_choice")
    op.drop_table("contact_wish")
    op.drop_table("channel_wish")
