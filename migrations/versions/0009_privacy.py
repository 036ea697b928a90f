"""Requests about one's own data, holds, consents, retention; books let go of reasons, and of nothing else.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: Books whose reasons are plain words: these may be taken out, nothing else may ever change.
WORDY = {
    "audit_event": (
        "id", "at", "action", "subject_kind", "subject_id", "by_id", "on_behalf_of_id", "request_ref", "fields",
    ),
    "invitation_step": ("id", "invitation_id", "state", "at", "by_id", "channel"),
}  # fmt: skip


def _close_but_for_reasons() -> None:
    """An UPDATE that empties the reason, and changes nothing else, is let through: an erased person leaves no words."""
    if op.get_bind().dialect.name == "sqlite":
        for table, columns in WORDY.items():
            same = " AND ".join(f'NEW."{column}" IS OLD."{column}"' for column in columns)
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT (NEW.reason = '' AND {same}) "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_rewriting_but_for_reasons() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' AND NEW.reason = '' AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' "
        "THEN RETURN NEW; END IF; RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in WORDY:
        _trigger(table, "refuse_rewriting_but_for_reasons")


def _close_again() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in WORDY:
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    for table in WORDY:
        _trigger(table, "refuse_rewriting")
    op.execute("DROP FUNCTION refuse_rewriting_but_for_reasons")


def _trigger(table: str, function: str) -> None:
    op.execute(f"DROP TRIGGER {table}_is_closed ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_is_closed BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def upgrade() -> None:
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_wait_days", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
        sa.UniqueConstraint("on", name=op.f("uq_retention_run_on")),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "hospitality",
                "photo",
                "naming",
                "news",
                "portal",
                name="purpose",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("portal", "mail", "form", "spoken", name="consentsource", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("wording_version", sa.String(length=320), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_consent_by_id_user")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_person_purpose", "consent", ["person_id", "purpose", "id"], unique=False)
    op.create_table(
        "privacy_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_privacy_hold_by_id_user")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["user.id"], name=op.f("fk_privacy_hold_ended_by_id_user")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_privacy_hold_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_hold")),
    )
    op.create_index(op.f("ix_privacy_hold_person_id"), "privacy_hold", ["person_id"], unique=False)
    op.create_table(
        "privacy_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("access", "erasure", name="requestkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "done", "refused", "withdrawn", name="requeststate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "mail",
                "letter",
                "phone",
                "portal",
                "in_person",
                name="requestchannel",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("surrogate", sa.String(length=320), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["done_by_id"], ["user.id"], name=op.f("fk_privacy_request_done_by_id_user")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_privacy_request_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(["handler_id"], ["user.id"], name=op.f("fk_privacy_request_handler_id_user")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_privacy_request_made_by_id_user")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_privacy_request_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_request")),
    )
    op.create_index(op.f("ix_privacy_request_person_id"), "privacy_request", ["person_id"], unique=False)
    op.create_index(op.f("ix_privacy_request_state"), "privacy_request", ["state"], unique=False)
    op.create_table(
        "retention_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(length=320), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("held_because", sa.String(length=320), nullable=False),
        sa.Column("deleted_on", sa.Date(), nullable=True),
        sa.Column("dropped_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_retention_item_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["retention_run.id"], name=op.f("fk_retention_item_run_id_retention_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_item")),
    )
    op.create_index("ix_retention_item_kind_row", "retention_item", ["kind", "row_id"], unique=False)
    op.create_index("ix_retention_item_open", "retention_item", ["deleted_on", "dropped_on"], unique=False)
    op.create_index(op.f("ix_retention_item_person_id"), "retention_item", ["person_id"], unique=False)
    op.create_index(op.f("ix_retention_item_run_id"), "retention_item", ["run_id"], unique=False)
    op.create_table(
        "retention_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("n_days", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_retention_rule_made_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
    )
    op.create_index(op.f("ix_retention_rule_kind"), "retention_rule", ["kind"], unique=False)
    op.create_table(
        "doomed_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["privacy_request.id"], name=op.f("fk_doomed_file_request_id_privacy_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doomed_file")),
    )
    op.create_index(op.f("ix_doomed_file_request_id"), "doomed_file", ["request_id"], unique=False)
    op.create_index(op.f("ix_doomed_file_sha256"), "doomed_file", ["sha256"], unique=False)
    _close_but_for_reasons()


def downgrade() -> None:
    _close_again()
    op.drop_index(op.f("ix_doomed_file_sha256"), table_name="doomed_file")
    op.drop_index(op.f("ix_doomed_file_request_id"), table_name="doomed_file")
    op.drop_table("doomed_file")
    op.drop_index(op.f("ix_retention_rule_kind"), table_name="retention_rule")
    op.drop_table("retention_rule")
    op.drop_index(op.f("ix_retention_item_run_id"), table_name="retention_item")
    op.drop_index(op.f("ix_retention_item_person_id"), table_name="retention_item")
    op.drop_index("ix_retention_item_open", table_name="retention_item")
    op.drop_index("ix_retention_item_kind_row", table_name="retention_item")
    op.drop_table("retention_item")
    op.drop_index(op.f("ix_privacy_request_state"), table_name="privacy_request")
    op.drop_index(op.f("ix_privacy_request_person_id"), table_name="privacy_request")
    op.drop_table("privacy_request")
    op.drop_index(op.f("ix_privacy_hold_person_id"), table_name="privacy_hold")
    op.drop_table("privacy_hold")
    op.drop_index("ix_consent_person_purpose", table_name="consent")
    op.drop_table("consent")
    op.drop_table("retention_run")
