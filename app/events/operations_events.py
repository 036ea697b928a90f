"""Planning events and their agenda; a change of time or place makes the answers stale."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts import operations_successions as successions
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.core.errors import NotFound
from app.core.vtimezone import NonexistentTime, local_instant
from app.events import policies, queries, queries_schedule
from app.events.details import EventDetails, SessionDetails
from app.events.models import Event, Session
from app.events.operations_news import write_cancellations
from app.events.operations_places import lock_event, offer_free_places
from app.events.queries_coordinators import coordinator_of
from app.notices import operations as notices
from app.outreach import operations as outreach
from app.programs import queries as programs
from app.programs.policies import require_people_program


def plan_event(details: EventDetails, *, by: User) -> Event:
    """Plan an event under a program; NameTaken when another one is called so."""
    _require_free_name(details.name, None)
    _require_people_program(details.program_id)
    event = Event(made_at=clock.now())
    _fill_event(event, details, by)
    db.session.add(event)
    audit.record("events.event_planned", event, by=by)
    return event


def edit_event(event: Event, details: EventDetails, *, by: User, seen_version: int | None = None) -> Event:
    """Change an event; a new time or place raises its SEQUENCE, and answers given before are stale from then on.

    Another zone keeps what the agenda's clocks show. The coordinator is told how many people must be asked again.
    """
    check_version(event, seen_version)
    _require_free_name(details.name, event.id)
    _require_people_program(details.program_id)
    before = audit.snapshot(event)
    was, old_zone = event.sequence, event.zone
    _fill_event(event, details, by)
    if event.zone != old_zone:
        _move_agenda(event, old_zone)
    db.session.flush()
    if event.capacity > before["capacity"]:
        offer_free_places(lock_event(event.id), by=by)
    n_stale = queries.funnel(event).stale
    if event.sequence > was and n_stale:
        said = _l(
            "%(event)s has another time or place. %(n_stale)s answers were given before; ask "
            "these people again.",
            event=event.name,
            n_stale=n_stale,
        )
        notices.notify(said, user=coordinator_of(event), source=("events", event.id))
    audit.record("events.event_edited", event, by=by, before=before)
    return event


def cancel_event(event: Event, reason: str, *, by: User) -> Event:
    """Call an event off, with its agenda; it stays in calendars as cancelled (C1). Letters that wait are discarded."""
    if not reason.strip():
        raise policies.ReasonNeeded(
            _("Say why the event is cancelled; it stays with the event."), field="reason"
        )
    if event.is_cancelled:
        raise policies.EventIsOver(_("This event was cancelled already."))
    before = audit.snapshot(event)
    event.is_cancelled = True
    for session in queries.list_sessions(event):
        session.is_cancelled = True
    for letter in queries.letters_held(event).values():
        outreach.discard_letter(letter, by=by)
    n_letters = len(write_cancellations(event, by=by))
    n_coming = queries.count_accepted(event)
    if n_coming:
        said = _l(
            "%(event)s is cancelled: %(reason)s %(n)s people had accepted; tell them and undo their travel.",
            event=event.name,
            reason=reason.strip(),
            n=n_coming,
        )
        if n_letters:
            said = _l("%(said)s Letters that say so wait in the outbox: %(n)s.", said=said, n=n_letters)
        notices.notify(said, user=coordinator_of(event), source=("events", event.id))
    audit.record("events.event_cancelled", event, by=by, before=before, reason=reason.strip())
    return event


def add_session(event: Event, details: SessionDetails, *, by: User) -> Session:
    """Put an item on the agenda; it must lie within the event (E2). A room taken twice is shown, not refused."""
    policies.require_open_agenda(event)
    policies.require_inside(event, details.starts_at, details.ends_at)
    session = Session(event_id=event.id, zone=event.zone, **details.model_dump())
    db.session.add(session)
    audit.record("events.session_added", session, by=by)
    db.session.expire(event, ["sessions"])
    return session


def edit_session(
    session: Session, details: SessionDetails, *, by: User, seen_version: int | None = None
) -> Session:
    """Change an item of the agenda."""
    check_version(session, seen_version)
    policies.require_open_agenda(session.event)
    if (details.starts_at, details.ends_at) != (session.starts_at, session.ends_at):
        # A published schedule may lie outside; its words can be edited all the same.
        policies.require_inside(session.event, details.starts_at, details.ends_at)
    before = audit.snapshot(session)
    for field, value in details.model_dump().items():
        setattr(session, field, value)
    audit.record("events.session_edited", session, by=by, before=before)
    return session


def cancel_session(session: Session, reason: str, *, by: User) -> Session:
    """Take an item off the agenda; it stays in calendars as cancelled (C1)."""
    if session.is_cancelled:
        raise policies.EventIsOver(_("This session was cancelled already."))
    before = audit.snapshot(session)
    session.is_cancelled = True
    audit.record("events.session_cancelled", session, by=by, before=before, reason=reason.strip())
    return session


def _fill_event(event: Event, details: EventDetails, by: User) -> None:
    for field, value in details.model_dump(exclude={"coordinator_id", "country", "audiences"}).items():
        setattr(event, field, value)
    event.country = details.country or ""
    event.audiences = [one.value for one in details.audiences] or None
    is_new = event.coordinator_id is None
    held_by = None if is_new else coordinator_of(event).id
    coordinator_id = details.coordinator_id or held_by or by.id
    if coordinator_id != held_by:
        found = db.session.get(User, coordinator_id)
        if found is None:
            raise NotFound(_("There is no such user."))
        event.coordinator = found
        if not is_new:  # what was arranged was for what the old coordinator held
            successions.call_off(event, by=by)
            successions.pass_on([event], found, clock.now(), by=by)


def _move_agenda(event: Event, old_zone: str) -> None:
    """Keep what the clocks of the agenda show when the zone of the event was wrong."""
    for session in queries.list_sessions(event):
        session.zone = event.zone
        session.starts_at = _same_wall(session.starts_at, old_zone, event.zone)
        session.ends_at = _same_wall(session.ends_at, old_zone, event.zone)
        if session.embargo_until_at is not None:
            session.embargo_until_at = _same_wall(session.embargo_until_at, old_zone, event.zone)
    for item in queries_schedule.items_of(event).values():
        said = {
            name: _same_wall(datetime.fromisoformat(item.published[name]), old_zone, event.zone).isoformat()
            for name in ("starts_at", "ends_at")
        }
        item.published = {**item.published, **said}


def _same_wall(instant: datetime, old_zone: str, new_zone: str) -> datetime:
    wall = instant.astimezone(ZoneInfo(old_zone)).replace(tzinfo=None)
    try:
        return local_instant(wall, new_zone)
    except NonexistentTime as error:
        raise policies.OutsideTheEvent(
            _("A session cannot move to that zone: %(error)s", error=error), field="zone"
        ) from None


def _require_free_name(name: str, own_id: int | None) -> None:
    found = queries.find_event(name)
    if found is not None and found.id != own_id:
        raise policies.NameTaken(
            _("There is already an event called %(found)s.", found=found.name), field="name"
        )


def _require_people_program(program_id: int) -> None:
    require_people_program(programs.get_program(program_id), _("nobody is invited"), field="program_id")
