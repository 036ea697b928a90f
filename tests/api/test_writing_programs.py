"""Programs, goals, cohorts and the people in them by the interface: the operations of the screens over the London demo."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from app.accounts.models import AuditEvent, User
from app.core.db import db
from app.people.models import Person
from app.programs.models import CohortMember, Enrolment, Program
from app.programs.models_cohorts import RuleChange
from tests.factories import people

As = Callable[..., TestResponse]

GOAL = {
    "program_id": 1, "statement": "Two ports ask us first", "kind": "reputation", "metric": "Ports that ask", "baseline": "0",
    "target": "2", "review_on": "2027-09-01",
}  # fmt: skip
CHINA = {
    "match": "all",
    "groups": [{"match": "all", "lines": [{"field": "home_country", "op": "is", "values": ["CN"]}]}],
}


def _made(answer: TestResponse, as_: As, who: str = "mei") -> dict[str, Any]:
    """What was made, read again at the address that was named."""
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    assert as_(who, "GET", answer.headers["Location"].removeprefix("/api/v1")).get_json() == found
    return found


def _last_action() -> str | None:
    db.session.rollback()
    return db.session.scalar(sa.select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(1))


def _user(key: str) -> int:
    return db.session.scalars(sa.select(User.id).filter_by(email=f"{key}@lumen.example")).one()


def _fields(answer: TestResponse) -> list[str]:
    return [one["field"] for one in answer.get_json().get("errors", [])]


# -- programs --------------------------------------------------------------------------------------


def test_a_program_is_started_changed_and_given_to_somebody_else(as_: As) -> None:
    made = as_("mei", "POST", "/programs", json={"name": "Ports", "currency": "EUR", "n_cadence_days": 60})
    found = _made(made, as_)
    assert (found["owner"]["id"], found["currency"], found["n_goals"]) == (_user("mei"), "EUR", 0)
    path, etag = f"/programs/{found['id']}", made.headers["ETag"]
    changed = as_("mei", "PATCH", path, {"If-Match": etag}, json={"statement": "Cranes without cables"})
    assert (changed.status_code, changed.get_json()["statement"]) == (200, "Cranes without cables")
    assert {name: changed.get_json()[name] for name in ("name", "currency", "n_cadence_days", "owner")} == {
        name: found[name] for name in ("name", "currency", "n_cadence_days", "owner")
    }
    stale = as_("mei", "PATCH", path, {"If-Match": etag}, json={"name": "Harbours"})
    assert (stale.status_code, stale.get_json()["current"]["statement"]) == (412, "Cranes without cables")
    given = as_("mei", "PATCH", path, {"If-Match": changed.headers["ETag"]}, json={"owner_id": _user("ruth")})
    assert (given.status_code, given.get_json()["owner"]["id"]) == (200, _user("ruth"))
    assert _last_action() == "programs.program_edited"


def test_a_program_sent_twice_under_one_key_is_one_program(as_: As) -> None:
    before = db.session.query(Program).count()
    key = {"Idempotency-Key": "p-1"}
    first, second = (as_("mei", "POST", "/programs", key, json={"name": "Ports"}) for _ in range(2))
    assert (first.status_code, second.headers["Idempotency-Replayed"]) == (201, "true")
    db.session.rollback()
    assert db.session.query(Program).count() == before + 1
    assert as_("mei", "POST", "/programs", json={"name": "ports"}).status_code == 422


def test_a_goal_keeps_the_day_it_was_written(as_: As) -> None:
    """G1."""
    made = as_("mei", "POST", "/goals", json=GOAL)
    found = _made(made, as_)
    path = f"/goals/{found['id']}"
    changed = as_("mei", "PATCH", path, {"If-Match": made.headers["ETag"]}, json={"target": "3"})
    assert (changed.status_code, changed.get_json()["target"]) == (200, "3")
    aside = {"target", "version"}
    assert {k: v for k, v in changed.get_json().items() if k not in aside} == {
        k: v for k, v in found.items() if k not in aside
    }
    assert as_("mei", "POST", "/goals", json=GOAL | {"program_id": 999}).status_code == 404


# -- cohorts ---------------------------------------------------------------------------------------


def test_a_cohort_is_started_with_a_rule_and_every_rule_is_kept(as_: As) -> None:
    """P5."""
    made = as_(
        "mei", "POST", "/cohorts", json={"program_id": 1, "name": "Home", "capacity": 3, "conditions": CHINA}
    )
    found = _made(made, as_)
    lines = found["conditions"]["groups"][0]["lines"]
    assert ([one["values"] for one in lines], found["n_members"]) == ([["CN"]], 0)
    assert "China" in found["rule"]
    path = f"/cohorts/{found['id']}"
    named = as_("mei", "PATCH", path, {"If-Match": made.headers["ETag"]}, json={"name": "At home"})
    assert (named.get_json()["name"], named.get_json()["conditions"]) == ("At home", found["conditions"])
    opened = as_("mei", "PATCH", path, {"If-Match": named.headers["ETag"]}, json={"conditions": {}})
    assert (opened.status_code, opened.get_json()["conditions"]["groups"]) == (200, [])
    again = as_("mei", "PATCH", path, {"If-Match": "*"}, json={"conditions": found["conditions"]})
    assert again.get_json()["conditions"] == found["conditions"]
    changes = (
        sa.select(RuleChange.number).where(RuleChange.cohort_id == found["id"]).order_by(RuleChange.number)
    )
    assert list(db.session.scalars(changes)) == [1, 2, 3]


def test_a_place_in_a_cohort_wants_the_rule_or_a_reason_and_is_given_back_with_one(as_: As) -> None:
    """P5, P4."""
    cohort = as_(
        "mei", "POST", "/cohorts", json={"program_id": 1, "name": "Home", "capacity": 3, "conditions": CHINA}
    )
    path = f"/cohorts/{cohort.get_json()['id']}/members"
    person = people.person("Nils", home_country="SE").id
    refused = as_("mei", "POST", path, json={"person_id": person})
    assert (refused.status_code, as_("mei", "GET", path).get_json()["items"]) == (422, [])
    reasoned = {"person_id": person, "override_reason": "Lives there half of the year"}
    found = _made(as_("mei", "POST", path, json=reasoned), as_)
    assert (found["fits_rule"], found["override_reason"]) == (False, "Lives there half of the year")
    assert as_("mei", "GET", path).get_json()["items"] == [found]
    assert as_("mei", "POST", path, json=reasoned).status_code == 422
    left = as_("mei", "POST", f"/members/{found['id']}/release", json={"reason": "Moved away"})
    assert (left.status_code, left.get_json()["release_reason"]) == (200, "Moved away")
    assert left.get_json()["released_at"] is not None
    assert as_("mei", "POST", f"/members/{found['id']}/release", json={"reason": "Again"}).status_code == 422
    db.session.rollback()
    assert db.session.get_one(CohortMember, found["id"]).released_at is not None


# -- people in a program ---------------------------------------------------------------------------


def test_somebody_is_admitted_and_moved_as_on_the_screens(as_: As) -> None:
    """G1: what is missing is named; the stages have their order."""
    goal = as_("mei", "POST", "/goals", json=GOAL).get_json()["id"]
    bare, ready = people.person("Bo"), people.admissible("Nils")
    sent = {
        "program_id": 1,
        "goal_id": goal,
        "fit_risk": "None seen",
        "fit_rationale": "Ran the cranes of a port for years",
    }
    missing = as_("mei", "POST", "/enrolments", json=sent | {"person_id": bare.id})
    assert missing.status_code == 422
    assert as_("mei", "GET", "/enrolments?program_id=1").get_json()["items"]
    found = _made(as_("mei", "POST", "/enrolments", json=sent | {"person_id": ready.id}), as_)
    assert found["stage"] == "identified"
    assert as_("mei", "POST", "/enrolments", json=sent | {"person_id": ready.id}).status_code == 422
    path = f"/enrolments/{found['id']}"
    assert as_("mei", "POST", f"{path}/move", json={"stage": "active"}).status_code == 422
    moved = as_("mei", "POST", f"{path}/move", json={"stage": "vetted"})
    assert (moved.status_code, moved.get_json()["stage"]) == (200, "vetted")
    steps = as_("mei", "GET", f"{path}/steps").get_json()["items"]
    assert [one["stage"] for one in steps] == ["identified", "vetted"]
    vetted = as_("mei", "GET", "/enrolments?program_id=1&stage=vetted").get_json()["items"]
    assert found["id"] in [one["id"] for one in vetted]
    assert {one["stage"] for one in vetted} == {"vetted"}


@pytest.mark.parametrize("n_people", [1, 20])
def test_the_list_of_enrolments_asks_the_same_number_of_queries(
    as_: As, count_queries_of_london: Callable[[], int], n_people: int
) -> None:
    goal = as_("mei", "POST", "/goals", json=GOAL).get_json()["id"]
    sent = {
        "program_id": 1,
        "goal_id": goal,
        "fit_risk": "None seen",
        "fit_rationale": "Ran the cranes of a port for years",
    }
    for number in range(n_people):
        person = people.admissible(f"Somebody {number}").id
        assert as_("mei", "POST", "/enrolments", json=sent | {"person_id": person}).status_code == 201
    count_queries_of_london()
    assert as_("mei", "GET", "/enrolments?program_id=1").status_code == 200
    assert count_queries_of_london() == 3  # the token, the program, the page


# -- who may, and what cannot be -------------------------------------------------------------------


@pytest.mark.parametrize("who", ["helga", "daniel", "paula", "iris"])
def test_who_may_not_write_programs_writes_none(as_: As, who: str) -> None:
    """R3."""
    before = (db.session.query(Program).count(), db.session.query(Enrolment).count())
    for path, body in (
        ("/programs", {"name": "Ports"}), ("/goals", GOAL), ("/cohorts", {"program_id": 1, "name": "X", "capacity": 3}),
        ("/cohorts/1/members", {"person_id": 1}), ("/members/1/release", {"reason": "x"}), ("/enrolments/1/move", {"stage": "vetted"}),
    ):  # fmt: skip
        assert as_(who, "POST", path, json=body).status_code == 403, path
    for path in ("/programs/1", "/goals/1", "/cohorts/1"):
        assert as_(who, "PATCH", path, {"If-Match": "*"}, json={"name": "X"}).status_code == 403, path
    db.session.rollback()
    assert (db.session.query(Program).count(), db.session.query(Enrolment).count()) == before


_LINE = {"field": "home_country", "op": "is", "values": ["CN"]}


def _rule(*lines: Any, **more: Any) -> dict[str, Any]:
    return {
        "program_id": 1,
        "name": "X",
        "capacity": 3,
        "conditions": {"groups": [{"lines": list(lines)}], **more},
    }


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/programs", {"name": " "}, "name"), ("/programs", {"name": "X", "currency": "ZZZ"}, "currency"),
        ("/programs", {"name": "X", "currency": "gbp"}, "currency"), ("/programs", {"name": "X", "n_cadence_days": 0}, "n_cadence_days"),
        ("/programs", {"name": "X", "owner_id": 2_000_000_000}, "owner_id"), ("/programs", {"name": "X", "is_open": True}, "is_open"),
        ("/programs", {"name": "X\u0000"}, "name"), ("/goals", GOAL | {"review_on": "1066-10-14"}, "review_on"),
        ("/goals", GOAL | {"kind": "fame"}, "kind"), ("/goals", GOAL | {"statement": ""}, "statement"),
        ("/goals", GOAL | {"owner_id": 2_000_000_000}, "owner_id"), ("/goals", GOAL | {"made_at": "2020-01-01"}, "made_at"),
        ("/cohorts", {"program_id": 1, "name": "X", "capacity": 0}, "capacity"),
        ("/cohorts", _rule(_LINE | {"values": ["Atlantis"]}), "conditions.groups.0.lines.0.values"),
        ("/cohorts", _rule(_LINE | {"op": "at_least"}), "conditions.groups.0.lines.0.op"),
        ("/cohorts", _rule(_LINE | {"field": "gender"}), "conditions.groups.0.lines.0.field"),
        ("/cohorts", _rule(_LINE | {"field": "kind", "values": ["a\u0000b"]}), "conditions.groups.0.lines.0.values.0"),
        ("/cohorts", _rule(*[_LINE] * 9), "conditions.groups.0.lines"), ("/cohorts", _rule(), "conditions.groups.0.lines"),
        # A slip is no rule that lets everybody in.
        ("/cohorts", {"program_id": 1, "name": "X", "capacity": 3, "conditions": {"all": [_LINE]}}, "conditions.all"),
        ("/cohorts", {"program_id": 1, "name": "X", "capacity": 3, "conditions": {"group": []}}, "conditions.group"),
        ("/cohorts", {"program_id": 1, "name": "X", "capacity": 3, "rule": {}}, "rule"),
        ("/enrolments", {"program_id": 1, "person_id": 1, "goal_id": 1, "fit_risk": "x", "fit_rationale": ""}, "fit_rationale"),
        ("/enrolments/1/move", {"stage": "famous"}, "stage"), ("/members/1/release", {"reason": " "}, "reason"),
        ("/cohorts/1/members", {"person_id": 2**31}, "person_id"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named_and_keeps_nothing(
    as_: As, path: str, body: dict[str, Any], field: str
) -> None:
    as_("mei", "GET", "/programs")
    before = db.session.query(AuditEvent).count()
    answer = as_("mei", "POST", path, json=body)
    assert (answer.status_code, _fields(answer)[0]) == (422, field)
    db.session.rollback()
    assert db.session.query(AuditEvent).count() == before


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/programs/1", {"currency": "USD"}, "currency"), ("/programs/1", {"is_books_only": True}, "is_books_only"),
        ("/programs/1", {"owner_id": 2_000_000_000}, "owner_id"), ("/programs/1", {"name": None}, "name"),
        ("/goals/1", {"program_id": 2}, "program_id"), ("/goals/1", {"review_on": None}, "review_on"),
        ("/cohorts/1", {"capacity": None}, "capacity"), ("/cohorts/1", {"program_id": 2}, "program_id"),
        ("/cohorts/1", {"conditions": {"match": "none"}}, "conditions.match"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_named(as_: As, path: str, body: dict[str, Any], field: str) -> None:
    answer = as_("mei", "PATCH", path, {"If-Match": "*"}, json=body)
    assert (answer.status_code, _fields(answer)[0]) == (422, field)


def test_only_who_looks_after_people_owns_a_program(as_: As) -> None:
    """P1: as the screens offer them."""
    answer = as_("mei", "PATCH", "/programs/1", {"If-Match": "*"}, json={"owner_id": _user("helga")})
    assert (answer.status_code, _fields(answer)) == (422, ["owner_id"])


def test_people_of_others_are_not_there(as_: As) -> None:
    """R3: a number of somebody merged or unknown opens nothing."""
    assert db.session.get(Person, 2_000_000_000) is None
    for path, body in (
        ("/cohorts/1/members", {"person_id": 2_000_000_000}),
        (
            "/enrolments",
            {
                "program_id": 1,
                "person_id": 2_000_000_000,
                "goal_id": 1,
                "fit_risk": "x",
                "fit_rationale": "x",
            },
        ),
    ):
        assert as_("mei", "POST", path, json=body).status_code == 404
