"""Forms of this room: typed words in, details of the operations out."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, Field, SelectChoice, SelectMultipleField
from wtforms.validators import ValidationError as FieldError

from app.core import clock
from app.core.forms import BaseForm, amount, choice, currency, day, line, money_of, prose, whole, words_of
from app.core.i18n import day as day_words
from app.core.money import Money
from app.ledger.details import (
    CapDetails,
    EntryDetails,
    ExceptionDetails,
    SharedCostDetails,
    TreasuryRateDetails,
)
from app.ledger.models import Basis, CapWindow, Category, Form, Leg, SharedHead, Unit
from app.ledger.policies import EXCEPTIONAL_RULES
from app.ledger.policies_standing import STANDING_WORDS
from app.ledger.queries_events import NamedEvent
from app.people.models import OrganisationKind, Person, PersonKind
from app.programs.models import Program

#: Shares are never given, so the form does not offer them (c3); imported books may hold them.
_FORMS = [(value, words) for value, words in words_of(Form) if value != Form.EQUITY]

_CLASSES = [
    ("economy", "Economy"),
    ("premium_economy", "Premium economy"),
    ("business", "Business"),
    ("first", "First"),
]
_TAXES = [("included", "Included in the amount"), ("not_included", "Not included"), ("none", "No tax on it")]

_PLACE_HELP = "City and country; needed for travel and lodging."
_REF_HELP = (
    "Receipt, invoice or contract number; needed when money changes hands. The same one twice adds nothing."
)
_LATE_HELP = "Only for a day of a locked period: it becomes an adjustment in the open one."
_REASON_HELP = "Why there is no amount, in at least 10 characters."
_PRICED_HELP = "The day of the exchange rate, if it is not the day the value was given."
_SOFT_HELP = "Above it, planning warns and a fact opens a breach."
_HARD_HELP = "Above it, planning is refused without an exception."

#: Plain digits: "1e400" and "NaN" are numbers for programs.
_RATE = re.compile(r"[0-9]*\.?[0-9]+")

#: Reasons that need no words of their own.
REVERSAL_REASONS = [
    ("wrong_amount", "Wrong amount"),
    ("wrong_person", "Wrong person"),
    ("wrong_category", "Wrong category"),
    ("wrong_date", "Wrong date"),
    ("entered_twice", "Entered twice"),
    ("not_given", "Was not given after all"),
    ("returned", "Was given back"),
    ("other", "Another reason, in words"),
]


def _offer(field: Any, rows: Iterable[tuple[int, str]], empty: str = "—") -> None:
    field.choices = [SelectChoice("", empty), *(SelectChoice(str(id), name) for id, name in rows)]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


class EntryForm(BaseForm):
    """One piece of value that a person was given, or declined."""

    person_id = choice("Person", [])
    program_id = choice("Program", [])
    category = choice("What it was", words_of(Category))
    form = choice("How it was given", _FORMS)
    basis = choice("How the amount was found", words_of(Basis))
    value_on = day("Given on", default=clock.today)
    amount = amount("Amount", required=False)
    currency = currency(default="GBP")
    priced_on = day("Priced on", required=False, description=_PRICED_HELP)
    unit = choice("Counted in", words_of(Unit), default=Unit.ITEM.value)
    quantity = whole("How many", least=1, default=1)
    place = line("Place", required=False, description=_PLACE_HELP)
    provider = line("Provider", required=False, description="Who gave it, if it was not your own department.")
    external_ref = line("Reference", required=False, description=_REF_HELP)
    context = prose("What it was for", required=False, longest=2000)
    reason = prose("Reason", required=False, longest=2000, description=_REASON_HELP)
    travel_class = choice("Class", _CLASSES, required=False, description="For a flight.")
    tax = choice("Tax", _TAXES, required=False)
    intermediary = line("Paid through", required=False, description="An agency that paid or passed it on.")
    on_behalf = line(
        "Went to", required=False, description="Somebody else who got it at the person's request."
    )
    due_on = day("Due back on", required=False, description="For a thing that is lent.")
    grace_days = whole("Days of grace", least=0, most=365, required=False, default=14)
    declined = BooleanField(
        "It was offered and declined", description="The offer stays on record; received is zero."
    )
    late_reason = line("Why it comes late", required=False, description=_LATE_HELP)

    def offer(self, people: Sequence[Person], programs: Sequence[Program]) -> "EntryForm":
        """Fill the choices."""
        _offer(self.person_id, ((row.id, row.name) for row in people))
        _offer(self.program_id, ((row.id, f"{row.name} ({row.currency})") for row in programs))
        return self

    def details(self) -> EntryDetails:
        return EntryDetails(
            person_id=int(self.person_id.data), program_id=int(self.program_id.data), category=self.category.data,
            form=self.form.data, basis=self.basis.data, value_on=self.value_on.data, money=money_of(self),
            unit=self.unit.data, quantity=self.quantity.data, place=self.place.data or "", provider=self.provider.data or "",
            external_ref=self.external_ref.data or None, context=self.context.data or "", reason=self.reason.data or "",
            priced_on=self.priced_on.data, declined=self.declined.data, travel_class=self.travel_class.data or "",
            tax=self.tax.data or "", intermediary=self.intermediary.data or "", on_behalf=self.on_behalf.data or "",
            due_on=self.due_on.data, grace_days=self.grace_days.data or 0, is_by_hand=True,
            late_reason=self.late_reason.data or "",
        )  # fmt: skip


def code_or_words(code: str, words: str | None) -> str:
    """The code of a chosen reason, or what was typed where there is no code for it."""
    return code if code != "other" else (words or "").strip()


class ReverseForm(BaseForm):
    """Taking an entry back."""

    reason = choice("Why", REVERSAL_REASONS)
    words = prose(
        "In words",
        required=False,
        longest=2000,
        description="Sealed with the entry; needed for another reason.",
    )

    def why(self) -> str:
        """The code, or the words when there is no code for it."""
        return code_or_words(self.reason.data, self.words.data)


class SharedCostForm(BaseForm):
    """One bill for several heads (L3)."""

    title = line("What it was", description="For example: speakers' dinner.")
    category = choice("Category", words_of(Category), default=Category.MEAL.value)
    program_id = choice("Program", [])
    event_id = choice(
        "Event", [], required=False, description="An event of the program; the bill then counts at its close."
    )
    value_on = day("On", default=clock.today)
    amount = amount("Whole bill")
    currency = currency(default="GBP")
    place = line("Place", required=False)
    provider = line("Paid to", required=False)
    external_ref = line("Receipt", required=False, longest=320)
    people = prose(
        "People who took part", description="One name on a line, as on their page.", longest=10_000
    )
    hosts = prose(
        "Hosts who took part", required=False, description="One name on a line; they share the bill too."
    )
    guests = prose(
        "Guests without a record",
        required=False,
        longest=10_000,
        description="For example somebody's colleague: one name on a line; they share the bill and are on nobody's account.",
    )

    def offer(self, programs: Sequence[Program], events: Sequence[NamedEvent]) -> "SharedCostForm":
        """Fill the choices."""
        _offer(self.program_id, ((row.id, f"{row.name} ({row.currency})") for row in programs))
        _offer(self.event_id, ((row.id, f"{row.name}, {day_words(row.on)}") for row in events))
        return self

    def names(self) -> list[str]:
        """The people typed, one a line."""
        return _lines(self.people.data)

    def details(self, person_ids: Sequence[int]) -> SharedCostDetails:
        money = money_of(self) or Money(0, self.currency.data)
        return SharedCostDetails(
            title=self.title.data, category=self.category.data, program_id=int(self.program_id.data),
            event_id=_number(self.event_id.data), value_on=self.value_on.data, money=money,
            place=self.place.data or "", provider=self.provider.data or "",
            external_ref=self.external_ref.data or None, person_ids=tuple(person_ids),
            host_names=tuple(name[:320] for name in _lines(self.hosts.data)),
            guest_names=tuple(name[:320] for name in _lines(self.guests.data)),
        )  # fmt: skip


class AbsentForm(BaseForm):
    """Who was booked and did not come; those who did share the bill (L3)."""

    heads = SelectMultipleField("Did not come")

    def offer(self, heads: Sequence[SharedHead]) -> "AbsentForm":
        """Fill the choices with those who share the bill now."""
        said = ((str(head.id), head.person.name if head.person else head.host_name) for head in heads)
        self.heads.choices = [SelectChoice(*one) for one in said]
        return self


def _lines(text: str | None) -> list[str]:
    return [row.strip() for row in (text or "").splitlines() if row.strip()]


class CapForm(BaseForm):
    """A limit on what one person may receive (L7)."""

    name = line("Name", longest=100, description="As it is quoted on entries and in messages.")
    leg = choice("Leg", words_of(Leg), default=Leg.NON_CASH.value)
    program_id = choice("Program", [], required=False)
    category = choice("Category", words_of(Category), required=False)
    is_for_officials = BooleanField("Only for public officials")
    is_for_employed = BooleanField("Only for people who are employed")
    kind_code = choice("Kind of person", [], required=False)
    employer_kind = choice("Employed by", words_of(OrganisationKind), required=False)
    window = choice("Counted over", words_of(CapWindow), default=CapWindow.CALENDAR_YEAR.value)
    n_days = whole("Days of the window", least=1, most=3660, required=False)
    currency = currency(default="GBP")
    soft = amount("Soft limit", required=False, description=_SOFT_HELP)
    hard = amount("Hard limit", required=False, description=_HARD_HELP)
    effective_from_on = day("In force from", default=clock.today)
    effective_to_on = day(
        "In force until", required=False, description="Left empty: until another day is set."
    )

    def offer(self, programs: Sequence[Program], kinds: Sequence[PersonKind] = ()) -> "CapForm":
        """Fill the choices."""
        _offer(self.program_id, ((row.id, row.name) for row in programs), _("any"))
        self.kind_code.choices = [
            SelectChoice("", _("any")),
            *(SelectChoice(row.code, row.name) for row in kinds),
        ]
        return self

    def details(self) -> CapDetails:
        soft, hard = (money_of(self, name) for name in ("soft", "hard"))
        return CapDetails(
            name=self.name.data or "", leg=self.leg.data, program_id=_number(self.program_id.data),
            category=self.category.data or None, is_for_officials=self.is_for_officials.data,
            is_for_employed=self.is_for_employed.data, kind_code=self.kind_code.data or "",
            employer_kind=self.employer_kind.data or None, window=self.window.data, n_days=self.n_days.data,
            currency=self.currency.data, soft_minor=None if soft is None else soft.minor,
            hard_minor=None if hard is None else hard.minor, effective_from_on=self.effective_from_on.data,
            effective_to_on=self.effective_to_on.data,
        )  # fmt: skip


class EndCapForm(BaseForm):
    """The last day of a cap."""

    effective_to_on = day("Last day in force", default=clock.today)


class CloseBreachForm(BaseForm):
    """How compliance dealt with a breach."""

    outcome = prose(
        "What was done about it", longest=4000, description="At least 10 characters; it stays in the record."
    )


class ExceptionForm(BaseForm):
    """Asking compliance to let one person cross one rule (L8)."""

    person_id = choice("Person", [])
    rule = choice("Rule", [])
    reason = prose(
        "Why", longest=4000, description="At least 10 characters; it is shown in the exceptions report."
    )
    expires_on = day("Until", description="The permission ends with this day.")

    def offer(self, people: Sequence[Person], caps: Iterable[tuple[int, str]]) -> "ExceptionForm":
        """Fill the choices."""
        _offer(self.person_id, ((row.id, row.name) for row in people))
        standing = [(code.value, words) for code, words in STANDING_WORDS.items()]
        rules = [*((f"cap:{id}", name) for id, name in caps), *standing, *EXCEPTIONAL_RULES]
        self.rule.choices = [SelectChoice(value, words) for value, words in rules]
        return self

    def details(self) -> ExceptionDetails:
        return ExceptionDetails(
            person_id=int(self.person_id.data),
            rule=self.rule.data,
            reason=self.reason.data,
            expires_on=self.expires_on.data,
        )


class DecisionForm(BaseForm):
    """Granting or refusing an exception."""

    decision = choice("Decision", [("refuse", "Refuse"), ("grant", "Grant")])
    reason = prose("Reason", longest=4000, description="At least 10 characters; the one who asked is told.")
    is_law_confirmed = BooleanField(
        "The law of the official's country allows it", description="Say in the reason how this is known."
    )

    @property
    def is_granted(self) -> bool:
        return bool(self.decision.data == "grant")


class TreasuryRateForm(BaseForm):
    """A rate of the company's own, with its source (L2)."""

    from_currency = currency("From")
    to_currency = currency("To", default="GBP")
    rate = line(
        "Rate",
        longest=40,
        description="How many units of the second one unit of the first is, for example 0.2045.",
    )
    valid_from_on = day("From day", default=clock.today)
    valid_to_on = day("To day", default=clock.today)
    source = line("Source", description="Where an auditor finds it again.")

    def validate_rate(self, field: Field) -> None:
        if not _RATE.fullmatch(field.data or ""):
            raise FieldError(_("Write the rate with digits and a point, for example 0.2045."))
        if Decimal(field.data) <= 0:
            raise FieldError(_("A rate is a number above zero."))

    def details(self) -> TreasuryRateDetails:
        return TreasuryRateDetails(
            from_currency=self.from_currency.data, to_currency=self.to_currency.data, rate=Decimal(self.rate.data),
            valid_from_on=self.valid_from_on.data, valid_to_on=self.valid_to_on.data, source=self.source.data,
        )  # fmt: skip


class VerifyForm(BaseForm):
    """Verifying the book, on demand against an earlier signed head."""

    note = prose(
        "An earlier checkpoint",
        required=False,
        longest=10_000,
        description="Paste checkpoint.txt of an older export.",
    )

    def notes(self) -> list[str]:
        """What was pasted, with the line ends a checkpoint has; browsers send others."""
        text = (self.note.data or "").replace("\r\n", "\n")
        return [f"{text}\n"] if text else []
