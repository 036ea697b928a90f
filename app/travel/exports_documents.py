"""Documents as files: lists as PDF, XLSX and CSV, itineraries as PDF and calendar, letters as PDF."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts.models import User
from app.core import clock
from app.core.codes import qr_of
from app.core.downloads import media_type
from app.core.mail import Attachment
from app.core.paper import on_paper, require_paper
from app.core.sheets import Column, Sheet, sheet_file
from app.events.exports_badges import direction_of
from app.outreach.letters import company, verify_link
from app.travel import calendar_files
from app.travel.details_documents import FileFormat
from app.travel.details_sensitive import VisaLetterDetails
from app.travel.itinerary import Itinerary, itinerary_of
from app.travel.manifests import Listing, Mark
from app.travel.models import Trip
from app.travel.queries_documents import Standing
from app.travel.queries_sensitive import LetterFacts

_STYLES: Final = {
    "travel.css": Path(__file__).parents[2] / "templates" / "travel" / "documents" / "travel.css"
}


def list_file(standing: Standing, format: FileFormat) -> bytes:
    """One list in one format; Unavailable where no PDF can be made."""
    with force_locale("en"):
        if format == "pdf":
            require_paper(_("Take the spreadsheet."))
            return on_paper(list_html(standing), standing.listing.title, styles=_STYLES)
        return sheet_file(_sheet(standing.listing), format, created=clock.now())


def list_html(standing: Standing) -> str:
    """The list as a page of its own, wide when it has many columns."""
    listing = standing.listing
    return _rendered(
        "travel/documents/list.html", listing=listing, last=standing.last, marks=Mark, company=company(),
        paper="landscape" if len(listing.columns) > 3 else "portrait", lang="en", dir="ltr", made_at=clock.now(),
        direction_of=direction_of, columns=_paper_columns(listing),
    )  # fmt: skip


def _rendered(template: str, **words: object) -> str:
    """Paper has no page around it: the frame and the user are neither there nor wanted."""
    return current_app.jinja_env.get_template(template).render(words)


def _paper_columns(listing: Listing) -> list[dict[str, object]]:
    """As the paper table wants them; marks stand in front where there are any."""
    has_marks = any(row.mark for row in listing.rows)
    columns: list[dict[str, object]] = [
        {
            "key": column.key,
            "label": column.label,
            "width": column.width,
            "num": column.key in {"n", "nights"},
        }
        for column in listing.columns
    ]
    if has_marks:
        columns.append({"key": "mark", "label": _("Since last sent"), "width": 12})
    return columns


def _sheet(listing: Listing) -> Sheet:
    has_groups = any(row.group for row in listing.rows)
    heads = [Column("mark", _("Since last sent")), Column("was", _("Was"))]
    heads += [Column("group", _("Part"))] if has_groups else []
    columns = [*(Column(column.key, column.label) for column in listing.columns), *heads]
    rows = (
        [
            *(row.cells.get(column.key, "") for column in listing.columns),
            row.mark.upper() if row.mark else "", row.was, *([row.group] if has_groups else []),
        ]
        for row in listing.rows
    )  # fmt: skip
    return Sheet(listing.title, columns, rows)


def attached(content: bytes, name: str) -> Attachment:
    """A file of ours on its way out."""
    return Attachment(name, media_type(name), content)


# -- itineraries ---------------------------------------------------------------------------------------


def itinerary_pdf(itinerary: Itinerary) -> bytes:
    """The itinerary on paper, in the language and direction of the traveller; Unavailable."""
    require_paper(_("Take the calendar file."))
    with force_locale(itinerary.language):
        title = _("Your journey to %(event)s", event=itinerary.trip.event.name)
        return on_paper(itinerary_html(itinerary), title, styles=_STYLES)


def itinerary_html(itinerary: Itinerary) -> str:
    """The same as a page of its own."""
    with force_locale(itinerary.language):
        return _rendered(
            "travel/documents/itinerary.html", itinerary=itinerary, trip=itinerary.trip, company=company(),
            made_at=clock.now(), direction_of=direction_of,
        )  # fmt: skip


def itinerary_file(trip: Trip, format: str, by: User | None) -> bytes:
    """One of the two: "pdf" or "ics"."""
    if format == "ics":
        return calendar_files.file_of(trip, by)
    return itinerary_pdf(itinerary_of(trip, by))


def itinerary_files(trip: Trip, by: User | None) -> tuple[Itinerary, Sequence[Attachment]]:
    """What a traveller is sent: the paper first, then the calendar."""
    found = itinerary_of(trip, by)
    return found, (
        attached(itinerary_pdf(found), "itinerary.pdf"),
        attached(calendar_files.file_of(trip, by), "itinerary.ics"),
    )


# -- letters -------------------------------------------------------------------------------------------


def letter_pdf(facts: LetterFacts, details: VisaLetterDetails, reference: str) -> bytes:
    """The letter of invitation on paper, in English, as consulates read it, with how to check it (G6); Unavailable."""
    require_paper(_("A letter is a PDF."))
    with force_locale("en"):
        return on_paper(
            letter_html(facts, details, reference),
            f"Letter of invitation: {facts.trip.event.name}",
            styles=_STYLES,
        )


def letter_html(facts: LetterFacts, details: VisaLetterDetails, reference: str) -> str:
    """The same as a page of its own."""
    with force_locale("en"):
        return _rendered(
            "travel/documents/letter.html", facts=facts, details=details, event=facts.trip.event, company=company(),
            n_days=(facts.to_on - facts.from_on + timedelta(days=1)).days, made_on=clock.today(),
            reference=reference, link=verify_link(reference), code=qr_of(verify_link(reference)),
        )  # fmt: skip
