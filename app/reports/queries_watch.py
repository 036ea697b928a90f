"""The home pages of those who watch: compliance, the auditor, the administrator."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts import queries as accounts
from app.accounts.models import AuditEvent, User
from app.accounts.policies import words_of_kind, words_of_room
from app.accounts.queries import TrailFilter
from app.advisory import queries as advisory
from app.advisory import queries_shares as shares
from app.advisory.models import Engagement, EngagementState, NeedState
from app.advisory.models_shares import AffiliateShare, ShareState
from app.core import clock
from app.core.charts import Chart
from app.core.db import db
from app.core.i18n import day, money_in_words, number, words
from app.core.i18n import said as said_words
from app.core.models import Job, JobState, MailState, OutboxMail
from app.core.money import Money
from app.disclosures import queries as disclosures
from app.disclosures.models import ObligationState
from app.ledger import queries as ledger
from app.ledger.models import Breach, BreachLevel, Cap, CapWindow, Entry, EntryKind, ExceptionState, Leg
from app.ledger.queries import Scope
from app.ledger.queries_leaders import leaders
from app.notices.models import Urgency
from app.people import queries_listing as people_lists
from app.people.models import OfficialStatus, Person
from app.people.queries_listing import PersonFilter
from app.programs.models import Enrolment, Program, Stage
from app.reports import charts_today as charts
from app.reports import queries_loans, queries_periods
from app.reports.home import NO_ROWS, Figure, Home, Link, Task, counted, home_of, rows_in_queue

#: A book that was not verified for so long is verified first.
VERIFY_DAYS = 7
#: So many people are drawn against the limits, those who received the most.
_MOST_DOTS = 200
RECENT = timedelta(days=30)


# -- compliance ------------------------------------------------------------------------------------


def compliance(by: User) -> Home:
    """Breaches, exceptions, needs and gates, officials, duties to disclose, the state of the book."""
    now, today = clock.now(), clock.today(by.zone)
    breaches, asked = ledger.list_breaches(), ledger.list_exceptions(ExceptionState.ASKED)
    drafts = advisory.list_needs(NeedState.DRAFT)
    waiting = [*_engagements(by, EngagementState.PROPOSED), *_engagements(by, EngagementState.DELIVERED)]
    drafted = shares.list_shares(by, ShareState.DRAFTED).rows
    duties, officials = disclosures.count_obligations(by), _officials()
    known = people_lists.count_people(by, PersonFilter(is_official=True))
    n_unaccepted = duties.get(ObligationState.PENDING_ACK, 0)
    figures = [
        Figure(_("Open breaches"), number(len(breaches)),
            Link("ledger.breaches"), _("limits that facts have crossed"), tone="block" if breaches else ""),
        Figure(_("To approve"), number(len(asked) + len(drafts) + len(waiting) + len(drafted)),
            rows_in_queue("approve"), _("exceptions, needs, gates, payments")),
        Figure(_("Duties due"), number(duties.get(ObligationState.DUE, 0)),
            Link("disclosures.obligations", {"state": "due"}), _("value given, label not seen yet")),
        Figure(_("Not acknowledged"), number(n_unaccepted),
            Link("disclosures.obligations", {"state": "pending_ack"}), _("duties under a policy not accepted")),
        Figure(_("Public officials"), number(known.number), Link("people.index", {"official": "yes"}),
            _("%(n)s in a program now", n=number(len(officials)))),
        *queries_periods.figures_of(today),
    ]  # fmt: skip
    tasks = [
        *(_breach_task(breach) for breach in breaches),
        *counted("approve", (Task(Urgency.SOON, _("Exception for %(name)s", name=one.person.name), one.reason[:140],
            Link("ledger.exceptions.show", {"id": one.id}), one.asked_at)
          for one in asked)),
        *(Task(Urgency.INFO, _("Ends soon: %(name)s", name=one.person.name), one.quoted[:140] or one.reason[:140],
            Link("ledger.exceptions.show", {"id": one.id}), one.decided_at or one.asked_at)
          for one in ledger.list_ending(today)),
        *counted("approve", (Task(Urgency.SOON, _("Approve the need: %(title)s", title=need.title),
            _("filed by %(name)s", name=need.filed_by.name), Link("advisory.need.show", {"id": need.id}), need.filed_at)
          for need in drafts)),
        *counted("approve", map(_share_task, drafted)),
        *counted("approve", map(_gate_task, waiting)), *_duty_tasks(duties), *_book_tasks(now),
        *queries_periods.dispute_tasks(today), *queries_periods.period_tasks(today), *queries_loans.overdue_tasks(today),
    ]  # fmt: skip
    return home_of(figures, tasks, [_caps_chart(today), charts.obligations(duties)])


def _engagements(by: User, state: EngagementState) -> Sequence[Engagement]:
    return advisory.list_engagements(by, state).rows


def _breach_task(breach: Breach) -> Task:
    urgency = Urgency.NOW if breach.level is BreachLevel.BLOCK else Urgency.SOON
    stands = f"{breach.exposure}, " if breach.exposure is not None else ""
    return Task(
        urgency,
        _("Breach: %(name)s", name=breach.person.name),
        f"{stands}{said_words(breach.rule)}",
        Link("ledger.close_breach", {"id": breach.id}),
        breach.opened_at,
    )


def _gate_task(row: Engagement) -> Task:
    is_gate = row.state is EngagementState.PROPOSED
    reason = _("waits at the gate") if is_gate else _("delivered with evidence: approve the payment")
    title = _("%(name)s: %(need)s", name=row.person.name, need=row.need.title)
    return Task(Urgency.SOON, title, reason, Link("advisory.show", {"id": row.id}), row.service_on)


def _share_task(row: AffiliateShare) -> Task:
    title = _("%(name)s: share of sales of %(what)s", name=row.person.name, what=row.covers)
    return Task(
        Urgency.SOON, title, _("waits at the gate"), Link("advisory.share.show", {"id": row.id}), row.from_on
    )


def _officials() -> Sequence[Person]:
    """Public officials who are in a program now, by name."""
    live = [Stage.VETTED, Stage.INVITED, Stage.ACTIVE]
    enrolled = sa.select(Enrolment.person_id).where(Enrolment.stage.in_(live))
    wanted = sa.select(Person).where(
        Person.official_status != OfficialStatus.NONE,
        Person.merged_into_id.is_(None),
        Person.id.in_(enrolled),
    )
    return db.session.scalars(wanted.order_by(Person.sort_key, Person.id)).all()


def _duty_tasks(duties: dict[ObligationState, int]) -> list[Task]:
    n = duties.get(ObligationState.DEFICIENT, 0)
    if not n:
        return []
    said = ngettext("%(num)s label is deficient", "%(num)s labels are deficient", n)
    return [
        Task(
            Urgency.NOW,
            _("Labels to put right"),
            said,
            Link("disclosures.obligations", {"state": "deficient"}),
        )
    ]


def _book_tasks(now: datetime) -> list[Task]:
    """Verify the book when nobody did for a week; a broken one goes before everything."""
    known, head = ledger.last_verification(), ledger.head()
    if head is None or head.seq == 0:
        return []
    link = Link("ledger.verify")
    if known is None:
        return [Task(Urgency.SOON, _("Verify the ledger"), _("it was never verified here"), link)]
    if not known.get("is_ok", True):
        return [Task(Urgency.NOW, _("The ledger is broken"), str(known.get("message", "")), link)]
    n_days = (now - known["at"]).days
    if n_days < VERIFY_DAYS:
        return []
    return [Task(Urgency.INFO, _("Verify the ledger"), _("last verified %(n)s days ago", n=n_days), link)]


def _caps_chart(today: date) -> Chart:
    """Non-cash value by person this year, over the programs in the currency of most, against the yearly caps."""
    programs = {
        program.id: program
        for program in db.session.scalars(sa.select(Program).where(Program.is_books_only.is_(False)))
    }
    currencies = Counter(program.currency for program in programs.values())
    currency = max(currencies, key=lambda code: (currencies[code], code), default="")
    limits = _limits(today, currency)
    soft = min((limit.minor for _name, limit in limits), default=None)
    ids = tuple(id for id, program in programs.items() if program.currency == currency)
    scope = Scope(program_ids=ids, leg=Leg.NON_CASH, year=today.year)
    most = leaders(scope, currency, n_most=_MOST_DOTS, above=soft)
    names = ledger.names_of_people([id for id, _money in most.first])
    values = [(names[id], money) for id, money in most.first]
    return charts.against_caps(values, limits, today.year, n_people=most.n_people, n_over=most.n_above)


def _limits(today: date, currency: str) -> list[tuple[str, Money]]:
    """The general yearly limits in force: of any program and category, not only for officials."""
    wanted = sa.select(Cap).where(
        Cap.leg == Leg.NON_CASH, Cap.program_id.is_(None), Cap.category.is_(None), Cap.is_for_officials.is_(False),
        Cap.currency == currency, Cap.window == CapWindow.CALENDAR_YEAR, Cap.effective_from_on <= today,
        sa.or_(Cap.effective_to_on.is_(None), Cap.effective_to_on >= today),
    )  # fmt: skip
    found = []
    for cap in db.session.scalars(wanted.order_by(Cap.id)):
        for minor, word in ((cap.soft_minor, _("soft")), (cap.hard_minor, _("hard"))):
            if minor is not None:
                found.append((f"{word} {money_in_words(Money(minor, currency))}", Money(minor, currency)))
    return found[:4]


# -- auditor ---------------------------------------------------------------------------------------


def auditor(by: User) -> Home:
    """The state of the chain, what left the house, what was taken back, what crossed a limit."""
    now = clock.now()
    head, known = ledger.head(), ledger.last_verification()
    exports = exports_since(now - RECENT)
    n_back = _count_entries(Entry.kind == EntryKind.REVERSAL)
    breaches = ledger.list_breaches()
    state = _("never") if known is None else _("ok") if known.get("is_ok", True) else _("broken")
    said = _("not yet here") if known is None else day(known["at"])
    figures = [
        Figure(_("Lines in the ledger"), number(head.seq if head else 0),
            Link("ledger.index"), _("none ever changed or removed")),
        Figure(_("Last verification"), state,
            Link("ledger.verify"), said, tone="" if known and known.get("is_ok", True) else "warn"),
        Figure(_("Taken back"), number(n_back), Link("ledger.index", {"look": "reversals"}), _("reversals; both lines stay")),
        Figure(_("Open breaches"), number(len(breaches)), Link("ledger.breaches"), _("limits that facts have crossed")),
        Figure(_("Exports"), number(len(exports)), Link("accounts.audit_trail", {"q": "reports.exported"}), _("in 30 days")),
    ]  # fmt: skip
    tasks = [
        *_book_tasks(now), *(_breach_task(breach) for breach in breaches),
        *(Task(Urgency.INFO, _("Exported: %(what)s", what=words_of_kind(event.subject_kind).lower()),
               _("%(name)s, %(format)s", name=event.by.name if event.by else _("system"), format=event.reason or event.action),
               Link("accounts.audit_trail", {"ref": event.request_ref}), event.at) for event in exports[:12]),
    ]  # fmt: skip
    entries = _entries_by_month(now)
    title = ngettext("%(num)s line in twelve months", "%(num)s lines in twelve months", sum(entries.values()))
    exported = Counter(event.by.name if event.by else str(_("system")) for event in exports)
    return home_of(
        figures, tasks,
        [charts.per_month(str(title), str(_("Lines entered a month")), entries),
         charts.by_name(str(_("Who exported in 30 days")), str(_("Exports by user")), exported)],
    )  # fmt: skip


def exports_since(since: datetime) -> Sequence[AuditEvent]:
    """What left the house, newest first (R4)."""
    wanted = sa.select(AuditEvent).where(AuditEvent.at >= since, AuditEvent.action.like("%.exported"))
    return db.session.scalars(wanted.order_by(AuditEvent.id.desc())).all()


def _count_entries(*conditions: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count(Entry.seq)).where(*conditions)) or 0


def _entries_by_month(now: datetime) -> dict[date, int]:
    """Lines entered in each of the last twelve months."""
    months = [
        date(now.year - (now.month <= back), (now.month - back - 1) % 12 + 1, 1) for back in range(11, -1, -1)
    ]
    year, month = sa.extract("year", Entry.at), sa.extract("month", Entry.at)
    begins = datetime(months[0].year, months[0].month, 1, tzinfo=now.tzinfo)
    rows = db.session.execute(
        sa.select(year, month, sa.func.count()).where(Entry.at >= begins).group_by(year, month)
    )
    found = {date(int(y), int(m), 1): n for y, m, n in rows}
    return {first: found.get(first, 0) for first in months} if found else {}


# -- admin -----------------------------------------------------------------------------------------


def admin(by: User) -> Home:
    """Users, mail that did not leave, jobs that failed, what was done lately."""
    now = clock.now()
    users = accounts.list_users()
    active = [user for user in users if user.is_active]
    dead = db.session.scalars(
        sa.select(OutboxMail)
        .where(OutboxMail.state.in_([MailState.FAILED, MailState.DEAD]))
        .order_by(OutboxMail.id.desc())
    ).all()
    failed = db.session.scalars(
        sa.select(Job).where(Job.state == JobState.FAILED).order_by(Job.id.desc())
    ).all()
    mails, jobs = _count_by(OutboxMail.state), _count_by(Job.state)
    since = (now - RECENT).date()
    lines = _trail_by_room(TrailFilter(from_on=since))
    n_waiting = mails.get(MailState.NEW, 0) + jobs.get(JobState.WAITING, 0) + jobs.get(JobState.RUNNING, 0)
    figures = [
        Figure(_("Active users"), number(len(active)),
            Link("accounts.index"), _("of %(n)s ever added", n=number(len(users)))),
        Figure(_("Failed mail"), number(len(dead)),
            rows_in_queue("mail"), _("given up or to be tried again"), tone="block" if dead else ""),
        Figure(_("Failed jobs"), number(len(failed)),
            rows_in_queue("failed"), _("long work that broke"), tone="block" if failed else ""),
        Figure(_("Waiting for the worker"), number(n_waiting), NO_ROWS, _("mails and jobs")),
        Figure(_("Audit lines"), number(sum(lines.values())),
            Link("accounts.audit_trail", {"from": since.isoformat()}), _("in 30 days")),
    ]  # fmt: skip
    tasks = [
        *counted("mail", map(_mail_task, dead)),
        *counted("failed", (Task(Urgency.NOW, _("Job failed: %(name)s", name=words(job.name)), job.message[:160],
            NO_ROWS, job.ended_at) for job in failed)),
        *_admin_tasks(active),
    ]  # fmt: skip
    sent = {words(state.value): n for state, n in mails.items()}
    return home_of(
        figures, tasks,
        [charts.by_name(str(_("What was done in 30 days")), str(_("Audit lines by room")), lines),
         charts.by_name(str(_("Mail by state")), str(_("All outgoing mail")), sent)],
    )  # fmt: skip


def _mail_task(mail: OutboxMail) -> Task:
    urgency = Urgency.NOW if mail.state is MailState.DEAD else Urgency.SOON
    return Task(
        urgency,
        _("Mail did not leave: %(subject)s", subject=mail.subject),
        mail.last_error[:160],
        Link("notices.show_mail", {"id": mail.id}),
        mail.made_at,
    )


def _admin_tasks(active: Sequence[User]) -> list[Task]:
    n = sum(user.role.value == "admin" for user in active)
    if n > 1:
        return []
    return [
        Task(
            Urgency.INFO,
            _("Add a second administrator"),
            _("there is only one, and nobody could let them in again"),
            Link("accounts.new_user"),
        )
    ]


def _count_by(column: sa.SQLColumnExpression[Any]) -> dict[Any, int]:
    return {row[0]: row[1] for row in db.session.execute(sa.select(column, sa.func.count()).group_by(column))}


def _trail_by_room(wanted: TrailFilter) -> dict[str, int]:
    """Lines of the audit trail by room."""
    found: Counter[str] = Counter()
    for action, n in accounts.count_trail_by_action(wanted).items():
        found[words_of_room(action.split(".")[0])] += n
    return dict(found)
