"""Asking for a link: by address, for the browser that asked; any other one has to be told the code."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core import jobs, mail
from app.core.db import db, transaction
from app.core.models import Job, OutboxMail
from app.people.models import Person
from app.portal import policies
from app.portal.models import PersonLink, PersonPasskey, PersonSession
from tests.factories import people, portal

At = Callable[[datetime], AbstractContextManager[None]]
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def amal(app: Flask, at: At) -> Person:
    with at(NOW):
        return people.person(email="amal@voices.example")


def ask(browser: FlaskClient, email: str) -> str:
    """The code the page shows; the worker has looked since."""
    page = browser.post("/p/ask", data={"email": email})
    assert page.status_code == 200
    jobs.run_due()
    found = re.search(r"<bdi>(\d{3} \d{3})</bdi>", page.text)
    assert found is not None
    return found[1]


def mailed() -> list[str]:
    """The links that left, the latest last."""
    db.session.rollback()
    rows = db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))
    return [re.findall(r"/p/enter/[\w-]{43}", mail.parts_of(row.raw).text)[0] for row in rows]


def test_the_browser_that_asked_needs_no_code(app: Flask, at: At, amal: Person) -> None:
    with at(NOW):
        browser = app.test_client()
        ask(browser, " AMAL@voices.example ")
        assert browser.post(mailed()[-1]).status_code == 303
        assert browser.get("/p/").status_code == 200


def test_another_browser_needs_the_code_and_may_be_wrong_four_times(app: Flask, at: At, amal: Person) -> None:
    """A forwarded link opens nothing; five wrong codes and nobody gets in by it."""
    with at(NOW):
        code = ask(app.test_client(), amal.email)
        link, other = mailed()[-1], app.test_client()
        asked = other.post(link)
        assert (asked.status_code, 'name="code"' in asked.text, amal.name in asked.text) == (200, True, False)
        wrong = other.post(link, data={"code": "000 000" if code != "000 000" else "111 111"})
        assert (wrong.status_code, 'name="code"' in wrong.text) == (200, True)
        # Digits of her own keyboard, and a blank or none.
        arabic = code.replace(" ", "").translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        assert other.post(link, data={"code": arabic}).status_code == 303
    with at(NOW + timedelta(minutes=6)):
        code = ask(app.test_client(), amal.email)
        link, thief = mailed()[-1], app.test_client()
        for _each in range(policies.WRONG_CODES):
            assert thief.post(link, data={"code": "123"}).status_code == 200
        assert thief.post(link, data={"code": code}).status_code == 404


@pytest.mark.parametrize("email", ["nobody@voices.example", "AMAL@voices.example", "amal+x@voices.example"])
def test_the_answer_is_the_same_whoever_has_the_address(app: Flask, at: At, amal: Person, email: str) -> None:
    """Nothing is looked up while somebody waits, and the address does not stay in the list of jobs."""
    with at(NOW):
        browser = app.test_client()
        page = browser.post("/p/ask", data={"email": email})
        assert (page.status_code, email in page.text, amal.name in page.text) == (200, False, False)
        assert db.session.scalars(sa.select(PersonLink)).all() == []
        jobs.run_due()
        db.session.rollback()
        assert [
            row.arguments for row in db.session.scalars(sa.select(Job)) if row.name == "portal.mail_link"
        ] == [{}]
        assert len(mailed()) == (email == "AMAL@voices.example")


def test_a_stranger_who_asks_ends_no_link_that_was_sent(app: Flask, at: At, amal: Person) -> None:
    with at(NOW):
        sent = portal.link(amal)
    with at(NOW + timedelta(minutes=6)):
        ask(app.test_client(), amal.email)
        assert len(mailed()) == 1
    with at(NOW + timedelta(minutes=7)):
        assert app.test_client().post(sent).status_code == 303


def test_wishes_come_slowly_and_never_without_end(app: Flask, at: At, amal: Person) -> None:
    """One mail in five minutes for a person; over all, a flood is dropped in silence."""
    with at(NOW):
        for _each in range(3):
            ask(app.test_client(), amal.email)
        assert len(mailed()) == 1
    with at(NOW + timedelta(minutes=10)):
        with transaction():
            for _each in range(policies.ASKED_PER_MINUTE):
                db.session.add(
                    Job(name="portal.mail_link", arguments={}, made_at=NOW + timedelta(minutes=10))
                )
        n_jobs = db.session.scalar(sa.select(sa.func.count(Job.id)))
        assert app.test_client().post("/p/ask", data={"email": amal.email}).status_code == 200
        db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.count(Job.id))) == n_jobs


@pytest.mark.parametrize(
    "email", ["", "amal", "amal@", "@voices.example", "a b@voices.example", "x" * 400 + "@a.example"]
)
def test_what_is_no_address_is_said_at_the_field(client: FlaskClient, email: str) -> None:
    page = client.post("/p/ask", data={"email": email})
    assert (page.status_code, 'id="email-err"' in page.text) == (422, True)


def test_somebody_merged_or_erased_since_gets_what_is_right(app: Flask, at: At, amal: Person) -> None:
    """A link of a record that has no page any more says nothing; of a merged one it opens the record that stayed."""
    with at(NOW):
        path = portal.link(amal)
        with transaction():
            kept = db.session.merge(people.person("Amal Rashwani", languages=("ar",)))
            db.session.get_one(Person, amal.id).merged_into_id = kept.id
        browser = app.test_client()
        assert browser.post(path).status_code == 303
        assert "Amal Rashwani" in browser.get("/p/").text
        with transaction():
            db.session.get_one(Person, kept.id).is_pseudonymous = True
        assert browser.get("/p/").status_code == 403
        assert db.session.scalars(sa.select(PersonSession)).all() != []


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "{}",
        "[]",
        "null",
        "x" * 9000,
        '{"id": "x"}',
        '{"id": "x", "rawId": "x", "response": {}, "type": "public-key"}',
    ],
)
def test_what_is_no_passkey_opens_nothing_and_makes_none(
    app: Flask, at: At, amal: Person, credential: str
) -> None:
    """With a challenge that waits and without one; the door says the same."""
    with at(NOW):
        stranger, phone = app.test_client(), portal.browser_of(app, amal)
        for is_asked in (False, True):
            if is_asked:
                assert "challenge" in stranger.post("/p/passkeys/enter/options").json
                assert "challenge" in phone.post("/p/passkeys/options").json
            came = stranger.post("/p/passkeys/enter", data={"credential": credential})
            assert (came.status_code, stranger.get("/p/").status_code) == (303, 403)
            assert phone.post("/p/passkeys", data={"credential": credential}).status_code == 303
        db.session.rollback()
        assert db.session.scalars(sa.select(PersonPasskey)).all() == []
        assert stranger.post("/p/passkeys/options").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/p/enter/short",
        "/p/enter/" + "x" * 43,
        "/p/enter/" + "x" * 42,
        "/p/enter/" + "é" * 43,
        "/p/enter/" + "x" * 900,
    ],
)
def test_links_that_are_cut_off_or_guessed_all_say_the_same(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200
    dead = client.post(path)
    assert (dead.status_code, "This link opens nothing any more" in dead.text) == (404, True)
    assert client.post(path + "/again").status_code == 200
