"""Pages of outreach: what is open, the guard at the screen, the outbox with its numbers restated."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core import clock, outbox
from app.core.db import db, transaction
from app.core.models import MailState, OutboxMail
from app.outreach.models import Collision, CollisionState, ContactRule, LetterTemplate, Touch
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import accounts, outreach, people
from tests.factories import events as make

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


@pytest.fixture
def jack(users: dict[str, User]) -> Person:
    return people.person("Jack", owner=users["Mei"], email="jack@experts.example")


def typed(**changes: str) -> dict[str, str]:
    at = (clock.now() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    values = {
        "channel": "direct_message",
        "kind": "unsolicited",
        "at": at,
        "subject": "Hello",
        "summary": "Hi Jack",
    } | changes
    return {name: value for name, value in values.items() if value != "-"}


def wave(names: tuple[str, ...] = ("Amal", "Hana")) -> str:
    """A wave of letters in the outbox; the name of its batch."""
    outreach.letter_template()
    event = make.event()
    return make.prepare(event, [make.draft(event, name) for name in names])


# -- contacts by hand ------------------------------------------------------------------------------


def test_a_contact_is_recorded(signed_in: SignIn, users: dict[str, User], jack: Person) -> None:
    browser = signed_in(users["Mei"])
    answer = browser.post(f"/outreach/touches/new?person={jack.id}", data=typed(is_ask="y"))
    touch = db.session.scalars(sa.select(Touch)).one()
    assert answer.location == f"/outreach/{touch.id}"
    assert (touch.subject, touch.is_ask, touch.user_id) == ("Hello", True, users["Mei"].id)
    assert "Contact with Jack recorded" in browser.get(answer.location).text
    assert "Hello" in browser.get("/outreach/?asks=open").text


def test_a_person_is_found_before_writing(signed_in: SignIn, users: dict[str, User], jack: Person) -> None:
    browser = signed_in(users["Tom"])
    outreach.touch(jack, users["Mei"], is_ask=True)
    assert f"/outreach/touches/new?person={jack.id}" in browser.get("/outreach/touches/new?q=jac").text
    assert "Nobody of this name" in browser.get("/outreach/touches/new?q=zzz").text
    assert "Another department is in touch" in browser.get(f"/outreach/touches/new?person={jack.id}").text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subject": ""}, "This is needed."),
        ({"subject": "x" * 321}, "At most 320 characters."),
        ({"subject": "a\x00b"}, "characters that cannot be printed"),
        ({"at": "2026-13-45T99:99"}, "Not a valid datetime value"),
        ({"at": "2099-01-01T10:00"}, "once it was made"),
        ({"at": "-"}, "This is needed."),
        ({"channel": "pigeon"}, "Not a valid choice"),
        ({"kind": "invitation"}, "Not a valid choice"),
        ({"kind": "-"}, "This is needed."),
    ],
)
def test_bad_input_keeps_what_was_typed_and_writes_nothing(
    signed_in: SignIn, users: dict[str, User], jack: Person, changes: dict[str, str], message: str
) -> None:
    answer = signed_in(users["Mei"]).post(f"/outreach/touches/new?person={jack.id}", data=typed(**changes))
    assert (answer.status_code, db.session.scalars(sa.select(Touch)).all()) == (422, [])
    assert message in answer.text
    assert "Hi Jack" in answer.text


def test_a_stop_leads_to_its_choices_and_keeps_the_words(
    signed_in: SignIn, users: dict[str, User], jack: Person
) -> None:
    """G3: the other department's message, its owner, and join, wait until, or ask the owner."""
    outreach.touch(jack, users["Mei"], is_ask=True, subject="Interview", summary="Would you talk to us?")
    browser = signed_in(users["Tom"])
    answer = browser.post(f"/outreach/touches/new?person={jack.id}", data=typed())
    stop = db.session.scalars(sa.select(Collision)).one()
    assert (answer.status_code, answer.location) == (303, f"/outreach/stops/{stop.id}")
    page = browser.get(answer.location).text
    for said in (
        "Would you talk to us?",
        "Hi Jack",
        "Join their thread",
        "Wait until",
        "Ask Mei",
        "Stopped by the contact guard",
    ):
        assert said in page
    assert "Release or refuse" not in page
    joined = browser.post(f"/outreach/stops/{stop.id}/join")
    assert (joined.status_code, fresh(stop).state) == (303, CollisionState.JOINED)
    again = browser.post(f"/outreach/stops/{stop.id}/join")
    assert (again.status_code, "was decided already" in again.text) == (422, True)


def test_the_owner_decides_on_the_page(signed_in: SignIn, users: dict[str, User], jack: Person) -> None:
    outreach.touch(jack, users["Mei"], is_ask=True)
    tom, mei = signed_in(users["Tom"]), signed_in(users["Mei"])
    url = tom.post(f"/outreach/touches/new?person={jack.id}", data=typed()).location
    assert tom.post(f"{url}/ask-owner").location == url
    assert "Mei has been asked" in tom.get(url).text
    assert "wants to contact Jack too" in mei.get("/outreach/1").text
    refused = tom.post(f"{url}/decide", data={"reason": "I want to"})
    assert (refused.status_code, "Only Mei" in refused.text, "I want to" in refused.text) == (
        422,
        True,
        False,
    )
    empty = mei.post(f"{url}/decide", data={"reason": " "})
    assert (empty.status_code, "Say why this contact may happen" in empty.text) == (422, True)
    assert mei.post(f"{url}/decide", data={"reason": "He asked"}).status_code == 303
    assert "1 released by an owner" in mei.get("/outreach/").text


def test_waiting_and_refusing_are_choices_too(
    signed_in: SignIn, users: dict[str, User], jack: Person
) -> None:
    outreach.touch(jack, users["Mei"], is_ask=True)
    tom, mei = signed_in(users["Tom"]), signed_in(users["Mei"])
    url = tom.post(f"/outreach/touches/new?person={jack.id}", data=typed()).location
    assert tom.post(f"{url}/wait").status_code == 303
    assert "Waiting" in tom.get("/outreach/stops").text
    assert mei.post(f"{url}/decide", data={"reason": "Not now", "do": "refuse"}).location == url
    assert "Not now" in tom.get(url).text


def test_an_answer_closes_an_ask_once(signed_in: SignIn, users: dict[str, User], jack: Person) -> None:
    ask = outreach.touch(jack, users["Mei"], is_ask=True)
    browser = signed_in(users["Tom"])
    assert browser.post(f"/outreach/{ask.id}/answer", data={"answer": ""}).status_code == 422
    assert browser.post(f"/outreach/{ask.id}/answer", data={"answer": "Yes"}).status_code == 303
    assert "Yes" in browser.get(f"/outreach/{ask.id}").text
    assert browser.post(f"/outreach/{ask.id}/answer", data={"answer": "No"}).status_code == 422


def test_the_tab_of_a_person_shows_all_departments(
    signed_in: SignIn, users: dict[str, User], jack: Person
) -> None:
    outreach.touch(jack, users["Mei"], subject="From Mei")
    page = signed_in(users["Tom"]).get(f"/outreach/person/{jack.id}").text
    assert ("From Mei" in page, "Analyst relations" in page) == (True, True)


@pytest.mark.parametrize(
    "url",
    [
        "/outreach/99",
        "/outreach/stops/99",
        "/outreach/person/99",
        "/outreach/outbox/99",
        "/outreach/letters/99",
    ],
)
def test_what_is_not_there_is_not_found(signed_in: SignIn, url: str) -> None:
    assert signed_in(Role.RELATIONS).get(url).status_code == 404


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER])
def test_assistants_and_agencies_do_not_read_outreach(signed_in: SignIn, role: Role) -> None:
    browser = signed_in(role)
    assert [browser.get(f"/outreach/{page}").status_code for page in ("", "outbox", "sent", "letters")] == [
        403
    ] * 4


@pytest.mark.parametrize("page", ["/outreach/", "/outreach/outbox", "/outreach/sent", "/outreach/stops"])
def test_lists_need_the_same_queries_for_1_and_30_rows(
    signed_in: SignIn, users: dict[str, User], count_queries: Callable[[], int], page: str
) -> None:
    browser = signed_in(Role.RELATIONS)
    outreach.letter_template()
    event = make.event()

    def add(name: str) -> None:
        person = make.enrolled(event, name, languages=("en",))
        outreach.touch(person, users["Mei"], is_ask=True)
        browser_of_tom.post(f"/outreach/touches/new?person={person.id}", data=typed())
        draft = make.draft(event, person=person)
        make.prepare(event, [draft])
        with transaction():
            outbox.queue_mail(kind="note", recipient="a@b.example", subject=name, text=name, dedup_key=name)

    browser_of_tom = signed_in(users["Tom"])
    add("Amal")
    browser.get(page)
    count_queries()
    browser.get(page)
    with_one = count_queries()
    for number in range(29):
        add(f"Person {number}")
    count_queries()
    assert browser.get(page).status_code == 200
    assert count_queries() == with_one


# -- rule and letters ------------------------------------------------------------------------------


def test_an_administrator_sets_the_rule(signed_in: SignIn) -> None:
    browser = signed_in(Role.ADMIN)
    assert "Nobody has set a rule yet" in browser.get("/outreach/rule").text
    assert (
        browser.post(
            "/outreach/rule/new", data={"n_touches": "3", "n_days": "10", "n_open_asks": "1"}
        ).status_code
        == 303
    )
    rule = db.session.scalars(sa.select(ContactRule)).one()
    assert (rule.n_touches, rule.n_days, rule.n_open_asks) == (3, 10, 1)
    assert "At most 3 unsolicited contacts in 10 days" in browser.get("/outreach/rule").text
    assert signed_in(Role.RELATIONS).get("/outreach/rule/new").status_code == 403


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_touches": "0"}, "Give a whole number from 1 to 100."),
        ({"n_days": "-3"}, "Give a whole number from 1 to 366."),
        ({"n_days": "ten"}, "Not a valid integer value"),
        ({"n_open_asks": ""}, "This is needed."),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    signed_in: SignIn, changes: dict[str, str], message: str
) -> None:
    answer = signed_in(Role.ADMIN).post(
        "/outreach/rule/new", data={"n_touches": "2", "n_days": "14", "n_open_asks": "1"} | changes
    )
    assert (answer.status_code, message in answer.text, db.session.scalars(sa.select(ContactRule)).all()) == (
        422,
        True,
        [],
    )


def test_a_letter_is_written_and_its_next_version_begins_with_it(signed_in: SignIn) -> None:
    browser = signed_in(Role.RELATIONS)
    assert "Would you come to {event}" in browser.get("/outreach/letters/new").text
    data = {"key": "invitation", "language": "fr", "subject": "Venez à {event}", "body": outreach.BODY}
    answer = browser.post("/outreach/letters/new", data=data)
    assert "Version 1 in French is in force" in browser.get(answer.location).text
    assert "Venez à {event}" in browser.get("/outreach/letters/new?key=invitation&language=fr").text
    assert "fr" in browser.get("/outreach/letters").text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"language": "xx-nonsense"}, "is not a language tag"),
        ({"body": "Dear {person}"}, "Every letter says who writes"),
        ({"body": outreach.BODY + "{money}"}, "Nothing can stand in for {money}"),
        ({"key": "advert"}, "Not a valid choice"),
        ({"subject": ""}, "This is needed."),
    ],
)
def test_a_letter_that_cannot_be_kept_is_refused(
    signed_in: SignIn, changes: dict[str, str], message: str
) -> None:
    data = {"key": "invitation", "language": "en", "subject": "Come along", "body": outreach.BODY} | changes
    answer = signed_in(Role.RELATIONS).post("/outreach/letters/new", data=data)
    assert (answer.status_code, db.session.scalars(sa.select(LetterTemplate)).all()) == (422, [])
    assert message in answer.text


# -- the outbox ------------------------------------------------------------------------------------


def test_the_outbox_restates_and_waits_for_the_translation(signed_in: SignIn, users: dict[str, User]) -> None:
    """G5, J4.1."""
    batch = wave()
    browser = signed_in(users["Ruth"])
    page = browser.get("/outreach/outbox").text
    assert ("2 mails, 1 language, 1 missing translation (ko)" in page, "Send 1" in page) == (True, False)
    refused = browser.post("/outreach/outbox/batch", data={"batch": batch})
    assert (refused.status_code, "wait for a translation (1 in ko)" in refused.text) == (422, True)
    assert {mail.state for mail in db.session.scalars(sa.select(OutboxMail))} == {MailState.HELD}
    outreach.letter_template("ko")
    page = browser.get("/outreach/outbox").text
    assert ("2 mails, 2 languages" in page, "Send 2" in page) == (True, True)


def test_sending_twice_sends_once(signed_in: SignIn, users: dict[str, User]) -> None:
    """G5: the double click, and the second person who presses send."""
    batch = wave(("Amal", "Nneka"))
    browser = signed_in(users["Ruth"])
    data = {"batch": batch, "form_key": "k" * 32}
    answers = [browser.post("/outreach/outbox/batch", data=data).status_code for _ in range(2)]
    assert (answers, db.session.scalar(sa.select(sa.func.count(Touch.id)))) == ([303, 303], 2)
    other = signed_in(users["Mei"]).post("/outreach/outbox/batch", data={"batch": batch})
    assert (other.status_code, "Nothing of this batch is waiting" in other.text) == (422, True)
    assert [mail.state for mail in db.session.scalars(sa.select(OutboxMail))] == [MailState.NEW] * 2


def test_one_mail_is_looked_at_edited_and_sent(signed_in: SignIn, users: dict[str, User]) -> None:
    wave(("Amal",))
    browser = signed_in(users["Ruth"])
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    page = browser.get(f"/outreach/outbox/{mail.id}").text
    assert ("Dear Amal" in page, "Send to Amal" in page) == (True, True)
    text = page.split("<textarea")[0] and browser.get(f"/outreach/outbox/{mail.id}/edit").text
    assert "Dear Amal" in text
    bad = browser.post(
        f"/outreach/outbox/{mail.id}/edit", data={"subject": "Come", "text": "No name in here"}
    )
    assert (bad.status_code, "Every letter says who writes" in bad.text, "No name in here" in bad.text) == (
        422,
        True,
        True,
    )
    sent = browser.post(f"/outreach/outbox/{mail.id}/send")
    assert (sent.status_code, fresh(mail).state) == (303, MailState.NEW)
    assert "Amal" in browser.get("/outreach/sent").text
    assert browser.get(f"/outreach/outbox/{mail.id}").status_code == 200


def test_one_mail_is_discarded(signed_in: SignIn, users: dict[str, User]) -> None:
    wave(("Amal",))
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    browser = signed_in(users["Ruth"])
    assert browser.post(f"/outreach/outbox/{mail.id}/discard").status_code == 303
    assert (fresh(mail).state, "The outbox is empty" in browser.get("/outreach/outbox").text) == (
        MailState.DISCARDED,
        True,
    )
    assert browser.post(f"/outreach/outbox/{mail.id}/send").status_code == 422


def test_an_untranslated_letter_is_discarded(signed_in: SignIn, users: dict[str, User]) -> None:
    wave(("Hana",))
    browser = signed_in(users["Ruth"])
    assert browser.post("/outreach/outbox/untranslated/1/discard").status_code == 303
    assert "The outbox is empty" in browser.get("/outreach/outbox").text


def test_a_stopped_letter_leads_to_its_choices(signed_in: SignIn, users: dict[str, User]) -> None:
    outreach.letter_template()
    event = make.event()
    amal = make.enrolled(event, "Amal", owner=users["Mei"])
    outreach.touch(amal, users["Tom"], is_ask=True)
    make.prepare(event, [make.draft(event, person=amal)])
    browser = signed_in(users["Ruth"])
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    assert "Another department is in touch" in browser.get(f"/outreach/outbox/{mail.id}").text
    answer = browser.post(f"/outreach/outbox/{mail.id}/send")
    stop = db.session.scalars(sa.select(Collision)).one()
    assert (answer.location, fresh(mail).state) == (f"/outreach/stops/{stop.id}", MailState.HELD)
    assert browser.post(f"/outreach/stops/{stop.id}/join").status_code == 303
    assert fresh(mail).state == MailState.NEW


def test_mail_of_other_rooms_is_not_read_after_it_left(signed_in: SignIn) -> None:
    """It may carry a personal link."""
    with transaction():
        mail = outbox.queue_mail(
            kind="link", recipient="a@b.example", subject="Your link", text="secret", dedup_key="1"
        )
    browser = signed_in(Role.RELATIONS)
    assert browser.get(f"/outreach/outbox/{mail.id}").status_code == 404
    assert "Your link" in browser.get("/outreach/sent").text


def test_only_those_who_write_may_send(signed_in: SignIn) -> None:
    batch = wave(("Amal",))
    browser = signed_in(Role.COMPLIANCE)
    assert "Send 1" not in browser.get("/outreach/outbox").text
    assert browser.post("/outreach/outbox/batch", data={"batch": batch}).status_code == 403
    assert accounts.user(role=Role.COMPLIANCE).id
