"""Told otherwise: exactly those whose facts changed since their letter are written to, with what it said and what is (G5)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role, User
from app.core import clock
from app.core.db import db, transaction
from app.events import operations as events
from app.events.details import AnswerDetails, EventDetails
from app.events.models import AnswerChannel, Event, Invitation, InvitationState
from app.outreach import operations, policies, queries_changes, queries_outbox
from app.outreach.models import Letter, TouchKind
from app.outreach.policies_changes import Change, changes_between
from tests.conftest import fresh
from tests.factories import events as make
from tests.factories import outreach

At = Callable[[datetime], AbstractContextManager[None]]
SignIn = Callable[..., FlaskClient]
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
BODY = outreach.NOTE.replace("{message}", "{event}:\n{changes}")


@pytest.fixture(autouse=True)
def september(app: Flask, at: At) -> object:
    with at(NOW):
        yield


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


@pytest.fixture
def show(users: dict[str, User]) -> Event:
    outreach.letter_template()
    outreach.letter_template(key="change", body=BODY, subject="News about {event}")
    return make.event()


def sent_wave(show: Event, *names: str) -> str:
    batch = make.prepare(show, [make.draft(show, name) for name in names])
    send(batch)
    return batch


def send(batch: str) -> None:
    with transaction():
        operations.release_batch(batch, by=make.ruth())


def move(show: Event, **changes: object) -> None:
    """Change the facts of the event as a coordinator does."""
    row = fresh(show)
    known = {name: getattr(row, name) for name in EventDetails.model_fields if hasattr(row, name)}
    with transaction():
        events.edit_event(db.session.merge(row), EventDetails(**(known | changes)), by=make.ruth())


def write(batch: str) -> tuple[str, list[Letter]]:
    with transaction():
        return operations.write_changes(batch, by=db.session.merge(make.ruth()))


LATER = {
    "starts_at": datetime(2026, 10, 14, 8, 0, tzinfo=UTC),
    "ends_at": datetime(2026, 10, 17, 17, 0, tzinfo=UTC),
}


def test_those_whose_times_changed_are_written_to_and_nobody_else(
    users: dict[str, User], show: Event
) -> None:
    """pretalx#1351: "send to the 3 whose times changed", with the difference; of two events only one moved."""
    batch = sent_wave(show, "Amal", "Ines", "Jack")
    other = make.event("Connect Paris", under=show.program)
    kept = make.prepare(other, [make.draft(other, "Nneka")])
    send(kept)
    assert queries_changes.list_outdated() == []
    move(show, **LATER)
    found = queries_changes.get_sent_batch(batch).changes
    assert [one.name for one in found.rows] == ["Amal", "Ines", "Jack"]
    moved = Change(
        "times",
        "13 October 2026, 09:00 – 16 October 2026, 18:00 (Europe/London)",
        "14 October 2026, 09:00 – 17 October 2026, 18:00 (Europe/London)",
    )
    assert (found.what, {one.changes for one in found.rows}) == ("times", {(moved,)})
    assert queries_changes.list_outdated(kept) == []
    name, letters = write(batch)
    assert sorted(one.person.name for one in letters) == ["Amal", "Ines", "Jack"]
    assert {(one.key, one.kind, one.batch) for one in letters} == {("change", TouchKind.TRANSACTIONAL, name)}
    assert queries_outbox.get_batch(name).restated.startswith("3 mails, ")
    assert all(one.is_written for one in queries_changes.list_outdated(batch))
    send(name)
    assert queries_changes.list_outdated() == []
    lines = db.session.scalars(
        sa.select(AuditEvent.subject_id).where(AuditEvent.action == "outreach.changes_written")
    ).all()
    assert lines == [name]


def test_the_letter_says_what_was_told_and_what_is_in_its_language(
    users: dict[str, User], show: Event
) -> None:
    outreach.letter_template("fr", key="change", body=BODY, subject="Du nouveau")
    batch = sent_wave(show, "Ines", "Jack")
    move(show, place="Olympia", **LATER)
    _, letters = write(batch)
    words = {one.person.name: queries_outbox.words_of(one.mail).text for one in letters if one.mail}
    assert (
        "13 octobre 2026, 09:00 – 16 octobre 2026, 18:00 (Europe/London) → 14 octobre 2026, 09:00"
        in words["Ines"]
    )
    assert "ExCeL → Olympia" in words["Ines"]
    assert "October 13, 2026" in words["Jack"]


def test_a_missing_translation_waits_like_any_other(users: dict[str, User], show: Event) -> None:
    outreach.letter_template("ko")
    batch = sent_wave(show, "Hana")
    move(show, place="Olympia")
    name, _ = write(batch)
    assert queries_outbox.get_batch(name).missing == {"ko": 1}


def test_pressing_twice_writes_once(users: dict[str, User], show: Event) -> None:
    batch = sent_wave(show, "Amal", "Jack")
    move(show, place="Olympia")
    write(batch)
    with pytest.raises(policies.NothingToSend, match="Nobody is left"):
        write(batch)
    n_letters = db.session.scalar(sa.select(sa.func.count(Letter.id)).where(Letter.key == "change"))
    assert n_letters == 2


def test_a_second_change_replaces_what_waits(users: dict[str, User], show: Event) -> None:
    """Nobody gets a letter that was true yesterday."""
    batch = sent_wave(show, "Jack")
    move(show, place="Olympia")
    first, [old] = write(batch)
    move(show, place="Tate")
    second, [new] = write(batch)
    assert (first == second, fresh(old).discarded_at is not None) == (False, True)
    assert "ExCeL → Tate" in queries_outbox.words_of(new.mail).text  # type: ignore[arg-type]
    send(second)
    move(show, place="Tate", city="Leeds")
    [one] = queries_changes.list_outdated(batch)
    assert one.changes == (Change("city", "London", "Leeds"),)


def test_a_change_that_was_taken_back_needs_no_letter(users: dict[str, User], show: Event) -> None:
    batch = sent_wave(show, "Jack")
    move(show, place="Olympia")
    assert len(queries_changes.list_outdated(batch)) == 1
    move(show, place="ExCeL")
    assert queries_changes.list_outdated(batch) == []


@pytest.mark.parametrize("state", [InvitationState.ACCEPTED, InvitationState.DECLINED])
def test_who_said_no_hears_nothing(users: dict[str, User], show: Event, state: InvitationState) -> None:
    batch = sent_wave(show, "Jack")
    with transaction():
        invitation = db.session.scalars(sa.select(Invitation)).one()
        events.record_answer(
            invitation, AnswerDetails(state=state, channel=AnswerChannel.MAIL, reason="x"), by=make.ruth()
        )
    move(show, place="Olympia")
    assert len(queries_changes.list_outdated(batch)) == (state is InvitationState.ACCEPTED)


def test_what_is_over_or_called_off_changes_nothing(users: dict[str, User], show: Event, at: At) -> None:
    sent_wave(show, "Jack")
    show_id = show.id
    move(show, place="Olympia")
    with at(NOW + timedelta(days=90)):
        assert queries_changes.list_outdated() == []
    with transaction():
        events.cancel_event(db.session.get_one(Event, show_id), "Snow", by=make.ruth())
    assert queries_changes.list_outdated() == []


def test_without_an_address_there_is_no_letter_and_it_says_so(
    users: dict[str, User], show: Event, signed_in: SignIn
) -> None:
    batch = sent_wave(show, "Amal", "Jack")
    move(show, place="Olympia")
    with transaction():
        db.session.scalars(sa.select(Letter)).all()[0].person.email = ""
    page = signed_in(users["Ruth"]).get(f"/outreach/sent/batch?name={batch}").text
    assert ("No mail address" in page, "Write to the one whose place changed" in page) == (True, True)
    _, letters = write(batch)
    assert len(letters) == 1


def test_at_the_screen(users: dict[str, User], show: Event, signed_in: SignIn) -> None:
    batch = sent_wave(show, "Amal", "Ines", "Jack")
    browser = signed_in(users["Ruth"])
    page = browser.get(f"/outreach/sent/batch?name={batch}").text
    assert ("Nothing: everybody was told" in page, "3 letters left" in page) == (True, True)
    assert "Told otherwise" not in browser.get("/outreach/outbox").text
    move(show, **LATER)
    assert "Told otherwise" in browser.get("/outreach/outbox").text
    page = browser.get(f"/outreach/sent/batch?name={batch}").text
    assert ("Write to the 3 whose times changed" in page, "13 October 2026, 09:00" in page) == (True, True)
    answer = browser.post("/outreach/sent/batch", data={"batch": batch})
    assert (answer.status_code, answer.location) == (
        303,
        f"/outreach/outbox/batch?name=events-{show.id}-change-1",
    )
    again = browser.post("/outreach/sent/batch", data={"batch": batch})
    assert (again.status_code, "Nobody is left to write to" in again.text) == (422, True)
    assert browser.get("/outreach/sent/batch?name=nothing").status_code == 404
    assert browser.post("/outreach/sent/batch", data={}).status_code == 404


@pytest.mark.parametrize("role", [Role.PARTNER, Role.AUDITOR, Role.COMPLIANCE])
def test_who_may_not_write_writes_nothing(
    users: dict[str, User], show: Event, signed_in: SignIn, role: Role
) -> None:
    """R3."""
    batch = sent_wave(show, "Jack")
    move(show, place="Olympia")
    browser = signed_in(role)
    assert browser.post("/outreach/sent/batch", data={"batch": batch}).status_code == 403
    assert browser.get(f"/outreach/sent/batch?name={batch}").status_code == (
        403 if role is Role.PARTNER else 200
    )


def test_the_pages_ask_the_same_number_of_questions(
    users: dict[str, User], show: Event, signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    batch = sent_wave(show, "Amal")
    browser = signed_in(users["Ruth"])

    def asked() -> list[int]:
        numbers = []
        for address in ("/outreach/outbox", f"/outreach/sent/batch?name={batch}", "/outreach/sent"):
            count_queries()
            assert browser.get(address).status_code == 200
            numbers.append(count_queries())
        return numbers

    move(show, place="Olympia")
    asked()
    with_one = asked()
    move(show, place="ExCeL", capacity=60)
    batch = sent_wave(show, *(f"Person {number}" for number in range(29)))
    move(show, place="Olympia")
    assert (asked(), len(queries_changes.list_outdated())) == (with_one, 30)


def test_two_facts_in_words() -> None:
    said = {
        "place": "A",
        "starts_at": "2026-10-13T08:00:00+00:00",
        "ends_at": "2026-10-13T17:00:00+00:00",
        "zone": "Europe/London",
        "promise": "x",
    }
    same = said | {"starts_at": "2026-10-13T09:00:00+01:00"}
    assert (
        changes_between(said, {name: same[name] for name in ("place", "starts_at", "ends_at", "zone")}, "en")
        == ()
    )
    zone = changes_between(said, {**same, "zone": "Europe/Paris"}, "de")
    assert zone == (
        Change(
            "times",
            "13. Oktober 2026, 09:00 – 18:00 (Europe/London)",
            "13. Oktober 2026, 10:00 – 19:00 (Europe/Paris)",
        ),
    )
    assert changes_between({"promise": "x"}, {"place": "B"}, "en") == ()
    assert clock.now() == NOW
