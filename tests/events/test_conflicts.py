"""Conflicts of an agenda rule by rule and level by level, days and grids, what is left of an embargo (E2)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from app.events import conflicts, grids
from app.events.conflicts import Busy, Conflict, Level, Levels, Rule, Wanted
from app.events.models import Audience, RecordTerms, Session

SPAN = (datetime(2026, 10, 13, 8, tzinfo=UTC), datetime(2026, 10, 16, 17, tzinfo=UTC))


def session(id: int, start: str, end: str, place: str = "Hall 1", day: int = 14, **more: Any) -> Session:
    at = [datetime.combine(date(2026, 10, day), time.fromisoformat(text), UTC) for text in (start, end)]
    values = {
        "is_cancelled": False,
        "audience": Audience.EXPERT,
        "terms": RecordTerms.ON_RECORD,
        "is_nda": False,
    } | more
    return Session(
        id=id,
        title=f"Session {id}",
        starts_at=at[0],
        ends_at=at[1],
        place=place,
        zone="Europe/London",
        **values,
    )


def found(*sessions: Session, **more: Any) -> list[Conflict]:
    given = {"levels": Levels(), "wanted": {}} | more
    return list(conflicts.find(SPAN, sessions, **given).rows)


def said(*sessions: Session, **more: Any) -> list[tuple[str, int, int | None]]:
    return [
        (one.rule.value, one.session.id, one.other.id if one.other else None)
        for one in found(*sessions, **more)
    ]


def test_a_room_taken_twice_is_found_per_room() -> None:
    """E2: overlaps per room, whatever its case; what ends when the next begins does not overlap; cancelled ones do not count."""
    sessions = [
        session(1, "09:00", "10:00"), session(2, "09:30", "10:30"), session(3, "10:00", "11:00"),
        session(4, "09:00", "10:00", "hall 1", is_cancelled=True), session(5, "09:00", "12:00", "Hall 2"),
        session(6, "11:30", "12:00", "hall 2"),
    ]  # fmt: skip
    assert said(*sessions) == [("room_twice", 1, 2), ("room_twice", 5, 6), ("room_twice", 2, 3)]
    by_session = conflicts.find(SPAN, sessions, Levels(), {}).by_session
    assert {id: len(rows) for id, rows in by_session.items()} == {1: 1, 2: 2, 3: 1, 5: 1, 6: 1}


@pytest.mark.parametrize(
    ("one", "rule", "level", "text"),
    [
        (session(1, "09:00", "10:00", ""), Rule.NO_ROOM, Level.WARN, "It has no room."),
        (session(1, "07:00", "10:00", day=13), Rule.OUTSIDE, Level.BLOCK, "It begins before the event."),
        (session(1, "16:00", "18:00", day=16), Rule.OUTSIDE, Level.BLOCK, "It ends after the event."),
        (session(1, "09:00", "10:00", audience=Audience.PRESS, terms=RecordTerms.OFF_RECORD), Rule.OFF_RECORD_PRESS,
         Level.BLOCK, "It is off the record and open to the press."),
        (session(1, "09:00", "10:00", audience=Audience.ALL, terms=RecordTerms.OFF_RECORD), Rule.OFF_RECORD_PRESS,
         Level.BLOCK, "It is off the record and open to all, the press among them."),
        (session(1, "09:00", "10:00", audience=Audience.ALL, is_nda=True), Rule.NDA_OPEN, Level.WARN,
         "It needs a confidentiality agreement and is open to all, the press among them."),
    ],
)  # fmt: skip
def test_one_session_against_a_rule(one: Session, rule: Rule, level: Level, text: str) -> None:
    rows = found(one)
    assert [(row.rule, row.level, row.text) for row in rows] == [(rule, level, text)]


@pytest.mark.parametrize(
    "one",
    [
        session(1, "08:00", "10:00", day=13), session(1, "16:00", "17:00", day=16),
        session(1, "09:00", "10:00", audience=Audience.ANALYST, terms=RecordTerms.OFF_RECORD, is_nda=True),
        session(1, "09:00", "10:00", audience=Audience.PRESS, terms=RecordTerms.BACKGROUND),
    ],
)  # fmt: skip
def test_what_keeps_every_rule_is_not_mentioned(one: Session) -> None:
    assert found(one) == []


@pytest.mark.parametrize(("start", "n"), [("10:00", 1), ("10:09", 1), ("10:10", 0)])
def test_the_time_between_two_sessions_in_a_room(start: str, n: int) -> None:
    sessions = [
        session(1, "09:00", "10:00"),
        session(2, start, "11:00"),
        session(3, "10:01", "10:05", "Hall 2"),
    ]
    assert said(*sessions) == []
    assert said(*sessions, levels=Levels(n_buffer_minutes=10)) == [("buffer", 1, 2)] * n


def test_nobody_is_wanted_in_two_places_at_once() -> None:
    """E2: speakers by published name or as people of ours, and meetings told by the room above."""
    sessions = [
        session(1, "09:00", "10:00"),
        session(2, "09:30", "10:30", "Hall 2"),
        session(3, "11:00", "12:00"),
    ]
    ada, amal = Wanted("ada", "Ada"), Wanted("#7", "Amal")
    busy = [
        Busy(7, sessions[2].starts_at, sessions[2].ends_at, "meets Grace"),
        Busy(8, *SPAN, "meets nobody"),
    ]
    rows = found(*sessions, wanted={1: [ada, ada], 2: [ada, amal], 3: [amal]}, busy=busy)
    assert [(row.rule, row.session.id, row.text) for row in rows] == [
        (Rule.PERSON_TWICE, 1, "Ada is also on stage in “Session 2” (10:30–11:30)."),
        (Rule.PERSON_TWICE, 3, "Amal meets Grace at the same time."),
    ]


def test_levels_are_chosen_per_rule_and_what_is_ignored_is_not_shown() -> None:
    sessions = [session(1, "09:00", "10:00"), session(2, "09:30", "10:30"), session(3, "09:00", "10:00", "")]
    levels = Levels({Rule.ROOM_TWICE: Level.WARN, Rule.NO_ROOM: Level.IGNORE})
    findings = conflicts.find(SPAN, sessions, levels, {})
    assert (findings.n_blocks, findings.n_warnings, len(findings.rows)) == (0, 1, 1)


def test_a_file_in_which_everything_collides_stays_readable() -> None:
    """Bad input: 2,000 sessions in one room at one time name five others each, not two million pairs."""
    sessions = [session(n, "09:00", "10:00") for n in range(2_000)]
    assert len(found(*sessions)) <= 2_000 * conflicts.MOST_OTHERS


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(200, "3 h 20 min"), (60, "1 h"), (59, "59 min"), (0.5, "1 min"), (24 * 60, "1 day"), (52 * 60, "2 days 4 h"),
     (0, ""), (-5, "")],
)  # fmt: skip
def test_what_is_left_of_an_embargo(minutes: float, words: str) -> None:
    """E2: "3 h 20 min"; a minute that has begun counts, and an embargo that is over says nothing."""
    now = datetime(2026, 10, 14, 4, 40, tzinfo=UTC)
    assert conflicts.time_left(now + timedelta(minutes=minutes), now) == words


# -- days and grids --------------------------------------------------------------------------------


def test_the_agenda_is_laid_out_by_day_and_room_in_the_events_zone() -> None:
    late = session(3, "23:30", "23:45", day=13)  # half past midnight in London
    days = grids.days(
        [session(1, "08:00", "09:00"), session(2, "08:00", "09:00", "Hall 2"), late], "Europe/London"
    )
    assert [(day.on, list(day.rooms), day.is_grid) for day in days] == [
        (date(2026, 10, 14), ["Hall 1", "Hall 2"], True)
    ]
    assert [(slot.name, sorted(slot.sessions)) for slot in days[0].slots] == [
        ("00:30", ["Hall 1"]), ("09:00", ["Hall 1", "Hall 2"]),
    ]  # fmt: skip


@pytest.mark.parametrize(("hour", "days"), [(0, [14]), (1, [13, 14]), (4, [13, 14])])
def test_a_day_may_run_past_midnight(hour: int, days: list[int]) -> None:
    """The day of the schedule, not of the calendar."""
    sessions = [session(1, "08:00", "09:00"), session(2, "23:30", "23:45", day=13)]
    assert [one.on.day for one in grids.days(sessions, "Europe/London", hour)] == days
    assert [on.day for on in grids.by_day(sessions, "Europe/London", hour)] == days


def test_many_rooms_are_turned_over_like_pages_and_many_begins_share_an_hour() -> None:
    sessions = [
        session(n, f"{7 + n // 60:02}:{n % 60:02}", "20:00", f"Room {n % 14:02}") for n in range(0, 240, 2)
    ]
    first, last = (grids.days(sessions, "UTC", 0, page)[0] for page in (1, 99))
    assert (list(first.rooms), list(last.rooms)) == (
        [f"Room {n:02}" for n in (0, 2, 4, 6, 8, 10)], ["Room 12"],
    )  # fmt: skip
    assert ([slot.name for slot in first.slots], last.is_grid) == (
        ["07:00", "08:00", "09:00", "10:00"],
        False,
    )
    assert len(grids.days(sessions, "UTC", as_list=True)[0].sessions) == 120


def test_a_session_without_room_stands_last() -> None:
    day = grids.days([session(1, "08:00", "09:00", ""), session(2, "08:00", "09:00", "Z")], "UTC")[0]
    assert list(day.rooms) == ["Z", ""]
