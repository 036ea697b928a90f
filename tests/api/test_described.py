"""Requests made from the description, right ones and wrong ones: no fault of ours, no undeclared status, no other shape."""

from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from flask import Flask
from flask.globals import _cv_app
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.accounts.models import Role, User
from app.accounts.permissions import PERMISSIONS
from app.api import views
from app.api.layer import OPERATIONS, Operation
from app.core.db import db
from tests.factories.api import headers as headers_of

assert views.bp.name == "api"

#: Who of the demo asks: the first who may.
_WHO = {"helga": Role.COMPLIANCE, "mei": Role.RELATIONS, "ruth": Role.COORDINATOR, "daniel": Role.ASSISTANT}
_TAGS = sorted({one.tag for one in OPERATIONS})
#: Here rules may refuse what is well formed: a report that is not there or asks for more, an instant still to come (L14).
_HAS_RULES = {"get_value_report", "get_proximity_report", "get_gallery_report"}
_N_EXAMPLES = 8


def _apart(app: Flask) -> Callable[..., Any]:
    """The application as a server calls it: each request in a context of its own, or it would find the user before it."""

    def answer(*arguments: Any) -> Any:
        _cv_app.set(None)  # type: ignore[arg-type]
        return list(app.wsgi_app(*arguments))

    return lambda *arguments: copy_context().run(answer, *arguments)


def _headers(one: Operation) -> dict[str, str]:
    who = next(who for who, role in _WHO.items() if one.permission in PERMISSIONS[role])
    user = db.session.scalars(sa.select(User).filter_by(email=f"{who}@lumen.example")).one()
    return headers_of(user) | ({"If-Match": "*"} if one.is_versioned else {})


@pytest.mark.slow
@pytest.mark.parametrize("tag", _TAGS)
def test_every_operation_answers_as_described(london: Flask, tag: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", _apart(london))
    found = {one.ok().definition.raw["operationId"]: one.ok() for one in schema.get_all_operations()}
    for one in [one for one in OPERATIONS if one.tag == tag]:
        _fuzz(found[one.name], one, _headers(one))


def _fuzz(described: Any, one: Operation, headers: dict[str, str]) -> None:
    strategies = [described.as_strategy()]
    if list(described.iter_parameters()) or described.body:
        wrong = schemathesis.GenerationMode.NEGATIVE
        strategies.append(described.as_strategy(generation_mode=wrong))
    has_rules = one.is_change or one.name in _HAS_RULES

    @settings(
        max_examples=_N_EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=st.one_of(strategies))
    def fuzz(case: schemathesis.Case) -> None:
        case.call_and_validate(
            headers=headers, excluded_checks=[positive_data_acceptance] if has_rules else []
        )

    fuzz()
