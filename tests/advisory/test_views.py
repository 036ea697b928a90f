"""Advice by hand, on the screen: J10 walked through, refusals at their field, roles, lists of any length."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.advisory.models import Engagement, EngagementState, Need, NeedState, RateCard
from app.core.db import db
from app.core.money import Money
from app.ledger.models import Entry
from tests.conftest import fresh
from tests.factories import advisory as make
from tests.factories import people, programs

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]
NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)
JANUARY = datetime(2027, 1, 14, 17, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november(app: Flask, at: At) -> Iterator[None]:
    with at(NOVEMBER):
        yield


def _need_form(**changes: Any) -> dict[str, Any]:
    return {**make.NEED, "n_people": 1, "direction": "expert", "is_confirmed": "y"} | changes


def _proposal_form(person_id: int, band_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "person_id": person_id, "band_id": band_id, "work": "1", "currency": "GBP", "service_on": "2027-01-12",
        "why_this_person": "Wrote the field guide", "other_1_name": "Prof. A. Outside", "other_1_why": "No time",
    } | changes  # fmt: skip


def test_a_workshop_from_the_need_to_the_ledger(signed_in: SignIn, at: At) -> None:
    """J10: need, approval, gate at day 88, moved to day 90, contract, delivery, payment, advice."""
    program, ines = programs.program(), people.person("Ines")
    make.hospitality(ines, program, on=date(2026, 10, 16))
    band_id = make.band().id
    vera, omar, helga = (signed_in(user) for user in (make.vera(), make.omar(), make.helga()))

    response = vera.post("/advisory/needs/new", data=_need_form(program_id=program.id))
    need = db.session.scalars(sa.select(Need)).one()
    assert (response.status_code, response.location) == (303, f"/advisory/needs/{need.id}")
    assert "Nobody can be proposed yet" in omar.get(f"/advisory/needs/{need.id}").get_data(as_text=True)
    helga.post(f"/advisory/needs/{need.id}/approve")
    assert fresh(need).state is NeedState.APPROVED

    omar.post(f"/advisory/needs/{need.id}/propose", data=_proposal_form(ines.id, band_id))
    engagement = db.session.scalars(sa.select(Engagement)).one()
    page = omar.get(f"/advisory/{engagement.id}").get_data(as_text=True)
    assert "Hospitality ended 16 Oct 2026; 12 Jan 2027 is day 88. Earliest: 14 Jan 2027 (day 90)." in page
    assert (engagement.fee, engagement.alternatives[0].name) == (Money(650_000, "GBP"), "Prof. A. Outside")

    refused = helga.post(f"/advisory/{engagement.id}/clear", data={"reason": ""})
    assert (refused.status_code, fresh(engagement).state) == (422, EngagementState.PROPOSED)
    omar.post(f"/advisory/{engagement.id}/service", data={"service_on": "2027-01-14"})
    helga.post(f"/advisory/{engagement.id}/clear", data={"reason": "Day 90; the need came first"})
    omar.post(
        f"/advisory/{engagement.id}/contract",
        data={"reference": "LN-4", "party": "Moreau Conseil", "signed_on": "2026-11-20", "currency": "GBP"},
    )
    with at(JANUARY):
        omar, helga = signed_in(make.omar()), signed_in(make.helga())
        omar.post(f"/advisory/{engagement.id}/start")
        omar.post(
            f"/advisory/{engagement.id}/deliver",
            data={"delivered_on": "2027-01-14", "units": "1", "evidence": "Summary"},
        )
        helga.post(f"/advisory/{engagement.id}/approve-payment")
        omar.post(
            f"/advisory/{engagement.id}/pay",
            data={"paid_on": "2027-01-14", "payee": "Moreau Conseil", "reference": "T 1", "currency": "GBP"},
        )
        omar.post(
            f"/advisory/{engagement.id}/advice/new",
            data={
                "question": "Which ward first?",
                "advice": "Logistics",
                "decision": "Pilot there",
                "is_adopted": "yes",
            },
        )
        page = omar.get(f"/advisory/{engagement.id}").get_data(as_text=True)
        omar.post(f"/advisory/{engagement.id}/close")
    done = fresh(engagement)
    assert (done.state, done.entry_seq) == (EngagementState.CLOSED, 2)
    assert "Entry 2" in page
    assert db.session.get_one(Entry, 2).reporting == Money(650_000, "GBP")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"title": ""}, "This is needed."),
        ({"direction": "company"}, "a briefing is never paid"),
        ({"criteria": "At least 50,000 followers"}, "neither reach nor favourable coverage"),
        ({"question": "What would Ines Moreau say?"}, "The need comes first"),
        ({"n_people": "0"}, "Give a whole number from 1 to 100."),
        ({"is_confirmed": ""}, "Confirm this before you file the need."),
        ({"program_id": "77"}, "Not a valid choice."),
        ({"why_outside": "a\x00b"}, "characters that cannot be printed"),
    ],
)
def test_a_need_that_cannot_be_filed_says_why_and_keeps_what_was_typed(
    signed_in: SignIn, changes: dict[str, Any], says: str
) -> None:
    program = programs.program()
    people.person("Ines Moreau")
    sent = _need_form(program_id=program.id) | changes
    response = signed_in(make.vera()).post("/advisory/needs/new", data=sent)
    page = response.get_data(as_text=True)
    assert (response.status_code, db.session.scalars(sa.select(Need)).all()) == (422, [])
    assert says in page
    assert "One day with our product people and a written summary" in page


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"fee": "6,500.01"}, "is above the most that is paid here"),
        ({"fee": "six"}, "Write the amount with digits"),
        ({"work": "0"}, "greater than 0"),
        ({"work": "1e9"}, "Decimal input should have no more than"),
        ({"work": "NaN"}, "finite number"),
        ({"other_1_name": "", "other_1_why": ""}, "Name at least one other person"),
        ({"other_1_name": "Ines"}, "cannot be their own alternative"),
        ({"other_1_why": ""}, "Say why they were not chosen."),
        ({"service_on": "2026-11-01"}, "The service lies in the past"),
        ({"service_on": "someday"}, "Not a valid date value."),
        ({"currency": "XYZ"}, "This is not a currency code"),
    ],
)
def test_a_proposal_that_breaks_a_rule_says_which_and_keeps_what_was_typed(
    signed_in: SignIn, changes: dict[str, Any], says: str
) -> None:
    need, band_id, ines = make.approved_need(), make.band().id, people.person("Ines")
    response = signed_in(make.omar()).post(
        f"/advisory/needs/{need.id}/propose", data=_proposal_form(ines.id, band_id, **changes)
    )
    page = response.get_data(as_text=True)
    assert (response.status_code, db.session.scalars(sa.select(Engagement)).all()) == (422, [])
    assert says in page
    assert "Wrote the field guide" in page


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"payee": "Somebody else"}, "only the party of the contract is paid"),
        ({"fee": "6500.01"}, "more is not paid"),
        ({"expenses": "5.00"}, "allows no expenses"),
        ({"paid_on": "2027-02-01"}, "still to come"),
        (
            {"currency": "JPY", "fee": "6500.01"},
            "The contract says 6,500.00 GBP",
        ),  # the currency is the contract's
    ],
)
def test_a_payment_outside_the_contract_is_refused_at_its_field(
    signed_in: SignIn, at: At, changes: dict[str, Any], says: str
) -> None:
    agreed = make.contracted(make.engagement())
    with at(JANUARY):
        done = make.delivered(agreed)
        signed_in(make.helga()).post(f"/advisory/{done.id}/approve-payment")
        sent = {
            "paid_on": "2027-01-14",
            "payee": "Moreau Conseil",
            "reference": "Transfer 9",
            "currency": "GBP",
        } | changes
        response = signed_in(make.omar()).post(f"/advisory/{done.id}/pay", data=sent)
    assert response.status_code == 422
    assert says in response.get_data(as_text=True)
    assert (fresh(done).state, db.session.scalars(sa.select(Entry)).all()) == (EngagementState.PAYABLE, [])


_EMPTY_BANDS = {
    f"band_{n}_{part}": value
    for n in range(1, 9)
    for part, value in (("activity", "workshop_fee"), ("per", "day"))
}


def test_a_rate_card_is_set_and_gets_a_next_version(signed_in: SignIn) -> None:
    helga = signed_in(make.helga())
    sent = _EMPTY_BANDS | {
        "name": "Advisers", "currency": "GBP", "effective_from_on": "2026-01-01", "band_1_tier": "B",
        "band_1_maximum": "6,500.00",
    }  # fmt: skip
    assert helga.post("/advisory/rates/new", data=sent).status_code == 303
    card = db.session.scalars(sa.select(RateCard)).one()
    assert "6500.00" in helga.get(f"/advisory/rates/new?of={card.id}").get_data(as_text=True)
    overlapping = helga.post("/advisory/rates/new", data=sent)
    assert overlapping.status_code == 422
    assert "two versions never hold on one day" in overlapping.get_data(as_text=True)
    assert (
        helga.post("/advisory/rates/new", data=sent | {"effective_from_on": "2027-01-01"}).status_code == 303
    )


def test_a_rate_card_without_bands_is_refused(signed_in: SignIn) -> None:
    sent = _EMPTY_BANDS | {"name": "Empty", "currency": "GBP", "effective_from_on": "2026-01-01"}
    assert signed_in(make.helga()).post("/advisory/rates/new", data=sent).status_code == 422


@pytest.mark.parametrize(
    ("sent", "status"), [("30", 303), ("-1", 422), ("1000", 422), ("ninety", 422), ("", 422)]
)
def test_the_cooling_off_time_is_set_on_the_page(signed_in: SignIn, sent: str, status: int) -> None:
    assert (
        signed_in(make.helga()).post("/advisory/rates/cooling-off", data={"n_days": sent}).status_code
        == status
    )


def test_every_page_of_an_engagement_opens_at_every_step(signed_in: SignIn, at: At) -> None:
    omar, helga = signed_in(make.omar()), signed_in(make.helga())
    agreed = make.contracted(make.engagement(), expenses_limit=Money(20_000, "GBP"))
    steps = ("service", "contract", "deliver", "pay", "decline", "terminate", "advice/new")
    assert [omar.get(f"/advisory/{agreed.id}/{step}").status_code for step in steps] == [200] * len(steps)
    assert [helga.get(f"/advisory/{agreed.id}/{step}").status_code for step in ("clear", "refuse")] == [
        200,
        200,
    ]
    with at(JANUARY):
        done, omar = make.paid(make.delivered(agreed)), signed_in(make.omar())
        parts = (done.id, "", "?state=paid", "?state=x", "rates", f"people/{done.person_id}", f"needs/{done.need_id}",
                 f"needs/{done.need_id}/close")  # fmt: skip
        pages = [f"/advisory/{part}" for part in parts]
        assert [omar.get(page).status_code for page in pages] == [200] * len(pages)


def test_compliance_may_refuse_with_a_reason(signed_in: SignIn) -> None:
    proposed = make.engagement()
    helga = signed_in(make.helga())
    assert helga.post(f"/advisory/{proposed.id}/refuse", data={"reason": "no"}).status_code == 422
    assert (
        helga.post(f"/advisory/{proposed.id}/refuse", data={"reason": "Too close to the visit"}).status_code
        == 303
    )
    assert fresh(proposed).state is EngagementState.DECLINED


def test_a_need_changed_by_somebody_else_is_not_overwritten(signed_in: SignIn) -> None:
    """Both versions side by side; what was typed is not lost."""
    program = programs.program()
    need = make.need(program)
    vera, seen = signed_in(make.vera()), need.version
    sent = _need_form(program_id=program.id, title="Changed", version=seen)
    assert vera.post(f"/advisory/needs/{need.id}/edit", data=sent).status_code == 303
    again = vera.post(f"/advisory/needs/{need.id}/edit", data=sent | {"title": "Late"})
    page = again.get_data(as_text=True)
    assert (again.status_code, fresh(need).title) == (409, "Changed")
    assert "Late" in page
    mine = vera.post(
        f"/advisory/needs/{need.id}/edit", data=sent | {"title": "Late", "version": fresh(need).version}
    )
    assert (mine.status_code, fresh(need).title) == (303, "Late")


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        (Role.RELATIONS, [200, 200, 403, 200]),
        (Role.COORDINATOR, [200, 403, 403, 200]),
        (Role.COMPLIANCE, [200, 403, 200, 200]),
        (Role.AUDITOR, [200, 403, 403, 200]),
        (Role.ASSISTANT, [403, 403, 403, 403]),
        (Role.PARTNER, [403, 403, 403, 403]),
    ],
)
def test_roles_see_and_do_what_is_theirs(signed_in: SignIn, role: Role, statuses: list[int]) -> None:
    """R1, R3: compliance approves and files nothing; assistants and partners see no fee."""
    proposed = make.engagement()
    browser = signed_in(role)
    pages = (
        "/advisory/",
        "/advisory/needs/new",
        f"/advisory/{proposed.id}/clear",
        f"/advisory/{proposed.id}",
    )
    assert [browser.get(page).status_code for page in pages] == statuses


def test_the_one_who_filed_a_need_is_offered_no_approval(signed_in: SignIn) -> None:
    """R1: the button is not there, and the address refuses."""
    need = make.need(by=make.helga())
    helga = signed_in(make.helga())
    assert "Approve the need" not in helga.get(f"/advisory/needs/{need.id}").get_data(as_text=True)
    assert helga.post(f"/advisory/needs/{need.id}/approve").status_code == 422


@pytest.mark.parametrize(
    "path", ["/advisory/99", "/advisory/needs/99", "/advisory/advice/99", "/advisory/99/pay"]
)
def test_what_is_not_there_is_not_found(signed_in: SignIn, path: str) -> None:
    assert signed_in(Role.RELATIONS).get(path).status_code == 404


def test_the_list_asks_the_same_number_of_questions_for_one_and_thirty(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    need, band = make.approved_need(n_people=100), make.band()
    omar = signed_in(make.omar())
    counts = []
    for n in (1, 30):
        for number in range(n):
            make.engagement(who=people.person(f"Guest {n} {number}"), for_need=need, of=band)
        omar.get("/advisory/")
        count_queries()
        omar.get("/advisory/")
        counts.append(count_queries())
    assert counts[0] == counts[1]
