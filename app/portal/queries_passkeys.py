"""Reading passkeys of people."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from app.core.db import db
from app.core.errors import NotFound
from app.people import queries as people
from app.people.models import Person
from app.portal.models import PersonPasskey


def list_passkeys(person: Person) -> Sequence[PersonPasskey]:
    """Those of a person, the oldest first."""
    wanted = sa.select(PersonPasskey).where(PersonPasskey.person_id.in_(people.records_of(person)))
    return db.session.scalars(wanted.order_by(PersonPasskey.id)).all()


def get_passkey(person: Person, id: int) -> PersonPasskey:
    """One of a person's; NotFound for every other number."""
    for row in list_passkeys(person):
        if row.id == id:
            return row
    raise NotFound(_("There is no such passkey of theirs."))


def find_passkey(credential: str) -> PersonPasskey | None:
    """The passkey a device calls so, locked until the end of the transaction; None for every other text."""
    wanted = sa.select(PersonPasskey).where(PersonPasskey.credential == credential[:1400])
    return db.session.scalars(wanted.with_for_update(of=PersonPasskey)).one_or_none()
