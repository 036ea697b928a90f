"""Tables of the person's own door: links and the browsers they opened."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base
from app.people.models import Person


class PersonLink(Base):
    """A personal link: single use, short life, redeemed by POST; only the hash is kept."""

    __tablename__ = "person_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(lazy="joined")
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    #: Stands in the mail that brings it, so that the recipient can check it on the verify page (G6).
    reference: Mapped[str] = mapped_column(sa.String(16), unique=True)
    #: None when the person asked for it with an earlier link of theirs.
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User | None] = relationship(lazy="joined")
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
    """A browser in which a person is at home; ended here, it ends at once."""

    __tablename__ = "person_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(lazy="joined")
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: What the browser calls itself, in two words, so that its owner recognises it: "Firefox, Android".
    device: Mapped[str] = mapped_column(sa.String(80), default="", server_default=sa.text("''"))


class PersonPasskey(Base):
    """A passkey of a person: the public half only; the device keeps the secret one and shows it to nobody."""

    __tablename__ = "person_passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(lazy="joined")
    #: What the device calls it, base64url.
    credential: Mapped[str] = mapped_column(sa.String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    #: How often the device says it was used; a smaller number than before is a copy, and opens nothing.
    n_signs: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    device: Mapped[str] = mapped_column(sa.String(80), default="")
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
