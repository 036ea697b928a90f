"""The bell: huey tells sleeping workers that there is something to do. What there is to do stands in our tables.

Losing a ring costs a few seconds (workers also look by themselves), so nothing here may ever fail a request.
"""

import json
import sqlite3
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from threading import Event

import structlog
from flask import Flask, current_app
from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey
from huey.constants import EmptyData
from huey.consumer import Consumer
from huey.serializer import SignedSerializer

log = structlog.get_logger()

_NAME = "rapport"
#: An idle SQLite worker looks this often; Redis and PostgreSQL wake it at once.
_POLL_SECONDS = 0.5

#: What one ring asks for: a function that does a piece of the work and says how much it found; 0 ends the round.
_STEPS: dict[str, Callable[[], int]] = {}


def step(name: str, work: Callable[[], int]) -> Callable[[], None]:
    """Name a piece of work; the result rings for it and suits `core.db.after_commit`."""
    _STEPS[name] = work
    return partial(ring, name)


def steps() -> dict[str, Callable[[], int]]:
    """All named pieces of work."""
    return dict(_STEPS)


def do_all(name: str) -> int:
    """Do a piece of work until there is nothing left of it; returns how much was done."""
    total = 0
    while n_done := _STEPS[name]():
        total += n_done
    return total


def ring(name: str) -> None:
    """Wake a worker; a queue out of reach is logged and forgotten."""
    try:
        _bell().tasks[name]()
    except _troubles() as trouble:
        log.warning("queue_out_of_reach", error=repr(trouble))


def note(key: str, value: list[int]) -> None:
    """Leave a passing word about running work (how far it is) where other processes can read it."""
    try:
        _bell().huey.storage.put_data(key, json.dumps(value).encode())
    except _troubles() as trouble:
        log.warning("queue_out_of_reach", error=repr(trouble))


def noted(key: str) -> list[int] | None:
    """The last word left under a key."""
    try:
        data = _bell().huey.storage.peek_data(key)
    except _troubles() as trouble:
        log.warning("queue_out_of_reach", error=repr(trouble))
        return None
    return None if data is EmptyData else [int(number) for number in json.loads(bytes(data))]


def forget(key: str) -> None:
    """Take back what was left under a key."""
    try:
        _bell().huey.storage.delete_data(key)
    except _troubles() as trouble:
        log.warning("queue_out_of_reach", error=repr(trouble))


def listen(n_threads: int, stop: Event) -> None:
    """Answer rings with `n_threads` threads until `stop` is set, then let them finish what they are at."""
    consumer: Consumer = _bell().huey.create_consumer(
        workers=n_threads, periodic=False, max_delay=_POLL_SECONDS, shutdown_timeout=60
    )
    # start() takes over the signals of the process; ours say the same and more.
    consumer._set_signal_handlers = lambda: None
    consumer.start()
    while not stop.wait(10):
        consumer.check_worker_health()
    consumer.stop(graceful=True)


class _Bell:
    """huey on the store of JOBS_URL, and one task for each piece of work."""

    def __init__(self, app: Flask) -> None:
        self.huey = _make_huey(app)
        self.tasks = {
            name: self.huey.task(name=f"do_{name}")(partial(self._answer, app, name)) for name in _STEPS
        }

    @staticmethod
    def _answer(app: Flask, name: str) -> None:
        with app.app_context():
            do_all(name)


def check_address(url: str) -> str:
    """The kind of store an address names; ValueError if it is none of ours."""
    kind = _STORES.get(url.partition(":")[0].split("+")[0])
    if kind is None:
        raise ValueError("RAPPORT_JOBS_URL must begin with sqlite:///, redis:// or postgresql://")
    return kind


_STORES = {
    "sqlite": "sqlite", "redis": "redis", "rediss": "redis", "unix": "redis", "postgres": "postgresql",
    "postgresql": "postgresql", "memory": "memory",
}  # fmt: skip


def _make_huey(app: Flask) -> Huey:
    url = "memory:" if app.testing else app.config["JOBS_URL"]
    kind, rest = check_address(url), url.partition(":")[2]
    # huey pickles: only messages signed by this installation are unpacked.
    settings = {
        "results": False,
        "serializer": SignedSerializer(secret=app.config["SECRET_KEY"], salt="rapport-jobs"),
    }
    if kind == "sqlite":
        return SqliteHuey(_NAME, filename=rest.removeprefix("///"), **settings)
    if kind == "redis":
        return RedisHuey(_NAME, url=url, **settings)
    if kind == "postgresql":
        return PostgresHuey(_NAME, dsn=f"postgresql:{rest}", **settings)
    return MemoryHuey(_NAME, **settings)


def _bell() -> _Bell:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if "bell" not in app.extensions:
        app.extensions["bell"] = _Bell(app)
    bell: _Bell = app.extensions["bell"]
    return bell


def _troubles() -> tuple[type[BaseException], ...]:
    """What a queue out of reach raises; the drivers of Redis and PostgreSQL are optional."""
    optional = [("redis", "redis.exceptions", "RedisError"), ("psycopg", "psycopg", "Error")]
    found = [getattr(import_module(module), name) for package, module, name in optional if find_spec(package)]
    return (OSError, sqlite3.Error, *found)
