"""Reading the mailbox: the worker looks every minute, message by message; one that breaks never stops the next."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import sqlalchemy as sa
import structlog
from flask import Flask, current_app
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import inbox, sending, waking
from app.core.db import db, in_transaction, transaction
from app.core.inbox import Fetched, InboxUnreachable, Mailbox
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach import operations_inbox

log = structlog.get_logger()

#: Of one round: so many messages, and no new one after so long.
MOST_MESSAGES = 50
_ROUND_SECONDS = 120.0
_PAUSE_SECONDS = 60.0
#: A database or a disk out of reach says nothing about the message: it stays unread.
_NOT_ITS_FAULT = (sa.exc.OperationalError, OSError)

_looked_at: dict[str, float] = {}


def look_if_due() -> int:
    """What a worker calls every few seconds; 0 when it is not yet time, or nothing came."""
    url = str(current_app.config["INBOX_URL"])
    if not url or time.monotonic() < _looked_at.get(url, 0.0) + _PAUSE_SECONDS:
        return 0
    # The mailbox belongs to the house in use: a copy would take its letters away, by marking them as read.
    is_held = sending.is_held()
    db.session.rollback()
    if is_held:
        return 0
    n_read = read_mailbox()
    if not n_read:
        _looked_at[url] = time.monotonic()
    return n_read


waking.step("inbox", look_if_due)


class Round(Struct, frozen=True):
    """What one look into the mailbox took in, and how much of that broke and waits there flagged."""

    n_read: int
    n_broken: int


def read_mailbox(*, by: User | None = None) -> int:
    """Take in what is unread; returns how many messages, 0 too when the server is out of reach."""
    try:
        return read_once(by=by).n_read
    except InboxUnreachable:
        return 0


def read_once(*, by: User | None = None) -> Round:
    """One round; InboxUnreachable, once the administrators are told. Never call it inside a transaction.

    A message is marked as read once it is taken in. One that breaks our reading of it is flagged for a person, and no
    longer looked at. A server out of reach is tried again in the next round.
    """
    if in_transaction():
        raise RuntimeError("the mailbox is read outside any transaction")
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    taken, until = Counter[bool](), time.monotonic() + _ROUND_SECONDS
    try:
        with inbox.mailbox(str(current_app.config["INBOX_URL"])) as box:
            for uid in box.unread(MOST_MESSAGES):
                if time.monotonic() > until:
                    break
                taken.update(_take(app, box, uid))
    except InboxUnreachable as trouble:
        log.warning("inbox_unreachable", error=str(trouble))
        _tell(
            _l(
                "The mailbox cannot be read: %(trouble)s. Answers and bounces wait there until it can.",
                trouble=trouble,
            ),
            by,
        )
        raise
    with transaction():
        operations_inbox.drop_old_messages(by=by)
    return Round(n_read=taken.total(), n_broken=taken[True])


def _take(app: Flask, box: Mailbox, uid: str) -> list[bool]:
    """Deal with one message, whatever is wrong with it; whether it broke, nothing when it was not there any more."""
    fetched = box.fetch(uid)
    if fetched is None:
        return []
    # In a thread of its own its fault is a value, not the end of the round.
    with ThreadPoolExecutor(1, thread_name_prefix="message") as pool:
        fault = pool.submit(copy_context().run, _take_in, app, fetched).exception()
    if isinstance(fault, _NOT_ITS_FAULT):
        raise fault
    if fault is not None:
        log.error("message_broke", uid=uid, n_bytes=fetched.n_bytes, exc_info=fault)
    box.mark_read(uid, is_flagged=fault is not None)
    return [fault is not None]


def _take_in(app: Flask, fetched: Fetched) -> None:
    with app.app_context(), transaction():
        audit.begin_request()
        operations_inbox.take_in(fetched.raw, fetched.n_bytes)


def _tell(message: str, by: User | None) -> None:
    with transaction():
        notices.notify(message, role=Role.ADMIN, urgency=Urgency.NOW, by=by)
