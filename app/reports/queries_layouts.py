"""Lines in the words of Open Payments, people in the columns of EFPIA; what does not fit is listed (c13)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import aliased

from app.core.db import db
from app.core.i18n import country_name, words
from app.core.money import Money
from app.ledger.models import ACCESS_UNITS, Entry, Rollup, Subject
from app.ledger.queries import RateNeeded, Scope, frozen_rate
from app.ledger.queries_provenance import origins_of
from app.ledger.queries_rates import FrozenRate
from app.ledger.queries_words import open_words
from app.people.models import Person
from app.people.models_consents import Consent, Purpose
from app.periods import queries as periods
from app.periods.rows import UNDECIDED, Mark, Row, standing
from app.programs.models import Program
from app.reports import layouts
from app.reports.layouts import Profile
from app.reports.policies import Days

#: How imported lines name the third party that was paid, behind their context.
_PAID_TO = "Paid to the third party "


class LeftOut(Struct, frozen=True):
    """A line that has no place in a layout, and why."""

    seq: int
    name: str
    what: str
    value_on: date
    received: Money
    reason: str


class Laid(Struct, frozen=True):
    """The rows of a layout, what has no place in it, and the numbers of lines the report before still had."""

    rows: Sequence[Mapping[str, Any]]
    left: Sequence[LeftOut]
    removed: Sequence[int] = ()


class LayoutFigures(Struct, frozen=True):
    """What the page of a layout tells: numbers of lines, why some are left out, the first of those; people for EFPIA."""

    n_rows: int
    n_left: int
    n_removed: int
    reasons: Mapping[str, int]
    left: Sequence[LeftOut]
    efpia: "Efpia | None" = None
    n_named: int = 0


def figures_of(found: "Laid | Efpia", *, n_left: int, n_named: int) -> LayoutFigures:
    """A layout in numbers, with the dearest of what is left out and the first who may be named."""
    left = sorted(found.left, key=lambda one: (-one.received.minor, one.seq))[:n_left]
    reasons = reasons_of(found.left)
    if isinstance(found, Laid):
        return LayoutFigures(len(found.rows), len(found.left), len(found.removed), reasons, left)
    first = replace(found, named=found.named[:n_named], left=())
    return LayoutFigures(0, len(found.left), 0, reasons, left, first, len(found.named))


def count_lines(program: Program, days: Days, as_of: datetime | None) -> int:
    """The lines of a program in these days."""
    scope = Scope(program_id=program.id, from_on=days.from_on, to_on=days.to_on, as_of=as_of)
    return sum(one.n for one in origins_of(scope))


def reasons_of(left: Sequence[LeftOut]) -> Mapping[str, int]:
    """How many lines are left out for which reason, the most first."""
    return dict(Counter(one.reason for one in left).most_common())


class Recipient(Struct, frozen=True):
    """Whose line it is, under whichever record they have now; nobody when they were erased."""

    subject_id: int
    person_id: int | None
    name: str
    sort_name: str
    country: str
    is_pseudonymous: bool


class _Native(Struct, frozen=True):
    """What a line repeats of the books it was imported from."""

    nature: str
    form: str
    payer: str


class _Left(Exception):
    """This line has no place in the layout; the words say why."""


# -- what is laid out ----------------------------------------------------------------------------------------------


def _rows_of(program: Program, days: Days, as_of: datetime | None) -> tuple[list[Row], dict[int, _Native]]:
    """The lines of a program in these days with their marks, if the days are those of a period that was reported."""
    same = [one for one in periods.list_periods() if (one.from_on, one.to_on) == (days.from_on, days.to_on)]
    if same:
        rows = list(periods.report_of(same[0], None, as_of=as_of).rows)
    else:
        lines = periods.lines_of(days.from_on, days.to_on)
        found = standing(lines, periods.last_seq(as_of), periods.disputes_at(as_of), periods.roots())
        rows = [row for _, row in sorted(found.items())]
    wanted = sa.select(Entry.seq, Entry.native_nature, Entry.native_form, Entry.provider_ref).where(
        Entry.program_id == program.id, Entry.value_on.between(days.from_on, days.to_on)
    )
    native = {seq: _Native(nature, form, payer) for seq, nature, form, payer in db.session.execute(wanted)}
    return [row for row in rows if row.seq in native], native


def _recipients(program: Program) -> dict[int, Recipient]:
    survivor = aliased(Person)

    def of(name: str) -> Any:
        return sa.func.coalesce(getattr(survivor, name), getattr(Person, name))

    wanted = (
        sa.select(
            Subject.id, of("id"), of("name"), of("sort_name"), of("home_country"), of("is_pseudonymous")
        )
        .outerjoin(Person, Person.id == Subject.person_id)
        .outerjoin(survivor, survivor.id == Person.merged_into_id)
        .where(Subject.id.in_(sa.select(Rollup.subject_id).where(Rollup.program_id == program.id)))
    )
    return {
        row[0]: Recipient(row[0], row[1], row[2] or "", row[3] or "", row[4] or "", bool(row[5]))
        for row in db.session.execute(wanted)
    }


def _left_out(row: Row, who: Recipient, reason: str) -> LeftOut:
    line = row.line
    return LeftOut(
        row.seq, who.name or _("Erased"), words(line.category), line.value_on, row.received, reason
    )


# -- Open Payments -------------------------------------------------------------------------------------------------


def open_payments(program: Program, days: Days, profile: Profile, *, as_of: datetime | None = None) -> Laid:
    """Every line as a row of Open Payments: natures and forms of imported lines as they came, ours by the table."""
    rows, native = _rows_of(program, days, as_of)
    who, said = _recipients(program), open_words(row.seq for row in rows if row.mark is not Mark.REMOVED)
    rates: dict[tuple[str, date], FrozenRate] = {}
    laid: list[Mapping[str, Any]] = []
    left = []
    for row in rows:
        if row.mark is Mark.REMOVED:
            continue
        recipient = who[row.line.subject_id]
        try:
            record = _record(row, native[row.seq], recipient, said.get(row.seq, {}), rates)
            laid.append(_checked(record, profile))
        except _Left as reason:
            left.append(_left_out(row, recipient, str(reason)))
    return Laid(laid, left, [row.key for row in rows if row.mark is Mark.REMOVED])


def _record(
    row: Row,
    native: _Native,
    who: Recipient,
    said: Mapping[str, str],
    rates: dict[tuple[str, date], FrozenRate],
) -> dict[str, Any]:
    """One line in the words of Open Payments; _Left when it has none for it."""
    line = row.line
    if line.is_declined:
        raise _Left(_("Declined: nothing was received"))
    if line.unit in ACCESS_UNITS and not native.nature:
        raise _Left(_("Access is counted in units and has no price"))
    nature = native.nature or layouts.NATURE_OF[line.category]
    form = native.form or layouts.FORM_OF[line.form]
    if nature is None:
        raise _Left(_("%(category)s has no nature of payment", category=words(line.category)))
    if form is None:
        raise _Left(_("%(form)s has no form of payment", form=words(line.form)))
    context, third = _third_party(said)
    last, _comma, first = who.sort_name.partition(", ")
    city, country = _place(said.get("place", "")) if line.category in layouts.TRAVELS else ("", "")
    payer = said.get("provider", "") or ("" if native.nature else str(current_app.config["COMPANY"]))
    return {
        "Change_Type": {"added": "ADD"}.get(row.mark.value, row.mark.value.upper()),
        "Covered_Recipient_Profile_ID": str(who.subject_id), "Physician_Profile_ID": str(who.subject_id),
        "Covered_Recipient_First_Name": "" if who.is_pseudonymous else first,
        "Covered_Recipient_Last_Name": "" if who.is_pseudonymous else last or who.name,
        "Recipient_Country": country_name(who.country) if who.country else "",
        "Submitting_Applicable_Manufacturer_or_Applicable_GPO_Name": "" if native.nature else current_app.config["COMPANY"],
        "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_ID": native.payer if native.nature else "",
        "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_Name": payer,
        "Total_Amount_of_Payment_USDollars": _usd(row, rates), "Date_of_Payment": f"{line.value_on:%m/%d/%Y}",
        "Number_of_Payments_Included_in_Total_Amount": "1", "Form_of_Payment_or_Transfer_of_Value": form,
        "Nature_of_Payment_or_Transfer_of_Value": nature, "City_of_Travel": city, "Country_of_Travel": country,
        "Third_Party_Payment_Recipient_Indicator": "Entity" if third else "No Third Party Payment",
        "Name_of_Third_Party_Entity_Receiving_Payment_or_Transfer_of_Value": third,
        "Charity_Indicator": "Yes" if nature == "Charitable Contribution" else "No", "Contextual_Information": context,
        "Delay_in_Publication_Indicator": "No", "Record_ID": str(row.key),
        "Dispute_Status_for_Publication": "Yes" if row.dispute in UNDECIDED else "No",
        "Program_Year": str(line.value_on.year),
    }  # fmt: skip


def _third_party(said: Mapping[str, str]) -> tuple[str, str]:
    """The context, and who was paid instead; imported lines hold both in one."""
    context, found, third = said.get("context", "").rpartition(_PAID_TO)
    if found and (not context or context.endswith("\n")):
        return context.removesuffix("\n"), third
    return said.get("context", ""), said.get("on_behalf", "")


def _place(text: str) -> tuple[str, str]:
    """City and country of "London, United Kingdom"."""
    city, _comma, country = text.rpartition(", ")
    return (city, country) if city else (country, "")


def _usd(row: Row, rates: dict[tuple[str, date], FrozenRate]) -> str:
    """The amount in dollars, by the rate of its day where it is reported in another currency."""
    money = row.received
    if money.currency != "USD":
        key = (money.currency, row.line.value_on)
        try:
            rate = rates.get(key) or rates.setdefault(
                key, frozen_rate(money.currency, "USD", row.line.value_on)
            )
        except RateNeeded:
            raise _Left(
                _(
                    "No rate from %(currency)s to USD on its day: enter a treasury rate",
                    currency=money.currency,
                )
            ) from None
        money = rate.apply(money, "USD")
    return f"{money.amount:.2f}"


def _checked(record: Mapping[str, Any], profile: Profile) -> Mapping[str, Any]:
    """The columns of a profile; _Left naming the first one that takes fewer characters."""
    found = {name: str(record.get(name, "")) for name in profile.columns}
    for name, longest in profile.columns.items():
        if longest is not None and len(found[name]) > longest:
            raise _Left(
                _("%(name)s takes %(longest)s characters; this line has more", name=name, longest=longest)
            )
    return found


# -- EFPIA ---------------------------------------------------------------------------------------------------------


class Efpia(Struct, frozen=True):
    """Those who may be named one by one, all others as one aggregate, research as another."""

    currency: str
    #: Name, country and amounts by column, by name.
    named: Sequence[tuple[str, str, Mapping[str, Money]]]
    unnamed: Mapping[str, Money]
    #: People behind each column of the aggregate, and their share among all people of the column.
    n_unnamed: Mapping[str, int]
    shares: Mapping[str, Fraction]
    research: Money
    left: Sequence[LeftOut]


def efpia(program: Program, days: Days, *, as_of: datetime | None = None) -> Efpia:
    """Registration, travel, fees and related expenses by person; who did not consent to be named is in the aggregate."""
    rows, _native = _rows_of(program, days, as_of)
    who, may_name = _recipients(program), _named_people(as_of)
    amounts: dict[int, Counter[str]] = defaultdict(Counter)
    people: dict[int, Recipient] = {}
    research, left = 0, []
    for row in rows:
        if row.mark is Mark.REMOVED:
            continue
        recipient = who[row.line.subject_id]
        column = None if row.line.is_declined else layouts.EFPIA_COLUMN[row.line.category]
        if row.line.is_declined:
            left.append(_left_out(row, recipient, _("Declined: nothing was received")))
        elif row.line.unit in ACCESS_UNITS:
            left.append(_left_out(row, recipient, _("Access is counted in units and has no price")))
        elif column is None:
            left.append(
                _left_out(
                    row,
                    recipient,
                    _("%(category)s has no column in this layout", category=words(row.line.category)),
                )
            )
        elif column == layouts.RESEARCH:
            research += row.line.reporting_minor
        else:
            place = recipient.person_id or -recipient.subject_id
            people[place] = recipient
            amounts[place][column] += row.line.reporting_minor
    return _as_efpia(program.currency, people, amounts, may_name, Money(research, program.currency), left)


def _as_efpia(
    currency: str, people: Mapping[int, Recipient], amounts: Mapping[int, Counter[str]], may_name: set[int],
    research: Money, left: Sequence[LeftOut],
) -> Efpia:  # fmt: skip
    named = [
        (
            who.name,
            who.country,
            {name: Money(amounts[place][name], currency) for name in layouts.EFPIA_COLUMNS},
        )
        for place, who in sorted(people.items(), key=lambda one: (one[1].sort_name.casefold(), one[0]))
        if place in may_name and not who.is_pseudonymous
    ]
    hidden = [place for place, who in people.items() if place not in may_name or who.is_pseudonymous]
    n_unnamed = {name: sum(bool(amounts[place][name]) for place in hidden) for name in layouts.EFPIA_COLUMNS}
    n_all = {name: sum(bool(one[name]) for one in amounts.values()) for name in layouts.EFPIA_COLUMNS}
    return Efpia(
        currency, named,
        {name: Money(sum(amounts[place][name] for place in hidden), currency) for name in layouts.EFPIA_COLUMNS},
        n_unnamed, {name: Fraction(n_unnamed[name], n_all[name] or 1) for name in layouts.EFPIA_COLUMNS}, research, left,
    )  # fmt: skip


def _named_people(as_of: datetime | None) -> set[int]:
    """Whoever consented to be named last, and has not taken it back."""
    wanted = (
        sa.select(sa.func.coalesce(Person.merged_into_id, Person.id), Consent.is_given)
        .join(Person, Person.id == Consent.person_id)
        .where(Consent.purpose == Purpose.NAMING)
    )
    if as_of is not None:
        wanted = wanted.where(Consent.at <= as_of)
    steps = db.session.execute(wanted.order_by(Consent.id))
    latest: dict[int, bool] = {row[0]: row[1] for row in steps}
    return {person_id for person_id, is_given in latest.items() if is_given}
