"""Reading the door: links, visits, whose they are, and who is behind a mail address."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts.models import Role, User
from app.accounts.signing_in import SECRET_LENGTH, hash_secret
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.outreach import queries_agencies, queries_outbox
from app.outreach.models import Letter
from app.people import queries as people
from app.people import queries_consents
from app.people.models import Person
from app.people.models_consents import Purpose
from app.portal import policies
from app.portal.models import Holder, PersonLink, PersonPasskey, PersonSession

#: What is held by a person or by a representative.
Held = TypeVar("Held", PersonLink, PersonSession)


def find_link(secret: str, *, is_locked: bool = False) -> PersonLink | None:
    """The link with this secret, live or not; locked until the end of the transaction if it is to be redeemed."""
    if len(secret) != SECRET_LENGTH:
        return None
    wanted = sa.select(PersonLink).where(PersonLink.secret_hash == hash_secret(secret))
    # Only the link itself: PostgreSQL cannot lock what an outer join may leave empty.
    return db.session.scalars(wanted.with_for_update(of=PersonLink) if is_locked else wanted).one_or_none()


def get_letter_by_secret(secret: str) -> Letter:
    """The letter whose headers hold this secret; NotFound for everything else."""
    letter = queries_outbox.find_by_unsubscribe(secret) if len(secret) == SECRET_LENGTH else None
    if letter is None:
        raise NotFound(_("This address leads nowhere. Compare it with the letter you got."))
    return letter


def find_visit(secret: str) -> PersonSession | None:
    """The live visit of a browser with this secret."""
    if len(secret) != SECRET_LENGTH:
        return None
    wanted = sa.select(PersonSession).where(PersonSession.secret_hash == hash_secret(secret))
    found = db.session.scalars(wanted).one_or_none()
    return found if found is not None and policies.is_live_visit(found, clock.now()) else None


# -- whose it is -------------------------------------------------------------------------------------


def person_at(row: PersonLink | PersonSession | PersonPasskey) -> Person:
    """Whose door it is: the record that stayed, if theirs was merged since; NotFound when there is none any more."""
    if row.person_id is None:
        raise NotFound(_("This is the door of a representative."))
    person = people.get_person(row.person_id, None)
    if person.is_pseudonymous or queries_consents.is_withdrawn(person, Purpose.PORTAL):
        raise NotFound(_("There is nobody behind this door."))
    return person


def agent_at(row: PersonLink | PersonSession) -> User:
    """The representative whose door it is; NotFound when it is a person's, or they work for no agency any more."""
    if row.user is None or not policies.is_agent(row.user):
        raise NotFound(_("There is no representative behind this door."))
    return row.user


def holder_at(row: PersonLink | PersonSession) -> Holder:
    """Whose door it is, a person's or a representative's; NotFound when there is nobody any more."""
    return agent_at(row) if row.person_id is None else person_at(row)


def host_of(link: PersonLink) -> User | None:
    """In whose name a link was mailed: the owner of the relationship at that moment."""
    if link.person is not None:
        return people.owner_of(link.person, link.made_at) or link.made_by
    return link.made_by or (host_of_agent(link.user, link.made_at) if link.user is not None else None)


def host_of_agent(user: User, at: datetime | None = None) -> User | None:
    """Who writes to a representative: whoever looks after the first of those they speak for now."""
    owners = (people.owner_of(one, at) for one in queries_agencies.list_represented(user))
    return next((one for one in owners if one is not None), None)


def list_people_at(email: str, most: int = 3) -> list[Person]:
    """Who has this mail address and may have a page: several only where a household shares one."""
    address = email.strip().lower()
    if "@" not in address:
        return []
    wanted = sa.select(Person).where(
        sa.func.lower(Person.email) == address,
        Person.merged_into_id.is_(None),
        Person.is_pseudonymous.is_(False),
    )
    found = db.session.scalars(wanted.order_by(Person.id).limit(most)).all()
    return [one for one in found if not queries_consents.is_withdrawn(one, Purpose.PORTAL)]


def list_agents_at(email: str) -> list[User]:
    """The representative with this mail address, if they speak for anybody now."""
    wanted = sa.select(User).where(sa.func.lower(User.email) == email.strip().lower()).order_by(User.id)
    found = [one for one in db.session.scalars(wanted) if policies.is_agent(one)]
    return [one for one in found if queries_agencies.list_represented(one)]


def list_agents_of(person: Person) -> Sequence[User]:
    """Who may speak for a person at this moment, by name."""
    wanted = sa.select(User).where(User.role == Role.PARTNER, User.is_active).order_by(User.name, User.id)
    return [one for one in db.session.scalars(wanted) if speaks_for(one, person)]


def speaks_for(user: User, person: Person) -> bool:
    """Whether a user is of an agency that represents a person at this moment (R3)."""
    seen = people.visible_to(user).where(Person.id == person.id).with_only_columns(Person.id)
    return policies.is_agent(user) and db.session.scalar(seen) is not None


# -- what they hold ----------------------------------------------------------------------------------


def list_links(holder: Holder) -> Sequence[PersonLink]:
    """The links made for a person or a representative, the newest first."""
    wanted = sa.select(PersonLink).where(_held_by(PersonLink, holder))
    return db.session.scalars(wanted.order_by(PersonLink.id.desc()).limit(20)).all()


def list_visits(holder: Holder) -> Sequence[PersonSession]:
    """The browsers in which they are at home now."""
    wanted = sa.select(PersonSession).where(
        _held_by(PersonSession, holder),
        PersonSession.ended_at.is_(None),
        PersonSession.expires_at > clock.now(),
    )
    return db.session.scalars(wanted.order_by(PersonSession.id)).all()


def _held_by(model: type[Held], holder: Holder) -> sa.ColumnElement[bool]:
    if isinstance(holder, User):
        return model.user_id == holder.id
    return model.person_id.in_(people.records_of(holder))
