"""Tables of the book itself: entries, their sealed words, subjects, the head, the sums beside it."""

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Department
from app.core.append_only import AppendOnly
from app.core.db import Base, Currency, Minor
from app.core.money import Money
from app.people.models import Person
from app.programs.models import Program


class Category(enum.StrEnum):
    """What the value was (domain section 7)."""

    TRAVEL_AIR = "travel_air"
    TRAVEL_GROUND = "travel_ground"
    LODGING = "lodging"
    MEAL = "meal"
    EVENT_PASS = "event_pass"  # noqa: S105 -- a ticket
    ENTERTAINMENT = "entertainment"
    GIFT = "gift"
    PRODUCT_LOAN = "product_loan"
    EARLY_ACCESS = "early_access"
    EXEC_ACCESS = "exec_access"
    MEDIA_EXPOSURE = "media_exposure"
    ADVISORY_FEE = "advisory_fee"
    SPEAKING_FEE = "speaking_fee"
    WORKSHOP_FEE = "workshop_fee"
    CONTENT_FEE = "content_fee"
    RESEARCH_FEE = "research_fee"
    HONORARIUM = "honorarium"
    FEE_EXPENSES = "fee_expenses"
    AFFILIATE_COMMISSION = "affiliate_commission"
    DISCOUNT = "discount"
    DONATION_FOR = "donation_for"
    OTHER = "other"


class Form(enum.StrEnum):
    """How the value was given; the form decides the leg."""

    IN_KIND_VENDOR = "in_kind_vendor"
    IN_KIND_OWN = "in_kind_own"
    ACCESS = "access"
    LOAN = "loan"
    REIMBURSEMENT = "reimbursement"
    CASH_EQUIVALENT = "cash_equivalent"
    EQUITY = "equity"


class Leg(enum.StrEnum):
    """Two legs that are never added together silently."""

    NON_CASH = "non_cash"
    CASH = "cash"


NON_CASH_FORMS = frozenset({Form.IN_KIND_VENDOR, Form.IN_KIND_OWN, Form.ACCESS, Form.LOAN})


def leg_of(form: Form) -> Leg:
    return Leg.NON_CASH if form in NON_CASH_FORMS else Leg.CASH


class Basis(enum.StrEnum):
    """How the amount was found."""

    ACTUAL_COST = "actual_cost"
    SHARED_COST = "shared_cost"
    LIST_PRICE = "list_price"
    COMPARABLE_FARE = "comparable_fare"
    PER_DIEM = "per_diem"
    RENTAL_EQUIVALENT = "rental_equivalent"
    RATE_CARD = "rate_card"
    ESTIMATE = "estimate"
    NOMINAL = "nominal"
    NOT_VALUED = "not_valued"


class Unit(enum.StrEnum):
    """Access is counted, never priced (L4); `item` is the unit of everything with a price."""

    ITEM = "item"
    NIGHT = "night"
    EXECUTIVE_MINUTE = "executive_minute"
    FRONT_SEAT = "front_seat"
    EARLY_MINUTE = "early_minute"
    ANALYST_SESSION = "analyst_session"


ACCESS_UNITS = frozenset({Unit.EXECUTIVE_MINUTE, Unit.FRONT_SEAT, Unit.EARLY_MINUTE, Unit.ANALYST_SESSION})


class ReportLine(enum.StrEnum):
    """Which line of the value report an entry stands on (`travel_ground` holds trains and transfers)."""

    TRAVEL = "travel"
    LODGING = "lodging"
    TRANSFERS = "transfers"
    MEALS = "meals"
    GIFTS_AND_LOANS = "gifts_and_loans"
    ACCESS = "access"
    FEES = "fees"
    EXPENSES = "expenses"
    OTHER = "other"


class EntryKind(enum.StrEnum):
    VALUE = "value"
    DECLINED = "declined"  # offered and refused: received value 0 (L5)
    REVERSAL = "reversal"
    LATE = "late"
    PERIOD_CLOSE = "period_close"
    PERIOD_REOPEN = "period_reopen"
    SUBJECT_ERASED = "subject_erased"
    KEY_CHANGE = "key_change"
    GENERAL = "general_availability"  # open to everybody at a large event: nobody's value (c8)


def _where(condition: str) -> dict[str, Any]:
    """The condition of a partial index, for both engines."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


class Subject(Base):
    """Joins the random reference in the book to the person; erasing it leaves the book whole."""

    __tablename__ = "ledger_subject"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(32), unique=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person | None] = relationship(lazy="joined")
    #: The subject's own key, wrapped by the installation's master key; gone after erasure.
    wrapped_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary)


class Entry(AppendOnly, Base):
    """One line of the book. `body` is the truth (canonical bytes, hashed); the columns repeat it for queries."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        sa.Index("ix_ledger_entry_program_value_on", "program_id", "value_on"),
        # Leads from a person and day to what looks alike (L11), and from a person to the list of their entries, without
        # reading the entries themselves.
        sa.Index(
            "ix_ledger_entry_alike", "subject_id", "value_on", "minor", "category", "provider_ref", "kind"
        ),
        # Imported books have neither source nor event; they pay nothing for these.
        sa.Index("ix_ledger_entry_source", "source_kind", "source_id", **_where("source_id IS NOT NULL")),
        sa.Index("ix_ledger_entry_event_id", "event_id", **_where("event_id IS NOT NULL")),
        # Reports ask for the few fees and the few declined offers among very many entries.
        sa.Index("ix_ledger_entry_fees", "program_id", "value_on", **_where("line = 'fees'")),
        sa.Index("ix_ledger_entry_declined", "program_id", "value_on", **_where("kind = 'declined'")),
        sa.CheckConstraint("length(currency) = 3 AND length(reporting_currency) = 3", name="currency"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Digests are 32 bytes here and 64 hex digits everywhere else: see `hash`, `prev`, `idem` below.
    hash_bytes: Mapped[bytes] = mapped_column("hash", sa.LargeBinary(32), unique=True)
    prev_bytes: Mapped[bytes] = mapped_column("prev", sa.LargeBinary(32), unique=True)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)

    kind: Mapped[EntryKind]
    subject_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_subject.id"))
    subject: Mapped[Subject | None] = relationship(lazy="raise")
    program_id: Mapped[int | None] = mapped_column(sa.ForeignKey("program.id"))
    program: Mapped[Program | None] = relationship(lazy="raise")
    #: Events lie above this floor: a number without a foreign key.
    event_id: Mapped[int | None]
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    department: Mapped[Department | None] = relationship(lazy="raise")
    category: Mapped[Category | None]
    form: Mapped[Form | None]
    leg: Mapped[Leg | None]
    line: Mapped[ReportLine | None]
    basis: Mapped[Basis | None]
    value_on: Mapped[date | None]
    unit: Mapped[Unit] = mapped_column(default=Unit.ITEM)
    quantity: Mapped[int] = mapped_column(default=1)
    minor: Mapped[Minor]  # as invoiced, in `currency`
    currency: Mapped[Currency]
    rate: Mapped[str] = mapped_column(sa.String(40), default="1")
    rate_on: Mapped[date | None]
    rate_source: Mapped[str] = mapped_column(sa.String(120), default="")
    reporting_minor: Mapped[Minor]  # what the person received, in `reporting_currency`; 0 when declined
    reporting_currency: Mapped[Currency]
    #: An offer that was refused, or the reversal of one; `quantity` and `reporting_minor` are then 0 (L5).
    is_declined: Mapped[bool] = mapped_column(default=False)
    #: What was offered and declined, in the reporting currency (L5).
    declined_minor: Mapped[Minor] = mapped_column(default=0)
    #: The nature and form as the books it was imported from name them, for the round trip.
    native_nature: Mapped[str] = mapped_column(sa.String(200), default="")
    native_form: Mapped[str] = mapped_column(sa.String(100), default="")
    #: The cap or policy in force on the value date, by name (L9).
    rule: Mapped[str] = mapped_column(sa.String(200), default="")
    reverses: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entry.seq"), unique=True)
    reason: Mapped[str] = mapped_column(sa.String(80), default="")  # a code; words are in the detail
    source_kind: Mapped[str] = mapped_column(
        sa.String(40), default=""
    )  # the room: url_for(f"{source_kind}.show")
    source_part: Mapped[str] = mapped_column(sa.String(40), default="")  # leg, stay, transfer, ...
    source_id: Mapped[int | None]
    #: Who gave it, as imported books number their payers, or as a keyed hash of the provider's name.
    provider_ref: Mapped[str] = mapped_column(sa.String(40), default="")
    idem_bytes: Mapped[bytes] = mapped_column("idem", sa.LargeBinary(32), unique=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]

    @property
    def hash(self) -> str:
        """The hash of `body`, in hex."""
        return self.hash_bytes.hex()

    @property
    def prev(self) -> str:
        """The hash of the entry before, in hex."""
        return self.prev_bytes.hex()

    @property
    def idem(self) -> str:
        """The key under which the same fact is recognised, in hex."""
        return self.idem_bytes.hex()

    @property
    def original(self) -> Money:
        return Money(self.minor, self.currency)

    @property
    def reporting(self) -> Money:
        return Money(self.reporting_minor, self.reporting_currency)

    @property
    def declined(self) -> Money:
        return Money(self.declined_minor, self.reporting_currency)


class EntryDetail(Base):
    """The words of an entry, sealed with the subject's key: context, place, provider, outside reference."""

    __tablename__ = "ledger_detail"

    entry_seq: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.seq"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    #: Random bytes behind the commitment in the body; gone after erasure.
    salt: Mapped[bytes | None] = mapped_column(sa.LargeBinary)


class LedgerHead(Base):
    """One row: where the book ends. Whoever appends locks it first, so there is one writer and no fork."""

    __tablename__ = "ledger_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(64))
    #: Peaks of the Merkle tree as hex, so that the root needs no re-read.
    peaks: Mapped[list[str]]


#: Stands for all subjects in the sums kept beside the book, so that a figure of nobody in particular adds up few cells.
EVERYBODY = 0
#: The span of a summary of everything, whenever it was given.
ALL_DAYS = 0


class Rollup(Base):
    """Sums kept in the ledger's own transaction and proved equal to it by `ledger verify`.

    Each entry is in two cells: its subject's, and that of everybody. Whoever reads picks one kind, never both.
    """

    __tablename__ = "ledger_rollup"
    __table_args__ = (
        sa.UniqueConstraint(
            "program_id", "event_id", "subject_id", "year", "category", "form", "line", "unit", "native_nature",
            "native_form", name="uq_ledger_rollup_cell",
        ),
        sa.Index("ix_ledger_rollup_whose", "subject_id", "program_id"),
        sa.Index("ix_ledger_rollup_event_id", "event_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int]  # 0 for none: NULLs would not be unique
    event_id: Mapped[int]
    subject_id: Mapped[int]  # or EVERYBODY
    year: Mapped[int]
    category: Mapped[Category]
    form: Mapped[Form]
    line: Mapped[ReportLine]
    unit: Mapped[Unit]
    native_nature: Mapped[str] = mapped_column(sa.String(200))
    native_form: Mapped[str] = mapped_column(sa.String(100))
    n_entries: Mapped[int]
    quantity: Mapped[int] = mapped_column(sa.BigInteger)
    reporting_minor: Mapped[Minor]
    declined_minor: Mapped[Minor]
    n_declined: Mapped[int]


class Summary(Base):
    """What a subject has of a program in a unit on a leg over all days, a year and a month: a row of each, kept like the rollup.

    The rollup knows what it was, this knows whose and when: lists of thousands of people are put in order by it.
    """

    __tablename__ = "ledger_summary"
    __table_args__ = (
        sa.UniqueConstraint("program_id", "span", "unit", "subject_id", "leg", name="uq_ledger_summary_cell"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int]
    span: Mapped[int]  # ALL_DAYS, 2026 for a year, 202607 for a month
    unit: Mapped[Unit]
    subject_id: Mapped[int] = mapped_column(index=True)
    leg: Mapped[Leg]
    n_entries: Mapped[int]
    quantity: Mapped[int] = mapped_column(sa.BigInteger)
    reporting_minor: Mapped[Minor]
    declined_minor: Mapped[Minor]
    n_declined: Mapped[int]


class Provenance(Base):
    """How the amounts of a program came to be: entries counted in the ledger's own transaction, for the methodology note."""

    __tablename__ = "ledger_provenance"
    __table_args__ = (
        sa.UniqueConstraint(
            "program_id",
            "month",
            "kind",
            "currency",
            "rate_source",
            "basis",
            name="uq_ledger_provenance_cell",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int]  # 0 for none: NULLs would not be unique
    month: Mapped[int]  # of the value date: 202607
    kind: Mapped[EntryKind]
    currency: Mapped[Currency]
    rate_source: Mapped[str] = mapped_column(sa.String(120))
    basis: Mapped[Basis]
    n_entries: Mapped[int]
    first_rate_on: Mapped[date | None]
    last_rate_on: Mapped[date | None]
    last_seq: Mapped[int]
