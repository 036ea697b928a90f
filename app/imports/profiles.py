"""How the columns of value files become lines of the book: one profile per kind of file."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from flask_babel import gettext as _
from msgspec import Struct

from app.core.i18n import marked, said
from app.core.money import Money, digits_of
from app.ledger.models import Category, Form, ReportLine


class BadCell(ValueError):
    """A cell that cannot be what its column says; the words tell what to write instead."""


class Given(NamedTuple):
    """One line of a value file in our words; `recipient` is as the file calls the person.

    The fields from `category` on are those of `ledger.details.BookRow`, in its order.
    """

    line: int
    recipient: str
    category: Category
    form: Form
    value_on: date
    minor: int
    currency: str
    external_ref: str
    provider_ref: str
    native_nature: str
    native_form: str
    context: str
    quantity: int
    report_line: ReportLine | None


Values = Mapping[str, str]


class Profile(Struct, frozen=True):
    """A kind of value file: its columns, and how one row is read.

    `scheme` names the numbering of recipients who stay pseudonymous; without one, recipients are people we know.
    `readers` holds for each checked column the function that raises BadCell; `read` makes a whole row.
    """

    key: str
    label: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    readers: Mapping[str, Callable[[str], Any]]
    read: Callable[[int, Values], Given]
    scheme: str = ""
    program: str = ""
    currency: str = ""
    help: str = ""

    @property
    def columns(self) -> frozenset[str]:
        """All it knows."""
        return frozenset({*self.required, *self.optional})


# -- cells ---------------------------------------------------------------------------------------------

_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_YEARS = range(1990, 2101)
_REFERENCE_LENGTH = 100


@lru_cache(maxsize=1 << 16)
def usd(text: str) -> int:
    """Cents of "1234.50": 123450."""
    return amount(text, "USD")


def amount(text: str, currency: str) -> int:
    """An amount in minor units of a currency; BadCell when it is malformed, negative or too fine."""
    try:
        minor = Money.parse(text, currency).minor
    except ValueError as error:
        raise BadCell(_("“%(text)s” is not an amount. %(error)s", text=_short(text), error=error)) from None
    if minor < 0:
        raise BadCell(
            _(
                "%(text)s is negative. Take something back by reversing its entry, not by a minus.",
                text=_short(text),
            )
        )
    return minor


@lru_cache(maxsize=1 << 13)
def us_date(text: str) -> date:
    """The day of "08/01/2013": 1 August 2013."""
    found = _US_DATE.fullmatch(text.strip())
    if found is None:
        raise BadCell(
            _("“%(text)s” is not a date. Write month/day/year, for example 08/31/2015.", text=_short(text))
        )
    month, day, year = map(int, found.groups())
    return _date(text, year, month, day)


@lru_cache(maxsize=1 << 13)
def iso_date(text: str) -> date:
    """The day of "2015-08-31"."""
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text.strip(), re.ASCII)
    if found is None:
        raise BadCell(
            _("“%(text)s” is not a date. Write year-month-day, for example 2015-08-31.", text=_short(text))
        )
    return _date(text, *map(int, found.groups()))


def _date(text: str, year: int, month: int, day: int) -> date:
    try:
        made = date(year, month, day)
    except ValueError:
        raise BadCell(_("%(text)s is not a day of the calendar.", text=_short(text))) from None
    if made.year not in _YEARS:
        raise BadCell(_("%(text)s is not between 1990 and 2100.", text=_short(text)))
    return made


def reference(text: str) -> str:
    """What the other books call this line; it is how a second import knows it."""
    clean = text.strip()
    if not clean:
        raise BadCell(_("This is needed: without a reference a second import would add the line again."))
    if len(clean) > _REFERENCE_LENGTH:
        raise BadCell(
            _("A reference has at most %(reference_length)s characters.", reference_length=_REFERENCE_LENGTH)
        )
    return clean


def needed(text: str) -> str:
    clean = text.strip()
    if not clean:
        raise BadCell(_("This is needed."))
    return clean


def _one_of(text: str, known: Mapping[str, Any], what: str) -> Any:
    try:
        return known[text.strip()]
    except KeyError:
        listed = "; ".join(known)
        raise BadCell(
            _(
                "“%(text)s” is not %(what)s this profile knows. It knows: %(known)s.",
                text=_short(text),
                what=said(what),
                known=listed,
            )
            if text.strip()
            else _("This is needed. It knows: %(known)s.", known=listed)
        ) from None


def _at_most(longest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        clean = text.strip()
        if len(clean) > longest:
            raise BadCell(_("At most %(longest)s characters fit here.", longest=longest))
        return clean

    return read


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


# -- CMS Open Payments -----------------------------------------------------------------------------------

_SPEAKING: Final = (
    "Compensation for services other than consulting, including serving as faculty or as a speaker at a venue other "
    "than a continuing education program",
    "Compensation for serving as faculty or as a speaker for a non-accredited and noncertified continuing education program",
    "Compensation for serving as faculty or as a speaker for an accredited or certified continuing education program",
    "Compensation for serving as faculty or as a speaker for a medical education program",
)

#: Nature of payment -> category (facts-compliance, vocabulary). "Travel and Lodging" does not tell a flight from a
#: hotel; it stands on the travel line, and the native nature is kept on every entry.
NATURES: Final[Mapping[str, Category]] = MappingProxyType(
    {
        "Food and Beverage": Category.MEAL,
        "Travel and Lodging": Category.TRAVEL_AIR,
        "Education": Category.EVENT_PASS,
        "Entertainment": Category.ENTERTAINMENT,
        "Gift": Category.GIFT,
        "Long term medical supply or device loan": Category.PRODUCT_LOAN,
        "Consulting Fee": Category.ADVISORY_FEE,
        **dict.fromkeys(_SPEAKING, Category.SPEAKING_FEE),
        "Honoraria": Category.HONORARIUM,
        "Charitable Contribution": Category.DONATION_FOR,
        "Royalty or License": Category.OTHER,
        "Grant": Category.OTHER,
        "Current or prospective ownership or investment interest": Category.OTHER,
        "Space rental or facility fees": Category.OTHER,
        "Debt forgiveness": Category.OTHER,
        "Acquisitions": Category.OTHER,
    }
)

#: Form of payment -> form; the form decides between the two legs.
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "Cash or cash equivalent": Form.CASH_EQUIVALENT,
        "In-kind items and services": Form.IN_KIND_VENDOR,
        "Stock, stock option, or any other ownership interest": Form.EQUITY,
        "Stock": Form.EQUITY,
        "Stock option": Form.EQUITY,
        "Dividend, profit or other return on investment": Form.EQUITY,
    }
)

_PAYER = "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_"
_RECIPIENT, _AMOUNT, _DATE = "Physician_Profile_ID", "Total_Amount_of_Payment_USDollars", "Date_of_Payment"
_FORM, _NATURE = "Form_of_Payment_or_Transfer_of_Value", "Nature_of_Payment_or_Transfer_of_Value"
_THIRD_PARTY = "Name_of_Third_Party_Entity_Receiving_Payment_or_Transfer_of_Value"
_CONTEXT = "Contextual_Information"


@lru_cache(maxsize=256)
def _nature(text: str) -> tuple[Category, str]:
    return _one_of(text, NATURES, marked("a nature")), text


@lru_cache(maxsize=64)
def _form(text: str) -> tuple[Form, str]:
    return _one_of(text, FORMS, marked("a form")), text


@lru_cache(maxsize=1 << 16)
def _number(text: str) -> str:
    clean = text.strip()
    if not (clean.isascii() and clean.isdecimal() and len(clean) <= 40):
        raise BadCell(
            _("“%(text)s” is not a number of at most 40 digits.", text=_short(text))
            if clean
            else _("This is needed.")
        )
    return clean


def _record_id(text: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) <= 38):
        raise BadCell(_("“%(text)s” is not a Record_ID, which has up to 38 digits.", text=_short(text)))
    return text


def _open_payments(line: int, values: Values) -> Given:
    category, nature = _nature(values[_NATURE])
    form, native_form = _form(values[_FORM])
    context, third = values.get(_CONTEXT, ""), values.get(_THIRD_PARTY, "")
    if third:
        context = f"{context}\nPaid to the third party {third}".lstrip()
    return Given(
        line, _number(values[_RECIPIENT]), category, form, us_date(values[_DATE]), usd(values[_AMOUNT]), "USD",
        _record_id(values["Record_ID"]), _number(values[_PAYER + "ID"]), nature, native_form, context, 1, None,
    )  # fmt: skip


OPEN_PAYMENTS: Final = Profile(
    key="open-payments",
    label=marked("CMS Open Payments, general payments"),
    required=(_RECIPIENT, _PAYER + "ID", _AMOUNT, _DATE, _FORM, "Record_ID", _NATURE),
    optional=(
        _PAYER + "Name",
        _PAYER + "State",
        _THIRD_PARTY,
        "Name_of_Associated_Covered_Drug_or_Biological1",
        "Name_of_Associated_Covered_Drug_or_Biological2",
        _CONTEXT,
    ),
    readers={
        _RECIPIENT: _number,
        _PAYER + "ID": _number,
        _AMOUNT: usd,
        _DATE: us_date,
        _FORM: _form,
        "Record_ID": _record_id,
        _NATURE: _nature,
    },
    read=_open_payments,
    scheme="open-payments",
    program="Open Payments",
    currency="USD",
    help=marked("Recipients stay pseudonymous: their number is kept as a keyed hash only."),
)


# -- books kept by hand ------------------------------------------------------------------------------------

_CATEGORIES: Final = {member.value: member for member in Category}
_FORMS: Final = {member.value: member for member in Form}
_LINES: Final = {member.value: member for member in ReportLine}


def _currency(text: str) -> str:
    code = text.strip().upper()
    try:
        digits_of(code)
    except ValueError:
        raise BadCell(
            _("“%(text)s” is not a currency code. Use three letters, for example GBP.", text=_short(text))
        ) from None
    return code


def _quantity(text: str) -> int:
    clean = text.strip() or "1"
    if not (clean.isascii() and clean.isdecimal() and 1 <= int(clean[:8]) <= 1_000_000):
        raise BadCell(
            _("“%(text)s” is not a quantity. Give a whole number from 1 to 1,000,000.", text=_short(text))
        )
    return int(clean)


def _category(text: str) -> Category:
    found: Category = _one_of(text, _CATEGORIES, marked("a category"))
    return found


def _own_form(text: str) -> Form:
    found: Form = _one_of(text, _FORMS, marked("a form"))
    return found


def _line(text: str) -> ReportLine | None:
    found: ReportLine | None = _one_of(text, _LINES, marked("a report line")) if text.strip() else None
    return found


def _by_hand(line: int, values: Values) -> Given:
    currency = _currency(values["currency"])
    return Given(
        line, needed(values["person"]), _category(values["category"]), _own_form(values["form"]),
        iso_date(values["value_on"]), amount(values["amount"], currency), currency, reference(values["reference"]),
        _at_most(40)(values.get("provider", "")), _at_most(200)(values.get("nature", "")), "",
        values.get("context", "").strip(), _quantity(values.get("quantity", "")), _line(values.get("line", "")),
    )  # fmt: skip


BY_HAND: Final = Profile(
    key="rapport",
    label=marked("Books kept by hand, in Rapport's own columns"),
    required=("person", "category", "form", "value_on", "amount", "currency", "reference"),
    optional=("provider", "context", "quantity", "line", "nature"),
    readers={
        "person": needed,
        "category": _category,
        "form": _own_form,
        "value_on": iso_date,
        "currency": _currency,
        "reference": reference,
        "provider": _at_most(40),
        "nature": _at_most(200),
        "quantity": _quantity,
        "line": _line,
    },
    read=_by_hand,
    help=marked("“person” is the e-mail address or the full name of somebody who is here already."),
)

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {each.key: each for each in (OPEN_PAYMENTS, BY_HAND)}
)


def faults_of(profile: Profile, values: Values) -> list[tuple[str, str]]:
    """Every cell of a row that is wrong, as (column, words); an amount is judged in the currency beside it."""
    found = []
    for column, reader in profile.readers.items():
        try:
            reader(values.get(column, ""))
        except BadCell as error:
            found.append((column, str(error)))
    if "amount" in profile.required and not any(column == "currency" for column, _ in found):
        try:
            amount(values["amount"], _currency(values["currency"]))
        except BadCell as error:
            found.append(("amount", str(error)))
    return found
