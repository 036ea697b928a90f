"""Chapter two, on the road and in the room: legs, hotels, cars, and interviews of 405 minutes."""

import itertools
from collections import Counter
from datetime import datetime

from app.core.money import Money
from app.demo import cast
from app.demo.london import hours, minutes_after
from app.demo.story import VENUE_ZONE, Story
from app.executives import operations as executives
from app.executives.details import ExecutiveDetails, RequestDetails, SlotDetails
from app.travel import operations as travel
from app.travel.details import LegDetails, StayDetails, TransferDetails, TripDetails, VisaDetails
from app.travel.models import LegMode, Trip, VisaState

_NIGHTS = 4
_STARTS = ((10, 30), (11, 30), (13, 15), (14, 15), (15, 15))
_DECLINED = "The firm pays for its analysts itself."


def book(story: Story) -> dict[str, Trip]:
    """A trip for everybody who comes, in the currency the ticket was sold in."""
    trips = {}
    for place, expert in enumerate(cast.GUESTS):
        if expert.ticket is None:
            continue
        with story.at(-45 + place // 4, hour=11):
            details = TripDetails(
                from_on=story.on(-2), to_on=story.on(5), wished_class=expert.ticket.travel_class
            )
            trips[expert.key] = travel.open_trip(
                story.invitations[expert.key], details, by=story.users["ruth"]
            )
            if not expert.ticket.is_declined:
                _book_ticket(story, trips[expert.key], expert, expert.ticket)
                _book_hotel(story, trips[expert.key], expert, expert.ticket)
            _book_cars(story, trips[expert.key], expert.ticket)
    _see_to_visas(story, trips)
    with story.at(-2, hour=8):
        # What an employer pays for is offered until its own tickets are there.
        for expert in cast.GUESTS:
            if expert.ticket is not None and expert.ticket.is_declined:
                _book_ticket(story, trips[expert.key], expert, expert.ticket)
                _book_hotel(story, trips[expert.key], expert, expert.ticket)
    return trips


def _see_to_visas(story: Story, trips: dict[str, Trip]) -> None:
    """Two of them need a visa; the consulates say three and four weeks, and both were granted in time."""
    for key, lead_days in (("bilal", 28), ("nneka", 21)):
        for days, state in (
            (-41, VisaState.NEEDED), (-38, VisaState.LETTER_ISSUED), (-12, VisaState.GRANTED),
        ):  # fmt: skip
            with story.at(days, hour=14):
                travel.note_visa(
                    trips[key], VisaDetails(state=state, lead_days=lead_days), by=story.users["ruth"]
                )


def _book_ticket(story: Story, trip: Trip, expert: cast.Expert, ticket: cast.Ticket) -> None:
    ruth = story.users["ruth"]
    arrival = "London St Pancras" if ticket.via is LegMode.RAIL else "LHR"
    lands, leaves = story.moment(-1, 14), story.moment(3, 18)
    there = LegDetails(
        mode=ticket.via,
        origin=ticket.origin,
        departs_at=lands - hours(ticket.hours),
        departs_zone=expert.zone,
        destination=arrival,
        arrives_at=lands,
        arrives_zone=VENUE_ZONE,
        travel_class=ticket.travel_class,
        carrier=ticket.carrier,
        number=f"{100 + trip.id}",
        booking_reference=f"LDN{trip.id:03}",
        cost=Money.parse(ticket.amount, ticket.currency),
        priced_on=story.on(-45),
    )
    if ticket.is_declined:
        travel.decline_leg(trip, there, reason=_DECLINED, by=ruth)
        return
    outbound = travel.book_leg(trip, there, by=ruth)
    back = LegDetails(
        mode=ticket.via,
        origin=arrival,
        departs_at=leaves,
        departs_zone=VENUE_ZONE,
        destination=ticket.origin,
        arrives_at=leaves + hours(ticket.hours),
        arrives_zone=expert.zone,
        travel_class=ticket.travel_class,
        carrier=ticket.carrier,
        number=f"{200 + trip.id}",
        booking_reference=f"LDN{trip.id:03}",
        fare_leg_id=outbound.id,
    )
    travel.book_leg(trip, back, by=ruth)


def _book_hotel(story: Story, trip: Trip, expert: cast.Expert, ticket: cast.Ticket) -> None:
    nightly = Money.parse(expert.nightly, "GBP")
    details = StayDetails(
        hotel="Hotel Aldwych Gardens" if nightly.minor > 30_000 else "Museum Court",
        city="London",
        country="GB",
        stars=5 if nightly.minor > 30_000 else 3,
        check_in_on=story.on(-1),
        check_out_on=story.on(_NIGHTS - 1),
        cost=Money(nightly.minor * _NIGHTS, "GBP"),
        priced_on=story.on(-45),
    )
    if ticket.is_declined:
        travel.decline_stay(trip, details, reason=_DECLINED, by=story.users["ruth"])
    else:
        travel.book_stay(trip, details, by=story.users["ruth"])


def _book_cars(story: Story, trip: Trip, ticket: cast.Ticket) -> None:
    station = "London St Pancras" if ticket.via is LegMode.RAIL else "Heathrow"
    hotel = "Hotel Aldwych Gardens"
    for origin, destination, starts in (
        (station, hotel, story.moment(-1, 15)),
        (hotel, station, story.moment(3, 14)),
    ):
        details = TransferDetails(
            origin=origin,
            destination=destination,
            starts_at=starts,
            ends_at=minutes_after(starts, 60),
            zone=VENUE_ZONE,
            driver_phone="+44 20 7946 0958",
            cost=Money(7_000, "GBP"),
            priced_on=story.on(-45),
        )
        travel.book_transfer(trip, details, by=story.users["ruth"])


def settle(story: Story, trips: dict[str, Trip]) -> None:
    """After the event the facts go into the book: flown, slept, driven."""
    ruth = story.users["ruth"]
    for trip in trips.values():
        with story.at(6, hour=14):
            for leg in trip.legs:
                if leg.cost is not None and leg.cost_stage == "committed":
                    travel.settle_leg(leg, by=ruth)
                elif leg.fare_leg_id is not None:
                    travel.note_taken(leg, by=ruth)
            for stay in trip.stays:
                if stay.cost_stage == "committed":
                    travel.settle_stay(stay, by=ruth)
            for transfer in trip.transfers:
                travel.settle_transfer(transfer, by=ruth)


def open_calendars(story: Story) -> None:
    """The executives whose time can be asked for, and the assistant who keeps it."""
    with story.at(-90):
        for key, name, title in cast.EXECUTIVES:
            bio, topics, languages = cast.EXECUTIVE_BRIEFS[key]
            details = ExecutiveDetails(
                name=name,
                title=title,
                assistant_id=story.users["daniel"].id,
                bio=bio,
                topics=topics,
                languages=languages,
            )
            story.executives[key] = executives.add_executive(details, by=story.users["daniel"])


def interview(story: Story) -> None:
    """Fourteen interviews: asked for by the coordinator, accepted by the assistant, held and counted (L4, X1, X4)."""
    taken: Counter[tuple[str, int]] = Counter()
    order = itertools.cycle(story.executives)
    jack_first = sorted(cast.GUESTS, key=lambda expert: expert.key != "jack")
    for expert in jack_first:
        for day, minutes in enumerate(expert.minutes, 1):
            key = next(order)
            hour, minute = _STARTS[taken[key, day]]
            taken[key, day] += 1
            _meet(story, expert, key, day, story.moment(day, hour, minute), minutes)


def _meet(
    story: Story, expert: cast.Expert, executive: str, day: int, starts: datetime, minutes: int
) -> None:
    ruth, daniel = story.users["ruth"], story.users["daniel"]
    with story.at(-40):
        window = SlotDetails(
            event_id=story.event.id,
            starts_at=starts,
            ends_at=minutes_after(starts, minutes),
            zone=VENUE_ZONE,
            place=f"Room {10 + list(story.executives).index(executive)}",
        )
        slot = executives.publish_slot(story.executives[executive], window, by=daniel)
    with story.at(-30):
        question = RequestDetails(question=f"About {expert.known_for}, for my own audience.")
        request = executives.request_access(slot, story.people[expert.key], question, by=ruth)
    with story.at(-28):
        meeting = executives.accept_request(request, by=daniel)
    with story.at(day, hour=18):
        executives.hold_meeting(meeting, n_minutes=minutes, by=daniel)
