"""What else is on when something is planned or moved: shown with who is concerned, forbidding nothing."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.db import db
from app.events import clashes, layers
from app.events.clashes import Plan, find_clashes
from app.events.layers import Entry, Layer
from app.events.models import Event
from app.events.plans import plan_of_event
from app.executives.plans import clashes_of_meeting
from tests.conftest import fresh
from tests.factories import api, events, handovers, industry, people, programs
from tests.factories import executives as make_executives

SignIn = Callable[..., FlaskClient]
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(app: Flask) -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def found(plan: Plan) -> list[tuple[str, str, str, list[str]]]:
    """What a plan meets, for the system: layer, title, why, whom it concerns."""
    return [
        (one.entry.layer, one.entry.title, one.why, [who.name for who in one.who])
        for one in find_clashes(plan, None)
    ]


def gathering(**changes: Any) -> Plan:
    """An event in London, 14 October 09:00 to 17:00, for analysts."""
    values: dict[str, Any] = {
        "starts_at": datetime(2026, 10, 14, 8, 0, tzinfo=UTC), "ends_at": datetime(2026, 10, 14, 16, 0, tzinfo=UTC),
        "zone": "Europe/London", "country": "GB", "audiences": frozenset({"analyst"}), "is_gathering": True,
    } | changes  # fmt: skip
    return Plan(**values)


@pytest.mark.parametrize(
    ("show", "plan", "why"),
    [
        ({}, {}, "On the same days, in the same country and for analysts too"),
        ({"audiences": ()}, {}, "On the same days, in the same country"),
        ({"country": "FR"}, {}, "On the same days, for analysts too"),
        ({"country": "FR", "audiences": ("all",)}, {}, "On the same days, for analysts too"),
        (
            {"country": "FR", "audiences": ("all",)},
            {"audiences": frozenset({"all"})},
            "On the same days, for everybody too",
        ),
        (
            {"country": "FR", "audiences": ("press",)},
            {"audiences": frozenset({"all"})},
            "On the same days, for the press too",
        ),
        ({"country": "FR", "audiences": ("press",)}, {}, ""),
        ({"country": "FR", "audiences": ("staff",)}, {"audiences": frozenset({"all", "staff"})}, ""),
        ({"country": "FR", "audiences": ()}, {}, ""),
        ({"country": None, "audiences": ()}, {"country": ""}, ""),
        ({"from_on": "2026-10-15", "to_on": "2026-10-16"}, {}, ""),
        (
            {"from_on": "2026-10-10", "to_on": "2026-10-14"},
            {},
            "On the same days, in the same country and for analysts too",
        ),
        # The day is the one on the calendar where each is: Tokyo's 15 October begins on the 14th in London.
        ({"zone": "Asia/Tokyo", "from_on": "2026-10-15", "to_on": "2026-10-15"}, {}, ""),
    ],
)
def test_other_shows_on_the_same_days(show: dict[str, Any], plan: dict[str, Any], why: str) -> None:
    industry.show(**show)
    assert [one.why for one in find_clashes(gathering(**plan), None)] == ([why] if why else [])


def test_a_show_that_is_off_warns_nobody() -> None:
    entry = Entry(
        layer=Layer.SHOWS,
        id=1,
        title="x",
        starts_at=NOW,
        ends_at=NOW,
        zone="UTC",
        country="GB",
        is_cancelled=True,
    )
    assert clashes.judge(gathering(starts_at=NOW, ends_at=NOW + timedelta(hours=1)), entry) is None


def test_own_events_with_those_who_are_expected_at_both() -> None:
    event = events.event()
    jack = events.invited(event, "Jack").person
    other = events.event("Analyst day", under=event.program, starts_at=datetime(2026, 10, 14, 8, tzinfo=UTC))
    events.draft(other, "Sara")
    concerned = gathering(person_ids=frozenset({jack.id}))
    assert found(concerned)[0] == ("events", "Connect London", "Our own event at the same time", ["Jack"])
    # A window of somebody who comes to neither meets no event.
    assert found(gathering(is_gathering=False, person_ids=frozenset({9999}))) == []
    assert [one[1] for one in found(plan_of_event(fresh(event)))] == ["Analyst day"]


def test_blocks_of_the_invited_are_told_to_those_who_may_see_them() -> None:
    """R3: whoever may not see the person is not told; a block without a title has none to tell."""
    event = events.event()
    invitation = events.invited(event, "Jack")
    industry.block(invitation.person, title="")
    [clash] = find_clashes(plan_of_event(fresh(event)), events.ruth())
    assert (clash.entry.title, clash.why, [who.name for who in clash.who]) == ("", "Not free then", ["Jack"])
    partner = handovers.partner(handovers.agency())
    assert find_clashes(plan_of_event(event), partner) == []
    outside = gathering(
        person_ids=frozenset({invitation.person_id}), starts_at=datetime(2026, 10, 14, 16, tzinfo=UTC),
        ends_at=datetime(2026, 10, 14, 17, tzinfo=UTC), country="", audiences=frozenset(), is_gathering=False,
        event_id=event.id,
    )  # fmt: skip
    assert found(outside) == []  # it ended when the other begins


def test_public_holidays_of_the_country() -> None:
    plan = gathering(
        starts_at=datetime(2026, 12, 24, 9, tzinfo=UTC), ends_at=datetime(2026, 12, 25, 17, tzinfo=UTC)
    )
    assert found(plan) == [("holidays", "Christmas Day", "Public holiday in United Kingdom", [])]


def test_executives_meetings_and_windows() -> None:
    """X1: a meeting elsewhere is shown for a window of the same executive, not for one of another."""
    event = events.event()
    other = events.event("Analyst day", under=event.program)
    grace = make_executives.executive()
    jack = events.accepted(event, "Jack").person
    make_executives.accept(make_executives.request(make_executives.slot(grace, event), jack))
    at = {
        "starts_at": make_executives.HALF_PAST_TEN,
        "ends_at": make_executives.HALF_PAST_TEN + timedelta(minutes=30),
    }
    window = gathering(
        is_gathering=False, executive_id=grace.id, event_id=other.id, country="", audiences=frozenset(), **at
    )
    assert found(window) == [
        ("meetings", "Grace and Jack", "A meeting with an executive at the same time", ["Grace"])
    ]
    assert (
        found(gathering(is_gathering=False, executive_id=grace.id + 1, event_id=other.id, country="", **at))
        == []
    )
    assert [one[0] for one in found(plan_of_event(fresh(other)))] == ["events", "meetings"]
    assert [one[0] for one in found(plan_of_event(fresh(event)))] == [
        "events"
    ]  # its own meetings are no clash


def test_a_meeting_meets_the_block_of_its_person() -> None:
    event, grace = events.event(), make_executives.executive()
    jack = events.accepted(event, "Jack").person
    meeting = make_executives.accept(make_executives.request(make_executives.slot(grace, event), jack))
    industry.block(jack)
    [clash] = clashes_of_meeting(fresh(meeting), events.ruth())
    assert (clash.entry.title, clash.why) == ("On leave", "Not free then")


def test_the_number_of_queries_does_not_grow(count_queries: Callable[[], int]) -> None:
    event = events.event()
    jack = events.invited(event, "Jack").person
    industry.show()
    industry.block(jack)
    plan, ruth = plan_of_event(fresh(event)), events.ruth()
    count_queries()
    find_clashes(plan, ruth)
    with_one = count_queries()
    for n in range(29):
        industry.show(f"Forum {n}")
        industry.block(jack)
    count_queries()
    assert len(find_clashes(plan, ruth)) == 60
    assert count_queries() == with_one


# -- on the form, before anything is saved -----------------------------------------------------------


def typed(program_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "program_id": str(program_id), "name": "Analyst day", "place": "ExCeL", "city": "London", "country": "GB",
        "zone": "Europe/London", "starts_at": "2026-10-14T09:00", "ends_at": "2026-10-14T17:00", "capacity": "12",
        "audiences": ["analyst"],
    } | changes  # fmt: skip


def seen_in(page: str) -> str:
    return page.split('name="clashes_seen" value="')[1].split('"')[0]


def test_a_new_event_shows_what_is_on_before_it_is_saved_and_then_forbids_nothing(signed_in: SignIn) -> None:
    industry.show()
    ruth, data = signed_in(Role.COORDINATOR), typed(programs.program().id)
    first = ruth.post("/events/new", data=data)
    assert (first.status_code, "World Forum" in first.text, "Plan it all the same" in first.text) == (
        422,
        True,
        True,
    )
    assert db.session.scalars(sa.select(Event)).all() == []
    industry.show("Another forum")
    # What has come up since is shown as well.
    second = ruth.post("/events/new", data=data | {"clashes_seen": seen_in(first.text)})
    assert (second.status_code, "Another forum" in second.text) == (422, True)
    third = ruth.post("/events/new", data=data | {"clashes_seen": seen_in(second.text)})
    [event] = db.session.scalars(sa.select(Event))
    assert third.location == f"/events/{event.id}"
    page = ruth.get(third.location).text
    assert ("2 things are on at the same time" in page, "Another forum" in page) == (True, True)


def test_editing_asks_only_when_something_moves(signed_in: SignIn) -> None:
    industry.show()
    ruth, program = signed_in(Role.COORDINATOR), programs.program()
    event = events.event(
        "Analyst day", under=program, starts_at=datetime(2026, 10, 14, 8, tzinfo=UTC),
        ends_at=datetime(2026, 10, 14, 16, tzinfo=UTC), audiences=("analyst",),
    )  # fmt: skip
    data = typed(program.id, version="1")
    assert ruth.post(f"/events/{event.id}/edit", data=data | {"capacity": "14"}).status_code == 303
    moved = ruth.post(
        f"/events/{event.id}/edit", data=data | {"starts_at": "2026-10-14T10:00", "version": "2"}
    )
    assert (moved.status_code, fresh(event).capacity, event.sequence) == (422, 14, 0)


def test_a_window_shows_what_is_on_before_it_is_published(signed_in: SignIn) -> None:
    event = events.event()
    industry.show()
    grace, daniel = make_executives.executive(), signed_in(make_executives.daniel())
    data = {
        "event_id": str(event.id), "zone": "Europe/London", "starts_at": "2026-10-14T10:00", "ends_at": "2026-10-14T11:00",
        "n_minutes": "30", "n_break_minutes": "0", "place": "",
    }  # fmt: skip
    first = daniel.post(f"/executives/{grace.id}/slots/new", data=data)
    assert (first.status_code, "World Forum" in first.text) == (422, True)
    again = daniel.post(
        f"/executives/{grace.id}/slots/new", data=data | {"clashes_seen": seen_in(first.text)}
    )
    assert again.status_code == 303


def test_the_interface_gives_the_same_answer(client: FlaskClient) -> None:
    event = events.event()
    industry.show()
    answer = client.get(f"/api/v1/events/{event.id}/clashes", headers=api.headers(events.ruth()))
    assert answer.status_code == 200
    [row] = answer.get_json()["items"]
    assert (row["layer"], row["title"], row["why"]) == (
        "shows",
        "World Forum",
        "On the same days, in the same country",
    )


def test_every_layer_is_offered_by_a_room(app: Flask) -> None:
    assert set(layers._FINDERS) == set(Layer)


def test_somebody_away_is_named_on_their_tab_only_to_those_who_may_read_it(signed_in: SignIn) -> None:
    jack = people.person("Jack")
    industry.block(jack)
    assert "On leave" in signed_in(Role.ASSISTANT).get(f"/calendars/people/{jack.id}").text
    assert signed_in(Role.PARTNER).get(f"/calendars/people/{jack.id}").status_code == 403
