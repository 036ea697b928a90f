"""The door of those who speak for people: in by a link of their own, for as long as a representation holds, and no further (E1, R3)."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role, User
from app.core import jobs, mail
from app.core.db import db, transaction
from app.core.models import OutboxMail
from app.events.models import AnswerChannel, Event, Invitation, InvitationState
from app.events.models_waves import PendingAnswer
from app.notices.models import Notice
from app.outreach.models import Touch
from app.people.models import Person, Representation
from app.portal import operations_agents, policies
from app.portal.models import PersonLink, PersonPasskey, PersonSession
from tests.factories import accounts, events, handovers, people, portal

At = Callable[[datetime], AbstractContextManager[None]]
SignIn = Callable[..., FlaskClient]
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
PATH = r"/p/enter/[\w-]{43}"


@dataclass
class World:
    """Mei looks after Mateus and Kerem; Paula's agency speaks for both, Otto's for nobody."""

    mateus: Person
    kerem: Person
    paula: User
    otto: User
    mei: User
    event: Event
    invitation: Invitation
    rows: dict[str, Representation]


@pytest.fixture
def world(app: Flask, at: At) -> World:
    mei = accounts.user(name="Mei")
    with at(NOW - timedelta(days=20)):
        show = events.event()
        mateus, kerem = (events.enrolled(show, name, owner=mei) for name in ("Mateus", "Kerem"))
        invitation = events.invited(show, person=mateus)
    costa, other = handovers.agency(), handovers.agency("Other Voices")
    paula, otto = handovers.partner(costa), handovers.partner(other, "Otto")
    with at(NOW - timedelta(days=10)):
        rows = {one.name: handovers.representation(one, costa) for one in (mateus, kerem)}
    return World(mateus, kerem, paula, otto, mei, show, invitation, rows)


def mailed() -> list[tuple[str, str, str]]:
    """Recipient, subject and link of the mails with a link, the latest last."""
    db.session.rollback()
    rows = db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))
    links = [(row, re.findall(PATH, mail.parts_of(row.raw).text)) for row in rows]
    return [(row.recipient, row.subject, found[0]) for row, found in links if found]


def told() -> list[str]:
    return [one.action for one in db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id))]


def ask(browser: FlaskClient, email: str) -> str:
    page = browser.post("/p/ask", data={"email": email})
    jobs.run_due()
    [code] = re.findall(r"<bdi>(\d{3} \d{3})</bdi>", page.text)
    return str(code)


# -- in ------------------------------------------------------------------------------------------------


def test_staff_mail_a_link_that_opens_once(app: Flask, at: At, world: World, signed_in: SignIn) -> None:
    """Opened by GET nothing happens; the button opens it once, and Mei is told of each of her people."""
    with at(NOW):
        data = {"whom": str(world.paula.id), "how": "mail"}
        sent = signed_in(world.mei).post(f"/p/invite/{world.mateus.id}", data=data)
        assert sent.status_code == 303
        [(recipient, subject, path)] = mailed()
        assert (recipient, "for representatives" in subject) == (world.paula.email, True)
        browser = app.test_client()
        assert (browser.get(path).status_code, browser.get("/p/represented").status_code) == (200, 403)
        came = browser.post(path)
        assert (came.status_code, came.location) == (303, "/p/represented")
        page = browser.get("/p/represented").text
        assert ("Mateus" in page, "Kerem" in page, "one invitation to answer" in page) == (True, True, True)
        assert app.test_client().post(path).status_code == 404
        notices = db.session.scalars(sa.select(Notice).order_by(Notice.id)).all()
        said = [(one.message, one.source_id) for one in notices if "representatives" in one.message]
        assert said == [
            ("Paula opened their page for representatives.", one.id) for one in (world.kerem, world.mateus)
        ]
        # It is no contact with either of them, and neither has seen their invitation by it.
        assert "representatives" not in " ".join(one.subject for one in db.session.scalars(sa.select(Touch)))
        assert db.session.get_one(Invitation, world.invitation.id).opened_at is None
        assert [one for one in told() if one.startswith("portal.")] == [
            "portal.link_mailed", "portal.link_redeemed", "portal.visit_begun",
        ]  # fmt: skip
        assert subject in "".join(one[1] for one in mailed())


def test_a_link_can_be_shown_and_is_kept_as_a_hash_only(
    app: Flask, at: At, world: World, signed_in: SignIn
) -> None:
    with at(NOW):
        data = {"whom": str(world.paula.id), "how": "show"}
        page = signed_in(world.mei).post(f"/p/invite/{world.mateus.id}", data=data).text
        [path] = set(re.findall(PATH, page))
        row = db.session.scalars(sa.select(PersonLink)).one()
        assert (row.person_id, row.user_id, row.expires_at - NOW) == (
            None,
            world.paula.id,
            policies.AWAITED_LIFE,
        )
        assert path.rsplit("/", 1)[1] not in str(vars(row))
    with at(NOW + timedelta(minutes=11)):
        assert app.test_client().post(path).status_code == 404


@pytest.mark.parametrize("whom", ["otto", "mei", "0", "x", "-1", "9" * 30])
def test_nobody_else_is_invited_as_a_representative(
    at: At, world: World, signed_in: SignIn, whom: str
) -> None:
    """Only who speaks for this person at this moment."""
    with at(NOW):
        ids = {"otto": world.otto.id, "mei": world.mei.id}
        data = {"whom": str(ids.get(whom, whom)), "how": "mail"}
        assert signed_in(world.mei).post(f"/p/invite/{world.mateus.id}", data=data).status_code == 422
        with pytest.raises(policies.CannotEnter), transaction():
            operations_agents.invite_agent_in(
                db.session.merge(world.otto), db.session.merge(world.mateus), by=db.session.merge(world.mei)
            )
        assert db.session.scalars(sa.select(PersonLink)).all() == []


@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.ASSISTANT, Role.PARTNER, Role.AUDITOR])
def test_who_may_not_invite_people_invites_no_representative(
    at: At, world: World, signed_in: SignIn, role: Role
) -> None:
    with at(NOW):
        browser = signed_in(role)
        paths = (
            f"{world.mateus.id}",
            f"{world.mateus.id}/agents/{world.paula.id}/shut",
            f"{world.mateus.id}/passkeys/1/end",
        )
        assert [browser.post(f"/p/invite/{path}").status_code for path in paths] == [403] * 3


def test_the_address_of_a_representative_is_told_to_nobody(app: Flask, at: At, world: World) -> None:
    """They ask like everybody: the same page for every address, a mail only to who speaks for somebody, bound to the browser."""
    with at(NOW):
        pages = [
            app.test_client().post("/p/ask", data={"email": one}).text
            for one in (world.otto.email, "no@body.example")
        ]
        strip = re.compile(r"\d{3} \d{3}|[\w-]{80,}|nonce=\"[^\"]+\"|\"[\w.-]{40,}\"")
        assert strip.sub("", pages[0]) == strip.sub("", pages[1])
        jobs.run_due()
        assert mailed() == []
        browser = app.test_client()
        code = ask(browser, f" {world.paula.email.upper()} ")
        [(recipient, _subject, path)] = mailed()
        assert recipient == world.paula.email
        other = app.test_client()
        assert 'name="code"' in other.post(path).text
        assert other.post(path, data={"code": code}).location == "/p/represented"


def test_an_old_link_brings_a_new_one(app: Flask, at: At, world: World) -> None:
    with at(NOW):
        old = portal.agent_link(world.paula, world.mateus)
    with at(NOW + timedelta(hours=1)):
        browser = app.test_client()
        assert browser.post(old).status_code == 404
        assert browser.post(f"{old}/again").status_code == 200
        [(recipient, _subject, path)] = mailed()
        assert recipient == world.paula.email
        assert browser.post(path).location == "/p/represented"


def test_one_address_may_be_a_person_and_a_representative(app: Flask, at: At, world: World) -> None:
    """Two mails, two doors; each opens its own."""
    with at(NOW):
        people.person("Paula Prado", email=world.paula.email)
        browser = app.test_client()
        ask(browser, world.paula.email)
        inside = {browser.post(path).location for _to, _subject, path in mailed()}
        assert inside == {"/p/", "/p/represented"}


@pytest.mark.parametrize(
    ("locale", "words"),
    [("fr", "Les personnes que vous représentez"), ("zh", "您代理的人"), ("ar", "من تمثّلهم")],
)
def test_it_speaks_their_language(app: Flask, at: At, world: World, locale: str, words: str) -> None:
    """Theirs, not that of the person."""
    with at(NOW):
        with transaction():
            db.session.merge(world.paula).locale = locale
        page = portal.agent_browser_of(app, world.paula, world.mateus).get("/p/represented").text
        assert (words in page, f'lang="{locale}"' in page) == (True, True)


# -- out -----------------------------------------------------------------------------------------------


def test_a_person_is_gone_the_moment_a_representation_ends(app: Flask, at: At, world: World) -> None:
    """First one, then the last: a kind sentence, an open session, and no person by any address."""
    with at(NOW):
        browser = portal.agent_browser_of(app, world.paula, world.mateus)
        own = (f"/p/represented/{world.mateus.id}", f"/p/represented/invitations/{world.invitation.id}")
        assert [browser.get(path).status_code for path in own] == [200, 200]
        handovers.hand_back(world.rows["Mateus"])
        assert [browser.get(path).status_code for path in own] == [404, 404]
        assert browser.post(own[1], data={"answer": "accepted"}).status_code == 404
        page = browser.get("/p/represented").text
        assert ("Mateus" in page, "Kerem" in page) == (False, True)
        handovers.hand_back(world.rows["Kerem"])
        page = browser.get("/p/represented")
        assert (page.status_code, "Kerem" in page.text) == (200, False)
        assert "you represent nobody with us" in page.text
        ask(app.test_client(), world.paula.email)
        assert mailed() == []


def test_a_planned_representation_shows_nobody_yet(app: Flask, at: At, world: World) -> None:
    with at(NOW):
        jack = people.person("Jack")
        handovers.representation(
            jack, world.rows["Kerem"].organisation, from_on=(NOW + timedelta(days=3)).date()
        )
        browser = portal.agent_browser_of(app, world.paula, world.mateus)
        assert "Jack" not in browser.get("/p/represented").text
        assert browser.get(f"/p/represented/{jack.id}").status_code == 404
    with at(NOW + timedelta(days=3)):
        assert browser.get(f"/p/represented/{jack.id}").status_code == 200


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"role": Role.RELATIONS, "organisation_id": None}, {"organisation_id": None}],
)
def test_who_leaves_the_agency_is_outside_at_once(
    app: Flask, at: At, world: World, change: dict[str, object]
) -> None:
    """A login that is ended or changes its role, with an open session and with a link that was not used yet."""
    with at(NOW):
        browser = portal.agent_browser_of(app, world.paula, world.mateus)
        fresh = portal.agent_link(world.paula, world.mateus)
        with transaction():
            for name, value in change.items():
                setattr(db.session.merge(world.paula), name, value)
        assert browser.get("/p/represented").status_code == 403
        assert browser.get(f"/p/represented/{world.mateus.id}").status_code == 403
        assert app.test_client().post(fresh).status_code == 404
        ask(app.test_client(), world.paula.email)
        assert mailed() == []


def test_browsers_are_listed_and_ended_by_them_and_by_staff(
    app: Flask, at: At, world: World, signed_in: SignIn
) -> None:
    with at(NOW):
        first, second = (portal.agent_browser_of(app, world.paula, world.mateus) for _each in range(2))
        theirs = db.session.scalars(sa.select(PersonSession.id).order_by(PersonSession.id)).all()
        assert first.get("/p/represented").text.count("/p/represented/visits/") == 1
        assert first.post(f"/p/represented/visits/{theirs[1]}/end").status_code == 303
        assert (first.get("/p/represented").status_code, second.get("/p/represented").status_code) == (
            200,
            403,
        )
        staff, open_link = signed_in(world.mei), portal.agent_link(world.paula, world.mateus)
        page = staff.get(f"/p/invite/{world.mateus.id}").text
        assert (world.paula.name in page, world.otto.name in page, "one browser" in page) == (
            True,
            False,
            True,
        )
        assert staff.post(f"/p/invite/{world.mateus.id}/agents/{world.otto.id}/shut").status_code == 404
        assert staff.post(f"/p/invite/{world.mateus.id}/agents/{world.paula.id}/shut").status_code == 303
        assert first.get("/p/represented").status_code == 403
        assert app.test_client().post(open_link).status_code == 404
        assert told()[-3:] == ["portal.visit_ended", "portal.link_ended", "portal.door_shut"]


def test_signing_out_ends_it_on_the_server(app: Flask, at: At, world: World) -> None:
    with at(NOW):
        browser = portal.agent_browser_of(app, world.paula, world.mateus)
        [cookie] = [
            one
            for one in (browser.get_cookie("rapport-person"), browser.get_cookie("__Host-rapport-person"))
            if one
        ]
        assert browser.post("/p/represented/sign-out").status_code == 200
        thief = app.test_client()
        thief.set_cookie(cookie.key, cookie.value)
        assert thief.get("/p/represented").status_code == 403


# -- what they say -------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["accepted", "declined", "tentative"])
def test_an_answer_stands_under_their_name(app: Flask, at: At, world: World, answer: str) -> None:
    """E1: the person reads on their own page who answered; the trail names the representative."""
    with at(NOW):
        browser, path = (
            portal.agent_browser_of(app, world.paula, world.mateus),
            f"/p/represented/invitations/{world.invitation.id}",
        )
        assert browser.post(path, data={"answer": answer, "reason": "After the fair"}).status_code == 303
        row = db.session.get_one(Invitation, world.invitation.id)
        assert (row.state, row.answered_by_name, row.answer_channel) == (
            InvitationState(answer), "Paula", AnswerChannel.PORTAL,
        )  # fmt: skip
        last = db.session.scalars(sa.select(AuditEvent).filter_by(action="events.answer_recorded")).one()
        assert last.by_id == world.paula.id
        page = portal.browser_of(app, world.mateus).get(f"/p/invitations/{row.id}").text
        assert ("Answered for you by Paula." in page, "After the fair" in page) == (True, True)


def test_words_of_the_person_are_not_shown(app: Flask, at: At, world: World) -> None:
    """R3: neither beside the answer nor in the form, though a user with the right to read notes sees them."""
    with at(NOW):
        portal.browser_of(app, world.mateus).post(
            f"/p/invitations/{world.invitation.id}", data={"answer": "declined", "reason": "A family matter"}
        )
        assert db.session.get_one(Invitation, world.invitation.id).answer_reason == "A family matter"
        browser = portal.agent_browser_of(app, world.paula, world.mateus)
        for path in (f"{world.mateus.id}", f"invitations/{world.invitation.id}"):
            assert "A family matter" not in browser.get(f"/p/represented/{path}").text


@pytest.mark.parametrize("answer", ["", "delegated", "withdrawn", "draft", "waiting", "x" * 500])
def test_other_answers_are_none(app: Flask, at: At, world: World, answer: str) -> None:
    """A colleague is sent by the person themself; what was typed stays."""
    with at(NOW):
        browser = portal.agent_browser_of(app, world.paula, world.mateus)
        data = {"answer": answer, "reason": "Soon, perhaps"}
        page = browser.post(f"/p/represented/invitations/{world.invitation.id}", data=data)
        assert (page.status_code, "Soon, perhaps" in page.text) == (422, True)
        assert db.session.get_one(Invitation, world.invitation.id).state is InvitationState.INVITED


def test_nothing_is_answered_once_the_event_is_over(app: Flask, at: At, world: World) -> None:
    with at(world.event.ends_at + timedelta(hours=1)):
        browser = portal.agent_browser_of(app, world.paula, world.mateus)
        path = f"/p/represented/invitations/{world.invitation.id}"
        assert "Your answer for them" not in browser.get(path).text
        said = browser.post(path, data={"answer": "accepted"})
        assert (said.status_code, "nothing to answer any more" in said.text) == (422, True)
        assert db.session.scalars(sa.select(PendingAnswer)).all() == []


def test_drafts_and_withdrawn_ones_are_nobodys_business(app: Flask, at: At, world: World) -> None:
    with at(NOW):
        browser = portal.agent_browser_of(app, world.paula, world.mateus)
        for state in (InvitationState.DRAFT, InvitationState.WITHDRAWN):
            with transaction():
                db.session.merge(world.invitation).state = state
            assert browser.get(f"/p/represented/invitations/{world.invitation.id}").status_code == 404
            assert world.event.name not in browser.get(f"/p/represented/{world.mateus.id}").text


# -- passkeys, seen by staff -----------------------------------------------------------------------


def test_staff_see_passkeys_and_take_one_away(app: Flask, at: At, world: World, signed_in: SignIn) -> None:
    """How many there are and when each was used; taken away, it is written down by whom."""
    with at(NOW):
        with transaction():
            for n, who in enumerate((world.mateus, world.mateus, world.kerem)):
                kept = {"credential": f"x{n}", "public_key": b"x", "device": f"Firefox {n}", "made_at": NOW}
                db.session.add(PersonPasskey(person_id=who.id, used_at=NOW if n else None, **kept))
        ids = db.session.scalars(sa.select(PersonPasskey.id).order_by(PersonPasskey.id)).all()
        staff, path = signed_in(world.mei), f"/p/invite/{world.mateus.id}"
        page = staff.get(path).text
        assert ("2 open their page" in page, "Firefox 0" in page, "Firefox 1" in page, "Firefox 2" in page) == (
            True, True, True, False,
        )  # fmt: skip
        assert page.count("never") == 2  # the first passkey, and Paula's link
        assert staff.post(f"{path}/passkeys/{ids[2]}/end").status_code == 404
        assert staff.post(f"{path}/passkeys/{ids[0]}/end").status_code == 303
        db.session.rollback()
        assert db.session.scalars(sa.select(PersonPasskey.id).order_by(PersonPasskey.id)).all() == ids[1:]
        last = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
        assert (last.action, last.by_id) == ("portal.passkey_ended", world.mei.id)
