"""Around a run: the dry run that is taken back, and memory left in peace while many rows pass."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.db import db


@contextmanager
def trial(is_dry: bool) -> Iterator[None]:
    """Undo everything done inside when `is_dry`; needs an open writing transaction, which goes on afterwards.

    A dry run is the real run, taken back: the same code, and nothing stays (P6).
    """
    if not is_dry:
        yield
        return
    db.session.flush()
    savepoint = db.session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


@contextmanager
def without_collecting() -> Iterator[None]:
    """No search for reference cycles inside: rows make none, and looking through all of them again and again cost a third.

    Rows of a whole file live until its end either way, so memory stays the same.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
