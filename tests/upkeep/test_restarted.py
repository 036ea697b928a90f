"""PostgreSQL goes away and comes back under a running house: one clear page, and all goes on."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import requests

from tests.databases import postgresql_does, running_server, wants_postgresql
from tests.upkeep.houses import House, Visitor, opened, until
from tests.upkeep.test_killed import a_person

PASSWORD = "correct horse battery staple"
EMAIL = "mei@lumen.example"
AWAY = "The database is busy or out of reach. Nothing was saved; try again in a moment."

pytestmark = [pytest.mark.deep, pytest.mark.postgres]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of PostgreSQL of these tests' own, with a house of one user to be copied: they stop it."""
    if not wants_postgresql():
        pytest.skip("this is about PostgreSQL")
    with running_server() as server:
        if not server.startswith("postgresql+psycopg://postgres@127.0.0.1"):
            pytest.skip("a server that was only named is nothing to be stopped")
        address = server.replace("+psycopg", "")
        _make(address, "CREATE DATABASE model")
        house = House(f"{address}/model", tmp_path_factory.mktemp("model"))
        assert house.command("init").returncode == 0
        added = house.command("users", "add", EMAIL, "--name", "Mei", "--role", "relations", "--department", "AR",
                              "--password-stdin", typed=f"{PASSWORD}\n")  # fmt: skip
        assert added.returncode == 0, added.stderr
        yield address


def _make(address: str, *statements: str) -> None:
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]


@pytest.fixture
def house(address: str, tmp_path: Path) -> Iterator[House]:
    """That house, new, with its queue on the same server."""
    _make(
        address,
        "DROP DATABASE IF EXISTS house WITH (FORCE)",
        "CREATE DATABASE house TEMPLATE model",
        # Else a crash takes the sequences of the copy back: that is how PostgreSQL copies, and nothing of ours.
        "CHECKPOINT",
    )
    url = f"{address}/house"
    with opened(House(url, tmp_path, RAPPORT_JOBS_URL=url)) as found:
        yield found


def ask(house: House, words: str) -> list[tuple[object, ...]]:
    with psycopg.connect(house.environment["DATABASE_URL"]) as connection:
        return connection.execute(words).fetchall()  # type: ignore[arg-type]


@contextmanager
def people_locked(house: House) -> Iterator[None]:
    """Nobody can write a person meanwhile; whoever tries waits (three seconds at most)."""
    with psycopg.connect(house.environment["DATABASE_URL"]) as connection:
        connection.execute("LOCK TABLE person IN EXCLUSIVE MODE")
        yield
        connection.close()


def somebody_waits(house: House) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'house'"
    return ask(house, waiting) != [(0,)]


@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_a_request_that_loses_its_database_is_told_and_the_next_one_is_served(
    house: House, address: str, how: str
) -> None:
    """`immediate` is a crash, `fast` what an administrator does: every session is cut off."""
    _, port = house.serve(processes=1)
    visitor = Visitor(port)
    visitor.sign_in(EMAIL, PASSWORD)
    typed = a_person(visitor, "Nadia Cut")
    answers: list[requests.Response] = []
    sending = threading.Thread(target=lambda: answers.append(visitor.post("/people/new", typed)))
    with people_locked(house):
        sending.start()
        until(lambda: somebody_waits(house), 3)
        postgresql_does(address, "restart", how)
    sending.join()
    assert (answers[0].status_code, AWAY in answers[0].text) == (503, True)
    assert visitor.get("/people/").status_code == 200  # every connection of before is dead
    assert [visitor.post("/people/new", typed).status_code for _ in range(2)] == [303, 303]
    assert ask(house, "SELECT name FROM person") == [("Nadia Cut",)]


def test_a_house_without_its_database_says_so_and_comes_back_by_itself(house: House, address: str) -> None:
    _, port = house.serve(processes=1)
    visitor = Visitor(port)
    visitor.sign_in(EMAIL, PASSWORD)
    postgresql_does(address, "stop", "immediate")
    try:
        answers = [visitor.get("/people/"), visitor.get("/people/"), visitor.get("/sign-in")]
        ready = requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=30)
        alive = requests.get(f"http://127.0.0.1:{port}/health/live", timeout=30)
        refused = house.command("jobs", "list")
    finally:
        postgresql_does(address, "start")
    assert [(one.status_code, AWAY in one.text) for one in answers[:2]] == [(503, True)] * 2
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
    assert visitor.get("/people/").status_code == 200


def test_a_worker_outlives_its_database(house: House, address: str) -> None:
    """It loses the database and the queue at once, for some seconds, and does what is asked for afterwards."""
    worker = house.start(sys.executable, "-m", "app.cli", "worker")
    _, port = house.serve(processes=1)
    done = "SELECT count(*) FROM job WHERE state = 'done'"
    visitor = Visitor(port)

    def wish() -> int:
        path = "/sign-in/forgotten"
        return visitor.post(path, visitor.filled(path, email=EMAIL)).status_code

    assert wish() == 200
    until(lambda: ask(house, done) == [(1,)])
    postgresql_does(address, "stop", "immediate")
    time.sleep(12)  # longer than a worker waits between two looks
    postgresql_does(address, "start")
    assert worker.poll() is None
    assert wish() == 200
    until(lambda: ask(house, done) == [(2,)])
    worker.terminate()
    assert worker.wait(timeout=90) == 0


def test_the_commands_of_the_server_are_there(address: str) -> None:
    """What these tests lean on: a restart is one."""
    started = "SELECT pg_postmaster_start_time()"
    with psycopg.connect(f"{address}/postgres") as connection:
        before = connection.execute(started).fetchall()
    postgresql_does(address, "restart", "immediate")
    with psycopg.connect(f"{address}/postgres") as connection:
        assert connection.execute(started).fetchall() != before
