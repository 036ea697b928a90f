"""Advice from the need to the payment: each step, each refusal, the entries it leaves (A1 to A5, c32 to c37)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent, User
from app.advisory import operations, policies, policies_gate, policies_rates, queries, queries_gate
from app.advisory.details import (
    AdviceDetails,
    AlternativeDetails,
    BandDetails,
    ContractDetails,
    DeliveryDetails,
    EffortDetails,
    PaymentDetails,
)
from app.advisory.models import Engagement, EngagementState, NeedState
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations as ledger
from app.ledger import queries as ledger_queries
from app.ledger.details import CapDetails
from app.ledger.models import Breach, Category, Commitment, CommitmentStage, Form, Leg
from app.ledger.policies import HeadroomRefused
from app.ledger.queries import By, Scope, totals
from app.people import operations as people_operations
from app.people.details import MayAcceptDetails
from app.people.models import AcceptAnswer
from tests.conftest import fresh
from tests.factories import advisory as make
from tests.factories import people, programs

At = Callable[[datetime], AbstractContextManager[None]]
NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)
JANUARY = datetime(2027, 1, 14, 17, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november(app: Flask, at: At) -> Any:
    with at(NOVEMBER):
        yield


# -- needs (A1, A2) --------------------------------------------------------------------------------


def test_a_need_is_filed_without_names_and_waits_for_compliance() -> None:
    need = make.need(goal_id=None)
    assert (need.state, need.filed_by.name, need.filed_at) == (NeedState.DRAFT, "Vera Dornbusch", NOVEMBER)


def test_a_briefing_is_never_paid() -> None:
    """A1, c32: knowledge that flows from the company to the expert earns no fee."""
    with pytest.raises(policies.BriefingIsNeverPaid, match="a briefing is never paid"):
        make.need(is_from_expert_to_company=False)


@pytest.mark.parametrize(
    "criteria",
    [
        "At least 50,000 followers",
        "Wide social reach",
        "Known for favourable coverage of us",
        "Positive reviews so far",
        "impressions",
    ],
)
def test_criteria_contain_neither_reach_nor_coverage(criteria: str) -> None:
    """A2: the words are quoted back."""
    with pytest.raises(policies.CriteriaCountReach) as refusal:
        make.need(criteria=criteria)
    assert refusal.value.field == "criteria"


def test_criteria_may_use_reach_and_views_in_their_other_meanings() -> None:
    assert make.need(criteria="Can reach a decision with us; holds views of their own on spectrum").id


@pytest.mark.parametrize("name", ["Ines Moreau", "서하나", "Ines"])
def test_a_need_that_names_a_person_of_ours_is_refused(name: str) -> None:
    """A1: first what is wanted, then who."""
    people.person(name)
    with pytest.raises(policies.NeedIsPersonal, match="The need comes first"):
        make.need(question=f"What would {name} tell us about hospitals?")


def test_a_need_is_approved_by_somebody_else() -> None:
    """R1: nobody approves what they filed."""
    need = make.need(by=make.helga())
    with transaction(), pytest.raises(policies.OwnWork):
        operations.approve_need(db.session.merge(need), by=make.helga())
    with transaction():
        approved = operations.approve_need(db.session.merge(need), by=make.sam())
    assert (approved.state, approved.approved_by_id) == (NeedState.APPROVED, make.sam().id)


def test_an_approved_need_stays_as_it_was_approved() -> None:
    """c9: nothing is changed behind an approval."""
    program = programs.program()
    need = make.approved_need(program)
    with transaction(), pytest.raises(policies.StepRefused, match="stays as it is"):
        operations.edit_need(
            db.session.merge(need), make.need_details(program, title="Other"), by=make.vera()
        )


def test_nobody_is_proposed_for_a_need_that_is_not_approved() -> None:
    """A1, c32."""
    with pytest.raises(policies.NeedNotReady, match="not approved yet"):
        make.engagement(for_need=make.need())


def test_a_closed_need_takes_no_more_people() -> None:
    need = make.approved_need()
    with transaction():
        operations.close_need(db.session.merge(need), reason="The release was cancelled", by=make.vera())
    with pytest.raises(policies.NeedNotReady, match="closed"):
        make.engagement(for_need=fresh(need))


# -- rate cards (A3) -------------------------------------------------------------------------------


def test_a_new_version_ends_the_one_before_the_day_before() -> None:
    """A3: versions follow each other without a gap or an overlap."""
    first = make.rate_card()
    second = make.rate_card(effective_from_on=date(2027, 1, 1))
    assert (fresh(first).effective_to_on, second.number, second.effective_to_on) == (
        date(2026, 12, 31),
        2,
        None,
    )


def test_versions_never_hold_on_one_day() -> None:
    make.rate_card(effective_to_on=date(2027, 6, 30))
    with pytest.raises(policies_rates.CardOverlaps, match="two versions never hold on one day"):
        make.rate_card(effective_from_on=date(2027, 6, 30))


def test_a_card_holds_each_band_once() -> None:
    twice = BandDetails(tier="B", activity=Category.WORKSHOP_FEE, per="day", maximum_minor=1)
    with pytest.raises(policies_rates.CardOverlaps, match="Two bands"):
        make.rate_card(bands=(twice, twice.model_copy(update={"maximum_minor": 2})))


# -- proposals (A2, A3) ----------------------------------------------------------------------------


def test_a_proposal_stores_how_its_maximum_was_found() -> None:
    """A3, c33: 250/h, 8 h work, 2 h preparation, 4 h travel at 50 %: 3,000.00 with card and version."""
    effort = EffortDetails(work=Decimal(8), preparation=Decimal(2), travel=Decimal(4))
    proposed = make.engagement(of=make.band("2"), effort=effort)
    stored = policies_rates.restore_calculation(proposed.calculation)
    assert proposed.fee == stored.maximum == Money(300_000, "GBP")
    assert (stored.card, stored.number, [int(part.minor) for part in stored.parts]) == (
        "Advisers",
        1,
        [200_000, 50_000, 50_000],
    )


def test_a_fee_above_the_maximum_is_refused_with_its_calculation() -> None:
    """A3, c33."""
    with pytest.raises(
        policies_rates.AboveMaximum, match=r"1 day work, at 6,500\.00 GBP a day = 6,500\.00 GBP"
    ):
        make.engagement(fee=Money(650_001, "GBP"))


@pytest.mark.parametrize("fee", [Money(650_000, "EUR"), Money(0, "GBP")])
def test_a_fee_is_in_the_currency_of_the_card_and_more_than_nothing(fee: Money) -> None:
    with pytest.raises(policies_rates.AboveMaximum):
        make.engagement(fee=fee)


def test_a_band_of_another_country_or_day_does_not_fit() -> None:
    need = make.approved_need()
    german = BandDetails(tier="B", activity=Category.WORKSHOP_FEE, per="day", maximum_minor=1, country="DE")
    card = make.rate_card("German", bands=(german,))
    with pytest.raises(policies_rates.BandDoesNotFit, match="people in DE"):
        make.engagement(for_need=need, of=make.band("B", card))
    with pytest.raises(policies_rates.BandDoesNotFit, match="does not hold on 14 Jan 2027"):
        make.engagement(
            who=people.person("Jack"),
            for_need=need,
            of=make.band("B", make.rate_card("Old", effective_to_on=date(2026, 12, 31))),
        )


def test_somebody_else_was_considered() -> None:
    """A2: none, oneself by number, oneself by name."""
    ines = people.person("Ines")
    for others in (
        (),
        (AlternativeDetails(person_id=ines.id, why_not="No"),),
        (AlternativeDetails(name="  ines ", why_not="No"),),
        (AlternativeDetails(name="", why_not="No"),),
    ):
        with pytest.raises(policies.NoAlternative):
            make.engagement(who=ines, for_need=make.approved_need(programs.program(f"P{len(str(others))}")),
                            of=make.band("B", make.rate_card(f"C{len(str(others))}")), alternatives=others)  # fmt: skip


def test_an_alternative_of_ours_is_kept_under_their_name() -> None:
    other = people.person("Jack")
    proposed = make.engagement(
        alternatives=(AlternativeDetails(person_id=other.id, why_not="No hospital yet"),)
    )
    assert [(one.person_id, one.name) for one in proposed.alternatives] == [(other.id, "Jack")]


def test_no_more_people_are_proposed_than_are_needed() -> None:
    proposed = make.engagement()
    with pytest.raises(policies.ProposalRefused, match="asks for 1 person"):
        make.engagement(who=people.person("Jack"), for_need=proposed.need, of=proposed.band)


@pytest.mark.parametrize(
    ("answer", "limit"), [(AcceptAnswer.NO, None), (AcceptAnswer.UP_TO, Money(500_000, "GBP"))]
)
def test_what_a_person_accepts_holds_for_fees(answer: AcceptAnswer, limit: Money | None) -> None:
    ines = people.person("Ines")
    with transaction():
        said = MayAcceptDetails(category="workshop_fee", answer=answer, limit=limit, said_on=date(2026, 9, 1))
        people_operations.set_may_accept(db.session.merge(ines), said, by=make.omar())
    with pytest.raises(policies.ProposalRefused, match="as they said on 1 Sep 2026"):
        make.engagement(who=ines)


# -- the gate (A4) ---------------------------------------------------------------------------------


def _visited(last_on: date = date(2026, 10, 16)) -> Engagement:
    """Ines was in London until 16 October; the workshop was first planned for 12 January."""
    ines, program = people.person("Ines"), programs.program()
    make.hospitality(ines, program, on=date(2026, 10, 12), category=Category.TRAVEL_GROUND, minor=59_616)
    make.hospitality(ines, program, on=last_on)
    return make.engagement(who=ines, for_need=make.approved_need(program), service_on=date(2027, 1, 12))


def test_the_gate_lists_each_item_with_its_days_and_the_sum() -> None:
    """A4, c35, J10.3: 12 January is day 88; the earliest day is 14 January."""
    gate = queries_gate.gate_of(_visited())
    assert [(item.value_on, item.days_before(gate.service_on)) for item in gate.items] == [
        (date(2026, 10, 16), 88), (date(2026, 10, 12), 92),
    ]  # fmt: skip
    assert (gate.totals, gate.n_days, gate.earliest_on) == ((Money(267_616, "GBP"),), 88, date(2027, 1, 14))
    assert (
        gate.sentence
        == "Hospitality ended 16 Oct 2026; 12 Jan 2027 is day 88. Earliest: 14 Jan 2027 (day 90)."
    )


def test_the_gate_leaves_out_what_was_taken_back_declined_older_or_cash() -> None:
    proposed = _visited()
    ines, program = proposed.person, proposed.need.program
    back = make.hospitality(ines, program, on=date(2026, 11, 1), category=Category.GIFT, minor=5_000)
    with transaction():
        ledger.reverse_entry(db.session.merge(back), reason="entered_twice", by=make.ruth())
    make.hospitality(ines, program, on=date(2026, 11, 2), category=Category.GIFT, minor=24_000, declined=True)
    make.hospitality(ines, program, on=date(2026, 6, 1), category=Category.MEAL, minor=2_000)
    make.hospitality(
        ines,
        program,
        on=date(2026, 11, 3),
        category=Category.FEE_EXPENSES,
        form=Form.REIMBURSEMENT,
        context="receipt 7",
    )
    assert len(queries_gate.gate_of(fresh(proposed)).items) == 2


def test_clearing_inside_the_cooling_off_time_needs_a_written_reason() -> None:
    """A4: the refusal says the earliest day."""
    with pytest.raises(policies_gate.InsideCoolingOff, match=r"Earliest: 14 Jan 2027 \(day 90\)"):
        make.cleared(_visited(), reason="ok")


def test_clearing_is_for_somebody_who_did_not_give_the_hospitality() -> None:
    """A4, J10.3."""
    proposed = _visited()
    make.hospitality(
        proposed.person,
        proposed.need.program,
        on=date(2026, 11, 5),
        category=Category.MEAL,
        minor=4_000,
        by=make.helga(),
    )
    with pytest.raises(policies_gate.NotIndependent, match="You recorded what was given"):
        make.cleared(proposed)
    assert make.cleared(proposed, by=make.sam()).state is EngagementState.CLEARED


def test_moving_the_service_to_day_90_keeps_the_cooling_off_time() -> None:
    """J10.3."""
    proposed = _visited()
    with transaction():
        operations.move_service(db.session.merge(proposed), date(2027, 1, 14), by=make.omar())
    gate = queries_gate.gate_of(fresh(proposed))
    assert (gate.is_inside, gate.n_days) == (False, 90)


def test_moving_a_cleared_service_asks_for_a_new_clearing() -> None:
    """c9: an approval does not outlive what was approved."""
    passed = make.cleared(_visited())
    with transaction():
        operations.move_service(db.session.merge(passed), date(2027, 1, 4), by=make.omar())
    moved = fresh(passed)
    assert (moved.state, moved.cleared_by_id, moved.gate) == (EngagementState.PROPOSED, None, {})


def test_what_the_approver_saw_is_stored() -> None:
    passed = make.cleared(_visited())
    stored = policies_gate.restore_gate(passed.gate)
    assert stored is not None
    assert (stored.n_days, stored.totals, passed.clearing_reason) == (
        88, (Money(267_616, "GBP"),), "The work was wanted before the visit and is unrelated",
    )  # fmt: skip


def test_something_given_after_the_clearing_stops_the_contract() -> None:
    passed = make.cleared(_visited())
    make.hospitality(
        passed.person, passed.need.program, on=date(2026, 11, 19), category=Category.GIFT, minor=9_000
    )
    with transaction(), pytest.raises(policies_gate.GateMoved, match=r"gift 90\.00 GBP on 19 Nov 2026"):
        operations.contract_engagement(db.session.merge(passed), _contract(), by=make.omar())


def test_who_decides_and_chose_the_person_needs_a_second_approver() -> None:
    """A4, c37: the proposer admitted the person; the second approver is another one."""
    program = programs.program()
    ines = people.admissible("Ines", owner=make.omar())
    programs.enrolment(program, ines, by=make.omar())
    make.hospitality(ines, program, on=date(2026, 10, 16))
    proposed = make.engagement(who=ines, for_need=make.approved_need(program))
    first = make.cleared(proposed)
    assert first.state is EngagementState.PROPOSED
    with (
        transaction(),
        pytest.raises(policies_gate.SecondApproverNeeded, match="Omar Benhallam admitted the person"),
    ):
        operations.contract_engagement(db.session.merge(first), _contract(), by=make.omar())
    with pytest.raises(policies_gate.SecondApproverNeeded, match="You cleared this already"):
        make.cleared(fresh(first))
    second = make.cleared(fresh(first), by=make.sam())
    assert (second.state, second.cleared_by_id, second.second_by_id) == (
        EngagementState.CLEARED,
        make.helga().id,
        make.sam().id,
    )


def test_the_cooling_off_time_is_a_setting() -> None:
    with transaction():
        operations.set_cooling_off(30, by=make.helga())
    proposed = _visited()
    assert (queries.cooling_off_days(), queries_gate.gate_of(proposed).items) == (30, ())


# -- contract, delivery, payment (A5) --------------------------------------------------------------


def _contract(**changes: Any) -> ContractDetails:
    return ContractDetails(
        **({"reference": "LN-2027-004", "party": "Moreau Conseil", "signed_on": date(2026, 11, 20)} | changes)
    )


def test_a_contract_comes_after_the_clearing() -> None:
    """A5."""
    proposed = make.engagement()
    with transaction(), pytest.raises(policies.StepRefused, match="comes after compliance clears it"):
        operations.contract_engagement(db.session.merge(proposed), _contract(), by=make.omar())


def test_no_delivery_begins_without_a_contract() -> None:
    """A5, c34."""
    passed = make.cleared(make.engagement())
    with transaction(), pytest.raises(policies.StepRefused, match="comes after the contract is signed"):
        operations.start_delivery(db.session.merge(passed), by=make.omar())


def test_a_contract_commits_the_fee_and_weighs_the_caps() -> None:
    """c36, L7: a hard cap on fees stops the contract; within it the fee is part of the exposure."""
    agreed = make.contracted(make.engagement())
    commitment = db.session.scalars(sa.select(Commitment)).one()
    assert (commitment.stage, commitment.reporting, commitment.source_id) == (
        CommitmentStage.COMMITTED, Money(650_000, "GBP"), agreed.id,
    )  # fmt: skip


def test_a_hard_cap_on_fees_stops_the_contract() -> None:
    with transaction():
        cap = CapDetails(name="Fees", leg=Leg.CASH, hard_minor=500_000, effective_from_on=date(2026, 1, 1))
        ledger.set_cap(cap, by=make.helga())
    with pytest.raises(HeadroomRefused):
        make.contracted(make.engagement())


def test_a_payment_becomes_two_entries_of_the_cash_leg_linked_both_ways(at: At) -> None:
    """A5, c36: the fee and, apart, the expenses; the non-cash leg is untouched."""
    agreed = make.contracted(make.engagement(), expenses_limit=Money(30_000, "GBP"))
    with at(JANUARY):
        done = make.paid(
            make.delivered(agreed), expenses=Money(11_850, "GBP"), expenses_reference="Receipts 1 to 3"
        )
    fee = ledger_queries.get_entry(done.entry_seq or 0)
    expenses = ledger_queries.get_entry(done.expenses_entry_seq or 0)
    assert (fee.category, fee.leg, fee.reporting, fee.source_kind, fee.source_id) == (
        Category.WORKSHOP_FEE, Leg.CASH, Money(650_000, "GBP"), "advisory", done.id,
    )  # fmt: skip
    assert (expenses.category, expenses.reporting, expenses.source_id) == (
        Category.FEE_EXPENSES,
        Money(11_850, "GBP"),
        done.id,
    )
    assert [(row["leg"], row.reporting_minor) for row in totals([By.LEG], Scope())] == [(Leg.CASH, 661_850)]
    assert db.session.scalars(sa.select(Commitment.stage)).one() is CommitmentStage.SETTLED


def test_a_payment_is_approved_by_somebody_who_did_not_ask_for_it(at: At) -> None:
    """R1."""
    agreed = make.contracted(make.engagement(by=make.vera()))
    with at(JANUARY):
        done = make.delivered(agreed)
        with transaction(), pytest.raises(policies.OwnWork):
            operations.approve_payment(db.session.merge(done), by=make.vera())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"payee": "Moreau Holdings"}, "only the party of the contract is paid"),
        ({"fee": Money(650_001, "GBP")}, "more is not paid"),
        ({"fee": Money(1, "EUR")}, "nor another currency"),
        ({"expenses": Money(1, "GBP"), "expenses_reference": "x"}, "allows no expenses"),
        ({"paid_on": date(2027, 1, 15)}, "still to come"),
    ],
)
def test_a_payment_outside_the_contract_is_refused(at: At, changes: dict[str, Any], says: str) -> None:
    """A5, c36: payee, amount, currency, expenses, day."""
    agreed = make.contracted(make.engagement())
    with at(JANUARY):
        done = make.delivered(agreed)
        with pytest.raises((policies.PaymentRefused, policies.DateRefused), match=says):
            make.paid(done, **changes)
    assert totals([], Scope()) == []


def test_expenses_are_paid_on_receipts_and_within_their_limit(at: At) -> None:
    agreed = make.contracted(make.engagement(), expenses_limit=Money(10_000, "GBP"))
    with at(JANUARY):
        done = make.delivered(agreed)
        for expenses, reference in ((Money(10_001, "GBP"), "r"), (Money(10_000, "GBP"), " ")):
            with pytest.raises(policies.PaymentRefused):
                make.paid(done, expenses=expenses, expenses_reference=reference)


def test_more_time_than_agreed_is_refused(at: At) -> None:
    agreed = make.contracted(make.engagement())
    with at(JANUARY), pytest.raises(policies.PaymentRefused, match="The contract covers 1 day"):
        make.delivered(agreed, units=Decimal("1.5"))


def test_a_contract_signed_after_the_service_opens_a_breach_when_paid(at: At) -> None:
    """A5, c34: the fact is kept, and compliance is told."""
    passed = make.cleared(make.engagement(service_on=date(2026, 12, 1)))
    with at(JANUARY):
        with transaction():
            operations.contract_engagement(
                db.session.merge(passed), _contract(signed_on=date(2027, 1, 5)), by=make.omar()
            )
        done = make.paid(make.delivered(fresh(passed), on=date(2026, 12, 1)))
    breach = db.session.scalars(sa.select(Breach)).one()
    assert (breach.rule, breach.entry_seq) == ("The contract is signed before the service", done.entry_seq)


def test_ending_an_engagement_releases_what_was_committed() -> None:
    agreed = make.contracted(make.engagement())
    with transaction():
        ended = operations.terminate_engagement(
            db.session.merge(agreed), reason="The release was cancelled", by=make.omar()
        )
    assert ended.state is EngagementState.TERMINATED
    assert db.session.scalars(sa.select(Commitment.stage)).one() is CommitmentStage.RELEASED


def test_each_step_leaves_a_line_in_the_audit_trail(at: At) -> None:
    """R4."""
    agreed = make.contracted(make.engagement())
    with at(JANUARY):
        done = make.paid(make.delivered(agreed))
        with transaction():
            operations.close_engagement(db.session.merge(done), by=make.omar())
    lines = db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.subject_kind == "engagement").order_by(AuditEvent.id)
    )
    assert list(lines) == [
        "advisory.person_proposed", "advisory.engagement_cleared", "advisory.engagement_contracted", "advisory.delivery_started",
        "advisory.delivery_recorded", "advisory.payment_approved", "advisory.engagement_paid", "advisory.engagement_closed",
    ]  # fmt: skip


def test_the_advice_log_keeps_question_advice_decision_and_the_thanks() -> None:
    """G9."""
    agreed = make.contracted(make.engagement())
    with transaction():
        advice = operations.record_advice(
            db.session.merge(agreed),
            AdviceDetails(question="Which ward first?", advice="Start in logistics"),
            by=make.omar(),
        )
    with pytest.raises(policies.ReasonNeeded), transaction():
        operations.answer_advice(
            db.session.merge(advice), AdviceDetails(question="q", advice="a", is_adopted=True), by=make.omar()
        )
    with transaction():
        details = AdviceDetails(
            question="Which ward first?",
            advice="Start in logistics",
            decision="Pilot in logistics",
            is_adopted=True,
        )
        operations.answer_advice(db.session.merge(advice), details, by=make.omar())
    assert [(one.decision, one.is_adopted) for one in queries.list_advice(agreed)] == [
        ("Pilot in logistics", True)
    ]


def test_steps_out_of_order_are_refused(at: At) -> None:
    """A5: nothing is delivered, approved, paid or closed before its turn."""
    agreed = make.contracted(make.engagement())
    today = date(2026, 11, 20)
    delivery = DeliveryDetails(delivered_on=today, units=Decimal(1), evidence="Summary")
    payment = PaymentDetails(paid_on=today, payee="x", reference="x")
    late: list[tuple[Callable[[Engagement, User], object], str]] = [
        (lambda row, by: operations.record_delivery(row, delivery, by=by), "the work is begun"),
        (lambda row, by: operations.approve_payment(row, by=make.helga()), "delivery is recorded"),
        (lambda row, by: operations.pay_engagement(row, payment, by=by), "compliance approves the payment"),
        (lambda row, by: operations.close_engagement(row, by=by), "it is paid"),
        (
            lambda row, by: operations.clear_engagement(row, reason="once more, please", by=make.sam()),
            "contracted already",
        ),
    ]
    for step, says in late:
        with pytest.raises(policies.StepRefused, match=says), transaction():
            step(db.session.merge(agreed), make.omar())
