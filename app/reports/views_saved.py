"""Pages of saved reports: keep settings under a name, open them, count them every month by mail."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import queries as accounts
from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core.errors import NotFound
from app.core.forms import number_asked
from app.lists import operations as lists
from app.lists import queries as views
from app.lists.models import SavedView
from app.reports import operations_schedules, policies_saved, queries_runs, saved
from app.reports.forms import KeepForm, SaveForm, ScheduleForm
from app.reports.gallery import Asked, Report
from app.reports.models import ReportSchedule
from app.reports.saved import Saveable

#: Kept runs named on the page of a report.
N_RUNS = 8

#: A room within the room, so that a notice about a schedule finds its page by name.
bp = Blueprint("saved", __name__, url_prefix="/reports/saved")


@bp.route("/new", methods=["GET", "POST"])
@requires("reports:read")
def new() -> ResponseReturnValue:
    """Keep what the address asks of a report under a name."""
    by, form = acting_user(), SaveForm()
    report = saved.find_saveable(request.args.get("report", "")[:40])
    settings = saved.settings_in(report, request.args, by)
    if form.validate_on_submit():
        with form.attempt():
            view = lists.save_view(report, form.details(settings, ()), by=by)
            flash(_("%(name)s is saved.", name=view.name), "ok")
            return redirect(url_for("reports.saved.show", id=view.id), 303)
    return render_template(
        "reports/saved_new.html", form=form, report=report, settings=settings, told=saved.words_of(report, settings, by),
        back=_page(report, settings),
    ), form.status  # fmt: skip


@bp.get("/<int:id>")
@requires("reports:read")
def show(id: int) -> ResponseReturnValue:
    """One saved report: what it asks today, its schedule, its runs."""
    view, report = view_or_404(id)
    by, settings = acting_user(), saved.settings_of(view)
    schedule = queries_runs.schedule_of(view.id)
    return render_template(
        "reports/saved.html", view=view, report=report, told=saved.words_of(report, settings, by), me=by,
        trouble=saved.trouble_with(report, settings, by), schedule=schedule, readers=_readers(schedule),
        runs=queries_runs.list_runs(by, report.name, view.id), n_most=policies_saved.MOST_RUNS,
    )  # fmt: skip


@bp.get("/<int:id>/open")
@requires("reports:read")
def open(id: int) -> ResponseReturnValue:
    """The report with these settings; what cannot be used today is said on the page of the saved report."""
    view, report = view_or_404(id)
    try:
        saved.require_usable(report, saved.settings_of(view), acting_user())
    except NotFound:
        return redirect(url_for("reports.saved.show", id=view.id), 303)
    return redirect(_page(report, saved.settings_of(view), saved=view.id), 303)


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@requires("reports:read")
def edit(id: int) -> ResponseReturnValue:
    """Rename saved settings, or share them."""
    view, report = view_or_404(id)
    form = SaveForm(data={"name": view.name, "share": view.share.value, "version": view.version})
    if form.validate_on_submit():
        with form.attempt():
            details = form.details(dict(view.query), ())
            lists.edit_view(view, report, details, by=acting_user(), seen_version=form.seen_version)
            flash(_("%(name)s is saved.", name=view.name), "ok")
            return redirect(url_for("reports.saved.show", id=view.id), 303)
    return render_template("reports/saved_edit.html", form=form, view=view, report=report), form.status


@bp.post("/<int:id>/end")
@requires("reports:read")
def end(id: int) -> ResponseReturnValue:
    """Give saved settings up, their schedule with them; the next page offers them back."""
    view, _report = view_or_404(id)
    lists.end_view(view, by=acting_user())
    flash(_("%(name)s is removed.", name=view.name), "ok")
    return redirect(url_for("reports.index", ended=view.id) + "#saved", 303)


@bp.post("/<int:id>/back")
@requires("reports:read")
def take_back(id: int) -> ResponseReturnValue:
    """Settings that were removed are there again."""
    by = acting_user()
    view = views.get_ended_view(id, by)
    saved.saveable_of(view)
    lists.take_view_back(view, by=by)
    flash(_("%(name)s is there again.", name=view.name), "ok")
    return redirect(url_for("reports.saved.show", id=view.id), 303)


# -- schedule --------------------------------------------------------------------------------------


@bp.route("/<int:id>/schedule", methods=["GET", "POST"])
@requires("reports:read", only=_l("whoever keeps the report"))
def schedule(id: int) -> ResponseReturnValue:
    """Count a saved report every month and mail it, or change when and to whom."""
    view, report = view_or_404(id)
    by, known = acting_user(), queries_runs.schedule_of(view.id)
    policies_saved.require_own(view.owner, by, "saved this report")
    form = ScheduleForm(data=_filled(known))
    form.offer([user for user in _may_read() if user.id != by.id])
    if form.validate_on_submit():
        with form.attempt():
            operations_schedules.set_schedule(view, form.details(), by=by, seen_version=form.seen_version)
            flash(_("It is sent every month."), "ok")
            return redirect(url_for("reports.saved.show", id=view.id), 303)
    return render_template(
        "reports/saved_schedule.html", form=form, view=view, report=report, schedule=known, zone=by.zone
    ), form.status


@bp.post("/<int:id>/schedule/<any(pause, resume, end):what>")
@requires("reports:read", only=_l("whoever keeps the report"))
def change_schedule(id: int, what: str) -> ResponseReturnValue:
    """Pause a schedule, let it go on, or give it up."""
    view, _report = view_or_404(id)
    found = queries_runs.schedule_of(view.id)
    if found is None:
        raise NotFound(_("This saved report has no schedule."))
    does = {
        "pause": (operations_schedules.pause_schedule, _("Nothing is sent until you let it go on.")),
        "resume": (operations_schedules.resume_schedule, _("It goes on with the next month.")),
        "end": (operations_schedules.end_schedule, _("Nothing is sent any more; the runs stay.")),
    }  # fmt: skip
    operation, words = does[what]
    operation(found, by=acting_user())
    flash(words, "ok")
    return redirect(url_for("reports.saved.show", id=view.id), 303)


# -- what pages need -------------------------------------------------------------------------------


def view_or_404(id: int) -> tuple[SavedView, Saveable]:
    """A saved report the reader sees, and the report it is of."""
    view = views.get_view(id, acting_user())
    return view, saved.saveable_of(view)


def saved_asked(name: str) -> SavedView | None:
    """The saved report an address names, if it is one of this report that the reader sees."""
    number = number_asked("saved")
    found = views.list_views(f"{saved.PREFIX}{name}", acting_user()) if number else ()
    return next((view for view in found if view.id == number), None)


def kept_of(report: Report, asked: Asked) -> dict[str, Any]:
    """What the page of any report shows of runs that were kept of it, and of the settings it was opened with."""
    saved_view = saved_asked(report.key)
    runs = queries_runs.list_runs(asked.by, report.key, saved_view.id if saved_view else None)
    args: dict[str, Any] = asked.settings | ({"saved": str(saved_view.id)} if saved_view else {})
    return {
        "saved": saved_view, "form": KeepForm(), "runs": runs[:N_RUNS],
        "keep_url": url_for("reports.runs.keep", key=report.key, **args),
    }  # fmt: skip


def _page(report: Saveable, settings: Mapping[str, str], **more: Any) -> str:
    page = report.spec.link(settings)
    return url_for(page.endpoint, **(page.arguments | more))


def _filled(known: ReportSchedule | None) -> dict[str, Any]:
    if known is None:
        return {"day": 1, "hour": "7", "reader_ids": [], "version": "0"}
    return {
        "day": known.day, "hour": str(known.hour), "reader_ids": list(known.reader_ids), "version": str(known.version),
    }  # fmt: skip


def _may_read() -> list[User]:
    return [user for user in accounts.list_users(is_active=True) if policies_saved.may_read(user)]


def _readers(schedule: ReportSchedule | None) -> list[User]:
    return [accounts.get_user(id) for id in schedule.reader_ids] if schedule else []
