"""Reading seats as a map of zones and rows, and whose seat should be talked over with those who serve them."""

from collections.abc import Collection, Sequence
from itertools import groupby

import sqlalchemy as sa
from msgspec import Struct

from app.core import clock
from app.core.db import db
from app.events import queries
from app.events.models import Event, Invitation
from app.events.models_day import Seat
from app.events.models_waves import Comer, Guest
from app.events.queries import SeatRow
from app.people.models_kept import Hospitality


class RoomZone(Struct, frozen=True):
    """One zone of the room with its rows."""

    name: str
    rows: Sequence[SeatRow]

    @property
    def n_seats(self) -> int:
        return sum(len(row.seats) for row in self.rows)

    @property
    def n_free(self) -> int:
        """Seats nobody has and nobody waits for."""
        return sum(not seat.is_taken and not seat.held_for for row in self.rows for seat in row.seats)


def room_of(event: Event) -> list[RoomZone]:
    """The chairs of an event by zone and row; one query."""
    seats = sorted(
        queries.list_seats(event), key=lambda seat: (seat.room_zone, len(seat.row), seat.row, seat.number)
    )
    zones = []
    for name, within in groupby(seats, key=lambda seat: seat.room_zone):
        rows = [SeatRow(row, list(chairs)) for row, chairs in groupby(within, key=lambda seat: seat.row)]
        zones.append(RoomZone(name, rows))
    return zones


def labels_of(event: Event) -> dict[str, str]:
    """ "A12" by `Comer.key`, for everybody who has a chair; two queries."""
    people = sa.select(Invitation.id, Seat).join(
        Seat, sa.and_(Seat.event_id == Invitation.event_id, Seat.person_id == Invitation.person_id)
    )
    found = {
        str(id): seat.label for id, seat in db.session.execute(people.where(Invitation.event_id == event.id))
    }
    guests = sa.select(Seat).where(Seat.event_id == event.id, Seat.guest_id.is_not(None))
    return found | {f"g{seat.guest_id}": seat.label for seat in db.session.scalars(guests)}


def seat_of(comer: Comer) -> Seat | None:
    """Where somebody sits."""
    if isinstance(comer, Guest):
        return db.session.scalars(sa.select(Seat).where(Seat.guest_id == comer.id)).one_or_none()
    return queries.seat_of(comer.event, comer.person_id)


def get_seats(event: Event, ids: Collection[int]) -> Sequence[Seat]:
    """Those of these chairs that are the event's, by row and number."""
    wanted = sa.select(Seat).where(Seat.event_id == event.id, Seat.id.in_(ids))
    return db.session.scalars(wanted.order_by(Seat.row, Seat.number)).all()


def with_access_needs(person_ids: Collection[int]) -> set[int]:
    """Who of these told those who serve them that they need something; never what. Whoever asks writes it down (R4)."""
    wanted = sa.select(Hospitality.person_id).where(
        Hospitality.person_id.in_(set(person_ids)), Hospitality.access_needs != "", Hospitality.purge_on > clock.today()
    )  # fmt: skip
    return set(db.session.scalars(wanted))


def list_to_talk_over(event: Event) -> Sequence[Seat]:
    """Seats without easy access whose person needs something; for those who may read it, who write that they did."""
    taken = [seat for seat in queries.list_seats(event) if seat.person_id is not None]
    needy = with_access_needs([seat.person_id for seat in taken if seat.person_id is not None])
    return [seat for seat in taken if seat.person_id in needy and not seat.is_accessible]
