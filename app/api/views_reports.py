"""Reports: the same figures as page, PDF and spreadsheet (O6)."""

from datetime import datetime

from app.accounts.access import acting_user
from app.api import shapes_report
from app.api.layer import ID, operation
from app.api.shapes_gallery import GalleryQuery, GalleryReportShape
from app.api.shapes_proximity import ProximityQuery, ProximityReportShape
from app.core import clock
from app.core.db import transaction
from app.periods.policies_as_of import AsOfRefused
from app.programs import queries as programs
from app.reports import exports as reports
from app.reports import exports_proximity
from app.reports import operations as report_operations
from app.reports import queries as report_queries
from app.reports.asking import require_asked
from app.reports.gallery import as_document
from app.reports.gallery_all import get_report
from app.reports.queries_proximity import proximity_report


@operation(
    f"/reports/value/{ID}",
    permission="reports:read",
    query=shapes_report.ValueReportQuery,
    out=shapes_report.ValueReportShape,
)
def get_value_report(id: int, query: shapes_report.ValueReportQuery) -> shapes_report.ValueReportShape:
    """The value report of a program, as of now or of a moment that has passed; each reading is audited."""
    _require_past(query.as_of)
    report = report_queries.value_report(programs.get_program(id), as_of=query.as_of)
    shape = shapes_report.ValueReportShape.model_validate(reports.as_document(report))
    _note_reading("value", str(id), query.as_of)
    return shape


@operation(
    "/reports/proximity", permission="reports:read", query=ProximityQuery, out=ProximityReportShape, errors=(404,),
)  # fmt: skip
def get_proximity_report(query: ProximityQuery) -> ProximityReportShape:
    """Fees within so many days after value of the same provider, of one program or of all; each reading is audited."""
    _require_past(query.as_of)
    program = programs.get_program(query.program_id) if query.program_id is not None else None
    report = proximity_report(program, query.days, is_any=query.counting == "any", as_of=query.as_of)
    shape = ProximityReportShape.model_validate(exports_proximity.as_document(report))
    _note_reading("proximity", f"{query.program_id or 'all'}", query.as_of)
    return shape


@operation(
    "/reports/gallery",
    permission="reports:read",
    query=GalleryQuery,
    out=GalleryReportShape,
    errors=(404,),
)
def get_gallery_report(query: GalleryQuery) -> GalleryReportShape:
    """Any report of the gallery by its name, with what it asks for; each reading is audited."""
    report = get_report(query.report)
    args = {
        name: str(value) for name, value in query.model_dump(exclude={"report"}).items() if value is not None
    }
    asked = require_asked(report, args, acting_user())
    shape = GalleryReportShape.model_validate(as_document(report, report.count(asked), asked))
    _note_reading(report.key, asked.words, asked.as_of)
    return shape


def _require_past(as_of: datetime | None) -> None:
    if as_of is not None and as_of > clock.now():
        raise AsOfRefused(
            "This moment is still to come. A report shows the book as it stood at a moment that has passed."
        )


def _note_reading(report: str, ref: str, as_of: datetime | None) -> None:
    """Reading stays reading: this one line is written in a transaction of its own, after the figures were read."""
    with transaction():
        report_operations.record_export(report, ref=ref, format="api", as_of=as_of, by=acting_user())
