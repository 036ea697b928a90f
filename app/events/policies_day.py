"""Decisions about an event's day: who may own a task, whose clock is right, what is a promise, what counts as a miss."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.accounts.models import Role, User
from app.core.errors import DomainError
from app.events.models import Event

#: Partners see only their own people, and who stands at a door nothing else; everybody else may be asked.
TASK_ROLES = frozenset(role for role in Role if role not in {Role.PARTNER, Role.DOOR})
#: A phone's clock may be ahead of ours by so much; more is a wrong clock, not a check-in of the future.
CLOCK_SLACK = timedelta(minutes=5)
#: Doors open at most so long before an event, and people are checked in at most so long after it.
DOOR_BEFORE, DOOR_AFTER = timedelta(hours=36), timedelta(hours=12)
#: A day at a door ends when the last guests have gone home, by the clock of the venue.
DAY_ENDS = time(4)
#: More promises than this are one text, not a list of promises.
MOST_PROMISES = 12
#: What every guest of a show can expect unless the event says otherwise (E3).
USUAL_ITEMS = (
    "Met at arrivals",
    "Right badge",
    "Front row",
    "Early door",
    "Executive on time",
)


class CannotDo(DomainError):
    """A task for somebody who cannot do it, or a step it does not allow."""


class CannotPrint(DomainError):
    """Badges of nobody."""


class CannotTick(DomainError):
    """E3: a checklist that does not fit the event or the guest."""


class CannotSay(DomainError):
    """E4: an answer about a promise that cannot be given."""


def require_owner(owner: User) -> None:
    """Raise CannotDo for somebody who left, or who cannot open the event."""
    if not owner.is_active or owner.role not in TASK_ROLES:
        raise CannotDo(
            _("%(owner)s cannot take a task of an event. Choose somebody else.", owner=owner.name),
            field="owner_id",
        )


def require_due(due_on: date, today: date) -> None:
    """Raise CannotDo for a day that is over, or so far away that nobody means it."""
    if due_on < today:
        raise CannotDo(_("This day is over. Give today or a later day."), field="due_on")
    if due_on > today + timedelta(days=730):
        raise CannotDo(_("This is more than two years away. Give an earlier day."), field="due_on")


def trusted_time(event: Event, at: datetime, received_at: datetime) -> tuple[datetime, str]:
    """When somebody came in, and what to say about the phone's clock.

    The phone's time counts as long as it can be true; else the moment the server heard of it, and the report says so.
    """
    if at > received_at + CLOCK_SLACK:
        return received_at, _("The clock of this phone is ahead, so the time the server got it counts.")
    if not event.starts_at - DOOR_BEFORE <= at <= event.ends_at + DOOR_AFTER:
        return (
            received_at,
            _("By the clock of this phone the event is not on, so the time the server got it counts."),
        )
    return min(at, received_at), ""


def kept_until(event: Event, now: datetime) -> datetime:
    """Until when a phone may keep the page of the door, with the names of guests: the end of this day at the venue."""
    local = now.astimezone(ZoneInfo(event.zone))
    ends_on = local.date() if local.time() < DAY_ENDS else local.date() + timedelta(days=1)
    return datetime.combine(ends_on, DAY_ENDS, ZoneInfo(event.zone)).astimezone(UTC)


def plain_code(text: str) -> str:
    """A check-in code as it was printed, K7QM-3XWD-9TRA, however it was typed or scanned; empty when it is none."""
    plain = re.sub(r"[^0-9A-Z]", "", text.upper()) if text.isascii() and len(text) <= 40 else ""
    return "-".join((plain[:4], plain[4:8], plain[8:])) if len(plain) == 12 else ""


_SENTENCE_END = re.compile(r"(?<=[.!?。؟])\s+")


def promises_of(text: str) -> list[str]:
    """The promises of an invitation, one by one: its lines if there are several, else its sentences."""
    lines = [line.strip(" \t-*•") for line in text.splitlines()]
    found = [line for line in lines if line]
    if len(found) == 1:
        found = [part.strip() for part in _SENTENCE_END.split(found[0]) if part.strip()]
    return found if len(found) <= MOST_PROMISES else [" ".join(found)]
