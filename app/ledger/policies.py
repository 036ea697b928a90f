"""Decisions of the ledger: what a complete entry is, what a cap says, who may decide an exception."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.accounts.models import User
from app.core.errors import DomainError
from app.core.i18n import day, marked
from app.core.money import Money
from app.core.spoken import within
from app.ledger.details import CapDetails, EntryDetails, SharedCostDetails
from app.ledger.models import (
    ACCESS_UNITS,
    Approver,
    Basis,
    BreachLevel,
    Cap,
    CapWindow,
    Category,
    ExceptionState,
    Form,
    ReportLine,
    RuleException,
    Unit,
)

#: A reason must say something.
MIN_REASON = 10

_LINES = {
    Category.TRAVEL_AIR: ReportLine.TRAVEL,
    Category.TRAVEL_GROUND: ReportLine.TRANSFERS,
    Category.LODGING: ReportLine.LODGING,
    Category.MEAL: ReportLine.MEALS,
    Category.GIFT: ReportLine.GIFTS_AND_LOANS,
    Category.PRODUCT_LOAN: ReportLine.GIFTS_AND_LOANS,
    Category.EVENT_PASS: ReportLine.ACCESS,
    Category.EARLY_ACCESS: ReportLine.ACCESS,
    Category.EXEC_ACCESS: ReportLine.ACCESS,
    Category.MEDIA_EXPOSURE: ReportLine.ACCESS,
    Category.ADVISORY_FEE: ReportLine.FEES,
    Category.SPEAKING_FEE: ReportLine.FEES,
    Category.WORKSHOP_FEE: ReportLine.FEES,
    Category.CONTENT_FEE: ReportLine.FEES,
    Category.RESEARCH_FEE: ReportLine.FEES,
    Category.HONORARIUM: ReportLine.FEES,
    # Paid like a fee, so it counts near value as one (O4).
    Category.AFFILIATE_COMMISSION: ReportLine.FEES,
    Category.FEE_EXPENSES: ReportLine.EXPENSES,
}

_NEEDS_PLACE = frozenset({Category.TRAVEL_AIR, Category.TRAVEL_GROUND, Category.LODGING})
_NEEDS_RECEIPT = frozenset({Form.REIMBURSEMENT, Form.CASH_EQUIVALENT})
_WITHOUT_AMOUNT = frozenset({Basis.NOT_VALUED, Basis.NOMINAL})

ACCESS_REASON = marked("Access is counted in units, not priced (L4).")


def line_of(category: Category) -> ReportLine:
    """The line of the value report a category stands on unless the entry says otherwise."""
    return _LINES.get(category, ReportLine.OTHER)


# -- what an entry must have ---------------------------------------------------------------------------


class EntryIncomplete(DomainError):
    """Something is missing that the book asks for (rules c1 to c4); the message names all of it."""


class EquityRefused(DomainError):
    """Shares and options are never given (c3)."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Shares and options are never given to an outside expert, so this cannot be entered. If it has been "
                "given all the same, tell compliance."
            ),
            field="form",
        )


class AccessIsNotPriced(DomainError):
    """Access has units, and an amount only where there is a list price (L4)."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Minutes, seats and sessions are counted, not priced. Leave the amount empty, or choose the basis "
                "“list price” if others pay a published price for the same."
            ),
            field="amount",
        )


def check_entry(details: EntryDetails) -> None:
    """Refuse what no book may hold: equity, priced access, negative or missing parts (c1 to c4, L4)."""
    if details.form is Form.EQUITY:
        raise EquityRefused
    if details.unit in ACCESS_UNITS and details.money and details.basis is not Basis.LIST_PRICE:
        raise AccessIsNotPriced
    if details.money is not None and details.money.minor < 0:
        raise EntryIncomplete(
            _("An amount is never negative. To take something back, reverse its entry."), field="amount"
        )
    if details.quantity < 1:
        raise EntryIncomplete(_("The quantity is a whole number from 1."), field="quantity")
    missing = missing_parts(details)
    if missing:
        words = "; ".join(sentence for _, sentence in missing)
        raise EntryIncomplete(_("This entry is not complete: %(words)s.", words=words), field=missing[0][0])


def missing_parts(details: EntryDetails) -> list[tuple[str, str]]:
    """Everything that is missing, as (field, words)."""
    missing = []
    if details.category in _NEEDS_PLACE and not details.place.strip():
        missing.append(("place", _("the destination (city and country)")))
    if details.form in _NEEDS_RECEIPT and not (details.external_ref or details.context.strip()):
        missing.append(("external_ref", _("a receipt or contract reference")))
    if details.category is Category.OTHER and not details.context.strip():
        missing.append(("context", _("what it was, in words")))
    missing += _missing_by_hand(details) if details.is_by_hand or not details.source_kind else []
    if not details.money:
        missing += _missing_for_nothing(details)
    elif details.basis is Basis.NOT_VALUED:
        missing.append(("basis", _("another basis, because “not valued” has no amount")))
    return missing


def _missing_by_hand(details: EntryDetails) -> list[tuple[str, str]]:
    """What only a person at the form can say (c2, c14); records of their own room carry it there."""
    missing = []
    city, _comma, country = details.place.strip().rpartition(",")
    if (
        details.is_by_hand
        and details.category in _NEEDS_PLACE
        and details.place.strip()
        and not (city.strip() and country.strip())
    ):
        missing.append(("place", _("the country of the destination, after a comma")))
    if details.is_by_hand and details.category is Category.TRAVEL_AIR and not details.travel_class:
        missing.append(("travel_class", _("the class flown")))
    if details.is_by_hand and details.category is Category.LODGING and details.unit is not Unit.NIGHT:
        missing.append(("unit", _("the number of nights, counted in nights")))
    if details.form is Form.LOAN and details.due_on is None and not details.declined:
        missing.append(("due_on", _("the day it is due back")))
    if details.due_on is not None and details.due_on < details.value_on:
        missing.append(("due_on", _("a day to give it back that is not before it is lent")))
    return missing


def _missing_for_nothing(details: EntryDetails) -> list[tuple[str, str]]:
    if details.basis not in _WITHOUT_AMOUNT:
        return [("amount", _("an amount, or the basis “not valued” or “nominal” with a reason"))]
    if details.unit not in ACCESS_UNITS and len(details.reason.strip()) < MIN_REASON:
        why = _(
            "a reason of at least %(min_reason)s characters why there is no amount", min_reason=MIN_REASON
        )
        return [("reason", why)]
    return []


class AlreadyReversed(DomainError):
    """An entry is reversed once."""


class ReversalStands(DomainError):
    """A reversal is not reversed; the value is entered again."""


class SharedCostRefused(DomainError):
    """A bill that cannot be shared as asked (L3)."""


def check_shared_cost(details: SharedCostDetails, event_program_id: int | None) -> None:
    """A shared bill needs an amount and at least one outside expert, each named once; its event is of its program."""
    if details.event_id is not None and event_program_id != details.program_id:
        raise SharedCostRefused(
            _("This event belongs to another program. Choose its program, or leave the event empty."),
            field="event_id",
        )
    if not details.person_ids:
        raise SharedCostRefused(
            _("Name at least one person who took part; a bill of staff alone is not value given.")
        )
    if len(set(details.person_ids)) != len(details.person_ids):
        raise SharedCostRefused(_("One person is named twice. Each head counts once."), field="person_ids")
    if details.money.minor <= 0:
        raise SharedCostRefused(_("The bill needs an amount."), field="amount")


# -- caps ----------------------------------------------------------------------------------------------


class CapRefused(DomainError):
    """A cap that would limit nothing, or contradict itself."""


def check_cap(details: CapDetails) -> None:
    """A cap has at least one limit, soft not above hard, days for a rolling window, and ends after it begins."""
    soft, hard = details.soft_minor, details.hard_minor
    if soft is None and hard is None:
        raise CapRefused(_("A cap needs a soft limit, a hard limit, or both."), field="soft")
    if soft is not None and hard is not None and soft > hard:
        raise CapRefused(
            _("The soft limit warns before the hard one blocks, so it cannot be above it."), field="soft"
        )
    if details.window is CapWindow.ROLLING_DAYS and not details.n_days:
        raise CapRefused(_("Say how many days the window has."), field="n_days")
    if details.effective_to_on is not None and details.effective_to_on < details.effective_from_on:
        raise CapRefused(_("The last day lies before the first."), field="effective_to_on")


class Level(StrEnum):
    """What a cap says to an exposure."""

    FREE = "free"
    WARN = "warn"
    BLOCK = "block"


class Exposure(Struct, frozen=True):
    """What a person has been given, has booked, and has planned in a cap's window; in the cap's currency (L7)."""

    actual: Money
    committed: Money
    planned: Money

    @property
    def total(self) -> Money:
        return self.actual + self.committed + self.planned

    def plus_planned(self, more: Money) -> "Exposure":
        return Exposure(self.actual, self.committed, self.planned + more)


class CapVerdict(Struct, frozen=True):
    """One cap weighed: its name with limits, the exposure, and the answer."""

    cap_id: int
    rule: str
    level: Level
    exposure: Exposure
    soft: Money | None
    hard: Money | None
    window: str

    @property
    def sentence(self) -> str:
        """The exposure against the crossed limit, in words."""
        given, is_hard = self.exposure, self.level is Level.BLOCK
        said = {
            "total": given.total, "window": self.window, "limit": self.hard if is_hard else self.soft, "rule": self.rule,
            "given": given.actual, "booked": given.committed, "planned": given.planned,
        }  # fmt: skip
        if is_hard:
            return str(
                _(
                    "%(total)s in %(window)s is above the hard limit of %(limit)s (%(rule)s; %(given)s given, "
                    "%(booked)s booked, %(planned)s planned)",
                    **said,
                )
            )
        return str(
            _(
                "%(total)s in %(window)s is above the soft limit of %(limit)s (%(rule)s; %(given)s given, "
                "%(booked)s booked, %(planned)s planned)",
                **said,
            )
        )


def cap_rule(cap: Cap) -> str:
    """How a cap is named on entries, breaches and messages (L9)."""
    limits = [_("%(limit)s soft", limit=cap.soft)] if cap.soft is not None else []
    limits += [_("%(limit)s hard", limit=cap.hard)] if cap.hard is not None else []
    return f"{cap.name}: {' / '.join(limits)}"


def window_name(cap: Cap, on: date) -> str:
    """The window of a cap around a day, in words."""
    if cap.window is CapWindow.CALENDAR_YEAR:
        return str(on.year)
    return str(_("%(n)s days to %(day)s", n=cap.n_days, day=day(on)))


def weigh_cap(cap: Cap, exposure: Exposure, on: date) -> CapVerdict:
    """Hold an exposure (in the cap's currency) against a cap: a limit may be reached, not passed."""
    soft, hard = cap.soft, cap.hard
    level = Level.FREE
    if soft is not None and soft < exposure.total:
        level = Level.WARN
    if hard is not None and hard < exposure.total:
        level = Level.BLOCK
    return CapVerdict(cap.id, cap_rule(cap), level, exposure, soft, hard, window_name(cap, on))


def breach_level(level: Level) -> BreachLevel:
    """The level of the breach that a crossed cap opens."""
    return BreachLevel.BLOCK if level is Level.BLOCK else BreachLevel.WARN


class HeadroomRefused(DomainError):
    """A plan would cross a hard cap and nobody has granted an exception (L7, L8)."""

    def __init__(self, name: str, verdict: CapVerdict) -> None:
        super().__init__(
            _(
                "%(name)s: %(sentence)s. Choose something that costs less, offer it another year, or "
                "ask compliance for an exception with a reason.",
                name=name,
                sentence=verdict.sentence,
            ),
            field="amount",
        )
        self.verdict = verdict


# -- exceptions ----------------------------------------------------------------------------------------


#: The rules that have exceptions, by code; a cap is "cap:" and its number.
EXCEPTIONAL_RULES = (
    ("travel_class", _l("A higher class of travel than the rule allows (T2)")),
    ("first_class", _l("First class (T2)")),
    ("lodging", _l("A dearer hotel than the rule allows (T2)")),
    ("side_trip", _l("More days than a public official's trip may have (T2)")),
    ("acknowledgement", _l("Travel before the policy is accepted (T3)")),
    ("cooling_off", _l("Paid work soon after hospitality (A4)")),
)


class ExceptionRefused(DomainError):
    """An exception that may not be asked for or decided this way (L8)."""


def why_not(asked: RuleException, by: User, owner: User | None, today: date) -> str:
    """Why somebody may not decide: they ask, host, gain or own the relationship, or it is too late; "" when they may (L8, R1).

    An owner decides only where the rule names the owner (T2).
    """
    if asked.state is not ExceptionState.ASKED:
        return str(
            _("This was already %(state)s; a new question needs a new request.", state=within(asked.state))
        )
    if by.id == asked.asked_by_id:
        return str(_("You asked for this yourself, so somebody else has to decide."))
    if by.id in asked.host_ids:
        return str(_("You host this or gain by it, so somebody else has to decide."))
    if owner is not None and owner.id == by.id and asked.approver is not Approver.OWNER:
        return str(_("You own the relationship with this person, so somebody else has to decide."))
    if asked.expires_on < today:
        return str(_("The permission would already have expired. Ask for a new one with a later day."))
    return ""


def check_decision(asked: RuleException, by: User, owner: User | None, today: date) -> None:
    """The one who decides is neither the one who asks, nor a host, nor the person's owner (L8, R1)."""
    if refused := why_not(asked, by, owner, today):
        raise ExceptionRefused(refused)


def check_reason(reason: str, field: str = "reason") -> None:
    """A reason says something: at least ten characters."""
    if len(reason.strip()) < MIN_REASON:
        raise ExceptionRefused(
            _("Give a reason of at least %(min_reason)s characters.", min_reason=MIN_REASON), field=field
        )


# -- shares --------------------------------------------------------------------------------------------


def share_out(cost: Money, took_part: Sequence[bool]) -> list[Money | None]:
    """The share of each head in the order of record ids; None for the absent; parts sum exactly (L3)."""
    n = sum(took_part)
    if n == 0:
        raise SharedCostRefused(_("Nobody would be left at the table. Reverse the entries instead."))
    each, odd = divmod(cost.minor, n)
    shares: list[Money | None] = []
    for present in took_part:
        if not present:
            shares.append(None)
            continue
        shares.append(Money(each + (1 if odd > 0 else 0), cost.currency))
        odd -= 1
    return shares
