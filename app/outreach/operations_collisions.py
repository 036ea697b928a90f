"""What becomes of a contact the guard stopped: joined, put off, put before the owner, released or refused (G3)."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import User
from app.accounts.queries_successions import answerer_of
from app.core import clock
from app.core.db import db
from app.core.i18n import later, words
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach import operations_letters, policies, queries, queries_outbox
from app.outreach.details import TouchDetails
from app.outreach.models import Collision, CollisionState, Touch
from app.outreach.operations_touches import note_collision, note_verdict, record_touch, require_owner
from app.outreach.policies import ContactStopped
from app.outreach.policies_inbox import words_of_subject
from app.people import queries_owners


def try_touch(details: TouchDetails, *, by: User) -> Touch | Collision:
    """Record a contact; if the guard stops it, the stop is written down instead and given back."""
    try:
        return record_touch(details, by=by)
    except ContactStopped as stop:
        return note_collision(details, stop.verdict, by=by)


def join_other(collision: Collision, *, by: User) -> Touch:
    """Say it in the other department's thread, under both names."""
    _require_open(collision)
    if collision.other is None:
        raise policies.CannotJoin(_("There is no message to join."))
    touch = _contact(collision, by, join=collision.other)
    _decide(collision, CollisionState.JOINED, by, touch=touch)
    audit.record("outreach.collision_joined", collision, by=by)
    return touch


def wait_for_window(collision: Collision, *, by: User) -> datetime:
    """Put the contact off until the window is free, which is given back; a notice comes on that day (`operations_reminders`)."""
    _require_open(collision)
    if collision.free_from_at is None:
        raise policies.NotOpen(_("Waiting does not help here: the ask is open until it is answered."))
    before = audit.snapshot(collision)
    collision.state, collision.reminded_at = CollisionState.WAITING, None
    audit.record("outreach.collision_waiting", collision, by=by, before=before)
    return collision.free_from_at


def try_again(collision: Collision, *, by: User) -> Touch | Collision:
    """Make the contact now if the guard lets it pass; else its stop says what stands in the way today."""
    _require_open(collision)
    before = audit.snapshot(collision)
    try:
        touch = _contact(collision, by)
    except ContactStopped as stop:
        note_verdict(collision, stop.verdict)
        audit.record("outreach.contact_stopped", collision, by=by, before=before, reason=stop.verdict.reason)
        return collision
    _decide(collision, CollisionState.MADE, by, touch=touch)
    audit.record("outreach.collision_made", collision, by=by, before=before)
    return touch


def ask_owner(collision: Collision, *, by: User) -> Collision:
    """Put the stopped contact before the owner of the relationship."""
    _require_open(collision)
    _require_releasable(collision)
    owner = queries_owners.standing_of(collision.person).acting
    if owner is None:
        raise policies.NotTheOwner(
            _(
                "%(person)s has no owner at the moment. Ask an administrator to name one.",
                person=collision.person.name,
            )
        )
    before = audit.snapshot(collision)
    collision.state = CollisionState.OWNER_ASKED
    said = _l(
        "%(user)s (%(department)s) asks to contact %(person)s: “%(subject)s”. The contact guard stopped it; release it with a "
        "reason, or refuse.",
        user=collision.user.name, department=collision.department.name, person=collision.person.name,
        subject=later(words_of_subject, collision),
    )  # fmt: skip
    source = ("outreach", collision.other_id) if collision.other_id else ("people", collision.person_id)
    notices.notify(said, user=owner, urgency=Urgency.NOW, source=source)
    audit.record("outreach.owner_asked", collision, by=by, before=before)
    return collision


def release_collision(collision: Collision, reason: str, *, by: User) -> Touch:
    """The owner lets the contact happen, with a reason; it is recorded for the department that asked (J3.3)."""
    _require_open(collision)
    _require_releasable(collision)
    owner = require_owner(collision.person, by)
    if not reason.strip():
        raise policies.ReasonNeeded(
            _("Say why this contact may happen all the same; both departments see it."), field="reason"
        )
    touch = _contact(collision, by, release_reason=reason)
    _decide(collision, CollisionState.RELEASED, by, touch=touch, reason=reason)
    collision.on_behalf_of_id = owner.id if owner else None
    said = _l(
        "%(user)s released “%(subject)s” to %(person)s: %(reason)s",
        user=by.name, subject=later(words_of_subject, collision), person=collision.person.name, reason=reason.strip(),
    )  # fmt: skip
    for user in {collision.user, collision.other.user} if collision.other else {collision.user}:
        if user.id != by.id:  # both departments know, whoever decided
            notices.notify(said, user=user, urgency=Urgency.NOW, source=("outreach", touch.id))
    audit.record("outreach.collision_released", collision, by=by, reason=reason, on_behalf_of=owner)
    return touch


def refuse_collision(collision: Collision, reason: str, *, by: User) -> Collision:
    """The owner says no, with a reason."""
    _require_open(collision)
    owner = require_owner(collision.person, by)
    if not reason.strip():
        raise policies.ReasonNeeded(_("Say why this contact should not happen."), field="reason")
    _decide(collision, CollisionState.REFUSED, by, reason=reason)
    collision.on_behalf_of_id = owner.id if owner else None
    if collision.user_id != by.id:
        said = _l(
            "%(user)s does not release “%(subject)s” to %(person)s: %(reason)s",
            user=by.name, subject=later(words_of_subject, collision), person=collision.person.name, reason=reason.strip(),
        )  # fmt: skip
        source = ("outreach", collision.other_id) if collision.other_id else ("people", collision.person_id)
        notices.notify(said, user=collision.user, urgency=Urgency.SOON, source=source)
    audit.record("outreach.collision_refused", collision, by=by, reason=reason, on_behalf_of=owner)
    return collision


def _contact(collision: Collision, by: User, *, join: Touch | None = None, release_reason: str = "") -> Touch:
    """What was stopped, done now: the letter is let go, or the touch recorded for whoever wanted it."""
    if collision.letter_id is not None:
        letter = queries_outbox.get_letter(collision.letter_id)
        return operations_letters.release_letter(letter, by=by, join=join, release_reason=release_reason)
    wanted_by = answerer_of(
        collision, collision.user_id, clock.now()
    )  # whoever took it over, when it was handed on
    details = TouchDetails(
        person_id=collision.person_id, channel=collision.channel, kind=collision.kind, subject=collision.subject,
        summary=collision.summary, is_ask=collision.is_ask, user_id=wanted_by.id, source_kind=collision.source_kind,
        source_id=collision.source_id,
    )  # fmt: skip
    return record_touch(details, by=by, join=join, release_reason=release_reason)


def _decide(
    collision: Collision, state: CollisionState, by: User, *, touch: Touch | None = None, reason: str = ""
) -> None:
    collision.state = state
    collision.touch_id = touch.id if touch else None
    collision.decided_by_id, collision.decided_at, collision.decision_reason = (
        by.id,
        clock.now(),
        reason.strip(),
    )


def _require_open(collision: Collision) -> None:
    db.session.flush()
    db.session.refresh(collision, ["state"], with_for_update=True)
    if collision.state not in queries.OPEN_STATES:
        raise policies.NotOpen(
            _("This was decided already: %(replace)s.", replace=words(collision.state).lower())
        )


def _require_releasable(collision: Collision) -> None:
    if not collision.is_releasable:
        raise policies.NotOpen(
            _(
                "%(person)s asked for quiet themselves; nobody can release that, not even the owner.",
                person=collision.person.name,
            )
        )
