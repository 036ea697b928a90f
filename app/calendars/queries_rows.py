"""The rows of a feed, as plain columns: what is not selected here cannot be shown, and what is here decides the bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa

from app.calendars.policies import Voice
from app.core.db import db
from app.core.scheduled import Scheduled
from app.events.models import Event, Session
from app.executives.models import Executive, Meeting
from app.people.models import Person
from app.travel.models import CostStage, Leg, Stay, Transfer, Trip

Condition: TypeAlias = sa.ColumnElement[bool] | None
#: One row of a feed; its columns are named by the statements below.
Row: TypeAlias = sa.Row[Any]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows a feed shows: a condition per table, None for none of it.

    `sessions` may name columns of Event, `trips` of Trip and Event, `meetings` of Meeting, Executive and Event.
    """

    voice: Voice
    events: Condition = None
    sessions: Condition = None
    trips: Condition = None
    meetings: Condition = None
    has_phones: bool = False


class Rows(NamedTuple):
    """Everything a feed shows, each table in the order of its ids."""

    events: Sequence[Row] = ()
    sessions: Sequence[Row] = ()
    legs: Sequence[Row] = ()
    stays: Sequence[Row] = ()
    transfers: Sequence[Row] = ()
    meetings: Sequence[Row] = ()


def read(selection: Selection) -> Rows:
    """The rows of a selection: one statement per table that is in it."""
    legs, stays, transfers = (
        _read_travel(selection, selection.trips) if selection.trips is not None else ((), (), ())
    )
    return Rows(
        events=_fetch(sa.select(*_EVENT).where(selection.events), Event)
        if selection.events is not None
        else (),
        sessions=_fetch(_SESSIONS.where(selection.sessions), Session)
        if selection.sessions is not None
        else (),
        legs=legs,
        stays=stays,
        transfers=transfers,
        meetings=_read_meetings(selection.voice, selection.meetings)
        if selection.meetings is not None
        else (),
    )


def _fetch(wanted: sa.Select[Any], model: Any) -> Sequence[Row]:
    # Plain columns need no mapping to objects: half the time of `session.execute`.
    return db.session.connection().execute(wanted.order_by(model.id)).all()


def _scheduled(model: type[Scheduled]) -> tuple[Any, ...]:
    return model.uid, model.sequence, model.revised_at, model.is_cancelled


_EVENT = (*_scheduled(Event), Event.name, Event.place, Event.city, Event.zone, Event.starts_at, Event.ends_at)

_SESSIONS = sa.select(
    *_scheduled(Session), Session.title, Session.description, Session.place, Session.zone, Session.starts_at,
    Session.ends_at, Session.audience, Session.terms, Session.embargo_until_at, Session.is_nda,
    Event.place.label("venue"), Event.city, Event.revised_at.label("event_revised_at"),
).join(Event, Event.id == Session.event_id)  # fmt: skip

_LEG = (
    *_scheduled(Leg), Leg.mode, Leg.carrier, Leg.number, Leg.origin, Leg.destination, Leg.departs_at, Leg.departs_zone,
    Leg.arrives_at, Leg.arrives_zone, Leg.cost_stage,
)  # fmt: skip
_STAY = (*_scheduled(Stay), Stay.hotel, Stay.city, Stay.check_in_on, Stay.check_out_on, Stay.cost_stage)
_TRANSFER = (
    *_scheduled(Transfer), Transfer.origin, Transfer.destination, Transfer.starts_at, Transfer.ends_at, Transfer.zone,
    Transfer.cost_stage,
)  # fmt: skip


def _read_travel(selection: Selection, condition: sa.ColumnElement[bool]) -> tuple[Sequence[Row], ...]:
    """Legs, stays, transfers. What was offered and declined never was in anybody's calendar (L5)."""
    nobody = sa.literal("").label("person")
    person = nobody if selection.voice is Voice.PERSON else Person.name.label("person")
    phone = Transfer.driver_phone if selection.has_phones else sa.literal("").label("driver_phone")
    found = []
    for model, columns in ((Leg, _LEG), (Stay, _STAY), (Transfer, (*_TRANSFER, phone))):
        wanted = (
            sa.select(*columns, person)
            .join(Trip, Trip.id == model.trip_id)
            .join(Person, Person.id == Trip.person_id)
            .join(Event, Event.id == Trip.event_id)
            .where(condition, model.cost_stage != CostStage.DECLINED)
        )
        found.append(_fetch(wanted, model))
    return tuple(found)


def _read_meetings(voice: Voice, condition: sa.ColumnElement[bool]) -> Sequence[Row]:
    is_own = voice is Voice.PERSON
    wanted = (
        sa.select(
            *_scheduled(Meeting), Meeting.starts_at, Meeting.ends_at, Meeting.zone, Meeting.place, Meeting.terms,
            Executive.name.label("executive"), Executive.title, Event.place.label("venue"),
            sa.literal("").label("person") if is_own else Person.name.label("person"),
            sa.literal("").label("known_for") if is_own else Person.known_for,
        )
        .join(Executive, Executive.id == Meeting.executive_id)
        .join(Event, Event.id == Meeting.event_id)
        .join(Person, Person.id == Meeting.person_id)
        .where(condition)
    )  # fmt: skip
    return _fetch(wanted, Meeting)
