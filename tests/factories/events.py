"""Events, sessions and invitations, made by the operations the screens use."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.accounts.models import Role, User
from app.core.db import db, transaction
from app.events import operations
from app.events.details import AnswerDetails, EventDetails, InvitationDetails, SessionDetails
from app.events.models import AnswerChannel, Event, Invitation, InvitationState, Session
from app.outreach import operations as outreach
from app.people.models import Person
from app.programs.models import Program
from tests.factories import accounts, people, programs
from tests.factories import outreach as make_outreach


def ruth() -> User:
    """The coordinator of the scenario."""
    return accounts.user(name="Ruth", role=Role.COORDINATOR, in_department="Events")


def event(
    name: str = "Connect London", *, under: Program | None = None, by: User | None = None, **changes: Any
) -> Event:
    """The show of the scenario: 13 October 2026, 09:00 to 16 October, 18:00 in London."""
    program = under or programs.program()
    details = {
        "program_id": program.id, "name": name, "place": "ExCeL", "city": "London", "country": "GB",
        "zone": "Europe/London", "starts_at": datetime(2026, 10, 13, 8, 0, tzinfo=UTC),
        "ends_at": datetime(2026, 10, 16, 17, 0, tzinfo=UTC), "capacity": 12,
    } | changes  # fmt: skip
    with transaction():
        return operations.plan_event(EventDetails(**details), by=db.session.merge(by or ruth()))


def session(of: Event, title: str = "Opening keynote", **changes: Any) -> Session:
    """One item of the agenda, 14 October 09:00 to 10:00 in London unless said otherwise."""
    details = {
        "title": title, "place": "Hall 1", "starts_at": datetime(2026, 10, 14, 8, 0, tzinfo=UTC),
        "ends_at": datetime(2026, 10, 14, 9, 0, tzinfo=UTC),
    } | changes  # fmt: skip
    with transaction():
        return operations.add_session(db.session.merge(of), SessionDetails(**details), by=ruth())


def enrolled(of: Event, name: str = "Amal", *, owner: User | None = None, **changes: Any) -> Person:
    """A person with a mail address, enrolled in the event's program."""
    changes.setdefault("email", f"{name.lower().replace(' ', '.')}@experts.example")
    found = people.admissible(name, owner=owner, **changes)
    goal = of.program.goals[0] if db.session.merge(of).program.goals else programs.goal(of.program)
    programs.enrolment(of.program, found, for_goal=goal)
    return found


def draft(of: Event, name: str = "Amal", *, person: Person | None = None, **more: Any) -> Invitation:
    """A drafted invitation."""
    who = person or enrolled(of, name)
    with transaction():
        return operations.invite(
            db.session.merge(of), db.session.merge(who), InvitationDetails(**more), by=ruth()
        )


def prepare(of: Event, invitations: Sequence[Invitation]) -> str:
    """Put letters into the outbox; the name of their batch."""
    with transaction():
        here = [db.session.merge(one) for one in invitations]
        return operations.send_invitations(db.session.merge(of), here, by=ruth()).batch


def send(of: Event, invitations: Sequence[Invitation]) -> None:
    """Prepare and let go."""
    if not make_outreach.queries_outbox.languages_of("invitation"):
        make_outreach.letter_template()
    batch = prepare(of, invitations)
    with transaction():
        outreach.release_batch(batch, by=ruth())


def invited(of: Event, name: str = "Amal", **more: Any) -> Invitation:
    """Somebody whose letter has left."""
    one = draft(of, name, **more)
    send(of, [one])
    return one


def answer(
    of: Invitation, state: InvitationState = InvitationState.ACCEPTED, *, by: User | None = None, **more: Any
) -> Invitation:
    """An answer by phone."""
    details = AnswerDetails(state=state, channel=AnswerChannel.PHONE, **more)
    with transaction():
        return operations.record_answer(db.session.merge(of), details, by=by or ruth())


def accepted(of: Event, name: str = "Amal", **more: Any) -> Invitation:
    """Somebody who comes."""
    return answer(invited(of, name, **more))
