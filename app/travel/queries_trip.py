"""One trip as a page shows it: its time line, what is missing or does not fit, the wish against the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.disclosures import queries as disclosures
from app.events.models import Event, Invitation, InvitationState
from app.people.models import Person
from app.travel import policies
from app.travel.models import Leg, LegMode, Stay, Trip, TripState
from app.travel.policies import Verdict
from app.travel.policies_gaps import Gap, gaps_of, inbound_of
from app.travel.queries import Part, list_rules, list_trips, traveller_of
from app.travel.queries_costs import title_of
from app.travel.queries_desk import journey_of, takes_place

_ICONS = {
    LegMode.AIR: "airplane",
    LegMode.RAIL: "train-front",
    LegMode.ROAD: "car-front",
    LegMode.SEA: "water",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One point of the time line; `part` is None for the event itself."""

    at: datetime
    kind: str
    title: str
    icon: str
    part: Part | None = None


def steps_of(trip: Trip) -> list[Step]:
    """Legs, nights and cars in the order in which they happen, with the event among them; cancelled ones too."""
    event = trip.event
    steps = [
        Step(event.starts_at, "event", f"{event.name} begins", "calendar-event"),
        Step(event.ends_at, "event", f"{event.name} ends", "calendar-check"),
    ]
    for part in trip.parts:
        if isinstance(part, Leg):
            steps.append(Step(part.departs_at, "leg", title_of(part), _ICONS[part.mode], part))
        elif isinstance(part, Stay):
            at = datetime.combine(part.check_in_on, time(15), ZoneInfo(event.zone))
            steps.append(Step(at, "stay", title_of(part), "moon", part))
        else:
            steps.append(Step(part.starts_at, "transfer", title_of(part), "car-front", part))
    return sorted(steps, key=lambda step: (step.at, step.kind))


def gaps_of_trip(trip: Trip, now: datetime) -> list[Gap]:
    """What is still missing; nothing once the event is over or the trip closed."""
    event = trip.event
    if trip.state is not TripState.OPEN or event.ends_at <= now:
        return []
    return gaps_of(
        journey_of(trip), event.starts_at, event.ends_at, event.zone,
        is_local=trip.person.home_country == event.country,
        is_acknowledged=not disclosures.missing_acknowledgements(trip.person, clock.today()),
    )  # fmt: skip


def clashes_of(trip: Trip) -> list[str]:
    """Sentences about cars that leave before their flight lands, or arrive after theirs has left."""
    legs = {leg.id: leg for leg in trip.legs if takes_place(leg)}
    found = []
    for row in trip.transfers:
        leg = legs.get(row.leg_id or 0)
        if leg is None or not takes_place(row):
            continue
        meets = abs(row.starts_at - leg.arrives_at) < abs(row.ends_at - leg.departs_at)
        if meets and row.starts_at < leg.arrives_at:
            found.append(f"{title_of(row)} leaves before {title_of(leg)} has arrived.")
        if not meets and row.ends_at > leg.departs_at:
            found.append(f"{title_of(row)} arrives after {title_of(leg)} has left.")
    return found


def wish_verdict(trip: Trip) -> Verdict | None:
    """What the rules say to the wished class, for the longest leg there is; None without a wish (T2)."""
    if trip.wished_class is None:
        return None
    traveller = traveller_of(trip.person, trip.event, trip.from_on)
    lengths = [
        policies.minutes_between(leg.departs_at, leg.arrives_at) for leg in trip.legs if takes_place(leg)
    ]
    rules = policies.in_order(list_rules(), traveller, trip.from_on)
    return policies.judge_class(trip.wished_class, None, max(lengths, default=None), traveller, rules)


def days_around(event: Event) -> dict[str, object]:
    """The days a new trip is offered: a day before the event to a day after it."""
    begins, ends = (
        policies.local_day(event.starts_at, event.zone),
        policies.local_day(event.ends_at, event.zone),
    )
    return {"from_on": begins - timedelta(days=1), "to_on": ends + timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class TripRow:
    """One trip in a list: the leg that brings the person, and what takes place."""

    trip: Trip
    arrival: Leg | None
    n_nights: int

    @property
    def id(self) -> int:
        return self.trip.id

    @property
    def name(self) -> str:
        return self.trip.event.name


def list_rows(by: User | None, person: Person) -> list[TripRow]:
    """The trips of a person, the latest first."""
    return [_row(trip) for trip in list_trips(by, person=person)]


def _row(trip: Trip) -> TripRow:
    arrival = inbound_of(journey_of(trip), trip.event.starts_at)
    return TripRow(
        trip,
        next((leg for leg in trip.legs if arrival and leg.id == arrival[2]), None),
        sum(stay.n_nights for stay in trip.stays if takes_place(stay)),
    )


def list_without_trip(by: User | None, person: Person, now: datetime) -> Sequence[Invitation]:
    """Accepted invitations to events ahead for which no trip is open yet. `person` is already known to be visible."""
    opened = sa.select(Trip.event_id).where(Trip.person_id == person.id)
    wanted = (
        sa.select(Invitation)
        .join(Event, Event.id == Invitation.event_id)
        .where(
            Invitation.person_id == person.id,
            Invitation.state == InvitationState.ACCEPTED,
            Event.ends_at > now,
            Invitation.event_id.not_in(opened),
        )
        .options(joinedload(Invitation.event))
        .order_by(Event.starts_at, Invitation.id)
    )
    return db.session.scalars(wanted).all()
