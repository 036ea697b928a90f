"""Home pages: each role its own work, by urgency, with reasons and links it may open; the same queries for any size."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db, transaction
from app.ledger import operations as ledger
from app.ledger.details import CapDetails
from app.notices.models import Urgency
from app.outreach import queries_rhythm as rhythm
from app.programs.models import Enrolment
from app.reports import queries
from app.reports.home import Home, Link, Task, counted, home_of, in_order
from tests.factories import accounts, people, programs
from tests.factories import advisory as make
from tests.reports.conftest import NOVEMBER, London

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]


def _figures(home: Home) -> dict[str, str]:
    return {figure.label: figure.value for figure in home.figures}


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_home_page_without_any_data(app: Flask, signed_in: SignIn, role: Role) -> None:
    response = signed_in(role).get("/")
    assert response.status_code == 200
    assert "Nothing waits for you" in response.get_data(as_text=True) or role in {Role.ADMIN}


@pytest.mark.parametrize("role", list(Role))
def test_every_link_of_a_home_page_opens(london: London, signed_in: SignIn, role: Role) -> None:
    """R3: a page the role may not open is not linked."""
    make.engagement(who=london.people["Ines"], for_need=make.approved_need(london.program))
    make.need(london.program, title="Another need")
    browser = signed_in(role)
    page = browser.get("/").get_data(as_text=True)
    body = page.split('id="main"')[1]
    links = {unescape(url) for url in re.findall(r'<a [^>]*href="(/[^"#]*)', body)}
    answers = {url: browser.get(url).status_code for url in links}
    assert {url: status for url, status in answers.items() if status not in {200, 303}} == {}


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER])
def test_roles_without_amounts_see_none_at_home(london: London, signed_in: SignIn, role: Role) -> None:
    """R3."""
    page = signed_in(role).get("/").get_data(as_text=True)
    assert not re.search(r"\d\.\d\d\b", re.sub(r"<svg.*?</svg>|<script.*?</script>", "", page, flags=re.S))


def test_tasks_come_by_urgency_then_by_day() -> None:
    link = Link("reports.today")
    tasks = [
        Task(Urgency.INFO, "c", "", link), Task(Urgency.SOON, "b", "", link, date(2026, 12, 1)),
        Task(Urgency.SOON, "a", "", link), Task(Urgency.NOW, "d", "", link, datetime(2027, 1, 1, tzinfo=UTC)),
    ]  # fmt: skip
    assert [task.title for task in in_order(tasks)] == ["d", "b", "a", "c"]


def test_a_figure_opens_what_it_counts_and_the_queue_is_cut() -> None:
    """c42: all tasks of one figure, however many; the whole queue ends where nobody reads on."""
    link = Link("reports.today")
    mine = counted("mine", [Task(Urgency.SOON, f"{number:02}", "", link) for number in range(30)])
    home = home_of([], [*mine, Task(Urgency.NOW, "other", "", link)], [])
    whole, some, none = home.queue(), home.queue("mine"), home.queue("nobody's")
    assert (len(whole.tasks), whole.n_more, whole.n, whole.tasks[0].title) == (25, 6, 31, "other")
    assert ([task.title for task in some.tasks], some.n_more) == ([task.title for task in mine], 0)
    assert (none.n, none.figure) == (0, "nobody's")


@pytest.mark.parametrize("asked", ["nobody's", "\x00", "a" * 5000, "<b>", "%FF"])
def test_a_figure_nobody_has_opens_nothing(london: London, signed_in: SignIn, asked: str) -> None:
    page = signed_in(make.helga()).get("/", query_string={"queue": asked})
    assert (page.status_code, "Nothing of this waits" in page.text) == (200, True)


def test_silence_counts_from_the_admission_and_against_the_cadence(app: Flask, at: At) -> None:
    """G2: 31 days silent against a cadence of 30 is too long, 30 are not; people of others are not mine."""
    program, omar = programs.program(), make.omar()
    with at(NOVEMBER - timedelta(days=31)):
        programs.enrolment(program, people.admissible("Amal", owner=omar), by=omar)
    with at(NOVEMBER - timedelta(days=30)):
        programs.enrolment(program, people.admissible("Jack", owner=omar), by=omar)
        programs.enrolment(program, people.admissible("Ines", owner=make.vera()), by=omar)
    with transaction():
        db.session.execute(sa.update(Enrolment).values(stage="vetted"), execution_options={"audited": True})
    with at(NOVEMBER):
        found = rhythm.list_silences(db.session.merge(omar), NOVEMBER, rhythm.SilenceFilter(owner_id=omar.id))
        home = queries.today(db.session.merge(omar))
    assert [(one.person.name, one.n_days, one.is_too_long) for one in found] == [
        ("Amal", 31, True),
        ("Jack", 30, False),
    ]
    assert (_figures(home)["Gone quiet"], [(task.title, task.reason) for task in home.tasks]) == (
        "1", [("Be in touch with Amal", "31 days silent, cadence 30, no open ask")],
    )  # fmt: skip


def test_relations_see_their_engagements_with_the_next_step(london: London) -> None:
    proposed = make.engagement(who=london.people["Ines"], for_need=make.approved_need(london.program))
    home = queries.today(make.omar())
    assert [(task.title, task.reason) for task in home.tasks] == [
        ("Ines: Private 5G workshop", "waits at the gate, with compliance")
    ]
    make.cleared(proposed)
    home = queries.today(make.omar())
    assert home.tasks[0].reason == "cleared: the contract comes before the service"


def test_compliance_sees_breaches_gates_and_the_book(london: London) -> None:
    with transaction():
        cap = CapDetails(
            name="Annual non-cash",
            soft_minor=700_000,
            hard_minor=1_000_000,
            effective_from_on=date(2026, 1, 1),
        )
        ledger.set_cap(cap, by=make.helga())
    make.hospitality(
        london.people["Jack"], london.program, on=date(2026, 11, 20), minor=1_000, category="meal"
    )
    make.need(london.program)
    make.engagement(who=london.people["Ines"], for_need=make.approved_need(london.program, title="Second"))
    home = queries.today(make.helga())
    figures = _figures(home)
    assert (figures["Open breaches"], figures["To approve"]) == ("1", "2")
    titles = [task.title for task in home.tasks]
    assert {
        "Breach: Jack",
        "Approve the need: Private 5G workshop",
        "Ines: Second",
        "Verify the ledger",
    } == set(titles)
    assert home.charts[0].title == "1 person above a limit"


def test_officials_in_a_program_are_counted(app: Flask) -> None:
    program, omar = programs.program(), make.omar()
    reason = "professor at a state university"
    kerem = people.admissible("Kerem", owner=omar, official_status="official", official_reason=reason)
    people.admissible("Jack", owner=omar, official_status="official", official_reason="regulator's council")
    programs.enrolment(program, kerem, by=omar)
    with transaction():
        db.session.execute(sa.update(Enrolment).values(stage="active"), execution_options={"audited": True})
    (figure,) = [one for one in queries.today(make.helga()).figures if one.label == "Public officials"]
    assert (figure.value, figure.note) == ("2", "1 in a program now")


def test_the_auditor_sees_what_left_the_house(london: London, signed_in: SignIn) -> None:
    """R4."""
    signed_in(make.helga()).get(f"/reports/value/{london.program.id}/export/csv")
    home = queries.today(accounts.user(role=Role.AUDITOR))
    figures = _figures(home)
    assert (figures["Lines in the ledger"], figures["Exports"], figures["Last verification"]) == (
        "83",
        "1",
        "never",
    )
    assert ("Exported: report value", "Helga Steinvorth, csv") in [
        (task.title, task.reason) for task in home.tasks
    ]


def test_the_assistant_counts_minutes_by_the_ledger(london: London) -> None:
    """O6: one counting function."""
    home = queries.today(accounts.user(role=Role.ASSISTANT))
    assert _figures(home)["Minutes given"] == "405"


@pytest.mark.parametrize("role", list(Role))
def test_the_home_page_asks_the_same_number_of_questions_for_any_number_of_people(
    app: Flask, at: At, count_queries: Callable[[], int], role: Role
) -> None:
    program, omar = programs.program(), make.omar()
    who = {Role.RELATIONS: omar}.get(role) or accounts.user(
        role=role, organisation_id=1 if role is Role.PARTNER else None
    )
    wanted = programs.goal(program)
    counts = []
    for n in (1, 5):
        with at(NOVEMBER - timedelta(days=60)):
            for number in range(n):
                person = people.admissible(f"Guest {n} {number}", owner=omar)
                programs.enrolment(program, person, for_goal=wanted, by=omar)
                make.hospitality(person, program, on=date(2026, 9, 1), minor=100)
        with transaction():
            db.session.execute(
                sa.update(Enrolment).values(stage="active"), execution_options={"audited": True}
            )
        with at(NOVEMBER):
            user = db.session.merge(who)
            db.session.refresh(user)
            count_queries()
            queries.today(user)
            counts.append(count_queries())
    assert counts[0] == counts[1]
