"""The shape of a report of the gallery, whichever it is; an allow-list like all others."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from app.api.layer import MAX_ID, Needs, Query, Shape
from app.api.shapes_proximity import HeadShape
from app.api.shapes_report import NoteShape

_AMOUNTS = Needs("amounts:read")


class GalleryReportShape(Shape):
    """Figures by key and tables as rows of named cells, the same as page, PDF and spreadsheet (O6).

    An amount is `{"amount": "1234.50", "currency": "GBP"}`; a share is decimal text between 0 and 1.
    """

    report: str
    about: str
    parameters: dict[str, str]
    as_of: AwareDatetime
    figures: Annotated[dict[str, Any], _AMOUNTS] = Field(default_factory=dict)
    tables: Annotated[dict[str, list[dict[str, Any]]], _AMOUNTS] = Field(default_factory=dict)
    methodology: list[NoteShape]
    ledger: HeadShape


class GalleryQuery(Query):
    """Which report, and what it asks for; what it does not ask for is left unread.

    `days` are two dates ("2026-07-01..2026-09-30") or follow the calendar: last-month, last-quarter, year-to-date ...
    """

    report: str = Field(max_length=40)
    program: int | None = Field(default=None, ge=1, le=MAX_ID)
    event: int | None = Field(default=None, ge=1, le=MAX_ID)
    person: int | None = Field(default=None, ge=1, le=MAX_ID)
    days: str = Field(default="", max_length=24)
    as_of: AwareDatetime | None = None
