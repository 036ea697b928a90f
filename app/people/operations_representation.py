"""Which agency speaks for a person, from when to when; its users see the person exactly that long (R3)."""

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.people import policies, queries
from app.people.models import OrganisationKind, Person, Representation
from app.people.upkeep import mark_changed, refresh_search_text


def begin_representation(
    person: Person, agency_id: int, *, by: User | None, from_on: date | None = None, to_on: date | None = None
) -> Representation:
    """An agency speaks for the person from a day on, today unless given; the one before it ends there.

    `to_on` is the last day, if it is known already. Raises NotAnAgency, DayIsOver.
    """
    agency = queries.get_organisation(agency_id)
    if agency.kind is not OrganisationKind.AGENCY:
        raise policies.NotAnAgency(
            _("%(agency)s is not an agency. Choose one, or change its kind first.", agency=agency.name),
            field="agency_id",
        )
    zone, now = by.zone if by else "UTC", clock.now()
    today = clock.today(zone)
    day = from_on or today
    policies.require_coming(day, today)
    begins_at = now if day == today else clock.start_of(day, zone)
    ends_at = clock.end_of(to_on, zone) if to_on is not None else None
    if ends_at is not None and ends_at <= begins_at:
        raise policies.DayIsOver(_("The last day comes before the first one."), field="to_on")
    for row in _lasting(person):
        row.to_at = max(row.from_at, min(begins_at, row.to_at or begins_at))
    begun = Representation(
        person_id=person.id, organisation_id=agency.id, from_at=begins_at, from_on=day, to_at=ends_at
    )
    db.session.add(begun)
    if begins_at <= now:
        person.agency_id = agency.id
    db.session.flush()
    refresh_search_text(person)
    mark_changed(person)
    audit.record("people.representation_begun", begun, by=by)
    return begun


def end_representation(row: Representation, *, by: User | None, reason: str = "") -> Representation:
    """The agency speaks for the person no more: its access ends at this moment. The days it had stay on record."""
    now = clock.now()
    if row.to_at is not None and row.to_at <= now:
        raise policies.AlreadyEnded(_("This representation has ended already."))
    before = audit.snapshot(row)
    row.to_at, row.end_reason, row.ended_by_id = max(now, row.from_at), reason.strip(), by.id if by else None
    if row.person.agency_id == row.organisation_id:
        row.person.agency_id = None
    db.session.flush()
    refresh_search_text(row.person)
    mark_changed(row.person)
    audit.record("people.representation_ended", row, by=by, before=before, reason=reason.strip())
    return row


def represent(person: Person, agency_id: int | None, *, by: User | None) -> None:
    """Bring the agency to what a form says; nothing happens when it says what is written already."""
    if agency_id == person.agency_id:
        return
    for row in _lasting(person):
        end_representation(row, by=by)
    person.agency_id = None
    if agency_id is not None:
        begin_representation(person, agency_id, by=by)


def _lasting(person: Person) -> list[Representation]:
    still = sa.or_(Representation.to_at.is_(None), Representation.to_at > clock.now())
    wanted = sa.select(Representation).where(Representation.person_id == person.id, still)
    return list(db.session.scalars(wanted.order_by(Representation.id).with_for_update(of=Representation)))
