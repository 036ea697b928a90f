"""Invitations, changes and cancellations as mails calendars understand, through the outbox and a real server (RFC 6047)."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import icalendar
import pytest
import sqlalchemy as sa
from flask import Flask

from app.calendars import exports, queries
from app.core import outbox
from app.core.db import db, transaction
from app.core.ics import Method
from app.events import operations as events
from app.events import policies
from app.events import queries as events_read
from app.events.details import EventDetails
from app.events.models import Event
from app.outreach import operations as outreach
from app.outreach import queries_outbox
from app.outreach.models import Letter, TouchChannel
from tests.calendars.readers import read_with_libical
from tests.conftest import fresh
from tests.core.test_outbox import Server
from tests.factories import events as make
from tests.factories import outreach as make_outreach

At = Callable[[datetime], AbstractContextManager[None]]
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
CHANGE = make_outreach.NOTE.replace("{message}", "{event}:\n{changes}")
AGAIN = make_outreach.NOTE.replace("{message}", "{event}, {place}: {answer_link}")
OFF = make_outreach.NOTE.replace("{message}", "{event}, {dates}: off")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.stop()


@pytest.fixture
def smtp(app: Flask, server: Server, at: At) -> Iterator[Server]:
    app.config["SMTP_URL"] = f"smtp://127.0.0.1:{server.port}"
    app.config["INBOX_URL"] = "imap://log:pass@127.0.0.1:9"
    app.config["INBOX_ADDRESS"] = "answers@rapport.lumen.example"
    server.mailbox.taken.clear()
    with at(NOW):
        make_outreach.letter_template()
        make_outreach.letter_template(key="change", body=CHANGE, subject="News about {event}")
        make_outreach.letter_template(key="ask_again", body=AGAIN, subject="{event}: do you still come?")
        make_outreach.letter_template(key="withdrawal", body=OFF, subject="{event}: our invitation")
        make_outreach.letter_template(key="cancellation", body=OFF, subject="{event} is off")
        yield server
    app.config["SMTP_URL"] = app.config["INBOX_URL"] = ""


def sent(smtp: Server) -> list[EmailMessage]:
    """What arrives when the worker sends everything that is due, by recipient."""
    smtp.mailbox.taken.clear()
    outbox.deliver_due()
    return sorted(smtp.mailbox.messages(), key=lambda message: str(message["To"]))


def calendar_in(message: EmailMessage) -> icalendar.Calendar:
    [part] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    found = icalendar.Calendar.from_ical(content)
    assert (part.get_param("method"), part.get_param("charset")) == (str(found["METHOD"]), "UTF-8")
    [[_read]] = read_with_libical([content])
    return found


def told(message: EmailMessage) -> tuple[str, int, str, str]:
    """Method, SEQUENCE, the only attendee, status."""
    calendar = calendar_in(message)
    [event] = calendar.events
    attendees = event["ATTENDEE"]
    assert not isinstance(attendees, list)
    return str(calendar["METHOD"]), int(event["SEQUENCE"]), str(attendees), str(event["STATUS"])


def release(name: str) -> None:
    with transaction():
        outreach.release_batch(name, by=make.ruth())


def move(show: Event, **changes: object) -> None:
    row = fresh(show)
    known = {
        name: getattr(row, name) for name in EventDetails.model_fields if getattr(row, name, None) is not None
    }
    with transaction():
        events.edit_event(db.session.merge(row), EventDetails(**(known | changes)), by=make.ruth())


def test_an_invitation_leaves_as_three_forms_of_which_the_last_is_the_event_of_the_feed(smtp: Server) -> None:
    """RFC 6047: text, HTML, text/calendar with the method, one recipient each, the UID and SEQUENCE of the feed."""
    show = make.event()
    release(make.prepare(show, [make.draft(show, "Amal"), make.draft(show, "Ines")]))
    to_amal, to_ines = sent(smtp)
    assert [part.get_content_type() for part in to_amal.walk()] == [
        "multipart/alternative", "text/plain", "text/html", "text/calendar",
    ]  # fmt: skip
    assert [told(one) for one in (to_amal, to_ines)] == [
        ("REQUEST", 0, "mailto:amal@experts.example", "CONFIRMED"),
        ("REQUEST", 0, "mailto:ines@experts.example", "CONFIRMED"),
    ]
    [event] = calendar_in(to_amal).events
    assert (str(event["UID"]), str(event["SUMMARY"]), str(event["LOCATION"])) == (
        show.uid, "Connect London", "ExCeL, London",
    )  # fmt: skip
    asked = event["ATTENDEE"].params
    assert (asked["PARTSTAT"], asked["RSVP"], asked["CN"]) == ("NEEDS-ACTION", "TRUE", "Amal")
    organizer = event["ORGANIZER"]
    assert (str(organizer), organizer.params["SENT-BY"]) == (
        "mailto:answers@rapport.lumen.example", "mailto:rapport@localhost",
    )  # fmt: skip
    text, markup = (to_amal.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert markup is not None
    said = re.sub("<[^>]+>", "", markup.get_content())
    assert said.split() == text.get_content().split()


def test_a_moved_event_is_told_with_a_higher_sequence_and_the_same_uid(smtp: Server) -> None:
    """C1: time, place and status raise SEQUENCE; what waited in the outbox leaves as the event is by then."""
    show = make.event()
    batch = make.prepare(show, [invited := make.draft(show, "Amal")])
    move(show, place="Olympia")
    release(batch)
    [invitation] = sent(smtp)
    assert told(invitation)[:2] == ("REQUEST", 1)
    later = {"starts_at": show.starts_at + timedelta(days=1), "ends_at": show.ends_at + timedelta(days=1)}
    move(show, **later)
    with transaction():
        name, _letters = outreach.write_changes(batch, by=make.ruth())
    move(show, city="Greater London")
    release(name)
    [news] = sent(smtp)
    assert told(news) == ("REQUEST", 2, "mailto:amal@experts.example", "CONFIRMED")
    [event] = calendar_in(news).events
    assert (str(event["UID"]), str(event["LOCATION"])) == (show.uid, "Olympia, Greater London")
    person = make.answer(invited).person
    feed = icalendar.Calendar.from_ical(exports.render(queries.calendar_of_person(person)).content)
    [in_feed] = [one for one in feed.events if str(one["UID"]) == show.uid]
    assert (in_feed["DTSTART"].dt, int(in_feed["SEQUENCE"])) == (event["DTSTART"].dt, 2)


def test_a_cancelled_event_is_taken_back_from_those_who_were_invited_by_mail(smtp: Server) -> None:
    """METHOD:CANCEL with a higher SEQUENCE to invited and accepted; not to who declined or never got a letter."""
    show = make.event()
    for name in ("Amal", "Ines"):
        make.invited(show, name)
    make.accepted(show, "Jack")
    make.answer(make.invited(show, "Nneka"), make.InvitationState.DECLINED)
    make.draft(show, "Omar")
    sent(smtp)
    with transaction():
        events.cancel_event(db.session.merge(show), "The hall is closed.", by=make.ruth())
    assert sent(smtp) == []
    [waiting] = queries_outbox.list_batches()
    assert (waiting.name, waiting.title) == (f"event-{show.id}-cancelled", "Connect London: cancelled")
    release(waiting.name)
    mails = sent(smtp)
    assert [told(one) for one in mails] == [
        ("CANCEL", 1, f"mailto:{name}@experts.example", "CANCELLED") for name in ("amal", "ines", "jack")
    ]
    assert "The hall is closed" not in mails[0].as_string()


def test_an_invitation_that_alone_is_taken_back_is_taken_out_of_that_calendar(smtp: Server) -> None:
    """C1, RFC 5546 3.2.5: CANCEL with the same UID and a higher SEQUENCE, for them alone: nobody else's answer is out of date."""
    show = make.event()
    amal, ines = make.invited(show, "Amal"), make.accepted(show, "Ines")
    sent(smtp)
    with transaction():
        events.withdraw(db.session.merge(amal), "The group is full.", by=make.ruth())
    [waiting] = queries_outbox.list_batches()
    assert waiting.title == "Connect London: invitations taken back"
    release(waiting.name)
    [mail] = sent(smtp)
    assert told(mail) == ("CANCEL", 1, "mailto:amal@experts.example", "CANCELLED")
    [event] = calendar_in(mail).events
    assert str(event["UID"]) == show.uid
    assert "The group is full" not in mail.as_string()
    assert (fresh(show).sequence, events_read.funnel(fresh(show)).stale, fresh(ines).sequence_answered) == (
        0,
        0,
        0,
    )


def test_who_was_uninvited_and_is_invited_anew_is_asked_above_the_cancel(smtp: Server) -> None:
    """C1: SEQUENCE never decreases for one calendar, whatever the event did meanwhile."""
    show, seen = make.event(), []
    amal = make.invited(show, "Amal")
    seen += [told(one)[:2] for one in sent(smtp)]
    for turn in range(2):
        with transaction():
            events.withdraw(db.session.merge(amal), "The group is full.", by=make.ruth())
        if turn:
            move(show, place="Olympia")  # while the letter waits
        release(queries_outbox.list_batches()[0].name)
        seen += [told(one)[:2] for one in sent(smtp)]
        if not turn:
            release(make.prepare(show, [make.draft(show, person=fresh(amal).person)]))
            seen += [told(one)[:2] for one in sent(smtp)]
    assert seen == [("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2), ("CANCEL", 3)]
    assert policies.sequence_for(fresh(amal), fresh(show)) == 4


@pytest.mark.parametrize("state", ["draft", "waits in the outbox", "by hand"])
def test_whose_calendar_was_never_asked_gets_no_cancel(smtp: Server, state: str) -> None:
    show = make.event()
    amal = make.draft(show, "Amal")
    if state == "waits in the outbox":
        make.prepare(show, [amal])
    elif state == "by hand":
        with transaction():
            events.invite_by_hand(db.session.merge(amal), TouchChannel.PHONE, by=make.ruth())
    with transaction():
        events.withdraw(db.session.merge(amal), "The group is full.", by=make.ruth())
    assert queries_outbox.list_batches() == []
    assert (sent(smtp), fresh(amal).sequence_withdrawn) == ([], None)


def test_the_question_after_a_change_is_one_letter_with_the_event_and_the_link(smtp: Server) -> None:
    """E1, C1: it carries the REQUEST of now and the link to answer by; news of the change that waited is discarded."""
    show = make.event()
    make.accepted(show, "Amal")
    [batch] = {letter.batch for letter in db.session.scalars(sa.select(Letter))}
    sent(smtp)
    move(show, place="Olympia")
    with transaction():
        outreach.write_changes(batch, by=make.ruth())
        prepared = events.ask_again(db.session.merge(show), by=make.ruth())
    assert [one.name for one in queries_outbox.list_batches()] == [prepared.batch]
    move(show, place="Tate Modern")
    with transaction():
        name, [letter] = outreach.write_changes(
            batch, by=make.ruth()
        )  # the question that waits says the place of now
    assert (letter.key, letter.is_ask) == ("ask_again", True)
    release(name)
    [mail] = sent(smtp)
    assert told(mail) == ("REQUEST", 2, "mailto:amal@experts.example", "CONFIRMED")
    text = mail.get_body(("plain",))
    assert text is not None
    assert "/p/answer/" in text.get_content()
    assert "Tate Modern" in text.get_content()


def test_the_reader_of_the_calendar_is_whoever_the_mail_goes_to_in_the_end(smtp: Server) -> None:
    show = make.event()
    batch = make.prepare(show, [one := make.draft(show, "Amal")])
    with transaction():
        db.session.merge(one).person.email = "new@experts.example"
    release(batch)
    [mail] = sent(smtp)
    assert (str(mail["To"]), told(mail)[2]) == ("new@experts.example", "mailto:new@experts.example")
    assert calendar_in(mail)["METHOD"] == Method.REQUEST


def test_a_letter_that_is_about_no_item_carries_none(smtp: Server) -> None:
    make_outreach.letter_template(key="thank_you", body=make_outreach.NOTE, subject="Thank you")
    show = make.event()
    came = make.accepted(show, "Jack")
    sent(smtp)
    with transaction():
        events.check_in(db.session.merge(came), by=make.ruth())
        batch = events.send_thanks(db.session.merge(show), "It was good.", by=make.ruth()).batch
    release(batch)
    [mail] = sent(smtp)
    assert mail.get_content_type() == "text/plain"
