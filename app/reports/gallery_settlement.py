"""The settlement of an event: planned, committed and actual by category and by person, and what we bore ourselves (L4, O6)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext as _

from app.core.charts import Kind, Series, StackedBarChart
from app.core.i18n import amount, words
from app.core.money import Money
from app.core.sheets import Column
from app.events.models import Event
from app.ledger.models import Category, CommitmentStage, Leg
from app.ledger.queries import Scope, totals
from app.ledger.queries_commitments import standing_of
from app.ledger.queries_totals import By
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Ref, Report, as_counted
from app.reports.home import Link
from app.reports.links import rows_of
from app.reports.queries_value import ERASED, names_of


class _Piece(NamedTuple):
    """So much of a category for somebody (None: erased), in one of the columns."""

    person_id: int | None
    category: Category
    column: str
    money: Money


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
    """Amounts in the currency of the event's program; four queries whatever their number."""
    event = asked.event
    assert event is not None  # noqa: S101 -- the report asks for it
    of = _Of(event, asked.as_of)
    pieces = list(_pieces(of))
    return as_counted(
        asked, event.name, _figures(pieces, of), [_by_category(pieces, of), _by_person(pieces, of)],
        _method(event.program.currency), [_drawing(pieces, event)],
        left_out=_("Planned, committed and borne by us are left out: they are written over, so only what stands now is known."),
    )  # fmt: skip


class _Of(NamedTuple):
    """An event, and the moment it is settled as of."""

    event: Event
    as_of: datetime | None

    @property
    def columns(self) -> Sequence[str]:
        return _IN_THE_BOOK if self.as_of else _COLUMNS

    def rows(self, **parts: Any) -> Link:
        """The lines of the book behind a figure, as of the same moment."""
        return rows_of(event_id=self.event.id, as_of=self.as_of, **parts)


def _pieces(of: _Of) -> Iterator[_Piece]:
    for one in () if of.as_of else standing_of(of.event.id):
        yield _Piece(one.person_id, one.category, _STAGES[one.stage], one.money)
    for row in totals([By.CATEGORY, By.PERSON, By.LEG], Scope(event_id=of.event.id, as_of=of.as_of)):
        column = "cash" if row["leg"] is Leg.CASH else "actual"
        yield _Piece(row["person"], row["category"], column, row.received)
        yield _Piece(row["person"], row["category"], "declined", row.declined)


def _sums(pieces: Iterable[_Piece], event: Event) -> dict[str, Money]:
    """Each column of these pieces; ValueError should anything not be in the currency of the program."""
    currency, found = event.program.currency, dict.fromkeys(_COLUMNS, 0)
    for piece in pieces:
        if piece.money.currency != currency:
            raise ValueError(f"{piece.money} in a settlement in {currency}")
        found[piece.column] += piece.money.minor
    return {name: Money(minor, currency) for name, minor in found.items()}


def _figures(pieces: Sequence[_Piece], of: _Of) -> list[Figure]:
    sums, labels = _sums(pieces, of.event), _labels()
    return [
        Figure(
            key, labels[key][0], sums[key], labels[key][1], kind=_KINDS.get(key, ""),
            link=of.rows(**_SCOPES[key]) if key in _SCOPES else None,
        )
        for key in of.columns
    ]  # fmt: skip


def _by_category(pieces: Sequence[_Piece], of: _Of) -> Grid:
    lines, by_category = [], defaultdict[Category, list[_Piece]](list)
    for piece in pieces:
        by_category[piece.category].append(piece)
    for category, mine in sorted(by_category.items()):
        cells, links = _cells(mine, of, {"category": category})
        lines.append(Line((words(category), *cells), links, category.value))
    return _grid("category", _("Category"), _("By category"), lines, of)


def _by_person(pieces: Sequence[_Piece], of: _Of) -> Grid:
    names = names_of({piece.person_id for piece in pieces if piece.person_id is not None})
    by_id: dict[int | None, list[_Piece]] = defaultdict(list)
    for piece in pieces:
        by_id[piece.person_id].append(piece)
    lines = []
    for id in sorted(names, key=lambda id: names[id][2]):
        cells, links = _cells(by_id[id], of, {"person_id": id})
        links["person"] = Link("people.show", {"id": id})
        lines.append(Line((names[id][0], *cells), links, person_id=id, named={"person": [Ref("person", id)]}))
    if None in by_id:
        cells, links = _cells(by_id[None], of, {"is_erased": True})
        lines.append(Line((ERASED, *cells), links, "erased"))
    return _grid("person", _("Person"), _("By person"), lines, of)


def _cells(
    pieces: Iterable[_Piece], of: _Of, scope: Mapping[str, Any]
) -> tuple[Sequence[Money], dict[str, Link]]:
    sums = _sums(pieces, of.event)
    links = {key: of.rows(**scope, **parts) for key, parts in _SCOPES.items() if sums[key]}
    return [sums[key] for key in of.columns], links


def _grid(key: str, head: str, title: str, lines: Sequence[Line], of: _Of) -> Grid:
    labels, currency = _labels(), of.event.program.currency
    columns = (Column(key, head), *(Column(name, labels[name][0], "money", currency) for name in of.columns))
    return Grid(
        f"by_{key}", title, columns, lines, kinds=_KINDS, note=currency, widths={key: 25, **dict.fromkeys(labels, 12)},
    )  # fmt: skip


def _drawing(pieces: Sequence[_Piece], event: Event) -> StackedBarChart:
    """How far each category has got."""
    shown = {"actual": Kind.NON_CASH, "committed": Kind.NEUTRAL, "planned": Kind.UNITS, "borne": Kind.WARN}
    by_category = {
        category: _sums((piece for piece in pieces if piece.category is category), event)
        for category in {piece.category for piece in pieces if piece.column in shown and piece.money}
    }
    order = sorted(by_category, key=lambda one: -sum(by_category[one][key].minor for key in shown))
    money = {key: [by_category[one][key] for one in order] for key in shown}
    series = [
        Series(
            _labels()[key][0], kind, [one.amount for one in money[key]], [amount(one) for one in money[key]]
        )
        for key, kind in shown.items()
        if any(money[key])
    ]
    return StackedBarChart(
        title=_("What each category comes to"), subtitle=event.program.currency, labels=[words(one) for one in order],
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
