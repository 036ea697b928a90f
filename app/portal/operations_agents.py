"""The door of representatives: inviting them in, and answers they give for somebody their agency speaks for (E1, R3)."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.models import OutboxMail
from app.events import operations as events
from app.events.details import AnswerDetails
from app.events.models import AnswerChannel, Invitation, InvitationState
from app.people import queries as people
from app.people.models import Person
from app.portal import letters, policies, queries_door
from app.portal.operations import make_link, send_link


def invite_agent_in(agent: User, person: Person, *, by: User) -> str:
    """A link of a representative to hand over now; it works once, for ten minutes. CannotEnter."""
    _check_speaks(agent, person)
    link, secret = make_link(agent, policies.AWAITED_LIFE, by)
    audit.record("portal.link_shown", link, by=by)
    return letters.entry_link(secret)


def invite_agent_by_mail(agent: User, person: Person, *, by: User) -> OutboxMail:
    """Mail a representative their link, in the name of whoever looks after the person. CannotEnter."""
    _check_speaks(agent, person)
    link, secret = make_link(agent, policies.MAILED_LIFE, by)
    mail = send_link(agent, people.owner_of(person) or by, link, secret, is_asked_for=False, by=by)
    audit.record("portal.link_mailed", link, by=by)
    return mail


def _check_speaks(agent: User, person: Person) -> None:
    if not queries_door.speaks_for(agent, person):
        raise policies.CannotEnter(
            _("%(agent)s does not speak for %(person)s at the moment.", agent=agent.name, person=person.name)
        )


def answer_for(invitation: Invitation, state: InvitationState, reason: str, *, by: User) -> Invitation:
    """A representative answers, under their own name, until the event is over. CannotAnswer."""
    event = invitation.event
    if not policies.may_answer(invitation.state, event.is_cancelled, event.ends_at, clock.now()):
        raise policies.CannotAnswer(
            _("This event is over or was cancelled, so there is nothing to answer any more.")
        )
    said = AnswerDetails(state=state, channel=AnswerChannel.PORTAL, reason=reason, answered_by_name=by.name)
    return events.record_answer(invitation, said, by=by)
