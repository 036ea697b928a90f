"""What the operations of this room take: frozen, checked, the same for screens, imports and the API."""

import unicodedata
from datetime import date
from functools import lru_cache
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from app.core.checked import Checked
from app.core.i18n import country_codes
from app.core.money import Money
from app.people.models import AcceptAnswer, EvidenceKind, NameOrder, OfficialStatus, OrganisationKind
from app.people.models_consents import ConsentSource, Purpose
from app.people.models_kept import FileAudience, FileCategory
from app.people.phones import phone_of
from app.people.policies import MAX_CLASSES, VALUE_CATEGORIES


def _printable(text: str) -> str:
    """Text a database and a mail can hold: no control characters, no broken halves of a character."""
    # Most text can be printed as a whole, which is quickly known.
    if not text.isprintable() and any(
        unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\r\t" for char in text
    ):
        raise ValueError(
            _("This holds characters that cannot be printed. Type it again or paste it as plain text.")
        )
    return text.strip()


def _one_line(text: str) -> str:
    """Printable text without line breaks: what was pasted on several lines stands on one."""
    return " ".join(_printable(text).splitlines()).replace("\t", " ")


def _mail_address(text: str) -> str:
    if not text:
        return ""
    try:
        return str(validate_email(text, check_deliverability=False).normalized)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None


def _country(code: str) -> str:
    code = code.strip().upper()
    if code not in country_codes():
        raise ValueError(
            _("%(value)s is not a country code. Use two letters, for example GB.", value=code or "This")
        )
    return code


@lru_cache(maxsize=1024)
def _language(tag: str) -> str:
    """A BCP 47 tag that Unicode CLDR knows, written its way: zh-cn -> zh-CN."""
    text = tag.strip().replace("_", "-")
    try:
        Locale.parse(text, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValueError(
            _(
                "%(value)s is not a language tag. Use for example en, ar or zh-Hans.",
                value=text[:40] or "This",
            )
        ) from None
    # Babel completes tags ("zh-CN" becomes zh-Hans-CN); the person's own spelling is kept.
    parts = text.split("-")
    cased = [parts[0].lower(), *(part.title() if len(part) == 4 else part.upper() for part in parts[1:])]
    return "-".join(cased)


def _web_address(text: str) -> str:
    text = _printable(text)
    if not text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(char.isspace() for char in text):
        raise ValueError(_("Write the whole address, beginning with https://."))
    return text


def _zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(_("This is not a time zone. Use a name such as Europe/London."))
    return name


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


Text = Annotated[str, AfterValidator(_printable)]
LineText = Annotated[str, Field(max_length=320), AfterValidator(_one_line)]
MailAddress = Annotated[LineText, AfterValidator(_mail_address)]
CountryCode = Annotated[str, AfterValidator(_country)]
LanguageTag = Annotated[str, AfterValidator(_language)]
WebAddress = Annotated[str, Field(max_length=2000), AfterValidator(_web_address)]
ZoneName = Annotated[str, AfterValidator(_zone)]


def _needed(text: str) -> str:
    if not any(char.isprintable() and not char.isspace() for char in text):
        raise ValueError(_("This is needed."))
    return text


NeededLine = Annotated[LineText, AfterValidator(_needed)]
NeededText = Annotated[Text, AfterValidator(_needed)]


def _host(text: str) -> str:
    host = text.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("www.")
    host = host.partition("/")[0]
    labels = host.split(".")
    if len(labels) < 2 or not all(part.replace("-", "").isalnum() and part.isascii() for part in labels):
        raise ValueError(
            _(
                "“%(strip)s” is not the name of a host. Write for example youtube.com.",
                strip=text.strip()[:60],
            )
        )
    return host


HostName = Annotated[str, Field(max_length=253), AfterValidator(_host)]


class KindDetails(Checked):
    """A word for what somebody is: analyst, podcaster."""

    name: NeededLine


class PlatformDetails(Checked):
    """Where people publish, and the hosts of its addresses."""

    name: Annotated[str, Field(max_length=40), AfterValidator(_printable), AfterValidator(_needed)]
    hosts: tuple[HostName, ...] = ()

    @field_validator("hosts")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))


class OrganisationDetails(Checked):
    """An employer, analyst firm, media house, agency or university with its rules for its people (P2)."""

    name: NeededLine
    kind: OrganisationKind
    country: CountryCode | None = None
    is_state_body: bool = False
    is_gift_allowed: bool = True
    is_vendor_travel_allowed: bool = True
    is_invoice_to_employer_only: bool = False
    #: A value of `travel.models.TravelClass`, or empty.
    max_class: str = ""
    rule_text: Text = ""
    rule_url: WebAddress = ""

    @field_validator("max_class")
    @classmethod
    def _known_class(cls, value: str) -> str:
        if value not in {"", *MAX_CLASSES}:
            raise ValueError(_("Choose one of the travel classes."))
        return value


class PersonDetails(Checked):
    """An outside expert as a form or a file describes them.

    `kind` is the name of a kind on the list. `official_status` and `official_reason` count when the
    person is added; later they change only through `set_official_status`. Opt-out and quiet time are not here at
    all, so that no editing can reset them (P4).
    """

    name: NeededLine
    sort_name: LineText = ""
    name_order: NameOrder = NameOrder.GIVEN_FIRST
    email: MailAddress = ""
    home_country: CountryCode | None = None
    phone: Annotated[str, Field(max_length=40)] = ""
    languages: tuple[LanguageTag, ...] = ()
    zone: ZoneName = "UTC"
    kind: LineText = ""
    known_for: Text = ""
    known_among: Text = ""
    is_independent: bool = True
    official_status: OfficialStatus = OfficialStatus.NONE
    official_reason: Text = ""
    has_equity_or_family_tie: bool = False
    agency_id: int | None = None
    notes: Text = ""
    owner_id: int | None = None

    @field_validator("phone")
    @classmethod
    def _real_phone(cls, value: str, info: ValidationInfo) -> str:
        return phone_of(value, info.data.get("home_country")) if value.strip() else ""

    @field_validator("languages")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))


class EvidenceDetails(Checked):
    """A dated reason to believe in a person's influence."""

    summary: NeededText
    on: date
    kind: EvidenceKind = EvidenceKind.OTHER
    url: WebAddress = ""
    note: Text = ""
    expires_on: date | None = None

    @field_validator("expires_on")
    @classmethod
    def _after_it_happened(cls, value: date | None, info: ValidationInfo) -> date | None:
        happened = info.data.get("on")
        if value and happened and value <= happened:
            raise ValueError(_("Evidence expires after the day it happened."))
        return value


class ChannelDetails(Checked):
    """Where a person publishes; the size of the audience is optional, dated, and ranks nobody.

    `platform` is the name or code of one on the list; left empty, it follows from the address. `audience_read_on` is
    the day the size was read, today when left out.
    """

    platform: Annotated[str, Field(max_length=40), AfterValidator(_printable)] = ""
    handle: NeededLine
    url: WebAddress = ""
    language: LanguageTag = "en"
    audience_countries: tuple[CountryCode, ...] = ()
    audience_size: Annotated[int, Field(ge=0, le=2_000_000_000)] | None = None
    audience_read_on: date | None = None

    @field_validator("audience_read_on")
    @classmethod
    def _belongs_to_a_size(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is not None and info.data.get("audience_size") is None:
            raise ValueError(
                _("A day without a size says nothing. Give the size that was read, or leave the day out.")
            )
        return value


class AffiliationDetails(Checked):
    """Where a person works or belongs, from when to when."""

    organisation_id: int
    from_on: date
    to_on: date | None = None
    role: LineText = ""
    is_employment: bool = True
    is_consent_given: bool = False
    consented_on: date | None = None

    @field_validator("consented_on")
    @classmethod
    def _belongs_to_a_consent(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is not None and not info.data.get("is_consent_given"):
            raise ValueError(_("A day of consent needs the consent: tick it, or leave the day out."))
        return value

    @field_validator("to_on")
    @classmethod
    def _not_before_it_began(cls, value: date | None, info: ValidationInfo) -> date | None:
        began = info.data.get("from_on")
        if value and began and value < began:
            raise ValueError(_("It cannot end before it began."))
        return value


class MayAcceptDetails(Checked):
    """What a person says they may accept of one value category; `limit` with "up to" only."""

    category: str
    answer: AcceptAnswer
    limit: Money | None = Field(default=None, validate_default=True)
    said_on: date | None = None  # today when left out
    source: LineText = ""

    @field_validator("category")
    @classmethod
    def _known_category(cls, value: str) -> str:
        if value not in VALUE_CATEGORIES:
            raise ValueError(_("Choose one of the value categories."))
        return value

    @field_validator("limit")
    @classmethod
    def _limit_belongs_to_up_to(cls, value: Money | None, info: ValidationInfo) -> Money | None:
        if "answer" in info.data and (info.data["answer"] is AcceptAnswer.UP_TO) != (value is not None):
            raise ValueError("“Up to” needs an amount, and only “up to” has one.")
        return value


class FileDetails(Checked):
    """What a file kept with a person is to us, and who may open it."""

    category: FileCategory
    audience: FileAudience = FileAudience.EVERYBODY
    note: Text = ""


class HospitalityDetails(Checked):
    """What those who serve a person need to know, with the consent it rests on and the day it goes."""

    diet: Text = ""
    access_needs: Text = ""
    quiet_days: Text = ""
    consented_on: date
    consent_source: NeededLine
    purge_on: date


class NoteDetails(Checked):
    """Something written down about a person: for oneself, or for all who may read notes."""

    text: NeededText
    is_private: bool = False


class OfficialDetails(Checked):
    """Whether somebody is a public official, works for a state body or is close to one, and how that is known."""

    status: OfficialStatus
    reason: NeededText


class WishDetails(Checked):
    """What a person wants of contact: none at all, or none until a day (P4)."""

    is_opted_out: bool
    quiet_until_on: date | None = None
    reason: Text = ""


class MergeDetails(Checked):
    """Which values and rows of the record that goes are kept, and why the two are one person (P3)."""

    reason: NeededText
    #: Names of `policies_merges.FIELDS`, and "owner".
    from_gone: frozenset[str] = frozenset()
    #: By key of a clash: "kept" or "gone".
    clashes: dict[str, str] = Field(default_factory=dict)
    #: The versions whoever merges has seen; None for no check.
    kept_version: int | None = None
    gone_version: int | None = None


class ConsentDetails(Checked):
    """A consent that was given or taken back."""

    purpose: Purpose
    is_given: bool
    said_on: date
    source: ConsentSource
    wording: Annotated[str, Field(max_length=10_000), AfterValidator(_printable)] = ""
    note: Annotated[str, Field(max_length=10_000), AfterValidator(_printable)] = ""
