"""Pages of the proximity report: fees soon after value, on the screen and as files (O4)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from msgspec import Struct
from msgspec.structs import replace

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core.db import transaction
from app.core.downloads import download
from app.core.forms import page_asked
from app.ledger.looks import Near
from app.programs import queries as programs
from app.reports import charts_proximity, counting, exports_proximity, operations
from app.reports.asking import AskedRefused, read_asked, require_asked
from app.reports.exports import Format
from app.reports.gallery import Asked
from app.reports.gallery_own import PROXIMITY
from app.reports.links import rows_url
from app.reports.pages import sliced
from app.reports.proximity import PairFigure, ProximityReport
from app.reports.queries_proximity import count_fees, proximity_report
from app.reports.views import bp
from app.reports.views_saved import kept_of

KEY = "proximity"
#: So many pairs a worker keeps for the page.
N_PAIRS = 500


@bp.get("/reports/proximity")
@requires("reports:read")
def proximity() -> ResponseReturnValue:
    """Fees within so many days after in-kind value of the same provider, each number with its rows."""
    asked = _asked()
    worker, n_fees = None, count_fees(asked.whole.program, asked.whole.as_of)
    if n_fees > counting.MOST_AT_ONCE:
        worker = counting.look(KEY, asked.whole.args, acting_user())
        if worker.figures is None:
            return _not_counted(asked, worker, n_fees), asked.status
    report = worker.figures if worker else asked.report()
    return render_template(
        "reports/proximity.html", report=report, asked=request.args, refusal=asked.refusal, worker=worker,
        programs=programs.list_programs(), page=sliced(report.pairs, page_asked()), kept=asked.kept,
        **kept_of(PROXIMITY, asked.whole), drawing=charts_proximity.by_distance(report),
        rows_url=partial(_rows, report), pair_url=partial(_pair_rows, report),
    ), asked.status  # fmt: skip


def _not_counted(asked: "_Asked", worker: counting.Counting, n_fees: int) -> str:
    """The page before a worker has counted."""
    return render_template(
        "reports/proximity_count.html", worker=worker, n_fees=n_fees, asked=request.args, whole=asked.whole,
        refusal=asked.refusal, kept=asked.kept, programs=programs.list_programs(),
    )  # fmt: skip


@bp.get("/reports/proximity/export/<any(pdf, xlsx, csv, json):format>")
@requires("reports:export")
def export_proximity(format: Format) -> ResponseReturnValue:
    """The same report as a file; the export is written into the audit trail once the file is there (R4)."""
    by, asked = acting_user(), _asked()
    if asked.refusal:
        raise AskedRefused(asked.refusal)
    report = asked.report()
    content = exports_proximity.proximity_file(report, format)
    # Reading stays reading: this one line is written in a transaction of its own, after the file was made.
    with transaction():
        operations.record_export(
            "proximity", ref=f"{report.program_id or 'all'}", format=format, as_of=asked.whole.as_of, by=by
        )
    return download(content, exports_proximity.file_name(report, format))


class _Asked(Struct, frozen=True):
    """What the address asks for; where it cannot be used, why, and the usual instead. `kept`: the same for an address."""

    whole: Asked
    refusal: str
    kept: dict[str, Any]

    @property
    def status(self) -> int:
        return 422 if self.refusal else 200

    def report(self) -> ProximityReport:
        n_days = self.whole.within
        assert n_days is not None  # noqa: S101 -- the usual number stands in
        is_any = self.whole.counting == "any"
        return proximity_report(self.whole.program, n_days, is_any=is_any, as_of=self.whole.as_of)


def _count(args: Mapping[str, str], by: User) -> ProximityReport:
    """The same by a worker: the first of its pairs, who are read; all of them are in the files."""
    whole = require_asked(PROXIMITY, args, by)
    report = _Asked(whole, "", {}).report()
    return replace(report, pairs=report.pairs[:N_PAIRS])


counting.register(
    KEY,
    counting.Kind(
        "reports.proximity",
        "reports:read",
        _count,
        ProximityReport,
    ),
)


def _asked() -> _Asked:
    found = read_asked(PROXIMITY, PROXIMITY.named(request.args.to_dict()), acting_user())
    return _Asked(found.asked, found.refusal, dict(PROXIMITY.link(found.asked.settings).arguments))


def _rows(report: ProximityReport, n_days: int, *, is_value: bool = False, **parts: Any) -> str:
    """The fees within so many days, or the value before them, as of the same moment."""
    near = Near(n_days, is_value, report.is_any)
    return rows_url(program_id=report.program_id, as_of=report.asked_as_of, near=near, **parts)


def _pair_rows(report: ProximityReport, one: PairFigure, *, is_value: bool = False) -> str:
    """The same of one person and provider."""
    whose = {"person_id": one.person_id, "subject_id": one.subject_id, "provider": one.provider}
    return _rows(report, report.n_days, is_value=is_value, **whose)
