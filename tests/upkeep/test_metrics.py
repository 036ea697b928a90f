"""Figures for a monitor: closed without a token, true, and about nobody."""

import os
import re
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from app.core import clock, outbox, settings
from app.core.db import db, transaction
from app.core.models import Job, JobState
from app.ledger import operations_verification as ledger
from app.upkeep import metrics, operations, pulse
from app.upkeep.archive import Manifest
from tests.databases import Databases
from tests.factories import people, webhooks
from tests.upkeep.test_server import ask, children, served, until_ready

TOKEN = "figures-only-4e1c9b7a"
AUTH = {"Authorization": f"Bearer {TOKEN}"}
NOW = datetime(2026, 9, 17, 9, 0, tzinfo=UTC)


@pytest.fixture
def watched(app: Flask) -> Iterator[FlaskClient]:
    """A monitor; it brings no browser's habits along."""
    app.config["METRICS_TOKEN"] = TOKEN
    yield app.test_client()
    app.config["METRICS_TOKEN"] = ""


def read(text: str) -> dict[str, float]:
    """Samples as `name{label=value,...}`."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def figures(monitor: FlaskClient) -> dict[str, float]:
    answer = monitor.get("/metrics", headers=AUTH)
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (
        200,
        "text/plain",
        "no-store",
    )
    return read(answer.text)


def test_there_is_no_such_page_until_a_token_is_set(app: Flask, client: FlaskClient) -> None:
    for headers in ({}, AUTH, {"Authorization": "Bearer "}):
        assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "said",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer é"],
)  # fmt: skip
def test_only_the_token_opens_it(watched: FlaskClient, said: str) -> None:
    answer = watched.get("/metrics", headers={"Authorization": said.encode().decode("latin-1")})
    assert (answer.status_code, answer.data, answer.headers["WWW-Authenticate"]) == (
        401,
        b"",
        'Bearer realm="metrics"',
    )


def test_a_token_somebody_could_guess_is_refused_at_the_start(app: Flask) -> None:
    with pytest.raises(ValueError, match="16 characters"):
        settings.check(app.config | {"METRICS_TOKEN": "short"})


def test_without_the_library_a_start_with_a_token_says_what_is_missing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "IS_THERE", False)
    monkeypatch.setitem(app.config, "METRICS_TOKEN", TOKEN)
    with pytest.raises(ValueError, match="prometheus-client is missing"):
        metrics.init_app(app)


def test_requests_are_counted_by_page_and_never_by_address(watched: FlaskClient) -> None:
    before = figures(watched)
    key = "Zk3v9-QmL0xT_aB7cD8eF1gH2iJ4kN5oP6qR"
    for path in ("/sign-in", "/sign-in", f"/calendar/{key}.ics", f"/nowhere/{key}"):
        watched.get(path)
    watched.open("/sign-in", method="BREW")
    after = figures(watched)

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert more("rapport_requests_total{endpoint=accounts.sign_in,method=GET,status=200}") == 2
    assert more("rapport_requests_total{endpoint=calendars.feed,method=GET,status=404}") == 1
    assert more("rapport_requests_total{endpoint=none,method=GET,status=404}") == 1
    assert more("rapport_requests_total{endpoint=none,method=other,status=405}") == 1
    assert more("rapport_request_seconds_count{endpoint=accounts.sign_in}") == 2
    assert more("rapport_request_seconds_bucket{endpoint=accounts.sign_in,le=+Inf}") == 2


def test_connections_in_use_are_counted(watched: FlaskClient) -> None:
    name = "rapport_database_connections_in_use"
    watched.get("/sign-in")
    before = figures(watched)
    with db.engine.connect(), db.engine.connect():
        assert figures(watched)[name] == before[name] + 2
    assert figures(watched)[name] == before[name]
    assert before["rapport_database_connections_most"] > 1


def test_figures_of_the_house(app: Flask, watched: FlaskClient) -> None:
    empty = figures(watched)
    assert "rapport_backup_last_timestamp_seconds" not in empty
    assert (
        empty["rapport_job_oldest_waiting_seconds"],
        empty["rapport_sending_held"],
        empty["rapport_database_up"],
    ) == (0, 0, 1)
    with clock.fixed_at(NOW):
        webhooks.made()
        people.person()
        for n, state in enumerate([JobState.WAITING, JobState.WAITING, JobState.FAILED, JobState.DONE]):
            with transaction():
                db.session.add(
                    Job(name="people.export", arguments={}, state=state, made_at=NOW - timedelta(minutes=n))
                )
        with transaction():
            outbox.queue_mail(
                kind="letter", recipient="amal@example.com", subject="A", text="B", dedup_key="1"
            )
            ledger.check_book(by=None)
            manifest = Manifest(
                format=1, program="1", made_at=NOW.isoformat(), engine="sqlite", head="0051", tables={}, ledger_size=0,
                ledger_head="", keys={}, missing=[], parts=[],
            )  # fmt: skip
            operations.remember_verified("rapport.tar", manifest, by=None)
        pulse.note()
    with clock.fixed_at(NOW + timedelta(minutes=5)):
        found = figures(watched)
    assert {name: value for name, value in found.items() if name in _HOUSE} == _HOUSE


_HOUSE = {
    "rapport_jobs{kind=people.export,state=waiting}": 2, "rapport_jobs{kind=people.export,state=failed}": 1,
    "rapport_job_oldest_waiting_seconds": 360, "rapport_outbox_mails{state=new}": 1, "rapport_outbox_mails{state=dead}": 0,
    "rapport_outbox_oldest_waiting_seconds": 300, "rapport_webhook_events{state=waiting}": 1,
    "rapport_webhook_events{state=dead}": 0, "rapport_ledger_verified_timestamp_seconds": NOW.timestamp(),
    "rapport_ledger_intact": 1, "rapport_backup_verified_timestamp_seconds": NOW.timestamp(),
    "rapport_worker_seen_timestamp_seconds": NOW.timestamp(), "rapport_database_up": 1,
}  # fmt: skip


def test_no_figure_is_about_anybody(app: Flask, watched: FlaskClient) -> None:
    """Labels are names of our own: pages, methods, states and kinds of work."""
    people.person("Amal")
    watched.get("/people/1")
    text = watched.get("/metrics", headers=AUTH).text
    assert "Amal" not in text
    assert set(re.findall(r'(\w+)="', text)) <= {"endpoint", "method", "status", "le", "state", "kind"}


@pytest.mark.slow
def test_several_processes_add_up_and_a_new_one_goes_on(
    app: Flask, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_METRICS_TOKEN", TOKEN)
    name = "rapport_requests_total{endpoint=accounts.sign_in,method=GET,status=200}"
    with served(databases) as (server, port):
        until_ready(port)

        def count() -> float:
            status, said = ask(port, "/metrics", **AUTH)
            assert status == 200
            return read(said.decode()).get(name, 0)

        for _ in range(40):
            assert ask(port, "/sign-in")[0] == 200
        assert [count() for _ in range(8)] == [40.0] * 8
        kill_one(server.pid)
        for _ in range(20):
            assert ask(port, "/sign-in")[0] == 200
        assert [count() for _ in range(8)] == [60.0] * 8


def kill_one(parent: int) -> None:
    """End a process that serves, and wait until another has taken its place."""
    before = children(parent)
    os.kill(min(before), signal.SIGKILL)
    end = time.monotonic() + 30
    while not (len(children(parent)) == len(before) and min(before) not in children(parent)):
        assert time.monotonic() < end, "no process took the place of the one that was killed"
        time.sleep(0.1)
