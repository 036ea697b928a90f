"""Links in letters: bound to one person, answered once, never by a program that opens them; places that are kept (E1)."""

import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import db, transaction
from app.core.models import OutboxMail
from app.events import queries, queries_places
from app.events.models import Event, Invitation, InvitationState, InvitationStep
from app.events.models_waves import Guest, GuestHow, GuestState, PendingWhy, PlaceOfferState
from app.outreach import queries_outbox
from app.people import operations as person_operations
from app.people.models import OrganisationKind, Person
from tests.conftest import fresh
from tests.factories import accounts, people
from tests.factories import events as make
from tests.factories import outreach as make_outreach

At = Callable[[datetime], AbstractContextManager[None]]
S = InvitationState

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
BODY = "Dear {person}, {owner}, {department}, {verify_link}: answer at {answer_link}"


@pytest.fixture(autouse=True)
def _before_the_show(at: At) -> object:
    with at(NOW):
        yield


def invited(event: Event, name: str = "Jack", **more: object) -> tuple[Invitation, str]:
    """Somebody whose letter has left, and the path of its link as the mail says it."""
    if not queries_outbox.languages_of("invitation"):
        make_outreach.letter_template(body=BODY)
    one = make.invited(event, name, **more)
    letter = queries_outbox.pending_letter(one.person, "invitation", "events", event.id)
    assert letter is not None
    assert letter.mail is not None
    found = re.search(r"/p/answer/\S+", queries_outbox.words_of(letter.mail).text)
    assert found is not None
    return one, found[0]


def typed(answer: str = "accepted", email: str = "jack@experts.example", **more: str) -> dict[str, str]:
    return {"answer": answer, "email": email, **more}


def n_written() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(AuditEvent.id))) or 0


def test_a_link_answers_for_its_person_once(client: FlaskClient) -> None:
    """E1: the person's address counts; the same again says so; another answer by the used link waits."""
    event = make.event()
    jack, path = invited(event)
    assert "This invitation is for Jack" in client.get(path).text
    page = client.post(path, data=typed(email=" Jack@Experts.Example ", reason="Gladly."))
    assert (page.status_code, "Your answer is with us" in page.text) == (200, True)
    assert (fresh(jack).state, jack.answer_reason, jack.opened_at) == (S.ACCEPTED, "Gladly.", NOW)
    assert "is with us already" in client.post(path, data=typed()).text
    assert "before they count" in client.post(path, data=typed("declined")).text
    assert (fresh(jack).state, [one.why for one in queries_places.list_pending(event)]) == (
        S.ACCEPTED, [PendingWhy.REUSED_LINK],
    )  # fmt: skip
    assert (
        len(db.session.scalars(sa.select(InvitationStep).where(InvitationStep.channel.is_not(None))).all())
        == 1
    )


def test_a_program_that_opens_every_link_answers_nothing(client: FlaskClient) -> None:
    """E1: GET and HEAD of every link of a letter write nothing at all."""
    event = make.event(capacity=1)
    jack, path = invited(event)
    first = make.answer(jack)
    amal, other = invited(event, "Nneka")
    make.answer(amal)
    make.answer(first, S.DECLINED)
    mail = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "place_offer")).one()
    found = re.search(r"/p/place/\S+", queries_outbox.words_of(mail).text)
    assert found is not None
    before = n_written()
    for one in (path, other, found[0]):
        for call in (client.get, client.head, client.get):
            assert call(one).status_code == 200
        assert client.get(f"{one}?answer=declined&email=jack@experts.example").status_code == 200
    for one in (f"{found[0]}/take", f"{found[0]}/no-thanks"):
        assert client.get(one).status_code == 405
    assert (n_written(), fresh(jack).state, fresh(amal).state) == (before, S.DECLINED, S.WAITING)
    assert (fresh(amal).opened_at, queries_places.latest_offers([amal.id])[amal.id].state) == (
        None,
        PlaceOfferState.OPEN,
    )


def test_a_forwarded_link_makes_a_guest_who_waits(client: FlaskClient) -> None:
    """E1: another address answers nothing for the person; twice is one guest; nobody becomes a person of ours."""
    event = make.event()
    jack, path = invited(event)
    n_people = db.session.scalar(sa.select(sa.func.count(Person.id)))
    asked = client.post(path, data=typed(email="zoe@firm.example"))
    assert (asked.status_code, "We do not know this address" in asked.text) == (422, True)
    for _ in range(2):
        page = client.post(path, data=typed(email="zoe@firm.example", name="Zoë <b>Ó Briain</b>"))
    assert ("Nothing was answered for Jack" in page.text, fresh(jack).state, fresh(jack).link_used_at) == (
        True, S.INVITED, None,
    )  # fmt: skip
    (guest,) = queries_places.list_guests(event)
    assert (guest.how, guest.state, guest.name) == (
        GuestHow.FORWARDED,
        GuestState.PENDING,
        "Zoë <b>Ó Briain</b>",
    )
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == n_people
    ruth = make.ruth()
    browser = client.application.test_client()
    accounts.session_in(browser, ruth)
    assert "Zoë &lt;b&gt;" in browser.get(f"/events/{event.id}/waitlist").text
    assert browser.post(f"/events/guests/{guest.id}", data={"decision": "refuse"}).status_code == 422
    assert browser.post(f"/events/guests/{guest.id}", data={"decision": "admit"}).status_code == 303
    assert (fresh(guest).state, queries.funnel(event).guests) == (GuestState.ADMITTED, 1)


def test_an_agent_answers_by_the_link_in_their_own_name(client: FlaskClient) -> None:
    """E1, J4.2: the agency of the day answers; that of yesterday is anybody."""
    event = make.event()
    jack, path = invited(event)
    agency = people.organisation("Voices", kind=OrganisationKind.AGENCY)
    agent = accounts.user(name="Paula", role=Role.PARTNER, organisation_id=agency.id)
    asked = client.post(path, data=typed(email=agent.email))
    assert asked.status_code == 422
    with transaction():
        person_operations.begin_representation(db.session.merge(jack).person, agency.id, by=make.ruth())
    assert "is with us" in client.post(path, data=typed(email=agent.email)).text
    assert (fresh(jack).state, jack.answered_by_name) == (S.ACCEPTED, "Paula")


def test_a_changed_time_lets_the_link_answer_again(client: FlaskClient) -> None:
    event = make.event()
    jack, path = invited(event)
    client.post(path, data=typed())
    with transaction():
        db.session.merge(event).starts_at += timedelta(hours=1)
    assert "Your answer is with us" in client.post(path, data=typed()).text
    assert (fresh(jack).sequence_answered, queries.funnel(event).stale) == (1, 0)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"answer": ""}, 422),
        ({"answer": "waiting"}, 422),
        ({"answer": "withdrawn"}, 422),
        ({"email": ""}, 422),
        ({"email": "x" * 400}, 422),
        ({"answer": "delegated"}, 422),
        (
            {"answer": "delegated", "colleague": "a\r\nBcc: x@y.example"},
            200,
        ),  # on one line: no header of a mail
        (
            {"answer": "delegated", "colleague": "Zoë", "colleague_email": "x@y.example\r\nBcc: z@y.example"},
            422,
        ),
        ({"answer": "delegated", "colleague": "Zo\x07e"}, 422),
        ({"email": "zoe@firm.example", "name": "a\nb"}, 200),
        ({"email": "zoe@firm.example\r\nBcc: x@y.example", "name": "Zoë"}, 422),
        ({"reason": "bell \x07"}, 422),
        ({"reason": "a\r\nb"}, 200),
        ({"reason": "x" * 2001}, 422),
        ({"answer": "delegated", "colleague": "Zoë Ó Briain"}, 200),
        ({"answer": "tentative"}, 200),
    ],
)
def test_answers_as_they_may_come(client: FlaskClient, changes: dict[str, str], status: int) -> None:
    """E1: control characters and line breaks in every text; nothing typed is lost."""
    jack, path = invited(make.event())
    page = client.post(path, data=typed() | changes)
    assert page.status_code == status
    if changes == {"answer": "delegated"}:
        assert "Name of the colleague: This is needed." in page.text
    if status == 422:
        assert (fresh(jack).state, db.session.scalars(sa.select(Guest)).all()) == (S.INVITED, [])


@pytest.mark.parametrize("secret", ["x", "a" * 43, "%00" * 10, "ü" * 43, "a" * 400])
def test_a_link_that_is_none_of_ours_leads_nowhere(client: FlaskClient, secret: str) -> None:
    for path in (f"/p/answer/{secret}", f"/p/place/{secret}"):
        assert client.get(path).status_code == 404
    assert client.post(f"/p/answer/{secret}", data=typed()).status_code == 404
    assert client.post(f"/p/place/{secret}/take").status_code == 404


def test_a_withdrawn_invitation_has_no_link(client: FlaskClient, at: At) -> None:
    event = make.event()
    jack, path = invited(event)
    with at(event.ends_at):
        assert "This event is over" in client.get(path).text
        assert client.post(path, data=typed()).status_code == 422
    with transaction():
        make.operations.withdraw(db.session.merge(jack), "Conflict of interest", by=make.ruth())
    assert (client.get(path).status_code, client.post(path, data=typed()).status_code) == (404, 404)


def test_a_kept_place_is_taken_or_left_by_its_link(client: FlaskClient) -> None:
    """E1: the mail says until when; a page first, then one of two buttons; afterwards the link opens nothing."""
    event = make.event(capacity=1)
    jack, _ = invited(event)
    make.answer(jack)
    amal, ines = (make.answer(invited(event, name)[0]) for name in ("Nneka", "Ines"))
    make.answer(jack, S.DECLINED)
    mail = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "place_offer")).one()
    words = queries_outbox.words_of(mail).text
    found = re.search(r"/p/place/\S+", words)
    assert found is not None
    assert ("Connect London" in words, "September 3, 2026" in words) == (True, True)
    page = client.get(found[0]).text
    assert ("Yes, I take the place" in page, "No thanks" in page) == (True, True)
    assert "free for somebody else" in client.post(f"{found[0]}/no-thanks").text
    assert "free for somebody else" in client.post(f"{found[0]}/no-thanks").text
    assert (fresh(amal).state, client.post(f"{found[0]}/take").status_code) == (S.DECLINED, 404)
    assert "not kept any more" in client.get(found[0]).text
    assert queries_places.open_offer_of(fresh(ines)) is not None


def test_two_presses_at_the_same_moment_answer_once(app: Flask) -> None:
    """E1: a double click that two workers serve, each with a connection of its own: one step, one answer, the same thanks."""
    event = make.event()
    jack, path = invited(event)
    db.session.rollback()
    start, said = threading.Barrier(2), list[tuple[int, bool]]()

    def press() -> None:
        browser = app.test_client()
        start.wait()
        with clock.fixed_at(NOW):
            page = browser.post(path, data=typed())
        said.append((page.status_code, "is with us" in page.text))

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [(200, True), (200, True)]
    steps = [step.state for step, _ in queries.list_steps(fresh(jack)) if step.channel is not None]
    assert (steps, queries.funnel(event).accepted, queries_places.list_pending(event)) == (
        [S.ACCEPTED],
        1,
        [],
    )
