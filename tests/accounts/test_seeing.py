"""An administrator sees as a role: what both may see, never more, and nothing can be changed meanwhile (R3, R4)."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import operations, permissions
from app.accounts.models import AuditEvent, Role, User, UserSession
from app.accounts.seeing import ROLES
from app.core import clock
from app.core.db import db, transaction
from app.notices.models import Notice
from app.people import operations_representation
from app.people.models import OrganisationKind
from tests.factories import accounts, handovers, people

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def ada(app: Flask) -> User:
    return accounts.user(role=Role.ADMIN, name="Ada")


@pytest.fixture
def browser(signed_in: SignIn, ada: User) -> FlaskClient:
    return signed_in(ada)


def see_as(browser: FlaskClient, role: str, **more: object) -> int:
    return browser.post("/settings/see-as", data={"role": role, **more}).status_code


def looking() -> list[tuple[Role | None, int | None]]:
    rows = db.session.execute(sa.select(UserSession.seen_as_role, UserSession.seen_as_agency_id))
    return [(row[0], row[1]) for row in rows]


def trail() -> list[tuple[str, str]]:
    rows = sa.select(AuditEvent.action, AuditEvent.reason).where(AuditEvent.action.like("accounts.seeing%"))
    return [(row[0], row[1]) for row in db.session.execute(rows.order_by(AuditEvent.id))]


@pytest.mark.parametrize("role", ROLES)
def test_rights_are_those_of_both(browser: FlaskClient, ada: User, role: Role) -> None:
    """Whatever tables of rights become: a role that is seen as never adds a right."""
    agency = people.organisation("Bright Voices", kind=OrganisationKind.AGENCY).id
    assert see_as(browser, role.value, agency_id=agency if role is Role.PARTNER else "") == 303
    page = browser.get("/")
    assert page.status_code == 200
    assert f"You see this as: {role.value.capitalize()}." in page.text
    both = permissions.PERMISSIONS[role] & permissions.PERMISSIONS[Role.ADMIN]
    for address, right in (
        ("/people/", "people:read"), ("/outreach/", "outreach:read"), ("/ledger/", "ledger:read"), ("/settings/users/", "accounts:manage"),
        ("/settings/audit", "audit:read"), ("/advisory/", "advisory:read"), ("/travel/", "travel:read"), ("/people/new", "people:write"),
    ):  # fmt: skip
        assert browser.get(address).status_code == (200 if right in both else 403), address


def test_what_the_role_has_and_the_administrator_has_not_is_refused_with_its_reason(
    browser: FlaskClient,
) -> None:
    see_as(browser, "coordinator")
    for address in ("/ledger/", "/people/1/hospitality", "/travel/people/1/identity", "/events/new"):
        page = browser.get(address)
        assert (page.status_code, "you may not" in page.text) == (403, True), address
    page = browser.get("/settings/users/")
    assert (page.status_code, "Its people read the same here" in page.text) == (403, True)


def test_nothing_can_be_changed_meanwhile(browser: FlaskClient, app: Flask) -> None:
    """Every unsafe route of the staff's pages, also those that need no right, but the two ways out."""
    see_as(browser, "relations")
    before = db.session.scalar(sa.select(sa.func.max(AuditEvent.id)))
    wrong = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in {"accounts.stop_seeing", "accounts.sign_out"} or rule.rule.startswith("/api/"):
            continue
        address = rule.rule if "<" not in rule.rule else ""
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}) if address else ():
            answer = browser.open(address, method=method)
            if answer.status_code != 403 or "Press “Stop” first" not in answer.text:
                wrong.append((method, address, answer.status_code))
    assert wrong == []
    assert db.session.scalar(sa.select(sa.func.max(AuditEvent.id))) == before


def test_it_begins_on_the_page_that_was_open_and_ends_there(browser: FlaskClient) -> None:
    assert "/settings/see-as?next=/people/" in browser.get("/people/").text
    page = browser.get("/settings/see-as?next=/people/")
    assert 'name="next" value="/people/"' in page.text
    answer = browser.post("/settings/see-as", data={"role": "assistant", "next": "/people/"})
    assert (answer.status_code, answer.location) == (303, "/people/")
    page = browser.get("/people/")
    assert 'action="/settings/see-as/stop"' in page.text
    assert "/settings/see-as?next" not in page.text  # one thing at a time
    answer = browser.post("/settings/see-as/stop", data={"next": "/people/"})
    assert (answer.status_code, answer.location) == (303, "/people/")
    assert "You see this as" not in browser.get("/people/").text
    assert trail() == [
        ("accounts.seeing_as_begun", "as assistant"),
        ("accounts.seeing_as_ended", "as assistant"),
    ]


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])  # fmt: skip
def test_it_leads_to_no_other_site(browser: FlaskClient, next: str) -> None:
    assert browser.post("/settings/see-as", data={"role": "assistant", "next": next}).location == "/"
    assert browser.post("/settings/see-as/stop", data={"next": next}).location == "/"


@pytest.mark.parametrize(
    ("role", "agency", "message"),
    [
        ("admin", "", "Not a valid choice"),
        ("nobody", "", "Not a valid choice"),
        ("", "", "This is needed"),
        ("partner", "", "Name the agency"),
        ("partner", "999", "Not a valid choice"),
        ("partner", "x", "Not a valid choice"),
        ("coordinator", "agency", "Name the agency for a partner, and none for other roles"),
    ],
)
def test_what_cannot_be_seen_as_is_refused(
    browser: FlaskClient, role: str, agency: str, message: str
) -> None:
    real = str(people.organisation("Bright Voices", kind=OrganisationKind.AGENCY).id)
    sent = {"role": role, "agency_id": real if agency == "agency" else agency}
    answer = browser.post("/settings/see-as", data=sent)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert (looking(), trail()) == ([(None, None)], [])


def test_as_an_agency_only_its_people_are_there(browser: FlaskClient) -> None:
    agency = people.organisation("Bright Voices", kind=OrganisationKind.AGENCY).id
    jack, amal = people.person("Jack"), people.person("Amal")
    with transaction():
        operations_representation.begin_representation(db.session.merge(jack), agency, by=accounts.user())
    assert see_as(browser, "partner", agency_id=agency) == 303
    page = browser.get("/people/").text
    assert ("Jack" in page, "Amal" in page) == (True, False)
    assert browser.get(f"/people/{amal.id}").status_code == 404
    assert browser.get(f"/people/{jack.id}").status_code == 200


def test_notices_to_the_role_stay_its_own(browser: FlaskClient, ada: User) -> None:
    """What is told to compliance may hold amounts; what is told to Ada by name is hers."""
    with transaction():
        for more in ({"role": "compliance", "message": "A breach of 5,000.00 GBP"}, {"user_id": ada.id, "message": "Your own"}):  # fmt: skip
            db.session.add(Notice(made_at=clock.now(), **more))
    see_as(browser, "compliance")
    page = browser.get("/notices/").text
    assert ("5,000.00" in page, "Your own" in page) == (False, True)
    assert "5,000.00" not in browser.get("/").text


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.ADMIN])
def test_only_administrators_see_as_others(signed_in: SignIn, role: Role) -> None:
    other = signed_in(role)
    assert other.get("/settings/see-as").status_code == 403
    assert see_as(other, "assistant") == 403
    assert "/settings/see-as" not in other.get("/").text


def test_who_is_no_administrator_any_more_is_themselves(browser: FlaskClient, ada: User) -> None:
    """State in the row of a session gives nothing by itself."""
    see_as(browser, "compliance")
    with transaction():
        db.session.merge(ada).role = Role.ASSISTANT
    page = browser.get("/")
    assert "You see this as" not in page.text
    assert browser.get("/outreach/").status_code == 403


@pytest.mark.parametrize("how", ["signs out", "is signed out", "all are signed out"])
def test_it_ends_with_the_session_and_that_is_written_down(browser: FlaskClient, ada: User, how: str) -> None:
    see_as(browser, "auditor")
    if how == "signs out":
        assert browser.post("/sign-out").status_code == 303
    else:
        with transaction():
            row = db.session.scalars(sa.select(UserSession)).one()
            by = db.session.merge(ada)
            if how == "is signed out":
                operations.end_session(row, by=by)
            else:
                operations.end_sessions_of(by, by=by)
    assert looking() == [(None, None)]
    assert trail()[-1] == ("accounts.seeing_as_ended", "as auditor")


def test_a_session_that_ran_out_is_written_down_at_the_next_sign_in(browser: FlaskClient, ada: User) -> None:
    see_as(browser, "auditor")
    with transaction():
        operations.let_in(db.session.merge(ada), "127.0.0.1", "test", how="password")
    assert trail()[-1] == ("accounts.seeing_as_ended", "as auditor")


def test_another_browser_of_the_same_user_is_not_concerned(
    browser: FlaskClient, signed_in: SignIn, ada: User
) -> None:
    other = signed_in(ada)
    see_as(browser, "assistant")
    assert "You see this as" not in other.get("/").text
    assert other.get("/settings/users/").status_code == 200


def test_private_notes_of_others_stay_private(browser: FlaskClient, ada: User) -> None:
    mei = accounts.user(name="Mei")
    jack = people.person("Jack", owner=mei)
    handovers.note(jack, mei, "Between us.")
    see_as(browser, "relations")
    assert "Between us." not in browser.get(f"/people/{jack.id}/notes").text
