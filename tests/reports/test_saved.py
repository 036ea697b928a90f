"""Saved reports: kept from the address, opened as of today, shared, refused with words."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db, transaction
from app.lists import policies
from app.lists.models import SavedView, Share
from app.people.models import Person
from app.programs.models import Program
from app.reports.policies import FOLLOWING, Days, days_following
from tests.conftest import fresh
from tests.factories import accounts, people, programs
from tests.factories import reports as make

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]


@pytest.mark.parametrize(
    ("word", "today", "first", "last"),
    [
        ("this-month", date(2026, 3, 31), date(2026, 3, 1), date(2026, 3, 31)),
        ("last-month", date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        ("last-month", date(2024, 3, 1), date(2024, 2, 1), date(2024, 2, 29)),
        ("last-month", date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 31)),
        ("this-quarter", date(2026, 5, 2), date(2026, 4, 1), date(2026, 5, 2)),
        ("last-quarter", date(2026, 2, 28), date(2025, 10, 1), date(2025, 12, 31)),
        ("last-quarter", date(2026, 4, 1), date(2026, 1, 1), date(2026, 3, 31)),
        ("year-to-date", date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1)),
        ("last-year", date(2026, 7, 1), date(2025, 1, 1), date(2025, 12, 31)),
        ("last-12-months", date(2024, 2, 29), date(2023, 3, 1), date(2024, 2, 29)),
        ("last-12-months", date(2025, 2, 28), date(2024, 2, 29), date(2025, 2, 28)),
    ],
)
def test_days_that_follow_the_calendar(word: str, today: date, first: date, last: date) -> None:
    assert days_following(word, today) == Days(first, last)
    assert (last - first).days < 366, "no report takes more"


def test_every_word_means_days_and_other_words_none(app: Flask) -> None:
    assert all(days_following(word, date(2026, 2, 28)) for word in FOLLOWING)
    assert days_following("next-month", date(2026, 2, 28)) is None


def test_settings_are_saved_from_the_address_and_follow_the_calendar(signed_in: SignIn, at: At) -> None:
    browser = signed_in(Role.COMPLIANCE)
    with at(datetime(2026, 11, 10, 9, tzinfo=UTC)):
        page = browser.get("/reports/gallery/exceptions?days=last-month").text
        assert "/reports/saved/new?report=exceptions&amp;days=last-month" in page
        sent = {"name": "Exceptions of last month", "share": "private"}
        answer = browser.post("/reports/saved/new?report=exceptions&days=last-month", data=sent)
        view = db.session.query(SavedView).one()
        assert (answer.status_code, view.query, view.listing) == (
            303, {"days": "last-month"}, "report.exceptions",
        )  # fmt: skip
        assert "1 Oct 2026 to 31 Oct 2026 today" in browser.get(answer.location).text
    with at(datetime(2027, 3, 1, 9, tzinfo=UTC)):
        browser = signed_in(Role.COMPLIANCE)
        opened = browser.get(f"/reports/saved/{view.id}/open", follow_redirects=True)
        assert ("Exceptions of last month" in opened.text, "1 Feb 2027 to 28 Feb 2027" in opened.text) == (
            True,
            True,
        )
        assert '<option value="last-month" selected>' in opened.text
        assert "Exceptions of last month" in browser.get("/reports/").text


def test_the_zone_of_the_reader_says_which_month_was_the_last(signed_in: SignIn, at: At) -> None:
    """A minute before midnight in London it is the first of the month in Sydney."""
    mei, ana = (
        accounts.user(role=Role.COMPLIANCE, name="Mei"),
        accounts.user(role=Role.COMPLIANCE, name="Ana"),
    )
    with transaction():
        db.session.merge(mei).zone, db.session.merge(ana).zone = "Europe/London", "Australia/Sydney"
    with at(datetime(2026, 11, 30, 23, 59, tzinfo=UTC)):
        pages = [
            signed_in(fresh(user)).get("/reports/gallery/exceptions?days=last-month").text
            for user in (mei, ana)
        ]
    assert ("Exceptions register: <bdi>1 Oct 2026" in pages[0], "Exceptions register: <bdi>1 Nov 2026" in pages[1]) == (
        True, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("report", "query", "kept"),
    [
        ("value", "program={program}", {"program": "{program}"}),
        ("quarter", "program={program}&days=last-quarter", {"program": "{program}", "days": "last-quarter"}),
        ("proximity", "days=30&counting=any", {"within": "30", "counting": "any"}),
        ("funnel", "days=2026-01-01..2026-03-31", {"days": "2026-01-01..2026-03-31"}),
    ],
)
def test_reports_with_pages_of_their_own_are_saved_too(
    signed_in: SignIn, report: str, query: str, kept: dict[str, str]
) -> None:
    number = str(programs.program().id)
    browser, sent = signed_in(Role.COMPLIANCE), {"name": "Mine", "share": "private"}
    answer = browser.post(f"/reports/saved/new?report={report}&{query.format(program=number)}", data=sent)
    view = db.session.query(SavedView).one()
    assert (answer.status_code, view.query) == (
        303,
        {name: text.format(program=number) for name, text in kept.items()},
    )
    page = browser.get(f"/reports/saved/{view.id}/open", follow_redirects=True)
    assert (page.status_code, "Mine" in browser.get(f"/reports/saved/{view.id}").text) == (200, True)


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("report=unknown", 404, "There is nothing here"),
        ("", 404, "There is nothing here"),
        ("report=" + "x" * 10_000, 404, "There is nothing here"),
        ("report=exceptions&days=last-month&color=red", 422, "asks for nothing called color"),
        ("report=exceptions&a%00b=1", 422, "asks for nothing called a b"),
        ("report=exceptions&program=1", 422, "asks for nothing called program"),
        ("report=exceptions&days=last-month&days=this-month", 422, "two answers for days"),
        ("report=exceptions&days=" + "9" * 10_000, 422, "longer than 100 characters"),
        ("report=exceptions&days=2026-12-01..2026-01-01", 422, "Give a first and a last day"),
        ("report=exceptions&days=%00", 422, "not two dates"),
        ("report=exceptions&as_of=2099-01-01", 422, "still to come"),
        ("report=program&program=99999", 404, "There is nothing here"),
        ("report=program&program=x", 422, "no number of a program"),
        ("report=program", 422, "Choose first: program"),
        ("report=person&person=99999", 404, ""),
        ("report=value", 422, "Choose first: program"),
        ("report=proximity&days=9999", 422, "number of days"),
        ("report=proximity&program_id=77", 404, "There is nothing here"),
        ("report=proximity&counting=all", 422, "usual value, or after any"),
    ],
)
def test_settings_that_cannot_be_kept(signed_in: SignIn, query: str, status: int, said: str) -> None:
    answer = signed_in(Role.COMPLIANCE).get(f"/reports/saved/new?{query}")
    assert (answer.status_code, said in answer.text) == (status, True)
    assert db.session.query(SavedView).count() == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "This is needed"), ("   ", "This is needed"), ("x" * 81, "At most 80 characters"), ("a\x00b", "cannot be printed"),
     ("MINE", "called MINE already")],
)  # fmt: skip
def test_names_that_cannot_be(signed_in: SignIn, name: str, said: str) -> None:
    helga = accounts.user(role=Role.COMPLIANCE)
    make.saved_report(helga)
    sent = {"name": name, "share": "private"}
    answer = signed_in(helga).post("/reports/saved/new?report=exceptions&days=last-month", data=sent)
    assert (answer.status_code, said in answer.text) == (422, True)


def test_there_is_an_end_to_saved_reports(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "MOST_VIEWS", 1)
    helga = accounts.user(role=Role.COMPLIANCE)
    make.saved_report(helga)
    sent = {"name": "Another", "share": "private"}
    answer = signed_in(helga).post("/reports/saved/new?report=exceptions&days=last-month", data=sent)
    assert (answer.status_code, "Remove one first" in answer.text) == (422, True)


def test_a_saved_report_is_seen_by_whom_it_is_shared_with_and_changed_by_nobody_else(
    signed_in: SignIn,
) -> None:
    helga = accounts.user(role=Role.COMPLIANCE, name="Helga")
    mine, ours = make.saved_report(helga), make.saved_report(helga, name="Ours", share=Share.ALL)
    other = signed_in(accounts.user(role=Role.AUDITOR, name="Aldo", in_department="Audit"))
    assert [other.get(f"/reports/saved/{one.id}").status_code for one in (mine, ours)] == [404, 200]
    assert other.get(f"/reports/saved/{ours.id}/open").status_code == 303
    for what in ("end", "schedule/pause", "edit", "schedule"):
        data = {"name": "Theirs", "share": "all", "day": "1", "hour": "7"}
        assert other.post(f"/reports/saved/{ours.id}/{what}", data=data).status_code in {403, 404, 422}
    assert fresh(ours).name == "Ours"
    for role in (Role.ASSISTANT, Role.PARTNER, Role.DOOR, Role.ADMIN):
        assert signed_in(role).get(f"/reports/saved/{ours.id}").status_code == 403


def test_a_saved_report_is_renamed_removed_and_taken_back(signed_in: SignIn) -> None:
    helga = accounts.user(role=Role.COMPLIANCE)
    browser, view = signed_in(helga), make.saved_report(helga)
    renamed = browser.post(
        f"/reports/saved/{view.id}/edit", data={"name": "Monthly", "share": "department", "version": "1"}
    )
    assert (renamed.status_code, fresh(view).name, fresh(view).query) == (
        303,
        "Monthly",
        {"days": "last-month"},
    )
    gone = browser.post(f"/reports/saved/{view.id}/end")
    assert (
        "Undo" in browser.get(gone.location).text,
        browser.get(f"/reports/saved/{view.id}").status_code,
    ) == (True, 404)
    browser.post(f"/reports/saved/{view.id}/back")
    assert browser.get(f"/reports/saved/{view.id}").status_code == 200


def test_a_saved_view_of_a_list_is_no_report_and_the_other_way_round(signed_in: SignIn) -> None:
    helga = accounts.user(role=Role.COMPLIANCE)
    browser, view = signed_in(helga), make.saved_report(helga)
    with transaction():
        listed = SavedView(
            listing="people", name="France", owner_id=helga.id, query={}, columns=[], made_at=view.made_at
        )
        db.session.add(listed)
    assert browser.get(f"/reports/saved/{listed.id}").status_code == 404
    assert browser.get(f"/lists/views/{view.id}").status_code == 404


def test_what_is_gone_or_erased_says_so(signed_in: SignIn) -> None:
    helga, ines, frame = accounts.user(role=Role.COMPLIANCE), people.person("Ines"), programs.program()
    of_person = make.saved_report(helga, "person", name="Card", person=str(ines.id))
    of_program = make.saved_report(helga, "goals", name="Goals", program=str(frame.id))
    browser = signed_in(helga)
    assert browser.get(f"/reports/saved/{of_person.id}/open").location.startswith("/reports/gallery/person")
    with transaction():
        db.session.get_one(Person, ines.id).is_pseudonymous = True
        db.session.delete(db.session.get_one(Program, frame.id))
    assert "was erased" in browser.get(f"/reports/saved/{of_person.id}").text
    opened = browser.get(f"/reports/saved/{of_program.id}/open", follow_redirects=True)
    assert (opened.status_code, "gone or not yours to see" in opened.text) == (200, True)
