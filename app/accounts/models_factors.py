"""Tables of what proves who somebody is besides a password, and of the way from the one to the other."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line
from app.core.models import PasskeyColumns
from app.core.sealed_columns import SealedText


class AuthenticatorApp(Base):
    """The app on a telephone that shows six digits (RFC 6238): one a user."""

    __tablename__ = "authenticator_app"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    #: What app and house share, base32; sealed, for a copy of the database must not open a door.
    sealed: Mapped[str] = mapped_column(SealedText("authenticator_app.sealed"))
    made_at: Mapped[datetime]
    #: The half minute whose digits were used last: no earlier and no equal one is taken again.
    last_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)


class UserPasskey(PasskeyColumns, Base):
    """A passkey or security key of a user: the public half only."""

    __tablename__ = "user_passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")


class RecoveryCode(Base):
    """One of ten codes on paper for the day the telephone is gone; works once, only its hash is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (sa.UniqueConstraint("user_id", "secret_hash", name="uq_recovery_code_user"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInStep(Base):
    """A browser that has shown the password and not yet the second factor: it opens nothing but the page that asks for it."""

    __tablename__ = "sign_in_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    #: What was shown so far: "password" or "provider".
    how: Mapped[str] = mapped_column(sa.String(20))
    agent: Mapped[Line] = mapped_column(default="")
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PasswordLink(Base):
    """A link to choose a new password: works once, for minutes; only the hash is kept."""

    __tablename__ = "password_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    #: Of the address; once that was opened, of what the browser that opened it got instead.
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    #: The administrator who made it; None when it was asked for by mail.
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    #: When it was used, replaced by a newer one, or taken back.
    ended_at: Mapped[datetime | None]
