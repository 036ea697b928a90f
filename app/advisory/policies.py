"""Decisions about advice: what a need must be, who may be proposed, who may approve, in which order (A1, A2, A5)."""

import re
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from msgspec import Struct

from app.accounts.models import User
from app.advisory.details import NeedDetails, PaymentDetails, ProposalDetails
from app.advisory.models import Engagement, EngagementState, Need, NeedState
from app.advisory.policies_rates import restore_calculation, units_in_words
from app.core.errors import DomainError
from app.core.i18n import day
from app.core.i18n import words as words_of
from app.core.money import Money

#: A reason must say something.
MIN_REASON = 10


class BriefingIsNeverPaid(DomainError):
    """A1: knowledge that flows from the company to the expert is a briefing."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Here the company informs the expert: that is a briefing, and a briefing is never paid. Hold it as a session "
                "or a meeting instead; only advice that flows from the expert to the company may earn a fee."
            ),
            field="direction",
        )


class NeedIsPersonal(DomainError):
    """A1: the need is written before anybody is named."""


class CriteriaCountReach(DomainError):
    """A2: neither reach nor favourable coverage is a reason to choose somebody."""


class NeedNotReady(DomainError):
    """A1: nobody is proposed for a need that is not approved, or is closed."""


class OwnWork(DomainError):
    """R1: nobody approves what they created."""


class StepRefused(DomainError):
    """A5: the steps of an engagement come in their order."""


class NoAlternative(DomainError):
    """A2: at least one other person was considered."""


class ProposalRefused(DomainError):
    """A person who may not be proposed for this need."""


class ReasonNeeded(DomainError):
    """A step that must say why."""


class PaymentRefused(DomainError):
    """A5: a payment without evidence, to somebody else, or above the contract."""


class DateRefused(DomainError):
    """A day that cannot be."""


# -- needs (A1, A2) --------------------------------------------------------------------------------

#: Words for reach and for favourable coverage; plain "reach" and "views" have other meanings too.
_REACH = re.compile(
    r"\b(?:followers?|subscribers?|impressions|page ?views|click[- ]?through|audience size|size of (?:the |their )?audience|"
    r"engagement rate|(?:social|media|audience|channel|broad|wide|large|high|online) reach|reach of|"
    r"(?:favou?rable|positive|friendly|good|kind) (?:coverage|reviews?|press|posts?|opinions?|mentions?|tone)|"
    r"sentiment|likes us)\b",
    re.IGNORECASE,
)


def check_need(details: NeedDetails) -> None:
    """Refuse a briefing (A1) and criteria that count reach or favourable coverage (A2)."""
    if not details.is_from_expert_to_company:
        raise BriefingIsNeverPaid
    require_no_reach(details.criteria, "criteria")


def require_no_reach(text: str, field: str) -> None:
    """Refuse a reason to choose somebody that is how many they reach, or what they write (A2)."""
    found = _REACH.search(text)
    if found is not None:
        raise CriteriaCountReach(
            _(
                "“%(group)s” is about reach or coverage. People are chosen for what they know: selection "
                "criteria contain neither reach nor favourable coverage. Say what the person must know or"
                " have done.",
                group=found.group(),
            ),
            field=field,
        )


def require_nameless(names: Collection[str]) -> None:
    """Refuse a need that names somebody: first what is wanted, then who (A1)."""
    if names:
        listed = ", ".join(sorted(names)[:3])
        raise NeedIsPersonal(
            _(
                "This names %(listed)s. The need comes first: say what is wanted and what the person must"
                " know; names are proposed once it is approved.",
                listed=listed,
            ),
            field="question",
        )


def require_advice(need: Need) -> None:
    """Refuse a fee for a briefing (A1)."""
    if not need.is_from_expert_to_company:
        raise BriefingIsNeverPaid


def check_approval(need: Need, by: User) -> None:
    """A need is approved once, by somebody who did not file it (A1, R1)."""
    require_advice(need)
    if need.state is not NeedState.DRAFT:
        raise StepRefused(_("This need is %(state)s already.", state=words_of(need.state).lower()))
    if by.id == need.filed_by_id:
        raise OwnWork(_("You filed this need, so somebody else has to approve it."))


# -- proposals (A2) --------------------------------------------------------------------------------


def check_proposal(
    need: Need, person_id: int, name: str, details: ProposalDetails, n_live: int, today: date
) -> None:
    """An approved need, a free place, somebody else considered, a day to come (A1, A2)."""
    require_advice(need)
    if need.state is NeedState.DRAFT:
        raise NeedNotReady(
            _(
                "This need is not approved yet, and nobody is proposed before it is: question, deliverable and criteria come "
                "before the names."
            )
        )
    if need.state is NeedState.CLOSED:
        raise NeedNotReady(_("This need is closed. File a new one."))
    if n_live >= need.n_people:
        raise ProposalRefused(
            ngettext(
                "This need asks for %(num)s person, and so many are proposed already. No more people are paid than are needed.",
                "This need asks for %(num)s people, and so many are proposed already. No more people are paid than are needed.",
                need.n_people,
            )
        )
    if not details.alternatives:
        raise NoAlternative(
            _("Name at least one other person who was considered, with the reason why they were not chosen."),
            field="alternatives",
        )
    for other in details.alternatives:
        if other.person_id == person_id or other.name.casefold().strip() == name.casefold():
            raise NoAlternative(
                _("%(name)s cannot be their own alternative. Name somebody else.", name=name),
                field="alternatives",
            )
        if other.person_id is None and not other.name.strip():
            raise NoAlternative(_("Say who else was considered."), field="alternatives")
    if details.service_on < today:
        raise DateRefused(
            _("The service lies in the past. People are proposed, cleared and contracted before it."),
            field="service_on",
        )


# -- steps (A5) ------------------------------------------------------------------------------------

_S = EngagementState

#: What may follow each state, and what each state is called in a sentence.
ORDER = (_S.PROPOSED, _S.CLEARED, _S.CONTRACTED, _S.IN_DELIVERY, _S.DELIVERED, _S.PAYABLE, _S.PAID, _S.CLOSED)
LIVE = frozenset(ORDER) - {_S.CLOSED}
_BEFORE_PAYMENT = (_S.PROPOSED, _S.CLEARED, _S.CONTRACTED, _S.IN_DELIVERY, _S.DELIVERED)

_COMES_FIRST = {
    _S.PROPOSED: _l("somebody is proposed"),
    _S.CLEARED: _l("compliance clears it"),
    _S.CONTRACTED: _l("the contract is signed"),
    _S.IN_DELIVERY: _l("the work is begun"),
    _S.DELIVERED: _l("the delivery is recorded with its evidence"),
    _S.PAYABLE: _l("compliance approves the payment"),
    _S.PAID: _l("it is paid"),
}


def require_state(engagement: Engagement, *wanted: EngagementState) -> None:
    """Refuse a step out of its order, saying what comes first (A5)."""
    state = engagement.state
    if state in wanted:
        return
    if state in ORDER and ORDER.index(state) < ORDER.index(wanted[0]):
        missing = ORDER[ORDER.index(wanted[0])]
        raise StepRefused(
            _(
                "This comes after %(comes_first)s; now it is %(state)s.",
                comes_first=_COMES_FIRST[missing],
                state=words(state),
            )
        )
    raise StepRefused(_("This engagement is %(state)s already.", state=words(state)))


def require_before_payment(engagement: Engagement) -> None:
    """Only what is not payable yet can be declined or ended early."""
    require_state(engagement, *_BEFORE_PAYMENT)


def words(state: EngagementState) -> str:
    """A state in a sentence."""
    return words_of(state).lower()


def require_reason(reason: str, field: str = "reason") -> None:
    """A reason says something: at least ten characters."""
    if len(reason.strip()) < MIN_REASON:
        raise ReasonNeeded(
            _("Give a reason of at least %(min_reason)s characters.", min_reason=MIN_REASON), field=field
        )


def check_past(on: date, today: date, field: str) -> None:
    """A day on which something happened is not in the future."""
    if on > today:
        raise DateRefused(_("This day is still to come."), field=field)


def check_units(engagement: Engagement, units: Decimal) -> None:
    """Refuse more time than was agreed: more work needs a new contract before it is done (A5)."""
    calculation = restore_calculation(engagement.calculation)
    agreed = sum((part.units for part in calculation.parts), Decimal(0))
    if units > agreed:
        raise PaymentRefused(
            _(
                "The contract covers %(agreed)s. Write down at most that: more work needs a contract of "
                "its own, before it is done.",
                agreed=units_in_words(agreed, calculation.per),
            ),
            field="units",
        )


def require_evidence(words: str, *, has_file: bool, field: str | None = None) -> None:
    """Evidence comes before payment: words that say what was handed over, or a file of it (A5)."""
    if not words.strip() and not has_file:
        raise PaymentRefused(
            _(
                "There is no evidence of the delivery yet, and nothing is paid without it: say what was handed over and where it "
                "is kept, or add a file of what was delivered. Either counts; a contract does not."
            ),
            field=field,
        )


def check_payment_approval(engagement: Engagement, by: User, *, has_file: bool) -> None:
    """A payment is approved on evidence, by somebody who neither filed the need nor proposed the person (A5, R1)."""
    require_state(engagement, _S.DELIVERED)
    require_evidence(engagement.delivery_evidence, has_file=has_file)
    if by.id in {engagement.proposed_by_id, engagement.need.filed_by_id}:
        raise OwnWork(_("You asked for this engagement, so somebody else has to approve the payment."))


def check_payment(engagement: Engagement, details: PaymentDetails, fee: Money, by: User, today: date) -> None:
    """Paid is the party of the contract, at most the contract, expenses apart and within their limit (A5)."""
    require_state(engagement, _S.PAYABLE)
    check_past(details.paid_on, today, "paid_on")
    if by.id == engagement.payable_by_id:
        raise OwnWork(_("You approved this payment, so somebody else has to make it."))
    require_party(details.payee, engagement.contract_party)
    if fee.currency != engagement.fee.currency or engagement.fee < fee:
        raise PaymentRefused(
            _(
                "The contract says %(fee)s; more is not paid, nor another currency. Value-added tax "
                "stands apart.",
                fee=engagement.fee,
            ),
            field="fee",
        )
    if fee.minor <= 0:
        raise PaymentRefused(_("The fee that is paid is more than nothing."), field="fee")
    _check_expenses(engagement, details)


def require_party(payee: str, party: str) -> None:
    """Only the party of the contract is paid (A5)."""
    if _plain(payee) != _plain(party):
        raise PaymentRefused(
            _("The contract is with %(party)s, and only the party of the contract is paid.", party=party),
            field="payee",
        )


def _check_expenses(engagement: Engagement, details: PaymentDetails) -> None:
    if not details.expenses:
        return
    limit = engagement.expenses_limit
    if limit is None:
        raise PaymentRefused(_("The contract allows no expenses."), field="expenses")
    if details.expenses.currency != limit.currency or limit < details.expenses:
        raise PaymentRefused(
            _(
                "The contract allows expenses up to %(limit)s; more is not paid, nor another currency.",
                limit=limit,
            ),
            field="expenses",
        )
    if not details.expenses_reference.strip():
        raise PaymentRefused(
            _("Expenses are paid on receipts: say where they are."), field="expenses_reference"
        )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


# -- what the page shows -----------------------------------------------------------------------------


class Step(Struct, frozen=True):
    """One step of an engagement: what it is called, whether it is behind, and what is known of it."""

    label: str
    is_done: bool
    note: str


def steps_of(engagement: Engagement) -> list[Step]:
    """The way to the payment, as far as this engagement has come (A5)."""
    place = ORDER.index(engagement.state) if engagement.state in ORDER else -1
    known = (
        (_S.PROPOSED, _("Proposed"), _on(engagement.proposed_at)),
        (_S.CLEARED, _("Cleared"), _on(engagement.cleared_at)),
        (_S.CONTRACTED, _("Contract"), _on(engagement.contracted_on)),
        (_S.IN_DELIVERY, _("Work begun"), ""),
        (_S.DELIVERED, _("Delivered"), _on(engagement.delivered_on)),
        (_S.PAYABLE, _("Payment approved"), _on(engagement.payable_at)),
        (_S.PAID, _("Paid"), _on(engagement.paid_on)),
    )
    return [Step(label, place >= ORDER.index(state), note) for state, label, note in known]


def _on(moment: date | datetime | None) -> str:
    return "" if moment is None else day(moment)
