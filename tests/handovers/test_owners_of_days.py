"""Who is named as the owner on pages and in forms, on every day around a hand-over that is dated ahead (P1)."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts import queries_successions
from app.accounts.models import Role, User
from app.advisory import operations as advice
from app.advisory.models import Need
from app.core.db import db, transaction
from app.notices import queries as notices
from app.programs import operations, operations_initiatives, queries_owners
from app.programs.details import GoalDetails
from app.programs.details_initiatives import InitiativeDetails
from app.programs.models import Goal, Program
from app.programs.models_initiatives import Initiative
from tests.conftest import fresh
from tests.factories import accounts, advisory, handovers, programs
from tests.journeys.walking import Walker, form_on, values_in

pytestmark = pytest.mark.usefixtures("app")
At = Callable[[datetime], AbstractContextManager[None]]
Sign = Callable[..., FlaskClient]

TODAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
EVE = datetime(2026, 11, 30, 12, tzinfo=UTC)
THE_DAY = datetime(2026, 12, 1, 12, tzinfo=UTC)
FIRST = date(2026, 12, 1)


def films(**changes: object) -> InitiativeDetails:
    """The initiative of these tests."""
    plain = {"name": "Films", "framework": "Theirs.", "country": "NG", "starts_on": TODAY.date()}
    return InitiativeDetails(**(plain | changes))


@pytest.fixture
def planned(at: At) -> tuple[User, User]:
    """Mei owns a program, a goal, an initiative and a need, and hands over to Omar from 1 December."""
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    with transaction():
        db.session.merge(mei).zone = "Asia/Tokyo"
    with at(TODAY):
        program = programs.program("Voices", by=mei)
        programs.goal(program, by=mei)
        with transaction():
            operations_initiatives.start_initiative(
                db.session.merge(program), films(), by=db.session.merge(mei)
            )
        advisory.need(program, by=mei)
        handovers.hand_over(mei, omar, from_on=FIRST)
    return mei, omar


def seen(page: str) -> str:
    """The words of a page's own part, as they are read."""
    main = page[page.index("<main") : page.index("</main>")]
    main = re.sub(r"<select.*?</select>", " ", main, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


@pytest.mark.parametrize(
    "path",
    [
        "/programs/", "/programs/1", "/programs/goals/1", "/programs/1/initiatives", "/programs/initiatives/1",
        "/advisory/", "/advisory/needs/1",
    ],
)  # fmt: skip
def test_pages_name_the_owner_of_the_day(
    signed_in: Sign, at: At, planned: tuple[User, User], path: str
) -> None:
    """P1: until the day it is the old owner with the new one beside it, from that day the new one alone."""
    with at(EVE):
        before = seen(signed_in(accounts.user(name="Vera")).get(path).text)
    with at(THE_DAY):
        after = seen(signed_in(accounts.user(name="Vera")).get(path).text)
    assert "Mei from 1 Dec 2026 Omar" in before
    assert "Omar" in after
    assert "from 1 Dec 2026" not in after
    if "needs" not in path:  # who filed a need stays named as its author
        assert "Mei" not in after


@pytest.mark.parametrize(
    "path", ["/programs/1/edit", "/programs/goals/1/edit", "/programs/initiatives/1/edit"]
)
def test_forms_offer_the_owner_of_the_day(
    signed_in: Sign, at: At, planned: tuple[User, User], path: str
) -> None:
    """P1: a form that is only saved again, before the day or after it, changes no owner and calls nothing off."""
    mei, omar = planned
    for moment, owner in ((EVE, mei), (THE_DAY, omar)):
        with at(moment):
            walker = Walker(signed_in(Role.RELATIONS))
            form = form_on(walker.open(path), {"owner_id"}, path)
            assert values_in(form)["owner_id"] == str(owner.id)
            assert walker.browser.post(path, data=values_in(form)).status_code == 303
            assert all(holder.id == owner.id for holder in holders(moment))
    assert all(holder.following is None for holder in holders(THE_DAY))
    assert [holder.following.name for holder in holders(EVE) if holder.following] == ["Omar"] * 3


def holders(moment: datetime) -> list[queries_successions.Holder]:
    rows = [db.session.scalars(sa.select(kind)).one() for kind in (Program, Goal, Initiative)]
    return [queries_owners.holder_of(row, moment) for row in rows]


def test_another_owner_chosen_by_editing_stays_the_owner(at: At, planned: tuple[User, User]) -> None:
    """P1: what somebody else was given by name does not go to the successor of who held it before."""
    tom = accounts.user(name="Tom")
    with at(EVE), transaction():
        initiative = db.session.scalars(sa.select(Initiative)).one()
        operations_initiatives.edit_initiative(initiative, films(owner_id=tom.id), by=db.session.merge(tom))
    names = [[holder.user.name for holder in holders(moment) if holder.user] for moment in (EVE, THE_DAY)]
    assert names == [["Mei", "Mei", "Tom"], ["Omar", "Omar", "Tom"]]


def test_after_the_day_it_can_be_given_back_to_who_had_it(at: At, planned: tuple[User, User]) -> None:
    """P1: the name written first on the goal is no obstacle once somebody else answers for it."""
    mei, omar = planned
    with at(THE_DAY), transaction():
        goal = db.session.scalars(sa.select(Goal)).one()
        plain = {name: getattr(goal, name) for name in GoalDetails.model_fields}
        operations.edit_goal(goal, GoalDetails(**(plain | {"owner_id": mei.id})), by=db.session.merge(omar))
    assert [holder.user.name for holder in holders(THE_DAY) if holder.user] == ["Omar", "Mei", "Omar"]


def test_the_answer_about_a_need_goes_to_who_answers_for_it(at: At, planned: tuple[User, User]) -> None:
    """P1: from the day of the hand-over the successor is told, not who filed it."""
    mei, omar = planned
    helga = advisory.helga()
    with at(THE_DAY):
        with transaction():
            advice.approve_need(db.session.scalars(sa.select(Need)).one(), by=db.session.merge(helga))
        told = [
            any("is approved" in row.message for row in notices.list_open_to(fresh(one)))
            for one in (mei, omar)
        ]
    assert told == [False, True]


def test_lists_of_owners_need_the_same_queries_whatever_the_rows(
    signed_in: Sign, count_queries: Callable[[], int], at: At, planned: tuple[User, User]
) -> None:
    mei, _omar = planned
    numbers = []
    with at(EVE):
        browser = signed_in(Role.RELATIONS)
        for n_rows in (1, 30):
            with transaction():
                program = db.session.scalars(sa.select(Program)).first()
                assert program is not None
                for number in range(n_rows):
                    operations_initiatives.start_initiative(
                        program, films(name=f"Films {n_rows}-{number}"), by=db.session.merge(mei)
                    )
            for number in range(n_rows):
                programs.goal(program, by=accounts.user(name=f"Owner {n_rows}-{number}"))
                advisory.need(
                    program, by=accounts.user(name=f"Owner {n_rows}-{number}"), title=f"{n_rows}-{number}"
                )
            counted = []
            for path in ("/programs/", "/programs/1", "/programs/1/initiatives", "/advisory/"):
                browser.get(path)
                count_queries()
                assert browser.get(path).status_code == 200
                counted.append(count_queries())
            numbers.append(counted)
    assert numbers[0] == numbers[1], numbers
