"""Tables of those who work with Rapport and of what they did."""

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.append_only import AppendOnly
from app.core.db import Base, Line, Prose, Versioned, Zone
from app.core.i18n import words


class Role(enum.StrEnum):
    ADMIN = "admin"
    RELATIONS = "relations"
    COORDINATOR = "coordinator"
    COMPLIANCE = "compliance"
    ASSISTANT = "assistant"
    PARTNER = "partner"
    AUDITOR = "auditor"
    DOOR = "door"  # checks people in on the day, on a phone, and nothing else


class Theme(enum.StrEnum):
    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Department(Base):
    """PR, analyst relations, social ...: a silo whose contacts the others must see."""

    __tablename__ = "department"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line] = mapped_column(unique=True)

    def __str__(self) -> str:
        return self.name


class User(Versioned, Base):
    """A login of the company or of a partner agency."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[Line] = mapped_column(unique=True)  # lower case
    name: Mapped[Line]
    role: Mapped[Role]
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id"), index=True)
    department: Mapped[Department] = relationship(lazy="joined")
    #: Set for partners: the agency whose people they may see (id of an organisation).
    organisation_id: Mapped[int | None]
    password_hash: Mapped[str] = mapped_column(sa.String(255), default="")
    #: Until when a password that an administrator made lets its owner in, only to choose another; None: it is their own.
    password_ends_at: Mapped[datetime | None]
    locale: Mapped[str] = mapped_column(sa.String(16), default="en")
    zone: Mapped[Zone] = mapped_column(default="Europe/London")
    theme: Mapped[Theme] = mapped_column(default=Theme.AUTO)
    is_active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]

    # What Flask-Login asks of the user it hands around.
    is_authenticated = True
    is_anonymous = False

    #: Less than the role carries, while a token of narrower scope acts for the user; set for one request, never stored.
    limited_to = None  # type: frozenset[str] | None
    #: The role of whoever looks at a page as another role would (`seeing.py`); set for one request, never stored.
    own_role = None  # type: Role | None

    def get_id(self) -> str:
        return str(self.id)

    @property
    def role_label(self) -> str:
        return words(self.role)


class UserSession(Base):
    """One signed-in browser; ending it here ends it at once. Only the hash of its secret is kept."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    agent: Mapped[Line] = mapped_column(default="")
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: What was shown to get in: "password", "password, app", "passkey", "provider" ...
    how: Mapped[str] = mapped_column(sa.String(40), default="password", server_default=sa.text("'password'"))
    #: When whoever sits there last proved who they are; some changes want that to be minutes ago.
    proved_at: Mapped[datetime | None]
    #: From this instant on it opens nothing but the pages where a second factor is set up; None: it need not.
    set_up_from_at: Mapped[datetime | None]
    #: The role its administrator looks at pages as, and of which agency; None: as themselves.
    seen_as_role: Mapped[Role | None]
    seen_as_agency_id: Mapped[int | None]


class SignInAttempt(Base):
    """A failed sign-in, counted per address and per account to slow guessing down."""

    __tablename__ = "sign_in_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    email_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    address: Mapped[str] = mapped_column(sa.String(64), index=True)
    made_at: Mapped[datetime] = mapped_column(index=True)


class TokenScope(enum.StrEnum):
    """How much of the owner's rights a token carries."""

    ALL = "all"
    READING = "reading"
    CHOSEN = "chosen"


class ApiToken(Base):
    """A bearer token of a user for scripts; hashed at rest, shown once, good until a last day."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line]
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    scope: Mapped[TokenScope] = mapped_column(default=TokenScope.ALL)
    #: What it may do at most, when that was chosen; never more than the role of its owner may on the day.
    rights: Mapped[list[str]] = mapped_column(default=list)
    #: The last day it is good for, on the clock of its owner.
    ends_on: Mapped[date]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    #: When its owner was told that it ends soon.
    warned_at: Mapped[datetime | None]


class Delegation(Base):
    """For these days `delegate` may approve in `user`'s name; both names are kept (R2)."""

    __tablename__ = "delegation"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    delegate_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    delegate: Mapped[User] = relationship(foreign_keys=[delegate_id])
    from_on: Mapped[date]
    to_on: Mapped[date]
    made_at: Mapped[datetime]


class Succession(Base):
    """From an instant on, somebody else answers for a thing: an ask, a goal, a notice. The latest begun counts (P1)."""

    __tablename__ = "succession"
    __table_args__ = (sa.Index("ix_succession_subject", "subject_kind", "subject_id", "from_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The table of the thing and its number: rooms above name it, this floor does not know them.
    subject_kind: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    from_at: Mapped[datetime]
    #: The hand-over it came with.
    hand_over_id: Mapped[int | None] = mapped_column(index=True)
    made_at: Mapped[datetime]
    #: When it was taken back before it mattered; such a row counts for nothing.
    withdrawn_at: Mapped[datetime | None]


class Absence(Base):
    """On these days, both included, a user is away and deputies act for them; both names are kept (R2)."""

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    from_on: Mapped[date]
    to_on: Mapped[date]
    #: The same days as instants, on the clock of the user.
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    made_at: Mapped[datetime]


class AuditEvent(AppendOnly, Base):
    """Who did what to which record and when. Holds names of fields, never their values."""

    __tablename__ = "audit_event"
    __table_args__ = (sa.Index("ix_audit_event_subject", "subject_kind", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(sa.String(80), index=True)
    subject_kind: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[str] = mapped_column(sa.String(40))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)  # None: the system
    by: Mapped[User | None] = relationship(foreign_keys=[by_id], lazy="joined")
    on_behalf_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    on_behalf_of: Mapped[User | None] = relationship(foreign_keys=[on_behalf_of_id])
    #: Everything one request did shares this.
    request_ref: Mapped[str] = mapped_column(sa.String(32), index=True)
    fields: Mapped[list[str]] = mapped_column(default=list)
    reason: Mapped[Prose] = mapped_column(default="")


class AuditDetail(Base):
    """The values before and after, apart from the trail, so that erasing a person can erase them (P8)."""

    __tablename__ = "audit_detail"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_event.id"), primary_key=True)
    changes: Mapped[dict[str, Any]]
