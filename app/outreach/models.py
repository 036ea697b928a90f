"""Tables of contact: touches, asks, the rule that guards them, letters."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Department, User
from app.core.db import Base, Line, Prose, Versioned
from app.core.models import OutboxMail
from app.people.models import Person


class TouchChannel(enum.StrEnum):
    MAIL = "mail"
    PHONE = "phone"
    MEETING = "meeting"
    DIRECT_MESSAGE = "direct_message"
    LETTER = "letter"
    PORTAL = "portal"


class TouchKind(enum.StrEnum):
    """What a contact is; the contact guard counts the first two, the others are exempt by kind (G3)."""

    UNSOLICITED = "unsolicited"
    INVITATION = "invitation"
    REPLY = "reply"
    #: A thank-you, a hand-over, the way to their own page: nobody asks for anything, and it may wait.
    COURTESY = "courtesy"
    #: News of what they agreed to, such as a changed flight: it reaches them through a wish for quiet too.
    TRANSACTIONAL = "transactional"
    #: They pressed the button for exactly this, a moment ago: even a wish for quiet means something else.
    ASKED_FOR = "asked_for"


class Touch(Versioned, Base):
    """One contact on any channel; an ask is a touch that wants something and stays open until answered."""

    __tablename__ = "touch"
    __table_args__ = (
        sa.Index("ix_touch_source", "source_kind", "source_id"),
        # The guard reads these two and nothing else, however long a history is.
        sa.Index("ix_touch_weighed", "person_id", "kind", "at"),
        sa.Index(
            "ix_touch_open_ask",
            "person_id",
            sqlite_where=sa.text("is_ask IS 1 AND answered_at IS NULL"),
            postgresql_where=sa.text("is_ask IS true AND answered_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id"))
    department: Mapped[Department] = relationship(lazy="joined")
    channel: Mapped[TouchChannel]
    kind: Mapped[TouchKind]
    is_inbound: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(index=True)
    subject: Mapped[Line]
    summary: Mapped[Prose] = mapped_column(default="")
    is_ask: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[datetime | None]
    answer: Mapped[Prose] = mapped_column(default="")
    #: The message this one joined instead of opening a thread of its own (G3).
    joined_id: Mapped[int | None] = mapped_column(sa.ForeignKey("touch.id"), index=True)
    joined: Mapped["Touch | None"] = relationship(remote_side=[id], foreign_keys=[joined_id])
    #: Why the owner of the person released a hard stop.
    release_reason: Mapped[Prose] = mapped_column(default="")
    source_kind: Mapped[str] = mapped_column(sa.String(40), default="")
    source_id: Mapped[int | None]
    made_at: Mapped[datetime]
    #: It never happened and was written down by mistake: it stays readable, and counts nowhere.
    struck_at: Mapped[datetime | None]


class TouchCorrection(Base):
    """What a touch said before somebody put it right, and why; the touch itself shows what is true (R4)."""

    __tablename__ = "touch_correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    touch_id: Mapped[int] = mapped_column(sa.ForeignKey("touch.id"), index=True)
    #: The words and values that were wrong, by field.
    before: Mapped[dict[str, Any]]
    reason: Mapped[Prose]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User] = relationship(lazy="joined")
    at: Mapped[datetime]


class ContactRule(Base):
    """How many unsolicited touches in how many days, over all departments; the newest in force counts (G3)."""

    __tablename__ = "contact_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    n_touches: Mapped[int]
    n_days: Mapped[int]
    n_open_asks: Mapped[int] = mapped_column(default=1)
    effective_from_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))


class LetterTemplate(Base):
    """The text of a letter in one language; a new version is a new row. Placeholders are {words} from a fixed list."""

    __tablename__ = "letter_template"
    __table_args__ = (sa.UniqueConstraint("key", "language", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40))
    language: Mapped[str] = mapped_column(sa.String(16))
    number: Mapped[int]
    subject: Mapped[Line]
    body: Mapped[Prose]
    made_at: Mapped[datetime]


class Letter(Base):
    """A letter to one person in the outbox, in somebody's name; it has no mail while its translation is missing (G5, G6)."""

    __tablename__ = "letter"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Stands in the letter; whoever received it can ask with it whether it really came from us.
    reference: Mapped[str] = mapped_column(sa.String(16), unique=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    #: In whose name it is written: the owner of the relationship.
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id"))
    department: Mapped[Department] = relationship(lazy="joined")
    key: Mapped[str] = mapped_column(sa.String(40))
    language: Mapped[str] = mapped_column(sa.String(16))
    #: The version of the text the person gets (G4).
    template_id: Mapped[int | None] = mapped_column(sa.ForeignKey("letter_template.id"))
    #: What stands in for the placeholders, by name.
    fields: Mapped[dict[str, Any]]
    kind: Mapped[TouchKind]
    is_ask: Mapped[bool] = mapped_column(default=False)
    batch: Mapped[str] = mapped_column(sa.String(80), index=True)
    batch_title: Mapped[Line]
    source_kind: Mapped[str] = mapped_column(sa.String(40), default="")
    source_id: Mapped[int | None]
    mail_id: Mapped[int | None] = mapped_column(sa.ForeignKey("outbox_mail.id"), unique=True)
    mail: Mapped[OutboxMail | None] = relationship()
    #: The contact it became when it was let go.
    touch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("touch.id"))
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_at: Mapped[datetime]
    discarded_at: Mapped[datetime | None]
    #: Of the secret in the address at which one click ends such letters; only on letters an opt-out would stop (RFC 8058).
    unsubscribe_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True, index=True)


class CollisionState(enum.StrEnum):
    STOPPED = "stopped"
    WAITING = "waiting"  # until the window is free
    OWNER_ASKED = "owner_asked"
    JOINED = "joined"
    RELEASED = "released"
    REFUSED = "refused"  # by the owner
    MADE = "made"  # later, when the guard let it pass
    GOT_THROUGH = "got_through"  # it had happened when the guard heard of it


class Collision(Base):
    """A contact the guard stopped, with what was about to be said, and what became of it (G3)."""

    __tablename__ = "collision"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id"))
    department: Mapped[Department] = relationship(lazy="joined")
    channel: Mapped[TouchChannel]
    kind: Mapped[TouchKind]
    is_ask: Mapped[bool]
    subject: Mapped[Line]
    summary: Mapped[Prose] = mapped_column(default="")
    source_kind: Mapped[str] = mapped_column(sa.String(40), default="")
    source_id: Mapped[int | None]
    letter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("letter.id"))
    #: "soft" or "hard", and the words of the guard at that moment.
    level: Mapped[str] = mapped_column(sa.String(8))
    reason: Mapped[Prose]
    free_from_at: Mapped[datetime | None]
    #: Opt-out and quiet time are never released.
    is_releasable: Mapped[bool] = mapped_column(default=True)
    #: The message it ran into.
    other_id: Mapped[int | None] = mapped_column(sa.ForeignKey("touch.id"), index=True)
    other: Mapped[Touch | None] = relationship(foreign_keys=[other_id])
    state: Mapped[CollisionState] = mapped_column(default=CollisionState.STOPPED, index=True)
    #: The contact it became in the end, if any.
    touch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("touch.id"))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    #: The owner in whose name a deputy decided.
    on_behalf_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    on_behalf_of: Mapped[User | None] = relationship(foreign_keys=[on_behalf_of_id])
    decision_reason: Mapped[Prose] = mapped_column(default="")
    #: When whoever waited was told that the window is free.
    reminded_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
