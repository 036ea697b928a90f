"""Feeds, and an event with something of everything in it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.accounts.models import User
from app.calendars import operations
from app.calendars.models import FeedKind
from app.calendars.operations import NewFeed
from app.core import clock
from app.core.db import db, transaction
from app.events.models import Audience, Event, Session
from app.executives.models import Meeting
from app.people.models import Person
from app.travel.models import Leg, Stay, Transfer
from tests.factories import accounts, events, executives, ledger, travel

#: When the show is prepared: three weeks before it, everything booked.
NOW = executives.BEFORE


@dataclass(frozen=True)
class Show:
    """Connect London as Ruth arranges it: Jack comes with travel and an interview, Amal comes, Nneka has not answered."""

    event: Event
    keynote: Session
    briefing: Session  # for analysts
    rehearsal: Session  # for staff
    jack: Person
    amal: Person
    nneka: Person
    leg: Leg
    stay: Stay
    transfer: Transfer
    meeting: Meeting
    ruth: User
    daniel: User


def show() -> Show:
    """Everything above, made at `NOW`."""
    with clock.fixed_at(NOW):
        ledger.treasury_rates()
        travel.house_rules()
        event = events.event()
        keynote = events.session(event)
        hours = [datetime(2026, 10, 15, hour, 0, tzinfo=UTC) for hour in (8, 9, 10)]
        briefing = events.session(
            event,
            "Analyst briefing",
            audience=Audience.ANALYST,
            starts_at=hours[0],
            ends_at=hours[1],
            is_nda=True,
        )
        rehearsal = events.session(
            event, "Rehearsal", audience=Audience.STAFF, starts_at=hours[1], ends_at=hours[2]
        )
        invitation = events.accepted(event, "Jack")
        amal = events.accepted(event, "Amal").person
        nneka = events.invited(event, "Nneka").person
        trip = travel.trip(invitation)
        leg = travel.leg(trip, cost=ledger.gbp("5038.08"), priced_on=None)
        stay, transfer = travel.stay(trip), travel.transfer(trip)
        meeting = executives.accept(
            executives.request(executives.slot(executives.executive(), event), invitation.person)
        )
    return Show(
        event, keynote, briefing, rehearsal, invitation.person, amal, nneka, leg, stay, transfer, meeting, events.ruth(),
        executives.daniel(),
    )  # fmt: skip


def feed(kind: FeedKind, target_id: int | None, by: User) -> NewFeed:
    """A user's feed."""
    with transaction():
        return operations.share_feed(kind, target_id, by=db.session.merge(by))


def feed_of(person: Person, by: User | None = None) -> NewFeed:
    """A person's feed."""
    with transaction():
        made_by = db.session.merge(by or accounts.user())
        return operations.share_with_person(db.session.merge(person), by=made_by)
