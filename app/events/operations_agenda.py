"""Rules of an agenda, letting it out, and who of our people is on stage."""

from collections.abc import Mapping

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.core.errors import DomainError
from app.events import policies, queries_agenda
from app.events.conflicts import Level
from app.events.details_agenda import RulesDetails
from app.events.models import Event, Session
from app.events.models_agenda import AgendaPlan, AgendaRelease, Appearance
from app.events.operations_places import lock_event
from app.people.models import Person


class HeldBack(DomainError):
    """E2: an agenda with a conflict that blocks is not let out."""

    status = 409


class OnStageAlready(DomainError):
    """A person twice in one session."""


def set_rules(
    event: Event, details: RulesDetails, *, by: User, seen_version: int | None = None
) -> AgendaPlan:
    """Choose when days change, the minutes between sessions, and the level of each rule for one event."""
    plan = queries_agenda.find_plan(event)
    before: Mapping[str, object] | None = None
    if plan is None:
        plan = AgendaPlan(event_id=event.id)
        db.session.add(plan)
    else:
        check_version(plan, seen_version)
        before = audit.snapshot(plan)
    plan.day_change_hour, plan.n_buffer_minutes = details.day_change_hour, details.n_buffer_minutes
    plan.levels = {rule.value: level.value for rule, level in details.levels.items()}
    audit.record("events.agenda_rules_set", plan, by=by, before=before)
    return plan


def release_agenda(event: Event, note: str, *, by: User) -> AgendaRelease:
    """Let the agenda out as its next version; HeldBack while a conflict blocks, warnings are counted and kept."""
    policies.require_open_agenda(event)
    lock_event(event.id)  # two who release at once get two numbers
    agenda = queries_agenda.get_agenda(event)
    content = queries_agenda.content_of(agenda.sessions)
    if not content:
        raise HeldBack(_("There is nothing on the agenda to let out."))
    blocks = agenda.findings.of_level(Level.BLOCK)
    if blocks:
        first = blocks[0]
        more = _(" %(n)s more block it.", n=len(blocks) - 1) if len(blocks) > 1 else ""
        raise HeldBack(
            _(
                "Held back by “%(first)s”: %(session)s. %(text)s%(more)s Put it right, or choose another "
                "level for the rule.",
                first=first.label,
                session=first.session.title,
                text=first.text,
                more=more,
            )
        )
    if agenda.released is not None and not agenda.released.n_changes:
        raise HeldBack(
            _(
                "Version %(release)s says the same; there is nothing new to let out.",
                release=agenda.released.release.number,
            )
        )
    release = AgendaRelease(
        event_id=event.id, number=agenda.released.release.number + 1 if agenda.released else 1, note=note.strip(),
        n_sessions=len(content), n_warnings=agenda.findings.n_warnings, content=content, by_id=by.id, at=clock.now(),
    )  # fmt: skip
    db.session.add(release)
    db.session.flush()
    said = f"version {release.number}: {release.n_sessions} sessions, {release.n_warnings} warnings"
    audit.record_event("events.agenda_released", kind="event", ref=str(event.id), by=by, reason=said)
    return release


def put_on_stage(session: Session, person: Person, *, by: User) -> Appearance:
    """Say that a person of ours is on stage in a session; where else they have to be is then looked at."""
    if session.is_cancelled:
        raise policies.EventIsOver(_("This session is cancelled."))
    there = queries_agenda.appearances_of(session.event).get(session.id, [])
    if any(one.person_id == person.id for one in there):
        raise OnStageAlready(_("%(person)s is on stage here already.", person=person.name), field="person_id")
    appearance = Appearance(session_id=session.id, person_id=person.id)
    db.session.add(appearance)
    audit.record("events.put_on_stage", appearance, by=by)
    return appearance


def take_off_stage(appearance: Appearance, *, by: User) -> None:
    """Take somebody off a session."""
    audit.record("events.taken_off_stage", appearance, by=by, before=audit.snapshot(appearance))
    db.session.delete(appearance)
