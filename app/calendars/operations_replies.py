"""Answers of calendar programs: recorded where they are plain, left to a person where they are not; nobody is ever made.

Anybody can write any address into an answer. So only what was invited can answer, what comes from another address says
so, and the coordinator is told of every change as with answers on the person's own page.
"""

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import User
from app.calendars import policies_replies, queries_replies
from app.calendars.models_replies import CalendarReply, ReplyState
from app.calendars.policies_replies import Standing, weigh
from app.core import clock, itip, waking
from app.core.db import db, transaction
from app.core.i18n import later, marked, said
from app.core.incoming import Incoming
from app.core.itip import NotAnAnswer, Reply
from app.events import operations as events
from app.events.details import AnswerDetails
from app.events.models import AnswerChannel, Event, Invitation
from app.events.operations_asking import was_asked
from app.events.policies import CannotAnswer
from app.events.queries_coordinators import coordinator_of
from app.notices import operations as notices
from app.notices import queries as queries_notices
from app.notices.models import Urgency
from app.outreach import operations as outreach
from app.outreach.models import Letter
from app.outreach.models_inbox import InboundMessage


def take_reply(message: InboundMessage, read: Incoming) -> bool:
    """Take in the answer a message carries; False when none of its calendars is one."""
    answers = [text for text in read.calendars if itip.method_of(text) in itip.METHODS]
    if not answers:
        return False
    row = CalendarReply(
        inbound_id=message.id,
        state=ReplyState.DROPPED,
        said_at=message.sent_at,
        received_at=message.received_at,
    )
    db.session.add(row)
    try:
        reply = itip.read_reply(answers[0])
    except NotAnAnswer as reason:
        row.reason = str(reason)
        event = queries_replies.event_with(reason.uid) if reason.uid else None
        row.sender = read.sender if event is not None else ""
        _leave_to_coordinator(row, event)
    else:
        _take(row, reply, read)
    db.session.flush()
    _note("calendars.reply_taken_in", row, None)
    return True


def _take(row: CalendarReply, reply: Reply, read: Incoming) -> None:
    event = queries_replies.event_with(reply.uid)
    if event is None:
        row.reason = marked("It answers an item that is not ours.")
        return
    _fill(row, reply, read)
    found = queries_replies.invitations_at(event, reply.attendee)
    if len(found) != 1:
        row.attendee = reply.attendee
        row.reason = (
            marked("Several invited people share this address.")
            if found
            else marked("Nobody was invited at this address.")
        )
        _leave_to_coordinator(row, event)
        return
    row.event, row.invitation = event, found[0]
    invitation = found[0]
    standing = Standing(event.sequence, invitation.sequence_answered, invitation.answered_at)
    verdict = weigh(reply, row.said_at, standing)
    row.state, row.reason = verdict.state, verdict.reason
    if row.state in {ReplyState.RECORDED, ReplyState.STALE}:
        try:
            _record(
                row, invitation, by=None, answered_by=read.sender_name or read.sender if row.sender else ""
            )
        except CannotAnswer as reason:
            row.state, row.reason = ReplyState.WAITING, str(reason)
    if row.state in {ReplyState.WAITING, ReplyState.STALE}:
        _tell(row, event)


def _fill(row: CalendarReply, reply: Reply, read: Incoming) -> None:
    row.method, row.partstat, row.sequence = reply.method, reply.partstat, reply.sequence
    row.sender = read.sender if read.sender != reply.attendee else ""
    row.comment = reply.comment
    row.proposed_starts_at, row.proposed_ends_at = reply.starts_at, reply.ends_at
    if reply.method != "COUNTER":
        row.proposed_starts_at = row.proposed_ends_at = None
    if reply.stamped_at is not None:  # a clock that runs ahead must not outvote later answers
        row.said_at = min(reply.stamped_at, row.received_at)


def _leave_to_coordinator(row: CalendarReply, event: Event | None) -> None:
    """What is about an event of ours waits for a person; anything else is dropped, and only counted."""
    if event is None:
        return
    row.state, row.event = ReplyState.WAITING, event
    _tell(row, event)


def _record(row: CalendarReply, invitation: Invitation, *, by: User | None, answered_by: str) -> None:
    """Make it the answer, to the version it was given for."""
    details = AnswerDetails(
        state=policies_replies.ANSWERS[row.partstat], channel=AnswerChannel.MAIL, reason=row.comment,
        answered_by_name=answered_by[:320],
    )  # fmt: skip
    known = invitation.answered_at
    events.record_answer(invitation, details, by=by)
    if invitation.answered_at != known:  # a late yes waits for the coordinator, and is no answer yet
        invitation.sequence_answered = min(row.sequence, invitation.event.sequence)
    row.comment = ""  # it stands with the invitation now


def _tell(row: CalendarReply, event: Event) -> None:
    db.session.flush()
    who = row.invitation.person.name if row.invitation else _l("Somebody")
    why = later(said, row.reason)
    told = _l(
        "%(who)s answered from their calendar (%(event)s). %(reason)s", who=who, event=event.name, reason=why
    )
    notices.notify(told, user=coordinator_of(event), urgency=Urgency.SOON, source=("calendars.reply", row.id))


# -- what a person decides -------------------------------------------------------------------------


def assign_reply(reply: CalendarReply, invitation: Invitation, *, by: User) -> CalendarReply:
    """Say whose answer it is; a yes or no becomes theirs. AlreadyDecided, CannotAnswer."""
    _require_waiting(reply)
    if invitation.event_id != reply.event_id:
        raise policies_replies.NotAsked(_("They were invited to another event."), field="invitation")
    came_from, reply.invitation = reply.attendee or reply.sender, invitation
    if reply.method == "REPLY" and reply.partstat in policies_replies.ANSWERS:
        _record(reply, invitation, by=by, answered_by=came_from)
    _settle(reply, by)
    _note("calendars.reply_assigned", reply, by)
    return reply


def settle_reply(reply: CalendarReply, *, by: User) -> CalendarReply:
    """Note that somebody has dealt with it; its addresses and words go. AlreadyDecided."""
    _require_waiting(reply)
    _settle(reply, by)
    _note("calendars.reply_settled", reply, by)
    return reply


def ask_again(reply: CalendarReply, *, by: User) -> Letter:
    """Ask somebody whose answer was to an earlier time or place, in the letter everybody else is asked by; it is held.

    NotAsked when they were asked with the time and place of now.
    """
    invitation = reply.invitation
    if reply.state is not ReplyState.STALE or invitation is None:
        raise policies_replies.NotAsked(
            _("This answer is not out of date, so there is nothing to ask again.")
        )
    if was_asked(invitation):
        raise policies_replies.NotAsked(
            _(
                "%(person)s was written to already with the time and place of now. Wait for that answer, "
                "or call.",
                person=invitation.person.name,
            )
        )
    (letter,) = events.ask_again(invitation.event, by=by, only=invitation).letters
    _tidy_notices(reply, by)
    reply.decided_by_id, reply.decided_at = by.id, clock.now()
    _note("calendars.asked_again", reply, by)
    return letter


def _require_waiting(reply: CalendarReply) -> None:
    if reply.state is not ReplyState.WAITING:
        raise policies_replies.AlreadyDecided(_("Somebody has decided about this answer already."))


def _settle(reply: CalendarReply, by: User | None) -> None:
    reply.state, reply.decided_by_id, reply.decided_at = (
        ReplyState.SETTLED,
        by.id if by else None,
        clock.now(),
    )
    reply.attendee = reply.sender = reply.comment = ""
    _tidy_notices(reply, by)


def _tidy_notices(reply: CalendarReply, by: User | None) -> None:
    """What was said about an answer somebody has dealt with needs nobody any more."""
    for notice in queries_notices.list_open_about(("calendars.reply", reply.id)):
        notices.finish(notice, by=by)


def drop_old_replies() -> int:
    """What nobody decided about in a month is settled by itself; how many. For the worker, outside any transaction."""
    if not db.session.scalar(sa.select(sa.exists(_old()))):
        return 0
    with transaction():
        found = db.session.scalars(_old().order_by(CalendarReply.id).limit(100)).all()
        for reply in found:
            _settle(reply, None)
            _note("calendars.reply_settled", reply, None)
        return len(found)


def _old() -> sa.Select[CalendarReply]:
    return sa.select(CalendarReply).where(
        CalendarReply.state == ReplyState.WAITING,
        CalendarReply.received_at < clock.now() - policies_replies.KEEP_UNDECIDED,
    )


def _note(action: str, reply: CalendarReply, by: User | None) -> None:
    """The trail names the answer, never its addresses and words: they go, and the trail stays."""
    audit.record_event(action, kind="calendar_reply", ref=str(reply.id), by=by)


waking.step("calendar_replies", drop_old_replies)


def register() -> None:
    """From now on the mailbox hands over what calendar programs answer."""
    outreach.tell_when_calendar_comes(take_reply)
