"""What an invitation promises, planned in money under the limits while its person may come (E4, L7)."""

from flask_babel import lazy_gettext as _l

from app.accounts.models import User
from app.core.errors import DomainError
from app.events import policies
from app.events.models import Event, Invitation, InvitationState
from app.events.queries_coordinators import coordinator_of
from app.ledger import operations as ledger
from app.ledger.details import CommitmentDetails
from app.ledger.models import Category
from app.ledger.models_limits import PROMISE
from app.notices import operations as notices
from app.notices.models import Urgency


def plan_promise(invitation: Invitation, *, by: User | None) -> None:
    """Plan what is promised, anew when it changed, or free it when nothing is. HeadroomRefused, NotAcceptable, RateNeeded."""
    event, part = invitation.event, f"{PROMISE}{invitation.id}"
    if invitation.worth is None or invitation.state not in _MAY_COME:
        ledger.release_value("events", part, event.id, by=by)
        return
    details = CommitmentDetails(
        person_id=invitation.person_id, program_id=event.program_id, event_id=event.id, category=Category.OTHER,
        money=invitation.worth, expected_on=event.starts_at.date(), source_kind="events", source_part=part, source_id=event.id,
    )  # fmt: skip
    ledger.plan_value(details, by=by)


def settle_promise(invitation: Invitation, was: InvitationState, event: Event) -> None:
    """Keep the plan true to an answer, which is a fact: a limit that is passed by a late yes is said, and refuses nothing."""
    if invitation.worth is None or (was in _MAY_COME) == (invitation.state in _MAY_COME):
        return
    try:
        plan_promise(invitation, by=None)
    except DomainError as refused:
        said = _l(
            "%(person)s comes to %(event)s after all. %(message)s",
            person=invitation.person.name,
            event=event.name,
            message=refused.message,
        )
        notices.notify(said, user=coordinator_of(event), urgency=Urgency.NOW, source=("events", event.id))


_MAY_COME = frozenset({InvitationState.DRAFT, *policies.MAY_COME})
