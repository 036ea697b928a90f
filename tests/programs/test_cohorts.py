"""Cohorts as stored: facts of people, opt-out last, one count for page, list and export, why for somebody typed in."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import db, transaction
from app.outreach import operations as outreach
from app.outreach.details import TouchDetails
from app.outreach.models import TouchChannel, TouchKind
from app.people import operations as people_operations
from app.people.details import MayAcceptDetails
from app.people.details import WishDetails as WishesOfPerson
from app.people.models import AcceptAnswer, Person
from app.programs import operations, queries, queries_cohorts
from app.programs.models import Cohort, CohortMember
from app.programs.policies import OptedOut
from app.programs.policies_rules import RuleField
from app.programs.queries_facts import facts_about
from tests.factories import accounts, people, programs
from tests.programs.test_views import SignIn

pytestmark = pytest.mark.usefixtures("app")

At = Callable[[datetime], AbstractContextManager[None]]
EVERYTHING = frozenset(RuleField)


def opt_out(who: Person, is_out: bool = True) -> None:
    with transaction():
        details = WishesOfPerson(is_opted_out=is_out)
        people_operations.set_wishes(db.session.get_one(Person, who.id), details, by=accounts.user())


def put(cohort: Cohort, who: Person, reason: str = "") -> CohortMember:
    with transaction():
        return operations.shortlist(
            db.session.merge(cohort),
            db.session.get_one(Person, who.id),
            override_reason=reason,
            by=accounts.user(),
        )


def test_every_fact_of_a_rule_is_read(at: At) -> None:
    program, mei = programs.program(), accounts.user(name="Mei")
    with at(datetime(2026, 6, 1, 12, tzinfo=UTC)):
        kerem = people.person("Kerem", owner=mei)
        people.channel(kerem, platform="Blog", handle="@k", language="tr", audience_countries=("TR", "DE"))
        people.evidence(kerem, on=date(2026, 5, 2))
        people.evidence(kerem, on=date(2025, 5, 2), expires_on=date(2026, 1, 1))
        people.employment(kerem, people.organisation("Anadolu Teknik"))
        people.employment(kerem, people.organisation("Former"), to_on=date(2025, 1, 1))
        with transaction():
            here = db.session.get_one(Person, kerem.id)
            for category, answer in (("gift", AcceptAnswer.NO), ("lodging", AcceptAnswer.YES)):
                people_operations.set_may_accept(
                    here, MayAcceptDetails(category=category, answer=answer), by=mei
                )
            outreach.record_touch(
                TouchDetails(
                    person_id=kerem.id, channel=TouchChannel.PHONE, kind=TouchKind.REPLY, subject="Called",
                    at=clock.now() - timedelta(days=47),
                ),
                by=mei,
            )  # fmt: skip
        facts = facts_about(db.session.get_one(Person, kerem.id), EVERYTHING, program.id)
    assert {field.value: sorted(values) for field, values in facts.items()} == {
        "home_country": ["TR"], "language": ["en", "tr"], "kind": ["Academic"], "known_for": ["network engineers", "private 5G"],
        "channel_platform": ["Blog"], "channel_language": ["tr"], "audience_country": ["DE", "TR"], "independent": ["no"],
        "affiliation_kind": ["analyst_firm"], "organisation": ["Anadolu Teknik"], "official": ["no"],
        "evidence_count": ["1"], "evidence_days": ["30"], "accepts": ["lodging"], "declines": ["gift"], "owner": [str(mei.id)],
        "stage": ["not_enrolled"], "silent_days": ["47"],
    }  # fmt: skip


def test_what_nobody_knows_is_not_among_the_facts() -> None:
    blank = people.person("Blank", known_for="", known_among="")
    facts = facts_about(db.session.merge(blank), EVERYTHING, programs.program().id)
    assert sorted(field.value for field in facts) == [
        "evidence_count", "independent", "official", "owner", "stage",
    ]  # fmt: skip


def test_stage_is_that_of_the_program_of_the_cohort() -> None:
    made = programs.enrolment(programs.program("One"))
    other = programs.program("Other")
    stages = [
        facts_about(made.person, {RuleField.STAGE}, number)[RuleField.STAGE]
        for number in (made.program_id, other.id)
    ]
    assert stages == [{"identified"}, {"not_enrolled"}]


def test_opt_out_comes_last_in_every_place(signed_in: SignIn) -> None:
    """P4: not counted, not listed, not exported, not proposed, not added whatever the reason; back when taken back."""
    cohort = programs.cohort(programs.program(), capacity=1)
    amal, jack = people.person("Amal"), people.person("Jack")
    put(cohort, amal)
    opt_out(amal)
    browser = signed_in(Role.RELATIONS)
    page = browser.get(f"/programs/cohorts/{cohort.id}").text
    assert ("0 of 1" in page, "Asked not to be contacted" in page) == (True, True)
    put(cohort, jack)  # the place is free
    board = queries_cohorts.cohort_board(db.session.merge(cohort), None)
    assert ([row.name for row in board.members], [row.person.name for row in board.held_back]) == (
        ["Jack"],
        ["Amal"],
    )
    assert "Amal" not in browser.post(f"/programs/cohorts/{cohort.id}/export/csv").text
    opt_out(amal, is_out=False)
    assert queries_cohorts.count_members(db.session.merge(cohort)) == 2
    wei = people.person("Wei")
    opt_out(wei)
    with pytest.raises(OptedOut):
        put(cohort, wei, "They told me it was fine")
    refused = browser.post(
        f"/programs/cohorts/{cohort.id}/shortlist/{wei.id}", data={"override_reason": "Please"}
    )
    assert (refused.status_code, "No reason overrides that" in refused.text) == (422, True)


def test_page_count_list_and_export_agree(signed_in: SignIn) -> None:
    """O6: one counting function."""
    cohort = programs.cohort(programs.program(), capacity=2)
    for name in ("Amal", "Jack"):
        put(cohort, people.person(name))
    put(cohort, people.person("Wei"), "=Moves to Kenya")
    browser = signed_in(Role.RELATIONS)
    text = browser.post(f"/programs/cohorts/{cohort.id}/export/csv").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == queries_cohorts.count_members(db.session.merge(cohort)) == 3
    assert [row["name"] for row in rows] == ["Amal", "Jack", "Wei"]
    assert rows[2]["exception"].lstrip("'") == "=Moves to Kenya"
    assert not rows[2]["exception"].startswith("=")
    assert rows[2]["rule"] == "home country is not China (here China)"
    assert "3 of 2" in browser.get(f"/programs/cohorts/{cohort.id}").text
    listed = queries_cohorts.list_cohorts(queries.get_program(cohort.program_id))
    assert [(row.n_members, row.words) for row in listed] == [(3, "home country is not China")]
    sheet = browser.post(f"/programs/cohorts/{cohort.id}/export/xlsx")
    assert (sheet.status_code, sheet.data[:2]) == (200, b"PK")
    assert browser.post(f"/programs/cohorts/{cohort.id}/export/exe").status_code == 404
    exported = sa.select(AuditEvent.reason).where(AuditEvent.action == "programs.cohort_exported")
    assert db.session.scalars(exported).all() == ["3 people", "3 people"]


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER])
def test_assistants_and_agencies_export_no_cohort(signed_in: SignIn, role: Role) -> None:
    """R3."""
    cohort = programs.cohort(programs.program())
    browser = signed_in(role)
    paths = ("", "/why?q=a", "/missing", "/declared")
    assert [browser.get(f"/programs/cohorts/{cohort.id}{path}").status_code for path in paths] == [403] * 4
    assert browser.post(f"/programs/cohorts/{cohort.id}/export/csv").status_code == 403


def test_everybody_typed_in_is_explained(signed_in: SignIn) -> None:
    """P5: in, by exception, left by a changed rule, released, could be in, out, opted out."""
    cohort = programs.cohort(programs.program())
    inside, released, gone = people.person("Amal"), people.person("Jack"), people.person("Ines")
    put(cohort, inside)
    put(cohort, people.person("Wei"), "Moves to Kenya")
    people.person("Nneka")
    people.person("Wei Out", home_country="CN")
    member = put(cohort, released)
    with transaction():
        operations.release(db.session.merge(member), "Hana fills the gap", by=accounts.user())
    opt_out(gone)

    def verdict(name: str) -> str:
        return next(
            one.verdict
            for one in queries_cohorts.list_standings(db.session.merge(cohort), None, name)
            if one.person.name == name
        )

    assert {name: verdict(name) for name in ("Amal", "Wei", "Jack", "Nneka", "Wei Out", "Ines")} == {
        "Amal": "In by the rule",
        "Wei": "In by exception: Moves to Kenya",
        "Jack": "Out: released (Hana fills the gap); the rule would let them in",
        "Nneka": "Could be in: the rule lets them in, nobody has shortlisted them",
        "Wei Out": "Out: the rule leaves them out",
        "Ines": "Out: asked not to be contacted, which comes last and is not overridden",
    }
    browser = signed_in(Role.RELATIONS)
    page = f"/programs/cohorts/{cohort.id}/why"
    assert "Nobody of this name" in browser.get(f"{page}?q=zzzz").text
    assert "Moves to Kenya" in browser.get(f"{page}?q=wei").text
    assert browser.get(f"{page}?q={'x' * 5000}").status_code == 200


def test_places_and_reasons_survive_a_changed_rule() -> None:
    """P5: by hand in, by hand out, whatever the rule says later."""
    cohort = programs.cohort(programs.program())
    amal, wei = people.person("Amal"), people.person("Wei")
    put(cohort, amal)
    put(cohort, wei, "Moves to Kenya")
    with transaction():
        here = db.session.merge(cohort)
        rule = {"all": [{"field": "home_country", "op": "is", "values": ["KE"]}]}
        operations.edit_cohort(here, programs.details_of(here, rule=rule), by=accounts.user())
    board = queries_cohorts.cohort_board(db.session.merge(cohort), None)
    assert [(row.name, row.member.override_reason, row.explanation.holds) for row in board.members] == [
        ("Amal", "", False), ("Wei", "Moves to Kenya", False),
    ]  # fmt: skip


def test_merged_records_hold_no_place() -> None:
    cohort = programs.cohort(programs.program())
    amal, twin = people.person("Amal"), people.person("Amal Twin")
    put(cohort, amal)
    put(cohort, twin)
    with transaction():
        db.session.get_one(Person, twin.id).merged_into_id = amal.id
    assert queries_cohorts.count_members(db.session.merge(cohort)) == 1
    assert len(queries_cohorts.list_members(db.session.merge(cohort), None)) == 1
