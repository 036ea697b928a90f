"""Approvals: one concept for caps, standing rules and officials; asked again when changed; the register (L8, c9, c19, c20)."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts import operations as account_operations
from app.accounts.details import DelegationDetails
from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.core.money import Money
from app.ledger import operations, policies, queries
from app.ledger.models import (
    Breach,
    Category,
    Commitment,
    CommitmentStage,
    ExceptionState,
    Form,
    RuleException,
)
from app.ledger.policies_standing import NotAcceptable, PreApprovalNeeded
from app.people import operations as people_operations
from app.people.details import MayAcceptDetails
from app.people.models import AcceptAnswer, OrganisationKind, Person
from tests.conftest import fresh
from tests.factories import accounts, ledger, people, programs

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[..., FlaskClient]
FIRM = "Gifts not accepted, travel only through employer invoice."


def analyst() -> Person:
    """Somebody of a firm with a profile."""
    firm = people.organisation(
        "Saffron Ridge", kind=OrganisationKind.ANALYST_FIRM, is_gift_allowed=False, is_invoice_to_employer_only=True,
        rule_text=FIRM,
    )  # fmt: skip
    priya = people.person("Priya")
    people.employment(priya, firm)
    return priya


def official() -> Person:
    """A professor at a state university."""
    return people.person("Kerem", official_status="state_body", official_reason="state university")


def plan(of: Person, pounds: str = "100", **changes: object) -> None:
    frame = programs.program() if "program" not in changes else changes.pop("program")
    with transaction():
        operations.plan_value(ledger.plan(of, frame, pounds, **changes), by=ledger.coordinator())


# -- the standing rules are asked when something is planned ------------------------------------------------


@pytest.mark.parametrize(
    ("category", "words"), [(Category.GIFT, "accept gifts"), (Category.TRAVEL_AIR, "its own invoice")]
)
def test_a_firms_profile_blocks_and_is_quoted(category: Category, words: str) -> None:
    """c24, P2: a gift or a direct ticket is blocked with the profile quoted."""
    with pytest.raises(NotAcceptable) as refused:
        plan(analyst(), category=category)
    assert (words in refused.value.message, f"“{FIRM}”" in refused.value.message) == (True, True)
    assert db.session.scalars(sa.select(Commitment)).all() == []


def test_a_ticket_through_the_employer_is_fine() -> None:
    """c24"""
    plan(analyst(), category=Category.TRAVEL_AIR, form=Form.REIMBURSEMENT)
    assert db.session.scalars(sa.select(Commitment.stage)).all() == [CommitmentStage.PLANNED]


ANSWERS = {
    "no": (AcceptAnswer.NO, None, "1", "Accepts no gift, as they said on 1 Oct 2026 (Her mail)."),
    "more than": (AcceptAnswer.UP_TO, Money(5_000, "GBP"), "50.01", "Accepts gift up to 50.00 GBP"),
    "as much as": (AcceptAnswer.UP_TO, Money(5_000, "GBP"), "50", ""),
    "yes": (AcceptAnswer.YES, None, "900", ""),
    "in other money": (AcceptAnswer.UP_TO, Money(10_000, "USD"), "74.81", "up to 100.00 USD"),
    "in other money, within": (AcceptAnswer.UP_TO, Money(10_000, "USD"), "70", ""),
}


@pytest.mark.parametrize(("answer", "limit", "pounds", "words"), ANSWERS.values(), ids=ANSWERS)
def test_what_a_person_may_accept(answer: AcceptAnswer, limit: Money | None, pounds: str, words: str) -> None:
    """P: yes, no, or up to, per category; converted when the amount is in other money."""
    ledger.treasury_rates()
    amal = people.person()
    details = MayAcceptDetails(
        category=Category.GIFT, answer=answer, limit=limit, said_on=date(2026, 10, 1), source="Her mail"
    )
    with transaction():
        people_operations.set_may_accept(db.session.merge(amal), details, by=None)
    if not words:
        plan(amal, pounds, expected_on=date(2026, 11, 1))
        return
    with pytest.raises(NotAcceptable) as refused:
        plan(amal, pounds, expected_on=date(2026, 11, 1))
    assert words in refused.value.message


def test_nothing_is_planned_for_an_official_before_the_approval() -> None:
    """c20: written pre-approval with local law confirmed, else it is impossible."""
    kerem, program = official(), programs.program()
    with pytest.raises(NotAcceptable, match="approved it in writing and confirmed that local law allows it"):
        plan(kerem, program=program, category=Category.MEAL)
    with pytest.raises(PreApprovalNeeded):
        queries.require_invitable(kerem, [("events", 3)])
    ledger.approved(kerem, subject_kind="events", subject_id=3)
    queries.require_invitable(kerem, [("events", 3)])
    with pytest.raises(PreApprovalNeeded):
        queries.require_invitable(kerem, [("events", 4)])
    plan(kerem, program=program, category=Category.MEAL, event_id=3)


def test_an_officials_fare_does_not_go_through_their_hands() -> None:
    """c20: payment goes to vendors directly."""
    kerem = official()
    ledger.approved(kerem)
    with pytest.raises(NotAcceptable, match="paid to the vendor"):
        plan(kerem, category=Category.TRAVEL_AIR, form=Form.REIMBURSEMENT)


def test_approving_an_official_needs_the_law_confirmed() -> None:
    """c20"""
    asked = ledger.asked(official())
    with pytest.raises(policies.ExceptionRefused, match="law of the official's country"), transaction():
        operations.decide_exception(
            db.session.merge(asked), is_granted=True, reason="Looks fine to me", by=ledger.compliance()
        )
    assert fresh(asked).state is ExceptionState.ASKED


def test_a_fact_against_a_standing_rule_is_never_refused() -> None:
    """L7: it stands; one breach with the rule quoted; compliance is told."""
    priya, program = analyst(), programs.program()
    for number in (1, 2):
        ledger.post(
            ledger.stay(
                priya, program, category=Category.GIFT, money=ledger.gbp("20"), external_ref=str(number)
            )
        )
    (breach,) = db.session.scalars(sa.select(Breach))
    assert (breach.entry_seq, breach.cap_id, FIRM in breach.rule) == (1, None, True)
    ledger.post(ledger.stay(priya, program, declined=True, category=Category.GIFT, external_ref="3"))
    assert len(db.session.scalars(sa.select(Breach)).all()) == 1


# -- what is approved and then changed is asked again ------------------------------------------------------


def test_changing_what_was_approved_asks_again() -> None:
    """c9: the approval is void, all are asked again, the earlier version stays readable; until then it is only planned."""
    jack, program, cap = people.person("Jack"), programs.program(), ledger.cap(soft=None, hard="100")
    rule = f"cap:{cap.id}"
    first = ledger.approved(jack, rule)
    booked = {"program": program, "stage": CommitmentStage.COMMITTED}
    plan(jack, "240", **booked)
    plan(jack, "240", **booked)
    assert (fresh(first).state, db.session.scalar(sa.select(Commitment.stage))) == (
        ExceptionState.GRANTED,
        "committed",
    )
    plan(jack, "480", **booked)
    again = db.session.scalars(sa.select(RuleException).where(RuleException.earlier_id == first.id)).one()
    assert (fresh(first).state, fresh(again).state, again.quoted) == (
        ExceptionState.VOID, ExceptionState.ASKED, first.quoted,
    )  # fmt: skip
    assert [terms["amount"] for row in (first, again) for terms in fresh(row).terms.values()] == [
        "240.00 GBP",
        "480.00 GBP",
    ]
    assert db.session.scalar(sa.select(Commitment.stage)) == "planned"
    plan(jack, "500", **booked)  # once more while it waits: the question follows
    assert [terms["amount"] for terms in fresh(again).terms.values()] == ["500.00 GBP"]
    with transaction():
        operations.decide_exception(
            db.session.merge(again), is_granted=True, reason="The dearer one is fine.", by=ledger.compliance()
        )
    plan(jack, "500", **booked)
    assert db.session.scalar(sa.select(Commitment.stage)) == "committed"
    assert [row.id for row in queries.earlier_versions(fresh(again))] == [first.id]


@pytest.mark.parametrize(
    "change", [{"expected_on": date(2026, 12, 2)}, {"category": Category.MEAL}, {"grade": "business"}]
)
def test_a_new_day_category_or_class_asks_again(change: dict[str, object]) -> None:
    """c9"""
    jack, program, cap = people.person("Jack"), programs.program(), ledger.cap(soft=None, hard="100")
    first = ledger.approved(jack, f"cap:{cap.id}")
    plan(jack, "240", program=program)
    plan(jack, "240", program=program, **change)
    assert fresh(first).state is ExceptionState.VOID


def test_a_quoted_rule_stays_as_it_read() -> None:
    """L9, c21: the question keeps the cap of its day, whatever took its place."""
    jack, cap = people.person("Jack"), ledger.cap()
    asked = ledger.asked(jack, f"cap:{cap.id}")
    assert (
        asked.quoted
        == "Annual non-cash cap: 7,500.00 GBP soft / 10,000.00 GBP hard, in force from 1 Jan 2026"
    )


# -- deciding ----------------------------------------------------------------------------------------------


def test_a_delegate_decides_and_both_names_are_kept() -> None:
    """R2, J9.2: Sam grants or refuses in Helga's name while the delegation runs."""
    helga, sam = ledger.compliance(), accounts.user(role=Role.COMPLIANCE, name="Sam")
    today = clock.today()
    with transaction():
        account_operations.add_delegation(
            DelegationDetails(delegate_id=sam.id, from_on=today, to_on=today + timedelta(days=5)), by=helga
        )
    for is_granted in (True, False):
        asked = ledger.asked(people.person("Jack"), "travel_class")
        with transaction():
            operations.decide_exception(
                db.session.merge(asked),
                is_granted=is_granted,
                reason="In Helga's absence.",
                by=db.session.merge(sam),
            )
        row = fresh(asked)
        assert row.decided_by
        assert row.on_behalf_of
        assert (row.decided_by.name, row.on_behalf_of.name) == ("Sam", "Helga")


CASES: dict[str, tuple[str, str]] = {
    "twice": ("granted", "already granted"),
    "withdrawn": ("withdrawn", "already withdrawn"),
    "one's own": ("own", "asked for this yourself"),
    "too late": ("late", "already have expired"),
    "no reason": ("no reason", "at least 10 characters"),
    "by a coordinator": ("coordinator", "Only compliance"),
}


@pytest.mark.parametrize(("case", "words"), CASES.values(), ids=CASES)
def test_what_cannot_be_decided(case: str, words: str) -> None:
    """L8, R1, c19"""
    ruth = ledger.coordinator()
    by, reason = ledger.compliance(), "Looked at; it is in order."
    asked = ledger.asked(people.person("Jack"), "travel_class", by=ruth)
    with transaction():
        row = db.session.merge(asked)
        if case == "granted":
            operations.decide_exception(row, is_granted=True, reason=reason, by=by)
        elif case == "withdrawn":
            operations.withdraw_exception(row, by=ruth)
        elif case == "late":
            row.expires_on = clock.today() - timedelta(days=1)
    before = fresh(asked).state
    by = {"own": ruth, "coordinator": accounts.user(role=Role.COORDINATOR, name="Otto")}.get(case, by)
    reason = "no" if case == "no reason" else reason
    with pytest.raises(DomainError, match=words), transaction():
        operations.decide_exception(db.session.merge(asked), is_granted=False, reason=reason, by=by)
    assert fresh(asked).state is before


ASKED = {
    "ends yesterday": ({"expires_on": clock.today() - timedelta(days=1)}, "cannot end in the past"),
    "no rule": ({"rule": " "}, "which rule"), "no such cap": ({"rule": "cap:99"}, "no such cap"),
    "cap of words": ({"rule": "cap:x"}, "no such cap"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), ASKED.values(), ids=ASKED)
def test_what_cannot_be_asked(changes: dict[str, object], words: str) -> None:
    with pytest.raises(policies.ExceptionRefused, match=words):
        ledger.asked(people.person(), **{"rule": "travel_class", **changes})  # type: ignore[arg-type]


def test_only_who_asked_withdraws_and_only_once() -> None:
    ruth = ledger.coordinator()
    asked = ledger.asked(people.person(), "travel_class", by=ruth)
    with pytest.raises(policies.ExceptionRefused, match="Only the one who asked"), transaction():
        operations.withdraw_exception(
            db.session.merge(asked), by=accounts.user(name="Otto", role=Role.COORDINATOR)
        )
    with transaction():
        operations.withdraw_exception(db.session.merge(asked), by=ruth)
    with pytest.raises(policies.ExceptionRefused, match="nothing to withdraw"), transaction():
        operations.withdraw_exception(db.session.merge(asked), by=ruth)


def test_a_delegate_of_one_who_may_not_decide_does_not_decide_for_them() -> None:
    """R2, L8: a host's stand-in is no way around the host."""
    helga, sam = ledger.compliance(), accounts.user(role=Role.COMPLIANCE, name="Sam")
    with transaction():
        account_operations.add_delegation(
            DelegationDetails(delegate_id=sam.id, from_on=clock.today(), to_on=clock.today()), by=helga
        )
    asked = ledger.asked(people.person(), "travel_class", host_ids=(helga.id,))
    with transaction():
        operations.decide_exception(
            db.session.merge(asked), is_granted=True, reason="In my own name, then.", by=db.session.merge(sam)
        )
    assert fresh(asked).on_behalf_of is None


# -- pages -------------------------------------------------------------------------------------------------


def test_the_queue_quotes_the_rule_and_asks_for_the_law(signed_in: SignIn) -> None:
    """c20: the approver ticks that local law allows it."""
    asked = ledger.asked(official())
    helga = signed_in(ledger.compliance())
    assert "local law allows it" in helga.get("/ledger/exceptions/").text
    path = f"/ledger/exceptions/{asked.id}"
    answer = {"decision": "grant", "reason": "The rector agreed in writing."}
    refused = helga.post(path, data=answer)
    assert (refused.status_code, "Confirm that the law" in refused.text) == (422, True)
    assert helga.post(path, data=answer | {"is_law_confirmed": "y"}).status_code == 303
    assert fresh(asked).is_law_confirmed is True


def test_withdrawing_on_the_page(signed_in: SignIn) -> None:
    ruth = ledger.coordinator()
    asked = ledger.asked(people.person(), "travel_class", by=ruth)
    browser = signed_in(ruth)
    assert "Withdraw the question" in browser.get(f"/ledger/exceptions/{asked.id}").text
    assert browser.post(f"/ledger/exceptions/{asked.id}/withdraw").status_code == 303
    assert fresh(asked).state is ExceptionState.WITHDRAWN
    again = browser.post(f"/ledger/exceptions/{asked.id}/withdraw")
    assert (again.status_code, "nothing to withdraw" in again.text) == (422, True)


def test_the_register_is_narrowed_and_taken_away(signed_in: SignIn) -> None:
    """c19: who, when, why; expired ones are marked; the export is in the trail (R4)."""
    amal, jack = people.person("Amal"), people.person("Jack")
    over = ledger.approved(amal, "travel_class")
    with transaction():
        db.session.merge(over).expires_on = clock.today() - timedelta(days=1)
    ledger.asked(jack, "lodging")
    helga = signed_in(ledger.compliance())
    for query, names in {
        "": ["Jack", "Amal"], "state=expired": ["Amal"], "state=asked": ["Jack"], "rule=lodging": ["Jack"],
        f"person_id={amal.id}": ["Amal"], "state=in_force": [], "to_on=2020-01-01": [], "state=x&from_on=y": ["Jack", "Amal"],
    }.items():  # fmt: skip
        rows = list(
            csv.DictReader(
                io.StringIO(
                    helga.get(f"/ledger/exceptions/register.csv?{query}").get_data().decode("utf-8-sig")
                )
            )
        )
        assert [row["person"] for row in rows] == names, query
    (row,) = csv.DictReader(
        io.StringIO(helga.get("/ledger/exceptions/register.csv?state=expired").get_data().decode("utf-8-sig"))
    )
    assert (row["asked_by"], row["decided_by"], row["is_expired"], row["reason"]) == (
        "Ruth", "Helga", "expired", "The only one who knows the field.",
    )  # fmt: skip
    assert helga.get("/ledger/exceptions/register.xlsx").mimetype.endswith("sheet")
    assert "Expired" in helga.get("/ledger/exceptions/?state=expired").text
    n_lines = db.session.scalar(
        sa.select(sa.func.count(AuditEvent.id)).where(AuditEvent.action == "ledger.register_exported")
    )
    assert n_lines == 10


def test_the_register_asks_as_often_for_thirty_as_for_one(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    helga = signed_in(ledger.compliance())
    ledger.approved(people.person(), "travel_class")
    helga.get("/ledger/exceptions/")
    count_queries()
    helga.get("/ledger/exceptions/")
    few = count_queries()
    for number in range(29):
        ledger.approved(people.person(f"Person {number}"), "travel_class")
    count_queries()
    helga.get("/ledger/exceptions/")
    assert count_queries() == few
