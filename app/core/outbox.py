"""The outbox: final messages written with the business fact they follow from, sent by a worker, never twice at once."""

import hashlib
import hmac
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta

import sqlalchemy as sa
import structlog
from flask import current_app
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from app.core import branding, clock, mail, sending, waking
from app.core.db import after_commit, db, in_transaction, transaction
from app.core.errors import DomainError
from app.core.i18n import marked
from app.core.lines import one_line
from app.core.mail import MailDelayed, MailRefused
from app.core.models import MailState, OutboxMail

log = structlog.get_logger()

#: A worker that says nothing for this long is taken for dead and its mail is sent by another.
LEASE = timedelta(minutes=5)
#: Pauses after the first, second ... failed attempt; after the last one a person must look at it (in all 34 hours).
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240, 480, 1080))

_told_when_given_up: list[Callable[[OutboxMail], None]] = []
_told_when_refused: list[Callable[[OutboxMail, str], None]] = []


class MailAlreadySent(DomainError):
    """Somebody wants to change or withdraw what is on its way."""


def tell_when_given_up(listener: Callable[[OutboxMail], None]) -> None:
    """Call `listener` in the worker's transaction for each mail that is given up."""
    if listener not in _told_when_given_up:
        _told_when_given_up.append(listener)


def tell_when_refused(listener: Callable[[OutboxMail, str], None]) -> None:
    """Call `listener(mail, answer)` in the worker's transaction for each mail a server refuses for good."""
    if listener not in _told_when_refused:
        _told_when_refused.append(listener)


def is_local() -> bool:
    """Whether nothing leaves this machine because no SMTP server is configured."""
    return not current_app.config["SMTP_URL"]


# -- writing ---------------------------------------------------------------------------------------


def queue_mail(
    *,
    kind: str,
    recipient: str,
    subject: str,
    text: str,
    html: str | None = None,
    language: str = "en",
    dedup_key: str,
    batch: str = "",
    source_kind: str = "",
    source_id: int | None = None,
    is_held: bool = False,
    calendar: bytes | None = None,
    calendar_method: str = "REQUEST",
    sender_name: str = "",
    reply_to: str = "",
    unsubscribe_url: str = "",
    attachments: tuple[mail.Attachment, ...] = (),
) -> OutboxMail:
    """Put one message into the outbox, in the open transaction; the same `dedup_key` again gives the first one back.

    `is_held`: it waits for a person (`release`). With a `sender_name` it is that person's letter and answers go to
    `reply_to`; without one it is the machine's and says so (Auto-Submitted). `calendar`: see `ics.render_request`.
    Raises BadAddress.
    """
    known = find_by_key(dedup_key)
    if known is not None:
        return known
    now = clock.now()
    letter = mail.Letter(
        message_id=message_id_of(dedup_key), written_at=now, sender=current_app.config["MAIL_FROM"],
        recipient=mail.clean_address(recipient), subject=subject, text=text, html=html, language=language,
        sender_name=sender_name or branding.name(), reply_to=mail.clean_address(reply_to) if reply_to else "",
        is_automatic=not sender_name, calendar=calendar, calendar_method=calendar_method, unsubscribe_url=unsubscribe_url,
        attachments=attachments,
    )  # fmt: skip
    row = OutboxMail(
        message_id=letter.message_id, dedup_key=dedup_key, kind=kind, recipient=letter.recipient,
        subject=one_line(subject)[:320], raw=mail.compose(letter), language=one_line(language)[:16], batch=batch,
        source_kind=source_kind, source_id=source_id, state=MailState.HELD if is_held else MailState.NEW, next_at=now,
        made_at=now,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:  # somebody queued the same at the same moment
        return db.session.scalars(sa.select(OutboxMail).where(OutboxMail.dedup_key == dedup_key)).one()
    if not is_held:
        after_commit(_wake)
    return row


def find_by_key(dedup_key: str) -> OutboxMail | None:
    """The mail queued under a key, if any."""
    return db.session.scalar(sa.select(OutboxMail).where(OutboxMail.dedup_key == dedup_key))


def message_id_of(dedup_key: str) -> str:
    """The Message-ID for a key: the same for ever on this installation, saying nothing about the key."""
    secret = current_app.config["SECRET_KEY"].encode()
    digest = hmac.new(secret, f"message-id:{dedup_key}".encode(), hashlib.sha256).hexdigest()[:40]
    return f"<{digest}@{current_app.config['MAIL_FROM'].rpartition('@')[2]}>"


def release(row: OutboxMail) -> bool:
    """Let a held mail go, or try a given-up one again; False if it was on its way already, so sending twice sends once (G5)."""
    lock(row)
    if row.state == MailState.DISCARDED:
        raise MailAlreadySent(_("This mail was discarded. Write a new one instead."))
    if row.state not in {MailState.HELD, MailState.DEAD}:
        return False
    row.state, row.next_at, row.n_attempts = MailState.NEW, clock.now(), 0
    after_commit(_wake)
    return True


def discard(row: OutboxMail) -> None:
    """Take a mail that has not left out of the outbox; it stays on record. MailAlreadySent when it is too late."""
    lock(row)
    if row.state in {MailState.SENDING, MailState.SENT}:
        raise MailAlreadySent(_("This mail has already left, so it cannot be discarded."))
    row.state = MailState.DISCARDED


def rewrite(row: OutboxMail, *, subject: str, text: str, html: str | None = None) -> None:
    """Change the words of a held mail; address, calendar part and Message-ID stay. MailAlreadySent when it is too late."""
    lock(row)
    if row.state != MailState.HELD:
        raise MailAlreadySent(_("This mail is no longer held back, so it cannot be changed."))
    parts = mail.parts_of(row.raw)
    letter = _letter_of(row, parts, subject, text, html, parts.calendar, parts.calendar_method or "REQUEST")
    row.subject, row.raw = one_line(subject)[:320], mail.compose(letter)
    row.version += 1


def _letter_of(
    row: OutboxMail, parts: mail.Parts, subject: str, text: str, html: str | None, calendar: bytes | None, method: str
) -> mail.Letter:  # fmt: skip
    """What a stored mail is made from once more, with other words or another calendar part."""
    return mail.Letter(
        message_id=row.message_id, written_at=parts.date, sender=current_app.config["MAIL_FROM"], recipient=row.recipient,
        subject=subject, text=text, html=html, language=row.language, sender_name=parts.sender_name,
        reply_to=parts.reply_to, is_automatic=parts.is_automatic, calendar=calendar, calendar_method=method,
        unsubscribe_url=parts.unsubscribe_url, attachments=parts.attachments,
    )  # fmt: skip


def give_calendar(row: OutboxMail, calendar: bytes | None, method: str = "REQUEST") -> None:
    """Exchange the calendar part of a held mail, or take it away; words and Message-ID stay. MailAlreadySent."""
    lock(row)
    if row.state != MailState.HELD:
        raise MailAlreadySent(_("This mail is no longer held back, so it cannot be changed."))
    parts = mail.parts_of(row.raw)
    # The HTML of a letter is made from its words, so it comes and goes with the calendar part.
    row.raw = mail.compose(_letter_of(row, parts, parts.subject, parts.text, None, calendar, method))


def readdress(row: OutboxMail, recipient: str) -> None:
    """Send a held mail to another address of the same reader; words and Message-ID stay. BadAddress, MailAlreadySent."""
    parts, row.recipient = mail.parts_of(row.raw), mail.clean_address(recipient)
    rewrite(row, subject=parts.subject, text=parts.text, html=parts.html or None)


def lock(row: OutboxMail) -> None:
    """See the row as it is now and keep others from it until the end of the transaction."""
    db.session.flush()
    db.session.refresh(row, with_for_update=True)


# -- sending ---------------------------------------------------------------------------------------


class _Claim(Struct, frozen=True):
    """A mail this worker may send until its lease ends; `attempt` is the fence."""

    id: int
    attempt: int
    recipient: str
    raw: bytes


def deliver_due(limit: int = 20) -> int:
    """Send what is due, at most `limit` mails; returns how many were taken up. Never call it inside a transaction.

    At least once: a worker that dies between the server's yes and our note of it sends again, under the same
    Message-ID, which receivers fold into one.
    """
    if in_transaction():
        raise RuntimeError("mail is sent outside any transaction")
    n_taken, n_sent, config = 0, 0, current_app.config
    with (
        nullcontext()
        if is_local()
        else mail.connection(config["SMTP_URL"], needs_tls=config["SMTP_NEEDS_TLS"]) as server
    ):
        while n_taken < limit and (claim := _claim_next()) is not None:
            n_taken += 1
            try:
                if server is not None:
                    server.send(claim.raw, sender=current_app.config["MAIL_FROM"], recipient=claim.recipient)
            except MailRefused as refusal:
                _settle(claim, MailState.DEAD, str(refusal))
            except MailDelayed as delay:
                _settle(claim, MailState.FAILED, str(delay))
                if delay.is_server_down:
                    break  # the others keep their attempts for when it is back
            else:
                _settle(claim, MailState.SENT, "")
                n_sent += 1
    if n_sent:
        log.info("mail_sent", n=n_sent, to="local mailbox" if is_local() else "server")
    return n_taken


_wake = waking.step("mail", deliver_due)


def _claim_next() -> _Claim | None:
    now = clock.now()
    # What is new goes at once, even when the clock was put back since it was written.
    waiting = (OutboxMail.state == MailState.NEW) | (
        (OutboxMail.state == MailState.FAILED) & (OutboxMail.next_at <= now)
    )
    abandoned = (OutboxMail.state == MailState.SENDING) & (OutboxMail.leased_until_at < now)
    due = (
        sa.select(OutboxMail)
        .where(waiting | abandoned)
        .order_by(OutboxMail.next_at, OutboxMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with transaction():
        row = None if sending.is_held() else db.session.scalar(due)
        if row is None:
            return None
        if row.n_attempts > len(BACK_OFF):  # whoever tried it died of it, every time
            _give_up(row, marked("The worker stopped each time it tried to send this mail."))
            return _claim_next()
        row.state, row.leased_until_at, row.n_attempts = MailState.SENDING, now + LEASE, row.n_attempts + 1
        return _Claim(row.id, row.n_attempts, row.recipient, row.raw)


def _settle(claim: _Claim, state: MailState, error: str) -> None:
    """Note how an attempt ended, unless the lease ran out and somebody else has taken over (fencing)."""
    with transaction():
        own = sa.select(OutboxMail).where(
            OutboxMail.id == claim.id,
            OutboxMail.n_attempts == claim.attempt,
            OutboxMail.state == MailState.SENDING,
        )
        row = db.session.scalar(own.with_for_update())
        if row is None:
            log.warning("mail_lease_lost", mail=claim.id, attempt=claim.attempt)
            return
        now = clock.now()
        row.state, row.last_error, row.leased_until_at = state, error, None
        if state == MailState.SENT:
            row.sent_at = now
        elif state == MailState.DEAD:
            _give_up(row, error)
            for listener in _told_when_refused:
                listener(row, error)
        elif claim.attempt > len(BACK_OFF):
            _give_up(row, error)
        else:
            row.next_at = now + BACK_OFF[claim.attempt - 1]
        note = log.debug if state == MailState.SENT else log.warning
        note("mail_attempted", mail=claim.id, attempt=claim.attempt, state=row.state.value)


def _give_up(row: OutboxMail, error: str) -> None:
    row.state, row.last_error, row.leased_until_at = MailState.DEAD, error, None
    for listener in _told_when_given_up:
        listener(row)
