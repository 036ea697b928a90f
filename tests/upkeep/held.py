"""Runs in a process of its own: a command that stops for good where it calls something, so that it can be killed there.

    python -P held.py MODULE:NAME NTH LEASE COMMAND...

The NTH call of MODULE:NAME (a function, or a method as Class.method) writes "held" on standard output and never returns.
LEASE, in seconds, is how long a worker may be silent before another one takes over.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from importlib import import_module
from itertools import count
from typing import Any

from app import cli
from app.core import jobs, outbox

HELD = b"held\n"


def hold(where: str, nth: int) -> None:
    """Put something in the place of a function that stops at its nth call."""
    module, _, path = where.partition(":")
    owner: Any = import_module(module)
    *way, name = path.split(".")
    for step in way:
        owner = getattr(owner, step)
    setattr(owner, name, stopping(getattr(owner, name), nth))


def stopping(function: Callable[..., Any], nth: int) -> Callable[..., Any]:
    """The same function, but that its nth call does nothing for ever."""
    calls = count(1)

    @wraps(function)
    def stand_in(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == nth:
            os.write(1, HELD)
            time.sleep(3600)
        return function(*args, **kwargs)

    return stand_in


def main() -> int:
    """Hold, then run the command."""
    where, nth, lease, *words = sys.argv[1:]
    jobs.LEASE = outbox.LEASE = timedelta(seconds=float(lease))
    jobs.SWEEP_SECONDS = 0.5
    if where:
        hold(where, int(nth))
    return cli.run(words)


if __name__ == "__main__":
    sys.exit(main())
