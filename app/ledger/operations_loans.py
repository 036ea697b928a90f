"""Saying that a lent thing is due, and that it is overdue: once each, to the owner and to the person (L6, c14)."""

from collections.abc import Callable
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role
from app.core import clock, waking
from app.core.db import db, transaction
from app.core.i18n import day, later
from app.ledger.models import Entry, Loan, LoanState
from app.ledger.queries_entries import get_entry, sealed_words, survivor
from app.ledger.queries_totals import is_not_taken_back
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people import queries as people
from app.people.models import Person

#: So many days before it is due they are told.
DAYS_BEFORE = 7
_AT_ONCE = 100

#: Writes to a person what is due and when, and whether that day has passed; gives why it could not, or an empty text.
Teller = Callable[[Person, str, date, bool], str]

_tellers: list[Teller] = []


def tell_with(tell: Teller) -> None:
    """Let the room that writes to people do it."""
    _tellers[:] = [tell]


def remind_loans() -> int:
    """Tell of loans that come due within a week, and of those that are overdue; returns how many. Twice tells once."""
    today = clock.today()
    if not db.session.scalar(sa.select(sa.exists(_to_tell(today)))):
        return 0
    n_told = 0
    with transaction():
        wanted = _to_tell(today).order_by(Loan.entry_seq).limit(_AT_ONCE)
        for loan in db.session.scalars(wanted.with_for_update(of=Loan, skip_locked=True)).all():
            n_told += _tell(loan, today)
    return n_told


def _to_tell(today: date) -> sa.Select[Loan]:
    """Those nobody was told of; the grace of those past their day is looked at afterwards, so it is part of the question."""
    is_due = sa.and_(Loan.told_due_at.is_(None), Loan.due_on <= today + timedelta(days=DAYS_BEFORE))
    late = [
        sa.and_(Loan.grace_days == n, Loan.due_on < today - timedelta(days=n))
        for n in sorted(set(db.session.scalars(sa.select(Loan.grace_days).distinct())))
    ]
    is_overdue = sa.and_(Loan.told_overdue_at.is_(None), sa.or_(sa.false(), *late))
    return (
        sa.select(Loan)
        .join(Entry, Entry.seq == Loan.entry_seq)
        .where(Loan.state == LoanState.OUT, is_not_taken_back(), sa.or_(is_due, is_overdue))
    )


def _tell(loan: Loan, today: date) -> int:
    entry, before = get_entry(loan.entry_seq), audit.snapshot(loan)
    is_overdue = loan.last_day < today
    # Whoever hears that it is overdue need not hear that it was to come.
    loan.told_due_at = loan.told_due_at or clock.now()
    loan.told_overdue_at = clock.now() if is_overdue else None
    audit.record("ledger.loan_reminded", loan, by=None, before=before)
    person = survivor(entry.subject.person) if entry.subject and entry.subject.person else None
    if person is None:
        return 1
    thing = (sealed_words(entry) or {}).get("context", "")
    refused = next(
        (tell(person, thing, loan.due_on, is_overdue) for tell in _tellers),
        _l("there are no pages for people"),
    )
    said = _said(person, thing, loan, is_overdue=is_overdue)
    told = (
        _l("%(said)s They could not be told by mail: %(why)s", said=said, why=refused)
        if refused
        else _l("%(said)s They have been told by mail.", said=said)
    )
    urgency = Urgency.NOW if is_overdue else Urgency.SOON
    owner = people.owner_of(person)
    notices.notify(
        told,
        user=owner,
        role=None if owner else Role.RELATIONS,
        urgency=urgency,
        source=("ledger", loan.entry_seq),
    )
    return 1


def _said(person: Person, thing: str, loan: Loan, *, is_overdue: bool) -> str:
    what = _l(
        "what was lent to %(person)s%(thing)s", person=person.name, thing=f" ({thing[:120]})" if thing else ""
    )
    if is_overdue:
        return str(
            _l(
                "Overdue: %(what)s was due back on %(due_on)s. Record the return, or end the loan.",
                what=what,
                due_on=later(day, loan.due_on),
            )
        )
    return str(_l("Due back on %(due_on)s: %(what)s.", due_on=later(day, loan.due_on), what=what))


_wake = waking.step("loans", remind_loans)
