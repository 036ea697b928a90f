"""Reading what comes back from people: insights, outcomes by market, lead times, briefs received."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.accounts.queries_successions import answerers_of, answering
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.outreach import policies_insights as policies
from app.outreach.models import Touch
from app.outreach.models_insights import BriefReceipt, Insight, Outcome
from app.people import queries as people
from app.people.models import Person
from app.programs import queries_initiatives
from app.programs.models import Enrolment, Goal, Program
from app.programs.models_initiatives import Brief, BriefVersion, Launch
from app.programs.policies_initiatives import Lead, lead_of

_MOST = 200


def _visible(by: User | None) -> sa.Select[int]:
    return people.visible_to(by).with_only_columns(Person.id)


# -- insights --------------------------------------------------------------------------------------


def list_insights(
    by: User | None, *, program: Program | None = None, person: Person | None = None, owner: User | None = None,
    is_open: bool | None = None, limit: int = _MOST,
) -> Sequence[Insight]:  # fmt: skip
    """What people told us, of people `by` may see: waiting ones first, the next due on top."""
    wanted = (
        sa.select(Insight)
        .where(Insight.person_id.in_(_visible(by)))
        .order_by(Insight.answered_on.is_not(None), Insight.reply_due_on, Insight.id)
        .options(*(joinedload(part) for part in (Insight.person, Insight.owner, Insight.department, Insight.program)))
        .limit(limit)
    )  # fmt: skip
    if program is not None:
        wanted = wanted.where(Insight.program_id == program.id)
    if person is not None:
        wanted = wanted.where(Insight.person_id == person.id)
    if owner is not None:
        wanted = wanted.where(answering(Insight, Insight.owner_id, clock.now()) == owner.id)
    if is_open is not None:
        wanted = wanted.where(Insight.told_on.is_(None) if is_open else Insight.told_on.is_not(None))
    return db.session.scalars(wanted).all()


def list_insights_of(user: User, at: datetime) -> Sequence[Insight]:
    """What a user still has to answer at an instant, the next due first (P1)."""
    wanted = sa.select(Insight).where(
        Insight.answered_on.is_(None), answering(Insight, Insight.owner_id, at) == user.id
    )
    ordered = wanted.order_by(Insight.reply_due_on, Insight.id)
    return db.session.scalars(ordered.options(joinedload(Insight.person))).all()


def who_answers(rows: Sequence[Insight]) -> dict[int, User]:
    """Who answers each of these insights now, after whatever was handed over; two queries."""
    return answerers_of(Insight, {row.id: row.owner_id for row in rows}, clock.now())


def get_insight(id: int, by: User | None) -> Insight:
    """An insight of a person `by` may see; else NotFound."""
    found = db.session.scalars(
        sa.select(Insight).where(Insight.id == id, Insight.person_id.in_(_visible(by)))
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such insight."))
    return found


# -- outcomes --------------------------------------------------------------------------------------


class MarketFigure(Struct, frozen=True):
    """What came out of one country; `is_unexpected` where no goal of the program names it (G8)."""

    country: str
    n: int
    n_people: int
    is_unexpected: bool
    first_on: date
    last_on: date


def list_outcomes(by: User | None, program: Program, country: str = "") -> Sequence[Outcome]:
    """The outcomes of a program, the latest first, of people `by` may see."""
    wanted = (
        sa.select(Outcome)
        .where(Outcome.program_id == program.id, Outcome.person_id.in_(_visible(by)))
        .order_by(Outcome.on.desc(), Outcome.id.desc())
        .options(joinedload(Outcome.person), joinedload(Outcome.touch), joinedload(Outcome.goal))
        .limit(_MOST)
    )
    return db.session.scalars(wanted.where(Outcome.country == country) if country else wanted).all()


def outcomes_by_market(by: User | None, program: Program) -> list[MarketFigure]:
    """The one count of outcomes: a row per country, most first (O6)."""
    wanted = (
        sa.select(
            Outcome.country, sa.func.count(), sa.func.count(sa.distinct(Outcome.person_id)), sa.func.min(Outcome.on),
            sa.func.max(Outcome.on),
        )
        .where(Outcome.program_id == program.id, Outcome.person_id.in_(_visible(by)))
        .group_by(Outcome.country)
        .order_by(sa.func.count().desc(), Outcome.country)
    )  # fmt: skip
    goals = db.session.scalars(sa.select(Goal.market).where(Goal.program_id == program.id))
    named = policies.countries_wanted(goals)
    return [
        MarketFigure(country, n, n_people, policies.is_unexpected(country, named), first_on, last_on)
        for country, n, n_people, first_on, last_on in db.session.execute(wanted)
    ]


def get_outcome(id: int, by: User | None) -> Outcome:
    """An outcome with a person `by` may see; else NotFound."""
    found = db.session.scalars(
        sa.select(Outcome).where(Outcome.id == id, Outcome.person_id.in_(_visible(by)))
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such outcome."))
    return found


# -- lead times (G7) -------------------------------------------------------------------------------


class LeadRow(Struct, frozen=True):
    """How early one person was involved before one launch."""

    person: Person
    first_on: date | None
    lead: Lead

    @property
    def id(self) -> int:
        return self.person.id


def first_contacts(person_ids: Sequence[int]) -> Mapping[int, date]:
    """The day of the first contact with each person who had one."""
    wanted = (
        sa.select(Touch.person_id, sa.func.min(Touch.at))
        .where(Touch.person_id.in_(person_ids), Touch.struck_at.is_(None))
        .group_by(Touch.person_id)
    )
    return {person_id: at.date() for person_id, at in db.session.execute(wanted)}


def lead_times(by: User | None, program: Program) -> list[tuple[Launch, list[LeadRow]]]:
    """For each launch of a program, the lead of everybody enrolled before it, the latest involved first (G7)."""
    enrolled = (
        sa.select(Person, Enrolment.admitted_at)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.program_id == program.id, Person.id.in_(_visible(by)))
        .order_by(Person.sort_key, Person.id)
    )
    members = [(person, at.date()) for person, at in db.session.execute(enrolled)]
    first = first_contacts([person.id for person, _on in members])
    return [
        (launch, sorted((_lead_row(person, first, launch) for person, on in members if on <= launch.on), key=_lateness))
        for launch in queries_initiatives.list_launches(program)
    ]  # fmt: skip


def _lead_row(person: Person, first: Mapping[int, date], launch: Launch) -> LeadRow:
    first_on = first.get(person.id)
    return LeadRow(person, first_on, lead_of(first_on, launch.on))


def _lateness(row: LeadRow) -> tuple[bool, int]:
    return row.lead.n_days is not None, row.lead.n_days or 0


# -- briefs received (G4) --------------------------------------------------------------------------


class BriefStanding(Struct, frozen=True):
    """Which version of a message a person received last, and the one in force."""

    brief: Brief
    received: BriefReceipt | None
    n_current: int
    n_older: int

    @property
    def is_behind(self) -> bool:
        return self.received is not None and self.received.version.number < self.brief.current.number


def find_receipt(touch: Touch, version: BriefVersion) -> BriefReceipt | None:
    """The receipt of this version in this contact."""
    wanted = sa.select(BriefReceipt).where(
        BriefReceipt.touch_id == touch.id, BriefReceipt.version_id == version.id
    )
    return db.session.scalars(wanted).one_or_none()


def list_receipts(briefs: Sequence[Brief], by: User | None) -> Sequence[BriefReceipt]:
    """Who received which version of these briefs, the newest version first; a person stands once per version."""
    wanted = (
        sa.select(BriefReceipt)
        .join(BriefVersion)
        .where(
            BriefVersion.brief_id.in_([brief.id for brief in briefs]),
            BriefReceipt.person_id.in_(_visible(by)),
        )
        .order_by(BriefVersion.number.desc(), BriefReceipt.id)
        .options(
            joinedload(BriefReceipt.person), joinedload(BriefReceipt.version), joinedload(BriefReceipt.touch)
        )
    )
    first: dict[tuple[int, int], BriefReceipt] = {}
    for receipt in db.session.scalars(wanted):
        first.setdefault((receipt.person_id, receipt.version_id), receipt)
    return list(first.values())


def briefs_of_person(person: Person, by: User | None) -> list[BriefStanding]:
    """The messages of the person's programs: what is in force, and which version they received (J3.4)."""
    briefs = queries_initiatives.list_briefs_of(person)
    latest: dict[int, dict[int, BriefReceipt]] = {
        brief.id: {} for brief in briefs
    }  # by brief, then by person
    for receipt in list_receipts(briefs, by):
        latest[receipt.version.brief_id].setdefault(receipt.person_id, receipt)
    return [_standing(brief, person, latest[brief.id]) for brief in briefs]


def _standing(brief: Brief, person: Person, latest: Mapping[int, BriefReceipt]) -> BriefStanding:
    n_current = sum(one.version_id == brief.current.id for one in latest.values())
    return BriefStanding(brief, latest.get(person.id), n_current, len(latest) - n_current)
