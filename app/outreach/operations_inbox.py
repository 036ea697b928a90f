"""Messages that come by the mailbox: each becomes a contact, a bounce, or waits for somebody to say who it was (G3)."""

from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, incoming
from app.core.db import db
from app.core.i18n import later, marked
from app.core.incoming import Incoming
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach import operations_bounces, operations_touches, policies_inbox, queries, queries_inbox
from app.outreach.details import TouchDetails
from app.outreach.models import Touch, TouchChannel, TouchKind
from app.outreach.models_inbox import InboundMessage, InboundState, MessageTouch
from app.people import queries_owners
from app.people.models import Person

#: (message as kept, message as read) -> whether its calendar parts answer something of the room that listens.
CalendarListener = Callable[[InboundMessage, Incoming], bool]

_calendar_listeners: list[CalendarListener] = []


def tell_when_calendar_comes(listener: CalendarListener) -> None:
    """Call `listener` in the same transaction for each message with a calendar in it; bounces are none."""
    if listener not in _calendar_listeners:
        _calendar_listeners.append(listener)


#: A mail to more people is a mailing, not so many conversations.
_MOST_PERSONS = 50


def take_in(raw: bytes, n_bytes: int, *, by: User | None = None) -> InboundMessage:
    """Read one message and do what follows from it; the same Message-ID again adds nothing and gives the first back."""
    message = incoming.read(raw)
    known = queries_inbox.find_message(message.message_id)
    if known is not None:
        return known
    now = clock.now()
    row = InboundMessage(
        message_id=message.message_id, state=InboundState.WAITING, n_attachments=message.n_attachments, n_bytes=n_bytes,
        sent_at=policies_inbox.happened_at(message.sent_at, now), received_at=now,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:  # another worker reads the same mailbox
        return db.session.scalars(
            sa.select(InboundMessage).where(InboundMessage.message_id == message.message_id)
        ).one()
    _dispatch(row, message, by)
    _record("outreach.message_taken_in", row, by)
    return row


def _dispatch(row: InboundMessage, message: Incoming, by: User | None) -> None:
    if message.report is not None:
        if operations_bounces.note_report(message.report, by=by) is not None:
            row.state = InboundState.BOUNCE
        else:
            _leave_open(row, message, marked("A report about the delivery of a mail that is not ours."))
        return
    # Before automatic mail: calendar programs answer by themselves when somebody has pressed Yes or No.
    if message.calendars and any(listener(row, message) for listener in _calendar_listeners):
        row.state = InboundState.CALENDAR
        return
    if message.is_automatic:
        row.state = InboundState.AUTOMATIC
        return
    user = queries_inbox.user_at(message.envelope)
    if user is not None and message.sender == user.email.lower():
        _log_written(row, message, user)
    elif user is None and queries_inbox.users_at([message.sender]):
        # Anybody can write any sender on a mail: only the secret address shows that it was really them.
        _leave_open(
            row, message, marked("It names a user as its sender, but did not come by their logging address.")
        )
    else:
        _log_received(row, message, user)


def _leave_open(row: InboundMessage, message: Incoming, reason: str) -> None:
    """Keep the headers, and nothing else, until somebody says who it was."""
    row.state, row.reason = InboundState.WAITING, reason
    row.sender, row.recipients, row.subject = message.sender, list(message.recipients[:20]), message.subject


# -- what users wrote ------------------------------------------------------------------------------


def _log_written(row: InboundMessage, message: Incoming, user: User) -> None:
    row.user_id, row.is_outbound, row.level = user.id, True, queries_inbox.level_of(user)
    threads = queries_inbox.threads_of(message.references)
    found = [_one_of(persons, threads) for persons in queries_inbox.persons_at(message.recipients).values()]
    persons = list({person.id: person for person in found if person is not None}.values())
    if not persons:
        shared = (
            marked("Several people share the address.")
            if found
            else marked("None of its recipients is known.")
        )
        _leave_open(row, message, shared)
        return
    for person in persons[:_MOST_PERSONS]:
        _log(row, message.subject, message.text, person, user, _thread_with(person, threads))


def _one_of(persons: Sequence[Person], threads: Sequence[Touch]) -> Person | None:
    """The person behind an address: the only one, or the one this conversation is with."""
    if len(persons) == 1:
        return persons[0]
    return next((person for person in persons if _thread_with(person, threads) is not None), None)


def _thread_with(person: Person, threads: Sequence[Touch]) -> Touch | None:
    return next((touch for touch in threads if touch.person_id == person.id), None)


# -- what people wrote -----------------------------------------------------------------------------


def _log_received(row: InboundMessage, message: Incoming, user: User | None) -> None:
    """A message from a known address, or an answer to a letter of ours from any address."""
    threads = queries_inbox.threads_of(message.references)
    persons = queries_inbox.persons_at([message.sender]).get(message.sender, []) if message.sender else []
    person = _one_of(persons, threads)
    if person is None and not persons and threads:
        person = threads[0].person
    row.user_id = user.id if user else None
    if person is None:
        _leave_open(
            row,
            message,
            marked("Several people share the address.")
            if persons
            else marked("Nobody is known by the sender."),
        )
        return
    thread = _thread_with(person, threads)
    addressed = queries_inbox.users_at(message.recipients)
    owner = queries_owners.standing_of(person).acting
    whose = thread.user if thread else user or (addressed[0] if addressed else owner)
    if whose is None:
        _leave_open(row, message, f"{person.name} has no owner who could be told.")
        return
    row.user_id, row.level = whose.id, queries_inbox.level_of(whose)
    _log(row, message.subject, message.text, person, whose, thread)


def _log(
    row: InboundMessage, subject: str, text: str, person: Person, user: User, thread: Touch | None
) -> Touch:
    """Write the contact down as what it is: something that happened."""
    row.state = InboundState.LOGGED
    level, is_inbound = row.level or queries_inbox.level_of(user), not row.is_outbound
    row.level = level
    bare = policies_inbox.bare_subject(person.name, is_inbound=is_inbound)
    said, words = policies_inbox.kept(level, bare, subject, text)
    details = TouchDetails(
        person_id=person.id, channel=TouchChannel.MAIL, subject=said[:320], summary=words, is_inbound=is_inbound, user_id=user.id,
        kind=TouchKind.REPLY if thread is not None or is_inbound else TouchKind.UNSOLICITED, at=row.sent_at,
    )  # fmt: skip
    touch = operations_touches.record_touch(
        details, by=None if is_inbound else user, join=thread, has_happened=True
    )
    link = MessageTouch(inbound_id=row.id, touch_id=touch.id)
    db.session.add(link)
    if is_inbound:
        ask = _ask_answered(person, thread)
        link.answered_id = ask.id if ask else None
        _tell(touch, ask, person)
        if ask is not None:
            operations_touches.answer_ask(ask, words or marked("They answered by mail."), by=None)
    return touch


def _ask_answered(person: Person, thread: Touch | None) -> Touch | None:
    """The open ask a message answers: that of its thread; without a thread the only one there is."""
    asks = queries.list_open_asks(None, person=person)
    if thread is not None:
        roots = {thread.id, thread.joined_id}
        return next(
            (ask for ask in asks if ask.id in roots or (ask.joined_id and ask.joined_id in roots)), None
        )
    return asks[0] if len(asks) == 1 else None


def _tell(touch: Touch, ask: Touch | None, person: Person) -> None:
    said = (
        _l(
            "%(name)s answered “%(subject)s” by mail.",
            name=person.name,
            subject=later(policies_inbox.words_of_subject, ask),
        )
        if ask
        else _l("%(name)s wrote by mail.", name=person.name)
    )
    users = {touch.user_id: touch.user} | ({ask.user_id: ask.user} if ask else {})
    for user in users.values():
        urgency = Urgency.SOON if ask else Urgency.INFO
        notices.notify(said, user=user, urgency=urgency, source=("outreach", touch.id))


# -- what nobody was recognised in -----------------------------------------------------------------


def assign_message(message: InboundMessage, person: Person, *, by: User) -> Touch:
    """Say whom a message was with: it becomes a contact, and its headers go."""
    writer = db.session.get(User, message.user_id) if message.user_id else None
    touch = _log(message, message.subject, "", person, writer or by, None)
    _settle(message, InboundState.LOGGED, by, clock.now())
    _record("outreach.message_assigned", message, by)
    return touch


def drop_message(message: InboundMessage, *, by: User | None) -> InboundMessage:
    """It is none of ours: its headers go, and should it come again it is known."""
    _settle(message, InboundState.DROPPED, by, clock.now())
    _record("outreach.message_dropped", message, by)
    return message


def drop_old_messages(*, by: User | None = None) -> int:
    """What nobody decided about in a month goes by itself; returns how many."""
    wanted = sa.select(InboundMessage).where(
        InboundMessage.state == InboundState.WAITING,
        InboundMessage.received_at < clock.now() - policies_inbox.KEEP_UNKNOWN,
    )
    found = db.session.scalars(wanted.order_by(InboundMessage.id).limit(200)).all()
    for message in found:
        drop_message(message, by=by)
    return len(found)


def _settle(message: InboundMessage, state: InboundState, by: User | None, now: datetime) -> None:
    message.state, message.decided_by_id, message.decided_at = state, by.id if by else None, now
    message.sender, message.recipients, message.subject, message.reason = "", [], "", ""


def _record(action: str, message: InboundMessage, by: User | None) -> None:
    """The trail names the message, never its headers: they go, and the trail stays."""
    audit.record_event(action, kind="inbound_message", ref=str(message.id), by=by)
