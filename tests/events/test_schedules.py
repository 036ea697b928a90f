"""Published schedules: genuine files, dry run, apply, read again, hand edits, tombstones; what is refused, and why."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent
from app.core.db import db, transaction
from app.events import operations, queries, queries_agenda, queries_schedule
from app.events.conflicts import Rule
from app.events.details import EventDetails, SessionDetails
from app.events.models import Event, Session
from app.events.models_agenda import RunState, ScheduleItem, ScheduleRun
from app.events.operations_schedule import ScheduleSettled, comparison_of
from app.events.schedule_changes import differences
from app.events.schedule_files import read_schedule, taken
from app.events.schedule_reading import ItemRefused, Reading, ScheduleRefused, prose_of, span_of
from tests.conftest import fresh
from tests.factories import events as make

SignIn = Callable[..., FlaskClient]
BRUSSELS, BERLIN = "Europe/Brussels", "Europe/Berlin"


def event_in(zone: str, first: datetime, days: int, name: str = "A show") -> Event:
    return make.event(name, zone=zone, starts_at=first, ends_at=first + timedelta(days=days))


def read_in(event: Event, data: bytes, name: str = "schedule.xml") -> ScheduleRun:
    with transaction():
        here = db.session.merge(event)
        return operations.read_file(here, io.BytesIO(data), name, by=make.ruth())


def apply(event: Event, data: bytes, name: str = "schedule.xml") -> dict[str, int]:
    run = read_in(event, data, name)
    with transaction():
        done = operations.apply_run(queries_schedule.get_run(run.id), by=make.ruth())
    assert done.outcome is not None
    return {key: n for key, n in done.outcome["counts"].items() if n}


def agenda_of(event: Event) -> dict[str, Session]:
    db.session.expire_all()
    return {one.title: one for one in queries.list_sessions(event)}


def xml(*items: str, conference: str = "<title>Show</title>", day: str = "2026-10-14") -> bytes:
    head = f"<schedule><conference>{conference}</conference><day date='{day}'><room name='Hall 1'>"
    return (head + "".join(items) + "</room></day></schedule>").encode()


def item(
    id: str = "1", title: str = "One", start: str = "10:00", duration: str = "00:30", more: str = ""
) -> str:
    return f"<event id='{id}'><title>{title}</title><start>{start}</start><duration>{duration}</duration>{more}</event>"


def ics(*items: str) -> bytes:
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "".join(items) + "END:VCALENDAR\r\n").encode()


def vevent(
    uid: str = "1",
    start: str = "DTSTART:20261014T090000Z",
    end: str = "DTEND:20261014T100000Z",
    more: str = "",
) -> str:
    lines = [f"UID:{uid}", "SUMMARY:Talk", "LOCATION:Hall 1", start, end, more]
    return "BEGIN:VEVENT\r\n" + "".join(f"{line}\r\n" for line in lines if line) + "END:VEVENT\r\n"


# -- genuine files ---------------------------------------------------------------------------------

#: Form, items, left out, rooms, people named.
GENUINE = {
    "conf_fosdem_2020_pentabarf.xml": ("pentabarf XML", 872, 0, 35, 841),
    "conf_fosdem_2012_pentabarf.xml": ("pentabarf XML", 442, 0, 23, 430),
    "conf_31c3_frab.xml": ("frab XML", 138, 0, 4, 197),
    "conf_camp2019_frab.json": ("schedule.json", 79, 0, 2, 90),
    "conf_rc3_pretalx.json": ("schedule.json", 48, 0, 5, 56),
    "conf_democon_pretalx.json": ("schedule.json", 36, 0, 2, 27),
    "conf_hub_schedule2.json": ("schedule.json, version 2", 2, 0, 2, 4),
    "conf_pyconuk_2015.ics": ("calendar file", 153, 9, 11, 0),
    "conf_moca_2024.ics": ("calendar file", 88, 0, 4, 0),
}
UNREADABLE = {
    "conf_invalid_example.json": "“rooms” stands beside “conference”",
    "conf_europython_2014.xml": "dialect of its own",
}


def genuine(shared_data: Path, name: str) -> bytes:
    path = shared_data / "ics" / name
    if not path.exists():
        pytest.skip(f"no {path}")
    return path.read_bytes()


@pytest.mark.parametrize("name", GENUINE)
def test_genuine_schedules_are_read_whole(shared_data: Path, name: str) -> None:
    reading = read_schedule(genuine(shared_data, name), BERLIN)
    rooms = {one.place for one in reading.found}
    people = {who for one in reading.found for who in one.speakers}
    assert (reading.form, len(reading.found), len(reading.left), len(rooms), len(people)) == GENUINE[name]
    assert len({one.key for one in reading.found}) == len(reading.found)
    assert Reading.of(json.loads(json.dumps(reading.kept()))) == reading


@pytest.mark.parametrize("name", UNREADABLE)
def test_genuine_files_that_are_no_schedule_are_refused_with_a_reason(shared_data: Path, name: str) -> None:
    with pytest.raises(ScheduleRefused, match=UNREADABLE[name]):
        read_schedule(genuine(shared_data, name), BERLIN)


def test_every_genuine_conference_file_is_in_one_of_the_tables(shared_data: Path) -> None:
    assert {path.name for path in (shared_data / "ics").glob("conf_*")} == GENUINE.keys() | UNREADABLE.keys()


def test_fosdem_2020_comes_in_once_and_stays(app: Flask, shared_data: Path) -> None:
    """872 sessions; read again, nothing moves, no UID, no SEQUENCE; our UIDs are not the file's (C1)."""
    data = genuine(shared_data, "conf_fosdem_2020_pentabarf.xml")
    event = event_in(BRUSSELS, datetime(2020, 2, 1, 7, tzinfo=UTC), 2)
    assert apply(event, data) == {"new": 872}
    before = [(one.id, one.uid, one.sequence, one.revised_at) for one in queries.list_sessions(event)]
    opening = agenda_of(event)["Welcome to FOSDEM 2020"]
    assert (opening.starts_at, opening.place) == (datetime(2020, 2, 1, 8, 30, tzinfo=UTC), "Janson")
    assert opening.description == "FOSDEM welcome and opening talk.\n\nWelcome to FOSDEM 2020!"
    assert apply(event, data) == {"same": 872}
    assert [(one.id, one.uid, one.sequence, one.revised_at) for one in queries.list_sessions(event)] == before
    keys = set(db.session.scalars(sa.select(ScheduleItem.key)))
    assert keys & {row[1] for row in before} == set()


def test_a_day_that_runs_past_midnight_stays_one_day(app: Flask, shared_data: Path) -> None:
    """31C3: four talks after midnight stand under the day before, as they are published."""
    event = event_in(BERLIN, datetime(2014, 12, 27, 9, tzinfo=UTC), 4)
    assert apply(event, genuine(shared_data, "conf_31c3_frab.xml")) == {"new": 138}
    plan = queries_agenda.find_plan(event)
    assert plan is not None
    assert plan.day_change_hour is not None
    zone = ZoneInfo(BERLIN)
    late = [
        one
        for one in queries.list_sessions(event)
        if one.starts_at.astimezone(zone).hour < plan.day_change_hour
    ]
    assert len(late) == 4


def test_identifiers_that_change_at_every_build_are_seen_through(app: Flask, shared_data: Path) -> None:
    """PyCon UK 2015 makes new UIDs each time; its items are known by title, begin and room."""
    data = genuine(shared_data, "conf_pyconuk_2015.ics")
    event = event_in("Europe/London", datetime(2015, 9, 18, 6, tzinfo=UTC), 4)
    assert apply(event, data, "pycon.ics") == {"new": 153, "left": 9}
    assert apply(event, data.replace(b"20150919T102825Z-", b"20150920T000000Z-"), "pycon.ics") == {
        "same": 153,
        "left": 9,
    }


# -- reading again ---------------------------------------------------------------------------------


def test_a_second_file_changes_cancels_brings_back_and_marks(app: Flask) -> None:
    """C1: same UID, higher SEQUENCE, tombstones instead of deleting."""
    event = make.event()
    first = xml(item("1", "One"), item("2", "Two", "11:00"), item("3", "Three", "12:00"))
    assert apply(event, first) == {"new": 3}
    uids = {title: one.uid for title, one in agenda_of(event).items()}
    assert apply(event, xml(item("1", "One", "10:15"), item("2", "Two", "11:00"))) == {
        "changed": 1,
        "gone": 1,
        "same": 1,
    }
    now = agenda_of(event)
    assert {title: one.uid for title, one in now.items()} == uids
    assert {title: (one.sequence, one.is_cancelled) for title, one in now.items()} == {
        "One": (1, False), "Two": (0, False), "Three": (1, True),
    }  # fmt: skip
    said = queries_agenda.published_of(event)
    assert sorted(said[now["One"].id].changed) == ["ends_at", "starts_at"]
    assert (said[now["Three"].id].is_gone, dict(said[now["Two"].id].changed)) == (True, {})
    assert apply(event, first) == {"changed": 1, "back": 1, "same": 1}
    assert (agenda_of(event)["Three"].is_cancelled, agenda_of(event)["Three"].sequence) == (False, 2)


def test_what_a_hand_has_set_stays_and_the_difference_is_kept(app: Flask) -> None:
    event = make.event()
    apply(event, xml(item("1", "One"), item("2", "Two", "11:00")))
    one = agenda_of(event)["One"]
    details = SessionDetails(
        title="One, by hand",
        place="Hall 9",
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        description=one.description,
    )
    with transaction():
        operations.edit_session(db.session.merge(one), details, by=make.ruth())
    assert apply(event, xml(item("1", "One, renamed", "10:30"), item("2", "Two", "11:00"))) == {
        "changed": 1, "same": 1, "kept": 1,
    }  # fmt: skip
    one = agenda_of(event)["One, by hand"]
    assert (one.place, one.starts_at) == ("Hall 9", datetime(2026, 10, 14, 9, 30, tzinfo=UTC))
    found = queries_schedule.find_item(one)
    assert found is not None
    assert found.published["title"] == "One, renamed"
    with transaction():
        operations.take_published(db.session.merge(one), "title", by=make.ruth())
    assert agenda_of(event).keys() == {"One, renamed", "Two"}


def test_an_item_the_file_still_holds_but_that_cannot_be_read_is_not_gone(app: Flask) -> None:
    """Bad input: a damaged line of a new file cancels nothing."""
    event = make.event()
    apply(event, xml(item("1", "One"), item("2", "Two", "11:00")))
    assert apply(event, xml(item("1", "One"), item("2", "Two", "11:00", "soon"))) == {"same": 1, "left": 1}
    paris = make.event("Connect Paris", under=event.program)
    apply(
        paris,
        ics(
            vevent("a"),
            vevent("b"),
            vevent("s"),
            vevent("s", "DTSTART:20261014T110000Z", "DTEND:20261014T120000Z"),
        ),
    )
    assert apply(
        paris, ics(vevent("a", more="RRULE:FREQ=DAILY"), vevent("b", end=""), vevent("s", end=""))
    ) == {"left": 3}
    assert [one.is_cancelled for one in [*queries.list_sessions(event), *queries.list_sessions(paris)]] == [
        False
    ] * 6


def test_saving_a_form_unchanged_is_no_hand_edit(app: Flask, signed_in: SignIn) -> None:
    """Browsers send other line ends than files have."""
    event = make.event()
    apply(event, xml(item("1", "One", more="<description>First.\n\nSecond.</description>")))
    one = agenda_of(event)["One"]
    form = {
        "title": "One", "place": "Hall 1", "starts_at": "2026-10-14T10:00", "ends_at": "2026-10-14T10:30", "audience": "press",
        "terms": "on_record", "description": "First.\r\n\r\nSecond.", "version": "1",
    }  # fmt: skip
    assert signed_in(make.ruth()).post(f"/events/sessions/{one.id}/edit", data=form).status_code == 303
    found = queries_schedule.find_item(fresh(one))
    assert found is not None
    assert differences(found) == []


def test_a_session_called_off_by_hand_is_not_revived_by_a_file(app: Flask) -> None:
    event = make.event()
    data = xml(item("1", "One"))
    apply(event, data)
    with transaction():
        operations.cancel_session(
            db.session.merge(agenda_of(event)["One"]), "The speaker is ill.", by=make.ruth()
        )
    assert apply(event, data) == {"same": 1, "kept": 1}
    assert agenda_of(event)["One"].is_cancelled


def test_items_outside_the_event_are_taken_and_said(app: Flask) -> None:
    """E2: never forbidden; the dry run says it, and the agenda shows a conflict each."""
    event = make.event()
    run = read_in(event, xml(item(), day="2026-12-01"))
    said = queries_schedule.get_run(run.id).content
    assert said is not None
    assert (
        said["remarks"][-1]
        == "Items outside the event's own times: 1. They are taken and shown as conflicts."
    )
    assert apply(event, xml(item(), day="2026-12-01")) == {"new": 1}
    assert [one.rule for one in queries_agenda.get_agenda(event).findings.rows] == [Rule.OUTSIDE]


def test_two_schedules_of_one_event_do_not_cancel_each_other(app: Flask) -> None:
    event = make.event()
    apply(event, xml(item("1", "Main")))
    assert apply(event, xml(item("1", "Fringe"), conference="<title>Fringe</title>")) == {"new": 1}
    assert [one.is_cancelled for one in agenda_of(event).values()] == [False, False]


def test_a_dry_run_writes_no_session_and_one_takes_the_place_of_another(app: Flask) -> None:
    event = make.event()
    first = read_in(event, xml(item()))
    second = read_in(event, xml(item("2", "Two")))
    assert (queries.list_sessions(event), fresh(first).state, fresh(second).state) == (
        [],
        RunState.DISCARDED,
        RunState.CHECKED,
    )
    with transaction():
        operations.discard_run(queries_schedule.get_run(second.id), by=make.ruth())
    with pytest.raises(ScheduleSettled), transaction():
        operations.apply_run(queries_schedule.get_run(second.id), by=make.ruth())
    assert db.session.scalar(sa.select(ScheduleRun.content).where(ScheduleRun.id == second.id)) is None


def test_each_step_leaves_its_line_in_the_audit(app: Flask) -> None:
    event = make.event()
    apply(event, xml(item()))
    apply(event, xml(item("1", "Renamed")))
    actions = db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert [action for action in actions if action.startswith(("events.schedule", "events.session"))] == [
        "events.schedule_read", "events.schedule_applied", "events.schedule_read", "events.session_edited",
        "events.schedule_applied",
    ]  # fmt: skip


# -- items that are refused or read in a said way ---------------------------------------------------

LEFT = [
    (xml(item(title=" ")), "It has no title."),
    (xml(item(duration="")), "It says neither how long it is nor when it ends."),
    (xml(item(duration="00:00")), "It has no duration: it ends when it begins."),
    (xml(item(duration="soon")), "“soon” is not a duration."),
    (xml(item(duration="200:00")), "It lasts longer than seven days."),
    (xml(item(start="")), "It does not say when it begins."),
    (xml(item(start="25:00")), "“25:00” is not a time."),
    (xml(item(), day="14 October"), "“14 October” is not a date."),
    (xml(item(more="<date>2026-10-14T10:00:00+99:00</date>")), "“2026-10-14T10:00:00+99:00” is not a date and time."),
    (xml(item(more="<date>1066-10-14T10:00:00+00:00</date>")), "It lies outside the years 1990 to 2100."),
    # The clocks of London go from 01:00 to 02:00.
    (xml(item(start="01:30"), day="2026-03-29"), "01:30 does not exist in Europe/London"),
    (ics(vevent(start="DTSTART:20261014T110000Z")), "It ends before it begins."),
    # 15:05 in Helsinki is 14:05 in Berlin.
    (ics(vevent(start="DTSTART;TZID=Europe/Helsinki:20261014T150500", end="DTEND;TZID=Europe/Berlin:20261014T140000")),
     "It ends before it begins."),
    (ics(vevent(start="DTSTART;TZID=Europe/Atlantis:20261014T090000")), "Its time zone “Europe/Atlantis” is not known here."),
    (ics(vevent(start="DTSTART;TZID=Europe/London:20260329T013000")), "01:30 does not exist in Europe/London"),
    (ics(vevent(start="DTSTART;VALUE=DATE:20261014", end="DTEND;VALUE=DATE:20261015")), "It takes whole days"),
    (ics(vevent(more="RRULE:FREQ=DAILY")), "It repeats."),
    (ics(vevent(end="")), "It says neither how long it is nor when it ends."),
    (ics(vevent(start="DTSTART:tomorrow")), "Its DTSTART cannot be read: “tomorrow”."),
]  # fmt: skip


@pytest.mark.parametrize(("data", "reason"), LEFT)
def test_an_item_that_cannot_stand_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    """Bad input: each reason is said, and nothing else of the file is lost."""
    reading = read_schedule(data, "Europe/London")
    assert (reading.found, len(reading.left)) == ([], 1)
    assert reason in reading.left[0].reason


def test_doubtful_times_are_read_in_a_said_way() -> None:
    """Without a zone: the event's; twice on the clock: the first; no room: said."""
    data = ics(
        vevent("a", "DTSTART:20261025T013000", "DTEND:20261025T014500"),
        vevent("b").replace("LOCATION:Hall 1\r\n", ""),
    )
    reading = read_schedule(data, "Europe/London")
    assert reading.found[0].starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert reading.remarks == [
        "Items without a room: 1. They stand under “No room”.",
        "Times without a zone of their own (2) were read on the clocks of Europe/London.",
        "Times that occur twice because the clocks go back: 2. The first was taken.",
    ]


def test_windows_and_vendor_names_of_zones_are_understood() -> None:
    data = ics(
        vevent(
            "a",
            "DTSTART;TZID=W. Europe Standard Time:20261014T110000",
            "DTEND;TZID=/x.org/20/Europe/Berlin:20261014T120000",
        )
    )
    reading = read_schedule(data, "Europe/London")
    assert [(one.starts_at.hour, one.ends_at.hour) for one in reading.found] == [(9, 10)]


def test_a_duration_or_a_cancelled_item_of_a_calendar_is_taken_as_such(app: Flask) -> None:
    event = make.event()
    assert apply(event, ics(vevent(end="DURATION:PT45M", more="STATUS:CANCELLED"))) == {"new": 1}
    talk = agenda_of(event)["Talk"]
    assert (talk.is_cancelled, talk.ends_at - talk.starts_at) == (True, timedelta(minutes=45))


def test_items_that_share_an_identifier_are_told_apart() -> None:
    reading = read_schedule(
        ics(vevent("x"), vevent("x", "DTSTART:20261014T110000Z", "DTEND:20261014T120000Z")), "UTC"
    )
    assert (len(reading.found), reading.remarks[0]) == (
        2, "Items that share an identifier with others: 2. They are told apart by title, begin and room.",
    )  # fmt: skip
    twice = read_schedule(ics(vevent("x"), vevent("x")), "UTC")
    assert ([one.reason for one in twice.left], len(twice.found)) == (
        ["The same item stands in the file twice."],
        1,
    )


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("00:25", 25),
        ("01:00:00", 60),
        ("1:02:00:00", 26 * 60),
        ("45", 45),
        ("-5", None),
        ("1:2:3:4:5", None),
        ("٤٥", None),
    ],
)
def test_durations(text: str, minutes: int | None) -> None:
    assert span_of(text) == (None if minutes is None else timedelta(minutes=minutes))


def test_an_abstract_that_stands_in_the_description_is_said_once() -> None:
    abstract = "HTTP/3 is designed in areas where HTTP/2 still has shortcomings."
    assert prose_of("Go", abstract, f"Go far.\n{abstract}") == f"Go\n\nGo far.\n{abstract}"


def test_markup_within_a_title_keeps_its_words() -> None:
    """Bad input: elements where text belongs."""
    reading = read_schedule(
        xml(item(title="A <b>bold</b> talk", more="<persons><person>A<i/>B</person></persons>")), "UTC"
    )
    assert (reading.found[0].title, reading.found[0].speakers) == ("A bold talk", ("AB",))


def test_another_zone_of_the_event_is_no_hand_edit(app: Flask) -> None:
    """The clocks of an agenda show the same when the zone was wrong; read again, nothing moves."""
    event = make.event()
    apply(event, xml(item()))
    with transaction():
        here = db.session.merge(event)
        kept = ("program_id", "name", "place", "city", "capacity", "starts_at", "ends_at")
        details = EventDetails(**{name: getattr(here, name) for name in kept}, zone=BERLIN)
        operations.edit_event(here, details, by=make.ruth())
    assert agenda_of(event)["One"].starts_at == datetime(2026, 10, 14, 8, tzinfo=UTC)
    assert apply(event, xml(item())) == {"same": 1}


def test_markup_and_control_characters_become_plain_words() -> None:
    said = prose_of("<p>Fish &amp; chips</p><p>if a &lt; b</p>", "Fish &amp; chips", "\x07\u202eevil\ud800")
    assert said == "Fish & chips\nif a < b\n\nFish & chips\n\nevil"


# -- files that are refused in bounded time and memory ----------------------------------------------

BOMB = (
    b'<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa">' + b'<!ENTITY b "&a;&a;&a;&a;">' + b"]><schedule>&b;</schedule>"
)
CYCLE = b'<!DOCTYPE s [<!ENTITY a "&b;"><!ENTITY b "&a;">]><schedule>&a;</schedule>'
OUTSIDE = b'<!DOCTYPE s SYSTEM "file:///etc/passwd"><schedule/>'
HOSTILE = [
    (BOMB, "declares a document type or entities"),
    (b"<!-- <schedule> -->" + CYCLE, "declares a document type or entities"),
    (OUTSIDE, "declares a document type or entities"),
    (BOMB.decode().encode("utf-16"), "declares a document type or entities"),
    (b"<schedule>" + b"<a>" * 500_000, "nested more than 24 deep"),
    (b"<schedule>" + b"<a></a>" * 400_001, "more than 400,000 elements"),
    (xml(*["<event/>"] * 5_001), "more than 5,000 items"),
    (b"<schedule><day", "This XML cannot be read"),
    (b"<rss/>", "begins with <rss>"),
    (b"<schedule/>", "holds no day and no session"),
    (b"[" * 2_000_000, "nested too deep"),
    (b'{"schedule":' + b'{"a":' * 200_000, "nested too deep"),
    (b'{"schedule": {"conference": {"days": []}', "This JSON cannot be read"),
    (b'{"a": 1}', "schedule > conference > days is missing"),
    (b'{"schedule": {"conference": {"days": [{}]}}}', "a day has no rooms"),
    (b'{"a": "\xff"}', "This file is not UTF-8: byte 8 is damaged."),
    (b'{"schedule": {"conference": {"days": [], "time_zone_name": "Mars/Phobos"}}}', "which is no time zone"),
    (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "holds no event"),
    (
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + b"BEGIN:VEVENT\n" * 100 + b"END:VCALENDAR\n",
        "nested too deep at line",
    ),
    (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VCALENDAR\n", "has no end"),
    (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 600_000, "cut off: it does not end with END:VCALENDAR"),
    (ics("BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 5_001), "more than 5,000 items"),
    (b"PK\x03\x04", "This is no published schedule."),
    (b"hello", "This is no published schedule."),
]


@pytest.mark.parametrize(("data", "reason"), HOSTILE, ids=[reason for _, reason in HOSTILE])
def test_a_hostile_file_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    """Bad input: bombs, cycles, depth and damage end at once, and the reason is said."""
    with pytest.raises(ScheduleRefused) as refusal:
        read_schedule(data, "Europe/London")
    assert reason in refusal.value.message


def test_a_file_of_ten_megabytes_is_refused_unread() -> None:
    with pytest.raises(ScheduleRefused, match="larger than 8 MB"):
        taken(io.BytesIO(b"<schedule>" + b" " * 10_000_000))
    with pytest.raises(ScheduleRefused, match="empty"):
        taken(io.BytesIO(b" \n"))


def test_hostile_calendar_items_are_not_fed_to_the_parser() -> None:
    reading = read_schedule(ics(vevent(more="X-A:" + "x" * 200_000)), "UTC")
    assert reading.left[0].reason == "It is far longer than an item of a schedule."


def test_a_refused_item_is_an_exception_of_its_own() -> None:
    assert not issubclass(ItemRefused, ScheduleRefused)


# -- pages -----------------------------------------------------------------------------------------


def test_a_file_is_read_looked_at_and_applied_on_the_screen(app: Flask, signed_in: SignIn) -> None:
    ruth = signed_in(make.ruth())
    event = make.event()
    data = xml(
        item(
            "1",
            "Ports & mines".replace("&", "&amp;"),
            more="<persons><person>Ada Fenwright</person></persons>",
        ),
        item("2", ""),
    )
    sent = {"file": (io.BytesIO(data), "../show.xml")}
    answer = ruth.post(f"/events/{event.id}/schedules/new", data=sent, content_type="multipart/form-data")
    page = ruth.get(answer.location).text
    assert ("Dry run of" in page, "It has no title." in page, "Europe/London" in page) == (True, True, True)
    assert queries.list_sessions(event) == []
    assert ruth.post(f"{answer.location}/apply").status_code == 303
    assert (
        "Receipt for" in ruth.get(answer.location).text,
        ruth.post(f"{answer.location}/apply").status_code,
    ) == (True, 409)
    session = agenda_of(event)["Ports & mines"]
    assert "Ada Fenwright" in ruth.get(f"/events/sessions/{session.id}").text
    assert "Ada Fenwright" in ruth.get(f"/events/{event.id}/agenda").text


@pytest.mark.parametrize("data", [b"", b"hello", BOMB])
def test_a_file_that_is_refused_says_so_at_the_field(app: Flask, signed_in: SignIn, data: bytes) -> None:
    ruth = signed_in(make.ruth())
    event = make.event()
    sent = {"file": (io.BytesIO(data), "show.xml")}
    answer = ruth.post(f"/events/{event.id}/schedules/new", data=sent, content_type="multipart/form-data")
    assert (answer.status_code, "Nothing was saved" in answer.text) == (422, True)
    assert db.session.scalars(sa.select(ScheduleRun)).all() == []


def test_comparing_needs_a_run_that_waits(app: Flask) -> None:
    run = read_in(make.event(), xml(item()))
    with transaction():
        operations.apply_run(queries_schedule.get_run(run.id), by=make.ruth())
    with pytest.raises(ScheduleSettled):
        comparison_of(queries_schedule.get_run(run.id))
