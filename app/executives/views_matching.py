"""Pages of matching: start a run, its plan, changes by hand, made real, taken back."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts.access import acting_user, requires
from app.core import clock, jobs
from app.core.i18n import country_name
from app.events import queries as events
from app.executives import (
    matching_words,
    operations,
    queries,
    queries_matching,
    queries_matching_input,
    queries_minutes,
)
from app.executives.details_matching import MatchingDetails
from app.executives.forms import ReasonForm
from app.executives.forms_matching import MatchingForm, PlaceForm, typed_matching
from app.executives.models import Slot
from app.executives.models_matching import MatchingMeeting, MatchingRun, MatchingUnmet
from app.executives.operations_matching import choices_for
from app.executives.views import bp
from app.people import queries as people
from app.people.models import Person


@bp.get("/events/<int:id>/matching")
@requires("executives:read")
def matching(id: int) -> ResponseReturnValue:
    """The runs of an event, the latest first."""
    by = acting_user()
    event = events.get_event(id, by)
    planned = queries_matching_input.list_planned(event, by, clock.now())
    return render_template(
        "executives/matching.html", event=event, runs=queries_matching.list_runs(event, by), planned=planned, now=clock.now(),
        is_under_way=queries_matching.is_under_way,
    )  # fmt: skip


@bp.route("/events/<int:id>/matching/new", methods=["GET", "POST"])
@requires("executives:match")
def start_matching(id: int) -> ResponseReturnValue:
    """Weights, then a worker searches."""
    by = acting_user()
    event = events.get_event(id, by)
    after = queries_matching.last_found(event, by)
    usual = queries_matching.details_of(after) if after is not None else MatchingDetails()
    form = MatchingForm(data=typed_matching(usual)).offer(event.program.cohorts, event.program.goals)
    if form.validate_on_submit():
        with form.attempt():
            run = operations.start_run(event, form.details(), by=by, after=after)
            return redirect(url_for("executives.matching_run", id=run.id), 303)
    planned = queries_matching_input.list_planned(event, by, clock.now())
    page = render_template(
        "executives/matching_new.html", form=form, event=event, after=after, planned=planned
    )
    return page, form.status


@bp.get("/matching/<int:id>")
@requires("executives:read")
def matching_run(id: int) -> ResponseReturnValue:
    """The plan as a grid, what it leaves unmet and why, what it changes; or how far the search is."""
    return _run_page(queries_matching.get_run(id, acting_user()), ReasonForm())


def _run_page(run: MatchingRun, form: ReasonForm) -> ResponseReturnValue:
    by = acting_user()
    rows = queries_matching.list_rows(run)
    unmet = queries_matching.list_unmet(run)
    markets = queries_minutes.minutes_by_market(run.event, by)
    page = render_template(
        "executives/matching_run.html", run=run, rows=rows, days=queries_matching.days_of(run, rows) if run.finished_at else [],
        unmet=unmet, reasons=_reasons(rows, unmet), since=queries_matching.changes_from(run, rows),
        to_make=queries_matching.changes_to_make(run, rows), markets=markets,
        market_minutes=queries_matching.market_minutes(rows), planned_minutes=queries_matching.planned_minutes(rows),
        hint=queries_minutes.fair_hint(markets, {row.country: country_name(row.country) for row in markets}),
        least=queries_minutes.list_least(run.event, by), is_under_way=queries_matching.is_under_way(run),
        n_new=sum(1 for row in rows if not row.is_agreed), form=form, now=clock.now(), **_how_far(run),
    )  # fmt: skip
    return page, form.status


def _reasons(rows: Sequence[MatchingMeeting], unmet: Sequence[MatchingUnmet]) -> dict[int, str]:
    """Unmet wish -> why, in words, with the names of those who are met instead."""
    said = {}
    for one in unmet:
        in_the_way = [row for row in rows if row.slot_id in one.slot_ids]
        if matching_words.about_people(one.why):
            names = [row.executive.name for row in in_the_way if row.person_id == one.person_id]
        else:
            names = [row.person.name for row in in_the_way]
        said[one.id] = matching_words.unmet_words(one, list(dict.fromkeys(names)))
    return said


@bp.get("/matching/<int:id>/progress")
@requires("executives:read")
def matching_progress(id: int) -> ResponseReturnValue:
    """The bar alone; when the search is through, the page is loaded again."""
    run = queries_matching.get_run(id, acting_user())
    if not queries_matching.is_under_way(run):
        return "", 200, {"HX-Refresh": "true"}
    return render_template("executives/_matching_progress.html", run=run, **_how_far(run))


@bp.post("/matching/<int:id>/cancel")
@requires("executives:match")
def cancel_matching(id: int) -> ResponseReturnValue:
    """Ask the worker to stop."""
    run = queries_matching.get_run(id, acting_user())
    if run.job is not None:
        jobs.cancel(run.job)
        flash(_("Asked the worker to stop. No plan comes of this run."), "info")
    return redirect(url_for("executives.matching_run", id=id), 303)


def _how_far(run: MatchingRun) -> dict[str, int]:
    done, total = jobs.progress_of(run.job) if run.job is not None else (0, 0)
    return {"n_done": done, "n_total": total}


# -- by hand -------------------------------------------------------------------------------------------------


@bp.post("/matching/meetings/<int:id>/pin")
@requires("executives:match")
def pin_planned(id: int) -> ResponseReturnValue:
    """Keep it so in the next run, or not any more."""
    row = queries_matching.get_row(id, acting_user())
    operations.pin_meeting(row, is_pinned=not row.is_pinned, by=acting_user())
    flash(_("Pinned: the next run keeps it.") if row.is_pinned else _("The next run may move it."), "ok")
    return _back_to(row.run_id)


@bp.post("/matching/meetings/<int:id>/leave-out")
@requires("executives:match")
def leave_out_planned(id: int) -> ResponseReturnValue:
    """Take it out of the plan."""
    row = queries_matching.get_row(id, acting_user())
    run_id = row.run_id
    operations.leave_out(row, by=acting_user())
    flash(_("Left out. The wish stands among those not met."), "ok")
    return _back_to(run_id)


@bp.route("/matching/meetings/<int:id>/move", methods=["GET", "POST"])
@requires("executives:match")
def move_planned(id: int) -> ResponseReturnValue:
    """To another window of the same executive; where a rule forbids it, it is said why."""
    row = queries_matching.get_row(id, acting_user())
    slots = [one for one in queries.list_slots(row.executive, event=row.run.event) if one.id != row.slot_id]
    return _place(row.run, row.person, slots, row)


@bp.route("/matching/unmet/<int:id>/place", methods=["GET", "POST"])
@requires("executives:match")
def place_unmet(id: int) -> ResponseReturnValue:
    """A window for a wish the plan does not meet."""
    unmet = queries_matching.get_unmet(id, acting_user())
    run = queries_matching.get_run(unmet.run_id, acting_user())
    return _place(
        run,
        people.get_person(unmet.person_id, acting_user()),
        queries.list_slots(unmet.executive, event=run.event),
    )


def _place(
    run: MatchingRun, person: Person, slots: Sequence[Slot], row: MatchingMeeting | None = None
) -> ResponseReturnValue:
    by = acting_user()
    ahead = [slot for slot in slots if slot.starts_at > clock.now()]
    refusals = choices_for(run, person, ahead, row)
    asked = request.args.get("slot", type=int)
    form = PlaceForm(data={"slot_id": str(asked or ""), "version": str(run.version)}).offer(ahead, refusals)
    if form.validate_on_submit():
        with form.attempt():
            slot = queries.get_slot(int(form.slot_id.data), by)
            operations.place_meeting(run, person, slot, by=by, row=row, seen_version=form.seen_version)
            flash(_("Placed and pinned."), "ok")
            return _back_to(run.id)
    page = render_template(
        "executives/matching_place.html", form=form, run=run, person=person, row=row, slots=ahead, refusals=refusals,
        asked=next((slot for slot in ahead if slot.id == asked), None),
    )  # fmt: skip
    return page, form.status


# -- making it real ------------------------------------------------------------------------------------------


@bp.post("/matching/<int:id>/apply")
@requires("executives:match")
def apply_matching(id: int) -> ResponseReturnValue:
    """Agree every meeting of the plan, all or none."""
    run = queries_matching.get_run(id, acting_user())
    form = ReasonForm()
    if form.is_submitted():
        with form.attempt():
            n = operations.apply_run(run, by=acting_user(), seen_version=form.seen_version)
            flash(ngettext("%(num)s meeting is agreed.", "%(num)s meetings are agreed.", n), "ok")
            return _back_to(id)
    return _refused(id, form)


@bp.post("/matching/<int:id>/roll-back")
@requires("executives:match")
def roll_back_matching(id: int) -> ResponseReturnValue:
    """Cancel what the run agreed, as far as nobody has changed it since."""
    run = queries_matching.get_run(id, acting_user())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            n, n_kept = operations.roll_back(run, reason=form.reason.data, by=acting_user())
            said = ngettext("%(num)s meeting is cancelled.", "%(num)s meetings are cancelled.", n)
            if n_kept:
                said += " " + ngettext(
                    "%(num)s was changed since and stays.", "%(num)s were changed since and stay.", n_kept
                )
            flash(said, "ok")
            return _back_to(id)
    return _refused(id, form)


def _refused(id: int, form: ReasonForm) -> ResponseReturnValue:
    return _run_page(queries_matching.get_run(id, acting_user()), form)


def _back_to(id: int) -> ResponseReturnValue:
    return redirect(url_for("executives.matching_run", id=id), 303)
