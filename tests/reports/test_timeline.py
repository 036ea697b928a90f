"""The merged timeline of a person: everything, latest first, and only what the reader may see (R3)."""

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db, transaction
from app.outreach.details_insights import InsightDetails
from app.outreach.operations_insights import note_insight
from app.people import operations, operations_merges
from app.people.details import MergeDetails
from app.reports import queries_timeline
from tests.conftest import fresh
from tests.factories import accounts, outreach, people
from tests.factories import advisory as make
from tests.reports.conftest import London

SignIn = Callable[..., FlaskClient]


def test_value_advice_and_evidence_stand_on_one_line(london: London) -> None:
    ines = london.people["Ines"]
    people.evidence(ines, on=date(2026, 3, 2), summary="Keynote")
    make.engagement(who=ines, for_need=make.approved_need(london.program))
    moments = queries_timeline.timeline_of(ines, make.helga())
    assert [moment.at for moment in moments] == sorted((moment.at for moment in moments), reverse=True)
    assert (moments[0].title, moments[-1].title) == ("Proposed for Private 5G workshop", "Keynote")
    amounts = sorted(str(moment.amount) for moment in moments if moment.amount)
    assert amounts == ["125.72 GBP", "140.00 GBP", "2,080.00 GBP", "596.16 GBP"]


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.ASSISTANT, {"event", "access", "evidence", "hand_over"}),
        (Role.PARTNER, {"event", "travel", "evidence", "hand_over"}),
        (
            Role.ADMIN,
            {
                "contact",
                "event",
                "travel",
                "access",
                "disclosure",
                "program",
                "evidence",
                "insight",
                "hand_over",
            },
        ),
    ],
)
def test_each_role_sees_the_parts_of_its_rooms(london: London, role: Role, kinds: set[str]) -> None:
    """R3: no value and no amount for who may not see them."""
    user = accounts.user(role=role)
    assert set(queries_timeline.kinds_for(user)) == kinds
    moments = queries_timeline.timeline_of(london.people["Ines"], user)
    assert [moment for moment in moments if moment.amount or moment.kind == "value"] == []


def test_the_page_narrows_to_one_kind(london: London, signed_in: SignIn) -> None:
    path = f"/people/{london.people['Ines'].id}/timeline"
    browser = signed_in(Role.COMPLIANCE)
    whole, value = (browser.get(f"{path}{query}").get_data(as_text=True) for query in ("", "?kind=value"))
    assert "2,080.00" in whole
    assert "2,080.00" in value
    assert "2,080.00" not in browser.get(f"{path}?kind=advisory").get_data(as_text=True)
    assert browser.get(f"{path}?kind=nonsense").status_code == 200


def test_a_person_of_another_agency_is_not_found(london: London, signed_in: SignIn) -> None:
    assert signed_in(Role.PARTNER).get(f"/people/{london.people['Ines'].id}/timeline").status_code == 404


def test_every_part_of_a_relationship_stands_on_the_line_once(london: London) -> None:
    """Contacts, insights, owners, merges and stages beside value and advice; each exactly once."""
    mei, tom = accounts.user(name="Mei", role=Role.RELATIONS), accounts.user(name="Tom", role=Role.RELATIONS)
    ines, other = london.people["Ines"], people.person("I. Moreau", owner=mei)
    outreach.touch(ines, mei, subject="Coffee in Paris")
    with transaction():
        details = InsightDetails(
            person_id=ines.id, program_id=london.program.id, heard_on=date(2026, 11, 2),
            advice="Say which bands work indoors.", department_id=mei.department_id, owner_id=mei.id,
            reply_due_on=date(2026, 12, 20),
        )  # fmt: skip
        note_insight(details, by=mei)
    with transaction():
        operations.hand_over(db.session.merge(ines), tom, by=mei)
    with transaction():
        kept, gone = db.session.merge(ines), db.session.merge(other)
        operations_merges.merge_people(kept, gone, MergeDetails(reason="Same voice"), by=mei)
    titles = [moment.title for moment in queries_timeline.timeline_of(fresh(ines), mei)]
    for title in (
        "Coffee in Paris", "Told us: Say which bands work indoors.", "Tom is the owner", "I. Moreau was merged into this record",
    ):  # fmt: skip
        assert titles.count(title) == 1, title


def test_long_lines_are_turned_page_by_page_and_nothing_is_lost(london: London, signed_in: SignIn) -> None:
    ines, helga = london.people["Ines"], make.helga()
    for n in range(60):
        people.evidence(ines, on=date(2020, 1, 1), summary=f"Talk {n}")
    whole = [moment.title for moment in queries_timeline.timeline_of(fresh(ines), helga)]
    first, second = (queries_timeline.page_of_timeline(ines, helga, page=page) for page in (1, 2))
    assert (len(first.rows), first.has_next, second.has_next) == (50, True, False)
    assert [moment.title for moment in (*first.rows, *second.rows)] == whole
    browser, path = signed_in(Role.COMPLIANCE), f"/people/{ines.id}/timeline"
    assert 'rel="next"' in browser.get(path).text
    for query in ("?page=2", "?page=0", "?page=-3", "?page=x", "?page=99999999999", "?kind=evidence&page=2"):
        assert browser.get(path + query).status_code == 200


def test_timeline_needs_the_same_queries_whatever_happened(
    london: London, signed_in: SignIn, count_queries
) -> None:
    ines, browser = london.people["Ines"], signed_in(Role.COMPLIANCE)
    path = f"/people/{ines.id}/timeline"
    people.evidence(ines)
    browser.get(path)
    count_queries()
    browser.get(path)
    few = count_queries()
    for n in range(30):
        people.evidence(ines, summary=f"Talk {n}")
    count_queries()
    browser.get(path)
    assert count_queries() == few
