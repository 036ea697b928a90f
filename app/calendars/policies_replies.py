"""Decisions about answers of calendar programs: which are recorded as they are, which wait for a person, which are late."""

from datetime import datetime, timedelta

from msgspec import Struct

from app.calendars.models_replies import ReplyState
from app.core.errors import DomainError
from app.core.i18n import marked
from app.core.itip import Reply
from app.events.models import InvitationState

#: Addresses and words of what nobody decided about go after so long.
KEEP_UNDECIDED = timedelta(days=30)
#: Answers that are one of ours as they stand; the others are for a person to read.
ANSWERS = {
    "ACCEPTED": InvitationState.ACCEPTED,
    "DECLINED": InvitationState.DECLINED,
    "TENTATIVE": InvitationState.TENTATIVE,
}
_FOR_A_PERSON = {
    "DELEGATED": marked(
        "They want to send somebody else. An invitation is for one person, so decide who is invited."
    ),
}


class AlreadyDecided(DomainError):
    """Somebody has decided about this answer."""


class NotAsked(DomainError):
    """There is nothing to ask again."""


class Standing(Struct, frozen=True):
    """How an invitation stands when an answer comes: the version of the event, and what was answered before."""

    sequence: int
    sequence_answered: int | None
    answered_at: datetime | None


class Verdict(Struct, frozen=True):
    """What an answer is, and why."""

    state: ReplyState
    reason: str = ""


def weigh(reply: Reply, said_at: datetime, standing: Standing) -> Verdict:
    """What an answer of somebody invited is: recorded, recorded as stale, overtaken, or for a person to read.

    Of two answers to one version the later counts, by when they were written; an answer to an earlier version never
    replaces one to a later version.
    """
    if reply.method == "COUNTER":
        return Verdict(
            ReplyState.WAITING,
            marked("They propose another time. Answer them yourself: nothing was changed."),
        )
    if reply.partstat not in ANSWERS:
        return Verdict(ReplyState.WAITING, _FOR_A_PERSON[reply.partstat])
    if standing.sequence_answered is not None and standing.answered_at is not None:
        is_earlier_version = reply.sequence < min(standing.sequence_answered, standing.sequence)
        is_same = reply.sequence == standing.sequence_answered
        if is_earlier_version or (is_same and said_at < standing.answered_at):
            return Verdict(
                ReplyState.OVERTAKEN, marked("A later answer was there already, so this one changed nothing.")
            )
    if reply.sequence < standing.sequence:
        return Verdict(
            ReplyState.STALE,
            marked("It answers an earlier time or place. Ask again whether the answer stands."),
        )
    return Verdict(ReplyState.RECORDED)
