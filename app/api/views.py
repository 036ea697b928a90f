"""The addresses under /api/v1, and the page that explains them."""

from datetime import datetime
from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, public, requires
from app.api import shapes, shapes_report
from app.api.layer import MAX_ID, Created, describe, operation
from app.api.shapes_calendar import CalendarShape
from app.api.shapes_clashes import ClashesShape, ClashShape
from app.api.shapes_gallery import GalleryQuery, GalleryReportShape
from app.api.shapes_proximity import ProximityQuery, ProximityReportShape
from app.calendars import exports as calendar_files
from app.calendars import queries as calendars
from app.calendars.models import FeedKind
from app.core import clock
from app.core.db import transaction
from app.core.extensions import csrf
from app.core.keyset import place_from
from app.events import clashes
from app.events import queries as events
from app.events.plans import plan_of_event
from app.events.queries import EventFilter
from app.events.queries_coordinators import coordinators_of
from app.ledger import queries as ledger
from app.ledger.queries import Scope
from app.people import operations as people_operations
from app.people import queries as people
from app.people import queries_listing as people_lists
from app.people.queries_listing import PersonFilter, PersonRow
from app.periods.policies_as_of import AsOfRefused
from app.programs import queries as programs
from app.reports import exports as reports
from app.reports import exports_proximity
from app.reports import operations as report_operations
from app.reports import queries as report_queries
from app.reports.asking import require_asked
from app.reports.gallery import as_document
from app.reports.gallery_all import get_report
from app.reports.queries_proximity import proximity_report

VERSION = "1.0.0"

bp = Blueprint("api", __name__, url_prefix="/api/v1")
# A token is sent on purpose, never by a browser on its own: there is nothing to forge.
csrf.exempt(bp)

_ID = f"<int(max={MAX_ID}):id>"


@operation(
    bp, "/people", permission="people:read", query=shapes.PeopleQuery, out=shapes.PeopleShape, errors=(404,)
)
def list_people(query: shapes.PeopleQuery) -> shapes.PeopleShape:
    """People, 50 a page."""
    filter = PersonFilter(q=query.q, country=query.country or "", owner_id=query.owner_id, order=query.order)
    place = place_from(query.after, filter.ordering) if query.after else None
    found = people_lists.list_people(acting_user(), filter, place)
    items = [shapes.PersonShape.of(row) for row in found.rows]
    total = found.total
    return shapes.PeopleShape(
        items=items, total=total.number, is_total_exact=total.is_exact, next=found.after
    )


@operation(bp, f"/people/{_ID}", permission="people:read", out=shapes.PersonShape)
def get_person(id: int) -> shapes.PersonShape:
    """One person; a merged record answers as the one it was merged into."""
    person = people.get_person(id, acting_user())
    return shapes.PersonShape.of(PersonRow(person, people.owner_of(person)))


@operation(
    bp, "/people", method="POST", permission="people:write", query=shapes.NewPersonQuery, body=shapes.NewPerson,
    out=shapes.PersonShape, errors=(404, 409),
)  # fmt: skip
def add_person(query: shapes.NewPersonQuery, body: shapes.NewPerson) -> Created:
    """Add a person; whoever sends the token becomes the owner unless another is named."""
    by = acting_user()
    person = people_operations.add_person(body, by=by, is_checked=query.is_checked)
    shape = shapes.PersonShape.of(PersonRow(person, people.owner_of(person)))
    return Created(shape, url_for("api.get_person", id=person.id))


@operation(bp, "/programs", permission="programs:read", out=shapes.ProgramsShape)
def list_programs() -> shapes.ProgramsShape:
    """All programs by name."""
    items = [shapes.ProgramShape.of(row) for row in programs.list_programs()]
    return shapes.ProgramsShape(items=items, total=len(items))


@operation(bp, "/events", permission="events:read", query=shapes.EventsQuery, out=shapes.EventsShape)
def list_events(query: shapes.EventsQuery) -> shapes.EventsShape:
    """Events, 50 a page; what lies ahead first."""
    filter = EventFilter(q=query.q, program_id=query.program_id, when=query.when)
    found = events.list_events(acting_user(), filter, query.page)
    coordinators = coordinators_of([row.event for row in found.rows], clock.now())
    items = [shapes.EventShape.of(row.event, row.funnel, coordinators[row.event.id]) for row in found.rows]
    return shapes.EventsShape(items=items, total=found.total, page=found.page, has_next=found.has_next)


@operation(bp, f"/events/{_ID}/clashes", permission="events:read", out=ClashesShape)
def list_clashes(id: int) -> ClashesShape:
    """What else is on while an event is, as far as whoever sends the token may see it; it forbids nothing."""
    by = acting_user()
    items = [ClashShape.of(one) for one in clashes.find_clashes(plan_of_event(events.get_event(id, by)), by)]
    return ClashesShape(items=items, total=len(items))


@operation(
    bp,
    "/ledger/entries",
    permission="ledger:read",
    query=shapes.EntriesQuery,
    out=shapes.EntriesShape,
    errors=(404,),
)
def list_entries(query: shapes.EntriesQuery) -> shapes.EntriesShape:
    """Entries of the book, 50 a page; latest first unless ordered otherwise."""
    parts = query.model_dump(exclude={"order", "after"}, exclude_none=True)
    place = place_from(query.after, ledger.order_named(query.order)) if query.after else None
    found = ledger.list_entries(Scope(**parts), place, query.order)
    items = [shapes.EntryShape.of(entry) for entry in found.rows]
    total = found.total
    return shapes.EntriesShape(
        items=items, total=total.number, is_total_exact=total.is_exact, next=found.after
    )


@operation(
    bp,
    f"/reports/value/{_ID}",
    permission="reports:read",
    query=shapes_report.ValueReportQuery,
    out=shapes_report.ValueReportShape,
)
def get_value_report(id: int, query: shapes_report.ValueReportQuery) -> shapes_report.ValueReportShape:
    """The value report of a program, as of now or of a moment that has passed; each reading is audited."""
    _require_past(query.as_of)
    report = report_queries.value_report(programs.get_program(id), as_of=query.as_of)
    shape = shapes_report.ValueReportShape.model_validate(reports.as_document(report))
    _note_reading("value", str(id), query.as_of)
    return shape


@operation(
    bp, "/reports/proximity", permission="reports:read", query=ProximityQuery, out=ProximityReportShape, errors=(404,),
)  # fmt: skip
def get_proximity_report(query: ProximityQuery) -> ProximityReportShape:
    """Fees within so many days after value of the same provider, of one program or of all; each reading is audited."""
    _require_past(query.as_of)
    program = programs.get_program(query.program_id) if query.program_id is not None else None
    report = proximity_report(program, query.days, is_any=query.counting == "any", as_of=query.as_of)
    shape = ProximityReportShape.model_validate(exports_proximity.as_document(report))
    _note_reading("proximity", f"{query.program_id or 'all'}", query.as_of)
    return shape


@operation(
    bp,
    "/reports/gallery",
    permission="reports:read",
    query=GalleryQuery,
    out=GalleryReportShape,
    errors=(404,),
)
def get_gallery_report(query: GalleryQuery) -> GalleryReportShape:
    """Any report of the gallery by its name, with what it asks for; each reading is audited."""
    report = get_report(query.report)
    args = {
        name: str(value) for name, value in query.model_dump(exclude={"report"}).items() if value is not None
    }
    asked = require_asked(report, args, acting_user())
    shape = GalleryReportShape.model_validate(as_document(report, report.count(asked), asked))
    _note_reading(report.key, asked.words, asked.as_of)
    return shape


def _require_past(as_of: datetime | None) -> None:
    if as_of is not None and as_of > clock.now():
        raise AsOfRefused(
            "This moment is still to come. A report shows the book as it stood at a moment that has passed."
        )


def _note_reading(report: str, ref: str, as_of: datetime | None) -> None:
    """Reading stays reading: this one line is written in a transaction of its own, after the figures were read."""
    with transaction():
        report_operations.record_export(report, ref=ref, format="api", as_of=as_of, by=acting_user())


# -- calendars -------------------------------------------------------------------------------------------------


@operation(bp, "/calendar", permission="calendars:read", out=CalendarShape)
def get_own_calendar() -> CalendarShape:
    """What the owner of the token looks after, as jCal (RFC 7265): the items of the feed of the same name."""
    return _calendar(FeedKind.MY_WORK, None)


@operation(bp, f"/events/{_ID}/calendar", permission="calendars:read", out=CalendarShape)
def get_event_calendar(id: int) -> CalendarShape:
    """An event with what its reader may see of it, as jCal."""
    return _calendar(FeedKind.EVENT, id)


@operation(bp, f"/people/{_ID}/calendar", permission="calendars:read", out=CalendarShape)
def get_person_calendar(id: int) -> CalendarShape:
    """What a person is part of, as jCal."""
    return _calendar(FeedKind.PERSON, id)


@operation(bp, f"/executives/{_ID}/calendar", permission="calendars:read", out=CalendarShape)
def get_executive_calendar(id: int) -> CalendarShape:
    """The meetings of an executive, as jCal."""
    return _calendar(FeedKind.EXECUTIVE, id)


@operation(bp, f"/programs/{_ID}/calendar", permission="calendars:read", out=CalendarShape)
def get_program_calendar(id: int) -> CalendarShape:
    """The events of a program with their agendas, as jCal."""
    return _calendar(FeedKind.PROGRAM, id)


def _calendar(kind: FeedKind, id: int | None) -> CalendarShape:
    return CalendarShape(jcal=calendar_files.as_jcal(calendars.calendar_of(kind, id, acting_user())))


# -- what it is like ---------------------------------------------------------------------------------------


@bp.get("/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    """The description of the interface, for programs; it holds no data."""
    response = current_app.json.response(_description(current_app.config["BASE_URL"]))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@cache
def _description(base_url: str) -> dict[str, Any]:
    return describe("Rapport", VERSION, f"{base_url}/api/v1")


@requires("accounts:self")
def docs() -> ResponseReturnValue:
    """The description of the interface, for people."""
    found = _description(current_app.config["BASE_URL"])
    return Response(render_template("api/docs.html", found=found, schemas=found["components"]["schemas"]))


# Under /api only tokens open a door; this page is for people who are signed in.
bp.record_once(lambda state: state.app.add_url_rule("/developers", "api.docs", docs))
