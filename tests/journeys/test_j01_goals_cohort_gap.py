"""J1.2-J1.4: twelve places by rule, who is missing, what an older list declared, with the journey's exact numbers."""

import re
from collections.abc import Callable
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, User
from app.core.db import db, transaction
from app.demo import cast
from app.people import queries_listing
from app.people.models import Person
from app.programs import operations, queries, queries_cohorts, queries_missing
from app.programs.details_cohorts import DeclarationDetails, FacetDetails
from app.programs.models import Cohort, Program
from app.programs.models_declared import Declaration, FacetRelease
from tests.journeys.walking import Walker

SignAs = Callable[[str], FlaskClient]

#: Everybody the journey begins with; Bilal and Hana close the gap, two leave for them.
FIRST = (
    "amal",
    "kerem",
    "nneka",
    "jack",
    "ines",
    "lerato",
    "priya",
    "mateus",
    "sara",
    "carla",
    "marta",
    "chidi",
)


def person(key: str) -> Person:
    name = next(expert.name for expert in cast.EXPERTS if expert.key == key)
    return db.session.scalars(sa.select(Person).filter_by(name=name)).one()


def words_of(page: str) -> str:
    """What a reader reads of a page."""
    main = page.split("<main", 1)[1]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def cohort_by_form(mei: Walker) -> int:
    """J1.2: a fresh cohort with the rule of the journey, written in the editor; its number."""
    path = "/programs/1/cohorts/new"
    added = mei.browser.post(
        path, data={"name": "Rotterdam", "do": "add:0", "g0_match": "all", "g0_new": "home_country"}
    )
    assert added.status_code == 200
    mei.browser.post(
        path,
        data={
            "name": "Rotterdam", "capacity": 12, "g0_match": "all", "g0_0_field": "home_country",
            "g0_0_op": "is_not", "g0_0_values": "China",
        },
    )  # fmt: skip
    return db.session.scalars(sa.select(Cohort.id).filter_by(name="Rotterdam")).one()


def fill_first_twelve(mei: Walker, cohort_id: int) -> None:
    ids = [person(key).id for key in FIRST]
    answer = mei.browser.post(f"/programs/cohorts/{cohort_id}/shortlist", data={"ids": ids, "goal_id": 1})
    assert answer.status_code == 303


def member_of(cohort_id: int, key: str) -> int:
    cohort = db.session.get_one(Cohort, cohort_id)
    members = {row.person_id: row.id for row in queries_cohorts.list_members(cohort, None)}
    return members[person(key).id]


def test_nobody_of_twelve_one_refused_and_the_override_needs_a_reason(london_as: SignAs) -> None:
    """J1.2, P5."""
    mei = Walker(london_as("mei"))
    number = cohort_by_form(mei)
    name, place = person("wei").name, f"/programs/cohorts/{number}"
    page = words_of(mei.open(place))
    assert f"0 of 12; 1 refused ({name}, CN), override needs a reason" in page
    assert "home country is not China (here China)" in page
    refused = mei.browser.post(f"{place}/shortlist/{person('wei').id}", data={"override_reason": " "})
    assert refused.status_code == 422
    fill_first_twelve(mei, number)
    assert "12 of 12" in words_of(mei.open(place))
    one_more = mei.browser.post(f"{place}/shortlist/{person('bilal').id}", data={})
    assert (one_more.status_code, "The cohort is full: 12 of 12" in one_more.text) == (422, True)


def test_why_is_wei_out(london_as: SignAs) -> None:
    """P5: for somebody typed in, by any name they are found by."""
    mei = Walker(london_as("mei"))
    page = words_of(mei.open("/programs/cohorts/1/why?q=qingyue"))
    expected = ("Out: the rule leaves them out", "home country is not China", "here: China")
    assert [words in page for words in expected] == [True, True, True]
    page = words_of(mei.open("/programs/cohorts/1/why?q=yusra"))
    assert "In by exception: Stands by in case somebody cannot come." in page


def test_who_is_missing_and_who_closes_the_gap(london_as: SignAs) -> None:
    """J1.3: "South Asia 1 (IN), PK audience 0, Korean-language 0, video channels 1", then twelve again and none."""
    mei = Walker(london_as("mei"))
    number = cohort_by_form(mei)
    fill_first_twelve(mei, number)
    path = f"/programs/cohorts/{number}/missing"
    page = words_of(mei.open(path))
    assert "South Asia 1 (IN), PK audience 0, Korean-language 0, video channels 1" in page
    missing = queries_missing.missing_from(db.session.get_one(Cohort, number), None)
    proposed = {gap.words: [(one.person.id, one.why) for one in gap.candidates] for gap in missing.short}
    bilal, hana = person("bilal").id, person("hana").id
    assert proposed == {
        "South Asia 1 (IN)": [(bilal, "home country Pakistan")],
        "PK audience 0": [(bilal, "audience country Pakistan")],
        "Korean-language 0": [(hana, "language Korean; channel language Korean")],
        "video channels 1": [(bilal, "channel platform YouTube")],
    }
    assert [one.also for one in missing.short[0].candidates] == [["PK audience", "video channels"]]
    for leaving, coming in (("marta", "bilal"), ("chidi", "hana")):
        mei.fill(
            f"/programs/members/{member_of(number, leaving)}/release",
            reason="Makes room for a missing voice.",
        )
        mei.fill(f"/programs/cohorts/{number}/shortlist/{person(coming).id}", goal_id=1)
    page = words_of(mei.open(f"/programs/cohorts/{number}"))
    assert ("12 of 12" in page, page.count("Makes room for a missing voice.")) == (True, 4)
    assert "Nothing: every line of the wanted audience is met." in words_of(mei.open(path))
    after = queries_missing.missing_from(db.session.get_one(Cohort, number), None)
    assert after.gaps[1].words == "South Asia 2 (IN, PK)"


def test_goals_came_before_the_names(london_as: SignAs) -> None:
    """J1.5, G1: each person's link to the goal, and the line of the report."""
    mei = Walker(london_as("mei"))
    number = cohort_by_form(mei)
    fill_first_twelve(mei, number)
    page = mei.open("/programs/goals/1")
    assert all(person(key).name in unescape(page) for key in FIRST)
    assert queries.count_goals_after_names(db.session.get_one(Program, 1)) == 0


# -- J1.4 ------------------------------------------------------------------------------------------


@pytest.fixture
def spring(london: Flask) -> int:
    """The number of the older list of twelve: women 6, men 5, not declared 1."""
    return db.session.scalars(sa.select(Cohort.id).filter_by(name="Spring list")).one()


def test_older_list_shows_women_six_all_others_six(london_as: SignAs, spring: int) -> None:
    """J1.4, P7: never 5 and 1; every look is in the trail (R4)."""
    mei = Walker(london_as("mei"))
    path = f"/programs/cohorts/{spring}/declared"
    assert "Not counted yet" in mei.open(path)
    assert mei.browser.post(f"{path}/1", data={}).status_code == 303
    page = words_of(mei.open(path))
    assert "women 6, all others 6" in page
    assert re.search(r"\bmen 5|\b5 men|not declared 1|\bothers 1\b", page) is None
    counted = sa.select(sa.func.count()).where(AuditEvent.action == "programs.declarations_counted")
    read = sa.select(sa.func.count()).where(AuditEvent.action == "programs.declarations_read")
    assert (db.session.scalar(counted), db.session.scalar(read)) == (1, 2)


def test_filtering_to_eleven_does_not_reveal_the_twelfth(london_as: SignAs, spring: int) -> None:
    """J1.4, P7: by releasing one from the list, by another list of eleven, or by a search on the page."""
    mei = Walker(london_as("mei"))
    path = f"/programs/cohorts/{spring}/declared"
    assert mei.browser.post(f"{path}/1", data={}).status_code == 303
    mei.fill(f"/programs/members/{member_of(spring, 'priya')}/release", reason="Moved on.")
    refused = mei.browser.post(f"{path}/1", data={})
    assert (refused.status_code, "fewer than 5 people" in refused.text) == (422, True)
    assert "women 6, all others 6" in words_of(refused.text)
    assert "women 6, all others 6" in words_of(mei.open(f"{path}?q=priya&country=IN"))
    number = cohort_by_form(mei)
    ids = [person(key).id for key, choice in cast.DECLARED if choice]
    assert len(ids) == 11
    mei.browser.post(f"/programs/cohorts/{number}/shortlist", data={"ids": ids, "goal_id": 1})
    other = mei.browser.post(f"/programs/cohorts/{number}/declared/1", data={})
    assert (other.status_code, "fewer than 5 people" in other.text) == (422, True)
    assert db.session.scalar(sa.select(sa.func.count(FacetRelease.id))) == 1
    asked = sa.select(sa.func.count()).where(AuditEvent.action == "programs.declarations_counted")
    assert db.session.scalar(asked) == 3  # what is refused was asked all the same (R4)


def test_withdrawal_removes_at_once_and_reveals_nothing(london_as: SignAs, spring: int) -> None:
    """P7."""
    mei = Walker(london_as("mei"))
    path = f"/programs/cohorts/{spring}/declared"
    mei.browser.post(f"{path}/1", data={})
    with transaction():
        operations.withdraw(person("amal"), by=None)
    amal = person("amal").id
    assert db.session.scalar(sa.select(sa.func.count()).where(Declaration.person_id == amal)) == 0
    again = mei.browser.post(f"{path}/1", data={})
    assert again.status_code == 303
    assert "women 6, all others 6" in words_of(mei.open(path))  # the count of that day, not a new one
    assert db.session.scalar(sa.select(sa.func.count(FacetRelease.id))) == 1


@pytest.mark.parametrize(
    ("key", "status"), [("daniel", 403), ("paula", 403), ("iris", 403), ("ruth", 403), ("helga", 200)]
)
def test_only_relations_and_compliance_see_declared_counts(
    london_as: SignAs, spring: int, key: str, status: int
) -> None:
    """R3: auditors read everything but special-category data."""
    assert london_as(key).get(f"/programs/cohorts/{spring}/declared").status_code == status


def test_no_page_export_or_trail_names_a_persons_answer(london_as: SignAs, spring: int) -> None:
    """P7: an answer, given by somebody and counted with others, stands nowhere."""
    browser, ada = (
        london_as("mei"),
        db.session.scalars(sa.select(User).filter_by(email="ada@lumen.example")).one(),
    )
    amal = person("amal").id
    with transaction():
        facet = operations.offer_facet(
            FacetDetails(name="region", choices=("zqx-here", "zqx-there"), purpose="A test", n_keep_days=30),
            by=ada,
        )
        said = DeclarationDetails(choice="zqx-here", statement="zqx-letter")
        operations.declare(facet, db.session.get_one(Person, amal), said, by=ada)
    refused = browser.post(f"/programs/cohorts/{spring}/declared/{facet.id}", data={})
    assert (refused.status_code, "zqx" in refused.text) == (422, False)
    place = f"/programs/cohorts/{spring}"
    pages = (
        f"/people/{amal}", f"/programs/person/{amal}", place, f"{place}/why?q=rashwani", f"{place}/missing", f"{place}/edit",
        f"{place}/declared", "/people/", "/programs/1", "/",
    )  # fmt: skip
    texts = [browser.get(page).text for page in pages]
    texts += [browser.post(f"{place}/export/{format}", data={}).text for format in ("csv",)]
    texts += [browser.post("/people/export/csv").text, london_as("ada").get("/settings/audit").text]
    texts += db.session.scalars(
        sa.text("SELECT CAST(changes AS TEXT) FROM audit_detail WHERE event_id > 0")
    ).all()
    told = [text for text in texts if "zqx" in text]
    assert len(told) == 1  # the question itself, where its answers are offered
    assert ("zqx-there" in told[0], "zqx-letter" in told[0]) == (True, False)
    assert queries_listing.find_by_name(None, "zqx") == []
