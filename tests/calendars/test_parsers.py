"""Every kind of feed, download and mail is accepted by three independent readers in strict mode, whatever its texts hold (C1)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.calendars import exports, mails, queries, queries_items
from app.calendars.models import FeedKind
from app.calendars.shelf import Shelf
from app.core import clock
from app.core.db import db, transaction
from app.events.models import Event, Session
from app.executives.models import Executive, Meeting
from app.outreach.models import Letter
from app.people.models import Person
from app.travel.models import Leg, Stay, Transfer
from tests.calendars.readers import READERS, Reading
from tests.conftest import fresh
from tests.factories import accounts, calendars
from tests.factories.calendars import Show

At = Callable[[datetime], AbstractContextManager[None]]

#: What people paste and other programs write: line ends of every kind, controls, directions, joined emoji, what is escaped.
NASTY = [
    "CR\r\nLF\rVT\x0bFF\x0c", "bell\x07, escape\x1b[31m, delete\x7f, C1\x85\x9f", "BEGIN:VEVENT\r\nUID:forged\r\nEND:VEVENT",
    "مؤتمر \u202eلندن\u202c \u200fעברית", "👩‍👩‍👧‍👦🏳️‍🌈🇦🇹 é ﬀ \u2028new\u2029line", "\\n \\, \\; \\\\ ; , : \" ' ^n ^'", "\ufeffBOM and\u00a0spaces\t tab",
    "ATTENDEE;CN=\"x\":mailto:a@b.example", "中文字" * 30, "e\u0301" * 100,
]  # fmt: skip
LONG = ("Ünïcödé, line; after\\line\n" * 500)[:10_000]


def spoil(show: Show) -> None:
    """Put such texts into every column a feed shows, as an import of another program could."""
    title = " ".join(NASTY)[:300]
    spoilt = {
        Event: {"name": f"Connect {title}"[:300], "place": title, "city": NASTY[4]},
        Session: {"title": title, "description": LONG, "place": NASTY[3]},
        Leg: {"carrier": title, "origin": NASTY[0], "destination": NASTY[3], "booking_reference": "A\r\nB:C"},
        Stay: {"hotel": title, "city": NASTY[5], "room": NASTY[2]},
        Transfer: {"origin": title, "destination": NASTY[4], "driver_phone": "+44\r\n1"},
        Meeting: {"place": title}, Executive: {"title": NASTY[3], "name": NASTY[4]},
        Person: {"name": f"{NASTY[5]} {NASTY[3]}", "known_for": LONG},
    }  # fmt: skip
    with transaction():
        for model, values in spoilt.items():
            db.session.execute(sa.update(model).values(values), execution_options={"audited": True})
        # Names of events are unique, and every session has a title of its own.
        for number, id in enumerate(db.session.scalars(sa.select(Session.id).order_by(Session.id)).all()):
            named = (
                sa.update(Session)
                .where(Session.id == id)
                .values(title=f"{NASTY[number % len(NASTY)]} {number}")
            )
            db.session.execute(named, execution_options={"audited": True})


@pytest.fixture
def calendars_of_all_kinds(app: Flask, same_tzdata: None) -> Iterator[dict[str, bytes]]:
    """Everything we hand out, with plain texts and with such texts, something of it cancelled."""
    show = calendars.show()
    with clock.fixed_at(calendars.NOW):
        with transaction():
            db.session.merge(show.briefing).is_cancelled = True
        plain = handed_out(show)
        spoil(show)
        nasty = handed_out(show)
        yield plain | {f"{name}, nasty": content for name, content in nasty.items()}


def handed_out(show: Show) -> dict[str, bytes]:
    ruth, daniel, event = fresh(show.ruth), fresh(show.daniel), show.event
    kinds = {
        "event": (FeedKind.EVENT, event.id, ruth), "team": (FeedKind.COORDINATOR, event.id, ruth),
        "person": (FeedKind.PERSON, show.jack.id, ruth), "program": (FeedKind.PROGRAM, event.program_id, ruth),
        "executive": (FeedKind.EXECUTIVE, show.meeting.executive_id, daniel), "work": (FeedKind.MY_WORK, None, ruth),
        "nothing": (FeedKind.MY_WORK, None, accounts.user(name="Mei")),
    }  # fmt: skip
    found = {name: exports.render(queries.calendar_of(*of)).content for name, of in kinds.items()}
    found["own"] = exports.render(queries.calendar_of_person(fresh(show.jack))).content
    rows = {"event": event, "session": show.keynote, "leg": show.leg, "stay": show.stay, "transfer": show.transfer,
            "meeting": show.meeting}  # fmt: skip
    for kind, row in rows.items():
        found[f"one {kind}"] = exports.item_file(queries_items.get_item(kind, row.id, ruth))
    letter = db.session.scalars(sa.select(Letter).where(Letter.key == "invitation").limit(1)).one()
    part = mails.part_of(letter, "jack@experts.example")
    assert part is not None
    return found | {"mail": part.content}


def test_three_readers_accept_everything_and_read_the_same(calendars_of_all_kinds: dict[str, bytes]) -> None:
    names, contents = list(calendars_of_all_kinds), list(calendars_of_all_kinds.values())
    read: dict[str, list[Reading]] = {name: ask(contents) for name, ask in READERS.items()}
    for number, name in enumerate(names):
        instants = {
            reader: {uid: one[:2] for uid, one in found[number].items()} for reader, found in read.items()
        }
        assert instants["libical"] == instants["ical.js"] == instants["ical"], name
        n_events = contents[number].count(b"\r\nBEGIN:VEVENT\r\n")
        assert (len(instants["ical"]), n_events > 0) == (n_events, not name.startswith("nothing")), name
        titles = [{uid: _seen(one.summary) for uid, one in found[number].items()} for found in read.values()]
        assert titles[0] == titles[1] == titles[2], name
    assert b"UID:forged\r\n" not in b"".join(contents)


def _seen(title: str) -> str:
    """A title as it is seen: readers differ in the white space at its ends."""
    return title.strip()


def test_every_line_is_what_the_standard_wants(calendars_of_all_kinds: dict[str, bytes]) -> None:
    """RFC 5545, 3.1: CRLF, at most 75 octets, whole characters, no control characters; the last line ends as well."""
    for name, content in calendars_of_all_kinds.items():
        lines = content.split(b"\r\n")
        assert lines[-1] == b"", name
        for line in lines:
            line.decode()
            assert len(line) <= 75, name
            assert not any(byte < 32 or byte == 127 for byte in line), name


def test_unchanged_data_is_the_same_bytes_whoever_renders_them(
    app: Flask, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts, calendar, 0.6: nothing of a feed depends on when, where or by which process it is made."""
    show = calendars.show()
    spoil(show)
    with at(calendars.NOW):
        first = handed_out(show)
    monkeypatch.setattr(exports, "shelf", Shelf())  # as in another process, which has rendered nothing yet
    del first["mail"]  # says when it was written
    with at(calendars.NOW + timedelta(days=3)):
        second = {name: content for name, content in handed_out(show).items() if name != "mail"}
    assert first == second
