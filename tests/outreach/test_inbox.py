"""The mailbox that is read, by a real conversation with an IMAP server: contacts, answers, bounces, and broken bytes (G3)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditDetail, AuditEvent, Role, User
from app.core import clock, inbox, incoming
from app.core.db import db, transaction
from app.core.inbox import InboxUnreachable
from app.notices.models import Notice
from app.outreach import operations, operations_mailbox, policies_inbox, queries, queries_inbox, queries_stops
from app.outreach.details import LetterDetails
from app.outreach.models import Collision, CollisionState, Letter, Touch, TouchKind
from app.outreach.models_inbox import InboundMessage, InboundState, SharingLevel
from app.outreach.models_outbox import Bounce
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import accounts, messages, outreach, people
from tests.imap import ImapServer

At = Callable[[datetime], AbstractContextManager[None]]
SignIn = Callable[..., FlaskClient]
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
SENT = datetime(2026, 9, 1, 9, tzinfo=UTC)


@pytest.fixture
def box(app: Flask) -> Iterator[ImapServer]:
    server = ImapServer()
    app.config["INBOX_URL"] = f"imap://log:{quote(server.password, safe='')}@127.0.0.1:{server.port}"
    app.config["INBOX_ADDRESS"] = "log@rapport.lumen.example"
    yield server
    app.config["INBOX_URL"] = ""
    server.stop()


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


@pytest.fixture
def amal(users: dict[str, User]) -> Person:
    with clock.fixed_at(NOW - timedelta(days=60)):
        return people.person("Amal", owner=users["Mei"], email="Amal@Experts.example", languages=("en",))


def share(user: User, level: SharingLevel) -> None:
    with transaction():
        operations.set_sharing_level(level, by=db.session.merge(user))


def copied(user: User, to: str = "amal@experts.example", **more: str) -> bytes:
    """A mail of a user to a person with the user's logging address in Bcc, as it is delivered to that address."""
    headers = {"Delivered_To": queries_inbox.logging_address(user)} | more
    return messages.message(sender=f"{user.name} <{user.email}>", to=to, **headers)


def read(box: ImapServer, *raws: bytes) -> int:
    for raw in raws:
        box.put(raw)
    with clock.fixed_at(NOW):
        return operations.read_mailbox()


def touches() -> list[Touch]:
    return list(db.session.scalars(sa.select(Touch).order_by(Touch.id)))


def inbound() -> list[InboundMessage]:
    return list(db.session.scalars(sa.select(InboundMessage).order_by(InboundMessage.id)))


def letter(to: Person, by: User, *, is_ask: bool = True) -> Letter:
    """A letter that has left."""
    outreach.letter_template(key="note", body=outreach.NOTE, subject="Would you talk to us?")
    details = LetterDetails(
        person_id=to.id, key="note", kind=TouchKind.INVITATION, is_ask=is_ask, fields={"message": "See you."}, batch="notes",
        batch_title="Notes",
    )  # fmt: skip
    with clock.fixed_at(NOW - timedelta(days=40)):
        with transaction():
            made = operations.write_letter(details, by=db.session.merge(by))
        with transaction():
            operations.release_letter(db.session.merge(made), by=db.session.merge(by))
    return fresh(made)


def id_of(one: Letter) -> str:
    assert one.mail is not None
    return one.mail.message_id


# -- what users wrote ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "subject", "summary"),
    [
        (SharingLevel.METADATA, "Mail to Amal", ""),
        (SharingLevel.SUBJECT, "Idea ☕", ""),
        (SharingLevel.FULL, "Idea ☕", "Shall we talk?"),
    ],
)
def test_a_copied_mail_becomes_a_contact_at_the_users_level(
    box: ImapServer, users: dict[str, User], amal: Person, level: SharingLevel, subject: str, summary: str
) -> None:
    """Users ask, timeline and mail privacy: metadata, subject, full; what the level does not keep stands nowhere."""
    share(users["Mei"], level)
    assert read(box, copied(users["Mei"], subject="Idea ☕", text="Shall we talk?")) == 1
    [touch] = touches()
    assert (touch.person_id, touch.user_id, touch.kind, touch.is_inbound, touch.at) == (
        amal.id, users["Mei"].id, TouchKind.UNSOLICITED, False, SENT,
    )  # fmt: skip
    assert (touch.subject, touch.summary) == (subject, summary)
    stored = str(
        [row.__dict__ for row in (*db.session.scalars(sa.select(AuditDetail)), *inbound(), *touches())]
    )
    assert ("Idea" in stored, "Shall we talk" in stored) == (
        level is not SharingLevel.METADATA,
        level is SharingLevel.FULL,
    )
    assert box.unread() == []


def test_the_same_message_twice_is_one_contact(box: ImapServer, users: dict[str, User], amal: Person) -> None:
    raw = copied(users["Mei"])
    assert read(box, raw, raw) == 2
    assert read(box, raw) == 1
    assert (len(touches()), len(inbound()), box.unread()) == (1, 1, [])
    assert read(box) == 0


def test_without_a_message_id_the_same_bytes_are_one_contact(
    box: ImapServer, users: dict[str, User], amal: Person
) -> None:
    raw = copied(users["Mei"], message_id="")
    read(box, raw, raw, copied(users["Mei"], message_id="", text="Other words"))
    assert len(touches()) == 2


def test_everybody_known_gets_a_contact(box: ImapServer, users: dict[str, User], amal: Person) -> None:
    people.person("Jack", owner=users["Mei"], email="jack@experts.example")
    read(
        box,
        copied(users["Mei"], to="amal@experts.example, x@unknown.example", Cc="Jack <jack@experts.example>"),
    )
    assert sorted(touch.person.name for touch in touches()) == ["Amal", "Jack"]


def test_past_the_guard_it_is_written_down_and_marked(
    box: ImapServer, users: dict[str, User], amal: Person, at: At
) -> None:
    """G3: what happened is never refused; it is a collision that got through, and the owner is told."""
    with at(NOW - timedelta(days=3)):
        outreach.touch(amal, users["Pia"], is_ask=True)
    read(box, copied(users["Tom"]))
    assert len(touches()) == 2
    collision = db.session.scalars(sa.select(Collision)).one()
    assert (collision.state, collision.touch_id, collision.user_id, collision.level) == (
        CollisionState.GOT_THROUGH, touches()[1].id, users["Tom"].id, "soft",
    )  # fmt: skip
    [notice] = db.session.scalars(sa.select(Notice)).all()
    assert (notice.user_id, notice.source_id) == (users["Mei"].id, touches()[1].id)
    assert notice.message.startswith("Tom (Social media) contacted Amal past the contact guard:")
    # It was not stopped, so it is not counted among what was, and it counts for the next.
    assert queries_stops.count_collisions().n_stopped == 0
    with at(NOW):
        verdict = queries.weigh_contact(fresh(amal), TouchKind.UNSOLICITED, users["Mei"].department, NOW)
    assert verdict.n_touches == 2


def test_the_page_of_what_got_through(
    box: ImapServer, signed_in: SignIn, users: dict[str, User], amal: Person, at: At
) -> None:
    with at(NOW - timedelta(days=3)):
        outreach.touch(amal, users["Pia"])
    read(box, copied(users["Tom"]))
    collision = db.session.scalars(sa.select(Collision)).one()
    browser = signed_in(users["Mei"])
    assert "Got through" in browser.get(f"/outreach/stops/{collision.id}").text
    assert "Got through" in browser.get("/outreach/stops").text


def test_an_answer_of_ours_joins_the_thread(box: ImapServer, users: dict[str, User], amal: Person) -> None:
    asked = letter(amal, users["Mei"])
    read(box, copied(users["Mei"], In_Reply_To=id_of(asked), References=f"<other@x.example> {id_of(asked)}"))
    touch = touches()[-1]
    assert (touch.joined_id, touch.kind, db.session.scalars(sa.select(Collision)).all()) == (
        asked.touch_id, TouchKind.REPLY, [],
    )  # fmt: skip


@pytest.mark.parametrize("header", ["Delivered_To", "X_Original_To", "Envelope_To", "Bcc", "Cc"])
def test_the_logging_address_is_found_where_servers_write_it(
    box: ImapServer, users: dict[str, User], amal: Person, header: str
) -> None:
    address = queries_inbox.logging_address(users["Mei"]).upper()
    sender = f"Mei <{users['Mei'].email}>"
    read(box, messages.message(sender=sender, to="amal@experts.example", **{header: f"<{address}>"}))
    assert len(touches()) == 1


def test_the_address_of_a_machine_without_a_domain_works_too(
    app: Flask, box: ImapServer, users: dict[str, User], amal: Person
) -> None:
    app.config["INBOX_ADDRESS"] = "rapport@localhost"
    read(box, copied(users["Mei"]))
    assert len(touches()) == 1


def test_a_sender_alone_proves_nothing(box: ImapServer, users: dict[str, User], amal: Person) -> None:
    """Anybody can write any sender; only the secret address logs in a user's name."""
    read(
        box,
        messages.message(sender="Mei <mei@lumen.example>", to="amal@experts.example"),
        copied(users["Mei"], message_id="<2@x>", Delivered_To=f"log+{users['Mei'].id}-aaaaaaaaaaaaaaaaaaaaaaaa@rapport.lumen.example"),
    )  # fmt: skip
    assert (touches(), [row.state for row in inbound()]) == ([], [InboundState.WAITING] * 2)


def test_a_renewed_address_ends_the_old_one(box: ImapServer, users: dict[str, User], amal: Person) -> None:
    old = copied(users["Mei"])
    before = queries_inbox.logging_address(users["Mei"])
    with transaction():
        operations.renew_logging_address(by=db.session.merge(users["Mei"]))
    assert queries_inbox.logging_address(users["Mei"]) != before
    read(box, old)
    assert touches() == []
    read(box, copied(users["Mei"], message_id="<2@x>"))
    assert len(touches()) == 1


@pytest.mark.parametrize("role", [Role.PARTNER, Role.AUDITOR, Role.ASSISTANT])
def test_who_may_not_write_contacts_down_logs_none(
    box: ImapServer, users: dict[str, User], amal: Person, role: Role
) -> None:
    """R3."""
    read(box, copied(accounts.user(role=role)))
    assert touches() == []


# -- what people wrote -----------------------------------------------------------------------------


def test_a_message_of_a_person_is_a_contact_and_answers_the_ask(
    box: ImapServer, users: dict[str, User], amal: Person, at: At
) -> None:
    with at(NOW - timedelta(days=5)):
        ask = outreach.touch(amal, users["Tom"], is_ask=True)
    share(users["Mei"], SharingLevel.FULL)
    read(box, messages.message(text="Yes, gladly."))
    touch = touches()[-1]
    assert (touch.is_inbound, touch.user_id, touch.summary) == (True, users["Mei"].id, "Yes, gladly.")
    assert (fresh(ask).answered_at, ask.answer) == (NOW, "Yes, gladly.")
    assert {one.user_id for one in db.session.scalars(sa.select(Notice))} == {
        users["Mei"].id,
        users["Tom"].id,
    }


def test_an_answer_to_a_letter_is_known_by_its_message_id(
    box: ImapServer, users: dict[str, User], amal: Person
) -> None:
    """From whatever address they write; the letter says whom it went to, and who asked."""
    asked = letter(amal, users["Mei"])
    read(box, messages.message(sender="amal.private@elsewhere.example", In_Reply_To=id_of(asked)))
    touch = touches()[-1]
    assert (touch.person_id, touch.is_inbound, touch.joined_id, touch.user_id) == (
        amal.id, True, asked.touch_id, users["Mei"].id,
    )  # fmt: skip
    ask = db.session.get_one(Touch, asked.touch_id)
    assert (ask.answered_at, ask.answer) == (NOW, "They answered by mail.")  # the level is "subject"


def test_of_two_asks_a_message_without_a_thread_answers_none(
    box: ImapServer, users: dict[str, User], amal: Person, at: At
) -> None:
    outreach.rule(9, 14, n_open_asks=5, effective_from_at=NOW - timedelta(days=9))
    with at(NOW - timedelta(days=5)):
        asks = [outreach.touch(amal, users["Mei"], is_ask=True) for _ in range(2)]
    read(box, messages.message())
    assert [fresh(ask).answered_at for ask in asks] == [None, None]


def test_a_later_thread_of_logged_mail_is_followed(
    box: ImapServer, users: dict[str, User], amal: Person
) -> None:
    read(box, messages.message(message_id="<first@experts.example>"))
    read(
        box, copied(users["Mei"], message_id="<answer@lumen.example>", In_Reply_To="<first@experts.example>")
    )
    first, answer = touches()
    assert (answer.kind, answer.joined_id) == (TouchKind.REPLY, first.id)


@pytest.mark.parametrize(
    "header",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"Auto_Submitted": "AUTO-generated; x"},
    ],
)
def test_an_out_of_office_note_answers_nothing(
    box: ImapServer, users: dict[str, User], amal: Person, header: dict[str, str]
) -> None:
    asked = letter(amal, users["Mei"])
    read(box, messages.message(In_Reply_To=id_of(asked), **header))
    assert (len(touches()), inbound()[0].state) == (1, InboundState.AUTOMATIC)
    assert db.session.get_one(Touch, asked.touch_id).answered_at is None


def test_of_a_shared_address_the_thread_says_who(
    box: ImapServer, users: dict[str, User], amal: Person
) -> None:
    """Users ask, shared e-mail: the key is the person, not the address."""
    twin = people.person("Nneka", owner=users["Tom"], email="amal@experts.example", languages=("en",))
    asked = letter(twin, users["Tom"])
    read(
        box,
        messages.message(message_id="<a@x>", In_Reply_To=id_of(asked)),
        messages.message(message_id="<b@x>"),
        copied(users["Mei"], message_id="<c@x>"),
    )
    assert [touch.person_id for touch in touches()] == [twin.id, twin.id]
    assert [(row.state, row.reason) for row in inbound()[1:]] == [
        (InboundState.WAITING, "Several people share the address.")
    ] * 2


# -- bounces ---------------------------------------------------------------------------------------


def test_a_bounce_comes_by_the_same_mailbox(box: ImapServer, users: dict[str, User], amal: Person) -> None:
    gone = letter(amal, users["Mei"])
    assert gone.mail is not None
    read(
        box,
        messages.report(gone.mail.raw),
        messages.report(messages.message(message_id="<not@ours>"), message_id="<r2@x>"),
    )
    assert db.session.scalars(sa.select(Bounce)).one().letter_id == gone.id
    assert [row.state for row in inbound()] == [InboundState.BOUNCE, InboundState.WAITING]
    assert len(touches()) == 1


# -- what nobody was recognised in -----------------------------------------------------------------


def test_what_is_not_recognised_waits_with_its_headers_only(
    box: ImapServer, signed_in: SignIn, users: dict[str, User], amal: Person
) -> None:
    read(box, messages.message(sender="kim@unknown.example", subject="Offer <b>", text="Secret words"))
    browser = signed_in(users["Mei"])
    page = browser.get("/outreach/inbox").text
    assert ("Offer &lt;b&gt;" in page, "kim@unknown.example" in page, "Secret words" in page) == (
        True,
        True,
        False,
    )
    [row] = inbound()
    assert "Secret" not in str(row.__dict__)
    found = browser.get(f"/outreach/inbox/{row.id}/assign?q=amal").text
    assert "It was with them" in found
    refused = browser.post(f"/outreach/inbox/{row.id}/assign", data={"person": "x"})
    assert (refused.status_code, "Choose the person" in refused.text) == (422, True)
    answer = browser.post(f"/outreach/inbox/{row.id}/assign", data={"person": amal.id})
    [touch] = touches()
    assert (answer.location, touch.subject, touch.summary, touch.is_inbound) == (
        f"/outreach/{touch.id}", "Offer <b>", "", True,
    )  # fmt: skip
    assert (fresh(row).state, row.sender, row.subject) == (InboundState.LOGGED, "", "")
    assert browser.get(f"/outreach/inbox/{row.id}/assign").status_code == 404


def test_dropping_forgets_the_headers_and_knows_the_message_again(
    box: ImapServer, signed_in: SignIn, users: dict[str, User]
) -> None:
    raw = messages.message(sender="kim@unknown.example", subject="Offer")
    read(box, raw)
    [row] = inbound()
    browser = signed_in(users["Mei"])
    assert browser.post(f"/outreach/inbox/{row.id}/drop").status_code == 303
    assert (fresh(row).state, row.sender, row.subject, row.recipients) == (InboundState.DROPPED, "", "", [])
    assert read(box, raw) == 1
    assert [one.state for one in inbound()] == [InboundState.DROPPED]
    assert "Offer" not in str([one.changes for one in db.session.scalars(sa.select(AuditDetail))])


def test_a_users_own_copy_is_theirs_to_decide(
    box: ImapServer, signed_in: SignIn, users: dict[str, User], amal: Person
) -> None:
    read(box, copied(users["Mei"], to="kim@unknown.example", subject="Private"))
    [row] = inbound()
    other = signed_in(users["Tom"])
    assert "Private" not in other.get("/outreach/inbox").text
    assert other.get(f"/outreach/inbox/{row.id}/assign").status_code == 404
    assert other.post(f"/outreach/inbox/{row.id}/drop").status_code == 404
    signed_in(users["Mei"]).post(f"/outreach/inbox/{row.id}/assign", data={"person": amal.id})
    [touch] = touches()
    assert (touch.is_inbound, touch.user_id, touch.subject) == (False, users["Mei"].id, "Private")


def test_after_a_month_it_goes_by_itself(box: ImapServer, users: dict[str, User], at: At) -> None:
    read(box, messages.message(sender="kim@unknown.example"))
    with at(NOW + timedelta(days=31)):
        operations.read_mailbox()
    [row] = inbound()
    assert (row.state, row.subject, row.decided_by_id) == (InboundState.DROPPED, "", None)


@pytest.mark.parametrize("role", [Role.PARTNER, Role.AUDITOR, Role.COMPLIANCE, Role.ASSISTANT, Role.ADMIN])
def test_the_pages_are_for_those_who_write_contacts(signed_in: SignIn, role: Role) -> None:
    """R3."""
    browser = signed_in(role)
    assert [
        browser.get("/outreach/inbox").status_code,
        browser.post("/outreach/inbox/1/drop").status_code,
    ] == [403, 403]


def test_the_list_asks_the_same_number_of_questions(
    box: ImapServer, signed_in: SignIn, users: dict[str, User], count_queries: Callable[[], int]
) -> None:
    read(box, messages.message(sender="kim@unknown.example"))
    browser = signed_in(users["Mei"])

    def asked() -> int:
        count_queries()
        assert browser.get("/outreach/inbox").status_code == 200
        return count_queries()

    asked()
    with_one = asked()
    read(box, *(messages.message(sender="kim@unknown.example", message_id=f"<{n}@x>") for n in range(2, 31)))
    assert (asked(), len(inbound())) == (with_one, 30)


def test_what_stands_for_a_subject_is_said_in_the_language_of_whoever_reads_it(
    box: ImapServer, signed_in: SignIn, users: dict[str, User], amal: Person
) -> None:
    """Stored it stays as it is, and whoever corrects the contact has that before them; a subject of theirs is data."""
    share(users["Mei"], SharingLevel.METADATA)
    read(box, messages.message(subject="Delicate matter"))
    share(users["Mei"], SharingLevel.SUBJECT)
    read(box, messages.message(subject="Mail from my aunt", message_id="<2@x>"))
    first, second = touches()
    with transaction():
        db.session.merge(users["Mei"]).locale = "fr"
    browser = signed_in(users["Mei"])
    for path in (f"/outreach/{first.id}", f"/outreach/person/{amal.id}", f"/people/{amal.id}/timeline"):
        page = browser.get(path).text
        assert (path, "Courriel de Amal" in page, "Mail from Amal" in page) == (path, True, False)
    assert "Mail from my aunt" in browser.get(f"/outreach/{second.id}").text
    assert 'value="Mail from Amal"' in browser.get(f"/outreach/{first.id}/correct").text
    with transaction():
        db.session.merge(users["Mei"]).locale = "en"
    assert "Mail from Amal" in signed_in(users["Mei"]).get(f"/outreach/{first.id}").text


# -- sharing less ----------------------------------------------------------------------------------


def test_a_message_is_taken_back_for_good(
    box: ImapServer, signed_in: SignIn, users: dict[str, User], amal: Person, at: At
) -> None:
    """Changeable per message: downwards, and then the words stand nowhere, not even in the trail."""
    with at(NOW - timedelta(days=5)):
        ask = outreach.touch(amal, users["Mei"], is_ask=True)
    share(users["Mei"], SharingLevel.FULL)
    read(box, messages.message(subject="Delicate matter", text="My secret plan"))
    touch = touches()[-1]
    browser = signed_in(users["Mei"])
    assert "My secret plan" in signed_in(users["Tom"]).get(f"/outreach/{touch.id}").text
    assert signed_in(users["Tom"]).post(
        f"/outreach/{touch.id}/shared", data={"level": "metadata"}
    ).status_code in {403, 422}
    assert browser.get(f"/outreach/{touch.id}/shared").status_code == 200
    assert browser.post(f"/outreach/{touch.id}/shared", data={"level": "metadata"}).status_code == 303
    assert (fresh(touch).subject, touch.summary, fresh(ask).answer) == (
        "Mail from Amal",
        "",
        "They answered by mail.",
    )
    left = str([one.changes for one in db.session.scalars(sa.select(AuditDetail))])
    assert ("Delicate" in left, "secret plan" in left) == (False, False)
    assert "outreach.message_shared_less" in db.session.scalars(sa.select(AuditEvent.action)).all()
    refused = browser.post(f"/outreach/{touch.id}/shared", data={"level": "full"})
    assert (refused.status_code, "More than this was not kept" in refused.text) == (422, True)


def test_a_contact_by_hand_has_nothing_to_take_back(
    signed_in: SignIn, users: dict[str, User], amal: Person
) -> None:
    touch = outreach.touch(amal, users["Mei"])
    assert signed_in(users["Mei"]).get(f"/outreach/{touch.id}/shared").status_code == 404


def test_the_choice_is_made_at_the_screen(signed_in: SignIn, users: dict[str, User], amal: Person) -> None:
    browser = signed_in(users["Mei"])
    page = browser.get("/outreach/inbox").text
    assert (queries_inbox.logging_address(users["Mei"]) in page, "No mailbox is read yet" in page) == (
        True,
        True,
    )
    assert browser.post("/outreach/inbox", data={"level": "everything"}).status_code == 422
    assert browser.post("/outreach/inbox", data={"level": "full"}).status_code == 303
    assert queries_inbox.level_of(fresh(users["Mei"])) is SharingLevel.FULL
    before = queries_inbox.logging_address(users["Mei"])
    assert browser.post("/outreach/inbox/address").status_code == 303
    assert queries_inbox.logging_address(users["Mei"]) != before


# -- broken messages -------------------------------------------------------------------------------


def with_attachments() -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Message-ID"] = "amal@experts.example", "x@y.example", "<att@x>"
    made.set_content("See the files")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    made.add_attachment("text", filename="b.txt")
    return made.as_bytes()


FROM = b"From: amal@experts.example\nMessage-ID: <bad@x>\n"
BROKEN: dict[str, tuple[bytes, str, str]] = {
    # name: (the bytes, the subject and the words that are kept)
    "no header": (b"just words", "", ""),
    "nothing": (b"", "", ""),
    "binary": (bytes(range(256)) * 40, "", ""),
    "no body": (FROM, "Mail from Amal", ""),
    "NUL in words": (FROM + b"Subject: a\x00b\n\nHi\x00 there\x07", "a b", "Hi there"),
    "raw eight bit": (FROM + b"Subject: caf\xe9\nContent-Type: text/plain; charset=iso-8859-1\n\ncaf\xe9", "caf\ufffd", "café"),
    "wrong charset": (FROM + b"Subject: =?nonsense?q?caf=C3=A9?=\nContent-Type: text/plain; charset=utf-99\n\ncaf\xc3\xa9", "café", "café"),
    "charset that is a codec": (FROM + b"Subject: x\nContent-Type: text/plain; charset=zlib\n\nHi", "x", "Hi"),
    "charset that lies": (FROM + b"Subject: x\nContent-Type: text/plain; charset=us-ascii\n\n\xc3\xa9", "x", "\ufffd\ufffd"),
    "broken base64": (FROM + b"Subject: =?utf-8?b?!!!?=\nContent-Transfer-Encoding: base64\n\n!!!", "Mail from Amal", ""),
    "broken quoted": (FROM + b"Subject: x\nContent-Transfer-Encoding: quoted-printable\n\na=ZZb=", "x", "a=ZZb"),
    "unknown encoding": (FROM + b"Subject: x\nContent-Transfer-Encoding: x-y\n\nHi", "x", "Hi"),
    "no boundary": (FROM + b"Subject: x\nContent-Type: multipart/mixed\n\nHi", "x", ""),
    "boundary that never comes": (FROM + b'Subject: x\nContent-Type: multipart/mixed; boundary="q"\n\nHi', "x", ""),
    "HTML only": (FROM + b"Subject: x\nContent-Type: text/html\n\n<style>a</style><p>Hi&nbsp;&amp;<br>you</p><script>b</script>", "x", "Hi &\nyou"),
    "header injection": (FROM + b"Subject: =?utf-8?q?a=0d=0aBcc:_b?=\n\nHi", "a Bcc: b", "Hi"),
    "endless subject": (FROM + b"Subject: " + b"x" * 5000 + b"\n\nHi", "x" * 320, "Hi"),
    "endless words": (FROM + b"Subject: x\n\n" + b"y" * 30_000, "x", "y" * 9998 + " …"),
    "no date": (FROM + b"Date: yesterday\nSubject: x\n\nHi", "x", "Hi"),
    "date of long ago": (FROM + b"Date: Thu, 01 Jan 1970 00:00:00 +0000\nSubject: x\n\nHi", "x", "Hi"),
    "date to come": (FROM + b"Date: Thu, 01 Jan 2099 00:00:00 +9999\nSubject: x\n\nHi", "x", "Hi"),
    "deep nesting": (FROM + b"Subject: x\n" + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000)), "x", ""),
    "a thousand recipients": (FROM + b"Subject: x\nTo: " + b"a@b.example, " * 1000 + b"\n\nHi", "x", "Hi"),
    "strange address": (FROM + b"Subject: x\nTo: <<<@@@>, \"\\\" <a@\n\nHi", "x", "Hi"),
    "surrogates": (FROM + b"Subject: =?utf-8?q?=ED=A0=80x?=\n\n\xed\xa0\x80x", "\ufffd\ufffd\ufffdx", "\ufffd\ufffd\ufffdx"),
    "huge number in HTML": (FROM + b"Subject: x\nContent-Type: text/html\n\nHi &#" + b"9" * 5000 + b";", "x", "Hi &#" + "9" * 5000 + ";"),
    "attachments": (with_attachments(), "Mail from Amal", "See the files"),
    "a report without content": (FROM + b'Subject: x\nContent-Type: multipart/report; report-type=delivery-status; boundary="q"\n\n--q\nContent-Type: message/delivery-status\n\nnonsense\n--q--', "x", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_message_never_blocks_the_next(
    box: ImapServer, users: dict[str, User], amal: Person, name: str
) -> None:
    raw, subject, words = BROKEN[name]
    share(users["Mei"], SharingLevel.FULL)
    assert read(box, raw, messages.message(message_id="<good@x>", subject="The next one")) == 2
    assert (box.unread(), [kept.flags for kept in box.messages.values()]) == ([], [{"\\Seen"}] * 2)
    found = touches()
    assert found[-1].subject == "The next one"
    if subject:
        assert (found[0].subject, found[0].summary) == (subject, words)
    assert all(NOW - timedelta(days=1) < touch.at <= NOW for touch in found)


def test_attachments_are_counted_and_not_kept(
    box: ImapServer, signed_in: SignIn, users: dict[str, User], amal: Person
) -> None:
    read(box, with_attachments())
    [row] = inbound()
    assert row.n_attachments == 2
    assert "2 attachments, not kept" in signed_in(users["Mei"]).get(f"/outreach/{touches()[0].id}").text


def test_of_a_huge_message_the_beginning_is_read(
    box: ImapServer, users: dict[str, User], amal: Person
) -> None:
    share(users["Mei"], SharingLevel.FULL)
    raw = messages.message(text="Short words") + b"\n" + b"x" * 5_000_000
    read(box, raw)
    [row] = inbound()
    assert (row.n_bytes, touches()[0].summary[:11]) == (len(raw), "Short words")
    assert f"<0.{incoming.MOST_BYTES}>" in next(one for one in box.asked if one.startswith("FETCH"))


@pytest.mark.parametrize("seed", range(40))
def test_no_bytes_break_the_reading(seed: int) -> None:
    """Pieces of mail in any order, cut anywhere."""
    import random

    dice = random.Random(seed)
    pieces = [raw for raw, _, _ in BROKEN.values() if len(raw) < 20_000]
    for _ in range(20):
        raw = b"".join(piece[: dice.randrange(400)] for piece in dice.sample(pieces, 5))
        found = incoming.read(raw)
        assert len(found.subject) <= 320
        assert "\x00" not in found.subject + found.text + found.sender_name + found.message_id


def test_a_fault_of_ours_flags_the_message_and_goes_on(
    box: ImapServer, users: dict[str, User], amal: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = operations_mailbox.operations_inbox.take_in

    def breaks(raw: bytes, n_bytes: int, **more: object) -> InboundMessage:
        if b"poison" in raw:
            raise ZeroDivisionError
        return real(raw, n_bytes)

    monkeypatch.setattr(operations_mailbox.operations_inbox, "take_in", breaks)
    assert read(box, messages.message(text="poison"), messages.message(message_id="<2@x>")) == 2
    assert [kept.flags for kept in box.messages.values()] == [{"\\Seen", "\\Flagged"}, {"\\Seen"}]
    assert len(touches()) == 1


# -- the server ------------------------------------------------------------------------------------


def test_a_round_is_bounded(
    box: ImapServer, users: dict[str, User], amal: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations_mailbox, "MOST_MESSAGES", 3)
    for number in range(5):
        box.put(messages.message(message_id=f"<{number}@x>"))
    assert [read(box), read(box), read(box)] == [3, 2, 0]


def test_the_worker_looks_once_a_minute(
    box: ImapServer, users: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations_mailbox, "_looked_at", {})
    box.put(messages.message(sender="kim@unknown.example"))
    assert [operations_mailbox.look_if_due() for _ in range(3)] == [1, 0, 0]
    assert box.asked.count("LOGIN") == 2


@pytest.mark.parametrize(
    ("trouble", "said"), [("LOGIN", "not now"), ("SELECT", "no such folder"), ("SEARCH", "answered with NO")]
)
def test_trouble_with_the_server_is_told_without_the_password(
    box: ImapServer, users: dict[str, User], trouble: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    box.refuses = trouble
    assert [read(box, messages.message()), read(box)] == [0, 0]
    [notice] = db.session.scalars(sa.select(Notice)).all()
    assert (notice.role, said in notice.message, box.password in notice.message + caplog.text) == (
        "admin",
        True,
        False,
    )
    box.refuses = ""
    assert read(box) == 1


@pytest.mark.parametrize(
    "url",
    ["http://a:b@host", "imap://host", "imap://:b@host", "imaps://a:b@", "imaps://a:b@host:99999", "imaps://a:b%0d%0aX@host", "imaps://a:ü@host", "imaps://a:b@[::1"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_saying_it(url: str) -> None:
    with pytest.raises(ValueError, match="RAPPORT_INBOX_URL must look like") as refusal:
        inbox.check_address(url)
    assert url not in str(refusal.value)


def test_a_password_goes_in_the_clear_to_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere the connection turns to TLS first, or there is none."""
    server = ImapServer()
    real = inbox.imaplib.IMAP4
    monkeypatch.setattr(
        inbox.imaplib, "IMAP4", lambda _host, _port, **more: real("127.0.0.1", server.port, **more)
    )
    monkeypatch.setattr(inbox.imaplib.IMAP4, "error", real.error, raising=False)
    with pytest.raises(InboxUnreachable), inbox.mailbox("imap://log:secret@mail.example"):
        pass
    assert "LOGIN" not in server.asked
    server.stop()


def test_happened_at_believes_only_what_can_be() -> None:
    now = NOW
    cases = [
        (None, now),
        (now - timedelta(hours=1), now - timedelta(hours=1)),
        (now + timedelta(seconds=1), now),
        (now - timedelta(days=400), now),
    ]
    assert [policies_inbox.happened_at(said, now) for said, _ in cases] == [expected for _, expected in cases]
