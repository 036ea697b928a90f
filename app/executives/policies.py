"""Decisions about executive time: which windows can be true, who is free when, what may still change."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from msgspec import Struct

from app.core.errors import DomainError
from app.core.i18n import words
from app.core.spoken import short_day, within
from app.events.models import InvitationState
from app.events.policies import MAY_COME
from app.executives.models import Meeting, MeetingState, RequestState, Slot

LONGEST_SLOT = timedelta(hours=8)
#: A series that would fill more than this is a typing error.
MOST_IN_A_SERIES = 60
#: An interview that takes longer was not one.
MOST_MINUTES = 480

#: Meetings that take up time.
LIVE = (MeetingState.CONFIRMED, MeetingState.HELD)
#: Requests that may still become a meeting.
UNDECIDED = (RequestState.OPEN, RequestState.WAITING)


class SlotRefused(DomainError):
    """A window that cannot be published or withdrawn."""


class RequestRefused(DomainError):
    """A request that cannot be made or decided."""


class NobodyTwice(DomainError):
    """X1: somebody would be in two places, or without the buffer between two meetings."""


class MeetingRefused(DomainError):
    """A meeting that cannot be moved, held, missed or cancelled now."""


class Span(Struct, frozen=True):
    """A stretch of time that is taken, and by what, in words."""

    starts_at: datetime
    ends_at: datetime
    what: str = ""


def check_span(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """A window ends after it begins, is not endless, and lies ahead."""
    if ends_at <= starts_at:
        raise SlotRefused(_("The window ends before it begins."), field="ends_at")
    if ends_at - starts_at > LONGEST_SLOT:
        raise SlotRefused(_("A window has at most 8 hours. Publish several."), field="ends_at")
    if starts_at < now:
        raise SlotRefused(_("This lies in the past; publish time that is still to come."), field="starts_at")


def cut(starts_at: datetime, ends_at: datetime, n_minutes: int, n_break_minutes: int) -> list[Span]:
    """Windows of equal length with a break between, as many as fit into a stretch."""
    length, step = timedelta(minutes=n_minutes), timedelta(minutes=n_minutes + n_break_minutes)
    if ends_at <= starts_at:
        raise SlotRefused(_("The stretch ends before it begins."), field="ends_at")
    n = (ends_at - starts_at - length) // step + 1
    if n < 1:
        raise SlotRefused(
            _("Not one window of %(n_minutes)s minutes fits between these times.", n_minutes=n_minutes),
            field="ends_at",
        )
    if n > MOST_IN_A_SERIES:
        raise SlotRefused(
            _(
                "That would be %(n)s windows. Publish at most %(most_in_a_series)s at once.",
                n=n,
                most_in_a_series=MOST_IN_A_SERIES,
            ),
            field="ends_at",
        )
    return [Span(starts_at + step * place, starts_at + step * place + length) for place in range(n)]


def overlapping(span: Span, others: Iterable[Span], n_buffer_minutes: int = 0) -> Span | None:
    """The first of the others that lies within a span or its buffer; None when it is free."""
    buffer = timedelta(minutes=n_buffer_minutes)
    return next(
        (
            other
            for other in others
            if span.starts_at < other.ends_at + buffer and other.starts_at < span.ends_at + buffer
        ),
        None,
    )


def span_of(row: Slot | Meeting, what: str = "") -> Span:
    """The time a window or a meeting takes."""
    return Span(row.starts_at, row.ends_at, what)


def span_words(span: Span, zone: str) -> str:
    """ "14 Oct, 10:30–11:00 London"."""
    begins, ends = (instant.astimezone(ZoneInfo(zone)) for instant in (span.starts_at, span.ends_at))
    place = zone.rsplit("/", 1)[-1].replace("_", " ")
    return f"{short_day(begins)}, {begins:%H:%M}–{ends:%H:%M} {place}"


def check_requestable(slot: Slot, state: InvitationState | None, name: str, now: datetime) -> None:
    """A window that lies ahead, for somebody who is invited and has not said no."""
    if slot.withdrawn_at is not None:
        raise RequestRefused(_("This window was withdrawn. Choose another one."))
    if slot.starts_at <= now:
        raise RequestRefused(_("This window has begun already. Choose a later one."))
    check_comes(state, name)


def check_comes(state: InvitationState | None, name: str) -> None:
    """Time with an executive is for people who are invited and have not said no."""
    if state not in MAY_COME:
        said = (
            _("is not invited to this event")
            if state is None
            else _("has an invitation that is %(state)s", state=within(state))
        )
        raise RequestRefused(
            _(
                "%(name)s %(said)s. Time with an executive is asked for people who come.",
                name=name,
                said=said,
            ),
            field="person_id",
        )


def check_open(state: RequestState) -> None:
    """Only a request that is open, or kept waiting, is decided."""
    if state not in UNDECIDED:
        raise RequestRefused(
            _(
                "This request is %(state)s already. Reload the page to see how things stand.",
                state=words(state).lower(),
            )
        )


def check_target(meeting: Meeting, slot: Slot, now: datetime) -> None:
    """A meeting moves within its event and its executive's windows, and not into the past."""
    if slot.executive_id != meeting.executive_id or slot.event_id != meeting.event_id:
        raise MeetingRefused(
            _("Choose another window of the same executive at the same event."), field="slot_id"
        )
    if slot.id == meeting.slot_id:
        raise MeetingRefused(_("The meeting has this window already."), field="slot_id")
    if slot.withdrawn_at is not None or slot.starts_at <= now:
        raise MeetingRefused(_("That window is not offered any more. Choose another one."), field="slot_id")


def check_begun(meeting: Meeting, now: datetime) -> None:
    """What happened can be recorded once it has begun, unless it was called off."""
    if meeting.state is MeetingState.CANCELLED:
        raise MeetingRefused(_("This meeting was cancelled, so nothing happened that could be recorded."))
    if meeting.starts_at > now:
        raise MeetingRefused(_("This meeting lies ahead. Record it once it has taken place, or cancel it."))


def check_minutes(n_minutes: int) -> None:
    """Minutes really given: at least one, at most a working day."""
    if not 1 <= n_minutes <= MOST_MINUTES:
        raise MeetingRefused(
            _("Give the minutes really given, from 1 to %(most_minutes)s.", most_minutes=MOST_MINUTES),
            field="n_minutes",
        )


def check_reason(reason: str, field: str = "reason") -> None:
    """Whoever is turned down deserves a word."""
    if len(reason.strip()) < 3:
        raise RequestRefused(_("Say why, so that the one who asked can tell the person."), field=field)
