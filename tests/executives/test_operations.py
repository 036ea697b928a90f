"""Windows, requests and meetings: nobody is double-booked, minutes land in the book without a price."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed
from app.events.models import Event, InvitationState
from app.executives import fitting, operations, queries, queries_minutes
from app.executives.details import ExecutiveDetails, SlotSeriesDetails
from app.executives.models import AccessRequest, Executive, Meeting, MeetingState, RequestState, Slot
from app.executives.operations_executives import NotAnAssistant
from app.executives.policies import MeetingRefused, NobodyTwice, RequestRefused, SlotRefused
from app.ledger import operations as book
from app.ledger.models import Basis, Category, Entry, Form, Unit
from app.ledger.queries import By, Scope, totals
from app.notices.models import Notice
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import accounts, events, ledger
from tests.factories import executives as make


@pytest.fixture
def show(app: Flask) -> Iterator[Event]:
    """The event, three weeks ahead."""
    with clock.fixed_at(make.BEFORE):
        yield events.event()


@pytest.fixture
def grace(show: Event) -> Executive:
    return make.executive()


def notices_of(name: str) -> list[str]:
    """What a user has been told and not dealt with."""
    user = {"Daniel": make.daniel, "Mei": make.mei, "Ruth": events.ruth}[name]()
    wanted = sa.select(Notice.message).filter_by(user_id=user.id, done_at=None).order_by(Notice.id)
    return [text for text in db.session.scalars(wanted) if "Grace" in text]


def test_an_assistant_is_an_assistant(show: Event) -> None:
    with pytest.raises(NotAnAssistant) as refused, transaction():
        details = ExecutiveDetails(
            name="Liang", title="Chief Technology Officer", assistant_id=events.ruth().id
        )
        operations.add_executive(details, by=make.daniel())
    assert refused.value.field == "assistant_id"


# -- windows ------------------------------------------------------------------------------------------


def series(show: Event, **changes: object) -> SlotSeriesDetails:
    values = {
        "event_id": show.id, "starts_at": make.HALF_PAST_TEN, "ends_at": make.HALF_PAST_TEN + timedelta(minutes=110),
        "zone": "Europe/London", "n_minutes": 30, "n_break_minutes": 10, "place": "Suite 5",
    } | changes  # fmt: skip
    return SlotSeriesDetails(**values)  # type: ignore[arg-type]


def test_several_windows_are_published_at_once(show: Event, grace: Executive) -> None:
    """X1: from, to, length, break."""
    with transaction():
        operations.publish_slots(db.session.merge(grace), series(show), by=make.daniel())
    assert [f"{slot.starts_at:%H:%M}-{slot.ends_at:%H:%M}" for slot in queries.list_slots(grace)] == [
        "09:30-10:00", "10:10-10:40", "10:50-11:20",
    ]  # fmt: skip


def test_a_series_is_published_whole_or_not_at_all(show: Event, grace: Executive) -> None:
    make.slot(grace, show, make.HALF_PAST_TEN + timedelta(minutes=60))
    with pytest.raises(SlotRefused) as refused, transaction():
        operations.publish_slots(db.session.merge(grace), series(show), by=make.daniel())
    assert refused.value.message == "Grace offers a window at that time already: 14 Oct, 11:30–12:00 London."
    assert len(queries.list_slots(grace)) == 1


def test_time_that_has_passed_is_not_offered(show: Event, grace: Executive) -> None:
    with clock.fixed_at(make.AFTER), pytest.raises(SlotRefused):
        make.slot(grace, show)


def test_a_withdrawn_window_takes_its_requests_with_it_and_can_come_back(
    show: Event, grace: Executive
) -> None:
    slot = make.slot(grace, show)
    asked = make.request(slot, events.accepted(show, "Jack").person)
    with transaction():
        operations.withdraw_slot(db.session.merge(slot), reason="Board meeting", by=make.daniel())
    assert (fresh(asked).state, fresh(asked).answer) == (
        RequestState.DECLINED,
        "The window was withdrawn: Board meeting",
    )
    assert (notices_of("Daniel"), len(notices_of("Mei"))) == ([], 1)
    assert make.slot(grace, show, n_minutes=20).id == slot.id
    assert fresh(slot).withdrawn_at is None


def test_a_taken_window_is_not_withdrawn(show: Event, grace: Executive) -> None:
    meeting = make.meeting(show, "Jack", grace)
    with pytest.raises(SlotRefused), transaction():
        operations.withdraw_slot(db.session.merge(meeting.slot), reason="Board meeting", by=make.daniel())


# -- requests ------------------------------------------------------------------------------------------


def test_requests_do_not_block(show: Event, grace: Executive) -> None:
    """X1, J7: any number may wait for one window; the assistant is told of each."""
    slot = make.slot(grace, show)
    for name in ("Jack", "Nneka", "Carla"):
        make.request(slot, events.accepted(show, name).person)
    assert (len(queries.list_requests(make.daniel())), queries.live_meeting_of(slot)) == (3, None)
    assert notices_of("Daniel")[0] == "Mei asks for 14 Oct, 10:30–11:00 London with Grace for Jack."


def test_a_person_waits_for_a_window_once(show: Event, grace: Executive) -> None:
    slot, jack = make.slot(grace, show), events.accepted(show, "Jack").person
    make.request(slot, jack)
    with pytest.raises(RequestRefused):
        make.request(slot, jack)


@pytest.mark.parametrize("state", [None, InvitationState.DECLINED])
def test_time_is_asked_for_people_who_come(
    show: Event, grace: Executive, state: InvitationState | None
) -> None:
    person = events.enrolled(show, "Jack")
    if state is not None:
        events.answer(events.invited(show, person=person), state, reason="Away")
    with pytest.raises(RequestRefused) as refused:
        make.request(make.slot(grace, show), person)
    assert refused.value.field == "person_id"


def test_a_window_that_has_begun_or_is_taken_is_not_asked_for(show: Event, grace: Executive) -> None:
    taken = make.meeting(show, "Jack", grace).slot
    nneka = events.accepted(show, "Nneka").person
    free = make.slot(grace, show, make.HALF_PAST_TEN + timedelta(hours=1))
    with pytest.raises(RequestRefused):
        make.request(taken, nneka)
    with clock.fixed_at(free.starts_at), pytest.raises(RequestRefused):
        make.request(free, nneka)


def test_accepting_one_declines_its_rivals_with_alternatives(show: Event, grace: Executive) -> None:
    """X1, J7: the others are told which windows are still free; nothing waits for a decision any more."""
    slot = make.slot(grace, show)
    for minutes in (50, 100, 150, 200):
        make.slot(grace, show, make.HALF_PAST_TEN + timedelta(minutes=minutes))
    one, two, three = (
        make.request(slot, events.accepted(show, name).person) for name in ("Jack", "Nneka", "Carla")
    )
    meeting = make.accept(one, terms="off_record", place="Library")
    answer = (
        "The window went to somebody else. Still free: 14 Oct, 11:20–11:50 London; 14 Oct, 12:10–12:40 London; "
        "14 Oct, 13:00–13:30 London."
    )
    assert [(fresh(row).state, fresh(row).answer) for row in (one, two, three)] == [
        (RequestState.ACCEPTED, ""), (RequestState.DECLINED, answer), (RequestState.DECLINED, answer),
    ]  # fmt: skip
    assert (meeting.state, meeting.place, meeting.terms, meeting.zone) == (
        MeetingState.CONFIRMED, "Library", "off_record", "Europe/London",
    )  # fmt: skip
    assert notices_of("Mei") == [
        "Jack and Grace, 14 Oct, 10:30–11:00 London: accepted.",
        f"Nneka and Grace, 14 Oct, 10:30–11:00 London: declined. {answer}",
        f"Carla and Grace, 14 Oct, 10:30–11:00 London: declined. {answer}",
    ]
    assert notices_of("Daniel") == []


def test_windows_inside_the_buffer_are_no_alternative(show: Event, grace: Executive) -> None:
    """X1: ten minutes are kept free."""
    slot = make.slot(grace, show)
    make.slot(grace, show, make.HALF_PAST_TEN + timedelta(minutes=35))
    one, two = (make.request(slot, events.accepted(show, name).person) for name in ("Jack", "Nneka"))
    make.accept(one)
    assert (
        fresh(two).answer == "The window went to somebody else. There is no other free window at this event."
    )


def test_a_request_is_decided_once(show: Event, grace: Executive) -> None:
    asked = make.request(make.slot(grace, show), events.accepted(show, "Jack").person)
    make.accept(asked)
    with pytest.raises(RequestRefused):
        make.accept(asked)
    with pytest.raises(RequestRefused), transaction():
        operations.decline_request(db.session.merge(asked), reason="Too late", by=make.daniel())


def test_the_buffer_between_meetings_is_kept(show: Event, grace: Executive) -> None:
    """X1, J7: buffers of 10 minutes."""
    make.meeting(show, "Jack", grace)
    window = make.slot(grace, show, make.HALF_PAST_TEN + timedelta(minutes=39))
    close = make.request(window, events.accepted(show, "Nneka").person)
    with pytest.raises(NobodyTwice) as refused:
        make.accept(close)
    assert refused.value.message.startswith("Grace meets Jack too close to this")
    assert fresh(close).state is RequestState.OPEN


def test_a_person_is_not_with_two_executives_at_once(show: Event, grace: Executive) -> None:
    """X1."""
    meeting = make.meeting(show, "Jack", grace)
    liang = make.executive("Liang", title="Chief Technology Officer")
    other = make.request(make.slot(liang, show, make.HALF_PAST_TEN + timedelta(minutes=15)), meeting.person)
    with pytest.raises(NobodyTwice) as refused:
        make.accept(other)
    assert refused.value.message.startswith("Jack meets Grace at that time.")


def test_a_request_is_declined_with_a_reason(show: Event, grace: Executive) -> None:
    asked = make.request(make.slot(grace, show), events.accepted(show, "Jack").person)
    with pytest.raises(RequestRefused), transaction():
        operations.decline_request(db.session.merge(asked), reason=" ", by=make.daniel())
    with transaction():
        operations.decline_request(db.session.merge(asked), reason="Not her field.", by=make.daniel())
    assert (fresh(asked).state, fresh(asked).answer) == (
        RequestState.DECLINED, "Not her field. There is no other free window at this event.",
    )  # fmt: skip


def test_only_the_one_who_asked_withdraws(show: Event, grace: Executive) -> None:
    asked = make.request(make.slot(grace, show), events.accepted(show, "Jack").person)
    with pytest.raises(NotAllowed), transaction():
        operations.withdraw_request(db.session.merge(asked), by=events.ruth())
    with transaction():
        operations.withdraw_request(db.session.merge(asked), by=make.mei())
    assert (fresh(asked).state, notices_of("Daniel")) == (RequestState.WITHDRAWN, [])


# -- meetings ------------------------------------------------------------------------------------------


def test_a_moved_meeting_raises_sequence_and_frees_its_window(show: Event, grace: Executive) -> None:
    """C1: the UID stays; whoever asked is told."""
    meeting = make.meeting(show, "Jack", grace)
    target = make.slot(grace, show, make.HALF_PAST_TEN + timedelta(hours=2), place="Suite 9")
    uid, old = meeting.uid, meeting.slot_id
    with transaction():
        operations.move_meeting(db.session.merge(meeting), db.session.merge(target), by=make.daniel())
    found = fresh(meeting)
    assert (found.starts_at, found.place, found.sequence, found.uid) == (target.starts_at, "Suite 9", 1, uid)
    assert queries.live_meeting_of(queries.get_slot(old, make.daniel())) is None
    assert notices_of("Mei")[-1] == "Jack and Grace: moved to 14 Oct, 12:30–13:00 London."


def test_a_meeting_moves_only_into_free_time(show: Event, grace: Executive) -> None:
    meeting = make.meeting(show, "Jack", grace)
    other = make.meeting(show, "Nneka", grace, make.HALF_PAST_TEN + timedelta(hours=1))
    close = make.slot(grace, show, make.HALF_PAST_TEN + timedelta(minutes=92))
    liang = make.slot(make.executive("Liang"), show, make.HALF_PAST_TEN + timedelta(hours=3))
    refused = (
        (other.slot, NobodyTwice),
        (close, NobodyTwice),
        (liang, MeetingRefused),
        (meeting.slot, MeetingRefused),
    )
    for target, error in refused:
        with pytest.raises(error), transaction():
            operations.move_meeting(db.session.merge(meeting), db.session.merge(target), by=make.daniel())
    with pytest.raises(Conflict), transaction():
        operations.move_meeting(
            db.session.merge(meeting), db.session.merge(close), by=make.daniel(), seen_version=99
        )
    slots = [one for one in queries.list_slots(grace) if one.id != meeting.slot_id]
    found = fitting.fitting_slots(
        fresh(grace), slots, clock.now(), person_id=meeting.person_id, but=db.session.merge(meeting)
    )
    assert found == []


def test_a_cancelled_meeting_frees_its_window_and_stays_on_record(show: Event, grace: Executive) -> None:
    """C1: a tombstone for calendars."""
    meeting = make.meeting(show, "Jack", grace)
    with transaction():
        operations.cancel_meeting(db.session.merge(meeting), reason="She is ill", by=make.daniel())
    found = fresh(meeting)
    assert (found.state, found.is_cancelled, found.sequence) == (MeetingState.CANCELLED, True, 1)
    make.accept(make.request(found.slot, events.accepted(show, "Nneka").person))


def test_minutes_are_counted_and_never_priced(show: Event, grace: Executive) -> None:
    """X4, L4: units in the book, no amount."""
    meeting = make.meeting(show, "Jack", grace)
    with clock.fixed_at(make.AFTER):
        make.hold(meeting, 25)
    entry = db.session.scalars(sa.select(Entry)).one()
    assert (entry.category, entry.form, entry.basis, entry.unit, entry.quantity, entry.minor, entry.reporting_minor) == (
        Category.EXEC_ACCESS, Form.ACCESS, Basis.NOT_VALUED, Unit.EXECUTIVE_MINUTE, 25, 0, 0,
    )  # fmt: skip
    assert (entry.source_kind, entry.source_part, entry.source_id, str(entry.value_on)) == (
        "executives", f"meeting:{meeting.id}", grace.id, "2026-10-14",
    )  # fmt: skip
    assert (fresh(meeting).state, fresh(meeting).n_minutes_given, fresh(meeting).entry_seq) == (
        MeetingState.HELD,
        25,
        entry.seq,
    )


def test_minutes_add_up_by_one_counting_function(show: Event) -> None:
    """J6, O6: per person 15 to 60; per person, per market and in the ledger the same."""
    given = {"Amal": [30], "Nneka": [30], "Jack": [30, 30], "Ines": [30, 15], "Kerem": [15], "Carla": [30]}
    grace, starts = make.executive(), make.HALF_PAST_TEN
    people: dict[str, Person] = {name: events.accepted(show, name).person for name in given}
    for name, minutes in given.items():
        for number in minutes:
            meeting = make.accept(make.request(make.slot(grace, show, starts), people[name]))
            starts += timedelta(minutes=40)
            with clock.fixed_at(make.AFTER):
                make.hold(meeting, number)
    by_person = queries_minutes.minutes_by_person(event_id=show.id)
    assert by_person == {people[name].id: sum(minutes) for name, minutes in given.items()}
    assert totals([By.UNIT], Scope(event_id=show.id))[0].quantity == sum(by_person.values()) == 210
    assert queries_minutes.minutes_of(people["Jack"], 2026) == 60
    least = queries_minutes.minutes_by_market(show, make.daniel())[0]
    assert (least.country, least.n_minutes, least.n_people) == ("TR", 15, 1)


def test_what_lies_ahead_is_not_recorded(show: Event, grace: Executive) -> None:
    meeting = make.meeting(show, "Jack", grace)
    with pytest.raises(MeetingRefused):
        make.hold(meeting)
    with pytest.raises(MeetingRefused), transaction():
        operations.miss_meeting(db.session.merge(meeting), by=make.daniel())


def test_minutes_stand_once_unless_compliance_takes_them_back(show: Event, grace: Executive) -> None:
    """L1."""
    meeting = make.meeting(show, "Jack", grace)
    with clock.fixed_at(make.AFTER):
        make.hold(meeting, 30)
        for again in (lambda: make.hold(meeting, 20), lambda: _miss(meeting), lambda: _cancel(meeting)):
            with pytest.raises(MeetingRefused):
                again()
        with transaction():
            book.reverse_entry(
                db.session.scalars(sa.select(Entry)).one(), reason="wrong_amount", by=ledger.compliance()
            )
        make.hold(meeting, 20)
    assert queries_minutes.minutes_by_person(event_id=show.id) == {meeting.person_id: 20}
    assert fresh(meeting).n_minutes_given == 20


def test_a_missed_meeting_gives_no_minutes_and_can_be_put_right(show: Event, grace: Executive) -> None:
    meeting = make.meeting(show, "Jack", grace)
    with clock.fixed_at(make.AFTER):
        _miss(meeting)
        assert (fresh(meeting).state, db.session.scalar(sa.select(sa.func.count(Entry.seq)))) == (
            MeetingState.MISSED,
            0,
        )
        make.hold(meeting, 15)
    assert fresh(meeting).state is MeetingState.HELD


@pytest.mark.parametrize("n_minutes", [0, -5, 481])
def test_minutes_that_cannot_be_are_refused(show: Event, grace: Executive, n_minutes: int) -> None:
    meeting = make.meeting(show, "Jack", grace)
    with clock.fixed_at(make.AFTER), pytest.raises(MeetingRefused) as refused:
        make.hold(meeting, n_minutes)
    assert refused.value.field == "n_minutes"


def _miss(meeting: Meeting) -> None:
    with transaction():
        operations.miss_meeting(db.session.merge(meeting), reason="The traffic", by=make.daniel())


def _cancel(meeting: Meeting) -> None:
    with transaction():
        operations.cancel_meeting(db.session.merge(meeting), reason="Too late", by=make.daniel())


def test_every_step_is_written_down(show: Event, grace: Executive) -> None:
    """R4."""
    meeting = make.meeting(show, "Jack", grace)
    with clock.fixed_at(make.AFTER):
        make.hold(meeting)
    wanted = (
        sa.select(AuditEvent.action).where(AuditEvent.action.like("executives.%")).order_by(AuditEvent.id)
    )
    assert list(db.session.scalars(wanted)) == [
        "executives.executive_added", "executives.slot_published", "executives.access_requested", "executives.request_accepted",
        "executives.meeting_agreed", "executives.meeting_held",
    ]  # fmt: skip


def test_an_assistant_sees_the_calendars_entrusted_to_them(show: Event, grace: Executive) -> None:
    """R3."""
    other = make.executive("Liang", assistant_id=accounts.user(name="Dora", role=Role.ASSISTANT).id)
    nobodys = make.executive("Petra", assistant_id=None)
    assert [one.id for one in queries.list_executives(make.daniel())] == [grace.id, nobodys.id]
    assert [one.id for one in queries.list_executives(make.mei())] == [grace.id, other.id, nobodys.id]


# -- at the same moment ------------------------------------------------------------------------------------

CONTENDER = """
    import sys
    from datetime import datetime
    from app import create_app
    from app.accounts.models import User
    from app.core import clock
    from app.core.db import db, transaction
    from app.core.errors import DomainError
    from app.executives import operations
    from app.executives.models import AccessRequest
    app = create_app(TESTING=True)
    with app.app_context(), clock.fixed_at(datetime.fromisoformat(sys.argv[3])):
        print("ready", flush=True)
        sys.stdin.readline()
        outcomes = []
        for request_id in map(int, sys.argv[2].split(",")):
            try:
                with transaction():
                    by = db.session.get(User, int(sys.argv[1]))
                    operations.accept_request(db.session.get(AccessRequest, request_id), by=by)
                outcomes.append("agreed")
            except DomainError as error:
                outcomes.append(type(error).__name__)
        print(",".join(outcomes), flush=True)
"""


@pytest.mark.slow
def test_nobody_is_double_booked_under_concurrent_clicks(app: Flask, show: Event, grace: Executive) -> None:
    """X1, with real processes on the database of the run: the same window, windows inside the buffer, the same person
    with two executives, and two executives in one room, each clicked at the same moment; one of each is agreed, the
    other is told why."""
    liang = make.executive("Liang")
    with transaction():
        room = operations.add_room(db.session.merge(show), "Suite 7", "", by=make.daniel())
    people = [events.accepted(show, name).person for name in ("Jack", "Nneka", "Carla", "Ines")]
    lists: tuple[list[int], list[int]] = ([], [])
    for number in range(8):
        starts = make.HALF_PAST_TEN + timedelta(hours=2 * number)
        same = make.slot(grace, show, starts)
        close = make.slot(grace, show, starts + timedelta(minutes=35))
        elsewhere = make.slot(liang, show, starts + timedelta(minutes=10))
        with transaction():
            for slot in (close, elsewhere):
                db.session.merge(slot).room_id = room.id if number % 4 == 3 else None
        pairs = [
            (make.request(same, people[0]), make.request(same, people[1])),
            (make.request(same, people[2]), make.request(close, people[2])),
            (make.request(elsewhere, people[0]), make.request(close, people[0])),
            (make.request(elsewhere, people[1]), make.request(close, people[3])),
        ]
        first, second = pairs[number % 4]
        lists[0].append(first.id)
        lists[1].append(second.id)
    outcomes = _race(app, lists)
    agreed = [sum(one == "agreed" for one in pair) for pair in zip(*outcomes, strict=True)]
    refused = {one for pair in outcomes for one in pair if one != "agreed"}
    meetings = db.session.scalars(sa.select(Meeting).order_by(Meeting.starts_at)).all()
    assert (agreed, refused <= {"RequestRefused", "NobodyTwice"}, len(meetings)) == ([1] * 8, True, 8)
    assert (
        db.session.scalar(sa.select(sa.func.count(AccessRequest.id)).filter_by(state=RequestState.ACCEPTED))
        == 8
    )


def _race(app: Flask, lists: tuple[list[int], list[int]]) -> list[list[str]]:
    environment = os.environ | {
        "DATABASE_URL": str(app.config["SQLALCHEMY_DATABASE_URI"]).replace("postgresql+psycopg", "postgresql"),
        "RAPPORT_INSTANCE": str(app.config["INSTANCE"]), "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(CONTENDER), str(make.daniel().id)]
    started = [
        subprocess.Popen(
            [*command, ",".join(map(str, ids)), clock.now().isoformat()],
            env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for ids in lists
    ]  # fmt: skip
    db.session.rollback()
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=120)[0].strip().split(",") for process in started]


def test_the_database_itself_refuses_a_second_live_meeting(show: Event, grace: Executive) -> None:
    """X1: the index stands behind the lock."""
    meeting = make.meeting(show, "Jack", grace)
    nneka = events.accepted(show, "Nneka").person
    with pytest.raises(sa.exc.IntegrityError), transaction():
        db.session.add(
            Meeting(
                slot_id=meeting.slot_id, executive_id=grace.id, person_id=nneka.id, event_id=show.id, starts_at=meeting.starts_at,
                ends_at=meeting.ends_at, zone=meeting.zone, made_at=datetime(2026, 9, 22, tzinfo=UTC),
            )
        )  # fmt: skip
        db.session.flush()
    assert db.session.scalar(sa.select(sa.func.count(Slot.id))) == 1
