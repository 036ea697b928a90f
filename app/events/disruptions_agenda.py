"""What events know of somebody who is not there: what goes on without them, who misses them on stage, their chair."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from app.core.db import db
from app.events import disruptions, queries
from app.events.disruptions import Absence, Area, Effect, Fate, Span, Wants
from app.events.models import Audience, Session
from app.events.models_agenda import Appearance
from app.events.operations_attendance import free_seat
from app.events.operations_places import lock_event

#: Whose sessions our people come to.
_OURS = (Audience.ALL, Audience.EXPERT)
#: So many sessions are named one by one.
MOST_NAMED = 12


def list_effects(absence: Absence) -> Sequence[Effect]:
    """Sessions in the absence, those on stage as work for somebody, and the seat; three queries."""
    if absence.is_held:
        lock_event(absence.event.id)
    sessions = _sessions(absence)
    return [*sessions, *(_seat(absence) if sessions or absence.ready_at is None else [])]


def _sessions(absence: Absence) -> list[Effect]:
    on_stage = set(
        db.session.scalars(
            sa.select(Appearance.session_id)
            .join(Session, Session.id == Appearance.session_id)
            .where(Appearance.person_id == absence.person.id, Session.event_id == absence.event.id)
        )
    )
    hit = [
        one for one in queries.list_sessions(absence.event)
        if not one.is_cancelled and absence.hits(one.starts_at, one.ends_at) and (one.audience in _OURS or one.id in on_stage)
    ]  # fmt: skip
    staged = [_on_stage(one) for one in hit if one.id in on_stage]
    missed = [one for one in hit if one.id not in on_stage]
    rest = missed[MOST_NAMED:]
    more = [_more(absence, rest)] if rest else []
    return [*staged, *(_missed(absence, one) for one in missed[:MOST_NAMED]), *more]


def _missed(absence: Absence, session: Session) -> Effect:
    is_late = absence.ready_at is not None and session.starts_at < absence.ready_at < session.ends_at
    return Effect(
        key=f"session:{session.id}", area=Area.AGENDA, title=session.title, was=_span(session),
        said=_("Comes late to it.") if is_late else _("Will miss it."), fate=Fate.LATE if is_late else Fate.MISSED,
        endpoint="events.session", target_id=session.id,
    )  # fmt: skip


def _on_stage(session: Session) -> Effect:
    return Effect(
        key=f"stage:{session.id}", area=Area.AGENDA, title=session.title, was=_span(session), fate=Fate.OPEN,
        said=_("Is expected on stage and will not be there: find somebody else, or another time."), wants=Wants.WORK,
        endpoint="events.session", target_id=session.id,
    )  # fmt: skip


def _more(absence: Absence, rest: Sequence[Session]) -> Effect:
    return Effect(
        key="sessions:more", area=Area.AGENDA, title=_("%(n)s more sessions", n=len(rest)), said=_("Will miss them."),
        fate=Fate.MISSED, was=Span(rest[0].starts_at, rest[-1].ends_at, absence.event.zone), is_told=False,
    )  # fmt: skip


def _span(session: Session) -> Span:
    return Span(session.starts_at, session.ends_at, session.zone)


def _seat(absence: Absence) -> list[Effect]:
    """The chair stays theirs; it may be given away, which is offered only while nobody knows when they come."""
    seat = queries.seat_of(absence.event, absence.person.id)
    if seat is None:
        return []
    if absence.ready_at is not None:
        said, wants, proposal = "Is kept.", Wants.NOTHING, ""
    else:
        said, wants, proposal = _("Is kept until they come."), Wants.CHOICE, _("Give it free")
    return [
        Effect(
            key=f"seat:{seat.id}",
            area=Area.SEAT,
            title=_("Seat %(seat)s", seat=seat.label),
            said=said,
            wants=wants,
            proposal=proposal,
            fate=Fate.FREED,
            is_ticked=False,
            is_told=False,
            act=lambda by, _answer: free_seat(seat, by=by),
            endpoint="events.seats",
            target_id=absence.event.id,
        )
    ]


disruptions.offer("events", list_effects)
