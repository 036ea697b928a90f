"""Briefing books, a day on one page, and the brief for the person, as PDF."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core import branding, clock
from app.core.i18n import day, locale_dir, locale_tag
from app.core.paper import on_paper, require_paper
from app.events.models import Event
from app.executives.models import Executive, Meeting
from app.executives.models_briefing import BriefingBook
from app.executives.portraits import printable
from app.people.models_kept import PersonFile

_STYLES: Final = {"briefing.css": Path(__file__).parents[2] / "templates" / "print" / "briefing.css"}


def book_pdf(book: BriefingBook, portraits: Mapping[int, PersonFile]) -> bytes:
    """A version of a briefing book, one page for each meeting, with `portraits` by page; Unavailable where no PDF can be made."""
    require_paper(_("Read the book on its page."))
    title = _("Briefing: %(executive)s, %(day)s", executive=book.executive.name, day=day(book.on))
    pictures = {page_id: printable(row.file) for page_id, row in portraits.items()}
    html = _printed("briefing_book", book=book, title=title, pictures=pictures)
    return on_paper(html, title, styles=_STYLES)


def day_pdf(executive: Executive, event: Event, on: date, meetings: list[Meeting]) -> bytes:
    """A day of meetings on one page."""
    require_paper(_("Print the page itself."))
    title = f"{executive.name}: {day(on)}"
    html = _printed(
        "executive_day",
        executive=executive,
        event=event,
        on=on,
        meetings=meetings,
        title=title,
        made_at=clock.now(),
    )
    return on_paper(html, title, styles=_STYLES)


def brief_pdf(meeting: Meeting, question: str, language: str) -> bytes:
    """What the person should know of their meeting, in their language."""
    require_paper(_("Read it on your page."))
    with force_locale(language):
        title = _("Your meeting with %(name)s", name=meeting.executive.name)
        html = _printed("meeting_brief", meeting=meeting, question=question, title=title, made_at=clock.now())
        return on_paper(html, title, styles=_STYLES)


def _printed(template: str, **words: object) -> str:
    # Not render_template: the frame of the screen asks who is signed in, and the person at their door has no login.
    found = current_app.jinja_env.get_template(f"print/{template}.html")
    return found.render(company=branding.name(), lang=locale_tag(), dir=locale_dir(), **words)
