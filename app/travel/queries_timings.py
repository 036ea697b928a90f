"""How long things take in this house, and when people are needed at an event."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from app.core.db import db
from app.core.models import Setting
from app.events import layers
from app.events.layers import Layer, Window
from app.events.models import Event, Session
from app.events.models_agenda import Appearance
from app.people.models import Person
from app.travel.policies_gaps import Duty
from app.travel.policies_timings import Timings

SETTING = "travel_timings"


def timings() -> Timings:
    """The minutes in force; the usual ones until somebody sets others."""
    row = db.session.get(Setting, SETTING)
    return Timings(**row.value) if row is not None else Timings()


def duties_of(event: Event, person_ids: Collection[int], times: Timings) -> dict[int, Duty]:
    """When each person is first needed at an event and until when: on stage, or with an executive; two queries.

    Somebody without a duty of their own is needed when the event begins. Only times are read, so nothing is seen
    that a reader of travel may not see.
    """
    found = {id: Duty(event.starts_at, None, times.arrival_buffer) for id in person_ids}
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    stages = (
        sa.select(survivor, Session.starts_at, Session.ends_at)
        .select_from(Appearance)
        .join(Session, Session.id == Appearance.session_id)
        .join(Person, Person.id == Appearance.person_id)
        .where(Session.event_id == event.id, Session.is_cancelled.is_(False))
    )
    spans: dict[int, list[tuple[datetime, datetime]]] = {}
    for id, starts, ends in db.session.execute(stages):
        spans.setdefault(id, []).append((starts, ends))
    window = Window(from_at=event.starts_at, to_at=event.ends_at, by=None, event_id=event.id)
    for entry in layers.list_entries(window, (Layer.MEETINGS,)):
        if entry.event_id == event.id and not entry.is_cancelled:
            for who in entry.people:
                spans.setdefault(who.id, []).append((entry.starts_at, entry.ends_at))
    for id in person_ids:
        if own := spans.get(id):
            found[id] = Duty(min(own)[0], max(ends for _, ends in own), times.arrival_buffer)
    return found
