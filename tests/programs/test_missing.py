"""Who is missing: markets from goals' words, wishes, gaps in words, candidates with reasons and never by reach."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from pydantic import ValidationError

from app.accounts.models import Role
from app.core.db import db, transaction
from app.people import operations as people_operations
from app.people.details import WishDetails as WishesOfPerson
from app.people.models import Person
from app.programs import operations, queries_missing
from app.programs.details_cohorts import WishDetails
from app.programs.models import Cohort, Program
from app.programs.models_cohorts import AudienceWish, WishAbout
from tests.factories import accounts, people, programs
from tests.programs.test_views import SignIn

pytestmark = pytest.mark.usefixtures("app")


def want(program: Program, about: WishAbout, *values: str, n: int = 1, label: str = "") -> AudienceWish:
    with transaction():
        details = WishDetails(about=about, values=values, n_wanted=n, label=label)
        return operations.want_audience(db.session.merge(program), details, by=accounts.user())


def put(cohort: Cohort, *everybody: Person) -> None:
    with transaction():
        for one in everybody:
            operations.shortlist(db.session.merge(cohort), db.session.merge(one), by=accounts.user())


def missing(cohort: Cohort) -> queries_missing.Missing:
    return queries_missing.missing_from(db.session.merge(cohort), accounts.user())


def test_markets_of_goals_are_wanted_twice_unless_a_number_is_given() -> None:
    program = programs.program()
    programs.goal(program, market="Africa and South Asia, hospitals")
    want(program, WishAbout.MARKET, "034", n=3)
    wanted = queries_missing.wanted_of(db.session.merge(program))
    assert [(wish.name, wish.n_wanted, wish.goal_id is None) for wish in wanted.wishes] == [
        ("South Asia", 3, True), ("Africa", 2, False),
    ]  # fmt: skip
    assert wanted.unread == ["hospitals"]


def test_gaps_read_as_in_the_journey_and_those_met_are_not_said() -> None:
    """J1.3."""
    program = programs.program()
    programs.goal(program, market="South Asia")
    want(program, WishAbout.AUDIENCE, "PK")
    want(program, WishAbout.AUDIENCE, "002")
    want(program, WishAbout.LANGUAGE, "ko")
    want(program, WishAbout.ROLE, "Podcaster")
    want(program, WishAbout.CHANNEL, "youtube", "Vimeo", n=2, label="video channels")
    cohort = programs.cohort(program)
    priya = people.person("Priya", home_country="IN", languages=("en",), kind="Podcaster")
    people.channel(priya, platform="YouTube", handle="@priya", audience_countries=("IN", "NG"))
    put(cohort, priya)
    found = missing(cohort)
    assert found.words == "South Asia 1 (IN), PK audience 0, Korean-language 0, video channels 1"
    assert [gap.words for gap in found.gaps if not gap.is_short] == ["Africa audience 1", "Podcaster 1"]
    assert found.gaps[0].members[0][1] == "home country India"


def test_candidates_come_by_gaps_closed_then_by_name_never_by_reach() -> None:
    program = programs.program()
    programs.goal(program, market="Pakistan")
    want(program, WishAbout.LANGUAGE, "ur")
    cohort = programs.cohort(
        program, rule={"all": [{"field": "home_country", "op": "is_not", "values": ["CN"]}]}
    )
    big = people.person("Zara", home_country="PK", languages=("en",))
    people.channel(big, handle="@zara", language="en", audience_size=9_000_000)
    small = people.person("Bilal", home_country="PK", languages=("ur",))
    people.channel(small, handle="@bilal", language="ur", audience_size=12)
    other = people.person("Asma", home_country="PK", languages=("en",))
    people.person("Wei", languages=("ur",))  # the rule leaves them out
    gone = people.person("Gone", home_country="PK", languages=("ur",))
    with transaction():
        people_operations.set_wishes(
            db.session.get_one(Person, gone.id), WishesOfPerson(is_opted_out=True), by=accounts.user()
        )
    first = missing(cohort).gaps[0]
    assert [(one.id, list(one.also)) for one in first.candidates] == [
        (small.id, ["Urdu-language"]), (other.id, []), (big.id, []),
    ]  # fmt: skip


def test_nothing_wanted_is_an_empty_state_and_nobody_known_is_said(signed_in: SignIn) -> None:
    cohort = programs.cohort(programs.program())
    browser = signed_in(Role.RELATIONS)
    page = f"/programs/cohorts/{cohort.id}/missing"
    assert "Nothing to compare with yet" in browser.get(page).text
    want(db.session.get_one(Program, cohort.program_id), WishAbout.LANGUAGE, "ko")
    assert "Look for new people" in browser.get(page).text


def test_audience_is_written_and_ended_by_form(signed_in: SignIn) -> None:
    program = programs.program()
    browser = signed_in(Role.RELATIONS)
    path = f"/programs/{program.id}/audience"
    typed = {"about": "language", "values": "Korean, ar", "n_wanted": "2", "label": ""}
    assert browser.post(path, data=typed).status_code == 303
    wish = db.session.scalars(sa.select(AudienceWish)).one()
    assert (wish.values, wish.n_wanted) == (["ko", "ar"], 2)
    assert "Korean, Arabic-language" in browser.get(path).text
    assert browser.post(f"/programs/audience/{wish.id}/end").status_code == 303
    assert "Korean, Arabic-language" not in browser.get(path).text
    assert db.session.scalar(sa.select(sa.func.count(AudienceWish.id))) == 1
    assert browser.post("/programs/audience/77/end").status_code == 404
    assert signed_in(Role.AUDITOR).post(path, data=typed).status_code == 403


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"values": ""}, "This is needed."),
        ({"values": " , "}, "This is needed."),
        ({"about": "market", "values": "Atlantis"}, "is not a country code"),
        ({"about": "language", "values": "Klingonese"}, "is not a language tag"),
        ({"about": "fame"}, "Not a valid choice"),
        ({"n_wanted": "0"}, "from 1 to"),
        ({"n_wanted": "many"}, "Not a valid integer value"),
        ({"label": "x" * 321}, "At most 320"),
    ],
)
def test_audience_refuses_bad_input(signed_in: SignIn, changes: dict[str, str], message: str) -> None:
    program = programs.program()
    typed = {"about": "language", "values": "ko", "n_wanted": "2", "label": "kept as typed"} | changes
    answer = signed_in(Role.RELATIONS).post(f"/programs/{program.id}/audience", data=typed)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert "label" in changes or "kept as typed" in answer.text
    assert db.session.scalar(sa.select(sa.func.count(AudienceWish.id))) == 0


@pytest.mark.parametrize("values", [("ZZZ",), ("",), (), ("034", "Atlantis")])
def test_wish_details_hold_codes_only(values: tuple[Any, ...]) -> None:
    with pytest.raises(ValidationError):
        WishDetails(about=WishAbout.MARKET, values=values, n_wanted=1)


def test_pages_of_missing_take_the_same_queries_with_one_and_thirty(
    signed_in: SignIn, count_queries: Any
) -> None:
    program = programs.program()
    programs.goal(program, market="Africa")
    want(program, WishAbout.LANGUAGE, "fr", n=50)
    cohort = programs.cohort(program, capacity=100)
    browser: FlaskClient = signed_in(Role.RELATIONS)

    def measure() -> int:
        browser.get(f"/programs/cohorts/{cohort.id}/missing")
        count_queries()
        assert browser.get(f"/programs/cohorts/{cohort.id}/missing").status_code == 200
        return int(count_queries())

    put(cohort, people.person("First", home_country="KE", languages=("fr",)))
    people.person("Outside", home_country="KE", languages=("fr",))
    with_one = measure()
    put(cohort, *(people.person(f"Member {n}", home_country="KE", languages=("fr",)) for n in range(30)))
    for n in range(30):
        people.person(f"Waiting {n}", home_country="KE", languages=("fr",))
    assert measure() == with_one
