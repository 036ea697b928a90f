"""Reading identity papers and letters: masked for the screen, whole for a logged act only (R4, T4)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload, undefer

from app.accounts.models import AuditEvent, User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.ledger import keys
from app.people.models import Person
from app.travel import policies_sensitive as policies
from app.travel import queries
from app.travel.models import Trip
from app.travel.models_sensitive import IdentityPurpose, TravelIdentity, VisaLetter

#: The lines of the trail about papers, for the list of who looked.
READ, REVEALED_LETTER = "travel.identity_read", "travel.visa_letter_read"


class Masked(Struct, frozen=True):
    """Papers as a page shows them before anybody asks for more: what is there, not what it says."""

    passport_number: str
    has: Mapping[str, bool]
    purpose: IdentityPurpose
    delete_after_on: date
    source: str
    by: User | None
    version: int


_FIELDS = (
    "name_in_passport", "passport_number", "issuing_country", "nationality", "expires_on", "born_on", "address",
    "other_numbers",
)  # fmt: skip


def identity_of(person: Person) -> TravelIdentity | None:
    """The papers of a person, or of the record theirs was merged into, until their day is over; for operations."""
    wanted = sa.select(TravelIdentity).where(
        TravelIdentity.person_id == (person.merged_into_id or person.id),
        TravelIdentity.delete_after_on >= clock.today(),
    )
    return db.session.scalars(wanted).one_or_none()


def masked_identity(person: Person) -> Masked | None:
    """What is kept, without what it says."""
    row = identity_of(person)
    if row is None:
        return None
    return Masked(
        policies.masked(row.passport_number), {field: bool(getattr(row, field)) for field in _FIELDS}, row.purpose,
        row.delete_after_on, row.source, row.by, row.version,
    )  # fmt: skip


def list_readings(person: Person, limit: int = 20) -> Sequence[AuditEvent]:
    """Who looked at the papers, the latest first."""
    wanted = (
        sa.select(AuditEvent)
        .where(
            AuditEvent.action == READ,
            AuditEvent.subject_kind == "person",
            AuditEvent.subject_id == str(person.id),
        )
        .options(joinedload(AuditEvent.by))
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    return db.session.scalars(wanted).all()


# -- letters -------------------------------------------------------------------------------------------


class LetterFacts(Struct, frozen=True):
    """What a letter says: what consulates ask for, and no more. Dates are those of the stay we look after."""

    trip: Trip
    name: str
    born_on: date | None
    nationality: str
    passport_number: str
    address: str
    from_on: date
    to_on: date

    @property
    def fingerprint(self) -> str:
        """Equal for letters that say the same; it says nothing itself."""
        event = self.trip.event
        return keys.keyed(
            "visa letter", self.name, self.born_on, self.nationality, self.passport_number, self.address, self.from_on,
            self.to_on, event.name, event.place, event.city, event.starts_at, event.ends_at,
        )  # fmt: skip


def letter_facts(trip: Trip) -> LetterFacts:
    """What a letter for this trip would say now; LetterRefused when the papers do not allow one."""
    row = policies.require_letter(trip.person.name, identity_of(trip.person), trip.to_on)
    return LetterFacts(
        trip, row.name_in_passport, row.born_on, row.nationality, row.passport_number, row.address, trip.from_on, trip.to_on
    )  # fmt: skip


def list_letters(trip: Trip) -> Sequence[VisaLetter]:
    """The letters of a trip, the latest first; their content is not read."""
    wanted = sa.select(VisaLetter).where(VisaLetter.trip_id == trip.id).order_by(VisaLetter.id.desc())
    return db.session.scalars(wanted).all()


def live_letters(trips: Collection[int]) -> dict[int, VisaLetter]:
    """The latest letter of each trip that is still there, in one query."""
    wanted = sa.select(VisaLetter).where(VisaLetter.trip_id.in_(trips), VisaLetter.destroyed_at.is_(None))
    return {row.trip_id: row for row in db.session.scalars(wanted.order_by(VisaLetter.id))}


def get_letter(id: int, by: User | None) -> VisaLetter:
    """A letter to a person `by` may see; NotFound for any other."""
    found = db.session.get(VisaLetter, id)
    if found is None:
        raise NotFound(_("There is no such letter, or it is not yours to see."))
    queries.get_trip(found.trip_id, by)
    return found


def find_letter(reference: str) -> VisaLetter | None:
    """The letter with this reference, for whoever holds it (G6); it says nothing of whom it is about."""
    return db.session.scalars(sa.select(VisaLetter).filter_by(reference=reference)).one_or_none()


def content_of(letter: VisaLetter) -> bytes:
    """The PDF as it was issued; NotFound once it is destroyed."""
    if letter.content is None:
        raise NotFound(_("This letter is destroyed."))
    return letter.content


def letters_of(person_ids: Collection[int]) -> Sequence[VisaLetter]:
    """Every letter about these records that is still there, with its content: for the person's own copy (P9)."""
    wanted = (
        sa.select(VisaLetter)
        .join(Trip, Trip.id == VisaLetter.trip_id)
        .where(Trip.person_id.in_(person_ids), VisaLetter.destroyed_at.is_(None))
        .options(undefer(VisaLetter.content))
        .order_by(VisaLetter.id)
    )
    return db.session.scalars(wanted).all()


def is_outdated(letter: VisaLetter) -> bool | None:
    """Whether a letter would say something else today; None when no letter could be made any more."""
    try:
        return letter_facts(letter.trip).fingerprint != letter.fingerprint
    except policies.LetterRefused:
        return None
