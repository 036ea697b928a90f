"""Value in the book, caps and treasury rates, made by the operations the screens use."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations
from app.ledger.details import (
    CapDetails,
    CommitmentDetails,
    EntryDetails,
    ExceptionDetails,
    SharedCostDetails,
    TreasuryRateDetails,
)
from app.ledger.models import Basis, Cap, Category, Form, RuleException, SharedCost
from app.ledger.operations import Posting
from app.people.models import Person
from app.programs.models import Program
from tests.factories import accounts, people, programs

#: The rates of the London scenario, per unit of the other currency, in GBP.
RATES = {
    "AED": "0.2045", "TRY": "0.0182", "USD": "0.7480", "AUD": "0.5120", "EUR": "0.8640", "ZAR": "0.0424", "INR": "0.0086",
    "BRL": "0.1380", "SEK": "0.0785", "PKR": "0.00264", "KRW": "0.00054",
}  # fmt: skip


def gbp(pounds: str) -> Money:
    """`gbp("480")` is 480.00 GBP."""
    return Money.of(Decimal(pounds), "GBP")


def compliance() -> User:
    """Helga, who decides."""
    return accounts.user(role=Role.COMPLIANCE, name="Helga", in_department="Compliance")


def coordinator() -> User:
    """Ruth, who books."""
    return accounts.user(role=Role.COORDINATOR, name="Ruth", in_department="Events")


def stay(of: Person | None = None, program: Program | None = None, **changes: Any) -> EntryDetails:
    """Four nights in London at 520.00, as details."""
    found = of or people.person()
    frame = program or programs.program()
    values: dict[str, Any] = {
        "person_id": found.id, "program_id": frame.id, "category": Category.LODGING, "form": Form.IN_KIND_VENDOR,
        "basis": Basis.ACTUAL_COST, "value_on": date(2026, 10, 16), "money": gbp("2080"), "place": "London, GB",
        "provider": "Hotel Aurora",
    }  # fmt: skip
    return EntryDetails(**(values | changes))


def post(details: EntryDetails, *, by: User | None = None) -> Posting:
    """Post in a transaction of its own."""
    with transaction():
        return operations.post_entry(details, by=by or coordinator())


def cap(*, soft: str | None = "7500", hard: str | None = "10000", **changes: Any) -> Cap:
    """The annual non-cash cap of the scenario."""
    values: dict[str, Any] = {
        "name": "Annual non-cash cap", "currency": "GBP", "effective_from_on": date(2026, 1, 1),
        "soft_minor": gbp(soft).minor if soft else None, "hard_minor": gbp(hard).minor if hard else None,
    }  # fmt: skip
    with transaction():
        return operations.set_cap(CapDetails(**(values | changes)), by=compliance())


def plan(of: Person, program: Program, pounds: str, source_id: int = 1, **changes: Any) -> CommitmentDetails:
    """A planned gift of so many pounds."""
    values: dict[str, Any] = {
        "person_id": of.id, "program_id": program.id, "category": Category.GIFT, "money": gbp(pounds),
        "expected_on": date(2026, 12, 1), "source_kind": "travel", "source_part": "leg", "source_id": source_id,
    }  # fmt: skip
    return CommitmentDetails(**(values | changes))


def asked(
    of: Person,
    rule: str = "public_official",
    *,
    by: User | None = None,
    expires_on: date | None = None,
    **changes: Any,
) -> RuleException:
    """An approval Ruth asks for, until a month from now."""
    details = ExceptionDetails(
        person_id=of.id, rule=rule, reason="The only one who knows the field.",
        expires_on=expires_on or clock.today() + timedelta(days=30), **changes,
    )  # fmt: skip
    with transaction():
        return operations.ask_exception(details, by=by or coordinator())


def approved(of: Person, rule: str = "public_official", **changes: Any) -> RuleException:
    """The same, granted by Helga, local law confirmed."""
    waiting = asked(of, rule, **changes)
    with transaction():
        return operations.decide_exception(
            db.session.merge(waiting), is_granted=True, is_law_confirmed=True, reason="Looked at; it is in order.",
            by=db.session.merge(compliance()),
        )  # fmt: skip


def treasury_rates(on: date = date(2026, 9, 1), until: date = date(2026, 12, 31)) -> None:
    """The frozen rates of the London scenario."""
    with transaction():
        for code, rate in RATES.items():
            details = TreasuryRateDetails(
                from_currency=code, to_currency="GBP", valid_from_on=on, valid_to_on=until, rate=Decimal(rate),
                source="Treasury desk, September list",
            )  # fmt: skip
            operations.set_treasury_rate(details, by=compliance())


DINNER_GUESTS = (
    "Amal",
    "Kerem",
    "Nneka",
    "Jack",
    "Ines",
    "Lerato",
    "Priya",
    "Mateus",
    "Sara",
    "Bilal",
    "Hana",
    "Carla",
)


def dinner(
    program: Program | None = None, guests: tuple[str, ...] = DINNER_GUESTS, n_hosts: int = 10
) -> SharedCost:
    """2,640.00 for 22: the shared dinner of the scenario."""
    frame = program or programs.program()
    found = [people.person(name) for name in guests]
    details = SharedCostDetails(
        title="Speakers' dinner", program_id=frame.id, place="London, GB", provider="Restaurant Aster",
        value_on=date(2026, 10, 14), money=gbp("2640"), person_ids=tuple(person.id for person in found), external_ref="A-2214",
        host_names=tuple(f"Host {number}" for number in range(1, n_hosts + 1)),
    )  # fmt: skip
    with transaction():
        return operations.record_shared_cost(details, by=db.session.merge(coordinator()))
