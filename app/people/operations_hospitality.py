"""Writing what those who serve need to know: consented, read by them only, purged by retention on its day (R4).

The audit trail says that it was written, read or purged, never what it says: it would outlive the purge there.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db, side_transaction
from app.people import policies_consents, policies_kept, queries, queries_consents
from app.people.details import HospitalityDetails
from app.people.models import Person
from app.people.models_consents import Purpose
from app.people.models_kept import Hospitality


def set_hospitality(
    person: Person, details: HospitalityDetails, *, by: User | None, seen_version: int | None = None
) -> Hospitality:
    """Write down what a person told those who serve them, with their consent and until when it is needed.

    ConsentWithdrawn when they took that consent back, unless they gave it anew on a later day.
    """
    latest = queries_consents.latest_of(person, Purpose.HOSPITALITY)
    if latest is not None and details.consented_on <= latest.said_on:
        policies_consents.check_not_withdrawn(person.name, Purpose.HOSPITALITY, latest)
    policies_kept.require_something(details.diet, details.access_needs, details.quiet_days)
    policies_kept.require_purge(details.purge_on, details.consented_on, clock.today())
    wanted = sa.select(Hospitality).where(Hospitality.person_id == person.id)
    row = db.session.scalars(wanted).one_or_none()
    if row is None:
        row = Hospitality(person_id=person.id)
        db.session.add(row)
    else:
        check_version(row, seen_version)
    for field, value in details.model_dump().items():
        setattr(row, field, value)
    row.changed_at, row.by_id = clock.now(), by.id if by else None
    db.session.flush()
    _record("people.hospitality_set", person.id, by)
    return row


def forget_hospitality(person: Person, *, by: User | None) -> None:
    """Take it out of the database at once: the person took the consent back, or it is not needed any more.

    What stayed with a record merged into theirs goes too: the consent is one person's, and undoing must not bring it back.
    """
    wanted = sa.select(Hospitality).where(Hospitality.person_id.in_(queries.records_of(person)))
    for row in db.session.scalars(wanted.order_by(Hospitality.id)).all():
        _record("people.hospitality_forgotten", row.person_id, by)
        db.session.delete(row)
    db.session.flush()


def purge_hospitality(ids: Sequence[int], *, by: User | None) -> int:
    """Take out those of these that have reached their day; how many there were. The retention report counts them."""
    due = sa.select(Hospitality).where(Hospitality.purge_on <= clock.today(), Hospitality.id.in_(ids))
    rows = db.session.scalars(due.order_by(Hospitality.id)).all()
    for row in rows:
        _record("people.hospitality_purged", row.person_id, by)
        db.session.delete(row)
    db.session.flush()
    return len(rows)


def note_reading(*people: Person, by: User) -> None:
    """Write that somebody read what a person needs, or several do (R4), beside the reading itself."""
    with side_transaction() as side:
        for person in people:
            audit.record_event(
                "people.hospitality_read", kind="person", ref=str(person.id), by=by, session=side
            )


def _record(action: str, person_id: int, by: User | None) -> None:
    audit.record_event(action, kind="person", ref=str(person_id), by=by)
