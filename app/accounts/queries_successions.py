"""Who answers for a thing once it was handed on: the latest succession that has begun, else whoever it belongs to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import InstrumentedAttribute, lazyload

from app.accounts.models import Absence, Succession, User
from app.core.db import Base, db
from app.core.wall_times import day_in


def answering(subject: type[Base], own: InstrumentedAttribute[Any], at: datetime) -> sa.ColumnElement[int]:
    """The id of the user who answers for each row of `subject` at an instant, as SQL; `own` is whose it was made."""
    key = subject.__mapper__.primary_key[0]
    latest = (
        sa.select(Succession.user_id)
        .where(Succession.subject_kind == subject.__tablename__, Succession.subject_id == key, *_counts(at))
        .order_by(Succession.from_at.desc(), Succession.id.desc())
        .limit(1)
        .correlate(subject.__table__)
        .scalar_subquery()
    )
    return sa.func.coalesce(latest, own)


def answerers_of(subject: type[Base], own: Mapping[int, int], at: datetime) -> dict[int, User]:
    """The user who answers for each of these rows, given the id of whose they were made; two queries."""
    wanted = sa.select(Succession.subject_id, Succession.user_id).where(
        Succession.subject_kind == subject.__tablename__, Succession.subject_id.in_(own), *_counts(at)
    )
    ordered = wanted.order_by(Succession.from_at, Succession.id)  # the latest begun has the last word
    held = dict(own) | {row[0]: row[1] for row in db.session.execute(ordered)}
    users = {
        user.id: user for user in db.session.scalars(sa.select(User).where(User.id.in_(set(held.values()))))
    }
    return {id: users[user_id] for id, user_id in held.items()}


def number_of(row: Base) -> int:
    """The number a stored row is known by; ValueError for one that is not stored, or has no single number."""
    (number,) = sa.inspect(row).identity or ()
    return int(number)


def answerer_of(row: Base, own_id: int, at: datetime) -> User:
    """The user who answers for one row at an instant."""
    number = number_of(row)
    return answerers_of(type(row), {number: own_id}, at)[number]


class Holder(Struct, frozen=True):
    """Who answers for a thing at an instant, and who is to follow from which day, when that is arranged (P1)."""

    user: User | None
    following: User | None = None
    from_on: date | None = None

    @property
    def id(self) -> int | None:
        return self.user.id if self.user is not None else None


def holders_of(subject: type[Base], own: Mapping[int, int | None], at: datetime) -> dict[int, Holder]:
    """For each of these rows who answers for it at an instant and who follows; three queries, whatever the rows."""
    made = {id: user_id for id, user_id in own.items() if user_id is not None}
    answering_now = answerers_of(subject, made, at)
    coming: dict[int, Succession] = {}
    for row in list_coming(subject, own, at):
        now_held_by = answering_now.get(row.subject_id)
        if now_held_by is None or now_held_by.id != row.user_id:
            coming.setdefault(row.subject_id, row)
    return {id: _holder(answering_now.get(id), coming.get(id)) for id in own}


def _holder(user: User | None, coming: Succession | None) -> Holder:
    if coming is None:
        return Holder(user)
    # The day begins where those are who hand over: there it was chosen.
    zone = user.zone if user is not None else coming.user.zone
    return Holder(user, coming.user, day_in(coming.from_at, zone))


def holder_of(row: Base, own_id: int | None, at: datetime) -> Holder:
    """Who answers for one row at an instant, and who follows."""
    number = number_of(row)
    return holders_of(type(row), {number: own_id}, at)[number]


def list_coming(subject: type[Base], ids: Collection[int], at: datetime) -> Sequence[Succession]:
    """Successions of these rows that begin later, the next first."""
    wanted = sa.select(Succession).where(
        Succession.subject_kind == subject.__tablename__, Succession.subject_id.in_(ids),
        Succession.from_at > at, Succession.withdrawn_at.is_(None),
    )  # fmt: skip
    return db.session.scalars(wanted.order_by(Succession.from_at, Succession.id)).all()


def count_coming_to(user: User, at: datetime) -> int:
    """How many things a user is to answer for later."""
    wanted = sa.select(sa.func.count(Succession.id)).where(
        Succession.user_id == user.id, Succession.from_at > at, Succession.withdrawn_at.is_(None)
    )
    return db.session.scalar(wanted) or 0


def list_of_hand_over(hand_over_id: int) -> Sequence[Succession]:
    """What one hand-over passed on and did not take back."""
    wanted = sa.select(Succession).where(
        Succession.hand_over_id == hand_over_id, Succession.withdrawn_at.is_(None)
    )
    return db.session.scalars(wanted.order_by(Succession.id)).all()


def _counts(at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (Succession.from_at <= at, Succession.withdrawn_at.is_(None))


# -- absences --------------------------------------------------------------------------------------


def _lasts() -> sa.Select[Absence]:
    wanted = sa.select(Absence).where(
        Absence.from_at <= sa.bindparam("at"), Absence.to_at > sa.bindparam("at")
    )
    # Who is away is known to whoever asks.
    return wanted.order_by(Absence.to_at, Absence.id).options(lazyload(Absence.user))


@cache
def _last_of_one() -> sa.Select[Absence]:
    """Asked by every page of a person whom the user owns, so built once, and not before all tables are known."""
    return _lasts().where(Absence.user_id == sa.bindparam("user_id"))


def absence_of(user: User, at: datetime) -> Absence | None:
    """Why a user is away at an instant: the absence that lasts longest."""
    rows = db.session.scalars(_last_of_one(), {"user_id": user.id, "at": at}).all()
    return rows[-1] if rows else None


def is_away(user: User, at: datetime) -> bool:
    """Whether a user said that they are away at an instant."""
    return absence_of(user, at) is not None


def away_among(user_ids: Collection[int], at: datetime) -> dict[int, Absence]:
    """Those of these users who are away at an instant, with the absence that lasts longest."""
    of_several = _lasts().where(Absence.user_id.in_(user_ids))
    rows = db.session.scalars(of_several, {"at": at})
    return {row.user_id: row for row in rows}


def list_absences(user: User, at: datetime) -> Sequence[Absence]:
    """When a user is away, now and later, by first day."""
    wanted = sa.select(Absence).where(Absence.user_id == user.id, Absence.to_at > at)
    return db.session.scalars(wanted.order_by(Absence.from_at, Absence.id)).all()


def get_absence(id: int, by: User) -> Absence | None:
    """An absence of one's own; None for any other."""
    found = db.session.get(Absence, id)
    return found if found is not None and found.user_id == by.id else None
