"""Reading initiatives, what they lend, launches, and briefs with their versions."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.people import queries as people
from app.people.models import Person
from app.programs.models import Enrolment, Program
from app.programs.models_initiatives import Brief, BriefVersion, Initiative, Launch, LentResource


def list_initiatives(program: Program) -> Sequence[Initiative]:
    """The initiatives of a program: those running first, then the newest."""
    wanted = (
        sa.select(Initiative)
        .where(Initiative.program_id == program.id)
        .order_by(Initiative.closed_on.is_not(None), Initiative.starts_on.desc(), Initiative.id.desc())
        .options(joinedload(Initiative.goal))
    )
    return db.session.scalars(wanted).all()


def get_initiative(id: int) -> Initiative:
    """The initiative with this id, or NotFound."""
    found = db.session.get(Initiative, id)
    if found is None:
        raise NotFound(_("There is no such initiative."))
    return found


def list_lent(
    initiative: Initiative, *, by: User | None = None, is_out: bool | None = None
) -> Sequence[LentResource]:
    """What an initiative has lent to people `by` may see, the next due first; `is_out` keeps what is not back yet."""
    wanted = (
        sa.select(LentResource)
        .where(
            LentResource.initiative_id == initiative.id,
            LentResource.person_id.in_(people.visible_to(by).with_only_columns(Person.id)),
        )
        .order_by(LentResource.returned_on.is_not(None), LentResource.until_on, LentResource.id)
        .options(joinedload(LentResource.person))
    )
    if is_out:
        wanted = wanted.where(LentResource.returned_on.is_(None))
    return db.session.scalars(wanted).all()


def get_lent(id: int, by: User | None) -> LentResource:
    """Something lent to a person `by` may see; else NotFound."""
    found = db.session.get(LentResource, id)
    if found is None:
        raise NotFound(_("Nothing of this number was lent."))
    people.get_person(found.person_id, by)
    return found


def list_launches(program: Program) -> Sequence[Launch]:
    """The launches of a program, the latest first."""
    wanted = (
        sa.select(Launch).where(Launch.program_id == program.id).order_by(Launch.on.desc(), Launch.id.desc())
    )
    return db.session.scalars(wanted).all()


def get_launch(id: int) -> Launch:
    """The launch with this id, or NotFound."""
    found = db.session.get(Launch, id)
    if found is None:
        raise NotFound(_("There is no such launch."))
    return found


def list_briefs(program: Program) -> Sequence[Brief]:
    """The messages of a program by title, with their versions."""
    wanted = sa.select(Brief).where(Brief.program_id == program.id).order_by(Brief.title, Brief.id)
    return db.session.scalars(wanted.options(selectinload(Brief.versions))).all()


def list_briefs_of(person: Person) -> Sequence[Brief]:
    """The messages of a person's programs, the program entered first on top, with their versions."""
    wanted = (
        sa.select(Brief)
        .join(Enrolment, Enrolment.program_id == Brief.program_id)
        .where(Enrolment.person_id == person.id)
        .order_by(Enrolment.admitted_at, Enrolment.id, Brief.title, Brief.id)
    )
    return db.session.scalars(wanted.options(selectinload(Brief.versions))).all()


def find_brief(program: Program, title: str) -> Brief | None:
    """The brief of this title, whatever its case."""
    wanted = sa.select(Brief).where(
        Brief.program_id == program.id, sa.func.lower(Brief.title) == title.strip().lower()
    )
    return db.session.scalars(wanted.order_by(Brief.id).limit(1)).first()


def get_brief(id: int) -> Brief:
    """The brief with this id and its versions, or NotFound."""
    wanted = sa.select(Brief).where(Brief.id == id)
    options = selectinload(Brief.versions).joinedload(BriefVersion.made_by)
    found = db.session.scalars(wanted.options(options)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such brief."))
    return found


def get_brief_version(id: int) -> BriefVersion:
    """One version of a brief, or NotFound."""
    found = db.session.get(BriefVersion, id)
    if found is None:
        raise NotFound(_("There is no such version."))
    return found


def lock_brief(brief: Brief) -> BriefVersion:
    """The newest version, nobody else adding one until the end of the transaction."""
    db.session.execute(sa.select(Brief.id).where(Brief.id == brief.id).with_for_update())
    wanted = sa.select(BriefVersion).where(BriefVersion.brief_id == brief.id)
    return db.session.scalars(wanted.order_by(BriefVersion.number.desc()).limit(1)).one()
