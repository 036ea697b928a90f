"""What agencies did in some days for the people they represented then: invitations answered, contacts, stops."""

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median_low
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.events.models import Invitation, InvitationState
from app.outreach.models import Collision, Touch
from app.people.models import Organisation, Representation


class Partner(Struct, frozen=True):
    """One agency: `n_*` are invitations sent to its people in these days, by where they stand."""

    id: int
    name: str
    n_people: int
    n_sent: int
    n_accepted: int
    n_declined: int
    n_silent: int
    #: The middle of the hours from sending to the answer; None without an answer.
    n_hours: int | None
    n_contacts: int
    n_stopped: int


def partners_in(from_on: date, to_on: date) -> Sequence[Partner]:
    """Every agency that spoke for somebody in these days (UTC), by name; four queries whatever their number."""
    begins, ends = clock.start_of(from_on, "UTC"), clock.end_of(to_on, "UTC")
    agencies = db.session.execute(
        sa.select(Organisation.id, Organisation.name, sa.func.count(sa.distinct(Representation.person_id)))
        .join(Representation, Representation.organisation_id == Organisation.id)
        .where(
            Representation.from_at < ends,
            sa.or_(Representation.to_at.is_(None), Representation.to_at > begins),
        )
        .group_by(Organisation.id, Organisation.name)
        .order_by(sa.func.lower(Organisation.name), Organisation.id)
    ).all()
    sent = _invitations(begins, ends)
    contacts = _by_agency(Touch.user_id, Touch.at, begins, ends)
    stops = _by_agency(Collision.user_id, Collision.stopped_at, begins, ends)
    return [
        _partner(id, name, n, sent.get(id, []), contacts.get(id, 0), stops.get(id, 0))
        for id, name, n in agencies
    ]


def _partner(
    id: int, name: str, n_people: int, sent: Sequence[Any], n_contacts: int, n_stopped: int
) -> Partner:
    hours = [
        (row.answered_at - row.sent_at) // timedelta(hours=1) for row in sent if row.answered_at is not None
    ]
    n = {state: sum(row.state is state for row in sent) for state in InvitationState}
    return Partner(
        id, name, n_people, n_sent=len(sent), n_accepted=n[InvitationState.ACCEPTED], n_declined=n[InvitationState.DECLINED],
        n_silent=sum(row.answered_at is None for row in sent), n_hours=median_low(hours) if hours else None,
        n_contacts=n_contacts, n_stopped=n_stopped,
    )  # fmt: skip


def _invitations(begins: Any, ends: Any) -> dict[int, list[Any]]:
    """Invitations sent in these days, under the agency that spoke for the person when they were sent."""
    wanted = (
        sa.select(Representation.organisation_id, Invitation.state, Invitation.sent_at, Invitation.answered_at)
        .join(Representation, Representation.person_id == Invitation.person_id)
        .where(
            Invitation.sent_at >= begins, Invitation.sent_at < ends, Representation.from_at <= Invitation.sent_at,
            sa.or_(Representation.to_at.is_(None), Representation.to_at > Invitation.sent_at),
        )
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(wanted):
        found.setdefault(row.organisation_id, []).append(row)
    return found


def _by_agency(user_id: Any, at: Any, begins: Any, ends: Any) -> dict[int, int]:
    wanted = (
        sa.select(User.organisation_id, sa.func.count(at))
        .where(User.id == user_id)
        .where(User.organisation_id.is_not(None), at >= begins, at < ends)
        .group_by(User.organisation_id)
    )
    return {id: n for id, n in db.session.execute(wanted) if id is not None}
