"""J10: a need before any name, Ines chosen among four, the gate at day 88, a contract, one day's work, the fee on the cash leg."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent, User
from app.advisory import queries as advisory
from app.advisory import queries_gate
from app.advisory.models import Engagement, EngagementState, Need, NeedState
from app.core import clock
from app.core.db import db
from app.core.money import Money
from app.ledger import queries as ledger
from app.ledger.models import Breach, Commitment, CommitmentStage, Entry, Form, Leg
from app.notices.models import Notice
from app.people.models import Person
from tests.factories import accounts as make_accounts
from tests.journeys.autumn import tell_until_published
from tests.journeys.walking import Walker

Sign = Callable[[str], Walker]

#: A day on which the demo's analyst day is Tuesday 13 October 2026, as the scenario has it.
TODAY = date(2027, 2, 2)
NEED = {
    "title": "Private 5G workshop, one day",
    "question": "Which hospital tasks need a network slice of their own, and which do not?",
    "deliverable": "One day with the product owners, and a written ranking of twelve tasks.",
    "decision": "The roadmap of the indoor radio, decided by February.",
    "why_outside": "Nobody in the house has run a hospital network.",
    "criteria": "Has planned hospital networks; has criticised vendors in public; speaks to engineers.",
    "is_confirmed": "y",
}
REASON = "The need was written before the name, and the work lies ninety days after the hotel."


PAYMENT = {
    "paid_on": "2027-01-22", "payee": "Ines Moreau", "reference": "PAY-8813", "fee": "6,500.00", "expenses": "184.50",
    "expenses_reference": "Folder 31",
}  # fmt: skip
REFUSED_PAYMENTS = (
    ({"payee": "Moreau Holding"}, "only the party of the contract is paid"),
    ({"fee": "6,500.01"}, "more is not paid"),
    ({"fee": "0.00"}, "more than nothing"),
    ({"expenses": "300.01"}, "The contract allows expenses up to"),
    ({"expenses_reference": ""}, "paid on receipts"),
    ({"paid_on": "2027-01-23"}, "still to come"),
    ({"fee": "six thousand"}, "Write the amount"),
)


@pytest.fixture
def sign(app: Flask) -> Sign:
    """`sign("omar")`: a fresh browser of a user, at the instant the clock shows."""

    tell_until_published(TODAY)

    def walk(key: str) -> Walker:
        user = db.session.scalars(sa.select(User).filter_by(email=f"{key}@lumen.example")).one()
        browser = app.test_client()
        make_accounts.session_in(browser, user)
        return Walker(browser)

    return walk


def _on(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def _id(key: str) -> int:
    return db.session.scalars(sa.select(Person.id).filter_by(email=f"{key}@voices.example")).one()


def _said(walker: Walker) -> str:
    """The text of the last answer."""
    assert walker.at is not None
    return walker.at.get_data(as_text=True)


def _set_rates(sign: Sign) -> None:
    """Compliance writes the rate card: band B is 6,500.00 a day (A3)."""
    with clock.fixed_at(_on(2026, 11, 5)):
        sign("helga").fill(
            "/advisory/rates/new", name="Advisory work", currency="GBP", effective_from_on="2026-11-05",
            band_1_tier="A", band_1_activity="workshop_fee", band_1_per="day", band_1_maximum="4,200.00",
            band_2_tier="B", band_2_activity="workshop_fee", band_2_per="day", band_2_maximum="6,500.00",
        )  # fmt: skip


def _approve(sign: Sign, need: int) -> None:
    with clock.fixed_at(_on(2026, 11, 9)):
        sign("helga").press(f"/advisory/needs/{need}", f"/advisory/needs/{need}/approve")


def _band(letter: str) -> int:
    return next(band.id for band in advisory.bands_from(date(2026, 11, 20)) if band.tier == letter)


def _proposal(**changes: object) -> dict[str, object]:
    """Ines among four, each with evidence; Odile Ferrand-Kask is from outside the program (A2)."""
    return {
        "person_id": _id("ines"), "why_this_person": "Planned two hospital networks and wrote down what failed.",
        "band_id": _band("B"), "work": "1", "service_on": "2027-01-12", "fee": "6,500.00", "currency": "GBP",
        "other_1_person": _id("priya"), "other_1_evidence": "Market note on wards", "other_1_why": "The firm sells the same advice.",
        "other_2_person": _id("lerato"), "other_2_evidence": "Report on clinics", "other_2_why": "Cities rather than hospitals.",
        "other_3_name": "Odile Ferrand-Kask", "other_3_evidence": "Runs a clinic's network in Geneva",
        "other_3_why": "Not free before the decision.",
    } | changes  # fmt: skip


def _engagement(number: int) -> Engagement:
    db.session.rollback()
    return db.session.get_one(Engagement, number)


def test_the_workshop_from_the_need_to_the_fee(sign: Sign) -> None:
    """The whole of J10 in its order, with every refusal on the way."""
    _set_rates(sign)
    need = _the_need_comes_first(sign)
    number = _ines_is_chosen_among_four(sign, need)
    _the_gate_refuses_day_88_and_opens_on_day_90(sign, number)
    _the_contract_comes_before_the_work(sign, number)
    _the_work_is_delivered_with_evidence(sign, number)
    _of_three_recommendations_one_is_adopted(sign, number)
    _the_payment_keeps_to_party_and_contract(sign, number)
    _paying_posts_fee_and_expenses_to_the_cash_leg(sign, number)
    _every_step_names_who_took_it(sign, number)
    _the_card_says_it_on_one_page(sign)


def _the_need_comes_first(sign: Sign) -> int:
    """A1: no field for a name, a name in the text refused, a briefing refused; nobody is proposed before the approval."""
    with clock.fixed_at(_on(2026, 11, 6)):
        vera = sign("vera")
        assert 'name="person_id"' not in vera.open("/advisory/needs/new")
        named = NEED | {"question": "What would Ines Moreau do about the pharmacy?"}
        vera.fill("/advisory/needs/new", status=422, program_id=1, goal_id=1, **named)
        assert "This names Ines Moreau. The need comes first" in _said(vera)
        vera.fill("/advisory/needs/new", status=422, program_id=1, goal_id=1, direction="company", **NEED)
        assert "a briefing is never paid" in _said(vera)
        assert NEED["deliverable"] in _said(vera)
        assert db.session.scalars(sa.select(Need)).all() == []

        vera.fill("/advisory/needs/new", program_id=1, goal_id=1, **NEED)
        number = vera.number()
        need = db.session.scalars(sa.select(Need)).one()
        assert (need.id, need.state, need.goal_id, need.filed_by.email) == (
            number, NeedState.DRAFT, 1, "vera@lumen.example",
        )  # fmt: skip
        assert "Credible voices on private 5G" in vera.open(f"/advisory/needs/{number}")
        omar = sign("omar")
        omar.fill(f"/advisory/needs/{number}/propose", status=422, **_proposal())
        assert "not approved yet" in _said(omar)
        assert vera.browser.post(f"/advisory/needs/{number}/approve").status_code == 403
        assert db.session.scalars(sa.select(Engagement)).all() == []
    _approve(sign, number)
    return number


def _ines_is_chosen_among_four(sign: Sign, need: int) -> int:
    """A2, A3: nobody without an alternative, no penny above the rate card; the sum stands on the page as it was found."""
    with clock.fixed_at(_on(2026, 11, 20)):
        omar, path = sign("omar"), f"/advisory/needs/{need}/propose"
        nobody = {name: "" for name in _proposal() if name.startswith("other_")}
        omar.fill(path, status=422, **_proposal(**nobody))
        assert "at least one other person" in _said(omar)
        omar.fill(path, status=422, **_proposal(fee="6,500.01"))
        assert "6,500.00" in _said(omar)
        assert db.session.scalars(sa.select(Engagement)).all() == []
        omar.fill(path, **_proposal())
        number = omar.number()
        page = omar.open(f"/advisory/{number}")
    found = _engagement(number)
    assert (found.person.name, found.fee, found.state) == (
        "Ines Moreau", Money(650_000, "GBP"), EngagementState.PROPOSED,
    )  # fmt: skip
    assert [(one.name, one.person_id is None, bool(one.evidence)) for one in found.alternatives] == [
        ("Priya Vembanath", False, True), ("Lerato Mokgathe", False, True), ("Odile Ferrand-Kask", True, True),
    ]  # fmt: skip
    for shown in ("3 alternatives", "6,500.00", "Report on clinics", "Not free before the decision."):
        assert shown in page, shown
    return number


def _the_gate_refuses_day_88_and_opens_on_day_90(sign: Sign, number: int) -> None:
    """A4: hospitality ended 16 October 2026; each item is listed with its days, and 2,941.88 in all."""
    with clock.fixed_at(_on(2026, 11, 27)):
        helga, omar = sign("helga"), sign("omar")
        assert "Ines Moreau: Private 5G workshop, one day" in helga.open("/")
        helga.fill(f"/advisory/{number}/clear", status=422, reason="")
        known = "Hospitality ended 16 Oct 2026; 12 Jan 2027 is day 88. Earliest: 14 Jan 2027 (day 90)."
        assert known in _said(helga)
        assert _engagement(number).state is EngagementState.PROPOSED
        assert omar.browser.post(f"/advisory/{number}/clear", data={"reason": REASON}).status_code == 403

        omar.fill(f"/advisory/{number}/service", service_on="2027-01-13")
        helga.fill(f"/advisory/{number}/clear", status=422, reason="")
        assert "13 Jan 2027 is day 89" in _said(helga)
        omar.fill(f"/advisory/{number}/service")  # the form offers the earliest day
        assert _engagement(number).service_on == date(2027, 1, 14)

        helga.fill(f"/advisory/{number}/clear", reason=REASON)
        found = _engagement(number)
        assert found.cleared_by is not None
        assert (found.state, found.cleared_by.email, found.clearing_reason, found.second_by_id) == (
            EngagementState.CLEARED, "helga@lumen.example", REASON, None,
        )  # fmt: skip
        gate = queries_gate.gate_of(found)
        assert (gate.totals, gate.n_days, gate.is_inside) == ((Money(294_188, "GBP"),), 90, False)
        page = sign("omar").open(f"/advisory/{number}")
        for shown in ("2,941.88", "14 Jan 2027 is day 90. The cooling-off time of 90 days is kept.", "30 executive minutes",
                      "15 executive minutes", "596.16", "2,080.00", "70.00", "125.72", REASON):  # fmt: skip
            assert shown in page, shown


def _the_contract_comes_before_the_work(sign: Sign, number: int) -> None:
    """A5: no work without a contract, none signed tomorrow; once signed, 6,500.00 are committed on the cash leg."""
    with clock.fixed_at(_on(2026, 12, 1)):
        omar = sign("omar")
        omar.browser.post(f"/advisory/{number}/start")
        assert _engagement(number).state is EngagementState.CLEARED
        contract = {"reference": "C-2041", "party": "Ines Moreau", "expenses_limit": "300.00"}
        omar.fill(f"/advisory/{number}/contract", status=422, signed_on="2026-12-02", **contract)
        assert "still to come" in _said(omar)
        assert db.session.scalars(sa.select(Commitment).filter_by(source_kind="advisory")).all() == []
        omar.fill(f"/advisory/{number}/contract", signed_on="2026-12-01", **contract)
    held = db.session.scalars(sa.select(Commitment).filter_by(source_kind="advisory")).one()
    assert (held.stage, held.reporting.minor, held.expected_on) == (
        CommitmentStage.COMMITTED, 650_000, date(2027, 1, 14),
    )  # fmt: skip


def _the_work_is_delivered_with_evidence(sign: Sign, number: int) -> None:
    """A5, R1: no evidence or more time than agreed is refused; who asked for the work does not approve its payment."""
    with clock.fixed_at(_on(2027, 1, 14, 18)):
        omar = sign("omar")
        omar.press(f"/advisory/{number}", f"/advisory/{number}/start")
        work = {"delivered_on": "2027-01-14", "units": "1", "evidence": "Ranking of twelve tasks."}
        omar.fill(f"/advisory/{number}/deliver", status=422, **(work | {"evidence": ""}))
        omar.fill(f"/advisory/{number}/deliver", status=422, **(work | {"units": "1.5"}))
        assert _engagement(number).state is EngagementState.IN_DELIVERY
        omar.fill(f"/advisory/{number}/deliver", **work)
        assert omar.browser.post(f"/advisory/{number}/approve-payment").status_code == 403
        omar.fill(f"/advisory/{number}/pay", status=422, **(PAYMENT | {"paid_on": "2027-01-14"}))
        assert "compliance approves the payment" in _said(omar)
        assert "delivered with evidence: approve the payment" in sign("helga").open("/")
    with clock.fixed_at(_on(2027, 1, 19)):
        sign("helga").press(f"/advisory/{number}", f"/advisory/{number}/approve-payment")


def _of_three_recommendations_one_is_adopted(sign: Sign, number: int) -> None:
    """G9: the product owner writes them down; one is answered, and she is told; her tab shows all three."""
    log = [
        ("Does patient monitoring need its own slice?", "Yes, and it must survive the loss of the core."),
        ("Does the pharmacy robot?", "No; give it a better antenna."),
        ("What did nobody ask?", "Who answers the phone at night when the slice is gone."),
    ]
    with clock.fixed_at(_on(2027, 1, 20)):
        vera = sign("vera")
        for question, advice in log:
            vera.fill(f"/advisory/{number}/advice/new", question=question, advice=advice)
        first = advisory.list_advice(_engagement(number))[0]
        answer = {"is_adopted": "yes", "decision": "Taken into the next release.", "told_on": "2027-01-20"}
        vera.fill(f"/advisory/advice/{first.id}", **answer)
        kept = advisory.list_advice(_engagement(number))
        assert [(one.question, one.advice) for one in kept] == log
        assert [(one.is_adopted, one.told_on) for one in kept] == [
            (True, date(2027, 1, 20)), (None, None), (None, None),
        ]  # fmt: skip
        page = sign("omar").open(f"/advisory/{number}")
        assert "3 recommendations" in page
        assert page.count("Taken into the next release.") == 1
        tab = sign("omar").open(f"/advisory/people/{_id('ines')}")
        assert all(question in tab for question, _advice in log)


def _the_payment_keeps_to_party_and_contract(sign: Sign, number: int) -> None:
    """A5: another payee, a penny too much, expenses without receipts: at its field, nothing typed lost, nothing posted."""
    with clock.fixed_at(_on(2027, 1, 22)):
        omar = sign("omar")
        for change, said in REFUSED_PAYMENTS:
            omar.fill(f"/advisory/{number}/pay", status=422, **(PAYMENT | change))
            assert said in _said(omar), change
            assert 'value="PAY-8813"' in _said(omar), change
        assert sign("helga").browser.get(f"/advisory/{number}/pay").status_code == 403
    assert db.session.scalars(sa.select(Entry).filter_by(source_kind="advisory")).all() == []
    assert _engagement(number).state is EngagementState.PAYABLE


def _paying_posts_fee_and_expenses_to_the_cash_leg(sign: Sign, number: int) -> None:
    """A5: 6,500.00 and 184.50 of cash, linked both ways; non-cash stays 51,972.43; the chain holds; never twice."""
    assert _legs() == {"non_cash": 5_197_243}
    with clock.fixed_at(_on(2027, 1, 22)):
        omar, helga = sign("omar"), sign("helga")
        omar.fill(f"/advisory/{number}/pay", **PAYMENT)
        found, ines = _engagement(number), db.session.get_one(Person, _id("ines"))
        wanted = sa.select(Entry).filter_by(source_kind="advisory", source_id=number).order_by(Entry.seq)
        posted = db.session.scalars(wanted).all()
        assert [(one.reporting_minor, one.leg, one.form, one.category and one.category.value) for one in posted] == [
            (650_000, Leg.CASH, Form.CASH_EQUIVALENT, "workshop_fee"), (18_450, Leg.CASH, Form.REIMBURSEMENT, "fee_expenses"),
        ]  # fmt: skip
        assert {one.value_on for one in posted} == {date(2027, 1, 22)}
        cash = ledger.totals(["person"], ledger.Scope(program_id=1, leg=Leg.CASH))
        assert [(row.keys["person"], row.reporting_minor) for row in cash] == [(ines.id, 668_450)]
        assert (found.entry_seq, found.expenses_entry_seq) == (posted[0].seq, posted[1].seq)
        page = omar.open(f"/advisory/{number}")
        for entry in posted:
            assert f'href="/ledger/{entry.seq}"' in page
            assert f'href="/advisory/{number}"' in helga.open(f"/ledger/{entry.seq}")
        report = helga.open("/reports/value/1")
        assert "51,972.43" in report
        assert "6,684.50" in report
        omar.fill(f"/advisory/{number}/pay", status=422, **PAYMENT)
    assert _legs() == {"non_cash": 5_197_243, "cash": 668_450}
    held = db.session.scalars(sa.select(Commitment).filter_by(source_kind="advisory")).one()
    assert held.stage is CommitmentStage.SETTLED
    assert ledger.verify().state.value == "ok"


def _every_step_names_who_took_it(sign: Sign, number: int) -> None:
    """R4, R1: need and advice by product, proposal and payment by relations, approvals by compliance."""
    with clock.fixed_at(_on(2027, 1, 25)):
        sign("omar").press(f"/advisory/{number}", f"/advisory/{number}/close")
    assert _engagement(number).state is EngagementState.CLOSED
    trail = db.session.execute(
        sa.select(AuditEvent.action, User.email)
        .join(User, User.id == AuditEvent.by_id)
        .where(AuditEvent.action.like("advisory.%"))
        .order_by(AuditEvent.id)
    )
    assert [(action.removeprefix("advisory."), email.split("@")[0]) for action, email in trail] == [
        ("rate_card_set", "helga"), ("need_filed", "vera"), ("need_approved", "helga"), ("person_proposed", "omar"),
        ("service_moved", "omar"), ("service_moved", "omar"), ("engagement_cleared", "helga"), ("engagement_contracted", "omar"),
        ("delivery_started", "omar"), ("delivery_recorded", "omar"), ("payment_approved", "helga"), ("advice_recorded", "vera"),
        ("advice_recorded", "vera"), ("advice_recorded", "vera"), ("advice_answered", "vera"), ("engagement_paid", "omar"),
        ("engagement_closed", "omar"),
    ]  # fmt: skip


def _the_card_says_it_on_one_page(sign: Sign) -> None:
    """J10.5, O1: 2,941.88 given and 6,500.00 paid after it, ratio 2.21, 90 days, three others considered, 1 of 12 later paid."""
    with clock.fixed_at(_on(2027, 1, 25)):
        helga, ines = sign("helga"), _id("ines")
        found = helga.browser.get(f"/reports/gallery/person/export/json?person={ines}").get_json()
        figures = found["figures"]
        pounds = {name: figures[name]["amount"] for name in ("non_cash", "paid_before", "paid_after")}
        assert pounds == {"non_cash": "2941.88", "paid_before": "0.00", "paid_after": "6500.00"}
        assert (figures["ratio"], figures["days_between"], figures["alternatives"]) == ("2.21", 90, 3)
        assert (figures["need_first"], figures["executive_minute"]) == (1, 45)
        adopted = [row["adopted"] for row in found["tables"]["advice"]]
        assert (len(adopted), adopted.count("yes")) == (3, 1)
        page = helga.open(f"/reports/gallery/person?person={ines}")
        for shown in ("2,941.88", "6,500.00", "2.21"):
            assert shown in page
        program = helga.browser.get(
            "/reports/gallery/program/export/json?program=1&days=2026-10-01..2026-12-31"
        ).get_json()
        assert program["figures"]["paid_later"] == 1
        assert "of 12 who were given something" in helga.open(
            "/reports/gallery/program?program=1&days=2026-10-01..2026-12-31"
        )


def _legs() -> dict[str, int]:
    rows = ledger.totals(["leg"], ledger.Scope(program_id=1))
    return {row.keys["leg"].value: row.reporting_minor for row in rows if row.reporting_minor}


def test_two_reviewers_clear_what_a_host_asks_for_and_a_late_contract_is_a_breach(sign: Sign) -> None:
    """A4: Mei invited and admitted Ines, and now asks for her. A5: signed after the work, the fact is kept and told."""
    _set_rates(sign)
    with clock.fixed_at(_on(2026, 11, 6)):
        mei = sign("mei")
        mei.fill("/advisory/needs/new", program_id=1, goal_id=1, **NEED)
        need = mei.number()
    _approve(sign, need)
    with clock.fixed_at(_on(2026, 11, 20)):
        mei = sign("mei")
        mei.fill(f"/advisory/needs/{need}/propose", **_proposal(service_on="2027-01-14"))
        number = mei.number()
    _two_reviewers(sign, number)
    with clock.fixed_at(_on(2027, 1, 18)):
        mei, helga = sign("mei"), sign("helga")
        mei.fill(f"/advisory/{number}/contract", reference="C-1", party="Ines Moreau", signed_on="2027-01-18")
        assert "signed after the service" in mei.open(f"/advisory/{number}")
        mei.press(f"/advisory/{number}", f"/advisory/{number}/start")
        mei.fill(
            f"/advisory/{number}/deliver", delivered_on="2027-01-14", units="1", evidence="Twelve tasks."
        )
        helga.press(f"/advisory/{number}", f"/advisory/{number}/approve-payment")
        breaches = sa.select(Breach).filter_by(person_id=_id("ines"))
        assert db.session.scalars(breaches).all() == []
        mei.fill(f"/advisory/{number}/pay", paid_on="2027-01-18", payee="Ines Moreau", reference="PAY-1")
        breach = db.session.scalars(breaches).one()
        assert breach.rule == "The contract is signed before the service"
        assert breach.rule in helga.open("/ledger/breaches")
        assert "paid for work done before the contract C-1 was signed" in helga.open("/notices/")


def _two_reviewers(sign: Sign, number: int) -> None:
    """A4: the first clearing keeps it proposed, the same reviewer is no second one, another reviewer clears it."""
    with clock.fixed_at(_on(2026, 11, 27)):
        helga = sign("helga")
        assert "Mei Tanaka-Lindt" in helga.open(f"/advisory/{number}/clear")
        helga.fill(f"/advisory/{number}/clear", reason=REASON)
        assert _engagement(number).state is EngagementState.PROPOSED
        about = sa.select(Notice).filter_by(source_kind="advisory", source_id=number, done_at=None)
        told = db.session.scalars(about).one()
        assert (told.role, "A second approver has to clear" in told.message) == ("compliance", True)

        contract = {"reference": "C-1", "party": "Ines Moreau", "signed_on": "2026-11-27"}
        sign("mei").fill(f"/advisory/{number}/contract", status=422, **contract)
        helga.fill(f"/advisory/{number}/clear", status=422, reason=REASON)
        sign("sam").fill(f"/advisory/{number}/clear", reason="Read it all again; the need stands on its own.")
        found = _engagement(number)
        assert found.cleared_by is not None
        assert found.second_by is not None
        assert (found.state, found.cleared_by.email, found.second_by.email) == (
            EngagementState.CLEARED, "helga@lumen.example", "sam@lumen.example",
        )  # fmt: skip
