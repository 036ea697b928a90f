"""A travel rule that is only thought of, run over past legs and stays: whom it would have asked for an exception (O5, T2)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.money import Money, by_currency
from app.core.wall_times import day_in
from app.ledger import queries as ledger
from app.ledger.models import Entry
from app.ledger.queries_rates import FrozenRate, RateNeeded
from app.people import queries as people
from app.people.models import Affiliation, Organisation, Person
from app.travel import policies, queries
from app.travel.details import TravelRuleDetails
from app.travel.models import CostStage, Leg, Stay, TravelRule, Trip
from app.travel.policies import Traveller, Verdict
from app.travel.routing import direct_of

_BOOKED = (CostStage.COMMITTED, CostStage.ACTUAL)


class Tried(Struct, frozen=True):
    """One past leg or stay on which the tried rule says something else than the rules of its day, or says no itself."""

    part: Leg | Stay
    on: date
    cost: Money | None
    verdict: Verdict
    #: The rules of its day let it pass.
    is_new: bool
    #: It stood on an exception that compliance granted then.
    was_excepted: bool

    @property
    def trip(self) -> Trip:
        return self.part.trip

    @property
    def person(self) -> Person:
        return self.part.trip.person


class TravelSimulation(Struct, frozen=True):
    """What a rule would have said to the past; `free` needs no exception any more. `n_unpriced` stays nobody has a rate for."""

    rows: tuple[Tried, ...]
    free: tuple[Tried, ...]
    n_parts: int
    n_unpriced: int

    @property
    def n_people(self) -> int:
        return len({row.trip.person_id for row in self.rows})

    @property
    def n_new(self) -> int:
        return sum(row.is_new for row in self.rows)

    @property
    def sums(self) -> tuple[Money, ...]:
        """What those legs and stays cost, per currency: never added together."""
        return tuple(by_currency(row.cost for row in self.rows if row.cost is not None).values())


def simulate_rule(
    details: TravelRuleDetails,
    by: User | None,
    *,
    from_on: date | None = None,
    to_on: date | None = None,
    against: TravelRule | None = None,
) -> TravelSimulation:
    """Ask the rules of each day once as they were and once with this one among them, in the place of `against` (O5).

    Only what was booked and is paid by us is asked; nothing is written. A fixed number of queries, but for rates.
    """
    parts = [part for part in _parts(by) if _within(_day_of(part), from_on, to_on)]
    tried = _as_rule(details)
    before = list(queries.list_rules())
    after = [*(rule for rule in before if against is None or rule.id != against.id), tried]
    judge = _Judge({part.trip.person_id for part in parts})
    costs = _costs(parts)
    rows: list[Tried] = []
    free: list[Tried] = []
    for part in parts:
        was, now = judge.verdict(part, before), judge.verdict(part, after)
        if was is None or now is None:
            continue
        one = Tried(part, _day_of(part), costs.get(_key(part)), now, was.is_allowed, _was_excepted(part))
        if not now.is_allowed and (was.is_allowed or policies.quotes(now, tried)):
            rows.append(one)
        elif now.is_allowed and not was.is_allowed:
            free.append(one)
    rows.sort(key=lambda row: (not row.is_new, row.person.sort_key, row.on, _key(row.part)))
    return TravelSimulation(tuple(rows), tuple(free), len(parts), judge.n_unpriced)


def _as_rule(details: TravelRuleDetails) -> TravelRule:
    """The rule as if it had always been in force; it is never stored, and asked first in its place."""
    night = details.max_night
    return TravelRule(
        **details.model_dump(exclude={"max_night", "effective_from_on", "effective_to_on"}), id=0, effective_from_on=date.min,
        effective_to_on=None, max_night_minor=night.minor if night else None,
        max_night_currency=night.currency if night else None,
    )  # fmt: skip


def _parts(by: User | None) -> list[Leg | Stay]:
    seen = people.visible_to(by).with_only_columns(Person.id)
    found: list[Leg | Stay] = []
    for kind, order in ((Leg, Leg.departs_at), (Stay, Stay.check_in_on)):
        wanted = sa.select(kind).join(kind.trip).where(
            kind.is_cancelled.is_(False), kind.cost_stage.in_(_BOOKED), Trip.person_id.in_(seen)
        )  # fmt: skip
        loaded = joinedload(kind.trip).options(
            joinedload(Trip.person), joinedload(Trip.event), selectinload(Trip.legs).joinedload(Leg.approval)
        )
        found += db.session.scalars(wanted.options(loaded).order_by(order, kind.id))
    # A leg under another one's fare is ours as well; without either nobody of us paid.
    return [
        one for one in found if one.cost is not None or (isinstance(one, Leg) and one.fare_leg_id is not None)
    ]


def _day_of(part: Leg | Stay) -> date:
    if isinstance(part, Stay):
        return part.check_in_on
    return day_in(part.departs_at, part.departs_zone)


def _within(on: date, from_on: date | None, to_on: date | None) -> bool:
    return (from_on is None or on >= from_on) and (to_on is None or on <= to_on)


def _key(part: Leg | Stay) -> tuple[str, int]:
    return part.__tablename__, part.id


def _was_excepted(part: Leg | Stay) -> bool:
    return part.approval_id is not None


def _costs(parts: Sequence[Leg | Stay]) -> dict[tuple[str, int], Money]:
    """What each came to in the money of its program where it is in the book, else as it was priced."""
    seqs = [part.entry_seq for part in parts if part.entry_seq is not None]
    booked = {
        row.seq: row.reporting for row in db.session.scalars(sa.select(Entry).where(Entry.seq.in_(seqs)))
    }
    found = {}
    for part in parts:
        cost = booked.get(part.entry_seq) if part.entry_seq is not None else part.cost
        if cost is not None:
            found[_key(part)] = cost
    return found


class _Judge:
    """What rules say to one part, with who travelled and at which rate as it was on its day."""

    def __init__(self, person_ids: Iterable[int]) -> None:
        self.n_unpriced = 0
        self._jobs: dict[int, list[Affiliation]] = defaultdict(list)
        self._rates: dict[tuple[str, str, date], FrozenRate | None] = {}
        self._unpriced: set[tuple[str, int]] = set()
        wanted = sa.select(Affiliation).where(
            Affiliation.person_id.in_(set(person_ids)), Affiliation.is_employment.is_(True)
        )
        for row in db.session.scalars(wanted.order_by(Affiliation.from_on, Affiliation.id)):
            self._jobs[row.person_id].append(row)

    def verdict(self, part: Leg | Stay, rules: Sequence[TravelRule]) -> Verdict | None:
        """None for a stay that cannot be compared: nobody has a rate for its currency on its day."""
        on = _day_of(part)
        trip = part.trip
        traveller = Traveller(
            trip.person.name,
            trip.person.is_official,
            self._employer(trip.person_id, on),
            trip.event.program_id,
        )
        place = (part.country, part.city) if isinstance(part, Stay) else queries.place_of(trip.event)
        asked = policies.in_order(rules, traveller, on, place)
        if isinstance(part, Leg):
            live = [leg for leg in trip.legs if leg.takes_place]
            direct = direct_of(part, live, trip.direct_minutes)
            minutes = direct.minutes if direct else policies.minutes_between(part.departs_at, part.arrives_at)
            return policies.judge_class(part.travel_class, part.mode, minutes, traveller, asked)
        return policies.judge_employer(traveller) or self._nights(part, policies.lodging_rule(asked))

    def _employer(self, person_id: int, on: date) -> Organisation | None:
        jobs = [
            row
            for row in self._jobs[person_id]
            if row.from_on <= on and (row.to_on is None or row.to_on >= on)
        ]
        return jobs[-1].organisation if jobs else None

    def _nights(self, stay: Stay, rule: TravelRule | None) -> Verdict | None:
        limit = policies.night_limit(rule) if rule else None
        if rule is None or limit is None or stay.cost is None:
            return Verdict(True, _("No rule limits this hotel."))
        rate = self._rate(
            stay.cost.currency, limit.currency, stay.priced_on or min(stay.check_in_on, clock.today())
        )
        if rate is None:
            if _key(stay) not in self._unpriced:
                self._unpriced.add(_key(stay))
                self.n_unpriced += 1
            return None
        return policies.judge_stay(rate.apply(stay.cost, limit.currency), stay.n_nights, rule)

    def _rate(self, given: str, wanted: str, on: date) -> FrozenRate | None:
        key = (given, wanted, on)
        if key not in self._rates:
            try:
                self._rates[key] = ledger.frozen_rate(given, wanted, on)
            except RateNeeded:
                self._rates[key] = None
        return self._rates[key]
