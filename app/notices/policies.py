"""What comes first, whose notice it is, and who may look at mail that stayed here."""

import enum

from app.accounts import permissions
from app.accounts.models import Role, User
from app.notices.models import Notice, Urgency

_RANK = {urgency: rank for rank, urgency in enumerate(Urgency)}


def rank(urgency: Urgency) -> int:
    """0 for what cannot wait; higher numbers come later in the list."""
    return _RANK[urgency]


def is_for(notice: Notice, user: User) -> bool:
    """Whether a notice is this user's, by name or by role."""
    return notice.user_id == user.id or notice.role == user.role.value


class Mailbox(enum.StrEnum):
    """What the page of mail shows."""

    #: Everything, because nothing leaves this machine.
    LOCAL = "local"
    #: Addresses and reasons of what could not be delivered, never the letters.
    UNDELIVERED = "undelivered"


def mailbox_of(user: User, is_local: bool, is_demo: bool) -> Mailbox | None:
    """Which mail a user may look at: in a demo all staff everything, else administrators only; partners nothing (R3)."""
    if user.role == Role.PARTNER:
        return None
    is_admin = permissions.may(user, "settings:write")
    if is_local:
        return Mailbox.LOCAL if is_demo or is_admin else None
    return Mailbox.UNDELIVERED if is_admin else None
