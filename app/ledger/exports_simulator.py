"""What a tried cap would have said, as a file: the rows of the screen, all of them (O5, O6)."""

from flask_babel import gettext as _

from app.core import clock
from app.core.i18n import marked
from app.core.sheets import Cell, Column, Sheet, SheetFormat, sheet_file
from app.ledger.policies import Level
from app.ledger.queries import Affected, Simulation

_COLUMNS = (
    Column("person", marked("Person")),
    Column("answer", marked("Would have")),
    Column("from", marked("Window from"), "date"),
    Column("to", marked("Window to"), "date"),
    Column("warned", marked("Warned on"), "date"),
    Column("stopped", marked("Stopped on"), "date"),
    Column("exposure", marked("Highest"), "money"),
    Column("over", marked("Over by"), "money"),
    Column("currency", marked("Currency")),
    Column("entries", marked("Entries"), "integer"),
)


def simulation_file(found: Simulation, format: SheetFormat) -> bytes:
    """First whom it would have stopped or warned, then whom the compared cap warns and this one does not."""
    lines = [_line(row, "stopped" if row.level is Level.BLOCK else "warned") for row in found.rows]
    lines += [_line(row, _("said nothing any more")) for row in found.no_longer]
    return sheet_file(Sheet(_("Cap tried"), _COLUMNS, lines), format, created=clock.now())


def _line(row: Affected, answer: str) -> tuple[Cell, ...]:
    crossing = row.crossing
    return (
        row.person.name if row.person else _("erased person"), answer, crossing.begins, crossing.ends, crossing.warned_on,
        crossing.blocked_on, row.exposure.amount, row.over.amount, row.currency, crossing.n,
    )  # fmt: skip
