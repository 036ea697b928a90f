"""Reading waves: how each stands, what it may expect, and on how many past events that rests."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.events import policies, policies_waves, queries, queries_places
from app.events.models import Event, Invitation, InvitationState
from app.events.models_waves import Guest, GuestState, Wave
from app.events.policies import INVITED_STATES, SILENT_STATES
from app.events.policies_waves import Rates, WaveCounts


class WaveRow(Struct, frozen=True):
    """One wave as the board shows it; `wave` is None where invitations name a number nobody planned."""

    number: int
    wave: Wave | None
    counts: WaveCounts
    n_left: int | None
    #: Yes, and those of the silent who may still say yes; None without a past event to go by.
    n_forecast: int | None
    #: Of those, who may come.
    n_coming: int | None

    @property
    def id(self) -> int:
        return self.number

    @property
    def name(self) -> str:
        return self.wave.name if self.wave is not None else ""

    @property
    def is_released(self) -> bool:
        return self.wave is not None and self.wave.released_at is not None


def past_rates(event: Event) -> Rates:
    """THE rates past events suggest: those of the same program that are over and had a check-in; one query."""
    wanted = (
        sa.select(
            Event.id,
            sa.func.count(Invitation.id),
            sa.func.count(sa.case((Invitation.state == InvitationState.ACCEPTED, Invitation.id))),
            sa.func.count(Invitation.checked_in_at),
        )
        .join(Invitation, Invitation.event_id == Event.id)
        .where(
            Event.program_id == event.program_id, Event.id != event.id, Event.ends_at < clock.now(),
            Event.is_cancelled.is_(False), Invitation.state.in_(INVITED_STATES),
        )
        .group_by(Event.id)
        .having(sa.func.count(Invitation.checked_in_at) > 0)
    )  # fmt: skip
    rows = db.session.execute(wanted).all()
    return Rates(
        len(rows), sum(row[1] for row in rows), sum(row[2] for row in rows), sum(row[3] for row in rows)
    )


def list_wave_rows(event: Event, by: User | None = None) -> list[WaveRow]:
    """Every wave with its counts and forecast; the same few queries whatever the rows."""
    waves = {one.number: one for one in queries_places.list_waves(event)}
    counts, rates = counts_by_wave(event, by), past_rates(event)
    return [
        _row(number, waves.get(number), counts.get(number, WaveCounts()), rates)
        for number in sorted(waves.keys() | counts.keys())
    ]


def _row(number: int, wave: Wave | None, counts: WaveCounts, rates: Rates) -> WaveRow:
    more = rates.yes_among(counts.n_silent)
    forecast = None if more is None else counts.n_yes + counts.n_guests + more
    left = policies_waves.seats_left(wave, counts) if wave is not None else None
    return WaveRow(
        number, wave, counts, left, forecast, None if forecast is None else rates.coming_of(forecast)
    )


def counts_by_wave(event: Event, by: User | None = None) -> dict[int, WaveCounts]:
    """THE counts of the waves of an event, by number; two queries."""
    is_held = sa.and_(Invitation.is_held, Invitation.state.in_(SILENT_STATES))
    counted = (
        queries.invited_people(by)
        .where(Invitation.event_id == event.id)
        .with_only_columns(
            Invitation.wave, Invitation.state, sa.func.count(Invitation.id),
            sa.func.count(sa.case((is_held, Invitation.id))), sa.func.count(Invitation.opened_at),
        )
        .group_by(Invitation.wave, Invitation.state)
    )  # fmt: skip
    states: dict[int, dict[InvitationState, int]] = defaultdict(dict)
    held: dict[int, int] = defaultdict(int)
    opened: dict[int, int] = defaultdict(int)
    for number, state, n, n_held, n_opened in db.session.execute(counted):
        states[number][state] = n
        held[number] += n_held
        opened[number] += n_opened
    guests = _guests_by_wave(event)
    return {
        number: policies_waves.counts_of(
            of, n_held=held[number], n_opened=opened[number], n_guests=guests.get(number, 0)
        )
        for number, of in states.items()
    }


def _guests_by_wave(event: Event) -> dict[int, int]:
    wanted = sa.select(Invitation.wave, sa.func.count(Guest.id)).join(
        Guest, Guest.invitation_id == Invitation.id
    )
    wanted = wanted.where(Invitation.event_id == event.id, Guest.state == GuestState.ADMITTED)
    return {row[0]: row[1] for row in db.session.execute(wanted.group_by(Invitation.wave))}


def get_wave(event: Event, number: int) -> Wave:
    """The planned wave of this number, or NotFound."""
    for one in queries_places.list_waves(event):
        if one.number == number:
            return one
    raise NotFound(_("There is no such wave."))


def next_wave(wave: Wave) -> Wave | None:
    """The wave that comes after, if one is planned."""
    wanted = sa.select(Wave).where(Wave.event_id == wave.event_id, Wave.number > wave.number)
    return db.session.scalars(wanted.order_by(Wave.number).limit(1)).first()


def list_silent(event: Event, by: User | None = None, *, wave: int | None = None) -> Sequence[Invitation]:
    """Who has not answered and still may: no answer yet, or perhaps."""
    rows = queries.list_invitations(event, by, wave=wave)
    return [one for one in rows if one.state in SILENT_STATES]


def list_stale(event: Event, by: User | None = None) -> Sequence[Invitation]:
    """Who answered before the time or place of the event changed."""
    return [one for one in queries.list_invitations(event, by) if policies.is_stale(one, event)]
