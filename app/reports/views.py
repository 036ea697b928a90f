"""Pages of this room: home, the gallery, the value report and its files."""

from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.db import transaction
from app.core.downloads import download
from app.core.forms import args_without
from app.ledger.queries_benchmark import N_STAYS
from app.notices import queries as notices
from app.people import queries as people
from app.periods.policies_as_of import AsOfRefused
from app.programs import queries as programs
from app.reports import charts, exports, operations, queries, queries_runs, queries_timeline
from app.reports.asking import instant_in
from app.reports.gallery import Asked
from app.reports.gallery_all import REPORTS
from app.reports.gallery_own import VALUE
from app.reports.links import only_openable, rows_url, url_of
from app.reports.pages import page_of
from app.reports.papers import KINDS as PAPER_KINDS
from app.reports.queries_papers import list_papers
from app.reports.value import ValueReport
from app.reports.views_saved import kept_of
from app.reports.words import leg_label, line_label, unit_items

#: Notices shown beside the queue.
N_NOTICES = 6

#: No prefix: the home page lives here too.
bp = Blueprint("reports", __name__)

bp.add_app_template_global(line_label)
bp.add_app_template_global(leg_label)
bp.add_app_template_global(unit_items)


@bp.get("/")
@requires("reports:home")
def today() -> ResponseReturnValue:
    """Home: what waits for the one who is signed in, by urgency and with reasons."""
    by = acting_user()
    home = queries.today(by)
    home = only_openable(home) if by.own_role is not None else home
    return render_template(
        "reports/today.html", home=home, queue=home.queue(request.args.get("queue", "")), now=clock.now(),
        notices=notices.list_notices(by)[:N_NOTICES], n_notices=notices.count_open(by), url_of=url_of, pinned=queries.pinned(by),
    )  # fmt: skip


@bp.get("/people/<int:person_id>/timeline")
@requires("reports:home")
def for_person(person_id: int) -> ResponseReturnValue:
    """Everything between us and a person on one line, of the rooms the reader may enter."""
    by = acting_user()
    person = people.get_person(person_id, by)
    kinds = queries_timeline.kinds_for(by)
    kind = request.args.get("kind", "") if request.args.get("kind") in kinds else ""
    line = queries_timeline.page_of_timeline(person, by, kind, request.args.get("page", 1, type=int))
    return render_template(
        "reports/for_person.html", person=person, line=line, kinds=kinds, kind=kind, url_of=url_of
    )


@bp.get("/reports/")
@requires("reports:read")
def index() -> ResponseReturnValue:
    """The gallery: a value report for each program, and every other report with what it tells."""
    rows = programs.list_programs()
    return render_template(
        "reports/index.html",
        rows=rows,
        sums=queries.summary_of([row.program for row in rows]),
        gallery=_gallery(),
        papers=[(one, PAPER_KINDS[one.arguments["report"]].title()) for one in list_papers(acting_user())],
        saved=queries_runs.list_saved(acting_user()),
    )


def _gallery() -> list[tuple[str, str, str]]:
    """Title, what it tells, address: reports with a page of their own first."""
    quarter = _("What a compliance reviewer signs: value, disputes, labels, contacts, goals")
    near = _(
        "Paid work within 30, 90 or 180 days after travel, nights, gifts or entertainment of the same provider"
    )
    locked = _("Periods with their reports, issues and differences")
    own = [
        (_("Reports of periods"), locked, url_for("periods.index")),
        (_("Quarter for review"), quarter, url_for("reports.quarter")),
        (_("Fees soon after value"), near, url_for("reports.proximity")),
    ]
    return own + [(one.title(), one.what(), url_for("reports.show", key=one.key)) for one in REPORTS.values()]


@bp.get("/reports/value/<int:id>")
@requires("reports:read")
def value(id: int) -> ResponseReturnValue:
    """The value report of one program, as of now or of a moment that has passed (L14)."""
    program = programs.get_program(id)
    as_of, refusal = _as_of_asked()
    report, asked = queries.value_report(program, as_of=as_of), Asked(acting_user(), program, as_of=as_of)
    page = page_of(
        report.people, request.args.get("order", "-non_cash"), request.args.get("page", 1, type=int)
    )
    return render_template(
        "reports/value.html", program=program, report=report, drawings=charts.charts_of(report), page=page, refusal=refusal,
        asked=request.args.get("as_of", "")[:40], args=args_without("page"), rows_url=partial(_rows, report),
        n_stays=N_STAYS, **kept_of(VALUE, asked),
    ), 422 if refusal else 200  # fmt: skip


@bp.get("/reports/value/<int:id>/export/<any(pdf, xlsx, csv, json):format>")
@requires("reports:export")
def export_value(id: int, format: exports.Format) -> ResponseReturnValue:
    """The same report as a file; the export is written into the audit trail once the file is there (R4)."""
    by = acting_user()
    as_of = instant_in(request.args.get("as_of", ""), by)
    report = queries.value_report(programs.get_program(id), as_of=as_of)
    name, content = exports.file_name(report, format), exports.value_file(report, format)
    # Reading stays reading: this one line is written in a transaction of its own, after the file was made.
    with transaction():
        operations.record_export("value", ref=str(id), format=format, as_of=as_of, by=by)
    return download(content, name)


def _as_of_asked() -> tuple[datetime | None, str]:
    """The moment in the URL, and what is wrong with it if it cannot be used."""
    try:
        return instant_in(request.args.get("as_of", ""), acting_user()), ""
    except AsOfRefused as refusal:
        return None, refusal.message


def _rows(report: ValueReport, **parts: Any) -> str:
    """The lines behind a figure of this report, as of the same moment."""
    return rows_url(program_id=report.program_id, as_of=report.asked_as_of, **parts)


from app.reports import (  # noqa: E402, F401 -- they add their pages to `bp`
    views_counting,
    views_gallery,
    views_layouts,
    views_papers,
    views_proximity,
    views_quarter,
    views_runs,
    views_saved,
)

bp.register_blueprint(views_saved.bp)
bp.register_blueprint(views_runs.bp)
