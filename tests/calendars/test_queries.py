"""What is in a feed: by reader, by right, by what changed."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
from flask import Flask
from ical.calendar_stream import IcsCalendarStream

from app.accounts.models import Role, User
from app.calendars import exports, queries
from app.calendars.models import FeedKind
from app.calendars.shelf import Shelf
from app.core import clock
from app.core.db import db, transaction
from app.core.ics import CalendarItem, InvalidItem
from app.events import operations as event_operations
from app.events import queries as event_reads
from app.events.details import SessionDetails
from app.events.models import InvitationState, Session
from app.executives import operations as executive_operations
from app.people.models import Person
from app.programs.models import Program
from app.travel import operations as travel_operations
from tests.conftest import fresh
from tests.factories import accounts, calendars, events, executives, ledger, people, programs, travel

OWN_OF_JACK = [
    "Car London (LHR) – The Meridian Wharf", "Connect London", "Flight Sydney (SYD) – London (LHR)",
    "Hotel The Meridian Wharf", "Meeting with Grace, Chief Executive Officer", "Opening keynote",
]  # fmt: skip
AGENDA = ["Analyst briefing", "Connect London", "Opening keynote", "Rehearsal"]
INTERVIEW = "Jack meets Grace, Chief Executive Officer"
TRAVEL = [
    "Jack: Car London (LHR) – The Meridian Wharf", "Jack: Flight Sydney (SYD) – London (LHR)",
    "Jack: Hotel The Meridian Wharf",
]  # fmt: skip


def summaries(items: list[CalendarItem | InvalidItem]) -> list[str]:
    return sorted(item.summary for item in items if isinstance(item, CalendarItem))


def text_of(kind: FeedKind, target_id: int | None, by: User) -> str:
    content = exports.render(queries.calendar_of(kind, target_id, by)).content
    return content.decode().replace("\r\n ", "")


def own_text(person: Person) -> str:
    return exports.render(queries.calendar_of_person(person)).content.decode().replace("\r\n ", "")


def event_of(content: bytes, uid: str) -> dict[str, str]:
    """The lines of one VEVENT by name, parameters cut off."""
    [block] = [
        part
        for part in re.findall(r"BEGIN:VEVENT.*?END:VEVENT", content.decode(), re.DOTALL)
        if f"UID:{uid}" in part
    ]
    lines = block.replace("\r\n ", "").split("\r\n")
    return {re.split("[;:]", line, maxsplit=1)[0]: line.split(":", 1)[1] for line in lines}


# -- tiers (R3, C1) --------------------------------------------------------------------------------


def test_two_readers_of_one_event_find_what_their_roles_carry(app: Flask) -> None:
    """R3: the coordinator has travel and the driver's phone; relations have neither."""
    show = calendars.show()
    mei = accounts.user(name="Mei")
    assert summaries(queries.items_of_event(show.event, show.ruth)) == sorted([*AGENDA, INTERVIEW, *TRAVEL])
    assert summaries(queries.items_of_event(show.event, mei)) == sorted([*AGENDA, INTERVIEW])
    assert "+44 20 7946 0018" in text_of(FeedKind.EVENT, show.event.id, show.ruth)
    assert "+44" not in text_of(FeedKind.EVENT, show.event.id, mei)


def test_no_feed_holds_amounts_classes_or_booking_codes(app: Flask) -> None:
    """R3: not even the coordinator's; people share their calendars."""
    show = calendars.show()
    shown = [text_of(FeedKind.EVENT, show.event.id, show.ruth), own_text(show.jack)]
    secrets = ("QK7ZPD", "5038", "5,038", "2080", "2,080", "GBP", "usiness", "economy")
    assert [word for text in shown for word in secrets if word in text] == []


def test_person_finds_only_what_they_are_part_of(app: Flask) -> None:
    """C1: the accepted event with sessions for all and for experts, own travel, own meetings; no phone, no other name."""
    show = calendars.show()
    assert summaries(queries.items_of_person(show.jack)) == sorted(OWN_OF_JACK)
    assert summaries(queries.items_of_person(show.amal)) == ["Connect London", "Opening keynote"]
    assert queries.items_of_person(show.nneka) == []
    assert [word for word in ("Amal", "Nneka", "+44", "Driver") if word in own_text(show.jack)] == []


def test_whoever_is_on_stage_has_the_session_in_their_calendar(app: Flask) -> None:
    """C1: what is for analysts only is in no guest's calendar, but in that of the guest who speaks there."""
    show = calendars.show()
    [briefing] = db.session.scalars(sa.select(Session).filter_by(title="Analyst briefing"))
    with transaction():
        event_operations.put_on_stage(db.session.merge(briefing), db.session.merge(show.amal), by=show.ruth)
    assert summaries(queries.items_of_person(fresh(show.amal))) == [
        "Analyst briefing",
        "Connect London",
        "Opening keynote",
    ]
    assert "Analyst briefing" not in summaries(queries.items_of_person(fresh(show.jack)))


def test_unanswered_and_declined_invitations_are_in_no_feed_of_the_person(app: Flask) -> None:
    show = calendars.show()
    with clock.fixed_at(calendars.NOW):
        invitation = event_reads.invitation_of(show.event, show.amal)
        assert invitation is not None
        events.answer(invitation, InvitationState.DECLINED, reason="Another show")
    assert queries.items_of_person(fresh(show.amal)) == []


def test_staff_reader_of_a_person_finds_travel_only_with_the_right(app: Flask) -> None:
    show = calendars.show()
    seen = summaries(queries.items_of_person(show.jack, accounts.user(name="Mei")))
    assert seen == sorted(["Connect London", "Opening keynote", INTERVIEW, *TRAVEL])
    assert summaries(queries.items_of_person(show.jack, show.daniel)) == sorted(
        ["Connect London", "Opening keynote", INTERVIEW]
    )
    assert "+44" not in text_of(FeedKind.PERSON, show.jack.id, accounts.user(name="Mei"))


def test_assistant_finds_the_meetings_of_entrusted_executives(app: Flask) -> None:
    """R3: another assistant's executive is not to be seen, not even in the feed of the event."""
    show = calendars.show()
    other = accounts.user(name="Nora", role=Role.ASSISTANT, in_department="Executive office")
    assert summaries(queries.items_of_executive(show.meeting.executive, show.daniel)) == [
        "Interview with Jack"
    ]
    assert summaries(queries.items_of_event(show.event, show.daniel)) == sorted([*AGENDA, INTERVIEW])
    assert summaries(queries.items_of_event(show.event, other)) == AGENDA
    assert summaries(queries.items_of_work(show.daniel)) == [INTERVIEW]
    assert summaries(queries.items_of_work(other)) == []


def test_work_of_the_coordinator_is_the_event_with_everything_arranged(app: Flask) -> None:
    show = calendars.show()
    assert summaries(queries.items_of_work(show.ruth)) == sorted([*AGENDA, INTERVIEW, *TRAVEL])


def test_program_shows_events_and_agendas(app: Flask) -> None:
    show = calendars.show()
    assert summaries(queries.items_of_program(show.event.program, show.ruth)) == AGENDA


def test_file_without_a_reader_has_agenda_and_meetings(app: Flask) -> None:
    show = calendars.show()
    found = icalendar.Calendar.from_ical(exports.event_feed(show.event))
    assert sorted(str(event["SUMMARY"]) for event in found.events) == sorted([*AGENDA, INTERVIEW])


def test_feed_of_a_merged_person_follows_the_record_that_stayed(app: Flask) -> None:
    show = calendars.show()
    made = calendars.feed_of(show.jack)
    double = events.enrolled(show.event, "Ines")
    with transaction():
        db.session.merge(show.jack).merged_into_id = double.id
    found = queries.find_feed(made.secret)
    assert found is not None
    assert len(queries.calendar_behind(found).rows().meetings) == 1
    assert summaries(queries.items_of_person(fresh(double))) == sorted(OWN_OF_JACK)


# -- what changed (C1) -----------------------------------------------------------------------------


def change(session: Session, at: datetime, **changes: Any) -> None:
    details = {name: getattr(session, name) for name in SessionDetails.model_fields} | changes
    with clock.fixed_at(at), transaction():
        event_operations.edit_session(db.session.merge(session), SessionDetails(**details), by=events.ruth())


LATER = calendars.NOW + timedelta(hours=3)


def test_unchanged_data_give_the_same_bytes_at_any_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    show = calendars.show()
    with clock.fixed_at(calendars.NOW):
        first = exports.event_feed(show.event, show.ruth)
    monkeypatch.setattr(exports, "shelf", Shelf())  # as in another process
    db.session.remove()
    with clock.fixed_at(datetime(2029, 1, 1, tzinfo=UTC)):
        assert exports.event_feed(show.event, show.ruth) == first


def test_moved_session_keeps_its_uid_and_raises_its_sequence(app: Flask) -> None:
    show = calendars.show()
    before = event_of(exports.event_feed(show.event), show.keynote.uid)
    moved = show.keynote.starts_at + timedelta(hours=1)
    change(show.keynote, LATER, starts_at=moved, ends_at=moved + timedelta(hours=1))
    after = event_of(exports.event_feed(fresh(show.event)), show.keynote.uid)
    changed = {name: after[name] for name in after if after[name] != before[name]}
    assert changed == {
        "SEQUENCE": "1",
        "DTSTAMP": "20260922T120000Z",
        "LAST-MODIFIED": "20260922T120000Z",
        "DTSTART": "20261014T100000",
        "DTEND": "20261014T110000",
    }


def test_new_title_moves_the_stamp_but_not_the_sequence(app: Flask) -> None:
    show = calendars.show()
    change(show.keynote, LATER, title="Keynote")
    after = event_of(exports.event_feed(fresh(show.event)), show.keynote.uid)
    assert (after["SUMMARY"], after["SEQUENCE"], after["DTSTAMP"]) == ("Keynote", "0", "20260922T120000Z")


def test_change_at_the_end_of_a_long_text_is_a_change(app: Flask) -> None:
    show = calendars.show()
    for ending in ("old", "new"):
        change(show.keynote, LATER, description="x" * 5000 + ending)
        text = exports.event_feed(fresh(show.event)).decode().replace("\r\n ", "")
        assert f"x{ending}\\n" in text


def test_cancelled_session_stays_as_a_tombstone(app: Flask) -> None:
    show = calendars.show()
    with clock.fixed_at(LATER), transaction():
        event_operations.cancel_session(
            db.session.merge(show.keynote), "The hall is closed", by=events.ruth()
        )
    both = ((exports.event_feed(fresh(show.event)), "Cancelled: "), (own_text(show.amal).encode(), "أُلغي: "))
    for content, word in both:  # in the language of whose calendar it is
        after = event_of(content, show.keynote.uid)
        assert (after["STATUS"], after["SEQUENCE"], after["SUMMARY"], after["TRANSP"]) == (
            "CANCELLED", "1", f"{word}Opening keynote", "TRANSPARENT",
        )  # fmt: skip


def test_cancelled_meeting_and_leg_stay_as_tombstones(app: Flask) -> None:
    show = calendars.show()
    with clock.fixed_at(LATER), transaction():
        executive_operations.cancel_meeting(db.session.merge(show.meeting), reason="Ill", by=show.daniel)
        travel_operations.cancel_leg(db.session.merge(show.leg), reason="Another airline", by=show.ruth)
    content = own_text(fresh(show.jack)).encode()
    for uid in (show.meeting.uid, show.leg.uid):
        after = event_of(content, uid)
        assert (after["STATUS"], after["SEQUENCE"]) == ("CANCELLED", "1")


def test_new_venue_changes_what_its_sessions_say(app: Flask) -> None:
    """A related row that is rendered counts as a change of the item."""
    show = calendars.show()
    with clock.fixed_at(LATER), transaction():
        db.session.merge(show.event).place = "Olympia"
    after = event_of(exports.event_feed(fresh(show.event)), show.keynote.uid)
    assert (after["LOCATION"], after["DTSTAMP"]) == ("Hall 1\\, Olympia\\, London", "20260922T120000Z")


def test_declined_travel_was_never_in_a_calendar_and_an_estimate_is_tentative(app: Flask) -> None:
    """L5: what was offered and refused is in the book, not in the calendar."""
    show = calendars.show()
    with clock.fixed_at(calendars.NOW):
        trip = travel.trip(event_reads.invitation_of(show.event, show.amal))
        leg = travel.leg(trip, cost=ledger.gbp("100"), priced_on=None, is_estimate=True)
        with transaction():
            travel_operations.decline_stay(
                db.session.merge(trip), travel.stay_details(), reason="Stays with friends", by=show.ruth
            )
    assert summaries(queries.items_of_person(fresh(show.amal))) == [
        "Connect London", "Flight Sydney (SYD) – London (LHR)", "Opening keynote",
    ]  # fmt: skip
    assert event_of(own_text(show.amal).encode(), leg.uid)["STATUS"] == "TENTATIVE"


def test_impossible_row_is_left_out_and_reported(app: Flask) -> None:
    show = calendars.show()
    with transaction():
        db.session.execute(
            sa.update(Session)
            .where(Session.id == show.keynote.id)
            .values(ends_at=show.keynote.starts_at - timedelta(hours=1)),
            execution_options={"audited": True},
        )
    made = exports.render(queries.calendar_of(FeedKind.EVENT, show.event.id, accounts.user(name="Mei")))
    assert [(skipped.uid, skipped.reason) for skipped in made.skipped] == [
        (show.keynote.uid, "Opening keynote: The end is not after the start.")
    ]
    assert made.content.count(b"BEGIN:VEVENT") == len(AGENDA)


# -- other people's parsers ------------------------------------------------------------------------


def read_icalendar(content: bytes) -> dict[str, tuple[Any, Any, str]]:
    found = icalendar.Calendar.from_ical(content).events
    return {str(one["UID"]): (_utc(one.start), _utc(one.end), str(one["SUMMARY"])) for one in found}


def read_ical(content: bytes) -> dict[str, tuple[Any, Any, str]]:
    found = IcsCalendarStream.calendar_from_ics(content.decode()).events
    return {str(one.uid): (_utc(one.dtstart), _utc(one.dtend), str(one.summary)) for one in found}


def _utc(when: date | datetime) -> date | datetime:
    return when.astimezone(UTC) if isinstance(when, datetime) else when


@pytest.mark.parametrize("read", [read_icalendar, read_ical])
def test_parsers_read_the_instants_we_mean(
    app: Flask, read: Callable[[bytes], dict[str, tuple[Any, Any, str]]]
) -> None:
    show = calendars.show()
    found = read(exports.event_feed(show.event, show.ruth))
    assert len(found) == 8
    assert found[show.leg.uid][:2] == (show.leg.departs_at, show.leg.arrives_at)
    assert found[show.meeting.uid][:2] == (
        executives.HALF_PAST_TEN,
        executives.HALF_PAST_TEN + timedelta(minutes=30),
    )
    assert found[show.stay.uid][:2] == (date(2026, 10, 12), date(2026, 10, 16))
    assert found[show.event.uid][:2] == (date(2026, 10, 13), date(2026, 10, 17))


def test_hotel_covers_the_nights_and_names_the_morning_of_leaving(app: Flask) -> None:
    """Facts, calendar, 1.4: DTEND is the day of leaving, which is not part of the item."""
    show = calendars.show()
    found = event_of(exports.event_feed(show.event, show.ruth), show.stay.uid)
    assert (found["DTSTART"], found["DTEND"], found["DESCRIPTION"], found["TRANSP"]) == (
        "20261012", "20261016", "Check-out: 16 Oct 2026", "TRANSPARENT",
    )  # fmt: skip


def test_text_that_would_break_a_line_stays_text(app: Flask) -> None:
    """Facts, reliability: ICS injection."""
    show = calendars.show()
    with transaction():
        row = db.session.merge(show.keynote)
        row.title, row.description = (
            "A;B,C\\n",
            "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:a@b.example",
        )
    content = exports.event_feed(fresh(show.event))
    assert read_ical(content)[show.keynote.uid][2] == "A;B,C\\n"
    assert (b"\r\nATTENDEE" in content, b"METHOD" in content, b"ORGANIZER" in content) == (
        False,
        False,
        False,
    )


# -- queries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_sessions", [1, 30])
def test_feed_takes_the_same_queries_for_any_number_of_rows(
    app: Flask, count_queries: Callable[[], int], n_sessions: int
) -> None:
    event = events.event()
    for hour in range(n_sessions):
        starts = datetime(2026, 10, 14, 8, 0, tzinfo=UTC) + timedelta(minutes=5 * hour)
        events.session(event, f"Session {hour}", starts_at=starts, ends_at=starts + timedelta(minutes=5))
    made = calendars.feed(FeedKind.EVENT, event.id, events.ruth())
    db.session.remove()
    count_queries()
    found = queries.find_feed(made.secret)
    assert found is not None
    exports.render(queries.calendar_behind(found))
    # feed, reader, event, and one per table: events, sessions, legs, stays, transfers, meetings
    assert count_queries() == 9


def test_lists_of_feeds_take_the_same_queries_for_any_number(
    app: Flask, count_queries: Callable[[], int]
) -> None:
    ruth = events.ruth()
    numbers = []
    program_id = programs.program().id
    for n_more in (1, 5):
        for number in range(n_more):
            event = events.event(f"Event {n_more}.{number}", under=db.session.get_one(Program, program_id))
            calendars.feed(FeedKind.EVENT, event.id, ruth)
            calendars.feed_of(people.person(f"Guest {n_more}.{number}"), ruth)
        db.session.remove()
        reader = db.session.merge(ruth, load=True)
        count_queries()
        assert (len(queries.list_own(reader)), len(queries.list_handed_out(reader))) == (
            (1, 1) if n_more == 1 else (6, 6)
        )
        numbers.append(count_queries())
    assert numbers[0] == numbers[1]
