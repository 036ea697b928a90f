"""Paid work and affiliate shares as the person they pay reads them: an allow-list of fields, like everything at this door."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from flask_babel import gettext as _
from msgspec import Struct

from app.advisory import policies_rates, policies_shares, queries, queries_files, queries_shares, queries_tax
from app.advisory.models import Engagement, EngagementState
from app.advisory.models_files import FilePart
from app.advisory.models_shares import AffiliateShare, RateKind, SharePayout, ShareState, ShareStatement
from app.advisory.policies_rates import Calculation
from app.advisory.policies_shares import Earned
from app.advisory.policies_tax import Settled
from app.core.errors import NotFound
from app.core.money import Money
from app.ledger.models import Category
from app.people.models import Person

#: Before it is cleared, an engagement is a thought of the house; what came to nothing before a contract stays one.
_SHOWN = frozenset(EngagementState) - {EngagementState.PROPOSED}
_WITHOUT_OFFER = frozenset({EngagementState.DECLINED, EngagementState.TERMINATED})


class OwnFile(Struct, frozen=True):
    """A file of a contract or a delivery; without a name once it was erased."""

    id: int
    part: FilePart
    name: str
    added_at: datetime


class OwnEngagement(Struct, frozen=True):
    """Paid work as the person sees it: what was asked and agreed, what was delivered, what was paid."""

    id: int
    title: str
    question: str
    deliverable: str
    category: Category
    state: EngagementState
    service_on: date
    fee: Money
    calculation: Calculation
    contract_reference: str
    contract_party: str
    contracted_on: date | None
    expenses_limit: Money | None
    delivered_on: date | None
    paid_on: date | None
    payment_reference: str
    settled: Settled | None = None
    files: Sequence[OwnFile] = ()


def list_engagements(person: Person) -> list[OwnEngagement]:
    """The paid work of a person that they know of or are about to be offered, newest first."""
    return [_own(row) for row in queries.engagements_of(person) if _is_shown(row)]


def get_engagement(person: Person, id: int) -> OwnEngagement:
    """One of their own with its payment and files; NotFound for anybody else's and for what was never offered."""
    found = next((row for row in queries.engagements_of(person) if row.id == id and _is_shown(row)), None)
    if found is None:
        raise NotFound(_("There is no such work of yours."))
    kept = [
        OwnFile(one.id, one.part, one.file.name if one.file else "", one.added_at)
        for one in queries_files.files_of(found)
    ]
    return _own(found, queries_tax.settled_of(found), kept)


def _is_shown(row: Engagement) -> bool:
    return row.state in _SHOWN and not (row.state in _WITHOUT_OFFER and row.contracted_on is None)


def _own(row: Engagement, settled: Settled | None = None, files: Sequence[OwnFile] = ()) -> OwnEngagement:
    return OwnEngagement(
        id=row.id, title=row.need.title, question=row.need.question, deliverable=row.need.deliverable, category=row.category,
        state=row.state, service_on=row.service_on, fee=row.fee,
        calculation=policies_rates.restore_calculation(row.calculation), contract_reference=row.contract_reference,
        contract_party=row.contract_party, contracted_on=row.contracted_on, expenses_limit=row.expenses_limit,
        delivered_on=row.delivered_on, paid_on=row.paid_on, payment_reference=row.payment_reference, settled=settled,
        files=files,
    )  # fmt: skip


# -- affiliate shares --------------------------------------------------------------------------------


class OwnStatement(Struct, frozen=True):
    """What was counted in some days, how the commission was found, and when it was paid."""

    from_on: date
    to_on: date
    n_sales: int
    net_sales: Money
    earned: Earned
    commission: Money
    is_reversal: bool
    is_taken_back: bool
    reason: str
    paid_on: date | None


class OwnPayout(Struct, frozen=True):
    """One transfer, with its taxes apart."""

    paid_on: date
    payee: str
    reference: str
    settled: Settled


class OwnShare(Struct, frozen=True):
    """An affiliate share as the person sees it: the terms, each statement, each payout, what is due."""

    id: int
    covers: str
    link: str
    state: ShareState
    rate_kind: RateKind
    percent: Decimal | None
    per_sale: Money | None
    every: str
    from_on: date
    last_on: date | None
    contract_reference: str
    contract_party: str
    contracted_on: date | None
    due: Money
    statements: Sequence[OwnStatement] = ()
    payouts: Sequence[OwnPayout] = ()


def list_shares(person: Person) -> list[OwnShare]:
    """The affiliate shares of a person that are agreed or about to be offered, newest first."""
    return [_own_share(row) for row in queries_shares.shares_of(person) if _is_offered(row)]


def get_share(person: Person, id: int) -> OwnShare:
    """One of their own; NotFound for anybody else's and for what was never offered."""
    for row in queries_shares.shares_of(person):
        if row.id == id and _is_offered(row):
            return _own_share(row)
    raise NotFound(_("There is no such share of yours."))


def _is_offered(row: AffiliateShare) -> bool:
    return row.contracted_on is not None or row.state is ShareState.APPROVED


def _own_share(row: AffiliateShare) -> OwnShare:
    known = queries_shares.statements_of(row)
    payouts = {one.id: one for one in queries_shares.payouts_of(row)}
    gone = {one.reverses_id for one in known}
    return OwnShare(
        id=row.id, covers=row.covers, link=row.link, state=row.state, rate_kind=row.rate_kind, percent=row.rate_percent,
        per_sale=row.per_sale, every=row.every.value, from_on=row.from_on, last_on=row.last_on,
        contract_reference=row.contract_reference, contract_party=row.contract_party, contracted_on=row.contracted_on,
        due=queries_shares.due_of(row), statements=[_own_statement(one, gone, payouts) for one in known],
        payouts=[
            OwnPayout(one.paid_on, one.payee, one.reference, queries_tax.settled_payout(one)) for one in payouts.values()
        ],
    )  # fmt: skip


def _own_statement(
    row: ShareStatement, gone: set[int | None], payouts: dict[int, SharePayout]
) -> OwnStatement:
    paid = payouts.get(row.payout_id) if row.payout_id is not None else None
    return OwnStatement(
        row.from_on, row.to_on, row.n_sales, row.net_sales, policies_shares.restore_earned(row.calculation), row.commission,
        row.reverses_id is not None, row.id in gone, row.reason, paid.paid_on if paid else None,
    )  # fmt: skip
