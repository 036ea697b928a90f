"""The objectivity card of a person: what they were given, what they were paid and when, who else was considered (O1)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

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
from app.core.spoken import short_month
from app.disclosures.queries_remedies import count_labels
from app.ledger.models import ACCESS_UNITS, Category, Leg
from app.ledger.queries import By, Scope, totals
from app.ledger.queries_given import Given, given_in
from app.ledger.units import unit_label
from app.people.models import Person
from app.periods.queries_disputes import count_disputes_of
from app.programs.queries_spans import Span
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Report, as_counted, share_of
from app.reports.home import Link
from app.reports.links import rows_of

#: "Twelve months" are these days up to today.
YEAR = timedelta(days=364)


class _Facts(Struct, frozen=True):
    """What the card is made of."""

    person: Person
    from_on: date
    to_on: date
    given: Sequence[Given]
    engagements: Sequence[Engagement]
    gates: dict[int, Gate]
    as_of: datetime | None

    @property
    def scope(self) -> dict[str, Any]:
        return {
            "person_id": self.person.id,
            "from_on": self.from_on,
            "to_on": self.to_on,
            "as_of": self.as_of,
        }


def count(asked: Asked) -> Counted:
    """Twelve months of one person; queries grow with their engagements only."""
    person = asked.person
    assert person is not None  # noqa: S101 -- the report asks for it
    to_on = (asked.as_of or clock.now()).date()
    scope = Scope(
        person_id=person.id, from_on=to_on - YEAR, to_on=to_on, is_declined=False, as_of=asked.as_of
    )
    engagements = [] if asked.as_of else advisory.engagements_of(person)
    gates = {one.id: restore_gate(one.gate) or gate_of(one) for one in engagements}
    facts = _Facts(person, to_on - YEAR, to_on, given_in(scope), engagements, gates, asked.as_of)
    value, conduct = [*_value(facts), *_access(facts)], _conduct(facts)
    if asked.as_of is not None:
        without = _(
            "Paid work, alternatives and advice are left out: what they hold is written over; fees are among the value."
        )
        return as_counted(
            asked, person.name, [*value, *conduct], [_by_category(facts)], _method(), [_timeline(facts)], left_out=without
        )  # fmt: skip
    grids = [_by_category(facts), _engagements(facts), _advice(advisory.advice_of(person), person)]
    return as_counted(
        asked, person.name, [*value, *_work(facts), *conduct], grids, _method(), [_timeline(facts)]
    )


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
        for row in totals([By.UNIT], Scope(**facts.scope))
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


def _conduct(facts: _Facts) -> list[Figure]:
    declined = totals([], Scope(**facts.scope, is_declined=True))
    labels = count_labels(None, Span(None, facts.from_on, facts.to_on, facts.as_of), of=facts.person)
    worth = ", ".join(str(row.declined) for row in declined)
    note = _("worth %(money)s", money=worth) if worth else ""
    return [
        Figure("declined", _("Offers declined"), sum(row.n_declined for row in declined), note,
               rows_of(**facts.scope, is_declined=True)),
        Figure("label_rate", _("Label rate"), share_of(labels.n_right, labels.n_links),
               ngettext("of %(num)s link", "of %(num)s links", labels.n_links),
               Link("disclosures.for_person", {"person_id": facts.person.id}), is_share=True),
        Figure("disputes", _("Disputes"), count_disputes_of(facts.person, facts.as_of), _("of lines, ever opened")),
    ]  # fmt: skip


# -- tables ----------------------------------------------------------------------------------------


def _by_category(facts: _Facts) -> Grid:
    rows = totals([By.CATEGORY, By.LEG], Scope(**facts.scope, is_declined=False))
    columns = (
        Column("category", _("Category")), Column("leg", _("Leg")), Column("pieces", _("Pieces"), "integer"),
        Column("units", _("Units"), "integer"), Column("received", _("Received"), "money"),
    )  # fmt: skip
    lines = [
        Line(
            (words(row["category"]), words(row["leg"]), row.n, row.quantity, row.received),
            {"received": rows_of(**facts.scope, category=row["category"], leg=row["leg"])},
            f"{row['category']}/{row['leg']}/{row.currency}",
            facts.person.id,
        )
        for row in rows
    ]
    return Grid(
        "categories", _("By category"), columns, lines, empty=_("Nothing was given in these twelve months.")
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
            f"engagement:{one.id}", facts.person.id,
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


def _advice(advice: Sequence[Advice], person: Person) -> Grid:
    columns = (
        Column("number", _("Number"), "integer"), Column("question", _("Question")), Column("advice", _("Advice")),
        Column("adopted", _("Adopted")), Column("changed", _("What changed")), Column("told_on", _("Told on"), "date"),
    )  # fmt: skip
    said = {True: _("yes"), False: _("no"), None: ""}
    lines = [
        Line(
            (one.id, one.question, one.advice, said[one.is_adopted], one.decision, one.told_on),
            {"number": Link("advisory.show", {"id": one.engagement_id})},
            f"advice:{one.id}",
            person.id,
        )
        for one in advice
    ]
    widths = {"question": 25, "advice": 30, "changed": 20}
    return Grid(
        "advice", _("Advice log"), columns, lines, widths=widths, prose=frozenset({"question", "advice", "changed"}),
        empty=_("No advice is written down."),
    )  # fmt: skip


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
            months.append(TimeTick(month, short_month(month)))
        month = (month + timedelta(days=32)).replace(day=1)
    shown, last = [lane for lane in lanes if lane.spans], day(facts.to_on) if facts.as_of else _("today")
    return Timeline(
        title=_("Access, value and pay on one line"), subtitle=_("Twelve months up to %(day)s", day=day(facts.to_on)),
        lanes=shown, ticks=[*months, TimeTick(facts.to_on, last, is_strong=True)], headers=(_("Lane"), _("What"), _("When")),
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
    (Ask.PERSON, Ask.AS_OF), count, paper="landscape",
)  # fmt: skip
