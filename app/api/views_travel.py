"""Trips with their legs, stays and transfers."""

from app.accounts.access import acting_user
from app.api.layer import ID, Page, operation
from app.api.paging import from_database
from app.api.shapes_travel import TripShape, TripsQuery
from app.events import queries as events
from app.people import queries as people
from app.travel import queries
from app.travel.models import Trip


@operation("/trips", permission="travel:read", query=TripsQuery, out=Page[TripShape])
def list_trips(query: TripsQuery) -> Page[TripShape]:
    """Trips, of the people whoever sends the token may see, the first made first."""
    by = acting_user()
    event = events.get_event(query.event_id, by) if query.event_id is not None else None
    person = people.get_person(query.person_id, by) if query.person_id is not None else None
    return from_database(
        Page[TripShape], queries.trips_matching(by, person=person, event=event), Trip.id, query,
        lambda rows: [TripShape.of(row) for row in rows], is_descending=False,
    )  # fmt: skip


@operation(f"/trips/{ID}", permission="travel:read", out=TripShape)
def get_trip(id: int) -> TripShape:
    """One trip with its parts."""
    return TripShape.of(queries.get_trip(id, acting_user()))
