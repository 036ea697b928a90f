"""The outbox against a real SMTP server on loopback: once, exact, and again after every kind of failure."""

import asyncio
import contextlib
import email.policy
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

import config
from app.core import clock, mail, outbox
from app.core.db import db, transaction
from app.core.ics import CalendarItem, Party, render_request
from app.core.mail import BadAddress, parts_of
from app.core.models import MailState, OutboxMail
from app.core.vtimezone import ZonedTime
from tests.conftest import fresh
from tests.databases import free_port

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Mailbox:
    """What a server has taken, and how it behaves."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.answer = "250 taken"
        self.pause = 0.0
        self.n_asked = 0

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd calls it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.n_asked += 1
        if self.answer.startswith("250"):
            self.taken.append(envelope)
        end = time.monotonic() + self.pause
        while self.pause and time.monotonic() < end:
            await asyncio.sleep(0.01)
        return self.answer

    def messages(self) -> list[EmailMessage]:
        parser = BytesParser(policy=email.policy.SMTP)
        return [parser.parsebytes(envelope.original_content) for envelope in self.taken]


class Server:
    """A server on a port of its own that can be stopped and started again."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self.port = free_port()
        self._controller: Controller | None = None
        self.start()

    def start(self) -> None:
        self._controller = Controller(self.mailbox, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


@pytest.fixture
def server(app: Flask) -> Iterator[Server]:
    running = Server()
    app.config["SMTP_URL"] = f"smtp://127.0.0.1:{running.port}"
    yield running
    app.config["SMTP_URL"] = ""
    running.stop()


def queue(key: str = "letter:1", **changes: object) -> OutboxMail:
    facts: dict[str, object] = {
        "kind": "letter", "recipient": "amal@example.com", "subject": "Your seat in London", "text": "Dear Amal,\n\nA1.\n",
        "dedup_key": key,
    }  # fmt: skip
    with transaction():
        return outbox.queue_mail(**(facts | changes))  # type: ignore[arg-type]


def invitation() -> bytes:
    start = datetime(2026, 12, 1, 10, 30)
    item = CalendarItem(
        uid="0b6d9a52-8d53-4a2a-9a4c-6b6f1f1f1f1f", revised_at=NOW, summary="Interview",
        starts=ZonedTime(start.replace(tzinfo=ZoneInfo("Europe/London")).astimezone(UTC), "Europe/London"),
        ends=ZonedTime((start + timedelta(hours=1)).replace(tzinfo=ZoneInfo("Europe/London")).astimezone(UTC), "Europe/London"),
    )  # fmt: skip
    return render_request(
        item, organizer=Party("rapport@localhost.example"), attendee=Party("amal@example.com"), made_at=NOW
    )


# -- writing ---------------------------------------------------------------------------------------


def test_a_mail_is_final_when_it_is_queued(app: Flask) -> None:
    with clock.fixed_at(NOW):
        mail = queue(
            html="<p>Dear Amal</p>",
            sender_name="Mei Lin",
            reply_to="mei@lumen.example",
            language="ar",
            calendar=invitation(),
        )
    message = BytesParser(policy=email.policy.SMTP).parsebytes(mail.raw)
    assert str(message["From"]) == "Mei Lin <rapport@localhost>"
    assert str(message["Reply-To"]) == "Mei Lin <mei@lumen.example>"
    assert str(message["To"]) == "amal@example.com"
    assert str(message["Subject"]) == "Your seat in London"
    assert message["Date"].datetime == NOW
    assert str(message["Message-ID"]) == mail.message_id
    assert str(message["Content-Language"]) == "ar"
    assert "Auto-Submitted" not in message
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert list(message.iter_parts())[2].get_payload(decode=True) == invitation()
    assert mail.raw.isascii()
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")


def test_a_mail_of_the_machine_says_that_it_is_automatic(app: Flask) -> None:
    message = BytesParser(policy=email.policy.SMTP).parsebytes(queue().raw)
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert str(message["From"]) == f"{app.config['COMPANY']} <rapport@localhost>"


def test_queueing_the_same_key_twice_queues_once(app: Flask) -> None:
    first, second = queue(), queue(text="other words")
    assert (second.id, db.session.query(OutboxMail).count()) == (first.id, 1)
    assert parts_of(second.raw).text == "Dear Amal,\n\nA1.\n"


def test_message_ids_differ_by_key_and_are_always_the_same(app: Flask) -> None:
    assert outbox.message_id_of("letter:1") == outbox.message_id_of("letter:1")
    assert outbox.message_id_of("letter:1") != outbox.message_id_of("letter:2")


NASTY = [
    "Hello\r\nBcc: eve@example.com",
    "Hello\nX-Evil: 1",
    "Hello\rX",
    "a\u2028b",
    "a\x00b",
    "\ud800",
    "مرحبا " * 40,
    "Ünï, “quotes” <a@b>; x",
]


@pytest.mark.parametrize("text", NASTY)
def test_no_text_can_add_a_header(app: Flask, text: str) -> None:
    mail = queue(subject=text, sender_name=text, text=text, html=text, language=text[:16])
    message = BytesParser(policy=email.policy.SMTP).parsebytes(mail.raw)
    names = [name.lower() for name in message]
    assert sorted(names) == sorted(
        ["from", "to", "subject", "date", "message-id", "content-language", "mime-version", "content-type"]
    )
    assert [address.addr_spec for address in message["From"].addresses] == ["rapport@localhost"]


def test_text_arrives_as_it_was_written(app: Flask) -> None:
    words = "Dear Amal,\n\n.leading dot\nFrom the start\n" + "x" * 1500 + "\nÜber, 你好, مرحبا 🎈\n"
    assert parts_of(queue(text=words, html=words).raw).text == words


@pytest.mark.parametrize(
    "address",
    [
        "",
        "amal",
        "amal@",
        "a b@example.com",
        "amal@example.com\r\nBcc: eve@example.com",
        "a@b@c.de",
        "amal@exa mple.com",
        "ámal@example.com",
    ],
)
def test_a_bad_address_is_refused_and_nothing_is_queued(app: Flask, address: str) -> None:
    with pytest.raises(BadAddress):
        queue(recipient=address)
    assert db.session.query(OutboxMail).count() == 0


def test_a_mail_of_a_refused_transaction_never_was(app: Flask, server: Server) -> None:
    with transaction() as current:
        outbox.queue_mail(kind="x", recipient="amal@example.com", subject="x", text="x", dedup_key="x")
        current.undo()
    assert outbox.deliver_due() == 0


# -- holding ---------------------------------------------------------------------------------------


def test_a_held_mail_waits_until_it_is_released(app: Flask, server: Server) -> None:
    mail = queue(is_held=True)
    assert outbox.deliver_due() == 0
    with transaction():
        assert outbox.release(mail) is True
        assert outbox.release(mail) is False
    assert outbox.deliver_due() == 1
    with transaction():
        assert outbox.release(mail) is False
    assert outbox.deliver_due() == 0
    assert len(server.mailbox.taken) == 1


def test_a_held_mail_can_be_rewritten_and_keeps_its_identity(app: Flask, server: Server) -> None:
    mail = queue(
        is_held=True,
        sender_name="Mei Lin",
        reply_to="mei@lumen.example",
        html="<p>old</p>",
        calendar=invitation(),
    )
    before = parts_of(mail.raw)
    with transaction():
        outbox.rewrite(mail, subject="New", text="new words\n", html="<p>new</p>\n")
        outbox.release(mail)
    outbox.deliver_due()
    after = parts_of(server.mailbox.taken[0].original_content)
    assert (after.subject, after.text, after.html) == ("New", "new words\n", "<p>new</p>\n")
    same = ("sender", "recipient", "date", "calendar", "calendar_method", "reply_to", "is_automatic")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert str(server.mailbox.messages()[0]["Message-ID"]) == mail.message_id


@pytest.mark.parametrize("act", [outbox.discard, lambda mail: outbox.rewrite(mail, subject="x", text="x")])
def test_a_sent_mail_can_no_longer_be_changed(
    app: Flask, server: Server, act: Callable[[OutboxMail], None]
) -> None:
    mail = queue()
    outbox.deliver_due()
    with pytest.raises(outbox.MailAlreadySent), transaction():
        act(mail)


def test_a_discarded_mail_is_kept_on_record_and_not_sent(app: Flask, server: Server) -> None:
    mail = queue(is_held=True)
    with transaction():
        outbox.discard(mail)
    assert outbox.deliver_due() == 0
    assert fresh(mail).state == MailState.DISCARDED
    with pytest.raises(outbox.MailAlreadySent), transaction():
        outbox.release(mail)


# -- sending ---------------------------------------------------------------------------------------


def test_a_mail_is_sent_once_and_exactly_as_stored(app: Flask, server: Server) -> None:
    mail = queue(html="<p>Dear Amal</p>", calendar=invitation())
    assert (outbox.deliver_due(), outbox.deliver_due()) == (1, 0)
    (envelope,) = server.mailbox.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("rapport@localhost", ["amal@example.com"])
    assert envelope.original_content == mail.raw
    sent = fresh(mail)
    assert (sent.state, sent.n_attempts, sent.last_error, sent.leased_until_at) == (
        MailState.SENT,
        1,
        "",
        None,
    )
    assert sent.sent_at is not None


def test_many_mails_share_a_conversation_and_each_goes_once(app: Flask, server: Server) -> None:
    for number in range(25):
        queue(f"letter:{number}", recipient=f"person{number}@example.com")
    assert (outbox.deliver_due(), outbox.deliver_due(), outbox.deliver_due()) == (20, 5, 0)
    assert sorted(envelope.rcpt_tos[0] for envelope in server.mailbox.taken) == sorted(
        f"person{n}@example.com" for n in range(25)
    )


def test_without_a_server_mail_ends_in_the_local_mailbox(app: Flask) -> None:
    mail = queue()
    assert outbox.is_local()
    assert outbox.deliver_due() == 1
    assert fresh(mail).state == MailState.SENT


@contextlib.contextmanager
def server_that_says(*answers: bytes | None) -> Iterator[int]:
    """A port where each word of the client is answered by the next of these; None hangs, nothing left breaks off."""

    def serve() -> None:
        connection, _ = listening.accept()
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as words:
            for answer in answers:
                if answer is None:
                    is_over.wait(20)
                    return
                connection.sendall(answer)
                if not words.readline():
                    return
            while answers[-1].startswith(b"354") and words.readline() not in (b"", b".\r\n"):
                pass

    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        is_over.set()
        thread.join(5)


GREETED = (b"220 here\r\n", b"250 here\r\n", b"250 ok\r\n", b"250 ok\r\n")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((None,), "timed out"),  # accepts and says nothing
        ((*GREETED, None), "timed out"),  # hangs where the text would come
        (
            (*GREETED, b"354 go on\r\n"),
            "Connection unexpectedly closed",
        ),  # takes the text, says neither yes nor no
        ((*GREETED[:3], b""), "Connection unexpectedly closed"),
        ((b"no mail here\r\n",), "ail here"),
        ((b"220 " + b"x" * 20_000 + b"\r\n",), "Line too long"),
        ((b"554 not for you\r\n",), "not for you"),
        ((*GREETED, b"452 the disk is full\r\n"), "the disk is full"),
    ],
)
def test_a_server_that_hangs_or_breaks_off_delays_the_mail(
    app: Flask, monkeypatch: pytest.MonkeyPatch, answers: tuple[bytes | None, ...], said: str
) -> None:
    """In bounded time, with the reason kept and nothing called sent."""
    monkeypatch.setattr(mail, "_TIMEOUT_SECONDS", 1)
    row = queue()
    with server_that_says(*answers) as port:
        app.config["SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        try:
            assert outbox.deliver_due() == 1
        finally:
            app.config["SMTP_URL"] = ""
    db.session.refresh(row)
    assert (row.state, row.n_attempts, row.sent_at) == (MailState.FAILED, 1, None)
    assert said in row.last_error
    assert row.next_at > clock.now()


def test_a_server_that_is_down_delays_and_one_attempt_is_enough(app: Flask, server: Server) -> None:
    server.stop()
    with clock.fixed_at(NOW):
        first, second = queue("letter:1"), queue("letter:2")
        assert outbox.deliver_due() == 1
    failed = fresh(first)
    assert (failed.state, failed.n_attempts, failed.next_at) == (
        MailState.FAILED,
        1,
        NOW + outbox.BACK_OFF[0],
    )
    assert "refused" in failed.last_error
    assert (fresh(second).state, second.n_attempts) == (MailState.NEW, 0)
    server.start()
    with clock.fixed_at(NOW + timedelta(seconds=30)):
        assert outbox.deliver_due() == 1  # only the other one is due
    with clock.fixed_at(NOW + timedelta(minutes=2)):
        assert outbox.deliver_due() == 1
    assert fresh(first).state == MailState.SENT
    assert [str(message["Message-ID"]) for message in server.mailbox.messages()] == [
        second.message_id,
        first.message_id,
    ]


def test_a_mail_refused_for_good_is_given_up_at_once(app: Flask, server: Server) -> None:
    told: list[str] = []
    outbox.tell_when_given_up(lambda mail: told.append(mail.dedup_key))
    lost, good = queue("letter:1", recipient="nobody@example.com"), queue("letter:2")
    assert outbox.deliver_due() == 2
    assert (fresh(lost).state, lost.last_error) == (MailState.DEAD, "550 no such mailbox here")
    assert fresh(good).state == MailState.SENT
    assert told == ["letter:1"]


def test_a_mail_is_given_up_after_the_last_attempt_and_can_be_tried_again(app: Flask, server: Server) -> None:
    server.mailbox.answer = "451 come back later"
    with clock.fixed_at(NOW):
        mail = queue()
    now = NOW
    for pause in (*outbox.BACK_OFF, timedelta(0)):
        with clock.fixed_at(now):
            assert outbox.deliver_due() == 1
        now += pause
    assert (fresh(mail).state, mail.last_error) == (MailState.DEAD, "451 come back later")
    server.mailbox.answer = "250 taken"
    with clock.fixed_at(now):
        assert outbox.deliver_due() == 0
        with transaction():
            assert outbox.release(mail) is True
        assert outbox.deliver_due() == 1
    assert fresh(mail).state == MailState.SENT


def test_a_worker_whose_lease_ran_out_does_not_note_anything(app: Flask, server: Server) -> None:
    """Fencing: the slow worker comes back after another one has taken the mail over."""
    with clock.fixed_at(NOW):
        mail = queue()
        slow = outbox._claim_next()
    assert slow is not None
    with clock.fixed_at(NOW + outbox.LEASE + timedelta(seconds=1)):
        quick = outbox._claim_next()
        assert quick is not None
        assert (slow.attempt, quick.attempt) == (1, 2)
        outbox._settle(slow, MailState.FAILED, "too late")
        assert fresh(mail).state == MailState.SENDING
        outbox._settle(quick, MailState.SENT, "")
        outbox._settle(slow, MailState.FAILED, "too late")
    assert (fresh(mail).state, mail.last_error) == (MailState.SENT, "")


def test_sending_inside_a_transaction_is_a_bug(app: Flask) -> None:
    with pytest.raises(RuntimeError), transaction():
        outbox.deliver_due()


def test_two_workers_at_once_send_each_mail_once(app: Flask, server: Server) -> None:
    server.mailbox.pause = 0.01
    for number in range(30):
        queue(f"letter:{number}", recipient=f"person{number}@example.com")
    done: list[int] = []

    def work() -> None:
        with app.app_context():
            done.append(outbox.deliver_due(limit=40))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(done) == 30
    assert sorted(str(message["Message-ID"]) for message in server.mailbox.messages()) == sorted(
        db.session.scalars(sa.select(OutboxMail.message_id))
    )


# -- real worker processes -------------------------------------------------------------------------

WORKER = """
    import datetime, sys
    from app import create_app
    from app.core import jobs, outbox
    outbox.LEASE = datetime.timedelta(seconds=float(sys.argv[1]))
    jobs.SWEEP_SECONDS = float(sys.argv[2])
    with create_app().app_context():
        jobs.work_forever()
"""
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def queue_url(app: Flask, tmp_path: Path) -> str:
    """A queue of its own: a file beside SQLite, the same server beside PostgreSQL."""
    database = str(app.config["SQLALCHEMY_DATABASE_URI"])
    return f"sqlite:///{tmp_path}/jobs.db" if database.startswith("sqlite") else database


@pytest.fixture
def worker(app: Flask, queue_url: str) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*, lease: float = 300, sweep: float = 0.5) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "DATABASE_URL": str(app.config["SQLALCHEMY_DATABASE_URI"]).replace("+psycopg", ""),
            "RAPPORT_INSTANCE": str(app.config["INSTANCE"]), "RAPPORT_JOBS_URL": queue_url,
            "SMTP_URL": app.config["SMTP_URL"], "PYTHONPATH": str(Path(__file__).parents[2]),
        }  # fmt: skip
        command = [sys.executable, "-c", textwrap.dedent(WORKER), str(lease), str(sweep)]
        process = subprocess.Popen(command, env=environment)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.slow
def test_a_killed_worker_loses_no_mail(app: Flask, server: Server, worker: Start) -> None:
    """kill -9 after the server has the message and before we noted it: sent again after the lease, same Message-ID."""
    mail = queue()
    server.mailbox.pause = 60.0
    first = worker(lease=1)
    until(lambda: len(server.mailbox.taken) == 1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert fresh(mail).state == MailState.SENDING
    server.mailbox.pause = 0.0
    worker(lease=1)
    until(lambda: fresh(mail).state == MailState.SENT)
    assert mail.n_attempts == 2
    messages = server.mailbox.messages()
    assert [str(message["Message-ID"]) for message in messages] == [mail.message_id, mail.message_id]


@pytest.mark.slow
def test_a_ring_wakes_a_sleeping_worker_and_sigterm_ends_it_well(
    app: Flask, server: Server, worker: Start, queue_url: str
) -> None:
    first = queue("letter:1")
    process = worker(sweep=3600)
    until(lambda: fresh(first).state == MailState.SENT)  # it looks once by itself when it begins
    bell, before = app.extensions.pop("bell", None), app.config["JOBS_URL"]
    app.testing, app.config["JOBS_URL"] = False, queue_url
    try:
        second = queue("letter:2")
    finally:
        app.testing, app.config["JOBS_URL"] = True, before
        app.extensions.pop("bell").huey.storage.close()
        app.extensions.update({"bell": bell} if bell else {})
    until(lambda: fresh(second).state == MailState.SENT, seconds=15)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


# -- encryption on the way ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "url_user", "needs_tls", "is_sent"),
    [
        ("mail.example", "", True, False), ("mail.example", "", False, True), ("mail.example", "rapport:secret@", False, False),
        ("localhost", "", True, True), ("127.0.0.1", "", True, True),
    ],
)  # fmt: skip
def test_nothing_goes_in_clear_to_another_machine_unless_somebody_says_so(
    server: Server, monkeypatch: pytest.MonkeyPatch, host: str, url_user: str, needs_tls: bool, is_sent: bool
) -> None:
    """The server offers no STARTTLS; its name is one out there, though it stands here."""
    real = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda _to, *more: real(("127.0.0.1", server.port), *more)
    )
    raw = b"From: a@x.example\r\nTo: b@y.example\r\nSubject: x\r\n\r\nwords\r\n"
    with mail.connection(f"smtp://{url_user}{host}:{server.port}", needs_tls=needs_tls) as session:
        refusing = nullcontext() if is_sent else pytest.raises(mail.MailDelayed, match="no encryption")
        with refusing:
            session.send(raw, sender="a@x.example", recipient="b@y.example")
    assert len(server.mailbox.taken) == int(is_sent)


def test_the_setting_about_encryption_is_one_of_two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAPPORT_INSTANCE", str(tmp_path))
    for word, needs in (("required", True), ("offered", False)):
        monkeypatch.setenv("RAPPORT_SMTP_TLS", word)
        assert config.load()["SMTP_NEEDS_TLS"] is needs
    monkeypatch.setenv("RAPPORT_SMTP_TLS", "never")
    with pytest.raises(ValueError, match="RAPPORT_SMTP_TLS must be one of: required, offered"):
        config.load()
