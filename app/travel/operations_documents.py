"""Sending documents and handing them over: what left, to whom, when, and what each line of it said (T5)."""

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db, side_transaction
from app.core.mail import Attachment, clean_address
from app.events.models import Event
from app.outreach import operations_mail as outreach
from app.outreach.details import TouchDetails
from app.outreach.letters import company
from app.outreach.models import TouchChannel, TouchKind
from app.outreach.operations_mail import PersonMail
from app.people.models import Person
from app.travel import policies_documents as policies
from app.travel.details_documents import SendDetails
from app.travel.itinerary import Itinerary
from app.travel.manifests import Mark
from app.travel.models_documents import DocumentKind, SentHow, TravelDocument, TravelDocumentLine
from app.travel.models_sensitive import VisaLetter
from app.travel.policies_sensitive import LetterRefused
from app.travel.queries_documents import Standing

#: The kind of mail, in the outbox.
MAIL_KIND = "travel_document"


def send_list(standing: Standing, details: SendDetails, file: Attachment, *, by: User) -> TravelDocument:
    """Send a list to a hotel, a driver or a caterer, or note that it was handed over; the next one is marked against it.

    CannotSend, BadAddress. The mail leaves by the outbox with the file.
    """
    listing = standing.listing
    policies.require_rows(listing)
    policies.require_way(listing.kind, details.how, details.address)
    row = _document(listing.kind, listing.event, details, file.content, by)
    row.about, row.fingerprint, row.n_lines = listing.about, listing.fingerprint, standing.n_rows
    db.session.add(row)
    db.session.flush()
    if details.how is SentHow.MAIL:
        row.address = _require_house(details.address)
        row.mail_id = _mail_house(row, file, by=by)
    for line in listing.rows:
        if line.mark is not Mark.CANCELLED and line.trip_id:
            db.session.add(
                TravelDocumentLine(
                    document_id=row.id, trip_id=line.trip_id, mail_id=row.mail_id, part_id=line.part_id,
                    fingerprint=line.fingerprint, said=dict(line.said),
                )
            )  # fmt: skip
    audit.record("travel.document_sent", row, by=by)
    return row


def _mail_house(row: TravelDocument, file: Attachment, *, by: User) -> int:
    """A mail to a hotel, a car company or a caterer: no person of ours, so no contact with one."""
    names = {
        DocumentKind.ARRIVALS: _("Arrivals"), DocumentKind.DEPARTURES: _("Departures"), DocumentKind.ROOMING: _("Rooming list"),
        DocumentKind.TRANSFERS: _("Transfer sheet"), DocumentKind.MEALS: _("Diet and access"),
    }  # fmt: skip
    event = row.event
    title = f"{names[row.kind]}, {row.about}" if row.about else names[row.kind]
    text = _(
        "Dear %(recipient)s,\n\nthe list as of %(at)s is attached. It replaces every earlier one; lines marked NEW, AMENDED or "
        "CANCELLED differ from the one before.\n\nAnswers to this mail reach me.\n\n%(name)s, %(company)s",
        recipient=row.recipient, at=f"{row.at:%-d %b %Y, %H:%M} UTC", name=by.name, company=company(),
    )  # fmt: skip
    mail = outreach.mail_helper(
        PersonMail(
            kind=MAIL_KIND, recipient=row.address, subject=f"{event.name}: {title}", text=text,
            dedup_key=f"travel-document:{row.id}", sender_name=by.name, reply_to=by.email, attachments=(file,),
        ),
        source=("events", event.id),
    )  # fmt: skip
    return mail.id


def _require_house(address: str) -> str:
    """The address in its usual form; a list of others is not for the eyes of one guest, and guests are written to elsewhere."""
    plain = clean_address(address)
    guest = db.session.scalar(
        sa.select(Person.name).where(sa.func.lower(Person.email) == plain.lower()).limit(1)
    )
    if guest is not None:
        raise policies.CannotSend(
            _(
                "This is the address of %(guest)s. A list with the journeys of others does not go to a "
                "guest; send them their own itinerary.",
                guest=guest,
            ),
            field="address",
        )
    return plain


def send_itinerary(
    itinerary: Itinerary, details: SendDetails, files: Sequence[Attachment], *, by: User
) -> TravelDocument:
    """Send a traveller their itinerary in their language, or note that they were given it. CannotSend, ContactStopped."""
    trip, person = itinerary.trip, itinerary.trip.person
    policies.require_way(DocumentKind.ITINERARY, details.how, person.email)
    row = _document(DocumentKind.ITINERARY, trip.event, details, files[0].content, by)
    row.trip, row.fingerprint, row.n_lines = trip, itinerary.fingerprint, len(itinerary.steps)
    db.session.add(row)
    db.session.flush()
    if details.how is SentHow.MAIL:
        row.address = person.email
        row.mail_id = _mail_traveller(row, itinerary, files, by)
    audit.record("travel.document_sent", row, by=by)
    return row


def _mail_traveller(row: TravelDocument, itinerary: Itinerary, files: Sequence[Attachment], by: User) -> int:
    """News of what they agreed to: it reaches them through a wish for quiet too, and is written down as a contact (G3)."""
    trip, language = itinerary.trip, itinerary.language
    with force_locale(language):
        subject = _("Your journey to %(event)s", event=trip.event.name)
        text = _(
            "Dear %(person)s,\n\nyour itinerary is attached: to read, and for your calendar. Each time is on the clock of its "
            "place, with the time at home beside it.\n\nIf anything does not fit, answer this mail; it reaches me.\n\n"
            "%(name)s, %(company)s",
            person=trip.person.name, name=by.name, company=company(),
        )  # fmt: skip
    contact = TouchDetails(
        person_id=trip.person_id, channel=TouchChannel.MAIL, kind=TouchKind.TRANSACTIONAL, subject=subject,
        summary="The itinerary.", user_id=by.id, source_kind="travel", source_id=trip.id,
    )  # fmt: skip
    mail = PersonMail(
        kind=MAIL_KIND, recipient=trip.person.email, subject=subject, text=text, language=language,
        dedup_key=f"travel-document:{row.id}", sender_name=by.name, reply_to=by.email, attachments=tuple(files),
    )  # fmt: skip
    return outreach.mail_person(contact, mail, by=by).id


def hand_over_letter(letter: VisaLetter, recipient: str, *, by: User) -> TravelDocument:
    """Note to whom a letter was handed over; it is never mailed. LetterRefused for one that is destroyed."""
    if letter.destroyed_at is not None:
        raise LetterRefused(_("This letter is destroyed. Issue a new one."))
    details = SendDetails(how=SentHow.HANDED_OVER, recipient=recipient)
    row = _document(DocumentKind.VISA_LETTER, letter.trip.event, details, b"", by)
    row.trip, row.sha256, row.fingerprint, row.n_lines = letter.trip, letter.sha256, letter.fingerprint, 1
    db.session.add(row)
    audit.record("travel.document_sent", row, by=by)
    return row


def _document(
    kind: DocumentKind, event: Event, details: SendDetails, content: bytes, by: User
) -> TravelDocument:
    return TravelDocument(
        kind=kind, event=event, about="", how=details.how, format=details.format, recipient=details.recipient, address="",
        at=clock.now(), by_id=by.id, sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip


def note_export(event: Event, kind: DocumentKind, format: str, *, by: User) -> None:
    """Write that somebody took a document away (R4), beside the reading itself."""
    with side_transaction() as side:
        audit.record_event(
            f"travel.{kind}_exported", kind="event", ref=str(event.id), by=by, reason=format, session=side
        )


def note_needs_read(event: Event, *, by: User) -> None:
    """Write that somebody read what guests need, counted (R4)."""
    with side_transaction() as side:
        audit.record_event("travel.needs_counted", kind="event", ref=str(event.id), by=by, session=side)
