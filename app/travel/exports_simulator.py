"""What a tried travel rule would have said, as a file: the rows of the screen, all of them (O5, O6)."""

from app.core import clock
from app.core.sheets import Cell, Column, Sheet, SheetFormat, sheet_file
from app.travel.models import Leg
from app.travel.queries_simulator import TravelSimulation, Tried

_COLUMNS = (
    Column("person", "Person"), Column("what", "What"), Column("on", "On", "date"), Column("kind", "Class or hotel"),
    Column("amount", "Amount", "money"), Column("currency", "Currency"), Column("answer", "Would have"),
    Column("then", "On its day"), Column("why", "Why"), Column("trip", "Trip", "integer"),
)  # fmt: skip


def simulation_file(found: TravelSimulation, format: SheetFormat) -> bytes:
    """First who would have needed an exception, then who would not have needed one any more."""
    lines = [_line(row, "needed an exception") for row in found.rows]
    lines += [_line(row, "needed none any more") for row in found.free]
    return sheet_file(Sheet("Travel rule tried", _COLUMNS, lines), format, created=clock.now())


def _line(row: Tried, answer: str) -> tuple[Cell, ...]:
    part = row.part
    return (
        row.person.name, part.mode.value if isinstance(part, Leg) else "hotel", row.on,
        part.travel_class.value.replace("_", " ") if isinstance(part, Leg) else part.hotel,
        row.cost.amount if row.cost else None, row.cost.currency if row.cost else "", answer,
        "by exception" if row.was_excepted else "within the rules" if row.is_new else "outside the rules",
        row.verdict.text, row.trip.id,
    )  # fmt: skip
