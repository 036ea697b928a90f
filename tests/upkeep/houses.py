"""Real processes over the database of a test: commands, workers, servers, and a browser that talks to them."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests
from flask import Flask

from tests.core.hunting import PageReader, plausible
from tests.databases import free_port
from tests.upkeep.held import HELD

REPOSITORY = Path(__file__).parents[2]
_HELD = [sys.executable, "-P", str(Path(__file__).with_name("held.py"))]

#: Many processes begin, and each would compile the whole program where nothing may be written beside it.
_COMPILED_ONCE = {"PYTHONPYCACHEPREFIX": str(REPOSITORY / "build" / "pycache")}


class House:
    """The database and the folder that processes are started over, and every process that was started."""

    def __init__(self, url: str, instance: Path, **more: str) -> None:
        self.environment = os.environ | {
            "DATABASE_URL": url.replace("+psycopg", ""), "RAPPORT_INSTANCE": str(instance),
            "RAPPORT_JOBS_URL": f"sqlite:///{instance}/jobs.db", "PYTHONPATH": str(REPOSITORY), "RAPPORT_PDF": "off",
            **_COMPILED_ONCE, **more,
        }  # fmt: skip
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, typed: bool = False, **more: str) -> subprocess.Popen[bytes]:
        """A process that runs until the end of the test at the latest; `typed`: something is written to it."""
        process = subprocess.Popen(
            command, env=self.environment | more, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL if not os.environ.get("TALK") else None,
            stdin=subprocess.PIPE if typed else subprocess.DEVNULL,
        )  # fmt: skip
        self.started.append(process)
        return process

    def command(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """`rapport WORDS`, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *words], env=self.environment, cwd=REPOSITORY, input=typed,
            capture_output=True, text=True, timeout=180,
        )  # fmt: skip

    def slowed(
        self, *words: str, where: str = "", nth: int = 1, lease: float = 600
    ) -> subprocess.Popen[bytes]:
        """`rapport WORDS`, which stops for good at the nth call of `where`."""
        return self.start(*_HELD, where, str(nth), str(lease), *words)

    def kill_at(self, where: str, *words: str, nth: int = 1, lease: float = 600) -> None:
        """Start a command and kill it (SIGKILL) when it has come to the nth call of `where`."""
        process = self.slowed(*words, where=where, nth=nth, lease=lease)
        wait_until_held(process)
        process.kill()
        process.wait()

    def serve(self, *, processes: int = 2) -> tuple[subprocess.Popen[bytes], int]:
        """gunicorn with the settings of production, and its port, once it answers."""
        port = free_port()
        server = self.start(
            sys.executable, "-m", "gunicorn", "-c", "packaging/gunicorn.conf.py", "app:create_app()",
            RAPPORT_BIND=f"127.0.0.1:{port}", RAPPORT_BASE_URL=f"http://127.0.0.1:{port}", WEB_CONCURRENCY=str(processes),
        )  # fmt: skip
        until_it_answers(port)
        return server, port

    def end(self) -> None:
        """Leave nothing running."""
        for process in self.started:
            process.kill()
            process.communicate()


def house_of(app: Flask, tmp_path: Path, **more: str) -> House:
    """Processes over the database of this test, with a queue of its own."""
    return House(
        str(app.config["SQLALCHEMY_DATABASE_URI"]), Path(app.config["INSTANCE"]),
        **{"RAPPORT_JOBS_URL": f"sqlite:///{tmp_path}/jobs.db", **more},
    )  # fmt: skip


@contextlib.contextmanager
def opened(house: House) -> Iterator[House]:
    """The house, and nothing of it afterwards."""
    try:
        yield house
    finally:
        house.end()


def wait_until_held(process: subprocess.Popen[bytes]) -> None:
    """Until a slowed command says that it has come to the place where it stops."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith(HELD):
            return
    raise AssertionError(f"it ended with status {process.wait()} before it came there")


def until(condition: Callable[[], bool], seconds: float = 90) -> None:
    """Wait for something that other processes do."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def until_it_answers(port: int) -> None:
    """Until a server says that its process lives."""

    def answers() -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"http://127.0.0.1:{port}/health/live", timeout=20).ok
        return False

    until(answers, 150)


def children(parent: int) -> set[int]:
    """The processes another one has started."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = re.sub(r"\(.*\)", "", stat.read_text()).split()
            if int(words[2]) == parent and words[1] != "Z":
                found.add(int(words[0]))
    return found


class Visitor:
    """A browser of a real server: it keeps cookies and sends forms as they stand on the page."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str) -> requests.Response:
        """A page."""
        return self.session.get(self.base + path, timeout=60)

    def filled(self, path: str, **typed: str) -> dict[str, str]:
        """The form of a page, filled in with something plausible and what was typed."""
        page = self.get(path)
        assert page.status_code == 200, (path, page.status_code)
        form = max(PageReader(page.text).forms, key=lambda one: len(dict(plausible(one))))
        return dict(plausible(form)) | typed

    def post(self, path: str, fields: dict[str, Any]) -> requests.Response:
        """Send a form; where it leads to is not followed."""
        return self.session.post(self.base + path, data=fields, timeout=60, allow_redirects=False)

    def sign_in(self, email: str, password: str) -> None:
        """Come in by the password."""
        said = self.post("/sign-in", self.filled("/sign-in", email=email, password=password))
        assert said.status_code == 303, said.text[-2000:]
