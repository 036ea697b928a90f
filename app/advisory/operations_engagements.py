"""An engagement up to its contract: proposed, through the gate, contracted; or declined, or ended early (A2 to A5)."""

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.advisory import (
    policies,
    policies_gate,
    policies_rates,
    queries,
    queries_gate,
    queries_owners,
    wishes,
)
from app.advisory.details import AlternativeDetails, ContractDetails, ProposalDetails
from app.advisory.models import Alternative, Engagement, EngagementState, Need
from app.core import clock
from app.core.db import check_version, db
from app.core.i18n import later
from app.ledger import operations as ledger
from app.ledger.details import CommitmentDetails
from app.ledger.models import CommitmentStage, Form
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people import queries as people
from app.people.models import Person

#: How this room is named on ledger entries and notices.
SOURCE = "advisory"
FEE, EXPENSES = "fee", "expenses"


def propose_person(need: Need, person: Person, details: ProposalDetails, *, by: User) -> Engagement:
    """Propose one person for an approved need, with the others considered and the fee the rate card allows (A1 to A3)."""
    db.session.execute(sa.select(Need.id).where(Need.id == need.id).with_for_update())
    person = people.get_person(person.id, by)
    policies.check_proposal(need, person.id, person.name, details, queries.count_live(need), clock.today())
    band = queries.get_band(details.band_id)
    policies_rates.check_band(band, person.home_country, details.service_on)
    calculation = policies_rates.calculate(band, details.effort)
    fee = calculation.maximum if details.fee is None else details.fee
    policies_rates.check_fee(fee, calculation)
    wishes.require_welcome(person, band.activity, fee, field="fee")
    engagement = Engagement(
        need_id=need.id, person_id=person.id, category=band.activity, why_this_person=details.why_this_person, band_id=band.id,
        fee=fee, calculation=calculation.stored(), service_on=details.service_on, proposed_by_id=by.id, proposed_at=clock.now(),
        alternatives=[_alternative(other, by) for other in details.alternatives],
    )  # fmt: skip
    db.session.add(engagement)
    db.session.flush()
    notices.notify(
        _l("%(by)s proposes %(person)s for “%(need)s”. It waits at the gate.", by=by.name, person=person.name, need=need.title),
        role=Role.COMPLIANCE, urgency=Urgency.SOON, source=(SOURCE, engagement.id), by=by,
    )  # fmt: skip
    audit.record("advisory.person_proposed", engagement, by=by)
    return engagement


def _alternative(details: AlternativeDetails, by: User) -> Alternative:
    name = people.get_person(details.person_id, by).name if details.person_id is not None else details.name
    return Alternative(
        person_id=details.person_id, name=name, evidence=details.evidence, why_not=details.why_not
    )


def move_service(
    engagement: Engagement, service_on: date, *, by: User, seen_version: int | None = None
) -> Engagement:
    """Agree on another day before the contract; what was cleared for the old day is cleared again (A4)."""
    check_version(engagement, seen_version)
    policies.require_state(engagement, EngagementState.PROPOSED, EngagementState.CLEARED)
    if service_on < clock.today():
        raise policies.DateRefused(_("The service lies in the past."), field="service_on")
    policies_rates.check_band(engagement.band, engagement.person.home_country, service_on)
    before = audit.snapshot(engagement)
    engagement.service_on = service_on
    _void_clearing(engagement)
    audit.record("advisory.service_moved", engagement, by=by, before=before)
    return engagement


def _void_clearing(engagement: Engagement) -> None:
    engagement.state = EngagementState.PROPOSED
    engagement.gate, engagement.clearing_reason, engagement.second_reason = {}, "", ""
    engagement.cleared_by_id = engagement.cleared_at = engagement.second_by_id = engagement.second_at = None


def clear_engagement(engagement: Engagement, *, reason: str = "", by: User) -> Engagement:
    """Let an engagement through the objectivity gate, with a written reason where anything is listed (A4).

    Where somebody who decides also hosted or chose the person, the first call keeps it proposed and a second
    reviewer clears it with a call of their own.
    """
    policies.require_state(engagement, EngagementState.PROPOSED, EngagementState.CLEARED)
    if by.id in {engagement.proposed_by_id, engagement.need.filed_by_id}:
        raise policies.OwnWork(_("You asked for this engagement, so somebody else has to clear it."))
    gate = queries_gate.gate_of(engagement)
    ties, givers = queries_gate.ties_of(engagement, gate), queries_gate.givers_of(engagement, gate)
    policies_gate.check_clearing(gate, reason, by, givers, policies.MIN_REASON)
    before = audit.snapshot(engagement)
    if _is_second(engagement, gate):
        policies_gate.check_second(engagement.cleared_by_id or 0, by)
        engagement.second_by_id, engagement.second_at, engagement.second_reason = (
            by.id,
            clock.now(),
            reason.strip(),
        )
        engagement.state = EngagementState.CLEARED
    else:
        _void_clearing(engagement)
        engagement.gate, engagement.clearing_reason = gate.stored(), reason.strip()
        engagement.cleared_by_id, engagement.cleared_at = by.id, clock.now()
        engagement.state = EngagementState.PROPOSED if ties else EngagementState.CLEARED
    notices.finish_about((SOURCE, engagement.id), by=by)
    _tell_of_clearing(engagement, ties, by)
    audit.record("advisory.engagement_cleared", engagement, by=by, before=before, reason=reason)
    return engagement


def _is_second(engagement: Engagement, gate: policies_gate.Gate) -> bool:
    """Whether a first approver has cleared exactly what the gate lists now, and a second one is awaited."""
    is_awaited = engagement.state is EngagementState.PROPOSED and engagement.cleared_by_id is not None
    return is_awaited and policies_gate.was_all_seen(engagement.gate, gate)


def _tell_of_clearing(engagement: Engagement, ties: list[policies_gate.Tie], by: User) -> None:
    if engagement.state is EngagementState.PROPOSED:
        notices.notify(
            _l(
                "%(person)s: %(ties)s. A second approver has to clear the engagement.",
                person=engagement.person.name,
                ties=later(policies_gate.words_of_ties, ties),
            ),
            role=Role.COMPLIANCE,
            urgency=Urgency.NOW,
            source=(SOURCE, engagement.id),
            by=by,
        )
        return
    notices.notify(
        _l("The engagement of %(person)s is cleared. Next: the contract, before the service.", person=engagement.person.name),
        user=queries_owners.holder_of_engagement(engagement, clock.now()).user, urgency=Urgency.SOON,
        source=(SOURCE, engagement.id), by=by,
    )  # fmt: skip


def contract_engagement(engagement: Engagement, details: ContractDetails, *, by: User) -> Engagement:
    """Write down the signed contract; the fee is committed and the caps of the cash leg are weighed (A5).

    A contract signed after the service is kept as the fact it is; compliance is told, and paying opens a breach.
    """
    if engagement.state is EngagementState.PROPOSED and engagement.cleared_by_id is not None:
        gate = queries_gate.gate_of(engagement)
        policies_gate.require_second(engagement.second_by_id, queries_gate.ties_of(engagement, gate))
    policies.require_state(engagement, EngagementState.CLEARED)
    policies.check_past(details.signed_on, clock.today(), "signed_on")
    gate = queries_gate.gate_of(engagement)
    policies_gate.require_same_gate(policies_gate.restore_gate(engagement.gate), gate)
    limit = details.expenses_limit
    if limit is not None and limit.currency != engagement.fee.currency:
        raise policies.PaymentRefused(
            _("Expenses are agreed in %(currency)s, as the fee is.", currency=engagement.fee.currency),
            field="expenses_limit",
        )
    before = audit.snapshot(engagement)
    engagement.state = EngagementState.CONTRACTED
    engagement.contract_reference, engagement.contract_party = details.reference, details.party
    engagement.contracted_on, engagement.expenses_limit_minor = (
        details.signed_on,
        limit.minor if limit else None,
    )
    _commit(engagement, by)
    if engagement.is_contract_late:
        notices.notify(
            _l("%(person)s: the contract %(reference)s was signed after the service. No work is done"
               " without a contract; paying it opens a breach.", person=engagement.person.name, reference=details.reference),
            role=Role.COMPLIANCE, urgency=Urgency.NOW, source=(SOURCE, engagement.id), by=by,
        )  # fmt: skip
    audit.record("advisory.engagement_contracted", engagement, by=by, before=before)
    return engagement


def _commit(engagement: Engagement, by: User) -> None:
    """Tell the ledger what will be paid, so that caps on fees are weighed before the work (L7)."""
    ledger.plan_value(
        CommitmentDetails(
            person_id=engagement.person_id, program_id=engagement.need.program_id, category=engagement.category,
            money=engagement.fee, expected_on=engagement.service_on, source_kind=SOURCE, source_part=FEE,
            source_id=engagement.id, stage=CommitmentStage.COMMITTED, form=Form.CASH_EQUIVALENT,
        ),
        by=by,
    )  # fmt: skip


def decline_engagement(engagement: Engagement, *, reason: str, by: User) -> Engagement:
    """The person says no, or compliance does not clear it; the record stays (L5)."""
    policies.require_before_payment(engagement)
    return _end(engagement, EngagementState.DECLINED, "advisory.engagement_declined", reason, by)


def terminate_engagement(engagement: Engagement, *, reason: str, by: User) -> Engagement:
    """End an engagement before it is payable; what was committed is released."""
    policies.require_before_payment(engagement)
    return _end(engagement, EngagementState.TERMINATED, "advisory.engagement_terminated", reason, by)


def _end(engagement: Engagement, state: EngagementState, action: str, reason: str, by: User) -> Engagement:
    policies.require_reason(reason)
    before = audit.snapshot(engagement)
    if engagement.contracted_on is not None:
        ledger.release_value(SOURCE, FEE, engagement.id, by=by)
    engagement.state, engagement.ended_reason = state, reason.strip()
    notices.finish_about((SOURCE, engagement.id), by=by)
    audit.record(action, engagement, by=by, before=before, reason=reason)
    return engagement
