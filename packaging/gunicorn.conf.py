"""How Rapport is served to many: `gunicorn -c packaging/gunicorn.conf.py "app:create_app()"`, behind a proxy that speaks TLS.

Processes may die and be started again at any moment: what was not committed never was, and a form sent again acts once.
"""

import gc
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

bind = os.environ.get("RAPPORT_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Loaded once, before the processes part: one that dies is replaced in a moment. No connection is open by then.
preload_app = True
# Next to nothing of what is made while loading is ever given back, so nobody looks for it: not now, and not in the processes,
# which would touch all of it again and again and have a copy of their own each.
gc.disable()
# A thread waits for the database most of its time; SQLite has one writer anyway.
threads = int(os.environ.get("RAPPORT_THREADS", "4"))
# Longer than a statement may take on PostgreSQL, so that the database says no before the process is ended.
timeout = 150
graceful_timeout = 30
# A process takes no more than it has threads for, and keeps no connection: what waits, waits before all of them, and whoever is
# free first takes it. With connections that are kept, one process may have all of them and another none. Asking anew costs the
# proxy on the same machine a tenth of a millisecond.
worker_connections = threads
keepalive = 0
# What leaks slowly never gets far; the jitter keeps them from ending together.
max_requests, max_requests_jitter = 5000, 500
# The sign of life of each worker: never on a disk that may stall.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 -- in memory
# The application writes one line for each request, without the secrets an address may hold; gunicorn's own would have them.
accesslog = None
errorlog = "-"
# No door for commands beside the signals.
control_socket_disable = True
# Who came by which way is decided by RAPPORT_PROXIES alone.
secure_scheme_headers = {}
forwarded_allow_ips = ""
limit_request_line = 4094
limit_request_fields = 60

# What a monitor counts: each process has files of its own in this folder, and whoever is asked adds them up.
# A process that takes the place of another goes on with its files, so that there are never more of them than processes.
_places: dict[int, int] = {}
if os.environ.get("RAPPORT_METRICS_TOKEN") or os.environ.get("RAPPORT_METRICS_TOKEN_FILE"):
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:  # this file may be read more than once
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
            prefix="rapport-metrics-", dir=worker_tmp_dir
        )
    for _old in Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("*.db"):
        _old.unlink()


def pre_fork(server: Any, worker: Any) -> None:
    """Give the new process the first place that is free, and leave what is loaded as it is."""
    gc.freeze()
    taken = set(_places.values())
    _places[worker.age] = next(place for place in range(len(taken) + 1) if place not in taken)


def post_fork(server: Any, worker: Any) -> None:
    """Before its first request."""
    gc.enable()
    os.environ["RAPPORT_METRICS_SLOT"] = f"web{_places[worker.age]}"


def child_exit(server: Any, worker: Any) -> None:
    """What it had counted stays; what it had in its hands is nobody's."""
    place = _places.pop(worker.age, None)
    if place is not None and "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(f"web{place}")


def on_exit(server: Any) -> None:
    """Leave nothing behind in memory."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
