"""Writing contact down: every touch passes the guard first, one after the other per person (G3)."""

from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import later
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach import policies, queries
from app.outreach.details import TouchDetails
from app.outreach.models import Collision, CollisionState, Letter, Touch
from app.outreach.policies import ContactLevel, ContactStopped, ContactVerdict
from app.outreach.policies_inbox import words_of_subject
from app.people import queries as people
from app.people import queries_owners
from app.people.models import Person

#: Clocks of browsers and servers differ a little.
_LEEWAY = timedelta(minutes=5)


def record_touch(
    details: TouchDetails,
    *,
    by: User | None,
    join: Touch | None = None,
    release_reason: str = "",
    has_happened: bool = False,
) -> Touch:
    """Write down one contact, after the guard has weighed it with the person's row locked (G3).

    THE one way to contact a person, on every channel and for every department; `by` is None when the person asked for it.
    `join` puts it into another department's thread and passes a soft stop. `release_reason` passes any stop that can
    be released, when `by` owns the relationship. Raises ContactStopped otherwise, having written nothing. `has_happened`:
    it cannot be stopped any more, only written down; where the guard would have said no, that is on record too, and the
    owner of the relationship is told.
    """
    person = people.get_person(details.person_id, by)
    user = _user_of(details, by)
    at = _moment_of(details)
    verdict = _weighed(details, person, user, at)
    is_released = not has_happened and _require_contact(
        verdict, person, by, join=join, release_reason=release_reason
    )
    touch = Touch(
        person_id=person.id, user_id=user.id, department_id=user.department_id, channel=details.channel, kind=details.kind,
        is_inbound=details.is_inbound, at=at, subject=details.subject, summary=details.summary,
        # Who joins a thread asks nothing of their own: the person has one open ask, not two.
        is_ask=details.is_ask and join is None and not details.is_inbound,
        joined_id=(join.joined_id or join.id) if join else None, release_reason=release_reason.strip() if is_released else "",
        source_kind=details.source_kind, source_id=details.source_id, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(touch)
    db.session.flush()
    if join is not None and join.user_id != user.id:
        said = _l(
            "%(user)s (%(department)s) joined your message “%(subject)s” to %(person)s.",
            user=user.name, department=user.department.name, subject=later(words_of_subject, join), person=person.name,
        )  # fmt: skip
        notices.notify(said, user=join.user, urgency=Urgency.INFO, source=("outreach", touch.id))
    audit.record("outreach.touch_recorded", touch, by=by, reason=touch.release_reason)
    is_joined = join is not None and verdict is not None and verdict.level is ContactLevel.SOFT
    if has_happened and verdict is not None and not verdict.is_free and not is_joined:
        _note_got_through(touch, person, verdict, by)
    return touch


def _note_got_through(touch: Touch, person: Person, verdict: ContactVerdict, by: User | None) -> None:
    """Mark a contact the guard would have stopped, had it been asked before, and tell the owner."""
    collision = Collision(
        person_id=person.id, user_id=touch.user_id, department_id=touch.department_id, channel=touch.channel,
        kind=touch.kind, is_ask=touch.is_ask, subject=touch.subject, summary="", source_kind=touch.source_kind,
        source_id=touch.source_id, state=CollisionState.GOT_THROUGH, touch_id=touch.id, stopped_at=touch.at,
        decided_by_id=touch.user_id, decided_at=touch.made_at,
    )  # fmt: skip
    db.session.add(collision)
    note_verdict(collision, verdict)
    audit.record("outreach.contact_got_through", collision, by=by, reason=verdict.reason)
    owner = queries_owners.standing_of(person).acting
    user = db.session.get_one(User, touch.user_id)
    said = _l(
        "%(user)s (%(department)s) contacted %(person)s past the contact guard: %(reason)s",
        user=user.name, department=user.department.name, person=person.name, reason=verdict.reason,
    )  # fmt: skip
    notices.notify(
        said, user=owner, role=None if owner else Role.RELATIONS, urgency=Urgency.SOON, source=("outreach", touch.id), by=by
    )  # fmt: skip


def answer_ask(touch: Touch, answer: str, *, by: User | None) -> Touch:
    """Close an open ask with what was answered; NotOpen when it waits for nothing."""
    if not touch.is_ask:
        raise policies.NotOpen(_("This message asked for nothing, so there is nothing to answer."))
    if touch.answered_at is not None:
        raise policies.NotOpen(_("This was answered already."))
    before = audit.snapshot(touch)
    touch.answered_at = clock.now()
    touch.answer = answer.strip()
    audit.record("outreach.ask_answered", touch, by=by, before=before)
    return touch


def note_collision(
    details: TouchDetails, verdict: ContactVerdict, *, by: User, letter: Letter | None = None
) -> Collision:
    """Write down that the guard stopped a contact, with what was about to be said; the same again changes the first."""
    user = db.session.get_one(User, details.user_id or by.id)
    person = people.get_person(details.person_id, by)
    collision = queries.open_collision_of(person.id, user.id)
    before = audit.snapshot(collision) if collision else None
    if collision is None:
        collision = Collision(
            person_id=person.id, user_id=user.id, department_id=user.department_id, stopped_at=clock.now()
        )
        db.session.add(collision)
    collision.channel, collision.kind, collision.is_ask = details.channel, details.kind, details.is_ask
    collision.subject, collision.summary = details.subject, details.summary
    collision.source_kind, collision.source_id = details.source_kind, details.source_id
    collision.letter_id = letter.id if letter else None
    note_verdict(collision, verdict)
    audit.record("outreach.contact_stopped", collision, by=by, before=before, reason=verdict.reason)
    return collision


def note_verdict(collision: Collision, verdict: ContactVerdict) -> None:
    """Write on a stop what the guard says now; whoever waited for the last word waits no more."""
    if collision.state is CollisionState.WAITING:
        collision.state = CollisionState.STOPPED
    collision.reminded_at = None
    collision.level, collision.reason = verdict.level.value, verdict.reason
    collision.free_from_at, collision.is_releasable = verdict.free_from, verdict.is_releasable
    collision.other_id = verdict.other.id if verdict.other else None
    collision.other = verdict.other


def _user_of(details: TouchDetails, by: User | None) -> User:
    if by is not None and details.user_id in {None, by.id}:
        return by
    found = db.session.get(User, details.user_id or 0)
    if found is None:
        raise NotFound(_("There is no such user."))
    return found


def _moment_of(details: TouchDetails) -> datetime:
    now = clock.now()
    at = details.at or now
    if at > now + _LEEWAY:
        raise policies.NotYet(
            _("A contact is written down once it was made. Give a time up to now."), field="at"
        )
    return min(at, now)


def _weighed(details: TouchDetails, person: Person, user: User, at: datetime) -> ContactVerdict | None:
    """The guard's verdict under lock; None for what it does not weigh: their messages to us, and history."""
    now = clock.now()
    limit = queries.limit_in_force(now)
    facts = queries.contact_facts([person.id], limit, now, is_locked=True)[person.id]
    if details.is_inbound or at <= now - timedelta(days=limit.n_days):
        return None
    department_id = user.department_id
    return policies.weigh(
        facts, limit, kind=details.kind, department_id=department_id, now=now, is_ask=details.is_ask,
        channel=details.channel,
    )  # fmt: skip


def _require_contact(
    verdict: ContactVerdict | None,
    person: Person,
    by: User | None,
    *,
    join: Touch | None,
    release_reason: str,
) -> bool:
    """Raise ContactStopped unless the contact is free, joins what it ran into, or the owner releases it; True if released."""
    if join is not None:
        _require_thread(join, person)
    if verdict is None or verdict.is_free:
        return False
    if release_reason.strip() and verdict.is_releasable and by is not None:
        require_owner(person, by)
        return True
    if join is not None and verdict.level is ContactLevel.SOFT:
        return False
    raise ContactStopped(verdict)


def _require_thread(join: Touch, person: Person) -> None:
    if people.get_person(join.person_id, None).id != person.id:
        raise policies.CannotJoin(_("This message went to somebody else, so it cannot be joined."))


def require_owner(person: Person, by: User) -> User | None:
    """Raise NotTheOwner unless `by` owns the relationship, or is the deputy of an owner who is away (R2).

    Returns in whose name they act: the owner for a deputy, None for the owner.
    """
    standing = queries_owners.standing_of(person)
    if not standing.may_act(by):
        names = {"name": standing.acting.name if standing.acting else _("the owner"), "person": person.name}
        raise policies.NotTheOwner(
            _(
                "Only %(name)s, who owns the relationship with %(person)s, can release this. Ask them.",
                **names,
            )
            if standing.acting == standing.owner
            else _(
                "Only %(name)s, who acts for the owner of the relationship with %(person)s, can release this. Ask them.",
                **names,
            )
        )
    return standing.on_behalf_of(by)
