"""Decisions about affiliate shares: what one may be, in which order its steps come, what a statement earns (A2, A4, A5).

A commission is net sales times the agreed per cent, rounded half up to the minor unit once per statement, or the number of
sales times the agreed amount, which is exact.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from msgspec import Struct

from app.accounts.models import User
from app.advisory import policies
from app.advisory.details_shares import ShareDetails, StatementDetails
from app.advisory.models_shares import AffiliateShare, RateKind, ShareState, ShareStatement, StatementEvery
from app.advisory.policies_tax import has_decimals, percent_of, plain
from app.core.errors import DomainError
from app.core.i18n import day, exact, money_in_words, number, words
from app.core.money import MAX_MINOR, Money, digits_of, total

#: A rate has at most so many decimals.
RATE_DECIMALS = 2


class RateRefused(DomainError):
    """A rate that earns nothing, takes anything away, or more than everything."""


class DaysRefused(DomainError):
    """Days that lie outside the arrangement or in another one, or that are still to come."""


class ShareStepRefused(DomainError):
    """A5: the steps of an affiliate share come in their order."""


class StatementRefused(DomainError):
    """A statement whose figures cannot be, or that cannot be taken back."""


class NothingDue(DomainError):
    """A5: nothing is paid that no statement has earned, and nothing twice."""


# -- what is agreed (A2) ---------------------------------------------------------------------------


def check_share(details: ShareDetails, today: date) -> None:
    """One rate above nothing, days in their order and to come, reasons without reach (A2)."""
    _check_currency(details)
    _check_rate(details)
    policies.require_no_reach(details.why, "why")
    if details.to_on is not None and details.to_on < details.from_on:
        raise DaysRefused(_("The last day lies before the first."), field="to_on")
    if details.from_on < today:
        raise DaysRefused(
            _("The share begins in the past. It is filed, approved and contracted before the first sale."),
            field="from_on",
        )


def _check_currency(details: ShareDetails) -> None:
    try:
        digits_of(details.currency)
    except ValueError:
        raise RateRefused(
            _("This is not a currency code. Use three letters, for example GBP."), field="currency"
        ) from None


def _check_rate(details: ShareDetails) -> None:
    if (details.percent is None) == (details.per_sale is None):
        raise RateRefused(
            _("Give one rate: a per cent of net sales, or a fixed amount for each sale."), field="percent"
        )
    percent, per_sale = details.percent, details.per_sale
    if percent is not None and (
        not percent.is_finite() or not 0 < percent <= 100 or not has_decimals(percent, RATE_DECIMALS)
    ):
        raise RateRefused(
            _(
                "A rate is more than 0 and at most 100 per cent, with at most %(rate_decimals)s decimals.",
                rate_decimals=RATE_DECIMALS,
            ),
            field="percent",
        )
    if per_sale is not None and per_sale.currency != details.currency:
        raise RateRefused(
            _("The share is in %(currency)s, so what each sale earns is too.", currency=details.currency),
            field="per_sale",
        )
    if per_sale is not None and per_sale.minor <= 0:
        raise RateRefused(_("What each sale earns is more than nothing."), field="per_sale")


def require_free_link(link: str, others: Sequence[AffiliateShare]) -> None:
    """One sale earns one commission: a link is under one arrangement on a day."""
    if others:
        other = others[0]
        until = _(" until %(last_on)s", last_on=_day(other.last_on)) if other.last_on else ""
        raise DaysRefused(
            _(
                "“%(link)s” is under another affiliate share from %(from_on)s%(until)s. A sale earns one "
                "commission: choose another link or other days.",
                link=link,
                from_on=_day(other.from_on),
                until=until,
            ),
            field="link",
        )


def words_of_rate(share: AffiliateShare) -> str:
    """For example "7.5 % of net sales" or "12.00 GBP for each sale"."""
    per_sale = share.per_sale
    return str(
        _("%(percent)s %% of net sales", percent=exact(Decimal(share.percent)))
        if per_sale is None
        else _("%(per_sale)s for each sale", per_sale=money_in_words(per_sale))
    )


# -- steps (R1, A4, A5) ----------------------------------------------------------------------------

_COMES_FIRST = {
    ShareState.APPROVED: _l("compliance approves it"),
    ShareState.RUNNING: _l("the contract is recorded"),
}


def require_state(share: AffiliateShare, *wanted: ShareState) -> None:
    """Refuse a step out of its order, saying what comes first (A5)."""
    if share.state in wanted:
        return
    first = next((state for state in wanted if state in _COMES_FIRST), None)
    order = list(ShareState)
    if first is not None and order.index(share.state) < order.index(first):
        raise ShareStepRefused(
            _(
                "This comes after %(comes_first)s; now it is %(state)s.",
                comes_first=_COMES_FIRST[first],
                state=words(share.state).lower(),
            )
        )
    raise ShareStepRefused(_("This affiliate share is %(state)s already.", state=words(share.state).lower()))


def check_approver(share: AffiliateShare, by: User) -> None:
    """Nobody approves what they filed (R1)."""
    require_state(share, ShareState.DRAFTED)
    if by.id == share.filed_by_id:
        raise policies.OwnWork(_("You filed this affiliate share, so somebody else has to approve it."))


def require_contract(share: AffiliateShare) -> None:
    """Sales are counted and paid under a contract only (A5)."""
    if share.contracted_on is None:
        raise ShareStepRefused(
            _(
                "This comes after the contract is recorded; now it is %(state)s. Nothing is counted or "
                "paid without one.",
                state=words(share.state).lower(),
            )
        )


def check_end(
    share: AffiliateShare, last_on: date | None, statements: Sequence[ShareStatement], today: date
) -> None:
    """Whether it may end with this day: inside its days, not ahead, not before what is counted already."""
    require_state(share, *(state for state in ShareState if state is not ShareState.ENDED))
    if share.contracted_on is None:
        return
    if last_on is None:
        raise DaysRefused(_("Say the last day on which sales count."), field="last_on")
    policies.check_past(last_on, today, "last_on")
    if share.to_on is not None and last_on > share.to_on:
        raise DaysRefused(_("It ends by itself on %(to_on)s.", to_on=_day(share.to_on)), field="last_on")
    counted = max((one.to_on for one in standing(statements)), default=None)
    if counted is not None and last_on < counted:
        raise DaysRefused(
            _(
                "Sales until %(counted)s are in a statement already. End it then or later, or take the "
                "statement back.",
                counted=_day(counted),
            ),
            field="last_on",
        )


# -- statements ------------------------------------------------------------------------------------


class Earned(Struct, frozen=True):
    """How a commission was found: the rate, what it was applied to, the exact product and what it was rounded to."""

    rate_kind: RateKind
    rate: str
    n_sales: int
    net_sales: Money
    exact: str  # in minor units, before rounding
    commission: Money

    @property
    def sentence(self) -> str:
        """For example "7.5 % of 1,240.00 GBP = 93.00 GBP"; says where it was rounded."""
        if self.rate_kind is RateKind.PER_SALE:
            sales = ngettext("%(n)s sale", "%(n)s sales", abs(self.n_sales), n=number(self.n_sales))
            return f"{sales} × {self.rate} {self.commission.currency} = {self.commission}"
        said = {"rate": self.rate, "sales": self.net_sales, "sum": self.commission}
        known = str(_("%(rate)s %% of %(sales)s = %(sum)s", **said))
        if not self.is_rounded:
            return known
        return str(_("%(known)s (%(in_full)s, rounded half up)", known=known, in_full=self.in_full))

    @property
    def is_rounded(self) -> bool:
        return Decimal(self.exact) != self.commission.minor

    @property
    def in_full(self) -> str:
        """The exact product in major units: "93.125"."""
        return f"{self.product:,f}"

    @property
    def product(self) -> Decimal:
        """What was rounded, in major units."""
        return plain(Decimal(self.exact).scaleb(-digits_of(self.commission.currency)))

    def stored(self) -> dict[str, Any]:
        """As JSON, amounts in minor units, decimals as text."""
        return {
            "rate_kind": self.rate_kind.value, "rate": self.rate, "n_sales": self.n_sales,
            "net_sales_minor": self.net_sales.minor, "currency": self.net_sales.currency, "exact": self.exact,
            "rounding": "half up", "commission_minor": self.commission.minor,
        }  # fmt: skip


def restore_earned(stored: dict[str, Any]) -> Earned:
    """The calculation as it was stored with the statement."""
    currency = stored["currency"]
    return Earned(
        RateKind(stored["rate_kind"]), stored["rate"], stored["n_sales"], Money(stored["net_sales_minor"], currency),
        stored["exact"], Money(stored["commission_minor"], currency),
    )  # fmt: skip


def earned(share: AffiliateShare, n_sales: int, net_sales: Money) -> Earned:
    """What these sales earn by the agreed rate; see the head of this file for the rounding."""
    percent, per_sale = share.rate_percent, share.per_sale
    if per_sale is not None:
        commission = Money(per_sale.minor * n_sales, share.currency)
        rate, exact = f"{per_sale.amount:,f}", Decimal(commission.minor)
    else:
        assert percent is not None  # noqa: S101 -- one of the two is agreed
        commission = percent_of(net_sales, percent)
        rate, exact = f"{percent:f}", Decimal(net_sales.minor) * percent / 100
    return Earned(
        share.rate_kind, rate, n_sales, net_sales, f"{plain(exact):f}" if exact else "0", commission
    )


def check_statement(
    share: AffiliateShare, details: StatementDetails, known: Sequence[ShareStatement], today: date
) -> None:
    """Days inside the arrangement, in one month or quarter, past and counted once; figures that can be (A5)."""
    require_contract(share)
    _check_days(share, details, today)
    for one in standing(known):
        if one.from_on <= details.to_on and details.from_on <= one.to_on:
            raise DaysRefused(
                _(
                    "The statement of %(from_on)s to %(to_on)s covers some of these days, and no sale is "
                    "counted twice. Take that one back if it is wrong.",
                    from_on=_day(one.from_on),
                    to_on=_day(one.to_on),
                ),
                field="from_on",
            )
    _check_figures(share, details)


def _check_days(share: AffiliateShare, details: StatementDetails, today: date) -> None:
    if details.to_on < details.from_on:
        raise DaysRefused(_("The last day lies before the first."), field="to_on")
    last = share.last_on
    if details.from_on < share.from_on or (last is not None and details.to_on > last):
        ends = _("to %(last)s", last=_day(last)) if last is not None else _("on, without an end")
        raise DaysRefused(
            _(
                "The share runs from %(from_on)s %(ends)s; these days lie outside.",
                from_on=_day(share.from_on),
                ends=ends,
            ),
            field="from_on" if details.from_on < share.from_on else "to_on",
        )
    if details.to_on >= today:
        raise DaysRefused(_("These days are not over yet. Count them when they are."), field="to_on")
    if _span(share.every, details.from_on) != _span(share.every, details.to_on):
        raise DaysRefused(
            _(
                "A statement of this share is for one calendar %(every)s at most. Make one for each.",
                every=words(share.every).lower(),
            ),
            field="to_on",
        )


def _span(every: StatementEvery, on: date) -> tuple[int, int]:
    """The calendar month or quarter of a day."""
    return on.year, on.month if every is StatementEvery.MONTH else (on.month - 1) // 3


def next_days(share: AffiliateShare, known: Sequence[ShareStatement]) -> tuple[date, date]:
    """The first days that no statement counts yet: to the end of their month or quarter, or of the share."""
    counted = max((one.to_on for one in standing(known)), default=None)
    begins = share.from_on if counted is None else counted + timedelta(days=1)
    ends = begins
    while _span(share.every, ends + timedelta(days=1)) == _span(share.every, begins):
        ends += timedelta(days=1)
    return begins, ends if share.last_on is None else min(ends, share.last_on)


def _check_figures(share: AffiliateShare, details: StatementDetails) -> None:
    worth = details.net_sales
    if worth.currency != share.currency:
        raise StatementRefused(
            _("The share is in %(currency)s, so its statements are too.", currency=share.currency),
            field="net_sales",
        )
    if worth.minor < 0:
        raise StatementRefused(_("Net sales are not negative."), field="net_sales")
    if worth.minor and not details.n_sales:
        raise StatementRefused(_("There is an amount here, and no sale it could come from."), field="n_sales")
    per_sale = share.per_sale
    if per_sale is not None and per_sale.minor * details.n_sales > MAX_MINOR:
        raise StatementRefused(_("This amount is too large to be true."), field="n_sales")


def standing(statements: Sequence[ShareStatement]) -> list[ShareStatement]:
    """Those that count: neither taken back nor the line that takes one back."""
    gone = {one.reverses_id for one in statements}
    return [one for one in statements if one.reverses_id is None and one.id not in gone]


def check_reversal(statement: ShareStatement, known: Sequence[ShareStatement], reason: str) -> None:
    """A statement is taken back once, with a reason; the line that did it stands."""
    if statement.reverses_id is not None:
        raise StatementRefused(
            _("This line takes another one back, and stands. Make a new statement instead.")
        )
    if any(one.reverses_id == statement.id for one in known):
        raise StatementRefused(_("This statement was taken back already. Make a new one for its days."))
    policies.require_reason(reason)


# -- payouts (A5, R1) ------------------------------------------------------------------------------


def to_pay(
    unpaid: Sequence[ShareStatement], chosen: Sequence[int], by: User, currency: str
) -> tuple[list[ShareStatement], Money]:
    """What a payout is for, and its sum: the chosen statements and every correction that is open.

    Corrections are never left for later, so that nothing is paid that was taken back. NothingDue where the sum is not
    above nothing or something chosen is paid already; OwnWork for whoever wrote one of the statements down.
    """
    by_id = {one.id: one for one in unpaid}
    if any(id not in by_id for id in chosen):
        raise NothingDue(
            _("One of these statements is paid already, or is not of this share."), field="statement_ids"
        )
    gone = {one.reverses_id for one in unpaid}
    taken = [one for one in unpaid if one.id in chosen or one.reverses_id is not None or one.id in gone]
    amount = total((one.commission for one in taken), currency)
    if amount.minor <= 0:
        carried = (
            _(" What was paid too much, %(amount)s, is taken off the next payout.", amount=-amount)
            if amount.minor < 0
            else ""
        )
        raise NothingDue(
            _("Nothing is due: no statement without a payout earns anything.%(carried)s", carried=carried),
            field="statement_ids",
        )
    if any(one.by_id == by.id for one in taken):
        raise policies.OwnWork(_("You wrote down one of these statements, so somebody else has to pay it."))
    return taken, amount


def _day(on: date) -> str:
    return day(on)
