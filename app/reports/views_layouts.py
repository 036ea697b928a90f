"""Pages of layouts for publication: what fits into each, what is left out and why, the files (c13)."""

from collections.abc import Mapping

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core import clock
from app.core.db import transaction
from app.core.downloads import download
from app.core.errors import NotFound
from app.programs.models import Program
from app.reports import counting, exports_layouts, operations, policies, queries_layouts
from app.reports.exports_layouts import EFPIA_KEY, PROFILES, LayoutFormat
from app.reports.queries_layouts import Efpia, Laid, LayoutFigures
from app.reports.views import bp
from app.reports.views_quarter import Asked, asked_by, asked_for, choices_for

#: Lines that are left out and people by name, shown on the page; all of them are in the spreadsheet.
N_SHOWN, N_NAMED = 40, 200
#: As reports that a worker counts are called.
KEY = "layouts"


@bp.get("/reports/layouts")
@requires("reports:export")
def layouts() -> ResponseReturnValue:
    """Which layouts there are for these days, and what of one has no place in it."""
    asked = asked_for()
    if asked.program is None:
        return render_template("reports/quarter_none.html")
    key = _key_in(request.args)
    worker, n_lines = None, queries_layouts.count_lines(asked.program, asked.days, asked.as_of)
    if n_lines > counting.MOST_AT_ONCE:
        worker = counting.look(KEY, {**asked.whole.args, "layout": key}, acting_user())
    found = worker.figures if worker else _figures(key, asked.program, asked)
    return render_template(
        "reports/layouts.html", asked=asked, found=found, key=key, labels=_labels(), choices=choices_for(asked),
        n_shown=N_SHOWN, is_efpia=key == EFPIA_KEY, worker=worker, n_lines=n_lines,
    ), 422 if asked.refusal else 200  # fmt: skip


def _key_in(args: Mapping[str, str]) -> str:
    key = args.get("layout", "")
    return key if key in PROFILES or key == EFPIA_KEY else "open-payments-2024"


def _count(args: Mapping[str, str], by: User) -> LayoutFigures:
    """The same by a worker."""
    asked = asked_by(args, by)
    if asked.refusal or asked.program is None:
        raise policies.DaysRefused(asked.refusal or _("There is no program to report on."))
    return _figures(_key_in(args), asked.program, asked)


counting.register(
    KEY,
    counting.Kind(
        "reports.layouts",
        "reports:export",
        _count,
        LayoutFigures,
    ),
)


@bp.get("/reports/layouts/<key>/export/<any(csv, xlsx):format>")
@requires("reports:export")
def export_layout(key: str, format: LayoutFormat) -> ResponseReturnValue:
    """The file; a CSV that leaves lines out is made only when somebody said so (`without`), an XLSX lists them."""
    asked = asked_for()
    if key not in PROFILES and key != EFPIA_KEY:
        raise NotFound(_("There is no such layout."))
    if asked.refusal or asked.program is None:
        raise policies.DaysRefused(asked.refusal or _("There is no program to report on."))
    found = _found(key, asked.program, asked)
    is_without = request.args.get("without") == "left-out"
    if format == "csv" and not is_without:
        policies.check_whole([(one.seq, one.reason) for one in found.left])
    content = _content(found, key, format)
    with transaction():
        said = f"{format}, {len(found.left)} lines left out" if found.left else format
        operations.record_export(
            key, ref=f"{asked.program.id} {asked.days}", format=said, as_of=asked.as_of, by=acting_user()
        )
    return _as_file(content, key, asked.program, asked, format)


def _as_file(content: bytes, key: str, program: Program, asked: Asked, format: LayoutFormat) -> Response:
    days = f"{asked.days.from_on.isoformat()}-{asked.days.to_on.isoformat()}"
    return download(content, f"{key}-{program.id}-{days}.{format}")


def _found(key: str, program: Program, asked: Asked) -> Laid | Efpia:
    if key == EFPIA_KEY:
        return queries_layouts.efpia(program, asked.days, as_of=asked.as_of)
    return queries_layouts.open_payments(program, asked.days, PROFILES[key], as_of=asked.as_of)


def _figures(key: str, program: Program, asked: Asked) -> LayoutFigures:
    return queries_layouts.figures_of(_found(key, program, asked), n_left=N_SHOWN, n_named=N_NAMED)


def _content(found: Laid | Efpia, key: str, format: LayoutFormat) -> bytes:
    if isinstance(found, Efpia):
        return exports_layouts.efpia_file(found, format, made_at=clock.now())
    return exports_layouts.open_payments_file(found, PROFILES[key], format, made_at=clock.now())


def _labels() -> list[tuple[str, str]]:
    return [*((one.key, one.label) for one in PROFILES.values()), (EFPIA_KEY, exports_layouts.EFPIA_LABEL)]
