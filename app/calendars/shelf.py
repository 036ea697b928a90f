"""Feeds that were rendered once, kept in memory by what they show: an unchanged one is never rendered again."""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock

from app.core.ics import Skipped

#: Memory for rendered feeds per process; one of 500 sessions takes 0.2 MB, packed copy included.
MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of a feed, the same packed, and the SHA-256 of the former in hexadecimal."""

    content: bytes
    packed: bytes
    digest: str
    skipped: tuple[Skipped, ...] = ()

    @property
    def n_bytes(self) -> int:
        return len(self.content) + len(self.packed)


def rendered(content: bytes, digest: str, skipped: tuple[Skipped, ...] = ()) -> Rendered:
    """Pack a feed; the packed bytes too are the same for the same feed (no time stamp in them)."""
    return Rendered(content, gzip.compress(content, compresslevel=6, mtime=0), digest, skipped)


def fingerprint(parts: Iterable[object], rows: Iterable[Iterable[Iterable[object]]]) -> str:
    """A name for everything a feed shows: other rows, another name. `rows` are tables of rows of columns."""
    digest = hashlib.sha256(repr(tuple(parts)).encode("utf-8", "backslashreplace"))
    for table in rows:
        digest.update(b"\0table")
        for row in table:
            # A row of SQLAlchemy shortens long texts when it is printed; a tuple does not.
            digest.update(repr(tuple(row)).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


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
