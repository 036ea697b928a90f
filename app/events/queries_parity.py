"""Parity (E2): sessions analysts get minus sessions our people get, each gap closed, explained or open."""

import enum
from collections.abc import Sequence

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.events import queries
from app.events.models import Audience, Event, Session
from app.events.models_agenda import ParityNote

#: Who gets into a session of each audience.
FOR_ANALYSTS = frozenset({Audience.ALL, Audience.ANALYST})
FOR_OURS = frozenset({Audience.ALL, Audience.EXPERT})


class GapState(enum.StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    EXPLAINED = "explained"


class Gap(Struct, frozen=True):
    """A session analysts get and our people do not, with what was said about it."""

    session: Session
    note: ParityNote | None

    @property
    def id(self) -> int:
        return self.session.id

    @property
    def state(self) -> GapState:
        if self.note is None:
            return GapState.OPEN
        closes = self.note.closed_by
        if closes is not None:
            # What closed it may be called off, or taken from our people, later.
            return GapState.CLOSED if is_ours(closes) else GapState.OPEN
        return GapState.EXPLAINED


class Parity(Struct, frozen=True):
    """The two counts and the gaps between them."""

    n_analysts: int
    n_ours: int
    gaps: Sequence[Gap]

    def count(self, state: GapState) -> int:
        return sum(gap.state is state for gap in self.gaps)

    @property
    def n_open(self) -> int:
        return self.count(GapState.OPEN)

    @property
    def n_closed(self) -> int:
        return self.count(GapState.CLOSED)

    @property
    def n_explained(self) -> int:
        return self.count(GapState.EXPLAINED)


def is_ours(session: Session) -> bool:
    """Whether our people get into a session."""
    return not session.is_cancelled and session.audience in FOR_OURS


def is_gap(session: Session) -> bool:
    """Whether analysts get a session that our people do not get."""
    return not session.is_cancelled and session.audience in FOR_ANALYSTS - FOR_OURS


def parity_of(event: Event) -> Parity:
    """The parity of an event; two queries, whatever the sessions."""
    live = [one for one in queries.list_sessions(event) if not one.is_cancelled]
    notes = {note.session_id: note for note in list_notes(event) if note.withdrawn_at is None}
    return Parity(
        sum(one.audience in FOR_ANALYSTS for one in live),
        sum(one.audience in FOR_OURS for one in live),
        [Gap(one, notes.get(one.id)) for one in live if is_gap(one)],
    )


def list_notes(event: Event) -> Sequence[ParityNote]:
    """Everything that was ever said about gaps of an event, in order."""
    wanted = (
        sa.select(ParityNote)
        .join(Session, Session.id == ParityNote.session_id)
        .where(Session.event_id == event.id)
        .order_by(ParityNote.id)
    )
    return db.session.scalars(
        wanted.options(
            joinedload(ParityNote.by), joinedload(ParityNote.closed_by), joinedload(ParityNote.session)
        )
    ).all()


def live_note(session: Session) -> ParityNote | None:
    """What counts about a gap now."""
    wanted = sa.select(ParityNote).where(
        ParityNote.session_id == session.id, ParityNote.withdrawn_at.is_(None)
    )
    return db.session.scalars(wanted.order_by(ParityNote.id.desc()).limit(1)).first()


def list_closers(event: Event) -> Sequence[Session]:
    """Sessions our people get, which may close a gap."""
    return [one for one in queries.list_sessions(event) if is_ours(one)]
