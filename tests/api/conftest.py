"""What tests of the interface share: requests of somebody of the demo, by a token of theirs."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts.models import User
from app.core.db import db
from tests.conftest import counting
from tests.factories.api import headers as headers_of


@pytest.fixture
def as_(london: Flask) -> Callable[..., TestResponse]:
    """`as_("mei", "GET", "/people")`: one request of a user of the demo."""
    tokens: dict[str, dict[str, str]] = {}

    def send(
        who: str, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> TestResponse:
        if who not in tokens:
            user = db.session.scalars(sa.select(User).filter_by(email=f"{who}@lumen.example")).one()
            tokens[who] = headers_of(user)
        asked = {**tokens[who], **(headers or {})}
        return london.test_client().open(f"/api/v1{path}", method=method, headers=asked, **more)

    return send


@pytest.fixture
def count_queries_of_london(london: Flask) -> Iterator[Callable[[], int]]:
    """`count_queries_of_london()` gives the number of statements since the last call."""
    yield from counting()
