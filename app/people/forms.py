"""Forms of this room: typed words in, details of the operations out."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, SelectChoice

from app.accounts.models import User
from app.core.forms import (
    BaseForm,
    choice,
    codes,
    country,
    day,
    line,
    prose,
    words_of,
    zone,
)
from app.core.i18n import in_english
from app.people.details import (
    NoteDetails,
    OrganisationDetails,
    PersonDetails,
    WishDetails,
)
from app.people.models import NameOrder, OfficialStatus, Organisation, OrganisationKind, Person
from app.people.policies import MAX_CLASSES

_LANGUAGES_HELP = "Language tags with commas between, the preferred first, for example ar, en."
_RULE_HELP = "Quoted wherever the rule stops something. Say where it is written."
_OFFICIAL_HELP = "For example “professor at a state university”; compliance reads it."


def offer_rows(field: Any, rows: Sequence[Any], empty: str | None = "—") -> None:
    """Fill a select with rows that have an id and a name."""
    first = [SelectChoice("", empty)] if empty is not None else []
    field.choices = first + [SelectChoice(str(row.id), row.name) for row in rows]


def plain_choices(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, in_english(name)) for name in names]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


class OrganisationForm(BaseForm):
    """An organisation and its rules (P2)."""

    name = line("Name")
    kind = choice("Kind", words_of(OrganisationKind))
    country = country("Country", required=False)
    is_state_body = BooleanField(
        "State body", description="A ministry, regulator, state university or state company."
    )
    is_gift_allowed = BooleanField("Its people may accept gifts", default=True)
    is_vendor_travel_allowed = BooleanField("Its people may accept travel that we pay", default=True)
    is_invoice_to_employer_only = BooleanField("Invoices go through the organisation only")
    max_class = choice("Highest travel class", plain_choices(MAX_CLASSES), required=False)
    rule_text = prose("The rule in its own words", required=False, description=_RULE_HELP)
    rule_url = line(
        "Where it is written", required=False, longest=2000, description="A link to the policy itself."
    )

    def details(self) -> OrganisationDetails:
        return OrganisationDetails(
            name=self.name.data, kind=self.kind.data, country=self.country.data or None, is_state_body=self.is_state_body.data,
            is_gift_allowed=self.is_gift_allowed.data, is_vendor_travel_allowed=self.is_vendor_travel_allowed.data,
            is_invoice_to_employer_only=self.is_invoice_to_employer_only.data, max_class=self.max_class.data or "",
            rule_text=self.rule_text.data or "", rule_url=self.rule_url.data or "",
        )  # fmt: skip


class PersonForm(BaseForm):
    """Who somebody is. Wishes, official status and owner have forms of their own once the person is here (P4)."""

    name = line("Name", description="As they write it themselves, in their script.")
    name_order = choice("Order of the name", words_of(NameOrder), default=NameOrder.GIVEN_FIRST.value)
    sort_name = line(
        "Listed under", required=False, description="Left empty, it is made from the name: “Moreau, Ines”."
    )
    kind = choice("Kind", [], required=False)
    email = line("E-mail", required=False)
    phone = line(
        "Telephone",
        required=False,
        longest=40,
        description="With country code, or as dialled in the home country.",
    )
    home_country = country("Home country", required=False)
    zone = zone(default="UTC", description="A name such as Asia/Dubai; times are shown in it beside yours.")
    languages = line("Languages", required=False, description=_LANGUAGES_HELP)
    known_for = prose(
        "Known for", required=False, description="The subject they are asked about. Needed for admission."
    )
    known_among = prose(
        "Among", required=False, description="Whose judgement that is: network engineers in East Africa."
    )
    is_independent = BooleanField(
        "Independent", default=True, description="Untick when an employer has a say."
    )
    has_equity_or_family_tie = BooleanField("Holds our shares, or is family of one of us")
    agency_id = choice(
        "Represented by", [], required=False, description="An agency sees only the people it represents."
    )
    notes = prose("Private notes", required=False, description="Assistants and agencies never see them.")

    def offer(self, agencies: Sequence[Organisation], kinds: Sequence[tuple[str, str]] = ()) -> "PersonForm":
        """Fill the choices; kinds as (name, words)."""
        offer_rows(self.agency_id, agencies)
        self.kind.choices = [SelectChoice("", "—"), *(SelectChoice(*kind) for kind in kinds)]
        return self

    def described(self) -> dict[str, Any]:
        """The typed values by field of `PersonDetails`."""
        return {
            "name": self.name.data, "sort_name": self.sort_name.data or "", "name_order": self.name_order.data,
            "kind": self.kind.data or "", "email": self.email.data or "", "phone": self.phone.data or "",
            "home_country": self.home_country.data or None, "zone": self.zone.data,
            "languages": tuple(codes(self.languages.data)), "known_for": self.known_for.data or "",
            "known_among": self.known_among.data or "", "is_independent": self.is_independent.data,
            "has_equity_or_family_tie": self.has_equity_or_family_tie.data,
            "agency_id": _number(self.agency_id.data), "notes": self.notes.data or "",
        }  # fmt: skip

    def details(self) -> PersonDetails:
        return PersonDetails(**self.described())


class NewPersonForm(PersonForm):
    """Somebody new: also the owner, the official status, and the answer to "is this somebody else?"."""

    owner_id = choice(
        "Owner", [], required=False, description="Who looks after the relationship. Left empty, it is you."
    )
    official_status = choice("Public official", words_of(OfficialStatus), default=OfficialStatus.NONE.value)
    official_reason = prose("How this is known", required=False, description=_OFFICIAL_HELP)
    is_checked = BooleanField("I have looked: this is somebody else")

    def offer_owners(self, owners: Sequence[User]) -> "NewPersonForm":
        """Fill the choice of who looks after the person."""
        offer_rows(self.owner_id, owners, _("You"))
        return self

    def details(self) -> PersonDetails:
        return PersonDetails(
            **self.described(), owner_id=_number(self.owner_id.data), official_status=self.official_status.data,
            official_reason=self.official_reason.data or "",
        )  # fmt: skip


def typed(person: Person) -> dict[str, Any]:
    """A person as the edit form shows them."""
    return {
        "name": person.name, "name_order": person.name_order.value, "sort_name": person.sort_name,
        "kind": person.kind.name if person.kind else "", "email": person.email, "phone": person.phone,
        "home_country": person.home_country or "", "zone": person.zone, "languages": ", ".join(person.languages),
        "known_for": person.known_for, "known_among": person.known_among, "is_independent": person.is_independent,
        "has_equity_or_family_tie": person.has_equity_or_family_tie,
        "agency_id": str(person.agency_id) if person.agency_id else "", "notes": person.notes, "version": str(person.version),
    }  # fmt: skip


class WishForm(BaseForm):
    """What a person wants of contact."""

    is_opted_out = BooleanField(
        "Wants no contact at all",
        description="On every channel. News of a trip or an event they agreed to still reaches them.",
    )
    quiet_until_on = day("Wants quiet until", required=False)
    reason = prose("How we know", required=False, description="For example their mail of this morning.")

    def details(self) -> WishDetails:
        return WishDetails(
            is_opted_out=self.is_opted_out.data,
            quiet_until_on=self.quiet_until_on.data,
            reason=self.reason.data or "",
        )


def typed_wishes(person: Person) -> dict[str, Any]:
    """What a person wants of contact, as its form shows it."""
    names = ("is_opted_out", "quiet_until_on", "version")
    return {name: getattr(person, name) for name in names}


class NoteForm(BaseForm):
    """Something to remember about a person."""

    text = prose("Note", description="Assistants and agencies never see notes.")
    is_private = BooleanField(
        "For me only", description="You can share it later; there is no way back from that."
    )

    def details(self) -> NoteDetails:
        return NoteDetails(text=self.text.data, is_private=self.is_private.data)


class HandOverForm(BaseForm):
    """Who looks after the person from now on, or from a day."""

    owner_id = choice("To", [])
    role = choice("As", [("owner", "Owner"), ("deputy", "Deputy")], default="owner")
    from_on = day(
        "From", required=False, description="Left empty, it takes effect now; a later day by itself."
    )
    reason = prose("Why", required=False)

    def offer(self, owners: Sequence[User]) -> "HandOverForm":
        """Fill the choices."""
        offer_rows(self.owner_id, owners)
        return self
