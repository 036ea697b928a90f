"""The interface under /api/v1: what it answers, to whom, and that it keeps its own description."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts import operations_tokens
from app.accounts.models import ApiToken, AuditEvent, Role, User
from app.api import views
from app.api.layer import OPERATIONS, Needs
from app.api.shapes_ledger import EntryShape
from app.api.shapes_people import PersonShape
from app.api.shapes_report import ValueReportShape
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations as ledger_operations
from app.ledger import queries as ledger_queries
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Form
from app.people.models import OrganisationKind, Person
from app.programs.models import Program
from app.reports import exports_proximity
from app.reports.queries_proximity import proximity_report
from tests.factories import accounts
from tests.factories import people as make_people
from tests.factories import programs as make_programs

#: Importing the pages of the room declares its operations.
assert views.bp.name == "api"

Get = Callable[..., TestResponse]


def _token(user: User) -> str:
    with transaction():
        return operations_tokens.make_token("script", by=db.session.merge(user)).secret


def _headers(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {_token(user)}"}


@pytest.fixture
def mei(app: Flask) -> User:
    return accounts.user(name="Mei")


@pytest.fixture
def as_mei(client: FlaskClient, mei: User) -> Get:
    headers = _headers(mei)
    return lambda path, method="GET", **more: client.open(
        f"/api/v1{path}", method=method, headers=headers, **more
    )


@pytest.fixture
def jacks_flight(mei: User) -> Person:
    """Jack, with one flight in the book."""
    jack = make_people.person("Jack", notes="Prefers tea")
    program = make_programs.program()
    details = EntryDetails(
        person_id=jack.id, program_id=program.id, category=Category.TRAVEL_AIR, form=Form.IN_KIND_VENDOR, place="London, GB",
        basis=Basis.ACTUAL_COST, value_on=date(2026, 8, 3), money=Money(503808, "GBP"), external_ref="INV-1", context="business",
    )  # fmt: skip
    with transaction():
        ledger_operations.post_entry(details, by=db.session.merge(mei))
    return jack


def _at(moment: TestResponse) -> tuple[int, str, Any]:
    return moment.status_code, moment.mimetype, moment.get_json()


# -- reading -----------------------------------------------------------------------------------------------


def test_people_come_a_page_at_a_time(as_mei: Get) -> None:
    for name in ("Amal", "Jack", "Ines"):
        make_people.person(name)
    found = as_mei("/people?order=-name").get_json()
    assert ([row["name"] for row in found["items"]], found["total"], found["is_total_exact"], found["next"]) == (
        ["Jack", "Ines", "Amal"], 3, True, "",
    )  # fmt: skip


def test_the_pages_of_people_follow_each_other(as_mei: Get) -> None:
    for number in range(53):
        make_people.person(f"Somebody {number:02}")
    first = as_mei("/people").get_json()
    second = as_mei(f"/people?after={first['next']}").get_json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (50, 3, "")
    assert not {row["id"] for row in first["items"]} & {row["id"] for row in second["items"]}


def test_a_filter_narrows_people(as_mei: Get) -> None:
    make_people.person("Amal")
    make_people.person("Ines")
    assert [row["name"] for row in as_mei("/people?country=FR").get_json()["items"]] == ["Ines"]


def test_one_person_has_the_listed_columns_and_no_other(as_mei: Get) -> None:
    """An allow-list: a column added to the table stays inside until the shape names it."""
    amal = make_people.person("Amal")
    found = as_mei(f"/people/{amal.id}").get_json()
    assert set(found) == set(PersonShape.model_fields)
    assert not {"surrogate", "official_reason", "search_text", "agency_id"} & set(found)


def test_programs_and_events_are_listed(as_mei: Get) -> None:
    make_programs.program()
    (program,) = as_mei("/programs").get_json()["items"]
    assert (program["name"], program["currency"], program["n_goals"]) == ("Global KOL", "GBP", 0)
    assert as_mei("/events").get_json() == {"items": [], "next": ""}


def test_entries_have_exact_amounts(as_mei: Get, jacks_flight: Person) -> None:
    (entry,) = as_mei(f"/ledger/entries?person_id={jacks_flight.id}").get_json()["items"]
    assert entry["received"] == {"amount": "5038.08", "currency": "GBP"}
    assert (entry["category"], entry["leg"], entry["value_on"]) == ("travel_air", "non_cash", "2026-08-03")
    assert "body" not in entry


def test_entries_are_turned_by_place_also_below_zero(as_mei: Get, jacks_flight: Person) -> None:
    with transaction():
        ledger_operations.reverse_entry(
            ledger_queries.get_entry(1), reason="entered_twice", by=accounts.user(role=Role.COMPLIANCE)
        )
    first = as_mei("/ledger/entries?order=value&limit=1").get_json()
    second = as_mei(f"/ledger/entries?order=value&limit=1&after={first['next']}").get_json()
    assert [page["items"][0]["seq"] for page in (first, second)] == [2, 1]
    assert (first["items"][0]["received"]["amount"], second["next"]) == ("-5038.08", "")
    assert (second["total"], second["is_total_exact"]) == (2, True)
    assert as_mei("/ledger/entries?look=zero").get_json()["items"] == []


def test_the_value_report_agrees_with_the_book_and_is_audited(as_mei: Get, jacks_flight: Person) -> None:
    """O6: the same figures as every other copy; R4: reading it leaves a line."""
    found = as_mei("/reports/value/1").get_json()
    assert (found["non_cash"], found["currency"], [row["name"] for row in found["people"]]) == (
        "5038.08",
        "GBP",
        ["Jack"],
    )
    assert "reports.exported" in db.session.scalars(sa.select(AuditEvent.action)).all()


def test_a_report_of_a_past_moment_answers_as_the_book_stood(as_mei: Get, jacks_flight: Person) -> None:
    """L14."""
    assert as_mei("/reports/value/1?as_of=2026-01-01T00:00:00Z").get_json()["n"] == 0


def test_the_proximity_report_is_the_one_of_the_files(as_mei: Get, jacks_flight: Person, mei: User) -> None:
    """O4, O6: a fee 60 days after the flight of the same provider; R4: reading it leaves a line."""
    details = EntryDetails(
        person_id=jacks_flight.id, program_id=1, category=Category.SPEAKING_FEE, form=Form.CASH_EQUIVALENT,
        basis=Basis.ACTUAL_COST, value_on=date(2026, 10, 2), money=Money(90_000, "GBP"), external_ref="F-1", context="talk",
    )  # fmt: skip
    with transaction():
        ledger_operations.post_entry(details, by=db.session.merge(mei))
    near, far = (
        as_mei("/reports/proximity?program_id=1").get_json(),
        as_mei("/reports/proximity?days=30").get_json(),
    )
    report = proximity_report(db.session.get_one(Program, 1), 90)
    wanted = exports_proximity.as_document(report)
    same = set(wanted) - {"as_of"}
    assert {name: near[name] for name in same} == {name: wanted[name] for name in same}
    assert [(one["name"], one["fees"]["amount"]) for one in near["pairs"]] == [("Jack", "900.00")]
    assert (near["n_fees"], far["n_fees"], far["n_all_fees"], far["program"]) == (1, 0, 1, None)
    lines = db.session.scalars(
        sa.select(AuditEvent.reason).where(AuditEvent.action == "reports.exported")
    ).all()
    assert len(lines) == 2


# -- who may ---------------------------------------------------------------------------------------------------


def test_without_a_token_nothing_opens(client: FlaskClient, mei: User) -> None:
    accounts.session_in(client, mei)
    status, kind, body = _at(client.get("/api/v1/people"))
    assert (status, kind, body["title"]) == (401, "application/problem+json", "Unauthorized")


def test_a_revoked_token_opens_nothing(client: FlaskClient, mei: User) -> None:
    headers = _headers(mei)
    with transaction():
        operations_tokens.revoke_token(
            db.session.scalars(sa.select(ApiToken)).one(), by=db.session.merge(mei)
        )
    assert client.get("/api/v1/people", headers=headers).status_code == 401


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER])
@pytest.mark.parametrize("path", ["/ledger/entries", "/reports/value/1", "/reports/proximity", "/programs"])
def test_roles_without_amounts_do_not_reach_them(
    client: FlaskClient, jacks_flight: Person, role: Role, path: str
) -> None:
    """R3."""
    agency = make_people.organisation("Aurora Agency", kind=OrganisationKind.AGENCY)
    user = accounts.user(
        role=role, name=role.value, organisation_id=agency.id if role is Role.PARTNER else None
    )
    assert client.get(f"/api/v1{path}", headers=_headers(user)).status_code == 403


def test_a_column_a_role_may_not_see_is_absent(client: FlaskClient, jacks_flight: Person) -> None:
    """R3: not empty, absent; in lists and in the record."""
    daniel = accounts.user(role=Role.ASSISTANT, name="Daniel")
    headers = _headers(daniel)
    one = client.get(f"/api/v1/people/{jacks_flight.id}", headers=headers).get_json()
    (row,) = client.get("/api/v1/people", headers=headers).get_json()["items"]
    assert set(one) == set(row) == set(PersonShape.model_fields) - {"notes"}
    assert "Prefers tea" not in str(one)


@pytest.mark.parametrize("shape", [EntryShape, ValueReportShape])
def test_amounts_are_marked_with_their_permission(app: Flask, shape: type[Any]) -> None:
    """R3: should a role ever read the book without amounts, every amount is left out."""
    marked = {name for name, field in shape.model_fields.items() if Needs("amounts:read") in field.metadata}
    if shape is EntryShape:
        assert marked == {"original", "received", "declined", "rate", "rate_on", "rate_source"}
    else:
        assert marked == {"non_cash", "cash"}


def test_a_shape_without_its_amounts_holds_no_amount(jacks_flight: Person, as_mei: Get) -> None:
    """R3: also in the shapes inside a shape."""
    document = as_mei("/reports/value/1").get_json()
    shape = ValueReportShape.model_validate(document)
    blind = accounts.user(role=Role.ASSISTANT, name="Daniel")
    assert "5038.08" not in str(shape.seen_by(blind))
    assert shape.seen_by(blind)["people"][0]["name"] == "Jack"


def test_an_agency_sees_its_own_people_only(client: FlaskClient, mei: User) -> None:
    agency = make_people.organisation("Aurora Agency", kind=OrganisationKind.AGENCY)
    other = make_people.person("Jack")
    make_people.person("Mateus", agency_id=agency.id)
    paula = accounts.user(role=Role.PARTNER, name="Paula", organisation_id=agency.id)
    headers = _headers(paula)
    assert [row["name"] for row in client.get("/api/v1/people", headers=headers).get_json()["items"]] == [
        "Mateus"
    ]
    assert client.get(f"/api/v1/people/{other.id}", headers=headers).status_code == 404


# -- writing ---------------------------------------------------------------------------------------------------


def test_a_person_is_added_by_the_operation_of_the_screen(as_mei: Get, mei: User) -> None:
    answer = as_mei(
        "/people",
        "POST",
        json={"name": "Amal", "email": "amal@kol.example", "home_country": "AE", "languages": ["ar"]},
    )
    assert (answer.status_code, answer.headers["Location"]) == (
        201,
        f"/api/v1/people/{answer.get_json()['id']}",
    )
    assert answer.get_json()["owner"] == {"id": mei.id, "name": "Mei"}
    assert "people.person_added" in db.session.scalars(sa.select(AuditEvent.action)).all()


def test_a_look_alike_is_refused_until_somebody_looked(as_mei: Get) -> None:
    """P3."""
    make_people.person("Amal", email="amal@kol.example")
    new = {"name": "Amal", "email": "amal@kol.example"}
    assert as_mei("/people", "POST", json=new).status_code == 422
    assert as_mei("/people?is_checked=true", "POST", json=new).status_code == 201


BAD_BODIES = [
    ({"data": "{", "content_type": "application/json"}, 400, "body"),
    ({"data": "name=Amal", "content_type": "application/x-www-form-urlencoded"}, 415, None),
    ({"json": {}}, 422, "name"),
    ({"json": {"name": "  "}}, 422, "name"),
    ({"json": {"name": "Amal", "home_country": "Atlantis"}}, 422, "home_country"),
    ({"json": {"name": "Amal", "email": "no address"}}, 422, "email"),
    ({"json": {"name": "Amal", "zone": "Mars/Olympus"}}, 422, "zone"),
    ({"json": {"name": "Amal\u0000"}}, 422, "name"),
    ({"json": {"name": "A" * 400}}, 422, "name"),
    ({"json": ["Amal"]}, 422, "body"),
]


@pytest.mark.parametrize(("sent", "status", "field"), BAD_BODIES)
def test_a_bad_body_is_a_problem_document_and_nothing_is_written(
    as_mei: Get, sent: dict[str, Any], status: int, field: str | None
) -> None:
    code, kind, problem = _at(as_mei("/people", "POST", **sent))
    assert (code, kind, problem["status"]) == (status, "application/problem+json", status)
    assert [one["field"] for one in problem.get("errors", [])] == ([field] if field else [])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


@pytest.mark.parametrize(
    "path",
    [
        "/people?page=1", "/people?bogus=1", "/people?country=Atlantis", "/people?order=popularity",
        "/people?q=%00", "/people?after=1&after=2", "/events?when=never", "/ledger/entries?category=moon", "/ledger/entries?page=2",
        "/ledger/entries?from_on=2026-13-01", "/ledger/entries?as_of=2026-01-01T00:00:00", "/reports/value/1?as_of=yesterday",
        "/reports/proximity?days=-1", "/reports/proximity?days=5000", "/reports/proximity?days=x",
        "/reports/proximity?program_id=0", "/reports/proximity?counting=all", "/reports/proximity?as_of=2026-01-01",
        "/calendar?person_id=1", "/programs/1?fields=name",
    ],
)  # fmt: skip
def test_a_bad_query_is_refused_with_its_field(as_mei: Get, path: str) -> None:
    make_programs.program()
    code, kind, problem = _at(as_mei(path))
    assert (code, kind) == (422, "application/problem+json")
    assert [one["field"] for one in problem["errors"]] == [path.split("?")[1].split("=")[0]]


def test_a_report_of_the_future_is_refused(as_mei: Get) -> None:
    make_programs.program()
    assert as_mei("/reports/value/1?as_of=2999-01-01T00:00:00Z").status_code == 422
    assert as_mei("/reports/proximity?as_of=2999-01-01T00:00:00Z").status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/people?after=x",
        "/ledger/entries?after=x",
        "/people?after=WzFd",
        "/people/999",
        "/people/99999999999999999999",
        "/reports/value/999",
        "/reports/proximity?program_id=999",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_a_problem_document(as_mei: Get, path: str) -> None:
    assert _at(as_mei(path))[:2] == (404, "application/problem+json")


@pytest.mark.parametrize("n_people", [1, 30])
def test_the_list_of_people_asks_the_same_number_of_queries(
    as_mei: Get, count_queries: Callable[[], int], n_people: int
) -> None:
    for number in range(n_people):
        make_people.person(f"Somebody {number}")
    count_queries()
    assert as_mei("/people").status_code == 200
    assert count_queries() == 4  # the token, its last use, the count, the page


# -- the description -------------------------------------------------------------------------------------------


def test_the_description_is_public_and_names_every_operation(client: FlaskClient) -> None:
    found = client.get("/api/v1/openapi.json")
    assert (found.status_code, found.get_json()["openapi"]) == (200, "3.1.0")
    named = {one["operationId"] for methods in found.get_json()["paths"].values() for one in methods.values()}
    assert named == {one.name for one in OPERATIONS}


def test_the_page_about_the_interface_is_for_people_who_are_signed_in(
    client: FlaskClient, signed_in: Callable[..., FlaskClient]
) -> None:
    assert client.get("/developers").status_code == 303
    page = signed_in(Role.ASSISTANT).get("/developers")
    assert page.status_code == 200
    said = re.findall(r'op-method[^>]*>(\w+)</span> <code class="op-path">([^<]*)</code>', page.text)
    assert ("GET", "/people") in said
    assert len(said) == len(OPERATIONS)
