"""What a tried travel rule would have said, as a file: the rows of the screen, all of them (O5, O6)."""

from flask_babel import gettext as _

from app.core import clock
from app.core.i18n import marked
from app.core.sheets import Cell, Column, Sheet, SheetFormat, sheet_file
from app.core.spoken import within
from app.travel.models import Leg
from app.travel.queries_simulator import TravelSimulation, Tried

_COLUMNS = (
    Column("person", marked("Person")),
    Column("what", marked("What")),
    Column("on", "On", "date"),
    Column("kind", marked("Class or hotel")),
    Column("amount", marked("Amount"), "money"),
    Column("currency", marked("Currency")),
    Column("answer", marked("Would have")),
    Column("then", marked("On its day")),
    Column("why", marked("Why")),
    Column("trip", marked("Trip"), "integer"),
)


def simulation_file(found: TravelSimulation, format: SheetFormat) -> bytes:
    """First who would have needed an exception, then who would not have needed one any more."""
    lines = [_line(row, _("needed an exception")) for row in found.rows]
    lines += [_line(row, _("needed none any more")) for row in found.free]
    return sheet_file(Sheet(_("Travel rule tried"), _COLUMNS, lines), format, created=clock.now())


def _line(row: Tried, answer: str) -> tuple[Cell, ...]:
    part = row.part
    return (
        row.person.name, within(part.mode) if isinstance(part, Leg) else _("hotel"), row.on,
        within(part.travel_class) if isinstance(part, Leg) else part.hotel,
        row.cost.amount if row.cost else None, row.cost.currency if row.cost else "", answer,
        _("by exception") if row.was_excepted else _("within the rules") if row.is_new else _("outside the rules"),
        row.verdict.text, row.trip.id,
    )  # fmt: skip
