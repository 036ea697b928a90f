"""The person's pages in a browser: the way in, what is shown, and other people's numbers."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.calendars.models import Feed
from app.core.db import db
from app.core.models import FormSubmission, OutboxMail
from app.disclosures.models import Acknowledgement
from app.events.models import Invitation, InvitationState
from app.outreach.models import Letter
from app.portal.models import PersonLink, PersonSession
from tests.conftest import fresh
from tests.factories import accounts, calendars, disclosures, events, ledger, people, portal, programs

At = Callable[[datetime], AbstractContextManager[None]]
SignIn = Callable[..., FlaskClient]
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
PAGES = ["/p/", "/p/given", "/p/words", "/p/calendar"]


def secrets_in(page: str) -> list[str]:
    return sorted(set(re.findall(r"/calendar/([\w-]{43})\.ics", page)))


# -- the way in ------------------------------------------------------------------------------------


def test_scanners_open_a_link_and_use_nothing_up(client: FlaskClient) -> None:
    """Facts, reliability, magic links: HEAD, GET, GET, then POST."""
    amal = people.person()
    path = portal.link(amal)
    looks = [client.head(path), client.get(path), client.get(path)]
    assert [one.status_code for one in looks] == [200, 200, 200]
    assert [("Amal" in one.text, one.headers["Referrer-Policy"]) for one in looks] == [
        (False, "no-referrer")
    ] * 3
    assert db.session.scalars(sa.select(PersonSession)).all() == []
    entered = client.post(path)
    assert (entered.status_code, entered.headers["Location"]) == (303, "/p/")
    cookie = next(
        line for line in entered.headers.getlist("Set-Cookie") if line.startswith("rapport-person=")
    )
    assert ("HttpOnly" in cookie, "SameSite=Lax" in cookie, "Path=/" in cookie) == (True, True, True)
    assert "Amal" in client.get("/p/").text
    assert db.session.scalars(sa.select(FormSubmission)).all() == []  # it would keep the address


def test_unknown_links_look_like_real_ones_until_pressed(client: FlaskClient) -> None:
    real, made_up = portal.link(people.person()), "/p/enter/" + "x" * 43

    def plain(path: str) -> str:
        text = client.get(path).text.replace(path, "PATH")
        return re.sub(r'nonce="[^"]+"|value="[^"]+"|X-CSRFToken[^}]+', "", text)

    assert plain(real) == plain(made_up)
    refused = client.post(made_up)
    assert (refused.status_code, "opens nothing any more" in refused.text) == (404, True)
    assert client.get("/p/").status_code == 403


def test_used_link_offers_a_new_one_and_says_no_more(client: FlaskClient, app: Flask, at: At) -> None:
    with at(NOW):
        amal = people.person(email="amal@voices.example")
        path = portal.link(amal)
        assert client.post(path).status_code == 303
    with at(NOW + timedelta(minutes=6)):
        other = app.test_client()
        assert (other.post(path).status_code, other.get("/p/").status_code) == (404, 403)
        known, unknown = other.post(path + "/again"), other.post("/p/enter/" + "x" * 43 + "/again")
    nonce = r'nonce="[^"]+"|X-CSRFToken[^}]+'
    # Each gets a code, whether there is a mail to go with it or not.
    anything = rf"{nonce}|<bdi>\d{{3}} \d{{3}}</bdi>"
    assert re.sub(anything, "", known.text) == re.sub(anything, "", unknown.text)
    assert [one.recipient for one in db.session.scalars(sa.select(OutboxMail))] == ["amal@voices.example"]
    assert "amal@" not in known.text


def test_second_person_in_a_browser_replaces_the_first(app: Flask) -> None:
    amal, kerem = people.person("Amal"), people.person("Kerem")
    browser = portal.browser_of(app, amal)
    browser.post(portal.link(kerem))
    assert ("Kerem" in browser.get("/p/").text, "Amal" in browser.get("/p/").text) == (True, False)
    states = {row.person_id: row.ended_at is not None for row in db.session.scalars(sa.select(PersonSession))}
    assert states == {amal.id: True, kerem.id: False}


@pytest.mark.parametrize("path", [*PAGES, "/p/invitations/1", "/p/policies/1", "/p/calendar/x.ics"])
def test_pages_are_shut_to_strangers_and_staff(client: FlaskClient, signed_in: SignIn, path: str) -> None:
    """The cookie of staff is another one: not even an administrator is at home there."""
    for browser in (client, signed_in(Role.ADMIN)):
        answer = browser.get(path)
        assert (answer.status_code, "opens with the link in a letter" in answer.text) == (403, True)


def test_signing_out_ends_the_visit_on_the_server(app: Flask) -> None:
    browser = portal.browser_of(app, people.person())
    cookie = browser.get_cookie("rapport-person")
    assert cookie is not None
    assert browser.post("/p/sign-out").status_code == 200
    assert browser.get_cookie("rapport-person") is None
    browser.set_cookie("rapport-person", cookie.value)  # as a thief of the cookie would
    assert browser.get("/p/").status_code == 403


def test_every_page_of_the_door_leads_out(app: Flask) -> None:
    """And the page after it does not: nobody is there any more."""
    browser = portal.browser_of(app, people.person())
    form = '<form method="post" action="/p/sign-out">'
    pages = re.findall(
        r'<a href="(/p/[^"#?]*)"',
        browser.get("/p/").text.partition('class="portal-nav"')[2].partition("</nav>")[0],
    )
    assert len(pages) == 9
    assert [path for path in pages if browser.get(path).text.count(form) != 1] == []
    assert form not in browser.post("/p/sign-out").text


def test_person_is_no_user(app: Flask) -> None:
    """The person's cookie opens no page of staff."""
    browser = portal.browser_of(app, people.person())
    assert [browser.get(path).status_code for path in ("/people/", "/ledger/", "/calendars/")] == [
        303,
        303,
        303,
    ]


# -- pages -----------------------------------------------------------------------------------------


def test_pages_speak_the_persons_language_and_direction(app: Flask) -> None:
    """J8.1: Arabic, right to left, the name as she writes it."""
    amal = people.person("أمل رشواني", languages=("ar", "en"), home_country="AE")
    page = portal.browser_of(app, amal).get("/p/").text
    assert ('<html lang="ar" dir="rtl">' in page, "<bdi>أمل رشواني</bdi>" in page) == (True, True)
    page = portal.browser_of(app, people.person("Hana")).get("/p/").text
    assert '<html lang="en" dir="ltr">' in page  # Korean is not spoken here yet


def test_home_shows_what_waits_and_what_comes(app: Flask, at: At) -> None:
    with at(NOW):
        show = calendars.show()
        disclosures.version("*")
        browser = portal.browser_of(app, show.nneka)
        page = browser.get("/p/").text
        assert ("Connect London" in page, "Read and answer" in page, "Everywhere else" in page) == (
            True,
            True,
            True,
        )
        page = portal.browser_of(app, show.jack).get("/p/").text
    assert ("Flight Sydney (SYD) – London (LHR)" in page, "Read and answer" in page) == (True, False)
    assert re.sub(r"<[^>]+>", "", page).count("10:30 London") == 1
    assert "20:30 Sydney" in re.sub(r"<[^>]+>", "", page)


def test_person_answers_an_invitation(app: Flask, at: At) -> None:
    """E1."""
    with at(NOW):
        one = events.invited(events.event(), "Jack", promise="Front row, and half an hour with the CEO")
        browser = portal.browser_of(app, one.person)
        path = f"/p/invitations/{one.id}"
        assert "half an hour with the CEO" in browser.get(path).text
        said = browser.post(path, data={"answer": "accepted", "reason": ""})
        assert (said.status_code, said.headers["Location"], fresh(one).state) == (
            303,
            path,
            InvitationState.ACCEPTED,
        )
        assert "we look forward" in browser.get(path).text
        browser.post(path, data={"answer": "declined", "reason": "Ill after all"})
    assert (fresh(one).state, fresh(one).answer_reason) == (InvitationState.DECLINED, "Ill after all")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Choose one of them."),
        ({"answer": "delegated"}, "This is needed."),
        ({"answer": "waiting"}, "Not a valid choice"),
        ({"answer": "withdrawn", "reason": "kept words"}, "Not a valid choice"),
        ({"answer": "accepted", "reason": "x" * 2001}, "At most 2,000 characters."),
        ({"answer": "accepted", "reason": "bad \x07 bell"}, "characters that cannot be printed"),
    ],
)
def test_bad_answers_are_refused_and_kept(app: Flask, at: At, data: dict[str, Any], message: str) -> None:
    with at(NOW):
        one = events.invited(events.event(), "Jack")
        answer = portal.browser_of(app, one.person).post(f"/p/invitations/{one.id}", data=data)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert fresh(one).state is InvitationState.INVITED
    assert data.get("reason", "")[:3] in answer.text


def test_answer_after_the_event_changes_nothing(app: Flask, at: At) -> None:
    with at(NOW):
        one = events.invited(events.event(), "Jack")
        person = one.person
    with at(datetime(2026, 10, 17, 9, 0, tzinfo=UTC)):
        browser = portal.browser_of(app, person)
        assert "Send my answer" not in browser.get(f"/p/invitations/{one.id}").text
        answer = browser.post(f"/p/invitations/{one.id}", data={"answer": "accepted"})
    assert (answer.status_code, fresh(one).state) == (422, InvitationState.INVITED)


def test_person_accepts_a_policy(app: Flask) -> None:
    """D2."""
    version = disclosures.version("GB")
    browser = portal.browser_of(app, people.person("Jack", home_country="GB"))
    path = f"/p/policies/{version.id}"
    assert "Say who paid for the trip" in browser.get(path).text
    assert browser.post(path).status_code == 303
    assert len(db.session.scalars(sa.select(Acknowledgement)).all()) == 1
    page = browser.get(path).text
    assert ("You accepted this text" in page, "I have read it" in page) == (True, False)


def test_given_shows_amounts_rate_and_units(app: Flask) -> None:
    """J8.3."""
    ledger.treasury_rates()
    amal, program = people.person("Nneka"), programs.program()
    ledger.post(
        ledger.stay(
            amal, program, money=ledger.Money(395_000, "USD"), context="<b>Four nights</b>", priced_on=None
        )
    )
    page = portal.browser_of(app, amal).get("/p/given").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page).replace("&nbsp;", " "))
    for said in (
        "USD 3,950.00",
        "GBP 2,954.60",
        "0.748",
        "what it cost",
        "paid by us to somebody else",
        "&lt;b&gt;Four nights&lt;/b&gt;",
    ):
        assert said in text, said


def test_words_are_there_to_copy(app: Flask) -> None:
    disclosures.version("GB")
    jack, program = people.person("Jack", home_country="GB"), programs.program()
    ledger.post(ledger.stay(jack, program))
    page = portal.browser_of(app, jack).get("/p/words").text
    assert ("Ad Lumen Networks paid for my hotel." in page, "data-copy" in page) == (True, True)


def test_person_makes_renews_and_takes_back_an_address(app: Flask, client: FlaskClient) -> None:
    """J8.3, C1."""
    amal = people.person(languages=("en",))
    browser = portal.browser_of(app, amal)
    [first] = secrets_in(browser.post("/p/calendar").text)
    assert client.get(f"/calendar/{first}.ics").status_code == 200
    page = browser.get("/p/calendar").text
    assert (secrets_in(page), "Make a new address" in page) == ([], True)
    assert (
        'name="has_cancelled" value="y" checked' in page,
        browser.post("/p/calendar/cancelled").status_code,
    ) == (True, 303)
    [kept] = db.session.scalars(sa.select(Feed))
    assert (kept.has_cancelled, "checked" in browser.get("/p/calendar").text) == (False, False)
    [second] = secrets_in(browser.post("/p/calendar").text)
    assert [client.get(f"/calendar/{secret}.ics").status_code for secret in (first, second)] == [404, 200]
    assert browser.post("/p/calendar/revoke").status_code == 303
    assert client.get(f"/calendar/{second}.ics").status_code == 404
    feeds = db.session.scalars(sa.select(Feed)).all()
    assert {(feed.person_id, feed.user_id, feed.made_by_id) for feed in feeds} == {(amal.id, None, None)}


def test_person_downloads_an_item(app: Flask, at: At) -> None:
    with at(NOW):
        show = calendars.show()
        answer = portal.browser_of(app, show.jack).get(f"/p/calendar/{show.meeting.uid}.ics")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="item.ics"'
    assert "SUMMARY:Meeting with Grace" in answer.text


def test_nobody_reaches_anothers_things(app: Flask, at: At) -> None:
    """ASVS 8.2.2: every number of one person tried as another."""
    with at(NOW):
        show = calendars.show()
        version = disclosures.version("FR")
        ledger.post(ledger.stay(show.jack, show.event.program, context="Jack's own hotel"))
        [invitation] = db.session.scalars(
            sa.select(Invitation.id).where(Invitation.person_id == show.jack.id)
        )
        amal = portal.browser_of(app, show.amal)
        tried = [f"/p/invitations/{invitation}", f"/p/policies/{version.id}"]
        tried += [
            f"/p/calendar/{row.uid}.ics" for row in (show.meeting, show.leg, show.briefing, show.rehearsal)
        ]
        assert [amal.get(path).status_code for path in tried] == [404] * 6
        assert [amal.post(path, data={"answer": "declined"}).status_code for path in tried[:2]] == [404, 404]
        pages = [amal.get(path).text for path in PAGES]
    assert [
        name for page in pages for name in ("Jack", "Nneka", "Grace", "Meridian", "SYD") if name in page
    ] == []


def test_pages_load_nothing_from_elsewhere(app: Flask) -> None:
    """No tracking pixel, no third-party request; never kept by caches."""
    browser = portal.browser_of(app, people.person())
    for path in PAGES:
        answer = browser.get(path)
        loaded = re.findall(r'(?:src|href)="(https?:[^"]+)"', answer.text)
        assert (loaded, answer.headers["Cache-Control"]) == ([], "no-store")


# -- verify ----------------------------------------------------------------------------------------


def test_verify_page_vouches_for_a_reference_only(client: FlaskClient, at: At) -> None:
    """G6: the same words for an address we know and for one we do not."""
    with at(NOW):
        events.invited(events.event(), "Jack", promise="secret promise")
        reference = db.session.scalars(sa.select(Letter.reference)).one()
        page = client.get(f"/p/verify?reference={reference}").text
    for said in (
        "Yes, this came from us",
        "Connect London",
        "Analyst relations",
        "Lumen Networks",
        "1 Oct 2026",
    ):
        assert said in page, said
    assert ("Jack" in page, "secret promise" in page) == (False, False)
    nonce = r'nonce="[^"]+"|X-CSRFToken[^}]+|[\w.]+@\w+\.\w+'
    known, unknown = (
        re.sub(nonce, "", client.get(f"/p/verify?reference={address}").text)
        for address in ("jack@experts.example", "nobody@experts.example")
    )
    assert known == unknown
    assert "no letter with this reference" in client.get("/p/verify?reference=K7QM-3XWD-9TRB").text
    assert "Type it here" in client.get("/p/verify").text
    assert client.get("/p/verify?reference=%00%3Cscript%3E").status_code == 200


# -- staff -----------------------------------------------------------------------------------------


def test_staff_mail_a_link_or_have_it_shown_once(signed_in: SignIn, app: Flask) -> None:
    amal = people.person(owner=accounts.user(name="Mei"), email="amal@voices.example")
    browser = signed_in(Role.COORDINATOR)
    path = f"/p/invite/{amal.id}"
    assert "Mei" in browser.get(path).text
    sent = browser.post(path, data={"how": "mail"})
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/people/{amal.id}")
    assert len(db.session.scalars(sa.select(OutboxMail)).all()) == 1
    page = browser.post(path, data={"how": "show"}).text
    [link] = set(re.findall(r"/p/enter/[\w-]{43}", page))
    assert app.test_client().post(link).status_code == 303
    assert "At home in one browser now" in browser.get(path).text
    assert "One browser is signed out at once" in browser.get(path + "/shut").text
    assert browser.post(path + "/shut").status_code == 303
    assert "At home in 0 browsers now" in browser.get(path).text


@pytest.mark.parametrize(
    ("changes", "how", "message"),
    [
        ({}, "mail", "has no mail address"),
        ({"email": "a@b.example"}, "", "Choose one of the two."),
        ({"email": "a@b.example"}, "pigeon", "Not a valid choice"),
    ],
)
def test_impossible_invitations_are_refused(
    signed_in: SignIn, changes: dict[str, str], how: str, message: str
) -> None:
    amal = people.person(**changes)
    page = signed_in(Role.RELATIONS).post(f"/p/invite/{amal.id}", data={"how": how})
    assert (page.status_code, message in page.text) == (422, True)
    assert db.session.scalars(sa.select(PersonLink)).all() == []


@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.ASSISTANT, Role.PARTNER, Role.AUDITOR])
def test_roles_without_the_right_invite_nobody(signed_in: SignIn, role: Role) -> None:
    amal = people.person()
    browser = signed_in(role)
    assert [
        browser.get(f"/p/invite/{amal.id}").status_code,
        browser.post(f"/p/invite/{amal.id}/shut").status_code,
    ] == [403, 403]
