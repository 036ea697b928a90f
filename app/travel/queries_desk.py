"""The travel desk: everybody who has accepted an event, what is arranged, what is missing, what it is worth."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from app.accounts.models import User
from app.core.db import db
from app.core.money import Money
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
from app.travel.models import CostStage, Leg, Stay, Transfer, TravelRule, Trip, TripState
from app.travel.policies import Traveller, Verdict
from app.travel.policies_gaps import Gap, Journey, gaps_of, inbound_of, missing_nights
from app.travel.queries import Part, list_rules, list_trips


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One person who has accepted. Amounts are in the program's currency, None where the reader may not see them."""

    invitation: Invitation
    trip: Trip | None
    gaps: Sequence[Gap]
    legs: Sequence[Leg]
    stays: Sequence[Stay]
    transfers: Sequence[Transfer]
    arrival: Leg | None = None
    nights_missing: Sequence[date] = ()
    wish_verdict: Verdict | None = None
    planned: Money | None = None
    received: Money | None = None

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
    def declined(self) -> list[Part]:
        """What was offered and not taken."""
        parts = self.trip.parts if self.trip else []
        return [part for part in parts if part.cost_stage is CostStage.DECLINED]


@dataclass(frozen=True, slots=True)
class Desk:
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


def _sum(amounts: Iterable[Money | None]) -> Money | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known[1:], known[0]) if known else None


@dataclass(slots=True)
class _Facts:
    """What is read once for all rows."""

    trips: dict[int, Trip]
    employers: dict[int, Organisation]
    unacknowledged: set[int]
    planned: dict[int, int] = field(default_factory=dict)
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
    day = policies.local_day(event.starts_at, event.zone)
    facts = _Facts(
        {trip.person_id: trip for trip in list_trips(by, event=event)},
        _employers(ids, day),
        _unacknowledged(
            [invitation.person for invitation in invitations], policies.local_day(now, event.zone)
        ),
    )
    if with_amounts:
        facts.planned, facts.received = _planned(event), _received(event)
    rules = list_rules()
    rows = []
    for invitation in invitations:
        person = invitation.person
        traveller = Traveller(
            person.name, person.is_official, facts.employers.get(person.id), event.program_id
        )
        verdict = _wish_verdict(
            facts.trips.get(person.id), policies.in_order(rules, traveller, day), traveller
        )
        rows.append(_row(invitation, event, now, facts, verdict, with_amounts=with_amounts))
    return Desk(event, sorted(rows, key=_worst_first))


def _worst_first(row: DeskRow) -> tuple[int, str, int]:
    order = list(Gap)
    return min((order.index(gap) for gap in row.gaps), default=len(order)), row.person.sort_key, row.id


def _wish_verdict(trip: Trip | None, rules: Sequence[TravelRule], traveller: Traveller) -> Verdict | None:
    """What the rules say to the wished class: for the longest flight booked, or before any is, for a flight of any length."""
    if trip is None or trip.wished_class is None:
        return None
    lengths = [
        policies.minutes_between(leg.departs_at, leg.arrives_at) for leg in trip.legs if takes_place(leg)
    ]
    return policies.judge_class(trip.wished_class, None, max(lengths, default=None), traveller, rules)


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
    journey = journey_of(trip)
    legs = [leg for leg in trip.legs if takes_place(leg)] if trip else []
    stays = [stay for stay in trip.stays if takes_place(stay)] if trip else []
    transfers = [row for row in trip.transfers if takes_place(row)] if trip else []
    arrival = inbound_of(journey, event.starts_at)
    is_over = event.ends_at <= now or (trip is not None and trip.state is not TripState.OPEN)
    gaps = [] if is_over else gaps_of(
        journey, event.starts_at, event.ends_at, event.zone, is_local=person.home_country == event.country,
        is_acknowledged=person.id not in facts.unacknowledged,
    )  # fmt: skip
    currency, key = event.program.currency, person.merged_into_id or person.id
    return DeskRow(
        invitation, trip, gaps, legs, stays, transfers,
        arrival=next((leg for leg in legs if arrival and leg.id == arrival[2]), None),
        nights_missing=missing_nights(journey, event.starts_at, event.ends_at, event.zone) if Gap.NO_NIGHT in gaps else (),
        wish_verdict=verdict,
        planned=Money(facts.planned.get(person.id, 0), currency) if with_amounts else None,
        received=Money(facts.received.get(key, 0), currency) if with_amounts else None,
    )  # fmt: skip


def takes_place(part: Part) -> bool:
    """Neither cancelled nor declined."""
    return not part.is_cancelled and part.cost_stage is not CostStage.DECLINED


def journey_of(trip: Trip | None) -> Journey:
    """The live parts of a trip as plain times; nothing arranged without a trip."""
    if trip is None:
        return Journey((), (), ())
    declined = [part for part in trip.parts if part.cost_stage is CostStage.DECLINED]
    return Journey(
        [(leg.departs_at, leg.arrives_at, leg.id) for leg in trip.legs if takes_place(leg)],
        [(stay.check_in_on, stay.check_out_on) for stay in trip.stays if takes_place(stay)],
        [(row.starts_at, row.ends_at, row.leg_id) for row in trip.transfers if takes_place(row)],
        is_travel_own=any(isinstance(part, Leg) for part in declined),
        is_lodging_own=any(isinstance(part, Stay) for part in declined),
    )


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


def _planned(event: Event) -> dict[int, int]:
    """Planned and committed travel per person, in the minor units of the program's currency."""
    wanted = sa.select(Commitment).where(
        Commitment.event_id == event.id,
        Commitment.source_kind == ROOM,
        Commitment.stage.in_([CommitmentStage.PLANNED, CommitmentStage.COMMITTED]),
    )
    found: dict[int, int] = {}
    for row in db.session.scalars(wanted):
        found[row.person_id] = found.get(row.person_id, 0) + row.reporting.minor
    return found


def _received(event: Event) -> dict[int, int]:
    """Non-cash value of the event per person, by the ledger's one counting function (O6)."""
    rows = totals([By.PERSON], Scope(event_id=event.id, leg=ValueLeg.NON_CASH))
    return {row["person"]: row.reporting_minor for row in rows if row["person"] is not None}
