"""Pages of layouts for publication: what fits into each, what is left out and why, the files (c13)."""

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.db import transaction
from app.core.downloads import download
from app.core.errors import NotFound
from app.programs.models import Program
from app.reports import exports_layouts, operations, policies, queries_layouts
from app.reports.exports_layouts import EFPIA_KEY, PROFILES, LayoutFormat
from app.reports.queries_layouts import Efpia, Laid
from app.reports.views import bp
from app.reports.views_quarter import Asked, asked_for, choices_for

#: Lines that are left out, shown on the page; all of them are in the spreadsheet.
N_SHOWN = 40


@bp.get("/reports/layouts")
@requires("reports:export")
def layouts() -> ResponseReturnValue:
    """Which layouts there are for these days, and what of one has no place in it."""
    asked = asked_for()
    if asked.program is None:
        return render_template("reports/quarter_none.html")
    key = request.args.get("layout", "")
    key = key if key in PROFILES or key == EFPIA_KEY else "open-payments-2024"
    found = _found(key, asked.program, asked)
    return render_template(
        "reports/layouts.html", asked=asked, found=found, key=key, labels=_labels(), choices=choices_for(asked),
        left=sorted(found.left, key=lambda one: (-one.received.minor, one.seq))[:N_SHOWN], n_shown=N_SHOWN,
        reasons=queries_layouts.reasons_of(found.left), is_efpia=key == EFPIA_KEY,
    ), 422 if asked.refusal else 200  # fmt: skip


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


def _content(found: Laid | Efpia, key: str, format: LayoutFormat) -> bytes:
    if isinstance(found, Efpia):
        return exports_layouts.efpia_file(found, format, made_at=clock.now())
    return exports_layouts.open_payments_file(found, PROFILES[key], format, made_at=clock.now())


def _labels() -> list[tuple[str, str]]:
    return [*((one.key, one.label) for one in PROFILES.values()), (EFPIA_KEY, exports_layouts.EFPIA_LABEL)]
