"""Forms of documents, papers and letters."""

from datetime import timedelta
from typing import Any

from app.core.forms import BaseForm, choice, country, day, line, prose
from app.travel.details_documents import SendDetails
from app.travel.details_sensitive import IdentityDetails, VisaLetterDetails
from app.travel.models import Trip
from app.travel.models_documents import SentHow
from app.travel.policies_sensitive import PURPOSE_WORDS
from app.travel.queries_sensitive import Masked

_KEPT = "Empty: what is kept stays."
_FORMATS = [("pdf", "PDF"), ("xlsx", "Excel (XLSX)"), ("csv", "CSV")]


class SendListForm(BaseForm):
    """To whom a list goes, and how."""

    how = choice(
        "How",
        [(SentHow.MAIL.value, "By mail, with the file"), (SentHow.HANDED_OVER.value, "Handed over already")],
    )
    recipient = line("To", description="Whoever gets it, for example “Front desk, The Meridian Wharf”.")
    address = line("Mail address", required=False, description="Needed for a mail.")
    format = choice("File", _FORMATS)

    def details(self) -> SendDetails:
        return SendDetails(
            how=SentHow(self.how.data), recipient=self.recipient.data, address=self.address.data or "", format=self.format.data
        )  # fmt: skip


class SendItineraryForm(BaseForm):
    """How a traveller gets the itinerary."""

    how = choice(
        "How", [(SentHow.MAIL.value, "By mail, with PDF and calendar"), (SentHow.HANDED_OVER.value, "Handed over already")]
    )  # fmt: skip

    def details(self, trip: Trip) -> SendDetails:
        return SendDetails(how=SentHow(self.how.data), recipient=trip.person.name)


class IdentityForm(BaseForm):
    """What papers say; it begins empty, so that nobody reads them by opening it."""

    name_in_passport = line("Name as in the passport", required=False, description=_KEPT)
    passport_number = line("Passport number", required=False, longest=40, description=_KEPT)
    issuing_country = country("Issued by", required=False)
    nationality = country("Nationality", required=False)
    expires_on = day("Expires on", required=False, description=_KEPT)
    born_on = day("Date of birth", required=False, description=_KEPT, first_year=1900)
    address = prose(
        "Address",
        required=False,
        longest=1000,
        description="If the consulate asks for it. Empty: what is kept stays.",
    )
    other_numbers = prose(
        "Other numbers",
        required=False,
        longest=1000,
        description="A visa, a known-traveller number. Empty: what is kept stays.",
    )
    purpose = choice("What for", [(purpose.value, words) for purpose, words in PURPOSE_WORDS.items()])
    source = line("How we know", description="For example “his mail to Ruth”.")
    delete_after_on = day("Last day it is needed", description="It is deleted the day after, by itself.")

    def details(self) -> IdentityDetails:
        names = (
            "name_in_passport", "passport_number", "issuing_country", "nationality", "expires_on", "born_on", "address",
            "other_numbers",
        )  # fmt: skip
        return IdentityDetails(
            purpose=self.purpose.data, source=self.source.data, delete_after_on=self.delete_after_on.data,
            **{name: self[name].data or None for name in names},
        )  # fmt: skip


def typed_identity(masked: Masked | None, trip: Trip | None) -> dict[str, Any]:
    """What the form begins with: what is no secret, and a day soon after the journey."""
    if masked is not None:
        return {
            "purpose": masked.purpose.value, "source": masked.source, "delete_after_on": masked.delete_after_on,
            "version": str(masked.version),
        }  # fmt: skip
    suggested = {"delete_after_on": trip.to_on + timedelta(days=7)} if trip is not None else {}
    return suggested | {"version": "0"}


class RevealForm(BaseForm):
    """Why somebody looks at papers."""

    reason = line("Why do you need to see them?", description="Written down with your name and the time.")


class LetterForm(BaseForm):
    """Whom a letter is addressed to, and how long we keep it."""

    addressed_to = line("Addressed to", description="For example “Consulate General of Japan, London”.")
    delete_after_on = day("Kept until", description="It is destroyed the day after, by itself.")

    def details(self) -> VisaLetterDetails:
        return VisaLetterDetails(
            addressed_to=self.addressed_to.data, delete_after_on=self.delete_after_on.data
        )


class HandOverForm(BaseForm):
    """To whom a letter was given."""

    recipient = line("Given to", description="Them, their agent, a courier.")


class ForgetIdentityForm(BaseForm):
    """Taking papers out at once."""
