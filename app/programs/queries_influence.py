"""Reading what is shown of people on two axes, evidence and stated audience: of a cohort, and of a program (R3)."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.accounts.models import User
from app.core.db import db
from app.people import queries as people
from app.people.models import Person
from app.programs.models import Cohort, CohortMember, Enrolment, Program
from app.programs.queries_cohorts import is_in


def list_of_cohort(cohort: Cohort, by: User | None) -> Sequence[Person]:
    """Who is in a cohort now, by name, with evidence and channels; three queries whatever the number."""
    return _loaded(sa.select(CohortMember.person_id).where(is_in(cohort.id)), by)


def list_of_program(program: Program, by: User | None) -> Sequence[Person]:
    """Who is in a program, at whatever stage, by name, with evidence and channels; three queries whatever the number."""
    return _loaded(sa.select(Enrolment.person_id).where(Enrolment.program_id == program.id), by)


def _loaded(ids: sa.Select[int], by: User | None) -> Sequence[Person]:
    wanted = people.visible_to(by).where(Person.id.in_(ids), Person.is_pseudonymous.is_(False))
    loaded = wanted.options(selectinload(Person.evidence), selectinload(Person.channels))
    return db.session.scalars(loaded.order_by(Person.sort_key, Person.id)).all()
