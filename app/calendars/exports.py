"""Calendars as bytes: feeds from the shelf, files for the command line, single items to download."""

import json
from typing import Any

import icalendar
import structlog
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts.models import User
from app.calendars import queries
from app.calendars.items import items_of
from app.calendars.models import Feed, FeedKind
from app.calendars.queries import Calendar
from app.calendars.queries_rows import Rows, rows_of
from app.calendars.shelf import Memory, Rendered, Shelf, fingerprint, rendered
from app.core import ics
from app.core.asking import asking
from app.core.ics import CalendarItem, Skipped, Wording
from app.events.models import Event

log = structlog.get_logger()

#: What this process has rendered.
shelf = Shelf()
#: What it has served, with what that was made from.
memory = Memory()


def serve(feed: Feed, *, is_first: bool) -> Rendered | None:
    """A feed as it is now by the rights its reader has now; None when there is nothing behind it any more.

    `is_first`: nothing but the row of the feed was read before (`asking.one_state`); otherwise it is made as if for the
    first time, because the notes of what was read would not be whole.
    """
    if not is_first:
        calendar = queries.calendar_if_any(feed)
        return render(calendar) if calendar is not None else None
    company = current_app.config["COMPANY"]
    key = (company, feed.kind, feed.target_id, feed.user_id, feed.person_id, feed.has_cancelled)
    known = memory.recall(key)
    if known is not None:
        return known
    with asking() as asked:
        calendar = queries.calendar_if_any(feed)
        made = render(calendar) if calendar is not None else None
    if calendar is not None and made is not None:
        memory.keep(key, made, asked, calendar.until)
    return made


def render(calendar: Calendar) -> Rendered:
    """The feed of a calendar as it is now; its columns are read, and only others than before are rendered.

    They hold everything a feed shows, so equal columns are equal bytes.
    """
    found = calendar.read()
    key = fingerprint(
        (calendar.name, calendar.zone, calendar.language, calendar.selection.voice),
        [table.values for table in found],
    )
    return shelf.get(key, lambda: _render(calendar, rows_of(found)))


def _render(calendar: Calendar, rows: Rows) -> Rendered:
    with force_locale(calendar.language):
        items = items_of(rows, calendar.selection.voice)
        feed = ics.render_feed(items, name=calendar.name, default_zone=calendar.zone, wording=_wording())
    skipped = tuple(_named(one, rows) for one in feed.skipped)
    for one in skipped:
        log.warning("calendar_item_left_out", calendar=calendar.name, uid=one.uid, reason=one.reason)
    return rendered(feed.content, feed.digest, skipped)


#: What a row is called, whatever its table.
_TITLES = ("name", "title", "hotel", "executive", "number", "origin")


def _named(skipped: Skipped, rows: Rows) -> Skipped:
    """What was left out, by the name people know it by."""
    row = next((row for table in rows for row in table if row.uid == skipped.uid), None)
    name = next((said for title in _TITLES if (said := str(getattr(row, title, "")).strip())), "")
    return skipped._replace(reason=f"{name}: {skipped.reason}") if name else skipped


def as_jcal(calendar: Calendar) -> list[Any]:
    """The same feed as jCal (RFC 7265): made from its bytes, so that both forms say the same."""
    found: list[Any] = json.loads(
        json.dumps(icalendar.Calendar.from_ical(render(calendar).content).to_jcal())
    )
    return found


def event_feed(event: Event, by: User | None = None) -> bytes:
    """The calendar of an event as a file: agenda and meetings; for a user also what else they may see in it."""
    return render(queries.calendar_of(FeedKind.EVENT, event.id, by)).content


def item_file(item: CalendarItem, language: str = "en") -> bytes:
    """One item to download: no METHOD, the same UID and SEQUENCE as in every feed."""
    with force_locale(language):
        return ics.render_item(item, wording=_wording())


def _wording() -> Wording:
    return Wording(cancelled=_("Cancelled: "), join=_("Join: "))
