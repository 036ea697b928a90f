"""The day of an event: tasks, held seats, badges, two phones at one door, respect, promises; and what is refused."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import duties
from app.accounts.models import AuditEvent, Role, User
from app.accounts.signing_in import hash_secret
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError, NotFound
from app.events import (
    exports_badges,
    operations,
    operations_badges,
    operations_door,
    operations_holds,
    operations_promises,
    operations_respect,
    operations_tasks,
    policies,
    policies_day,
    queries,
    queries_badges,
    queries_close,
    queries_promises,
    queries_respect,
    queries_seats,
    queries_tasks,
)
from app.events.details import SeatsDetails
from app.events.details_day import (
    BadgeDetails,
    DoorDetails,
    HoldDetails,
    MissDetails,
    PromiseDetails,
    TaskDetails,
)
from app.events.models import Event, Invitation, InvitationState
from app.events.models_day import Badge, DoorOutcome, DoorReport, EventTask, RespectTick, Seat
from app.events.models_waves import Comer, Guest, GuestHow
from app.ledger.models import Entry
from app.ledger.queries import totals
from app.ledger.queries_totals import By
from app.notices.models import Notice
from app.people import operations_hospitality
from app.people.details import HospitalityDetails
from tests.conftest import fresh
from tests.factories import accounts
from tests.factories import events as make

At = Callable[[datetime], AbstractContextManager[None]]
Row = TypeVar("Row")
#: The first session of the second day begins at 09:00 in London.
OPENING = datetime(2026, 10, 14, 8, 0, tzinfo=UTC)
EARLY = OPENING - timedelta(minutes=30)


def here(row: Row) -> Row:
    """The row in the open transaction."""
    return db.session.merge(row)


def mei() -> User:
    return accounts.user(name="Mei", role=Role.RELATIONS)


def task_details(owner: User, **changes: object) -> TaskDetails:
    whole = {"what": "Call the venue", "owner_id": owner.id, "due_on": date(2026, 10, 20)} | changes
    return TaskDetails.model_validate(whole)


def report(key: str, of: Comer | str, at: datetime = EARLY, **more: object) -> DoorDetails:
    who = (
        {"code": of}
        if isinstance(of, str)
        else {"guest_id" if isinstance(of, Guest) else "invitation_id": of.id}
    )
    return DoorDetails.model_validate({"client_key": f"phone-{key:>06}", "at": at, **who, **more})


def take(event: Event, *reports: DoorDetails) -> list[DoorReport]:
    with transaction():
        return operations_door.take_reports(db.session.merge(event), reports, by=make.ruth())


def codes(event: Event, *guests: Comer) -> list[str]:
    with transaction():
        ids = [one.key for one in guests]
        return [
            one.code for one in operations_badges.print_badges(db.session.merge(event), ids, by=make.ruth())
        ]


def chairs(event: Event, **changes: object) -> Sequence[Seat]:
    details = {"rows": ("A",), "n_per_row": 4, "front_rows": ("A",), "accessible": ("A1",)} | changes
    with transaction():
        return operations.add_seats(
            db.session.merge(event), SeatsDetails.model_validate(details), by=make.ruth()
        )


def at_once(app: Flask, *acts: Callable[[], object]) -> list[Exception]:
    """Do several things at the same moment, each in a connection of its own; what was refused."""
    start, refused = threading.Barrier(len(acts)), list[Exception]()

    def do(act: Callable[[], object]) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    act()
            except DomainError as problem:
                refused.append(problem)

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return refused


# -- tasks -----------------------------------------------------------------------------------------


def test_a_task_is_added_given_away_done_and_opened_again(app: Flask, at: At) -> None:
    """Whoever is asked by somebody else is told; a task says how it was done; each step is in the trail."""
    event = make.event()
    jack = make.accepted(event, "Jack")
    ruth, other = make.ruth(), mei()
    with at(OPENING):
        with transaction():
            task = operations_tasks.add_task(event, task_details(ruth, person_id=jack.person_id), by=ruth)
        assert db.session.scalars(sa.select(Notice)).all() == []
        with transaction():
            operations_tasks.change_task(task, task_details(other), by=ruth)
        told = db.session.scalars(sa.select(Notice)).one()
        assert (told.user_id, told.message) == (
            other.id,
            "Connect London: Call the venue, until 20 Oct 2026.",
        )
        assert [one.id for one in queries_tasks.list_open_of(other)] == [task.id]
        with pytest.raises(policies.ReasonNeeded), transaction():
            operations_tasks.finish_task(here(task), "  ", by=other)
        with transaction():
            operations_tasks.finish_task(here(task), "Called them.", by=other)
        with pytest.raises(policies_day.CannotDo), transaction():
            operations_tasks.change_task(here(task), task_details(ruth), by=ruth)
        assert (queries_tasks.count_open(event), fresh(task).done_by_id) == (0, other.id)
        with transaction():
            operations_tasks.reopen_task(here(task), by=ruth)
    assert (fresh(task).done_at, task.how, queries_tasks.count_open(event)) == (None, "", 1)
    trail = db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.subject_kind == "event_task").order_by(AuditEvent.id)
    )
    assert list(trail) == [f"events.task_{step}" for step in ("added", "changed", "done", "reopened")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"due_on": date(2026, 10, 13)}, "This day is over"),
        ({"due_on": date(2029, 1, 1)}, "more than two years away"),
        ({"person_id": 999_999}, "no such person"),
        ({"owner_id": 999_999}, "This user does not exist."),
    ],
)
def test_a_task_nobody_can_do_is_refused(
    app: Flask, at: At, changes: dict[str, object], message: str
) -> None:
    event = make.event()
    with at(OPENING), pytest.raises(DomainError, match=f"(?i){message}"), transaction():
        operations_tasks.add_task(event, task_details(make.ruth(), **changes), by=make.ruth())
    assert db.session.scalars(sa.select(EventTask)).all() == []


def test_a_partner_gets_no_task_and_sees_none(app: Flask, at: At) -> None:
    """R3."""
    event, partner = make.event(), accounts.user(name="Paula", role=Role.PARTNER)
    with at(OPENING):
        with pytest.raises(policies_day.CannotDo), transaction():
            operations_tasks.add_task(event, task_details(partner), by=make.ruth())
        with transaction():
            task = operations_tasks.add_task(event, task_details(make.ruth()), by=make.ruth())
    assert queries_tasks.list_tasks(event, partner) == []
    with pytest.raises(NotFound):
        queries_tasks.get_task(task.id, partner)


def test_only_the_owner_and_planners_finish_a_task(app: Flask, signed_in: Callable[..., FlaskClient]) -> None:
    event, daniel = make.event(), accounts.user(name="Daniel", role=Role.ASSISTANT)
    due = clock.today() + timedelta(days=3)
    with transaction():
        mine, hers = (
            operations_tasks.add_task(event, task_details(who, due_on=due), by=make.ruth())
            for who in (daniel, make.ruth())
        )
    browser = signed_in(daniel)
    assert "Call the venue" in browser.get("/").text
    assert browser.post(f"/events/tasks/{hers.id}/done", data={"how": "Done"}).status_code == 403
    assert browser.post(f"/events/tasks/{mine.id}/done", data={"how": "Done"}).status_code == 303
    assert browser.get(f"/events/tasks/{mine.id}").status_code == 403
    assert (fresh(mine).how, "Call the venue" in browser.get("/").text) == ("Done", False)


def test_open_tasks_of_somebody_who_leaves_go_to_the_coordinator(app: Flask, at: At) -> None:
    """P1: nothing waits for a person who is gone."""
    event, other = make.event(), mei()
    with at(OPENING):
        with transaction():
            task = operations_tasks.add_task(event, task_details(other), by=make.ruth())
        with transaction():
            duties.say_farewell(here(other), accounts.user(role=Role.ADMIN))
        assert fresh(task).owner.name == "Ruth"
        told = db.session.scalars(sa.select(Notice).order_by(Notice.id.desc())).first()
    assert told is not None
    assert told.user_id == event.coordinator_id


# -- seats -----------------------------------------------------------------------------------------


def test_held_seats_stay_free_until_they_are_released(app: Flask) -> None:
    """E3: zones and holds; a held seat is given to nobody, and one that is taken cannot be held."""
    event = make.event()
    first, second, *_rest = chairs(event, room_zone="Stalls\r\n left")
    jack = make.accepted(event, "Jack")
    assert [zone.name for zone in queries_seats.room_of(event)] == ["Stalls left"]
    with transaction():
        details = HoldDetails(held_for="The\r\nminister", reason="Says on the day")
        operations_holds.hold_seats([here(first)], details, by=make.ruth())
    assert fresh(first).held_for == "The minister"
    with pytest.raises(policies.CannotSeat, match="held for The minister"), transaction():
        operations.seat_person(here(first), jack.person, by=make.ruth())
    with pytest.raises(policies.CannotSeat, match="held for The minister already"), transaction():
        operations_holds.hold_seats([here(first)], HoldDetails(held_for="Press"), by=make.ruth())
    with transaction():
        operations_holds.release_seat(here(first), by=make.ruth())
        operations.seat_person(here(first), jack.person, by=make.ruth())
    with pytest.raises(policies.CannotSeat, match="A1 is taken"), transaction():
        operations_holds.hold_seats([here(first), here(second)], details, by=make.ruth())
    assert (fresh(second).held_for, queries_seats.room_of(event)[0].n_free) == ("", 3)


def test_one_seat_taken_twice_at_once_goes_to_one_of_them(app: Flask) -> None:
    """E3."""
    event = make.event()
    seat = chairs(event)[0]
    ids = [make.accepted(event, name).id for name in ("Jack", "Amal")]
    seat_id, by_id = seat.id, make.ruth().id
    db.session.rollback()

    def sit(id: int) -> Callable[[], object]:
        def act() -> object:
            person = db.session.get_one(Invitation, id).person
            return operations.seat_person(
                db.session.get_one(Seat, seat_id), person, by=db.session.get_one(User, by_id)
            )

        return act

    refused = at_once(app, *(sit(id) for id in ids))
    assert [str(type(one).__name__) for one in refused] == ["CannotSeat"]
    assert len([one for one in queries.list_seats(event) if one.person_id]) == 1


def test_a_seat_that_may_not_suit_is_said_without_saying_why(
    app: Flask, signed_in: Callable[..., FlaskClient]
) -> None:
    """R4: what a guest needs stays with those who serve them; that it was compared, and read, is written down."""
    event = make.event()
    first, second, *_rest = chairs(event)
    amal = make.accepted(event, "Amal")
    today = clock.today()
    with transaction():
        operations_hospitality.set_hospitality(
            db.session.merge(amal.person),
            HospitalityDetails(
                access_needs="No steps, she walks with a stick.", consented_on=today - timedelta(days=1),
                consent_source="Mail", purge_on=today + timedelta(days=30),
            ),
            by=make.ruth(),
        )  # fmt: skip
    relations = signed_in(mei())
    relations.post(f"/events/seats/{second.id}", data={"comer_key": amal.key})
    page = relations.get(f"/events/{event.id}/seats").text
    assert ("may not suit them" in page, "stick" in page, relations.get(f"/events/{event.id}/seats/access").status_code) == (
        True,
        False,
        403,
    )  # fmt: skip
    page = signed_in(make.ruth()).get(f"/events/{event.id}/seats/access").text
    assert ("Amal" in page, "stick" in page) == (True, False)
    relations.post(f"/events/seats/{first.id}", data={"comer_key": amal.key})
    assert "may not suit them" not in relations.get(f"/events/{event.id}/seats").text
    trail = db.session.execute(
        sa.select(AuditEvent.action, AuditEvent.subject_id)
        .where(AuditEvent.action.like("people.hospitality_%"))
        .order_by(AuditEvent.id)
    )
    steps = [(action.removeprefix("people.hospitality_"), int(ref)) for action, ref in trail]
    assert steps == [(step, amal.person_id) for step in ("set", "compared", "read", "compared")]


# -- badges ----------------------------------------------------------------------------------------


def test_a_badge_has_a_random_code_of_which_only_the_hash_is_kept(app: Flask) -> None:
    """Printed again, the older badge opens nothing; the name on it may differ from the record."""
    event = make.event()
    jack = make.accepted(event, "Jack", badge="Analyst+KOL")
    with transaction():
        details = BadgeDetails(name="Jack\r\nT.\t", second_line="The Mine\nRadio", kind="Analyst+KOL")
        operations_badges.edit_badge(here(jack), details, by=make.ruth())
    (old,), (new,) = codes(event, jack), codes(event, jack)
    badge = db.session.scalars(sa.select(Badge)).one()
    assert (badge.name, badge.second_line, badge.n_prints) == ("Jack T.", "The Mine Radio", 2)
    assert badge.secret_hash == hash_secret(new) != hash_secret(old)
    assert (fresh(jack).person.name, len(new)) == ("Jack", 14)
    assert [one.outcome for one in take(event, report("1", old), report("2", new.lower()))] == [
        DoorOutcome.REFUSED,
        DoorOutcome.COUNTED,
    ]
    declined = make.answer(make.invited(event, "Amal"), InvitationState.DECLINED)
    with pytest.raises(policies_day.CannotPrint), transaction():
        operations_badges.print_badges(event, [declined.key, "999", "g9", "x"], by=make.ruth())
    with pytest.raises(policies_day.CannotPrint), transaction():
        operations_badges.edit_badge(here(declined), details, by=make.ruth())


@pytest.mark.parametrize(
    ("name", "size", "direction"),
    [
        ("Ng", "name-xl", "ltr"),
        ("Carla Brightwell-Ortiz", "name-l", "ltr"),
        ("عبد الرحمن بن محمد آل سعود", "name-l", "rtl"),
        ("(3) דוד בן־גוריון", "name-l", "rtl"),
        ("Prof. Dr. Anneliese-Wilhelmina Freifrau von und zu Hohenstein", "name-s", "ltr"),
        ("W" * 320, "name-xs", "ltr"),
        ("<script>alert(1)</script>", "name-l", "ltr"),
    ],
)
def test_every_name_fits_on_a_badge(app: Flask, name: str, size: str, direction: str) -> None:
    event = make.event()
    jack = make.accepted(event, "Jack")
    with transaction():
        operations_badges.edit_badge(here(jack), BadgeDetails(name=name), by=make.ruth())
        printed = operations_badges.print_badges(event, [jack.key], by=make.ruth())
    with app.test_request_context():
        page = exports_badges.badges_html(event, printed)
    assert f'dir="{direction}"><h2 class="name {size}">' in page
    assert ("<script>" in page, page.count("data:image/svg+xml"), printed[0].code in page) == (False, 1, True)


def test_badges_come_as_a_sheet_and_a_get_makes_no_codes(
    app: Flask, signed_in: Callable[..., FlaskClient]
) -> None:
    event = make.event()
    jack = make.accepted(event, "Jack")
    ruth = signed_in(make.ruth())
    assert "Jack" in ruth.get(f"/events/{event.id}/badges").text
    assert ruth.get(f"/events/{event.id}/badges/print").status_code == 405
    assert ruth.post(f"/events/{event.id}/badges/print", data={}).status_code == 422
    assert db.session.scalars(sa.select(Badge)).all() == []
    answer = ruth.post(f"/events/{event.id}/badges/print", data={"ids": [str(jack.id), "x", "99999999999"]})
    if answer.status_code == 200:
        assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
        assert db.session.scalars(sa.select(Badge.n_prints)).all() == [1]
    else:  # this server makes no PDF: nothing was made, and no code was spent
        assert (answer.status_code, db.session.scalars(sa.select(Badge)).all()) == (503, [])


# -- the door --------------------------------------------------------------------------------------


def test_two_phones_that_saw_the_same_guest_count_once(app: Flask) -> None:
    """E3: at the same moment, each with a number of its own; the second is told; the units stand once."""
    event = make.event()
    make.session(event)
    jack = make.accepted(event, "Jack")
    (seat, *_rest), id, event_id, by_id = chairs(event), jack.id, event.id, make.ruth().id
    with transaction():
        operations.seat_person(here(seat), here(jack).person, by=make.ruth())

    def phone(key: str) -> Callable[[], object]:
        def act() -> object:
            details = DoorDetails(client_key=f"phone-{key}-0001", at=EARLY, invitation_id=id)
            by = db.session.get_one(User, by_id)
            return operations_door.take_reports(db.session.get_one(Event, event_id), [details], by=by)

        return act

    assert at_once(app, phone("a"), phone("b")) == []
    outcomes = sorted(one.outcome.value for one in db.session.scalars(sa.select(DoorReport)))
    assert outcomes == ["counted", "repeated"]
    assert sorted(db.session.scalars(sa.select(Entry.quantity))) == [1, 30]
    assert at_once(app, phone("a"), phone("a")) == []
    assert db.session.scalar(sa.select(sa.func.count(DoorReport.id))) == 2


@pytest.mark.parametrize(
    ("at_phone", "counted_at", "early", "said"),
    [
        (EARLY, EARLY, 30, ""),
        (OPENING, OPENING, 0, ""),
        (OPENING + timedelta(days=400), None, 0, "The clock of this phone is ahead"),
        (OPENING - timedelta(days=3), None, 0, "the event is not on"),
        (datetime(1970, 1, 1, tzinfo=UTC), None, 0, "the event is not on"),
        (datetime(9999, 12, 31, tzinfo=UTC), None, 0, "The clock of this phone is ahead"),
    ],
)
def test_a_phone_with_a_wrong_clock_does_not_decide_when(
    app: Flask, at: At, at_phone: datetime, counted_at: datetime | None, early: int, said: str
) -> None:
    """E3: the phone's time counts while it can be true, else the server's; both are kept."""
    event = make.event()
    make.session(event)
    jack = make.accepted(event, "Jack")
    received = OPENING + timedelta(hours=6)
    with at(received):
        (done,) = take(event, report("1", jack, at_phone))
    assert (done.outcome, done.at, done.received_at, said in done.message) == (
        DoorOutcome.COUNTED,
        at_phone,
        received,
        True,
    )
    assert (fresh(jack).checked_in_at, jack.n_early_minutes) == (counted_at or received, early)


def test_what_was_undone_stays_undone_when_a_phone_sends_it_again(app: Flask) -> None:
    """E3: the same report gives the same answer; only a new one counts anew. A guest who withdrew is said, not counted."""
    event = make.event()
    jack, amal = make.accepted(event, "Jack"), make.accepted(event, "Amal")
    take(event, report("1", jack))
    with transaction():
        operations.undo_check_in(here(jack), "Not him", by=make.ruth())
    make.answer(amal, InvitationState.DECLINED, reason="Ill")
    answers = take(event, report("1", jack), report("2", amal))
    assert [(one.outcome.value, one.message) for one in answers] == [
        ("counted", ""),
        ("refused", "Amal is not among those who come: declined."),
    ]
    assert fresh(jack).checked_in_at is None
    assert [one.outcome.value for one in take(event, report("3", jack))] == ["counted"]


def test_a_code_typed_without_scripts_checks_in(app: Flask, signed_in: Callable[..., FlaskClient]) -> None:
    event = make.event()
    jack = make.accepted(event, "Jack")
    (code,) = codes(event, jack)
    ruth, url = signed_in(make.ruth()), f"/events/{event.id}/door/code"
    said = {
        code.replace("-", " ").lower(): "Jack is here.",
        code: "was here already",
        "XXXX": "Nobody has this code",
    }
    for typed, words in said.items():
        assert ruth.post(url, data={"code": typed}).location == f"/events/{event.id}/door"
        assert words in ruth.get(f"/events/{event.id}/door").text
    for typed in ("", "x" * 400, "a\x00b\x1b[2J"):
        refused = ruth.post(url, data={"code": typed})
        assert (refused.status_code, 'aria-invalid="true"' in refused.text) == (422, True)
    page = ruth.get(f"/events/{event.id}/door")
    assert page.headers["Permissions-Policy"].startswith("camera=(self)")
    assert hash_secret(code)[:16] in page.text
    assert code not in page.text


# -- respect ---------------------------------------------------------------------------------------


def test_ticks_count_once_and_a_miss_has_a_cause_and_an_owner(app: Flask, at: At) -> None:
    """E3: expected = kept + missed + open, always; a miss must be undone before it can be ticked."""
    event = make.event()
    jack, amal = make.accepted(event, "Jack"), make.accepted(event, "Amal")
    with at(OPENING), transaction():
        items = operations_respect.set_items(event, policies_day.USUAL_ITEMS, by=make.ruth())
    door, badge = items[0], items[1]

    def counts() -> tuple[int, int, int, int]:
        found = queries_respect.respect_of(event)
        return found.n_expected, found.n_kept, len(found.misses), found.n_open

    with at(OPENING):
        with transaction():
            for _twice in range(2):
                operations_respect.tick(door, jack, by=make.ruth())
        details = MissDetails(cause="It said Press.", owner_id=mei().id, due_on=date(2026, 10, 20))
        with transaction():
            missed = operations_respect.miss(badge, jack, details, by=make.ruth())
        assert counts() == (10, 1, 1, 8)
        for again in (
            lambda: operations_respect.tick(badge, jack, by=make.ruth()),
            lambda: operations_respect.miss(badge, jack, details, by=make.ruth()),
            lambda: operations_respect.miss(
                badge, amal, details.model_copy(update={"cause": " "}), by=make.ruth()
            ),
        ):
            with pytest.raises(policies_day.CannotTick), transaction():
                again()
        with transaction():
            assert operations_respect.tick_all(badge, event, by=make.ruth()) == 1
        assert counts() == (10, 2, 1, 7)
        task = fresh(missed).task
        assert task is not None
        assert (task.what, task.cause, task.owner.name) == (
            "Say sorry to Jack: Right badge",
            "It said Press.",
            "Mei",
        )
        with transaction():
            operations_respect.undo_tick(here(missed), by=make.ruth())
        assert (counts(), fresh(task).how) == ((10, 2, 0, 8), "The miss was noted by mistake.")
        with transaction():
            operations_respect.set_items(event, ["Right badge", "A quiet room"], by=make.ruth())
    assert (counts(), db.session.scalar(sa.select(sa.func.count(RespectTick.id)))) == ((4, 1, 0, 3), 2)


def test_the_checklist_of_one_event_says_nothing_of_another(app: Flask) -> None:
    first = make.event()
    second = make.event("Other", under=first.program)
    jack = make.accepted(second, "Jack")
    with transaction():
        items = operations_respect.set_items(first, ["Met at arrivals"], by=make.ruth())
    with pytest.raises(policies_day.CannotTick, match="another event"), transaction():
        operations_respect.tick(items[0], jack, by=make.ruth())
    with pytest.raises(policies_day.CannotTick), transaction():
        operations_respect.set_items(first, [str(number) for number in range(11)], by=make.ruth())


# -- promises --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "promises"),
    [
        ("", []),
        ("A seat in front.", ["A seat in front."]),
        ("A seat in front. An interview. No review!", ["A seat in front.", "An interview.", "No review!"]),
        ("- A seat\n\n• An interview \r\n* A demo", ["A seat", "An interview", "A demo"]),
        ("مقعد في الصف الأول؟ لقاء.", ["مقعد في الصف الأول؟", "لقاء."]),
        ("\n".join("abcdefghijklm"), ["a b c d e f g h i j k l m"]),
    ],
)
def test_promises_are_asked_about_one_by_one(text: str, promises: list[str]) -> None:
    """E4"""
    assert policies_day.promises_of(text) == promises


def test_a_promise_that_was_not_kept_is_a_task_once(app: Flask) -> None:
    """E4: asked = answered + silent; said twice, it is one task; the last word counts; who was not there is not asked."""
    event = make.event()
    jack, amal = (make.accepted(event, name, promise="A seat. A demo.") for name in ("Jack", "Amal"))
    details = [PromiseDetails(number=1, is_kept=True), PromiseDetails(number=2, is_kept=False, note="None")]
    with pytest.raises(policies_day.CannotSay), transaction():
        operations_promises.answer_promises(here(jack), details, by=None)
    take(event, report("1", jack), report("2", amal))
    for _twice in range(2):
        with transaction():
            operations_promises.answer_promises(here(jack), details, by=None)
    found = queries_promises.promised_of(event)
    assert (found.n_asked, found.n_answered, found.n_silent, found.n_kept, len(found.misses)) == (
        2,
        1,
        1,
        1,
        1,
    )
    task = db.session.scalars(sa.select(EventTask)).one()
    assert (task.what, task.cause, task.owner.name) == (
        "Promised and not kept for Jack: A demo.",
        "None",
        "Ruth",
    )
    for wrong in ([], [PromiseDetails(number=3, is_kept=True)]):
        with pytest.raises(policies_day.CannotSay), transaction():
            operations_promises.answer_promises(here(jack), wrong, by=None)


# -- pages -----------------------------------------------------------------------------------------

_PAGES = ("tasks", "seats", "badges", "door", "respect", "close", "promises")


def guest_of(one: Invitation, name: str = "Ravi Okonjo-Lund") -> Guest:
    """A colleague who was admitted."""
    with transaction():
        noted = operations.add_guest(here(one), name, "", "", GuestHow.DELEGATE, by=None)
        return operations.decide_guest(noted, True, by=make.ruth())


def test_an_admitted_guest_has_a_seat_a_badge_and_a_check_in(app: Flask, at: At) -> None:
    """E3, L4: like everybody who comes, beside the invited person; no account in the book, so nothing is counted there."""
    event = make.event()
    make.session(event, starts_at=OPENING, ends_at=OPENING + timedelta(hours=1))
    with at(EARLY - timedelta(days=9)):
        amal = make.accepted(event, "Amal", badge="Expert")
        ravi = guest_of(amal)
    first, second, *_ = chairs(event)
    with transaction():
        operations.seat_person(here(first), here(amal).person, by=make.ruth())
        with pytest.raises(policies.CannotSeat, match="taken"):
            operations.seat_comer(here(first), here(ravi), by=make.ruth())
        operations.seat_comer(here(second), here(ravi), by=make.ruth())
    assert queries_seats.labels_of(event) == {amal.key: "A1", ravi.key: "A2"}
    assert [(row.key, row.kind, row.seat) for row in queries_badges.list_badge_rows(event)] == [
        (amal.key, "Expert", "A1"), (ravi.key, "Expert", "A2"),
    ]  # fmt: skip
    code_amal, code_ravi = codes(event, amal, ravi)
    assert len({code_amal, code_ravi}) == 2
    with at(EARLY):
        said = take(event, report("1", code_ravi), report("2", ravi), report("3", amal))
    assert [one.outcome for one in said] == [DoorOutcome.COUNTED, DoorOutcome.REPEATED, DoorOutcome.COUNTED]
    assert (fresh(ravi).checked_in_at, fresh(ravi).n_early_minutes) == (EARLY, 30)
    units = {
        row.keys["unit"].value: row.quantity for row in totals([By.UNIT], queries_close.access_scope(event))
    }
    assert units == {"front_seat": 1, "early_minute": 30}  # Amal's alone
    funnel = queries.funnel(event)
    assert (funnel.invited, funnel.accepted, funnel.attended, funnel.guests) == (1, 1, 1, 1)


def test_a_guest_is_on_the_checklist_and_leaves_it(app: Flask) -> None:
    """E3: expected = kept + missed + open over everybody who comes; a miss about a guest names them in its task."""
    event = make.event()
    ravi = guest_of(make.accepted(event, "Amal"))
    chair = chairs(event)[0]
    with transaction():
        items = operations_respect.set_items(here(event), ["Met", "Badge"], by=make.ruth())
        operations_respect.tick_all(items[0], here(event), by=make.ruth())
        details = MissDetails(
            cause="No badge", owner_id=make.ruth().id, due_on=clock.today() + timedelta(days=9)
        )
        made = operations_respect.miss(items[1], here(ravi), details, by=make.ruth())
        operations.seat_comer(here(chair), here(ravi), by=make.ruth())
    found = queries_respect.respect_of(event)
    assert (found.n_expected, found.n_kept, len(found.misses), found.n_open) == (4, 2, 1, 1)
    assert made.task is not None
    assert (made.task.what, made.task.person_id) == ("Say sorry to Ravi Okonjo-Lund: Badge", None)
    with transaction():
        operations.decide_guest(here(ravi), False, "He is ill.", by=make.ruth())
    assert fresh(chair).guest_id is None
    found = queries_respect.respect_of(event)
    assert (found.n_expected, found.n_kept) == (2, 1)
    with pytest.raises(policies.CannotCheckIn, match="is not among the guests"), transaction():
        operations.check_in(here(ravi), by=make.ruth())


def test_pages_of_a_guest(app: Flask, signed_in: Callable[..., FlaskClient]) -> None:
    """The door, the badge and the checklist of a guest by their own address; another's is refused like an invitation's."""
    event = make.event()
    ravi = guest_of(make.accepted(event, "Amal"))
    ruth, chair = signed_in(make.ruth()), chairs(event)[0]
    with transaction():
        (item,) = operations_respect.set_items(here(event), ["Met"], by=make.ruth())
    own = f"/events/guests/{ravi.id}"
    assert ruth.post(f"/events/seats/{chair.id}", data={"comer_key": ravi.key}).status_code == 303
    assert ruth.post(f"{own}/badge", data={"kind": "Colleague"}).status_code == 303
    assert ruth.post(f"{own}/respect/{item.id}").status_code == 303
    assert ruth.post(f"{own}/check-in", data={"n_early_minutes": "5"}).status_code == 303
    for page, words in (
        ("door", "guest, by the invitation of"),
        ("seats", "Ravi"),
        ("badges", "Colleague"),
        ("respect", "Kept"),
    ):
        assert words in ruth.get(f"/events/{event.id}/{page}").text
    refused = ruth.post(f"/events/guests/{ravi.id}/check-in", data={"n_early_minutes": "5"})
    assert (refused.status_code, "checked in already" in refused.text) == (422, True)
    assert ruth.post(f"{own}/undo-check-in", data={"reason": "A rehearsal"}).status_code == 303
    for address in (f"{own}/respect", f"{own}/undo-check-in", f"{own}/respect/{item.id}/miss"):
        assert ruth.get(address).status_code == 200
        assert ruth.get(address.replace(str(ravi.id), "999", 1)).status_code == 404
        assert signed_in(Role.PARTNER).get(address).status_code in {403, 404}


def test_pages_of_the_day_need_the_same_queries_for_1_and_30_guests(
    app: Flask, signed_in: Callable[..., FlaskClient], count_queries: Callable[[], int]
) -> None:
    event = make.event(capacity=40)
    ruth = signed_in(make.ruth())
    seats = chairs(event, n_per_row=40)
    with transaction():
        items = operations_respect.set_items(event, ["Met", "Badge"], by=make.ruth())

    def add(number: int) -> None:
        guest = make.accepted(event, f"Guest {number}", promise="A seat. A demo.")
        with transaction():
            one, by = db.session.merge(guest), make.ruth()
            operations.seat_person(db.session.merge(seats[number]), one.person, by=by)
            details = MissDetails(cause="Late", owner_id=by.id, due_on=clock.today() + timedelta(days=9))
            operations_respect.miss(db.session.merge(items[0]), one, details, by=by)
            operations_badges.edit_badge(one, BadgeDetails(name=f"G{number}"), by=by)
            wanted = DoorDetails(client_key=f"phone-{number:06}", at=EARLY, invitation_id=one.id)
            operations_door.take_reports(one.event, [wanted], by=by)
            said = [PromiseDetails(number=1, is_kept=False)]
            operations_promises.answer_promises(one, said, by=None)

    def counts() -> list[int]:
        found = []
        for page in _PAGES:
            ruth.get(f"/events/{event.id}/{page}")
            count_queries()
            assert ruth.get(f"/events/{event.id}/{page}").status_code == 200
            found.append(count_queries())
        return found

    add(0)
    with_one = counts()
    for number in range(1, 30):
        add(number)
    assert dict(zip(_PAGES, counts(), strict=True)) == dict(zip(_PAGES, with_one, strict=True))
    assert len(queries_close.close_of(event, make.ruth()).lines) == 30


@pytest.mark.parametrize("page", ["badges", "door", "close"])
def test_an_assistant_sees_neither_the_door_nor_amounts(
    app: Flask, signed_in: Callable[..., FlaskClient], page: str
) -> None:
    """R3"""
    event = make.event()
    assert signed_in(Role.ASSISTANT).get(f"/events/{event.id}/{page}").status_code == 403
    assert signed_in(Role.PARTNER).get(f"/events/{event.id}/{page}").status_code in {403, 404}
