"""What a run keeps of a report: figures and lines as plain values, people as numbers; packed, unpacked, told apart. No database.

Cells are packed as JSON that says its kind: {"minor", "currency"}, {"decimal"}, {"on"}, {"at"}, {"who": [["person", 7]]} for
names, {"print"} for free words, of which only a keyed print is kept; numbers and short words of ours as they are.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct, field

from app.core.money import Money
from app.core.sheets import Cell, Column
from app.reports.gallery import Counted, Grid, Line, Ref

#: Lines a run keeps; of a report with more it keeps the figures.
MOST_ROWS = 5_000
#: Longer words than this are kept as a print, whatever the column.
MOST_TEXT = 200

Packed = Any
Printer = Callable[[str], str]


class KeptFigure(Struct, frozen=True):
    """One figure; `value` is packed."""

    key: str
    label: str
    value: Packed
    is_share: bool
    kind: str = ""


class KeptRow(Struct, frozen=True):
    """One line; `person_id` and `key` tell it from the others of its table."""

    key: str
    person_id: int | None
    cells: Sequence[Packed]

    @property
    def identity(self) -> tuple[int | None, str]:
        return self.person_id, self.key


class KeptGrid(Struct, frozen=True):
    """One table; `n_rows` as counted then, `is_whole` whether its lines were kept."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[KeptRow]
    n_rows: int
    is_whole: bool
    #: Colours and widths of columns, as of any table.
    kinds: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)

    @property
    def n_gone(self) -> int:
        """Lines that were kept and erased since (P8)."""
        return self.n_rows - len(self.rows) if self.is_whole else 0


class Kept(Struct, frozen=True):
    """The numbers of one run."""

    figures: Sequence[KeptFigure]
    grids: Sequence[KeptGrid]

    @property
    def n_rows(self) -> int:
        return sum(grid.n_rows for grid in self.grids)


# -- packing ---------------------------------------------------------------------------------------


def keep(counted: Counted, prints: Printer) -> Kept:
    """What is kept of a report; `prints` makes a print of free words that tells nothing about them."""
    is_whole = sum(len(grid.lines) for grid in counted.grids) <= MOST_ROWS
    figures = [
        KeptFigure(one.key, one.label, packed(one.value, prints), one.is_share, one.kind)
        for one in counted.figures
    ]
    return Kept(figures, [_grid(grid, prints, is_whole) for grid in counted.grids])


def _grid(grid: Grid, prints: Printer, is_whole: bool) -> KeptGrid:
    rows = [_row(line, grid, prints) for line in grid.lines] if is_whole else []
    return KeptGrid(
        grid.key, grid.title, grid.columns, rows, len(grid.lines), is_whole, grid.kinds, grid.widths
    )


def _row(line: Line, grid: Grid, prints: Printer) -> KeptRow:
    cells = [
        packed(cell, prints, line.named.get(column.key, ()), is_prose=column.key in grid.prose)
        for column, cell in zip(grid.columns, line.cells, strict=True)
    ]
    return KeptRow(line.key, line.person_id, cells)


def packed(cell: Cell, prints: Printer, who: Sequence[Ref] = (), *, is_prose: bool = False) -> Packed:
    """One cell as JSON; the same value is always the same JSON."""
    if who:
        return {"who": [[one.kind, one.id] for one in who]}
    if isinstance(cell, Money):
        return {"minor": cell.minor, "currency": cell.currency}
    if isinstance(cell, datetime):
        return {"at": cell.isoformat()}
    if isinstance(cell, date):
        return {"on": cell.isoformat()}
    if isinstance(cell, str):
        return {"print": prints(cell)} if cell and (is_prose or len(cell) > MOST_TEXT) else cell
    return cell if cell is None or isinstance(cell, int) else {"decimal": f"{Decimal(cell):f}"}


# -- unpacking -------------------------------------------------------------------------------------

#: Gives the name of somebody as whoever reads it may see it.
Namer = Callable[[Ref], str]


def unpacked(cell: Packed, names: Namer, words: str) -> Cell:
    """The value of a packed cell; `words` stand for free words that were not kept."""
    if not isinstance(cell, Mapping):
        return cell  # type: ignore[no-any-return]
    match cell:
        case {"who": who}:
            return ", ".join(names(Ref(kind, id)) for kind, id in who)
        case {"minor": minor, "currency": currency}:
            return Money(minor, currency)
        case {"at": at}:
            return datetime.fromisoformat(at)
        case {"on": on}:
            return date.fromisoformat(on)
        case {"decimal": text}:
            return Decimal(text)
    return words


def refs_in(kept: Kept) -> set[Ref]:
    """Everybody its cells name, and whom its lines are about."""
    found = set[Ref]()
    for grid in kept.grids:
        for row in grid.rows:
            if row.person_id is not None:
                found.add(Ref("person", row.person_id))
            for cell in row.cells:
                if isinstance(cell, Mapping) and "who" in cell:
                    found |= {Ref(kind, id) for kind, id in cell["who"]}
    return found


# -- as one document -------------------------------------------------------------------------------


def head_of(kept: Kept) -> dict[str, Any]:
    """Everything but the lines, as JSON."""
    return {
        "figures": [
            {"key": one.key, "label": one.label, "value": one.value, "is_share": one.is_share, "kind": one.kind}
            for one in kept.figures
        ],
        "grids": [
            {
                "key": grid.key, "title": grid.title, "n_rows": grid.n_rows, "is_whole": grid.is_whole,
                "kinds": dict(grid.kinds), "widths": dict(grid.widths),
                "columns": [[one.key, one.label, one.kind, one.currency] for one in grid.columns],
            }
            for grid in kept.grids
        ],
    }  # fmt: skip


def from_head(head: Mapping[str, Any], rows: Mapping[str, Sequence[KeptRow]]) -> Kept:
    """The opposite; `rows` by table."""
    figures = [KeptFigure(**one) for one in head["figures"]]
    grids = [
        KeptGrid(
            grid["key"], grid["title"], [Column(*one) for one in grid["columns"]], rows.get(grid["key"], ()), grid["n_rows"],
            grid["is_whole"], grid["kinds"], grid["widths"],
        )
        for grid in head["grids"]
    ]  # fmt: skip
    return Kept(figures, grids)
