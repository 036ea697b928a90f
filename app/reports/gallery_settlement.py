"""The settlement of an event: planned, committed and actual by category and by person, and what we bore ourselves (L4, O6)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Report, of_now
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
    pieces = list(_pieces(event))
    grids = [_by_category(pieces, event), _by_person(pieces, event)]
    return of_now(
        event.name, _figures(pieces, event), grids, _method(event.program.currency), [_drawing(pieces, event)]
    )


def _pieces(event: Event) -> Iterator[_Piece]:
    for one in standing_of(event.id):
        yield _Piece(one.person_id, one.category, _STAGES[one.stage], one.money)
    for row in totals([By.CATEGORY, By.PERSON, By.LEG], Scope(event_id=event.id)):
        column = "cash" if row["leg"] is Leg.CASH else "actual"
        yield _Piece(row["person"], row["category"], column, row.received)
        yield _Piece(row["person"], row["category"], "declined", row.declined)


def _sums(pieces: Iterable[_Piece], event: Event) -> dict[str, Money]:
    """Each column of these pieces; ValueError should anything not be in the currency of the program."""
    found = dict.fromkeys(_COLUMNS, Money(0, event.program.currency))
    for piece in pieces:
        found[piece.column] += piece.money
    return found


def _figures(pieces: Sequence[_Piece], event: Event) -> list[Figure]:
    sums = _sums(pieces, event)
    return [
        Figure(
            key, label, sums[key], note, kind=_KINDS.get(key, ""),
            link=rows_of(event_id=event.id, **_SCOPES[key]) if key in _SCOPES else None,
        )
        for key, (label, note) in _labels().items()
    ]  # fmt: skip


def _by_category(pieces: Sequence[_Piece], event: Event) -> Grid:
    lines = []
    for category in sorted({piece.category for piece in pieces}):
        mine = [piece for piece in pieces if piece.category is category]
        lines.append(_line(words(category), mine, event, {"category": category}))
    return _grid("category", _("Category"), _("By category"), lines, event)


def _by_person(pieces: Sequence[_Piece], event: Event) -> Grid:
    names = names_of({piece.person_id for piece in pieces if piece.person_id is not None})
    by_id: dict[int | None, list[_Piece]] = defaultdict(list)
    for piece in pieces:
        by_id[piece.person_id].append(piece)
    lines = [
        _line(names[id][0], by_id[id], event, {"person_id": id}, {"person": Link("people.show", {"id": id})})
        for id in sorted(names, key=lambda id: names[id][2])
    ]
    if None in by_id:
        lines.append(_line(ERASED, by_id[None], event, {"is_erased": True}))
    return _grid("person", _("Person"), _("By person"), lines, event)


def _line(
    name: str,
    pieces: Iterable[_Piece],
    event: Event,
    scope: Mapping[str, Any],
    links: Mapping[str, Link] | None = None,
) -> Line:
    sums = _sums(pieces, event)
    rows = {key: rows_of(event_id=event.id, **scope, **parts) for key, parts in _SCOPES.items() if sums[key]}
    return Line((name, *sums.values()), {**rows, **(links or {})})


def _grid(key: str, head: str, title: str, lines: Sequence[Line], event: Event) -> Grid:
    labels = {name: label for name, (label, _note) in _labels().items()}
    columns = (
        Column(key, head), *(Column(name, label, "money", event.program.currency) for name, label in labels.items()),
    )  # fmt: skip
    return Grid(
        f"by_{key}", title, columns, lines, kinds=_KINDS, note=event.program.currency,
        widths={key: 25, **dict.fromkeys(labels, 12)},
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
    (Ask.EVENT,), count, paper="landscape",
)  # fmt: skip
