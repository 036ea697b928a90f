"""The shapes tables are written from and read into, and the one rule that keeps a text from being a formula."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from flask_babel import gettext as _
from msgspec import Struct

from app.core.money import Money

Kind = Literal["text", "money", "integer", "date", "instant", "ratio"]

# OWASP ASVS 1.2.10, and the full-width forms that East Asian spreadsheets read as operators.
_FORMULA_STARTS = frozenset("=+-@\t\r\n\0＝＋－＠")


Cell = str | int | Decimal | float | date | datetime | Money | None


class Column(Struct, frozen=True):
    """One column: `key` is stable and for machines, `label` is for people and may be translated.

    Cells by kind: text (str); money (Money, or Decimal in major units: never int, which could be minor units);
    integer (int); date (date); instant (aware datetime, written in UTC); ratio (Decimal or float, 0.25 is 25 %).
    `currency` fixes one currency for the column; without it a column beside must name the currency of each row.
    """

    key: str
    label: str
    kind: Kind = "text"
    currency: str | None = None


class Sheet(Struct, frozen=True):
    """A table to write; `rows` may be a generator, is read once, and each row has one cell per column."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]


class ReadLimits(Struct, frozen=True):
    """How much of a stranger's file is read before it is refused; sizes in bytes, after unpacking."""

    max_bytes: int = 256 * 1024 * 1024
    #: Unpacked to packed; ordinary tables reach 5 to 30. Not applied below 1 MiB.
    max_ratio: int = 200
    max_rows: int = 500_000
    max_columns: int = 300
    max_cell_chars: int = 32_767
    #: A workbook is unpacked as a whole before its first row can be read, so it gets less.
    max_workbook_bytes: int = 50 * 1024 * 1024
    max_workbook_entries: int = 2_000
    #: Rows times columns: the reader holds every cell of the rectangle, also the empty ones (about 25 bytes each).
    max_workbook_cells: int = 5_000_000


class Record(NamedTuple):
    """One row read: the line of the file it starts on (the header is line 1), and text by column name."""

    line: int
    values: Mapping[str, str]


class SheetError(ValueError):
    """A file that cannot be read as a table; `message` is a sentence for the person, `line` where it went wrong."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message if line is None else _("Line %(line)s: %(what)s", line=line, what=message))
        self.message = str(self)
        self.line = line


def csv_safe(text: str) -> str:
    """The text, with a leading apostrophe when a spreadsheet would take it for a formula."""
    return "'" + text if text[:1] in _FORMULA_STARTS and text else text


def restore_text(text: str) -> str:
    """The opposite of `csv_safe`, for files of our own that come back."""
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA_STARTS and len(text) > 1 else text
