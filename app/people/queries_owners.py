"""Reading who looks after whom: what a user holds, what is planned, who acts while an owner is away."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts import duties, queries_successions
from app.accounts.duties import Duty
from app.accounts.models import Absence, User
from app.core import clock
from app.core.db import db
from app.people import queries
from app.people.models import OwnerRole, Ownership, Person
from app.people.policies import OWNING_ROLES


def list_held(user: User, role: OwnerRole, at: datetime) -> Sequence[Ownership]:
    """The people a user owns or is deputy of at an instant, by name; merged records are not among them."""
    wanted = sa.select(Ownership).join(Person, Person.id == Ownership.person_id)
    wanted = wanted.where(
        Ownership.user_id == user.id, Person.merged_into_id.is_(None), *queries.holds(at, role)
    )
    ordered = wanted.order_by(Person.sort_key, Person.id).options(joinedload(Ownership.person))
    return db.session.scalars(ordered).all()


def owned_by(user: User, at: datetime) -> sa.Select[int]:
    """The numbers of the people a user owns at an instant, for other reads to build on."""
    return sa.select(Ownership.person_id).where(Ownership.user_id == user.id, *queries.holds(at))


def count_held(at: datetime) -> dict[int, int]:
    """How many people each user owns at an instant; one query."""
    wanted = sa.select(Ownership.user_id, sa.func.count(sa.distinct(Ownership.person_id)))
    wanted = wanted.join(Person, Person.id == Ownership.person_id)
    wanted = wanted.where(Person.merged_into_id.is_(None), *queries.holds(at))
    return {row[0]: row[1] for row in db.session.execute(wanted.group_by(Ownership.user_id))}


def ownership_before(row: Ownership) -> Ownership | None:
    """Whose time ended where this one's begins."""
    wanted = sa.select(Ownership).where(
        Ownership.person_id == row.person_id, Ownership.role == row.role, Ownership.id != row.id,
        Ownership.to_at == row.from_at, Ownership.from_at < row.from_at,
    )  # fmt: skip
    return db.session.scalars(wanted.order_by(Ownership.id.desc()).limit(1)).first()


def deputy_until(person: Person, user: User, at: datetime) -> Ownership | None:
    """The time as deputy of this user that ended at an instant."""
    wanted = sa.select(Ownership).where(
        Ownership.person_id == person.id, Ownership.role == OwnerRole.DEPUTY, Ownership.user_id == user.id,
        Ownership.to_at == at, Ownership.from_at < at,
    )  # fmt: skip
    return db.session.scalars(wanted.order_by(Ownership.id.desc()).limit(1)).first()


_HISTORY = (
    sa.select(Ownership)
    .where(
        Ownership.person_id == sa.bindparam("person_id"),
        sa.or_(Ownership.to_at.is_(None), Ownership.to_at > Ownership.from_at),
    )
    .order_by(Ownership.from_at.desc(), Ownership.id.desc())
)


def list_history(person: Person) -> Sequence[Ownership]:
    """Everybody who looked after a person, does or will, latest first; what was planned and taken back is left out."""
    return db.session.scalars(_HISTORY, {"person_id": person.id}).all()


# -- who acts --------------------------------------------------------------------------------------


class Standing(Struct, frozen=True):
    """Who answers for a person at an instant, and who may act for them."""

    owner: User | None
    deputy: User | None
    #: Set while the owner is away: the deputy acts, and both names are kept (R2).
    absence: Absence | None = None

    @property
    def acting(self) -> User | None:
        """Who is to be asked now."""
        return self.deputy if self.absence is not None and self.deputy is not None else self.owner

    def may_act(self, user: User) -> bool:
        """The owner always; the deputy while the owner is away."""
        return user.id in {one.id for one in (self.owner, self.acting) if one is not None}

    def on_behalf_of(self, user: User) -> User | None:
        """In whose name a user acts, when it is not their own."""
        return self.owner if self.owner is not None and user.id != self.owner.id else None


def standing_of(person: Person, at: datetime | None = None) -> Standing:
    """Owner, deputy and whether the owner is away, now unless an instant is given; two queries."""
    at = at or clock.now()
    return _standing(queries.holders_of(person, at), at)


def standing_from(history: Sequence[Ownership], at: datetime) -> Standing:
    """The same where the history of a person was read already (`list_history`); one query."""
    return _standing({row.role: row.user for row in reversed(history) if row.holds_at(at)}, at)


def _standing(holders: Mapping[OwnerRole, User], at: datetime) -> Standing:
    owner = holders.get(OwnerRole.OWNER)
    absence = queries_successions.absence_of(owner, at) if owner else None
    return Standing(owner, holders.get(OwnerRole.DEPUTY), absence)


def acting_owners_of(person_ids: Collection[int], at: datetime) -> dict[int, User]:
    """Who is to be asked about each of these people: the owner, or the deputy of one who is away; three queries."""
    owners = queries.owners_of(person_ids, at)
    away = queries_successions.away_among({owner.id for owner in owners.values()}, at)
    without = [id for id, owner in owners.items() if owner.id in away]
    wanted = sa.select(Ownership.person_id, User).join(User, User.id == Ownership.user_id)
    wanted = wanted.where(Ownership.person_id.in_(without), *queries.holds(at, OwnerRole.DEPUTY))
    return owners | {row[0]: row[1] for row in db.session.execute(wanted)}


def _duties(user: User) -> list[Duty]:
    """The people a user owns, or is going to own (P1)."""
    now = clock.now()
    still = sa.or_(
        Ownership.to_at.is_(None), sa.and_(Ownership.to_at > now, Ownership.to_at > Ownership.from_at)
    )
    wanted = sa.select(sa.func.count(sa.distinct(Ownership.person_id))).join(
        Person, Person.id == Ownership.person_id
    )
    wanted = wanted.where(
        Ownership.user_id == user.id,
        Ownership.role == OwnerRole.OWNER,
        Person.merged_into_id.is_(None),
        still,
    )
    n_people = db.session.scalar(wanted) or 0
    return [Duty(f"{n_people} {'person' if n_people == 1 else 'people'}", OWNING_ROLES)] if n_people else []


duties.register("people", _duties)
