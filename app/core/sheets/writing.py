"""Writes tables as CSV (exact text) and as XLSX (numbers a spreadsheet can add), row by row."""

import csv
import io
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Literal

import xlsxwriter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.core.i18n import marked, said
from app.core.money import Money
from app.core.sheets.model import Cell, Column, Sheet, csv_safe

Header = Literal["key", "label"]
SheetFormat = Literal["csv", "xlsx"]

#: Rows a worksheet holds, with its header (Excel 2007 and later).
MAX_XLSX_ROWS = 1_048_576
#: And columns.
MAX_XLSX_COLUMNS = 16_384
_MAX_XLSX_TEXT = 32_767
_CUT = _l(" … [cut: the CSV file holds the full text]")
_CHUNK = 64 * 1024
# Spreadsheets hold IEEE 754 doubles: 15 significant digits survive.
_MAX_EXACT = 10**15
EXACTNESS = marked(
    "Amounts in a spreadsheet are exact to 15 significant digits; longer ones are written as text. "
    "The CSV file holds every amount as exact decimal text."
)
_NOT_IN_SHEET_NAMES = str.maketrans("[]:*?/\\", "()-----")


def write_csv(sheet: Sheet, *, header: Header = "key") -> Iterator[bytes]:
    """The table as UTF-8 with BOM and CRLF, in chunks of about 64 KiB; ValueError if a cell does not fit its column."""
    chunks: list[str] = []
    writer = csv.writer(_Appender(chunks.append), lineterminator="\r\n")
    writer.writerow(
        [csv_safe(column.key if header == "key" else said(column.label)) for column in sheet.columns]
    )
    size = 0
    yield b"\xef\xbb\xbf"
    for row in sheet.rows:
        writer.writerow([cell_text(cell, column) for cell, column in zip(row, sheet.columns, strict=True)])
        size += len(chunks[-1])
        if size >= _CHUNK:
            yield "".join(chunks).encode()
            chunks.clear()
            size = 0
    yield "".join(chunks).encode()


def sheet_file(sheet: Sheet, format: SheetFormat, *, created: datetime) -> bytes:
    """One table as a whole file, for lists; `created` as in `write_xlsx`. ValueError if a cell does not fit its column."""
    if format == "csv":
        return b"".join(write_csv(sheet))
    target = io.BytesIO()
    write_xlsx(target, [sheet], created=created)
    return target.getvalue()


def cell_text(cell: Cell, column: Column) -> str:
    """One cell as it stands in a CSV file: exact, locale-free, and never a formula."""
    if cell is None:
        return ""
    if column.kind == "text":
        return csv_safe(cell if isinstance(cell, str) else str(cell))
    checked = _checked(cell, column)
    if isinstance(checked, datetime):
        return checked.isoformat().replace("+00:00", "Z")
    if isinstance(checked, date):
        return checked.isoformat()
    return f"{checked:f}" if isinstance(checked, Decimal) else str(checked)


def write_xlsx(
    target: IO[bytes],
    sheets: Sequence[Sheet],
    *,
    created: datetime,
    notes: Sequence[tuple[str, str]] = (),
    header: Header = "label",
) -> None:
    """Fill `target` with a workbook, one worksheet per table, and a last one with the notes, the columns and the exactness.

    `created` (aware) is the date in the file's properties; equal input gives equal bytes. ValueError if a cell does not
    fit its column or a table has more than 1,048,575 rows or 16,384 columns. About 12 s for 100,000 rows of 8 columns.
    """
    if created.tzinfo is None:
        raise ValueError("created needs a time zone")
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target, options)
    try:
        book.set_properties({"created": created.astimezone(UTC).replace(tzinfo=None)})
        formats = _Formats(book)
        taken: set[str] = set()
        described = list(sheets)
        for sheet in described:
            _fill(book.add_worksheet(_sheet_name(sheet.name, taken)), sheet, formats, header)
        about = notes_sheet(notes, described)
        _fill(book.add_worksheet(_sheet_name(about.name, taken)), about, formats, header)
    finally:
        book.close()


def notes_sheet(notes: Sequence[tuple[str, str]], sheets: Sequence[Sheet] = ()) -> Sheet:
    """The sheet that explains the others: the notes given (method, as-of date, chain head), then every column."""
    rows: list[tuple[str, str]] = [*notes, (_("Exactness"), said(EXACTNESS))]
    for sheet in sheets:
        for column in sheet.columns:
            unit = f", {column.currency}" if column.currency else ""
            zone = _(", UTC") if column.kind == "instant" else ""
            rows.append((f"{sheet.name}: {column.key}", f"{said(column.label)} ({column.kind}{unit}{zone})"))
    return Sheet(_("About this file"), (Column("item", _("Item")), Column("text", _("Text"))), rows)


class _Appender:
    """What `csv.writer` needs of a file."""

    def __init__(self, append: Callable[[str], None]) -> None:
        self.write = append


class _Formats:
    """The few cell formats of a workbook, made when first needed."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[str, Format] = {}
        self.header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        # Excel's own mark for "this is text": the value stays as it is, and editing the cell never makes it a formula.
        self.quoted = book.add_format({"quote_prefix": True})

    def number(self, pattern: str) -> Format:
        """The format for a number pattern such as `#,##0.00`."""
        if pattern not in self._made:
            self._made[pattern] = self._book.add_format({"num_format": pattern})
        return self._made[pattern]


def _fill(worksheet: Worksheet, sheet: Sheet, formats: _Formats, header: Header) -> None:
    if len(sheet.columns) > MAX_XLSX_COLUMNS:  # the library would drop the others without a word
        raise ValueError(
            _(
                "A worksheet holds %(max_xlsx_columns)s columns; take the CSV file for more.",
                max_xlsx_columns=f"{MAX_XLSX_COLUMNS:,}",
            )
        )
    worksheet.freeze_panes(1, 0)
    for at, column in enumerate(sheet.columns):
        worksheet.set_column(at, at, _width(column))
    for at, column in enumerate(sheet.columns):
        worksheet.write_string(0, at, column.key if header == "key" else _label(column), formats.header)
    for line, row in enumerate(sheet.rows, start=1):
        if line >= MAX_XLSX_ROWS:
            raise ValueError(
                _(
                    "A worksheet holds %(max_xlsx_rows)s rows; take the CSV file for more.",
                    max_xlsx_rows=f"{MAX_XLSX_ROWS - 1:,}",
                )
            )
        for at, (cell, column) in enumerate(zip(row, sheet.columns, strict=True)):
            if cell is not None:
                _put(worksheet, line, at, cell, column, formats)


def _put(worksheet: Worksheet, line: int, at: int, cell: Cell, column: Column, formats: _Formats) -> None:
    if column.kind == "text":
        _put_text(worksheet, line, at, cell if isinstance(cell, str) else str(cell), formats)
        return
    checked = _checked(cell, column)
    if isinstance(checked, date):
        pattern = "yyyy-mm-dd hh:mm:ss" if isinstance(checked, datetime) else "yyyy-mm-dd"
        # A spreadsheet's calendar begins in 1900 and has no time zones.
        if checked.year < 1901:
            _put_text(worksheet, line, at, cell_text(cell, column), formats)
        else:
            plain = checked.replace(tzinfo=None) if isinstance(checked, datetime) else checked
            worksheet.write_datetime(line, at, plain, formats.number(pattern))
    elif _digits(checked) >= _MAX_EXACT:
        _put_text(worksheet, line, at, cell_text(cell, column), formats)
    else:
        worksheet.write_number(line, at, checked, formats.number(_pattern(checked, column)))


def _put_text(worksheet: Worksheet, line: int, at: int, text: str, formats: _Formats) -> None:
    if len(text) > _MAX_XLSX_TEXT:
        # The library would drop the cell without a word.
        text = text[: _MAX_XLSX_TEXT - len(_CUT)] + _CUT
    if csv_safe(text) is text:
        worksheet.write_string(line, at, text)
    else:
        worksheet.write_string(line, at, text, formats.quoted)


def _checked(cell: Cell, column: Column) -> int | float | Decimal | date | datetime:
    """The value of a cell that is not text, in the one type its kind allows; ValueError otherwise."""
    match column.kind:
        case "money" if isinstance(cell, Money):
            if column.currency != cell.currency:
                raise ValueError(
                    _(
                        "Column %(key)s is in %(value)s, not in %(currency)s.",
                        key=column.key,
                        value=column.currency or "no one currency",
                        currency=cell.currency,
                    )
                )
            return cell.amount
        case "money" if isinstance(cell, Decimal) and cell.is_finite():
            return cell
        case "integer" if isinstance(cell, int) and not isinstance(cell, bool):
            return cell
        case "ratio" if isinstance(cell, int | float | Decimal) and math.isfinite(cell):
            return cell
        case "instant" if isinstance(cell, datetime) and cell.tzinfo is not None:
            return cell.astimezone(UTC)
        case "date" if isinstance(cell, date) and not isinstance(cell, datetime):
            return cell
    raise ValueError(
        _(
            "Column %(key)s holds %(kind)s, and %(cell)s is not one.",
            key=column.key,
            kind=column.kind,
            cell=f"{cell!r}",
        )
    )


def _digits(number: int | float | Decimal) -> int:
    """The significant digits of an exact number as an integer; 0 for a float, which is what it is."""
    if isinstance(number, Decimal):
        return int("".join(map(str, number.as_tuple().digits)))
    return abs(number) if isinstance(number, int) else 0


def _pattern(number: int | float | Decimal, column: Column) -> str:
    if column.kind == "integer":
        return "0"
    if column.kind == "ratio":
        return "0.0%"
    exponent = number.as_tuple().exponent if isinstance(number, Decimal) else 0
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return "#,##0" + ("." + "0" * places if places else "")


def _label(column: Column) -> str:
    if column.kind == "instant":
        return f"{said(column.label)} (UTC)"
    return f"{said(column.label)} ({column.currency})" if column.currency else said(column.label)


def _width(column: Column) -> int:
    """Width in characters: wide enough for most cells without looking at them, since rows only pass by once."""
    least = {"text": 24, "money": 16, "integer": 10, "date": 12, "instant": 20, "ratio": 10}[column.kind]
    return max(least, min(len(_label(column)) + 2, 40))


def _sheet_name(name: str, taken: set[str]) -> str:
    """A worksheet name Excel accepts: at most 31 characters, none of []:*?/\\, no apostrophe at an end, unique."""
    base = name.translate(_NOT_IN_SHEET_NAMES).strip().strip("'")[:31] or "Sheet"
    chosen, number = base, 2
    while chosen.casefold() in taken or chosen.casefold() == "history":
        ending = f" ({number})"
        chosen, number = base[: 31 - len(ending)] + ending, number + 1
    taken.add(chosen.casefold())
    return chosen
