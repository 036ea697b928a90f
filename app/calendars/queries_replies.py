"""Reading answers of calendar programs: whose they are, which wait for somebody, how many were nobody's."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.calendars.models_replies import CalendarReply, ReplyState
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import OutboxMail
from app.events.models import Event, Invitation, InvitationState
from app.outreach.models import Letter
from app.people.models import Person


def event_with(uid: str) -> Event | None:
    """The event of a UID."""
    return db.session.scalars(sa.select(Event).where(Event.uid == uid)).one_or_none()


def invitations_at(event: Event, address: str) -> Sequence[Invitation]:
    """Who was invited to an event at an address, in lower case: letters went there, or it is theirs today; one query."""
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    written = (
        sa.select(survivor)
        .join(Letter, Letter.person_id == Person.id)
        .join(OutboxMail, OutboxMail.id == Letter.mail_id)
        .where(
            Letter.source_kind == "events", Letter.source_id == event.id, Letter.touch_id.is_not(None),
            sa.func.lower(OutboxMail.recipient) == address,
        )
    )  # fmt: skip
    theirs = sa.select(survivor).where(sa.func.lower(Person.email) == address)
    wanted = (
        sa.select(Invitation)
        .join(Person, Person.id == Invitation.person_id)
        .where(
            Invitation.event_id == event.id, Invitation.state != InvitationState.DRAFT,
            sa.or_(survivor.in_(written), survivor.in_(theirs)),
        )
    )  # fmt: skip
    return db.session.scalars(wanted.order_by(Invitation.id)).all()


def list_replies(event: Event | None = None, most: int = 200) -> Sequence[CalendarReply]:
    """Answers to invitations of ours, those that wait first, then the newest; of one event, or of all. One query."""
    wanted = sa.select(CalendarReply).where(CalendarReply.event_id.is_not(None))
    if event is not None:
        wanted = wanted.where(CalendarReply.event_id == event.id)
    waits = sa.case((CalendarReply.state == ReplyState.WAITING, 0), else_=1)
    ordered = wanted.order_by(waits, CalendarReply.received_at.desc(), CalendarReply.id.desc())
    loaded = (
        joinedload(CalendarReply.event),
        joinedload(CalendarReply.invitation).joinedload(Invitation.person),
    )
    return db.session.scalars(ordered.limit(most).options(*loaded)).all()


def get_reply(id: int) -> CalendarReply:
    """One of them; NotFound."""
    found = db.session.get(CalendarReply, id)
    if found is None or found.event_id is None:
        raise NotFound(_("There is no such answer."))
    return found


def count_dropped() -> int:
    """How many answers were to nothing of ours."""
    wanted = sa.select(sa.func.count(CalendarReply.id)).where(CalendarReply.state == ReplyState.DROPPED)
    return db.session.scalar(wanted) or 0


def list_invited(event: Event) -> Sequence[Invitation]:
    """Whose answer one might be: everybody the event was offered to, by name."""
    wanted = (
        sa.select(Invitation)
        .join(Person, Person.id == Invitation.person_id)
        .where(Invitation.event_id == event.id)
    )
    asked = wanted.where(Invitation.state.not_in([InvitationState.DRAFT, InvitationState.WITHDRAWN]))
    ordered = asked.order_by(Person.sort_key, Person.id)
    return db.session.scalars(ordered.options(joinedload(Invitation.person))).all()
