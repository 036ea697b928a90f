"""The settlement of an event: planned, committed and actual by category and by person, and what we bore ourselves (L4, O6)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from msgspec import Struct

from app.core.charts import Kind, Series, StackedBarChart
from app.core.i18n import amount, words
from app.core.money import Money
from app.core.sheets import Column
from app.events.models import Event
from app.ledger.models import Category, CommitmentStage, Leg
from app.ledger.queries import Scope, Total
from app.ledger.queries_commitments import standing_of
from app.ledger.queries_totals import By, groupings
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Lines, Ref, Report, as_counted
from app.reports.home import Link
from app.reports.links import rows_of
from app.reports.queries_value import ERASED, names_of

#: Minor units by column.
_Sums = dict[str, int]


_STAGES = {
    CommitmentStage.PLANNED: "planned", CommitmentStage.COMMITTED: "committed", CommitmentStage.BORNE: "borne",
}  # fmt: skip
#: What opens the lines of the book behind a column; what is planned is in no book yet.
_SCOPES: Mapping[str, Mapping[str, Any]] = {
    "actual": {"leg": Leg.NON_CASH}, "cash": {"leg": Leg.CASH}, "declined": {"is_declined": True},
}  # fmt: skip
_KINDS = {"actual": "non_cash", "cash": "cash"}
#: What the book holds, in the order of the columns: all there is of a moment that has passed.
_IN_THE_BOOK = ("actual", "cash", "declined")
_COLUMNS = ("planned", "committed", "actual", "cash", "borne", "declined")


def _labels() -> dict[str, tuple[str, str]]:
    """Each column in its order: its head, and what it means."""
    return {
        "planned": (_("Planned"), _("wished for, not booked")),
        "committed": (_("Committed"), _("booked, not yet received")),
        "actual": (_("Actual, non-cash"), _("received; in the book")),
        "cash": (_("Actual, cash"), _("fees and expenses; never added")),
        "borne": (_("Borne by us"), _("charged, and nobody received it")),
        "declined": (_("Declined"), _("offers refused; in no sum")),
    }


def count(asked: Asked) -> Counted:
    """Amounts in the currency of the event's program; five queries whatever their number."""
    event = asked.event
    assert event is not None  # noqa: S101 -- the report asks for it
    settled = _settle(event, asked.as_of)
    return as_counted(
        asked, event.name, _figures(settled), [_by_category(settled), _by_person(settled)],
        _method(settled.currency), [_drawing(settled)],
        left_out=_("Planned, committed and borne by us are left out: they are written over, so only what stands now is known."),
    )  # fmt: skip


class _Settled(Struct, frozen=True):
    """An event as of a moment: its sums, all in the currency of its program; None stands for erased people."""

    event: Event
    as_of: datetime | None
    all: _Sums
    by_category: Mapping[Category, _Sums]
    by_person: Mapping[int | None, _Sums]

    @property
    def currency(self) -> str:
        return self.event.program.currency

    @property
    def columns(self) -> Sequence[str]:
        return _IN_THE_BOOK if self.as_of else _COLUMNS

    def rows(self, **parts: Any) -> Link:
        """The lines of the book behind a figure, as of the same moment."""
        return rows_of(event_id=self.event.id, as_of=self.as_of, **parts)

    def cells(self, sums: _Sums) -> list[Money]:
        return [Money(sums[key], self.currency) for key in self.columns]

    def links(self, sums: _Sums, scope: Mapping[str, Any]) -> dict[str, Link]:
        return {key: self.rows(**scope, **parts) for key, parts in _SCOPES.items() if sums[key]}


def _settle(event: Event, as_of: datetime | None) -> _Settled:
    """The book is asked for a few sums twice: it has one for every category of every person."""
    by_category: dict[Category, _Sums] = defaultdict(_nothing)
    by_person: dict[int | None, _Sums] = defaultdict(_nothing)
    currency = event.program.currency
    for one in () if as_of else standing_of(event.id):
        for sums in (by_category[one.category], by_person[one.person_id]):
            sums[_STAGES[one.stage]] += _minor(one.money.minor, one.money.currency, currency)
    categories, people = groupings(
        [[By.CATEGORY, By.LEG], [By.PERSON, By.LEG]], Scope(event_id=event.id, as_of=as_of)
    )
    for row in categories:
        _enter(row, by_category[row["category"]], currency)
    for row in people:
        _enter(row, by_person[row["person"]], currency)
    together = {column: sum(sums[column] for sums in by_category.values()) for column in _COLUMNS}
    return _Settled(event, as_of, together, by_category, by_person)


def _nothing() -> _Sums:
    return dict.fromkeys(_COLUMNS, 0)


def _enter(row: Total, sums: _Sums, currency: str) -> None:
    sums["cash" if row["leg"] is Leg.CASH else "actual"] += _minor(
        row.reporting_minor, row.currency, currency
    )
    sums["declined"] += row.declined_minor


def _minor(minor: int, given: str, currency: str) -> int:
    """ValueError should anything not be in the currency of the program."""
    if given != currency:
        raise ValueError(f"{given} in a settlement in {currency}")
    return minor


def _figures(settled: _Settled) -> list[Figure]:
    labels = _labels()
    return [
        Figure(
            key, labels[key][0], Money(settled.all[key], settled.currency), labels[key][1], kind=_KINDS.get(key, ""),
            link=settled.rows(**_SCOPES[key]) if key in _SCOPES else None,
        )
        for key in settled.columns
    ]  # fmt: skip


def _by_category(settled: _Settled) -> Grid:
    lines = [
        Line(
            (words(category), *settled.cells(sums)),
            settled.links(sums, {"category": category}),
            category.value,
        )
        for category, sums in sorted(settled.by_category.items())
    ]
    return _grid("category", _("Category"), _("By category"), lines, settled)


def _by_person(settled: _Settled) -> Grid:
    names = names_of({id for id in settled.by_person if id is not None})

    def write(id: int | None) -> Line:
        sums = settled.by_person[id]
        if id is None:
            return Line((ERASED, *settled.cells(sums)), settled.links(sums, {"is_erased": True}), "erased")
        links = {**settled.links(sums, {"person_id": id}), "person": Link("people.show", {"id": id})}
        named = {"person": [Ref("person", id)]}
        return Line((names[id][0], *settled.cells(sums)), links, person_id=id, named=named)

    ids: list[int | None] = [*sorted(names, key=lambda id: names[id][2])]
    lines = Lines([*ids, None] if None in settled.by_person else ids, write)
    return _grid("person", _("Person"), _("By person"), lines, settled)


def _grid(key: str, head: str, title: str, lines: Sequence[Line], settled: _Settled) -> Grid:
    labels, currency = _labels(), settled.currency
    columns = (
        Column(key, head),
        *(Column(name, labels[name][0], "money", currency) for name in settled.columns),
    )
    return Grid(
        f"by_{key}", title, columns, lines, kinds=_KINDS, note=currency, widths={key: 25, **dict.fromkeys(labels, 12)},
    )  # fmt: skip


def _drawing(settled: _Settled) -> StackedBarChart:
    """How far each category has got."""
    shown = {"actual": Kind.NON_CASH, "committed": Kind.NEUTRAL, "planned": Kind.UNITS, "borne": Kind.WARN}
    drawn = {
        category: sums for category, sums in settled.by_category.items() if any(sums[key] for key in shown)
    }
    order = sorted(drawn, key=lambda one: (-sum(drawn[one][key] for key in shown), one))
    money = {key: [Money(drawn[one][key], settled.currency) for one in order] for key in shown}
    series = [
        Series(
            _labels()[key][0], kind, [one.amount for one in money[key]], [amount(one) for one in money[key]]
        )
        for key, kind in shown.items()
        if any(money[key])
    ]
    return StackedBarChart(
        title=_("What each category comes to"), subtitle=settled.currency, labels=[words(one) for one in order],
        series=series, label_header=_("Category"),
    )  # fmt: skip


def _method(currency: str) -> str:
    return str(
        _(
            "Actual is what the book says was received for this event. Committed is booked and planned is wished for: neither is "
            "in the book, and each leaves these columns once it has happened or will not. Borne by us was charged although "
            "nobody received it. Amounts are in %(currency)s at the rates frozen when they were entered; promises of "
            "invitations are left out, because the rooms that keep them book them in detail.",
            currency=currency,
        )
    )


SETTLEMENT = Report(
    "settlement", lambda: _("Event settlement"),
    lambda: _("Planned, committed and actual by category and person; what was charged and received by nobody"),
    (Ask.EVENT, Ask.AS_OF), count, paper="landscape",
)  # fmt: skip
