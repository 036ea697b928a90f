"""Dated ownership: hand-overs, successions, absences, representation by agencies, notes.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_absence_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_user_id"), "absence", ["user_id"], unique=False)
    op.create_table(
        "hand_over",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_user_id", sa.Integer(), nullable=False),
        sa.Column("to_user_id", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("readdressed_ids", sa.JSON(), nullable=False),
        sa.Column("is_login_closed", sa.Boolean(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["from_user_id"], ["user.id"], name=op.f("fk_hand_over_from_user_id_user")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_hand_over_made_by_id_user")),
        sa.ForeignKeyConstraint(["to_user_id"], ["user.id"], name=op.f("fk_hand_over_to_user_id_user")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["user.id"], name=op.f("fk_hand_over_undone_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
    )
    op.create_index(op.f("ix_hand_over_from_user_id"), "hand_over", ["from_user_id"], unique=False)
    op.create_index(op.f("ix_hand_over_to_user_id"), "hand_over", ["to_user_id"], unique=False)
    op.create_table(
        "person_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "archived", "discarded", name="notestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hand_over_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_person_note_author_id_user")),
        sa.ForeignKeyConstraint(["holder_id"], ["user.id"], name=op.f("fk_person_note_holder_id_user")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_note_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_note")),
    )
    op.create_index(op.f("ix_person_note_author_id"), "person_note", ["author_id"], unique=False)
    op.create_index(op.f("ix_person_note_hand_over_id"), "person_note", ["hand_over_id"], unique=False)
    op.create_index(op.f("ix_person_note_holder_id"), "person_note", ["holder_id"], unique=False)
    op.create_index(op.f("ix_person_note_person_id"), "person_note", ["person_id"], unique=False)
    op.create_table(
        "representation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["user.id"], name=op.f("fk_representation_ended_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_representation_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_representation_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representation")),
    )
    op.create_index(
        op.f("ix_representation_organisation_id"), "representation", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_representation_person_id"), "representation", ["person_id"], unique=False)
    op.create_table(
        "succession",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hand_over_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_succession_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_succession")),
    )
    op.create_index(op.f("ix_succession_hand_over_id"), "succession", ["hand_over_id"], unique=False)
    op.create_index(
        "ix_succession_subject", "succession", ["subject_kind", "subject_id", "from_at"], unique=False
    )
    op.create_index(op.f("ix_succession_user_id"), "succession", ["user_id"], unique=False)
    # In words: Alembic would add the key apart from its column, which SQLite cannot.
    op.execute(
        "ALTER TABLE collision ADD COLUMN on_behalf_of_id INTEGER"
        ' CONSTRAINT fk_collision_on_behalf_of_id_user REFERENCES "user" (id)'
    )
    op.add_column("ownership", sa.Column("hand_over_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_ownership_hand_over_id"), "ownership", ["hand_over_id"], unique=False)
    op.execute(
        "INSERT INTO representation (person_id, organisation_id, from_at, from_on, end_reason)"
        " SELECT id, agency_id, made_at, date(made_at), '' FROM person WHERE agency_id IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_ownership_hand_over_id"), table_name="ownership")
    op.drop_column("ownership", "hand_over_id")
    op.drop_column("collision", "on_behalf_of_id")
    op.drop_index(op.f("ix_succession_user_id"), table_name="succession")
    op.drop_index("ix_succession_subject", table_name="succession")
    op.drop_index(op.f("ix_succession_hand_over_id"), table_name="succession")
    op.drop_table("succession")
    op.drop_index(op.f("ix_representation_person_id"), table_name="representation")
    op.drop_index(op.f("ix_representation_organisation_id"), table_name="representation")
    op.drop_table("representation")
    op.drop_index(op.f("ix_person_note_person_id"), table_name="person_note")
    op.drop_index(op.f("ix_person_note_holder_id"), table_name="person_note")
    op.drop_index(op.f("ix_person_note_hand_over_id"), table_name="person_note")
    op.drop_index(op.f("ix_person_note_author_id"), table_name="person_note")
    op.drop_table("person_note")
    op.drop_index(op.f("ix_hand_over_to_user_id"), table_name="hand_over")
    op.drop_index(op.f("ix_hand_over_from_user_id"), table_name="hand_over")
    op.drop_table("hand_over")
    op.drop_index(op.f("ix_absence_user_id"), table_name="absence")
    op.drop_table("absence")
