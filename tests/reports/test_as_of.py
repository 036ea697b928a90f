"""L14: a report as of a moment says what had been recorded by then; where nothing is known of then, it says so."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.advisory.models import Engagement, EngagementState
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.events.models import Event
from app.ledger import operations as ledger_operations
from app.ledger.queries import get_entry
from app.people.models import Person
from app.reports.asking import require_asked
from app.reports.gallery import Ask, Counted
from app.reports.gallery_all import REPORTS
from tests.factories import accounts, advisory, events, ledger, people, programs

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]

OCTOBER, NOVEMBER, DECEMBER = (datetime(2026, month, 20, 9, tzinfo=UTC) for month in (10, 11, 12))
THEN = "2026-10-31T00:00:00Z"


@pytest.fixture
def helga(app: Flask) -> User:
    return accounts.user(role=Role.COMPLIANCE, name="Helga", in_department="Compliance")


def counted(key: str, by: User, **asked: str) -> Counted:
    report = REPORTS[key]
    return report.count(require_asked(report, asked, db.session.merge(by)))


def figures(found: Counted) -> dict[str, Any]:
    return {one.key: one.value for one in found.figures}


@pytest.fixture
def settled(at: At, helga: User) -> tuple[Event, Person]:
    """A stay in October that is taken back in November, and a dearer one in its place."""
    with at(OCTOBER):
        show, ines = events.event(), people.person("Ines")
        first = ledger.post(ledger.stay(ines, show.program, event_id=show.id)).entry.seq
    with at(NOVEMBER):
        with transaction():
            ledger_operations.reverse_entry(
                get_entry(first), reason="Another hotel.", by=db.session.merge(helga)
            )
        ledger.post(
            ledger.stay(ines, show.program, event_id=show.id, money=ledger.gbp("3000"), external_ref="2")
        )
    return show, ines


def test_a_settlement_is_what_the_book_said_then(settled: tuple[Event, Person], helga: User, at: At) -> None:
    asked = {"event": str(settled[0].id)}
    with at(DECEMBER):
        then, now = counted("settlement", helga, **asked, as_of=THEN), counted("settlement", helga, **asked)
    assert (figures(then), figures(now)["actual"]) == (
        {"actual": Money(208_000, "GBP"), "cash": Money(0, "GBP"), "declined": Money(0, "GBP")}, Money(300_000, "GBP"),
    )  # fmt: skip
    assert [column.key for column in then.grids[0].columns] == ["category", "actual", "cash", "declined"]
    assert "written over" in then.left_out
    links = {link for one in then.figures if one.link for link in [one.link.arguments["as_of"]]}
    assert links == {then.asked_as_of.isoformat() if then.asked_as_of else None}


def test_the_card_of_a_person_is_of_then(settled: tuple[Event, Person], helga: User, at: At) -> None:
    asked = {"person": str(settled[1].id)}
    with at(DECEMBER):
        then, now = counted("person", helga, **asked, as_of=THEN), counted("person", helga, **asked)
    assert (figures(then)["non_cash"], figures(now)["non_cash"]) == (
        Money(208_000, "GBP"),
        Money(300_000, "GBP"),
    )
    assert ([grid.key for grid in then.grids], "alternatives" in figures(then)) == (["categories"], False)
    assert "Paid work" in then.left_out


def test_the_card_of_a_program_is_of_then(settled: tuple[Event, Person], helga: User, at: At) -> None:
    asked = {"program": str(settled[0].program_id), "days": "2026-10-01..2026-12-31"}
    with at(DECEMBER):
        then, now = counted("program", helga, **asked, as_of=THEN), counted("program", helga, **asked)
    assert (figures(then)["non_cash"], figures(now)["non_cash"]) == (
        Money(208_000, "GBP"),
        Money(300_000, "GBP"),
    )
    assert ("kept" in figures(then), "kept" in figures(now)) == (False, True)


def test_the_register_is_of_then(helga: User, at: At) -> None:
    """Asked in October, granted in November, void in December, because what stood on it was changed."""
    with at(OCTOBER):
        waiting, ines = (
            ledger.asked(people.person("Ines"), expires_on=date(2026, 11, 25)),
            people.person("Kerem"),
        )
    with at(NOVEMBER), transaction():
        ledger_operations.decide_exception(
            db.session.merge(waiting), is_granted=True, is_law_confirmed=True, reason="Looked at; it is in order.",
            by=db.session.merge(helga),
        )  # fmt: skip
    with at(DECEMBER):
        later = ledger.asked(ines)
        days = "2026-10-01..2026-12-31"
        at_end = {
            moment: counted("exceptions", helga, days=days, as_of=moment)
            for moment in ("2026-10-19T00:00:00Z", "2026-10-31T00:00:00Z", "2026-11-30T00:00:00Z")
        }
        now = counted("exceptions", helga, days=days)
    got = [(figures(one)["asked"], figures(one)["granted"]) for one in (*at_end.values(), now)]
    assert got == [(0, 0), (1, 0), (0, 1), (1, 1)]
    (line,) = at_end["2026-10-31T00:00:00Z"].grids[1].lines
    assert (line.cells[3], line.cells[7]) == ("The only one who knows the field.", ""), (
        "no answer was given yet"
    )
    (line,) = at_end["2026-11-30T00:00:00Z"].grids[1].lines
    # It ran out five days before: the register of then says so.
    assert (line.cells[6], line.cells[7], later.id > line.cells[0]) == ("expired", "Helga", True)


def test_steps_of_paid_work_count_by_their_day(helga: User, at: At) -> None:
    with at(OCTOBER):
        row = advisory.engagement()
    with at(DECEMBER):
        with transaction():
            kept = db.session.get_one(Engagement, row.id)
            kept.cleared_at, kept.contracted_on = NOVEMBER, date(2026, 12, 1)
            kept.delivered_on, kept.state = date(2026, 12, 10), EngagementState.DELIVERED
        reached = []
        for moment in ("2026-10-19", "2026-10-31", "2026-11-30", "2026-12-05", "2026-12-15"):
            then = counted("funnel", helga, days="2026-10-01..2026-12-31", as_of=f"{moment}T00:00:00Z")
            reached.append(
                [line.cells[3] for grid in then.grids if grid.key == "engagements" for line in grid.lines]
            )
    assert reached == [[], ["Proposed"], ["Cleared"], ["Contracted"], ["Delivered"]]


def test_labels_that_were_filed_later_are_not_in_it(helga: User, at: At, signed_in: SignIn) -> None:
    with at(DECEMBER):
        then = counted("disclosure", helga, days="2026-10-01..2026-12-31", as_of=THEN)
        now = counted("disclosure", helga, days="2026-10-01..2026-12-31")
    assert ([grid.key for grid in then.grids], [grid.key for grid in now.grids]) == (
        ["people"],
        ["duties", "people"],
    )
    assert ("open" in figures(then), "open" in figures(now)) == (False, True)


#: Whose sources are written over, as what somebody says about a line is.
NOW_ONLY = {"missing", "goals", "outcomes", "partners", "workload", "statement"}


def test_which_reports_have_a_history(app: Flask) -> None:
    assert {key for key, report in REPORTS.items() if not report.has_history} == NOW_ONLY


@pytest.mark.parametrize("key", sorted(REPORTS))
def test_every_report_says_of_when_it_is(
    key: str, signed_in: SignIn, settled: tuple[Event, Person], at: At
) -> None:
    show, ines = settled
    with at(DECEMBER):
        known = {
            "program": show.program_id,
            "event": show.id,
            "person": ines.id,
            "days": "2026-10-01..2026-12-31",
        }
        asked = {ask.value: known[ask.value] for ask in REPORTS[key].asks if ask is not Ask.AS_OF}
        page = signed_in(Role.COMPLIANCE).get(f"/reports/gallery/{key}", query_string=asked).text
    assert "As of 20 Dec 2026, 09:00 London; ledger checkpoint size 3" in page
    assert ("counts as of now only" in page, 'name="as_of"' in page) == (key in NOW_ONLY, key not in NOW_ONLY)
    assert "Keep this run" in page


@pytest.mark.parametrize("key", sorted({*REPORTS} - NOW_ONLY))
def test_a_day_before_the_book_begins_is_explained(
    key: str, signed_in: SignIn, settled: tuple[Event, Person], at: At
) -> None:
    show, ines = settled
    with at(DECEMBER):
        known = {
            "program": show.program_id,
            "event": show.id,
            "person": ines.id,
            "days": "2026-10-01..2026-12-31",
        }
        asked = {ask.value: known[ask.value] for ask in REPORTS[key].asks if ask is not Ask.AS_OF}
        page = signed_in(Role.COMPLIANCE).get(
            f"/reports/gallery/{key}", query_string={**asked, "as_of": "2026-01-01"}
        )
    assert (page.status_code, "The first line was written into the book on 20 Oct 2026" in page.text) == (
        200,
        True,
    )
    assert "2,080.00" not in page.text


@pytest.mark.parametrize("key", sorted({*REPORTS} - NOW_ONLY))
def test_a_day_to_come_is_refused_with_words(
    key: str, signed_in: SignIn, settled: tuple[Event, Person], at: At
) -> None:
    show, ines = settled
    known = {
        "program": show.program_id,
        "event": show.id,
        "person": ines.id,
        "days": "2026-10-01..2026-12-31",
    }
    asked = {ask.value: known[ask.value] for ask in REPORTS[key].asks if ask is not Ask.AS_OF}
    with at(DECEMBER):
        browser = signed_in(Role.COMPLIANCE)
        for address in (f"/reports/gallery/{key}", f"/reports/gallery/{key}/export/json"):
            answer = browser.get(address, query_string={**asked, "as_of": "2027-06-01"})
            assert (answer.status_code, "still to come" in answer.text) == (422, True)


def test_a_day_ends_on_the_clock_of_the_reader(helga: User, at: At) -> None:
    """The 20th is over in Sydney while it is still the 20th in London."""
    ana = accounts.user(role=Role.COMPLIANCE, name="Ana")
    with transaction():
        db.session.merge(ana).zone = "Australia/Sydney"
    with at(OCTOBER):
        show, ines = events.event(), people.person("Ines")
    with at(datetime(2026, 10, 20, 18, tzinfo=UTC)):
        ledger.post(ledger.stay(ines, show.program, event_id=show.id))
    with at(DECEMBER):
        asked = {"event": str(show.id), "as_of": "2026-10-20"}
        got = [figures(counted("settlement", who, **asked))["actual"].minor for who in (helga, ana)]
    assert got == [208_000, 0]


def test_figures_of_a_moment_are_the_same_whenever_they_are_asked_for(
    settled: tuple[Event, Person], helga: User, at: At
) -> None:
    show, ines = settled
    asked = {"settlement": {"event": str(show.id)}, "person": {"person": str(ines.id)}}
    for key, args in asked.items():
        got = []
        for now in (DECEMBER, DECEMBER + timedelta(days=90)):
            with at(now):
                got.append(figures(counted(key, helga, **args, as_of=THEN)))
        assert got[0] == got[1]


def test_the_input_shows_the_day_that_was_asked_for(signed_in: SignIn, at: At) -> None:
    """The end of a day in New York is the next day in UTC."""
    ana = accounts.user(role=Role.COMPLIANCE, name="Ana")
    with transaction():
        db.session.merge(ana).zone = "America/New_York"
    with at(DECEMBER):
        browser = signed_in(db.session.merge(ana))
        page = browser.get("/reports/gallery/exceptions?days=last-month&as_of=2026-11-01").text
    assert 'name="as_of" value="2026-11-01"' in page


def test_the_programs_of_a_house_without_a_book_say_nothing_of_its_beginning(signed_in: SignIn) -> None:
    programs.program()
    page = signed_in(Role.COMPLIANCE).get("/reports/gallery/exceptions?days=last-month&as_of=2020-01-01").text
    assert ("Nothing to report" in page, "book begins" in page) == (True, False)
    assert clock.now().year > 2020
