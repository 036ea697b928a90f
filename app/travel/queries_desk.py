"""The travel desk: everybody who has accepted an event, what is arranged, what is missing, what it is worth."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from msgspec import Struct, field
from msgspec.structs import replace

from app.accounts.models import User
from app.core.db import db
from app.core.money import Money
from app.core.regions import plain
from app.core.wall_times import day_in
from app.disclosures import policies as disclosure_rules
from app.disclosures import queries as disclosures
from app.disclosures.models import Acknowledgement
from app.events import queries as events
from app.events.models import Event, Invitation, InvitationState
from app.ledger.models import Commitment, CommitmentStage
from app.ledger.models import Leg as ValueLeg
from app.ledger.queries import By, Scope, totals
from app.people.models import Affiliation, Channel, Organisation, Person
from app.travel import policies
from app.travel.costing import ROOM
from app.travel.models import (
    CostStage,
    Leg,
    Status,
    Stay,
    Transfer,
    TravelRule,
    Trip,
    TripState,
    VisaState,
)
from app.travel.policies import Traveller, Verdict
from app.travel.policies_gaps import Duty, Gap, Journey, gaps_of, inbound_of, missing_nights, outbound_of
from app.travel.policies_timings import Timings, connections_of
from app.travel.queries import Part, list_rules, list_trips, place_of
from app.travel.queries_timings import duties_of, timings
from app.travel.routing import longest_direct, with_direct


class DeskRow(Struct, frozen=True):
    """One person who has accepted. Amounts are in the program's currency, None where the reader may not see them."""

    invitation: Invitation
    trip: Trip | None
    gaps: Sequence[Gap]
    legs: Sequence[Leg]
    stays: Sequence[Stay]
    transfers: Sequence[Transfer]
    arrival: Leg | None = None
    nights_missing: Sequence[date] = ()
    departure: Leg | None = None
    wish_verdict: Verdict | None = None
    planned: Money | None = None
    received: Money | None = None
    borne: Money | None = None

    @property
    def person(self) -> Person:
        return self.invitation.person

    @property
    def id(self) -> int:
        return self.invitation.id

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def tone(self) -> str:
        return "warn" if self.gaps else ""

    @property
    def visa(self) -> VisaState:
        return self.trip.visa_state if self.trip else VisaState.UNKNOWN

    @property
    def flights(self) -> Sequence[Leg]:
        """Every leg that was arranged and not called off, a missed one too."""
        legs = self.trip.legs if self.trip else []
        return [leg for leg in legs if leg.status not in (Status.CANCELLED, Status.DECLINED)]

    @property
    def declined(self) -> list[Part]:
        """What was offered and not taken."""
        parts = self.trip.parts if self.trip else []
        return [part for part in parts if part.cost_stage is CostStage.DECLINED]


class Desk(Struct, frozen=True):
    """The grid of one event, gaps first."""

    event: Event
    rows: Sequence[DeskRow]

    def count(self, gap: Gap) -> int:
        """How many people have this gap."""
        return sum(1 for row in self.rows if gap in row.gaps)

    @property
    def n_with_gaps(self) -> int:
        return sum(1 for row in self.rows if row.gaps)

    @property
    def planned(self) -> Money | None:
        """Planned and committed travel of all rows; None when the reader may see no amounts."""
        return _sum(row.planned for row in self.rows)

    @property
    def received(self) -> Money | None:
        """Non-cash value of the event so far; None when the reader may see no amounts."""
        return _sum(row.received for row in self.rows)

    @property
    def borne(self) -> Money | None:
        """What was charged for nothing, our own cost; None when the reader may see no amounts."""
        return _sum(row.borne for row in self.rows)

    def showing(self, *, gap: str = "", visa: str = "", answer: str = "", q: str = "") -> Sequence[DeskRow]:
        """The rows that have a gap ("any", "none" or its name), a visa state, a verdict on their wish, words in the name."""
        return [
            row
            for row in self.rows
            if _has_gap(row, gap)
            and (not visa or row.visa.value == visa)
            and (not answer or (row.wish_verdict is not None and row.wish_verdict.answer == answer))
            and plain(q) in plain(row.name)
        ]


def _has_gap(row: DeskRow, gap: str) -> bool:
    if gap == "none":
        return not row.gaps
    return not gap or (bool(row.gaps) if gap == "any" else gap in [one.value for one in row.gaps])


def _sum(amounts: Iterable[Money | None]) -> Money | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known[1:], known[0]) if known else None


class _Facts(Struct):
    """What is read once for all rows."""

    trips: dict[int, Trip]
    employers: dict[int, Organisation]
    unacknowledged: set[int]
    duties: dict[int, Duty]
    timings: Timings
    planned: dict[int, int] = field(default_factory=dict)
    borne: dict[int, int] = field(default_factory=dict)
    received: dict[int, int] = field(default_factory=dict)


def list_events(by: User | None) -> list[Event]:
    """Events to choose from: what lies ahead, the nearest first, then what is over."""
    return [row.event for row in events.list_events(by).rows if not row.event.is_cancelled]


def desk(event: Event, by: User | None, now: datetime, *, with_amounts: bool) -> Desk:
    """Everybody who has accepted, gaps first, then by name; the number of queries does not depend on the rows.

    Once the event is over nothing is missing any more. `with_amounts` is whether the reader may see amounts (R3).
    """
    invitations = events.list_invitations(event, by, state=InvitationState.ACCEPTED)
    ids = [invitation.person_id for invitation in invitations]
    day = day_in(event.starts_at, event.zone)
    times = timings()
    facts = _Facts(
        {trip.person_id: trip for trip in list_trips(by, event=event)},
        _employers(ids, day),
        _unacknowledged([invitation.person for invitation in invitations], day_in(now, event.zone)),
        duties_of(event, ids, times),
        times,
    )
    if with_amounts:
        facts.planned, facts.borne, facts.received = *_arranged(event), _received(event)
    rules = list_rules()
    rows = []
    for invitation in invitations:
        person = invitation.person
        traveller = Traveller(
            person.name, person.is_official, facts.employers.get(person.id), event.program_id
        )
        asked = policies.in_order(rules, traveller, day, place_of(event))
        verdict = judge_wish(facts.trips.get(person.id), asked, traveller)
        rows.append(_row(invitation, event, now, facts, verdict, with_amounts=with_amounts))
    return Desk(event, sorted(rows, key=_worst_first))


def _worst_first(row: DeskRow) -> tuple[int, str, int]:
    order = list(Gap)
    return min((order.index(gap) for gap in row.gaps), default=len(order)), row.person.sort_key, row.id


def judge_wish(trip: Trip | None, rules: Sequence[TravelRule], traveller: Traveller) -> Verdict | None:
    """What the rules say to the wished class: for the longest direct flight known, or before any is, for one of any length.

    `rules` are those of `policies.in_order`; None without a wish.
    """
    if trip is None or trip.wished_class is None:
        return None
    legs = [leg for leg in trip.legs if leg.takes_place]
    direct = longest_direct(legs, trip.direct_minutes)
    lengths = [policies.minutes_between(leg.departs_at, leg.arrives_at) for leg in legs]
    minutes = direct.minutes if direct else max(lengths, default=None)
    verdict = policies.judge_class(trip.wished_class, None, minutes, traveller, rules)
    return replace(verdict, text=with_direct(verdict.text, direct)) if direct else verdict


def _row(
    invitation: Invitation,
    event: Event,
    now: datetime,
    facts: _Facts,
    verdict: Verdict | None,
    *,
    with_amounts: bool,
) -> DeskRow:
    person, trip = invitation.person, facts.trips.get(invitation.person_id)
    journey = journey_of(trip, facts.timings)
    legs = [leg for leg in trip.legs if leg.takes_place] if trip else []
    stays = [stay for stay in trip.stays if stay.takes_place] if trip else []
    transfers = [row for row in trip.transfers if row.takes_place] if trip else []
    arrival, departure = ends_of(journey, legs, event.starts_at)
    is_over = event.ends_at <= now or (trip is not None and trip.state is not TripState.OPEN)
    gaps = [] if is_over else gaps_of(
        journey, event.starts_at, event.ends_at, event.zone, is_local=person.home_country == event.country,
        is_acknowledged=person.id not in facts.unacknowledged, duty=facts.duties.get(person.id),
    )  # fmt: skip
    currency, key = event.program.currency, person.merged_into_id or person.id
    return DeskRow(
        invitation, trip, gaps, legs, stays, transfers,
        arrival=arrival,
        departure=departure,
        nights_missing=missing_nights(journey, event.starts_at, event.ends_at, event.zone) if Gap.NO_NIGHT in gaps else (),
        wish_verdict=verdict,
        planned=Money(facts.planned.get(person.id, 0), currency) if with_amounts else None,
        received=Money(facts.received.get(key, 0), currency) if with_amounts else None,
        borne=Money(facts.borne.get(person.id, 0), currency) if with_amounts else None,
    )  # fmt: skip


def journey_of(trip: Trip | None, times: Timings) -> Journey:
    """The live parts of a trip as plain times; nothing arranged without a trip."""
    if trip is None:
        return Journey((), (), ())
    declined = [part for part in trip.parts if part.cost_stage is CostStage.DECLINED]
    return Journey(
        [(leg.departs_at, leg.arrives_at, leg.id) for leg in trip.legs if leg.takes_place],
        [(stay.check_in_on, stay.check_out_on) for stay in trip.stays if stay.takes_place],
        [(row.starts_at, row.ends_at, row.leg_id) for row in trip.transfers if row.takes_place],
        is_travel_own=any(isinstance(part, Leg) for part in declined),
        is_lodging_own=any(isinstance(part, Stay) for part in declined),
        visa=trip.visa_state,
        has_tight_connection=any(one.is_tight for one in connections_of(trip.legs, times)),
    )


def ends_of(journey: Journey, legs: Iterable[Leg], event_begins: datetime) -> tuple[Leg | None, Leg | None]:
    """The leg that brings somebody to the event, and the one that takes them away again."""
    arrival = inbound_of(journey, event_begins)
    home = outbound_of(journey, arrival) if arrival else None
    by_id = {leg.id: leg for leg in legs}
    return by_id[arrival[2]] if arrival else None, by_id[home[2]] if home else None


def _employers(person_ids: Collection[int], on: date) -> dict[int, Organisation]:
    """Who employs each of these people on a day, in one query; the latest begun wins (P2)."""
    wanted = (
        sa.select(Affiliation)
        .where(
            Affiliation.person_id.in_(person_ids),
            Affiliation.is_employment.is_(True),
            Affiliation.from_on <= on,
            sa.or_(Affiliation.to_on.is_(None), Affiliation.to_on >= on),
        )
        .order_by(Affiliation.from_on, Affiliation.id)
    )
    return {row.person_id: row.organisation for row in db.session.scalars(wanted)}


def _unacknowledged(asked: Collection[Person], on: date) -> set[int]:
    """The people who have not accepted every policy of their audience that is in force on a day, in three queries (D2)."""
    versions = disclosures.published_on(on)
    ids = [person.id for person in asked]
    audiences: dict[int, set[str]] = {}
    for person_id, countries in db.session.execute(
        sa.select(Channel.person_id, Channel.audience_countries).where(Channel.person_id.in_(ids))
    ):
        audiences.setdefault(person_id, set()).update(countries)
    accepted = {
        (person_id, version_id)
        for person_id, version_id in db.session.execute(
            sa.select(sa.func.coalesce(Person.merged_into_id, Person.id), Acknowledgement.version_id)
            .join(Person, Person.id == Acknowledgement.person_id)
            .where(sa.or_(Person.id.in_(ids), Person.merged_into_id.in_(ids)))
        )
    }
    found = set()
    for person in asked:
        home = {person.home_country} if person.home_country else set()
        places = disclosure_rules.jurisdictions_of(audiences.get(person.id) or home)
        bound = disclosure_rules.applicable(versions, places)
        if any((person.id, version.id) not in accepted for version in bound):
            found.add(person.id)
    return found


def _arranged(event: Event) -> tuple[dict[int, int], dict[int, int]]:
    """Planned and committed travel, and what was charged for nothing, per person in minor units of the program's currency."""
    own = Commitment.__table__.c
    wanted = (
        sa.select(Commitment.person_id, Commitment.stage, sa.func.sum(own.reporting_minor))
        .where(Commitment.event_id == event.id, Commitment.source_kind == ROOM)
        .group_by(Commitment.person_id, Commitment.stage)
    )
    planned: dict[int, int] = {}
    borne: dict[int, int] = {}
    for person_id, stage, minor in db.session.execute(wanted):
        if stage in (CommitmentStage.PLANNED, CommitmentStage.COMMITTED):
            planned[person_id] = planned.get(person_id, 0) + int(minor)
        elif stage is CommitmentStage.BORNE:
            borne[person_id] = int(minor)
    return planned, borne


def _received(event: Event) -> dict[int, int]:
    """Non-cash value of the event per person, by the ledger's one counting function (O6)."""
    rows = totals([By.PERSON], Scope(event_id=event.id, leg=ValueLeg.NON_CASH))
    return {row["person"]: row.reporting_minor for row in rows if row["person"] is not None}
