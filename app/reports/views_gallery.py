"""Pages of the gallery: each report with what it asks for, on the screen and as files."""

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.core.db import transaction
from app.core.downloads import download
from app.core.wall_times import day_in
from app.reports import exports_gallery, operations
from app.reports.asking import choices_of, read_asked, require_asked
from app.reports.exports import Format
from app.reports.gallery_all import get_gallery_report, get_report
from app.reports.links import url_of
from app.reports.queries_value import book_begins_after
from app.reports.views import bp
from app.reports.views_runs import pages_of
from app.reports.views_saved import kept_of


@bp.get("/reports/gallery/<key>")
@requires("reports:read")
def show(key: str) -> ResponseReturnValue:
    """One report: what it asks for, its figures, drawings and tables, each number with its rows."""
    report = get_report(key)
    if report.page:  # it is read there, asked the same
        return redirect(url_of(report.link(request.args.to_dict())), 302)
    found = read_asked(report, request.args, acting_user())
    counted = report.count(found.asked) if found.is_whole else None
    by = acting_user()
    return render_template(
        "reports/gallery.html", spec=report, report=counted, found=found, asked=found.asked, kept=found.asked.settings,
        choices=choices_of(report, found.asked), pages=pages_of(counted), url_of=url_of, **kept_of(report, found.asked),
        begins=book_begins_after(found.asked.as_of),
        as_of_on=day_in(found.asked.as_of, by.zone) if found.asked.as_of else None,
    ), 422 if found.refusal else 200  # fmt: skip


@bp.get("/reports/gallery/<key>/export/<any(pdf, xlsx, csv, json):format>")
@requires("reports:export")
def export(key: str, format: Format) -> ResponseReturnValue:
    """The same report as a file; that somebody took it is written down once it is there (R4)."""
    report, by = get_gallery_report(key), acting_user()
    asked = require_asked(report, request.args, by)
    counted, table = report.count(asked), request.args.get("table", "")[:40]
    content = exports_gallery.gallery_file(report, counted, asked, format, table)
    with transaction():
        operations.record_export(key, ref=asked.words, format=format, as_of=asked.as_of, by=by)
    return download(content, exports_gallery.file_name(report, counted, format, table))
