"""Pages of events: the list, the month, one event, planning and changing it."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, may, requires
from app.accounts.models import User
from app.core import clock, search
from app.core.db import restart_transaction
from app.core.forms import BaseForm, args_without, number_asked
from app.core.i18n import marked, said
from app.core.wall_times import said_twice
from app.events import (
    agenda,
    clashes,
    month_shows,
    operations,
    overview,
    plans,
    policies_record,
    queries,
    queries_candidates,
    queries_parity,
    queries_record,
    queries_tasks,
)
from app.events.clashes import Clash
from app.events.forms import EventForm, ReasonForm, typed_event
from app.events.models import Event
from app.events.queries import EventFilter
from app.events.queries_coordinators import holder_of_event
from app.ledger import queries_general
from app.people import queries as people
from app.people.zones import zone_names
from app.programs import queries as programs

bp = Blueprint("events", __name__, url_prefix="/events")


@bp.get("/")
@requires("events:read")
def index() -> ResponseReturnValue:
    by = acting_user()
    if request.args.get("view") == "month":
        return _month(by)
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


def _month(by: User) -> str:
    """The month asked for, with other shows beside ours."""
    first = month_shows.within_years(agenda.month_asked(request.args.get("month", ""), clock.today(by.zone)))
    shown = agenda.month(queries.list_month(by, first), first)
    shows = month_shows.list_shows_of_month(by, first)
    return render_template(
        "events/month.html", month=shown, today=clock.today(by.zone), shows=month_shows.shows_by_day(shows, first),
        shows_listed=month_shows.shows_in(shows, first),
    )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@requires("events:write")
def new() -> ResponseReturnValue:
    form = _offered(EventForm(data={"program_id": request.args.get("program", "")}))
    met: Sequence[Clash] = []
    if form.validate_on_submit():
        with form.attempt():
            details = form.details()
            met = plans.unseen(plans.plan_of_details(details), acting_user())
            event = operations.plan_event(details, by=acting_user())
            if not met:
                say_readings(
                    form,
                    saved=_("%(event)s is planned. Next: the agenda, then the people.", event=event.name),
                )
                return redirect(url_for("events.show", id=event.id), 303)
            restart_transaction()  # the rules agree; what else is on is shown first
    page = render_template("events/new.html", form=form, zones=zone_names(), **shown_first(met))
    return page, 422 if met else form.status


@bp.get("/<int:id>")
@requires("events:read")
def show(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    return render_template(
        "events/show.html", event=event, funnel=queries.funnel(event, by), tabs=event_tabs(event), links=_links(event),
        waitlist=queries.list_waitlist(event, by), sessions=queries.list_sessions(event), now=clock.now(),
        n_letters=len(queries.letters_held(event)), form=BaseForm(), seats=queries.count_seats(event),
        holder=holder_of_event(event, clock.now()), n_tasks=queries_tasks.count_open(event, by),
        general=queries_general.list_items(event_id=event.id) if may("ledger:read") else [],
        clashes=clashes.find_clashes(plans.plan_of_event(event), by) if not event.is_cancelled else [],
        panels=overview.panels_of(event, by), missing=policies_record.missing_of(event),
        milestones=policies_record.milestones_of(event, queries_record.first_sent_on(event), clock.today(event.zone)),
        parity=queries_parity.parity_of(event),
    )  # fmt: skip


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@requires("events:write")
def edit(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    form, back = _offered(EventForm(data=typed_event(event))), url_for("events.show", id=id)
    met: Sequence[Clash] = []
    if form.validate_on_submit():
        with form.attempt():
            details = form.details()
            met = plans.unseen_move(event, details, by)
            operations.edit_event(event, details, by=by, seen_version=form.seen_version)
            if not met:
                say_readings(form, saved="Saved.")
                return redirect(back, 303)
            restart_transaction()
    met = [] if form.clash else met
    page = render_template("events/edit.html", form=form, event=event, zones=zone_names(), **shown_first(met))
    return page, 422 if met else form.status


@bp.route("/<int:id>/cancel", methods=["GET", "POST"])
@requires("events:write")
def cancel(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.cancel_event(event, form.reason.data or "", by=by)
            flash(_("%(event)s is cancelled. It stays in calendars, marked so.", event=event.name), "warn")
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


def shown_first(met: Sequence[Clash]) -> dict[str, Any]:
    """What a form shows before it saves: what else is on, and the word that says it was shown."""
    return {"clashes": met, "clashes_seen": clashes.digest_of(met)}


def say_readings(form: BaseForm, saved: str = "") -> None:
    """Say that it was saved, and which reading a time got that the clocks show twice."""
    if saved:
        flash(saved, "ok")
    for words_twice in said_twice(form["zone"].data, form["starts_at"].data, form["ends_at"].data):
        flash(words_twice, "info")


# -- what pages need -------------------------------------------------------------------------------

#: The parts of an event, those of one subject under one tab.
_TABS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (marked("Overview"), ((marked("Overview"), "events.show", "events:read"),)),
    (
        marked("Invitations"),
        (
            (marked("Board"), "events.invitations", "events:read"),
            (marked("Waves"), "events.waves", "events:read"),
            (marked("Waitlist"), "events.waitlist", "events:read"),
        ),
    ),
    (
        marked("Agenda"),
        (
            (marked("Sessions"), "events.agenda", "events:read"),
            (marked("Parity"), "events.parity", "programs:read"),
        ),
    ),
    (
        marked("Seats"),
        (
            (marked("Seats"), "events.seats", "events:read"),
            (marked("Badges"), "events.badges", "events:write"),
        ),
    ),
    (
        marked("The day"),
        (
            (marked("Run of show"), "events.run", "events:read"),
            (marked("Check-in"), "events.door", "events:write"),
            (marked("Respect"), "events.respect", "events:read"),
        ),
    ),
    (marked("Tasks"), ((marked("Tasks"), "events.tasks", "events:read"),)),
    (
        marked("Close"),
        (
            (marked("Figures"), "events.close", "amounts:read"),
            (marked("Promises"), "events.promises", "events:read"),
        ),
    ),
)


def event_tabs(event: Event) -> list[dict[str, Any]]:
    """The parts of an event that the signed-in role may open: tabs, each with the parts under it."""
    found = []
    for label, pages in _TABS:
        parts = [
            {
                "label": said(name),
                "url": url_for(endpoint, id=event.id),
                "is_active": request.endpoint == endpoint,
            }
            for name, endpoint, permission in pages
            if may(permission)
        ]
        if parts:
            is_here = any(part["is_active"] for part in parts)
            found.append({"label": said(label), "url": parts[0]["url"], "is_active": is_here, "parts": parts})
    return found


#: Rooms above this floor offer these; they are named, not imported.
_ABOVE = (
    (marked("Travel desk"), "travel.index", "travel:read", {"event": True}),
    (marked("Calendar feeds"), "calendars.share", "calendars:share", {"id": True}),
    (marked("Answers from calendars"), "calendars.replies", "events:write", {"event": True}),
)


def _links(event: Event) -> list[dict[str, str]]:
    """Pages of other rooms about this event, as far as they exist and the role may open them."""
    links = []
    for label, endpoint, permission, names in _ABOVE:
        if endpoint not in current_app.view_functions or not may(permission):
            continue
        rule = next(iter(current_app.url_map.iter_rules(endpoint)))
        arguments: dict[str, Any] = dict.fromkeys(rule.arguments or names, event.id)
        links.append({"label": said(label), "url": url_for(endpoint, **arguments)})
    return links


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

from app.events import (  # noqa: E402, F401 -- they add their pages to `bp`
    disruptions_agenda,
    merging,
    views_agenda,
    views_approvals,
    views_day,
    views_general,
    views_invitations,
    views_parity,
    views_run,
    views_schedule,
    views_seats,
    views_waitlist,
    views_waves,
)
