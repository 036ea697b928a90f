"""The home page of those who own relationships: open asks, who has gone quiet, letters, goals, advice in hand."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.accounts.queries_successions import answering
from app.advisory import queries_owners as queries_owners_of_advice
from app.advisory.models import Engagement, EngagementState
from app.core import clock
from app.core.db import db
from app.core.i18n import number
from app.notices.models import Urgency
from app.outreach import queries as outreach
from app.outreach import queries_outbox as outbox
from app.outreach import queries_rhythm as rhythm
from app.outreach.models import Touch
from app.outreach.policies_inbox import words_of_subject
from app.outreach.queries_rhythm import NextTouch, SilenceFilter
from app.people import queries as people
from app.people.models import Person
from app.programs.models import Enrolment, Goal, Stage
from app.reports import charts_today as charts
from app.reports import queries_loans, queries_periods
from app.reports.home import Figure, Home, Link, Task, counted, home_of, rows_in_queue

#: An ask that waits longer than this is asked about.
ASK_DAYS = 14
#: Goals to be reviewed within these days are due.
GOAL_DAYS = 30


def relations(by: User) -> Home:
    """Mine: open asks, who has gone quiet, letters that wait, goals to review, engagements to take further."""
    now, today = clock.now(), clock.today(by.zone)
    silent = rhythm.list_silences(by, now, SilenceFilter(owner_id=by.id))
    quiet = [one for one in silent if one.is_too_long]
    best = rhythm.next_touches(by, now, today)
    asks = outreach.list_open_asks(by, of=by)
    goals = _goals_due(by, today)
    steps = queries_owners_of_advice.list_engagements_of(by, now)
    n_asks, n_held = outreach.count_open_asks(by, of=by), outbox.count_held()
    asks_note = _("%(n)s in the house", n=number(outreach.count_open_asks(by)))
    figures = [
        Figure(_("My open asks"), number(n_asks), Link("outreach.index", {"asks": "open"}), asks_note),
        Figure(_("Gone quiet"), number(len(quiet)), Link("outreach.quiet", {"cadence": "over"}),
               _("of %(n)s people of mine", n=number(len(silent))), tone="warn" if quiet else ""),
        Figure(_("Letters waiting"), number(n_held), Link("outreach.outbox"), _("held until somebody presses send")),
        Figure(_("Goals to review"), number(len(goals)), rows_in_queue("goals"), _("within %(n)s days", n=GOAL_DAYS)),
        Figure(_("Advice in hand"), number(len(steps)), rows_in_queue("advice"), _("proposed by me, not yet closed")),
    ]  # fmt: skip
    tasks = [
        *(_ask_task(ask, now) for ask in asks), *(_touch_task(one) for one in best),
        *counted("goals", (_goal_task(goal, today) for goal in goals)),
        *counted("advice", map(_engagement_task, steps)), *queries_periods.dispute_tasks(today, by),
        *queries_loans.loan_tasks(today, by),
    ]  # fmt: skip
    return home_of(figures, tasks, [charts.silence(silent), charts.stages(_count_stages(by))])


def _ask_task(ask: Touch, now: datetime) -> Task:
    n_days = (now - ask.at).days
    urgency = Urgency.NOW if n_days > 2 * ASK_DAYS else Urgency.SOON if n_days > ASK_DAYS else Urgency.INFO
    waited = ngettext("waits for an answer for %(num)s day", "waits for an answer for %(num)s days", n_days)
    return Task(
        urgency,
        _("%(name)s: %(subject)s", name=ask.person.name, subject=words_of_subject(ask)),
        waited,
        Link("outreach.show", {"id": ask.id}),
        ask.at,
    )


def _touch_task(one: NextTouch) -> Task:
    """A next best touch, with the sentence that explains it; its page is the form of a contact, begun."""
    silence = one.silence
    urgency = Urgency.SOON if silence.is_too_long else Urgency.INFO
    return Task(
        Urgency.NOW if silence.n_days > 2 * silence.n_cadence else urgency,
        _("Be in touch with %(name)s", name=one.name),
        one.advice.sentence,
        Link("outreach.new_touch", {"person": one.id, "subject": _("In touch again")}),
        silence.since,
    )


def _goals_due(by: User, today: date) -> Sequence[Goal]:
    wanted = sa.select(Goal).where(
        answering(Goal, Goal.owner_id, clock.now()) == by.id,
        Goal.review_on <= today + timedelta(days=GOAL_DAYS),
    )
    return db.session.scalars(
        wanted.options(joinedload(Goal.program)).order_by(Goal.review_on, Goal.id)
    ).all()


def _goal_task(goal: Goal, today: date) -> Task:
    is_late = goal.review_on < today
    reason = _("its review was due") if is_late else _("its review is due")
    return Task(Urgency.NOW if is_late else Urgency.INFO, _("Review the goal: %(goal)s", goal=goal.statement[:90]), reason,
                Link("programs.goal", {"id": goal.id}), goal.review_on)  # fmt: skip


def _engagement_task(row: Engagement) -> Task:
    said = {
        EngagementState.PROPOSED: (Urgency.INFO, _("waits at the gate, with compliance")),
        EngagementState.CLEARED: (Urgency.SOON, _("cleared: the contract comes before the service")),
        EngagementState.CONTRACTED: (Urgency.INFO, _("under contract: begin the work on its day")),
        EngagementState.IN_DELIVERY: (Urgency.SOON, _("record the delivery with its evidence")),
        EngagementState.DELIVERED: (Urgency.INFO, _("waits for the approval of the payment")),
        EngagementState.PAYABLE: (Urgency.SOON, _("approved: record the payment")),
        EngagementState.PAID: (Urgency.INFO, _("paid: complete the advice log, then close it")),
    }  # fmt: skip
    urgency, reason = said[row.state]
    title = _("%(name)s: %(need)s", name=row.person.name, need=row.need.title)
    return Task(urgency, title, reason, Link("advisory.show", {"id": row.id}), row.service_on)


def _count_stages(by: User) -> dict[Stage, int]:
    seen = people.visible_to(by).with_only_columns(Person.id)
    counted = (
        sa.select(Enrolment.stage, sa.func.count())
        .where(Enrolment.person_id.in_(seen))
        .group_by(Enrolment.stage)
    )
    return {row[0]: row[1] for row in db.session.execute(counted)}
