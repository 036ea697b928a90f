"""The statement of a person in some days: each line that stands, and what they said about it (L13, c38)."""

from collections import defaultdict
from collections.abc import Sequence

from flask_babel import gettext as _

from app.core.charts import Bar, BarChart, Kind
from app.core.i18n import amount, words
from app.core.money import Money, by_currency
from app.core.sheets import Cell, Column
from app.ledger.models import Leg, Unit
from app.ledger.units import unit_label
from app.periods.statements import Statement, StatementLine, statement_of
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Report, as_counted
from app.reports.home import Link
from app.reports.links import rows_of
from app.reports.words import UNIT_KEYS, leg_label

_KINDS = {"non_cash": "non_cash", "cash": "cash"}


def count(asked: Asked) -> Counted:
    """What one person was given in these days, by the function their own page and paper are made from."""
    person, days = asked.person, asked.days
    assert person is not None  # noqa: S101 -- the report asks for it
    assert days is not None  # noqa: S101 -- the usual ones stand in
    statement = statement_of(person, days.from_on, days.to_on)
    return as_counted(
        asked, person.name, _figures(statement), [_grid(statement)], _method(), _drawings(statement), is_now_only=True
    )  # fmt: skip


def _figures(statement: Statement) -> list[Figure]:
    sums, scope = statement.sums, _scope(statement)
    found = [
        *_amounts("non_cash", leg_label(Leg.NON_CASH), sums.non_cash, rows_of(**scope, leg=Leg.NON_CASH)),
        *_amounts("cash", leg_label(Leg.CASH), sums.cash, rows_of(**scope, leg=Leg.CASH)),
        Figure("n", _("Pieces received"), sums.n, link=rows_of(**scope, is_declined=False)),
        *(
            Figure(UNIT_KEYS[unit], unit_label(unit), n, kind="units", link=rows_of(**scope, unit=unit))
            for unit, n in _units(statement).items()
        ),
        Figure("n_declined", _("Offers declined"), sums.n_declined, link=rows_of(**scope, is_declined=True)),
    ]  # fmt: skip
    said = [line.state for line in statement.lines]
    return [
        *found,
        Figure("n_confirmed", _("Lines confirmed"), said.count("confirmed")),
        Figure("n_disputed", _("Lines disputed"), sums.n_disputed, tone="warn" if sums.n_disputed else ""),
    ]


def _amounts(key: str, label: str, sums: Sequence[Money], rows: Link) -> list[Figure]:
    """One figure for each currency; without any a nought that has none."""
    if not sums:
        return [Figure(key, label, 0, kind=_KINDS[key], link=rows)]
    return [Figure(f"{key}_{one.currency.lower()}", label, one, kind=_KINDS[key], link=rows) for one in sums]


def _units(statement: Statement) -> dict[Unit, int]:
    found: dict[Unit, int] = defaultdict(int)
    for one in statement.lines:
        if one.is_access:
            found[one.line.unit] += one.line.quantity
    return {unit: found[unit] for unit in UNIT_KEYS if found.get(unit)}


def _scope(statement: Statement) -> dict[str, object]:
    return {"person_id": statement.person.id, "from_on": statement.from_on, "to_on": statement.to_on}


def _grid(statement: Statement) -> Grid:
    columns = (
        Column("category", _("What")), Column("on", _("Day"), "date"), Column("basis", _("Valued by")),
        Column("leg", _("Leg")), Column("quantity", _("Quantity"), "integer"), Column("original", _("As invoiced"), "money"),
        Column("received", _("Received"), "money"), Column("place", _("Place")), Column("said", _("What they said")),
        Column("entry", _("Entry"), "integer"),
    )  # fmt: skip
    lines = [_line(one, statement.person.id) for one in statement.lines]
    return Grid(
        "lines", _("Line by line"), columns, lines, empty=_("Nothing of value stands in the book for these days."),
        prose=frozenset({"place"}), widths={"category": 16, "place": 15},
    )  # fmt: skip


def _line(one: StatementLine, person_id: int) -> Line:
    line = one.line
    cells: tuple[Cell, ...] = (
        words(line.category), line.value_on, words(line.basis), leg_label(line.leg), line.quantity,
        None if one.is_access else one.original, None if one.is_access else one.received, one.place, words(one.state),
        line.seq,
    )  # fmt: skip
    # The number of the entry tells a line from the others of its day, now and in every run that was kept.
    entry = Link("ledger.show", {"id": line.seq})
    return Line(cells, {"category": entry, "entry": entry}, str(line.seq), person_id)


def _drawings(statement: Statement) -> list[BarChart]:
    """What each category comes to, a drawing for each leg and currency."""
    found = []
    for leg, kind in ((Leg.NON_CASH, Kind.NON_CASH), (Leg.CASH, Kind.CASH)):
        by_category: dict[str, list[Money]] = defaultdict(list)
        for one in statement.lines:
            if one.line.leg is leg and one.received:
                by_category[words(one.line.category)].append(one.received)
        sums = {category: by_currency(amounts) for category, amounts in by_category.items()}
        for currency in sorted({code for one in sums.values() for code in one}):
            here = {category: one[currency] for category, one in sums.items() if currency in one}
            bars = [
                Bar(category, here[category].amount, amount(here[category]), kind)
                for category in sorted(here, key=lambda name: -here[name].minor)
            ]
            found.append(
                BarChart(
                    title=str(_("What each category comes to")), subtitle=f"{leg_label(leg)}, {currency}", bars=bars,
                    headers=(str(_("Category")), currency),
                )
            )  # fmt: skip
    return found


def _method() -> str:
    return str(
        _(
            "Every line of the book with a value date in these days that stands: what was taken back and put right counts as it "
            "is now, under the line it was first. It is the list the person reads at their own door and on paper, with what they "
            "said about each line. Access is counted in units and has no amount; the legs are never added."
        )
    )


STATEMENT = Report(
    "statement", lambda: _("Statement of a person"),
    lambda: _("What one person was given in a year or a quarter, line by line, and what they said about it"),
    (Ask.PERSON, Ask.DAYS), count, paper="landscape",
)  # fmt: skip
