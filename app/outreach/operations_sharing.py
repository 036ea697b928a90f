"""How much of their mail users share: chosen for all of it, and taken back for single messages."""

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import AuditDetail, AuditEvent, User
from app.core import clock
from app.core.db import db
from app.core.i18n import marked
from app.outreach import policies_inbox, queries_inbox
from app.outreach.models import Collision, Touch, TouchCorrection
from app.outreach.models_inbox import InboundMessage, InboxChoice, SharingLevel
from app.people import queries as people

#: The columns of a contact that hold words of a message.
_WORDS = ("subject", "summary", "answer")


def set_sharing_level(level: SharingLevel, *, by: User) -> InboxChoice:
    """Choose how much of one's messages is kept from now on; what was logged before stays as it is."""
    choice, before = _choice_of(by)
    choice.level = level
    audit.record("outreach.sharing_level_set", choice, by=by, before=before)
    return choice


def renew_logging_address(*, by: User) -> InboxChoice:
    """Get another logging address, because the old one came into other hands; that one leads nowhere from now on."""
    choice, before = _choice_of(by)
    choice.n_rotations += 1
    audit.record("outreach.logging_address_renewed", choice, by=by, before=before)
    return choice


def _choice_of(by: User) -> tuple[InboxChoice, dict[str, object] | None]:
    known = queries_inbox.choice_of(by)
    choice = known or InboxChoice(user_id=by.id, level=SharingLevel.SUBJECT, n_rotations=0)
    before = audit.snapshot(known) if known else None
    choice.set_at = clock.now()
    db.session.add(choice)
    return choice, before


def share_less(message: InboundMessage, level: SharingLevel, *, by: User) -> InboundMessage:
    """Keep less of one message than before: its words go for good, from the contact, its answer, its history and the trail.

    Only whose message it is may say so. CannotRaise when more is wanted: what was not kept cannot come back.
    """
    if message.user_id != by.id:
        raise policies_inbox.NotYourMessage(_("Only whose message it is decides how much of it others see."))
    known = message.level or SharingLevel.METADATA
    policies_inbox.require_less(known, level)
    if level is not known:
        message.level = level
        for link in queries_inbox.touches_of(message):
            _strip(link.touch, level)
            if link.answered is not None:
                link.answered.answer = marked("They answered by mail.")
                _wipe_trail(link.answered, ("answer",))
    audit.record_event("outreach.message_shared_less", kind="inbound_message", ref=str(message.id), by=by)
    return message


def _strip(touch: Touch, level: SharingLevel) -> None:
    """Take from a contact what a level does not keep."""
    name = people.get_person(touch.person_id, None).name
    bare = policies_inbox.bare_subject(name, is_inbound=touch.is_inbound)
    touch.subject, touch.summary = policies_inbox.kept(level, bare, touch.subject, touch.summary)
    gone = ("summary", "answer") if level is SharingLevel.SUBJECT else _WORDS
    for correction in db.session.scalars(
        sa.select(TouchCorrection).where(TouchCorrection.touch_id == touch.id)
    ):
        correction.before = {name: was for name, was in correction.before.items() if name not in gone}
    for collision in db.session.scalars(sa.select(Collision).where(Collision.touch_id == touch.id)):
        collision.subject = touch.subject
    _wipe_trail(touch, gone)


def _wipe_trail(touch: Touch, columns: tuple[str, ...]) -> None:
    """The trail says that words changed, and not what they were."""
    db.session.flush()
    wanted = sa.select(AuditDetail).join(AuditEvent, AuditEvent.id == AuditDetail.event_id)
    wanted = wanted.where(AuditEvent.subject_kind == "touch", AuditEvent.subject_id == str(touch.id))
    for detail in db.session.scalars(wanted):
        detail.changes = {
            name: [None, None] if name in columns else change for name, change in detail.changes.items()
        }
