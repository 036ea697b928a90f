"""The note on the method that is stored with each report: written from the settings in force then (c43)."""

from collections import Counter
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts.details import TaxRule
from app.accounts.queries import reporting
from app.core.db import db
from app.core.i18n import day, number
from app.core.money import Money
from app.core.spoken import within
from app.ledger.models import Basis, Entry
from app.ledger.queries_general import list_items
from app.periods.models import Period
from app.periods.policies import ANSWER_DAYS
from app.periods.queries import Standing

#: One paragraph: title, text.
Paragraph = tuple[str, str]
#: Paragraphs of rooms above, such as how long things are kept.
Teller = Callable[[], Sequence[Paragraph]]

_tellers: dict[str, Teller] = {}

#: From what is most exact to what says least; the first that is known is taken.
VALUATION_ORDER = (
    Basis.ACTUAL_COST, Basis.SHARED_COST, Basis.LIST_PRICE, Basis.COMPARABLE_FARE, Basis.PER_DIEM,
    Basis.RENTAL_EQUIVALENT, Basis.RATE_CARD, Basis.ESTIMATE, Basis.NOMINAL, Basis.NOT_VALUED,
)  # fmt: skip


def tell_with(room: str, tell: Teller) -> None:
    """Let a room above add paragraphs from its own settings."""
    _tellers[room] = tell


def note_of(period: Period, now: Standing) -> list[list[str]]:
    """The paragraphs, in the order a reader asks."""
    bases = Counter(row.line.basis for row in now.rows.values())
    n_back = len({row.key for row in now.rows.values() if row.key != row.seq})
    paragraphs: list[Paragraph] = [
        (
            _("Recognition date"),
            _(
                "A piece of value belongs to the day it was given, a fee to the day it was paid. "
                "%(period)s holds the days from %(from_on)s to %(to_on)s.",
                period=period.name,
                from_on=day(period.from_on),
                to_on=day(period.to_on),
            ),
        ),
        (
            _("Late and corrected lines"),
            _(
                "Once a period is locked its report is issued again when lines come late or change; "
                "they are adjustments of the period in which they were entered. %(n_back)s lines of "
                "this report stand instead of earlier ones, which stay in the book.",
                n_back=number(n_back),
            ),
        ),
        (_("Tax"), tax_words()),
        (_("Exchange rates"), _rates(now)),
        (_("Shared costs and no-shows"), _shared_words()),
        (
            _("Valuation order"),
            _(
                "The first basis that is known is taken, in this order, with the lines of this report: %(bases)s.",
                bases="; ".join(
                    f"{within(basis)} ({number(bases.get(basis, 0))})" for basis in VALUATION_ORDER
                ),
            ),
        ),
        *_open_to_everybody(period),
        (
            _("Legs and units"),
            _(
                "Non-cash value and cash stand apart and are never added together. Access is counted in units and not "
                "priced, unless others pay a published price. A declined offer has received value 0."
            ),
        ),
        (
            _("Review"),
            _(
                "People may review their lines for %(n_review_days)s days before the period closes. A"
                " dispute is to be decided within %(answer_days)s days; one that is not decided at "
                "the close is reported as disputed.",
                n_review_days=period.n_review_days,
                answer_days=ANSWER_DAYS,
            ),
        ),
    ]
    told = [list(one) for one in paragraphs]
    return told + [list(one) for tell in _tellers.values() for one in tell()]


def _shared_words() -> str:
    return str(
        _(
            "A shared bill is split over everybody who took part, staff included; parts sum exactly, odd minor units go to "
            "the first by record number. Whoever did not come received nothing: shares are worked out again."
        )
    )


def _open_to_everybody(period: Period) -> list[Paragraph]:
    """What stands in the book without a person, and so in no line of the report (c8)."""
    items = [
        item for item in list_items()
        if item.entry.value_on is not None and period.from_on <= item.entry.value_on <= period.to_on
    ]  # fmt: skip
    if not items:
        return []
    currencies = sorted({item.entry.reporting_currency for item in items})
    sums = [
        Money(
            sum(item.entry.reporting_minor for item in items if item.entry.reporting_currency == code), code
        )
        for code in currencies
    ]
    rules = "; ".join(sorted({item.entry.rule for item in items}))
    return [
        (
            _("Open to everybody"),
            _(
                "%(n)s items at %(sums)s were open to all attendees of large events. They are in no line of this report "
                "and in no person's total. %(rules)s.",
                n=number(len(items)),
                sums=", ".join(map(str, sums)),
                rules=rules,
            ),
        )
    ]


def tax_words() -> str:
    """What staff are told to enter where an invoice charges value-added tax, as set now (c43)."""
    said = {
        TaxRule.AS_INVOICED: _(
            "Amounts are as invoiced, with the tax the invoice charges; nothing is added or taken off."
        ),
        TaxRule.INCLUDED: _("Amounts are with value-added tax wherever it was charged."),
        TaxRule.FEES_WITHOUT: _(
            "Fees are without value-added tax; travel, lodging, meals and other value are with it."
        ),
    }[reporting().tax]
    if reporting().tax is TaxRule.FEES_WITHOUT:
        return str(said)
    return str(
        _(
            "%(said)s Fees and commissions paid under a contract recorded here are without it in any case.",
            said=said,
        )
    )


def _rates(now: Standing) -> str:
    """The sources of the rates that were frozen with the lines, as the lines name them."""
    converted = {row.seq for row in now.rows.values() if row.line.currency != row.line.reporting_currency}
    if not converted:
        return str(_("Every line was invoiced in the currency it is reported in, so no rate was used."))
    first, last = min(converted), max(converted)
    wanted = sa.select(Entry.seq, Entry.rate_source, Entry.currency, Entry.rate_on).where(
        Entry.seq.between(first, last)
    )
    codes: dict[str, set[str]] = {}
    for seq, source, currency, _on in db.session.execute(wanted):
        if seq in converted:
            codes.setdefault(source or _("no source noted"), set()).add(currency)
    listed = "; ".join(f"{source} ({', '.join(sorted(found))})" for source, found in sorted(codes.items()))
    return str(
        _(
            "Other currencies were converted once, when the line was entered, and rounded to the "
            "minor unit, half away from zero; rate, day and source are frozen with the line: "
            "%(listed)s.",
            listed=listed,
        )
    )
