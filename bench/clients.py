"""What eight people at once wait for, on the server of production, against a bare page with the same rows; memory; cold start.

    .venv/bin/python bench/clients.py [--clients 8] [--pages 50] [--turns 5] [--people 2000] [--rounds 3] [--processes 2]

A house with the demo and so many people more, served by gunicorn as `packaging/gunicorn.conf.py` says. Each client opens the
list of people, a person and an event again and again over one connection, signed in; the same is done with a bare Flask and
Jinja page that reads the same rows, statement for statement (`bare.py`), on the same server with the same settings,
in turn. Printed:
the median and the slowest twentieth of each page, the ratio of medians, how long the server's processes worked for each, the
memory of each process after it, and how long from the start of the server to its first page, against an empty Flask app that
imports the same modules. Nothing is judged; exit status 1 only when a page was not served. On a busy machine the ratios of
pages hold better than the milliseconds, and those of starts do not.
"""

import argparse
import contextlib
import http.client
import os
import pickle
import platform
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

ROOT = Path(__file__).parents[1]
EMAIL, PASSWORD = "mei@lumen.example", "quiet-harbour-lantern"


class NotServed(RuntimeError):
    """A page that did not come."""


def house(folder: Path, n_people: int) -> dict[str, str]:
    """The demo and people beside it; the environment everything is started in."""
    environment = os.environ | {
        "RAPPORT_INSTANCE": str(folder), "DATABASE_URL": f"sqlite:///{folder}/rapport.db", "RAPPORT_PDF": "off",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'bench'}", "BENCH_DATABASE": f"{folder}/rapport.db", "BENCH_MODULES": f"{folder}/modules",
        "BENCH_ASKED": f"{folder}/asked",
    }  # fmt: skip
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    lines = (f"Person {number:05},person{number}@list.example,Sweden" for number in range(n_people))
    (folder / "list.csv").write_text("\n".join(["Name,E-mail,Country", *lines]))
    for words in (
        ("-m", "app.cli", "init"),
        ("-m", "app.cli", "demo"),
        ("-m", "app.cli", "import", "people", f"{folder}/list.csv", "--owner", EMAIL),
        ("bench/watching.py", EMAIL, PASSWORD),
    ):
        subprocess.run(
            [sys.executable, *words],
            env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    return environment


@contextlib.contextmanager
def served(
    application: str, environment: dict[str, str], n_processes: int
) -> Iterator[tuple[int, int, float]]:
    """gunicorn with an application: its number, its port, and the seconds from its start to its first page."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    more = {
        "RAPPORT_BIND": f"127.0.0.1:{port}",
        "RAPPORT_BASE_URL": f"http://127.0.0.1:{port}",
        "WEB_CONCURRENCY": str(n_processes),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "packaging/gunicorn.conf.py", application]
    begins = time.perf_counter()
    with subprocess.Popen(command, env=environment | more, cwd=ROOT, stderr=subprocess.DEVNULL) as server:
        try:
            first = _first_page(port, begins)
            yield server.pid, port, first
        finally:
            server.terminate()
            server.wait(60)


def _first_page(port: int, begins: float) -> float:
    while time.perf_counter() < begins + 300:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/sign-in")
            connection.getresponse().read()
            return time.perf_counter() - begins
        time.sleep(0.005)
    raise NotServed("the server did not begin")


class Client:
    """A browser with one connection that stays open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = ""

    def get(self, path: str) -> str:
        """A page; NotServed for anything but 200."""
        try:
            answer = self._ask(path)
        except http.client.RemoteDisconnected:  # it was silent for longer than the server waits
            self._connection.close()
            answer = self._ask(path)
        page = answer.read().decode()
        if answer.status != 200:
            raise NotServed(f"{path}: {answer.status}")
        self._keep(answer)
        return page

    def _ask(self, path: str) -> http.client.HTTPResponse:
        self._connection.request("GET", path, headers={"Cookie": self.cookie})
        return self._connection.getresponse()

    def sign_in(self) -> None:
        """Come in by the password of the demo."""
        hidden = dict(
            re.findall(r'name="(csrf_token|form_key|version)"[^>]*value="([^"]*)"', self.get("/sign-in"))
        )
        body = urlencode(hidden | {"email": EMAIL, "password": PASSWORD})
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", "/sign-in", body, headers)
        answer = self._connection.getresponse()
        answer.read()
        self._keep(answer)
        if answer.status != 303:
            raise NotServed(f"/sign-in: {answer.status}")

    def _keep(self, answer: http.client.HTTPResponse) -> None:
        said = answer.headers.get_all("Set-Cookie") or []
        self.cookie = said[-1].partition(";")[0] if said else self.cookie


class Taken(NamedTuple):
    """Of one page: what each client waited, in order, and what the server's processes worked for each, in milliseconds."""

    waited: list[float]
    worked: float


class Side:
    """A server and everybody who asks it."""

    def __init__(self, server: int, port: int, n_clients: int) -> None:
        self._server = server
        self.clients = [Client(port) for _ in range(n_clients)]

    def open_all(self, pool: ThreadPoolExecutor, path: str, n_pages: int) -> Taken:
        """A page, with all clients at work at once."""
        before = worked(self._server)
        rounds = list(pool.map(lambda client: _waits(client, path, n_pages), self.clients))
        spent = worked(self._server) - before
        return Taken([one for taken in rounds for one in taken], spent / (len(self.clients) * n_pages))


def _waits(client: Client, path: str, n_pages: int) -> list[float]:
    taken = []
    for _ in range(n_pages):
        begins = time.perf_counter()
        client.get(path)
        taken.append(1000 * (time.perf_counter() - begins))
    return taken


def measure(sides: Sequence[Side], path: str, n_pages: int, n_turns: int) -> list[Taken]:
    """A page of each side, once it has been shown; in turn, because how fast a machine is changes within seconds."""
    found: list[list[Taken]] = [[] for _side in sides]
    with ThreadPoolExecutor(max(len(side.clients) for side in sides)) as pool:
        for side in sides:
            # Every process has shown it before; how long the first page takes is measured apart.
            list(pool.map(lambda client: _waits(client, path, 2), side.clients))
        for _ in range(n_turns):
            for side, taken in zip(sides, found, strict=True):
                taken.append(side.open_all(pool, path, n_pages // n_turns))
    return [
        Taken(
            sorted(one for turn in turns for one in turn.waited),
            statistics.mean(turn.worked for turn in turns),
        )
        for turns in found
    ]


def worked(parent: int) -> float:
    """Milliseconds the processes of a server have worked since they began, in their own name and the kernel's."""
    ticks = sum(int(words[11]) + int(words[12]) for _place, words in _processes_of(parent))
    return 1000 * ticks / os.sysconf("SC_CLK_TCK")


def _processes_of(parent: int) -> Iterator[tuple[Path, list[str]]]:
    """The folders of a server's processes, and their state without number and name."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = stat.read_text().rpartition(")")[2].split()
            if int(words[1]) == parent:
                yield stat.parent, words


def memory(parent: int) -> list[tuple[float, float]]:
    """Megabytes of each process of a server: what is in memory, and its fair share of what they have together."""
    found = []
    for folder, _words in _processes_of(parent):
        rollup = (folder / "smaps_rollup").read_text()
        sizes = {name: int(size) for name, size in re.findall(r"^(Rss|Pss):\s+(\d+) kB", rollup, re.M)}
        found.append((sizes["Rss"] / 1024, sizes["Pss"] / 1024))
    return found


def say_pages(paths: Sequence[str], ours: Sequence[Taken], floor: Sequence[Taken]) -> None:
    """A line for each page: how long people wait, and how much the server works for it."""
    print(f"{'page':<12} {'ours median':>12} {'slowest 5 %':>12} {'bare median':>12} {'ratio':>6} "
          f"{'work':>9} {'bare':>8} {'ratio':>6}")  # fmt: skip
    for path, mine, others in zip(paths, ours, floor, strict=True):
        late = mine.waited[int(0.95 * (len(mine.waited) - 1))]
        usual, least = statistics.median(mine.waited), statistics.median(others.waited)
        print(
            f"{path:<12} {usual:>9.1f} ms {late:>9.1f} ms {least:>9.1f} ms {usual / least:>6.1f} "
            f"{mine.worked:>6.1f} ms {others.worked:>5.1f} ms {mine.worked / others.worked:>6.1f}"
        )


def say_starts(environment: dict[str, str], rounds: int) -> None:
    """How long until the first page, the least of some rounds each, in turn."""
    starts: dict[str, list[float]] = {"app:create_app()": [], "bare:empty()": []}
    for _ in range(rounds):
        for application, taken in starts.items():
            with served(application, environment, 1) as (_pid, _port, first):
                taken.append(first)
    ours, floor = (min(taken) for taken in starts.values())
    print(
        f"cold start to the first page: {ours:.2f} s; an empty app with the same imports {floor:.2f} s; ratio {ours / floor:.2f}"
    )


def main() -> int:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, usual in (
        ("clients", 8),
        ("pages", 50),
        ("people", 2000),
        ("turns", 5),
        ("rounds", 3),
        ("processes", 2),
    ):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as folder:
        environment = house(Path(folder), given.people)
        asked = pickle.loads(Path(environment["BENCH_ASKED"]).read_bytes())
        paths = tuple(asked)
        print(f"{platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
              f"{given.clients} clients, {given.pages} pages each, {given.processes} processes")  # fmt: skip
        with (
            served("app:create_app()", environment, given.processes) as (pid, port, _first),
            served("bare:pages()", environment, given.processes) as (bare_pid, bare_port, _bare_first),
        ):
            ours, bare = Side(pid, port, given.clients), Side(bare_pid, bare_port, given.clients)
            for client in ours.clients:
                client.sign_in()
            taken = [measure((ours, bare), path, given.pages, given.turns) for path in paths]
            sizes = memory(pid)
        say_pages(paths, *zip(*taken, strict=True))
        print(
            "memory of each process:",
            ", ".join(f"{rss:.0f} MB ({pss:.0f} MB its share)" for rss, pss in sizes),
        )
        say_starts(environment, given.rounds)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotServed as trouble:
        sys.exit(str(trouble))
