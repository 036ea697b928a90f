"""One trip as a page shows it: its time line, what is missing or does not fit, the wish against the rules."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.wall_times import day_in
from app.disclosures import queries as disclosures
from app.events.models import Event, Invitation, InvitationState
from app.people.models import Person
from app.travel import policies, sharing
from app.travel.models import Leg, LegMode, Stay, Transfer, Trip, TripState
from app.travel.policies import Verdict
from app.travel.policies_gaps import Gap, gaps_of
from app.travel.policies_timings import Connection, Timings, connections_of
from app.travel.queries import Part, list_rules, list_trips, place_of, traveller_of
from app.travel.queries_costs import title_of
from app.travel.queries_desk import ends_of, journey_of, judge_wish
from app.travel.queries_timings import duties_of, timings
from app.travel.routing import Direct, longest_direct

_ICONS = {
    LegMode.AIR: "airplane",
    LegMode.RAIL: "train-front",
    LegMode.ROAD: "car-front",
    LegMode.SEA: "water",
}


class Step(Struct, frozen=True):
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
        Step(event.starts_at, "event", _("%(event)s begins", event=event.name), "calendar-event"),
        Step(event.ends_at, "event", _("%(event)s ends", event=event.name), "calendar-check"),
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
    times = timings()
    return gaps_of(
        journey_of(trip, times), event.starts_at, event.ends_at, event.zone,
        is_local=trip.person.home_country == event.country,
        is_acknowledged=not disclosures.missing_acknowledgements(trip.person, clock.today()),
        duty=duties_of(event, [trip.person_id], times)[trip.person_id],
    )  # fmt: skip


def clashes_of(trip: Trip) -> list[str]:
    """Sentences about changes that are too short, and cars that do not meet their flight."""
    legs = {leg.id: leg for leg in trip.legs}
    found = [
        _(
            "Between %(first)s and %(second)s are %(minutes)s minutes; a change takes at least %(least)s.",
            first=title_of(one.first),
            second=title_of(one.second),
            minutes=one.minutes,
            least=one.least,
        )
        for one in connections_of(trip.legs, timings())
        if one.is_tight
    ]
    for row in trip.transfers:
        leg = legs.get(row.leg_id or 0)
        if leg is None or not row.takes_place:
            continue
        if not leg.takes_place:
            found.append(
                _(
                    "%(row)s still waits for %(leg)s, which does not take place.",
                    row=title_of(row),
                    leg=title_of(leg),
                )
            )
            continue
        meets = abs(row.starts_at - leg.arrives_at) < abs(row.ends_at - leg.departs_at)
        if meets and row.starts_at < leg.arrives_at:
            found.append(
                _("%(row)s leaves before %(leg)s has arrived.", row=title_of(row), leg=title_of(leg))
            )
        if not meets and row.ends_at > leg.departs_at:
            found.append(_("%(row)s arrives after %(leg)s has left.", row=title_of(row), leg=title_of(leg)))
    return found


def pauses_of(trip: Trip) -> dict[int, Connection]:
    """The change before a leg, by the leg's number."""
    return {one.second.id: one for one in connections_of(trip.legs, timings())}


def sharers_by_part(trip: Trip) -> dict[str, list[str]]:
    """With whom rooms and cars of this trip are shared: names by the key "stay:3", whoever holds them; two queries."""
    return sharing.company_of(Stay, trip.stays) | sharing.company_of(Transfer, trip.transfers)


def wish_verdict(trip: Trip) -> Verdict | None:
    """What the rules say to the wished class, for the longest way there is; None without a wish (T2)."""
    if trip.wished_class is None:
        return None
    traveller = traveller_of(trip.person, trip.event, trip.from_on)
    rules = policies.in_order(list_rules(), traveller, trip.from_on, place_of(trip.event))
    return judge_wish(trip, rules, traveller)


def direct_flight(trip: Trip) -> Direct | None:
    """The longest direct flight of the trip, as the rules look at it; None while nothing says where it begins."""
    return longest_direct([leg for leg in trip.legs if leg.takes_place], trip.direct_minutes)


def days_around(event: Event) -> dict[str, object]:
    """The days a new trip is offered: a day before the event to a day after it."""
    begins, ends = (
        day_in(event.starts_at, event.zone),
        day_in(event.ends_at, event.zone),
    )
    return {"from_on": begins - timedelta(days=1), "to_on": ends + timedelta(days=1)}


class TripRow(Struct, frozen=True):
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


def arrival_of(trip: Trip) -> Leg | None:
    """The leg that brings the person to the event."""
    return trip_ends(trip)[0]


def trip_ends(trip: Trip) -> tuple[Leg | None, Leg | None]:
    """The leg that brings the person to the event, and the one that takes them away again."""
    return ends_of(journey_of(trip, Timings()), trip.legs, trip.event.starts_at)


def _row(trip: Trip) -> TripRow:
    return TripRow(
        trip,
        arrival_of(trip),
        sum(stay.n_nights for stay in trip.stays if stay.takes_place),
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
