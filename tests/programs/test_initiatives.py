"""Initiatives and what they lend, launches, briefs: operations, refusals, pages."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core.db import db, transaction
from app.people.models import Person
from app.programs import operations_briefs, operations_initiatives, queries_initiatives
from app.programs.details_initiatives import (
    BriefDetails,
    BriefVersionDetails,
    ClosingDetails,
    InitiativeDetails,
    LaunchDetails,
    LoanDetails,
)
from app.programs.models import Program
from app.programs.models_initiatives import Brief, Initiative, Launch, LentResource
from app.programs.policies import BooksOnly, NameTaken, NotAdmitted
from app.programs.policies_initiatives import AlreadyOver, SameWords, WrongDates, lead_of
from tests.conftest import fresh
from tests.factories import accounts, people, programs

SignIn = Callable[..., FlaskClient]

INITIATIVE = {
    "name": "Field films", "framework": "A crew for two days; what is filmed is theirs.", "country": "NG",
    "starts_on": date(2026, 9, 1),
}  # fmt: skip


def _initiative(program: Program | None = None, **changes: object) -> Initiative:
    with transaction():
        of = db.session.merge(program or programs.program())
        return operations_initiatives.start_initiative(
            of, InitiativeDetails.model_validate(INITIATIVE | changes), by=accounts.user()
        )


def _lent(initiative: Initiative, to: Person, until: date = date(2026, 9, 4)) -> LentResource:
    details = LoanDetails(person_id=to.id, what="Film crew", from_on=date(2026, 9, 3), until_on=until)
    with transaction():
        return operations_initiatives.lend(db.session.merge(initiative), details, by=accounts.user())


@pytest.mark.parametrize(
    ("first", "days", "reaches_goal", "is_late"),
    [
        (date(2026, 3, 1), 90, True, False),
        (date(2026, 3, 2), 89, False, False),
        (date(2026, 3, 31), 60, False, False),
        (date(2026, 4, 1), 59, False, True),
        (date(2026, 6, 2), -3, False, True),
        (None, None, False, True),
    ],
)
def test_lead_is_counted_in_days_before_the_launch(
    first: date | None, days: int | None, reaches_goal: bool, is_late: bool
) -> None:
    """G7: goal at least 90 days, under 60 days flagged, never contacted flagged too."""
    lead = lead_of(first, date(2026, 5, 30))
    assert (lead.n_days, lead.reaches_goal, lead.is_late) == (days, reaches_goal, is_late)


def test_initiative_belongs_to_a_goal_of_its_own_program(app: object) -> None:
    one, other = programs.program("One"), programs.program("Other")
    goal = programs.goal(one)
    assert _initiative(one, goal_id=goal.id).goal_id == goal.id
    with pytest.raises(NotAdmitted, match="another program"):
        _initiative(other, goal_id=goal.id)


def test_books_hold_no_initiative_launch_or_brief(app: object) -> None:
    books = programs.program("Books", is_books_only=True)
    by = accounts.user()
    with pytest.raises(BooksOnly):
        _initiative(books)
    with pytest.raises(BooksOnly), transaction():
        operations_initiatives.set_launch(
            db.session.merge(books), LaunchDetails(name="X", on=date(2027, 1, 1)), by=by
        )
    with pytest.raises(BooksOnly), transaction():
        operations_briefs.write_brief(
            db.session.merge(books), BriefDetails(title="5G", message="It works."), by=by
        )


def test_initiative_closes_once_everything_lent_is_back(app: object, at: Callable[..., object]) -> None:
    initiative, amal, by = _initiative(), people.person("Amal"), accounts.user()
    with at(datetime(2026, 9, 10, 9, tzinfo=UTC)):
        lent = _lent(initiative, amal)
        details = ClosingDetails(closed_on=date(2026, 9, 9))
        with pytest.raises(AlreadyOver, match=r"Still lent: Film crew \(Amal\)"), transaction():
            operations_initiatives.close_initiative(db.session.merge(initiative), details, by=by)
        for wrong, words in ((date(2026, 9, 2), "before it was lent"), (date(2026, 9, 11), "up to today")):
            with pytest.raises(WrongDates, match=words), transaction():
                operations_initiatives.take_back(db.session.merge(lent), wrong, by=by)
        with transaction():
            operations_initiatives.take_back(db.session.merge(lent), date(2026, 9, 4), by=by)
        with pytest.raises(AlreadyOver, match="back already"), transaction():
            operations_initiatives.take_back(db.session.merge(lent), date(2026, 9, 4), by=by)
        with transaction():
            operations_initiatives.close_initiative(db.session.merge(initiative), details, by=by)
        with pytest.raises(AlreadyOver, match="closed already"), transaction():
            operations_initiatives.close_initiative(db.session.merge(initiative), details, by=by)
        with pytest.raises(AlreadyOver, match="lends nothing"):
            _lent(initiative, amal)
    assert fresh(initiative).closed_on == date(2026, 9, 9)


def test_brief_versions_count_up_and_stay(app: object) -> None:
    """G4: a new text is a new version, the old one is untouched; saying the same again is refused."""
    program, by = programs.program(), accounts.user()
    with transaction():
        brief = operations_briefs.write_brief(
            db.session.merge(program), BriefDetails(title="Private 5G", message="First words."), by=by
        )
    with pytest.raises(NameTaken, match="next version"), transaction():
        operations_briefs.write_brief(
            db.session.merge(program), BriefDetails(title="private 5g", message="x"), by=by
        )
    with transaction():
        again = BriefVersionDetails(message="Second words.", what_changed="Prices are out")
        operations_briefs.write_brief_version(db.session.merge(brief), again, by=by, seen_number=1)
    with pytest.raises(SameWords, match="says exactly this"), transaction():
        operations_briefs.write_brief_version(db.session.merge(brief), again, by=by)
    with pytest.raises(SameWords, match="written version 2 in the meantime"), transaction():
        late = BriefVersionDetails(message="Other words.", what_changed="Names")
        operations_briefs.write_brief_version(db.session.merge(brief), late, by=by, seen_number=1)
    found = queries_initiatives.get_brief(brief.id)
    assert [(one.number, one.message) for one in found.versions] == [
        (2, "Second words."),
        (1, "First words."),
    ]


def test_initiative_is_started_lent_and_closed_by_hand(signed_in: SignIn, at: Callable[..., object]) -> None:
    program = programs.program()
    enrolled = programs.enrolment(program, people.admissible())
    browser = signed_in(Role.RELATIONS)
    with at(datetime(2026, 9, 10, 9, tzinfo=UTC)):
        typed = INITIATIVE | {
            "starts_on": "2026-09-01",
            "joint_piece": "A film",
            "joint_url": "https://films.example/1",
        }
        assert browser.post(f"/programs/{program.id}/initiatives/new", data=typed).status_code == 303
        made = db.session.scalars(sa.select(Initiative)).one()
        page = browser.get(f"/programs/initiatives/{made.id}").text
        assert ("A crew for two days" in page, "Nigeria" in page, "https://films.example/1" in page) == (
            True,
            True,
            True,
        )
        loan = {
            "person_id": str(enrolled.person_id), "what": "Film crew", "from_on": "2026-09-03", "until_on": "2026-09-04",
        }  # fmt: skip
        assert browser.post(f"/programs/initiatives/{made.id}/lend", data=loan).status_code == 303
        refused = browser.post(f"/programs/initiatives/{made.id}/close", data={"closed_on": "2026-09-09"})
        assert (refused.status_code, "Still lent" in refused.text) == (422, True)
        lent = db.session.scalars(sa.select(LentResource)).one()
        assert "Overdue" in browser.get(f"/programs/initiatives/{made.id}").text
        assert (
            browser.post(f"/programs/lent/{lent.id}/return", data={"returned_on": "2026-09-05"}).status_code
            == 303
        )
        closing = {"closed_on": "2026-09-09", "closing_words": "Two films."}
        assert browser.post(f"/programs/initiatives/{made.id}/close", data=closing).status_code == 303
        assert "Two films." in browser.get(f"/programs/initiatives/{made.id}").text
    actions = list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))
    assert actions[-4:] == [
        "programs.initiative_started", "programs.resource_lent", "programs.resource_returned", "programs.initiative_closed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"starts_on": "2026-02-30"}, "Not a valid date value"),
        ({"country": "XX"}, "Not a valid choice"),
        ({"joint_url": "javascript:alert(1)"}, "beginning with https://"),
        ({"name": ""}, "This is needed."),
        ({"goal_id": "999999"}, "Not a valid choice"),
    ],
)
def test_bad_input_is_answered_at_the_field(signed_in: SignIn, changed: dict[str, str], words: str) -> None:
    program = programs.program()
    typed = INITIATIVE | {"starts_on": "2026-09-01"} | changed
    answer = signed_in(Role.RELATIONS).post(f"/programs/{program.id}/initiatives/new", data=typed)
    assert (answer.status_code, words in answer.text, "A crew for two days" in answer.text) == (
        422,
        True,
        True,
    )
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Initiative)) == 0


def test_two_people_write_a_brief_at_once(signed_in: SignIn) -> None:
    """The second sees that a version came in between and keeps what was typed."""
    program = programs.program()
    browser = signed_in(Role.RELATIONS)
    first = {"title": "Private 5G", "message": "First words."}
    assert browser.post(f"/programs/{program.id}/briefs/new", data=first).status_code == 303
    brief = db.session.scalars(sa.select(Brief)).one()
    path = f"/programs/briefs/{brief.id}/versions/new"
    mine = {"message": "Mine.", "what_changed": "x", "seen": "1"}
    theirs = {"message": "Theirs.", "what_changed": "y", "seen": "1"}
    assert browser.post(path, data=mine).status_code == 303
    late = browser.post(path, data=theirs)
    assert (late.status_code, "in the meantime" in late.text, "Theirs." in late.text) == (422, True, True)


def test_launch_is_set_and_moved(signed_in: SignIn) -> None:
    program = programs.program()
    browser = signed_in(Role.RELATIONS)
    set_ = browser.post(f"/programs/{program.id}/launches/new", data={"name": "Radio 9", "on": "2027-02-01"})
    launch = db.session.scalars(sa.select(Launch)).one()
    moved = browser.post(f"/programs/launches/{launch.id}/edit", data={"name": "Radio 9", "on": "2027-03-01"})
    assert (set_.status_code, moved.status_code, fresh(launch).on) == (303, 303, date(2027, 3, 1))


def test_lists_take_the_same_queries_for_one_and_for_thirty(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    program = programs.program()
    browser = signed_in(Role.RELATIONS)
    _initiative(program)
    browser.get(f"/programs/{program.id}/initiatives")
    count_queries()
    browser.get(f"/programs/{program.id}/initiatives")
    few = count_queries()
    for n in range(29):
        _initiative(program, name=f"Films {n}")
    count_queries()
    browser.get(f"/programs/{program.id}/initiatives")
    assert count_queries() == few
