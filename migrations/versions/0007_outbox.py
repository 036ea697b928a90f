"""Letters on hold, the secret of the one click that ends letters, mail that came back, mail that came in.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_letter_hold_by_id_user")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["user.id"], name=op.f("fk_letter_hold_ended_by_id_user")),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_letter_hold_letter_id_letter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_hold")),
    )
    op.create_index(op.f("ix_letter_hold_letter_id"), "letter_hold", ["letter_id"], unique=False)
    op.create_index(
        "uq_letter_hold_current",
        "letter_hold",
        ["letter_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("letter", sa.Column("unsubscribe_hash", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_letter_unsubscribe_hash"), "letter", ["unsubscribe_hash"], unique=True)
    op.create_table(
        "bounce",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("is_permanent", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_bounce_letter_id_letter")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["user.id"], name=op.f("fk_bounce_lifted_by_id_user")),
        sa.ForeignKeyConstraint(["mail_id"], ["outbox_mail.id"], name=op.f("fk_bounce_mail_id_outbox_mail")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounce")),
    )
    for column in ("address", "letter_id", "mail_id"):
        op.create_index(op.f(f"ix_bounce_{column}"), "bounce", [column], unique=False)
    _create_inbox()


def _create_inbox() -> None:
    level = sa.Enum("metadata", "subject", "full", name="sharinglevel", native_enum=False, length=40)
    state = sa.Enum(
        "logged", "waiting", "dropped", "bounce", "automatic", name="inboundstate", native_enum=False, length=40
    )  # fmt: skip
    op.create_table(
        "inbox_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("level", level, nullable=False),
        sa.Column("n_rotations", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_inbox_choice_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_choice")),
        sa.UniqueConstraint("user_id", name=op.f("uq_inbox_choice_user_id")),
    )
    op.create_table(
        "inbound_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=320), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("is_outbound", sa.Boolean(), nullable=False),
        sa.Column("level", level, nullable=True),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(length=320), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("n_attachments", sa.Integer(), nullable=False),
        sa.Column("n_bytes", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_inbound_message_decided_by_id_user")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_inbound_message_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_inbound_message_message_id")),
    )
    for column in ("received_at", "state", "user_id"):
        op.create_index(op.f(f"ix_inbound_message_{column}"), "inbound_message", [column], unique=False)
    op.create_table(
        "message_touch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inbound_id", sa.Integer(), nullable=False),
        sa.Column("touch_id", sa.Integer(), nullable=False),
        sa.Column("answered_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_id"], ["touch.id"], name=op.f("fk_message_touch_answered_id_touch")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"], ["inbound_message.id"], name=op.f("fk_message_touch_inbound_id_inbound_message")
        ),
        sa.ForeignKeyConstraint(["touch_id"], ["touch.id"], name=op.f("fk_message_touch_touch_id_touch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_touch")),
        sa.UniqueConstraint("touch_id", name=op.f("uq_message_touch_touch_id")),
    )
    for column in ("answered_id", "inbound_id"):
        op.create_index(op.f(f"ix_message_touch_{column}"), "message_touch", [column], unique=False)


def downgrade() -> None:
    for column in ("answered_id", "inbound_id"):
        op.drop_index(op.f(f"ix_message_touch_{column}"), table_name="message_touch")
    op.drop_table("message_touch")
    for column in ("received_at", "state", "user_id"):
        op.drop_index(op.f(f"ix_inbound_message_{column}"), table_name="inbound_message")
    op.drop_table("inbound_message")
    op.drop_table("inbox_choice")
    for column in ("address", "letter_id", "mail_id"):
        op.drop_index(op.f(f"ix_bounce_{column}"), table_name="bounce")
    op.drop_table("bounce")
    op.drop_index(op.f("ix_letter_unsubscribe_hash"), table_name="letter")
    op.drop_column("letter", "unsubscribe_hash")
    op.drop_index("uq_letter_hold_current", table_name="letter_hold")
    op.drop_index(op.f("ix_letter_hold_letter_id"), table_name="letter_hold")
    op.drop_table("letter_hold")
