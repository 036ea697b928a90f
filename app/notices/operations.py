"""Giving notice, and marking that somebody has dealt with it."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.accounts.queries import language_of_role
from app.core import clock, outbox
from app.core.db import db
from app.core.models import OutboxMail
from app.core.spoken import speaking_to
from app.notices import policies, queries
from app.notices.models import Notice, Urgency

#: The source of a notice about a mail that was given up; mail has no room, its page is the mailbox.
LOST_MAIL = "mail"


def notify(
    message: str,
    *,
    role: Role | None = None,
    user: User | None = None,
    urgency: Urgency = Urgency.SOON,
    source: tuple[str, int] | None = None,
    by: User | None = None,
) -> Notice:
    """Tell one user, or everybody of one role, what must be known or done about `source` (room, id).

    The same words about the same source to the same reader, while still open, are not said twice: the open notice
    is given back, with the higher urgency of the two. A lazy `message` (`lazy_gettext`) is kept in the language of the
    user, for a role in the one its people share, else in English. ValueError unless exactly one of `role` and `user` is given.
    """
    if (role is None) == (user is None):
        raise ValueError("a notice goes to one user or to one role")
    kind, number = source or ("", None)
    with speaking_to(user.locale if user else language_of_role(role)):
        message = str(message)
    known = queries.find_open(message, role=role, user=user, source_kind=kind, source_id=number)
    if known is not None:
        if policies.rank(urgency) < policies.rank(known.urgency):
            before = audit.snapshot(known)
            known.urgency = urgency
            audit.record("notices.notice_raised", known, by=by, before=before)
        return known
    notice = Notice(
        user_id=user.id if user else None, role=role.value if role else None, urgency=urgency, message=message,
        source_kind=kind, source_id=number, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(notice)
    audit.record("notices.notice_given", notice, by=by)
    return notice


def finish(notice: Notice, *, by: User | None) -> None:
    """Note that somebody has dealt with it; a second time changes nothing."""
    if notice.done_at is not None:
        return
    before = audit.snapshot(notice)
    notice.done_at, notice.done_by_id = clock.now(), by.id if by else None
    audit.record("notices.notice_finished", notice, by=by, before=before)


def finish_some(notices: Sequence[Notice], *, by: User) -> int:
    """Note that somebody has dealt with several; returns how many were open."""
    open_ones = [notice for notice in notices if notice.done_at is None]
    for notice in open_ones:
        finish(notice, by=by)
    return len(open_ones)


def reopen(notices: Sequence[Notice], *, by: User) -> int:
    """They wait again, as if nobody had dealt with them; returns how many were done.

    One that was said again meanwhile stays done: it waits already.
    """
    n_open = 0
    for notice in notices:
        if notice.done_at is None or queries.is_said_again(notice):
            continue
        before = audit.snapshot(notice)
        notice.done_at, notice.done_by_id = None, None
        audit.record("notices.notice_reopened", notice, by=by, before=before)
        n_open += 1
    return n_open


def finish_about(source: tuple[str, int], *, by: User | None) -> int:
    """Close every open notice about a source, because it has been dealt with there; returns how many."""
    open_notices = queries.list_open_about(source)
    for notice in open_notices:
        finish(notice, by=by)
    return len(open_notices)


# -- mail that could not be delivered --------------------------------------------------------------


def send_again(mail: OutboxMail, *, by: User) -> None:
    """Try a mail once more that was given up; its notice is dealt with."""
    before = audit.snapshot(mail)
    outbox.release(mail)
    audit.record("notices.mail_sent_again", mail, by=by, before=before)
    finish_about((LOST_MAIL, mail.id), by=by)


def _tell_of_lost_mail(mail: OutboxMail) -> None:
    notify(
        _l(
            "A mail to %(recipient)s could not be delivered: %(why)s. Look at the address or the mail server, then send it "
            "again from the page of undelivered mail.",
            recipient=mail.recipient, why=mail.last_error or _l("no reason given"),
        ),
        role=Role.ADMIN, urgency=Urgency.NOW, source=(LOST_MAIL, mail.id),
    )  # fmt: skip


outbox.tell_when_given_up(_tell_of_lost_mail)
