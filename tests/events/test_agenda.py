"""The agenda as a whole: rules and versions, who is on stage, parity, its pages and their queries."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db, transaction
from app.core.errors import Conflict, NotFound
from app.events import operations, policies, queries, queries_agenda, queries_parity
from app.events.conflicts import Level, Rule
from app.events.details_agenda import ParityDetails, RulesDetails
from app.events.models import Audience, Event, RecordTerms, Session
from app.events.models_agenda import Appearance
from app.events.operations_agenda import HeldBack, OnStageAlready
from app.events.operations_parity import DoesNotClose, NoGap
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import accounts
from tests.factories import events as make
from tests.factories import executives as make_executives

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]
TEN = datetime(2026, 10, 14, 9, tzinfo=UTC)  # in London


def session(of: Event, title: str, hour: int = 0, **more: Any) -> Session:
    at = TEN + timedelta(hours=hour)
    return make.session(of, title, **({"starts_at": at, "ends_at": at + timedelta(hours=1)} | more))


def rules(event: Event, **chosen: Any) -> None:
    with transaction():
        operations.set_rules(db.session.merge(event), RulesDetails(**chosen), by=make.ruth())


def release(event: Event) -> int:
    with transaction():
        return operations.release_agenda(db.session.merge(event), "First", by=make.ruth()).number


def stage(session: Session, person: Person) -> Appearance:
    with transaction():
        return operations.put_on_stage(db.session.merge(session), db.session.merge(person), by=make.ruth())


def texts(event: Event) -> list[str]:
    return [one.text for one in queries_agenda.get_agenda(fresh(event)).findings.rows]


# -- rules and versions ----------------------------------------------------------------------------


def test_a_block_holds_back_the_release_and_a_warning_goes_out_with_it(app: Flask) -> None:
    """E2: a room twice is never forbidden; it holds back the release until it is put right or judged otherwise."""
    event = make.event()
    session(event, "One"), session(event, "Two"), session(event, "Three", place="")
    with pytest.raises(
        HeldBack, match=r"Held back by “Room taken twice”: One. Hall 1 is also taken by “Two”"
    ):
        release(event)
    rules(event, levels={Rule.ROOM_TWICE: Level.WARN})
    assert release(event) == 1
    found = queries_agenda.latest_release(event)
    assert found is not None
    assert (found.n_sessions, found.n_warnings, found.note, found.by.name) == (3, 2, "First", "Ruth")


def test_a_version_is_kept_as_it_was_and_changes_since_are_counted(app: Flask) -> None:
    event = make.event()
    one, two = session(event, "One"), session(event, "Two", 1)
    release(event)
    with pytest.raises(HeldBack, match="Version 1 says the same"):
        release(event)
    with transaction():
        operations.cancel_session(db.session.merge(two), "Ill", by=make.ruth())
    session(event, "Three", 2)
    released = queries_agenda.get_agenda(fresh(event)).released
    assert released is not None
    assert (released.release.number, released.n_changes, release(event)) == (1, 2, 2)
    assert str(one.id) in released.release.content


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_nothing_is_let_out_of_an_empty_or_cancelled_event(app: Flask, is_cancelled: bool) -> None:
    event = make.event()
    if is_cancelled:
        session(event, "One")
        with transaction():
            operations.cancel_event(db.session.merge(event), "Flood", by=make.ruth())
    with pytest.raises(policies.EventIsOver if is_cancelled else HeldBack):
        release(event)


def test_two_who_choose_rules_at_once_lose_nothing(app: Flask) -> None:
    event = make.event()
    rules(event, day_change_hour=4)
    with transaction():
        operations.set_rules(
            db.session.merge(event), RulesDetails(day_change_hour=5), by=make.ruth(), seen_version=1
        )
    with pytest.raises(Conflict), transaction():
        operations.set_rules(db.session.merge(event), RulesDetails(), by=make.ruth(), seen_version=1)


@pytest.mark.parametrize(
    "bad",
    [{"day_change_hour": 13}, {"day_change_hour": -1}, {"n_buffer_minutes": 241}, {"levels": {"x": "warn"}}],
)
def test_rules_that_make_no_sense_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        RulesDetails(**bad)


# -- on stage --------------------------------------------------------------------------------------


def test_a_person_on_two_stages_or_in_a_meeting_is_said(app: Flask, at: At) -> None:
    """E2: a person wanted in two places at once; the meeting is told by the room above."""
    event = make.event()
    amal = make.accepted(event, "Amal").person
    one, two = session(event, "One"), session(event, "Two", place="Hall 2")
    stage(one, amal), stage(two, amal)
    assert texts(event) == ["Amal is also on stage in “Two” (10:00–11:00)."]
    with pytest.raises(OnStageAlready, match="Amal is on stage here already"):
        stage(one, amal)
    there = queries_agenda.appearances_of(event)[two.id][0]
    with transaction():
        operations.take_off_stage(queries_agenda.get_appearance(there.id), by=make.ruth())
    assert texts(event) == []
    with at(datetime(2026, 9, 1, tzinfo=UTC)):
        slot = make_executives.slot(make_executives.executive(), event)
        make_executives.accept(make_executives.request(slot, amal))
    assert texts(event) == ["Amal meets Grace at the same time."]


def test_a_partner_reads_no_name_of_somebody_elses_person(app: Flask) -> None:
    """R3: the name is withheld, the conflict is not."""
    event = make.event()
    amal = make.accepted(event, "Amal").person
    stage(session(event, "One"), amal)
    partner = accounts.user(role=Role.PARTNER)
    assert [one.name for one in queries_agenda.appearances_of(event, partner)[1]] == ["Somebody"]
    with pytest.raises(NotFound):
        queries_agenda.get_appearance(1, partner)


# -- parity ----------------------------------------------------------------------------------------


def settle(session: Session, **details: Any) -> None:
    with transaction():
        operations.settle_gap(db.session.merge(session), ParityDetails(**details), by=make.ruth())


def nine_against_seven(event: Event) -> tuple[Session, Session, Session]:
    """Two sessions for analysts alone beside seven for all; the last of them answers questions."""
    shared = [session(event, f"For all {n}", n) for n in range(7)]
    roadmap = session(event, "Roadmap", 1, place="Hall 2", audience=Audience.ANALYST, is_nda=True)
    ports = session(event, "Ports", 2, place="Hall 2", audience=Audience.ANALYST)
    session(event, "Press breakfast", 3, place="Hall 2", audience=Audience.PRESS)
    return roadmap, ports, shared[-1]


def test_nine_sessions_against_seven_leave_two_gaps_one_closed_one_explained(app: Flask) -> None:
    """J4.5, E2: 9 v. 7, two gaps, one closed by a session, one explained (NDA)."""
    event = make.event()
    roadmap, ports, answers = nine_against_seven(event)
    parity = queries_parity.parity_of(event)
    assert (parity.n_analysts, parity.n_ours, len(parity.gaps), parity.n_open) == (9, 7, 2, 2)
    settle(ports, closed_by_id=answers.id)
    settle(roadmap, reason="Only under a confidentiality agreement.")
    parity = queries_parity.parity_of(event)
    assert (parity.n_open, parity.n_closed, parity.n_explained) == (0, 1, 1)
    said = {gap.session.title: gap.note for gap in parity.gaps}
    assert said["Ports"] is not None
    assert said["Roadmap"] is not None
    assert (said["Ports"].closed_by.title, said["Roadmap"].reason) == (
        "For all 6",
        "Only under a confidentiality agreement.",
    )  # type: ignore[union-attr]
    assert {note.by.name for note in said.values() if note} == {"Ruth"}


def test_what_was_said_before_stays_and_a_gap_opens_again_with_its_session(app: Flask) -> None:
    event = make.event()
    _roadmap, ports, answers = nine_against_seven(event)
    settle(ports, reason="They were not asked.")
    settle(ports, closed_by_id=answers.id)
    assert [(note.reason, note.withdrawn_at is None) for note in queries_parity.list_notes(event)] == [
        ("They were not asked.", False), ("", True),
    ]  # fmt: skip
    with transaction():
        operations.cancel_session(db.session.merge(answers), "Ill", by=make.ruth())
    parity = queries_parity.parity_of(event)
    assert (parity.n_analysts, parity.n_ours, parity.n_open, parity.n_closed) == (8, 6, 2, 0)
    with transaction():
        operations.reopen_gap(db.session.merge(ports), by=make.ruth())
    with pytest.raises(NoGap), transaction():
        operations.reopen_gap(db.session.merge(ports), by=make.ruth())


def test_only_a_session_our_people_get_closes_a_gap(app: Flask) -> None:
    """Bad input: another analysts' session, one of another event, none, no reason, no gap."""
    event = make.event()
    roadmap, ports, answers = nine_against_seven(event)
    elsewhere = session(make.event("Connect Paris", under=event.program), "Elsewhere")
    for closer in (roadmap.id, elsewhere.id, 999):
        with pytest.raises(DoesNotClose):
            settle(ports, closed_by_id=closer)
    with pytest.raises(policies.ReasonNeeded):
        settle(ports, reason=" ")
    with pytest.raises(NoGap):
        settle(answers, reason="There is none.")


# -- pages -----------------------------------------------------------------------------------------


def test_the_pages_of_an_agenda(app: Flask, signed_in: SignIn) -> None:
    ruth = signed_in(make.ruth())
    event = make.event()
    amal = make.accepted(event, "Amal").person
    roadmap, ports, answers = nine_against_seven(event)
    base = f"/events/{event.id}"
    assert ruth.post(f"{base}/agenda/release", data={"note": "First"}).location == f"{base}/agenda"
    answer = ruth.post(f"{base}/agenda/release", data={"note": "Again"})
    assert (answer.status_code, "Version 1 says the same" in answer.text, "Again" in answer.text) == (
        422,
        True,
        True,
    )
    form = {rule.value: "warn" for rule in Rule} | {"day_change_hour": "4", "n_buffer_minutes": "5"}
    assert ruth.post(f"{base}/agenda/rules", data=form).location == f"{base}/agenda/conflicts"
    assert "Too close" in ruth.get(f"{base}/agenda/conflicts").text
    assert "days change at 04:00" in ruth.get(f"{base}/agenda").text
    assert (
        ruth.post(f"/events/sessions/{ports.id}/stage", data={"person_id": str(amal.id)}).status_code == 303
    )
    page = ruth.get(f"/events/sessions/{ports.id}").text
    assert ("Amal" in page, "Take off" in page) == (True, True)
    assert (
        ruth.post(f"/events/sessions/{ports.id}/parity", data={"closed_by_id": str(answers.id)}).status_code
        == 303
    )
    assert ruth.post(f"/events/sessions/{roadmap.id}/parity", data={"reason": ""}).status_code == 422
    page = ruth.get(f"{base}/parity").text
    assert ("For all 6" in page, "Close or explain" in page, "1 open" in page) == (True, True, True)
    assert ruth.post(f"/events/sessions/{ports.id}/parity/reopen").status_code == 303
    assert ruth.get(f"{base}/agenda?as=list&show=conflicts&day=&rooms=7").status_code == 200
    assert ruth.get(f"{base}/agenda?day=yesterday&rooms=-1&as=x&show=y").status_code == 200


def test_an_embargo_is_told_in_two_zones_with_what_is_left(app: Flask, signed_in: SignIn, at: At) -> None:
    """E2: "until 14 Oct 2026, 09:00 London, 10:00 Paris – 3 h 20 min left"."""
    reader = accounts.user(role=Role.RELATIONS)
    with transaction():
        db.session.merge(reader).zone = "Europe/Paris"
    event = make.event()
    kept = session(
        event, "Roadmap", audience=Audience.ANALYST, terms=RecordTerms.BACKGROUND,
        embargo_until_at=datetime(2026, 10, 14, 8, tzinfo=UTC),
    )  # fmt: skip
    browser = signed_in(reader)
    with at(datetime(2026, 10, 14, 4, 40, tzinfo=UTC)):
        page = plain(browser.get(f"/events/sessions/{kept.id}").text)
        assert "Embargo until 14 Oct 2026, 09:00 London, 10:00 Paris – 3 h 20 min left" in page
    with at(datetime(2026, 10, 14, 8, tzinfo=UTC)):
        assert "Embargo over since 14 Oct 2026, 09:00 London" in plain(
            browser.get(f"/events/sessions/{kept.id}").text
        )


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


@pytest.mark.parametrize("path", ["agenda", "agenda?as=list", "agenda/conflicts", "agenda/release", "parity"])
def test_pages_ask_as_much_for_one_session_as_for_thirty(
    app: Flask, signed_in: SignIn, count_queries: Callable[[], int], path: str
) -> None:
    """Constant queries, with people on stage and gaps among the thirty."""
    ruth = signed_in(make.ruth())
    event = make.event()
    amal = make.accepted(event, "Amal").person
    one = session(event, "One", audience=Audience.ANALYST)
    stage(one, amal)
    address = f"/events/{event.id}/{path}"
    ruth.get(address)  # the first visit of a browser is noted
    count_queries()
    ruth.get(address)
    n_with_one = count_queries()
    with transaction():
        for n in range(30):
            at = TEN + timedelta(minutes=20 * n)
            more = Session(
                event_id=event.id, title=f"More {n}", place=f"Hall {n % 3}", zone=event.zone, starts_at=at,
                ends_at=at + timedelta(hours=1), audience=Audience.ANALYST,
            )  # fmt: skip
            db.session.add(more)
            db.session.flush()
            db.session.add(Appearance(session_id=more.id, person_id=amal.id))
    assert len(queries.list_sessions(event)) == 31
    count_queries()
    ruth.get(address)
    assert count_queries() == n_with_one


@pytest.mark.parametrize(
    "path", ["1/schedules/new", "1/agenda/rules", "1/agenda/release", "sessions/1/stage", "sessions/1/parity"]
)
def test_only_those_who_plan_events_change_an_agenda(app: Flask, signed_in: SignIn, path: str) -> None:
    session(make.event(), "One")
    assert signed_in(Role.ASSISTANT).get(f"/events/{path}").status_code == 403
