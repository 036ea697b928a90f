"""The hand-back kit: what an agency did for a person while it spoke for them, and what is still open."""

from collections.abc import Sequence

from msgspec import Struct

from app.accounts.models import User
from app.core import clock
from app.events import queries as events
from app.events.models import Invitation
from app.outreach import queries_agencies
from app.outreach.models import Touch
from app.people import queries as people
from app.people import queries_representation
from app.people.models import Representation
from app.travel import queries as travel
from app.travel.models import Trip


class Kit(Struct, frozen=True):
    """One representation as it is handed back to the owner."""

    representation: Representation
    owner: User | None
    contacts: Sequence[Touch]
    invitations: Sequence[Invitation]
    trips: Sequence[Trip]
    is_over: bool

    @property
    def open_asks(self) -> Sequence[Touch]:
        return [touch for touch in self.contacts if touch.is_ask and touch.answered_at is None]

    @property
    def n_answered(self) -> int:
        return sum(touch.answered_at is not None for touch in self.contacts)


def kit_of(id: int, by: User) -> Kit:
    """The kit of a representation, of its whole time or up to now; NotFound when `by` may not see the person."""
    row = queries_representation.get_representation(id, by)
    now = clock.now()
    until = min(row.to_at or now, now)
    person = people.get_person(row.person_id, by)
    made = queries_agencies.list_made_by_agency(person.id, row.organisation_id, row.from_at, until)
    invitations = [
        one for one in events.list_invitations_of(person)
        if one.sent_at is not None and row.from_at <= one.sent_at <= until
    ]  # fmt: skip
    trips = [
        trip
        for trip in travel.list_trips(by, person=person)
        if trip.event_id in {one.event_id for one in invitations}
    ]
    return Kit(
        row, people.owner_of(person), made, invitations, trips, row.to_at is not None and row.to_at <= now
    )
