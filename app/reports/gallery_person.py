"""The objectivity card of a person: what they were given, what they were paid and when, who else was considered (O1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext

from app.advisory import queries as advisory
from app.advisory.models import Advice, Engagement
from app.advisory.policies_gate import Gate, restore_gate
from app.advisory.queries_gate import gate_of
from app.core import clock
from app.core.charts import Kind, Lane, Timeline, TimeTick
from app.core.charts import Span as Stretch
from app.core.i18n import day, words
from app.core.money import Money, by_currency
from app.core.sheets import Column
from app.disclosures.queries_compliance import count_labels_of
from app.ledger.models import ACCESS_UNITS, Category, Leg
from app.ledger.queries import By, Scope, totals
from app.ledger.queries_given import Given, given_in
from app.people.models import Person
from app.periods.queries_disputes import count_disputes_of
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Report, of_now, share_of
from app.reports.home import Link
from app.reports.links import rows_of
from app.reports.words import unit_label

#: "Twelve months" are these days up to today.
YEAR = timedelta(days=364)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the card is made of."""

    person: Person
    from_on: date
    to_on: date
    given: Sequence[Given]
    engagements: Sequence[Engagement]
    gates: dict[int, Gate]

    @property
    def scope(self) -> dict[str, object]:
        return {"person_id": self.person.id, "from_on": self.from_on, "to_on": self.to_on}


def count(asked: Asked) -> Counted:
    """Twelve months of one person; queries grow with their engagements only."""
    person = asked.person
    assert person is not None  # noqa: S101 -- the report asks for it
    to_on = clock.today()
    scope = Scope(person_id=person.id, from_on=to_on - YEAR, to_on=to_on, is_declined=False)
    engagements = advisory.engagements_of(person)
    gates = {one.id: restore_gate(one.gate) or gate_of(one) for one in engagements}
    facts = _Facts(person, to_on - YEAR, to_on, given_in(scope), engagements, gates)
    advice = advisory.advice_of(person)
    figures = [*_value(facts), *_access(facts), *_work(facts), *_conduct(facts, asked)]
    grids = [_by_category(facts), _engagements(facts), _advice(advice)]
    return of_now(person.name, figures, grids, _method(), [_timeline(facts)])


# -- figures ---------------------------------------------------------------------------------------


def _value(facts: _Facts) -> list[Figure]:
    """Per currency: non-cash, paid before and after it, and what was paid for each unit given."""
    non_cash = [one for one in facts.given if one.leg is Leg.NON_CASH]
    # What somebody spent to come and got back is no pay; it stands in the table.
    cash = [one for one in facts.given if one.leg is Leg.CASH and one.category is not Category.FEE_EXPENSES]
    first = min((one.value_on for one in non_cash if one.money.minor), default=None)
    after = by_currency(one.money for one in cash if first is not None and one.value_on >= first)
    before = by_currency(one.money for one in cash if first is None or one.value_on < first)
    sums, found = by_currency(one.money for one in non_cash), list[Figure]()
    currencies = sorted({*sums, *after, *before})
    for currency in currencies:
        mark, none = (f"_{currency.lower()}" if len(currencies) > 1 else ""), Money(0, currency)
        value, paid = sums.get(currency, none), after.get(currency, none)
        rows = rows_of(**facts.scope, leg=Leg.NON_CASH)
        fees = rows_of(**facts.scope, leg=Leg.CASH)
        found += [
            Figure(f"non_cash{mark}", _("Non-cash, 12 months"), value, _("in kind, access, loans"), rows, "non_cash"),
            Figure(f"paid_before{mark}", _("Paid before"), before.get(currency, none), _("before the first of it"), fees, "cash"),
            Figure(f"paid_after{mark}", _("Paid after"), paid, _("since the first of it"), fees, "cash"),
            Figure(f"ratio{mark}", _("Paid after, for each 1.00 given"), _ratio(paid, value), _("it wants a reason")),
        ]  # fmt: skip
    return found


def _ratio(paid: Money, value: Money) -> Decimal | None:
    return (paid.amount / value.amount).quantize(Decimal("0.01")) if value.minor > 0 and paid.minor else None


def _access(facts: _Facts) -> list[Figure]:
    return [
        Figure(
            unit.value, unit_label(unit), row.quantity, _("counted, never priced"), rows_of(**facts.scope, unit=unit), "units"
        )
        for row in totals([By.UNIT], Scope(person_id=facts.person.id, from_on=facts.from_on, to_on=facts.to_on))
        if (unit := row["unit"]) in ACCESS_UNITS and row.quantity
    ]  # fmt: skip


def _work(facts: _Facts) -> list[Figure]:
    n_first = sum(_is_need_first(one) for one in facts.engagements)
    n = len(facts.engagements)
    days = [gate.n_days for gate in facts.gates.values() if gate.n_days is not None]
    of = ngettext("of %(num)s engagement", "of %(num)s engagements", n)
    page = Link("advisory.for_person", {"person_id": facts.person.id})
    return [
        Figure("days_between", _("Days between"), min(days, default=None), _("hospitality to paid service, the fewest"), page),
        Figure("alternatives", _("Alternatives considered"), sum(len(one.alternatives) for one in facts.engagements), of, page),
        Figure("need_first", _("Need before name"), n_first, of, page, tone="" if n_first == n else "warn"),
    ]  # fmt: skip


def _is_need_first(one: Engagement) -> bool:
    """Whether the need was written and approved before anybody was proposed for it (A1)."""
    approved_at = one.need.approved_at
    return one.need.filed_at <= one.proposed_at and approved_at is not None and approved_at <= one.proposed_at


def _conduct(facts: _Facts, asked: Asked) -> list[Figure]:
    declined = totals(
        [], Scope(person_id=facts.person.id, from_on=facts.from_on, to_on=facts.to_on, is_declined=True)
    )
    n_links, n_right = count_labels_of(facts.person, facts.from_on, facts.to_on)
    worth = ", ".join(str(row.declined) for row in declined)
    note = _("worth %(money)s", money=worth) if worth else ""
    return [
        Figure("declined", _("Offers declined"), sum(row.n_declined for row in declined), note,
               rows_of(**facts.scope, is_declined=True)),
        Figure("label_rate", _("Label rate"), share_of(n_right, n_links),
               ngettext("of %(num)s link", "of %(num)s links", n_links),
               Link("disclosures.for_person", {"person_id": facts.person.id}), is_share=True),
        Figure("disputes", _("Disputes"), count_disputes_of(facts.person), _("of lines, ever opened")),
    ]  # fmt: skip


# -- tables ----------------------------------------------------------------------------------------


def _by_category(facts: _Facts) -> Grid:
    rows = totals(
        [By.CATEGORY, By.LEG],
        Scope(person_id=facts.person.id, from_on=facts.from_on, to_on=facts.to_on, is_declined=False),
    )
    columns = (
        Column("category", _("Category")), Column("leg", _("Leg")), Column("pieces", _("Pieces"), "integer"),
        Column("units", _("Units"), "integer"), Column("received", _("Received"), "money"),
    )  # fmt: skip
    lines = [
        Line(
            (words(row["category"]), words(row["leg"]), row.n, row.quantity, row.received),
            {"received": rows_of(**facts.scope, category=row["category"], leg=row["leg"])},
        )
        for row in rows
    ]
    return Grid(
        "categories", _("By category"), columns, lines, n_identity=2, empty=_("Nothing was given in these twelve months.")
    )  # fmt: skip


def _engagements(facts: _Facts) -> Grid:
    columns = (
        Column("engagement", _("Number"), "integer"), Column("need", _("For")), Column("state", _("State")),
        Column("need_first", _("Need first")), Column("alternatives", _("Alternatives"), "integer"),
        Column("service_on", _("Service on"), "date"), Column("days_between", _("Days between"), "integer"),
        Column("given", _("Listed at the gate"), "text"), Column("fee", _("Fee"), "money"),
    )  # fmt: skip
    lines = [
        Line(
            (one.id, one.need.title, words(one.state), _("yes") if _is_need_first(one) else _("no"), len(one.alternatives),
             one.service_on, facts.gates[one.id].n_days, ", ".join(map(str, facts.gates[one.id].totals)), one.fee),
            {"engagement": Link("advisory.show", {"id": one.id}), "need": Link("advisory.need", {"id": one.need_id})},
        )
        for one in facts.engagements
    ]  # fmt: skip
    return Grid(
        "engagements",
        _("Paid work"),
        columns,
        lines,
        kinds={"fee": "cash"},
        widths={"need": 25},
        empty=_("Never engaged."),
    )


def _advice(advice: Sequence[Advice]) -> Grid:
    columns = (
        Column("number", _("Number"), "integer"), Column("question", _("Question")), Column("advice", _("Advice")),
        Column("adopted", _("Adopted")), Column("changed", _("What changed")), Column("told_on", _("Told on"), "date"),
    )  # fmt: skip
    said = {True: _("yes"), False: _("no"), None: ""}
    lines = [
        Line(
            (one.id, one.question, one.advice, said[one.is_adopted], one.decision, one.told_on),
            {"number": Link("advisory.show", {"id": one.engagement_id})},
        )
        for one in advice
    ]
    widths = {"question": 25, "advice": 30, "changed": 20}
    return Grid(
        "advice", _("Advice log"), columns, lines, widths=widths, empty=_("No advice is written down.")
    )


# -- drawing ---------------------------------------------------------------------------------------


def _timeline(facts: _Facts) -> Timeline:
    """What was given, what access, what was paid, on one line of days."""
    lanes = [
        Lane(_("Non-cash"), _moments(facts, Kind.NON_CASH)), Lane(_("Access"), _moments(facts, Kind.UNITS)),
        Lane(_("Paid"), _moments(facts, Kind.CASH)),
    ]  # fmt: skip
    months, month = list[TimeTick](), date(facts.from_on.year, facts.from_on.month, 1)
    while month <= facts.to_on:
        if month >= facts.from_on:
            months.append(TimeTick(month, f"{month:%b}"))
        month = (month + timedelta(days=32)).replace(day=1)
    shown = [lane for lane in lanes if lane.spans]
    return Timeline(
        title=_("Access, value and pay on one line"), subtitle=_("Twelve months up to today"), lanes=shown,
        ticks=[*months, TimeTick(facts.to_on, _("today"), is_strong=True)], headers=(_("Lane"), _("What"), _("When")),
    )  # fmt: skip


def _moments(facts: _Facts, kind: Kind) -> list[Stretch]:
    """One moment for each day and category, so that a dinner in three pieces is one."""
    found: dict[tuple[date, str], None] = {}
    for one in facts.given:
        of = Kind.CASH if one.leg is Leg.CASH else Kind.UNITS if one.unit in ACCESS_UNITS else Kind.NON_CASH
        if of is kind:
            found[one.value_on, words(one.category)] = None
    return [Stretch(name, on, None, day(on), kind) for on, name in sorted(found)]


def _method() -> str:
    return str(
        _(
            "Value counts by its value date, over all programs and departments, what was taken back taken off. Paid after is "
            "what was paid, expenses aside, on or after the day of the first non-cash value of these months. Days between run "
            "from the end of the latest hospitality the gate listed to the paid service. A need comes first when it was filed "
            "and approved before anybody was proposed. Nothing here is a score, and nobody's reach or words are part of it."
        )
    )


PERSON_CARD = Report(
    "person", lambda: _("Objectivity card"), lambda: _("One person: given, paid, days between, alternatives, labels, disputes"),
    (Ask.PERSON,), count, paper="landscape",
)  # fmt: skip
