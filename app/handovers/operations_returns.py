"""Agencies: beginning to speak for somebody, and handing the record back to its owner at once (R3)."""

from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts import operations_successions as successions
from app.accounts import queries as users
from app.accounts.models import Role, User
from app.core import clock
from app.core.i18n import counted, later, nouns
from app.handovers.details import RepresentationDetails
from app.notices import operations as notices
from app.notices import queries as reading_notices
from app.notices.models import Notice, Urgency
from app.outreach import queries_agencies
from app.people import operations as people_operations
from app.people import queries as reading_people
from app.people.models import Person, Representation

SOURCE = "handovers.returns"


def begin_representation(person: Person, details: RepresentationDetails, *, by: User) -> Representation:
    """An agency speaks for the person from a day on; its users see and touch them exactly that long."""
    return people_operations.begin_representation(
        person, details.agency_id, by=by, from_on=details.from_on, to_on=details.to_on
    )


_CONTACTS, _OPEN_ASKS = nouns("contact", "contacts"), nouns("open ask", "open asks")


def hand_back(row: Representation, reason: str, *, by: User) -> Representation:
    """End a representation: access ends now, open asks and notices go to the owner, who is told where the kit is."""
    about = _notices_about(row)  # read while the agency still may
    people_operations.end_representation(row, by=by, reason=reason)
    owner = reading_people.owner_of(row.person)
    if owner is not None:
        made = queries_agencies.list_made_by_agency(
            row.person_id, row.organisation_id, row.from_at, clock.now()
        )
        asks = [touch for touch in made if touch.is_ask and touch.answered_at is None]
        n_asks = successions.pass_on(asks, owner, clock.now(), by=by)
        successions.pass_on(about, owner, clock.now(), by=by)
        said = _l(
            "%(agency)s speaks for %(person)s no more. The record is back with you: %(counted)s.",
            agency=row.organisation.name, person=row.person.name, counted=later(_counted, len(made), n_asks),
        )  # fmt: skip
        notices.notify(said, user=owner, urgency=Urgency.SOON, source=(SOURCE, row.id), by=by)
    audit.record("handovers.handed_back", row, by=by, reason=reason)
    return row


def _counted(n_made: int, n_asks: int) -> str:
    """ "3 contacts, 1 open ask"."""
    parts = [counted(n_made, *_CONTACTS)]
    parts += [counted(n_asks, *_OPEN_ASKS)] if n_asks else []
    return ", ".join(parts)


def _notices_about(row: Representation) -> list[Notice]:
    """Open notices to the agency's users that concern the person: they must not be read there any more."""
    found = []
    for user in users.list_users(role=Role.PARTNER):
        if user.organisation_id == row.organisation_id:
            found += [
                notice for notice in reading_notices.list_open_to(user)
                if (notice.source_kind, notice.source_id) == ("people", row.person_id) or row.person.name in notice.message
            ]  # fmt: skip
    return found
