"""Reading notices: everybody sees their own and those of their role."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import defer

from app.accounts.models import Role, Succession, User
from app.accounts.queries_successions import answering
from app.core import clock
from app.core.db import UtcDateTime, db
from app.core.errors import NotFound
from app.core.models import MailState, OutboxMail
from app.notices.models import Notice, Urgency
from app.notices.policies import Mailbox, rank

PAGE_SIZE = 50

#: A table of the room beside this one, which is never imported: who speaks for whom, from when to when.
_representation = sa.table(
    "representation", sa.column("person_id"), sa.column("organisation_id"),
    sa.column("from_at", UtcDateTime()), sa.column("to_at", UtcDateTime()),
)  # fmt: skip

_BY_URGENCY = sa.case(
    *((Notice.urgency == urgency, rank(urgency)) for urgency in Urgency), else_=len(Urgency)
)


def visible_to(by: User) -> sa.Select[Notice]:
    """The notices of a user: to them by name, or to their role; what was handed on is whoever's it is now (P1)."""
    found = _told(by.id, _heard_role(by), clock.now())
    return found.where(_open_to_agency(by)) if by.role is Role.PARTNER else found


def _heard_role(by: User) -> str | None:
    """What is told to a role may hold what whoever only looks as it may not read."""
    return by.role.value if by.own_role is None else None


def _told(user_id: Any, role: Any, at: Any) -> sa.Select[Notice]:
    """Values, or the parameters that stand for them."""
    own = answering(Notice, Notice.user_id, at) == user_id  # empty for those to a role
    taken = sa.select(Succession.subject_id).where(
        Succession.subject_kind == Notice.__tablename__, Succession.user_id == user_id
    )
    named = sa.or_(Notice.user_id == user_id, Notice.id.in_(taken))
    of_role = Notice.role == role if role is not None else sa.false()
    return sa.select(Notice).where(sa.or_(of_role, sa.and_(named, own)))


def _open_to_agency(by: User) -> sa.ColumnElement[bool]:
    """Agencies read what is about nothing, or about somebody they represent at this moment (R3)."""
    now = clock.now()
    speaks = sa.select(_representation.c.person_id).where(
        _representation.c.organisation_id == by.organisation_id, _representation.c.from_at <= now,
        sa.or_(_representation.c.to_at.is_(None), _representation.c.to_at > now),
    )  # fmt: skip
    about_theirs = sa.and_(Notice.source_kind == "people", Notice.source_id.in_(speaks))
    return sa.or_(Notice.source_id.is_(None), about_theirs)


def list_open_to(user: User) -> Sequence[Notice]:
    """The open notices that are a user's by name, not by role."""
    rows = visible_to(user).where(Notice.done_at.is_(None), Notice.role.is_(None))
    return db.session.scalars(rows.order_by(Notice.id)).all()


def get_notice(notice_id: int, by: User) -> Notice:
    """One of the user's notices; NotFound for any other."""
    notice = db.session.scalar(visible_to(by).where(Notice.id == notice_id))
    if notice is None:
        raise NotFound(_("This notice does not exist, or it is not yours."))
    return notice


class NoticeFilter(Struct, frozen=True):
    """What a list of notices is narrowed to: how urgent, about which room, to the user by name or to their role."""

    urgency: Urgency | None = None
    about: str = ""
    is_by_name: bool | None = None


def _narrowed(by: User, is_done: bool, filter: NoticeFilter) -> sa.Select[Notice]:
    rows = visible_to(by).where(Notice.done_at.is_not(None) if is_done else Notice.done_at.is_(None))
    if filter.urgency is not None:
        rows = rows.where(Notice.urgency == filter.urgency)
    if filter.about:
        rows = rows.where(Notice.source_kind == filter.about)
    if filter.is_by_name is not None:
        rows = rows.where(Notice.role.is_(None) if filter.is_by_name else Notice.role.is_not(None))
    return rows


def count_notices(by: User, *, is_done: bool, filter: NoticeFilter) -> int:
    """How many notices a filter finds."""
    return _count(_narrowed(by, is_done, filter))


def list_subjects(by: User) -> Sequence[str]:
    """The rooms a user's notices are about, for the filter."""
    kinds = visible_to(by).with_only_columns(Notice.source_kind).where(Notice.source_kind != "")
    return db.session.scalars(kinds.distinct().order_by(Notice.source_kind)).all()


def list_some(ids: Sequence[int], by: User) -> Sequence[Notice]:
    """Those of some notices that are the user's."""
    return db.session.scalars(visible_to(by).where(Notice.id.in_(ids)).order_by(Notice.id)).all()


def is_said_again(notice: Notice) -> bool:
    """Whether an open notice says the same to the same reader about the same source."""
    same = sa.select(Notice.id).where(
        Notice.done_at.is_(None), Notice.message == notice.message, Notice.source_kind == notice.source_kind,
        Notice.source_id.is_(None) if notice.source_id is None else Notice.source_id == notice.source_id,
        Notice.role == notice.role if notice.role else Notice.user_id == notice.user_id,
    )  # fmt: skip
    return db.session.scalar(same.limit(1)) is not None


def list_notices(
    by: User, *, is_done: bool = False, page: int = 1, filter: NoticeFilter = NoticeFilter()
) -> Sequence[Notice]:
    """A page of notices: the open ones by urgency, then newest first; the finished ones last finished first."""
    rows = _narrowed(by, is_done, filter)
    order = (
        (Notice.done_at.desc(), Notice.id.desc())
        if is_done
        else (_BY_URGENCY, Notice.made_at.desc(), Notice.id.desc())
    )
    return db.session.scalars(rows.order_by(*order).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()


def count_open(by: User) -> int:
    """How many notices wait for this user: the number at the bell."""
    if by.role is Role.PARTNER:
        return _count(visible_to(by).where(Notice.done_at.is_(None)))
    role = _heard_role(by)
    values = {"user_id": by.id, "at": clock.now()} | ({} if role is None else {"role": role})
    return db.session.scalar(_waiting(role is not None), values) or 0


@cache
def _waiting(has_role: bool) -> sa.Select[int]:
    """Asked by every page, so built once."""
    told = _told(sa.bindparam("user_id"), sa.bindparam("role") if has_role else None, sa.bindparam("at"))
    return told.where(Notice.done_at.is_(None)).with_only_columns(sa.func.count(Notice.id))


def count_done(by: User) -> int:
    """How many of this user's notices have been dealt with."""
    return _count(visible_to(by).where(Notice.done_at.is_not(None)))


def list_open_about(source: tuple[str, int]) -> Sequence[Notice]:
    """Every open notice about a source, whoever it is to."""
    about = sa.select(Notice).where(
        Notice.source_kind == source[0], Notice.source_id == source[1], Notice.done_at.is_(None)
    )
    return db.session.scalars(about.order_by(Notice.id)).all()


def find_open(
    message: str, *, role: Role | None, user: User | None, source_kind: str, source_id: int | None
) -> Notice | None:
    """The open notice that says the same to the same reader about the same source, if any."""
    same = sa.select(Notice).where(
        Notice.done_at.is_(None),
        Notice.message == message,
        Notice.source_kind == source_kind,
        Notice.source_id.is_(None) if source_id is None else Notice.source_id == source_id,
        Notice.role == role.value if role else Notice.user_id == (user.id if user else None),
    )
    return db.session.scalars(same.order_by(Notice.id).limit(1)).first()


# -- mail that stayed here -------------------------------------------------------------------------

_STATES = {
    Mailbox.LOCAL: (MailState.NEW, MailState.SENDING, MailState.SENT, MailState.FAILED, MailState.DEAD),
    Mailbox.UNDELIVERED: (MailState.FAILED, MailState.DEAD),
}


def list_mails(mailbox: Mailbox, page: int = 1) -> Sequence[OutboxMail]:
    """A page of mails, newest first, without their bytes."""
    rows = _mails(mailbox).options(defer(OutboxMail.raw)).order_by(OutboxMail.id.desc())
    return db.session.scalars(rows.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()


def count_mails(mailbox: Mailbox) -> int:
    """How many mails a mailbox holds."""
    ids = _mails(mailbox).with_only_columns(OutboxMail.id)
    return db.session.scalar(sa.select(sa.func.count()).select_from(ids.subquery())) or 0


def get_mail(mail_id: int, mailbox: Mailbox) -> OutboxMail:
    """A mail of a mailbox; NotFound for any other."""
    mail = db.session.scalar(_mails(mailbox).where(OutboxMail.id == mail_id))
    if mail is None:
        raise NotFound(_("This mail does not exist, or it has been delivered."))
    return mail


def _mails(mailbox: Mailbox) -> sa.Select[OutboxMail]:
    return sa.select(OutboxMail).where(OutboxMail.state.in_(_STATES[mailbox]))


def _count(rows: sa.Select[Notice]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(rows.order_by(None).subquery())) or 0
