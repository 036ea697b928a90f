"""What a tried cap would have said, as a file: the rows of the screen, all of them (O5, O6)."""

from app.core import clock
from app.core.sheets import Cell, Column, Sheet, SheetFormat, sheet_file
from app.ledger.policies import Level
from app.ledger.queries import Affected, Simulation

_COLUMNS = (
    Column("person", "Person"), Column("answer", "Would have"), Column("from", "Window from", "date"),
    Column("to", "Window to", "date"), Column("warned", "Warned on", "date"), Column("stopped", "Stopped on", "date"),
    Column("exposure", "Highest", "money"), Column("over", "Over by", "money"), Column("currency", "Currency"),
    Column("entries", "Entries", "integer"),
)  # fmt: skip


def simulation_file(found: Simulation, format: SheetFormat) -> bytes:
    """First whom it would have stopped or warned, then whom the compared cap warns and this one does not."""
    lines = [_line(row, "stopped" if row.level is Level.BLOCK else "warned") for row in found.rows]
    lines += [_line(row, "said nothing any more") for row in found.no_longer]
    return sheet_file(Sheet("Cap tried", _COLUMNS, lines), format, created=clock.now())


def _line(row: Affected, answer: str) -> tuple[Cell, ...]:
    crossing = row.crossing
    return (
        row.person.name if row.person else "erased person", answer, crossing.begins, crossing.ends, crossing.warned_on,
        crossing.blocked_on, row.exposure.amount, row.over.amount, row.currency, crossing.n,
    )  # fmt: skip
