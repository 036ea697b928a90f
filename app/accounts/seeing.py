"""Seeing as a role: an administrator looks at a page as somebody of another role finds it, and changes nothing.

What is shown is what *both* may see: the rights of the role, less those the administrator does not have. Rights guard fields
as well as pages (the telephone on a journey goes by `travel:write`, amounts by `amounts:read`), so anything more than the
intersection would be a way round the wall between administration and what people told those who look after them. The queries
narrow as for the role: an agency sees the people it represents. See decision 0035.
"""

import sqlalchemy as sa
from flask import g
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts import permissions
from app.accounts.models import Role, User, UserSession
from app.core.errors import DomainError, NotAllowed

#: Who may see as others.
NEEDED = "accounts:manage"
#: Nobody sees as an administrator: that is what they are.
ROLES = tuple(role for role in Role if role is not Role.ADMIN)
#: What may be done all the same.
WAYS_OUT = frozenset({"accounts.stop_seeing", "accounts.sign_out"})


class OnlyLooking(DomainError):
    """Something would be changed in somebody else's shoes."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            _(
                "You are looking as another role, so nothing can be changed. Press “Stop” first, then do it as yourself."
            )
        )


def seen_by(row: UserSession) -> User:
    """Whoever a session acts as: its user, or while they see as a role a copy of them with that role and fewer rights.

    The copy belongs to no database session, so nothing of it can ever be stored.
    """
    own = row.user
    if row.seen_as_role is None or not permissions.may(own, NEEDED):
        return own
    columns = {column.key: getattr(own, column.key) for column in sa.inspect(User).column_attrs}
    copy = User(**columns | {"role": row.seen_as_role, "organisation_id": row.seen_as_agency_id})
    set_committed_value(copy, "department", own.department)
    copy.limited_to, copy.own_role = permissions.PERMISSIONS[own.role], own.role
    return copy


def is_seeing() -> bool:
    """Whether this request looks as another role."""
    return getattr(current_user, "own_role", None) is not None


def refusal(user: User, wanted: str) -> NotAllowed:
    """Why a page is not shown: the role may not open it, or whoever looks may not."""
    if wanted in permissions.PERMISSIONS[user.role]:
        return NotAllowed(
            _(
                "This role may open this page, you may not (%(right)s), so it is not shown. "
                "Seeing as a role never shows more than you may see yourself.",
                right=wanted,
            )
        )
    return NotAllowed(_("This role may not open this page. Its people read the same here."))


def hidden_rights(user: User) -> list[str]:
    """What the role may and whoever looks may not: it stays hidden."""
    return sorted(permissions.PERMISSIONS[user.role] - permissions.rights_of(user))


def here() -> UserSession | None:
    """The session that looks, if one does."""
    row: UserSession | None = g.get("user_session")
    return row if row is not None and is_seeing() else None
