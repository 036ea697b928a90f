"""Adding and changing an executive."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import Role, User
from app.core.db import check_version, db
from app.core.errors import DomainError
from app.executives.details import ExecutiveDetails
from app.executives.models import Executive


class NotAnAssistant(DomainError):
    """Only an active user with the role of an assistant keeps a calendar."""


def add_executive(details: ExecutiveDetails, *, by: User | None) -> Executive:
    """A leader of the company whose time can be asked for."""
    _check(details)
    executive = Executive(**details.model_dump())
    db.session.add(executive)
    audit.record("executives.executive_added", executive, by=by)
    return executive


def edit_executive(
    executive: Executive, details: ExecutiveDetails, *, by: User | None, seen_version: int | None = None
) -> Executive:
    """Change name, title, assistant or buffer; meetings already agreed stay as they are."""
    check_version(executive, seen_version)
    _check(details)
    before = audit.snapshot(executive)
    for name, value in details:
        setattr(executive, name, value)
    audit.record("executives.executive_edited", executive, by=by, before=before)
    return executive


def _check(details: ExecutiveDetails) -> None:
    if details.assistant_id is None:
        return
    user = db.session.get(User, details.assistant_id)
    if user is None or user.role is not Role.ASSISTANT or not user.is_active:
        raise NotAnAssistant(_("Choose an active user with the role of an assistant."), field="assistant_id")
