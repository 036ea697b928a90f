"""Who comes to an event: invited people and admitted guests, read alike for seats, badges, the door and the checklist (E3)."""

from flask_babel import gettext as _

from app.accounts.models import User
from app.core.errors import NotFound
from app.events import queries, queries_places
from app.events.models import Event, Invitation
from app.events.models_waves import Comer, GuestState


def list_comers(event: Event, by: User | None = None) -> list[Comer]:
    """Everybody who comes: the invited by name, then the guests in the order they were noted; two queries."""
    guests = queries_places.list_guests(event, by, state=GuestState.ADMITTED)
    return [*queries.list_accepted(event, by), *guests]


def get_comer(id: int | None, guest_id: int | None, by: User | None) -> Comer:
    """Somebody by their part of an address (`Comer.at`); NotFound when the invitation is not `by`'s to see."""
    if guest_id is not None:
        return queries_places.get_guest(guest_id, by)
    if id is None:
        raise NotFound(_("There is no such guest."))
    return queries.get_invitation(id, by)


def find_comer(
    event: Event, invitation_id: int | None, guest_id: int | None, by: User | None
) -> Comer | None:
    """Somebody invited to this event, or a guest of it, in whatever state."""
    if guest_id is not None:
        return next((one for one in queries_places.list_guests(event, by) if one.id == guest_id), None)
    return next((one for one in queries.list_invitations(event, by) if one.id == invitation_id), None)


def why_not_coming(comer: Comer) -> str:
    """What stands in the way of coming in, to follow a name."""
    said = (
        _("has not accepted")
        if isinstance(comer, Invitation)
        else _("is not among the guests who were admitted")
    )
    return f"{said} ({comer.state.value})"
