"""Feeds that were rendered once, kept in memory by what they show: an unchanged one is never rendered again.

Beside them the questions they were made from: when all answers are still the same, so is the feed.
"""

import gzip
import hashlib
import io
import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from threading import Lock

from msgspec import Struct

from app.core import clock
from app.core.asking import Asked
from app.core.ics import Skipped

#: Memory for rendered feeds per process; one of 500 sessions takes 0.2 MB, packed copy included.
MAX_BYTES = 32 * 1024 * 1024
#: Rows of answers kept to compare, per process; one of an agenda takes 1 kB.
MAX_ROWS = 30_000


class Rendered(Struct, frozen=True):
    """The bytes of a feed, the same packed, and the SHA-256 of the former in hexadecimal."""

    content: bytes
    packed: bytes
    digest: str
    skipped: tuple[Skipped, ...] = ()

    @property
    def n_items(self) -> int:
        return self.content.count(b"\r\nBEGIN:VEVENT\r\n")

    @property
    def n_bytes(self) -> int:
        return len(self.content) + len(self.packed)


def rendered(content: bytes, digest: str, skipped: tuple[Skipped, ...] = ()) -> Rendered:
    """Pack a feed; the packed bytes too are the same for the same feed (no time stamp in them)."""
    return Rendered(content, gzip.compress(content, compresslevel=6, mtime=0), digest, skipped)


def fingerprint(parts: Iterable[object], tables: Iterable[Sequence[Sequence[object]]]) -> str:
    """A name for everything a feed shows: other values, another name. `tables` are rows of plain values."""
    written = io.BytesIO()
    pickler = pickle.Pickler(written, protocol=5)
    # Each value by itself: otherwise the bytes would depend on which equal values happen to be one object.
    pickler.fast = True
    pickler.dump((tuple(parts), [[tuple(row) for row in table] for table in tables]))
    return hashlib.sha256(written.getbuffer()).hexdigest()


class Shelf:
    """The feeds used last, up to a number of bytes; safe to share between threads."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._kept: OrderedDict[str, Rendered] = OrderedDict()
        self._lock = Lock()
        #: How often something had to be made.
        self.n_made = 0

    def get(self, key: str, make: Callable[[], Rendered]) -> Rendered:
        """The feed under this fingerprint; made and kept when it is not there."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
        made = make()  # outside the lock: two threads may both render, neither waits for another feed
        with self._lock:
            self.n_made += 1
            if key not in self._kept:
                self._kept[key] = made
                self._n_bytes += made.n_bytes
            while self._n_bytes > self._max_bytes and self._kept:
                _, oldest = self._kept.popitem(last=False)
                self._n_bytes -= oldest.n_bytes
        return made


class _Made(Struct, frozen=True):
    """A feed, what it was made from, and when it is over whatever the database says."""

    rendered: Rendered
    asked: Asked
    until: datetime | None


class Memory:
    """The feeds served last with the answers they were made from, up to a number of rows; safe to share between threads."""

    def __init__(self, max_rows: int = MAX_ROWS) -> None:
        self._max_rows = max_rows
        self._n_rows = 0
        self._kept: OrderedDict[object, _Made] = OrderedDict()
        self._lock = Lock()

    def recall(self, key: object) -> Rendered | None:
        """The feed under this key if everything it was made from stands unchanged at this moment, all read anew."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
        if known is None or (known.until is not None and clock.now() > known.until):
            return None
        return known.rendered if known.asked.still_holds() else None

    def keep(self, key: object, rendered: Rendered, asked: Asked, until: datetime | None) -> None:
        """Remember a feed, unless what it was made from cannot be asked again or is too much."""
        with self._lock:
            old = self._kept.pop(key, None)
            self._n_rows -= old.asked.n_rows if old is not None else 0
            if not asked.is_repeatable or asked.n_rows > self._max_rows:
                return
            self._kept[key] = _Made(rendered, asked, until)
            self._n_rows += asked.n_rows
            while self._n_rows > self._max_rows:
                _, oldest = self._kept.popitem(last=False)
                self._n_rows -= oldest.asked.n_rows
