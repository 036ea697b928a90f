"""Pages of kept runs: keep one, read it as it was, compare it with another or with now; the same files as of any report."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core.db import transaction
from app.core.downloads import download
from app.core.forms import number_asked, page_asked
from app.reports import exports_gallery, operations, operations_runs, queries_runs, run_reports
from app.reports.asking import require_asked
from app.reports.exports import Format
from app.reports.gallery import Counted
from app.reports.gallery_all import get_report
from app.reports.links import url_of
from app.reports.models import ReportRun
from app.reports.operations_runs import Reading
from app.reports.pages import Slice, sliced
from app.reports.policies_saved import RunRefused
from app.reports.run_reports import NOW, Side, Then
from app.reports.views_saved import saved_asked

bp = Blueprint("runs", __name__, url_prefix="/reports/runs")


@bp.post("/keep/<key>")
@requires("reports:read")
def keep(key: str) -> ResponseReturnValue:
    """Keep what a report says now, asked what the address asks."""
    by, report = acting_user(), get_report(key)
    view = saved_asked(key)
    with force_locale("en"):  # so that runs of readers of several languages can be compared
        asked = require_asked(report, request.args, by)
        reading = Reading(
            report, asked, report.count(asked), view if view and view.owner_id == by.id else None
        )
        run = operations_runs.keep_run(reading, by=by)
    flash(_("This run is kept. Compare it with a later one, or with now."), "ok")
    return redirect(url_for("reports.runs.show", id=run.id), 303)


@bp.get("/<int:id>")
@requires("reports:read")
def show(id: int) -> ResponseReturnValue:
    """A report as it was when it was kept."""
    by = acting_user()
    run = queries_runs.get_run(id, by)
    counted = run_reports.as_report(run, by)
    return render_template(
        "reports/run.html", run=run, report=counted, spec=get_report(run.report), pages=pages_of(counted), url_of=url_of,
        others=queries_runs.list_comparable(run, by), me=by,
    )  # fmt: skip


@bp.get("/<int:id>/export/<any(pdf, xlsx, csv, json):format>")
@requires("reports:export")
def export(id: int, format: Format) -> ResponseReturnValue:
    """The same run as a file; that somebody took it is written down once it is there (R4)."""
    by = acting_user()
    run = queries_runs.get_run(id, by)
    counted, report = run_reports.as_report(run, by), get_report(run.report)
    table = request.args.get("table", "")[:40]
    content = exports_gallery.gallery_file(report, counted, Then(run.args), format, table)
    with transaction():
        operations.record_export(run.report, ref=f"run={run.id}", format=format, as_of=run.asked_as_of, by=by)
    return download(content, exports_gallery.file_name(report, counted, format, table))


@bp.post("/<int:id>/remove")
@requires("reports:read")
def remove(id: int) -> ResponseReturnValue:
    """Let a run of one's own go."""
    by = acting_user()
    run = queries_runs.get_run(id, by)
    back = (
        url_for("reports.saved.show", id=run.view_id)
        if run.view_id
        else url_of(get_report(run.report).link(run.args))
    )
    operations_runs.remove_run(run, by=by)
    flash(_("The run is removed."), "ok")
    return redirect(back, 303)


@bp.get("/compare")
@requires("reports:read")
def compare() -> ResponseReturnValue:
    """What changed between two runs of a report, or between a run and now."""
    by = acting_user()
    before, after = _sides(by)
    assert before.run is not None  # noqa: S101 -- one side is always a run
    counted = run_reports.difference(before, after, by)
    return render_template(
        "reports/difference.html", report=counted, spec=run_reports.difference_spec(before.run.report), before=before,
        after=after, pages=pages_of(counted), url_of=url_of, args=_args(before, after),
        others=queries_runs.list_comparable(before.run, by),
    )  # fmt: skip


@bp.get("/compare/export/<any(pdf, xlsx, csv, json):format>")
@requires("reports:export")
def export_difference(format: Format) -> ResponseReturnValue:
    """The same difference as a file; that somebody took it is written down once it is there (R4)."""
    by = acting_user()
    before, after = _sides(by)
    assert before.run is not None  # noqa: S101 -- one side is always a run
    counted, spec = run_reports.difference(before, after, by), run_reports.difference_spec(before.run.report)
    args, table = _args(before, after), request.args.get("table", "")[:40]
    content = exports_gallery.gallery_file(spec, counted, Then(args), format, table)
    with transaction():
        ref = f"runs {args['before']} and {args['after']}"
        operations.record_export(spec.key, ref=ref, format=format, by=by)
    return download(content, exports_gallery.file_name(spec, counted, format, table))


# -- what pages need -------------------------------------------------------------------------------


def _sides(by: User) -> tuple[Side, Side]:
    """The two runs of the address, the earlier one first; the later one may be now."""
    first = number_asked("before")
    if first is None:
        raise RunRefused(_("Choose the run to compare with."))
    run = queries_runs.get_run(first, by)
    if request.args.get("after", NOW) == NOW:
        return run_reports.side_of(run, by), run_reports.side_of_now(run, by)
    second = number_asked("after")
    if second is None:
        raise RunRefused(_("Compare a run with another one, or with now."))
    return run_reports.side_of(run, by), run_reports.side_of(_other(run, second, by), by)


def _other(run: ReportRun, id: int, by: User) -> ReportRun:
    if id == run.id:
        raise RunRefused(_("This is the same run twice. Choose another one, or compare it with now."))
    return queries_runs.get_run(id, by)


def _args(before: Side, after: Side) -> dict[str, str]:
    assert before.run is not None  # noqa: S101 -- one side is always a run
    return {"before": str(before.run.id), "after": str(after.run.id) if after.run else NOW}


def pages_of(counted: Counted | None) -> dict[str, Slice[object]]:
    """One page of each table: the one the address turned, the first of the others."""
    turned = request.args.get("table", "")
    return {
        grid.key: sliced(grid.lines, page_asked() if grid.key == turned else 1)
        for grid in (counted.grids if counted else ())
    }
