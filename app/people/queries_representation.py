"""Reading which agency speaks, spoke or will speak for a person."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.people import queries
from app.people.models import Organisation, Person, Representation


def agency_of(person: Person) -> Organisation | None:
    """The agency that speaks for the person now."""
    rows = [row for row in list_representations(person) if row.holds_at(clock.now())]
    return rows[0].organisation if rows else None


_OF_PERSON = (
    sa.select(Representation)
    .where(
        Representation.person_id == sa.bindparam("person_id"),
        sa.or_(Representation.to_at.is_(None), Representation.to_at > Representation.from_at),
    )
    .order_by(Representation.from_at.desc(), Representation.id.desc())
)


def list_representations(person: Person) -> Sequence[Representation]:
    """Every agency of a person, latest first; what was planned and taken back is left out."""
    return db.session.scalars(_OF_PERSON, {"person_id": person.id}).all()


def get_representation(id: int, by: User) -> Representation:
    """A representation of a person `by` may see; NotFound for any other."""
    wanted = (
        sa.select(Representation).where(Representation.id == id).options(joinedload(Representation.person))
    )
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such representation."))
    queries.get_person(found.person_id, by)
    return found
