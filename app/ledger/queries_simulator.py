"""A cap that is only thought of, run over the entries of the past: whom it would have warned or stopped (O5)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from app.core.db import db
from app.core.money import Money
from app.ledger.details import CapDetails
from app.ledger.models import Cap, Entry, Subject
from app.ledger.policies import Level
from app.ledger.policies_limits import Crossing, Given, Recipient, concerns, crossings, limits_of, recipient
from app.ledger.queries_rates import FrozenRate, RateNeeded, frozen_rate
from app.ledger.queries_totals import is_standing
from app.people.models import Affiliation, Organisation, Person


class Affected(Struct, frozen=True):
    """One window in which a cap would have spoken, with whom it concerns; `person` is None once erased."""

    key: int
    person: Person | None
    crossing: Crossing
    currency: str
    #: Whether the cap that is compared with says nothing here.
    is_new: bool = True

    @property
    def level(self) -> Level:
        return self.crossing.level

    @property
    def exposure(self) -> Money:
        """The highest the exposure was in the window."""
        return Money(self.crossing.minor, self.currency)

    @property
    def over(self) -> Money:
        """By how much that passed the highest crossed limit."""
        return Money(self.crossing.over_minor, self.currency)

    @property
    def scope(self) -> dict[str, int]:
        """The person or, once erased, their number in the book, as the ledger's list is narrowed."""
        return {"person_id": self.person.id} if self.person is not None else {"subject_id": -self.key}


class Simulation(Struct, frozen=True):
    """What a cap would have said to the past; `no_longer` is what the compared cap says and this one does not.

    `n_unpriced` counts entries in a currency nobody has a rate for on their day; they could not be weighed.
    """

    cap: Cap | CapDetails
    rows: tuple[Affected, ...]
    no_longer: tuple[Affected, ...] = ()
    n_entries: int = 0
    n_unpriced: int = 0

    @property
    def n_people(self) -> int:
        return len({row.key for row in self.rows})

    @property
    def n_blocked(self) -> int:
        return sum(1 for row in self.rows if row.level is Level.BLOCK)

    @property
    def over(self) -> Money:
        return Money(sum(row.crossing.over_minor for row in self.rows), self.cap.currency)


def simulate(
    cap: CapDetails, *, from_on: date | None = None, to_on: date | None = None, against: Cap | None = None
) -> Simulation:
    """Weigh every person's past value as if a cap had always been in force; nothing is written (O5).

    What was taken back or declined does not count. Other currencies are converted at the rate of the value date.
    """
    found, n_entries, n_unpriced = _run(cap, from_on, to_on)
    if against is None:
        return Simulation(cap, tuple(found), (), n_entries, n_unpriced)
    today = _run(against, from_on, to_on)[0]
    known = {(row.key, row.crossing.begins.year, row.level) for row in today}
    now = {(row.key, row.crossing.begins.year) for row in found}
    rows = tuple(
        replace(row, is_new=(row.key, row.crossing.begins.year, row.level) not in known) for row in found
    )
    gone = tuple(row for row in today if (row.key, row.crossing.begins.year) not in now)
    return Simulation(cap, rows, gone, n_entries, n_unpriced)


def _run(cap: Cap | CapDetails, from_on: date | None, to_on: date | None) -> tuple[list[Affected], int, int]:
    limits, rates = limits_of(cap), _Rates(cap.currency)
    given: dict[int, list[tuple[str, Given]]] = defaultdict(list)
    for key, on, seq, currency, minor in db.session.execute(_entries(cap, from_on, to_on, limits.least)):
        if on is not None:
            given[key].append((currency, Given(on, seq, int(minor))))
    people = _people(given.keys())
    who = _Recipients(people)
    found = []
    for key, pieces in given.items():
        mine = [
            one for currency, piece in pieces
            if who.are_limited(cap, key, piece.on) and (one := rates.convert(currency, piece)) is not None
        ]  # fmt: skip
        found += [
            Affected(key, people.get(key), crossing, cap.currency) for crossing in crossings(mine, limits)
        ]
    found.sort(key=lambda row: (row.level is not Level.BLOCK, -row.crossing.over_minor, row.key))
    return found, sum(len(pieces) for pieces in given.values()), rates.n_missing


def _key() -> sa.ColumnElement[int]:
    """The surviving record of a person; the negative number in the book once erased."""
    return sa.func.coalesce(Person.merged_into_id, Subject.person_id, -Subject.id)


def _entries(
    cap: Cap | CapDetails, from_on: date | None, to_on: date | None, least: int
) -> sa.Select[int, date | None, int, str, int]:
    """Value that stands, of those who can have passed the first limit at all: enough in all, or in another currency."""
    holds = [
        is_standing(), Entry.reporting_minor != 0, Entry.leg == cap.leg,
    ]  # fmt: skip
    if cap.program_id is not None:
        holds.append(Entry.program_id == cap.program_id)
    if cap.category is not None:
        holds.append(Entry.category == cap.category)
    if from_on is not None:
        holds.append(Entry.value_on >= from_on)
    if to_on is not None:
        holds.append(Entry.value_on <= to_on)
    key, own = _key(), Entry.reporting_currency == cap.currency
    more = sa.and_(own, Entry.reporting_minor > 0)
    joined = (Subject, Subject.id == Entry.subject_id), (Person, Person.id == Subject.person_id)
    heavy = (
        sa.select(key).select_from(Entry).join(*joined[0]).outerjoin(*joined[1]).where(*holds).group_by(key)
    )
    heavy = heavy.having(
        sa.or_(
            sa.func.sum(sa.case((more, Entry.reporting_minor), else_=0)) > least,
            sa.func.sum(sa.case((own, 0), else_=1)) > 0,
        )
    )
    columns = (key, Entry.value_on, Entry.seq, Entry.reporting_currency, Entry.reporting_minor)
    wanted = sa.select(*columns).select_from(Entry).join(*joined[0]).outerjoin(*joined[1])
    return wanted.where(*holds, key.in_(heavy)).order_by(Entry.seq)


def _people(keys: Collection[int]) -> dict[int, Person]:
    found: dict[int, Person] = {}
    for chunk in _chunks(sorted(key for key in keys if key > 0)):
        found |= {row.id: row for row in db.session.scalars(sa.select(Person).where(Person.id.in_(chunk)))}
    return found


def _chunks(ids: list[int], size: int = 500) -> Iterator[list[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


class _Rates:
    """Rates of the value dates into one currency, each looked up once."""

    def __init__(self, currency: str) -> None:
        self.currency, self.n_missing = currency, 0
        self._known: dict[tuple[str, date], FrozenRate | None] = {}

    def convert(self, currency: str, piece: Given) -> Given | None:
        if currency == self.currency:
            return piece
        if (currency, piece.on) not in self._known:
            try:
                self._known[currency, piece.on] = frozen_rate(currency, self.currency, piece.on)
            except RateNeeded:
                self._known[currency, piece.on] = None
        rate = self._known[currency, piece.on]
        if rate is None:
            self.n_missing += 1
            return None
        return Given(piece.on, piece.seq, rate.apply(Money(piece.minor, currency), self.currency).minor)


class _Recipients:
    """Who people were on a day: an employer of that day makes them employed, or an official."""

    def __init__(self, people: Mapping[int, Person]) -> None:
        self._people = people
        self._jobs: dict[int, list[tuple[date, date, Organisation]]] = defaultdict(list)
        self._known: dict[tuple[int, int | None], Recipient] = {}
        for chunk in _chunks(sorted(people)):
            wanted = sa.select(Affiliation).where(
                Affiliation.person_id.in_(chunk), Affiliation.is_employment.is_(True)
            )
            for row in db.session.scalars(wanted.order_by(Affiliation.from_on, Affiliation.id)):
                self._jobs[row.person_id].append((row.from_on, row.to_on or date.max, row.organisation))

    def are_limited(self, cap: Cap | CapDetails, key: int, on: date) -> bool:
        """Whether a cap concerned somebody on a day; of an erased person only a cap for everybody knows."""
        person = self._people.get(key)
        if person is None:
            return concerns(cap, Recipient(False, False, "", None))
        jobs = [house for begins, ends, house in self._jobs[key] if begins <= on <= ends]
        employer = jobs[-1] if jobs else None
        known = (key, employer.id if employer else None)
        if known not in self._known:
            self._known[known] = recipient(person, employer)
        return concerns(cap, self._known[known])
