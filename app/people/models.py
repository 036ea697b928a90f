"""Tables of outside experts and the organisations they belong to."""

import enum
import secrets
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from app.accounts.models import User
from app.core import clock
from app.core.db import Base, Country, Line, Prose, Versioned, Zone
from app.core.fulltext import stored_text
from app.core.money import Money
from app.people.names import sort_key_of


def _sort_key(context: DefaultExecutionContext) -> str:
    return sort_key_of(context.get_current_parameters()["sort_name"])  # type: ignore[no-untyped-call]


def _search_doc(context: DefaultExecutionContext) -> str:
    return stored_text([context.get_current_parameters()["search_text"]])  # type: ignore[no-untyped-call]


class OrganisationKind(enum.StrEnum):
    EMPLOYER = "employer"
    ANALYST_FIRM = "analyst_firm"
    MEDIA_HOUSE = "media_house"
    AGENCY = "agency"
    UNIVERSITY = "university"


class Organisation(Versioned, Base):
    """An employer, analyst firm, media house or agency, with its rules for its people (P2)."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line] = mapped_column(unique=True)
    kind: Mapped[OrganisationKind]
    country: Mapped[Country | None]
    is_state_body: Mapped[bool] = mapped_column(default=False)
    is_gift_allowed: Mapped[bool] = mapped_column(default=True)
    is_vendor_travel_allowed: Mapped[bool] = mapped_column(default=True)
    is_invoice_to_employer_only: Mapped[bool] = mapped_column(default=False)
    #: A value of `travel.models.TravelClass`, or empty for no limit of its own.
    max_class: Mapped[str] = mapped_column(sa.String(40), default="")
    rule_text: Mapped[Prose] = mapped_column(default="")
    #: Where the rule can be read.
    rule_url: Mapped[str] = mapped_column(sa.String(2000), default="", server_default=sa.text("''"))


class PersonKind(Versioned, Base):
    """Analyst, blogger, podcaster ...: data, not code. The code is its first name and never changes."""

    __tablename__ = "person_kind"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[Line] = mapped_column(index=True, unique=True, server_default=sa.text("''"))
    name: Mapped[Line] = mapped_column(unique=True)
    #: Stays on old records and is no longer offered.
    is_retired: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Platform(Versioned, Base):
    """YouTube, WeChat, Naver, a podcast ...: data, not code. Channels hold the code, which never changes."""

    __tablename__ = "platform"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    #: Hosts of its addresses, so that a link says which platform it is.
    hosts: Mapped[list[str]] = mapped_column(default=list)
    is_retired: Mapped[bool] = mapped_column(default=False)


class OfficialStatus(enum.StrEnum):
    NONE = "none"
    OFFICIAL = "official"
    STATE_BODY = "state_body"
    CLOSE_RELATIVE = "close_relative"


class NameOrder(enum.StrEnum):
    GIVEN_FIRST = "given_first"
    FAMILY_FIRST = "family_first"
    MONONYM = "mononym"


class Person(Versioned, Base):
    """An outside expert."""

    __tablename__ = "person"
    #: What lists are ordered and narrowed by: those who are themselves and not merged, in order.
    __table_args__ = tuple(
        sa.Index(
            f"ix_person_list_{name}",
            "is_pseudonymous",
            *columns,
            sqlite_where=sa.text(f"merged_into_id IS NULL{and_on_sqlite}"),
            postgresql_where=sa.text(f"merged_into_id IS NULL{and_on_sqlite.replace('IS 1', 'IS true')}"),
        )
        for name, columns, and_on_sqlite in (
            ("name", ("sort_key", "id"), ""),
            ("changed", ("changed_at", "id"), ""),
            ("kind", ("kind_id", "sort_key", "id"), ""),
            ("home", ("home_country", "sort_key", "id"), ""),
            ("official", ("sort_key", "id"), " AND official_status != 'none'"),
            ("opted_out", ("sort_key", "id"), " AND is_opted_out IS 1"),
            ("tie", ("sort_key", "id"), " AND has_equity_or_family_tie IS 1"),
            ("quiet", ("sort_key", "id"), " AND quiet_until_on IS NOT NULL"),
        )
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Stands for the person wherever identity must be erasable.
    surrogate: Mapped[str] = mapped_column(sa.String(32), unique=True, default=lambda: secrets.token_hex(16))
    name: Mapped[Line]  # as they write it
    sort_name: Mapped[Line]
    #: The sort name folded: lists are ordered by it, the same on both engines.
    sort_key: Mapped[Line] = mapped_column(default=_sort_key, index=True)
    name_order: Mapped[NameOrder] = mapped_column(default=NameOrder.GIVEN_FIRST)
    #: Name, handles and mail, folded to plain lower case, for search on both engines.
    search_text: Mapped[Prose] = mapped_column(default="")
    #: That, organisations and topics, as `core.fulltext` keeps a text; its index is made by migration 0010.
    search_doc: Mapped[Prose] = mapped_column(
        default=_search_doc, server_default=sa.text("''"), deferred=True
    )
    email: Mapped[Line] = mapped_column(default="", index=True)
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    languages: Mapped[list[str]] = mapped_column(default=list)  # BCP 47, preferred first
    home_country: Mapped[Country | None] = mapped_column(index=True)
    zone: Mapped[Zone] = mapped_column(default="UTC")
    kind_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person_kind.id"), index=True)
    kind: Mapped[PersonKind | None] = relationship(lazy="joined")
    known_for: Mapped[Prose] = mapped_column(default="")
    known_among: Mapped[Prose] = mapped_column(default="")
    is_independent: Mapped[bool] = mapped_column(default=True)
    official_status: Mapped[OfficialStatus] = mapped_column(default=OfficialStatus.NONE)
    official_reason: Mapped[Prose] = mapped_column(default="")  # how it is known; for compliance
    has_equity_or_family_tie: Mapped[bool] = mapped_column(default=False)
    #: The agency that represents the person, if any (partners see only these people).
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    agency: Mapped[Organisation | None] = relationship()
    is_opted_out: Mapped[bool] = mapped_column(default=False)
    quiet_until_on: Mapped[date | None]
    notes: Mapped[Prose] = mapped_column(default="")
    #: A recipient of imported books who has no identity here.
    is_pseudonymous: Mapped[bool] = mapped_column(default=False, index=True)
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    affiliations: Mapped[list["Affiliation"]] = relationship(
        back_populates="person", order_by="Affiliation.from_on"
    )
    channels: Mapped[list["Channel"]] = relationship(back_populates="person", order_by="Channel.id")
    evidence: Mapped[list["Evidence"]] = relationship(back_populates="person", order_by="Evidence.on.desc()")

    @property
    def is_official(self) -> bool:
        return self.official_status is not OfficialStatus.NONE


class Affiliation(Versioned, Base):
    """Where a person works or belongs, from when to when."""

    __tablename__ = "affiliation"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(back_populates="affiliations")
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    role: Mapped[Line] = mapped_column(default="")
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    is_employment: Mapped[bool] = mapped_column(default=True)
    is_consent_given: Mapped[bool] = mapped_column(default=False)
    #: When the employer agreed, if anybody knows.
    consented_on: Mapped[date | None]


class Channel(Versioned, Base):
    """Where a person publishes. The size of the audience is optional, dated, and never ranks anyone."""

    __tablename__ = "channel"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(back_populates="channels")
    platform: Mapped[str] = mapped_column(sa.String(40))  # the code of a `Platform`
    listed: Mapped[Platform | None] = relationship(
        primaryjoin=lambda: Platform.code == sa.orm.foreign(Channel.platform), viewonly=True, lazy="joined"
    )
    handle: Mapped[Line]
    url: Mapped[str] = mapped_column(sa.String(2000), default="")
    language: Mapped[str] = mapped_column(sa.String(16), default="en")
    audience_countries: Mapped[list[str]] = mapped_column(default=list)
    audience_size: Mapped[int | None]
    #: The day the size was read.
    audience_read_on: Mapped[date | None]
    #: The last day they published there.
    ended_on: Mapped[date | None]

    @property
    def platform_name(self) -> str:
        return self.listed.name if self.listed is not None else self.platform

    def is_over(self, today: date) -> bool:
        return self.ended_on is not None and self.ended_on < today


class EvidenceKind(enum.StrEnum):
    TALK = "talk"
    CITATION = "citation"
    ADVISORY_CALL = "advisory_call"
    PUBLICATION = "publication"
    STANDARDS_WORK = "standards_work"
    AWARD = "award"
    OTHER = "other"


class Evidence(Versioned, Base):
    """A dated reason to believe in a person's influence: a talk, a citation, an advisory call."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship(back_populates="evidence")
    kind: Mapped[EvidenceKind] = mapped_column(
        default=EvidenceKind.OTHER, server_default=EvidenceKind.OTHER.value
    )
    summary: Mapped[Prose]
    url: Mapped[str] = mapped_column(sa.String(2000), default="")
    note: Mapped[Prose] = mapped_column(default="", server_default=sa.text("''"))
    on: Mapped[date]
    expires_on: Mapped[date | None]

    def counts_on(self, day: date) -> bool:
        return self.on <= day and (self.expires_on is None or self.expires_on > day)


class OwnerRole(enum.StrEnum):
    OWNER = "owner"
    DEPUTY = "deputy"


class Ownership(Base):
    """Who looks after the relationship, from when to when; exactly one owner at any moment (P1)."""

    __tablename__ = "ownership"
    __table_args__ = (
        sa.Index(
            "uq_ownership_current",
            "person_id",
            "role",
            unique=True,
            sqlite_where=sa.text("to_at IS NULL"),
            postgresql_where=sa.text("to_at IS NULL"),
        ),
        sa.Index("ix_ownership_held", "user_id", "role", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    role: Mapped[OwnerRole] = mapped_column(default=OwnerRole.OWNER)
    from_at: Mapped[datetime]
    from_on: Mapped[date]
    #: Equal to `from_at` when it was planned and taken back: such a row never held.
    to_at: Mapped[datetime | None]
    #: The hand-over it came with, a record of a room above.
    hand_over_id: Mapped[int | None] = mapped_column(index=True)

    @property
    def is_empty(self) -> bool:
        return self.to_at is not None and self.to_at <= self.from_at

    def holds_at(self, at: datetime) -> bool:
        return self.from_at <= at and (self.to_at is None or self.to_at > at)


class Representation(Base):
    """An agency speaks for a person, from when to when; its users see the person exactly that long (R3)."""

    __tablename__ = "representation"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    from_at: Mapped[datetime]
    from_on: Mapped[date]
    to_at: Mapped[datetime | None]
    end_reason: Mapped[Prose] = mapped_column(default="")
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id])

    def holds_at(self, at: datetime) -> bool:
        return self.from_at <= at and (self.to_at is None or self.to_at > at)


class AcceptAnswer(enum.StrEnum):
    YES = "yes"
    NO = "no"
    UP_TO = "up_to"


class MayAccept(Versioned, Base):
    """What a person says they may accept, per value category."""

    __tablename__ = "may_accept"
    __table_args__ = (sa.UniqueConstraint("person_id", "category"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    category: Mapped[str] = mapped_column(sa.String(40))  # a value of ledger.models.Category
    answer: Mapped[AcceptAnswer]
    limit: Mapped[Money | None] = composite(
        mapped_column("limit_minor", sa.BigInteger, nullable=True),
        mapped_column("limit_currency", sa.String(3), nullable=True),
    )
    said_on: Mapped[date]
    #: Who said so, and how it reached us.
    source: Mapped[Line] = mapped_column(default="", server_default=sa.text("''"))


class PersonIdentifier(Base):
    """What another system calls a person, as a keyed hash: enough to recognise, not to reveal."""

    __tablename__ = "person_identifier"
    __table_args__ = (sa.UniqueConstraint("scheme", "value_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    scheme: Mapped[str] = mapped_column(sa.String(40))
    value_hash: Mapped[str] = mapped_column(sa.String(64))
