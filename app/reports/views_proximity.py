"""Pages of the proximity report: fees soon after value, on the screen and as files (O4)."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.core.db import transaction
from app.core.downloads import download
from app.core.errors import DomainError, NotFound
from app.core.forms import number_asked, page_asked
from app.ledger.looks import Near
from app.programs import queries as programs
from app.reports import charts_proximity, exports_proximity, operations
from app.reports.asking import instant_in
from app.reports.exports import Format
from app.reports.links import rows_url
from app.reports.pages import sliced
from app.reports.proximity import DEFAULT_DAYS, PairFigure, ProximityReport, parse_days
from app.reports.queries_proximity import proximity_report
from app.reports.views import bp


@bp.get("/reports/proximity")
@requires("reports:read")
def proximity() -> ResponseReturnValue:
    """Fees within so many days after in-kind value of the same provider, each number with its rows."""
    asked = _asked()
    report = _report(asked)
    return render_template(
        "reports/proximity.html", report=report, asked=request.args, refusal=asked.refusal,
        programs=programs.list_programs(), page=sliced(report.pairs, page_asked()),
        kept=_kept(asked),
        drawing=charts_proximity.by_distance(report), rows_url=partial(_rows, report), pair_url=partial(_pair_rows, report),
    ), 422 if asked.refusal else 200  # fmt: skip


@bp.get("/reports/proximity/export/<any(pdf, xlsx, csv, json):format>")
@requires("reports:export")
def export_proximity(format: Format) -> ResponseReturnValue:
    """The same report as a file; the export is written into the audit trail once the file is there (R4)."""
    by, asked = acting_user(), _asked()
    if asked.refusal is not None:
        raise asked.refusal
    report = _report(asked)
    content = exports_proximity.proximity_file(report, format)
    # Reading stays reading: this one line is written in a transaction of its own, after the file was made.
    with transaction():
        operations.record_export(
            "proximity", ref=f"{report.program_id or 'all'}", format=format, as_of=asked.as_of, by=by
        )
    return download(content, exports_proximity.file_name(report, format))


_PLAIN, _TYPED = frozenset({"program_id", "counting"}), frozenset({"days", "as_of"})


@dataclass(frozen=True, slots=True)
class _Asked:
    n_days: int
    program_id: int | None
    is_any: bool
    as_of: datetime | None
    refusal: DomainError | None = None


def _asked() -> _Asked:
    """What the address asks for; where it cannot be used, what is wrong, and the usual instead."""
    n_days, as_of, refusal = DEFAULT_DAYS, None, None
    try:
        n_days = parse_days(request.args.get("days", ""))
        as_of = instant_in(request.args.get("as_of", ""), acting_user())
    except DomainError as error:
        refusal = error
    is_any = request.args.get("counting") == "any"
    return _Asked(n_days, number_asked("program_id"), is_any, as_of, refusal)


def _kept(asked: _Asked) -> dict[str, Any]:
    """What links to the same report keep of the address; nothing that was refused."""
    names = _PLAIN if asked.refusal else _PLAIN | _TYPED
    return {name: value for name, value in request.args.items() if name in names}


def _report(asked: _Asked) -> ProximityReport:
    program = programs.get_program(asked.program_id) if asked.program_id else None
    if request.args.get("program_id", "").strip() and program is None:
        raise NotFound("There is no such program.")
    return proximity_report(program, asked.n_days, is_any=asked.is_any, as_of=asked.as_of)


def _rows(report: ProximityReport, n_days: int, *, is_value: bool = False, **parts: Any) -> str:
    """The fees within so many days, or the value before them, as of the same moment."""
    near = Near(n_days, is_value, report.is_any)
    return rows_url(program_id=report.program_id, as_of=report.asked_as_of, near=near, **parts)


def _pair_rows(report: ProximityReport, one: PairFigure, *, is_value: bool = False) -> str:
    """The same of one person and provider."""
    whose = {"person_id": one.person_id, "subject_id": one.subject_id, "provider": one.provider}
    return _rows(report, report.n_days, is_value=is_value, **whose)
