"""Writing events: the agenda, invitations through the outbox, answers, the waitlist, seats and check-in."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent, Role, User
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.core.models import OutboxMail
from app.events import operations, policies, queries
from app.events.details import AnswerDetails, EventDetails, InvitationDetails, SeatsDetails, SessionDetails
from app.events.models import AnswerChannel, Event, Invitation, InvitationState
from app.events.models_day import Seat
from app.ledger.models import Basis, Category, Entry, EntryKind, Form, ReportLine, Unit
from app.notices.models import Notice
from app.outreach import operations as outreach
from app.outreach import queries as contacts
from app.outreach import queries_outbox
from app.outreach.models import Touch, TouchChannel, TouchKind
from app.outreach.policies import ContactStopped
from app.people import operations as person_operations
from app.people.details import WishDetails
from app.programs import operations as program_operations
from app.programs import queries as programs
from app.programs.models import Stage
from app.programs.policies import BooksOnly
from tests.conftest import fresh
from tests.factories import accounts, people
from tests.factories import events as make
from tests.factories import outreach as make_outreach
from tests.factories import programs as make_programs

At = Callable[[datetime], AbstractContextManager[None]]
S = InvitationState


def details_of(event: Event, **changes: object) -> EventDetails:
    kept = ("program_id", "name", "place", "city", "zone", "starts_at", "ends_at", "capacity")
    return EventDetails(**({name: getattr(event, name) for name in kept} | changes))  # type: ignore[arg-type]


def edit(event: Event, **changes: object) -> None:
    with transaction():
        here = db.session.merge(event)
        operations.edit_event(here, details_of(here, **changes), by=make.ruth())


def states(event: Event) -> dict[str, str]:
    return {one.person.name: one.state.value for one in queries.list_invitations(event)}


def steps(invitation: Invitation) -> list[str]:
    return [step.state.value for step, _ in reversed(queries.list_steps(invitation))]


# -- the event and its agenda ----------------------------------------------------------------------


def test_an_event_is_planned_by_its_coordinator(app: Flask) -> None:
    event = make.event()
    assert (event.coordinator.name, event.sequence, event.zone) == ("Ruth", 0, "Europe/London")
    assert (
        db.session.scalar(sa.select(AuditEvent.action).where(AuditEvent.subject_kind == "event"))
        == "events.event_planned"
    )


def test_a_second_event_of_the_name_is_refused(app: Flask) -> None:
    event = make.event()
    with pytest.raises(policies.NameTaken):
        make.event("connect LONDON", under=event.program)


def test_nobody_is_invited_under_imported_books(app: Flask) -> None:
    books = make_programs.program("Iowa", is_books_only=True)
    with pytest.raises(BooksOnly):
        make.event(under=books)


def test_a_change_of_time_makes_answers_stale_and_tells_the_coordinator(app: Flask) -> None:
    """E1, C1: SEQUENCE rises; who answered before is to be asked again."""
    event = make.event()
    jack, amal = make.accepted(event, "Jack"), make.answer(make.invited(event, "Amal"), S.DECLINED)
    edit(event, capacity=20)
    assert (fresh(event).sequence, queries.funnel(event).stale) == (0, 0)
    edit(event, starts_at=event.starts_at + timedelta(hours=1))
    assert (fresh(event).sequence, queries.funnel(event).stale) == (1, 1)
    assert "1 answers were given before" in db.session.scalars(sa.select(Notice.message)).all()[-1]
    make.answer(jack)
    assert (queries.funnel(event).stale, fresh(jack).sequence_answered, fresh(amal).sequence_answered) == (
        0,
        1,
        0,
    )


def test_another_zone_keeps_what_the_clocks_of_the_agenda_show(app: Flask) -> None:
    event = make.event()
    keynote = make.session(event)
    edit(
        event,
        zone="Asia/Singapore",
        starts_at=datetime(2026, 10, 13, 1, tzinfo=UTC),
        ends_at=datetime(2026, 10, 16, 10, tzinfo=UTC),
    )
    assert (fresh(keynote).zone, keynote.starts_at) == (
        "Asia/Singapore",
        datetime(2026, 10, 14, 1, tzinfo=UTC),
    )


def test_saving_over_somebody_elses_change_is_refused(app: Flask) -> None:
    event = make.event()
    edit(event, capacity=20)
    with pytest.raises(Conflict), transaction():
        here = fresh(event)
        operations.edit_event(db.session.merge(here), details_of(here), by=make.ruth(), seen_version=1)


def test_a_cancelled_event_stays_with_its_agenda(app: Flask) -> None:
    event = make.event()
    keynote, jack = make.session(event), make.accepted(event, "Jack")
    with pytest.raises(policies.ReasonNeeded), transaction():
        operations.cancel_event(db.session.merge(event), " ", by=make.ruth())
    with transaction():
        operations.cancel_event(db.session.merge(event), "The hall is closed.", by=make.ruth())
    assert (fresh(event).is_cancelled, event.sequence, fresh(keynote).is_cancelled, keynote.sequence) == (
        True,
        1,
        True,
        1,
    )
    with pytest.raises(policies.EventIsOver):
        make.session(event, "Another")
    with pytest.raises(policies.EventIsOver):
        make.draft(event, "Amal")
    with pytest.raises(policies.CannotAnswer):
        make.answer(jack, S.DECLINED)


def test_a_session_lies_within_the_event(app: Flask) -> None:
    """E2."""
    event = make.event()
    with pytest.raises(policies.OutsideTheEvent):
        make.session(event, ends_at=datetime(2026, 10, 16, 17, 1, tzinfo=UTC))
    with pytest.raises(policies.OutsideTheEvent):
        make.session(event, starts_at=datetime(2026, 10, 13, 7, 59, tzinfo=UTC))


def test_a_session_moves_and_is_cancelled_under_one_uid(app: Flask) -> None:
    """C1."""
    event = make.event()
    keynote = make.session(event)
    uid = keynote.uid
    moved = SessionDetails(
        title="Opening keynote", place="Hall 1", starts_at=datetime(2026, 10, 14, 9, tzinfo=UTC),
        ends_at=datetime(2026, 10, 14, 10, tzinfo=UTC),
    )  # fmt: skip
    with transaction():
        operations.edit_session(db.session.merge(keynote), moved, by=make.ruth())
    assert (fresh(keynote).sequence, keynote.uid) == (1, uid)
    with transaction():
        operations.cancel_session(db.session.merge(keynote), "", by=make.ruth())
    assert (fresh(keynote).is_cancelled, keynote.sequence, keynote.uid) == (True, 2, uid)
    with pytest.raises(policies.EventIsOver), transaction():
        operations.cancel_session(db.session.merge(keynote), "", by=make.ruth())


# -- inviting --------------------------------------------------------------------------------------


def test_a_draft_contacts_nobody(app: Flask) -> None:
    event = make.event()
    draft = make.draft(
        event, "Jack", wave=2, promise="A seat in front", badge="Analyst+KOL", reason="Best known"
    )
    assert (draft.state, draft.wave, draft.promise, draft.sent_at) == (S.DRAFT, 2, "A seat in front", None)
    assert (steps(draft), queries.funnel(event).invited, queries.funnel(event).drafts) == (["draft"], 0, 1)
    assert db.session.scalars(sa.select(Touch)).all() == []


def test_who_is_not_enrolled_cannot_be_invited(app: Flask) -> None:
    event = make.event()
    stranger = people.person("Stranger")
    with pytest.raises(policies.CannotInvite, match="Admit them under a goal first"):
        make.draft(event, person=stranger)


def test_who_declined_the_program_cannot_be_invited(app: Flask) -> None:
    event = make.event()
    jack = make.enrolled(event, "Jack")
    with transaction():
        enrolment = programs.enrolment_of(db.session.merge(event.program), db.session.merge(jack))
        assert enrolment is not None
        program_operations.move_stage(enrolment, Stage.DECLINED, by=accounts.user(), reason="Not for him")
    with pytest.raises(policies.CannotInvite, match="declined Global KOL"):
        make.draft(event, person=jack)


def test_nobody_is_invited_twice_but_a_withdrawn_one_again(app: Flask) -> None:
    event = make.event()
    draft = make.draft(event, "Jack")
    with pytest.raises(policies.CannotInvite, match="invited already"):
        make.draft(event, person=draft.person)
    with transaction():
        operations.withdraw(db.session.merge(draft), "Mistake", by=make.ruth())
    again = make.draft(event, person=draft.person)
    assert (again.id, steps(again)) == (draft.id, ["draft", "withdrawn", "draft"])


def test_an_opt_out_is_nobodys_to_overrule(app: Flask) -> None:
    """P4."""
    event = make.event()
    jack = make.enrolled(event, "Jack")
    with transaction():
        person_operations.set_wishes(
            db.session.merge(jack), WishDetails(is_opted_out=True), by=accounts.user()
        )
    with pytest.raises(policies.CannotInvite, match="asked not to be contacted"):
        make.draft(event, person=jack)


def test_letters_wait_in_the_outbox_and_nobody_is_invited_before_they_left(app: Flask) -> None:
    """J4.1, G5, G6: twelve drafts in waves; the owner and the department stand in every letter."""
    make_outreach.letter_template()
    event = make.event()
    mei = accounts.user(name="Mei")
    draft = make.draft(
        event, person=make.enrolled(event, "Jack", owner=mei), promise="A flight and four nights."
    )
    batch = make.prepare(event, [draft])
    waiting = queries_outbox.get_batch(batch)
    assert (waiting.title, waiting.restated, fresh(draft).state) == (
        "Connect London, wave 1",
        "1 mail, 1 language",
        S.DRAFT,
    )
    mail = waiting.rows[0].mail
    assert mail is not None
    words = queries_outbox.words_of(mail)
    for said in (
        "Dear Jack",
        "Connect London in London",
        "Oct 13",
        "A flight and four nights.",
        "Mei, Analyst relations",
        "/p/verify?reference=",
    ):
        assert said in words.text
    with transaction():
        outreach.release_batch(batch, by=make.ruth())
    assert (fresh(draft).state, steps(draft), draft.sent_by_id) == (
        S.INVITED,
        ["draft", "invited"],
        make.ruth().id,
    )
    touch = db.session.scalars(sa.select(Touch)).one()
    assert (touch.user_id, touch.kind, touch.is_ask, touch.source_kind, touch.source_id) == (
        mei.id, TouchKind.INVITATION, True, "events", event.id,
    )  # fmt: skip


def test_preparing_twice_prepares_once(app: Flask) -> None:
    make_outreach.letter_template()
    event = make.event()
    draft = make.draft(event, "Jack")
    assert make.prepare(event, [draft]) == make.prepare(event, [draft])
    assert db.session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 1


def test_somebody_unreachable_stops_one_letter_and_is_named(app: Flask) -> None:
    make_outreach.letter_template()
    event = make.event()
    jack, amal = make.draft(event, "Jack"), make.draft(event, person=make.enrolled(event, "Amal", email=""))
    with pytest.raises(policies.CannotSend, match="No mail address: Amal"):
        make.prepare(event, [amal])
    assert db.session.scalars(sa.select(OutboxMail)).all() == []
    with transaction():
        here = [db.session.merge(one) for one in (jack, amal)]
        prepared = operations.send_invitations(db.session.merge(event), here, by=make.ruth())
        assert [(one.person.name, words) for one, words in prepared.stopped] == [
            ("Amal", "No mail address: Amal. Add one, or invite them by hand.")
        ]
    assert [letter.person.name for letter in prepared.letters] == ["Jack"]
    with transaction():
        operations.invite_by_hand(db.session.merge(amal), TouchChannel.PHONE, by=make.ruth())
    assert (fresh(amal).state, contacts.open_ask_of(amal.person, "events", event.id) is not None) == (
        S.INVITED,
        True,
    )


def test_an_invitation_by_hand_passes_the_guard_like_a_letter(app: Flask) -> None:
    """G3."""
    event = make.event()
    draft = make.draft(event, "Jack")
    make_outreach.touch(draft.person, accounts.user(name="Tom", in_department="Social media"), is_ask=True)
    with pytest.raises(ContactStopped), transaction():
        operations.invite_by_hand(db.session.merge(draft), TouchChannel.PHONE, by=make.ruth())
    assert fresh(draft).state is S.DRAFT


def test_a_letter_that_waits_goes_with_its_invitation(app: Flask) -> None:
    """Withdrawn, changed or cancelled: nothing leaves that is no longer meant."""
    make_outreach.letter_template()
    event = make.event()
    jack, nneka, amal = (make.draft(event, name) for name in ("Jack", "Nneka", "Amal"))
    batch = make.prepare(event, [jack, nneka, amal])
    with transaction():
        operations.withdraw(db.session.merge(jack), "Wrong Jack", by=make.ruth())
        changed = InvitationDetails(promise="Another promise")
        operations.edit_invitation(db.session.merge(nneka), changed, by=make.ruth())
    assert [row.name for row in queries_outbox.get_batch(batch).rows] == ["Amal"]
    make.prepare(event, [nneka])
    assert [row.name for row in queries_outbox.get_batch(batch).rows] == ["Amal", "Nneka"]
    with transaction():
        operations.cancel_event(db.session.merge(event), "No hall", by=make.ruth())
    assert queries_outbox.list_batches() == []


def test_a_promise_that_left_stays_as_it_was_sent(app: Flask) -> None:
    """E4."""
    event = make.event()
    sent = make.invited(event, "Jack", promise="A flight")
    with pytest.raises(policies.CannotSend), transaction():
        operations.edit_invitation(
            db.session.merge(sent), InvitationDetails(promise="A train"), by=make.ruth()
        )
    with transaction():
        operations.edit_invitation(
            db.session.merge(sent), InvitationDetails(promise="A flight", badge="Press"), by=make.ruth()
        )
    assert (fresh(sent).badge, sent.promise) == ("Press", "A flight")


# -- answers ---------------------------------------------------------------------------------------


def test_an_answer_closes_the_ask_and_is_never_rewritten(app: Flask) -> None:
    event = make.event()
    jack = make.invited(event, "Jack")
    make.answer(jack, reason="With pleasure", answered_by_name="His agent")
    assert (fresh(jack).state, jack.answer_channel, jack.answered_by_name, jack.answer_reason) == (
        S.ACCEPTED, AnswerChannel.PHONE, "His agent", "With pleasure",
    )  # fmt: skip
    assert contacts.list_open_asks(None) == []
    make.answer(jack, S.DECLINED, reason="Ill")
    assert steps(jack) == ["draft", "invited", "accepted", "declined"]


@pytest.mark.parametrize("is_withdrawn", [True, False])
def test_what_was_not_sent_cannot_be_answered(app: Flask, is_withdrawn: bool) -> None:
    event = make.event()
    one = make.draft(event, "Jack")
    if is_withdrawn:
        with transaction():
            operations.withdraw(db.session.merge(one), "Mistake", by=make.ruth())
    with pytest.raises(policies.CannotAnswer):
        make.answer(one)


def test_a_yes_to_a_full_event_waits_and_the_funnel_adds_up(app: Flask) -> None:
    """E1, J4.4: invited 4 = accepted 1 + declined 1 + waiting 1 + silent 1."""
    event = make.event(capacity=1)
    make.accepted(event, "Jack")
    late = make.accepted(event, "Amal", person=make.enrolled(event, "Amal", languages=("en",)))
    make.answer(make.invited(event, "Nneka"), S.DECLINED)
    make.invited(event, "Ines", person=make.enrolled(event, "Ines", languages=("en",)))
    assert states(event) == {"Amal": "waiting", "Ines": "invited", "Jack": "accepted", "Nneka": "declined"}
    funnel = queries.funnel(event)
    assert (funnel.invited, funnel.accepted, funnel.declined, funnel.waiting, funnel.silent) == (
        4,
        1,
        1,
        1,
        1,
    )
    assert fresh(late).waitlist_place == 1


def test_the_portal_tells_the_coordinator(app: Flask) -> None:
    event = make.event()
    jack = make.invited(event, "Jack")
    with transaction():
        details = AnswerDetails(state=S.DECLINED, channel=AnswerChannel.PORTAL, reason="On leave")
        operations.record_answer(db.session.merge(jack), details, by=None)
    notice = db.session.scalars(sa.select(Notice)).one()
    assert (notice.user_id, notice.message) == (make.ruth().id, "Jack: declined (Connect London).")
    step, who = queries.list_steps(jack)[0]
    assert (step.channel, step.reason, who) == (AnswerChannel.PORTAL, "On leave", None)


def test_two_answers_at_the_same_moment_cannot_take_the_last_place(app: Flask) -> None:
    """E1: one gets it, the other waits; threads with connections of their own."""
    event = make.event(capacity=1)
    ids = [make.invited(event, "Jack").id, make.invited(event, "Nneka").id]
    db.session.rollback()
    start, problems = threading.Barrier(2), list[Exception]()

    def say_yes(id: int) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    details = AnswerDetails(state=S.ACCEPTED, channel=AnswerChannel.PORTAL)
                    operations.record_answer(db.session.get_one(Invitation, id), details, by=None)
            except Exception as problem:  # noqa: BLE001 -- shown by the assertion below
                problems.append(problem)

    threads = [threading.Thread(target=say_yes, args=(id,)) for id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(states(event).values()) == ["accepted", "waiting"]


# -- waitlist --------------------------------------------------------------------------------------


def waiting_line(event: Event, *names: str) -> list[Invitation]:
    return [
        make.answer(make.invited(event, person=make.enrolled(event, name, languages=("en",))), S.WAITING)
        for name in names
    ]


def test_the_waitlist_is_ordered_and_moves_up(app: Flask) -> None:
    event = make.event(capacity=1)
    jack = make.accepted(event, "Jack")
    first, second, third = waiting_line(event, "Amal", "Ines", "Kerem")
    with pytest.raises(policies.NoPlaceLeft, match="All 1 places are taken"), transaction():
        operations.promote(db.session.merge(first), by=make.ruth())
    make.answer(jack, S.DECLINED)
    with pytest.raises(policies.NoPlaceLeft, match="Amal is first"), transaction():
        operations.promote(db.session.merge(second), by=make.ruth())
    with transaction():
        operations.promote(db.session.merge(second), by=make.ruth(), reason="Flies in from the same city")
    assert (fresh(second).state, second.waitlist_place) == (S.ACCEPTED, None)
    assert [(one.person.name, one.waitlist_place) for one in queries.list_waitlist(event)] == [
        ("Amal", 1),
        ("Kerem", 2),
    ]
    with transaction():
        operations.move_on_waitlist(db.session.merge(third), 1, "Tier one", by=make.ruth())
    assert [one.person.name for one in queries.list_waitlist(event)] == ["Kerem", "Amal"]
    with pytest.raises(policies.ReasonNeeded), transaction():
        operations.move_on_waitlist(db.session.merge(third), 2, "", by=make.ruth())


def test_whoever_leaves_the_waitlist_lets_the_others_move_up(app: Flask) -> None:
    event = make.event()
    first, _second = waiting_line(event, "Amal", "Ines")
    make.answer(first, S.DECLINED, reason="No thanks")
    assert [(one.person.name, one.waitlist_place) for one in queries.list_waitlist(event)] == [("Ines", 1)]


def test_a_withdrawal_frees_seat_and_ask(app: Flask) -> None:
    event = make.event()
    jack = make.accepted(event, "Jack")
    seat(event, jack, "A1")
    with transaction():
        operations.withdraw(db.session.merge(jack), "Conflict of interest", by=make.ruth())
    assert (fresh(jack).state, queries.seats_of(event), queries.funnel(event).withdrawn) == (
        S.WITHDRAWN,
        {},
        1,
    )
    nneka = make.invited(event, "Nneka")
    with transaction():
        operations.withdraw(db.session.merge(nneka), "Mistake", by=make.ruth())
    assert contacts.list_open_asks(None) == []


# -- seats and check-in ----------------------------------------------------------------------------


def set_up(event: Event) -> None:
    with transaction():
        details = SeatsDetails(rows=("A", "B"), n_per_row=3, front_rows=("A",), accessible=("A1",))
        operations.add_seats(db.session.merge(event), details, by=make.ruth())


def seat(event: Event, invitation: Invitation, label: str) -> Seat:
    if not queries.list_seats(event):
        set_up(event)
    found = next(one for one in queries.list_seats(event) if f"{one.row}{one.number}" == label)
    with transaction():
        return operations.seat_person(
            db.session.merge(found), db.session.merge(invitation.person), by=make.ruth()
        )


def units() -> list[tuple[str, int]]:
    standing = sa.select(Entry.unit, sa.func.sum(Entry.quantity)).group_by(Entry.unit).order_by(Entry.unit)
    return [(row[0].value, row[1]) for row in db.session.execute(standing)]


def arrive(invitation: Invitation, early: int = 0) -> Invitation:
    with transaction():
        return operations.check_in(db.session.merge(invitation), by=make.ruth(), early_minutes=early)


def test_setting_up_seats_again_adds_only_what_lacks(app: Flask) -> None:
    event = make.event()
    set_up(event)
    with transaction():
        added = operations.add_seats(
            db.session.merge(event), SeatsDetails(rows=("B", "C"), n_per_row=4), by=make.ruth()
        )
    assert sorted(f"{one.row}{one.number}" for one in added) == ["B4", "C1", "C2", "C3", "C4"]
    assert [(one.is_front, one.is_accessible) for one in queries.list_seats(event)][:2] == [
        (True, True),
        (True, False),
    ]


def test_a_seat_is_for_one_who_comes_and_a_person_has_one(app: Flask) -> None:
    """E3."""
    event = make.event()
    jack, nneka, silent = (
        make.accepted(event, "Jack"),
        make.accepted(event, "Nneka"),
        make.invited(event, "Lerato"),
    )
    seat(event, jack, "A1")
    with pytest.raises(policies.CannotSeat, match="taken"):
        seat(event, nneka, "A1")
    with pytest.raises(policies.CannotSeat, match="has not accepted"):
        seat(event, silent, "A2")
    seat(event, jack, "B2")
    assert [(one.row, one.number) for one in queries.seats_of(event).values()] == [("B", 2)]


def test_check_in_counts_access_in_units_and_prices_nothing(app: Flask, at: At) -> None:
    """L4, E3, J6: a front seat is one unit, thirty minutes early are thirty."""
    event = make.event()
    jack, nneka = make.accepted(event, "Jack"), make.accepted(event, "Nneka")
    seat(event, jack, "A2")
    seat(event, nneka, "B1")
    with at(datetime(2026, 10, 13, 23, 30, tzinfo=UTC)):  # the 14th in London
        arrive(jack, 30)
        arrive(nneka)
    entries = db.session.scalars(sa.select(Entry).order_by(Entry.seq)).all()
    assert [(one.unit, one.quantity, one.category) for one in entries] == [
        (Unit.FRONT_SEAT, 1, Category.EVENT_PASS), (Unit.EARLY_MINUTE, 30, Category.EARLY_ACCESS),
    ]  # fmt: skip
    for one in entries:
        assert (one.form, one.basis, one.line, one.reporting_minor) == (
            Form.ACCESS,
            Basis.NOT_VALUED,
            ReportLine.ACCESS,
            0,
        )
        assert (one.value_on, one.event_id) == (date(2026, 10, 14), event.id)
        assert (one.source_kind, one.source_id) == ("events", event.id)
    assert queries.funnel(event).attended == 2


def test_a_second_check_in_counts_nothing_twice(app: Flask) -> None:
    event = make.event()
    jack = make.accepted(event, "Jack")
    seat(event, jack, "A2")
    arrive(jack, 30)
    with pytest.raises(policies.CannotCheckIn, match="checked in already"):
        arrive(jack, 30)
    seat(event, jack, "A3")  # moved within the front row after they came
    assert units() == [("early_minute", 30), ("front_seat", 1)]


def test_a_front_seat_given_after_check_in_counts_then(app: Flask) -> None:
    event = make.event()
    jack = make.accepted(event, "Jack")
    arrive(jack)
    assert units() == []
    seat(event, jack, "A1")
    assert units() == [("front_seat", 1)]


@pytest.mark.parametrize(
    ("state", "early", "message"),
    [
        (None, 0, "has not accepted"),
        (S.DECLINED, 0, "has not accepted"),
        (S.ACCEPTED, 601, "0 to 600"),
        (S.ACCEPTED, -1, "0 to 600"),
    ],
)
def test_who_does_not_come_is_not_checked_in(app: Flask, state: S | None, early: int, message: str) -> None:
    event = make.event()
    jack = make.invited(event, "Jack")
    if state is not None:
        make.answer(jack, state)
    with pytest.raises(policies.CannotCheckIn, match=message):
        arrive(jack, early)


def test_undoing_a_check_in_reverses_what_it_counted(app: Flask) -> None:
    """L1: both lines stay; checking in again counts again."""
    event = make.event()
    jack = make.accepted(event, "Jack")
    seat(event, jack, "A1")
    arrive(jack, 30)
    with pytest.raises(policies.ReasonNeeded), transaction():
        operations.undo_check_in(db.session.merge(jack), "", by=make.ruth())
    with transaction():
        operations.undo_check_in(db.session.merge(jack), "It was his brother", by=make.ruth())
    assert (fresh(jack).checked_in_at, units()) == (None, [("early_minute", 0), ("front_seat", 0)])
    arrive(jack, 10)
    kinds = db.session.scalars(sa.select(Entry.kind).order_by(Entry.seq)).all()
    assert (kinds.count(EntryKind.REVERSAL), units()) == (2, [("early_minute", 10), ("front_seat", 1)])


def test_thanks_go_to_those_who_came(app: Flask) -> None:
    """J6.5; a courtesy is exempt from the guard by kind."""
    make_outreach.letter_template("en", key="thank_you", subject="Thank you", body=make_outreach.NOTE)
    event = make.event()
    jack = make.accepted(event, "Jack")
    make.accepted(event, "Nneka")
    with pytest.raises(policies.CannotSend, match="Nobody has been checked in"), transaction():
        operations.send_thanks(db.session.merge(event), "It was good.", by=make.ruth())
    arrive(jack)
    with transaction():
        prepared = operations.send_thanks(db.session.merge(event), "It was good.", by=make.ruth())
    assert [one.person.name for one in prepared.letters] == ["Jack"]
    with transaction():
        assert outreach.release_batch(prepared.batch, by=make.ruth()).n_sent == 1
    assert fresh(jack).state is S.ACCEPTED


def test_every_step_of_an_invitation_names_who_did_it(app: Flask) -> None:
    event = make.event()
    jack = make.accepted(event, "Jack")
    names: list[User | None] = [who for _, who in queries.list_steps(jack)]
    assert [who.name if who else None for who in names] == ["Ruth", "Ruth", "Ruth"]
    assert accounts.user(role=Role.PARTNER).id
