"""Reading trips, their parts and the rules; people are seen as far as the role allows."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias, TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.events.models import Event, Invitation, InvitationState
from app.people import queries as people
from app.people.models import Person
from app.travel.models import CostStage, Leg, Outcome, Stay, Transfer, TravelRule, Trip
from app.travel.policies import Traveller, in_turn

Part: TypeAlias = Leg | Stay | Transfer

AnyPart = TypeVar("AnyPart", Leg, Stay, Transfer)

_PARTS = (
    selectinload(Trip.legs).joinedload(Leg.approval), selectinload(Trip.stays).joinedload(Stay.approval),
    selectinload(Trip.transfers).joinedload(Transfer.approval),
)  # fmt: skip
_HEADS = (joinedload(Trip.event).joinedload(Event.program), joinedload(Trip.person))


def _visible(by: User | None) -> sa.Select[Trip]:
    """Trips of people `by` may see, also those made before two records were merged (R3)."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    return sa.select(Trip).join(Person, Person.id == Trip.person_id).where(survivor.in_(seen))


def get_trip(id: int, by: User | None) -> Trip:
    """The trip with event, person and parts loaded; NotFound when its person is not visible to `by`."""
    found = db.session.scalars(_visible(by).where(Trip.id == id).options(*_HEADS, *_PARTS)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such trip, or it is not yours to see."))
    return found


def get_part(kind: str, id: int, by: User | None) -> Part:
    """A leg, stay or transfer by the name of its kind; NotFound as for its trip."""
    if kind == "leg":
        return get_leg(id, by)
    return get_stay(id, by) if kind == "stay" else get_transfer(id, by)


def get_leg(id: int, by: User | None) -> Leg:
    """One leg of a trip `by` may see."""
    return _part(Leg, id, by)


def get_stay(id: int, by: User | None) -> Stay:
    """One stay of a trip `by` may see."""
    return _part(Stay, id, by)


def get_transfer(id: int, by: User | None) -> Transfer:
    """One transfer of a trip `by` may see."""
    return _part(Transfer, id, by)


def _part(kind: type[AnyPart], id: int, by: User | None) -> AnyPart:
    found = db.session.get(kind, id)
    if found is None:
        raise NotFound(_("There is no such part of a trip, or it is not yours to see."))
    get_trip(found.trip_id, by)
    return found


def list_trips(
    by: User | None, *, person: Person | None = None, event: Event | None = None
) -> Sequence[Trip]:
    """Trips of a person or to an event with their parts, the latest first; six queries whatever the rows."""
    wanted = trips_matching(by, person=person, event=event)
    return db.session.scalars(wanted.order_by(Trip.from_on.desc(), Trip.id.desc())).all()


def trips_matching(
    by: User | None, *, person: Person | None = None, event: Event | None = None
) -> sa.Select[Trip]:
    """The same with their parts loaded, in no order."""
    wanted = _visible(by).options(*_HEADS, *_PARTS)
    if person is not None:
        wanted = wanted.where(sa.or_(Person.id == person.id, Person.merged_into_id == person.id))
    if event is not None:
        wanted = wanted.where(Trip.event_id == event.id)
    return wanted


def find_trip(event_id: int, person_id: int) -> Trip | None:
    """The trip of a person to an event, if there is one."""
    return db.session.scalars(sa.select(Trip).filter_by(event_id=event_id, person_id=person_id)).one_or_none()


def list_arrivals(by: User | None, from_at: datetime, to_at: datetime) -> Sequence[Leg]:
    """Live legs that land between two instants, the first first, with trip, person and event."""
    wanted = (
        sa.select(Leg)
        .where(
            Leg.trip_id.in_(_visible(by).with_only_columns(Trip.id)),
            Leg.is_cancelled.is_(False),
            Leg.cost_stage != CostStage.DECLINED,
            sa.or_(Leg.outcome.is_(None), Leg.outcome == Outcome.TAKEN),
            Leg.arrives_at >= from_at,
            Leg.arrives_at < to_at,
        )
        .options(
            joinedload(Leg.trip).joinedload(Trip.person),
            joinedload(Leg.trip).joinedload(Trip.event),
        )
        .order_by(Leg.arrives_at, Leg.id)
    )
    return db.session.scalars(wanted).all()


# -- what rules look at ------------------------------------------------------------------------------


def invitation_state(trip: Trip) -> InvitationState | None:
    """Where the invitation behind a trip stands now."""
    wanted = sa.select(Invitation.state).filter_by(event_id=trip.event_id, person_id=trip.person_id)
    return db.session.scalar(wanted)


def traveller_of(person: Person, event: Event, on: date) -> Traveller:
    """What the rules look at, on a day."""
    return Traveller(person.name, person.is_official, people.employer_of(person, on), event.program_id)


def place_of(event: Event) -> tuple[str, str]:
    """Country and city of an event, as rules ask for them."""
    return event.country or "", event.city or ""


def list_rules() -> Sequence[TravelRule]:
    """All travel rules in the order they are asked."""
    loaded = (joinedload(TravelRule.organisation), joinedload(TravelRule.program))
    return sorted(db.session.scalars(sa.select(TravelRule).options(*loaded)), key=in_turn)


def get_rule(id: int) -> TravelRule:
    """The travel rule with this id, or NotFound."""
    found = db.session.get(TravelRule, id)
    if found is None:
        raise NotFound(_("There is no such travel rule."))
    return found


def next_place() -> int:
    """A place behind all rules there are, with room between."""
    last = db.session.scalar(sa.select(sa.func.max(TravelRule.place))) or 0
    return (last // 10 + 1) * 10
