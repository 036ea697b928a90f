"""Settings, Stand-ins; and the audit trail with what can be brought back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from app.accounts import audit, operations, operations_successions
from app.accounts.details import AbsenceDetails, DelegationDetails
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.people.models import Person
from tests.factories import accounts, people

SignIn = Callable[..., FlaskClient]
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


def helga() -> User:
    return accounts.user(role=Role.COMPLIANCE, name="Helga")


def sam() -> User:
    return accounts.user(role=Role.COMPLIANCE, name="Sam")


def stand_in(first: int, last: int) -> None:
    """Sam for Helga, from a day to a day, seen from today."""
    today = clock.today()
    with transaction():
        details = DelegationDetails(
            delegate_id=sam().id, from_on=today + timedelta(days=first), to_on=today + timedelta(days=last)
        )
        operations.add_delegation(details, by=db.session.merge(helga()))


def approve() -> None:
    with transaction():
        audit.record("ledger.exception_granted", db.session.merge(helga()), by=db.session.merge(sam()), on_behalf_of=db.session.merge(helga()))  # fmt: skip


def test_who_stands_in_for_whom_and_what_they_did(signed_in: SignIn, at: Callable) -> None:
    with at(NOW):
        stand_in(0, 3)
        approve()
        stand_in(10, 12)
    with at(NOW + timedelta(days=5)):  # over by then: nobody does this, and it would not count
        approve()
    with at(NOW + timedelta(days=1)):
        page = signed_in(Role.AUDITOR).get("/settings/delegations").text
    assert (page.count("in force</span>"), page.count("to come</span>")) == (1, 1)
    link = f"/settings/audit?by={sam().id}&amp;for={helga().id}"
    assert link in page
    assert f'{link}">1<' in page
    shown = signed_in(Role.AUDITOR).get(link.replace("&amp;", "&")).text
    assert "Exception granted" in shown
    assert "Exception granted" not in signed_in(Role.AUDITOR).get(f"/settings/audit?for={sam().id}").text


def test_who_is_away(signed_in: SignIn) -> None:
    with transaction():
        days = AbsenceDetails(from_on=clock.today(), to_on=clock.today() + timedelta(days=3))
        operations_successions.add_absence(days, by=db.session.merge(accounts.user(name="Mei Away")))
    page = signed_in(Role.ADMIN).get("/settings/delegations").text
    assert ("Mei Away" in page, "Nobody stands in" in page) == (True, True)


@pytest.mark.parametrize("role", [one for one in Role if one not in {Role.ADMIN, Role.COMPLIANCE, Role.AUDITOR}])  # fmt: skip
def test_it_is_for_those_who_read_the_trail(signed_in: SignIn, role: Role) -> None:
    assert signed_in(role).get("/settings/delegations").status_code == 403
    assert signed_in(role).get("/settings/x-ray").status_code == 403


# -- the audit trail -------------------------------------------------------------------------------


@pytest.fixture
def jack() -> Person:
    found = people.person("Jack")
    with transaction():
        person = db.session.merge(found)
        before = audit.snapshot(person)
        person.phone = "+44 20 7946 0958"
        audit.record(
            "people.person_edited", person, by=accounts.user(), before=before, reason="He rang us himself."
        )
    return found


def test_a_line_that_can_be_brought_back_leads_to_its_history(signed_in: SignIn, jack: Person) -> None:
    """Whoever reads the trail may rarely change people; the history shows the values, and restoring to those who may."""
    page = signed_in(Role.COMPLIANCE).get("/settings/audit?q=person_edited").text
    assert f'href="/people/{jack.id}/history"' in page
    begun = signed_in(Role.COMPLIANCE).get("/settings/audit?q=person_added").text
    assert ("Person added" in begun, "/history" in begun) == (True, False)


def test_what_one_may_not_read_leads_nowhere(signed_in: SignIn) -> None:
    """The reason of an official status is for compliance; what others cannot see, they are not led to."""
    found = people.person("Jack")
    with transaction():
        person = db.session.merge(found)
        before = audit.snapshot(person)
        person.is_opted_out = True
        audit.record("people.wishes_set", person, by=None, before=before)
    assert "/history" not in signed_in(Role.ADMIN).get("/settings/audit?q=wishes").text


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("room=people", True), ("room=events", False), ("room=peopl", True), ("q=rang+us", True), ("q=RANG", True),
        ("q=person+edited", True), ("q=%25", False), ("q=_ang", False), ("room=people&q=rang&kind=person", True), ("for=1", False),
        ("for=x", True), ("room=%00", True), ("q=%00", True), ("kind=%00", True), ("q=rang&to=2020-01-01", False),
    ],
)  # fmt: skip
def test_filters_of_the_trail(signed_in: SignIn, jack: Person, query: str, is_there: bool) -> None:
    page = signed_in(Role.AUDITOR).get(f"/settings/audit?{query}")
    assert (page.status_code, "He rang us himself." in page.text) == (200, is_there)


def test_many_lines_cost_the_same_questions(
    signed_in: SignIn, jack: Person, count_queries: Callable[[], int]
) -> None:
    browser = signed_in(Role.AUDITOR)
    browser.get("/settings/audit")
    count_queries()
    browser.get("/settings/audit")
    one = count_queries()
    for n in range(5):
        other = people.person(f"Person {n}")
        with transaction():
            person = db.session.merge(other)
            before = audit.snapshot(person)
            person.phone = "+44 20 7946 0959"
            audit.record("people.person_edited", person, by=None, before=before)
    browser.get("/settings/audit")
    count_queries()
    page = browser.get("/settings/audit").text
    assert page.count("/history") == 6
    assert count_queries() == one
