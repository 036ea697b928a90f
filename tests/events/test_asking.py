"""Before sending and after silence: rules that stop one letter, reminders, asking again, substitutes by gap (E1, G3, L7, c20)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, transaction
from app.events import operations, policies, queries, queries_checks, queries_substitutes, queries_waves
from app.events.details import AnswerDetails, WaveDetails
from app.events.models import AnswerChannel, Event, InvitationState
from app.events.operations_invitations import Prepared
from app.ledger.models import Category
from app.outreach import operations as outreach
from app.outreach import queries as contacts
from app.outreach import queries_outbox
from app.people import operations as person_operations
from app.people.details import MayAcceptDetails
from app.people.models import AcceptAnswer, OfficialStatus
from app.programs import operations as programs
from app.programs.details_cohorts import WishDetails
from app.programs.models_cohorts import WishAbout
from tests.conftest import fresh
from tests.factories import accounts, handovers, ledger
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


def remind(event: Event) -> Prepared:
    with transaction():
        return operations.remind_silent(db.session.merge(event), by=make.ruth())


# -- rules before a letter is written --------------------------------------------------------------


def test_a_rule_stops_one_letter_and_is_quoted(app: Flask) -> None:
    """L7, c20: an office without approval and a hard limit stop their own letters; the rest of the wave is written."""
    make_outreach.letter_template()
    event = make.event()
    drafts = {name: make.draft(event, name) for name in ("Jack", "Amal", "Ines")}
    drafts["Bilal"] = make.draft(
        event,
        person=make.enrolled(
            event, "Bilal", official_status=OfficialStatus.OFFICIAL, official_reason="Sits on a board"
        ),
    )
    with transaction():
        answer = MayAcceptDetails(category=Category.TRAVEL_AIR, answer=AcceptAnswer.NO, source="Her mail")
        person_operations.set_may_accept(db.session.merge(drafts["Ines"]).person, answer, by=None)
    ledger.cap(soft=None, hard="100")
    ledger.post(ledger.stay(drafts["Amal"].person, event.program, money=ledger.gbp("100.01")))
    checks = queries_checks.checks_of(fresh(event), [fresh(one) for one in drafts.values()], make.ruth())
    said = {
        one.person.name: [check.label for check in checks[one.id] if check.is_block]
        for one in drafts.values()
    }
    assert "Accepts no flights" in [check.label for check in checks[drafts["Ines"].id]]
    assert said == {"Jack": [], "Amal": ["Over a limit"], "Ines": [], "Bilal": ["Approval needed"]}
    with transaction():
        here = [db.session.merge(one) for one in drafts.values()]
        prepared = operations.send_invitations(db.session.merge(event), here, by=make.ruth())
        stopped = {one.person.name: words for one, words in prepared.stopped}
        assert ("above the hard limit of" in stopped["Amal"], "Ask for the approval" in stopped["Bilal"]) == (
            True,
            True,
        )
    assert sorted(letter.person.name for letter in prepared.letters) == ["Ines", "Jack"]


# -- reminders -------------------------------------------------------------------------------------


def test_the_silent_are_reminded_once_through_the_outbox(app: Flask) -> None:
    """E1, G3, G5: restated there with languages and a missing text; the same link; the guard is asked when it leaves."""
    make_outreach.letter_template(body=BODY)
    make_outreach.letter_template(key="reminder", body=BODY)
    event = make.event()
    amal, jack, ines = (
        make.invited(event, name, person=make.enrolled(event, name, languages=("en",)))
        for name in ("Amal", "Jack", "Ines")
    )
    make.answer(jack)
    make.answer(ines, S.TENTATIVE)
    sora = make.invited(event, person=make.enrolled(event, "Sora", languages=("en",)))
    with transaction():
        db.session.merge(sora).person.languages = ["ko"]
    prepared = remind(event)
    batch = queries_outbox.get_batch(prepared.batch)
    assert batch.restated == "3 mails, 1 language, 1 missing translation (ko)"
    with pytest.raises(policies.CannotSend, match="Nobody is left"):
        remind(event)
    first = queries_outbox.letters_of("events", event.id, "invitation")[amal.person_id]
    again = queries_outbox.letters_of("events", event.id, "reminder")[amal.person_id]
    assert again.fields["answer_link"] == first.fields["answer_link"]
    make_outreach.letter_template("ko", key="reminder", body=BODY)
    make_outreach.touch(fresh(ines).person, accounts.user())
    with transaction():
        sent = outreach.release_batch(prepared.batch, by=make.ruth())
    assert (sent.n_sent, [letter.person.name for letter, _ in sent.stopped]) == (2, ["Ines"])
    asks = contacts.open_ask_of(fresh(amal).person, "events", event.id)
    assert asks is not None  # the first one: a reminder opens no second


def test_stale_answers_are_asked_again(app: Flask) -> None:
    """E1, C1: after a change of time everybody who comes or waits is asked; it counts in the funnel until they say so."""
    make_outreach.letter_template(key="ask_again", body=BODY)
    event = make.event()
    jack, amal = make.accepted(event, "Jack"), make.answer(make.invited(event, "Amal"), S.DECLINED)
    with transaction():
        db.session.merge(event).starts_at += timedelta(hours=2)
    with transaction():
        prepared = operations.ask_again(db.session.merge(event), by=make.ruth())
        assert [letter.person.name for letter in prepared.letters] == ["Jack"]
        outreach.release_batch(prepared.batch, by=make.ruth())
    assert (queries.funnel(fresh(event)).stale, fresh(amal).state) == (1, S.DECLINED)
    assert contacts.open_ask_of(fresh(jack).person, "events", event.id) is not None
    make.answer(jack)
    assert (queries.funnel(event).stale, contacts.open_ask_of(jack.person, "events", event.id)) == (0, None)
    with pytest.raises(policies.CannotSend), transaction():
        operations.ask_again(db.session.merge(event), by=make.ruth())


# -- substitutes -----------------------------------------------------------------------------------


def test_substitutes_are_ranked_by_the_gaps_they_close(app: Flask, count_queries: Callable[[], int]) -> None:
    """E1: two gaps before one, one before likeness, likeness before nothing; each with its reason; never by reach."""
    event = make.event()
    with transaction():
        for about, value in ((WishAbout.LANGUAGE, "ko"), (WishAbout.MARKET, "PK")):
            wish = WishDetails(about=about, values=(value,), n_wanted=1)
            programs.want_audience(db.session.merge(event).program, wish, by=accounts.user())
    marta = make.invited(
        event, person=make.enrolled(event, "Marta", home_country="ES", kind="blogger", languages=("en",))
    )
    make.answer(marta, S.DECLINED)
    for name, country, languages in (
        ("Ana", "ES", ("en",)), ("Both", "PK", ("ko",)), ("Nobody", "GB", ("en",)), ("One", "PK", ("en",)),
    ):  # fmt: skip
        make.enrolled(event, name, home_country=country, languages=languages)
    db.session.rollback()
    count_queries()
    found = queries_substitutes.list_substitutes(fresh(event), make.ruth())
    few = count_queries()
    assert [(row.name, len(row.closes), len(row.like)) for row in found.rows] == [
        ("Both", 3, 0), ("One", 2, 0), ("Ana", 0, 1), ("Nobody", 0, 0),
    ]  # fmt: skip
    assert found.rows[2].like == ["Spain, like Marta"]
    assert "Pakistan" in " ".join(why for _, why in found.rows[1].closes)
    for number in range(12):
        make.enrolled(event, f"More {number}", home_country="GB", languages=("en",))
    db.session.rollback()
    count_queries()
    assert len(queries_substitutes.list_substitutes(fresh(event), make.ruth()).rows) == 16
    assert count_queries() == few


# -- pages -----------------------------------------------------------------------------------------


def _planned(event: Event) -> None:
    with transaction():
        details = WaveDetails(
            number=1, n_seats=3, answer_by_at=NOW + timedelta(days=9), name="Analysts <first>"
        )
        operations.plan_wave(db.session.merge(event), details, by=make.ruth())


def test_the_coordinator_walks_through_the_pages(
    client: FlaskClient, signed_in: Callable[..., FlaskClient]
) -> None:
    event = make.event(capacity=1)
    jack, amal = make.accepted(event, "Jack"), make.answer(make.invited(event, "Amal"))
    ines = make.invited(event, "Ines")
    make.draft(event, "Kerem", promise="A flight")
    _planned(event)
    ruth = signed_in(make.ruth())
    waves = ruth.get(f"/events/{event.id}/waves").text
    assert ("Analysts &lt;first&gt;" in waves, "Remind 1 who has not answered" in waves, "nothing to forecast" in waves) == (
        True, True, True,
    )  # fmt: skip
    for path in ("waves/new", "waves/1/edit", "waves/1/release", "waitlist", "waitlist/hours", "checks", "substitutes", "remind",
                 "ask-again", "invitations", ""):  # fmt: skip
        assert ruth.get(f"/events/{event.id}/{path}".rstrip("/")).status_code == 200, path
    typed = {"number": "2", "n_seats": "4", "n_overbooked": "0", "answer_by_at": "2026-10-01T18:00"}
    assert ruth.post(f"/events/{event.id}/waves/new", data=typed).status_code == 303
    assert ruth.post(f"/events/{event.id}/waves/new", data=typed).status_code == 422
    late = typed | {"number": "3", "answer_by_at": "2026-10-14T18:00"}
    refused = ruth.post(f"/events/{event.id}/waves/new", data=late)
    assert (refused.status_code, "People answer before the event begins" in refused.text, "2026-10-14T18:00" in refused.text) == (
        422, True, True,
    )  # fmt: skip
    held = f"/events/invitations/{ines.id}/hold"
    assert (ruth.get(held).status_code, ruth.post(held, data={}).status_code) == (200, 422)
    assert ruth.post(held, data={"reason": "Tier one"}).status_code == 303
    assert ruth.post(f"/events/{event.id}/waves/1/release", data={"n_seen": "1"}).status_code == 422
    assert ruth.post(f"/events/{event.id}/waves/1/release", data={"n_seen": "0"}).status_code == 303
    assert (fresh(ines).state, fresh(amal).wave) == (S.INVITED, 2)
    assert ruth.post(f"/events/{event.id}/waitlist/hours", data={"n_hours": "24"}).status_code == 303
    assert ruth.post(f"/events/{event.id}/waitlist/hours", data={"n_hours": "0"}).status_code == 422
    make.answer(jack, S.DECLINED)
    assert "End the offer" in ruth.get(f"/events/{event.id}/waitlist").text
    ends = f"/events/invitations/{amal.id}/offer/end"
    assert (ruth.get(ends).status_code, ruth.post(ends, data={"reason": "Ill"}).status_code) == (200, 303)
    assert (ruth.get(ends).status_code, ruth.get(f"/events/invitations/{amal.id}/offer").status_code) == (
        404,
        200,
    )
    assert ruth.post(f"/events/invitations/{amal.id}/offer", data={"reason": "Well again"}).status_code == 303


def test_an_agent_answers_and_sees_nothing_private(
    client: FlaskClient, signed_in: Callable[..., FlaskClient]
) -> None:
    """E1, J4.2, R3: only those it represents; no reasons, no cautions, no pages of the coordinator; a late yes waits."""
    event = make.event()
    mateus, amal = make.invited(event, "Mateus"), make.invited(event, "Amal")
    agency = handovers.agency()
    handovers.representation(mateus.person, agency)
    agent = handovers.partner(agency)
    paula = signed_in(agent)
    page = f"/events/invitations/{mateus.id}/answer-for"
    assert (
        paula.get(page).status_code,
        paula.get(f"/events/invitations/{amal.id}/answer-for").status_code,
    ) == (200, 404)
    with transaction():
        details = AnswerDetails(
            state=S.DECLINED, channel=AnswerChannel.PORTAL, reason="Private: an operation"
        )
        operations.record_answer(db.session.merge(mateus), details, by=None)
    shown = paula.get(f"/events/invitations/{mateus.id}").text
    assert ("operation" in shown, "Answer for them" in shown) == (False, True)
    for path in (
        f"/events/{event.id}/checks",
        f"/events/invitations/{mateus.id}/answer",
        f"/events/{event.id}/remind",
    ):
        assert paula.get(path).status_code == 403
    assert paula.post(page, data={"state": "waiting"}).status_code == 422
    assert paula.post(page, data={"state": "accepted", "reason": "She is free"}).status_code == 303
    assert (fresh(mateus).state, mateus.answered_by_name) == (S.ACCEPTED, agent.name)
    assert (
        "Amal"
        not in paula.get(f"/events/{event.id}/waves").text + paula.get(f"/events/{event.id}/waitlist").text
    )
    assert [row.counts.n_sent for row in queries_waves.list_wave_rows(event, agent)] == [1]
