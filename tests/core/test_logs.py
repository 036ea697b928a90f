"""Logs hold no secrets and one line an event."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from app.core import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log of a server would hold, as it is set up outside tests."""
    root = logging.getLogger()
    handlers, level, ours = list(root.handlers), root.level, structlog.get_config()
    stream = io.StringIO()
    logs.configure("INFO", stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.configure(**ours)


def events(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


SECRET = "Zk3v9-QmL0xT_aB7cD8eF1gH2iJ4kN5oP6qR"


@pytest.mark.parametrize(
    "text",
    [
        f"/calendar/{SECRET}.ics", f"/calendars/{SECRET}", f"/p/{SECRET}", f"/p/{SECRET}/travel", f"/p/arrive/{SECRET}",
        f"GET /p/{SECRET} HTTP/1.1", f"http://localhost/calendar/{SECRET}.ics?x=1", f"Authorization: Bearer {SECRET}",
        f"password={SECRET}&next=/", f'{{"token": "{SECRET}"}}', f"csrf_token={SECRET}",
    ],
)  # fmt: skip
def test_secrets_are_taken_out(text: str) -> None:
    assert SECRET[:12] not in logs.redacted(text)
    assert "…" in logs.redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "/people/7",
        "/calendars/12/rotate",
        "/p/",
        "/calendars/events/3/share",
        "/programs/a-long-name-of-a-program",
    ],
)
def test_ordinary_addresses_stay_readable(text: str) -> None:
    assert logs.redacted(text) == text


def test_nothing_typed_can_forge_a_line(written: io.StringIO) -> None:
    structlog.get_logger().info("sign_in", email='x\n{"event": "all is well"}\r\n\x1b[2J', odd={"a": "b\nc"})
    logging.getLogger("library").warning("one\ntwo %s", "three\u2028four")
    first, second = events(written)
    assert first["email"] == 'x\\n{"event": "all is well"}\\r\\n\\x1b[2J'
    assert second["event"] == "one\\ntwo three\\u2028four"


def test_one_line_per_request_without_what_was_typed(
    app: Flask, client: FlaskClient, written: io.StringIO
) -> None:
    client.get(f"/calendar/{SECRET}.ics?q=Amal")
    client.post("/sign-in", data={"email": "mei@lumen.example", "password": SECRET})
    text = written.getvalue()
    assert SECRET[:12] not in text
    assert "Amal" not in text
    assert "mei@lumen" not in text
    lines = [event for event in events(written) if event["event"] == "request"]
    assert [(line["method"], line["path"]) for line in lines] == [
        ("GET", "/calendar/…"),
        ("POST", "/sign-in"),
    ]
    assert len({line["request"] for line in lines}) == 2
    assert lines[1]["status"] == 422


def test_a_fault_is_logged_on_one_line_with_the_number_of_its_page(written: io.StringIO) -> None:
    try:
        raise ValueError(f"no such door: /p/{SECRET}\nBcc: eve")
    except ValueError:
        structlog.get_logger().exception("unhandled_fault")
    (event,) = events(written)
    assert event["level"] == "error"
    assert "ValueError: no such door: /p/…" in str(event["exception"])
    assert "\n" not in str(event["exception"])
