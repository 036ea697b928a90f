"""Reading rhythm: who has gone quiet, which touch is the next best one and why, cadences, reminders (G2)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.outreach import policies, policies_rhythm, queries, queries_plans
from app.outreach.models import Touch, TouchCorrection, TouchKind
from app.outreach.models_rhythm import CadenceRule, PersonCadence, ReminderChoice, Snooze
from app.outreach.policies_rhythm import Advice, Cadence, Reason, Situation
from app.people import queries as people
from app.people import queries_owners
from app.people.models import Person
from app.programs.models import Enrolment, Program, Stage
from app.programs.models_initiatives import Launch

#: Who is in a program now; the others are not expected to hear from us.
IN_TOUCH = (Stage.VETTED, Stage.INVITED, Stage.ACTIVE)

# -- silence ---------------------------------------------------------------------------------------


class Silence(Struct, frozen=True):
    """How long nobody was in touch with a person, and the cadence that holds."""

    person: Person
    since: datetime
    n_days: int
    cadence: Cadence
    program: Program
    program_ids: frozenset[int]

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def n_cadence(self) -> int:
        return self.cadence.n_days

    @property
    def n_over(self) -> int:
        return self.n_days - self.n_cadence

    @property
    def is_too_long(self) -> bool:
        return self.n_over > 0


class SilenceFilter(Struct, frozen=True):
    """What a list of silences is narrowed to: more than so many days, one owner's people, one program, beyond the cadence."""

    n_days: int | None = None
    owner_id: int | None = None
    program_id: int | None = None
    person_id: int | None = None
    person_ids: frozenset[int] | None = None
    is_too_long: bool = False


def list_silences(by: User, now: datetime, filter: SilenceFilter = SilenceFilter()) -> list[Silence]:
    """The people in a program now, the furthest beyond their cadence first (G2); four queries whatever the rows.

    Silence begins with the last touch on any channel in either direction, else with the admission; of several
    programs the shortest cadence counts.
    """
    rows = _enrolments(by, now, filter)
    if not rows:
        return []
    person_ids = {row.person_id for row in rows}
    last = queries.last_touches(person_ids)
    rules = _rules_by_program({row.program_id for row in rows})
    own = _person_cadences(person_ids)
    programs: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        programs[row.person_id].add(row.program_id)
    found: dict[int, Silence] = {}
    for row in rows:
        said = own.get((row.program_id, row.person_id))
        cadence = policies_rhythm.cadence_of(
            program=row.program.n_cadence_days, stage=row.stage, rules=rules[row.program_id],
            tier=said.tier if said else "", own=said.n_days if said else None,
        )  # fmt: skip
        known = found.get(row.person_id)
        if known is None or cadence.n_days < known.n_cadence:
            since = last.get(row.person_id, row.admitted_at)
            days, ids = (now - since).days, frozenset(programs[row.person_id])
            found[row.person_id] = Silence(row.person, since, days, cadence, row.program, ids)
    kept = [one for one in found.values() if _is_wanted(one, filter)]
    return sorted(kept, key=lambda one: (-one.n_over, one.person.sort_key, one.person.id))


def silence_of(person: Person, by: User, now: datetime) -> Silence | None:
    """The silence of one person; None when they are in no program now."""
    return next(iter(list_silences(by, now, SilenceFilter(person_id=person.id))), None)


def _is_wanted(one: Silence, filter: SilenceFilter) -> bool:
    is_silent = filter.n_days is None or one.n_days > filter.n_days
    return is_silent and (one.is_too_long or not filter.is_too_long)


def _enrolments(by: User, now: datetime, filter: SilenceFilter) -> Sequence[Enrolment]:
    seen = people.visible_to(by).with_only_columns(Person.id).where(Person.id == Enrolment.person_id)
    wanted = sa.select(Enrolment).join(Program, Program.id == Enrolment.program_id)
    wanted = wanted.where(
        seen.correlate(Enrolment).exists(), Enrolment.stage.in_(IN_TOUCH), Program.is_books_only.is_(False)
    )
    if filter.owner_id is not None:
        owner = db.session.get(User, filter.owner_id)
        owned = queries_owners.owned_by(owner, now) if owner else sa.select(Person.id).where(sa.false())
        wanted = wanted.where(Enrolment.person_id.in_(owned))
    if filter.person_id is not None:
        wanted = wanted.where(Enrolment.person_id == filter.person_id)
    if filter.person_ids is not None:
        wanted = wanted.where(Enrolment.person_id.in_(filter.person_ids))
    if filter.program_id is not None:
        wanted = wanted.where(Enrolment.program_id == filter.program_id)
    loaded = (joinedload(Enrolment.person), joinedload(Enrolment.program))
    return db.session.scalars(wanted.order_by(Enrolment.id).options(*loaded)).all()


# -- cadence ---------------------------------------------------------------------------------------


def list_cadence_rules(program: Program) -> Sequence[CadenceRule]:
    """The rules of a program: tiers by name, then stages."""
    wanted = sa.select(CadenceRule).where(CadenceRule.program_id == program.id)
    return db.session.scalars(wanted.order_by(CadenceRule.tier.desc(), CadenceRule.stage)).all()


def person_cadence_of(person: Person, program: Program) -> PersonCadence | None:
    """The tier and the own number of a person in a program."""
    return _person_cadences([person.id]).get((program.id, person.id))


def person_cadence_of_id(person_id: int, program_id: int) -> PersonCadence | None:
    """The same by number."""
    return _person_cadences([person_id]).get((program_id, person_id))


def _rules_by_program(program_ids: Collection[int]) -> dict[int, dict[tuple[str, str], int]]:
    found: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    for rule in db.session.scalars(sa.select(CadenceRule).where(CadenceRule.program_id.in_(program_ids))):
        found[rule.program_id][rule.tier, rule.stage] = rule.n_days
    return found


def _person_cadences(person_ids: Collection[int]) -> dict[tuple[int, int], PersonCadence]:
    rows = db.session.scalars(sa.select(PersonCadence).where(PersonCadence.person_id.in_(person_ids)))
    return {(row.program_id, row.person_id): row for row in rows}


# -- the next best touch ---------------------------------------------------------------------------


class NextTouch(Struct, frozen=True):
    """One line of the list: whom to contact next, how strongly, and why in one sentence."""

    silence: Silence
    advice: Advice

    @property
    def id(self) -> int:
        return self.silence.person.id

    @property
    def name(self) -> str:
        return self.silence.person.name

    @property
    def person(self) -> Person:
        return self.silence.person

    @property
    def points(self) -> int:
        return self.advice.total


def next_touches(by: User, now: datetime, today: date, limit: int | None = None) -> list[NextTouch]:
    """Whom a user should contact next among the people they own, the strongest reason first (G2).

    People who want quiet now, and those the user has put off, are not there; neither is who has nothing that speaks
    for a touch. A fixed number of queries.
    """
    off = reasons_off(by)
    resting = _snoozed(by, today)
    owned = [
        one for one in list_silences(by, now, SilenceFilter(owner_id=by.id)) if one.person.id not in resting
    ]
    ids = [one.person.id for one in owned]
    facts = queries.contact_facts(ids, queries.limit_in_force(now), now)
    launches = _next_launches({id for one in owned for id in one.program_ids}, today)
    plans = queries_plans.next_plans(ids)
    found = []
    for one in owned:
        known = facts[one.person.id]
        if policies.wish_against(known, kind=TouchKind.UNSOLICITED, channel=None, now=now):
            continue
        coming = [launches[id] for id in one.program_ids if id in launches]
        situation = Situation(
            one.n_days,
            one.cadence,
            _asker(known.open_asks),
            min(coming, default=None),
            plans.get(one.person.id),
        )
        found.append(NextTouch(one, policies_rhythm.advise(situation, today, off)))
    ordered = sorted(
        (one for one in found if one.points > 0),
        key=lambda one: (-one.points, -one.silence.n_over, one.person.sort_key, one.id),
    )
    return ordered[:limit]


def _asker(asks: Sequence[Touch]) -> str:
    return asks[-1].user.name if asks else ""


def _next_launches(program_ids: Collection[int], today: date) -> dict[int, date]:
    wanted = sa.select(Launch.program_id, sa.func.min(Launch.on))
    wanted = wanted.where(Launch.program_id.in_(program_ids), Launch.on >= today)
    return {row[0]: row[1] for row in db.session.execute(wanted.group_by(Launch.program_id))}


# -- corrections -----------------------------------------------------------------------------------


def list_corrections(touch: Touch) -> Sequence[TouchCorrection]:
    """How a contact was put right, the latest first."""
    wanted = sa.select(TouchCorrection).where(TouchCorrection.touch_id == touch.id)
    return db.session.scalars(wanted.order_by(TouchCorrection.at.desc(), TouchCorrection.id.desc())).all()


# -- reminders -------------------------------------------------------------------------------------


def reasons_off(user: User) -> set[Reason]:
    """The reasons a user has switched off."""
    wanted = sa.select(ReminderChoice.reasons_off).where(ReminderChoice.user_id == user.id)
    return {Reason(value) for value in db.session.scalar(wanted) or ()}


def snooze_of(person: Person, user: User) -> Snooze | None:
    """What a user said about being reminded of a person."""
    wanted = sa.select(Snooze).where(Snooze.person_id == person.id, Snooze.user_id == user.id)
    return db.session.scalars(wanted).one_or_none()


def list_snoozes(user: User, today: date) -> Sequence[Snooze]:
    """The people a user hears nothing about for now, the first to come back first."""
    wanted = sa.select(Snooze).where(Snooze.user_id == user.id, Snooze.until_on > today)
    return db.session.scalars(
        wanted.order_by(Snooze.until_on, Snooze.id).options(joinedload(Snooze.person))
    ).all()


def _snoozed(user: User, today: date) -> set[int]:
    wanted = sa.select(Snooze.person_id).where(Snooze.user_id == user.id, Snooze.until_on > today)
    return set(db.session.scalars(wanted))
