"""One room or one car for several guests of an event: who shares it, and what falls on each (L3)."""

from collections.abc import Sequence
from typing import TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Money, split_evenly
from app.travel import policies
from app.travel.models import Stay, Transfer, Trip

Shared = Stay | Transfer
AnyShared = TypeVar("AnyShared", Stay, Transfer)


def holder_of(trip: Trip, kind: type[AnyShared], id: int, but: AnyShared | None) -> AnyShared:
    """The stay or transfer of somebody else at the same event that holds the room or the car; NotFound otherwise."""
    found = db.session.get(kind, id)
    if (
        found is None
        or found.trip.event_id != trip.event_id
        or found.trip_id == trip.id
        or not found.takes_place
    ):
        raise NotFound(_("Nobody else at this event has that."), field="shares_with_id")
    if found.shares_with_id is not None:
        raise policies.TimesRefused(
            _(
                "%(person)s rides or sleeps along with somebody else already; choose that one.",
                person=found.trip.person.name,
            ),
            field="shares_with_id",
        )
    if but is not None and sharers_of(but):
        raise policies.TimesRefused(
            _("Others share this one, so it cannot join another at the same time."), field="shares_with_id"
        )
    return found


def sharers_of(holder: AnyShared) -> list[AnyShared]:
    """The live stays or transfers that share this one, by number; one query."""
    kind = type(holder)
    wanted = sa.select(kind).where(kind.shares_with_id == holder.id).order_by(kind.id)
    rows = db.session.scalars(wanted.options(joinedload(kind.trip).joinedload(Trip.person))).all()
    return [row for row in rows if row.takes_place]


def choices_for(trip: Trip, kind: type[AnyShared]) -> Sequence[AnyShared]:
    """Rooms or cars of others at the same event one could share, by name."""
    wanted = (
        sa.select(kind)
        .join(Trip, Trip.id == kind.trip_id)
        .where(
            Trip.event_id == trip.event_id, Trip.id != trip.id, kind.is_cancelled.is_(False), kind.shares_with_id.is_(None)
        )
        .options(joinedload(kind.trip).joinedload(Trip.person), joinedload(kind.approval))
        .order_by(kind.id)
    )  # fmt: skip
    rows = [row for row in db.session.scalars(wanted) if row.takes_place]
    return sorted(rows, key=lambda row: (row.trip.person.sort_key, row.id))


def check_room(holder: AnyShared, n_places: int | None, joining: AnyShared | None) -> None:
    """Two to a room, and as many to a car as it has seats (None: nobody said how many)."""
    n_others = sum(1 for row in sharers_of(holder) if row is not joining)
    if n_places is not None and n_others + 2 > n_places:
        raise policies.TimesRefused(
            _(
                "What %(person)s shares is for %(n_places)s, and that many have it already.",
                person=holder.trip.person.name,
                n_places=n_places,
            ),
            field="shares_with_id",
        )


def shares_of(holder: AnyShared, bill: Money) -> list[tuple[AnyShared, Money]]:
    """A bill over everybody who was there and has no bill of their own: parts sum exactly, odd units to the first by number."""
    heads = [row for row in sharers_of(holder) if row.cost is None]
    heads.append(holder)
    heads.sort(key=lambda row: row.id)
    return list(zip(heads, split_evenly(bill, len(heads)), strict=True))


def company_of(kind: type[AnyShared], rows: Sequence[AnyShared]) -> dict[str, list[str]]:
    """With whom each of these stays or transfers is shared, by "stay:3"; one query."""
    groups = {row.shares_with_id or row.id for row in rows}
    if not groups:
        return {}
    wanted = (
        sa.select(kind)
        .where(sa.or_(kind.id.in_(groups), kind.shares_with_id.in_(groups)))
        .options(joinedload(kind.trip).joinedload(Trip.person), joinedload(kind.approval))
        .order_by(kind.id)
    )
    members = [row for row in db.session.scalars(wanted) if row.takes_place]
    found = {}
    for row in rows:
        group = row.shares_with_id or row.id
        names = [
            one.trip.person.name
            for one in members
            if (one.shares_with_id or one.id) == group and one.id != row.id
        ]
        if names:
            found[f"{kind.__tablename__}:{row.id}"] = names
    return found
