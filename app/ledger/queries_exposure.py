"""What a person has been given, has booked and has planned, held against the caps in force (L7, L9)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.core import clock
from app.core.db import db
from app.core.money import Money
from app.ledger import policies, policies_limits
from app.ledger.models import (
    NON_CASH_FORMS,
    Approver,
    Cap,
    CapWindow,
    Category,
    Commitment,
    CommitmentStage,
    ExceptionState,
    Form,
    Leg,
    RuleException,
    leg_of,
)
from app.ledger.models_limits import PROMISE
from app.ledger.policies import CapVerdict, Exposure, Level
from app.ledger.queries_rates import RateNeeded, frozen_rate
from app.ledger.queries_totals import By, Scope, Total, totals
from app.people import queries as people
from app.people.models import Person

#: Fees and commission: planned value in these categories weighs on the cash leg.
_CASH_CATEGORIES = frozenset(
    {
        Category.ADVISORY_FEE, Category.SPEAKING_FEE, Category.WORKSHOP_FEE, Category.CONTENT_FEE, Category.RESEARCH_FEE,
        Category.HONORARIUM, Category.FEE_EXPENSES, Category.AFFILIATE_COMMISSION, Category.DONATION_FOR,
    }
)  # fmt: skip


class SourceKey(Struct, frozen=True):
    """Where planned value comes from: room, part, number."""

    kind: str
    part: str
    id: int


#: Asked with every posting, so built once.
_CAPS = (
    sa.select(Cap)
    .where(
        Cap.leg == sa.bindparam("leg"),
        sa.or_(Cap.program_id.is_(None), Cap.program_id == sa.bindparam("program_id")),
        sa.or_(Cap.category.is_(None), Cap.category == sa.bindparam("category")),
        Cap.effective_from_on <= sa.bindparam("day"),
        sa.or_(Cap.effective_to_on.is_(None), Cap.effective_to_on >= sa.bindparam("day")),
    )
    .order_by(Cap.id)
)


def caps_in_force(person: Person, program_id: int, category: Category, leg: Leg, on: date) -> Sequence[Cap]:
    """The caps that apply to one piece of value on its day: of any or of this program, category and role (L9)."""
    place = {"leg": leg, "program_id": program_id, "category": category, "day": on}
    return _concerning(person, db.session.scalars(_CAPS, place), on)


def _concerning(person: Person, caps: Iterable[Cap], on: date) -> list[Cap]:
    """Those of the caps that limit such a person on a day; their employer is asked for only when a cap does."""
    found = list(caps)
    if not any(
        cap.is_for_officials or cap.is_for_employed or cap.employer_kind or cap.kind_code for cap in found
    ):
        return found
    who = policies_limits.recipient(person, people.employer_of(person, on))
    return [cap for cap in found if policies_limits.concerns(cap, who)]


class Planning(Struct, frozen=True):
    """What is being planned: its value, the event it is for, and where from, as that may be planned anew."""

    worth: Money
    event_id: int | None
    source: SourceKey


def exposure(
    person: Person, cap: Cap, on: date, *, without: SourceKey | None = None, planning: Planning | None = None
) -> Exposure:
    """Actual, committed and planned value of a person in a cap's window around a day, in the cap's currency.

    Over all departments. `without` leaves out the commitment of a source that is being planned anew. What an invitation
    promises counts as planned until its day, less what was booked of it: also less what is being planned now.
    RateNeeded when something in it cannot be converted.
    """
    begins, ends = window(cap, on)
    actual = _sum((total.received for total in _actual(person, cap, begins, ends)), cap.currency, on)
    committed, planned = Money(0, cap.currency), Money(0, cap.currency)
    for row in _commitments(person, cap, begins, ends):
        if without is not None and (row.source_kind, row.source_part, row.source_id) == (
            without.kind,
            without.part,
            without.id,
        ):
            continue
        amount = _sum([row.reporting], cap.currency, on)
        if row.source_part.startswith(PROMISE):
            planned += _left_of_promise(row, amount, cap, on, planning)
        elif row.stage is CommitmentStage.COMMITTED:
            committed += amount
        else:
            planned += amount
    return Exposure(actual, committed, planned)


def _left_of_promise(
    row: Commitment, promised: Money, cap: Cap, on: date, planning: Planning | None
) -> Money:
    """What of a promise is not booked, given or being planned yet; nothing once its day is over."""
    nothing = Money(0, cap.currency)
    if row.expected_on < clock.today():
        return nothing
    wanted = sa.select(Commitment).where(
        Commitment.person_id == row.person_id, Commitment.event_id == row.event_id,
        Commitment.stage != CommitmentStage.RELEASED, Commitment.source_part.not_like(f"{PROMISE}%"),
    )  # fmt: skip
    others = [
        one.reporting for one in db.session.scalars(wanted)
        if planning is None or SourceKey(one.source_kind, one.source_part, one.source_id) != planning.source
    ]  # fmt: skip
    if planning is not None and planning.event_id == row.event_id:
        others.append(planning.worth)
    left = promised - _sum(others, cap.currency, on)
    return left if left.minor > 0 else nothing


def window(cap: Cap, on: date) -> tuple[date, date]:
    """First and last day of a cap's window around a day."""
    if cap.window is CapWindow.CALENDAR_YEAR:
        return date(on.year, 1, 1), date(on.year, 12, 31)
    return on - timedelta(days=(cap.n_days or 1) - 1), on


def _actual(person: Person, cap: Cap, begins: date, ends: date) -> list[Total]:
    narrowed = Scope(person_id=person.id, program_id=cap.program_id, category=cap.category, leg=cap.leg)
    if cap.window is CapWindow.CALENDAR_YEAR:
        return totals([By.PROGRAM], replace(narrowed, year=begins.year))
    return totals([By.PROGRAM], replace(narrowed, from_on=begins, to_on=ends))


def _commitments(person: Person, cap: Cap, begins: date, ends: date) -> Sequence[Commitment]:
    wanted = sa.select(Commitment).where(
        Commitment.person_id == person.id,
        Commitment.stage.in_([CommitmentStage.PLANNED, CommitmentStage.COMMITTED]),
        Commitment.expected_on >= begins,
        Commitment.expected_on <= ends,
    )
    if cap.program_id is not None:
        wanted = wanted.where(Commitment.program_id == cap.program_id)
    if cap.category is not None:
        wanted = wanted.where(Commitment.category == cap.category)
    rows = db.session.scalars(wanted.order_by(Commitment.id)).all()
    return [row for row in rows if planned_leg(row.category) is cap.leg]


def planned_leg(category: Category, form: Form | None = None) -> Leg:
    """The leg planned value will stand on; a commitment keeps no form, so its category decides."""
    if form is not None and form not in NON_CASH_FORMS:
        return leg_of(form)
    return Leg.CASH if category in _CASH_CATEGORIES else Leg.NON_CASH


def _sum(amounts: Iterable[Money], currency: str, on: date) -> Money:
    whole = Money(0, currency)
    for amount in amounts:
        whole += frozen_rate(amount.currency, currency, on).apply(amount, currency)
    return whole


class Weighing(Struct, frozen=True):
    """Every cap in force weighed; `warnings` are sentences for the screen.

    `waiting`: what was approved has been changed, so it is planned only until this question is answered (c9).
    """

    verdicts: tuple[CapVerdict, ...] = ()
    warnings: tuple[str, ...] = ()
    waiting: RuleException | None = None

    @property
    def level(self) -> Level:
        levels = [verdict.level for verdict in self.verdicts]
        return Level.BLOCK if Level.BLOCK in levels else Level.WARN if Level.WARN in levels else Level.FREE

    @property
    def crossed(self) -> tuple[CapVerdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.level is not Level.FREE)


def weigh(
    person: Person,
    caps: Iterable[Cap],
    on: date,
    *,
    more: Money | None = None,
    without: SourceKey | None = None,
    planning: Planning | None = None,
) -> Weighing:
    """Weigh caps for a person on a day, with `more` on top as planned value.

    A cap in a currency nobody has a rate for cannot be weighed: a warning says so, for a fact is never refused.
    """
    verdicts, warnings = [], []
    for cap in caps:
        try:
            given = exposure(person, cap, on, without=without, planning=planning)
            if more is not None:
                given = given.plus_planned(_sum([more], cap.currency, on))
        except RateNeeded as error:
            warnings.append(
                _("%(rule)s could not be weighed. %(why)s", rule=policies.cap_rule(cap), why=error.message)
            )
            continue
        verdict = policies.weigh_cap(cap, given, on)
        verdicts.append(verdict)
        if verdict.level is not Level.FREE:
            warnings.append(f"{verdict.sentence}.")
    return Weighing(tuple(verdicts), tuple(warnings))


def standing(person: Person, on: date) -> Weighing:
    """Every cap of a day weighed for one person, whatever its program or category: the meters on their page."""
    wanted = sa.select(Cap).where(
        Cap.effective_from_on <= on, sa.or_(Cap.effective_to_on.is_(None), Cap.effective_to_on >= on)
    )
    return weigh(person, _concerning(person, db.session.scalars(wanted.order_by(Cap.id)), on), on)


def granted_exception(
    person: Person,
    rule: str,
    on: date,
    subject_kind: str = "",
    subject_id: int | None = None,
    approvers: Collection[Approver] = frozenset(Approver),
) -> RuleException | None:
    """The permission that lets a person cross a rule on a day, if one of these granted it (L8).

    One asked for a single thing (`subject_kind`, `subject_id`) holds for that thing only.
    """
    general = RuleException.subject_id.is_(None)
    wanted = (
        sa.select(RuleException)
        .where(
            RuleException.person_id == person.id,
            RuleException.rule == rule,
            RuleException.state == ExceptionState.GRANTED,
            RuleException.expires_on >= on,
            RuleException.approver.in_(approvers),
        )
        .order_by(RuleException.id.desc())
    )
    if subject_id is None:
        wanted = wanted.where(general)
    else:
        same = sa.and_(RuleException.subject_kind == subject_kind, RuleException.subject_id == subject_id)
        wanted = wanted.where(sa.or_(general, same))
    return db.session.scalars(wanted.limit(1)).first()
