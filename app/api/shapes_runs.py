"""Shapes of saved reports and of runs that were kept."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from app.api.layer import Body, Id, PageQuery, Record, Shape
from app.api.shapes import UserShape
from app.lists.models import Share
from app.reports.models import ReportRun
from app.reports.queries_runs import SavedRow


class SavedReportShape(Record):
    """A report under a name, with what it asks."""

    id: int
    version: int
    report: str
    name: str
    owner: UserShape | None
    share: Share
    settings: dict[str, Any]

    @classmethod
    def of(cls, row: SavedRow) -> "SavedReportShape":
        view = row.view
        return cls.read(
            view, report=row.report.name, owner=UserShape.of(view.owner), settings=dict(view.query)
        )


class RunShape(Shape):
    """A report as it was when it was kept."""

    id: int
    report: str
    view_id: int | None
    about: str
    period: str
    made_at: AwareDatetime
    made_by: UserShape | None
    as_of: AwareDatetime

    @classmethod
    def of(cls, row: ReportRun) -> "RunShape":
        return cls.read(row, made_by=UserShape.of(row.made_by))


class RunsQuery(PageQuery):
    """Runs of which report, or of which saved report."""

    report: Annotated[str, Field(max_length=40)]
    saved_id: Id | None = None


class NewRun(Body):
    """Keep what a report says now, asked this; the names are those `GET /reports/gallery` takes."""

    report: Annotated[str, Field(max_length=40)]
    settings: Annotated[dict[str, Annotated[str, Field(max_length=40)]], Field(max_length=8)] = Field(
        default_factory=dict
    )
