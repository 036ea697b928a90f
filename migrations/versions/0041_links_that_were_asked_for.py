"""A link that was asked for knows its browser and a code; visits say which browser; people ask about their data themselves.

Revision ID: 0041
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("asker_hash", "code_hash"):
        op.add_column(
            "person_link", sa.Column(name, sa.String(64), server_default=sa.text("''"), nullable=False)
        )
    op.add_column(
        "person_link", sa.Column("n_wrong", sa.Integer, server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "person_session", sa.Column("device", sa.String(80), server_default=sa.text("''"), nullable=False)
    )
    with op.batch_alter_table("privacy_request") as table:
        table.alter_column("made_by_id", existing_type=sa.Integer, nullable=True)
    op.create_table(
        "person_passkey",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("credential", sa.String(1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("n_signs", sa.BigInteger, nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_passkey_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_person_passkey_credential")),
    )
    op.create_index(op.f("ix_person_passkey_person_id"), "person_passkey", ["person_id"])


def downgrade() -> None:
    op.drop_table("person_passkey")
    # Requests of people themselves were written down by nobody; whoever handles them stands in.
    op.execute("UPDATE privacy_request SET made_by_id = handler_id WHERE made_by_id IS NULL")
    with op.batch_alter_table("privacy_request") as table:
        table.alter_column("made_by_id", existing_type=sa.Integer, nullable=False)
    op.drop_column("person_session", "device")
    for name in ("n_wrong", "code_hash", "asker_hash"):
        op.drop_column("person_link", name)
