"""Tables of the person's own door, and of the door of those who speak for people: links and the browsers they opened."""

from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base
from app.core.models import PasskeyColumns
from app.people.models import Person

#: Whose a link or a visit is: a person's own, or that of a user of an agency.
Holder: TypeAlias = Person | User


def _one_holder() -> sa.CheckConstraint:
    return sa.CheckConstraint("(person_id IS NULL) <> (user_id IS NULL)", name="one_holder")


class PersonLink(Base):
    """A personal link: single use, short life, redeemed by POST; only the hash is kept."""

    __tablename__ = "person_link"
    __table_args__ = (_one_holder(),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person | None] = relationship(lazy="joined")
    #: Of a representative instead: a user of an agency, who sees those the agency speaks for at that moment.
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[user_id])
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    #: Stands in the mail that brings it, so that the recipient can check it on the verify page (G6).
    reference: Mapped[str] = mapped_column(sa.String(16), unique=True)
    #: None when whoever holds it asked for it.
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[made_by_id])
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    redeemed_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    #: Of a link that a browser asked for: hashes of that browser's secret, and of the code another one has to be told.
    asker_hash: Mapped[str] = mapped_column(sa.String(64), default="", server_default=sa.text("''"))
    code_hash: Mapped[str] = mapped_column(sa.String(64), default="", server_default=sa.text("''"))
    #: How often a wrong code was typed.
    n_wrong: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))


class PersonSession(Base):
    """A browser in which a person, or a representative, is at home; ended here, it ends at once."""

    __tablename__ = "person_session"
    __table_args__ = (_one_holder(),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person | None] = relationship(lazy="joined")
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User | None] = relationship(lazy="joined")
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: What the browser calls itself, in two words, so that its owner recognises it: "Firefox, Android".
    device: Mapped[str] = mapped_column(sa.String(80), default="", server_default=sa.text("''"))


class PersonPasskey(PasskeyColumns, Base):
    """A passkey of a person: the public half only; the device keeps the secret one and shows it to nobody."""

    __tablename__ = "person_passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(lazy="joined")
