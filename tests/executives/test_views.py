"""Pages of executive access: who sees what, what a form refuses, and no amount anywhere for assistants."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.events.models import Event
from app.executives.models import (
    AccessRequest,
    Executive,
    Meeting,
    MeetingState,
    RequestState,
    Slot,
)
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import accounts, events, ledger
from tests.factories import executives as make

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def show(app: Flask) -> Iterator[Event]:
    with clock.fixed_at(make.BEFORE):
        yield events.event()


@pytest.fixture
def grace(show: Event) -> Executive:
    return make.executive()


@pytest.fixture
def daniel(show: Event, signed_in: SignIn) -> FlaskClient:
    return signed_in(make.daniel())


SERIES: dict[str, Any] = {
    "zone": "Europe/London", "starts_at": "2026-10-14T10:30", "ends_at": "2026-10-14T12:20", "n_minutes": "30",
    "n_break_minutes": "10", "place": "Suite 5",
}  # fmt: skip


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# -- looking --------------------------------------------------------------------------------------------


def test_every_page_opens(show: Event, grace: Executive, daniel: FlaskClient, signed_in: SignIn) -> None:
    meeting = make.meeting(show, "Jack", grace)
    other = make.slot(grace, show, make.HALF_PAST_TEN + timedelta(hours=1))
    asked = make.request(other, events.accepted(show, "Nneka").person)
    make.request(other, events.accepted(show, "Carla").person)
    paths = [
        "", "new", f"{grace.id}", f"{grace.id}?event={show.id}", f"{grace.id}/edit", f"{grace.id}/slots/new",
        f"slots/{other.id}/withdraw", f"requests/{asked.id}/accept", f"requests/{asked.id}/decline",
        *(f"meetings/{meeting.id}{step}" for step in ("", "/move", "/cancel", "/hold", "/miss")), f"people/{meeting.person_id}",
    ]  # fmt: skip
    assert {path: daniel.get(f"/executives/{path}").status_code for path in paths} == dict.fromkeys(
        paths, 200
    )
    mei = signed_in(make.mei())
    assert [
        mei.get(f"/executives/{path}").status_code for path in (f"slots/{other.id}/ask", f"{grace.id}")
    ] == [200, 200]


def test_an_empty_house_says_what_belongs_there(daniel: FlaskClient) -> None:
    assert "No executive here yet" in daniel.get("/executives/").get_data(as_text=True)


def test_both_zones_are_shown(show: Event, grace: Executive, daniel: FlaskClient) -> None:
    """J5, J7: 10:30 London is 20:30 Sydney."""
    meeting = make.meeting(show, "Jack", grace)
    page = words(daniel.get(f"/executives/meetings/{meeting.id}").get_data(as_text=True))
    assert (
        "14 Oct 2026, 10:30 London , 20:30 Sydney" in page
        or "14 Oct 2026, 10:30 London, 20:30 Sydney" in page
    )


def test_a_card_holds_what_the_decision_needs_and_nothing_more(
    show: Event, grace: Executive, daniel: FlaskClient
) -> None:
    """J7: who, goal, ask, minutes this year, language, zone; never an amount or a private note (R3)."""
    person = events.enrolled(show, "Jack", notes="Difficult after the Perth affair")
    events.accepted(show, person=person)
    ledger.post(ledger.stay(person, show.program, money=ledger.gbp("4321.09")))
    earlier = make.accept(make.request(make.slot(grace, show, make.BEFORE + timedelta(days=1)), person))
    with clock.fixed_at(make.BEFORE + timedelta(days=2)):
        make.hold(earlier, 25)
    asked = make.request(make.slot(grace, show), person, question="What comes after the pilot?")
    pages = [
        daniel.get(path).get_data(as_text=True)
        for path in (
            f"/executives/{grace.id}", f"/executives/requests/{asked.id}/accept", f"/executives/people/{person.id}",
            f"/executives/meetings/{earlier.id}", "/executives/",
        )
    ]  # fmt: skip
    inbox, accept = words(pages[0]), words(pages[1])
    for page in (inbox, accept):
        for wanted in (
            "Jack",
            "What comes after the pilot?",
            "private 5G",
            "Credible voices",
            "Sydney",
            "25",
            "Mei",
        ):
            assert wanted in page, wanted
    assert [one for page in pages for one in ("4,321", "GBP", "Perth affair") if one in page] == []


def test_an_assistant_does_not_find_another_calendar(show: Event, daniel: FlaskClient) -> None:
    """R3: not visible is not found."""
    other = make.executive("Liang", assistant_id=accounts.user(name="Dora", role=Role.ASSISTANT).id)
    meeting = make.meeting(show, "Jack", other)
    asked = make.request(make.slot(other, show, make.HALF_PAST_TEN + timedelta(hours=2)), meeting.person)
    paths = (
        f"{other.id}",
        f"{other.id}/edit",
        f"meetings/{meeting.id}",
        f"requests/{asked.id}/accept",
        f"slots/{asked.slot_id}/withdraw",
    )
    assert [daniel.get(f"/executives/{path}").status_code for path in paths] == [404] * 5
    assert "Liang" not in daniel.get("/executives/").get_data(as_text=True)


RIGHTS = [
    (Role.PARTNER, 403, 403, 403, 403),
    (Role.RELATIONS, 200, 200, 403, 403),
    (Role.COORDINATOR, 200, 200, 403, 200),
    (Role.COMPLIANCE, 200, 403, 403, 403),
    (Role.ASSISTANT, 200, 403, 200, 200),
]


@pytest.mark.parametrize(("role", "show_", "ask", "publish", "hold"), RIGHTS)
def test_each_role_has_its_own_steps(
    show: Event, signed_in: SignIn, role: Role, show_: int, ask: int, publish: int, hold: int
) -> None:
    petra = make.executive("Petra", assistant_id=None)
    meeting = make.meeting(show, "Jack", petra)
    slot = make.slot(petra, show, make.HALF_PAST_TEN + timedelta(hours=2))
    browser = signed_in(role)
    paths = (f"{petra.id}", f"slots/{slot.id}/ask", f"{petra.id}/slots/new", f"meetings/{meeting.id}/hold")
    assert [browser.get(f"/executives/{path}").status_code for path in paths] == [show_, ask, publish, hold]


# -- doing ----------------------------------------------------------------------------------------------


def test_windows_are_published_from_a_form(show: Event, grace: Executive, daniel: FlaskClient) -> None:
    answer = daniel.post(f"/executives/{grace.id}/slots/new", data=SERIES | {"event_id": str(show.id)})
    assert (answer.status_code, answer.location) == (303, f"/executives/{grace.id}?event={show.id}")
    page = words(daniel.get(answer.location).get_data(as_text=True))
    assert "3 windows are published." in page
    assert [mark in page for mark in ("10:30", "11:10", "11:50")] == [True] * 3


BAD_SERIES = [
    ({"zone": "London"}, "This is not a time zone"),
    ({"starts_at": "14.10.2026 10:30"}, "Not a valid datetime value"),
    ({"ends_at": "2026-10-14T10:45"}, "Not one window of 30 minutes fits"),
    ({"ends_at": "2026-10-14T10:00"}, "The stretch ends before it begins."),
    ({"n_minutes": "0"}, "whole number from 5 to 480"),
    ({"n_break_minutes": "-1"}, "whole number from 0 to 480"),
    ({"event_id": "999"}, "Not a valid choice"),
    ({"starts_at": "2026-01-14T10:30", "ends_at": "2026-01-14T12:20"}, "This lies in the past"),
    # The clocks go forward in London on 28 March 2027 at 01:00.
    ({"starts_at": "2027-03-28T01:30"}, "does not exist in Europe/London"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_SERIES)
def test_windows_that_cannot_be_are_refused_at_the_field(
    show: Event, grace: Executive, daniel: FlaskClient, changes: dict[str, str], message: str
) -> None:
    answer = daniel.post(
        f"/executives/{grace.id}/slots/new", data=SERIES | {"event_id": str(show.id)} | changes
    )
    page = answer.get_data(as_text=True)
    assert (answer.status_code, db.session.scalar(sa.select(sa.func.count(Slot.id)))) == (422, 0)
    assert (message in page, 'value="Suite 5"' in page) == (True, True)


def test_an_event_leads_to_its_wishes_plan_and_terms(show: Event, signed_in: SignIn) -> None:
    """R3: each page for who may open it, and no link that would be refused."""
    parts = ("wishes", "matching", "terms")
    expected = {
        Role.ASSISTANT: parts,
        Role.COORDINATOR: parts[:2],
        Role.RELATIONS: parts[:2],
        Role.AUDITOR: parts[:2],
    }
    for role, seen in expected.items():
        browser = signed_in(role)
        page = browser.get(f"/events/{show.id}").get_data(as_text=True)
        links = {part: f"/executives/events/{show.id}/{part}" for part in parts}
        assert [part for part in parts if f'href="{links[part]}"' in page] == list(seen), role
        statuses = [browser.get(links[part]).status_code for part in parts]
        assert statuses == [200 if part in seen else 403 for part in parts], role


def test_time_is_asked_for_accepted_moved_and_recorded(
    show: Event, grace: Executive, daniel: FlaskClient, signed_in: SignIn
) -> None:
    """J7 by hand: Mei asks, Daniel accepts and moves, the minutes land in the book."""
    slot, later = make.slot(grace, show), make.slot(grace, show, make.HALF_PAST_TEN + timedelta(hours=2))
    jack, nneka = (events.accepted(show, name).person for name in ("Jack", "Nneka"))
    mei = signed_in(make.mei())
    for person in (jack, nneka):
        form = {"person_id": str(person.id), "question": "What comes after the pilot?"}
        assert mei.post(f"/executives/slots/{slot.id}/ask", data=form).status_code == 303
    first, second = db.session.scalars(sa.select(AccessRequest).order_by(AccessRequest.id)).all()
    page = words(daniel.get(f"/executives/requests/{first.id}/accept").get_data(as_text=True))
    assert "Accept, and decline 1 other" in page
    answer = daniel.post(
        f"/executives/requests/{first.id}/accept", data={"terms": "background", "place": "Library"}
    )
    meeting = db.session.scalars(sa.select(Meeting)).one()
    assert (answer.location, fresh(second).state) == (
        f"/executives/meetings/{meeting.id}",
        RequestState.DECLINED,
    )
    moved = daniel.post(
        f"/executives/meetings/{meeting.id}/move",
        data={"slot_id": str(later.id), "version": str(meeting.version)},
    )
    assert (moved.status_code, fresh(meeting).starts_at) == (303, later.starts_at)
    with clock.fixed_at(make.AFTER):
        browser = signed_in(make.daniel())
        assert (
            browser.post(f"/executives/meetings/{meeting.id}/hold", data={"n_minutes": "0"}).status_code
            == 422
        )
        assert (
            browser.post(f"/executives/meetings/{meeting.id}/hold", data={"n_minutes": "25"}).status_code
            == 303
        )
    assert (fresh(meeting).state, fresh(meeting).n_minutes_given) == (MeetingState.HELD, 25)


def test_a_window_that_is_gone_says_so(
    show: Event, grace: Executive, daniel: FlaskClient, signed_in: SignIn
) -> None:
    """Bad input: a wish for a slot that is gone; what was typed stays."""
    meeting = make.meeting(show, "Jack", grace)
    nneka = events.accepted(show, "Nneka").person
    mei = signed_in(make.mei())
    answer = mei.post(
        f"/executives/slots/{meeting.slot_id}/ask", data={"person_id": str(nneka.id), "question": "My words"}
    )
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "This window is taken." in page, "My words" in page) == (422, True, True)


def test_requests_and_windows_are_turned_down_with_a_reason(
    show: Event, grace: Executive, daniel: FlaskClient, signed_in: SignIn
) -> None:
    slot, jack = make.slot(grace, show), events.accepted(show, "Jack").person
    asked = make.request(slot, jack)
    assert daniel.post(f"/executives/requests/{asked.id}/decline", data={"reason": ""}).status_code == 422
    assert (
        daniel.post(f"/executives/requests/{asked.id}/decline", data={"reason": "Not her field"}).status_code
        == 303
    )
    again = make.request(slot, jack)
    assert signed_in(events.ruth()).post(f"/executives/requests/{again.id}/withdraw").status_code == 403
    assert signed_in(make.mei()).post(f"/executives/requests/{again.id}/withdraw").status_code == 303
    assert (
        daniel.post(f"/executives/slots/{slot.id}/withdraw", data={"reason": "Board meeting"}).status_code
        == 303
    )
    assert [fresh(asked).state, fresh(again).state] == [RequestState.DECLINED, RequestState.WITHDRAWN]


def test_a_meeting_is_cancelled_or_missed(
    show: Event, grace: Executive, daniel: FlaskClient, signed_in: SignIn
) -> None:
    one = make.meeting(show, "Jack", grace)
    two = make.meeting(show, "Nneka", grace, make.HALF_PAST_TEN + timedelta(hours=1))
    assert daniel.post(f"/executives/meetings/{one.id}/cancel", data={"reason": "Ill"}).status_code == 303
    assert daniel.post(f"/executives/meetings/{two.id}/miss", data={}).status_code == 422
    with clock.fixed_at(make.AFTER):
        assert (
            signed_in(make.daniel())
            .post(f"/executives/meetings/{two.id}/miss", data={"reason": "Traffic"})
            .status_code
            == 303
        )
    assert [fresh(one).state, fresh(two).state] == [MeetingState.CANCELLED, MeetingState.MISSED]


def test_an_executive_is_added_and_changed(daniel: FlaskClient) -> None:
    form = {
        "name": "Grace", "title": "Chief Executive Officer", "assistant_id": "", "n_buffer_minutes": "10", "n_pause_minutes": "30",
        "is_active": "y",
    }  # fmt: skip
    assert daniel.post("/executives/new", data=form | {"n_buffer_minutes": "9999"}).status_code == 422
    assert daniel.post("/executives/new", data=form).status_code == 303
    grace = db.session.scalars(sa.select(Executive)).one()
    assert (
        daniel.post(
            f"/executives/{grace.id}/edit", data=form | {"title": "Chair", "version": "1"}
        ).status_code
        == 303
    )
    assert (
        fresh(grace).title,
        daniel.post(f"/executives/{grace.id}/edit", data=form | {"version": "1"}).status_code,
    ) == ("Chair", 409)


# -- numbers ------------------------------------------------------------------------------------------------


def _fill(show: Event, grace: Executive, numbers: range) -> None:
    """Windows, each with a request of somebody of their own; by rows, because thirty letters take long."""
    with transaction():
        for number in numbers:
            starts = make.HALF_PAST_TEN + timedelta(hours=number)
            person = Person(
                name=f"Expert {number}", sort_name=f"Expert {number}", home_country="AU", made_at=clock.now()
            )
            slot = Slot(
                executive_id=grace.id,
                event_id=show.id,
                starts_at=starts,
                ends_at=starts + timedelta(minutes=30),
                zone="Europe/London",
            )
            db.session.add_all([person, slot])
            db.session.flush()
            db.session.add(
                AccessRequest(
                    slot_id=slot.id,
                    person_id=person.id,
                    asked_by_id=make.mei().id,
                    question="Why?",
                    asked_at=clock.now(),
                )
            )
            if number % 2:
                db.session.add(
                    Meeting(
                        slot_id=slot.id, executive_id=grace.id, person_id=person.id, event_id=show.id, starts_at=starts,
                        ends_at=slot.ends_at, zone=slot.zone, made_at=clock.now(),
                    )
                )  # fmt: skip


@pytest.mark.parametrize("path", ["/executives/", "/executives/{id}"])
def test_pages_take_the_same_queries_for_1_and_30_rows(
    show: Event, grace: Executive, daniel: FlaskClient, count_queries: Callable[[], int], path: str
) -> None:
    _fill(show, grace, range(2))
    numbers = []
    for rows in (range(0), range(2, 32)):
        _fill(show, grace, rows)
        if path == "/executives/":
            for number in rows:
                make.executive(f"Executive {number}")
        count_queries()
        assert daniel.get(path.format(id=grace.id)).status_code == 200
        numbers.append(count_queries())
    assert numbers[0] == numbers[1]
