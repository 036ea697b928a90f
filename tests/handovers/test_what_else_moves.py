"""Contacts that are planned, events somebody runs and disputes somebody answers: a hand-over moves them like people (P1)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts import operations as logins
from app.accounts.duties import StillHolds
from app.accounts.models import Role, User
from app.core.db import db, transaction
from app.events import operations as event_operations
from app.events import queries_coordinators
from app.events.details import EventDetails
from app.events.models import Event
from app.handovers import queries
from app.handovers.models import HandOver
from app.outreach import operations_rhythm, queries_holdings
from app.outreach.details_rhythm import PlanDetails
from app.outreach.models import TouchChannel
from app.outreach.models_rhythm import PlannedTouch
from app.people.models import Person
from app.periods import operations as periods_operations
from app.periods import queries_owners as disputes
from app.periods.models import Dispute
from app.programs import operations_initiatives
from app.programs.details_initiatives import InitiativeDetails
from app.programs.models import Program
from app.programs.models_initiatives import Initiative
from app.programs.queries_owners import holder_of
from app.reports import queries_workload
from tests.conftest import fresh
from tests.core.hunting import PageReader
from tests.factories import accounts, events, handovers, ledger, people, periods, programs

pytestmark = pytest.mark.usefixtures("app")
At = Callable[[datetime], AbstractContextManager[None]]
Sign = Callable[..., FlaskClient]

TODAY = datetime(2026, 10, 1, 9, tzinfo=UTC)
THE_DAY = datetime(2026, 10, 10, 12, tzinfo=UTC)
FIRST = date(2026, 10, 10)


@pytest.fixture
def desk(at: At) -> tuple[User, User]:
    """Mei owns Amal and an initiative, means to call Amal, runs a show, and answers a dispute; Omar comes after her."""
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    with at(TODAY - timedelta(days=1)):
        program = programs.program("Voices", by=mei)
        amal = people.person("Amal", owner=mei)
        with transaction():
            films = InitiativeDetails(name="Films", framework="Theirs.", country="NG", starts_on=TODAY.date())
            operations_initiatives.start_initiative(
                db.session.merge(program), films, by=db.session.merge(mei)
            )
        with transaction():
            details = PlanDetails(
                person_id=amal.id, channel=TouchChannel.PHONE, subject="Call about the show", planned_on=date(2026, 10, 20)
            )  # fmt: skip
            operations_rhythm.plan_touch(details, by=db.session.merge(mei))
        events.event(under=program, by=mei)
        entry = ledger.post(periods.stay(amal))
        periods.dispute(db.session.merge(amal), entry.entry, at=TODAY)
    return mei, omar


def names_on(moment: datetime) -> dict[str, str]:
    """Who answers for each of the four at an instant."""
    [plan] = db.session.scalars(sa.select(PlannedTouch)).all()
    [dispute] = db.session.scalars(sa.select(Dispute)).unique().all()
    [event] = db.session.scalars(sa.select(Event)).all()
    found = {
        "plan": queries_holdings.makers_of([plan], moment)[plan.id].user,
        "dispute": disputes.holders_of_disputes([dispute], moment)[dispute.id].user,
        "event": queries_coordinators.holder_of_event(event, moment).user,
    }
    return {key: user.name for key, user in found.items() if user is not None}


def all_of(name: str) -> dict[str, str]:
    return {"plan": name, "dispute": name, "event": name}


COUNTED = {"people": 1, "planned": 1, "goals": 2, "disputes": 1, "events": 1}


def counted(user: User, moment: datetime) -> dict[str, int]:
    moved = queries.holdings_of(fresh(user), moment).moved
    return {key: moved[key] for key in COUNTED}


@pytest.mark.parametrize("from_on", [TODAY.date(), FIRST])
def test_they_are_counted_moved_and_come_back(at: At, desk: tuple[User, User], from_on: date) -> None:
    """P1: at once or from a day on, counted beforehand, and given back by undoing it."""
    mei, omar = desk
    assert counted(mei, TODAY) == COUNTED
    with at(TODAY):
        step = handovers.hand_over(mei, omar, from_on=from_on)
    assert {key: step.moved[key] for key in COUNTED} == COUNTED
    assert names_on(TODAY) == all_of("Omar" if from_on == TODAY.date() else "Mei")
    assert names_on(THE_DAY) == all_of("Omar")
    assert (counted(omar, THE_DAY), set(counted(mei, THE_DAY).values())) == (COUNTED, {0})
    with at(THE_DAY):
        handovers.undo(step, mei)
    after = THE_DAY + timedelta(hours=1)
    assert (names_on(after), counted(mei, after)) == (all_of("Mei"), COUNTED)


def test_an_initiative_is_written_to_the_new_owner_and_back(at: At, desk: tuple[User, User]) -> None:
    """P1: of what moves at once the record itself names the new owner, as for goals and programs."""
    mei, omar = desk
    owners = []
    with at(TODAY):
        step = handovers.hand_over(mei, omar)
        owners.append(db.session.scalar(sa.select(Initiative.owner_id)))
        handovers.undo(step, mei)
        owners.append(db.session.scalar(sa.select(Initiative.owner_id)))
    assert owners == [omar.id, mei.id]


@pytest.mark.parametrize("kind", [Initiative, Program])
def test_a_page_opened_before_a_planned_hand_over_does_not_undo_it(
    at: At, desk: tuple[User, User], signed_in: Sign, kind: type[Initiative | Program]
) -> None:
    """P1: what nobody chose anew stays as the hand-over left it; a name chosen anew is taken."""
    mei, omar = desk
    row = db.session.scalars(sa.select(kind).order_by(kind.id)).first()
    assert row is not None
    address = f"/programs/{row.id}/edit" if kind is Program else f"/programs/initiatives/{row.id}/edit"

    def filled(page: str) -> dict[str, str]:
        """What a browser would send of the form on the page."""
        [form] = [one for one in PageReader(page).forms if one.named("owner_id")]
        return {one.name: one.chosen[0] if one.chosen else one.value for one in form.fields}

    with at(TODAY):
        handovers.hand_over(mei, omar, from_on=FIRST)
        opened = filled(signed_in(mei).get(address).text)
    with at(THE_DAY):
        browser = signed_in(mei)
        assert browser.post(address, data=opened | {"name": "Renamed"}).status_code == 303
        now = fresh(row)
        assert (now.name, holder_of(now, THE_DAY).user) == ("Renamed", omar)
        again = filled(browser.get(address).text)
        assert (opened["owner_id"], again["owner_id"]) == (str(mei.id), str(omar.id))
        assert browser.post(address, data=again | {"owner_id": str(mei.id)}).status_code == 303
        assert holder_of(fresh(row), THE_DAY).user == mei


def test_what_is_about_a_person_goes_with_the_person(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    tom = accounts.user(name="Tom")
    with at(TODAY):
        amal = db.session.scalars(sa.select(Person.id).where(Person.name == "Amal")).one()
        handovers.hand_over(mei, omar, heirs={amal: tom.id})
    assert names_on(TODAY) == {"plan": "Tom", "dispute": "Tom", "event": "Omar"}


def test_what_is_over_stays_where_it_was(at: At, desk: tuple[User, User]) -> None:
    """Contacts given up, shows that were called off and decided disputes are nobody's work any more."""
    mei, _omar = desk
    with at(TODAY), transaction():
        operations_rhythm.cancel_plan(
            db.session.scalars(sa.select(PlannedTouch)).one(), "Not now.", by=db.session.merge(mei)
        )
        event_operations.cancel_event(
            db.session.scalars(sa.select(Event)).one(), "No hall.", by=db.session.merge(mei)
        )
        dispute = db.session.scalars(sa.select(Dispute)).unique().one()
        periods_operations.withdraw_dispute(dispute.person, dispute)
    assert counted(mei, TODAY) == COUNTED | {"planned": 0, "disputes": 0, "events": 0}


def test_nobody_leaves_who_still_runs_something(at: At, desk: tuple[User, User]) -> None:
    """P1: a login is closed once everything is handed over, and not before; the words name what is left."""
    mei, omar = desk
    ada = accounts.user(name="Ada", role=Role.ADMIN)
    with at(TODAY):
        with pytest.raises(StillHolds) as refused, transaction():
            logins.deactivate_user(db.session.merge(mei), by=db.session.merge(ada))
        for words in (
            "1 person",
            "1 planned touch",
            "1 dispute to answer",
            "1 event to run",
            "2 goals, programs",
        ):
            assert words in str(refused.value)
        handovers.hand_over(mei, omar, by=ada, is_login_closed=True)
    assert not fresh(mei).is_active
    assert db.session.scalars(sa.select(HandOver)).one().is_login_closed


def test_nobody_leaves_to_whom_something_is_to_come(at: At, desk: tuple[User, User]) -> None:
    """P1: whoever takes over on a day to come is needed on that day."""
    mei, omar = desk
    ada = accounts.user(name="Ada", role=Role.ADMIN)
    with at(TODAY):
        handovers.hand_over(mei, omar, from_on=FIRST)
        with pytest.raises(StillHolds, match="to be taken over"), transaction():
            logins.deactivate_user(db.session.merge(omar), by=db.session.merge(ada))


def test_another_coordinator_is_chosen_on_the_event(at: At, desk: tuple[User, User]) -> None:
    """P1: a form saved as it stands keeps the coordinator of the day; somebody chosen by name stays."""
    mei, omar = desk
    tom = accounts.user(name="Tom")
    with at(TODAY):
        handovers.hand_over(mei, omar, from_on=FIRST)

    def edited(coordinator_id: int | None) -> str:
        with at(THE_DAY), transaction():
            event = db.session.scalars(sa.select(Event)).one()
            names = [name for name in EventDetails.model_fields if name != "coordinator_id"]
            details = EventDetails(
                **{name: getattr(event, name) for name in names}, coordinator_id=coordinator_id
            )
            event_operations.edit_event(event, details, by=db.session.merge(omar))
        return names_on(THE_DAY)["event"]

    assert [edited(None), edited(omar.id), edited(tom.id), edited(mei.id)] == ["Omar", "Omar", "Tom", "Mei"]


def test_pages_name_who_runs_and_answers(signed_in: Sign, at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    with at(TODAY):
        handovers.hand_over(mei, omar, from_on=FIRST)
        browser = signed_in(accounts.user(name="Vera"))
        amal = db.session.scalars(sa.select(Person.id).where(Person.name == "Amal")).one()
        paths = (
            "/events/1",
            "/outreach/plans/1",
            f"/outreach/person/{amal}",
            "/periods/disputes/",
            "/periods/disputes/1",
        )
        for path in paths:
            assert "from 10 Oct 2026" in browser.get(path).text, path
        plan = signed_in(fresh(mei)).get(f"/handovers/plan?to_user={omar.id}").text
        for words in (
            "Call about the show",
            "Events to run",
            "Disputes to answer",
            "I shared the car with Hana.",
        ):
            assert words in plan
    with at(THE_DAY):
        for path in paths:
            assert "from 10 Oct 2026" not in signed_in(accounts.user(name="Vera")).get(path).text, path


def test_the_workload_counts_what_is_planned(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    with at(TODAY):
        before = {load.name: load.n_planned for load in queries_workload.list_loads(TODAY)}
        handovers.hand_over(mei, omar)
        after = {load.name: load.n_planned for load in queries_workload.list_loads(TODAY)}
    assert [(one["Mei"], one["Omar"]) for one in (before, after)] == [(1, 0), (0, 1)]
