"""Decisions about limits of an executive's day, signatures, holds, and stretches of availability; values in, verdicts out."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from app.core.wall_times import day_in
from app.executives.models_access import ProtectedBreak, Undertaking, UndertakingKind
from app.executives.policies import SlotRefused, Span

#: A stretch longer than this is a typing error; it would fill a working day twice.
LONGEST_STRETCH = timedelta(hours=16)
#: So many slots one stretch is cut into at most.
MOST_SLOTS = 60
#: So many people share a slot at most; more is a session.
MOST_CHAIRS = 12
#: A slot is held for two weeks at most.
MOST_HOLD_HOURS = 336

KIND_WORDS = {
    UndertakingKind.NDA: _l("confidentiality agreement"),
    UndertakingKind.EMBARGO: _l("embargo undertaking"),
}


class NotSigned(DomainError):
    """X1: the event asks for a signature before a slot is confirmed."""


class KeptApartRefused(DomainError):
    """Somebody has written down that these two do not meet."""


class HoldRefused(DomainError):
    """A hold that cannot be made, confirmed or released now."""


class ReplaceRefused(DomainError):
    """X1: the one who is to step in is not free for all meetings; the message lists them."""


def cut_stretch(
    starts_at: datetime, ends_at: datetime, n_minutes: int, n_preparation: int, n_wrap_up: int
) -> list[Span]:
    """Slots of equal length, each with its preparation before and its wrap-up after, as many as fit (minutes).

    SlotRefused for a stretch that ends before it begins, holds no slot, or more slots than anybody meets.
    """
    if ends_at <= starts_at:
        raise SlotRefused(_("The stretch ends before it begins."), field="ends_at")
    if ends_at - starts_at > LONGEST_STRETCH:
        raise SlotRefused(_("A stretch has at most 16 hours. Publish one for each day."), field="ends_at")
    if n_minutes < 1:
        raise SlotRefused(_("A slot has at least one minute."), field="n_slot_minutes")
    length, before = timedelta(minutes=n_minutes), timedelta(minutes=n_preparation)
    step = length + before + timedelta(minutes=n_wrap_up)
    n = (ends_at - starts_at) // step
    if n < 1:
        raise SlotRefused(
            _(
                "Not one slot of %(n_minutes)s minutes, with preparation and wrap-up, fits between these "
                "times.",
                n_minutes=n_minutes,
            ),
            field="ends_at",
        )
    if n > MOST_SLOTS:
        raise SlotRefused(
            _(
                "That would be %(n)s slots. Publish at most %(most_slots)s at once.",
                n=n,
                most_slots=MOST_SLOTS,
            ),
            field="n_slot_minutes",
        )
    begins = [starts_at + before + step * place for place in range(n)]
    return [Span(one, one + length) for one in begins]


def breaks_between(span: Span, breaks: Iterable[ProtectedBreak], zone: str) -> ProtectedBreak | None:
    """The first protected break a span touches, on the clock of a zone; None when it touches none."""
    clock_of = ZoneInfo(zone)
    begins, ends = span.starts_at.astimezone(clock_of), span.ends_at.astimezone(clock_of)
    days = {begins.date(), ends.date()}
    return next(
        (
            one
            for one in breaks
            for day in sorted(days)
            # Instants, not wall times: on the day a clock is put back, 01:30 is not before 02:00 twice.
            if span.starts_at < datetime.combine(day, one.ends, clock_of)
            and datetime.combine(day, one.begins, clock_of) < span.ends_at
        ),
        None,
    )


def is_day_full(span: Span, others: Iterable[Span], most: int | None, zone: str) -> bool:
    """Whether an executive has as many meetings on the day of a span as they take; the day is that of the zone."""
    if most is None:
        return False
    day = day_in(span.starts_at, zone)
    return sum(day_in(other.starts_at, zone) == day for other in others) >= most


def n_in_a_row(span: Span, others: Iterable[Span], n_pause_minutes: int) -> int:
    """How many meetings would follow each other without a pause, the one of this span included."""
    pause = timedelta(minutes=n_pause_minutes)
    ordered = sorted([*others, span], key=lambda one: one.starts_at)
    place = next(number for number, one in enumerate(ordered) if one is span)
    first = last = place
    while first > 0 and ordered[first].starts_at - ordered[first - 1].ends_at < pause:
        first -= 1
    while last + 1 < len(ordered) and ordered[last + 1].starts_at - ordered[last].ends_at < pause:
        last += 1
    return last - first + 1


def missing_signatures(
    needed: Collection[UndertakingKind], signed: Iterable[Undertaking], on: date
) -> list[UndertakingKind]:
    """Which of the signatures an event asks for are not there, or do not bind any more on a day."""
    valid = {one.kind for one in signed if one.revoked_at is None and is_valid(one, on)}
    return sorted(kind for kind in needed if kind not in valid)


def is_valid(one: Undertaking, on: date) -> bool:
    """Whether a signature was given by a day and still binds on it."""
    return one.signed_on <= on and (one.until_on is None or one.until_on >= on)


def require_signed(missing: Sequence[UndertakingKind], name: str) -> None:
    """Raise NotSigned, with what is missing and what to do."""
    if missing:
        words = _(" and the ").join(str(KIND_WORDS[kind]) for kind in missing)
        raise NotSigned(
            _(
                "%(name)s has not signed the %(words)s this event asks for. Hold the slot, get the "
                "signature, then accept.",
                name=name,
                words=words,
            )
        )


def hold_until(now: datetime, n_hours: int, slot_begins: datetime) -> datetime:
    """When a hold made now ends: after its hours, and at the latest when the slot begins."""
    return min(now + timedelta(hours=n_hours), slot_begins)


def check_break(begins: time, ends: time) -> None:
    """A break ends after it begins, on the same day."""
    if ends <= begins:
        raise SlotRefused(_("The break ends before it begins."), field="ends")
