"""Saved reports, and runs of reports that were kept."""

from flask import url_for
from flask_babel import force_locale

from app.accounts.access import acting_user
from app.api.layer import ID, Created, Page, PageQuery, operation
from app.api.paging import by_number, from_database
from app.api.shapes_gallery import GalleryReportShape
from app.api.shapes_runs import NewRun, RunShape, RunsQuery, SavedReportShape
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.reports import operations, operations_runs, queries_runs, run_reports
from app.reports.asking import require_asked
from app.reports.gallery import as_document
from app.reports.gallery_all import get_report
from app.reports.models import ReportRun
from app.reports.operations_runs import Reading
from app.reports.run_reports import Then


@operation("/saved-reports", permission="reports:read", query=PageQuery, out=Page[SavedReportShape])
def list_saved_reports(query: PageQuery) -> Page[SavedReportShape]:
    """The saved reports whoever sends the token may see."""
    rows = queries_runs.list_saved(acting_user())
    return by_number(Page[SavedReportShape], rows, query, SavedReportShape.of, lambda row: row.view.id)


@operation(f"/saved-reports/{ID}", permission="reports:read", out=SavedReportShape)
def get_saved_report(id: int) -> SavedReportShape:
    """One saved report, with what it asks."""
    for row in queries_runs.list_saved(acting_user()):
        if row.view.id == id:
            return SavedReportShape.of(row)
    raise NotFound("There is no such saved report, or it is not yours to see.")


@operation("/runs", permission="reports:read", query=RunsQuery, out=Page[RunShape])
def list_runs(query: RunsQuery) -> Page[RunShape]:
    """The kept runs of a saved report; without one, those kept by whoever sends the token."""
    return from_database(
        Page[RunShape], queries_runs.runs_of(acting_user(), query.report, query.saved_id), ReportRun.id, query,
        lambda rows: [RunShape.of(row) for row in rows], is_descending=False,
    )  # fmt: skip


@operation(f"/runs/{ID}", permission="reports:read", out=GalleryReportShape)
def get_run(id: int) -> GalleryReportShape:
    """A report as it was when it was kept; each reading is audited."""
    by = acting_user()
    run = queries_runs.get_run(id, by)
    found = as_document(get_report(run.report), run_reports.as_report(run, by), Then(run.args))
    shape = GalleryReportShape.model_validate(found)
    with transaction():
        operations.record_export(run.report, ref=f"run={run.id}", format="api", as_of=run.asked_as_of, by=by)
    return shape


@operation("/runs", method="POST", permission="reports:read", body=NewRun, out=RunShape, errors=(404,))
def keep_run(body: NewRun) -> Created:
    """Keep what a report of the gallery says now."""
    by, report = acting_user(), get_report(body.report)
    with force_locale("en"):  # so that runs of readers of several languages can be compared
        asked = require_asked(report, body.settings, by)
        run = operations_runs.keep_run(Reading(report, asked, report.count(asked)), by=by)
    db.session.flush()
    return Created(RunShape.of(run), url_for("api.get_run", id=run.id))
