"""Reading planned contacts: what is planned with whom, what the guard says to it today, lanes over weeks for the board."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.accounts.models import Department, User
from app.core.db import db
from app.core.errors import NotFound
from app.outreach import policies, queries
from app.outreach.models_rhythm import PlannedTouch, PlanState
from app.outreach.policies import ContactFacts, ContactLimit, ContactVerdict
from app.people import queries as people
from app.people.models import Person

#: Weeks the board shows, this one included.
N_WEEKS = 8


def _open_plans() -> sa.Select[PlannedTouch]:
    return sa.select(PlannedTouch).where(PlannedTouch.state == PlanState.PLANNED)


def get_plan(id: int, by: User | None) -> PlannedTouch:
    """The plan with this id; NotFound when `by` may not see its person."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(PlannedTouch).where(PlannedTouch.id == id, PlannedTouch.person_id.in_(seen))
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such plan, or it is not yours to see."))
    return found


def list_plans_with(person_ids: Collection[int]) -> Sequence[PlannedTouch]:
    """Open plans with these people, the earliest first."""
    wanted = _open_plans().where(PlannedTouch.person_id.in_(person_ids))
    return db.session.scalars(wanted.order_by(PlannedTouch.planned_on, PlannedTouch.id)).all()


def list_plans(by: User, until: date) -> Sequence[PlannedTouch]:
    """Open plans up to a day with people `by` may see, the earliest first; overdue ones are among them."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = _open_plans().where(PlannedTouch.planned_on <= until, PlannedTouch.person_id.in_(seen))
    return db.session.scalars(wanted.order_by(PlannedTouch.planned_on, PlannedTouch.id)).all()


def next_plans(person_ids: Collection[int]) -> dict[int, date]:
    """The day of the next open plan with each of these people; one query."""
    wanted = sa.select(PlannedTouch.person_id, sa.func.min(PlannedTouch.planned_on))
    wanted = wanted.where(PlannedTouch.state == PlanState.PLANNED, PlannedTouch.person_id.in_(person_ids))
    return {row[0]: row[1] for row in db.session.execute(wanted.group_by(PlannedTouch.person_id))}


def weigh_plans(plans: Sequence[PlannedTouch], now: datetime) -> dict[int, ContactVerdict]:
    """What the guard says to each plan on its day, if all that come before it are made; a fixed number of queries.

    `plans` are in the order of their days and hold every open plan with the people in it.
    """
    limit = queries.limit_in_force(now)
    facts = queries.contact_facts(list({plan.person_id for plan in plans}), limit, now)
    earlier: Mapping[int, list[PlannedTouch]] = defaultdict(list)
    verdicts = {}
    for plan in plans:
        at = max(plan.at, now)
        known = _facts_on(facts[plan.person_id], earlier[plan.person_id], limit, at)
        verdicts[plan.id] = policies.weigh(
            known, limit, kind=plan.kind, department_id=plan.department_id, now=at, is_ask=plan.is_ask,
            channel=plan.channel,
        )  # fmt: skip
        earlier[plan.person_id].append(plan)
    return verdicts


def _facts_on(
    facts: ContactFacts, earlier: Sequence[PlannedTouch], limit: ContactLimit, at: datetime
) -> ContactFacts:
    begins = at - timedelta(days=limit.n_days)
    both = [*facts.on_channels, *earlier]
    return replace(facts, recent=[one for one in both if one.at > begins], on_channels=both)


# -- the board -------------------------------------------------------------------------------------


class Card(Struct, frozen=True):
    """One plan on the board, and what the guard says to it today."""

    plan: PlannedTouch
    verdict: ContactVerdict

    @property
    def is_collision(self) -> bool:
        return not self.verdict.is_free


class Lane(Struct, frozen=True):
    """A department's plans, week by week; the first cell holds what is overdue too."""

    department: Department
    cells: Sequence[Sequence[Card]]

    @property
    def n_plans(self) -> int:
        return sum(len(cell) for cell in self.cells)


class Board(Struct, frozen=True):
    """Lanes of departments over weeks that begin on these Mondays."""

    weeks: Sequence[date]
    lanes: Sequence[Lane]
    n_later: int

    @property
    def n_plans(self) -> int:
        return sum(lane.n_plans for lane in self.lanes)

    @property
    def n_collisions(self) -> int:
        return sum(card.is_collision for lane in self.lanes for cell in lane.cells for card in cell)


def board_of(by: User, today: date, now: datetime) -> Board:
    """What all departments have planned for the coming weeks, collisions marked; a fixed number of queries."""
    monday = today - timedelta(days=today.weekday())
    weeks = [monday + timedelta(weeks=number) for number in range(N_WEEKS)]
    plans = list_plans(by, date.max)
    verdicts = weigh_plans(plans, now) if plans else {}
    lanes: dict[int, list[list[Card]]] = {}
    departments: dict[int, Department] = {}
    n_later = 0
    for plan in plans:
        place = max(0, (plan.planned_on - monday).days // 7)
        if place >= N_WEEKS:
            n_later += 1
            continue
        departments[plan.department_id] = plan.department
        cells = lanes.setdefault(plan.department_id, [[] for _week in weeks])
        cells[place].append(Card(plan, verdicts[plan.id]))
    ordered = sorted(departments.values(), key=lambda one: (one.name.casefold(), one.id))
    return Board(weeks, [Lane(one, lanes[one.id]) for one in ordered], n_later)
