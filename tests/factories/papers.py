"""Identity papers, letters and documents that were sent, made by the operations the screens use."""

from datetime import date, timedelta
from typing import Any

from app.core import clock
from app.core.db import db, transaction
from app.core.mail import Attachment
from app.people.models import Person
from app.travel import operations_documents, operations_sensitive, queries_documents
from app.travel.details_documents import SendDetails
from app.travel.details_sensitive import IdentityDetails, VisaLetterDetails
from app.travel.models import Trip
from app.travel.models_documents import DocumentKind, SentHow, TravelDocument
from app.travel.models_sensitive import IdentityPurpose, TravelIdentity, VisaLetter
from app.travel.queries_sensitive import LetterFacts
from tests.factories import events

#: What must be found nowhere but in the sealed table and on a letter.
NUMBER, NAME, ADDRESS, OTHER = "X7734821", "BILAL ANWAR TESTCASE", "7 Canal Bank Road, Lahore", "KTN 99418827"
BORN = date(1984, 2, 29)
SECRETS = (NUMBER, NAME, ADDRESS, OTHER, "1984-02-29", "29 Feb 1984")


def identity_details(**changes: Any) -> IdentityDetails:
    """A passport of Pakistan, for a letter, needed for thirty days more."""
    values: dict[str, Any] = {
        "name_in_passport": NAME, "passport_number": NUMBER, "issuing_country": "PK", "nationality": "PK",
        "expires_on": date(2031, 5, 1), "born_on": BORN, "address": ADDRESS, "other_numbers": OTHER,
        "purpose": IdentityPurpose.VISA_LETTER, "delete_after_on": clock.today() + timedelta(days=30), "source": "His mail",
    }  # fmt: skip
    return IdentityDetails(**(values | changes))


def identity(of: Person, **changes: Any) -> TravelIdentity:
    """Papers that are kept."""
    with transaction():
        return operations_sensitive.set_identity(
            db.session.merge(of), identity_details(**changes), by=events.ruth()
        )


def drawn(facts: LetterFacts, details: VisaLetterDetails, _reference: str) -> bytes:
    """A letter without paper, for tests that look at something else."""
    return f"%PDF {facts.name} {facts.passport_number} to {details.addressed_to}".encode()


def letter(of: Trip, *, draw: Any = drawn, **changes: Any) -> VisaLetter:
    """A letter that is issued."""
    values = {
        "addressed_to": "The consulate",
        "delete_after_on": clock.today() + timedelta(days=20),
    } | changes
    with transaction():
        return operations_sensitive.issue_letter(
            db.session.merge(of), VisaLetterDetails(**values), draw, by=events.ruth()
        )


def sent(
    of: Trip, kind: DocumentKind = DocumentKind.ROOMING, about: str = "", **changes: Any
) -> TravelDocument:
    """A list of the trip's event that was handed over, or mailed with `how` and `address`."""
    values = {"how": SentHow.HANDED_OVER, "recipient": "Front desk"} | changes
    with transaction():
        event = db.session.merge(of).event
        standing = queries_documents.listing_of(event, kind, about, None)
        file = Attachment("list.csv", "text/csv", b"the list")
        return operations_documents.send_list(standing, SendDetails(**values), file, by=events.ruth())
