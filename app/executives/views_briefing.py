"""Pages of a day with executives: the day on one page, and the briefing book, on the screen and on paper."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts.access import acting_user, requires
from app.core import clock, i18n
from app.core.downloads import download
from app.core.errors import NotAllowed, NotFound
from app.core.wall_times import day_in
from app.events.models import Event
from app.executives import exports, operations, queries, queries_briefing, queries_cards
from app.executives.models import Executive, Meeting
from app.executives.views import bp, event_shown
from app.people import operations_files


@bp.get("/<int:id>/day")
@requires("executives:read")
def day(id: int) -> ResponseReturnValue:
    """The day of an executive on one page, and the versions of its briefing book."""
    executive, event, on, meetings = _day_asked(id)
    return render_template(
        "executives/day.html", executive=executive, event=event, on=on, meetings=meetings,
        days=queries_briefing.days_with_meetings(executive, event, acting_user()),
        books=[one for one in queries_briefing.list_books(executive, event) if one.on == on], now=clock.now(),
    )  # fmt: skip


@bp.get("/<int:id>/day.pdf")
@requires("executives:read")
def day_paper(id: int) -> ResponseReturnValue:
    executive, event, on, meetings = _day_asked(id)
    return download(exports.day_pdf(executive, event, on, meetings), f"day-{executive.id}-{on}.pdf")


def _day_asked(id: int) -> tuple[Executive, Event, date, list[Meeting]]:
    """The event and day in the address; without them the next event, and its first day with a meeting."""
    by = acting_user()
    executive = queries.get_executive(id, by)
    event = event_shown(queries_cards.events_of(executive))
    if event is None:
        raise NotFound(_("This executive offers no time at any event yet. Offer some first."))
    days = queries_briefing.days_with_meetings(executive, event, by)
    first = day_in(event.starts_at, event.zone)
    on = _date(request.args.get("on", "")) or next(iter(days), first)
    return executive, event, on, queries_briefing.day_of(executive, event, on, by)


@bp.app_template_global("at_clock")
def at_clock(instant: datetime, zone: str) -> str:
    """The wall time of an instant in a zone: "10:30"."""
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


@bp.app_template_filter("iso_day")
def iso_day(text: str) -> str:
    """A day as a page of a book holds it, in the reader's words."""
    return i18n.day(date.fromisoformat(text))


bp.add_app_template_global(i18n.place_of, "zone_place")
bp.add_app_template_global(queries_briefing.instant, "instant")


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2100 else None


@bp.post("/<int:id>/books")
@requires("executives:write")
def make_book(id: int) -> ResponseReturnValue:
    """The next version of the book of a day."""
    executive, event, on, _meetings = _day_asked(id)
    made = operations.make_book(executive, event, on, by=acting_user())
    flash(
        _("Version %(n)s is made. Whoever looks after its people reads it and lets it out.", n=made.number),
        "ok",
    )
    return redirect(url_for("executives.book", id=made.id), 303)


@bp.get("/books/<int:id>")
@requires("executives:read")
def book(id: int) -> ResponseReturnValue:
    """One version, as it was made."""
    by = acting_user()
    found = queries_briefing.get_book(id, by)
    return render_template(
        "executives/book.html", book=found, may_release=queries_briefing.may_release(found, by),
        is_overtaken=queries_briefing.is_overtaken(found)
    )  # fmt: skip


@bp.post("/books/<int:id>/release")
@requires("executives:request")
def release_book(id: int) -> ResponseReturnValue:
    """Let it out, after reading it."""
    found = queries_briefing.get_book(id, acting_user())
    operations.release_book(found, by=acting_user())
    flash(_("Released. It can be printed now."), "ok")
    return redirect(url_for("executives.book", id=found.id), 303)


@bp.get("/books/<int:id>.pdf")
@requires("executives:read", only=_l("before its release whoever looks after somebody in it"))
def book_paper(id: int) -> ResponseReturnValue:
    """The book on paper; before it is released only for those who decide about that."""
    by = acting_user()
    found = queries_briefing.get_book(id, by)
    if found.released_at is None and not queries_briefing.may_release(found, by):
        raise NotAllowed(
            _("This version waits until somebody who looks after one of its people has let it out.")
        )
    portraits = queries_briefing.portraits_of(found)
    for row in portraits.values():
        operations_files.note_opening(row, by=by)
    paper = exports.book_pdf(found, portraits)
    return download(paper, f"briefing-{found.executive_id}-{found.on}-v{found.number}.pdf")
