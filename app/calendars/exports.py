"""Calendars as bytes: feeds from the shelf, files for the command line, single items to download."""

import structlog
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts.models import User
from app.calendars import queries
from app.calendars.items import items_of
from app.calendars.models import FeedKind
from app.calendars.queries import Calendar
from app.calendars.queries_rows import Rows
from app.calendars.shelf import Rendered, Shelf, fingerprint, rendered
from app.core import ics
from app.core.ics import CalendarItem, Wording
from app.events.models import Event

log = structlog.get_logger()

#: What this process has rendered.
shelf = Shelf()


def render(calendar: Calendar) -> Rendered:
    """The feed of a calendar as it is now; the rows are read, and only new rows are rendered.

    The rows hold every column a feed shows, so equal rows are equal bytes.
    """
    rows = calendar.rows()
    key = fingerprint((calendar.name, calendar.zone, calendar.language, calendar.selection.voice), rows)
    return shelf.get(key, lambda: _render(calendar, rows))


def _render(calendar: Calendar, rows: Rows) -> Rendered:
    with force_locale(calendar.language):
        items = items_of(rows, calendar.selection.voice)
        feed = ics.render_feed(items, name=calendar.name, default_zone=calendar.zone, wording=_wording())
    for skipped in feed.skipped:
        log.warning("calendar_item_left_out", calendar=calendar.name, uid=skipped.uid, reason=skipped.reason)
    return rendered(feed.content, feed.digest, feed.skipped)


def event_feed(event: Event, by: User | None = None) -> bytes:
    """The calendar of an event as a file: agenda and meetings; for a user also what else they may see in it."""
    return render(queries.calendar_of(FeedKind.EVENT, event.id, by)).content


def item_file(item: CalendarItem, language: str = "en") -> bytes:
    """One item to download: no METHOD, the same UID and SEQUENCE as in every feed."""
    with force_locale(language):
        return ics.render_item(item, wording=_wording())


def _wording() -> Wording:
    return Wording(cancelled=_("Cancelled: "), join=_("Join: "))
