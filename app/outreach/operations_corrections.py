"""Putting a contact right that was written down wrongly: the record says what is true, the history what it said (R4)."""

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.outreach import policies, policies_rhythm
from app.outreach.details_rhythm import CorrectionDetails
from app.outreach.models import Letter, Touch, TouchCorrection
from app.outreach.operations_touches import require_owner
from app.people import queries as people

_FIELDS = ("channel", "at", "subject", "summary", "is_ask")


def correct_touch(
    touch: Touch, details: CorrectionDetails, *, by: User, seen_version: int | None = None
) -> TouchCorrection:
    """Change a contact made by hand to what really was, or strike it; whoever wrote it or owns the person may, with a reason.

    What it said stays on its page. A letter that left is as it was sent, so it cannot be corrected. Raises Overtaken.
    """
    check_version(touch, seen_version)
    _require_correctable(touch, by)
    now = clock.now()
    if details.at > now:
        raise policies.NotYet(
            _("A contact is written down once it was made. Give a time up to now."), field="at"
        )
    was = {name: getattr(touch, name) for name in _FIELDS} | {"is_struck": touch.struck_at is not None}
    becomes = details.model_dump(exclude={"reason"})
    changed = policies_rhythm.changed_fields(was, becomes)
    if not changed:
        raise policies_rhythm.CannotCorrect(
            _("Nothing is different. Change what was wrong, then save."), field="subject"
        )
    before = audit.snapshot(touch)
    for name in _FIELDS:
        setattr(touch, name, becomes[name])
    touch.struck_at = now if details.is_struck else None
    correction = TouchCorrection(touch_id=touch.id, before=changed, reason=details.reason, by=by, at=now)
    db.session.add(correction)
    audit.record("outreach.touch_corrected", touch, by=by, before=before, reason=details.reason)
    return correction


def _require_correctable(touch: Touch, by: User) -> None:
    if db.session.scalar(sa.select(Letter.id).where(Letter.touch_id == touch.id)) is not None:
        raise policies_rhythm.CannotCorrect(_("This is a letter that left; it stays as it was sent."))
    if touch.user_id != by.id:
        require_owner(people.get_person(touch.person_id, by), by)
