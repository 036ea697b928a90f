"""The record of an event: its dates, what is missing, its zone, and the day it runs."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.events import operations
from app.events.details import EventDetails
from app.events.forms import typed_event
from app.events.models import Event
from app.events.policies_record import MilestoneState, milestones_of, missing_of
from app.events.run_of_show import day_of, days_of, rooms_of
from tests.conftest import fresh
from tests.factories import accounts, events, industry, programs
from tests.factories import executives as make_executives

SignIn = Callable[..., FlaskClient]


# -- dates and gaps ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "sent_on", "state", "n_days"),
    [
        (date(2026, 6, 1), None, MilestoneState.AHEAD, 50),
        (date(2026, 7, 8), None, MilestoneState.SOON, 13),
        (date(2026, 7, 21), None, MilestoneState.SOON, 0),
        (date(2026, 7, 22), None, MilestoneState.OVERDUE, 1),
        (date(2026, 9, 1), date(2026, 7, 21), MilestoneState.DONE, 0),
        (date(2026, 9, 1), date(2026, 7, 24), MilestoneState.DONE_LATE, 3),
    ],
)
def test_invitations_are_due_so_many_weeks_before(
    app: Flask, today: date, sent_on: date | None, state: MilestoneState, n_days: int
) -> None:
    event = events.event(n_lead_weeks=12)
    [one] = milestones_of(event, sent_on, today)
    assert (one.key, one.by_on, one.state, one.n_days) == ("invitations", date(2026, 7, 21), state, n_days)


def test_dates_are_those_of_the_place_and_come_in_order(app: Flask) -> None:
    """13 October, 00:30 in Auckland is the 12th in London; the papers are due before the invitations here."""
    event = events.event(
        zone="Pacific/Auckland", starts_at=datetime(2026, 10, 12, 11, 30, tzinfo=UTC), n_lead_weeks=1, n_visa_weeks=6
    )  # fmt: skip
    dates = [(one.key, one.by_on) for one in milestones_of(event, None, date(2026, 6, 1))]
    assert dates == [("visa_papers", date(2026, 9, 1)), ("invitations", date(2026, 10, 6))]


def test_what_is_not_filled_in_is_named(app: Flask) -> None:
    assert missing_of(events.event()) == [
        "Address", "For whom", "Weeks for invitations", "Weeks for visa papers",
    ]  # fmt: skip
    full = events.event(
        "Full", under=programs.program("Another"), address="1 Dock Road", audiences=("analyst",), n_lead_weeks=0, n_visa_weeks=0,
        starts_at=datetime(2027, 10, 13, 8, tzinfo=UTC), ends_at=datetime(2027, 10, 13, 9, tzinfo=UTC),
    )  # fmt: skip
    assert missing_of(full) == []


def test_the_page_shows_dates_gaps_and_what_it_is_for(signed_in: SignIn) -> None:
    with clock.fixed_at(datetime(2026, 9, 1, 9, tzinfo=UTC)):
        event = events.event(
            n_lead_weeks=12, n_visa_weeks=4, audiences=("analyst", "expert"), address="1 Dock Road\nE16"
        )
        page = signed_in(Role.COORDINATOR).get(f"/events/{event.id}").text
    for words in (
        "First invitations out by",
        "42 days ago",
        "Papers for visas out by",
        "in 14 days",
        "1 Dock Road",
        "Analyst, Expert",
    ):
        assert words in page, words
    assert "Not filled in yet" not in page


# -- the form ----------------------------------------------------------------------------------------


def typed(program_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "program_id": str(program_id), "name": "Analyst day", "place": "Hall", "city": "Sydney", "country": "AU", "zone": "Sydney",
        "starts_at": "2026-10-14T09:00", "ends_at": "2026-10-14T17:00", "capacity": "12", "audiences": ["analyst", "press"],
        "n_lead_weeks": "12", "address": "1 George Street\r\nSydney",
    } | changes  # fmt: skip


def test_an_event_is_planned_with_its_whole_record_and_a_zone_by_its_city(signed_in: SignIn) -> None:
    ruth, program = signed_in(Role.COORDINATOR), programs.program()
    assert ruth.post("/events/new", data=typed(program.id)).status_code == 303
    [event] = db.session.scalars(sa.select(Event))
    assert (event.zone, event.audiences, event.n_lead_weeks, event.n_visa_weeks) == (
        "Australia/Sydney", ["analyst", "press"], 12, None,
    )  # fmt: skip
    assert event.starts_at == datetime(2026, 10, 13, 22, 0, tzinfo=UTC)
    assert event.address.splitlines() == ["1 George Street", "Sydney"]
    assert typed_event(event)["audiences"] == ["analyst", "press"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"zone": ""}, "There are several: "),
        ({"zone": "", "country": ""}, "Say where it is"),
        ({"zone": "Atlantis"}, "This is not a time zone."),
        # The clocks of Sydney go forward on 4 October 2026.
        ({"starts_at": "2026-10-04T02:30"}, "Give 01:30 or 03:30 instead."),
        ({"ends_at": "2026-10-14T09:00"}, "The event ends after it begins."),
        ({"starts_at": "1066-10-14T09:00"}, "Give a date between 1990 and 2100."),
        ({"ends_at": "2101-01-01T00:00"}, "Give a date between 1990 and 2100."),
        ({"n_lead_weeks": "105"}, "from 0 to 104"),
        ({"n_visa_weeks": "-1"}, "from 0 to 104"),
        ({"audiences": ["everyone"]}, "valid choice"),
        ({"address": "x\x00y"}, "characters that cannot be printed"),
        ({"place": "x\x1by"}, "characters that cannot be printed"),
    ],
)
def test_an_event_that_cannot_be_is_refused_at_the_field(
    signed_in: SignIn, changes: dict[str, Any], words: str
) -> None:
    answer = signed_in(Role.COORDINATOR).post("/events/new", data=typed(programs.program().id, **changes))
    assert (answer.status_code, words in answer.text) == (422, True)
    assert db.session.scalars(sa.select(Event)).all() == []


def test_a_time_that_comes_twice_is_said(signed_in: SignIn) -> None:
    ruth = signed_in(Role.COORDINATOR)
    answer = ruth.post(
        "/events/new", data=typed(programs.program().id, zone="Europe/Berlin", starts_at="2026-10-25T02:30", ends_at="2026-10-25T09:00")
    )  # fmt: skip
    assert "It is taken as the first one, UTC+02:00" in ruth.get(answer.location).text


def test_another_zone_keeps_what_the_clocks_of_the_agenda_show(app: Flask) -> None:
    """Sessions and embargoes keep their wall time; one that would fall into a gap stops the change and says why."""
    event = events.event()
    session = events.session(event, embargo_until_at=datetime(2026, 10, 15, 8, 0, tzinfo=UTC))
    moved = _details(event, zone="America/New_York", hours=5)
    with transaction():
        operations.edit_event(db.session.merge(event), moved, by=events.ruth())
    assert (fresh(session).starts_at, session.embargo_until_at, session.zone) == (
        datetime(2026, 10, 14, 13, 0, tzinfo=UTC), datetime(2026, 10, 15, 13, 0, tzinfo=UTC), "America/New_York",
    )  # fmt: skip


def _details(event: Event, zone: str, hours: int) -> EventDetails:
    return EventDetails(
        program_id=event.program_id, name=event.name, place=event.place, city=event.city, country="US", zone=zone,
        starts_at=event.starts_at + timedelta(hours=hours), ends_at=event.ends_at + timedelta(hours=hours), capacity=12,
    )  # fmt: skip


# -- the day as it runs ------------------------------------------------------------------------------


def test_rooms_say_what_is_on_now_and_what_comes_next(app: Flask) -> None:
    event = events.event()
    for title, room, hour in (
        ("One", "Hall 1", 8),
        ("Two", "Hall 1", 9),
        ("Three", "Hall 1", 11),
        ("Aside", "Hall 2", 9),
    ):
        begins = datetime(2026, 10, 14, hour, 0, tzinfo=UTC)
        events.session(event, title, place=room, starts_at=begins, ends_at=begins.replace(minute=45))
    sessions = list(fresh(event).sessions)
    on = date(2026, 10, 14)

    def shown(hour: int, minute: int) -> list[tuple[str, list[str], str | None, list[str], int]]:
        rooms = rooms_of(sessions, on, event.zone, datetime(2026, 10, 14, hour, minute, tzinfo=UTC))
        return [
            (room.name, [one.title for one in room.now], room.next.title if room.next else None, [one.title for one in room.later], room.n_over)
            for room in rooms
        ]  # fmt: skip

    assert shown(8, 0) == [("Hall 1", ["One"], "Two", ["Three"], 0), ("Hall 2", [], "Aside", [], 0)]
    assert shown(9, 44) == [("Hall 1", ["Two"], "Three", [], 1), ("Hall 2", ["Aside"], None, [], 0)]
    assert shown(9, 45) == [("Hall 1", [], "Three", [], 2), ("Hall 2", [], None, [], 1)]
    assert rooms_of(sessions, date(2026, 10, 15), event.zone, sessions[0].starts_at) == []


def test_a_session_past_midnight_stands_on_both_days(app: Flask) -> None:
    event = events.event()
    events.session(
        event, "Night", starts_at=datetime(2026, 10, 14, 22, 30, tzinfo=UTC), ends_at=datetime(2026, 10, 14, 23, 30, tzinfo=UTC)
    )  # fmt: skip
    sessions, now = list(fresh(event).sessions), datetime(2026, 10, 14, 8, tzinfo=UTC)
    days = [on for on in days_of(event) if rooms_of(sessions, on, event.zone, now)]
    assert days == [date(2026, 10, 14), date(2026, 10, 15)]


@pytest.mark.parametrize(
    ("asked", "now", "on"),
    [
        ("2026-10-15", datetime(2026, 9, 1, tzinfo=UTC), date(2026, 10, 15)),
        ("2026-10-20", datetime(2026, 9, 1, tzinfo=UTC), date(2026, 10, 13)),
        ("", datetime(2026, 10, 13, 23, 30, tzinfo=UTC), date(2026, 10, 14)),  # it is the 14th in London
        ("nonsense", datetime(2027, 1, 1, tzinfo=UTC), date(2026, 10, 16)),
    ],
)
def test_the_day_that_is_shown(app: Flask, asked: str, now: datetime, on: date) -> None:
    assert day_of(events.event(), asked, now) == on


def test_run_of_show_is_one_page_on_a_phone(signed_in: SignIn, count_queries: Callable[[], int]) -> None:
    """Now and next, who meets whom in both zones, check-in one press away; as many queries for thirty as for one."""
    with clock.fixed_at(make_executives.BEFORE):
        event, grace = events.event(), make_executives.executive()
        jack = events.accepted(
            event, "Jack", person=events.enrolled(event, "Jack", zone="Australia/Sydney")
        ).person
        make_executives.accept(make_executives.request(make_executives.slot(grace, event), jack))
        events.session(event, "Keynote")
    tokyo = accounts.user(name="Yuki", role=Role.COORDINATOR)
    with transaction():
        db.session.merge(tokyo).zone = "Asia/Tokyo"
    yuki, path = signed_in(tokyo), f"/events/{event.id}/run"
    with clock.fixed_at(datetime(2026, 10, 14, 8, 10, tzinfo=UTC)):
        page = yuki.get(path).text
        for words in (
            "Keynote",
            "17:00 Tokyo",
            "10:30 London",
            "20:30 Sydney",
            "Grace and Jack",
            path.replace("/run", "/door"),
        ):
            assert words in page, words
        count_queries()
        yuki.get(path)
        with_one = count_queries()
        for n in range(29):
            events.session(event, f"Session {n}")
        yuki.get(path)
        count_queries()
        yuki.get(path)
        assert count_queries() == with_one


def test_the_month_shows_what_others_hold(signed_in: SignIn) -> None:
    events.event()
    industry.show()
    page = signed_in(Role.COORDINATOR).get("/events/?view=month&month=2026-10").text
    assert page.count("World Forum") == 3  # two days, and once in the list for phones
    assert "World Forum" not in signed_in(Role.COORDINATOR).get("/events/?view=month&month=2026-12").text
    for month in ("0001-01", "9999-12", "2100-12", "1990-01"):
        assert signed_in(Role.COORDINATOR).get(f"/events/?view=month&month={month}").status_code == 200, month
