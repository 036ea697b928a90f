"""Beginning and ending to see as a role; both are written down."""

from flask_babel import gettext as _

from app.accounts import audit, queries
from app.accounts.models import Role, User, UserSession
from app.accounts.seeing import ROLES
from app.core.errors import DomainError


class NoSuchLook(DomainError):
    """Nobody sees as this."""


def begin(session: UserSession, role: Role, agency_id: int | None, *, by: User) -> None:
    """Let a browser of an administrator see as a role; for partners with the agency. NoSuchLook."""
    if role not in ROLES:
        raise NoSuchLook(_("You are an administrator already."), field="role")
    if (role is Role.PARTNER) != (agency_id is not None):
        message = _("Name the agency for a partner, and none for other roles.")
        raise NoSuchLook(message, field="agency_id")
    if agency_id is not None and agency_id not in {agency.id for agency in queries.list_agencies()}:
        raise NoSuchLook(_("This agency is not there."), field="agency_id")
    note_end(session)
    session.seen_as_role, session.seen_as_agency_id = role, agency_id
    audit.record_event(
        "accounts.seeing_as_begun", kind="user", ref=str(by.id), by=by, reason=_words(role, agency_id)
    )


def note_end(session: UserSession) -> None:
    """End it, if it goes on: by hand, or because the session ends."""
    role = session.seen_as_role
    if role is None:
        return
    words = _words(role, session.seen_as_agency_id)
    session.seen_as_role, session.seen_as_agency_id = None, None
    user = session.user
    audit.record_event("accounts.seeing_as_ended", kind="user", ref=str(user.id), by=user, reason=words)


def end_left(user: User) -> None:
    """Write the end of what went on when a session ran out by itself: at the next sign-in, when somebody is there to write."""
    for session in queries.list_looking(user):
        note_end(session)


def _words(role: Role, agency_id: int | None) -> str:
    return f"as {role.value}" + (f" of organisation {agency_id}" if agency_id else "")
