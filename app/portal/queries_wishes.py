"""What a person said about needs, limits and quiet, and what is known of their journey: an allow-list like all of this door."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from app.core import clock
from app.core.money import Money
from app.core.wall_times import day_in
from app.events import queries as events
from app.events.models import Invitation, InvitationState
from app.ledger.models import Category
from app.outreach import queries_wishes
from app.outreach.models import TouchChannel
from app.people import queries as people
from app.people import queries_kept
from app.people.models import AcceptAnswer, Person
from app.portal import policies, words
from app.travel import queries as trips
from app.travel.models import TripState


class OwnNeeds(Struct, frozen=True):
    """What those who serve know of a person, and from which day on nobody does."""

    diet: str
    access_needs: str
    quiet_days: str
    delete_on: date
    version: int


def needs_of(person: Person) -> OwnNeeds | None:
    """What is kept now; None when there is nothing."""
    row = queries_kept.hospitality_of(person)
    if row is None:
        return None
    return OwnNeeds(row.diet, row.access_needs, row.quiet_days, row.purge_on, row.version)


def delete_needs_on(person: Person) -> date:
    """The day what they say today would go: some days after the last event they come to."""
    today = clock.today()
    lasts = [
        day_in(one.event.ends_at, one.event.zone)
        for one in events.list_invitations_of(person)
        if one.state is InvitationState.ACCEPTED and not one.event.is_cancelled
    ]
    return policies.delete_after(max(lasts, default=None), today)


class OwnLimit(Struct, frozen=True):
    """What a person may accept of one kind of value."""

    category: Category
    name: str
    answer: AcceptAnswer
    limit: Money | None
    said_on: date


def list_limits(person: Person) -> list[OwnLimit]:
    """What they said they may accept, in the order of the kinds."""
    said, names = people.may_accept(person), words.of_categories()
    return [
        OwnLimit(one, names[one], said[one].answer, said[one].limit, said[one].said_on)
        for one in Category
        if one in said
    ]


class OwnQuiet(Struct, frozen=True):
    """When and how they want no contact."""

    weekdays: Sequence[str]
    closed: Sequence[TouchChannel]
    until_on: date | None
    is_opted_out: bool


def quiet_of(person: Person) -> OwnQuiet:
    """As it stands now."""
    wish = queries_wishes.wish_of(person)
    closed = [one for one, row in queries_wishes.channel_wishes_of(person).items() if row.is_closed]
    return OwnQuiet(wish.quiet_weekdays if wish else (), closed, person.quiet_until_on, person.is_opted_out)


class OwnTrip(Struct, frozen=True):
    """The days and the wish of a journey, and whether they can still be changed here."""

    from_on: date
    to_on: date
    wish: str
    is_open: bool


def trip_of(invitation: Invitation) -> OwnTrip:
    """Their journey to the event; the days of the event itself while there is none."""
    event, trip = invitation.event, trips.find_trip(invitation.event_id, invitation.person_id)
    is_ahead = not event.is_cancelled and event.ends_at > clock.now()
    if trip is None:
        return OwnTrip(day_in(event.starts_at, event.zone), day_in(event.ends_at, event.zone), "", is_ahead)
    return OwnTrip(trip.from_on, trip.to_on, trip.wish, is_ahead and trip.state is TripState.OPEN)
