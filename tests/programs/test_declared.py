"""Declared facets as stored: voluntary, removed at once, counted over whole cohorts, audited without names (P7, R4)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import operations as account_operations
from app.accounts.details import ReportingDetails
from app.accounts.models import AuditDetail, AuditEvent, Role, User
from app.core import clock
from app.core.db import db, transaction
from app.people import operations as people_operations
from app.people.details import WishDetails as WishesOfPerson
from app.people.models import Person
from app.programs import operations, queries_cohorts, queries_declared
from app.programs.details_cohorts import DeclarationDetails, FacetDetails
from app.programs.models import Cohort, CohortMember
from app.programs.models_declared import Declaration, Facet, FacetRelease
from app.programs.policies_declared import CountWithheld, FacetTaken, NotOffered
from tests.factories import accounts, people, programs

pytestmark = pytest.mark.usefixtures("app")

At = Callable[[datetime], AbstractContextManager[None]]


@pytest.fixture
def mei() -> User:
    user = accounts.user(name="Mei")
    with transaction():
        account_operations.set_reporting(
            ReportingDetails(currency="GBP", n_group_minimum=5, n_review_days=45), by=db.session.merge(user)
        )
    return user


def facet(mei: User, name: str = "gender") -> Facet:
    details = FacetDetails(
        name=name, choices=("women", "men"), purpose="To hear from everybody", n_keep_days=100
    )
    with transaction():
        return operations.offer_facet(details, by=db.session.merge(mei))


def declare(about: Facet, who: Person, choice: str, by: User | None = None) -> None:
    with transaction():
        operations.declare(
            db.session.merge(about), db.session.merge(who),
            DeclarationDetails(choice=choice, statement="their page"), by=by,
        )  # fmt: skip


def cohort_of(
    about: Facet, women: int, men: int, silent: int, name: str = "List"
) -> tuple[Cohort, list[Person]]:
    found = db.session.scalars(sa.select(Cohort)).first()
    program = found.program if found else programs.program()
    cohort = programs.cohort(program, name=name, capacity=100)
    everybody = []
    for number, choice in enumerate(["women"] * women + ["men"] * men + [""] * silent):
        someone = people.person(f"{name} {number}", home_country="KE")
        everybody.append(someone)
        with transaction():
            operations.shortlist(db.session.merge(cohort), db.session.merge(someone), by=accounts.user())
        if choice:
            declare(about, someone, choice)
    return cohort, everybody


def count(about: Facet, cohort: Cohort, mei: User) -> FacetRelease:
    with transaction():
        return operations.count_facet(
            db.session.merge(about), db.session.merge(cohort), by=db.session.merge(mei)
        )


def words(cohort: Cohort) -> list[str]:
    members = frozenset(queries_cohorts.member_ids(cohort))
    return [row.words for row in queries_declared.list_facet_rows(cohort, members)]


def test_twelve_are_counted_and_the_count_is_remembered(mei: User) -> None:
    """J1.4."""
    gender = facet(mei)
    cohort, everybody = cohort_of(gender, 6, 5, 1)
    made = count(gender, cohort, mei)
    assert [tuple(cell) for cell in made.shown] == [("women", 6)]
    assert made.person_ids == sorted(one.id for one in everybody)
    assert words(cohort) == ["women 6, all others 6"]
    assert count(gender, cohort, mei).id == made.id  # nothing has changed: the same count again


def test_one_who_leaves_comes_or_opts_out_is_not_revealed(mei: User) -> None:
    """P7, over time."""
    gender = facet(mei)
    cohort, everybody = cohort_of(gender, 12, 12, 8)
    count(gender, cohort, mei)
    member = db.session.scalars(sa.select(CohortMember).filter_by(person_id=everybody[0].id)).one()
    with transaction():
        operations.release(db.session.merge(member), "Moved on", by=db.session.merge(mei))
    with pytest.raises(CountWithheld, match="fewer than 5 people"):
        count(gender, cohort, mei)
    with transaction():
        here = db.session.get_one(Person, everybody[0].id)
        operations.shortlist(db.session.merge(cohort), here, by=db.session.merge(mei))
        people_operations.set_wishes(
            db.session.get_one(Person, everybody[1].id),
            WishesOfPerson(is_opted_out=True),
            by=db.session.merge(mei),
        )
    with pytest.raises(CountWithheld, match="fewer than 5 people"):
        count(gender, cohort, mei)
    assert words(cohort) == ["women 12, men 12, all others 8"]


def test_withdrawn_and_changed_answers_are_gone_and_not_revealed(mei: User) -> None:
    """P7, c44: the row goes at once; the count of that day stays until enough has changed."""
    gender = facet(mei)
    cohort, everybody = cohort_of(gender, 12, 12, 8)
    first = count(gender, cohort, mei)
    with transaction():
        operations.withdraw(db.session.merge(everybody[0]), by=None)
    declare(gender, everybody[1], "men")
    kept = db.session.scalars(sa.select(Declaration).order_by(Declaration.id)).all()
    assert everybody[0].id not in [row.person_id for row in kept]
    assert count(gender, cohort, mei).id == first.id
    for one in everybody[2:11]:  # ten women say something else: still only two of them would be left
        declare(gender, one, "men")
    assert count(gender, cohort, mei).id == first.id


def test_enough_new_people_of_each_group_make_a_new_count(mei: User) -> None:
    gender = facet(mei)
    cohort, _ = cohort_of(gender, 6, 0, 6)
    first = count(gender, cohort, mei)
    _, more = cohort_of(gender, 6, 0, 5, name="More")
    with transaction():
        for one in more:
            operations.shortlist(db.session.merge(cohort), db.session.merge(one), by=db.session.merge(mei))
    second = count(gender, cohort, mei)
    assert (first.id != second.id, words(db.session.merge(cohort))) == (True, ["women 12, all others 11"])


def test_the_same_people_under_another_cohort_give_the_same_count(mei: User) -> None:
    gender = facet(mei)
    cohort, everybody = cohort_of(gender, 6, 5, 1)
    count(gender, cohort, mei)
    twin = programs.cohort(db.session.merge(cohort).program, name="Twin", capacity=20)
    with transaction():
        for one in everybody:
            operations.shortlist(db.session.merge(twin), db.session.merge(one), by=db.session.merge(mei))
    count(gender, twin, mei)
    assert words(db.session.merge(twin)) == ["women 6, all others 6"]


def test_a_higher_minimum_hides_counts_let_out_before(mei: User) -> None:
    """P7: the setting of today counts, never below five."""
    gender = facet(mei)
    cohort, _ = cohort_of(gender, 6, 5, 1)
    count(gender, cohort, mei)
    with transaction():
        account_operations.set_reporting(
            ReportingDetails(currency="GBP", n_group_minimum=10, n_review_days=45), by=db.session.merge(mei)
        )
    assert words(db.session.merge(cohort)) == ["all together 12"]


def test_answers_are_deleted_when_their_time_is_over(mei: User, at: At) -> None:
    """P7: counting deletes first what is due; the deletion counts as a change."""
    gender = facet(mei)
    cohort, _ = cohort_of(gender, 6, 5, 1)
    first = count(gender, cohort, mei)
    with at(clock.now() + timedelta(days=101)):
        assert count(gender, cohort, mei).id == first.id
        assert db.session.scalar(sa.select(sa.func.count(Declaration.id))) == 0
    with transaction():
        assert operations.delete_due(by=None) == 0


def test_audit_lines_name_no_person_and_no_answer(mei: User) -> None:
    """R4, P7, c44: that something was declared, withdrawn, counted; never by whom or what."""
    gender = facet(mei)
    cohort, everybody = cohort_of(gender, 6, 5, 1)
    count(gender, cohort, mei)
    with transaction():
        operations.withdraw(
            db.session.merge(everybody[0]), facet=db.session.merge(gender), by=db.session.merge(mei)
        )
        operations.withdraw(
            db.session.merge(everybody[11]), by=db.session.merge(mei)
        )  # had declared nothing: says the same
    wanted = (
        sa.select(AuditEvent).where(AuditEvent.action.like("programs.declaration%")).order_by(AuditEvent.id)
    )
    lines = db.session.scalars(wanted).all()
    assert {(line.subject_kind, line.subject_id, tuple(line.fields)) for line in lines} == {
        ("facet", str(gender.id), ()), ("cohort", str(cohort.id), ()),
    }  # fmt: skip
    assert [line.reason for line in lines if line.reason] == ["gender"]
    assert (
        db.session.scalar(
            sa.select(sa.func.count()).where(AuditDetail.event_id.in_([one.id for one in lines]))
        )
        == 0
    )


@pytest.mark.parametrize("choice", ["woman", "not declared", "WOMEN", "men, women"])
def test_only_offered_answers_are_kept(mei: User, choice: str) -> None:
    gender, amal = facet(mei), people.person("Amal")
    with pytest.raises(NotOffered):
        declare(gender, amal, choice)
    assert db.session.scalar(sa.select(sa.func.count(Declaration.id))) == 0


def test_a_facet_is_offered_once(mei: User) -> None:
    facet(mei)
    with pytest.raises(FacetTaken):
        facet(mei, "GENDER")


def test_two_counts_at_once_do_not_pass_each_other(app: Flask, mei: User) -> None:
    """P7 under concurrency: of two lists that differ by one person only one is let out."""
    gender = facet(mei)
    whole, everybody = cohort_of(gender, 6, 6, 0)
    fewer = programs.cohort(db.session.merge(whole).program, name="Fewer", capacity=20)
    with transaction():
        for one in everybody[:-1]:
            operations.shortlist(db.session.merge(fewer), db.session.merge(one), by=db.session.merge(mei))
    ids, facet_id, user_id = (whole.id, fewer.id), gender.id, mei.id
    db.session.remove()
    gate, said = Barrier(2), list[str]()

    def ask(cohort_id: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    operations.count_facet(
                        db.session.get_one(Facet, facet_id), db.session.get_one(Cohort, cohort_id),
                        by=db.session.get_one(User, user_id),
                    )  # fmt: skip
                said.append("let out")
            except CountWithheld:
                said.append("withheld")
            db.session.remove()

    threads = [Thread(target=ask, args=(id,)) for id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["let out", "withheld"]


# -- pages -----------------------------------------------------------------------------------------


def test_questions_are_written_by_administrators(signed_in: Callable[..., FlaskClient]) -> None:
    browser = signed_in(Role.ADMIN)
    typed = {
        "name": "gender",
        "choices": "women, men",
        "purpose": "To hear from everybody",
        "n_keep_days": "365",
    }
    assert "Nothing is asked" in browser.get("/programs/facets").text
    assert browser.post("/programs/facets/new", data=typed).status_code == 303
    assert "women, men" in browser.get("/programs/facets").text
    assert browser.post("/programs/facets/new", data=typed).status_code == 422


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", " ", "This is needed."),
        ("choices", "women", "at least 2"),
        ("choices", "women, Women", "Each answer stands once"),
        ("purpose", "", "This is needed."),
        ("n_keep_days", "0", "from 1 to"),
        ("n_keep_days", "9999", "from 1 to"),
    ],
)
def test_new_question_refuses_bad_input(
    signed_in: Callable[..., FlaskClient], field: str, value: str, message: str
) -> None:
    typed = {"name": "gender", "choices": "women, men", "purpose": "kept as typed", "n_keep_days": "365"}
    answer = signed_in(Role.ADMIN).post("/programs/facets/new", data=typed | {field: value})
    assert (answer.status_code, message in answer.text) == (422, True)
    assert field == "purpose" or "kept as typed" in answer.text
    assert db.session.scalar(sa.select(sa.func.count(Facet.id))) == 0


def test_declared_page_has_an_empty_state_and_asks_for_nothing(signed_in: Callable[..., FlaskClient]) -> None:
    cohort = programs.cohort(programs.program())
    browser = signed_in(Role.RELATIONS)
    assert "Nothing is asked" in browser.get(f"/programs/cohorts/{cohort.id}/declared").text
    assert browser.post(f"/programs/cohorts/{cohort.id}/declared/7").status_code == 404
    assert browser.get("/programs/cohorts/77/declared").status_code == 404
