"""What is still missing for somebody who has accepted: flight, night, transfer, acknowledgement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.travel.policies import local_day


class Gap(StrEnum):
    """What still has to be arranged for somebody who has accepted; the order is the order of worry."""

    NO_FLIGHT = "no_flight"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    ARRIVES_LATE = "arrives_late"
    NO_NIGHT = "no_night"
    NO_TRANSFER = "no_transfer"
    NO_TRANSFER_BACK = "no_transfer_back"


GAP_WORDS = {
    Gap.NO_FLIGHT: "accepted without flight",
    Gap.NOT_ACKNOWLEDGED: "policy not acknowledged",
    Gap.ARRIVES_LATE: "arrives after the event has begun",
    Gap.NO_NIGHT: "hotel night missing",
    Gap.NO_TRANSFER: "flight without transfer",
    Gap.NO_TRANSFER_BACK: "flight home without transfer",
}


@dataclass(frozen=True, slots=True)
class Journey:
    """The live parts of one person's trip: legs as (departs, arrives, leg id), stays as (in, out), transfers as
    (starts, ends, leg id or None); instants, and the event's zone for days."""

    legs: Sequence[tuple[datetime, datetime, int]]
    stays: Sequence[tuple[date, date]]
    transfers: Sequence[tuple[datetime, datetime, int | None]]
    #: Offered and declined: the person, or the employer, sees to it.
    is_travel_own: bool = False
    is_lodging_own: bool = False


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
    first = local_day(arrival[1], zone)
    last = local_day(home[0] if home else max(event_ends, arrival[1]), zone)
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
) -> list[Gap]:
    """What is not arranged yet, the gravest first. Somebody who lives in the event's country needs no flight."""
    found = []
    arrival = inbound_of(journey, event_begins)
    if not journey.legs and not journey.is_travel_own and not is_local:
        found.append(Gap.NO_FLIGHT)
    if not is_acknowledged:
        found.append(Gap.NOT_ACKNOWLEDGED)
    if arrival is not None:
        if arrival[1] > event_begins:
            found.append(Gap.ARRIVES_LATE)
        if not journey.is_lodging_own and missing_nights(journey, event_begins, event_ends, zone):
            found.append(Gap.NO_NIGHT)
        if not _is_met(journey, arrival):
            found.append(Gap.NO_TRANSFER)
        home = outbound_of(journey, arrival)
        if home is not None and not _is_brought(journey, home):
            found.append(Gap.NO_TRANSFER_BACK)
    return found


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
