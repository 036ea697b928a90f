"""Who is silent, asked of the database: the same silence as `queries_rhythm.list_silences`, as a condition on people (G2)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.outreach.models import Touch
from app.outreach.models_rhythm import CadenceRule, PersonCadence
from app.outreach.queries_rhythm import IN_TOUCH
from app.people.models import Person
from app.programs.models import Enrolment, Program

_DAY = 86_400


def silent_longer_than(n_days: int, now: datetime) -> sa.ColumnElement[bool]:
    """People in a program with whom nobody was in contact for more than so many days."""
    silences = _silences()
    since = sa.extract("epoch", silences.c.since)
    return _among(silences, since < _next_second(now) - (n_days + 1) * _DAY)


def beyond_cadence(now: datetime, *, is_beyond: bool) -> sa.ColumnElement[bool]:
    """People in a program who are silent longer than their cadence, or those who are not."""
    silences = _silences()
    bound = _next_second(now) - (silences.c.n_days + 1) * _DAY
    since = sa.extract("epoch", silences.c.since)
    return _among(silences, since < bound if is_beyond else since >= bound)


def _next_second(now: datetime) -> int:
    """SQLite counts whole seconds only, PostgreSQL parts of them: so both are compared with the second that comes."""
    return int(now.timestamp()) + 1


def _among(silences: sa.Subquery, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return Person.id.in_(sa.select(silences.c.person_id).where(silences.c.place == 1, condition))


def _silences() -> sa.Subquery:
    """For each person in a program now: since when nobody was in contact, and the shortest cadence that holds."""
    tier, stage = aliased(CadenceRule), aliased(CadenceRule)
    touched = sa.select(sa.func.max(Touch.at)).where(
        Touch.person_id == Enrolment.person_id, Touch.struck_at.is_(None)
    )
    since = sa.func.coalesce(touched.scalar_subquery(), Enrolment.admitted_at)
    n_days = sa.func.coalesce(PersonCadence.n_days, tier.n_days, stage.n_days, Program.n_cadence_days)
    order = sa.func.row_number().over(partition_by=Enrolment.person_id, order_by=(n_days, Enrolment.id))
    own = sa.and_(
        PersonCadence.program_id == Enrolment.program_id, PersonCadence.person_id == Enrolment.person_id
    )
    of_tier = sa.and_(
        tier.program_id == Enrolment.program_id,
        tier.tier == PersonCadence.tier,
        tier.tier != "",
        tier.stage == "",
    )
    of_stage = sa.and_(
        stage.program_id == Enrolment.program_id,
        stage.tier == "",
        stage.stage == sa.cast(Enrolment.stage, sa.String),
    )
    wanted = sa.select(
        Enrolment.person_id, since.label("since"), n_days.label("n_days"), order.label("place")
    )
    joined = wanted.join(Program, Program.id == Enrolment.program_id).outerjoin(PersonCadence, own)
    narrowed = joined.outerjoin(tier, of_tier).outerjoin(stage, of_stage)
    return narrowed.where(Enrolment.stage.in_(IN_TOUCH), Program.is_books_only.is_(False)).subquery()
