"""Reads one sheet of an XLSX workbook, after looking inside the archive for anything that would blow up."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.core.i18n import number
from app.core.sheets.model import ReadLimits, Record, SheetError
from app.core.sheets.reading import Reading, column_names, records

Value = int | float | str | bool | time | date | datetime | timedelta

_CHUNK = 256 * 1024
_RATIO_FLOOR = 1024 * 1024
_DAMAGED = _l("The workbook is damaged. Open it in a spreadsheet program and save it again as .xlsx.")
_TOO_BIG = _l("The workbook unpacks to far more data than a table would. It was not read.")
# Where a cell or a row says it stands: `r="AB12"`, `r="12"`, in whatever tag: looking for the tag as well would be
# fooled by a `>` inside an attribute. XML allows spaces and either quote.
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,9})(\d{1,12})[\"']")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")


def read_xlsx(stream: IO[bytes], limits: ReadLimits | None = None, *, sheet: str | None = None) -> Reading:
    """Read a sheet (by default the first visible one); its first row that is not blank is the header.

    Values become text as in a CSV file: numbers without exponent and with at most 15 digits, dates as ISO 8601,
    formulas by their last result. `stream` must be seekable. SheetError for anything beyond `limits`, before it is unpacked.
    """
    bounds = limits or ReadLimits()
    packed = stream.read(bounds.max_workbook_bytes + 1)
    if len(packed) > bounds.max_workbook_bytes:
        raise SheetError(
            _(
                "The workbook is larger than %(max_workbook_bytes)s MB. Save it as CSV instead.",
                max_workbook_bytes=bounds.max_workbook_bytes // 1048576,
            )
        )
    check_archive(packed, bounds)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(packed))
        names = tuple(entry.name for entry in book.sheets_metadata if entry.typ == SheetTypeEnum.WorkSheet)
        if not names:
            raise SheetError(_("The workbook has no sheet with cells."))
        if sheet is not None and sheet not in names:
            raise SheetError(
                _(
                    "The workbook has no sheet called %(sheet)s. It has: %(names)s.",
                    sheet=f"{sheet!r}",
                    names=", ".join(names),
                )
            )
        page = book.get_sheet_by_name(sheet or _first_visible(book, names))
        start = page.start
        grid = page.iter_rows()
    except CalamineError:
        raise SheetError(_DAMAGED) from None
    rows = _rows(grid, start[0] if start else 0)
    first = next(rows, None)
    if first is None:
        raise SheetError(_("The sheet is empty. Its first row must name the columns."))
    columns = column_names(first[1], bounds, first[0])
    found: Iterator[Record] = records(rows, columns, bounds)
    return Reading(columns, "", names, found, lambda: ("utf-8", False))


def check_archive(packed: bytes, limits: ReadLimits) -> None:
    """Refuse an archive that is not a workbook, or that would need too much memory; unpacks it once, in small pieces.

    The sizes an archive declares are checked first; each entry is then read to its end, which fails when the
    declaration was a lie; and each sheet's cells are looked at for the rectangle they span, because a reader holds
    all of it (a workbook of 5 kB with two far apart cells needs 4 GB).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            _check_directory(entries, len(packed), limits)
            for entry in entries:
                with archive.open(entry) as part:
                    if entry.filename.lower().startswith("xl/worksheets/"):
                        _check_rectangle(part, limits)
                    else:
                        while part.read(_CHUNK):
                            pass
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
    ) as error:
        # RuntimeError is an encrypted entry, NotImplementedError a compression nobody uses in workbooks.
        raise error if isinstance(error, SheetError) else SheetError(_DAMAGED) from None


def _check_directory(entries: Sequence[zipfile.ZipInfo], packed: int, limits: ReadLimits) -> None:
    names = {entry.filename for entry in entries}
    if "xl/workbook.bin" in names:
        raise SheetError(_("This is a binary workbook (.xlsb). Save it as .xlsx or as CSV first."))
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise SheetError(_("This is not an Excel workbook (.xlsx)."))
    if len(entries) > limits.max_workbook_entries or len(names) != len(entries):
        raise SheetError(_DAMAGED)
    declared = sum(entry.file_size for entry in entries)
    if declared > limits.max_workbook_bytes:
        raise SheetError(
            _(
                "The workbook holds more than %(max_workbook_bytes)s MB. Save it as CSV instead.",
                max_workbook_bytes=limits.max_workbook_bytes // 1048576,
            )
        )
    if declared > _RATIO_FLOOR and declared > packed * limits.max_ratio:
        raise SheetError(_TOO_BIG)


def _check_rectangle(part: IO[bytes], limits: ReadLimits) -> None:
    """Bound the rectangle a sheet spans, by the places its cells name and by the cells and rows that name none."""
    seen = _Span()
    rest = b""
    while chunk := part.read(_CHUNK):
        if b"\0" in chunk:
            # Another encoding would hide the cells from this look.
            raise SheetError(_DAMAGED)
        text = rest + chunk
        end = text.rfind(b">") + 1
        seen.look(text[:end])
        rest = text[end:]
        if len(rest) > limits.max_cell_chars * 8:
            raise SheetError(_DAMAGED)
    height, width = seen.size
    if height > limits.max_rows + 1:
        raise SheetError(
            _(
                "The sheet reaches down to row %(height)s; %(max_rows)s rows are the most. Delete the "
                "rows below the last one that holds something, empty ones too, or save it as CSV.",
                height=number(height),
                max_rows=number(limits.max_rows),
            )
        )
    if height * width > limits.max_workbook_cells:
        raise SheetError(
            _(
                "The sheet spans %(height)s rows and %(width)s columns. Delete what is empty, or save it "
                "as CSV.",
                height=number(height),
                width=number(width),
            )
        )


class _Span:
    """What has been seen of a sheet's cells so far."""

    def __init__(self) -> None:
        self._last_row = self._last_column = 0
        self._n_rows = self._n_cells = self._n_placed_rows = self._n_placed_cells = 0
        self._run = self._longest_run = 0

    def look(self, text: bytes) -> None:
        """Take in a piece of the sheet that ends with a tag."""
        first, *others = _ROW.split(text)
        self._run += len(_CELL.findall(first))
        self._n_cells += len(_CELL.findall(first))
        for row in others:
            self._longest_run = max(self._longest_run, self._run)
            self._run = len(_CELL.findall(row))
            self._n_cells += self._run
        self._n_rows += len(others)
        for letters, digits in _PLACE.findall(text):
            self._last_row = max(self._last_row, int(digits))
            if letters:
                self._last_column = max(self._last_column, _column_number(letters))
                self._n_placed_cells += 1
            else:
                self._n_placed_rows += 1

    @property
    def size(self) -> tuple[int, int]:
        """Most rows and columns the sheet can span; what names no place follows the one before it."""
        height = self._last_row + (self._n_rows if self._n_placed_rows < self._n_rows else 0)
        run = max(self._run, self._longest_run)
        return height, self._last_column + (run if self._n_placed_cells < self._n_cells else 0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _first_visible(book: CalamineWorkbook, names: Sequence[str]) -> str:
    visible = [
        entry.name
        for entry in book.sheets_metadata
        if entry.name in names and entry.visible == SheetVisibleEnum.Visible
    ]
    return (visible or list(names))[0]


def _rows(grid: Iterator[list[Value]], start: int) -> Iterator[tuple[int, list[str]]]:
    """Each row that holds anything, with its row number in the sheet."""
    for line, cells in enumerate(grid, start=start + 1):
        texts = [_text(cell) for cell in cells]
        if any(texts):
            yield line, texts


def _text(cell: Value) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        # The fifteen digits a spreadsheet shows: 0.1 + 0.2 is 0.3, and 1.0 is 1.
        return f"{Decimal(f'{cell:.15g}'):f}"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
