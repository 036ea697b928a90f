"""Periods, attested and locked, made by the operations the screens use."""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Entry
from app.people.models import Person
from app.periods import operations, queries
from app.periods.details import DisputeDetails, PeriodDetails
from app.periods.models import Dispute, Issue, Period, PeriodKind
from app.programs.models import Program
from tests.factories import accounts, ledger, people

#: Q4 2026 closes on 14 February; its review opens 45 days before.
AUTUMN = date(2026, 10, 1)
IN_REVIEW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
CLOSING = datetime(2027, 2, 14, 9, 0, tzinfo=UTC)
LATER = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


def relations() -> User:
    """Mei, who owns relationships."""
    return accounts.user(role=Role.RELATIONS, name="Mei", in_department="Analyst relations")


def stay(of: Person | None = None, **changes: Any) -> EntryDetails:
    """Four nights in London under the one program there is."""
    found = db.session.scalars(sa.select(Program).order_by(Program.id)).first()
    # A list price needs no receipt, so that nothing is in the way of closing.
    return ledger.stay(of or people.person(), found, **({"basis": Basis.LIST_PRICE} | changes))


def quarter(from_on: date = AUTUMN, kind: PeriodKind = PeriodKind.QUARTER, **changes: object) -> Period:
    """A period, open."""
    with transaction():
        return operations.open_period(
            PeriodDetails(kind=kind, from_on=from_on, **changes), by=ledger.compliance()
        )


def review(period: Period | None = None) -> Period:
    """A period under review."""
    found = period or quarter()
    with clock.fixed_at(IN_REVIEW), transaction():
        operations.open_review(found, by=ledger.compliance())
    return queries.get_period(found.id)


def attest(period: Period, *users: User, at: datetime = CLOSING) -> None:
    """Attested by relations and compliance, or by these."""
    for user in users or (relations(), ledger.compliance()):
        with clock.fixed_at(at), transaction():
            operations.attest(queries.get_period(period.id), by=user)


def lock(period: Period | None = None, at: datetime = CLOSING) -> Issue:
    """A period under review, attested and locked."""
    found = period or review()
    attest(found, at=at)
    with clock.fixed_at(at), transaction():
        return operations.lock_period(queries.get_period(found.id), by=ledger.compliance())


def dispute(person: Person, entry: Entry, pounds: str | None = "70", at: datetime = IN_REVIEW) -> Dispute:
    """Shared car with Hana."""
    proposed = Money.of(ledger.gbp(pounds).amount, "GBP") if pounds else None
    details = DisputeDetails(entry_seq=entry.seq, reason="I shared the car with Hana.", proposed=proposed)
    with clock.fixed_at(at), transaction():
        return operations.dispute_line(person, details)
