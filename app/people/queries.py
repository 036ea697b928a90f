"""Reading people: what each role may see of them, lists, search, owners, employers."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cache
from typing import TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.people.models import (
    Affiliation,
    Channel,
    Evidence,
    MayAccept,
    Organisation,
    OrganisationKind,
    OwnerRole,
    Ownership,
    Person,
    PersonKind,
    Representation,
)
from app.people.names import fold
from app.people.policies import OWNING_ROLES

#: Parts of a record that are read by their own number.
P = TypeVar("P", Affiliation, Channel, Evidence, MayAccept)


#: What most may see, and one of them: asked by every page of a person, so built once.
_SEEN_BY_MOST = sa.select(Person).where(Person.merged_into_id.is_(None))
_ONE_OF_MOST = _SEEN_BY_MOST.where(Person.id == sa.bindparam("id"))


def visible_to(by: User | None) -> sa.Select[Person]:
    """The people `by` may see, to build every other read on; None is the system (R3).

    A partner sees the people its agency represents at this moment, who stands at a door nobody's record, everybody else all.
    Merged records are never among them.
    """
    if by is not None and by.role is Role.DOOR:
        return _SEEN_BY_MOST.where(sa.false())
    if by is not None and by.role is Role.PARTNER:
        return _SEEN_BY_MOST.where(_represented_by(by), Person.is_pseudonymous.is_(False))
    return _SEEN_BY_MOST


def _represented_by(by: User) -> sa.ColumnElement[bool]:
    if by.organisation_id is None:
        return sa.false()
    now = clock.now()
    speaks = sa.select(Representation.person_id).where(
        Representation.organisation_id == by.organisation_id, Representation.from_at <= now,
        sa.or_(Representation.to_at.is_(None), Representation.to_at > now),
    )  # fmt: skip
    return Person.id.in_(speaks)


def get_person(id: int, by: User | None) -> Person:
    """The person with this id, or the one it was merged into; NotFound when `by` may not see them."""
    wanted = visible_to(by)
    one = _ONE_OF_MOST if wanted is _SEEN_BY_MOST else wanted.where(Person.id == sa.bindparam("id"))
    seen: set[int] = set()
    current: int | None = id
    while current is not None and current not in seen:
        seen.add(current)
        found = db.session.scalars(one, {"id": current}).one_or_none()
        if found is not None:
            return found
        current = db.session.scalar(sa.select(Person.merged_into_id).where(Person.id == current))
    raise NotFound(_("There is no such person, or they are not yours to see."))


def records_of(person: Person) -> sa.Select[int]:
    """The numbers of a person's records: their own and those merged into it, to find what any of them is named in (P3)."""
    return sa.select(Person.id).where(sa.or_(Person.id == person.id, Person.merged_into_id == person.id))


def holds(
    at: datetime | sa.BindParameter[datetime], role: OwnerRole = OwnerRole.OWNER
) -> tuple[sa.ColumnElement[bool], ...]:
    """Ownership rows of a role in force at an instant."""
    return Ownership.role == role, *_in_force(at)


def _in_force(at: datetime | sa.BindParameter[datetime]) -> tuple[sa.ColumnElement[bool], ...]:
    return Ownership.from_at <= at, sa.or_(Ownership.to_at.is_(None), Ownership.to_at > at)


def owner_of(person: Person, at: datetime | None = None) -> User | None:
    """Who owns the relationship at an instant, now unless given (P1)."""
    return holders_of(person, at).get(OwnerRole.OWNER)


def deputy_of(person: Person, at: datetime | None = None) -> User | None:
    """Who stands in for the owner at an instant, if anybody."""
    return holders_of(person, at).get(OwnerRole.DEPUTY)


def holders_of(person: Person, at: datetime | None = None) -> dict[OwnerRole, User]:
    """Who holds each role at an instant, now unless given, of several whoever began last; one query."""
    rows = db.session.execute(_holders(), {"person_id": person.id, "at": at or clock.now()})
    return {row[0]: row[1] for row in rows}


@cache
def _holders() -> sa.Select[OwnerRole, User]:
    wanted = sa.select(Ownership.role, User).join(User, User.id == Ownership.user_id)
    held = wanted.where(Ownership.person_id == sa.bindparam("person_id"), *_in_force(sa.bindparam("at")))
    return held.order_by(Ownership.from_at, Ownership.id)


def owners_of(
    person_ids: Collection[int], at: datetime | None = None, role: OwnerRole = OwnerRole.OWNER
) -> dict[int, User]:
    """The owner (or deputy) of each of these people, in one query."""
    wanted = sa.select(Ownership.person_id, User).join(User, User.id == Ownership.user_id)
    held = wanted.where(Ownership.person_id.in_(person_ids), *holds(at or clock.now(), role))
    return {row[0]: row[1] for row in db.session.execute(held)}


#: Asked with every piece of value, so built once.
_EMPLOYER = (
    sa.select(Organisation)
    .join(Affiliation, Affiliation.organisation_id == Organisation.id)
    .where(
        Affiliation.person_id == sa.bindparam("person_id"),
        Affiliation.is_employment.is_(True),
        Affiliation.from_on <= sa.bindparam("day"),
        sa.or_(Affiliation.to_on.is_(None), Affiliation.to_on >= sa.bindparam("day")),
    )
    .order_by(Affiliation.from_on.desc(), Affiliation.id.desc())
    .limit(1)
)


def employer_of(person: Person, on: date) -> Organisation | None:
    """The organisation that employs the person on a day; the latest begun when there are several (P2)."""
    return db.session.scalars(_EMPLOYER, {"person_id": person.id, "day": on}).first()


def employers_of(person_ids: Collection[int], on: date) -> dict[int, list[str]]:
    """The names of the organisations each of these people works for or belongs to on a day; one query."""
    wanted = sa.select(Affiliation.person_id, Organisation.name).join(Organisation)
    held = wanted.where(
        Affiliation.person_id.in_(person_ids),
        Affiliation.from_on <= on,
        sa.or_(Affiliation.to_on.is_(None), Affiliation.to_on >= on),
    )
    found: dict[int, list[str]] = {}
    for person_id, name in db.session.execute(held.order_by(Affiliation.from_on.desc(), Affiliation.id)):
        found.setdefault(person_id, []).append(name)
    return found


def audience_countries(person: Person) -> set[str]:
    """The countries of the person's audience over the channels in use; the home country when no channel names one (D1)."""
    still = sa.or_(Channel.ended_on.is_(None), Channel.ended_on >= clock.today())
    lists = db.session.scalars(
        sa.select(Channel.audience_countries).where(Channel.person_id == person.id, still)
    )
    found = {country for countries in lists for country in countries}
    return found or ({person.home_country} if person.home_country else set())


_MAY_ACCEPT = (
    sa.select(MayAccept).where(MayAccept.person_id == sa.bindparam("person_id")).order_by(MayAccept.category)
)


def may_accept(person: Person) -> dict[str, MayAccept]:
    """What the person says they may accept, by value category."""
    return {row.category: row for row in db.session.scalars(_MAY_ACCEPT, {"person_id": person.id})}


def load_record(id: int, by: User | None) -> Person:
    """A person with affiliations, channels and evidence, for their page; what was changed of them before and not saved is lost.

    One plain question each: the loaders of the ORM, which can fill many records at once, take three times as long for one.
    """
    person = get_person(id, by)
    for name, wanted in _PARTS.items():
        set_committed_value(person, name, list(db.session.scalars(wanted, {"person_id": person.id})))
    return person


#: The parts of one record, in the order of the relationships they fill.
_PARTS = {
    "affiliations": sa.select(Affiliation).where(Affiliation.person_id == sa.bindparam("person_id"))
    .order_by(Affiliation.from_on),
    "channels": sa.select(Channel).where(Channel.person_id == sa.bindparam("person_id")).order_by(Channel.id),
    "evidence": sa.select(Evidence).where(Evidence.person_id == sa.bindparam("person_id"))
    .order_by(Evidence.on.desc()),
}  # fmt: skip


# -- organisations and kinds -----------------------------------------------------------------------


def list_organisations(kind: OrganisationKind | None = None) -> Sequence[Organisation]:
    """All organisations by name, or those of a kind."""
    wanted = organisations_matching(kind).order_by(sa.func.lower(Organisation.name), Organisation.id)
    return db.session.scalars(wanted).all()


def organisations_matching(kind: OrganisationKind | None = None) -> sa.Select[Organisation]:
    """The same, in no order."""
    wanted = sa.select(Organisation)
    return wanted.where(Organisation.kind == kind) if kind else wanted


def find_organisations(text: str, limit: int) -> Sequence[tuple[int, str, OrganisationKind]]:
    """Id, name and kind of organisations whose name holds the text, those that begin with it first.

    They are few beside the people, so each name is looked at.
    """
    asked = fold(text)
    rows = db.session.execute(sa.select(Organisation.id, Organisation.name, Organisation.kind))
    named = ((fold(row[1]), (row[0], row[1], row[2])) for row in rows if asked)
    held = sorted((not name.startswith(asked), name, row) for name, row in named if asked in name)
    return [row for _is_later, _name, row in held[:limit]]


def get_organisation(id: int) -> Organisation:
    """The organisation with this id, or NotFound."""
    found = db.session.get(Organisation, id)
    if found is None:
        raise NotFound(_("There is no such organisation."))
    return found


def list_members(organisation: Organisation, by: User | None) -> Sequence[Affiliation]:
    """Who works or worked there, of the people `by` may see; latest first."""
    ordered = members_of(organisation, by).order_by(Affiliation.from_on.desc(), Affiliation.id.desc())
    return db.session.scalars(ordered).all()


def members_of(organisation: Organisation, by: User | None) -> sa.Select[Affiliation]:
    """The same, in no order."""
    seen = visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(Affiliation).where(
        Affiliation.organisation_id == organisation.id, Affiliation.person_id.in_(seen)
    )
    return wanted.options(selectinload(Affiliation.person))


def get_channel(id: int, by: User | None) -> Channel:
    """A channel of a person `by` may see; else NotFound."""
    return _part(Channel, id, by)


def get_evidence(id: int, by: User | None) -> Evidence:
    """A piece of evidence of a person `by` may see; else NotFound."""
    return _part(Evidence, id, by)


def get_may_accept(id: int, by: User | None) -> MayAccept:
    """An answer of a person `by` may see; else NotFound."""
    return _part(MayAccept, id, by)


def get_affiliation(id: int, by: User | None) -> Affiliation:
    """An affiliation of a person `by` may see; else NotFound."""
    return _part(Affiliation, id, by)


def _part(model: type[P], id: int, by: User | None) -> P:
    found = db.session.get(model, id)
    if found is None or get_person(found.person_id, by).id != found.person_id:
        raise NotFound(_("There is no such line, or it is not yours to see."))
    return found


_KINDS = sa.select(PersonKind).order_by(sa.func.lower(PersonKind.name), PersonKind.id)


def list_kinds() -> Sequence[PersonKind]:
    """Every kind of person there is, by name."""
    return db.session.scalars(_KINDS).all()


def list_owners() -> Sequence[User]:
    """Users who own somebody at the moment, by name."""
    return db.session.scalars(_owners(), {"at": clock.now()}).all()


@cache
def _owners() -> sa.Select[User]:
    owning = sa.select(Ownership.id).where(Ownership.user_id == User.id, *holds(sa.bindparam("at")))
    return sa.select(User).where(owning.exists()).order_by(User.name, User.id)


def list_possible_owners() -> Sequence[User]:
    """Users who can look after people, by name."""
    wanted = sa.select(User).where(User.is_active.is_(True), User.role.in_(sorted(OWNING_ROLES)))
    return db.session.scalars(wanted.order_by(User.name, User.id)).all()
