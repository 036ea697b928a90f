"""Pages of events: the list, the month, one event, planning and changing it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, may, requires
from app.accounts.models import User
from app.core import clock, search
from app.core.db import db
from app.core.errors import Conflict
from app.core.forms import BaseForm, args_without, number_asked
from app.events import agenda, operations, queries, queries_candidates
from app.events.forms import EventForm, ReasonForm, typed_event
from app.events.models import Event
from app.events.queries import EventFilter
from app.events.queries_coordinators import holder_of_event
from app.people import queries as people
from app.programs import queries as programs

bp = Blueprint("events", __name__, url_prefix="/events")


@bp.get("/")
@requires("events:read")
def index() -> ResponseReturnValue:
    by = acting_user()
    if request.args.get("view") == "month":
        first = agenda.month_asked(request.args.get("month", ""), clock.today(by.zone))
        shown = agenda.month(queries.list_month(by, first), first)
        return render_template("events/month.html", month=shown, today=clock.today(by.zone))
    filter = EventFilter(
        request.args.get("q", "")[:200], number_asked("program"), request.args.get("when", "")
    )
    found = queries.list_events(by, filter, number_asked("page") or 1)
    offered = [(str(row.id), row.name) for row in programs.list_programs()] if may("programs:read") else []
    return render_template(
        "events/index.html",
        found=found,
        filter=filter,
        programs=offered,
        args=args_without("page"),
        now=clock.now(),
    )


@bp.route("/new", methods=["GET", "POST"])
@requires("events:write")
def new() -> ResponseReturnValue:
    form = _offered(EventForm(data={"program_id": request.args.get("program", "")}))
    if form.validate_on_submit():
        with form.attempt():
            event = operations.plan_event(form.details(), by=acting_user())
            flash(f"{event.name} is planned. Next: the agenda, then the people.", "ok")
            return redirect(url_for("events.show", id=event.id), 303)
    return render_template("events/new.html", form=form), form.status


@bp.get("/<int:id>")
@requires("events:read")
def show(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    return render_template(
        "events/show.html", event=event, funnel=queries.funnel(event, by), tabs=event_tabs(event), links=_links(event),
        waitlist=queries.list_waitlist(event, by), sessions=queries.list_sessions(event), now=clock.now(),
        n_letters=len(queries.letters_held(event)), form=BaseForm(), seats=queries.count_seats(event),
        holder=holder_of_event(event, clock.now()),
    )  # fmt: skip


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@requires("events:write")
def edit(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    form = _offered(EventForm(data=typed_event(event)))
    try:
        if form.validate_on_submit():
            with form.attempt():
                operations.edit_event(event, form.details(), by=by, seen_version=form.seen_version)
                flash("Saved.", "ok")
                return redirect(url_for("events.show", id=event.id), 303)
    except Conflict:
        return conflict_page(
            event, typed_event, form, url_for("events.edit", id=id), url_for("events.show", id=id)
        )
    return render_template("events/edit.html", form=form, event=event), form.status


@bp.route("/<int:id>/cancel", methods=["GET", "POST"])
@requires("events:write")
def cancel(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.cancel_event(event, form.reason.data or "", by=by)
            flash(f"{event.name} is cancelled. It stays in calendars, marked so.", "warn")
            return redirect(url_for("events.show", id=event.id), 303)
    return render_template(
        "events/cancel.html", form=form, event=event, funnel=queries.funnel(event)
    ), form.status


@bp.get("/person/<int:id>")
@requires("events:read")
def for_person(id: int) -> ResponseReturnValue:
    by = acting_user()
    person = people.get_person(id, by)
    found = queries.list_invitations_of(person, by)
    cautions = queries_candidates.cautions_of(person) if may("amounts:read") else []
    return render_template("events/for_person.html", person=person, found=found, cautions=cautions)


# -- what pages need -------------------------------------------------------------------------------

_TABS = (
    ("Overview", "events.show", "events:read"),
    ("Invitations", "events.invitations", "events:read"),
    ("Agenda", "events.agenda", "events:read"),
    ("Seats", "events.seats", "events:read"),
    ("Check-in", "events.door", "events:write"),
)


def event_tabs(event: Event) -> list[dict[str, Any]]:
    """The parts of an event that the signed-in role may open."""
    return [
        {"label": label, "url": url_for(endpoint, id=event.id), "is_active": request.endpoint == endpoint}
        for label, endpoint, permission in _TABS
        if may(permission)
    ]


#: Rooms above this floor offer these; they are named, not imported.
_ABOVE = (
    ("Travel desk", "travel.index", "travel:read", {"event": True}),
    ("Calendar feeds", "calendars.share", "calendars:share", {"id": True}),
)


def _links(event: Event) -> list[dict[str, str]]:
    """Pages of other rooms about this event, as far as they exist and the role may open them."""
    links = []
    for label, endpoint, permission, names in _ABOVE:
        if endpoint not in current_app.view_functions or not may(permission):
            continue
        rule = next(iter(current_app.url_map.iter_rules(endpoint)))
        arguments: dict[str, Any] = dict.fromkeys(rule.arguments or names, event.id)
        links.append({"label": label, "url": url_for(endpoint, **arguments)})
    return links


def conflict_page(row: Any, typed: Any, form: BaseForm, action: str, record_url: str) -> ResponseReturnValue:
    """Somebody else saved first: both versions side by side, three ways on."""
    db.session.refresh(row)
    theirs: Mapping[str, Any] = typed(row)
    mine = {field.name: field.data for field in form if field.name in theirs and field.name != "version"}
    rows = [
        {
            "label": form[name].label.text,
            "values": [_plain(theirs[name]), _plain(value)],
            "differs": theirs[name] != value,
        }
        for name, value in mine.items()
    ]
    kept = {name: _sent(value) for name, value in mine.items() if value}
    page = render_template(
        "errors/conflict.html", who="Somebody", saved_at=row.revised_at, zone=acting_user().zone, heads=["Theirs", "Yours"],
        rows=rows, action=action, mine=kept, their_version=row.version, form_key="", record_url=record_url, edit_url=action,
    )  # fmt: skip
    return page, 409


def _plain(value: object) -> str:
    return (
        {True: "yes", False: "no"}.get(value, "")
        if isinstance(value, bool)
        else str(value if value is not None else "")
    )


def _sent(value: Any) -> str:
    """A value as the browser sends it."""
    if isinstance(value, bool):
        return "y"
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _offered(form: EventForm) -> EventForm:
    offered = [row for row in programs.list_programs() if not row.program.is_books_only]
    return form.offer(offered, people.list_possible_owners())


def _find(by: User, text: str, limit: int) -> list[search.Hit]:
    found = queries.list_events(by, EventFilter(q=text)).rows[:limit] if may("events:read") else []
    return [
        search.Hit(
            row.event.name,
            url_for("events.show", id=row.id),
            "calendar-event",
            row.event.city or row.event.place,
        )
        for row in found
    ]


search.register("Events", _find)

from app.events import merging, views_agenda, views_approvals, views_invitations, views_seats  # noqa: E402, F401 -- they add their pages to `bp`
