"""Reading programs: everybody weighed against a rule, candidates, counts."""

import pytest

from app.accounts.models import Role
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.people import operations as people_operations
from app.people.models import OrganisationKind
from app.programs import operations, queries, queries_cohorts
from app.programs.models import Cohort, Stage
from tests.factories import accounts, people, programs

pytestmark = pytest.mark.usefixtures("app")


def test_board_explains_who_is_in_who_could_be_and_who_is_out() -> None:
    """P5, J1.2."""
    mei = accounts.user(name="Mei")
    program = programs.program(by=mei)
    cohort = programs.cohort(program)
    amal = people.person("Amal")
    for name in ("Jack", "Wei"):
        people.person(name)
    with transaction():
        people_operations.add_pseudonymous("npi", ["1"], by=mei)
        operations.shortlist(db.session.get_one(Cohort, cohort.id), amal, by=mei)
    board = queries_cohorts.cohort_board(db.session.get_one(Cohort, cohort.id), mei)
    assert [row.name for row in board.members] == ["Amal"]
    assert [one.name for one in board.candidates] == ["Jack"]
    assert [(one.name, one.broken[0].actual) for one in board.refused] == [("Wei", ("CN",))]
    narrowed = queries_cohorts.cohort_board(db.session.get_one(Cohort, cohort.id), mei, "WEI")
    assert ([one.name for one in narrowed.candidates], [one.name for one in narrowed.refused]) == (
        [],
        ["Wei"],
    )


def test_candidates_are_the_shortlisted_who_are_not_in() -> None:
    mei = accounts.user(name="Mei")
    program = programs.program(by=mei)
    cohort = programs.cohort(program)
    amal, jack = people.admissible("Amal"), people.person("Jack")
    with transaction():
        for one in (amal, jack):
            operations.shortlist(db.session.get_one(Cohort, cohort.id), one, by=mei)
    programs.enrolment(program, amal, by=mei)
    rows = queries_cohorts.list_candidates(program, mei)
    assert [(row.name, [test.label for test in row.missing]) for row in rows] == [
        ("Jack", ["Two dated pieces of evidence"])
    ]


def test_program_is_found_by_name_whatever_its_case() -> None:
    program = programs.program("Global KOL")
    assert (queries.find_program(" global kol "), queries.find_program("nothing")) == (program, None)
    assert queries.get_program(program.id) == program
    for get in (queries.get_program, queries.load_program, queries.get_goal, queries.get_cohort):
        with pytest.raises(NotFound):
            get(999)


def test_partner_counts_only_people_of_the_agency() -> None:
    """R3."""
    agency = people.organisation("Voz", kind=OrganisationKind.AGENCY)
    program = programs.program()
    represented = (("Amal", None), ("Jack", agency.id))
    made = [programs.enrolment(program, people.admissible(name, agency_id=id)) for name, id in represented]
    partner = accounts.user(role=Role.PARTNER, organisation_id=agency.id)
    assert queries.count_stages(program, partner)[Stage.IDENTIFIED] == 1
    assert [one.person.name for one in queries.list_enrolments(program, partner)] == ["Jack"]
    with pytest.raises(NotFound):
        queries.get_enrolment(made[0].id, partner)
    assert queries.get_enrolment(made[1].id, partner).person.name == "Jack"


def test_programs_are_listed_with_their_counts() -> None:
    program = programs.program("Global KOL")
    programs.program("Another")
    programs.cohort(program)
    programs.enrolment(program)
    rows = queries.list_programs()
    counts = [(row.name, row.n_goals, row.n_cohorts, row.n_enrolled) for row in rows]
    assert counts == [("Another", 0, 0, 0), ("Global KOL", 1, 1, 1)]
