"""J4 with its numbers: 12 letters that wait for a Korean text, 10 yes and 2 no, four substitutes, 16 = 12 + 3 + 1."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, transaction
from app.core.models import MailState, OutboxMail
from app.events import operations as events_operations
from app.events import queries as events
from app.events import queries_places
from app.events.models import Event, Invitation, InvitationState
from app.events.models_waves import PlaceOfferState
from app.outreach import queries_outbox
from app.people.models import Person
from app.programs import operations as programs
from app.programs.details_cohorts import WishDetails
from app.programs.models_cohorts import WishAbout
from tests.conftest import fresh
from tests.factories import accounts, handovers, portal
from tests.factories import events as make
from tests.factories import outreach as make_outreach
from tests.journeys.walking import Walker

At = Callable[[datetime], AbstractContextManager[None]]
S = InvitationState

NOW = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
BODY = "Dear {person}, {owner}, {department}, {verify_link}: answer at {answer_link}. {promise}"
PROMISE = "A flight, three nights, a seat in front, and an hour in the lab."

#: Eleven of them read a language there is a letter in; one reads Korean.
FIRST = {
    "Jack": "en", "Amal": "ar", "Kerem": "en", "Priya": "en", "Mateus": "en", "Nneka": "en", "Lerato": "en", "Sara": "en",
    "Ines": "fr", "Marta": "fr", "Chidi": "ar", "Hana": "ko",
}  # fmt: skip
NO = {
    "Marta": "Travelling for another story that week.",
    "Chidi": "My outlet does not let me take the flight.",
}
#: Who could come instead, with where they live; the program lacks voices of Pakistan, read in Korean.
SECOND = {
    "Bilal": ("PK", ("ko",)),
    "Yusra": ("PK", ("en",)),
    "Tomas": ("PK", ("en",)),
    "Sora": ("GB", ("ko",)),
}
OTHERS = {"Olga": ("GB", ("en",))}


@pytest.fixture(autouse=True)
def _ten_weeks_before(at: At) -> Iterator[None]:
    with at(NOW):
        yield


def _prepare() -> Event:
    event = make.event(capacity=12)
    for language in ("en", "ar", "fr"):
        make_outreach.letter_template(language, body=BODY)
    for name, language in FIRST.items():
        make.enrolled(
            event, name, languages=(language,), home_country="GB", official_status="none", official_reason=""
        )
    with transaction():
        program = db.session.merge(event).program
        for about, value in ((WishAbout.MARKET, "PK"), (WishAbout.LANGUAGE, "ko")):
            wish = WishDetails(about=about, values=(value,), n_wanted=3)
            programs.want_audience(program, wish, by=accounts.user())
    return fresh(event)


def _of(event: Event, name: str) -> Invitation:
    db.session.rollback()
    wanted = sa.select(Invitation).join(Person).where(Invitation.event_id == event.id, Person.name == name)
    return db.session.scalars(wanted).one()


def _link(event: Event, name: str) -> str:
    """The path of the link in somebody's letter, as the mail says it."""
    letter = queries_outbox.pending_letter(_of(event, name).person, "invitation", "events", event.id)
    assert letter is not None
    assert letter.mail is not None
    found = re.search(r"/p/answer/[\w-]+", queries_outbox.words_of(letter.mail).text)
    assert found is not None
    return found[0]


def _ids(names: dict[str, object]) -> list[str]:
    return [
        str(row.id)
        for row in db.session.scalars(sa.select(Person).where(Person.name.in_(names)).order_by(Person.id))
    ]


def _answer_by_link(door: FlaskClient, event: Event, name: str, answer: str, reason: str = "") -> None:
    data = {"answer": answer, "email": f"{name.lower()}@experts.example", "reason": reason}
    assert door.post(_link(event, name), data=data).status_code == 200


def _invite(ruth: Walker, event: Event, names: dict[str, object], wave: int) -> str:
    """Draft, write the letters; the path of their batch."""
    ruth.fill(f"/events/{event.id}/invite", person_ids=_ids(names), wave=str(wave), promise=PROMISE)
    ruth.press(f"/events/{event.id}/invitations", "letters")
    assert ruth.at is not None
    return str(ruth.at.location)


def test_invitations_from_the_first_letter_to_the_board(
    app: Flask, signed_in: Callable[..., FlaskClient], at: At
) -> None:
    """J4.1 to J4.4, E1, E4, G5: each number where the coordinator reads it."""
    event = _prepare()
    ruth = Walker(signed_in(make.ruth()))
    wave = {"number": "1", "n_seats": "12", "answer_by_at": "2026-09-15T18:00"}
    ruth.fill(f"/events/{event.id}/waves/new", **wave)
    _first_wave(ruth, event)
    _first_answers(ruth, event, app.test_client(), signed_in)
    _second_wave(ruth, event, app.test_client())

    # J4.4: the board.
    funnel = events.funnel(fresh(event))
    assert (funnel.invited, funnel.accepted, funnel.declined, funnel.waiting, funnel.silent) == (
        16,
        12,
        3,
        1,
        0,
    )
    board = ruth.open(f"/events/{event.id}/invitations")
    for number in (16, 12, 3, 1):
        assert f">{number}<" in board
    waiting = _of(event, "Sora")
    refused = ruth.browser.get(f"/travel/open/{waiting.id}")
    assert ("has not accepted yet" in refused.text, 'name="from_on"' in refused.text) == (True, False)
    ruth.fill(f"/travel/open/{_of(event, 'Jack').id}")
    assert {one.promise for one in events.list_invitations(event)} == {PROMISE}  # E4: what each was promised
    _offer_of_48_hours(event, app.test_client(), at)


def _first_wave(ruth: Walker, event: Event) -> None:
    """J4.1: "12 mails, 3 languages, 1 missing translation (ko)"; nothing leaves before the text is there."""
    batch = _invite(ruth, event, dict(FIRST), 1)
    assert "12 mails, 3 languages, 1 missing translation (ko)" in ruth.open(batch)
    name = f"event-{event.id}-wave-1"
    assert (queries_outbox.get_batch(name).can_send, events.funnel(event).drafts) == (False, 12)
    make_outreach.letter_template("ko", body=BODY)
    assert "12 mails, 4 languages" in ruth.open(batch)
    ruth.press(batch, "batch")
    db.session.rollback()
    mails = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.batch == name)).all()
    assert ({mail.state for mail in mails}, len(mails)) == ({MailState.NEW}, 12)
    assert (events.funnel(fresh(event)).invited, events.funnel(event).silent) == (12, 12)


def _first_answers(
    ruth: Walker, event: Event, door: FlaskClient, signed_in: Callable[..., FlaskClient]
) -> None:
    """J4.2: by link, by the agent, by phone, at their own door: 10 yes, 2 no with reasons."""
    agency = handovers.agency("Voices")
    handovers.representation(_of(event, "Mateus").person, agency)
    paula = signed_in(handovers.partner(agency))
    mateus = _of(event, "Mateus")
    assert "Marta" not in paula.get(f"/events/{event.id}/invitations").get_data(as_text=True)
    paula.post(f"/events/invitations/{mateus.id}/answer-for", data={"state": "accepted"})
    assert (_of(event, "Mateus").answered_by_name, paula.get(f"/people/{_of(event, 'Jack').person_id}").status_code) == (
        "Paula", 404,
    )  # fmt: skip
    ruth.fill(f"/events/invitations/{_of(event, 'Sara').id}/answer", state="accepted", channel="phone")
    hana = _of(event, "Hana")
    home = portal.browser_of(ruth.browser.application, hana.person)
    assert home.post(f"/p/invitations/{hana.id}", data={"answer": "accepted"}).status_code == 303
    for name, reason in NO.items():
        _answer_by_link(door, event, name, "declined", reason)
    for name in FIRST.keys() - NO.keys() - {"Mateus", "Sara", "Hana"}:
        _answer_by_link(door, event, name, "accepted")
    funnel = events.funnel(fresh(event))
    assert (funnel.accepted, funnel.declined, funnel.silent) == (10, 2, 0)
    board = ruth.open(f"/events/{event.id}/invitations?state=declined")
    assert [reason in board for reason in NO.values()] == [True, True]


def _second_wave(ruth: Walker, event: Event, door: FlaskClient) -> None:
    """J4.3: ranked by gap with reasons; 4 more invited: 2 yes, 1 no, and a yes to a full house waits."""
    for name, (country, languages) in (SECOND | OTHERS).items():
        kept = {"official_status": "none", "official_reason": ""}
        make.enrolled(event, name, home_country=country, languages=languages, **kept)
    page = ruth.open(f"/events/{event.id}/substitutes")
    places = [page.index(f"Invite {name}<") for name in ("Bilal", "Sora", "Olga")]
    assert places == sorted(places)  # two gaps, one, none
    assert "home country Pakistan" in page
    batch = _invite(ruth, event, dict(SECOND), 2)
    assert "4 mails, 2 languages" in ruth.open(batch)
    ruth.press(batch, "batch")
    for name, answer in (
        ("Bilal", "accepted"),
        ("Yusra", "declined"),
        ("Tomas", "accepted"),
        ("Sora", "accepted"),
    ):
        _answer_by_link(
            door, event, name, answer, "Exam season at the clinic school." if name == "Yusra" else ""
        )
    assert {name: _of(event, name).state for name in SECOND} == {
        "Bilal": S.ACCEPTED, "Yusra": S.DECLINED, "Tomas": S.ACCEPTED, "Sora": S.WAITING,
    }  # fmt: skip
    assert "Next: all 12 places are taken." in ruth.open(f"/events/{event.id}/waitlist")


def _offer_of_48_hours(event: Event, door: FlaskClient, at: At) -> None:
    """J4.3: a freed place is kept for 48 hours; its link opens a page and acts by a button; "no thanks" frees it."""
    make.answer(_of(event, "Jack"), S.DECLINED, reason="Ill")
    offer = queries_places.latest_offers([_of(event, "Sora").id])[_of(event, "Sora").id]
    assert offer.expires_at - offer.made_at == timedelta(hours=48)
    mail = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "place_offer")).one()
    found = re.search(r"/p/place/[\w-]+", queries_outbox.words_of(mail).text)
    assert found is not None
    assert door.get(found[0]).status_code == 200
    assert (fresh(offer).state, events_operations.run_due()) == (PlaceOfferState.OPEN, 0)
    assert door.post(f"{found[0]}/no-thanks").status_code == 200
    assert (fresh(offer).state, _of(event, "Sora").state) == (PlaceOfferState.REFUSED, S.DECLINED)
    funnel = events.funnel(fresh(event))
    assert (funnel.invited, funnel.accepted, funnel.declined, funnel.waiting) == (16, 11, 5, 0)
    assert queries_places.count_free(event) == 1
