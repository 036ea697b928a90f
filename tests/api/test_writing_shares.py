"""Affiliate shares and payments by the interface: statements, payouts, taxes apart (A2, A3, A5, L1, R1)."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts.models import Role, User
from app.advisory import operations_delivery
from app.advisory.models import Engagement, Need, RateBand
from app.advisory.models_shares import AffiliateShare, SharePayout, ShareStatement
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger.models import Entry
from app.people.models import OrganisationKind
from tests.factories import accounts, advisory, people, programs, shares
from tests.factories.api import headers as headers_of

Ask = Callable[..., TestResponse]
#: January 2027: the first month of the share of the factories is over.
NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
DECEMBER = {
    "from_on": "2026-12-01", "to_on": "2026-12-31", "n_sales": 31, "net_sales": {"amount": "1241.67", "currency": "GBP"},
    "evidence": "Shop report 2026-12",
}  # fmt: skip
TRANSFER = {"paid_on": "2027-01-11", "payee": "Moreau Conseil", "reference": "Transfer 4711"}


@pytest.fixture(autouse=True)
def november(app: Flask) -> Iterator[None]:
    """Before the first day of the share of the factories."""
    with clock.fixed_at(datetime(2026, 11, 20, 9, 0, tzinfo=UTC)):
        yield


@pytest.fixture
def ask(app: Flask) -> Ask:
    """`ask(user, "GET", path)`: one request by a token of this user."""
    tokens: dict[int, dict[str, str]] = {}

    def send(
        who: User, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> TestResponse:
        if who.id not in tokens:
            tokens[who.id] = headers_of(who)
        asked = {**tokens[who.id], **(headers or {})}
        return app.test_client().open(f"/api/v1{path}", method=method, headers=asked, **more)

    return send


@pytest.fixture
def share(app: Flask) -> AffiliateShare:
    """Seven and a half per cent for Ines from 1 December 2026 on, under contract."""
    return shares.running()


def _gbp(text: str) -> dict[str, str]:
    return {"amount": text, "currency": "GBP"}


def _read_again(ask: Ask, who: User, answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    assert ask(who, "GET", answer.headers["Location"].removeprefix("/api/v1")).get_json() == found
    return found


def _fields(answer: TestResponse) -> list[str]:
    return [one["field"] for one in answer.get_json().get("errors", [])]


# -- drafting --------------------------------------------------------------------------------------


def _wanted(**changes: Any) -> dict[str, Any]:
    person, program = people.person("Ines"), programs.program()
    return {
        "person_id": person.id, "program_id": program.id, "covers": "Handbook", "link": "LUMEN-INES", "why": "She teaches with it",
        "percent": "7.5", "currency": "GBP", "from_on": "2026-12-01",
    } | changes  # fmt: skip


def test_a_share_is_drafted_and_waits_for_approval(ask: Ask) -> None:
    """A2."""
    found = _read_again(ask, advisory.omar(), ask(advisory.omar(), "POST", "/shares", json=_wanted()))
    assert (found["state"], found["percent"], found["per_sale"], found["every"]) == (
        "drafted",
        "7.5",
        None,
        "month",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"percent": "0"}, "percent"), ({"percent": "100.01"}, "percent"), ({"percent": "7.555"}, "percent"), ({"percent": 7.5}, "percent"),
        ({"percent": None}, "percent"), ({"per_sale": {"amount": "1", "currency": "GBP"}}, "percent"),
        ({"percent": None, "per_sale": {"amount": "0", "currency": "GBP"}}, "per_sale"),
        ({"percent": None, "per_sale": {"amount": "1", "currency": "USD"}}, "per_sale"), ({"currency": "ZZZ"}, "currency"),
        ({"from_on": "2020-01-01"}, "from_on"), ({"to_on": "2026-11-30"}, "to_on"), ({"link": ""}, "link"), ({"reach": 5}, "reach"),
        ({"every": "day"}, "every"),
    ],
)  # fmt: skip
def test_a_share_that_cannot_be_is_refused_with_its_field(
    ask: Ask, changes: dict[str, Any], field: str
) -> None:
    answer = ask(advisory.omar(), "POST", "/shares", json=_wanted(**changes))
    assert (answer.status_code, _fields(answer)) == (422, [field])
    assert db.session.query(AffiliateShare).count() == 0


# -- statements and payouts ------------------------------------------------------------------------


def test_sales_are_counted_taken_back_and_paid_with_the_correction(ask: Ask, share: AffiliateShare) -> None:
    """A3, A5, L1: the commission is computed; a wrong statement is taken back by a line of its own."""
    omar, vera, path = advisory.omar(), advisory.vera(), f"/shares/{share.id}"
    with clock.fixed_at(NOW):
        wrong = _read_again(ask, omar, ask(omar, "POST", f"{path}/statements", json=DECEMBER))
        assert (wrong["commission"], wrong["calculation"]["rounding"]) == (_gbp("93.13"), "half up")
        assert (
            ask(omar, "POST", f"{path}/statements", json=DECEMBER).status_code == 422
        )  # no sale is counted twice
        back = ask(
            omar,
            "POST",
            f"/shares/statements/{wrong['id']}/reversal",
            json={"reason": "Two returns were left out"},
        )
        minus = _read_again(ask, omar, back)
        assert (minus["reverses_id"], minus["commission"]) == (wrong["id"], _gbp("-93.13"))
        fewer = DECEMBER | {"n_sales": 29, "net_sales": _gbp("1000.00")}
        right = _read_again(ask, omar, ask(omar, "POST", f"{path}/statements", json=fewer))
        listed = ask(omar, "GET", f"{path}/statements").get_json()["items"]
        assert [(one["id"], one["is_taken_back"]) for one in listed] == [
            (right["id"], False), (minus["id"], False), (wrong["id"], True),
        ]  # fmt: skip
        taxes = [
            {"kind": "vat", "rate": "20", "reference": "Invoice 12"},
            {"kind": "withholding", "amount": _gbp("5.00"), "reference": "C 7"},
        ]
        sent = TRANSFER | {"statement_ids": [right["id"]], "taxes": taxes}
        assert ask(omar, "POST", f"{path}/payouts", json=sent).status_code == 422  # R1: who wrote it down
        paid = _read_again(ask, vera, ask(vera, "POST", f"{path}/payouts", json=sent))
    assert (paid["amount"], paid["transferred"]) == (_gbp("75.00"), _gbp("85.00"))
    assert [(tax["kind"], tax["rate"], tax["amount"]) for tax in paid["taxes"]] == [
        ("vat", "20", _gbp("15.00")), ("withholding", "", _gbp("5.00")),
    ]  # fmt: skip
    assert paid["statement_ids"] == [wrong["id"], minus["id"], right["id"]]
    assert db.session.get_one(Entry, paid["entry_seq"]).source_id == paid["id"]
    assert ask(vera, "GET", f"{path}/payouts").get_json() == {"items": [paid], "next": ""}


def test_a_payout_sent_twice_under_one_key_is_one_transfer(ask: Ask, share: AffiliateShare) -> None:
    with clock.fixed_at(NOW):
        counted = shares.statement(share)
        sent = TRANSFER | {"statement_ids": [counted.id]}
        first, second = (
            ask(advisory.vera(), "POST", f"/shares/{share.id}/payouts", {"Idempotency-Key": "p-1"}, json=sent)
            for _ in range(2)
        )
        third = ask(advisory.vera(), "POST", f"/shares/{share.id}/payouts", json=sent)
    assert (first.status_code, second.get_data(), third.status_code) == (201, first.get_data(), 422)
    db.session.rollback()
    assert (db.session.query(SharePayout).count(), db.session.query(Entry).count()) == (1, 1)


BAD_TAXES = [
    ([{"kind": "vat", "rate": "101", "reference": "x"}], "taxes.0.rate"),
    ([{"kind": "vat", "rate": "20"}], "taxes.0.reference"),
    (
        [{"kind": "withholding", "rate": "1", "reference": "x"}, {"kind": "vat", "reference": "x"}],
        "taxes.1.amount",
    ),
    ([{"kind": "vat", "amount": {"amount": "1", "currency": "USD"}, "reference": "x"}], "taxes.0.amount"),
    (
        [{"kind": "vat", "rate": "20", "amount": {"amount": "1", "currency": "GBP"}, "reference": "x"}],
        "taxes.0.amount",
    ),
    ([{"kind": "vat", "rate": "-1", "reference": "x"}], "taxes.0.rate"),
    ([{"kind": "duty", "rate": "1", "reference": "x"}], "taxes.0.kind"),
    ([{"kind": "vat", "rate": "1", "reference": "x", "paid": True}], "taxes.0.paid"),
    ([{"kind": "vat", "rate": "1", "reference": "x"}] * 3, "taxes"),
]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *(({"taxes": taxes}, field) for taxes, field in BAD_TAXES),
        ({"statement_ids": []}, "statement_ids"), ({"statement_ids": [999]}, "statement_ids"), ({"statement_ids": ["x"]}, "statement_ids.0"),
        ({"amount": _gbp("1")}, "amount"), ({"payee": "Somebody"}, "payee"), ({"paid_on": "2027-01-12"}, "paid_on"),
    ],
)  # fmt: skip
def test_a_payout_that_cannot_be_is_refused_with_its_field(
    ask: Ask, share: AffiliateShare, changes: dict[str, Any], field: str
) -> None:
    with clock.fixed_at(NOW):
        counted = shares.statement(share)
        sent = TRANSFER | {"statement_ids": [counted.id]} | changes
        answer = ask(advisory.vera(), "POST", f"/shares/{share.id}/payouts", json=sent)
    assert (answer.status_code, _fields(answer)[0]) == (422, field)
    db.session.rollback()
    assert (db.session.query(SharePayout).count(), db.session.query(Entry).count()) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to_on": "2026-11-30"}, "to_on"), ({"to_on": "2027-01-01"}, "to_on"), ({"from_on": "2026-11-30"}, "from_on"),
        ({"n_sales": -1}, "n_sales"), ({"n_sales": 10**9}, "n_sales"), ({"n_sales": 0}, "n_sales"), ({"evidence": " "}, "evidence"),
        ({"net_sales": {"amount": "1", "currency": "USD"}}, "net_sales"), ({"net_sales": _gbp("-1")}, "net_sales.amount"),
        ({"commission": _gbp("1")}, "commission"),
    ],
)  # fmt: skip
def test_a_statement_that_cannot_be_is_refused_with_its_field(
    ask: Ask, share: AffiliateShare, changes: dict[str, Any], field: str
) -> None:
    with clock.fixed_at(NOW):
        answer = ask(advisory.omar(), "POST", f"/shares/{share.id}/statements", json=DECEMBER | changes)
    assert (answer.status_code, _fields(answer)) == (422, [field])
    assert db.session.query(ShareStatement).count() == 0


def test_statements_and_payouts_are_seen_by_those_who_see_them_on_screen(
    ask: Ask, share: AffiliateShare
) -> None:
    """R3."""
    with clock.fixed_at(NOW):
        counted = shares.statement(share)
        paid = shares.payout(share, counted)
        addresses = (
            f"/shares/{share.id}/statements", f"/shares/statements/{counted.id}", f"/shares/{share.id}/payouts", f"/shares/payouts/{paid.id}",
        )  # fmt: skip
        agency = people.organisation("Aurora Agency", kind=OrganisationKind.AGENCY)
        refused = [
            accounts.user(
                role=role, name=role.value, organisation_id=agency.id if role is Role.PARTNER else None
            )
            for role in (Role.ASSISTANT, Role.PARTNER, Role.DOOR)
        ]
        for address in addresses:
            assert ask(accounts.user(role=Role.AUDITOR, name="Iris"), "GET", address).status_code == 200, (
                address
            )
            assert {ask(one, "GET", address).status_code for one in refused} == {403}, address
        helga = advisory.helga()
        assert ask(helga, "POST", f"/shares/{share.id}/payouts", json={}).status_code == 403
        assert ask(helga, "POST", f"/shares/{share.id}/statements", json={}).status_code == 403


@pytest.mark.parametrize("n", [1, 9])
@pytest.mark.parametrize(("what", "n_queries"), [("statements", 4), ("payouts", 5)])
def test_statements_and_payouts_ask_the_same_number_of_queries(
    app: Flask, share: AffiliateShare, count_queries: Callable[[], int], what: str, n_queries: int, n: int
) -> None:
    """A page each: the token, the share, the rows, and what stands beside them all at once."""
    with clock.fixed_at(NOW):
        for number in range(n):
            on = date(2026, 12, 1 + number)
            shares.payout(share, shares.statement(share, from_on=on, to_on=on))
        _asks(app, f"/shares/{share.id}/{what}", n, n_queries, count_queries)


# -- the payment of an engagement ------------------------------------------------------------------


@pytest.fixture
def payable(app: Flask) -> Engagement:
    """Work that may be paid: Helga approved it, and the contract allows expenses."""
    return _payable(0, advisory.approved_need(), advisory.band())


def _payable(number: int, need: Need, band: RateBand) -> Engagement:
    proposed = advisory.engagement(who=people.person(f"Ines {number}"), for_need=need, of=band)
    done = advisory.delivered(advisory.contracted(proposed, expenses_limit=Money(20_000, "GBP")))
    with transaction():
        return operations_delivery.approve_payment(db.session.merge(done), by=advisory.helga())


def _payment(one: Engagement, **changes: Any) -> dict[str, Any]:
    today = clock.today().isoformat()
    return {"paid_on": today, "payee": one.contract_party, "reference": "Transfer 9"} | changes


def test_a_payment_keeps_taxes_and_expenses_apart(ask: Ask, payable: Engagement) -> None:
    """A5: the book holds the fee of the contract; what was transferred is fee + value-added tax - tax withheld."""
    fee, limit = payable.fee, payable.expenses_limit
    assert limit is not None
    taxes = [
        {"kind": "vat", "rate": "20", "reference": "Invoice 1"},
        {"kind": "withholding", "rate": "10", "reference": "C 1"},
    ]
    spent = {"amount": f"{limit.amount:f}", "currency": limit.currency}
    sent = _payment(payable, taxes=taxes, expenses=spent, expenses_reference="Folder 3")
    found = ask(advisory.vera(), "POST", f"/engagements/{payable.id}/pay", json=sent).get_json()
    assert (found["state"], found["paid_fee"], found["payment_reference"]) == (
        "paid",
        found["fee"],
        "Transfer 9",
    )
    assert float(found["transferred"]["amount"]) == pytest.approx(float(fee.amount) * 1.1)
    assert [tax["kind"] for tax in found["taxes"]] == ["vat", "withholding"]
    entries = [db.session.get_one(Entry, found[name]) for name in ("entry_seq", "expenses_entry_seq")]
    assert [one.source_id for one in entries] == [payable.id, payable.id]
    assert ask(advisory.vera(), "GET", f"/engagements/{payable.id}").get_json() == found
    assert ask(advisory.vera(), "GET", "/engagements").get_json()["items"] == [found]


@pytest.mark.parametrize(("taxes", "field"), BAD_TAXES)
def test_a_payment_with_a_tax_that_cannot_be_is_refused_with_its_place(
    ask: Ask, payable: Engagement, taxes: list[Any], field: str
) -> None:
    answer = ask(
        advisory.vera(), "POST", f"/engagements/{payable.id}/pay", json=_payment(payable, taxes=taxes)
    )
    assert (answer.status_code, _fields(answer)) == (422, [field])
    db.session.rollback()
    assert db.session.query(Entry).count() == 0


@pytest.mark.parametrize("n", [1, 8])
def test_engagements_ask_the_same_number_of_queries(
    app: Flask, ask: Ask, count_queries: Callable[[], int], n: int
) -> None:
    need, band, vera = advisory.approved_need(n_people=20), advisory.band(), advisory.vera()
    for number in range(n):
        one = _payable(number, need, band)
        assert ask(vera, "POST", f"/engagements/{one.id}/pay", json=_payment(one)).status_code == 200
    _asks(app, "/engagements", n, 3, count_queries)  # the token, the page, the taxes


@pytest.mark.parametrize("n", [1, 8])
def test_shares_ask_the_same_number_of_queries(app: Flask, count_queries: Callable[[], int], n: int) -> None:
    for number in range(n):
        shares.approved(shares.drafted(people.person(f"Ines {number}"), link=f"LUMEN-{number}"))
    _asks(app, "/shares", n, 2, count_queries)  # the token, the page


def _asks(app: Flask, path: str, n: int, n_queries: int, count_queries: Callable[[], int]) -> None:
    """A list of so many, in so many queries; the last use of the token was noted before."""
    headers, client = headers_of(advisory.vera()), app.test_client()
    client.get("/api/v1/shares", headers=headers)
    db.session.expunge_all()
    count_queries()
    assert len(client.get(f"/api/v1{path}", headers=headers).get_json()["items"]) == n
    assert count_queries() == n_queries
