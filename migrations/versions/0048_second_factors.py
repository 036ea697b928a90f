"""Second factors of users, the step between password and factor, links to choose a password, and what a session proved.

Revision ID: 0048
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, nullable=False)


def _at(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_user(table: str, column: str = "user_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["user.id"], name=op.f(f"fk_{table}_{column}_user"))


def _number(name: str = "user_id", nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def upgrade() -> None:
    op.add_column(
        "user_session", sa.Column("how", sa.String(40), server_default=sa.text("'password'"), nullable=False)
    )
    for name in ("proved_at", "set_up_from_at"):
        op.add_column("user_session", _at(name))
    op.create_table(
        "authenticator_app",
        _number(), sa.Column("sealed", sa.LargeBinary, nullable=False), _at("made_at", False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        _of_user("authenticator_app"), sa.PrimaryKeyConstraint("user_id", name=op.f("pk_authenticator_app")),
    )  # fmt: skip
    op.create_table(
        "user_passkey",
        _id(), _number(), sa.Column("credential", sa.String(1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False), sa.Column("n_signs", sa.BigInteger, nullable=False),
        sa.Column("device", sa.String(80), nullable=False), _at("made_at", False), _at("used_at"),
        _of_user("user_passkey"), sa.PrimaryKeyConstraint("id", name=op.f("pk_user_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_user_passkey_credential")),
    )  # fmt: skip
    op.create_table(
        "recovery_code",
        _id(), _number(), sa.Column("secret_hash", sa.String(64), nullable=False), _at("made_at", False), _at("used_at"),
        _of_user("recovery_code"), sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("user_id", "secret_hash", name="uq_recovery_code_user"),
    )  # fmt: skip
    op.create_table(
        "sign_in_step",
        _id(), sa.Column("secret_hash", sa.String(64), nullable=False), _number(),
        sa.Column("how", sa.String(20), nullable=False), sa.Column("agent", sa.String(320), nullable=False),
        _at("made_at", False), _at("ended_at"),
        _of_user("sign_in_step"), sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_step")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sign_in_step_secret_hash")),
    )  # fmt: skip
    op.create_table(
        "password_link",
        _id(), _number(), sa.Column("secret_hash", sa.String(64), nullable=False), _number("made_by_id", True),
        _at("made_at", False), _at("expires_at", False), _at("opened_at"), _at("ended_at"),
        _of_user("password_link"), _of_user("password_link", "made_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_link")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_password_link_secret_hash")),
    )  # fmt: skip
    for table in ("user_passkey", "recovery_code", "sign_in_step", "password_link"):
        op.create_index(op.f(f"ix_{table}_user_id"), table, ["user_id"])


def downgrade() -> None:
    for table in ("password_link", "sign_in_step", "recovery_code", "user_passkey", "authenticator_app"):
        op.drop_table(table)
    for name in ("set_up_from_at", "proved_at", "how"):
        op.drop_column("user_session", name)
