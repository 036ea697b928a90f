"""Writes of rhythm: plans, cadences, reminders put off or switched off (G2)."""

from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.core.i18n import words
from app.outreach import operations_collisions, policies, policies_rhythm, queries_plans, queries_rhythm
from app.outreach.details import TouchDetails
from app.outreach.details_rhythm import (
    CadenceRuleDetails,
    PersonCadenceDetails,
    PlanDetails,
    ReminderChoiceDetails,
)
from app.outreach.models import Collision, Touch
from app.outreach.models_rhythm import (
    CadenceRule,
    PersonCadence,
    PlannedTouch,
    PlanState,
    ReminderChoice,
    Snooze,
)
from app.people import queries as people
from app.people.models import Person
from app.programs.models import Program

# -- plans -----------------------------------------------------------------------------------------


def plan_touch(details: PlanDetails, *, by: User) -> PlannedTouch:
    """Mean to contact a person on a day. The guard weighs it now, with everybody's plans, and marks what collides.

    Only the person's own wish refuses a plan (ContactStopped): that stands on the day too. CannotPlan for the past.
    """
    if details.planned_on < clock.today(by.zone):
        raise policies_rhythm.CannotPlan(
            _("That day has passed. Plan for today or later."), field="planned_on"
        )
    person = people.get_person(details.person_id, by)
    plan = PlannedTouch(
        person=person, user=by, department_id=by.department_id, channel=details.channel, kind=details.kind,
        subject=details.subject, summary=details.summary, is_ask=details.is_ask, planned_on=details.planned_on,
        made_at=clock.now(), state=PlanState.PLANNED, level="free",
    )  # fmt: skip
    db.session.add(plan)
    db.session.flush()
    verdict = queries_plans.weigh_plans(queries_plans.list_plans_with([person.id]), clock.now())[plan.id]
    if not verdict.is_releasable:
        raise policies.ContactStopped(verdict)
    plan.level, plan.reason = verdict.level.value, verdict.reason
    audit.record("outreach.touch_planned", plan, by=by, reason=verdict.reason)
    return plan


def cancel_plan(plan: PlannedTouch, reason: str, *, by: User) -> PlannedTouch:
    """Give a plan up; it stays on record."""
    _require_open(plan)
    before = audit.snapshot(plan)
    plan.state, plan.ended_at, plan.end_reason = PlanState.CANCELLED, clock.now(), reason.strip()
    audit.record("outreach.plan_cancelled", plan, by=by, before=before, reason=reason)
    return plan


def make_planned(plan: PlannedTouch, details: TouchDetails, *, by: User) -> Touch | Collision:
    """The plan is carried out: a contact like any other, which the guard weighs again; stopped, the plan stays open."""
    _require_open(plan)
    made = operations_collisions.try_touch(details, by=by)
    if isinstance(made, Touch):
        before = audit.snapshot(plan)
        plan.state, plan.ended_at, plan.touch_id = PlanState.DONE, clock.now(), made.id
        audit.record("outreach.plan_done", plan, by=by, before=before)
    return made


def _require_open(plan: PlannedTouch) -> None:
    db.session.flush()
    db.session.refresh(plan, ["state"], with_for_update=True)
    if plan.state is not PlanState.PLANNED:
        raise policies_rhythm.CannotPlan(
            _("This plan is %(state)s already.", state=words(plan.state).lower())
        )


# -- cadence ---------------------------------------------------------------------------------------


def set_cadence_rule(program: Program, details: CadenceRuleDetails, *, by: User) -> None:
    """Set the days between touches for a tier or a stage of a program, or take the rule away."""
    tier, stage = details.tier.strip(), details.stage.value if details.stage else ""
    wanted = sa.select(CadenceRule).where(
        CadenceRule.program_id == program.id, CadenceRule.tier == tier, CadenceRule.stage == stage
    )
    rule = db.session.scalars(wanted).one_or_none()
    before = audit.snapshot(rule) if rule else None
    if details.n_days is None:
        if rule is not None:
            audit.record("outreach.cadence_rule_removed", rule, by=by, before=before)
            db.session.delete(rule)
        return
    rule = rule or CadenceRule(program_id=program.id, tier=tier, stage=stage)
    rule.n_days, rule.set_by_id, rule.set_at = details.n_days, by.id, clock.now()
    db.session.add(rule)
    audit.record("outreach.cadence_rule_set", rule, by=by, before=before)


def set_person_cadence(
    person: Person,
    program: Program,
    details: PersonCadenceDetails,
    *,
    by: User,
    seen_version: int | None = None,
) -> PersonCadence:
    """Put a person into a tier of a program, or note a number of days of their own. Raises Overtaken."""
    wanted = sa.select(PersonCadence).where(
        PersonCadence.program_id == program.id, PersonCadence.person_id == person.id
    )
    row = db.session.scalars(wanted).one_or_none()
    if row is not None:
        check_version(row, seen_version)
    before = audit.snapshot(row) if row else None
    row = row or PersonCadence(program_id=program.id, person_id=person.id)
    row.tier, row.n_days = details.tier.strip(), details.n_days
    row.set_by_id, row.set_at = by.id, clock.now()
    db.session.add(row)
    audit.record("outreach.person_cadence_set", row, by=by, before=before)
    return row


# -- reminders -------------------------------------------------------------------------------------


def snooze(person: Person, n_days: int, *, by: User) -> Snooze:
    """Say nothing to this user about a person for so many days; other users still hear of them."""
    if not 1 <= n_days <= 366:
        raise policies_rhythm.CannotPlan(_("Put it off for 1 to 366 days."), field="n_days")
    row = queries_rhythm.snooze_of(person, by)
    before = audit.snapshot(row) if row else None
    row = row or Snooze(user_id=by.id, person_id=person.id)
    row.until_on, row.set_at = clock.today(by.zone) + timedelta(days=n_days), clock.now()
    db.session.add(row)
    audit.record("outreach.reminder_snoozed", row, by=by, before=before)
    return row


def choose_reminders(details: ReminderChoiceDetails, *, by: User) -> ReminderChoice:
    """Switch reasons off for oneself; a reason that is off neither counts nor is said."""
    wanted = sa.select(ReminderChoice).where(ReminderChoice.user_id == by.id)
    row = db.session.scalars(wanted).one_or_none()
    before = audit.snapshot(row) if row else None
    row = row or ReminderChoice(user_id=by.id)
    row.reasons_off, row.set_at = [reason.value for reason in details.reasons_off], clock.now()
    db.session.add(row)
    audit.record("outreach.reminders_chosen", row, by=by, before=before)
    return row
