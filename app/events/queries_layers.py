"""Own events and public holidays as layers of time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays
import sqlalchemy as sa

from app.core.db import db
from app.core.vtimezone import get_zone
from app.events import layers
from app.events.layers import Entry, Layer, Who, Window
from app.events.models import Event, Invitation, InvitationState
from app.events.queries import seen_events
from app.people import queries as people
from app.people.models import Person

#: Who may be expected at an event, whether they have answered or not.
EXPECTED = (InvitationState.INVITED, InvitationState.ACCEPTED, InvitationState.WAITING)


def list_event_entries(window: Window) -> list[Entry]:
    """Own events in the window; two queries. Who of the people asked about is expected there stands with each."""
    wanted = seen_events(window.by).where(Event.starts_at < window.to_at, Event.ends_at > window.from_at)
    found = db.session.scalars(wanted.order_by(Event.starts_at, Event.id)).all()
    expected = _expected([event.id for event in found], window)
    return [
        Entry(
            layer=Layer.EVENTS, id=event.id, title=event.name, starts_at=event.starts_at, ends_at=event.ends_at,
            zone=event.zone, place=event.city or event.place, country=event.country,
            audiences=frozenset(event.audiences or ()), people=tuple(expected.get(event.id, ())),
            event_id=event.id, is_cancelled=event.is_cancelled, endpoint="events.show", target_id=event.id,
        )
        for event in found
    ]  # fmt: skip


def _expected(event_ids: Sequence[int], window: Window) -> dict[int, list[Who]]:
    if not event_ids or not window.person_ids:
        return {}
    ids = people.visible_to(window.by).with_only_columns(Person.id)
    wanted = (
        sa.select(Invitation.event_id, Person.id, Person.name)
        .join(Person, Person.id == Invitation.person_id)
        .where(
            Invitation.event_id.in_(event_ids),
            Invitation.person_id.in_(window.person_ids),
            Invitation.state.in_(EXPECTED),
            Person.id.in_(ids),
        )
        .order_by(Person.sort_key, Person.id)
    )
    found: dict[int, list[Who]] = {}
    for event_id, person_id, name in db.session.execute(wanted):
        found.setdefault(event_id, []).append(Who(person_id, name))
    return found


def expected_at(event: Event) -> frozenset[int]:
    """The people who may be expected at an event."""
    wanted = sa.select(Invitation.person_id).where(
        Invitation.event_id == event.id, Invitation.state.in_(EXPECTED)
    )
    return frozenset(db.session.scalars(wanted))


def list_holiday_entries(window: Window) -> list[Entry]:
    """Public holidays of the countries asked about; no query."""
    found = []
    for country in sorted(window.countries):
        for on, name in _holidays(country, window.from_at.year, window.to_at.year):
            begins, ends = (
                datetime.combine(day, time(), get_zone(window.zone)).astimezone(UTC)
                for day in (on, on + timedelta(days=1))
            )
            if begins < window.to_at and ends > window.from_at:
                entry = Entry(
                    layer=Layer.HOLIDAYS, id=on.toordinal(), title=name, starts_at=begins, ends_at=ends, zone=window.zone,
                    is_all_day=True, country=country,
                )  # fmt: skip
                found.append(entry)
    return found


@lru_cache(maxsize=256)
def _holidays(country: str, first_year: int, last_year: int) -> tuple[tuple[date, str], ...]:
    try:
        days = holidays.country_holidays(country, years=range(first_year, last_year + 1), language="en_US")
    except NotImplementedError:  # nobody has written them down
        return ()
    return tuple(sorted(days.items()))


layers.offer(Layer.EVENTS, list_event_entries)
layers.offer(Layer.HOLIDAYS, list_holiday_entries)
