"""Until when a phone may keep the page of a door, and what that page may do."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.events.models import Event
from app.events.policies_day import kept_until
from tests.factories import events as make

At = Callable[[datetime], AbstractContextManager[None]]


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        ("Europe/London", "2026-10-14T07:30", "2026-10-15T03:00"),  # in summer time
        (
            "Europe/London",
            "2026-10-15T01:30",
            "2026-10-15T03:00",
        ),  # past midnight it is still the evening before
        ("Europe/London", "2026-10-15T03:00", "2026-10-16T03:00"),
        ("Europe/London", "2026-10-24T12:00", "2026-10-25T04:00"),  # the clocks go back in this night
        ("Asia/Kathmandu", "2026-10-14T20:00", "2026-10-14T22:15"),
        ("Pacific/Kiritimati", "2026-10-14T13:59", "2026-10-14T14:00"),
        ("Antarctica/Troll", "2026-03-28T12:00", "2026-03-29T02:00"),
    ],
)
def test_a_day_at_a_door_ends_at_four_by_the_clock_of_the_venue(zone: str, now: str, until: str) -> None:
    at, ends = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, until))
    assert kept_until(Event(zone=zone), at) == ends


def test_only_the_whole_list_is_kept_and_only_this_page_has_a_worker(
    app: Flask, signed_in: Callable[..., FlaskClient], at: At
) -> None:
    with at(datetime(2026, 10, 14, 7, 30, tzinfo=UTC)):
        event, ruth = make.event(), signed_in(make.ruth())
        door = ruth.get(f"/events/{event.id}/door").headers
        assert door["X-Kept-Until"] == str(int(datetime(2026, 10, 15, 3, tzinfo=UTC).timestamp() * 1000))
        assert ("worker-src 'self'" in door["Content-Security-Policy"], door["Cache-Control"]) == (
            True,
            "no-store",
        )
        assert "X-Kept-Until" not in ruth.get(f"/events/{event.id}/door?q=Amal").headers
        assert "worker-src 'none'" in ruth.get(f"/events/{event.id}/seats").headers["Content-Security-Policy"]
        script = ruth.get("/events/door-worker.js")
        assert (script.status_code, script.mimetype) == (200, "text/javascript")
        refused = signed_in(Role.ASSISTANT).get(f"/events/{event.id}/door")
        assert (refused.status_code, "X-Kept-Until" in refused.headers) == (403, False)
