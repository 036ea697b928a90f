"""The log of a day in the house: every way in is used, well and badly, and no key to any of them is written down."""

import io
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import operations as accounts_work
from app.accounts import operations_links, operations_tokens
from app.accounts.models import Role
from app.core import logs
from app.core.db import db, transaction
from app.portal import operations as portal
from tests.factories import accounts, calendars, people


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log of a server would hold, with everything it can say."""
    root = logging.getLogger()
    handlers, level, ours = list(root.handlers), root.level, structlog.get_config()
    stream = io.StringIO()
    logs.configure("DEBUG", stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.configure(**ours)


def test_no_key_is_in_the_log(app: Flask, client: FlaskClient, written: io.StringIO) -> None:
    mei, password = accounts.user(name="Mei", role=Role.RELATIONS), "correct horse battery staple 7"
    amal = people.person("Amal")
    with transaction():
        accounts_work.set_password(db.session.merge(mei), password, by=db.session.merge(mei))
    feed = calendars.feed_of(amal, mei).secret
    with transaction():
        token = operations_tokens.make_token("script", by=db.session.merge(mei)).secret
        link = portal.invite_in(db.session.merge(amal), by=db.session.merge(mei))
        chosen = operations_links.hand_over(db.session.merge(mei), by=db.session.merge(mei))
    written.truncate(0)

    typed = {"email": mei.email, "password": password}
    assert client.post("/sign-in", data=typed | {"password": "Wrong-Guess-991"}).status_code == 422
    assert client.post("/sign-in", data=typed).status_code == 303
    cookie = client.get_cookie("rapport")
    assert cookie is not None
    assert client.get(f"/calendar/{feed}.ics").status_code == 200
    assert client.get(f"/calendar/{feed}x.ics").status_code == 404
    stranger = app.test_client()
    for secret, status in ((token, 200), (token + "x", 401)):
        answer = stranger.get("/api/v1/people", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == status
    path = re.sub(r"^https?://[^/]+", "", link)
    page = stranger.get(path)
    assert page.status_code == 200
    key = path.rstrip("/").rsplit("/", 1)[-1]
    new_password = re.sub(r"^https?://[^/]+", "", chosen)
    assert stranger.get(new_password).status_code == 200
    assert stranger.post(path, data={"secret": key}).status_code in (200, 303)

    said = written.getvalue()
    assert said.count('"event": "request"') >= 7
    secrets = {"password": password, "wrong password": "Wrong-Guess-991", "session": cookie.value, "feed": feed, "token": token,
               "link": key, "link to a password": new_password.rsplit("/", 1)[-1]}  # fmt: skip
    assert [name for name, secret in secrets.items() if secret in said or secret[:20] in said] == []
    for name in ("SECRET_KEY", "MASTER_KEY"):
        value = app.config[name]
        assert (value.hex() if isinstance(value, bytes) else value) not in said
