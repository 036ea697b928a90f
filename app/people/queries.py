"""Reading people: what each role may see of them, lists, search, owners, employers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.accounts.models import Role, User
from app.core import clock, fulltext, keyset
from app.core.db import db
from app.core.errors import NotFound
from app.core.fulltext import Asked
from app.core.keyset import Count, Order, Place
from app.people.models import (
    Affiliation,
    Channel,
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

N_PER_PAGE = 50
#: Of a search while somebody types, so many hits are put in order; more letters bring fewer.
_MOST_RANKED = 200

#: A missing country comes first; written out because an index holds just this.
_COUNTRY = sa.func.coalesce(Person.home_country, sa.literal_column("''", sa.String))
_COLUMNS: dict[str, tuple[keyset.Column, ...]] = {
    "name": (Person.sort_key, Person.id),
    "changed": (Person.changed_at, Person.id),
    "country": (_COUNTRY, Person.sort_key, Person.id),
}
#: How a list can be ordered: each way by an index, backwards with a minus sign.
ORDERS: dict[str, Order] = {
    **{name: Order(columns) for name, columns in _COLUMNS.items()},
    **{f"-{name}": Order(columns, is_descending=True) for name, columns in _COLUMNS.items()},
}


def visible_to(by: User | None) -> sa.Select[Person]:
    """The people `by` may see, to build every other read on; None is the system (R3).

    A partner sees the people its agency represents at this moment, everybody else all. Merged records are never among them.
    """
    found = sa.select(Person).where(Person.merged_into_id.is_(None))
    if by is not None and by.role is Role.PARTNER:
        found = found.where(_represented_by(by), Person.is_pseudonymous.is_(False))
    return found


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
    seen: set[int] = set()
    current: int | None = id
    while current is not None and current not in seen:
        seen.add(current)
        found = db.session.scalars(visible_to(by).where(Person.id == current)).one_or_none()
        if found is not None:
            return found
        current = db.session.scalar(sa.select(Person.merged_into_id).where(Person.id == current))
    raise NotFound("There is no such person, or they are not yours to see.")


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """What a list of people is narrowed to; pseudonymous recipients of imported books are left out unless asked for."""

    q: str = ""
    kind_id: int | None = None
    country: str = ""
    owner_id: int | None = None
    is_official: bool | None = None
    is_opted_out: bool | None = None
    is_pseudonymous: bool = False
    #: What rooms above narrow it to (`people.listing`).
    more: tuple[sa.ColumnElement[bool], ...] = ()
    order: str = "name"

    @property
    def ordering(self) -> Order:
        return ORDERS.get(self.order, ORDERS["name"])


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of a list of people."""

    person: Person
    owner: User | None

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of a list, the count of the whole, and the places where the pages beside it begin."""

    rows: Sequence[PersonRow]
    total: Count
    before: str = ""
    after: str = ""


def list_people(by: User | None, filter: PersonFilter, place: Place | None = None) -> PeoplePage:
    """A page of 50, by name unless the filter orders otherwise; the queries are as many whatever the rows and the place."""
    narrowed = _narrowed(by, filter)
    found = _rows(narrowed, filter, place, N_PER_PAGE + 1)
    page = keyset.page_of(found, place, N_PER_PAGE, lambda row: _values(row.person, filter.ordering))
    if place is not None and place.is_before and len(page.rows) < N_PER_PAGE:
        return list_people(by, filter)  # the beginning: a whole page of it
    return PeoplePage(
        page.rows, keyset.count_rows(narrowed.with_only_columns(Person.id)), page.before, page.after
    )


def count_people(by: User | None, filter: PersonFilter) -> Count:
    """How many people a filter finds, exactly up to 10,000."""
    return keyset.count_rows(_narrowed(by, filter).with_only_columns(Person.id))


def list_ids(by: User | None, filter: PersonFilter, most: int) -> Sequence[int]:
    """The ids of a filtered list in its order, at most so many."""
    wanted = _narrowed(by, filter).with_only_columns(Person.id)
    return db.session.scalars(wanted.order_by(*filter.ordering.in_words_of_sql()).limit(most)).all()


def list_some(by: User | None, ids: Collection[int]) -> Sequence[Person]:
    """Those of some people `by` may see, by name."""
    wanted = visible_to(by).where(Person.id.in_(ids))
    return db.session.scalars(wanted.order_by(*ORDERS["name"].in_words_of_sql())).all()


def list_all(by: User | None, filter: PersonFilter, most: int = 100_000) -> Sequence[PersonRow]:
    """Every row of a filtered list, for an export of exactly what is shown."""
    return _rows(_narrowed(by, filter), filter, None, most)


def _narrowed(by: User | None, filter: PersonFilter) -> sa.Select[Person]:
    """The people of a filter, asked so that the cost does not follow the number of people.

    A set of ids that is small (a search, an owner, the people of an agency) leads; a large one is looked up for each
    row, as the list meets enough of its rows on the way through its index.
    """
    conditions, leads = list(filter.more), by is not None and by.role is Role.PARTNER
    for is_small, condition in (*_search(filter.q), *_owned(filter.owner_id)):
        leads = leads or is_small
        conditions.append(condition)
    found = visible_to(by).where(_is_pseudonymous(leads) == sa.literal(filter.is_pseudonymous), *conditions)
    if filter.kind_id is not None:
        found = found.where(Person.kind_id == filter.kind_id)
    if filter.country:
        found = found.where(Person.home_country == filter.country)
    if filter.is_official is not None:
        none: sa.ColumnElement[str] = sa.literal_column(
            "'none'"
        )  # written out, as the index of officials is made for it
        found = found.where(
            Person.official_status != none if filter.is_official else Person.official_status == none
        )
    if filter.is_opted_out is not None:
        found = found.where(Person.is_opted_out.is_(filter.is_opted_out))
    return found


def _is_pseudonymous(leads: bool) -> keyset.Column:
    """Written so that the indexes of lists, which begin with it, stand back where a small set leads."""
    return sa.func.coalesce(Person.is_pseudonymous, sa.false()) if leads else Person.is_pseudonymous


def _search(q: str) -> list[tuple[bool, sa.ColumnElement[bool]]]:
    if not q.strip():
        return []
    asked = _asked(q)
    is_small = asked.count(keyset.MOST_COUNTED) <= keyset.MOST_COUNTED
    return [(is_small, asked.held() if is_small else asked.held_slowly())]


def _asked(text: str) -> Asked:
    return Asked(Person.__tablename__, Person.id, Person.search_doc, fold(text))


def _owned(owner_id: int | None) -> list[tuple[bool, sa.ColumnElement[bool]]]:
    if owner_id is None:
        return []
    owned = sa.select(Ownership.person_id).where(Ownership.user_id == owner_id, *holds(clock.now()))
    is_small = keyset.count_rows(owned).is_exact
    each = owned.where(Ownership.person_id == Person.id).correlate(Person).exists()
    return [(is_small, Person.id.in_(owned) if is_small else each)]


def _rows(
    narrowed: sa.Select[Person], filter: PersonFilter, place: Place | None, most: int
) -> Sequence[PersonRow]:
    """The ids of the page come first, so that nothing is joined for the rows before and behind it."""
    order = filter.ordering
    ids = keyset.cut(narrowed.with_only_columns(Person.id), order, place, most - 1).subquery()
    owned = sa.and_(Ownership.person_id == Person.id, *holds(clock.now()))
    wanted = sa.select(Person, User).join(ids, ids.c.id == Person.id)
    wanted = wanted.outerjoin(Ownership, owned).outerjoin(User, User.id == Ownership.user_id)
    is_backward = place is not None and place.is_before
    ordered = wanted.order_by(*order.in_words_of_sql(is_backward=is_backward))
    return [PersonRow(person, owner) for person, owner in db.session.execute(ordered)]


def _values(person: Person, order: Order) -> list[Any]:
    """Where a person stands in an order."""
    columns = {
        Person.sort_key: person.sort_key, Person.changed_at: person.changed_at, Person.id: person.id,
        _COUNTRY: person.home_country or "",
    }  # fmt: skip
    return [columns[column] for column in order.columns]


def holds(at: datetime, role: OwnerRole = OwnerRole.OWNER) -> tuple[sa.ColumnElement[bool], ...]:
    """Ownership rows in force at an instant."""
    return (
        Ownership.role == role,
        Ownership.from_at <= at,
        sa.or_(Ownership.to_at.is_(None), Ownership.to_at > at),
    )


def find_by_name(by: User | None, text: str, limit: int = 20) -> Sequence[Person]:
    """People found by every word of `text`, in any script and without accents: those whose name begins with it first."""
    asked, most = _asked(text), _MOST_RANKED
    wanted = visible_to(by).where(_is_pseudonymous(True) == sa.false()).with_only_columns(Person.id)
    if by is not None and by.role is Role.PARTNER:  # few people, whatever the words
        parts = [(0, wanted.where(asked.begun_slowly())), (1, wanted.where(asked.held_slowly()))]
    else:
        listed = visible_to(by).where(Person.is_pseudonymous == sa.false()).with_only_columns(Person.id)
        listed = listed.where(fulltext.starts(Person.sort_key, asked.folded)).limit(most)
        parts = [(0, asked.first_begun(wanted, most)), (1, asked.first_of(wanted, most))]
        parts += [] if asked.is_empty else [(0, listed)]
    ranked = [sa.select(part.subquery().c.id, sa.literal(rank).label("rank")) for rank, part in parts]
    both = sa.union_all(*ranked).subquery()
    best = sa.select(both.c.id, sa.func.min(both.c.rank).label("rank")).group_by(both.c.id).subquery()
    ordered = sa.select(Person).join(best, best.c.id == Person.id)
    return db.session.scalars(ordered.order_by(best.c.rank, Person.sort_key, Person.id).limit(limit)).all()


def owner_of(person: Person, at: datetime | None = None) -> User | None:
    """Who owns the relationship at an instant, now unless given (P1)."""
    return _holder(person, OwnerRole.OWNER, at)


def deputy_of(person: Person, at: datetime | None = None) -> User | None:
    """Who stands in for the owner at an instant, if anybody."""
    return _holder(person, OwnerRole.DEPUTY, at)


def _holder(person: Person, role: OwnerRole, at: datetime | None) -> User | None:
    wanted = sa.select(User).join(Ownership, Ownership.user_id == User.id)
    found = wanted.where(Ownership.person_id == person.id, *holds(at or clock.now(), role)).order_by(
        Ownership.from_at.desc(), Ownership.id.desc()
    )
    return db.session.scalars(found.limit(1)).first()


def owners_of(person_ids: Collection[int], at: datetime | None = None) -> dict[int, User]:
    """The owner of each of these people, in one query."""
    wanted = sa.select(Ownership.person_id, User).join(User, User.id == Ownership.user_id)
    rows = db.session.execute(wanted.where(Ownership.person_id.in_(person_ids), *holds(at or clock.now())))
    return {row[0]: row[1] for row in rows}


def employer_of(person: Person, on: date) -> Organisation | None:
    """The organisation that employs the person on a day; the latest begun when there are several (P2)."""
    wanted = (
        sa.select(Organisation)
        .join(Affiliation, Affiliation.organisation_id == Organisation.id)
        .where(
            Affiliation.person_id == person.id,
            Affiliation.is_employment.is_(True),
            Affiliation.from_on <= on,
            sa.or_(Affiliation.to_on.is_(None), Affiliation.to_on >= on),
        )
        .order_by(Affiliation.from_on.desc(), Affiliation.id.desc())
        .limit(1)
    )
    return db.session.scalars(wanted).first()


def audience_countries(person: Person) -> set[str]:
    """The countries of the person's audience over all channels; the home country when no channel names one (D1)."""
    lists = db.session.scalars(sa.select(Channel.audience_countries).where(Channel.person_id == person.id))
    found = {country for countries in lists for country in countries}
    return found or ({person.home_country} if person.home_country else set())


def may_accept(person: Person) -> dict[str, MayAccept]:
    """What the person says they may accept, by value category."""
    rows = db.session.scalars(
        sa.select(MayAccept).where(MayAccept.person_id == person.id).order_by(MayAccept.category)
    )
    return {row.category: row for row in rows}


def load_record(id: int, by: User | None) -> Person:
    """A person with affiliations, channels, evidence and owners loaded, for their page."""
    person = get_person(id, by)
    loaded = [
        selectinload(part)
        for part in (Person.affiliations, Person.channels, Person.evidence, Person.ownerships)
    ]
    again = sa.select(Person).where(Person.id == person.id).options(*loaded, selectinload(Person.agency))
    return db.session.scalars(again.execution_options(populate_existing=True)).one()


# -- organisations and kinds -----------------------------------------------------------------------


def list_organisations(kind: OrganisationKind | None = None) -> Sequence[Organisation]:
    """All organisations by name, or those of a kind."""
    wanted = sa.select(Organisation).order_by(sa.func.lower(Organisation.name), Organisation.id)
    return db.session.scalars(wanted.where(Organisation.kind == kind) if kind else wanted).all()


def get_organisation(id: int) -> Organisation:
    """The organisation with this id, or NotFound."""
    found = db.session.get(Organisation, id)
    if found is None:
        raise NotFound("There is no such organisation.")
    return found


def list_members(organisation: Organisation, by: User | None) -> Sequence[Affiliation]:
    """Who works or worked there, of the people `by` may see; latest first."""
    seen = visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(Affiliation).where(
        Affiliation.organisation_id == organisation.id, Affiliation.person_id.in_(seen)
    )
    ordered = wanted.order_by(Affiliation.from_on.desc(), Affiliation.id.desc())
    return db.session.scalars(ordered.options(selectinload(Affiliation.person))).all()


def get_affiliation(id: int, by: User | None) -> Affiliation:
    """An affiliation of a person `by` may see; else NotFound."""
    found = db.session.get(Affiliation, id)
    if found is None or get_person(found.person_id, by).id != found.person_id:
        raise NotFound("There is no such affiliation.")
    return found


def list_kinds() -> Sequence[PersonKind]:
    """Every kind of person there is, by name."""
    return db.session.scalars(
        sa.select(PersonKind).order_by(sa.func.lower(PersonKind.name), PersonKind.id)
    ).all()


def list_countries(by: User | None) -> Sequence[str]:
    """The home countries of the people `by` may see, for the filter: one step of the index for each of them."""
    seen = visible_to(by).where(Person.is_pseudonymous == sa.false())
    least = seen.with_only_columns(sa.func.min(Person.home_country).label("code"))
    found = least.cte(recursive=True)
    after = least.where(Person.home_country > found.c.code).scalar_subquery()
    found = found.union_all(sa.select(after).where(found.c.code.is_not(None)))
    return db.session.scalars(sa.select(found.c.code).where(found.c.code.is_not(None))).all()


def list_owners() -> Sequence[User]:
    """Users who own somebody at the moment, by name."""
    owning = sa.select(Ownership.id).where(Ownership.user_id == User.id, *holds(clock.now())).exists()
    return db.session.scalars(sa.select(User).where(owning).order_by(User.name, User.id)).all()


def list_possible_owners() -> Sequence[User]:
    """Users who can look after people, by name."""
    wanted = sa.select(User).where(User.is_active.is_(True), User.role.in_(sorted(OWNING_ROLES)))
    return db.session.scalars(wanted.order_by(User.name, User.id)).all()
