"""J3, items 1 to 3: three departments want Jack within nine days; one thread, one hard stop, one owner who decides."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, User
from app.core import clock
from app.core.db import db
from app.notices.models import Notice
from app.outreach import operations, queries, queries_stops
from app.outreach.models import Collision, CollisionState, Touch
from app.people.models import Person
from tests.factories import outreach, people
from tests.journeys.walking import Walker

At = Callable[[datetime], AbstractContextManager[None]]


def september(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 9, day, hour, tzinfo=UTC)


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


@pytest.fixture
def jack(users: dict[str, User]) -> Person:
    with clock.fixed_at(september(1)):
        outreach.rule(2, 14, 1)
        return people.person("Jack", owner=users["Mei"], email="jack@experts.example")


def log(walker: Walker, to: Person, subject: str, **more: object) -> None:
    walker.fill(f"/outreach/touches/new?person={to.id}", subject=subject, **more)


@pytest.fixture
def asked(users: dict[str, User], jack: Person, signed_in: Callable[..., FlaskClient], at: At) -> int:
    """3 September: Mei's interview ask; its number."""
    with at(september(3)):
        mei = Walker(signed_in(users["Mei"]))
        log(mei, jack, "Interview", summary="Would you talk to us?", channel="mail", is_ask="y")
        return mei.number()


def test_mei_asks_first(users: dict[str, User], jack: Person, asked: int, at: At) -> None:
    """J3.1: touch 1 of 2 in 14 days, open ask 1."""
    with at(september(4)):
        db.session.rollback()
        facts = queries.contact_facts([jack.id], queries.limit_in_force(clock.now()), clock.now())[jack.id]
        assert ([one.id for one in facts.recent], [one.id for one in facts.open_asks]) == ([asked], [asked])
        assert queries.count_open_asks(users["Mei"]) == 1


def test_tom_is_stopped_softly_and_joins(
    users: dict[str, User], jack: Person, asked: int, signed_in: Callable[..., FlaskClient], at: At
) -> None:
    """J3.2: he reads Mei's words and her name, and the three choices; joined, it is one thread with both names."""
    with at(september(9)):
        tom = Walker(signed_in(users["Tom"]))
        log(tom, jack, "A short clip?", channel="direct_message", is_ask="y")
        stop = tom.number()
        page = tom.follow()
        assert "would be touch 2 of 2; Mei&#39;s ask is open." in page
        assert "Would you talk to us?" in page
        assert "What Mei said" in page
        for choice in ("Join their thread", "Wait until 17 Sep 2026", "Ask Mei"):
            assert choice in page
        assert "Release" not in page
        tom.press(f"/outreach/stops/{stop}", "join")
        tom.follow()
    db.session.rollback()
    touches = db.session.scalars(sa.select(Touch).order_by(Touch.id)).all()
    assert [(one.user.name, one.joined_id, one.is_ask) for one in touches] == [
        ("Mei", None, True),
        ("Tom", asked, False),
    ]
    with at(september(10)):
        walker = Walker(signed_in(users["Mei"]))
        for path in (f"/outreach/person/{jack.id}", f"/people/{jack.id}/timeline", "/outreach/"):
            assert walker.open(path).count("one thread: Mei, Tom") >= 2, path
        assert "One conversation, 2 names on it" in walker.open(f"/outreach/{asked}")


def test_waiting_brings_a_notice_on_the_day(
    users: dict[str, User], jack: Person, asked: int, signed_in: Callable[..., FlaskClient], at: At
) -> None:
    """J3.2, the other way: he waits until 17 September, and is told on that day, once."""
    with at(september(9)):
        tom = Walker(signed_in(users["Tom"]))
        log(tom, jack, "A short clip?", channel="direct_message")
        stop = tom.number()
        tom.press(f"/outreach/stops/{stop}", "wait")
    for day, hour, n_told in ((16, 23, 0), (17, 8, 0), (17, 9, 1), (18, 9, 0)):
        with at(september(day, hour)):
            db.session.rollback()
            assert operations.remind_waiting() == n_told, (day, hour)
    notice = db.session.scalars(sa.select(Notice).where(Notice.user_id == users["Tom"].id)).one()
    assert notice.made_at == september(17)
    assert notice.message.startswith("The window is free: Jack may hear “A short clip?” now.")
    with at(september(17, 10)):
        tom = Walker(signed_in(users["Tom"]))
        tom.press(f"/outreach/stops/{stop}", "again")  # the ask is still open, so it is soft again
        assert f"/outreach/stops/{stop}" in tom.at.location  # type: ignore[union-attr]
        Walker(signed_in(users["Mei"])).fill(f"/outreach/{asked}/answer", answer="Yes, on Friday")
        tom.press(f"/outreach/stops/{stop}", "again")
    db.session.rollback()
    row = db.session.get_one(Collision, stop)
    assert (row.state, row.touch_id is not None) == (CollisionState.MADE, True)


def test_product_pr_is_stopped_hard_and_only_the_owner_releases(
    users: dict[str, User], jack: Person, asked: int, signed_in: Callable[..., FlaskClient], at: At
) -> None:
    """J3.3: 3 of 2; neither Pia nor Tom, only Mei, only with a reason; both departments stand in the log."""
    with at(september(9)):
        tom = Walker(signed_in(users["Tom"]))
        log(tom, jack, "A short clip?", channel="direct_message")
        tom.press(f"/outreach/stops/{tom.number()}", "join")
    with at(september(11)):
        pia = Walker(signed_in(users["Pia"]))
        log(pia, jack, "Product news", channel="mail")
        stop = pia.number()
        page = pia.follow()
        assert (
            "This would be touch 3 of 2; Tom&#39;s message was the last. Only the owner releases it, with a reason."
            in page
        )
        assert "Join their thread" not in page
        assert "Ask Mei" in page
        pia.press(f"/outreach/stops/{stop}", "ask-owner")
        for name in ("Pia", "Tom"):
            browser = signed_in(users[name])
            assert "Release or refuse" not in Walker(browser).open(f"/outreach/stops/{stop}")
            token = {"reason": "I want to", "csrf_token": _token(browser, f"/outreach/stops/{stop}")}
            answer = browser.post(f"/outreach/stops/{stop}/decide", data=token)
            assert answer.status_code == 422
            assert "Only Mei" in answer.get_data(as_text=True)
        mei = Walker(signed_in(users["Mei"]))
        mei.fill(f"/outreach/stops/{stop}", action="decide", status=422, reason="")
        mei.fill(f"/outreach/stops/{stop}", action="decide", reason="He asked for it")
        page = mei.open(f"/outreach/stops/{stop}")
        for words in ("Product PR", "Social media", "Mei, Analyst relations", "He asked for it"):
            assert words in page
    db.session.rollback()
    row = db.session.get_one(Collision, stop)
    assert (row.state, row.department.name, row.other and row.other.department.name) == (
        CollisionState.RELEASED, "Product PR", "Social media",
    )  # fmt: skip
    audited = db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.subject_kind == "collision").order_by(AuditEvent.id)
    ).all()
    assert audited[-3:] == ["outreach.contact_stopped", "outreach.owner_asked", "outreach.collision_released"]
    told = set(db.session.scalars(sa.select(Notice.user_id).where(Notice.message.like("Mei released%"))))
    assert told == {users["Pia"].id, users["Tom"].id}
    assert queries_stops.count_collisions() == queries_stops.CollisionCount(2, 1)


def _token(browser: FlaskClient, path: str) -> str:
    page = browser.get(path).get_data(as_text=True)
    return page.split('name="csrf_token" value="')[1].split('"')[0]
