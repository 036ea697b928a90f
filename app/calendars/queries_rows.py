"""The rows of a feed, as plain columns: what is not selected here cannot be shown, and what is here decides the bytes."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData

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


class Selection(Struct, frozen=True):
    """Which rows a feed shows: a condition per table, None for none of it.

    `sessions` may name columns of Event, `trips` of Trip and Event, `meetings` of Meeting, Executive and Event.
    """

    voice: Voice
    events: Condition = None
    sessions: Condition = None
    trips: Condition = None
    meetings: Condition = None
    has_phones: bool = False
    has_bookings: bool = False
    #: Whether what is cancelled is among them.
    has_cancelled: bool = True


class Rows(NamedTuple):
    """Everything a feed shows, each table in the order of its ids."""

    events: Sequence[Row] = ()
    sessions: Sequence[Row] = ()
    legs: Sequence[Row] = ()
    stays: Sequence[Row] = ()
    transfers: Sequence[Row] = ()
    meetings: Sequence[Row] = ()


class Read(Struct, frozen=True):
    """The rows of a statement as the driver gives them: enough to see that nothing changed, in a tenth of the time."""

    statement: sa.Select[Any] | None = None
    values: Sequence[tuple[Any, ...]] = ()

    def rows(self) -> Sequence[Row]:
        """The same with instants, enumerations and names of columns, as SQLAlchemy would have given them."""
        if self.statement is None or not self.values:
            return ()
        columns, dialect = self.statement.selected_columns, db.session.connection().dialect
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        typed = (
            tuple(value if read is None else read(value) for read, value in zip(readers, row, strict=True))
            for row in self.values
        )
        found: IteratorResult[Any] = IteratorResult(SimpleResultMetaData(columns.keys()), typed)
        return found.all()


def read(selection: Selection) -> tuple[Read, ...]:
    """What a selection shows, in the order of the fields of Rows: one statement per table that is in it."""
    own = selection
    conditions = (own.events, own.sessions, own.trips, own.trips, own.trips, own.meetings)
    statements = _statements(own.voice is Voice.PERSON, own.has_phones, own.has_bookings, own.has_cancelled)
    return tuple(
        Read() if condition is None else _fetch(statement.where(condition))
        for statement, condition in zip(statements, conditions, strict=True)
    )


def rows_of(found: tuple[Read, ...]) -> Rows:
    """What was read, as rows."""
    return Rows(*(table.rows() for table in found))


def _fetch(wanted: sa.Select[Any]) -> Read:
    with db.session.connection().execute(wanted) as result:
        # Past SQLAlchemy, whose reading of thousands of instants takes most of the time an unchanged feed costs.
        values = result.cursor.fetchall() if result.cursor is not None else ()  # type: ignore[redundant-expr]
    return Read(wanted, values)


def _scheduled(model: type[Scheduled]) -> tuple[Any, ...]:
    return model.uid, model.sequence, model.revised_at, model.is_cancelled


_EVENT = (*_scheduled(Event), Event.name, Event.place, Event.city, Event.zone, Event.starts_at, Event.ends_at)

_SESSIONS = sa.select(
    *_scheduled(Session), Session.title, Session.description, Session.place, Session.zone, Session.starts_at,
    Session.ends_at, Session.audience, Session.terms, Session.embargo_until_at, Session.is_nda,
    Event.place.label("venue"), Event.city, Event.revised_at.label("event_revised_at"),
)  # fmt: skip

_LEG = (
    *_scheduled(Leg), Leg.mode, Leg.carrier, Leg.number, Leg.origin, Leg.destination, Leg.departs_at, Leg.departs_zone,
    Leg.arrives_at, Leg.arrives_zone, Leg.cost_stage,
)  # fmt: skip
_STAY = (*_scheduled(Stay), Stay.hotel, Stay.city, Stay.check_in_on, Stay.check_out_on, Stay.cost_stage)
_TRANSFER = (
    *_scheduled(Transfer), Transfer.origin, Transfer.destination, Transfer.starts_at, Transfer.ends_at, Transfer.zone,
    Transfer.cost_stage,
)  # fmt: skip
_MEETING = (
    *_scheduled(Meeting), Meeting.starts_at, Meeting.ends_at, Meeting.zone, Meeting.place, Meeting.terms,
    Executive.name.label("executive"), Executive.title, Event.place.label("venue"),
)  # fmt: skip


@cache
def _statements(
    is_own: bool, has_phones: bool, has_bookings: bool, has_cancelled: bool
) -> tuple[sa.Select[Any], ...]:
    """The statements of a feed but for whose it is, each made once: putting one together takes longer than running it."""
    person = _column("person", Person.name, not is_own)
    legs = sa.select(*_LEG, _column("booking_reference", Leg.booking_reference, has_bookings), person)
    stays = sa.select(*_STAY, _column("room", Stay.room, has_bookings), person)
    transfers = sa.select(*_TRANSFER, _column("driver_phone", Transfer.driver_phone, has_phones), person)
    meetings = (
        sa.select(*_MEETING, person, _column("known_for", Person.known_for, not is_own))
        .join(Executive, Executive.id == Meeting.executive_id)
        .join(Event, Event.id == Meeting.event_id)
        .join(Person, Person.id == Meeting.person_id)
    )
    sessions = _SESSIONS.join(Event, Event.id == Session.event_id)
    statements: tuple[tuple[Any, sa.Select[Any]], ...] = (
        (Event, sa.select(*_EVENT)), (Session, sessions), (Leg, _of_trip(Leg, legs)), (Stay, _of_trip(Stay, stays)),
        (Transfer, _of_trip(Transfer, transfers)), (Meeting, meetings),
    )  # fmt: skip
    return tuple(
        (wanted if has_cancelled else wanted.where(model.is_cancelled.is_(False))).order_by(model.id)
        for model, wanted in statements
    )


def _column(name: str, column: Any, is_shown: bool) -> Any:
    """A column, or nothing under its name."""
    return (column if is_shown else sa.literal("")).label(name)


def _of_trip(model: Any, wanted: sa.Select[Any]) -> sa.Select[Any]:
    """A part of a trip with whose it is. What was offered and declined never was in anybody's calendar (L5)."""
    return (
        wanted.join(Trip, Trip.id == model.trip_id)
        .join(Person, Person.id == Trip.person_id)
        .join(Event, Event.id == Trip.event_id)
        .where(model.cost_stage != CostStage.DECLINED)
    )
