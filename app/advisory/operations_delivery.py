"""An engagement after its contract: begun, delivered with evidence, approved, paid into the cash leg, closed (A5)."""

from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.advisory import operations_tax, policies, policies_tax, queries_files, queries_owners
from app.advisory.breaches import open_late_contract
from app.advisory.details import DeliveryDetails, PaymentDetails
from app.advisory.models import Engagement, EngagementState
from app.advisory.operations_engagements import EXPENSES, FEE, SOURCE
from app.core import clock
from app.ledger import operations as ledger
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Form
from app.notices import operations as notices
from app.notices.models import Urgency

#: What a breach names when the contract came after the service.


def start_delivery(engagement: Engagement, *, by: User) -> Engagement:
    """The work begins; refused without a signed contract (A5)."""
    policies.require_state(engagement, EngagementState.CONTRACTED)
    before = audit.snapshot(engagement)
    engagement.state = EngagementState.IN_DELIVERY
    audit.record("advisory.delivery_started", engagement, by=by, before=before)
    return engagement


def record_delivery(engagement: Engagement, details: DeliveryDetails, *, by: User) -> Engagement:
    """What was delivered, when, in how much time, with the evidence; compliance is asked to approve the payment.

    PaymentRefused without evidence: words, or a file of what was delivered, which is added before this (A5).
    """
    policies.require_state(engagement, EngagementState.IN_DELIVERY)
    policies.check_past(details.delivered_on, clock.today(), "delivered_on")
    policies.check_units(engagement, details.units)
    policies.require_evidence(
        details.evidence, has_file=queries_files.has_deliverable(engagement), field="evidence"
    )
    before = audit.snapshot(engagement)
    engagement.state, engagement.delivered_on = EngagementState.DELIVERED, details.delivered_on
    engagement.delivered_units, engagement.delivery_evidence = (
        f"{details.units.normalize():f}",
        details.evidence,
    )
    notices.notify(
        _l(
            "%(person)s has delivered “%(need)s”. The payment waits for approval.",
            person=engagement.person.name,
            need=engagement.need.title,
        ),
        role=Role.COMPLIANCE,
        urgency=Urgency.SOON,
        source=(SOURCE, engagement.id),
        by=by,
    )
    audit.record("advisory.delivery_recorded", engagement, by=by, before=before)
    return engagement


def approve_payment(engagement: Engagement, *, by: User) -> Engagement:
    """The evidence was looked at, and the fee may be paid (A5, R1)."""
    policies.check_payment_approval(engagement, by, has_file=queries_files.has_deliverable(engagement))
    before = audit.snapshot(engagement)
    engagement.state, engagement.payable_by_id, engagement.payable_at = (
        EngagementState.PAYABLE,
        by.id,
        clock.now(),
    )
    notices.finish_about((SOURCE, engagement.id), by=by)
    notices.notify(
        _l(
            "The payment to %(contract_party)s for “%(need)s” is approved.",
            contract_party=engagement.contract_party,
            need=engagement.need.title,
        ),
        user=queries_owners.holder_of_engagement(engagement, clock.now()).user,
        urgency=Urgency.SOON,
        source=(SOURCE, engagement.id),
        by=by,
    )
    audit.record("advisory.payment_approved", engagement, by=by, before=before)
    return engagement


def pay_engagement(engagement: Engagement, details: PaymentDetails, *, by: User) -> Engagement:
    """Note the payment; fee and expenses become two entries of the cash leg, linked both ways (A5).

    The entry of the fee is without value-added tax and before withholding (`policies_tax`); taxes are kept beside it.
    """
    fee = engagement.fee if details.fee is None else details.fee
    policies.check_payment(engagement, details, fee, by, clock.today())
    settled = policies_tax.settle(fee, details.taxes)
    before = audit.snapshot(engagement)
    posting = ledger.post_entry(_fee_entry(engagement, details, settled), by=by)
    engagement.entry_seq = posting.entry.seq
    if details.expenses:
        engagement.expenses_entry_seq = ledger.post_entry(
            _expenses_entry(engagement, details), by=by
        ).entry.seq
    engagement.state, engagement.paid_on = EngagementState.PAID, details.paid_on
    engagement.payment_reference = details.reference
    engagement.paid_minor, engagement.paid_currency = fee.minor, fee.currency
    operations_tax.keep(settled, engagement=engagement, by=by)
    if engagement.is_contract_late:
        said = _l(
            "%(person)s was paid for work done before the contract %(contract_reference)s was signed.",
            person=engagement.person.name,
            contract_reference=engagement.contract_reference,
        )
        open_late_contract(engagement.person_id, posting.entry, said)
    notices.finish_about((SOURCE, engagement.id), by=by)
    audit.record("advisory.engagement_paid", engagement, by=by, before=before)
    return engagement


def _fee_entry(
    engagement: Engagement, details: PaymentDetails, settled: policies_tax.Settled
) -> EntryDetails:
    need = engagement.need
    return EntryDetails(
        person_id=engagement.person_id, program_id=need.program_id, category=engagement.category, form=Form.CASH_EQUIVALENT,
        basis=Basis.RATE_CARD, value_on=details.paid_on, money=settled.fee, department_id=need.filed_by.department_id,
        context=f"{need.title}; contract {engagement.contract_reference} of {engagement.contracted_on}, paid to {details.payee}",
        source_kind=SOURCE, source_part=FEE, source_id=engagement.id, external_ref=engagement.contract_reference,
        tax=operations_tax.word_of(settled),
    )  # fmt: skip


def _expenses_entry(engagement: Engagement, details: PaymentDetails) -> EntryDetails:
    need = engagement.need
    return EntryDetails(
        person_id=engagement.person_id, program_id=need.program_id, category=Category.FEE_EXPENSES, form=Form.REIMBURSEMENT,
        basis=Basis.ACTUAL_COST, value_on=details.paid_on, money=details.expenses, department_id=need.filed_by.department_id,
        context=f"Expenses of {need.title}, contract {engagement.contract_reference}",
        source_kind=SOURCE, source_part=EXPENSES, source_id=engagement.id, external_ref=details.expenses_reference,
    )  # fmt: skip


def close_engagement(engagement: Engagement, *, by: User) -> Engagement:
    """Everything is done: paid, and the advice is in the log."""
    policies.require_state(engagement, EngagementState.PAID)
    before = audit.snapshot(engagement)
    engagement.state = EngagementState.CLOSED
    audit.record("advisory.engagement_closed", engagement, by=by, before=before)
    return engagement
