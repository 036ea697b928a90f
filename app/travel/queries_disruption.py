"""The ripple of a changed journey: everything it touches, in every room, with a proposal for each (T6)."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct, field
from msgspec.structs import replace

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Money
from app.core.wall_times import day_in
from app.events import disruptions
from app.events.disruptions import Absence, Area, Charge, Effect, Fate, Wants
from app.ledger.models import Commitment, CommitmentStage
from app.travel import clearance, disruptions_parts, policies_disruption
from app.travel.costing import ROOM, likely_charge, worth_of
from app.travel.models import Leg, Transfer, Trip
from app.travel.policies_disruption import Change, ChangeRefused, Course, Way
from app.travel.queries_costs import title_of
from app.travel.queries_timings import timings

AREA_WORDS = {
    Area.JOURNEY: _l("The journey"), Area.TRANSFER: _l("Transfers"), Area.HOTEL: _l("Hotel"), Area.MEETING: _l("Interviews"),
    Area.AGENDA: _l("Agenda"), Area.SEAT: _l("Seat"), Area.VALUE: _l("Planned value"),
}  # fmt: skip


class ChangedLeg(Struct, frozen=True):
    """A leg and what becomes of it."""

    leg: Leg
    change: Change

    @property
    def key(self) -> str:
        return f"leg:{self.leg.id}"

    @property
    def title(self) -> str:
        return title_of(self.leg)


class ValueLine(Struct, frozen=True):
    """Value that is planned or committed for a part, before and after, and its day, before and after."""

    title: str
    before: Money
    after: Money
    was_on: date
    on: date


class Ripple(Struct, frozen=True):
    """What a change of a trip touches; `absence` is None where nobody misses anything."""

    trip: Trip
    changed: Sequence[ChangedLeg]
    course: Course
    absence: Absence | None
    effects: Sequence[Effect]
    values: Sequence[ValueLine] = field(default_factory=tuple)

    @property
    def facts(self) -> dict[str, str]:
        """What was on the screen, by the key of each line: a short hash and the title; a confirmation gives it back."""
        rows = {one.key: (one.title, f"{one.change} {one.leg.version}") for one in self.changed}
        rows |= {"trip": ("The trip", f"{self.trip.state} {self.trip.from_on} {self.trip.to_on}")}
        rows |= {one.key: (one.title, one.fingerprint) for one in self.effects}
        return {key: f"{_short(facts)} {title[:80]}" for key, (title, facts) in rows.items()}

    @property
    def charges(self) -> dict[str, tuple[str, Charge]]:
        """What may be charged although it is missed or cancelled: by the key of each, its title and the likely charge."""
        found = {
            one.key: (one.title, likely_charge(one.leg)) for one in self.changed if one.change.is_cancelled
        }
        return found | {one.key: (one.title, one.charge) for one in self.effects if one.charge is not None}

    def in_areas(self) -> list[tuple[str, list[Effect]]]:
        """The effects by area, in words."""
        return [
            (words, found) for area, words in AREA_WORDS.items() if (found := [one for one in self.effects if one.area is area])
        ]  # fmt: skip

    def open_after(self, ticks: set[str]) -> list[Effect]:
        """What somebody still has to see to, once what is ticked is done."""
        return [
            one for one in self.effects
            if one.wants is Wants.WORK or (one.wants is Wants.TICK and one.key not in ticks)
        ]  # fmt: skip


def _short(facts: str) -> str:
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def ripple_of(
    trip: Trip,
    changes: Sequence[Change],
    *,
    by: User,
    reason: str = "",
    connection: int | None = None,
    is_held: bool = False,
) -> Ripple:
    """What changes of a trip's legs touch. ChangeRefused when one cannot be true, NotFound for a leg of another trip.

    `is_held`: it is acted upon in this transaction, so what it names is locked.
    """
    clearance.require_open(trip)
    legs = {leg.id: leg for leg in trip.legs if leg.takes_place}
    changed = []
    for change in changes:
        if change.leg_id not in legs:
            raise NotFound(_("That leg is not part of this trip, or it does not take place any more."))
        policies_disruption.check_change(legs[change.leg_id], change)
        changed.append(ChangedLeg(legs[change.leg_id], change))
    if not changed:
        raise ChangeRefused(_("Say which leg changes, and how."), field="leg")
    course = policies_disruption.course_of(
        [way_of(leg) for leg in legs.values()], changes, trip.event.starts_at, timings(), connection
    )
    absence = _absence(trip, course, by, is_held=is_held)
    zones = {leg.id: (leg.departs_zone, leg.arrives_zone) for leg in trip.legs}
    elsewhere = disruptions.effects_of(absence) if absence else []
    effects = [
        *disruptions_parts.days_of(trip, course, zones), *disruptions_parts.ways_on(trip, course, reason),
        *disruptions_parts.cars(trip, course, reason), *disruptions_parts.nights(trip, course, reason), *elsewhere,
        *(disruptions_parts.at_table(trip, absence.from_at, absence.to_at) if absence else []),
    ]  # fmt: skip
    ripple = Ripple(trip, changed, course, absence, [_decided(one) for one in effects])
    return replace(ripple, values=_values(ripple))


def way_of(leg: Leg) -> Way:
    """A leg as times and places."""
    return Way(leg.id, leg.departs_at, leg.arrives_at, leg.mode, leg.origin, leg.destination)


def _absence(trip: Trip, course: Course, by: User, *, is_held: bool) -> Absence | None:
    """From when until when somebody is missed: they come later, not at all, or leave earlier."""
    if course.arrival is None:
        return None
    parts, times = disruptions_parts, timings()
    ready_was = (
        parts.fetched_at(course, trip, course.arrival) or course.arrival.arrives_at + times.arrival_buffer
    )
    ready, goes_was, goes = ready_was, None, None
    if course.arrives is not None:
        later = course.arrives.arrives_at - course.arrival.arrives_at
        ready = (
            parts.fetched_at(course, trip, course.arrival, later)
            or course.arrives.arrives_at + times.arrival_buffer
        )
    if course.home is not None:
        goes_was = parts.brought_from(trip, course.home) or course.home.departs_at - timedelta(
            minutes=times.drop_off
        )
        goes = goes_was + (course.goes.departs_at - course.home.departs_at) if course.goes else goes_was
    now = clock.now()

    def missing(from_at: datetime, to_at: datetime, ready_at: datetime | None) -> Absence:
        return Absence(
            event=trip.event, person=trip.person, from_at=from_at, to_at=to_at, ready_at=ready_at, leaves_at=goes, now=now,
            by=by, is_held=is_held,
        )  # fmt: skip

    if course.is_arrival_unknown:
        return missing(
            ready_was, max(ready_was, min(goes_was or trip.event.ends_at, trip.event.ends_at)), None
        )
    if ready > ready_was:
        return missing(ready_was, ready, ready)
    if goes is not None and goes_was is not None and goes < goes_was:
        return missing(goes, goes_was, now)
    return None


def _decided(effect: Effect) -> Effect:
    """What nobody is told of stays as it is; a driver without an address has to be called, which is work."""
    if (
        effect.fate in (Fate.MOVED, Fate.CANCELLED)
        and effect.readers
        and not all(one.address for one in effect.readers)
    ):
        reader = next(one for one in effect.readers if not one.address)
        call = (
            _("call %(phone)s", phone=reader.phone) if reader.phone else _("nobody knows how to reach them")
        )
        return replace(
            effect,
            said=_(
                "%(said)s %(reader)s has no mail address: %(call)s.",
                said=effect.said,
                reader=reader.name,
                call=call,
            ),
        )
    return effect


# -- value ---------------------------------------------------------------------------------------------


def _values(ripple: Ripple) -> list[ValueLine]:
    """What is planned and committed for the parts that change, before and after; one query."""
    trip, program = ripple.trip, ripple.trip.event.program
    wanted = sa.select(Commitment).where(
        Commitment.source_kind == ROOM, Commitment.source_id == trip.id,
        Commitment.stage.in_((CommitmentStage.PLANNED, CommitmentStage.COMMITTED)),
    )  # fmt: skip
    planned = {row.source_part: row for row in db.session.scalars(wanted)}
    nothing, lines = Money(0, program.currency), []
    for one in ripple.changed:
        row = planned.get(worth_of(one.leg).part)
        if row is None:
            continue
        departs_at = one.change.departs_at or one.leg.departs_at
        after = nothing if one.change.is_cancelled else row.reporting
        lines.append(
            ValueLine(
                one.title, row.reporting, after, row.expected_on, day_in(departs_at, one.leg.departs_zone)
            )
        )
    parts = {f"transfer:{row.id}": row for row in trip.transfers} | {
        f"leg:{row.id}": row for row in trip.legs
    }
    for effect in ripple.effects:
        part, row = parts.get(effect.key), planned.get(effect.key)
        if part is None or row is None or effect.wants is Wants.WORK:
            continue
        after = nothing if effect.fate is Fate.CANCELLED else row.reporting
        zone = part.zone if isinstance(part, Transfer) else part.departs_zone
        on = day_in(effect.becomes.starts_at, zone) if effect.becomes else row.expected_on
        lines.append(ValueLine(effect.title, row.reporting, after, row.expected_on, on))
    return lines
