"""What advice is not taken with, case by case, with the words of each refusal (A1 to A5)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.advisory import policies, policies_rates
from app.advisory.details import AlternativeDetails
from app.advisory.models import EngagementState
from tests.conftest import fresh
from tests.factories import advisory as make
from tests.factories import people

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]
NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)
JANUARY = datetime(2027, 1, 14, 17, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november(app: Flask, at: At) -> Iterator[None]:
    with at(NOVEMBER):
        yield


@pytest.mark.parametrize("field", ["title", "question", "deliverable", "decision", "why_outside", "criteria"])
def test_a_need_written_after_the_person_was_named_is_refused(field: str) -> None:
    """A1: in none of its words somebody stands whom the house has in mind already."""
    people.person("Ines Moreau")
    with pytest.raises(policies.NeedIsPersonal, match="This names Ines Moreau. The need comes first"):  # noqa: RUF043
        make.need(**{field: "What Ines Moreau knows of hospitals"})


def test_a_person_named_before_the_need_is_approved_is_refused() -> None:
    with pytest.raises(
        policies.NeedNotReady, match="question, deliverable and criteria come before the names"
    ):
        make.engagement(for_need=make.need())


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"name": "Ines"}, "Ines cannot be their own alternative. Name somebody else."),
        ({"name": "  iNeS "}, "Ines cannot be their own alternative. Name somebody else."),
        ({"person_id": True}, "Ines cannot be their own alternative. Name somebody else."),
        ({"name": " "}, "Say who else was considered."),
        (
            None,
            "Name at least one other person who was considered, with the reason why they were not chosen.",
        ),
    ],
)
def test_an_alternative_is_somebody_else(other: dict[str, Any] | None, says: str) -> None:
    """A2: by name in any letters, or by record."""
    ines = people.person("Ines")
    named = {key: ines.id if value is True else value for key, value in (other or {}).items()}
    others = () if other is None else (AlternativeDetails(why_not="No time", **named),)
    with pytest.raises(policies.NoAlternative) as refusal:
        make.engagement(who=ines, alternatives=others)
    assert (refusal.value.message, refusal.value.field) == (says, "alternatives")


@pytest.mark.parametrize(
    ("units", "says"),
    [
        ("1.5", "The contract covers 1 day. Write down at most that: more work needs a contract of its own"),
        ("1.01", "The contract covers 1 day."),
        ("0", "greater than 0"),
        ("-1", "greater than or equal to 0"),
        ("NaN", "finite number"),
        ("1.005", "no more than 2 decimal places"),
        ("a day", "Not a valid decimal value"),
    ],
)
def test_time_beyond_the_contract_is_not_written_down(
    signed_in: SignIn, at: At, units: str, says: str
) -> None:
    """A5: more work needs a contract of its own, before it is done."""
    agreed = make.contracted(make.engagement())
    with at(JANUARY):
        omar = signed_in(make.omar())
        omar.post(f"/advisory/{agreed.id}/start")
        sent = {"delivered_on": "2027-01-14", "units": units, "evidence": "Summary"}
        answer = omar.post(f"/advisory/{agreed.id}/deliver", data=sent)
    assert (answer.status_code, fresh(agreed).state) == (422, EngagementState.IN_DELIVERY)
    assert says in answer.text


@pytest.mark.parametrize("payee", ["Ines Moreau", "Moreau Conseil SARL", "Moreau", "Somebody else"])
def test_only_the_party_of_the_contract_is_paid(at: At, payee: str) -> None:
    """A5: the letters may differ, the name may not."""
    agreed = make.contracted(make.engagement())
    says = "The contract is with Moreau Conseil, and only the party of the contract is paid."
    with at(JANUARY):
        done = make.delivered(agreed)
        with pytest.raises(policies.PaymentRefused, match=says) as refusal:
            make.paid(done, payee=payee)
        assert refusal.value.field == "payee"
        assert make.paid(fresh(done), payee=" moreau  CONSEIL").state is EngagementState.PAID


@pytest.mark.parametrize(
    ("changes", "says", "field"),
    [
        ({"effective_from_on": date(2026, 12, 31)}, "holds until 31 Dec 2026", "effective_from_on"),
        ({"effective_from_on": date(2026, 1, 1)}, "two versions never hold on one day", "effective_from_on"),
        ({"effective_from_on": date(2025, 1, 1)}, "Let this one begin later", "effective_from_on"),
        (
            {"effective_from_on": date(2027, 1, 1), "effective_to_on": date(2026, 12, 31)},
            "The last day lies before the first.",
            "effective_to_on",
        ),
    ],
)
def test_dates_of_a_rate_card_do_not_overlap(changes: dict[str, Any], says: str, field: str) -> None:
    """A3."""
    make.rate_card(effective_to_on=date(2026, 12, 31))
    with pytest.raises(policies_rates.CardOverlaps, match=says) as refusal:
        make.rate_card(**changes)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ("-1", "Give a whole number from 0 to 730."),
        ("1000", "Give a whole number from 0 to 730."),
        ("ninety", "Write a whole number in digits"),
        ("", "This is needed."),
    ],
)
def test_a_cooling_off_time_is_a_number_of_days(signed_in: SignIn, sent: str, says: str) -> None:
    """A4."""
    answer = signed_in(make.helga()).post("/advisory/rates/cooling-off", data={"n_days": sent})
    assert answer.status_code == 422
    assert says in answer.text
