"""The difference between two runs of a report: figures before and after, lines that are new, changed or gone. No database."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from app.core.money import Money
from app.core.sheets import Cell, Column
from app.periods.rows import Mark
from app.reports.runs import Kept, KeptFigure, KeptGrid, KeptRow, Packed


class FigureChange(Struct, frozen=True):
    """One figure on both sides; None where a side has not got it."""

    key: str
    label: str
    is_share: bool
    before: Packed
    after: Packed

    @property
    def is_changed(self) -> bool:
        return bool(self.before != self.after)


class RowChange(Struct, frozen=True):
    """One line that is not on both sides, or not the same there; the cells that differ are named by their columns."""

    mark: Mark
    before: KeptRow | None
    after: KeptRow | None
    cells: Sequence[str] = ()

    @property
    def row(self) -> KeptRow:
        """The line as it is now, else as it was."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 -- it stands on a side
        return found


class GridChange(Struct, frozen=True):
    """One table on both sides; lines that were erased since one of the runs are in neither count (P8)."""

    key: str
    title: str
    before: KeptGrid | None
    after: KeptGrid | None
    rows: Sequence[RowChange]
    n_unchanged: int

    @property
    def is_told(self) -> bool:
        """Whether both sides kept their lines, so that they can be compared."""
        return all(side is None or side.is_whole for side in (self.before, self.after))

    @property
    def n_gone(self) -> int:
        return sum(side.n_gone for side in (self.before, self.after) if side is not None)

    def n(self, mark: Mark) -> int:
        """How many lines of a mark."""
        return sum(one.mark is mark for one in self.rows)

    def columns(self, is_after: bool) -> Sequence[Column]:
        side = self.after if is_after else self.before
        return side.columns if side is not None else ()


def compare(
    before: Kept, after: Kept, survivors: Mapping[int, int]
) -> tuple[list[FigureChange], list[GridChange]]:
    """Every figure of either side, and the tables; `survivors`: the record into which a person's was merged."""
    olds = {one.key: one for one in before.figures}
    news = {one.key: one for one in after.figures}
    figures = [_figure(olds.get(key), news.get(key)) for key in {**news, **olds}]
    old_grids = {grid.key: grid for grid in before.grids}
    new_grids = {grid.key: grid for grid in after.grids}
    grids = [
        _grid(key, old_grids.get(key), new_grids.get(key), survivors) for key in {**new_grids, **old_grids}
    ]
    return figures, grids


def _figure(old: KeptFigure | None, new: KeptFigure | None) -> FigureChange:
    told = new or old
    assert told is not None  # noqa: S101 -- it stands on a side
    return FigureChange(
        told.key, told.label, told.is_share, old.value if old else None, new.value if new else None
    )


def _grid(key: str, old: KeptGrid | None, new: KeptGrid | None, survivors: Mapping[int, int]) -> GridChange:
    told = new or old
    assert told is not None  # noqa: S101 -- it stands on a side
    if not all(side is None or side.is_whole for side in (old, new)):
        return GridChange(key, told.title, old, new, (), 0)
    olds, news = _by_identity(old, survivors), _by_identity(new, survivors)
    found, n_unchanged = list[RowChange](), 0
    for identity, row in news.items():
        was = olds.get(identity)
        if was is None:
            found.append(RowChange(Mark.NEW, None, row))
        elif cells := _differing(old, was, new, row, survivors):
            found.append(RowChange(Mark.CHANGED, was, row, cells))
        else:
            n_unchanged += 1
    found += [RowChange(Mark.REMOVED, row, None) for identity, row in olds.items() if identity not in news]
    return GridChange(key, told.title, old, new, found, n_unchanged)


def _by_identity(
    grid: KeptGrid | None, survivors: Mapping[int, int]
) -> dict[tuple[int | None, str], KeptRow]:
    """Lines by whom they are about, merged records as the one that stayed; where that one has a line too, as they were kept."""
    rows = grid.rows if grid else ()
    found = {row.identity: row for row in rows if row.person_id not in survivors}
    for row in rows:
        if row.person_id is not None and row.person_id in survivors:
            identity = (survivors[row.person_id], row.key)
            found[row.identity if identity in found else identity] = row
    return found


def _differing(
    old: KeptGrid | None, was: KeptRow, new: KeptGrid | None, now: KeptRow, survivors: Mapping[int, int]
) -> list[str]:
    if old is None or new is None:
        return []
    before, after = _cells(old, was, survivors), _cells(new, now, survivors)
    return [key for key in {**after, **before} if before.get(key) != after.get(key)]


def _cells(grid: KeptGrid, row: KeptRow, survivors: Mapping[int, int]) -> dict[str, Packed]:
    return {
        column.key: _as_survivors(cell, survivors)
        for column, cell in zip(grid.columns, row.cells, strict=True)
    }


def _as_survivors(cell: Packed, survivors: Mapping[int, int]) -> Packed:
    """A name of a merged record counts as the name of the one that stayed."""
    if not isinstance(cell, Mapping) or "who" not in cell:
        return cell
    return {"who": [[kind, survivors.get(id, id) if kind == "person" else id] for kind, id in cell["who"]]}


def step_between(before: Cell, after: Cell) -> Cell:
    """What was added (below zero: taken off), of two numbers or two amounts of one currency; None for what has none."""
    if isinstance(before, Money) and isinstance(after, Money):
        return after - before if before.currency == after.currency else None
    if isinstance(before, int | Decimal) and isinstance(after, int | Decimal):
        return after - before
    return None
