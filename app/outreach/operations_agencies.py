"""Contact by an agency with somebody it represents: weighed like everybody's, and put before the owner when it is stopped."""

from app.accounts import audit
from app.accounts.models import User
from app.outreach import operations_collisions
from app.outreach.details import TouchDetails
from app.outreach.models import Collision, Touch
from app.people import queries as people


def record_agency_contact(details: TouchDetails, *, by: User) -> Touch | Collision:
    """Record what an agency said to one of its people; if the guard stops it, the owner is asked at once (G3).

    NotFound for somebody the agency does not represent at this moment (R3).
    """
    person = people.get_person(details.person_id, by)
    made = operations_collisions.try_touch(details, by=by)
    if isinstance(made, Collision) and made.is_releasable:
        operations_collisions.ask_owner(made, by=by)
    audit.record_event("outreach.agency_contact", kind="person", ref=str(person.id), by=by)
    return made
