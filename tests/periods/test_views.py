"""Pages of periods: who may press what, what a refusal says, and how much a page asks of the database."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import transaction
from app.ledger import queries as ledger_reads
from app.ledger.models import Basis
from app.periods import blockers, operations, queries, statements
from app.periods.models import PeriodState
from tests.factories import accounts, ledger, people, periods

At = Callable[[datetime], AbstractContextManager[None]]
SignIn = Callable[..., FlaskClient]


def press(browser: FlaskClient, target: str, **values: str) -> tuple[int, str]:
    """Send a form; the status and the text."""
    answer = browser.post(target, data=values)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_period_is_opened_on_the_page_and_a_bad_day_is_said_at_the_field(signed_in: SignIn) -> None:
    helga = signed_in(Role.COMPLIANCE)
    status, page = press(helga, "/periods/new", kind="quarter", from_on="2026-10-05", closes_on="")
    assert (status, "begins on the first of a month" in page, 'value="2026-10-05"' in page) == (
        422,
        True,
        True,
    )
    status, _ = press(helga, "/periods/new", kind="quarter", from_on="2026-10-01", closes_on="")
    assert (status, [one.name for one in queries.list_periods()]) == (303, ["Q4 2026"])


def test_the_closing_page_leads_to_what_is_left(signed_in: SignIn, at: At) -> None:
    """c40: a list that links to each thing; the button is not there, and pressing it all the same is refused."""
    entry = ledger.post(periods.stay(basis=Basis.ESTIMATE)).entry
    period = periods.review()
    with at(periods.CLOSING):
        helga = signed_in(Role.COMPLIANCE)
        page = helga.get(f"/periods/{period.id}/close").get_data(as_text=True)
        assert f'href="/ledger/{entry.seq}"' in page
        assert "I attest these lines" not in page
        status, page = press(helga, f"/periods/{period.id}/attest")
        assert (status, "cannot be closed yet: estimates to replace (1)" in page) == (422, True)
    assert queries.attestations(queries.get_period(period.id)) == []


@pytest.mark.parametrize(
    ("role", "shut"),
    [
        (Role.RELATIONS, ["/periods/new", "/periods/1/review"]),
        (Role.COORDINATOR, ["/periods/new", "/periods/1/review"]),
        (Role.AUDITOR, ["/periods/new", "/periods/1/review"]),
        (
            Role.ASSISTANT,
            ["/periods/", "/periods/1", "/periods/1/close", "/periods/1/report", "/periods/disputes/"],
        ),
        (Role.PARTNER, ["/periods/", "/periods/1", "/periods/1/report/export/csv", "/periods/people/1"]),
        (Role.ADMIN, ["/periods/", "/periods/1/report"]),
    ],
)
def test_who_sees_no_amounts_sees_no_periods(signed_in: SignIn, role: Role, shut: list[str]) -> None:
    """R3: compliance opens and locks; assistants, partners and administrators see none of it."""
    periods.quarter()
    browser = signed_in(role)
    assert [browser.get(path).status_code for path in shut] == [403] * len(shut)


def test_an_auditor_reads_and_presses_nothing(signed_in: SignIn, at: At) -> None:
    period = periods.review()
    with at(periods.CLOSING):
        iris = signed_in(Role.AUDITOR)
        assert iris.get(f"/periods/{period.id}/close").status_code == 200
        for button in ("attest", "lock", "reissue"):
            assert iris.post(f"/periods/{period.id}/{button}").status_code == 403
    assert queries.get_period(period.id).state is PeriodState.IN_REVIEW


def test_pages_ask_the_same_with_one_line_and_thirty(
    signed_in: SignIn, count_queries: Callable[[], int], at: At
) -> None:
    amal = people.person("Amal")
    ledger.post(periods.stay(amal, external_ref="R-0"))
    period = periods.review()
    helga, paths = signed_in(Role.COMPLIANCE), [
        "/periods/", f"/periods/{period.id}", f"/periods/{period.id}/report", f"/periods/people/{amal.id}", "/periods/disputes/",
    ]  # fmt: skip
    counts: list[list[int]] = []
    for n in (0, 30):
        for number in range(1, n + 1):
            entry = ledger.post(periods.stay(amal, external_ref=f"R-{number}")).entry
            periods.dispute(amal, ledger_reads.get_entry(entry.seq))
        found = []
        for path in paths:
            helga.get(path)
            count_queries()
            assert helga.get(path).status_code == 200
            found.append(count_queries())
        counts.append(found)
    assert counts[1] == [pytest.approx(n, abs=1) for n in counts[0]]


def test_a_report_that_was_never_issued_is_not_there(signed_in: SignIn) -> None:
    period = periods.quarter()
    helga = signed_in(Role.COMPLIANCE)
    assert helga.get(f"/periods/{period.id}/report?issue=3").status_code == 404
    assert helga.get(f"/periods/{period.id}/report/export/csv?issue=3").status_code == 404
    assert helga.get("/periods/99").status_code == 404
    assert helga.get("/periods/disputes/99").status_code == 404


def test_publishing_is_noted_once(signed_in: SignIn, at: At) -> None:
    issue = periods.lock()
    period_id = issue.period_id
    with at(periods.LATER):
        helga = signed_in(Role.COMPLIANCE)
        target = f"/periods/{period_id}/issues/1/publish"
        for _ in range(2):
            assert press(helga, target)[0] == 303
        assert "published already" in helga.get(f"/periods/{period_id}/report?issue=1").get_data(as_text=True)
    assert queries.get_period(period_id).state is PeriodState.PUBLISHED


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"outcome": "changed", "amount": "", "answer": "You shared the car."}, "needs its new amount"),
        ({"outcome": "changed", "amount": "0", "answer": "You shared the car."}, "above zero"),
        ({"outcome": "changed", "amount": "-1", "answer": "You shared the car."}, "not negative"),
        ({"outcome": "changed", "amount": "NaN", "answer": "You shared the car."}, "amount-err"),
        ({"outcome": "changed", "amount": "1e400", "answer": "You shared the car."}, "amount-err"),
        ({"outcome": "changed", "amount": "70.005", "answer": "You shared the car."}, "amount-err"),
        (
            {"outcome": "changed", "amount": "70", "currency": "EUR", "answer": "You shared the car."},
            "amount in GBP",
        ),
        ({"outcome": "kept", "answer": "No."}, "at least 10 characters"),
        ({"outcome": "kept", "answer": ""}, "This is needed"),
        ({"answer": "The invoice names one guest."}, "Choose one of the two"),
        ({"outcome": "changed", "amount": "70", "also": "4711", "answer": "You shared the car."}, "also"),
    ],
)
def test_a_bad_decision_is_said_and_kept(signed_in: SignIn, values: dict[str, str], said: str) -> None:
    """Bad input: 422, the words stay, the line stays."""
    amal = people.person("Amal")
    entry = ledger.post(periods.stay(amal)).entry
    dispute = periods.dispute(amal, ledger_reads.get_entry(entry.seq))
    mei = signed_in(periods.relations())
    sent = {"currency": "GBP"} | values
    status, page = press(mei, f"/periods/disputes/{dispute.id}/decide", **sent)
    assert (status, said in page) == (422, True)
    assert values["answer"] in page
    assert ledger_reads.head().seq == entry.seq  # type: ignore[union-attr]


def test_the_statement_shows_what_stands_and_what_was_said(signed_in: SignIn, at: At) -> None:
    """L13: the tab of a person."""
    amal = people.person("Amal")
    ledger.post(periods.stay(amal))
    entry = ledger.post(periods.stay(amal, money=ledger.gbp("140"), external_ref="R-2")).entry
    periods.quarter()
    with transaction():
        operations.confirm_line(amal, 1)
    periods.dispute(amal, ledger_reads.get_entry(entry.seq))
    found = statements.statement_of(amal, date(2026, 10, 1), date(2026, 12, 31))
    assert [(line.line.seq, line.state) for line in found.lines] == [(1, "confirmed"), (2, "open")]
    assert found.sums.non_cash == [ledger.gbp("2220")]
    with at(periods.IN_REVIEW):
        page = signed_in(Role.RELATIONS).get(f"/periods/people/{amal.id}?period=1").get_data(as_text=True)
    assert "2,220.00" in page
    assert "disputed" in page


def test_the_home_of_compliance_shows_the_period_and_what_is_due(signed_in: SignIn, at: At) -> None:
    """The period that is to be closed, disputes past their day first."""
    amal = people.person("Amal", owner=accounts.user(role=Role.RELATIONS, name="Mei"))
    entry = ledger.post(periods.stay(amal)).entry
    periods.review()
    dispute = periods.dispute(amal, ledger_reads.get_entry(entry.seq))
    with at(periods.CLOSING):
        page = signed_in(Role.COMPLIANCE).get("/").get_data(as_text=True)
    assert "Q4 2026" in page
    assert f"/periods/disputes/{dispute.id}" in page
    assert "Close Q4 2026" in page


@pytest.mark.usefixtures("app")
def test_the_list_of_what_must_not_be_left_is_the_rooms_own() -> None:
    """What later rooms add comes after what the book itself knows."""
    assert [check.key for check in blockers.checks(date(2026, 10, 1), date(2026, 12, 31))][:3] == [
        "estimates", "exceptions", "unsettled",
    ]  # fmt: skip
