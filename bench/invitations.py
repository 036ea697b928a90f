"""500 invitations written into the outbox in one transaction: rules asked, letters composed, nothing left half done.

`python bench/invitations.py [--people N] [--queries N] [--budget RATIO]`; exit status 1 when the queries per person
change with their number or are more than allowed, or when the whole takes more than so many times the floor.
"""

import argparse
import os
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import sqlalchemy as sa
from sqlalchemy import event as sa_event

from app import create_app
from app.accounts.models import Department, Role, User
from app.core import clock, mail
from app.core.db import db, transaction, writing_connections
from app.core.extensions import alembic
from app.core.models import MailState, OutboxMail
from app.events import operations as events
from app.events import queries_checks
from app.events.details import EventDetails, InvitationDetails
from app.events.models import Event, Invitation
from app.outreach import operations as outreach
from app.outreach.details import LetterTemplateDetails
from app.people import operations as people
from app.people.details import EvidenceDetails, PersonDetails
from app.people.models import Person
from app.programs import operations as programs
from app.programs.details import AdmissionDetails, GoalDetails, ProgramDetails
from app.programs.models import GoalKind

_BODY = (
    "Dear {person},\n\nwe would like you to be there: {event}, {place}, {city}, {dates}. {promise}\n\n{answer_link}\n\n"
    "{owner}\n{department}, {company}\n{verify_link} ({reference})"
)


def main() -> int:
    """Print seconds, statements per person, and the ratio to the floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--queries", type=int, default=25)
    parser.add_argument("--budget", type=float, default=15.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"RAPPORT_INSTANCE": folder, "DATABASE_URL": f"sqlite:///{folder}/bench.db"}
        app = create_app(TESTING=True)
        with app.app_context():
            with writing_connections():
                alembic.upgrade()
            return _compare(asked.people, asked.queries, asked.budget)


def _fill(n_people: int, name: str) -> tuple[int, int]:
    """An event with so many drafts; its number and that of who sends."""
    now = clock.now()
    with transaction():
        department = db.session.scalars(sa.select(Department)).first() or Department(name="Events")
        ruth = db.session.scalars(sa.select(User)).first() or User(
            email="ruth@lumen.example", name="Ruth", role=Role.COORDINATOR, department=department, made_at=now
        )
        db.session.add_all([department, ruth])
        db.session.flush()
        program = programs.start_program(
            ProgramDetails(name=f"Program {name}", currency="GBP", owner_id=ruth.id), by=ruth
        )
        goal = programs.set_goal(
            program,
            GoalDetails(
                statement="Voices on private 5G", kind=GoalKind.REPUTATION, metric="Talks", baseline="2", target="8",
                market="Africa", review_on=clock.today() + timedelta(days=200),
            ),
            by=ruth,
        )  # fmt: skip
        planned = EventDetails(
            program_id=program.id, name=f"Event {name}", place="Hall", city="London", zone="Europe/London",
            starts_at=now + timedelta(days=90), ends_at=now + timedelta(days=92), capacity=n_people,
        )  # fmt: skip
        event = events.plan_event(planned, by=ruth)
        for number in range(n_people):
            person = _person(f"{name} {number}", ruth)
            fits = AdmissionDetails(goal_id=goal.id, fit_risk="None known.", fit_rationale="Knows the field.")
            programs.admit(program, person, fits, by=ruth)
            events.invite(event, person, InvitationDetails(promise="A seat in front."), by=ruth)
        return event.id, ruth.id


def _person(name: str, ruth: User) -> Person:
    details = PersonDetails(
        name=f"Person {name}", email=f"p{name.replace(' ', '-')}@experts.example", languages=("en",), owner_id=ruth.id,
        known_for="private 5G", known_among="engineers",
    )  # fmt: skip
    person = people.add_person(details, by=ruth)
    for days in (30, 60):
        talk = EvidenceDetails(summary="A talk", on=clock.today() - timedelta(days=days))
        people.add_evidence(person, talk, by=ruth)
    return person


def _write(event_id: int, ruth_id: int) -> tuple[float, int, int]:
    """Seconds, statements, and letters of one press of the button."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa_event.listen(db.engine, "before_cursor_execute", note)
    began = time.perf_counter()
    with transaction():
        event, ruth = db.session.get_one(Event, event_id), db.session.get_one(User, ruth_id)
        wanted = sa.select(Invitation).where(Invitation.event_id == event_id).order_by(Invitation.id)
        prepared = events.send_invitations(event, db.session.scalars(wanted).all(), by=ruth)
        n_letters = len(prepared.letters)
    took = time.perf_counter() - began
    sa_event.remove(db.engine, "before_cursor_execute", note)
    return took, len(seen), n_letters


def _floor(n_people: int) -> float:
    """The same mails composed and inserted in one transaction, and nothing else."""
    began, now = time.perf_counter(), clock.now()
    with transaction():
        rows = []
        for number in range(n_people):
            letter = mail.Letter(
                message_id=f"<floor-{number}@lumen.example>", written_at=now, sender="rapport@lumen.example",
                recipient=f"floor{number}@experts.example", subject="Invitation", text=_BODY, html=None, language="en",
                sender_name="Ruth", reply_to="ruth@lumen.example", is_automatic=False, calendar=None,
                calendar_method="REQUEST", unsubscribe_url="",
            )  # fmt: skip
            rows.append(
                {
                    "message_id": letter.message_id, "dedup_key": f"floor:{number}", "kind": "floor",
                    "recipient": letter.recipient,
                    "subject": letter.subject, "raw": mail.compose(letter), "language": "en", "batch": "floor",
                    "source_kind": "", "state": MailState.HELD, "next_at": now, "made_at": now,
                }
            )  # fmt: skip
        db.session.execute(sa.insert(OutboxMail), rows)
    return time.perf_counter() - began


def _compare(n_people: int, most: int, budget: float) -> int:
    few = max(10, n_people // 10)
    small, (event_id, ruth_id) = _fill(few, "small"), _fill(n_people, "large")
    with transaction():
        text = LetterTemplateDetails(
            key="invitation", language="en", subject="Invitation to {event}", body=_BODY
        )
        outreach.write_letter_template(text, by=db.session.get_one(User, ruth_id))
    _, n_few, _ = _write(*small)
    took, n_all, n_letters = _write(event_id, ruth_id)
    floor = _floor(n_people)
    began = time.perf_counter()
    wanted = sa.select(Invitation).where(Invitation.event_id == event_id)
    checked = queries_checks.checks_of(
        db.session.get_one(Event, event_id),
        db.session.scalars(wanted).all(),
        db.session.get_one(User, ruth_id),
    )
    looked = time.perf_counter() - began
    each_few, each = n_few / few, n_all / n_people
    print(
        f"{n_letters} letters in one transaction: {took:.2f} s, {each:.1f} statements each ({each_few:.1f} for {few} people)"
    )
    print(
        f"floor, {n_people} mails composed and inserted: {floor:.2f} s; ratio {took / floor:.1f}, budget {budget}"
    )
    print(f"looking before sending, {len(checked)} people: {looked:.2f} s")
    is_good = n_letters == n_people and each <= most and each <= each_few + 1 and took / floor <= budget
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
