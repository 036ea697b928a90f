"""The production server, really started with its settings: pages, a process that is killed, an orderly end."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import Databases, free_port

REPOSITORY = Path(__file__).parents[2]


@contextlib.contextmanager
def served(
    databases: Databases, application: str = "app:create_app()", **more: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """gunicorn with two processes on a copy of the test's database, and its port; `more` goes into its environment."""
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": databases.fork("served").replace("+psycopg", ""), "RAPPORT_INSTANCE": str(databases.folder),
        "RAPPORT_BIND": f"127.0.0.1:{port}", "PYTHONPATH": str(REPOSITORY), "WEB_CONCURRENCY": "2",
        **more,
    }  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "-c", "packaging/gunicorn.conf.py", application]
    with subprocess.Popen(command, env=environment, cwd=REPOSITORY, stderr=subprocess.PIPE) as server:
        try:
            yield server, port
        finally:
            server.kill()
            server.communicate()


def ask(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def until_ready(port: int) -> dict[str, str]:
    end = time.monotonic() + 150
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            status, said = ask(port, "/health/ready")
            assert status == 200
            found: dict[str, str] = json.loads(said)
            return found
        time.sleep(0.2)
    raise AssertionError("the server did not answer in time")


def children(parent: int) -> set[int]:
    """The processes another one has started."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = re.sub(r"\(.*\)", "", stat.read_text()).split()
            if int(words[2]) == parent and words[1] != "Z":
                found.add(int(words[0]))
    return found


def both_children(parent: int, without: int = 0) -> set[int]:
    """The two processes of a server, once both are there and one that was killed is not."""
    end = time.monotonic() + 30
    while len(found := children(parent)) != 2 or without in found:
        assert time.monotonic() < end, f"there are {len(found)} processes"
        time.sleep(0.1)
    return found


@pytest.mark.slow
def test_the_production_server_outlives_its_processes_and_ends_in_order(
    app: Flask, databases: Databases
) -> None:
    with served(databases) as (server, port):
        assert until_ready(port) == {
            "status": "ready",
            "database": "ok",
            "migrations": "at head",
            "worker": "silent",
            "key": "ok",
        }
        assert ask(port, "/sign-in")[0] == 200
        # What a visitor says of the way here is not believed without a proxy of ours.
        assert (
            ask(port, "/sign-in", **{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})[0]
            == 200
        )
        assert ask(port, "/sign-in", Host="evil.example")[0] == 400
        killed = min(both_children(server.pid))  # the first answers before the second is there
        os.kill(killed, signal.SIGKILL)
        both_children(server.pid, without=killed)
        assert [ask(port, "/sign-in")[0] for _ in range(8)] == [200] * 8
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=120) == 0


def test_senders_who_fall_silent_keep_nobody_else_waiting(databases: Databases) -> None:
    """More of them than there are threads, at a page that wants their words and at one that does not."""
    with (
        served(databases, "tests.upkeep.impatient:create_app()", RAPPORT_THREADS="2") as (_server, port),
        contextlib.ExitStack() as opened,
    ):
        until_ready(port)
        lines = [opened.enter_context(socket.create_connection(("127.0.0.1", port), 20)) for _ in range(6)]
        for number, line in enumerate(lines):
            path = "/sign-in" if number % 2 else "/nowhere"
            head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            line.sendall(f"{head}Content-Length: 100\r\n\r\nemail=".encode())
        status, said = ask(port, "/sign-in")
        assert (status, b"</html>" in said) == (200, True)
        assert [line.recv(12) for line in lines] == [b"HTTP/1.1 400"] * len(lines)
