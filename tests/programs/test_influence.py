"""Influence and popularity of a cohort and of a program: side by side, by name, nobody ranked by reach."""

import pytest

from app.accounts.models import Role
from app.programs import queries, queries_influence
from tests.factories import people, programs
from tests.programs.test_cohorts import opt_out, put
from tests.programs.test_views import SignIn

pytestmark = pytest.mark.usefixtures("app")


def test_pages_show_everybody_by_name_and_say_unknown(signed_in: SignIn) -> None:
    program = programs.program()
    cohort = programs.cohort(program)
    zoe, amal = people.admissible("Zoe"), people.admissible("Amal")
    people.channel(zoe, handle="@z", audience_size=41_200)
    for one in (zoe, amal):
        put(cohort, one)
        programs.enrolment(program, one)
    browser = signed_in(Role.RELATIONS)
    for address in (f"/programs/cohorts/{cohort.id}/influence", f"/programs/{program.id}/influence"):
        text = browser.get(address).text
        assert "Evidence counts today for 2 of 2; an audience is stated for 1" in text
        table = text[text.index("Everybody shown") :]
        assert "41,200 on YouTube" in table
        assert table.index("Amal") < table.index("Zoe")
        assert ">unknown<" in table


def test_who_asked_not_to_be_contacted_is_no_part_of_a_cohort() -> None:
    """P4: opt-out comes last, here too."""
    cohort = programs.cohort(programs.program())
    amal, jack = people.person("Amal"), people.person("Jack")
    for one in (amal, jack):
        put(cohort, one)
    opt_out(jack)
    found = queries_influence.list_of_cohort(queries.get_cohort(cohort.id), None)
    assert [one.name for one in found] == ["Amal"]


def test_empty_pages_say_what_to_do_next(signed_in: SignIn) -> None:
    cohort = programs.cohort(programs.program())
    browser = signed_in(Role.RELATIONS)
    assert "Nobody is in the cohort yet" in browser.get(f"/programs/cohorts/{cohort.id}/influence").text
    assert "Nobody is in the program yet" in browser.get(f"/programs/{cohort.program_id}/influence").text
    assert browser.get("/programs/cohorts/99/influence").status_code == 404
