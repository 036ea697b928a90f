"""Which instant a person means by "as of" (L14)."""

from datetime import UTC, date, datetime, time, timedelta

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.core.vtimezone import NonexistentTime, local_instant


class AsOfRefused(DomainError):
    """L14: an instant that cannot be read, or that has not come yet."""


def parse_as_of(text: str, zone: str, now: datetime) -> datetime | None:
    """The instant in "2026-10-31" (to its end), "2026-10-31T18:00" (on the clock of `zone`) or "…T18:00:00Z".

    None when the text is empty. AsOfRefused when it cannot be read or lies in the future.
    """
    text = text.strip()
    if not text:
        return None
    instant = _instant(text, zone)
    is_today = len(text) == 10 and instant - timedelta(days=1) <= now
    if instant > now and not is_today:
        raise AsOfRefused(
            _(
                "This moment is still to come. A report shows the book as it stood at a moment that has passed."
            ),
            field="as_of",
        )
    return min(instant, now)


def _instant(text: str, zone: str) -> datetime:
    try:
        if len(text) == 10:
            # The day to its end: one microsecond before the next one begins.
            following = date.fromisoformat(text) + timedelta(days=1)
            return _first_instant(following, zone) - timedelta(microseconds=1)
        moment = datetime.fromisoformat(text)
        found = moment if moment.tzinfo is not None else local_instant(moment, zone)
        return found.astimezone(UTC)
    except NonexistentTime as error:
        raise AsOfRefused(str(error), field="as_of") from None
    except (ValueError, OverflowError):
        raise AsOfRefused(
            _("This is not a date. Write it as 2026-10-31, or with a time as 2026-10-31T18:00."),
            field="as_of",
        ) from None


def _first_instant(on: date, zone: str) -> datetime:
    """When a day begins; in some zones the clocks jump over its midnight."""
    midnight = datetime.combine(on, time())
    try:
        return local_instant(midnight, zone)
    except NonexistentTime as error:
        return local_instant(error.next_valid, zone)
