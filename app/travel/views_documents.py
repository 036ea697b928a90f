"""Pages of documents: every list of an event with its state, files, sending; the itinerary of one traveller (T5)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.downloads import download
from app.events import queries as events
from app.people import operations_hospitality
from app.travel import (
    exports_documents,
    operations_documents,
    queries,
    queries_documents,
    queries_needs,
    queries_sensitive,
)
from app.travel.details_documents import FileFormat
from app.travel.forms_documents import SendItineraryForm, SendListForm
from app.travel.itinerary import itinerary_of
from app.travel.manifests import Mark
from app.travel.models import TripState
from app.travel.models_documents import DocumentKind, SentHow
from app.travel.queries_documents import Standing
from app.travel.views import bp

_KIND = "<any(arrivals, departures, rooming, transfers, meals):kind>"
_FORMAT = "<any(pdf, xlsx, csv):format>"


@bp.get("/events/<int:id>/documents")
@requires("travel:write")
def documents(id: int) -> ResponseReturnValue:
    """All of them with their state, the itineraries and letters of everybody, and what was sent to whom."""
    by = acting_user()
    event = events.get_event(id, by)
    trips = [trip for trip in queries.list_trips(by, event=event) if trip.state is not TripState.CANCELLED]
    trips.sort(key=lambda trip: trip.person.sort_key)
    return render_template(
        "travel/documents/index.html", event=event, standings=queries_documents.list_standing(event, by), trips=trips,
        itineraries=queries_documents.last_itineraries(event), letters=queries_sensitive.live_letters([t.id for t in trips]),
        sent=queries_documents.list_sent(event), marks=Mark, today=clock.today(event.zone),
    )  # fmt: skip


@bp.get(f"/events/<int:id>/documents/{_KIND}.{_FORMAT}")
@requires("travel:write")
def document_file(id: int, kind: str, format: FileFormat) -> ResponseReturnValue:
    """A list as a file; taking it away is written down, counts of needs as a reading of them (R4)."""
    by, wanted = acting_user(), DocumentKind(kind)
    event = events.get_event(id, by)
    standing = queries_documents.listing_of(event, wanted, request.args.get("about", ""), by)
    content = exports_documents.list_file(standing, format)
    operations_documents.note_export(event, wanted, format, by=by)
    if wanted is DocumentKind.MEALS:
        operations_documents.note_needs_read(event, by=by)
    return download(content, _name(standing, format))


@bp.route(f"/events/<int:id>/documents/{_KIND}/send", methods=["GET", "POST"])
@requires("travel:write")
def send_document(id: int, kind: str) -> ResponseReturnValue:
    """What has changed since it was sent, and the form to send it."""
    by, wanted, about = acting_user(), DocumentKind(kind), request.args.get("about", "")
    event = events.get_event(id, by)
    standing = queries_documents.listing_of(event, wanted, about, by)
    recipient, address = queries_documents.last_address(event, wanted, about)
    form = SendListForm(data={"recipient": recipient, "address": address, "how": SentHow.MAIL.value})
    if form.validate_on_submit():
        with form.attempt():
            details = form.details()
            content = exports_documents.list_file(standing, details.format)
            file = exports_documents.attached(content, _name(standing, details.format))
            operations_documents.send_list(standing, details, file, by=by)
            return _told(
                id, _("It is on its way.") if details.how is SentHow.MAIL else _("Noted as handed over.")
            )
    return render_template(
        "travel/documents/send.html", form=form, event=event, standing=standing
    ), form.status


def _name(standing: Standing, format: str) -> str:
    return f"{standing.listing.kind}-{clock.today(standing.listing.event.zone)}.{format}"


def _told(event_id: int, message: str) -> ResponseReturnValue:
    flash(message, "ok")
    return redirect(url_for("travel.documents", id=event_id), 303)


@bp.get("/events/<int:id>/needs")
@requires("people:serve")
def needs(id: int) -> ResponseReturnValue:
    """Diet and access needs by name, for those who serve; each reading is written down for each guest (R4)."""
    by = acting_user()
    event = events.get_event(id, by)
    rows = queries_needs.list_needs(event, by)
    if rows:
        operations_hospitality.note_reading(*(row.person for row in rows), by=by)
    return render_template("travel/documents/needs.html", event=event, rows=rows)


# -- the itinerary of one traveller --------------------------------------------------------------------


@bp.get("/<int:id>/itinerary.<any(pdf, ics):format>")
@requires("travel:read")
def itinerary(id: int, format: str) -> ResponseReturnValue:
    """In the traveller's language; taking it away is written down."""
    by = acting_user()
    trip = queries.get_trip(id, by)
    content = exports_documents.itinerary_file(trip, format, by)
    operations_documents.note_export(trip.event, DocumentKind.ITINERARY, format, by=by)
    return download(content, f"itinerary-{trip.id}.{format}")


@bp.route("/<int:id>/itinerary/send", methods=["GET", "POST"])
@requires("travel:write")
def send_itinerary(id: int) -> ResponseReturnValue:
    by = acting_user()
    trip = queries.get_trip(id, by)
    form = SendItineraryForm()
    if form.validate_on_submit():
        with form.attempt():
            found, files = exports_documents.itinerary_files(trip, by)
            operations_documents.send_itinerary(found, form.details(trip), files, by=by)
            return _told(
                trip.event_id,
                _("The itinerary of %(person)s is written down as sent.", person=trip.person.name),
            )
    shown = itinerary_of(trip, by)
    return render_template(
        "travel/documents/send_itinerary.html", form=form, trip=trip, itinerary=shown
    ), form.status
