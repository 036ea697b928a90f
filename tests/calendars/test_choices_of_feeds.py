"""The feed of those who run an event, feeds without what is cancelled, and who is told of what is left out (C1, R3)."""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import icalendar
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.calendars import exports, operations, policies, queries
from app.calendars.models import Feed, FeedKind
from app.calendars.operations import NewFeed
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.events import operations as events
from app.events.models import Session
from app.notices.models import Notice
from tests.conftest import fresh
from tests.factories import accounts, calendars
from tests.factories import api as make_api
from tests.factories.calendars import Show

At = Callable[[datetime], AbstractContextManager[None]]
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def show(app: Flask, at: At) -> Show:
    made = calendars.show()
    with transaction():
        db.session.merge(made.stay).room = "Room 1204, late arrival"
    return made


def text_of(kind: FeedKind, target_id: int | None, by: User) -> str:
    content = exports.render(queries.calendar_of(kind, target_id, fresh(by))).content
    return content.decode().replace("\r\n ", "")


def text_at(client: FlaskClient, made: NewFeed) -> str:
    answer = client.get(f"/calendar/{made.secret}.ics")
    assert answer.status_code == 200
    return answer.text.replace("\r\n ", "")


# -- those who run an event --------------------------------------------------------------------------


def test_only_the_feed_of_those_who_run_it_has_booking_codes_and_rooms(show: Show, at: At) -> None:
    """Facts, calendar, 3: the coordinator's feed has more; a person's has no code, phone, room or price; diets nobody's."""
    secrets = ("QK7ZPD", "Room 1204", "+44 20 7946 0018", "5038")
    with at(calendars.NOW):
        texts = {
            "team": text_of(FeedKind.COORDINATOR, show.event.id, show.ruth),
            "event": text_of(FeedKind.EVENT, show.event.id, show.ruth),
            "person": exports.render(queries.calendar_of_person(fresh(show.jack)))
            .content.decode()
            .replace("\r\n ", ""),
        }
    found = {name: [secret for secret in secrets if secret in text] for name, text in texts.items()}
    assert found == {"team": list(secrets[:3]), "event": [secrets[2]], "person": []}
    assert sorted(re.findall("UID:(.*?)\r", texts["team"])) == sorted(
        re.findall("UID:(.*?)\r", texts["event"])
    )


@pytest.mark.parametrize("role", [Role.RELATIONS, Role.ASSISTANT, Role.PARTNER, Role.AUDITOR, Role.ADMIN])
def test_it_is_for_those_who_arrange_travel(show: Show, role: Role) -> None:
    with pytest.raises(NotFound):
        queries.calendar_of(FeedKind.COORDINATOR, show.event.id, accounts.user(role=role))


def test_it_ends_a_week_after_the_event_and_the_others_go_on(
    show: Show, at: At, client: FlaskClient, signed_in: SignIn
) -> None:
    with at(calendars.NOW):
        team = calendars.feed(FeedKind.COORDINATOR, show.event.id, show.ruth)
        own = calendars.feed(FeedKind.EVENT, show.event.id, show.ruth)
    over = show.event.ends_at + policies.RUNS_ON
    for when, status in ((over, 200), (over + timedelta(seconds=1), 404)):
        with at(when):
            assert client.get(f"/calendar/{team.secret}.ics").status_code == status
            assert client.get(f"/calendar/{own.secret}.ics").status_code == 200
    with at(over + timedelta(days=1)):
        browser = signed_in(fresh(show.ruth))
        assert "Its address leads nowhere now" in browser.get(f"/calendars/{team.feed.id}").text
        assert f"coordinator:{show.event.id}" not in browser.get("/calendars/new").text


# -- what is cancelled -------------------------------------------------------------------------------


def test_a_feed_drops_what_is_cancelled_when_its_reader_wants_so(
    show: Show, client: FlaskClient, signed_in: SignIn
) -> None:
    made = calendars.feed(FeedKind.EVENT, show.event.id, show.ruth)
    with transaction():
        events.cancel_session(db.session.merge(show.keynote), "Ill", by=db.session.merge(show.ruth))
    assert "SUMMARY:Cancelled: Opening keynote" in text_at(client, made)
    page = f"/calendars/{made.feed.id}"
    browser = signed_in(fresh(show.ruth))
    assert browser.post(f"{page}/cancelled", data={}).status_code == 303
    without = text_at(client, made)
    assert ("Opening keynote" in without, "Rehearsal" in without) == (False, True)
    assert fresh(show.rehearsal).sequence == 0
    with transaction():
        again = operations.rotate_feed(db.session.get_one(Feed, made.feed.id), by=db.session.merge(show.ruth))
    assert "Opening keynote" not in text_at(client, again)
    browser.post(f"/calendars/{again.feed.id}/cancelled", data={"has_cancelled": "y"})
    assert "SUMMARY:Cancelled: Opening keynote" in text_at(client, again)
    stranger = signed_in(Role.RELATIONS)
    assert stranger.post(f"/calendars/{again.feed.id}/cancelled", data={}).status_code == 404


def test_the_choice_is_made_when_one_subscribes(show: Show, signed_in: SignIn) -> None:
    browser = signed_in(fresh(show.ruth))
    browser.post("/calendars/new", data={"target": f"event:{show.event.id}"})
    browser.post("/calendars/new", data={"target": "my_work", "has_cancelled": "y"})
    assert [one.has_cancelled for one in db.session.scalars(sa.select(Feed).order_by(Feed.id))] == [
        False,
        True,
    ]


# -- what is left out --------------------------------------------------------------------------------


def broken(show: Show, *, hours: int = -1) -> None:
    """A session that ends before it begins: no screen makes one, but a table can hold it."""
    with transaction():
        db.session.execute(
            sa.update(Session)
            .where(Session.id == show.keynote.id)
            .values(ends_at=show.keynote.starts_at + timedelta(hours=hours)),
            execution_options={"audited": True},
        )


def notices() -> list[tuple[str, str, int | None]]:
    wanted = sa.select(Notice).where(Notice.message.like("Left out%")).order_by(Notice.id)
    return [(one.message, one.source_kind, one.user_id) for one in db.session.scalars(wanted)]


def test_one_impossible_record_costs_nobody_the_rest_and_is_told_once(
    show: Show, client: FlaskClient
) -> None:
    made = calendars.feed(FeedKind.EVENT, show.event.id, show.ruth)
    mine = calendars.feed(FeedKind.MY_WORK, None, show.ruth)
    ruth_id = show.ruth.id
    broken(show)
    for _round in range(2):
        text = text_at(client, made)
        assert ("Opening keynote" in text, "Rehearsal" in text) == (False, True)
    said = (
        "Left out of calendars, because none can show it: Opening keynote: The end is not after the start. "
        "Put it right, and it is in again."
    )
    assert notices() == [(said, "events", ruth_id)]
    text_at(client, mine)
    assert notices() == [(said, "events", ruth_id), (said, "calendars", ruth_id)]
    broken(show, hours=1)
    assert "Opening keynote" in text_at(client, made)
    assert fresh(made.feed).left_out == ""
    broken(show)
    text_at(client, made)
    assert len(notices()) == 2  # still open, so not said twice


def test_it_stands_on_the_page_of_the_feed(show: Show, signed_in: SignIn) -> None:
    made = calendars.feed(FeedKind.EVENT, show.event.id, show.ruth)
    broken(show)
    page = signed_in(fresh(show.ruth)).get(f"/calendars/{made.feed.id}").text
    assert "Opening keynote: The end is not after the start." in page


# -- jCal --------------------------------------------------------------------------------------------


def test_jcal_has_the_items_of_the_feed_for_the_same_reader(show: Show, client: FlaskClient) -> None:
    """RFC 7265: the same items, the same values, the reader's rights; read back it is the feed."""
    for path, kind, id in (
        (f"/events/{show.event.id}/calendar", FeedKind.EVENT, show.event.id), ("/calendar", FeedKind.MY_WORK, None),
        (f"/people/{show.jack.id}/calendar", FeedKind.PERSON, show.jack.id),
    ):  # fmt: skip
        for who in (show.ruth, accounts.user(name="Mei")):
            answer = client.get(f"/api/v1{path}", headers=make_api.headers(who))
            assert (answer.status_code, answer.content_type) == (200, "application/calendar+json")
            feed = icalendar.Calendar.from_ical(
                exports.render(queries.calendar_of(kind, id, fresh(who))).content
            )
            read = icalendar.Calendar.from_jcal(answer.text)
            assert _lines(read) == _lines(feed)
            name, properties, _components = json.loads(answer.text)
            assert (name, ["refresh-interval", {}, "duration", "PT1H"] in properties) == ("vcalendar", True)
    assert client.get(f"/api/v1/events/{show.event.id}/calendar").status_code == 401


def _lines(calendar: icalendar.Calendar) -> list[str]:
    """The content lines; a type jCal names by itself (RFC 7265, 5.1) is no parameter."""
    text = calendar.to_ical().decode().replace("\r\n ", "").replace(";VALUE=DURATION", "")
    return sorted(text.split("\r\n"))
