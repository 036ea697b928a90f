"""Where no subject was kept of a message, notices quote what stands for it in the language of whoever is told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale

from app.accounts.models import User
from app.core import clock
from app.core.db import db, transaction
from app.notices.models import Notice
from app.outreach import operations, operations_reminders
from app.outreach.details import TouchDetails
from app.outreach.models import Collision, Touch, TouchChannel
from app.outreach.operations_inbox import _tell
from app.people.models import Person
from tests.factories import outreach, people

#: Stored in English, whoever writes (`policies_inbox.bare_subject`).
BARE = "Mail to Jack"


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    """Mei and Tom read French, the others English."""
    found = outreach.cast()
    with transaction():
        for name in ("Mei", "Tom"):
            db.session.merge(found[name]).locale = "fr"
    return found


def _stopped(jack: Person, by: User) -> Collision:
    details = TouchDetails(person_id=jack.id, channel=TouchChannel.MAIL, subject=BARE, is_ask=True)
    with transaction():
        made = operations.try_touch(details, by=db.session.merge(by))
    assert isinstance(made, Collision)
    return made


def _joined(jack: Person, users: dict[str, User]) -> None:
    ask = outreach.touch(jack, users["Mei"], subject=BARE, is_ask=True)
    outreach.touch(jack, users["Pia"], join=ask)


def _asked(jack: Person, users: dict[str, User]) -> None:
    outreach.touch(jack, users["Pia"], is_ask=True)
    stop = _stopped(jack, users["Tom"])
    with transaction():
        operations.ask_owner(db.session.merge(stop), by=users["Tom"])


def _decided(decide: Callable[..., Any]) -> Callable[[Person, dict[str, User]], None]:
    def act(jack: Person, users: dict[str, User]) -> None:
        outreach.touch(jack, users["Pia"], is_ask=True)
        stop = _stopped(jack, users["Tom"])
        with transaction():
            decide(db.session.merge(stop), "Parce que", by=db.session.merge(users["Mei"]))

    return act


def _free_again(jack: Person, users: dict[str, User]) -> None:
    outreach.touch(jack, users["Pia"], is_ask=True)
    stop = _stopped(jack, users["Tom"])
    with transaction():
        operations.wait_for_window(db.session.merge(stop), by=users["Tom"])
    with clock.fixed_at(clock.now() + timedelta(days=60)):
        assert operations_reminders.remind_waiting() == 1


def _answered(jack: Person, users: dict[str, User]) -> None:
    ask = outreach.touch(jack, users["Mei"], subject=BARE, is_ask=True)
    answer = outreach.touch(jack, users["Mei"], is_inbound=True)
    with transaction():
        _tell(*(db.session.get_one(Touch, one.id) for one in (answer, ask)), db.session.merge(jack))


@pytest.mark.parametrize(
    ("act", "reader"),
    [
        (_joined, "Mei"), (_asked, "Mei"), (_decided(operations.release_collision), "Tom"),
        (_decided(operations.refuse_collision), "Tom"), (_free_again, "Tom"), (_answered, "Mei"),
    ],
    ids=["joined", "asked", "released", "refused", "free again", "answered"],
)  # fmt: skip
def test_a_notice_quotes_it_in_the_language_of_whoever_is_told(
    users: dict[str, User], act: Callable[..., None], reader: str
) -> None:
    with clock.fixed_at(clock.now() - timedelta(days=30)):
        jack = people.person("Jack", owner=users["Mei"], email="jack@experts.example")
    act(jack, users)
    wanted = sa.select(Notice.message).where(Notice.user_id == users[reader].id)
    told = [one for one in db.session.scalars(wanted) if "Jack" in one]
    assert told
    assert [("Courriel à Jack" in one, "Mail to" in one) for one in told] == [(True, False)] * len(told)


def test_the_guard_quotes_it_in_the_language_of_whoever_is_stopped(
    app: Flask, users: dict[str, User]
) -> None:
    with clock.fixed_at(clock.now() - timedelta(days=30)):
        jack = people.person("Jack", owner=users["Mei"], email="jack@experts.example")
    outreach.touch(jack, users["Pia"], subject=BARE, is_ask=True)
    with app.test_request_context(), force_locale("fr"):
        reason = _stopped(jack, users["Tom"]).reason
    assert ("Courriel à Jack" in reason, BARE in reason) == (True, False)
