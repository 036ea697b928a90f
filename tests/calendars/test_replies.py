"""Answers pressed in calendars, read from a real mailbox: recorded, stale, late, for a person, and never anybody new (C1, E1)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.calendars import operations_replies, queries_replies
from app.calendars.models_replies import CalendarReply, ReplyState
from app.core import clock
from app.core.db import db, transaction
from app.core.models import OutboxMail
from app.events import operations as events
from app.events import queries as events_queries
from app.events.details import EventDetails
from app.events.models import AnswerChannel, Event, Invitation, InvitationState, InvitationStep
from app.notices.models import Notice
from app.outreach import operations as outreach
from app.outreach import queries_outbox
from app.outreach.models import Touch
from app.outreach.models_inbox import InboundMessage, InboundState
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import accounts, messages
from tests.factories import events as make
from tests.factories import outreach as make_outreach
from tests.imap import ImapServer

At = Callable[[datetime], AbstractContextManager[None]]
SignIn = Callable[..., FlaskClient]
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
SAID = "20260901T110000Z"
AMAL = "amal@experts.example"


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    started = ImapServer()
    yield started
    started.stop()


@pytest.fixture
def box(app: Flask, server: ImapServer, at: At) -> Iterator[ImapServer]:
    server.messages.clear()
    app.config["INBOX_URL"] = f"imap://log:{quote(server.password, safe='')}@127.0.0.1:{server.port}"
    with at(NOW):
        make_outreach.letter_template()
        yield server
    app.config["INBOX_URL"] = ""


@pytest.fixture
def amal(box: ImapServer) -> Invitation:
    """Amal, whose invitation left yesterday."""
    with clock.fixed_at(NOW - timedelta(days=1)):
        return make.invited(make.event(), "Amal")


def answer(
    to: Event, partstat: str = "ACCEPTED", *, by: str = AMAL, sender: str = "", sequence: int = 0, said: str = SAID,
    method: str = "REPLY", number: int = 1, more: str = "", charset: str = "utf-8", uid: str = "",
) -> bytes:  # fmt: skip
    """What a calendar program mails when somebody presses a button."""
    text = (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:{uid or to.uid}\r\n"
        f"SEQUENCE:{sequence}\r\nDTSTAMP:{said}\r\nORGANIZER:mailto:answers@lumen.example\r\n"
        f"ATTENDEE;PARTSTAT={partstat};CN=X:mailto:{by}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = (
        sender or f"Somebody <{by}>",
        "answers@lumen.example",
        "Accepted: Connect London",
    )
    made["Message-ID"], made["Date"] = f"<{number}@calendar.example>", "Tue, 01 Sep 2026 11:00:00 +0000"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("Somebody has answered.")
    made.add_alternative(
        text.encode(),
        maintype="text",
        subtype="calendar",
        params={"method": method, "charset": charset},
        cte="base64",
    )
    return made.as_bytes()


def read(box: ImapServer, *raws: bytes) -> list[CalendarReply]:
    """The answers there are once the mailbox was read."""
    db.session.rollback()
    for raw in raws:
        box.put(raw)
    assert outreach.read_mailbox() == len(raws)
    assert box.unread() == []
    return list(db.session.scalars(sa.select(CalendarReply).order_by(CalendarReply.id)))


def notices() -> list[str]:
    return [one.message for one in db.session.scalars(sa.select(Notice).order_by(Notice.id))]


def move(event: Event, at: At, when: datetime, **changes: object) -> None:
    row = fresh(event)
    known = {
        name: getattr(row, name) for name in EventDetails.model_fields if getattr(row, name, None) is not None
    }
    with at(when), transaction():
        events.edit_event(db.session.merge(row), EventDetails(**(known | changes)), by=make.ruth())


def n_people() -> int:
    return db.session.scalar(sa.select(sa.func.count(Person.id))) or 0


# -- plain answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("partstat", "state"), [("ACCEPTED", InvitationState.ACCEPTED), ("DECLINED", InvitationState.DECLINED)]
)
def test_a_press_on_yes_or_no_is_the_answer(
    box: ImapServer, amal: Invitation, partstat: str, state: InvitationState
) -> None:
    """E1: with the channel, the version answered and the words; the open ask is closed, the coordinator told."""
    [reply] = read(box, answer(amal.event, partstat, more="COMMENT:See you\\, gladly\r\n"))
    found = fresh(amal)
    assert (found.state, found.answer_channel, found.sequence_answered, found.answer_reason, found.answered_by_name) == (
        state, AnswerChannel.MAIL, 0, "See you, gladly", "",
    )  # fmt: skip
    assert (reply.state, reply.reason, reply.attendee, reply.sender, reply.comment) == (
        ReplyState.RECORDED,
        "",
        "",
        "",
        "",
    )
    [message] = db.session.scalars(sa.select(InboundMessage))
    assert (message.state, message.sender, message.subject) == (InboundState.CALENDAR, "", "")
    [touch] = db.session.scalars(sa.select(Touch))
    assert (touch.is_ask, touch.answer) == (True, f"{state.value}. See you, gladly")
    assert f"Amal: {state.value} (Connect London)." in notices()


def test_perhaps_is_an_answer_and_the_ask_stays_open(box: ImapServer, amal: Invitation) -> None:
    """E1: it holds no place, and they are reminded like the silent."""
    [reply] = read(box, answer(amal.event, "TENTATIVE", more="COMMENT:If the trial ends in time\r\n"))
    found = fresh(amal)
    assert (reply.state, found.state, found.answer_reason) == (
        ReplyState.RECORDED, InvitationState.TENTATIVE, "If the trial ends in time",
    )  # fmt: skip
    [touch] = db.session.scalars(sa.select(Touch))
    assert (touch.is_ask, touch.answer) == (True, "")


def test_the_same_message_twice_is_one_answer(box: ImapServer, amal: Invitation) -> None:
    raw = answer(amal.event)
    assert len(read(box, raw, raw)) == 1
    steps = db.session.scalar(
        sa.select(sa.func.count(InvitationStep.id)).where(InvitationStep.channel == AnswerChannel.MAIL)
    )
    assert steps == 1


def test_the_address_is_the_one_the_invitation_went_to(box: ImapServer, amal: Invitation) -> None:
    """Somebody who has another address since then still answers from the calendar that got the invitation."""
    with transaction():
        db.session.merge(amal).person.email = "new@experts.example"
    read(box, answer(amal.event))
    assert fresh(amal).state is InvitationState.ACCEPTED


def test_what_comes_from_another_address_says_so(box: ImapServer, amal: Invitation) -> None:
    [reply] = read(box, answer(amal.event, sender="Their Office <office@experts.example>"))
    assert (reply.state, reply.sender) == (ReplyState.RECORDED, "office@experts.example")
    assert fresh(amal).answered_by_name == "Their Office"


# -- versions --------------------------------------------------------------------------------------


def test_an_answer_to_an_earlier_time_is_kept_and_asked_again(
    box: ImapServer, amal: Invitation, at: At
) -> None:
    """Facts, calendar, 2: a reply to an older SEQUENCE after a time change is stale; keep it, ask again."""
    make_outreach.letter_template(
        key="ask_again", body=make_outreach.NOTE.replace("{message}", "{answer_link}"), subject="Again"
    )
    move(amal.event, at, NOW - timedelta(hours=2), place="Olympia")
    [reply] = read(box, answer(amal.event, sequence=0))
    found = fresh(amal)
    assert (reply.state, found.state, found.sequence_answered, found.event.sequence) == (
        ReplyState.STALE, InvitationState.ACCEPTED, 0, 1,
    )  # fmt: skip
    assert events_funnel(found.event) == 1
    assert notices()[-1].startswith(
        "Amal answered from their calendar (Connect London). It answers an earlier time"
    )
    reply_id = reply.id
    with transaction():
        letter = operations_replies.ask_again(db.session.get_one(CalendarReply, reply_id), by=make.ruth())
    assert (letter.person_id, letter.key) == (found.person_id, "ask_again")
    [batch] = queries_outbox.list_batches()
    with transaction():
        outreach.release_batch(batch.name, by=make.ruth())
    with (
        pytest.raises(operations_replies.policies_replies.NotAsked, match="written to already"),
        transaction(),
    ):
        operations_replies.ask_again(db.session.get_one(CalendarReply, reply_id), by=make.ruth())
    *_, again = read(box, answer(amal.event, "DECLINED", sequence=1, number=2))
    assert (again.state, fresh(amal).state, amal.sequence_answered) == (
        ReplyState.RECORDED, InvitationState.DECLINED, 1,
    )  # fmt: skip


def events_funnel(event: Event) -> int:
    return events_queries.funnel(event).stale


def test_of_two_answers_the_later_counts_whichever_comes_first(box: ImapServer, amal: Invitation) -> None:
    later = answer(amal.event, "DECLINED", said="20260901T113000Z", number=1)
    earlier = answer(amal.event, "ACCEPTED", said="20260901T110000Z", number=2)
    with clock.fixed_at(datetime(2026, 9, 1, 11, 40, tzinfo=UTC)):
        read(box, later)
    first, second = read(box, earlier)
    assert (first.state, second.state) == (ReplyState.RECORDED, ReplyState.OVERTAKEN)
    assert fresh(amal).state is InvitationState.DECLINED


def test_an_answer_to_an_earlier_version_never_replaces_one_to_a_later(
    box: ImapServer, amal: Invitation, at: At
) -> None:
    move(amal.event, at, NOW - timedelta(hours=2), place="Olympia")
    read(box, answer(amal.event, "DECLINED", sequence=1, number=1))
    *_, late = read(box, answer(amal.event, "ACCEPTED", sequence=0, said="20260901T115959Z", number=2))
    assert (late.state, fresh(amal).state) == (ReplyState.OVERTAKEN, InvitationState.DECLINED)


# -- for a person ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"partstat": "DELEGATED"}, "They want to send somebody else."),
        ({"method": "COUNTER", "more": "DTSTART:20261014T080000Z\r\nDURATION:PT2H\r\n"}, "They propose another time."),
        ({"by": "stranger@elsewhere.example"}, "Nobody was invited at this address."),
        ({"more": "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@c.example\r\n"}, "It speaks for 2 people instead of one."),
        ({"partstat": "NEEDS-ACTION"}, "It does not say yes or no."),
        ({"more": "RECURRENCE-ID:20261014T080000Z\r\n"}, "It answers one day of a series, and there is no series."),
    ],
)  # fmt: skip
def test_what_is_not_plain_waits_for_the_coordinator_and_changes_nothing(
    box: ImapServer, amal: Invitation, changes: dict[str, str], reason: str
) -> None:
    before = n_people()
    [reply] = read(box, answer(amal.event, **changes))
    assert (reply.state, reply.event_id) == (ReplyState.WAITING, amal.event_id)
    assert reply.reason.startswith(reason)
    assert (fresh(amal).state, n_people()) == (InvitationState.INVITED, before)
    assert reason in notices()[-1]


def test_a_proposed_time_is_shown(box: ImapServer, amal: Invitation, signed_in: SignIn) -> None:
    more = "DTSTART:20261014T080000Z\r\nDURATION:PT2H\r\nCOMMENT:One day later?\r\n"
    [reply] = read(box, answer(amal.event, "ACCEPTED", method="COUNTER", more=more))
    page = signed_in(Role.COORDINATOR).get(f"/calendars/replies/{reply.id}").text
    assert [words in page for words in ("They propose another time", "One day later?", "14 Oct")] == [
        True
    ] * 3


def test_what_answers_nothing_of_ours_is_counted_and_nothing_else(box: ImapServer, amal: Invitation) -> None:
    broken = answer(amal.event, uid="x" * 400, number=3)
    found = read(
        box, answer(amal.event, uid="another@elsewhere.example", number=1, more="COMMENT:Secret\r\n"),
        answer(amal.event, uid="2@elsewhere.example", by="stranger@elsewhere.example", number=2), broken,
    )  # fmt: skip
    assert [one.state for one in found] == [ReplyState.DROPPED] * 3
    assert {(one.attendee, one.sender, one.comment, one.event_id) for one in found} == {("", "", "", None)}
    assert (queries_replies.count_dropped(), queries_replies.list_replies()) == (3, [])
    assert fresh(amal).state is InvitationState.INVITED


@pytest.mark.parametrize("how", ["withdrawn", "cancelled"])
def test_an_answer_to_what_was_taken_back_waits(box: ImapServer, amal: Invitation, how: str) -> None:
    with transaction():
        if how == "withdrawn":
            events.withdraw(db.session.merge(amal), "A mistake", by=make.ruth())
        else:
            events.cancel_event(db.session.merge(amal).event, "No hall", by=make.ruth())
    [reply] = read(box, answer(amal.event))
    assert (reply.state, fresh(amal).sequence_answered) == (ReplyState.WAITING, None)


def test_the_invitation_of_somebody_else_is_a_message_like_any_other(
    box: ImapServer, amal: Invitation
) -> None:
    assert read(box, answer(amal.event, method="REQUEST", number=1), messages.message(number="x")) == []
    states = [one.state for one in db.session.scalars(sa.select(InboundMessage).order_by(InboundMessage.id))]
    assert states == [InboundState.AUTOMATIC, InboundState.LOGGED]


def test_a_wrong_charset_and_a_shared_address_cost_nobody_their_answer(
    box: ImapServer, amal: Invitation
) -> None:
    make.invited(fresh(amal).event, "Ines", person=make.enrolled(amal.event, "Ines", email=AMAL))
    [reply] = read(box, answer(amal.event, charset="utf-16"))
    assert (reply.state, reply.reason) == (ReplyState.WAITING, "Several invited people share this address.")


# -- the pages -------------------------------------------------------------------------------------


def test_the_coordinator_says_whose_answer_it_is(
    box: ImapServer, amal: Invitation, signed_in: SignIn
) -> None:
    [reply] = read(box, answer(amal.event, by="private@elsewhere.example", more="COMMENT:It is me\r\n"))
    browser, page = signed_in(Role.COORDINATOR), f"/calendars/replies/{reply.id}"
    assert "private@elsewhere.example" in browser.get(page).text
    assert (
        "Nobody was invited at this address." in browser.get(f"/calendars/replies?event={amal.event_id}").text
    )
    refused = browser.post(page, data={"invitation": "999"})
    assert (refused.status_code, fresh(amal).state) == (422, InvitationState.INVITED)
    browser.post(page, data={"invitation": str(amal.id)})
    found = fresh(amal)
    assert (found.state, found.answered_by_name, found.answer_reason) == (
        InvitationState.ACCEPTED, "private@elsewhere.example", "It is me",
    )  # fmt: skip
    assert (fresh(reply).state, reply.attendee, reply.comment) == (ReplyState.SETTLED, "", "")
    again = browser.post(page, data={"invitation": str(amal.id)})
    assert (again.status_code, "decided about this answer already" in again.text) == (422, True)


def test_settling_forgets_addresses_and_words(box: ImapServer, amal: Invitation, signed_in: SignIn) -> None:
    [reply] = read(
        box, answer(amal.event, "DELEGATED", sender="office@experts.example", more="COMMENT:My colleague\r\n")
    )
    signed_in(Role.COORDINATOR).post(f"/calendars/replies/{reply.id}/settle")
    found = fresh(reply)
    assert (found.state, found.sender, found.comment, found.decided_by_id is not None) == (
        ReplyState.SETTLED, "", "", True,
    )  # fmt: skip
    about = sa.select(Notice.done_at).where(Notice.source_kind == "calendars.reply")
    assert None not in db.session.scalars(about).all()
    assert signed_in(Role.COORDINATOR).post(f"/calendars/replies/{reply.id}/settle").status_code == 422


def test_what_nobody_decides_about_goes_after_a_month(box: ImapServer, amal: Invitation, at: At) -> None:
    [reply] = read(box, answer(amal.event, by="stranger@elsewhere.example"))
    with at(NOW + timedelta(days=29)):
        assert operations_replies.drop_old_replies() == 0
    with at(NOW + timedelta(days=31)):
        assert (operations_replies.drop_old_replies(), operations_replies.drop_old_replies()) == (1, 0)
    assert (fresh(reply).state, reply.attendee) == (ReplyState.SETTLED, "")


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER, Role.AUDITOR, Role.COMPLIANCE])
def test_the_pages_are_for_those_who_run_events(signed_in: SignIn, role: Role) -> None:
    assert signed_in(role).get("/calendars/replies").status_code == 403


def test_the_list_asks_the_same_number_of_questions(
    box: ImapServer, amal: Invitation, signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    browser = signed_in(accounts.user(role=Role.COORDINATOR))
    read(box, answer(amal.event, "DELEGATED"))
    browser.get("/calendars/replies")
    count_queries()
    browser.get("/calendars/replies")
    one = count_queries()
    read(box, *(answer(amal.event, "DELEGATED", number=number) for number in range(2, 31)))
    count_queries()
    browser.get("/calendars/replies")
    assert count_queries() == one


def test_no_mail_leaves_by_itself(box: ImapServer, amal: Invitation) -> None:
    """G5: whatever comes in, what goes out waits in the outbox for somebody."""
    before = db.session.scalar(sa.select(sa.func.count(OutboxMail.id)))
    read(box, answer(amal.event, "DELEGATED", number=1), answer(amal.event, "DECLINED", number=2))
    assert db.session.scalar(sa.select(sa.func.count(OutboxMail.id))) == before
