"""What an affiliate share earns and what is paid for it: statements, corrections, payouts into the cash leg (A5, L1)."""

from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import User
from app.advisory import operations_tax, policies, policies_tax, queries_shares
from app.advisory import policies_shares as rules
from app.advisory.breaches import open_late_contract
from app.advisory.details_shares import PayoutDetails, StatementDetails
from app.advisory.models_shares import AffiliateShare, SharePayout, ShareStatement
from app.advisory.operations_shares import COMMISSION, lock
from app.advisory.operations_shares import SOURCE as SHARE
from app.core import clock
from app.core.db import db
from app.core.spoken import speaking_to
from app.ledger import operations as ledger
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Form
from app.notices import operations as notices

#: How a payout is named on its entry of the book.
SOURCE, PART = "advisory.payout", "commission"


def record_statement(share: AffiliateShare, details: StatementDetails, *, by: User) -> ShareStatement:
    """What was sold in some days, and what it earns by the agreed rate; the calculation is kept with it (A3, A5)."""
    lock(share)
    known = queries_shares.statements_of(share)
    rules.check_statement(share, details, known, clock.today())
    found = rules.earned(share, details.n_sales, details.net_sales)
    statement = ShareStatement(
        share_id=share.id, from_on=details.from_on, to_on=details.to_on, n_sales=details.n_sales, net_sales=details.net_sales,
        commission=found.commission, calculation=found.stored(), evidence=details.evidence, by_id=by.id, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(statement)
    db.session.flush()
    audit.record("advisory.statement_recorded", statement, by=by)
    return statement


def reverse_statement(statement: ShareStatement, *, reason: str, by: User) -> ShareStatement:
    """Take a statement back by a line with minus amounts; a new one for its days may follow. Both stay to be seen (L1).

    What was paid for it already is taken off the next payout.
    """
    share = queries_shares.get_share(statement.share_id, None)
    lock(share)
    rules.check_reversal(statement, queries_shares.statements_of(share), reason)
    minus = ShareStatement(
        share_id=share.id, from_on=statement.from_on, to_on=statement.to_on, n_sales=-statement.n_sales,
        net_sales=-statement.net_sales, commission=-statement.commission, calculation=statement.calculation,
        evidence=statement.evidence, reverses_id=statement.id, reason=reason.strip(), by_id=by.id, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(minus)
    db.session.flush()
    audit.record("advisory.statement_reversed", minus, by=by, reason=reason)
    return minus


def pay_share(share: AffiliateShare, details: PayoutDetails, *, by: User) -> SharePayout:
    """Note a transfer for the chosen statements and every open correction; it becomes one entry of the cash leg (A5).

    The amount is their sum, without value-added tax and before withholding (`policies_tax`). NothingDue for what is
    paid already, also when somebody else pays it at the same moment.
    """
    lock(share)
    rules.require_contract(share)
    policies.check_past(details.paid_on, clock.today(), "paid_on")
    policies.require_party(details.payee, share.contract_party)
    unpaid = queries_shares.unpaid_of(share)
    taken, amount = rules.to_pay(unpaid, details.statement_ids, by, share.currency)
    settled = policies_tax.settle(amount, details.taxes)
    payout = SharePayout(
        share_id=share.id, paid_on=details.paid_on, payee=details.payee, reference=details.reference, amount=amount,
        by_id=by.id, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(payout)
    db.session.flush()
    for statement in taken:
        before = audit.snapshot(statement)
        statement.payout_id = payout.id
        audit.record("advisory.statement_paid", statement, by=by, before=before)
    operations_tax.keep(settled, payout=payout, by=by)
    entry = ledger.post_entry(_entry(share, payout, taken, settled), by=by).entry
    payout.entry_seq = entry.seq
    if share.is_contract_late:
        said = _l(
            "%(person)s was paid for sales from before the contract %(contract_reference)s was signed.",
            person=share.person.name,
            contract_reference=share.contract_reference,
        )
        open_late_contract(share.person_id, entry, said)
    notices.finish_about((SHARE, share.id), by=by)
    audit.record("advisory.share_paid", payout, by=by)
    return payout


def _entry(
    share: AffiliateShare, payout: SharePayout, taken: list[ShareStatement], settled: policies_tax.Settled
) -> EntryDetails:
    begins, ends = min(one.from_on for one in taken), max(one.to_on for one in taken)
    with speaking_to("en"):  # the book reads the same to everybody
        rate = rules.words_of_rate(share)
    return EntryDetails(
        person_id=share.person_id, program_id=share.program_id, category=COMMISSION, form=Form.CASH_EQUIVALENT,
        basis=Basis.ACTUAL_COST, value_on=payout.paid_on, money=payout.amount, department_id=share.filed_by.department_id,
        context=f"{share.covers}: {rate}, {begins} to {ends}; contract {share.contract_reference}, "
        f"paid to {payout.payee}",
        source_kind=SOURCE, source_part=PART, source_id=payout.id, external_ref=share.contract_reference,
        tax=operations_tax.word_of(settled),
    )  # fmt: skip
