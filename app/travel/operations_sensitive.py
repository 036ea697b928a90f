"""Writing identity papers and letters: the trail says that they were kept, read and taken out, never what they say (R4).

It would outlive the purge there.
"""

import hashlib
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db, side_transaction
from app.core.i18n import marked
from app.outreach.letters import new_reference
from app.people import queries as people
from app.people.models import Person
from app.travel import clearance, queries_sensitive
from app.travel import policies_sensitive as policies
from app.travel.details_sensitive import IdentityDetails, VisaLetterDetails
from app.travel.models import Trip, VisaState
from app.travel.models_sensitive import TravelIdentity, VisaLetter
from app.travel.queries_sensitive import READ, REVEALED_LETTER, LetterFacts


def set_identity(
    person: Person, details: IdentityDetails, *, by: User | None, seen_version: int | None = None
) -> TravelIdentity:
    """Keep what a person's papers say, for one purpose and until a day; what is left out stays as it is kept."""
    today = clock.today()
    policies.require_end(details.delete_after_on, today)
    policies.require_sane(details.born_on, details.expires_on, today)
    row = _row_of(person.id)
    if row is None:
        row = TravelIdentity(person_id=person.id)
    else:
        check_version(row, seen_version)
    for field, value in details.model_dump().items():
        if value is not None:
            setattr(row, field, value)
    policies.require_something(row)
    row.changed_at, row.by_id = clock.now(), by.id if by else None
    db.session.add(row)
    db.session.flush()
    _record("travel.identity_set", person.id, by)
    return row


def read_identity(person: Person, reason: str, *, by: User) -> TravelIdentity | None:
    """Show papers to somebody who says why; who, when and why is written down before anything is shown (R4)."""
    row = queries_sensitive.identity_of(person)
    if row is not None:
        audit.record_event(READ, kind="person", ref=str(person.id), by=by, reason=reason.strip())
    return row


def forget_identity(person: Person, *, by: User | None) -> None:
    """Take the papers out at once, also those that stayed with a record merged into this one."""
    wanted = sa.select(TravelIdentity).where(TravelIdentity.person_id.in_(people.records_of(person)))
    for row in db.session.scalars(wanted.order_by(TravelIdentity.id)).all():
        _record("travel.identity_forgotten", row.person_id, by)
        db.session.delete(row)
    db.session.flush()


def purge_identities(ids: Sequence[int], *, by: User | None) -> int:
    """Take out those of these whose day is over; how many. The retention report counts them."""
    due = sa.select(TravelIdentity).where(
        TravelIdentity.delete_after_on < clock.today(), TravelIdentity.id.in_(ids)
    )
    rows = db.session.scalars(due.order_by(TravelIdentity.id)).all()
    for row in rows:
        _record("travel.identity_purged", row.person_id, by)
        db.session.delete(row)
    db.session.flush()
    return len(rows)


def _row_of(person_id: int) -> TravelIdentity | None:
    wanted = sa.select(TravelIdentity).where(TravelIdentity.person_id == person_id)
    return db.session.scalars(wanted).one_or_none()


def _record(action: str, person_id: int, by: User | None) -> None:
    audit.record_event(action, kind="person", ref=str(person_id), by=by)


# -- letters -------------------------------------------------------------------------------------------


def issue_letter(
    trip: Trip, details: VisaLetterDetails, draw: Callable[[LetterFacts, VisaLetterDetails, str], bytes], *, by: User | None
) -> VisaLetter:  # fmt: skip
    """Write the letter of invitation and keep it as it is; `draw` makes the PDF with its reference (G6). LetterRefused (T4).

    A letter that was issued before is withdrawn: a consulate must not find two that say different things.
    """
    clearance.require_open(trip)
    policies.require_end(details.delete_after_on, clock.today())
    facts = queries_sensitive.letter_facts(trip)
    for other in queries_sensitive.list_letters(trip):
        if other.destroyed_at is None:
            _destroy(other, marked("replaced by a newer letter"), by)
    reference = new_reference()
    content = draw(facts, details, reference)
    letter = VisaLetter(
        trip=trip, addressed_to=details.addressed_to, issued_at=clock.now(), issued_by_id=by.id if by else None,
        last_safe_on=trip.visa_last_safe_on, delete_after_on=details.delete_after_on, content=content,
        sha256=hashlib.sha256(content).hexdigest(), fingerprint=facts.fingerprint,
        reference=reference,
    )  # fmt: skip
    db.session.add(letter)
    db.session.flush()
    audit.record_event("travel.visa_letter_issued", kind="trip", ref=str(trip.id), by=by)
    _move_visa(trip, VisaState.LETTER_ISSUED, (VisaState.UNKNOWN, VisaState.NEEDED), by)
    return letter


def withdraw_letter(letter: VisaLetter, reason: str, *, by: User | None) -> VisaLetter:
    """Destroy a letter before its day; that there was one, and why it is gone, stays. LetterRefused."""
    if letter.destroyed_at is not None:
        raise policies.LetterRefused(_("This letter is destroyed already."))
    if len(reason.strip()) < 3:
        raise policies.LetterRefused(_("Say why the letter is withdrawn."), field="reason")
    _destroy(letter, reason.strip(), by)
    _move_visa(letter.trip, VisaState.NEEDED, (VisaState.LETTER_ISSUED,), by)
    return letter


def note_letter_reading(letter: VisaLetter, *, by: User) -> None:
    """Write that somebody opened a letter, which says what the papers say (R4), beside the reading itself."""
    with side_transaction() as side:
        audit.record_event(REVEALED_LETTER, kind="trip", ref=str(letter.trip_id), by=by, session=side)


def purge_letters(ids: Sequence[int], *, by: User | None) -> int:
    """Destroy those of these letters whose day is over; how many."""
    due = sa.select(VisaLetter).where(
        VisaLetter.delete_after_on < clock.today(), VisaLetter.id.in_(ids), VisaLetter.destroyed_at.is_(None)
    )
    rows = db.session.scalars(due.order_by(VisaLetter.id)).all()
    for row in rows:
        _destroy(row, marked("its day was over"), by)
    return len(rows)


def _destroy(letter: VisaLetter, why: str, by: User | None) -> None:
    letter.content, letter.destroyed_at, letter.destroyed_why = None, clock.now(), why[:320]
    db.session.flush()
    audit.record_event(
        "travel.visa_letter_destroyed", kind="trip", ref=str(letter.trip_id), by=by, reason=why
    )


def _move_visa(trip: Trip, to: VisaState, only_from: Sequence[VisaState], by: User | None) -> None:
    if trip.visa_state not in only_from:
        return
    before = audit.snapshot(trip)
    trip.visa_state = to
    audit.record("travel.visa_state_set", trip, by=by, before=before)
