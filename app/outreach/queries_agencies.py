"""What an agency sees of contact: its own, with the people it represents now, and nothing of ours (R3)."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.outreach.models import Collision, Touch
from app.people import queries as people
from app.people.models import Person


def agency_users(organisation_id: int | None) -> sa.Select[int]:
    """The numbers of the logins of an agency."""
    return sa.select(User.id).where(User.organisation_id == organisation_id)


def list_contacts_of_agency(by: User, limit: int = 200) -> Sequence[Touch]:
    """Contacts the agency of `by` made with people it represents at this moment, latest first."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(Touch).where(
        Touch.user_id.in_(agency_users(by.organisation_id)), Touch.person_id.in_(seen)
    )
    ordered = wanted.order_by(Touch.at.desc(), Touch.id.desc()).limit(limit)
    return db.session.scalars(ordered.options(joinedload(Touch.person))).all()


def list_stops_of_agency(by: User, limit: int = 50) -> Sequence[Collision]:
    """Contacts of the agency the guard stopped, with what the owner decided; latest first."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(Collision).where(
        Collision.user_id.in_(agency_users(by.organisation_id)), Collision.person_id.in_(seen)
    )
    ordered = wanted.order_by(Collision.stopped_at.desc(), Collision.id.desc()).limit(limit)
    return db.session.scalars(ordered.options(joinedload(Collision.person))).all()


def list_represented(by: User) -> Sequence[Person]:
    """The people an agency represents now, by name."""
    return db.session.scalars(people.visible_to(by).order_by(Person.sort_key, Person.id)).all()


def list_made_by_agency(
    person_id: int, organisation_id: int, from_at: datetime, to_at: datetime
) -> Sequence[Touch]:
    """What an agency said to one person within a time, oldest first; for us, also long after its access has ended."""
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    wanted = sa.select(Touch).join(Person, Person.id == Touch.person_id)
    wanted = wanted.where(
        survivor == person_id,
        Touch.user_id.in_(agency_users(organisation_id)),
        Touch.at >= from_at,
        Touch.at <= to_at,
    )
    return db.session.scalars(wanted.order_by(Touch.at, Touch.id).options(joinedload(Touch.person))).all()
