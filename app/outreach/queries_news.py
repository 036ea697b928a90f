"""Reading who may get news, and which letters would bring some to somebody who did not agree (P4)."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.outreach.models import Letter
from app.outreach.policies_outbox import NEWS
from app.people import queries as people
from app.people import queries_consents
from app.people.models import Person
from app.programs.models import Cohort, CohortMember


def unwanted_news(letters: Sequence[Letter]) -> set[int]:
    """The numbers of those letters that are news to somebody who did not agree to any; one query, or none without news."""
    news = [letter for letter in letters if letter.key == NEWS]
    agreed = queries_consents.agree_to_news({letter.person_id for letter in news}) if news else set()
    return {letter.id for letter in news if letter.person_id not in agreed}


def list_audiences() -> Sequence[Cohort]:
    """The cohorts news may go to, with their programs, by name."""
    wanted = sa.select(Cohort).options(joinedload(Cohort.program))
    return db.session.scalars(wanted.order_by(sa.func.lower(Cohort.name), Cohort.id)).all()


class Audience(Struct, frozen=True):
    """The members of a cohort: who can be written to, and who has no mail address."""

    cohort: Cohort
    reached: Sequence[Person]
    without_mail: Sequence[Person]


def audience_of(cohort_id: int, by: User) -> Audience:
    """The members of a cohort `by` may see, by name; NotFound when there is no such cohort."""
    cohort = db.session.get(Cohort, cohort_id)
    if cohort is None:
        raise NotFound(_("There is no such cohort."))
    members = sa.select(CohortMember.person_id).where(
        CohortMember.cohort_id == cohort_id, CohortMember.released_at.is_(None)
    )
    wanted = people.visible_to(by).where(Person.id.in_(members)).order_by(Person.sort_key, Person.id)
    found = db.session.scalars(wanted).all()
    return Audience(cohort, [one for one in found if one.email], [one for one in found if not one.email])
