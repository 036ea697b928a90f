"""What is still missing for somebody who has accepted: flight, night, transfer, acknowledgement."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.core.wall_times import day_in
from app.travel.models import VisaState


class Gap(StrEnum):
    """What still has to be arranged for somebody who has accepted; the order is the order of worry."""

    NO_FLIGHT = "no_flight"
    NO_VISA = "no_visa"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    ARRIVES_LATE = "arrives_late"
    LEAVES_EARLY = "leaves_early"
    TIGHT_CONNECTION = "tight_connection"
    NO_NIGHT = "no_night"
    NO_TRANSFER = "no_transfer"
    NO_TRANSFER_BACK = "no_transfer_back"


GAP_WORDS = {
    Gap.NO_FLIGHT: _l("accepted without flight"),
    Gap.NOT_ACKNOWLEDGED: _l("policy not acknowledged"),
    Gap.NO_VISA: _l("visa not settled"),
    Gap.ARRIVES_LATE: _l("arrives too late for the first duty"),
    Gap.LEAVES_EARLY: _l("leaves before the last duty is over"),
    Gap.TIGHT_CONNECTION: _l("connection too short"),
    Gap.NO_NIGHT: _l("hotel night missing"),
    Gap.NO_TRANSFER: _l("flight without transfer"),
    Gap.NO_TRANSFER_BACK: _l("flight home without transfer"),
}


#: Visas that are nobody's worry any more.
_SETTLED_VISAS = frozenset({VisaState.UNKNOWN, VisaState.NOT_NEEDED, VisaState.GRANTED})


class Duty(Struct, frozen=True):
    """When somebody is first needed and until when; `until` is None where nothing is fixed at the end.

    Between arrival and first duty lie at least `buffer` for the border, the way and a shower.
    """

    begins_at: datetime
    until: datetime | None
    buffer: timedelta


class Journey(Struct, frozen=True):
    """The live parts of one person's trip: legs as (departs, arrives, leg id), stays as (in, out), transfers as
    (starts, ends, leg id or None); instants, and the event's zone for days."""

    legs: Sequence[tuple[datetime, datetime, int]]
    stays: Sequence[tuple[date, date]]
    transfers: Sequence[tuple[datetime, datetime, int | None]]
    #: Offered and declined: the person, or the employer, sees to it.
    is_travel_own: bool = False
    is_lodging_own: bool = False
    visa: VisaState = VisaState.UNKNOWN
    #: Somebody changes in less time than it takes.
    has_tight_connection: bool = False


def inbound_of(journey: Journey, event_begins: datetime) -> tuple[datetime, datetime, int] | None:
    """The last leg of the way there: connections follow within 20 hours before the event, 5 once it has begun."""
    ordered = sorted(journey.legs)
    if not ordered:
        return None
    arrival = ordered[0]
    for leg in ordered[1:]:
        longest_pause = timedelta(hours=20 if leg[0] < event_begins else 5)
        if leg[0] - arrival[1] > longest_pause:
            break
        arrival = leg
    return arrival


def outbound_of(
    journey: Journey, arrival: tuple[datetime, datetime, int]
) -> tuple[datetime, datetime, int] | None:
    """The first leg after the way there."""
    return next((leg for leg in sorted(journey.legs) if leg[0] > arrival[0]), None)


def missing_nights(journey: Journey, event_begins: datetime, event_ends: datetime, zone: str) -> list[date]:
    """The nights (by the evening's date) between arrival and departure that no stay covers."""
    arrival = inbound_of(journey, event_begins)
    if arrival is None:
        return []
    home = outbound_of(journey, arrival)
    first = day_in(arrival[1], zone)
    last = day_in(home[0] if home else max(event_ends, arrival[1]), zone)
    nights = [first + timedelta(days=n) for n in range((last - first).days)]
    return [night for night in nights if not any(begins <= night < ends for begins, ends in journey.stays)]


def gaps_of(
    journey: Journey,
    event_begins: datetime,
    event_ends: datetime,
    zone: str,
    *,
    is_local: bool,
    is_acknowledged: bool,
    duty: Duty | None = None,
) -> list[Gap]:
    """What is not arranged yet, the gravest first. Somebody who lives in the event's country needs no flight.

    Without a `duty` of their own people are needed when the event begins.
    """
    arrival = inbound_of(journey, event_begins)
    is_without = not journey.legs and not journey.is_travel_own and not is_local
    found = [
        gap
        for gap, is_open in (
            (Gap.NO_FLIGHT, is_without),
            (Gap.NO_VISA, journey.visa not in _SETTLED_VISAS),
            (Gap.NOT_ACKNOWLEDGED, not is_acknowledged),
        )
        if is_open
    ]
    if arrival is None:
        return found
    needed = duty or Duty(event_begins, None, timedelta())
    has_open_night = not journey.is_lodging_own and bool(
        missing_nights(journey, event_begins, event_ends, zone)
    )
    return [*found, *_on_the_way(journey, arrival, needed, has_open_night=has_open_night)]


def _on_the_way(
    journey: Journey, arrival: tuple[datetime, datetime, int], needed: Duty, *, has_open_night: bool
) -> list[Gap]:
    """What does not fit or is missing once it is known how somebody comes and goes."""
    home = outbound_of(journey, arrival)
    asked = (
        (Gap.ARRIVES_LATE, arrival[1] > needed.begins_at - needed.buffer),
        (Gap.LEAVES_EARLY, home is not None and needed.until is not None and home[0] < needed.until),
        (Gap.TIGHT_CONNECTION, journey.has_tight_connection),
        (Gap.NO_NIGHT, has_open_night),
        (Gap.NO_TRANSFER, not _is_met(journey, arrival)),
        (Gap.NO_TRANSFER_BACK, home is not None and not _is_brought(journey, home)),
    )
    return [gap for gap, is_open in asked if is_open]


def _is_met(journey: Journey, arrival: tuple[datetime, datetime, int]) -> bool:
    lands = arrival[1]
    return any(
        leg_id == arrival[2] or lands <= starts <= lands + timedelta(hours=6)
        for starts, _, leg_id in journey.transfers
    )


def _is_brought(journey: Journey, home: tuple[datetime, datetime, int]) -> bool:
    leaves = home[0]
    return any(
        leg_id == home[2] or leaves - timedelta(hours=8) <= ends <= leaves
        for _, ends, leg_id in journey.transfers
    )
