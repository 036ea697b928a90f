"""Reading what binds people to the house, past ties included (D6)."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.disclosures.models import Tie
from app.people import queries as people
from app.people.models import Person


def list_ties(person: Person) -> Sequence[Tie]:
    """Every tie of a person, those that last first, then the latest."""
    wanted = sa.select(Tie).where(Tie.person_id.in_(people.records_of(person)))
    is_over = sa.case((Tie.to_on.is_(None), 0), else_=1)
    return db.session.scalars(wanted.order_by(is_over, Tie.from_on.desc(), Tie.id.desc())).all()


def get_tie(id: int, by: User | None) -> Tie:
    """The tie of a person `by` may see, or NotFound."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(Tie).where(Tie.id == id, Tie.person_id.in_(seen)).options(joinedload(Tie.person))
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such tie, or it is not yours to see."))
    return found
