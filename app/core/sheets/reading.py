"""Reads CSV row by row, whatever program saved it, and says on which line it stopped making sense."""

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO

from flask_babel import gettext as _
from msgspec import Struct

from app.core.i18n import number
from app.core.sheets.decoding import TextLines, unpacked
from app.core.sheets.model import ReadLimits, Record, SheetError

#: Tried in this order; the comma wins when nothing tells them apart.
DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 20


class Reading(Struct):
    """A table being read: iterate it once for the records.

    `charset` and `is_guessed` are final after the last record; ask for a preview first when the encoding was guessed.
    """

    columns: tuple[str, ...]
    delimiter: str
    sheet_names: tuple[str, ...]
    _records: Iterator[Record]
    _encoding: Callable[[], tuple[str, bool]]

    def __iter__(self) -> Iterator[Record]:
        return self._records

    @property
    def charset(self) -> str:
        """Python's name of the encoding so far; "ascii" as long as nothing else was needed."""
        return self._encoding()[0]

    @property
    def is_guessed(self) -> bool:
        """Whether the encoding is a guess that a person should look at."""
        return self._encoding()[1]


def read_csv(
    stream: IO[bytes],
    limits: ReadLimits | None = None,
    *,
    charset: str | None = None,
    delimiter: str | None = None,
) -> Reading:
    """Start reading a CSV file, plain or gzip; records come lazily, in bounded memory.

    The header is read at once. SheetError (here or while iterating) for anything that is not a table within `limits`:
    a damaged or oversized file, an unknown encoding, a missing header, a doubled column, a row with too many cells.
    Blank lines are skipped, short rows are filled with "". `charset` and `delimiter` overrule the guess.
    """
    bounds = limits or ReadLimits()
    if delimiter is not None and delimiter not in DELIMITERS:
        raise SheetError(_("The columns must be separated by a comma, a semicolon, a tab or a bar."))
    lines = TextLines(unpacked(stream, bounds), charset, bounds.max_columns * bounds.max_cell_chars)
    source = iter(lines)
    sample = list(itertools.islice(source, _SAMPLE_LINES))
    skipped = 0
    if sample and sample[0].strip("\ufeff\r\n").lower().startswith("sep="):
        # Excel's own way of naming the delimiter on a first line that is not data.
        delimiter = delimiter or sample[0].strip("\ufeff\r\n")[4:5] or None
        sample, skipped = sample[1:], 1
    chosen = delimiter if delimiter in DELIMITERS else find_delimiter(sample)
    rows = _rows(itertools.chain(sample, source), chosen, skipped)
    first = next(rows, None)
    if first is None:
        raise SheetError(_("The file is empty. Its first line must name the columns."))
    columns = column_names(first[1], bounds, first[0])
    return Reading(
        columns, chosen, (), records(rows, columns, bounds), lambda: (lines.charset, lines.is_guessed)
    )


def find_delimiter(sample: Sequence[str]) -> str:
    """The delimiter that cuts the most lines into the header's number of columns; a comma if none cuts anything."""
    best, best_score = DELIMITERS[0], (0.0, 0)
    for candidate in DELIMITERS:
        try:
            # The sample may end inside a quoted cell, so no strictness here.
            widths = [len(row) for row in csv.reader(sample, delimiter=candidate) if row]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
        if score > best_score:
            best, best_score = candidate, score
    return best


def column_names(cells: Sequence[str], limits: ReadLimits, line: int) -> tuple[str, ...]:
    """The header, trimmed; nameless columns get a number; SheetError for doubles, too many, or none at all."""
    trimmed = [cell.strip().lstrip("\ufeff") for cell in cells]
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    if not trimmed:
        raise SheetError(_("The first line must name the columns."), line=line)
    if len(trimmed) > limits.max_columns:
        raise SheetError(
            _(
                "The table has %(n)s columns; %(max_columns)s are the most.",
                n=len(trimmed),
                max_columns=limits.max_columns,
            ),
            line=line,
        )
    names = tuple(name or f"column {at}" for at, name in enumerate(trimmed, start=1))
    for name in names:
        if len(name) > 200:
            raise SheetError(
                _("A column name is longer than 200 characters. Is the first line the header?"), line=line
            )
        if names.count(name) > 1:
            raise SheetError(
                _("Two columns are called %(name)s. Rename one of them.", name=f"{name!r}"), line=line
            )
    return names


def records(
    rows: Iterable[tuple[int, Sequence[str]]], columns: tuple[str, ...], limits: ReadLimits
) -> Iterator[Record]:
    """Name the cells of each row; SheetError for a row that does not fit, with its line."""
    width, n_rows = len(columns), 0
    for line, cells in rows:
        if len(cells) != width:
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                raise SheetError(
                    _(
                        "This row has %(n)s cells, the header has %(width)s. A cell that holds the delimiter "
                        "needs quotation marks.",
                        n=len(cells),
                        width=width,
                    ),
                    line=line,
                )
            cells = [*cells[:width], *[""] * (width - len(cells))]
        if not any(cells):
            continue
        n_rows += 1
        if n_rows > limits.max_rows:
            raise SheetError(
                _(
                    "The table has more than %(max_rows)s rows. Split it into smaller files.",
                    max_rows=number(limits.max_rows),
                ),
                line=line,
            )
        if max(map(len, cells)) > limits.max_cell_chars:
            raise SheetError(
                _(
                    "A cell is longer than %(max_cell_chars)s characters.",
                    max_cell_chars=number(limits.max_cell_chars),
                ),
                line=line,
            )
        yield Record(line, dict(zip(columns, cells, strict=True)))


def _rows(lines: Iterable[str], delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it starts on; a row may span lines when a cell is quoted."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + skipped + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SheetError(_explain(str(error)), line=line) from None
        if cells:
            yield line, cells


def _explain(reason: str) -> str:
    if "field larger" in reason or "unexpected end" in reason:
        return str(_("A quotation mark opened in this row is never closed."))
    if "expected after" in reason:
        return str(_("A quotation mark stands in the middle of a quoted cell. Double it, or remove it."))
    if "new-line" in reason:
        return str(_("A line break stands inside a cell without quotation marks."))
    return str(_("This row cannot be read."))
