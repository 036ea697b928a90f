"""Needs, rate cards and engagements at every step, and the hospitality before them, made by the operations of the screens."""

from datetime import date
from decimal import Decimal
from typing import Any

from app.accounts.models import Role, User
from app.advisory import operations
from app.advisory.details import (
    AlternativeDetails,
    BandDetails,
    ContractDetails,
    DeliveryDetails,
    EffortDetails,
    NeedDetails,
    PaymentDetails,
    ProposalDetails,
    RateCardDetails,
)
from app.advisory.models import Engagement, Need, RateBand, RateCard
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations as ledger
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Entry, Form
from app.people.models import Person
from app.programs.models import Program
from tests.factories import accounts, people, programs

NEED: dict[str, Any] = {
    "title": "Private 5G workshop",
    "question": "What stops hospitals from running their own network?",
    "deliverable": "One day with our product people and a written summary",
    "decision": "Whether the spring release gets a hospital profile, by February",
    "why_outside": "Nobody here has run a network in a hospital",
    "criteria": "Has built or assessed a network in at least two hospitals",
}


def omar() -> User:
    return accounts.user(name="Omar Benhallam", in_department="Product")


def vera() -> User:
    return accounts.user(name="Vera Dornbusch", in_department="Product")


def helga() -> User:
    return accounts.user(role=Role.COMPLIANCE, name="Helga Steinvorth", in_department="Compliance")


def sam() -> User:
    return accounts.user(role=Role.COMPLIANCE, name="Sam Okonjo-Reid", in_department="Compliance")


def ruth() -> User:
    return accounts.user(role=Role.COORDINATOR, name="Ruth Mbeki-Hansen", in_department="Events")


def need_details(program: Program, **changes: Any) -> NeedDetails:
    return NeedDetails(**(NEED | {"program_id": program.id} | changes))


def need(program: Program | None = None, *, by: User | None = None, **changes: Any) -> Need:
    """A need that waits for approval."""
    under = program or programs.program()
    with transaction():
        return operations.file_need(need_details(under, **changes), by=by or vera())


def approved_need(program: Program | None = None, *, by: User | None = None, **changes: Any) -> Need:
    """A need somebody else has approved."""
    filed = need(program, by=by, **changes)
    with transaction():
        return operations.approve_need(db.session.merge(filed), by=helga())


def rate_card(name: str = "Advisers", *, bands: tuple[BandDetails, ...] = (), **changes: Any) -> RateCard:
    """The card of J10: band B is 6,500.00 a day for a workshop; tier 2 is 250.00 an hour."""
    details = {
        "name": name, "currency": "GBP", "effective_from_on": date(2026, 1, 1),
        "bands": bands or (
            BandDetails(tier="B", activity=Category.WORKSHOP_FEE, per="day", maximum_minor=650_000),
            BandDetails(tier="2", activity=Category.ADVISORY_FEE, per="hour", maximum_minor=25_000),
        ),
    } | changes  # fmt: skip
    with transaction():
        return operations.set_rate_card(RateCardDetails(**details), by=helga())


def band(tier: str = "B", card: RateCard | None = None) -> RateBand:
    """A band of the card of J10."""
    of = db.session.merge(card) if card is not None else rate_card()
    return next(one for one in of.bands if one.tier == tier)


def proposal_details(of: RateBand, *, service_on: date, **changes: Any) -> ProposalDetails:
    details = {
        "band_id": of.id, "effort": EffortDetails(work=Decimal(1)), "service_on": service_on,
        "why_this_person": "Wrote the field guide on hospital networks",
        "alternatives": (AlternativeDetails(name="Prof. A. Outside", evidence="Two papers", why_not="No time before April"),),
    } | changes  # fmt: skip
    return ProposalDetails(**details)


def engagement(
    *, who: Person | None = None, for_need: Need | None = None, service_on: date = date(2027, 1, 14), of: RateBand | None = None,
    by: User | None = None, **changes: Any,
) -> Engagement:  # fmt: skip
    """Ines, proposed by Omar for the need of Vera."""
    person, wanted = who or people.person("Ines"), for_need or approved_need()
    details = proposal_details(of or band(), service_on=service_on, **changes)
    with transaction():
        return operations.propose_person(
            db.session.merge(wanted), db.session.merge(person), details, by=by or omar()
        )


def cleared(
    proposed: Engagement,
    *,
    reason: str = "The work was wanted before the visit and is unrelated",
    by: User | None = None,
) -> Engagement:
    """Through the gate."""
    with transaction():
        return operations.clear_engagement(db.session.merge(proposed), reason=reason, by=by or helga())


def contracted(proposed: Engagement, *, signed_on: date | None = None, **changes: Any) -> Engagement:
    """Cleared, with a signed contract."""
    details = {
        "reference": "LN-2027-004",
        "party": "Moreau Conseil",
        "signed_on": signed_on or clock.today(),
    } | changes
    passed = cleared(proposed)
    with transaction():
        return operations.contract_engagement(db.session.merge(passed), ContractDetails(**details), by=omar())


def delivered(
    under_contract: Engagement, *, on: date | None = None, units: Decimal = Decimal(1)
) -> Engagement:
    """Begun and delivered."""
    details = DeliveryDetails(
        delivered_on=on or clock.today(),
        units=units,
        evidence="Summary of 14 pages, minutes, list of attendees",
    )
    with transaction():
        found = operations.start_delivery(db.session.merge(under_contract), by=omar())
        return operations.record_delivery(found, details, by=omar())


def paid(done: Engagement, **changes: Any) -> Engagement:
    """Approved by compliance and paid."""
    details = {"paid_on": clock.today(), "payee": "Moreau Conseil", "reference": "Transfer 88121"} | changes
    with transaction():
        found = operations.approve_payment(db.session.merge(done), by=helga())
        return operations.pay_engagement(found, PaymentDetails(**details), by=omar())


def hospitality(
    who: Person, program: Program, *, on: date, category: Category = Category.LODGING, minor: int = 208_000,
    by: User | None = None, **changes: Any,
) -> Entry:  # fmt: skip
    """One non-cash piece of value in the book."""
    details = {
        "person_id": who.id, "program_id": program.id, "category": category, "form": Form.IN_KIND_VENDOR,
        "basis": Basis.ACTUAL_COST, "value_on": on, "money": Money(minor, "GBP"), "place": "London, United Kingdom",
        "provider": "Grand Hotel",
    } | changes  # fmt: skip
    with transaction():
        return ledger.post_entry(EntryDetails(**details), by=by or ruth()).entry
