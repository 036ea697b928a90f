"""Pages of events: planning with wall clocks, the board, inviting, the door; who sees what."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db
from app.core.models import MailState, OutboxMail
from app.events import queries
from app.events.models import Event, Invitation, InvitationState, Session
from app.events.models_day import Seat
from app.ledger.models import Entry
from app.people.models import OrganisationKind
from tests.conftest import fresh
from tests.factories import accounts, people
from tests.factories import events as make
from tests.factories import outreach as make_outreach
from tests.factories import programs as make_programs

SignIn = Callable[..., FlaskClient]
S = InvitationState


@pytest.fixture
def ruth(app: Flask, signed_in: SignIn) -> FlaskClient:
    return signed_in(make.ruth())


def typed(under: int, **changes: str) -> dict[str, str]:
    return {
        "program_id": str(under), "name": "Connect London", "place": "ExCeL", "city": "London", "country": "GB",
        "zone": "Europe/London", "starts_at": "2026-10-13T09:00", "ends_at": "2026-10-16T18:00", "capacity": "12",
    } | changes  # fmt: skip


# -- planning --------------------------------------------------------------------------------------


def test_an_event_is_planned_on_the_clocks_of_its_zone(ruth: FlaskClient) -> None:
    answer = ruth.post("/events/new", data=typed(make_programs.program().id))
    event = db.session.scalars(sa.select(Event)).one()
    assert answer.location == f"/events/{event.id}"
    assert (event.starts_at, event.ends_at) == (
        datetime(2026, 10, 13, 8, tzinfo=UTC),
        datetime(2026, 10, 16, 17, tzinfo=UTC),
    )
    assert "13 Oct 2026," in ruth.get(answer.location).text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "This is needed."),
        ({"zone": "Europe/Atlantis"}, "This is not a time zone"),
        ({"zone": "Europe/London", "starts_at": "2026-03-29T01:30"}, "01:30"),  # the clocks go forward
        ({"starts_at": "yesterday"}, "Not a valid datetime value"),
        ({"starts_at": "1066-10-14T09:00"}, "Give a date between 1990 and 2100."),
        ({"ends_at": "2026-10-13T09:00"}, "The event ends after it begins."),
        ({"capacity": "0"}, "Give a whole number from 1 to 100,000."),
        ({"capacity": "many"}, "Not a valid integer value"),
        ({"country": "ZZ"}, "Not a valid choice"),
        ({"program_id": "99"}, "Not a valid choice"),
        ({"place": "a\x07b"}, "characters that cannot be printed"),
    ],
)
def test_bad_input_is_refused_and_kept(ruth: FlaskClient, changes: dict[str, str], message: str) -> None:
    answer = ruth.post("/events/new", data=typed(make_programs.program().id, **changes))
    assert (answer.status_code, db.session.scalars(sa.select(Event)).all()) == (422, [])
    assert message in answer.text
    assert 'value="London"' in answer.text


def test_a_time_in_the_gap_says_what_the_clocks_do(ruth: FlaskClient) -> None:
    answer = ruth.post("/events/new", data=typed(make_programs.program().id, starts_at="2026-03-29T01:30"))
    assert (answer.status_code, 'value="2026-03-29T01:30"' in answer.text) == (422, True)


def test_a_name_that_is_taken_is_said_at_the_field(ruth: FlaskClient) -> None:
    event = make.event()
    answer = ruth.post("/events/new", data=typed(event.program_id, name="CONNECT LONDON"))
    assert (answer.status_code, "There is already an event called Connect London." in answer.text) == (
        422,
        True,
    )


def test_editing_shows_wall_times_and_saves_them_unchanged(ruth: FlaskClient) -> None:
    event = make.event()
    page = ruth.get(f"/events/{event.id}/edit").text
    assert ('value="2026-10-13T09:00"' in page, 'value="2026-10-16T18:00"' in page) == (True, True)
    assert (
        ruth.post(
            f"/events/{event.id}/edit", data=typed(event.program_id, version="1", place="Olympia")
        ).status_code
        == 303
    )
    assert (fresh(event).place, event.starts_at, event.sequence) == (
        "Olympia",
        datetime(2026, 10, 13, 8, tzinfo=UTC),
        1,
    )


def test_two_who_save_the_same_event_lose_nothing(ruth: FlaskClient) -> None:
    event = make.event()
    ruth.post(f"/events/{event.id}/edit", data=typed(event.program_id, version="1", place="Olympia"))
    answer = ruth.post(
        f"/events/{event.id}/edit", data=typed(event.program_id, version="1", place="Earls Court")
    )
    assert (answer.status_code, "Olympia" in answer.text, "Earls Court" in answer.text) == (409, True, True)
    assert fresh(event).place == "Olympia"


def test_an_event_is_cancelled_with_a_reason(ruth: FlaskClient) -> None:
    event = make.event()
    assert ruth.post(f"/events/{event.id}/cancel", data={"reason": ""}).status_code == 422
    assert ruth.post(f"/events/{event.id}/cancel", data={"reason": "No hall"}).status_code == 303
    assert "Cancelled" in ruth.get(f"/events/{event.id}").text


def test_the_month_shows_an_event_on_its_days(ruth: FlaskClient) -> None:
    make.event()
    page = ruth.get("/events/?view=month&month=2026-10").text
    assert page.split("<tbody>")[1].split("</tbody>")[0].count("Connect London") == 4
    assert ruth.get("/events/?view=month&month=rubbish").status_code == 200


def test_events_are_found_by_search(ruth: FlaskClient) -> None:
    event = make.event()
    assert f"/events/{event.id}" in ruth.get("/search?q=connect").text


# -- agenda ----------------------------------------------------------------------------------------

SESSION = {
    "title": "Keynote", "place": "Hall 1", "starts_at": "2026-10-14T09:00", "ends_at": "2026-10-14T10:00",
    "audience": "analyst", "terms": "background", "is_nda": "y", "embargo_until_at": "2026-10-14T12:00",
}  # fmt: skip


def test_a_session_is_put_on_the_agenda_and_cancelled(ruth: FlaskClient) -> None:
    event = make.event()
    assert ruth.post(f"/events/{event.id}/sessions/new", data=SESSION).status_code == 303
    session = db.session.scalars(sa.select(Session)).one()
    assert (session.starts_at, session.embargo_until_at, session.is_nda) == (
        datetime(2026, 10, 14, 8, tzinfo=UTC), datetime(2026, 10, 14, 11, tzinfo=UTC), True,
    )  # fmt: skip
    make.session(event, "Rival", place="hall 1")
    page = ruth.get(f"/events/{event.id}/agenda").text
    assert ("09:00–10:00" in page, "Confidential" in page, page.count("Room taken twice")) == (True, True, 2)
    assert (
        ruth.post(
            f"/events/sessions/{session.id}/edit", data=SESSION | {"title": "Closing", "version": "1"}
        ).status_code
        == 303
    )
    assert (
        ruth.post(f"/events/sessions/{session.id}/edit", data=SESSION | {"version": "1"}).status_code == 409
    )
    assert ruth.post(f"/events/sessions/{session.id}/cancel", data={}).status_code == 303
    assert (fresh(session).title, session.is_cancelled) == ("Closing", True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ends_at": "2026-10-14T08:00"}, "The session ends after it begins."),
        ({"starts_at": "2026-10-12T09:00"}, "This lies outside the event."),
        ({"title": ""}, "This is needed."),
        ({"audience": "everybody"}, "Not a valid choice"),
        ({"embargo_until_at": "soon"}, "Not a valid datetime value"),
    ],
)
def test_a_session_that_cannot_be_is_refused(
    ruth: FlaskClient, changes: dict[str, str], message: str
) -> None:
    event = make.event()
    answer = ruth.post(f"/events/{event.id}/sessions/new", data=SESSION | changes)
    assert (answer.status_code, message in answer.text, queries.list_sessions(event)) == (422, True, [])


# -- inviting --------------------------------------------------------------------------------------


def test_people_are_drafted_written_to_and_answer(ruth: FlaskClient) -> None:
    """J4: the cohort, drafts, letters, the outbox, an answer by phone; the board adds up."""
    make_outreach.letter_template()
    event = make.event()
    names = ("Jack", "Nneka", "Amal")
    ids = [make.enrolled(event, name).id for name in names]
    page = ruth.get(f"/events/{event.id}/invite").text
    assert [f">{name}<" in page for name in names] == [True] * 3
    answer = ruth.post(
        f"/events/{event.id}/invite", data={"wave": "1", "promise": "A flight", "person_ids": ids}
    )
    assert answer.location == f"/events/{event.id}/invitations"
    assert "Write 3 letters of wave 1" in ruth.get(answer.location).text
    outbox = ruth.post(f"/events/{event.id}/letters", data={"wave": "1"})
    page = ruth.get(outbox.location).text
    assert ("3 mails, 1 language" in page, "Send 3" in page) == (True, True)
    assert "3 letters wait in the outbox" in ruth.get(f"/events/{event.id}").text
    board = ruth.get(f"/events/{event.id}/invitations").text
    assert (board.count("Letter in the outbox"), "letters of wave 1" in board) == (3, False)
    ruth.post("/outreach/outbox/batch", data={"batch": f"event-{event.id}-wave-1"})
    first = queries.list_invitations(event)[0]
    recorded = ruth.post(
        f"/events/invitations/{first.id}/answer",
        data={"state": "accepted", "channel": "phone", "reason": "Gladly"},
    )
    page = ruth.get(recorded.location).text
    assert ("Gladly" in page, "noted a yes" in page) == (True, True)
    funnel = queries.funnel(event)
    assert (funnel.invited, funnel.accepted, funnel.silent) == (3, 1, 2)
    assert "Record answer" in ruth.get(f"/events/{event.id}/invitations?state=invited").text


def test_a_full_event_says_that_a_yes_waits(ruth: FlaskClient) -> None:
    event = make.event(capacity=1)
    make.accepted(event, "Jack")
    late = make.invited(event, "Nneka")
    answer = ruth.post(f"/events/invitations/{late.id}/answer", data={"state": "accepted", "channel": "mail"})
    assert "number 1 on the waitlist" in ruth.get(answer.location).text
    refused = ruth.post(f"/events/invitations/{late.id}/promote", data={})
    assert (refused.status_code, "All 1 places are taken" in refused.text) == (422, True)
    assert ruth.get(f"/events/invitations/{late.id}/move").status_code == 200
    assert (
        ruth.post(f"/events/invitations/{late.id}/move", data={"place": "1", "reason": ""}).status_code == 422
    )
    assert "Place 1 on the waitlist" in ruth.get(f"/events/invitations/{late.id}").text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"wave": "1"}, "Tick at least one person"),
        ({"wave": "1", "person_ids": ["x"]}, "Tick at least one person"),
        ({"wave": "0", "person_ids": ["1"]}, "Give a whole number from 1 to 99."),
        ({"wave": "1", "person_ids": ["99"]}, "There is no such person"),
    ],
)
def test_nobody_is_drafted_by_mistake(ruth: FlaskClient, data: dict[str, object], message: str) -> None:
    event = make.event()
    make.enrolled(event, "Jack")
    answer = ruth.post(f"/events/{event.id}/invite", data=data | {"promise": "A flight for you"})
    assert (answer.status_code, queries.list_invitations(event)) == (422, [])
    assert message in answer.text
    assert "A flight for you" in answer.text


def test_a_wave_without_drafts_or_addresses_is_refused(ruth: FlaskClient) -> None:
    make_outreach.letter_template()
    event = make.event()
    make.draft(event, person=make.enrolled(event, "Jack", email=""))
    answer = ruth.post(f"/events/{event.id}/letters", data={"wave": "1"})
    assert (answer.status_code, "No mail address: Jack" in answer.text) == (422, True)
    answer = ruth.post(f"/events/{event.id}/letters", data={"wave": "7"})
    assert (answer.status_code, "was sent already" in answer.text) == (422, True)
    assert db.session.scalars(sa.select(OutboxMail)).all() == []


def test_an_invitation_is_edited_given_by_hand_and_withdrawn(ruth: FlaskClient) -> None:
    event = make.event()
    draft = make.draft(event, "Jack")
    url = f"/events/invitations/{draft.id}"
    assert (
        ruth.post(f"{url}/edit", data={"wave": "2", "badge": "Press", "promise": "A seat"}).status_code == 303
    )
    assert ruth.post(f"{url}/by-hand", data={"channel": "mail"}).status_code == 422
    assert ruth.post(f"{url}/by-hand", data={"channel": "phone"}).status_code == 303
    assert (fresh(draft).state, draft.wave, draft.badge) == (S.INVITED, 2, "Press")
    assert ruth.post(f"{url}/edit", data={"wave": "2", "promise": "Another"}).status_code == 422
    assert ruth.post(f"{url}/withdraw", data={"reason": ""}).status_code == 422
    assert ruth.post(f"{url}/withdraw", data={"reason": "Mistake"}).status_code == 303
    assert ruth.post(f"{url}/answer", data={"state": "accepted", "channel": "phone"}).status_code == 422


def test_a_stopped_invitation_by_hand_says_why(ruth: FlaskClient) -> None:
    event = make.event()
    draft = make.draft(event, "Jack")
    make_outreach.touch(draft.person, accounts.user(name="Tom", in_department="Social media"), is_ask=True)
    assert "Another department is in touch" in ruth.get(f"/events/invitations/{draft.id}").text
    answer = ruth.post(f"/events/invitations/{draft.id}/by-hand", data={"channel": "phone"})
    assert (answer.status_code, "ask is open" in answer.text) == (422, True)


@pytest.mark.parametrize(
    "data", [{"state": "invited", "channel": "phone"}, {"state": "accepted", "channel": "portal"}, {}]
)
def test_an_answer_that_is_none_is_refused(ruth: FlaskClient, data: dict[str, str]) -> None:
    jack = make.invited(make.event(), "Jack")
    assert ruth.post(f"/events/invitations/{jack.id}/answer", data=data).status_code == 422
    assert fresh(jack).state is S.INVITED


def test_thank_you_letters_are_written(ruth: FlaskClient) -> None:
    make_outreach.letter_template("en", key="thank_you", subject="Thank you", body=make_outreach.NOTE)
    event = make.event()
    assert ruth.post(f"/events/{event.id}/thanks", data={"message": "Thank you"}).status_code == 422
    jack = make.accepted(event, "Jack")
    ruth.post(f"/events/invitations/{jack.id}/check-in", data={"n_early_minutes": "0"})
    answer = ruth.post(f"/events/{event.id}/thanks", data={"message": "It was good to see you."})
    assert "1 mail, 1 language" in ruth.get(answer.location).text
    assert (
        db.session.scalars(sa.select(OutboxMail.state).order_by(OutboxMail.id.desc())).first()
        == MailState.HELD
    )


# -- seats and the door ----------------------------------------------------------------------------


def test_seats_are_set_up_given_and_freed(ruth: FlaskClient) -> None:
    event = make.event()
    jack = make.accepted(event, "Jack")
    data = {"rows": "a, b", "n_per_row": "3", "front_rows": "A", "accessible": "a1"}
    assert ruth.post(f"/events/{event.id}/seats/new", data=data).status_code == 303
    seat = queries.list_seats(event)[0]
    assert (seat.row, seat.is_front, seat.is_accessible) == ("A", True, True)
    assert ruth.post(f"/events/seats/{seat.id}", data={"comer_key": jack.key}).status_code == 303
    assert "Jack" in ruth.get(f"/events/{event.id}/seats").text
    assert ruth.post(f"/events/seats/{seat.id + 1}", data={"comer_key": "99"}).status_code == 422
    assert ruth.post(f"/events/seats/{seat.id}/free").status_code == 303
    assert fresh(seat).person_id is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": ""}, "This is needed."),
        ({"rows": "A B"}, "not written as it should be"),
        ({"n_per_row": "501"}, "Give a whole number from 1 to 500."),
        ({"front_rows": "C"}, "C is not"),
        ({"accessible": "A9"}, "There is no seat A9"),
    ],
)
def test_seats_that_cannot_be_set_up_are_refused(
    ruth: FlaskClient, changes: dict[str, str], message: str
) -> None:
    event = make.event()
    answer = ruth.post(f"/events/{event.id}/seats/new", data={"rows": "A", "n_per_row": "3"} | changes)
    assert (answer.status_code, message in answer.text, db.session.scalars(sa.select(Seat)).all()) == (
        422,
        True,
        [],
    )


def test_the_door_checks_in_once_and_undoes(ruth: FlaskClient) -> None:
    event = make.event()
    jack = make.accepted(event, "Jack")
    url = f"/events/invitations/{jack.id}"
    assert ruth.post(f"{url}/check-in", data={"n_early_minutes": "30"}).location == f"/events/{event.id}/door"
    again = ruth.post(f"{url}/check-in", data={"n_early_minutes": "30"})
    assert (again.status_code, "nothing was counted twice" in again.text) == (422, True)
    assert "1 of 1 here" in ruth.get(f"/events/{event.id}/door?q=ja").text
    assert "Nobody of this name comes" in ruth.get(f"/events/{event.id}/door?q=zz").text
    assert ruth.post(f"{url}/undo-check-in", data={"reason": "Not him"}).status_code == 303
    assert (fresh(jack).checked_in_at, db.session.scalar(sa.select(sa.func.count(Entry.seq)))) == (None, 2)


@pytest.mark.parametrize("early", ["-1", "601", "soon", "1e3"])
def test_early_minutes_are_a_number(ruth: FlaskClient, early: str) -> None:
    jack = make.accepted(make.event(), "Jack")
    assert (
        ruth.post(f"/events/invitations/{jack.id}/check-in", data={"n_early_minutes": early}).status_code
        == 422
    )
    assert fresh(jack).checked_in_at is None


def test_a_double_click_at_the_door_counts_once(ruth: FlaskClient) -> None:
    jack = make.accepted(make.event(), "Jack")
    data = {"n_early_minutes": "30", "form_key": "d" * 32}
    answers = [ruth.post(f"/events/invitations/{jack.id}/check-in", data=data).status_code for _ in range(2)]
    assert (answers, db.session.scalar(sa.select(sa.func.count(Entry.seq)))) == ([303, 303], 1)


# -- who sees what ---------------------------------------------------------------------------------


def test_reasons_are_for_those_who_may_read_notes(signed_in: SignIn) -> None:
    """R3, J4.2: an assistant and an agency see the answer, not the words."""
    agency = people.organisation("Vista Agency", kind=OrganisationKind.AGENCY)
    partner = accounts.user(role=Role.PARTNER, name="Sam of Vista", organisation_id=agency.id)
    event = make.event()
    one = make.invited(event, person=make.enrolled(event, "Mateus", agency_id=agency.id, languages=("en",)))
    make.answer(one, S.DECLINED, reason="A family matter")
    urls = (
        f"/events/{event.id}/invitations",
        f"/events/invitations/{one.id}",
        f"/events/person/{one.person_id}",
        f"/events/{event.id}",
    )
    for who, is_shown in ((Role.RELATIONS, True), (Role.ASSISTANT, False), (partner, False)):
        browser = signed_in(who)
        pages = [browser.get(url) for url in urls]
        assert [page.status_code for page in pages] == [200] * 4
        assert any("A family matter" in page.text for page in pages) is is_shown


def test_a_partner_gets_404_for_what_is_not_theirs(signed_in: SignIn) -> None:
    agency = people.organisation("Vista Agency", kind=OrganisationKind.AGENCY)
    browser = signed_in(accounts.user(role=Role.PARTNER, name="Sam of Vista", organisation_id=agency.id))
    event = make.event()
    jack = make.accepted(event, "Jack")
    urls = (
        f"/events/{event.id}",
        f"/events/{event.id}/seats",
        f"/events/invitations/{jack.id}",
        f"/events/person/{jack.person_id}",
    )
    assert [browser.get(url).status_code for url in urls] == [404] * 4


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER, Role.COMPLIANCE, Role.AUDITOR, Role.ADMIN])
def test_only_those_who_plan_may_write(signed_in: SignIn, role: Role) -> None:
    browser = signed_in(role)
    assert (browser.get("/events/new").status_code, browser.post("/events/1/letters").status_code) == (
        403,
        403,
    )


@pytest.mark.parametrize(
    "page",
    [
        "/events/",
        "/events/?view=month&month=2026-10",
        "/events/1/invitations",
        "/events/1/invite",
        "/events/1/agenda",
        "/events/1/seats",
        "/events/1/door",
        "/events/1",
    ],
)
def test_lists_need_the_same_queries_for_1_and_30_rows(
    ruth: FlaskClient, count_queries: Callable[[], int], page: str
) -> None:
    first = make.event()
    ruth.post("/events/1/seats/new", data={"rows": "A", "n_per_row": "40", "front_rows": "A"})
    seats = queries.list_seats(first)

    def add(number: int) -> None:
        event = make.event(f"Event {number}", under=first.program)
        make.session(first, f"Session {number}", place=f"Hall {number}")
        one = make.accepted(first, f"Person {number}")
        make.enrolled(first, f"Candidate {number}", owner=accounts.user(name=f"Owner {number}"))
        ruth.post(f"/events/seats/{seats[number].id}", data={"comer_key": one.key})
        make.draft(event, person=one.person)

    add(0)
    ruth.get(page)
    count_queries()
    ruth.get(page)
    with_one = count_queries()
    for number in range(1, 30):
        add(number)
    count_queries()
    assert ruth.get(page).status_code == 200
    assert count_queries() == with_one
    assert db.session.scalar(sa.select(sa.func.count(Invitation.id))) == 60
