"""Reading what was promised and what people say became of it: per guest, and in one count per event (E4)."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.events import policies_day, queries
from app.events.models import Event, Invitation
from app.events.models_day import PromiseAnswer


class PromisedRow(Struct, frozen=True):
    """One guest who was there: the promises of their invitation, and what they say about each."""

    invitation: Invitation
    promises: Sequence[str]
    answers: Mapping[int, PromiseAnswer]

    @property
    def id(self) -> int:
        return self.invitation.id

    @property
    def has_answered(self) -> bool:
        return bool(self.answers)

    @property
    def n_kept(self) -> int:
        return sum(one.is_kept for one in self.answers.values())

    @property
    def misses(self) -> list[PromiseAnswer]:
        """Promises they say were not kept."""
        return [one for one in self.answers.values() if not one.is_kept]


class Promised(Struct, frozen=True):
    """Promised v. delivered: asked = answered + silent, always."""

    rows: Sequence[PromisedRow]

    @property
    def n_asked(self) -> int:
        return len(self.rows)

    @property
    def n_answered(self) -> int:
        return sum(row.has_answered for row in self.rows)

    @property
    def n_silent(self) -> int:
        return self.n_asked - self.n_answered

    @property
    def n_kept(self) -> int:
        return sum(row.n_kept for row in self.rows)

    @property
    def misses(self) -> list[PromiseAnswer]:
        return [miss for row in self.rows for miss in row.misses]


def promised_of(event: Event, by: User | None = None) -> Promised:
    """THE count of promised v. delivered: over everybody who was there and was promised something; two queries."""
    answers: dict[int, dict[int, PromiseAnswer]] = {}
    wanted = sa.select(PromiseAnswer).join(Invitation, Invitation.id == PromiseAnswer.invitation_id)
    wanted = wanted.where(Invitation.event_id == event.id).order_by(PromiseAnswer.number)
    for answer in db.session.scalars(wanted.options(joinedload(PromiseAnswer.task))):
        answers.setdefault(answer.invitation_id, {})[answer.number] = answer
    rows = [
        PromisedRow(one, policies_day.promises_of(one.promise), answers.get(one.id, {}))
        for one in queries.list_accepted(event, by)
        if one.checked_in_at is not None and one.promise.strip()
    ]
    return Promised(rows)


def answers_of(invitation: Invitation) -> dict[int, PromiseAnswer]:
    """What one guest says about each promise, by its number."""
    wanted = sa.select(PromiseAnswer).where(PromiseAnswer.invitation_id == invitation.id)
    rows = db.session.scalars(wanted.order_by(PromiseAnswer.number).options(joinedload(PromiseAnswer.task)))
    return {answer.number: answer for answer in rows}


def answered_among(invitation_ids: Collection[int]) -> set[int]:
    """Those of these invitations whose promises somebody has judged."""
    wanted = sa.select(PromiseAnswer.invitation_id).where(
        PromiseAnswer.invitation_id.in_(set(invitation_ids))
    )
    return set(db.session.scalars(wanted.distinct()))
