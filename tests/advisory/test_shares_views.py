"""Affiliate shares by hand, on the screen: from the draft to the payout, refusals at their field, double presses, roles."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.advisory.models_shares import AffiliateShare, SharePayout, ShareState, ShareStatement
from app.core.db import db
from app.core.money import Money
from app.ledger.models import Entry
from tests.conftest import fresh
from tests.factories import advisory, people, programs
from tests.factories import shares as make

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]
NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 10, 9, tzinfo=UTC)
STATEMENT = {
    "from_on": "2026-12-01", "to_on": "2026-12-31", "n_sales": "31", "net_sales": "1,241.67", "evidence": "Shop report 2026-12",
}  # fmt: skip


@pytest.fixture(autouse=True)
def november(app: Flask, at: At) -> Iterator[None]:
    with at(NOVEMBER):
        yield


def _form(**changes: Any) -> dict[str, Any]:
    return {
        "covers": "Handbook of private networks", "link": "LUMEN-INES", "why": "She teaches with it", "percent": "7.5",
        "currency": "GBP", "every": "month", "from_on": "2026-12-01",
    } | changes  # fmt: skip


def _share() -> AffiliateShare:
    return db.session.scalars(sa.select(AffiliateShare)).one()


def test_a_share_from_the_draft_to_the_ledger(signed_in: SignIn, at: At) -> None:
    """Draft, refusal of its own approval, approval, contract, statement, payout: the entry and the payout name each other."""
    program, ines = programs.program(), people.person("Ines")
    omar, helga = signed_in(advisory.omar()), signed_in(advisory.helga())
    assert "No affiliate shares yet" in omar.get("/advisory/shares/").text
    omar.post("/advisory/shares/new", data=_form(person_id=ines.id, program_id=program.id))
    path = f"/advisory/shares/{_share().id}"
    assert omar.post(f"{path}/approve", data={"reason": ""}).status_code == 403
    helga.post(f"{path}/approve", data={"reason": ""})
    contract = {"reference": "LN-S-1", "party": "Moreau Conseil", "signed_on": "2026-11-20"}
    omar.post(f"{path}/contract", data=contract)
    assert (_share().state, _share().contracted_on) == (ShareState.RUNNING, NOVEMBER.date())
    with at(FEBRUARY):
        omar, vera, helga = (signed_in(user) for user in (advisory.omar(), advisory.vera(), advisory.helga()))
        form = omar.get(f"{path}/statements/new").text
        assert 'value="2026-12-01"' in form
        assert 'value="2026-12-31"' in form
        omar.post(f"{path}/statements/new", data=STATEMENT)
        page = omar.get(path).text
        assert "7.5 % of 1,241.67 GBP = 93.13 GBP (93.12525, rounded half up)" in page
        one = db.session.scalars(sa.select(ShareStatement)).one()
        sent = {
            "statement_ids": [one.id],
            "paid_on": "2027-02-10",
            "payee": "Moreau Conseil",
            "reference": "T 4711",
        }
        own = omar.post(f"{path}/pay", data=sent)
        assert (own.status_code, "You wrote down one of these statements" in own.text) == (422, True)
        vera.post(f"{path}/pay", data=sent | {"vat_rate": "20", "vat_reference": "INV-7"})
        paid = db.session.scalars(sa.select(SharePayout)).one()
        entry = db.session.get_one(Entry, paid.entry_seq)
        assert entry.reporting == Money(9_313, "GBP")
        assert f'href="/ledger/{entry.seq}"' in vera.get(path).text
        assert f'href="/advisory/payouts/{paid.id}"' in helga.get(f"/ledger/{entry.seq}").text
        page = vera.get(f"/advisory/payouts/{paid.id}").text
        for shown in ("93.13", "18.63", "111.76", "INV-7", "T 4711"):
            assert shown in page, shown
        assert "Handbook of private networks" in vera.get(f"/advisory/people/{ines.id}").text


def test_pressing_twice_pays_once(signed_in: SignIn, at: At) -> None:
    """The key of the form answers the second press as the first; another form finds nothing left to pay."""
    share = make.running()
    with at(FEBRUARY):
        one, vera = make.statement(share), signed_in(advisory.vera())
        path = f"/advisory/shares/{share.id}/pay"
        key = re.search(r'name="form_key"[^>]*value="([^"]+)"', vera.get(path).text)
        assert key is not None
        sent = {
            "statement_ids": [one.id], "paid_on": "2027-02-10", "payee": "Moreau Conseil", "reference": "T 4711",
            "form_key": key[1],
        }  # fmt: skip
        assert [vera.post(path, data=sent).status_code for _ in range(2)] == [303, 303]
        again = vera.post(path, data=sent | {"form_key": "another"})
    assert again.status_code == 422
    assert len(db.session.scalars(sa.select(Entry)).all()) == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"percent": "0"}, "more than 0 and at most 100 per cent"),
        ({"percent": "-7.5"}, "more than 0 and at most 100 per cent"),
        ({"percent": "100.5"}, "more than 0 and at most 100 per cent"),
        ({"percent": "NaN"}, "Write a number with digits and a point"),
        ({"percent": "seven"}, "Not a valid decimal value"),
        ({"percent": ""}, "Give one rate"),
        ({"per_sale": "12.50"}, "Give one rate"),
        ({"percent": "", "per_sale": "12.505"}, "GBP has 2 decimal places; this amount has more."),
        ({"percent": "", "per_sale": "-1"}, "An amount is not negative."),
        ({"currency": "XXQ"}, "not a currency code"),
        ({"to_on": "2026-11-30"}, "The last day lies before the first."),
        ({"from_on": "2026-11-01"}, "begins in the past"),
        ({"from_on": "1850-01-01"}, "Give a date between 1990 and 2100."),
        ({"every": "week"}, "Not a valid choice"),
        ({"covers": ""}, "This is needed."),
        ({"link": "x" * 321}, "At most 320 characters."),
        ({"why": "Wide social reach"}, "neither reach nor favourable coverage"),
        ({"person_id": "77"}, "Not a valid choice."),
    ],
)
def test_a_draft_that_breaks_a_rule_says_which_and_keeps_what_was_typed(
    signed_in: SignIn, changes: dict[str, Any], says: str
) -> None:
    program, ines = programs.program(), people.person("Ines")
    sent = _form(person_id=ines.id, program_id=program.id) | changes
    answer = signed_in(advisory.omar()).post("/advisory/shares/new", data=sent)
    assert (answer.status_code, db.session.scalars(sa.select(AffiliateShare)).all()) == (422, [])
    assert says in answer.text
    assert changes.get("link") or "LUMEN-INES" in answer.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"from_on": "2026-11-30", "to_on": "2026-11-30"}, "these days lie outside"),
        ({"from_on": "2027-02-01", "to_on": "2027-02-28"}, "These days are not over yet."),
        ({"from_on": "2027-01-10", "to_on": "2027-01-05"}, "The last day lies before the first."),
        ({"from_on": "2026-12-31", "to_on": "2026-12-31"}, "covers some of these days"),
        ({"n_sales": "-3"}, "Give a whole number from 0 to 10,000,000."),
        ({"n_sales": "many"}, "Not a valid integer value."),
        ({"net_sales": "-5.00"}, "An amount is not negative."),
        ({"net_sales": "1.005"}, "GBP has 2 decimal places; this amount has more."),
        ({"currency": "JPY", "net_sales": "1.005"}, "GBP has 2 decimal places"),
        ({"evidence": ""}, "This is needed."),
    ],
)
def test_a_statement_that_breaks_a_rule_says_which(
    signed_in: SignIn, at: At, changes: dict[str, Any], says: str
) -> None:
    share = make.running()
    with at(FEBRUARY):
        make.statement(share)
        sent = STATEMENT | {"from_on": "2027-01-01", "to_on": "2027-01-31"} | changes
        answer = signed_in(advisory.omar()).post(f"/advisory/shares/{share.id}/statements/new", data=sent)
    assert answer.status_code == 422
    assert says in answer.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"statement_ids": []}, "Choose at least one statement."),
        ({"statement_ids": ["77"]}, "paid already, or is not of this share"),
        ({"statement_ids": ["one"]}, "paid already, or is not of this share"),
        ({"payee": "Somebody else"}, "only the party of the contract is paid"),
        ({"paid_on": "2027-02-11"}, "still to come"),
        ({"withholding_amount": "93.14", "withholding_reference": "W"}, "withheld tax is more than the fee"),
    ],
)
def test_a_payout_that_breaks_a_rule_says_which(
    signed_in: SignIn, at: At, changes: dict[str, Any], says: str
) -> None:
    share = make.running()
    with at(FEBRUARY):
        one = make.statement(share)
        sent = {
            "statement_ids": [one.id], "paid_on": "2027-02-10", "payee": "Moreau Conseil", "reference": "T 4711",
        } | changes  # fmt: skip
        answer = signed_in(advisory.vera()).post(f"/advisory/shares/{share.id}/pay", data=sent)
    assert (answer.status_code, db.session.scalars(sa.select(Entry)).all()) == (422, [])
    assert says.casefold() in answer.text.casefold()


def test_a_statement_is_taken_back_on_its_page(signed_in: SignIn, at: At) -> None:
    share = make.running()
    with at(FEBRUARY):
        one, omar = make.statement(share), signed_in(advisory.omar())
        path = f"/advisory/shares/statements/{one.id}/reverse"
        assert omar.get(path).status_code == 200
        assert omar.post(path, data={"reason": "Oops"}).status_code == 422
        omar.post(path, data={"reason": "Two returns were left out"})
        page = omar.get(f"/advisory/shares/{share.id}").text
    assert "Two returns were left out" in page
    assert "taken back" in page


def test_a_share_is_ended_or_refused_on_its_page(signed_in: SignIn, at: At) -> None:
    draft = make.drafted()
    helga = signed_in(advisory.helga())
    assert helga.get(f"/advisory/shares/{draft.id}/refuse").status_code == 200
    helga.post(f"/advisory/shares/{draft.id}/refuse", data={"reason": "A fee would do as well"})
    assert fresh(draft).state is ShareState.ENDED
    share = make.running(make.approved(make.drafted(people.person("Sara"))))
    with at(FEBRUARY):
        omar = signed_in(advisory.omar())
        assert (
            omar.post(f"/advisory/shares/{share.id}/end", data={"reason": "The shop was closed"}).status_code
            == 422
        )
        omar.post(
            f"/advisory/shares/{share.id}/end",
            data={"reason": "The shop was closed", "last_on": "2027-02-09"},
        )
        assert "The shop was closed" in omar.get(f"/advisory/shares/{share.id}").text
    assert (fresh(share).state, fresh(share).last_on) == (ShareState.ENDED, datetime(2027, 2, 9).date())


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        (Role.RELATIONS, [200, 200, 200, 403, 200]),
        (Role.COMPLIANCE, [200, 200, 403, 200, 403]),
        (Role.AUDITOR, [200, 200, 403, 403, 403]),
        (Role.ASSISTANT, [403, 403, 403, 403, 403]),
        (Role.PARTNER, [403, 403, 403, 403, 403]),
    ],
)
def test_roles_see_and_do_what_is_theirs(signed_in: SignIn, role: Role, statuses: list[int]) -> None:
    share, browser = make.drafted(), signed_in(role)
    paths = [f"/advisory/shares/{share.id}{part}" for part in ("", "/approve", "/contract")]
    asked = ["/advisory/shares/", paths[0], "/advisory/shares/new", paths[1], paths[2]]
    assert [browser.get(path).status_code for path in asked] == statuses


@pytest.mark.parametrize(
    "path", ["/shares/77", "/payouts/77", "/shares/77/pay", "/shares/statements/77/reverse"]
)
def test_what_is_not_there_is_not_found(signed_in: SignIn, path: str) -> None:
    assert signed_in(advisory.omar()).get(f"/advisory{path}").status_code == 404


def test_compliance_finds_a_draft_on_its_page_of_today(signed_in: SignIn) -> None:
    share = make.drafted()
    page = signed_in(advisory.helga()).get("/").text
    assert f"/advisory/shares/{share.id}" in page
    assert "share of sales of Handbook of private networks" in page
