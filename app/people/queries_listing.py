"""Lists of people: filters, orders, pages, what is found while somebody types; the cost does not follow the number of people."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from app.accounts.models import Role, User
from app.core import clock, fulltext, keyset
from app.core.db import db
from app.core.fulltext import Asked
from app.core.keyset import Count, Order, Place
from app.people.models import Ownership, Person
from app.people.names import fold
from app.people.queries import holds, visible_to

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


class PersonFilter(Struct, frozen=True):
    """What a list of people is narrowed to; pseudonymous recipients of imported books are left out unless asked for."""

    q: str = ""
    kind_id: int | None = None
    country: str = ""
    owner_id: int | None = None
    #: The primary part of a language tag: "zh" finds zh-Hans too.
    language: str = ""
    is_official: bool | None = None
    is_opted_out: bool | None = None
    is_pseudonymous: bool = False
    #: What rooms above narrow it to (`people.listing`).
    more: tuple[sa.ColumnElement[bool], ...] = ()
    order: str = "name"

    @property
    def ordering(self) -> Order:
        return ORDERS.get(self.order, ORDERS["name"])


class PersonRow(Struct, frozen=True):
    """One line of a list of people."""

    person: Person
    owner: User | None

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name


class PeoplePage(Struct, frozen=True):
    """One page of a list, the count of the whole, and the places where the pages beside it begin."""

    rows: Sequence[PersonRow]
    total: Count
    before: str = ""
    after: str = ""


def list_people(
    by: User | None, filter: PersonFilter, place: Place | None = None, size: int = 0
) -> PeoplePage:
    """A page of 50 or of `size`, by name unless the filter orders otherwise; as many queries whatever the rows and the place."""
    narrowed = _narrowed(by, filter)
    page = keyset.turn_to(
        place,
        size or N_PER_PAGE,
        lambda at: _rows(narrowed, filter, at, (size or N_PER_PAGE) + 1),
        lambda row: _values(row.person, filter.ordering),
    )
    return PeoplePage(page.rows, _count(narrowed), page.before, page.after)


def count_people(by: User | None, filter: PersonFilter) -> Count:
    """How many people a filter finds, exactly up to 10,000."""
    return _count(_narrowed(by, filter))


def _count(narrowed: sa.Select[Person]) -> Count:
    # In order of names, because that leads the database to the index of the filter.
    by_name = ORDERS["name"].in_words_of_sql()
    return keyset.count_rows(narrowed.with_only_columns(Person.id).order_by(*by_name))


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
    for is_small, condition in (*_search(filter.q, filter.language), *_owned(filter.owner_id)):
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


def _search(q: str, language: str = "") -> list[tuple[bool, sa.ColumnElement[bool]]]:
    found = []
    for asked in ([_asked(q)] if q.strip() else []) + ([_asked("", language)] if language else []):
        is_small = asked.count(keyset.MOST_COUNTED) <= keyset.MOST_COUNTED
        found.append((is_small, asked.held() if is_small else asked.held_slowly()))
    return found


def _asked(text: str, *marks: str) -> Asked:
    return Asked(Person.__tablename__, Person.id, Person.search_doc, fold(text), marks)


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


def list_countries(by: User | None) -> Sequence[str]:
    """The home countries of the people `by` may see, for the filter."""
    seen = visible_to(by).where(Person.is_pseudonymous == sa.false())
    return keyset.each_value(seen, Person.home_country)
