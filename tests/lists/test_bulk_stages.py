"""The stage of many people at once: entry tests read for each, refusals with their reason, and the way back."""

from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core.db import db, transaction
from app.core.errors import NotAllowed, NotFound
from app.lists import operations_bulk, queries
from app.lists.models import BulkChange, BulkRun
from app.people import operations as people_operations
from app.people.details import WishDetails
from app.people.listing import LISTING
from app.people.models import Person
from app.programs import operations
from app.programs.models import Enrolment, Goal, Program, Stage, StageChange
from tests.factories import accounts, people, programs

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def mei() -> User:
    return accounts.user(name="Mei")


@pytest.fixture
def program(mei: User) -> Program:
    return programs.program("Voices", by=mei)


@pytest.fixture
def goal(program: Program, mei: User) -> Goal:
    return programs.goal(program, by=mei)


def at_stage(program: Program, goal: Goal, name: str, *stages: Stage, email: str | None = None) -> Person:
    """Somebody admitted and moved through these stages."""
    who = people.admissible(name, email=email or f"{name.lower()}@voices.example")
    enrolled = programs.enrolment(program, who, for_goal=goal)
    for stage in stages:
        with transaction():
            operations.move_stage(db.session.get_one(Enrolment, enrolled.id), stage, by=None, reason="Test")
    return who


def act(by: User, who: Sequence[Person], program: Program, stage: Stage, reason: str = "") -> BulkRun:
    values = {"program_id": str(program.id), "stage": stage.value, "reason": reason}
    with transaction():
        ids = [one.id for one in who]
        return operations_bulk.act_on_many(
            LISTING, LISTING.actions["stage"], values, ids, by=db.session.merge(by)
        )


def undo(run: BulkRun, by: User) -> None:
    with transaction():
        operations_bulk.undo_bulk(db.session.get_one(BulkRun, run.id), by=db.session.merge(by))


def outcomes(run: BulkRun) -> dict[int, tuple[str, str]]:
    db.session.rollback()
    rows = queries.receipt_of(db.session.get_one(BulkRun, run.id)).rows
    return {row.subject_id: (row.state.value, row.reason) for row in rows}


def stages(*who: Person) -> list[str]:
    db.session.rollback()
    found = {row.person_id: row.stage.value for row in db.session.scalars(sa.select(Enrolment))}
    return [found.get(one.id, "") for one in who]


def test_each_is_moved_by_the_entry_tests_of_the_stage(mei: User, program: Program, goal: Goal) -> None:
    """G1, P4: read from each record when it is done; who lacks something stays, with the reason and without the name."""
    amal, jack, ines, kerem = (
        at_stage(program, goal, name, Stage.VETTED) for name in ("Amal", "Jack", "Ines", "Kerem")
    )
    with transaction():
        people_operations.set_wishes(
            db.session.merge(jack), WishDetails(is_opted_out=True, reason="Said so"), by=None
        )
        db.session.merge(ines).email = ""
    new = at_stage(program, goal, "Nneka")
    stranger = people.admissible("Wei")
    invited = at_stage(program, goal, "Sofia", Stage.VETTED, Stage.INVITED)
    everybody = [amal, jack, ines, kerem, new, stranger, invited]
    run = act(mei, everybody, program, Stage.INVITED)
    found = outcomes(run)
    assert stages(*everybody) == ["invited", "vetted", "vetted", "invited", "identified", "", "invited"]
    assert [found[one.id][0] for one in everybody] == [
        "changed", "skipped", "skipped", "changed", "skipped", "skipped", "same",
    ]  # fmt: skip
    assert found[jack.id][1] == "They asked not to be contacted."
    assert found[ines.id][1].startswith("Add a mail address")
    assert found[new.id][1].startswith("From identified the next stage is one of")
    assert found[stranger.id][1] == "… is not in this program. Admit them for a goal first."


def test_it_is_taken_back_except_where_somebody_moved_on(mei: User, program: Program, goal: Goal) -> None:
    """The earlier stage comes back even where no step leads there; both steps stay in the history."""
    amal, jack = (at_stage(program, goal, name, Stage.VETTED) for name in ("Amal", "Jack"))
    run = act(mei, [amal, jack], program, Stage.DECLINED, "The topic was dropped")
    assert stages(amal, jack) == ["declined", "declined"]
    with transaction():
        enrolled = db.session.scalars(sa.select(Enrolment).where(Enrolment.person_id == jack.id)).one()
        operations.move_stage(enrolled, Stage.INVITED, by=None)
    undo(run, mei)
    assert stages(amal, jack) == ["vetted", "invited"]
    found = outcomes(run)
    assert [found[one.id][0] for one in (amal, jack)] == ["undone", "kept"]
    steps = sa.select(StageChange.stage, StageChange.reason).join(
        Enrolment, Enrolment.id == StageChange.enrolment_id
    )
    told = db.session.execute(steps.where(Enrolment.person_id == amal.id).order_by(StageChange.id)).all()
    assert [tuple(row) for row in told][-2:] == [
        (Stage.DECLINED, "The topic was dropped"), (Stage.VETTED, "Undone"),
    ]  # fmt: skip


def test_an_opt_out_since_then_stands_against_the_way_back(mei: User, program: Program, goal: Goal) -> None:
    """P4: nobody is brought back to where people are contacted who asked not to be."""
    amal = at_stage(program, goal, "Amal", Stage.VETTED, Stage.INVITED, Stage.ACTIVE)
    run = act(mei, [amal], program, Stage.DORMANT, "Quiet for a year")
    with transaction():
        people_operations.set_wishes(
            db.session.merge(amal), WishDetails(is_opted_out=True, reason="Said so"), by=None
        )
    undo(run, mei)
    assert (stages(amal), outcomes(run)[amal.id]) == (
        ["dormant"],
        ("kept", "They asked not to be contacted."),
    )


@pytest.mark.parametrize("stage", [Stage.DORMANT, Stage.ALUMNI, Stage.DECLINED])
def test_leaving_needs_a_reason(mei: User, program: Program, goal: Goal, stage: Stage) -> None:
    amal = at_stage(program, goal, "Amal", Stage.VETTED, Stage.INVITED, Stage.ACTIVE)
    run = act(mei, [amal], program, stage)
    assert outcomes(run)[amal.id] == ("skipped", f"Say why they become {stage.value}.")
    assert stages(amal) == ["active"]


def test_from_the_list_to_the_receipt(signed_in: SignIn, mei: User, program: Program, goal: Goal) -> None:
    amal, jack = (at_stage(program, goal, name, Stage.VETTED) for name in ("Amal", "Jack"))
    browser = signed_in(mei)
    assert 'name="action" value="stage"' in browser.get("/people/").text
    path = f"/lists/people/bulk/stage?ids={amal.id}&ids={jack.id}"
    assert "This is about 2 people" in browser.get(path).text
    sent = {"program_id": str(program.id), "stage": "invited", "reason": ""}
    assert browser.post(path, data=sent | {"n_seen": "3"}).status_code == 422
    done = browser.post(path, data=sent | {"n_seen": "2"})
    assert "Move to invited in Voices" in browser.get(done.location).text
    assert stages(amal, jack) == ["invited", "invited"]


@pytest.mark.parametrize(
    ("field", "value"), [("program_id", ""), ("program_id", "999"), ("program_id", "x"), ("stage", ""), ("stage", "gone")]
)  # fmt: skip
def test_bad_input_is_refused(
    signed_in: SignIn, mei: User, program: Program, goal: Goal, field: str, value: str
) -> None:
    amal = at_stage(program, goal, "Amal", Stage.VETTED)
    sent = {"program_id": str(program.id), "stage": "invited", "reason": "Kept words", "n_seen": "1"} | {
        field: value
    }
    answer = signed_in(mei).post(f"/lists/people/bulk/stage?ids={amal.id}", data=sent)
    assert (answer.status_code, "Kept words" in answer.text, stages(amal)) == (422, True, ["vetted"])
    assert db.session.scalars(sa.select(BulkChange)).all() == []


def test_a_program_that_is_gone_and_a_role_that_may_not(mei: User, program: Program, goal: Goal) -> None:
    amal = at_stage(program, goal, "Amal")
    with pytest.raises(NotAllowed):
        act(accounts.user(role=Role.AUDITOR), [amal], program, Stage.VETTED)
    program.id = 999
    with pytest.raises(NotFound):
        act(mei, [amal], program, Stage.VETTED)
