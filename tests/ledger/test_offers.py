"""Offers outside travel: weighed before anybody hears of them, decided by compliance, kept when refused (L5, L7, L8)."""

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.ledger import operations, policies_offers, queries_offers
from app.ledger.details_offers import GivenDetails, OfferDetails
from app.ledger.models import (
    Basis,
    Category,
    Commitment,
    CommitmentStage,
    Entry,
    EntryKind,
    ExceptionState,
    Form,
    RuleException,
)
from app.ledger.models_offers import OfferState, PlannedOffer
from app.people.models import Person
from app.programs import queries
from tests.conftest import fresh
from tests.factories import accounts, people, programs
from tests.factories import ledger as make

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., FlaskClient]
WHY = "She wrote the survey everybody cites."


def details(of: Person, pounds: str = "240", **changes: object) -> OfferDetails:
    program = queries.find_program("Global KOL") or programs.program()
    values: dict[str, object] = {
        "person_id": of.id, "program_id": program.id, "category": Category.GIFT, "expected_on": clock.today(),
        "money": make.gbp(pounds), "context": "A field recorder",
    }  # fmt: skip
    return OfferDetails.model_validate(values | changes)


def plan(of: Person, pounds: str = "240", *, by: User | None = None, **changes: object) -> PlannedOffer:
    with transaction():
        return operations.plan_offer(details(of, pounds, **changes), by=by or accounts.user(name="Mei"))


def decide(offer: PlannedOffer, *, is_granted: bool) -> None:
    asked = db.session.scalars(sa.select(RuleException).filter_by(state=ExceptionState.ASKED)).first()
    assert asked is not None
    with transaction():
        operations.decide_exception(
            db.session.merge(asked), is_granted=is_granted, reason="Enough for this year, all in all.",
            by=db.session.merge(make.compliance()),
        )  # fmt: skip


def commitment() -> Commitment | None:
    return db.session.scalars(sa.select(Commitment)).one_or_none()


def test_below_every_limit_it_is_planned_at_once_and_given_later() -> None:
    """L7: it counts as planned until it is in the book, and then once."""
    make.cap()
    offer = plan(people.person("Jack"))
    row = commitment()
    assert row is not None
    assert (offer.state, row.stage, row.reporting) == (
        OfferState.PLANNED,
        CommitmentStage.PLANNED,
        make.gbp("240"),
    )
    with transaction():
        given = GivenDetails(value_on=clock.today(), money=make.gbp("238"), basis=Basis.ACTUAL_COST)
        entry = operations.give_offer(db.session.merge(offer), given, by=accounts.user())
    assert (entry.reporting, fresh(row).stage) == (make.gbp("238"), CommitmentStage.SETTLED)
    assert (fresh(offer).state, fresh(offer).entry_seq) == (OfferState.GIVEN, entry.seq)
    with pytest.raises(policies_offers.OfferRefused, match="given already"), transaction():
        operations.withdraw_offer(db.session.merge(offer), by=accounts.user())


def test_a_soft_limit_asks_for_a_reason_and_compliance_refuses() -> None:
    """L5, L7, L8, J9.1: refused, so it stays on record as declined with received 0, and the headroom is free again."""
    make.cap(soft="200", hard="1000")
    jack = people.person("Jack")
    with pytest.raises(
        policies_offers.ReasonNeeded, match=r"240\.00 GBP in \d+ is above the soft limit of 200\.00 GBP"
    ):
        plan(jack)
    offer = plan(jack, reason=WHY)
    row, asked = commitment(), queries_offers.list_asked_for(offer)
    assert row is not None
    assert (offer.state, row.stage, len(asked)) == (OfferState.WAITING, CommitmentStage.PLANNED, 1)
    assert "240.00 GBP" in asked[0].quoted
    decide(offer, is_granted=False)
    entry = db.session.scalars(sa.select(Entry)).one()
    assert (entry.kind, entry.reporting, entry.declined_minor) == (EntryKind.DECLINED, make.gbp("0"), 24_000)
    assert (fresh(offer).state, fresh(row).stage) == (OfferState.REFUSED, CommitmentStage.RELEASED)
    assert fresh(offer).entry_seq == entry.seq


def test_a_hard_limit_is_planned_only_once_it_is_granted() -> None:
    """L7, L8."""
    make.cap(soft="100", hard="200")
    offer = plan(people.person("Jack"), reason=WHY)
    assert (offer.state, commitment()) == (OfferState.WAITING, None)
    with pytest.raises(policies_offers.OfferRefused, match="not decided"), transaction():
        operations.decline_offer(
            db.session.merge(offer), reason="They would not have it.", by=accounts.user()
        )
    decide(offer, is_granted=True)
    row = commitment()
    assert row is not None
    assert (fresh(offer).state, row.stage) == (OfferState.PLANNED, CommitmentStage.PLANNED)


def test_every_rule_is_asked_about_and_one_no_is_enough() -> None:
    """L8, c24: the employer's rule and the limit; refusing one drops the other question."""
    make.cap(soft="200", hard="1000")
    priya = people.person("Priya")
    people.employment(priya, people.organisation("Orbit", is_gift_allowed=False, rule_text="Code 4.2"))
    offer = plan(priya, reason=WHY)
    assert [row.rule.partition(":")[0] for row in queries_offers.list_asked_for(offer)] == [
        "cap",
        "employer_gift",
    ]
    decide(offer, is_granted=False)
    assert {row.state for row in queries_offers.list_asked_for(offer)} == {
        ExceptionState.REFUSED,
        ExceptionState.WITHDRAWN,
    }


def test_declined_by_the_person_it_stays_and_withdrawn_it_leaves_no_line() -> None:
    """L5."""
    declined, withdrawn = plan(people.person("Jack")), plan(people.person("Amal"))
    with transaction():
        operations.decline_offer(
            db.session.merge(declined), reason="Takes no gifts at all.", by=accounts.user()
        )
        operations.withdraw_offer(db.session.merge(withdrawn), by=accounts.user())
    assert [row.is_declined for row in db.session.scalars(sa.select(Entry))] == [True]
    assert {row.stage for row in db.session.scalars(sa.select(Commitment))} == {CommitmentStage.RELEASED}


def test_withdrawing_the_question_withdraws_the_offer() -> None:
    make.cap(soft="200", hard="1000")
    mei = accounts.user(name="Mei")
    offer = plan(people.person("Jack"), by=mei, reason=WHY)
    with transaction():
        [asked] = queries_offers.list_asked_for(offer)
        operations.withdraw_exception(db.session.merge(asked), by=db.session.merge(mei))
    assert fresh(offer).state is OfferState.WITHDRAWN


BAD = {
    "travel": ({"category": Category.LODGING}, "planned where they are booked"),
    "shares": ({"form": Form.EQUITY}, "planned where they are booked"),
    "nothing": ({"money": make.gbp("0")}, "Say what it is worth"),
    "yesterday": ({"expected_on": date(2020, 2, 29)}, "This day has passed"),
}


@pytest.mark.parametrize(("changes", "message"), BAD.values(), ids=BAD)
def test_what_cannot_be_planned(changes: dict[str, object], message: str) -> None:
    with pytest.raises(policies_offers.OfferRefused, match=message):
        plan(people.person("Jack"), **changes)


def test_the_form_refuses_and_keeps_what_was_typed(signed_in: SignIn) -> None:
    jack, program = people.person("Jack"), programs.program()
    values = {
        "person_id": str(jack.id), "program_id": str(program.id), "category": "gift", "expected_on": clock.today().isoformat(),
        "amount": "240.00", "currency": "GBP", "basis": "list_price", "form": "in_kind_vendor", "context": "Typed with care",
    }  # fmt: skip
    browser = signed_in(Role.RELATIONS)
    for changes in (
        {"amount": "NaN"},
        {"amount": "-1"},
        {"category": "bribe"},
        {"expected_on": "2027-02-30"},
        {"person_id": ""},
    ):
        answer = browser.post("/ledger/offers/new", data=values | changes)
        assert (answer.status_code, "Typed with care" in answer.text) == (422, True), changes
    assert browser.post("/ledger/offers/new", data=values).status_code == 303
    assert signed_in(Role.COMPLIANCE).get("/ledger/offers/new").status_code == 403
    assert signed_in(Role.ASSISTANT).get("/ledger/offers/").status_code == 403


def test_the_list_asks_the_same_number_of_queries_for_1_and_30_rows(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    browser, jack = signed_in(Role.RELATIONS), people.person("Jack")
    plan(jack)
    count_queries()
    assert "A field recorder" in browser.get("/ledger/offers/").text
    with_one = count_queries()
    one = details(jack)
    with transaction():
        for number in range(29):
            operations.plan_offer(one.model_copy(update={"context": f"No. {number}"}), by=accounts.user())
    count_queries()
    assert browser.get("/ledger/offers/?state=planned").status_code == 200
    assert count_queries() == with_one
