"""Lent things on home pages: what is due soon, and what is overdue (L6, c14)."""

from datetime import date

from flask_babel import gettext as _

from app.accounts.models import User
from app.core.i18n import day
from app.ledger import queries as ledger
from app.ledger.models import Loan
from app.ledger.operations_loans import DAYS_BEFORE
from app.notices.models import Urgency
from app.reports.home import Link, Task


def loan_tasks(today: date, of: User | None = None) -> list[Task]:
    """Loans that come due within a week or were due; `of`: those to the people somebody looks after."""
    return [_task(loan, today) for loan in ledger.loans_due(today, DAYS_BEFORE, of=of)]


def overdue_tasks(today: date) -> list[Task]:
    """Loans past their day and its grace, in the whole house."""
    return [_task(loan, today) for loan in ledger.loans_overdue(today)]


def _task(loan: Loan, today: date) -> Task:
    is_overdue = loan.last_day < today
    subject = loan.entry.subject
    name = (
        subject.person.name if subject is not None and subject.person is not None else _("an erased person")
    )
    title = _("Loan to %(name)s", name=name)
    due = (
        _("was due back on %(day)s", day=day(loan.due_on))
        if is_overdue
        else _("due back on %(day)s", day=day(loan.due_on))
    )
    return Task(
        Urgency.NOW if is_overdue else Urgency.SOON,
        title,
        due,
        Link("ledger.show", {"id": loan.entry_seq}),
        loan.due_on,
    )
