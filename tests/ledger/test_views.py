"""Pages of the ledger: what they show and to whom, what a form refuses, what it keeps of what was typed."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import db, transaction
from app.core.models import TreasuryRate
from app.core.money import Money
from app.ledger import operations, queries
from app.ledger.details import ExceptionDetails
from app.ledger.models import (
    Basis,
    Breach,
    Cap,
    Category,
    Entry,
    ExceptionState,
    Form,
    RuleException,
    SharedHead,
    Unit,
)
from tests.conftest import fresh
from tests.factories import accounts, disclosures, ledger, people, programs

SignIn = Callable[..., FlaskClient]

ENTRY = {
    "category": "lodging", "form": "in_kind_vendor", "basis": "actual_cost", "value_on": "2026-10-16", "amount": "2,080.00",
    "currency": "gbp", "unit": "night", "quantity": "4", "place": "London, GB", "provider": "Hotel Aurora",
}  # fmt: skip


def typed(**changes: str) -> dict[str, str]:
    return (
        ENTRY
        | {"person_id": str(people.person("Amal").id), "program_id": str(programs.program().id)}
        | changes
    )


# -- the list --------------------------------------------------------------------------------------


def test_list_keeps_legs_and_units_apart(signed_in: SignIn) -> None:
    person, program = people.person("Amal"), programs.program()
    ledger.post(ledger.stay(person, program))
    ledger.post(
        ledger.stay(
            person,
            program,
            category=Category.WORKSHOP_FEE,
            form=Form.CASH_EQUIVALENT,
            money=ledger.gbp("6500"),
            external_ref="C-1",
        )
    )
    minutes = {
        "category": Category.EXEC_ACCESS,
        "form": Form.ACCESS,
        "basis": Basis.NOT_VALUED,
        "money": None,
    }
    ledger.post(ledger.stay(person, program, unit=Unit.EXECUTIVE_MINUTE, quantity=30, **minutes))
    ledger.post(ledger.stay(person, program, category=Category.GIFT, money=ledger.gbp("240"), declined=True))
    page = signed_in(Role.COMPLIANCE).get("/ledger/").text
    figures = page.split('class="figures"')[1].split("</dl>")[0]
    shown = [text for text in ("2,080.00", "6,500.00", "30", "240.00", "8,580.00") if text in figures]
    assert shown == ["2,080.00", "6,500.00", "30", "240.00"]


@pytest.mark.parametrize(
    ("query", "seqs"),
    [
        ("category=lodging", [1]), ("leg=non_cash", [2, 1]), ("leg=cash", []), ("is_declined=yes", [3]), ("year=2025", []),
        ("from_on=2026-10-17", []), ("to_on=2026-10-16", [3, 2, 1]), ("unit=night", []), ("order=seq", [1, 2, 3]),
        ("category=nothing&year=abc&as_of=never&page=x", [3, 2, 1]), ("person_id=999999", []), ("page=99", [3, 2, 1]),
        ("as_of=2020-01-01T00:00:00", []),
    ],
)  # fmt: skip
def test_list_filters_by_url(signed_in: SignIn, query: str, seqs: list[int]) -> None:
    person, program = people.person("Amal"), programs.program()
    ledger.post(ledger.stay(person, program))
    ledger.post(ledger.stay(person, program, category=Category.GIFT, money=ledger.gbp("85")))
    ledger.post(ledger.stay(person, program, category=Category.MEAL, money=ledger.gbp("40"), declined=True))
    page = signed_in(Role.COMPLIANCE).get(f"/ledger/?{query}").text
    links = [part.split('"')[0] for part in page.split('href="/ledger/')[1:]]
    wanted = [3, 2, 1] if query.startswith("leg=non_cash") else seqs
    assert [int(link) for link in links if link.isdecimal()] == wanted


@pytest.mark.parametrize("cut", ["category", "person", "line", "form", "year", "native_nature", "nonsense"])
def test_list_is_cut_by_what_is_asked(signed_in: SignIn, cut: str) -> None:
    ledger.post(ledger.stay())
    page = signed_in(Role.AUDITOR).get(f"/ledger/?by={cut}")
    assert page.status_code == 200
    assert "2,080.00" in page.text


def test_list_asks_the_same_number_of_queries_for_1_and_30_rows(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    browser, program = signed_in(Role.COMPLIANCE), programs.program()
    ledger.post(ledger.stay(people.person("Amal"), program))
    count_queries()
    assert browser.get("/ledger/?by=person").status_code == 200
    with_one = count_queries()
    for number in range(29):
        ledger.post(ledger.stay(people.person(f"Person {number}"), program))
    count_queries()
    assert browser.get("/ledger/?by=person").status_code == 200
    assert count_queries() == with_one


def test_list_of_an_empty_book_says_what_belongs_there(signed_in: SignIn) -> None:
    assert "The book is empty" in signed_in(Role.RELATIONS).get("/ledger/").text


def test_amounts_are_not_for_assistants_and_agencies(signed_in: SignIn) -> None:
    """R3."""
    person = people.person("Amal")
    ledger.post(ledger.stay(person))
    for role in (Role.ASSISTANT, Role.PARTNER, Role.ADMIN):
        browser = signed_in(role)
        codes = [
            browser.get(path).status_code for path in ("/ledger/", "/ledger/1", f"/ledger/people/{person.id}")
        ]
        assert codes == [403, 403, 403]


# -- one entry ---------------------------------------------------------------------------------------


def test_entry_shows_words_chain_and_duties(signed_in: SignIn) -> None:
    disclosures.version("*")
    ledger.cap()
    ledger.post(ledger.stay(context="Twin room <b>"))
    page = signed_in(Role.COMPLIANCE).get("/ledger/1").text
    entry = queries.get_entry(1)
    for text in ("Twin room &lt;b&gt;", "Hotel Aurora", entry.hash, "Everywhere else", "Annual non-cash cap"):
        assert text in page


def test_entry_links_to_where_it_comes_from(signed_in: SignIn) -> None:
    shared = ledger.dinner(guests=("Amal", "Jack"))
    assert f'href="/ledger/shared/{shared.id}"' in signed_in(Role.COMPLIANCE).get("/ledger/1").text


def test_entry_that_is_not_there_is_404(signed_in: SignIn) -> None:
    assert signed_in(Role.COMPLIANCE).get("/ledger/7").status_code == 404


def test_entry_of_an_erased_person_still_opens(signed_in: SignIn) -> None:
    ledger.post(ledger.stay(context="Twin room"))
    with transaction():
        subject = queries.get_entry(1).subject
        assert subject is not None
        subject.person_id, subject.wrapped_key = None, None
    page = signed_in(Role.COMPLIANCE).get("/ledger/1").text
    assert ("erased person" in page, "Twin room" in page, "cannot be opened" in page) == (True, False, True)
    assert "erased person" in signed_in(Role.COMPLIANCE).get("/ledger/?by=person").text


# -- entering ------------------------------------------------------------------------------------------


def test_entering_value_posts_it(signed_in: SignIn) -> None:
    browser, values = signed_in(Role.COORDINATOR), typed()
    response = browser.post("/ledger/new", data=values)
    assert (response.status_code, response.location) == (303, "/ledger/1")
    entry = queries.get_entry(1)
    assert (entry.original, entry.quantity, entry.unit) == (ledger.gbp("2080"), 4, Unit.NIGHT)
    assert "Entry 1 is in the book." in browser.get("/ledger/1").text


def test_entering_value_over_a_cap_says_so_and_stands(signed_in: SignIn) -> None:
    """L7."""
    ledger.cap(soft="1000", hard="2000")
    browser = signed_in(Role.COORDINATOR)
    page = browser.post("/ledger/new", data=typed(), follow_redirects=True).text
    assert "above the hard limit of 2,000.00 GBP" in page
    assert "compliance has been told" in page


def test_compliance_creates_no_value(signed_in: SignIn) -> None:
    """R1."""
    assert signed_in(Role.COMPLIANCE).post("/ledger/new", data=typed()).status_code == 403


def test_a_double_click_posts_once(signed_in: SignIn) -> None:
    browser, values = signed_in(Role.COORDINATOR), typed(form_key="the-same-key")
    assert [browser.post("/ledger/new", data=values).status_code for _ in range(2)] == [303, 303]
    assert len(db.session.scalars(sa.select(Entry)).all()) == 1


# -- reversing -----------------------------------------------------------------------------------------


def test_reversing_keeps_both(signed_in: SignIn) -> None:
    ledger.post(ledger.stay())
    browser = signed_in(Role.COMPLIANCE)
    response = browser.post("/ledger/1/reverse", data={"reason": "wrong_amount"})
    assert (response.status_code, response.location) == (303, "/ledger/2")
    assert "Entry 2 takes it back" in browser.get("/ledger/1").text
    again = browser.post("/ledger/1/reverse", data={"reason": "wrong_amount"})
    assert (again.status_code, "already taken back by entry 2" in again.text) == (422, True)


def test_reversing_for_another_reason_needs_words(signed_in: SignIn) -> None:
    ledger.post(ledger.stay())
    response = signed_in(Role.COMPLIANCE).post("/ledger/1/reverse", data={"reason": "other"})
    assert (response.status_code, "Say in words why this is taken back." in response.text) == (422, True)


def test_only_compliance_reverses(signed_in: SignIn) -> None:
    ledger.post(ledger.stay())
    assert (
        signed_in(Role.COORDINATOR).post("/ledger/1/reverse", data={"reason": "wrong_amount"}).status_code
        == 403
    )


# -- a person ------------------------------------------------------------------------------------------


def test_value_tab_shows_meters_and_lines(signed_in: SignIn) -> None:
    person = people.person("Jack")
    ledger.cap()
    ledger.post(ledger.stay(person, money=ledger.gbp("7383.80"), value_on=clock.today()))
    page = signed_in(Role.RELATIONS).get(f"/ledger/people/{person.id}").text
    assert ("7,383.80" in page, "2,616.20 left" in page) == (True, True)


def test_value_tab_of_nobody_is_404(signed_in: SignIn) -> None:
    assert signed_in(Role.RELATIONS).get("/ledger/people/7").status_code == 404


# -- caps, breaches, rates -------------------------------------------------------------------------------

CAP = {
    "name": "Annual non-cash cap", "leg": "non_cash", "window": "calendar_year", "currency": "GBP", "soft": "7,500.00",
    "hard": "10,000.00", "effective_from_on": "2026-01-01",
}  # fmt: skip


def test_setting_a_cap(signed_in: SignIn) -> None:
    browser = signed_in(Role.COMPLIANCE)
    assert browser.post("/ledger/caps/new", data=CAP).status_code == 303
    cap = db.session.scalars(sa.select(Cap)).one()
    assert (cap.soft, cap.hard) == (ledger.gbp("7500"), ledger.gbp("10000"))
    assert "7,500.00" in browser.get("/ledger/caps").text


BAD_CAPS = {
    "no limit": ({"soft": "", "hard": ""}, "needs a soft limit, a hard limit, or both"),
    "soft above hard": ({"soft": "20,000"}, "cannot be above it"),
    "no days": ({"window": "rolling_days"}, "Say how many days the window has"),
    "ends before it begins": ({"effective_to_on": "2025-01-01"}, "The last day lies before the first"),
    "no days at all": ({"window": "rolling_days", "n_days": "0"}, "from 1"),
    "days for ever": ({"window": "rolling_days", "n_days": "1000000000"}, "3,660"),
    "negative": ({"hard": "-1"}, "not negative"),
    "NaN": ({"hard": "NaN"}, "Write the amount with digits"),
    "endless": ({"hard": "1e400"}, "Write the amount with digits"),
    "decimals in JPY": ({"currency": "JPY", "soft": "", "hard": "10.5"}, "JPY"),
    "four decimals in KWD": ({"currency": "KWD", "soft": "", "hard": "10.0005"}, "KWD"),
    "unknown money": ({"currency": "XQQ"}, "XQQ"),
    "not a number": ({"hard": "ten"}, "Write the amount with digits"),
    "no name": ({"name": ""}, "This is needed"),
}


@pytest.mark.parametrize(("changes", "message"), BAD_CAPS.values(), ids=BAD_CAPS)
def test_setting_a_cap_refuses(signed_in: SignIn, changes: dict[str, str], message: str) -> None:
    response = signed_in(Role.COMPLIANCE).post("/ledger/caps/new", data=CAP | changes)
    assert (response.status_code, message in response.text) == (422, True)
    assert db.session.scalars(sa.select(Cap)).all() == []


def test_ending_a_cap(signed_in: SignIn) -> None:
    cap = ledger.cap()
    browser = signed_in(Role.COMPLIANCE)
    early = browser.post(f"/ledger/caps/{cap.id}/end", data={"effective_to_on": "2025-12-31"})
    assert (early.status_code, "The last day lies before the first" in early.text) == (422, True)
    behind = browser.post(f"/ledger/caps/{cap.id}/end", data={"effective_to_on": "2026-06-30"})
    assert (behind.status_code, "yesterday at the earliest" in behind.text) == (422, True)
    yesterday = clock.today() - timedelta(days=1)
    assert (
        browser.post(f"/ledger/caps/{cap.id}/end", data={"effective_to_on": str(yesterday)}).status_code
        == 303
    )
    assert fresh(cap).effective_to_on == yesterday
    again = browser.post(f"/ledger/caps/{cap.id}/end", data={"effective_to_on": str(clock.today())})
    assert (again.status_code, "already" in again.text) == (422, True)


def test_closing_a_breach(signed_in: SignIn) -> None:
    ledger.cap(soft="1000", hard=None)
    ledger.post(ledger.stay())
    breach = db.session.scalars(sa.select(Breach)).one()
    browser = signed_in(Role.COMPLIANCE)
    assert "Amal" in browser.get("/ledger/breaches").text
    short = browser.post(f"/ledger/breaches/{breach.id}/close", data={"outcome": "ok"})
    assert (short.status_code, "at least 10 characters" in short.text) == (422, True)
    words = "Talked to the host; no further gifts this year"
    assert browser.post(f"/ledger/breaches/{breach.id}/close", data={"outcome": words}).status_code == 303
    assert fresh(breach).outcome == words
    assert words in browser.get("/ledger/breaches").text


RATE = {
    "from_currency": "AED", "to_currency": "GBP", "rate": "0.2045", "valid_from_on": "2026-09-01", "valid_to_on": "2026-12-31",
    "source": "Treasury desk",
}  # fmt: skip


def test_entering_a_rate(signed_in: SignIn) -> None:
    browser = signed_in(Role.COMPLIANCE)
    assert browser.post("/ledger/rates/new", data=RATE).status_code == 303
    assert db.session.scalars(sa.select(TreasuryRate)).one().rate == "0.2045"
    assert "0.2045" in browser.get("/ledger/rates").text


BAD_RATES = {
    "a word": ({"rate": "about a fifth"}, "Write the rate with digits"),
    "zero": ({"rate": "0"}, "A rate is a number above zero"),
    "not a number": ({"rate": "NaN"}, "Write the rate with digits"),
    "a power of ten": ({"rate": "1e400"}, "Write the rate with digits"),
    "too large": ({"rate": "9" * 40}, "A rate has at most"),
    "the same currency": ({"from_currency": "GBP"}, "Choose two different currencies"),
    "no source": ({"source": ""}, "This is needed"),
    "ends before it begins": ({"valid_to_on": "2026-08-31"}, "cannot end before it begins"),
    "an unknown currency": ({"from_currency": "XXQ"}, "This is not a currency code"),
    "too many digits": ({"rate": "0." + "1" * 37}, "A rate has at most"),
}


@pytest.mark.parametrize(("changes", "message"), BAD_RATES.values(), ids=BAD_RATES)
def test_entering_a_rate_refuses(signed_in: SignIn, changes: dict[str, str], message: str) -> None:
    response = signed_in(Role.COMPLIANCE).post("/ledger/rates/new", data=RATE | changes)
    assert (response.status_code, message in response.text) == (422, True)
    assert db.session.scalars(sa.select(TreasuryRate)).all() == []


# -- exceptions -----------------------------------------------------------------------------------------


def ask(cap: Cap, **changes: object) -> RuleException:
    person = people.person("Jack", owner=accounts.user(name="Mei"))
    values = {
        "person_id": person.id,
        "rule": f"cap:{cap.id}",
        "reason": "Third event in a year",
        "expires_on": date(2099, 1, 1),
    }
    with transaction():
        return operations.ask_exception(
            ExceptionDetails(**(values | changes)), by=db.session.merge(ledger.coordinator())
        )


def test_asking_for_an_exception_and_granting_it(signed_in: SignIn) -> None:
    """L8."""
    cap, person = ledger.cap(hard="10000"), people.person("Jack", owner=accounts.user(name="Mei"))
    values = {
        "person_id": str(person.id),
        "rule": f"cap:{cap.id}",
        "reason": "Third event in a year",
        "expires_on": "2099-01-01",
    }
    asked = signed_in(ledger.coordinator()).post("/ledger/exceptions/new", data=values)
    assert (asked.status_code, asked.location) == (303, "/ledger/exceptions/1")
    browser = signed_in(ledger.compliance())
    assert "Third event in a year" in browser.get("/ledger/exceptions/").text
    answer = {"decision": "grant", "reason": "Openly reported, one time"}
    assert browser.post("/ledger/exceptions/1", data=answer).status_code == 303
    with transaction():
        program = programs.program()
        weighing = operations.plan_value(ledger.plan(person, program, "12000"), by=ledger.coordinator())
    assert weighing.warnings[-1] == "Allowed by exception 1 until 1 Jan 2099."


def test_the_one_who_asks_does_not_decide(signed_in: SignIn) -> None:
    """R1, c47: compliance may not ask, and a coordinator may not decide."""
    asked = ask(ledger.cap())
    response = signed_in(ledger.coordinator()).post(
        f"/ledger/exceptions/{asked.id}", data={"decision": "grant", "reason": "I think it is fine"}
    )
    assert response.status_code == 422
    assert "You asked for this yourself" in response.text
    assert fresh(asked).state is ExceptionState.ASKED


def test_a_host_does_not_decide(signed_in: SignIn) -> None:
    """L8."""
    helga = ledger.compliance()
    asked = ask(ledger.cap(), host_ids=(helga.id,))
    response = signed_in(helga).post(
        f"/ledger/exceptions/{asked.id}", data={"decision": "grant", "reason": "I think it is fine"}
    )
    assert (response.status_code, "You host this or gain by it" in response.text) == (422, True)


def test_an_exception_may_be_refused_with_a_reason(signed_in: SignIn) -> None:
    asked = ask(ledger.cap())
    browser = signed_in(ledger.compliance())
    short = browser.post(f"/ledger/exceptions/{asked.id}", data={"decision": "refuse", "reason": "no"})
    assert (short.status_code, "at least 10 characters" in short.text) == (422, True)
    browser.post(
        f"/ledger/exceptions/{asked.id}", data={"decision": "refuse", "reason": "Two events are enough"}
    )
    assert fresh(asked).state is ExceptionState.REFUSED
    again = browser.post(
        f"/ledger/exceptions/{asked.id}", data={"decision": "grant", "reason": "Changed my mind"}
    )
    assert (again.status_code, "already refused" in again.text) == (422, True)


# -- shared costs ----------------------------------------------------------------------------------------


def test_sharing_a_bill_and_marking_somebody_absent(signed_in: SignIn) -> None:
    """L3 through the screens: 100.00 for three, then for two."""
    for name in ("Amal", "Jack"):
        people.person(name)
    program = programs.program()
    browser = signed_in(Role.COORDINATOR)
    values = {
        "title": "Dinner", "category": "meal", "program_id": str(program.id), "value_on": "2026-10-14", "amount": "100.00",
        "currency": "GBP", "people": "amal\nJack\n", "hosts": "Ruth",
    }  # fmt: skip
    response = browser.post("/ledger/shared/new", data=values)
    assert (response.status_code, response.location) == (303, "/ledger/shared/1")
    assert "33.34" in browser.get("/ledger/shared/1").text
    jack = db.session.scalars(sa.select(SharedHead).join(SharedHead.person).filter_by(name="Jack")).one()
    asked = browser.get(f"/ledger/shared/1/absent?head={jack.id}").text
    assert "3 heads share the bill now" in asked
    assert f'value="{jack.id}" checked' in asked
    nobody = browser.post("/ledger/shared/1/absent", data={})
    assert (nobody.status_code, "Tick at least one" in nobody.text) == (422, True)
    assert browser.post("/ledger/shared/1/absent", data={"heads": ["99999"]}).status_code == 422
    assert browser.post("/ledger/shared/1/absent", data={"heads": [str(jack.id)]}).status_code == 303
    page = browser.get("/ledger/shared/1").text
    assert ("50.00" in page, "33.34" in page) == (True, False)
    assert browser.get("/ledger/shared/").status_code == 200


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"people": "Amal\nNobody"}, "“Nobody” is nobody here"), ({"people": "Amal\nAmal"}, "One person is named twice"),
        ({"people": " "}, "This is needed"), ({"amount": "0"}, "The bill needs an amount"), ({"amount": ""}, "This is needed"),
    ],
)  # fmt: skip
def test_sharing_a_bill_refuses(signed_in: SignIn, changes: dict[str, str], message: str) -> None:
    people.person("Amal")
    values = {
        "title": "Dinner", "category": "meal", "program_id": str(programs.program().id), "value_on": "2026-10-14",
        "amount": "100.00", "currency": "GBP", "people": "Amal", "hosts": "Ruth",
    }  # fmt: skip
    response = signed_in(Role.COORDINATOR).post("/ledger/shared/new", data=values | changes)
    assert (response.status_code, message in response.text) == (422, True)
    assert db.session.scalars(sa.select(Entry)).all() == []


# -- proofs ----------------------------------------------------------------------------------------------


def test_verifying_remembers_and_records(signed_in: SignIn) -> None:
    ledger.post(ledger.stay())
    browser = signed_in(Role.ADMIN)  # may verify, sees no amounts
    assert "The book was not verified yet" in browser.get("/ledger/verify").text
    page = browser.post("/ledger/verify", data={"note": ""}, follow_redirects=True).text
    assert "All 1 entries are whole and in order." in page
    assert db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.subject_kind == "ledger")
    ).all() == ["ledger.book_verified"]
    assert "verified" in signed_in(Role.AUDITOR).get("/ledger/").text


def test_verifying_against_an_older_checkpoint(signed_in: SignIn) -> None:
    note = queries.current_checkpoint().note
    ledger.post(ledger.stay())
    browser = signed_in(Role.AUDITOR)
    assert browser.post("/ledger/verify", data={"note": note.replace("\n", "\r\n")}).status_code == 303
    wrong = browser.post("/ledger/verify", data={"note": "not a note"})
    assert (wrong.status_code, "This is not a checkpoint" in wrong.text) == (422, True)


def test_the_bundle_is_verified_by_its_own_program(signed_in: SignIn, tmp_path: Path) -> None:
    """L1: an exported ledger can be verified offline, without this program."""
    program = programs.program()
    for number in range(3):
        ledger.post(ledger.stay(people.person(f"Person {number}"), program, money=Money(100 + number, "GBP")))
    response = signed_in(Role.AUDITOR).post("/ledger/bundle")
    assert (response.status_code, response.mimetype) == (200, "application/zip")
    path = tmp_path / "bundle.zip"
    path.write_bytes(response.data)
    response.close()
    zipfile.ZipFile(path).extract("verify_ledger.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "verify_ledger.py"), str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "The ledger holds." in done.stdout) == (0, True)
    actions = db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.subject_kind == "ledger")
    ).all()
    assert actions == ["ledger.book_exported"]
