"""Every resource over the London demo: read by each role as on the screens, written by the operations of the screens."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from app.accounts.models import Role, User
from app.accounts.permissions import PERMISSIONS
from app.api import views
from app.api.layer import OPERATIONS, Operation
from app.core.db import db

assert views.bp.name == "api"

As = Callable[..., TestResponse]


#: What a list or a record wants to be asked.
_QUERIES = {
    "list_goals": "?program_id=1", "list_cohorts": "?program_id=1", "list_enrolments": "?program_id=1", "list_runs": "?report=exceptions",
    "get_gallery_report": "?report=exceptions&program=1",
}  # fmt: skip
_LISTS = [one for one in OPERATIONS if one.method == "GET" and "<" not in one.rule]
_RECORDS = [
    one for one in OPERATIONS if one.method == "GET" and one.rule.endswith(">") and "value" not in one.rule
]


def _role_of(who: str) -> Role:
    return db.session.scalars(sa.select(User.role).filter_by(email=f"{who}@lumen.example")).one()


@pytest.mark.parametrize("who", ["mei", "ruth", "helga", "daniel", "paula", "ada"])
def test_a_list_answers_to_whoever_may_and_to_nobody_else(as_: As, who: str) -> None:
    """R3."""
    answers = {one.name: as_(who, "GET", one.rule + _QUERIES.get(one.name, "")).status_code for one in _LISTS}
    rights = PERMISSIONS[_role_of(who)]
    assert answers == {one.name: 200 if one.permission in rights else 403 for one in _LISTS}


def test_whatever_a_list_shows_can_be_read_one_by_one(as_: As) -> None:
    """The record a list shows is the record its address gives."""
    n_read = 0
    for one in _LISTS:
        who = "helga" if one.permission in PERMISSIONS[Role.COMPLIANCE] else "mei"
        page = as_(who, "GET", one.rule + _QUERIES.get(one.name, "")).get_json()
        record = next((other for other in _RECORDS if other.rule.rsplit("/", 1)[0] == one.rule), None)
        if record is None or record.name == "get_run":
            continue
        for row in page["items"][:3]:
            number = row.get("id", row.get("seq"))
            answer = as_(who, "GET", f"{one.rule}/{number}")
            assert (answer.status_code, answer.get_json()) == (200, row), one.name
            n_read += 1
    assert n_read > 30


@pytest.mark.parametrize("one", _RECORDS, ids=lambda one: one.name)
def test_what_is_not_there_is_not_found(as_: As, one: Operation) -> None:
    who = "helga" if one.permission in PERMISSIONS[Role.COMPLIANCE] else "mei"
    answer = as_(who, "GET", one.path.replace("{id}", "2147483647"))
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
