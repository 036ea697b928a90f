"""What operations of the ledger take: frozen values, built by forms or read from JSON."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from app.core.checked import Checked
from app.core.money import Money
from app.ledger.models import (
    Approver,
    Basis,
    CapWindow,
    Category,
    CommitmentStage,
    Form,
    Leg,
    ReportLine,
    Unit,
)
from app.people.models import OrganisationKind


class EntryDetails(Checked):
    """One piece of value that one person was given, or was offered and declined.

    `money` is as invoiced; None only when the basis is not_valued. `priced_on` is the day of the exchange rate
    (default: the value date). With a source (room, part, number) posting the same source again adds nothing (L11);
    without one `external_ref` does the same. Words (context, place, provider, reference, reason) are sealed.
    """

    person_id: int
    program_id: int
    event_id: int | None = None
    category: Category
    form: Form
    basis: Basis
    value_on: date
    money: Money | None = None
    unit: Unit = Unit.ITEM
    quantity: int = 1
    line: ReportLine | None = None
    department_id: int | None = None
    place: str = ""
    provider: str = ""
    context: str = ""
    reason: str = ""
    source_kind: str = ""
    source_part: str = ""
    source_id: int | None = None
    external_ref: str | None = None
    idem: str | None = None
    priced_on: date | None = None
    declined: bool = False
    #: Why it is entered after its period was locked; sealed (L12).
    late_reason: str = ""
    #: What only some kinds of value have (c2, c14, c15); words, so they are sealed with the others.
    travel_class: str = ""
    tax: str = ""
    intermediary: str = ""
    on_behalf: str = ""
    #: A lent thing: when it is due back (L6).
    due_on: date | None = None
    grace_days: int = 0
    #: Typed by a person: what only they can say is asked for (c2).
    is_by_hand: bool = False


class GeneralDetails(Checked):
    """What was open to all attendees of a large event: what it was, what it cost, how many attended (c8)."""

    program_id: int
    event_id: int
    title: str
    category: Category
    value_on: date
    money: Money
    n_attendees: int
    provider: str = ""
    external_ref: str = ""
    late_reason: str = ""


class BookRow(NamedTuple):
    """One row of books kept elsewhere, already in our words; `external_ref` is unique within those books.

    `minor` is in the smallest unit of `currency`. `provider_ref` numbers the payer. `context` is sealed.
    """

    person_id: int
    category: Category
    form: Form
    value_on: date
    minor: int
    currency: str
    external_ref: str
    provider_ref: str = ""
    native_nature: str = ""
    native_form: str = ""
    context: str = ""
    quantity: int = 1
    line: ReportLine | None = None
    event_id: int | None = None


class CommitmentDetails(Checked):
    """Value that is planned or booked; `priced_on` is the day of the exchange rate (default: today)."""

    person_id: int
    program_id: int
    event_id: int | None = None
    category: Category
    money: Money
    expected_on: date
    source_kind: str
    source_part: str
    source_id: int
    stage: CommitmentStage = CommitmentStage.PLANNED
    form: Form = Form.IN_KIND_VENDOR
    #: Class of travel or lodging, where there is one: a part of what is approved (c9).
    grade: str = ""
    priced_on: date | None = None


class SharedCostDetails(Checked):
    """One bill and everybody who sat at the table: people first, hosts by name after them (L3)."""

    title: str
    category: Category = Category.MEAL
    program_id: int
    event_id: int | None = None
    place: str = ""
    provider: str = ""
    external_ref: str | None = None
    value_on: date
    money: Money
    person_ids: tuple[int, ...]
    host_names: tuple[str, ...] = ()
    #: Guests who are no record of ours: heads like hosts, on nobody's account.
    guest_names: tuple[str, ...] = ()
    priced_on: date | None = None


class CapDetails(Checked):
    """A limit in minor units of `currency`; soft warns, hard blocks planning; at least one of the two (L7)."""

    name: str
    leg: Leg = Leg.NON_CASH
    program_id: int | None = None
    category: Category | None = None
    is_for_officials: bool = False
    is_for_employed: bool = False
    kind_code: str = ""
    employer_kind: OrganisationKind | None = None
    window: CapWindow = CapWindow.CALENDAR_YEAR
    n_days: int | None = None
    currency: str = "GBP"
    soft_minor: int | None = None
    hard_minor: int | None = None
    effective_from_on: date
    effective_to_on: date | None = None


class ExceptionDetails(Checked):
    """Asking to cross one rule for one person; `host_ids` are users who host or gain and so may not decide (L8)."""

    person_id: int
    rule: str
    reason: str
    expires_on: date
    subject_kind: str = ""
    subject_id: int | None = None
    host_ids: tuple[int, ...] = ()
    #: Whom the rule names to decide (T2).
    approver: Approver = Approver.COMPLIANCE
    #: The rule as it reads; left empty it is quoted from the rule's code.
    quoted: str = ""


class TreasuryRateDetails(Checked):
    """One unit of `from_currency` is `rate` of `to_currency`, from and to a day, as `source` says (L2)."""

    from_currency: str
    to_currency: str
    valid_from_on: date
    valid_to_on: date
    rate: Decimal
    source: str
