"""What the home pages show of periods: where they stand, which step is due, which disputes wait for whom."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _

from app.accounts.models import User
from app.core.i18n import day, words
from app.notices.models import Urgency
from app.people import queries as people
from app.periods import policies, queries, queries_disputes
from app.periods.models import Dispute, Period, PeriodState
from app.reports.home import Figure, Link, Task
from app.reports.policies import Days


def period_figure(today: date) -> Figure | None:
    """The period that is to be closed next: its state, and when."""
    waiting = [
        one for one in queries.list_periods() if one.state not in policies.CLOSED and one.from_on <= today
    ]
    if not waiting:
        return None
    period = min(waiting, key=lambda one: (one.closes_on, one.from_on))
    note = _("closes on %(day)s", day=day(period.closes_on))
    is_due = period.closes_on <= today
    link = Link("periods.show", {"id": period.id})
    return Figure(period.name, words(period.state.value), link, note, tone="warn" if is_due else "")


def states_of(days: Days) -> str:
    """Where the periods of some days stand (L12): "Q3 2026: Locked; Q4 2026: Open"; that none was opened, where none was."""
    found = [one for one in queries.list_periods() if one.from_on <= days.to_on and one.to_on >= days.from_on]
    told = [
        f"{one.name}: {words(one.state.value)}"
        for one in sorted(found, key=lambda one: (one.from_on, one.to_on))
    ]
    return "; ".join(told) if told else str(_("No period was opened for these days."))


def period_tasks(today: date) -> list[Task]:
    """The next step of each period whose day has come."""
    return [task for period in queries.list_periods() if (task := _step(period, today)) is not None]


def _step(period: Period, today: date) -> Task | None:
    link = Link("periods.close", {"id": period.id})
    if period.state is PeriodState.OPEN and policies.review_from(period) <= today:
        title = _("Open the review of %(period)s", period=period.name)
        reason = _("people read their lines until %(day)s", day=day(period.closes_on))
        return Task(Urgency.SOON, title, reason, Link("periods.review", {"id": period.id}), period.closes_on)
    if period.state in (PeriodState.IN_REVIEW, PeriodState.ATTESTED) and period.closes_on <= today:
        title = _("Close %(period)s", period=period.name)
        reason = _("it could be locked since %(day)s", day=day(period.closes_on))
        return Task(Urgency.SOON, title, reason, link, period.closes_on)
    return None


def dispute_tasks(today: date, owner: User | None = None) -> list[Task]:
    """Disputes that wait, of the people of one owner or of all; those whose day has passed cannot wait."""
    found = queries_disputes.list_disputes(is_waiting=True)
    if owner is not None:
        owners = people.owners_of([one.person_id for one in found]) if found else {}
        found = [one for one in found if (mine := owners.get(one.person_id)) and mine.id == owner.id]
    return [_dispute(one, today) for one in found]


def _dispute(one: Dispute, today: date) -> Task:
    urgency = Urgency.NOW if one.due_on < today else Urgency.SOON
    title = _("Dispute: %(name)s", name=one.person.name)
    return Task(urgency, title, one.reason[:140], Link("periods.disputes.show", {"id": one.id}), one.due_on)


def figures_of(today: date) -> Sequence[Figure]:
    """For a home page: the period, if one is open."""
    figure = period_figure(today)
    return [] if figure is None else [figure]
