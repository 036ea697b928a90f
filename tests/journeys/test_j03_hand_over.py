"""J3.4 and J3.5: Mei leaves; the wizard lists what she holds, Omar takes over from 1 November, 36 of 38 letters leave."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.core.models import MailState, OutboxMail
from app.outreach import operations as outreach
from app.outreach import queries as reading_outreach
from app.outreach.details import TouchDetails
from app.outreach.models import Collision, CollisionState, Letter, TouchChannel
from app.people import operations as people_operations
from app.people import queries as people
from app.people.models import OwnerRole, Ownership, Person
from tests.conftest import fresh
from tests.factories import accounts, handovers
from tests.factories import outreach as make_outreach
from tests.factories import people as make_people
from tests.journeys.walking import Walker, form_on, values_in

At = Callable[[datetime], AbstractContextManager[None]]
Sign = Callable[..., FlaskClient]

MET = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = datetime(2026, 10, 12, 9, tzinfo=UTC)
FIRST_NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
N_PEOPLE = 38


@pytest.fixture
def desk(app: object, at: At) -> dict[str, User]:
    """Mei with 38 people, 5 open asks, 2 contacts that wait for her word; Omar and Tom; the letter in two languages."""
    cast = make_outreach.cast() | {
        "Omar": accounts.user(name="Omar"),
        "Ada": accounts.user(role=Role.ADMIN, name="Ada"),
    }
    for language in ("en", "fr"):
        handovers.letter_text(language)
    with at(MET):
        guests = [
            make_people.person(
                f"Guest {number:02}", owner=cast["Mei"], email=f"guest{number:02}@voices.example",
                languages=("fr", "en") if number % 3 == 0 else ("en",),
            )
            for number in range(N_PEOPLE)
        ]  # fmt: skip
    with at(TODAY - timedelta(days=3)):
        for guest in guests[:5]:
            make_outreach.touch(guest, cast["Mei"], is_ask=True, subject=f"Interview with {guest.name}")
        for guest in guests[:2]:
            with transaction():
                details = TouchDetails(
                    person_id=guest.id, channel=TouchChannel.DIRECT_MESSAGE, subject="Podcast?"
                )
                stop = outreach.try_touch(details, by=db.session.merge(cast["Tom"]))
                assert isinstance(stop, Collision)
                outreach.ask_owner(stop, by=db.session.merge(cast["Tom"]))
    return cast


def plan(mei: Walker, omar: User) -> str:
    """The first two steps: choose Omar and the day; everything that would move."""
    first = mei.open("/handovers/new")
    assert "38 people, 5 open asks, 2 approvals" in first
    return mei.open(f"/handovers/plan?to_user={omar.id}&from_on=2026-11-01")


def confirm(mei: Walker, second: str) -> int:
    """Check, read the numbers once more, press the one button; the number of the hand-over."""
    sent = mei.browser.post("/handovers/check", data=values_in(form_on(second, set(), "/handovers/check")))
    third = sent.get_data(as_text=True)
    assert sent.status_code == 200
    assert "Hand over 38 people" in third
    assert "Omar</bdi>: 38 people" in third
    assert "38 letters are drafted" in third
    answer = mei.browser.post("/handovers/plan", data=values_in(form_on(third, set(), "/handovers/plan")))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    again = mei.browser.post("/handovers/plan", data=values_in(form_on(third, set(), "/handovers/plan")))
    assert again.location == answer.location, "a double click hands over once"
    return int(answer.location.rsplit("/", 1)[-1])


def test_mei_leaves(desk: dict[str, User], signed_in: Sign, at: At) -> None:
    """J3.5 with its exact numbers."""
    with at(TODAY):
        mei = Walker(signed_in(desk["Mei"]))
        second = plan(mei, desk["Omar"])
        assert second.count('name="heir-') == N_PEOPLE
        assert second.count("Interview with Guest") == 5
        assert second.count("Release or refuse") == 2
        number = confirm(mei, second)
        _send_36_of_38(mei, number)
        receipt = mei.open(f"/handovers/{number}")
        assert "0 wait, 2 discarded" in receipt
        assert (receipt.count("/outreach/outbox/"), receipt.count(">discarded<")) == (0, 2)
        assert "A letter has left" in receipt, "no undo any more"
    _require_an_owner_every_day(desk)
    _require_asks_and_approvals_moved(desk, signed_in, at)


def _send_36_of_38(mei: Walker, number: int) -> None:
    name = f"hand-over-{number}"
    assert "38 mails, 2 languages" in mei.open(f"/outreach/outbox/batch?name={name}")
    assert _all_held()
    letters = db.session.scalars(sa.select(Letter).where(Letter.batch == name).order_by(Letter.id)).all()
    mails = [letter.mail_id for letter in letters]
    for id in mails[:2]:
        mei.press(f"/outreach/outbox/{id}", f"/outreach/outbox/{id}/discard")
    for id in mails[2:]:
        page = mei.open(f"/outreach/outbox/{id}/edit")
        values = values_in(form_on(page, {"text"}, "/edit"))
        answer = mei.browser.post(
            f"/outreach/outbox/{id}/edit", data=values | {"text": f"{values['text']}\nA word from Mei."}
        )
        assert answer.status_code == 303
    mei.press(f"/outreach/outbox/batch?name={name}", "/outreach/outbox/batch")
    assert "36 mails sent." in mei.follow()
    states = db.session.scalars(sa.select(OutboxMail.state)).all()
    assert (states.count(MailState.NEW), states.count(MailState.DISCARDED)) == (36, 2)


def _all_held() -> bool:
    return set(db.session.scalars(sa.select(OutboxMail.state))) == {MailState.HELD}


def _require_an_owner_every_day(desk: dict[str, User]) -> None:
    """Every person has exactly one owner on every day, Mei until 31 October, Omar from 1 November."""
    persons = db.session.scalars(sa.select(Person)).all()
    assert len(persons) == N_PEOPLE
    rows = db.session.scalars(sa.select(Ownership).where(Ownership.role == OwnerRole.OWNER)).all()
    day = MET.date() + timedelta(days=1)
    while day < date(2026, 12, 31):
        instant = clock.start_of(day, "Europe/London")
        holding = [(row.person_id, row.user_id) for row in rows if row.holds_at(instant)]
        expected = desk["Mei"].id if day < date(2026, 11, 1) else desk["Omar"].id
        assert sorted(holding) == sorted((person.id, expected) for person in persons), day
        day += timedelta(days=1)


def _require_asks_and_approvals_moved(desk: dict[str, User], signed_in: Sign, at: At) -> None:
    for instant, mine, others in ((TODAY, "Mei", "Omar"), (FIRST_NOVEMBER, "Omar", "Mei")):
        with at(instant):
            assert reading_outreach.count_open_asks(None, of=fresh(desk[mine])) == 5
            assert reading_outreach.count_open_asks(None, of=fresh(desk[others])) == 0
    with at(FIRST_NOVEMBER + timedelta(hours=9)):
        stops = db.session.scalars(
            sa.select(Collision).where(Collision.state == CollisionState.OWNER_ASKED)
        ).all()
        assert len(stops) == 2
        mei = signed_in(desk["Mei"])
        page = mei.get(f"/outreach/stops/{stops[0].id}")
        assert "Omar" in page.get_data(as_text=True)
        Walker(signed_in(desk["Omar"])).fill(
            f"/outreach/stops/{stops[0].id}",
            action=f"/outreach/stops/{stops[0].id}/decide",
            reason="He asked for it.",
        )
        assert fresh(stops[0]).state is CollisionState.RELEASED
        assert fresh(stops[0]).decided_by_id == desk["Omar"].id
        ada = Walker(signed_in(desk["Ada"]))
        ada.press(
            f"/settings/users/{desk['Mei'].id}/deactivate", f"/settings/users/{desk['Mei'].id}/deactivate"
        )
        assert not fresh(desk["Mei"]).is_active


def test_deactivating_mei_leads_to_the_wizard(desk: dict[str, User], signed_in: Sign, at: At) -> None:
    """Deactivation is refused while she owns people; the wizard can close the login in the same step."""
    with at(TODAY):
        ada = Walker(signed_in(desk["Ada"]))
        path = f"/settings/users/{desk['Mei'].id}/deactivate"
        page = ada.open(path)
        assert "Mei still looks after 38 people" in page
        assert f"/handovers/new?from_user={desk['Mei'].id}" in page
        answer = ada.browser.post(path)
        assert answer.status_code == 422
        assert fresh(desk["Mei"]).is_active
        second = ada.open(f"/handovers/plan?from_user={desk['Mei'].id}&to_user={desk['Omar'].id}")
        values = values_in(form_on(second, set(), "/handovers/check")) | {"is_login_closed": "y"}
        third = ada.browser.post("/handovers/check", data=values).get_data(as_text=True)
        assert "The login of Mei is closed." in third
        done = ada.browser.post("/handovers/plan", data=values_in(form_on(third, set(), "/handovers/plan")))
        assert done.status_code == 303
        assert not fresh(desk["Mei"]).is_active
        owners = people.owners_of([person.id for person in db.session.scalars(sa.select(Person))])
    assert set(owners.values()) == {desk["Omar"]}
    assert len(owners) == N_PEOPLE


def test_a_person_shows_one_owner_one_deputy_and_both_histories(
    desk: dict[str, User], signed_in: Sign, at: At
) -> None:
    """J3.4: Jack's page: one owner, one deputy, with dates; who comes next is there already."""
    guest = db.session.scalars(sa.select(Person).order_by(Person.id)).first()
    assert guest is not None
    with at(TODAY):
        with transaction():
            person = db.session.merge(guest)
            people_operations.hand_over(
                person, db.session.merge(desk["Tom"]), by=desk["Mei"], role=OwnerRole.DEPUTY
            )
        mei = Walker(signed_in(desk["Mei"]))
        mei.fill(f"/people/{guest.id}/hand-over", owner_id=desk["Omar"].id, from_on="2026-11-01")
        page = mei.follow()
    lines = " ".join(page[page.index("Owners and deputies") :].split())
    assert 'Omar</bdi> <span class="note">from 1 Nov 2026</span>' in lines
    assert 'Mei</bdi> <span class="note"> 2 Mar 2026 – 1 Nov 2026</span>' in lines
    assert 'Tom</bdi>, deputy <span class="note"> 12 Oct 2026 – now</span>' in lines
    assert page.count("<dt>Owner</dt>") == page.count("<dt>Deputy</dt>") == 1
