"""What the demo holds none of: one of each, made by the operations the screens use, so that every page has something to show."""

from datetime import timedelta

import sqlalchemy as sa

from app.accounts.models import User
from app.calendars import operations as calendars
from app.calendars.models import FeedKind
from app.core import clock
from app.core.db import db, transaction
from app.outreach import operations as outreach
from app.outreach import operations_insights, operations_rhythm
from app.outreach.details import TouchDetails
from app.outreach.details_insights import InsightAnswerDetails, InsightDetails, OutcomeDetails
from app.outreach.details_rhythm import PlanDetails
from app.outreach.models import TouchChannel
from app.outreach.models_insights import OutcomeKind
from app.people import operations_merges
from app.people.details import MergeDetails
from app.people.models import Person
from app.programs import operations_briefs, operations_initiatives
from app.programs.details_initiatives import BriefDetails, InitiativeDetails, LaunchDetails, LoanDetails
from app.programs.models import Program
from tests.factories import handovers, people


def add() -> None:
    """Add it to the demo."""
    mei, tom, omar = (_user(name) for name in ("mei", "tom", "omar"))
    jack, amal = (db.session.scalars(sa.select(Person).order_by(Person.id)).all()[place] for place in (0, 1))
    program = db.session.scalars(sa.select(Program).order_by(Program.id)).first()
    assert program is not None
    with transaction():
        _plans(program, jack, mei)
        _contacts(program, jack, amal, mei, tom)
        calendars.share_feed(FeedKind.MY_WORK, None, by=mei)
    twin = people.person(f"{amal.name} (twin)", owner=mei, email="twin@experts.example")
    with transaction():
        merged = MergeDetails(reason="They told us.")
        operations_merges.merge_people(db.session.merge(amal), db.session.merge(twin), merged, by=mei)
    people.person(
        "Twelve Letters", owner=tom, email="twelve@experts.example", home_country="GB", languages=("en",)
    )
    handovers.letter_text()
    handovers.hand_over(tom, omar)


def _user(name: str) -> User:
    return db.session.scalars(sa.select(User).where(User.email == f"{name}@lumen.example")).one()


def _plans(program: Program, jack: Person, mei: User) -> None:
    """Programs: an initiative that lends something, a launch, a brief."""
    today = clock.today()
    framework = InitiativeDetails(
        name="Port of Lagos", framework="A film of the port at work.", country="NG", starts_on=today
    )
    started = operations_initiatives.start_initiative(program, framework, by=mei)
    loan = LoanDetails(person_id=jack.id, what="Film crew", from_on=today, until_on=today + timedelta(days=3))
    operations_initiatives.lend(started, loan, by=mei)
    operations_initiatives.set_launch(
        program, LaunchDetails(name="Core 6", on=today + timedelta(days=120)), by=mei
    )
    operations_briefs.write_brief(
        program, BriefDetails(title="Private 5G", message="What we say about it."), by=mei
    )


def _contacts(program: Program, jack: Person, amal: Person, mei: User, tom: User) -> None:
    """Outreach: a plan, a stopped message, insights open and answered, an outcome."""
    today = clock.today()
    by_mail = {"person_id": jack.id, "channel": TouchChannel.MAIL}
    ask = TouchDetails(subject="An interview about ports", is_ask=True, **by_mail)
    made = outreach.try_touch(ask, by=mei)
    outreach.try_touch(TouchDetails(subject="Our new core", **by_mail), by=tom)
    plan = PlanDetails(subject="After the launch", planned_on=today + timedelta(days=30), **by_mail)
    operations_rhythm.plan_touch(plan, by=mei)
    heard = {
        "person_id": amal.id, "program_id": program.id, "advice": "Print the manual in Arabic.", "heard_on": today,
        "department_id": mei.department_id, "owner_id": mei.id, "reply_due_on": today + timedelta(days=14),
    }  # fmt: skip
    operations_insights.note_insight(InsightDetails(**heard), by=mei)
    answered = operations_insights.note_insight(
        InsightDetails(**heard | {"advice": "Show the price."}), by=mei
    )
    decision = InsightAnswerDetails(
        decision="Yes, from May.", is_adopted=True, what_changed="The price is shown."
    )
    operations_insights.answer_insight(answered, decision, by=mei)
    outcome = OutcomeDetails(
        program_id=program.id, touch_id=made.id, kind=OutcomeKind.QUOTE, on=today, country="NG",
        statement="Quoted in a trade paper.",
    )  # fmt: skip
    operations_insights.record_outcome(outcome, by=mei)
