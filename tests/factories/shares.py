"""Affiliate shares at every step, made by the operations of the screens."""

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.accounts.models import User
from app.advisory import operations_payouts, operations_shares
from app.advisory.details_shares import (
    PayoutDetails,
    ShareContractDetails,
    ShareDetails,
    StatementDetails,
)
from app.advisory.models_shares import AffiliateShare, SharePayout, ShareStatement
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.people.models import Person
from app.programs.models import Program
from tests.factories import people, programs
from tests.factories.advisory import helga, omar, vera


def details(who: Person, program: Program, **changes: Any) -> ShareDetails:
    """Seven and a half per cent of what is sold of a handbook, counted month by month, from 1 December 2026 on."""
    wanted = {
        "person_id": who.id, "program_id": program.id, "covers": "Handbook of private networks", "link": "LUMEN-INES",
        "why": "She teaches with it and knows what belongs in it", "percent": Decimal("7.5"), "currency": "GBP",
        "from_on": date(2026, 12, 1),
    }  # fmt: skip
    if "per_sale" in changes:
        wanted.pop("percent")
    return ShareDetails(**wanted | changes)


def _program() -> Program:
    """The one there is, or a new one."""
    return db.session.scalars(sa.select(Program).order_by(Program.id)).first() or programs.program()


def drafted(
    who: Person | None = None, program: Program | None = None, *, by: User | None = None, **changes: Any
) -> AffiliateShare:
    """Ines, drafted by Omar."""
    person, under = who or people.person("Ines"), program or _program()
    with transaction():
        return operations_shares.file_share(details(person, under, **changes), by=by or omar())


def approved(
    share: AffiliateShare | None = None, *, reason: str = "", by: User | None = None
) -> AffiliateShare:
    """Through the gate, by Helga."""
    found = share or drafted()
    with transaction():
        return operations_shares.approve_share(db.session.merge(found), reason=reason, by=by or helga())


def running(share: AffiliateShare | None = None, **changes: Any) -> AffiliateShare:
    """Under contract with Moreau Conseil."""
    found = share or approved()
    contract = {"reference": "LN-S-1", "party": "Moreau Conseil", "signed_on": clock.today()} | changes
    with transaction():
        return operations_shares.contract_share(
            db.session.merge(found), ShareContractDetails(**contract), by=omar()
        )


def figures(**changes: Any) -> StatementDetails:
    """December 2026: 31 sales worth 1,241.67."""
    wanted = {
        "from_on": date(2026, 12, 1), "to_on": date(2026, 12, 31), "n_sales": 31, "net_sales": Money(124_167, "GBP"),
        "evidence": "Shop report 2026-12",
    }  # fmt: skip
    return StatementDetails(**wanted | changes)


def statement(share: AffiliateShare, *, by: User | None = None, **changes: Any) -> ShareStatement:
    """One month counted by Omar."""
    with transaction():
        return operations_payouts.record_statement(
            db.session.merge(share), figures(**changes), by=by or omar()
        )


def reversed_(of: ShareStatement, reason: str = "Two returns were left out") -> ShareStatement:
    """A statement taken back."""
    with transaction():
        return operations_payouts.reverse_statement(db.session.merge(of), reason=reason, by=omar())


def payout(
    share: AffiliateShare, *statements: ShareStatement, by: User | None = None, **changes: Any
) -> SharePayout:
    """Paid by Vera, who wrote none of the statements down."""
    wanted = {
        "paid_on": clock.today(), "payee": "Moreau Conseil", "reference": "Transfer 4711",
        "statement_ids": tuple(one.id for one in statements),
    } | changes  # fmt: skip
    with transaction():
        return operations_payouts.pay_share(db.session.merge(share), PayoutDetails(**wanted), by=by or vera())
