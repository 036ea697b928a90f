"""Writing down what comes back from people: insights and their answers, outcomes, briefs received."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts import queries as accounts
from app.accounts.models import Department, User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import day_in_full, later
from app.notices import operations as notices
from app.outreach import policies_insights as policies
from app.outreach import queries, queries_insights
from app.outreach.details_insights import InsightAnswerDetails, InsightDetails, OutcomeDetails
from app.outreach.models import Touch
from app.outreach.models_insights import BriefReceipt, Insight, Outcome
from app.people import queries as people
from app.programs import queries as programs
from app.programs.models import Program
from app.programs.models_initiatives import BriefVersion


def note_insight(details: InsightDetails, *, by: User) -> Insight:
    """Write down what a person told us; who is to answer it gets a notice (G9)."""
    person = people.get_person(details.person_id, by)
    program = programs.get_program(details.program_id)
    owner = accounts.get_user(details.owner_id)
    _require_goal(program, details.goal_id)
    if details.heard_on > clock.today():
        raise policies.TooLate(_("Give the day it was said, up to today."), field="heard_on")
    if details.reply_due_on < details.heard_on:
        raise policies.TooLate(_("A reply cannot be due before it was said."), field="reply_due_on")
    if details.touch_id is not None and queries.get_touch(details.touch_id, by).person_id != person.id:
        raise policies.NotTheirs(_("This contact was with somebody else."), field="touch_id")
    if db.session.get(Department, details.department_id) is None:
        raise NotFound(_("There is no such department."))
    insight = Insight(**details.model_dump(), made_at=clock.now())
    db.session.add(insight)
    db.session.flush()
    said = _l(
        "%(name)s told us something for you to answer by %(day)s.",
        name=person.name, day=later(day_in_full, details.reply_due_on),
    )  # fmt: skip
    notices.notify(said, user=owner, source=("outreach.insight", insight.id), by=by)
    audit.record("outreach.insight_noted", insight, by=by)
    return insight


def answer_insight(insight: Insight, details: InsightAnswerDetails, *, by: User) -> Insight:
    """Say what was decided; the owner of the relationship is asked to tell the person."""
    if insight.answered_on is not None:
        raise policies.AnsweredAlready(_("This was answered already."))
    before = audit.snapshot(insight)
    insight.decision, insight.is_adopted = details.decision, details.is_adopted
    insight.what_changed = details.what_changed
    insight.answered_on = clock.today()
    owner = people.owner_of(insight.person)
    if owner is not None and owner.id != by.id:
        said = _l(
            "There is an answer to what %(name)s told us. Tell them, and say thank you.",
            name=insight.person.name,
        )
        notices.notify(said, user=owner, source=("outreach.insight", insight.id), by=by)
    audit.record("outreach.insight_answered", insight, by=by, before=before)
    return insight


def note_told(insight: Insight, on: date, *, by: User) -> Insight:
    """Note the day the person heard what became of it, and was thanked (G9)."""
    if insight.answered_on is None:
        raise policies.NotYetAnswered(_("First say what was decided; then the person is told."))
    if insight.told_on is not None:
        raise policies.AnsweredAlready(_("They were told already."))
    if not insight.heard_on <= on <= clock.today():
        raise policies.TooLate(_("Give a day between the advice and today."), field="told_on")
    before = audit.snapshot(insight)
    insight.told_on = on
    audit.record("outreach.insight_told", insight, by=by, before=before)
    return insight


def record_outcome(details: OutcomeDetails, *, by: User) -> Outcome:
    """Write down what came of a contact, up to 24 months after it (G8)."""
    touch = queries.get_touch(details.touch_id, by)
    program = programs.get_program(details.program_id)
    _require_goal(program, details.goal_id)
    policies.require_in_time(touch.at.date(), details.on, clock.today())
    outcome = Outcome(
        **details.model_dump(), person_id=touch.person_id, made_by_id=by.id, made_at=clock.now()
    )
    db.session.add(outcome)
    audit.record("outreach.outcome_recorded", outcome, by=by)
    return outcome


def note_brief_received(touch: Touch, version: BriefVersion, *, by: User) -> BriefReceipt:
    """Note which version of a brief was given in a contact; the same twice is one (G4)."""
    known = queries_insights.find_receipt(touch, version)
    if known is not None:
        return known
    receipt = BriefReceipt(
        version_id=version.id, person_id=touch.person_id, touch_id=touch.id, made_at=clock.now()
    )
    db.session.add(receipt)
    audit.record("outreach.brief_received", receipt, by=by)
    return receipt


def _require_goal(program: Program, goal_id: int | None) -> None:
    if goal_id is not None and programs.get_goal(goal_id).program_id != program.id:
        raise policies.NotTheirs(_("This goal belongs to another program."), field="goal_id")
