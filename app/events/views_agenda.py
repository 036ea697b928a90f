"""Pages of an event's agenda: grid or list, one session, conflicts, rules, letting it out."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.forms import number_asked, wall_time
from app.events import grids, operations, queries, queries_agenda, queries_schedule
from app.events.conflicts import WORDS, Level, Rule, time_left
from app.events.forms import ReasonForm, SessionForm, typed_session
from app.events.forms_agenda import ReleaseForm, RulesForm
from app.events.models import Event, Session
from app.events.queries_agenda import Agenda
from app.events.schedule_changes import differences
from app.events.schedule_words import FOR_PAGES
from app.events.views import bp, event_tabs, say_readings

#: An agenda of so many sessions is read as a whole; a longer one day by day.
MOST_AT_ONCE = 40


@bp.get("/<int:id>/agenda")
@requires("events:read")
def agenda(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    found = queries_agenda.get_agenda(event, acting_user())
    return render_template(
        "events/agenda.html", event=event, tabs=event_tabs(event), agenda=found, time_left=time_left, now=clock.now(),
        span=grids.span, **_laid_out(event, found),
    )  # fmt: skip


def _laid_out(event: Event, found: Agenda) -> dict[str, Any]:
    """The days asked for, as a grid with a page of rooms or as a list."""
    whole = grids.by_day(found.sessions, event.zone, found.day_change_hour)
    asked = request.args.get(
        "day", "" if len(found.sessions) <= MOST_AT_ONCE else _first_day(event, list(whole))
    )
    as_list, page, show = (
        request.args.get("as") == "list",
        number_asked("rooms") or 1,
        request.args.get("show", ""),
    )
    picked = []
    for on, today in whole.items():
        shown = [one for one in today if _is_shown(one, show, found)]
        if shown and (not asked or on.isoformat() == asked):
            picked.append(grids.laid_out(on, shown, event.zone, page, as_list=as_list))
    n_rooms = max((len(day.all_rooms) for day in picked), default=0)
    last = -(-n_rooms // grids.MOST_ROOMS)
    firsts = [(number, (number - 1) * grids.MOST_ROOMS + 1) for number in range(1, last + 1)]
    choices = [
        (
            str(n),
            _(
                "%(first)s–%(last)s of %(n_rooms)s",
                first=first,
                last=min(first + grids.MOST_ROOMS - 1, n_rooms),
                n_rooms=n_rooms,
            ),
        )
        for n, first in firsts
    ]
    return {
        "days": picked, "on_days": [(on.isoformat(), on) for on in whole], "asked": asked, "as_list": as_list,
        "show": show, "rooms_page": min(max(page, 1), max(last, 1)), "n_room_pages": last, "room_choices": choices,
    }  # fmt: skip


def _is_shown(session: Session, show: str, found: Agenda) -> bool:
    if show == "conflicts":
        return session.id in found.findings.by_session
    if show == "changed":
        return session.id in found.published and bool(found.published[session.id].changed)
    return True


def _first_day(event: Event, on_days: list[date]) -> str:
    """Today where the event is, if it has an agenda; else its first day."""
    today = clock.today(event.zone)
    return (today if today in on_days else on_days[0]).isoformat() if on_days else ""


@bp.get("/<int:id>/agenda/conflicts")
@requires("events:read")
def agenda_conflicts(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    found = queries_agenda.get_agenda(event, acting_user())
    return render_template(
        "events/conflicts.html", event=event, agenda=found, words=WORDS, levels=queries_agenda.levels_of(found.plan),
        rules=list(Rule), span=grids.span,
    )  # fmt: skip


@bp.route("/<int:id>/agenda/rules", methods=["GET", "POST"])
@requires("events:write")
def agenda_rules(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    form = RulesForm.of(queries_agenda.find_plan(event))
    if form.validate_on_submit():
        with form.attempt():
            operations.set_rules(event, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Saved. The agenda is looked at by these rules from now on."), "ok")
            return redirect(url_for("events.agenda_conflicts", id=id), 303)
    return render_template("events/agenda_rules.html", form=form, event=event), form.status


@bp.route("/<int:id>/agenda/release", methods=["GET", "POST"])
@requires("events:write")
def release_agenda(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    form = ReleaseForm()
    if form.validate_on_submit():
        with form.attempt():
            release = operations.release_agenda(event, form.note.data or "", by=acting_user())
            flash(_("The agenda is let out as version %(release)s.", release=release.number), "ok")
            return redirect(url_for("events.agenda", id=id), 303)
    found = queries_agenda.get_agenda(event, acting_user())
    page = render_template(
        "events/release.html", form=form, event=event, agenda=found, releases=queries_agenda.list_releases(event),
        blocks=found.findings.of_level(Level.BLOCK), warnings=found.findings.of_level(Level.WARN),
    )  # fmt: skip
    return page, form.status


# -- one session -----------------------------------------------------------------------------------


@bp.get("/sessions/<int:id>")
@requires("events:read")
def session(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries.get_session(id, by)
    whole = queries_agenda.get_agenda(found.event, by)
    item = queries_schedule.find_item(found)
    return render_template(
        "events/session.html", session=found, event=found.event, agenda=whole, item=item, time_left=time_left,
        now=clock.now(), differences=differences(item) if item else [], span=grids.span,
        **FOR_PAGES,
    )  # fmt: skip


@bp.route("/<int:id>/sessions/new", methods=["GET", "POST"])
@requires("events:write")
def new_session(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    begins = wall_time(event.starts_at, event.zone)
    form = SessionForm.within(event, starts_at=begins, ends_at=begins)
    if form.validate_on_submit():
        with form.attempt():
            session = operations.add_session(event, form.details(), by=acting_user())
            say_readings(form, saved=_("%(session)s is on the agenda.", session=session.title))
            return redirect(url_for("events.agenda", id=event.id), 303)
    return render_template("events/new_session.html", form=form, event=event), form.status


@bp.route("/sessions/<int:id>/edit", methods=["GET", "POST"])
@requires("events:write")
def edit_session(id: int) -> ResponseReturnValue:
    session = queries.get_session(id, acting_user())
    form = SessionForm.within(session.event, **typed_session(session))
    back = url_for("events.agenda", id=session.event_id)
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_session(session, form.details(), by=acting_user(), seen_version=form.seen_version)
            say_readings(form, saved="Saved.")
            return redirect(back, 303)
    return render_template("events/edit_session.html", form=form, session=session), form.status


@bp.route("/sessions/<int:id>/cancel", methods=["GET", "POST"])
@requires("events:write")
def cancel_session(id: int) -> ResponseReturnValue:
    session: Session = queries.get_session(id, acting_user())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.cancel_session(session, form.reason.data or "", by=acting_user())
            flash(_("%(session)s is cancelled; calendars show it so.", session=session.title), "ok")
            return redirect(url_for("events.agenda", id=session.event_id), 303)
    return render_template("events/cancel_session.html", form=form, session=session), form.status
