"""What a monitor may count, in the format of Prometheus: requests of all processes, and figures of the house.

Requests are counted in memory of each process. Where several serve, PROMETHEUS_MULTIPROC_DIR names a folder in which each has a
file and whoever is asked adds them up (`packaging/gunicorn.conf.py`). The rest is read from the database when it is asked for.
"""

import hmac
import os
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from flask import Flask, Response, current_app, g, request
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from app.core.db import db
from app.upkeep.figures import Figure, figures

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_NAMES: Final = "rapport"
_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: Anything else a visitor may call a method counts as one.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# The library is an extra: a house that is not looked at by a monitor does without it.
IS_THERE: Final = find_spec("prometheus_client") is not None
_prometheus: Any = import_module("prometheus_client") if IS_THERE else None


def _slot() -> str:
    """The place of this process among those that serve: whoever takes the place of another goes on with its figures."""
    return os.environ.get("RAPPORT_METRICS_SLOT") or str(os.getpid())


_IS_SHARED: Final = IS_THERE and bool(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
if _IS_SHARED:
    _values: Any = import_module("prometheus_client.values")
    _values.ValueClass = _values.MultiProcessValue(_slot)


class _Counters:
    """What is counted in this process."""

    def __init__(self) -> None:
        _prometheus.disable_created_metrics()  # a second line for each figure, which nobody reads
        self.registry = _prometheus.CollectorRegistry()
        kept = {"namespace": _NAMES, "registry": self.registry}
        self.requests = _prometheus.Counter(
            "requests", "Requests by what answered them.", ["endpoint", "method", "status"], **kept
        )
        self.seconds = _prometheus.Histogram(
            "request_seconds", "How long requests took.", ["endpoint"], buckets=_BUCKETS, **kept
        )
        self.connections = _prometheus.Gauge(
            "database_connections_in_use", "Connections to the database somebody works with now.",
            multiprocess_mode="livesum", **kept,
        )  # fmt: skip
        self.most_connections = _prometheus.Gauge(
            "database_connections_most",
            "Connections there may be at once.",
            multiprocess_mode="livesum",
            **kept,
        )


_counters: Final = _Counters() if IS_THERE else None


def init_app(app: Flask) -> None:
    """Count requests and connections of an app from now on, where a monitor is let in. ValueError without the library."""
    if app.config["METRICS_TOKEN"] and not IS_THERE:
        raise ValueError(
            "RAPPORT_METRICS_TOKEN is set, but the package prometheus-client is missing. Install rapport[metrics]."
        )
    if _counters is None:
        return
    app.after_request(_count)
    with app.app_context():
        _watch(db.engine)


def _watch(engine: Engine) -> None:
    event.listen(engine, "checkout", lambda *_: _counters.connections.inc() if _counters else None)
    event.listen(engine, "checkin", lambda *_: _counters.connections.dec() if _counters else None)


def _count(response: Response) -> Response:
    """Under the name of the page, never its address: that may hold a number of somebody, or a key."""
    if _counters is not None and current_app.config["METRICS_TOKEN"]:
        page = request.endpoint or "none"
        method = request.method if request.method in _METHODS else "other"
        _counters.requests.labels(page, method, str(response.status_code)).inc()
        _counters.seconds.labels(page).observe(time.perf_counter() - g.get("began_at", time.perf_counter()))
        _counters.most_connections.set(_most_connections(db.engine))
    return response


def _most_connections(engine: Engine) -> int:
    pool: Any = engine.pool
    size, more = getattr(pool, "size", None), getattr(pool, "_max_overflow", 0)
    return int(size()) + max(0, int(more)) if size is not None else 1


def is_let_in(authorization: str) -> bool:
    """Whether a header carries the token of the monitor; False where there is none."""
    token: str = current_app.config["METRICS_TOKEN"]
    scheme, _, said = authorization.partition(" ")
    return (
        bool(token)
        and scheme.lower() == "bearer"
        and hmac.compare_digest(said.strip().encode(), token.encode())
    )


def text() -> bytes:
    """All figures; those of the database are missing while it is out of reach."""
    if _counters is None:
        raise RuntimeError("prometheus-client is not installed")
    requests, house = _counters.registry, _prometheus.CollectorRegistry()
    if _IS_SHARED:
        requests = _prometheus.CollectorRegistry()
        import_module("prometheus_client.multiprocess").MultiProcessCollector(requests)
    house.register(_House())
    written: bytes = _prometheus.generate_latest(requests) + _prometheus.generate_latest(house)
    return written


class _House:
    """Figures of the house, as the library collects them."""

    def collect(self) -> Iterator[Any]:
        try:
            found, is_up = list(figures()), True
        except DBAPIError:
            db.session.rollback()
            found, is_up = [], False
        up = Figure("database_up", "Whether the database answers.", (), (((), float(is_up)),))
        core: Any = import_module("prometheus_client.core")
        for one in [up, *found]:
            family = core.GaugeMetricFamily(f"{_NAMES}_{one.name}", one.words, labels=one.labels)
            for labels, value in one.values:
                family.add_metric(labels, value)
            yield family
