"""Lists of people as CSV and XLSX: the rows and columns of the screen, in its order."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import cast

from flask_babel import gettext as _

from app.accounts.models import User
from app.core import clock
from app.core.sheets import Cell, Sheet, SheetFormat, sheet_file
from app.core.sheets import Column as SheetColumn
from app.core.sheets.model import Kind
from app.lists.catalogue import Column, Tag
from app.people import listing
from app.people.queries_listing import PersonRow

#: Rows whose cells are read together.
_CHUNK = 500


def people_file(by: User, columns: Sequence[Column], rows: Sequence[PersonRow], format: SheetFormat) -> bytes:
    """The rows as a file, with the columns on the screen and no other (R3)."""
    heads = [SheetColumn(one.key, one.label, _kind(one)) for one in columns]
    return sheet_file(Sheet(_("People"), heads, _lines(by, columns, rows)), format, created=clock.now())


def _lines(by: User, columns: Sequence[Column], rows: Sequence[PersonRow]) -> Iterator[Sequence[Cell]]:
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        cells = listing.columns_of(by, columns, chunk)
        for row in chunk:
            yield [_cell(cells[one.key].get(row.id)) for one in columns]


def _kind(column: Column) -> Kind:
    return "text" if column.kind == "tags" else cast(Kind, column.kind)


def _cell(value: object) -> Cell:
    if isinstance(value, list):
        return ", ".join(tag.label for tag in value if isinstance(tag, Tag))
    return value if isinstance(value, str | int | date | datetime) else None
