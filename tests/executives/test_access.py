"""Stretches, limits, breaks, holds, signatures, rooms: what stands between a wish and a meeting, and bad input (X1)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.details import AbsenceDetails
from app.accounts.models import Role
from app.accounts.operations_successions import add_absence, pass_on
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.events.models import Event
from app.executives import operations, policies_access, queries, queries_access
from app.executives.details import BreakDetails, UndertakingDetails, WishDetails
from app.executives.models import Executive, Meeting, RequestState
from app.executives.models_access import HoldEnd, ProtectedBreak
from app.executives.policies import NobodyTwice, RequestRefused, SlotRefused, Span
from app.executives.policies_access import HoldRefused, KeptApartRefused, NotSigned
from app.notices.models import Notice
from tests.conftest import fresh
from tests.factories import accounts, events
from tests.factories import executives as make

TEN = make.HALF_PAST_TEN


@pytest.fixture
def show(app: Flask) -> Iterator[Event]:
    with clock.fixed_at(make.BEFORE):
        yield events.event()


@pytest.fixture
def grace(show: Event) -> Executive:
    return make.executive()


# -- pure decisions ----------------------------------------------------------------------------------------


def at(minutes: int, length: int = 30) -> Span:
    """A span that begins so many minutes after half past ten in London."""
    return Span(TEN + timedelta(minutes=minutes), TEN + timedelta(minutes=minutes + length))


CUTS = [
    ((240, 30, 0, 10), [0, 40, 80, 120, 160, 200]),
    ((60, 20, 5, 5), [5, 35]),
    ((30, 30, 0, 0), [0]),
]


@pytest.mark.parametrize(("given", "begins"), CUTS)
def test_a_stretch_is_cut_with_time_before_and_after(
    given: tuple[int, int, int, int], begins: list[int]
) -> None:
    stretch, length, before, after = given
    found = policies_access.cut_stretch(TEN, TEN + timedelta(minutes=stretch), length, before, after)
    assert [int((span.starts_at - TEN).total_seconds()) // 60 for span in found] == begins


BAD_STRETCHES = [
    (TEN, TEN, 30, "ends_at"),  # it ends when it begins
    (TEN, TEN - timedelta(hours=1), 30, "ends_at"),  # before it begins
    (TEN, TEN + timedelta(hours=17), 30, "ends_at"),  # longer than a day of work
    (TEN, TEN + timedelta(hours=2), 0, "n_slot_minutes"),  # slots of nothing
    (TEN, TEN + timedelta(hours=16), 1, "n_slot_minutes"),  # 960 slots
    (TEN, TEN + timedelta(minutes=29), 30, "ends_at"),  # not one fits
]


@pytest.mark.parametrize(("starts", "ends", "length", "field"), BAD_STRETCHES)
def test_a_stretch_that_cannot_be_is_refused(
    starts: datetime, ends: datetime, length: int, field: str
) -> None:
    with pytest.raises(SlotRefused) as refused:
        policies_access.cut_stretch(starts, ends, length, 0, 0)
    assert refused.value.field == field


def one_break(begins: time, ends: time) -> ProtectedBreak:
    return ProtectedBreak(begins=begins, ends=ends, label="")


BREAKS = [
    (at(90), "Europe/London", True),  # 12:00
    (at(60), "Europe/London", False),  # 11:30 to 12:00
    (at(61), "Europe/London", True),
    (at(150), "Europe/London", False),  # 13:00
    (at(90), "Europe/Paris", False),  # 13:00 there
    (at(30), "Europe/Paris", True),  # 12:00 there
    (at(60, 200), "Europe/London", True),  # around it
]


@pytest.mark.parametrize(("span", "zone", "touches"), BREAKS)
def test_a_break_is_read_on_the_clock_of_the_place(span: Span, zone: str, touches: bool) -> None:
    """J7.4: nothing from 12:00 to 13:00."""
    found = policies_access.breaks_between(span, [one_break(time(12), time(13))], zone)
    assert (found is not None) is touches


ROWS = [
    ([at(0), at(40)], at(80), 30, 3),
    ([at(0), at(40)], at(100), 30, 1),  # a pause of half an hour
    ([at(0), at(80)], at(40), 30, 3),  # it closes the gap
    ([], at(0), 30, 1),
]


@pytest.mark.parametrize(("others", "span", "pause", "n"), ROWS)
def test_meetings_in_a_row_are_counted(others: list[Span], span: Span, pause: int, n: int) -> None:
    assert policies_access.n_in_a_row(span, others, pause) == n


def test_the_day_is_that_of_the_place() -> None:
    late = Span(datetime(2026, 10, 14, 23, 30, tzinfo=UTC), datetime(2026, 10, 15, 0, 0, tzinfo=UTC))
    assert policies_access.is_day_full(late, [at(0)], 1, "UTC")
    assert not policies_access.is_day_full(late, [at(0)], 1, "Europe/London")
    assert not policies_access.is_day_full(late, [at(0)], None, "UTC")


# -- slots -------------------------------------------------------------------------------------------------


def test_slots_leave_the_break_and_take_room_and_chairs(show: Event, grace: Executive) -> None:
    make.lunch(grace)
    with transaction():
        room = operations.add_room(db.session.merge(show), "Suite 7", "North", by=make.daniel())
    slots = make.stretch(grace, show, room_id=room.id, place="", capacity=3, n_preparation_minutes=5)
    assert [f"{one.starts_at + timedelta(hours=1):%H:%M}" for one in slots] == ["10:35", "11:20", "13:35"]
    assert {
        (one.place, one.room_id, one.capacity, one.n_preparation_minutes, one.n_wrap_up_minutes)
        for one in slots
    } == {
        ("Suite 7", room.id, 3, 5, 10),
    }


def test_a_stretch_is_taken_back_but_not_what_is_agreed(show: Event, grace: Executive) -> None:
    slots = make.stretch(grace, show)
    make.accept(make.request(slots[0], events.accepted(show, "Jack").person))
    waiting = make.request(slots[1], events.accepted(show, "Nneka").person)
    with transaction():
        stretch = queries_access.get_availability(slots[0].availability_id or 0, make.daniel())
        assert operations.withdraw_stretch(stretch, reason="Board meeting", by=make.daniel()) == 5
    assert fresh(waiting).state is RequestState.DECLINED
    assert [one.id for one in queries.list_slots(fresh(grace))] == [slots[0].id]


def test_several_people_share_a_slot_until_it_is_full(show: Event, grace: Executive) -> None:
    slot = make.slot(grace, show)
    with transaction():
        db.session.merge(slot).capacity = 2
    one, two, three = (
        make.request(slot, events.accepted(show, name).person) for name in ("Jack", "Nneka", "Dana")
    )
    assert make.accept(one).chair == 1
    assert fresh(two).state is RequestState.OPEN  # a chair is free: nobody is declined
    assert make.accept(two).chair == 2
    assert fresh(three).state is RequestState.DECLINED


def test_limits_of_a_day_and_of_a_row(show: Event) -> None:
    grace = make.executive(n_most_a_day=3, n_most_in_a_row=2)
    slots = make.stretch(grace, show, n_minutes=280)
    names = ("Jack", "Nneka", "Dana", "Ines", "Wim")
    asked = [
        make.request(slots[place], events.accepted(show, name).person)
        for place, name in zip((0, 1, 2, 4, 6), names, strict=True)
    ]
    make.accept(asked[0])
    make.accept(asked[1])
    with pytest.raises(NobodyTwice) as row:
        make.accept(asked[2])
    make.accept(asked[3])
    with pytest.raises(NobodyTwice) as day:
        make.accept(asked[4])
    assert row.value.message.startswith(
        "That would be 3 meetings in a row for Grace, who takes 2 before a pause of 30 minutes."
    )
    assert day.value.message == "Grace has 3 meetings on that day, and takes no more. Choose another day."


def test_a_slot_agreed_before_the_break_was_set_is_not_accepted_into_it(
    show: Event, grace: Executive
) -> None:
    asked = make.request(
        make.slot(grace, show, TEN + timedelta(minutes=100)), events.accepted(show, "Jack").person
    )
    make.lunch(grace)
    with pytest.raises(NobodyTwice) as refused:
        make.accept(asked)
    assert refused.value.message == "Grace keeps 12:00 to 13:00 free (Lunch). Choose a window outside it."


def test_a_room_holds_one_meeting_and_no_session(show: Event, grace: Executive) -> None:
    """X1: two executives, one room; and a session of the agenda in it."""
    liang = make.executive("Liang")
    with transaction():
        room = operations.add_room(db.session.merge(show), "Suite 7", "", by=make.daniel())
    first = make.stretch(grace, show, n_minutes=80, room_id=room.id)
    second = make.stretch(liang, show, starts_at=TEN + timedelta(minutes=10), n_minutes=80, room_id=room.id)
    make.accept(make.request(first[0], events.accepted(show, "Jack").person))
    with pytest.raises(NobodyTwice) as refused:
        make.accept(make.request(second[0], events.accepted(show, "Nneka").person))
    assert "is taken at that time: Grace and Jack." in refused.value.message
    events.session(
        show,
        "Rehearsal",
        place="Suite 7",
        starts_at=TEN + timedelta(minutes=40),
        ends_at=TEN + timedelta(minutes=80),
    )
    with pytest.raises(NobodyTwice) as session:
        make.accept(make.request(first[1], events.accepted(show, "Dana").person))
    assert "Rehearsal" in session.value.message


# -- signatures and pairs ------------------------------------------------------------------------------------


def test_what_the_event_asks_for_is_signed_first(show: Event, grace: Executive) -> None:
    """X1: the agreement of another event, or one that has ended, does not do."""
    make.terms(show, needs_nda=True, needs_embargo=True)
    jack = events.accepted(show, "Jack").person
    asked = make.request(make.slot(grace, show), jack)
    make.signature(jack, until_on=datetime(2026, 10, 13, tzinfo=UTC).date())
    with pytest.raises(NotSigned) as refused:
        make.accept(asked)
    assert (
        "has not signed the confidentiality agreement and the embargo undertaking"
        in refused.value.message.replace(
            "embargo undertaking and the confidentiality agreement",
            "confidentiality agreement and the embargo undertaking",
        )
    )
    make.signature(jack)
    make.signature(jack, "embargo", event_id=show.id)
    assert make.accept(asked).person_id == jack.id


def test_who_is_kept_apart_does_not_meet(show: Event, grace: Executive) -> None:
    jack = events.accepted(show, "Jack").person
    asked = make.request(make.slot(grace, show), jack)
    with transaction():
        apart = operations.keep_apart(
            db.session.merge(jack), db.session.merge(grace), "A law suit", by=make.daniel()
        )
    with pytest.raises(KeptApartRefused) as refused:
        make.accept(asked)
    assert refused.value.message.startswith("Jack does not meet Grace: A law suit.")
    with transaction():
        operations.end_apart(db.session.merge(apart), by=make.daniel())
    make.accept(asked)


# -- holds -------------------------------------------------------------------------------------------------


def test_a_hold_keeps_the_slot_and_declines_nobody(show: Event, grace: Executive) -> None:
    slot = make.slot(grace, show)
    one, two = (make.request(slot, events.accepted(show, name).person) for name in ("Jack", "Nneka"))
    hold = make.keep(one)
    with pytest.raises(HoldRefused):
        make.keep(one)
    with pytest.raises(NobodyTwice) as refused:
        make.accept(two)
    assert refused.value.message.startswith("This window is held for Jack until 23 Sep, 10:00.")
    assert fresh(two).state is RequestState.OPEN
    make.accept(one)
    assert (fresh(hold).end, fresh(two).state) == (HoldEnd.CONFIRMED, RequestState.DECLINED)


def test_a_hold_that_runs_out_while_somebody_confirms_stands_in_nobodys_way(
    show: Event, grace: Executive
) -> None:
    """Bad input: the page was opened while it held; the slot goes to whoever is accepted first."""
    slot = make.slot(grace, show)
    one, two = (make.request(slot, events.accepted(show, name).person) for name in ("Jack", "Nneka"))
    hold = make.keep(one)
    with clock.fixed_at(fresh(hold).expires_at):
        make.accept(two)
        assert fresh(hold).end is HoldEnd.EXPIRED
        with pytest.raises(RequestRefused):
            make.accept(one)


def test_a_hold_never_outlives_the_beginning_of_its_slot(show: Event, grace: Executive) -> None:
    slot = make.slot(grace, show)
    asked = make.request(slot, events.accepted(show, "Jack").person)
    with clock.fixed_at(slot.starts_at - timedelta(hours=2)):
        assert make.keep(asked).expires_at == slot.starts_at


def test_a_released_hold_cannot_be_released_again(show: Event, grace: Executive) -> None:
    hold = make.keep(make.request(make.slot(grace, show), events.accepted(show, "Jack").person))
    with transaction():
        operations.release_hold(db.session.merge(hold), by=make.daniel())
    with pytest.raises(HoldRefused), transaction():
        operations.release_hold(db.session.merge(hold), by=make.daniel())


def test_an_executive_who_does_not_come_is_called_off_with_proposals(show: Event, grace: Executive) -> None:
    """X1: all meetings at once; whoever asked reads where else there is time; a hold goes with its slot."""
    slots, liang = make.stretch(grace, show), make.executive("Liang")
    free = make.slot(liang, show, TEN + timedelta(hours=5))
    make.accept(make.request(slots[0], events.accepted(show, "Jack").person))
    hold = make.keep(make.request(slots[1], events.accepted(show, "Nneka").person))
    with transaction():
        found = operations.call_off(
            db.session.merge(grace), db.session.merge(show), reason="She is ill.", by=make.daniel()
        )
        assert len(found) == 1
    assert queries.list_slots(fresh(grace)) == []
    assert fresh(hold).end is HoldEnd.RELEASED
    said = db.session.scalars(sa.select(Notice.message).where(Notice.message.contains("cancelled"))).one()
    assert (
        said == "Jack and Grace: cancelled. She is ill. Free with others: Liang, 14 Oct, 15:30–16:00 London."
    )
    assert queries.live_meeting_of(fresh(free)) is None


# -- who decides -------------------------------------------------------------------------------------------


def test_a_stand_in_sees_the_calendar_of_an_assistant_who_is_away(show: Event, grace: Executive) -> None:
    """R2: everything an executive may do their assistant does, and another assistant while that one is away."""
    dora = accounts.user(name="Dora", role=Role.ASSISTANT)
    assert list(queries.list_executives(dora)) == []
    with transaction():
        today = clock.today("Europe/London")
        add_absence(AbsenceDetails(from_on=today, to_on=today), by=make.daniel())
    assert [one.id for one in queries.list_executives(dora)] == [grace.id]
    assert queries.keeper_of(fresh(grace)) is None  # all assistants are told
    with clock.fixed_at(make.BEFORE + timedelta(days=2)):
        assert list(queries.list_executives(dora)) == []
        with transaction():
            db.session.merge(make.daniel()).is_active = False  # one who has left leaves nothing out of reach
        assert [one.id for one in queries.list_executives(dora)] == [grace.id]


def test_a_calendar_that_was_handed_on_is_its_heirs(show: Event, grace: Executive) -> None:
    dora = accounts.user(name="Dora", role=Role.ASSISTANT)
    with transaction():
        pass_on([db.session.merge(grace)], dora, clock.now(), by=make.daniel())
    assert [one.id for one in queries.list_executives(dora)] == [grace.id]
    assert list(queries.list_executives(make.daniel())) == []
    assert queries.keeper_of(fresh(grace)) == dora


# -- bad input through the operations ------------------------------------------------------------------------


def _wish(rank: int) -> WishDetails:
    return WishDetails(side="person", rank=rank)


BAD: dict[str, Callable[[Event, Executive], object]] = {
    "an overlapping stretch": lambda show, grace: (make.stretch(grace, show), make.stretch(grace, show, starts_at=TEN + timedelta(minutes=5))),
    "a stretch in the past": lambda show, grace: make.stretch(grace, show, starts_at=make.BEFORE - timedelta(days=1)),
    "a room of another event": lambda show, grace: make.stretch(grace, show, room_id=99),
    "a break that ends first": lambda show, grace: make.lunch(grace, time(13), time(12)),
    "a break of nothing": lambda show, grace: make.lunch(grace, time(12), time(12)),
    "a stretch inside a break": lambda show, grace: (
        make.lunch(grace), make.stretch(grace, show, starts_at=TEN + timedelta(minutes=90), n_minutes=50)
    ),
    "a signature of tomorrow": lambda show, grace: make.signature(
        events.accepted(show, "Jack").person, signed_on=(make.BEFORE + timedelta(days=1)).date()
    ),
    "a signature that ends first": lambda show, grace: make.signature(
        events.accepted(show, "Jack").person, until_on=(make.BEFORE - timedelta(days=1)).date()
    ),
    "a wish of somebody who does not come": lambda show, grace: _record_wish(show, grace),
    "a slot that is gone": lambda show, grace: _withdrawn(show, grace),
    "waiting that is not asked for": lambda show, grace: make.accept(
        make.request(make.slot(grace, show), events.accepted(show, "Jack").person), keep_waiting_id=99
    ),
}  # fmt: skip


def _record_wish(show: Event, grace: Executive) -> None:
    with transaction():
        stranger = db.session.merge(events.enrolled(show, "Jack"))
        operations.record_wish(
            db.session.merge(show), stranger, db.session.merge(grace), _wish(1), by=make.mei()
        )


def _withdrawn(show: Event, grace: Executive) -> None:
    slot = make.slot(grace, show)
    with transaction():
        operations.withdraw_slot(db.session.merge(slot), reason="Board meeting", by=make.daniel())
    make.request(slot, events.accepted(show, "Jack").person)


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_is_refused_with_a_sentence(show: Event, grace: Executive, what: str) -> None:
    with pytest.raises(DomainError) as refused:
        BAD[what](show, grace)
    assert refused.value.message.endswith((".", "!"))


FORMS = [
    ({"n_slot_minutes": "0"}, "Give a whole number from 5 to 480."),
    ({"n_slot_minutes": "5", "ends_at": "2026-10-15T00:30"}, "Publish at most 60 at once."),
    ({"starts_at": "2026-10-14T14:00", "ends_at": "2026-10-14T13:00"}, "The stretch ends before it begins."),
    (
        {"starts_at": "2026-03-29T01:30", "ends_at": "2026-03-29T03:00"},
        "clocks",
    ),  # a time that does not exist
    ({"capacity": "0"}, "Give a whole number from 1 to 12."),
    ({"zone": "Europe/Atlantis"}, "time zone"),
]


@pytest.mark.parametrize(("typed", "words"), FORMS)
def test_the_form_keeps_what_was_typed(
    show: Event, grace: Executive, signed_in: Callable[..., FlaskClient], typed: dict[str, str], words: str
) -> None:
    usual = {
        "zone": "Europe/London", "starts_at": "2026-10-14T09:00", "ends_at": "2026-10-14T12:00", "n_slot_minutes": "30",
        "n_preparation_minutes": "0", "n_wrap_up_minutes": "10", "capacity": "1", "room_id": "", "place": "The library",
    }  # fmt: skip
    answer = signed_in(make.daniel()).post(
        f"/executives/{grace.id}/availability/new?event={show.id}", data=usual | typed
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert "The library" in page


# -- the database itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize("same", ["executive", "person", "room"])
def test_the_database_itself_keeps_meetings_apart(show: Event, grace: Executive, same: str) -> None:
    """X1: constraints stand behind the locks: nobody, and no room, is in two meetings that overlap."""
    liang = make.executive("Liang")
    with transaction():
        room = operations.add_room(db.session.merge(show), "Suite 7", "", by=make.daniel())
    first = make.accept(
        make.request(
            make.stretch(grace, show, n_minutes=40, room_id=room.id)[0], events.accepted(show, "Jack").person
        )
    )
    other = make.slot(liang, show, TEN + timedelta(minutes=20))
    nneka = events.accepted(show, "Nneka").person
    values = {
        "slot_id": other.id, "executive_id": grace.id if same == "executive" else liang.id,
        "person_id": first.person_id if same == "person" else nneka.id, "room_id": room.id if same == "room" else None,
        "event_id": show.id, "starts_at": other.starts_at, "ends_at": other.ends_at, "zone": other.zone,
        "made_at": make.BEFORE,
    }  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError), transaction():
        db.session.add(Meeting(**values))
        db.session.flush()
    with transaction():  # one that begins when the other ends is no overlap
        db.session.add(
            Meeting(**values | {"starts_at": first.ends_at, "ends_at": first.ends_at + timedelta(minutes=10)})
        )


def test_details_are_bounded() -> None:
    with pytest.raises(ValueError, match="less than or equal to 99"):
        _wish(100)
    assert BreakDetails(begins=time(12), ends=time(13)).label == ""
    assert UndertakingDetails(kind="nda", signed_on=make.BEFORE.date()).until_on is None
