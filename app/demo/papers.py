"""A letter for a visa: papers that are kept sealed until the journey is over, and the letter that was made from them (T4)."""

from contextlib import suppress
from datetime import date

from app.core.errors import Unavailable
from app.demo.story import Story
from app.travel import exports_documents, operations_sensitive
from app.travel import operations as travel
from app.travel.details import VisaDetails
from app.travel.details_sensitive import IdentityDetails, VisaLetterDetails
from app.travel.models import VisaState
from app.travel.models_sensitive import IdentityPurpose
from app.travel.queries import list_trips


def invite_to_consulate(story: Story) -> None:
    """Lerato needs a visa for Lisbon; the consulate says five weeks, and the letter waits for her to fetch it."""
    ruth, lerato = story.users["ruth"], story.people["lerato"]
    trip = next(one for one in list_trips(None, event=story.next_event) if one.person_id == lerato.id)
    with story.lately(8):
        travel.note_visa(trip, VisaDetails(state=VisaState.NEEDED, lead_days=35), by=ruth)
    with story.lately(7):
        papers = IdentityDetails(
            name_in_passport="LERATO MOKGATHE", passport_number="A04417736", issuing_country="ZA", nationality="ZA",
            born_on=date(1988, 2, 29), expires_on=story.ahead(1500), purpose=IdentityPurpose.VISA_LETTER,
            delete_after_on=trip.to_on, source="Her mail to Ruth",
        )  # fmt: skip
        operations_sensitive.set_identity(lerato, papers, by=ruth)
    # A letter is a PDF: a server that makes none goes on without.
    with story.lately(6), suppress(Unavailable):
        letter = VisaLetterDetails(
            addressed_to="Consulate General of Portugal, Cape Town", delete_after_on=trip.to_on
        )
        operations_sensitive.issue_letter(trip, letter, exports_documents.letter_pdf, by=ruth)
