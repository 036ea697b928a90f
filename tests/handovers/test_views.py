"""Pages of hand-overs: who may open them, what they refuse with everything typed kept, how many queries they take."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.outreach import operations as outreach
from app.outreach.details import TouchDetails
from app.outreach.models import Collision, TouchChannel
from app.people import operations as people_operations
from app.people import queries_owners
from app.people.models import OwnerRole
from app.programs.models import Enrolment, Stage
from app.reports import queries_workload
from tests.conftest import fresh
from tests.factories import accounts, events, handovers, programs
from tests.factories import outreach as make_outreach
from tests.factories import people as make_people
from tests.journeys.walking import Walker, form_on, values_in

pytestmark = pytest.mark.usefixtures("app")
Sign = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]

TODAY = datetime(2026, 10, 1, 9, tzinfo=UTC)


def desk() -> tuple[User, User]:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    with clock.fixed_at(TODAY - timedelta(days=30)):
        make_people.person("Jack", owner=mei, email="jack@voices.example")
    return mei, omar


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        (Role.RELATIONS, True, True), (Role.COORDINATOR, True, True), (Role.ADMIN, True, True),
        (Role.COMPLIANCE, True, False), (Role.AUDITOR, True, False), (Role.ASSISTANT, False, False),
        (Role.PARTNER, False, False),
    ],
)  # fmt: skip
def test_who_may_open_the_pages(signed_in: Sign, role: Role, reads: bool, writes: bool) -> None:
    browser = signed_in(role)
    assert (browser.get("/handovers/").status_code == 200) is reads
    assert (browser.get("/handovers/workload").status_code == 200) is reads
    assert (browser.get("/handovers/new").status_code == 200) is writes


def test_empty_pages_say_what_belongs_there(signed_in: Sign) -> None:
    browser = signed_in(accounts.user(name="Mei"))
    assert "Nobody has handed over yet" in browser.get("/handovers/").get_data(as_text=True)
    assert "There is nothing to hand over" in browser.get("/handovers/new").get_data(as_text=True)


def test_somebody_elses_desk_is_not_open(signed_in: Sign) -> None:
    mei, omar = desk()
    assert signed_in(omar).get(f"/handovers/new?from_user={mei.id}").status_code == 403
    assert signed_in(omar).get(f"/handovers/plan?from_user={mei.id}&to_user={omar.id}").status_code == 403


def test_without_a_successor_the_second_step_leads_to_the_first(signed_in: Sign) -> None:
    mei, _ = desk()
    answer = signed_in(mei).get("/handovers/plan")
    assert (answer.status_code, answer.location) == (303, f"/handovers/new?from_user={mei.id}")


def test_receipt_shows_each_letter_and_undo(signed_in: Sign, at: At) -> None:
    mei, omar = desk()
    handovers.letter_text()
    with at(TODAY):
        step = handovers.hand_over(mei, omar, from_on=date(2026, 11, 1))
        walker = Walker(signed_in(mei))
        page = walker.open(f"/handovers/{step.id}")
        assert "waits, in English" in page
        assert "none: reach them by hand" not in page
        walker.press(f"/handovers/{step.id}", f"/handovers/{step.id}/undo")
        assert "This hand-over was undone" in walker.follow()
        assert walker.browser.post(f"/handovers/{step.id}/undo").status_code == 422


BAD = [
    ({"from_on": "yesterday"}, "Not a valid date value"),
    ({"from_on": "1066-10-14"}, "between 1990 and 2100"),
    ({"from_on": "2026-09-01"}, "This day is over"),
    ({"to_user": "99"}, "does not exist"),
    ({"to_user": "self"}, "Nobody hands over to themselves"),
    ({"heir-1": "self"}, "Nobody hands over to themselves"),
    ({"heir-1": "99999999"}, "does not exist"),
    ({"reason": "x" * 10_001}, "At most 10,000"),
    ({"note-1": "burn"}, "Decide about each private note"),
    ({"note-1": ""}, "Decide about each private note"),
]


@pytest.mark.parametrize(("changes", "words"), BAD)
@pytest.mark.parametrize("path", ["/handovers/check", "/handovers/plan"])
def test_bad_input_is_refused_with_everything_kept(
    signed_in: Sign, at: At, path: str, changes: dict[str, str], words: str
) -> None:
    mei, omar = desk()
    with at(TODAY):
        handovers.note(queries_owners.list_held(fresh(mei), OwnerRole.OWNER, TODAY)[0].person, mei)
        browser = signed_in(mei)
        page = browser.get(f"/handovers/plan?to_user={omar.id}").get_data(as_text=True)
        values = values_in(form_on(page, set(), "/handovers/check")) | {
            "note-1": "archive",
            "reason": "She moves to Oslo.",
        }
        values |= {"seen-people": "1", "seen-notes": "1"}
        values |= {name: str(mei.id) if value == "self" else value for name, value in changes.items()}
        answer = browser.post(path, data=values)
    text = answer.get_data(as_text=True)
    assert answer.status_code in {404, 422}
    assert words in text
    if answer.status_code == 422 and "reason" not in changes:
        assert "She moves to Oslo." in text
    assert queries_owners.count_held(TODAY) == {mei.id: 1}


def test_numbers_that_changed_meanwhile_stop_the_step(signed_in: Sign, at: At) -> None:
    mei, omar = desk()
    with at(TODAY):
        browser = signed_in(mei)
        page = browser.get(f"/handovers/plan?to_user={omar.id}").get_data(as_text=True)
        third = browser.post("/handovers/check", data=values_in(form_on(page, set(), "/handovers/check")))
        make_people.person("Amal", owner=mei)
        form = form_on(third.get_data(as_text=True), set(), "/handovers/plan")
        answer = browser.post("/handovers/plan", data=values_in(form))
    assert answer.status_code == 422
    assert "It has changed since you looked: 2 people now, 1 person before" in answer.get_data(as_text=True)
    assert queries_owners.count_held(TODAY + timedelta(days=1)) == {mei.id: 2}


# -- workload --------------------------------------------------------------------------------------


def test_workload_counts_what_each_owner_has(at: At) -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    tom = accounts.user(name="Tom", in_department="Social media")
    with at(TODAY - timedelta(days=60)):
        show = events.event()
        amal = events.enrolled(show, "Amal", owner=mei)
        events.enrolled(show, "Jack", owner=mei)
        make_people.person("Ines", owner=omar)
        events.accepted(show, person=amal)
        with transaction():
            for enrolment in db.session.scalars(sa.select(Enrolment)):
                enrolment.stage = Stage.ACTIVE
    with at(TODAY):
        make_outreach.touch(amal, mei, is_ask=True)
        with transaction():
            details = TouchDetails(person_id=amal.id, channel=TouchChannel.MAIL, subject="Podcast?")
            stop = outreach.try_touch(details, by=db.session.merge(tom))
            assert isinstance(stop, Collision)
            stop.free_from_at = TODAY + timedelta(days=9)
            outreach.wait_for_window(stop, by=db.session.merge(tom))
        loads = {load.name: load for load in queries_workload.list_loads(TODAY)}
    numbers = {
        name: (load.n_people, load.n_asks, load.n_silent, load.n_planned, load.n_events)
        for name, load in loads.items()
        if name in {"Mei", "Omar", "Tom"}
    }
    # Jack has been silent for 60 days; Amal was written to today; the show begins on 13 October.
    assert numbers == {"Mei": (2, 1, 1, 0, 1), "Omar": (1, 0, 0, 0, 0), "Tom": (0, 0, 0, 1, 0)}


@pytest.mark.parametrize(
    "path",
    [
        "/handovers/",
        "/handovers/workload",
        "/handovers/new",
        "/handovers/plan?to_user={omar}",
        "/handovers/1",
    ],
)
def test_pages_need_the_same_queries_whatever_the_rows(
    signed_in: Sign, count_queries: Callable[[], int], at: At, path: str
) -> None:
    mei, omar, ada = accounts.user(name="Mei"), accounts.user(name="Omar"), accounts.user(role=Role.ADMIN)
    browser = signed_in(mei)
    numbers = []
    with at(TODAY):
        handovers.hand_over(*_full_desk(1), by=ada)
        browser = signed_in(mei)
        for n_people in (1, 30):
            _more(mei, omar, n_people)
            where = path.format(omar=omar.id)
            browser.get(where)
            count_queries()
            assert browser.get(where).status_code == 200
            numbers.append(count_queries())
    assert numbers[0] == numbers[1], numbers


def _full_desk(number: int) -> tuple[User, User]:
    leaver = accounts.user(name=f"Leaver {number}")
    make_people.person(f"Left {number}", owner=leaver, email=f"left{number}@voices.example")
    return leaver, accounts.user(name="Vera")


def _more(mei: User, omar: User, n_people: int) -> None:
    """More of everything a desk can hold."""
    program = programs.program(f"Program {n_people}", by=mei)
    for number in range(n_people):
        person = make_people.person(
            f"Guest {n_people}-{number}", owner=mei, email=f"g{n_people}-{number}@voices.example"
        )
        programs.goal(program, by=mei)
        make_outreach.touch(person, mei, is_ask=True)
        deputised = make_people.person(f"Other {n_people}-{number}", owner=omar)
        with transaction():
            people_operations.hand_over(
                db.session.merge(deputised),
                db.session.merge(mei),
                by=db.session.merge(omar),
                role=OwnerRole.DEPUTY,
            )
        handovers.note(person, mei)
    handovers.hand_over(*_full_desk(n_people + 1), by=accounts.user(role=Role.ADMIN))
    for number in range(n_people):
        accounts.user(name=f"Colleague {n_people}-{number}")
