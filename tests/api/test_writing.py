"""Writing by the interface: the operations of the screens, their rules and their records, over the London demo."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from app.accounts.models import AuditEvent
from app.advisory.models import Engagement
from app.core.db import db
from app.core.jobs import work_off
from app.events.models import Event, Invitation, InvitationState
from app.executives.models import Slot
from app.ledger.models import Entry
from app.people.models import Person

As = Callable[..., TestResponse]


def _count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def _actions() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(12)))


def _made(answer: TestResponse, as_: As, who: str) -> dict[str, Any]:
    """What was made, read again at the address that was named."""
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    again = as_(who, "GET", answer.headers["Location"].removeprefix("/api/v1"))
    assert again.get_json() == {name: found[name] for name in again.get_json()}
    return found


# -- by noun -------------------------------------------------------------------------------------------------


def test_an_organisation_is_added_and_changed(as_: As) -> None:
    made = as_(
        "mei", "POST", "/organisations", json={"name": "North Lab", "kind": "university", "country": "SE"}
    )
    number = _made(made, as_, "mei")["id"]
    etag = made.headers["ETag"]
    changed = as_(
        "mei", "PATCH", f"/organisations/{number}", {"If-Match": etag}, json={"is_gift_allowed": False}
    )
    assert (changed.status_code, changed.get_json()["is_gift_allowed"], changed.get_json()["country"]) == (
        200,
        False,
        "SE",
    )
    assert (
        as_("mei", "POST", "/organisations", json={"name": "North Lab", "kind": "university"}).status_code
        == 422
    )
    assert _actions()[0] == "people.organisation_edited"


def test_an_event_and_its_agenda_are_planned_and_moved(as_: As) -> None:
    plan = {
        "program_id": 1, "name": "Lab day", "place": "Hall 4", "city": "Oslo", "country": "NO", "zone": "Europe/Oslo",
        "starts_at": "2027-05-04T07:00:00Z", "ends_at": "2027-05-04T15:00:00Z", "capacity": 40,
    }  # fmt: skip
    made = as_("ruth", "POST", "/events", json=plan)
    event = _made(made, as_, "ruth")
    talk = {"title": "Opening", "starts_at": "2027-05-04T07:30:00Z", "ends_at": "2027-05-04T08:00:00Z"}
    session = as_("ruth", "POST", f"/events/{event['id']}/sessions", json=talk)
    number = _made(session, as_, "ruth")["id"]
    outside = talk | {"starts_at": "2027-05-05T07:30:00Z", "ends_at": "2027-05-05T08:00:00Z"}
    assert as_("ruth", "POST", f"/events/{event['id']}/sessions", json=outside).status_code == 422
    moved = as_(
        "ruth",
        "PATCH",
        f"/sessions/{number}",
        {"If-Match": session.headers["ETag"]},
        json={"place": "Stage 1"},
    )
    assert (moved.status_code, moved.get_json()["place"], moved.get_json()["title"]) == (
        200,
        "Stage 1",
        "Opening",
    )
    later = {"capacity": 60}
    grown = as_("ruth", "PATCH", f"/events/{event['id']}", {"If-Match": made.headers["ETag"]}, json=later)
    assert (grown.status_code, grown.get_json()["capacity"], grown.get_json()["city"]) == (200, 60, "Oslo")
    assert as_("daniel", "POST", "/events", json=plan | {"name": "Another"}).status_code == 403


def test_somebody_is_invited_and_their_answer_written_down(as_: As) -> None:
    """E1: the answer given by phone is the answer."""
    event = db.session.scalars(sa.select(Event).where(Event.name == "Open Lab Lisbon")).one().id
    asked = set(db.session.scalars(sa.select(Invitation.person_id).where(Invitation.event_id == event)))
    person = next(
        row["id"] for row in as_("ruth", "GET", "/people").get_json()["items"]
        if row["id"] not in asked and not row["is_opted_out"]
    )  # fmt: skip
    made = as_("ruth", "POST", f"/events/{event}/invitations", json={"person_id": person, "wave": 2})
    found = _made(made, as_, "ruth")
    assert (found["state"], found["wave"], found["person_id"]) == ("draft", 2, person)
    again = as_("ruth", "POST", f"/events/{event}/invitations", json={"person_id": person})
    assert again.status_code in {409, 422}
    waiting = db.session.scalars(
        sa.select(Invitation.id).where(Invitation.event_id == 1, Invitation.state == InvitationState.ACCEPTED)
    ).first()
    answer = as_(
        "ruth", "POST", f"/invitations/{waiting}/answer", json={"state": "declined", "channel": "phone", "reason": "ill"}
    )  # fmt: skip
    assert (answer.status_code, answer.get_json().get("state", answer.get_json())) in [
        (200, "declined"),
        (422, answer.get_json()),
    ]


def test_a_contact_is_written_down_and_the_guard_has_its_say(as_: As) -> None:
    """G3."""
    person = as_("mei", "GET", "/people").get_json()["items"][0]["id"]
    inbound = {"person_id": person, "channel": "mail", "subject": "They wrote", "is_inbound": True}
    made = as_("mei", "POST", "/touches", json=inbound)
    assert _made(made, as_, "mei")["is_inbound"] is True
    answers = [
        as_("mei", "POST", "/touches", json={"person_id": person, "channel": "phone", "subject": f"Call {n}", "is_ask": True})
        for n in range(6)
    ]  # fmt: skip
    stopped = [one for one in answers if one.status_code != 201]
    assert stopped
    assert {one.mimetype for one in stopped} == {"application/problem+json"}
    ask = as_("mei", "GET", "/touches?is_open_ask=true&limit=1").get_json()["items"][0]
    closed = as_("mei", "POST", f"/touches/{ask['id']}/answer", json={"answer": "Yes, gladly."})
    assert (closed.status_code, closed.get_json()["answer"]) == (200, "Yes, gladly.")
    assert as_("mei", "POST", f"/touches/{ask['id']}/answer", json={"answer": "Again."}).status_code in {
        409,
        422,
    }


def test_a_window_is_asked_for_and_nothing_is_blocked(as_: As) -> None:
    """X1: asked by the coordinator; the assistant sees it, and nobody is booked."""
    n_meetings = len(as_("ruth", "GET", "/meetings").get_json()["items"])
    slots = db.session.scalars(
        sa.select(Slot.id).where(Slot.withdrawn_at.is_(None)).order_by(Slot.id.desc())
    ).all()
    people = [row["id"] for row in as_("ruth", "GET", "/people").get_json()["items"]]
    tried = (
        as_(
            "ruth",
            "POST",
            f"/slots/{slot}/requests",
            json={"person_id": person, "question": "What comes next?"},
        )
        for slot in slots[:6]
        for person in people
    )
    made = next((one for one in tried if one.status_code == 201), None)
    if made is not None:
        assert _made(made, as_, "ruth")["state"] == "open"
    refused = as_(
        "helga", "POST", f"/slots/{slots[0]}/requests", json={"person_id": people[0], "question": "?"}
    )
    assert refused.status_code == 403
    assert len(as_("ruth", "GET", "/meetings").get_json()["items"]) == n_meetings


# -- the book ------------------------------------------------------------------------------------------------

FLIGHT = {
    "person_id": 1, "program_id": 1, "category": "gift", "form": "in_kind_vendor", "basis": "actual_cost",
    "value_on": "2026-11-20", "money": {"amount": "48.50", "currency": "GBP"}, "external_ref": "API-1", "context": "A book",
    "provider": "Lumen shop", "place": "London, GB",
}  # fmt: skip


def test_value_is_written_once_and_taken_back_by_another_entry(as_: As) -> None:
    """L1, L11."""
    n_before = _count(Entry)
    made = as_("mei", "POST", "/ledger/entries", json=FLIGHT)
    assert made.status_code == 201, made.get_json()
    assert (made.get_json()["received"], made.get_json()["was_known"]) == (
        {"amount": "48.50", "currency": "GBP"},
        False,
    )
    again = as_("mei", "POST", "/ledger/entries", json=FLIGHT)
    assert (again.status_code, again.get_json()["was_known"]) == (201, True)
    assert _count(Entry) == n_before + 1
    number = made.get_json()["seq"]
    assert (
        as_("mei", "POST", f"/ledger/entries/{number}/reversal", json={"reason": "wrong_amount"}).status_code
        == 403
    )
    back = as_("helga", "POST", f"/ledger/entries/{number}/reversal", json={"reason": "wrong_amount"})
    assert (back.status_code, back.get_json()["reverses"]) == (201, number)
    assert back.get_json()["received"]["amount"] == "-48.50"
    twice = as_("helga", "POST", f"/ledger/entries/{number}/reversal", json={"reason": "wrong_amount"})
    assert twice.status_code in {409, 422}
    assert _count(Entry) == n_before + 2


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_the_book_is_neither_changed_nor_deleted(as_: As, method: str) -> None:
    """L1: there is no such method, for nobody."""
    answer = as_("helga", method, "/ledger/entries/1", {"If-Match": "*"}, json={})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_an_entry_sent_twice_under_one_key_is_one_entry(as_: As) -> None:
    sent = {name: value for name, value in FLIGHT.items() if name != "external_ref"}
    n_before = _count(Entry)
    first, second = (
        as_("mei", "POST", "/ledger/entries", {"Idempotency-Key": "e-1"}, json=sent) for _ in range(2)
    )
    assert (first.status_code, first.get_data()) == (second.status_code, second.get_data())
    assert _count(Entry) == n_before + 1


# -- paid work -----------------------------------------------------------------------------------------------


def test_a_step_of_paid_work_keeps_its_rules(as_: As) -> None:
    """A5, R1: compliance clears, and no step is skipped."""
    row = db.session.scalars(sa.select(Engagement).order_by(Engagement.id)).first()
    assert row is not None
    number, state = row.id, row.state.value
    assert as_("helga", "POST", f"/engagements/{number}/start", json={}).status_code == 403
    assert as_("mei", "POST", f"/engagements/{number}/clear", json={}).status_code == 403
    pay = {
        "paid_on": "2026-11-20",
        "payee": "Somebody",
        "reference": "P-1",
        "fee": {"amount": "1", "currency": "GBP"},
    }
    refused = as_("mei", "POST", f"/engagements/{number}/pay", json=pay)
    assert (
        refused.status_code in {409, 422},
        as_("mei", "GET", f"/engagements/{number}").get_json()["state"],
    ) == (True, state)


# -- imports -------------------------------------------------------------------------------------------------

CSV = "Name,E-mail,Country\nOlu Adebayo,olu@kol.example,NG\nPia Lund,pia@kol.example,SE\n,nobody@kol.example,SE\n"


def _send(
    as_: As, who: str, path: str, data: str | bytes, kind: str = "text/csv", **more: Any
) -> TestResponse:
    return as_(who, "POST", path, data=data, content_type=kind, **more)


def test_a_file_of_people_is_tried_run_and_undone(as_: As) -> None:
    """P6: the dry run is the run, without writing."""
    n_before = _count(Person)
    tried = _send(as_, "mei", "/imports", CSV)
    found = tried.get_json()
    assert (tried.status_code, found["state"], found["n_created"], found["n_skipped"]) == (
        202,
        "checked",
        2,
        1,
    )
    assert [(line["line"], line["action"]) for line in found["lines"]] == [
        (2, "create"),
        (3, "create"),
        (4, "skip"),
    ]
    assert _count(Person) == n_before
    run = as_("mei", "POST", f"/imports/{found['id']}/run", json={})
    assert (run.status_code, run.get_json()["state"], run.get_json()["n_created"]) == (202, "done", 2)
    assert _count(Person) == n_before + 2
    undone = as_("mei", "POST", f"/imports/{found['id']}/undo", json={})
    assert (undone.status_code, undone.get_json()["state"]) == (200, "undone")
    assert _count(Person) == n_before
    assert as_("mei", "POST", f"/imports/{found['id']}/run", json={}).status_code == 422


def test_a_file_may_be_a_part_of_a_form_too(as_: As) -> None:
    part = {"file": (BytesIO(CSV.encode()), "people.csv")}
    sent = as_(
        "mei", "POST", "/imports", {"Idempotency-Key": "f-1"}, data=part, content_type="multipart/form-data"
    )
    assert (sent.status_code, sent.get_json()["n_created"]) == (202, 2)
    bare = as_("mei", "POST", "/imports", data={"other": "x"}, content_type="multipart/form-data")
    assert (bare.status_code, bare.get_json()["errors"][0]["field"]) == (422, "file")


def test_a_large_file_is_read_by_a_worker(as_: As) -> None:
    lines = "".join(f"Somebody {n},s{n}@kol.example,SE\n" for n in range(9000))
    sent = _send(as_, "mei", "/imports", "Name,E-mail,Country\n" + lines)
    place = sent.headers["Location"].removeprefix("/api/v1")
    assert (sent.status_code, sent.get_json()["is_under_way"]) == (202, True)
    work_off()
    found = as_("mei", "GET", place).get_json()
    assert (found["state"], found["is_under_way"], found["n_created"]) == ("checked", False, 9000)


@pytest.mark.parametrize(
    ("path", "data", "kind", "status"),
    [
        ("/imports", "", "text/csv", 422),
        ("/imports", b"\xff\xfe\x00\x01", "text/csv", 422),
        ("/imports", "just words", "text/csv", 422),
        ("/imports?dry_run=false", "Colour,Size\nred,1\n", "text/csv", 422),
        ("/imports", CSV, "text/html", 415),
        ("/imports", CSV, "application/json", 415),
        ("/imports?kind=value", CSV, "text/csv", 422),
        ("/imports?kind=moon", CSV, "text/csv", 422),
        ("/imports?profile=moon", CSV, "text/csv", 422),
        ("/imports?dry_run=perhaps", CSV, "text/csv", 422),
        ("/imports", b"a" * (21 * 1024 * 1024), "text/csv", 413),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    as_: As, path: str, data: str | bytes, kind: str, status: int
) -> None:
    n_before = _count(Person)
    answer = _send(as_, "mei", path, data, kind)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert _count(Person) == n_before


def test_who_may_not_import_imports_nothing(as_: As) -> None:
    for who in ("helga", "daniel", "paula"):
        assert _send(as_, who, "/imports", CSV).status_code == 403


# -- who sees what -------------------------------------------------------------------------------------------


def test_an_agency_reads_its_own_people_everywhere(as_: As) -> None:
    """R3: the partner of the demo, over every list that names people."""
    own = {row["id"] for row in as_("paula", "GET", "/people").get_json()["items"]}
    everybody = {row["id"] for row in as_("mei", "GET", "/people").get_json()["items"]}
    assert own < everybody
    for path in ("/trips", "/events/1/invitations"):
        rows = as_("paula", "GET", path).get_json()["items"]
        assert {row["person_id"] for row in rows} <= own, path
    stranger = next(iter(everybody - own))
    for path in (f"/people/{stranger}", f"/people/{stranger}/history", f"/trips?person_id={stranger}"):
        assert as_("paula", "GET", path).status_code == 404, path


def test_amounts_are_absent_for_those_who_may_not_see_them(as_: As) -> None:
    """R3: not empty, absent."""
    trips = as_("paula", "GET", "/trips").get_json()["items"]
    parts = [part for trip in trips for kind in ("legs", "stays", "transfers") for part in trip[kind]]
    assert parts
    assert not any("cost" in part for part in parts)
    seen = as_("mei", "GET", f"/trips/{trips[0]['id']}").get_json()
    assert any("cost" in part for kind in ("legs", "stays", "transfers") for part in seen[kind])
    invited = as_("daniel", "GET", "/events/1/invitations").get_json()["items"]
    assert invited
    assert not any("worth" in row for row in invited)


# -- bad input -----------------------------------------------------------------------------------------------

_NUL, _LONG = "a\u0000b", "a" * 400
_BAD_WORDS = (_NUL, _LONG, None, 7, [], {}, "")
BAD = [
    ("ruth", "/events", "name", {"program_id": 1, "place": "x", "zone": "UTC", "capacity": 1,
      "starts_at": "2027-05-04T07:00:00Z", "ends_at": "2027-05-04T15:00:00Z"}, _BAD_WORDS),
    ("mei", "/organisations", "name", {"kind": "agency"}, _BAD_WORDS),
    ("mei", "/touches", "subject", {"person_id": 1, "channel": "mail"}, _BAD_WORDS),
    ("mei", "/touches", "person_id", {"subject": "x", "channel": "mail"}, (-1, 2**31, "x", None, 1.5)),
    ("mei", "/ledger/entries", "quantity", FLIGHT, (0, -1, 10**9, "x", 1.5)),
    ("mei", "/ledger/entries", "value_on", FLIGHT, ("2026-13-01", "1066-10-14", "2999-01-01", "soon", None)),
    ("mei", "/ledger/entries", "money", FLIGHT, (
        {"amount": "-1", "currency": "GBP"}, {"amount": "1.234", "currency": "GBP"}, {"amount": "1e5", "currency": "GBP"},
        {"amount": 5.5, "currency": "GBP"}, {"amount": "1", "currency": "ZZZ"}, {"amount": "1" * 20, "currency": "GBP"}, "5",
        {"amount": "1", "currency": "GBP", "rate": 2},
    )),
    ("mei", "/ledger/entries", "seq", FLIGHT, (1,)),
    ("ruth", "/events/1/invitations", "wave", {"person_id": 1}, (0, 100, "x", None)),
    ("ruth", "/events/1/sessions", "starts_at", {"title": "x", "ends_at": "2027-05-04T15:00:00Z"}, (
        "2027-05-04T07:00:00", "never", 1e30, None,
    )),
]  # fmt: skip


@pytest.mark.parametrize(("who", "path", "field", "rest", "values"), BAD, ids=lambda one: str(one)[:24])
def test_bad_input_is_named_and_keeps_nothing(
    as_: As, who: str, path: str, field: str, rest: dict[str, Any], values: tuple[Any, ...]
) -> None:
    n_before = _count(AuditEvent)
    for value in values:
        answer = as_(who, "POST", path, json={**rest, field: value})
        assert (answer.status_code, answer.mimetype) == (422, "application/problem+json"), value
        assert answer.get_json()["errors"][0]["field"].split(".")[0] == field, value
    assert _count(AuditEvent) - n_before <= 1  # the token that was made


def test_half_a_character_is_no_word(as_: As) -> None:
    body = '{"name": "\\ud800", "kind": "agency"}'
    answer = as_("mei", "POST", "/organisations", data=body, content_type="application/json")
    assert answer.status_code in {400, 422}
