"""So often and no oftener: what anybody may set off by looking at a page, where nothing may be written down."""

import fcntl
import hashlib
import math
import os
import struct
import time
from collections import OrderedDict, deque
from pathlib import Path
from threading import Lock
from typing import Final

from msgspec import Struct

from app.core import clock

#: Who asked is forgotten, the longest silent first, once there are so many.
_MOST_KEYS = 10_000


class Pace:
    """Counts in the memory of this process; every process has its own, so the bound holds for each."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, key: str) -> int:
        """Note one more; how many seconds to wait first, 0 when it is in order. One that has to wait is not counted."""
        now = time.monotonic()
        with self._lock:
            times = self._seen.setdefault(key, deque(maxlen=self.most))
            self._seen.move_to_end(key)
            if len(self._seen) > _MOST_KEYS:
                self._seen.popitem(last=False)
            if len(times) == self.most and now - times[0] < self.seconds:
                return int(self.seconds - (now - times[0])) + 1
            times.append(now)
            return 0


class Taken(Struct, frozen=True):
    """One request that was counted, or refused: how many are left, and in how many seconds all of them are again."""

    left: int
    seconds: int
    is_refused: bool = False


class SharedPace:
    """Counts that all processes of a machine keep together: in a small file that never grows, with no question to the database.

    A window begins with the first request after the one before it was over. The file holds a fixed number of places; where
    more keys than there are places are busy at once, the one that began first is forgotten. What stands in it are prints.
    """

    #: A place: eight bytes of the print of a key, when its window began, how many it had.
    _PLACE: Final = struct.Struct("<8sdI")
    _N_BESIDE: Final = 8
    _N_ROWS: Final = 1024
    _ROW: Final = _PLACE.size * _N_BESIDE
    #: So far apart the clocks of two who count together may be.
    _SKEW: Final = 1.0

    def __init__(self, path: Path, seconds: int) -> None:
        self.path, self.seconds = path, seconds
        self._lock = Lock()
        self._file: int | None = None

    def take(self, key: str, most: int) -> Taken:
        """Note one more of `most`; one that is refused is not counted. OSError where the file cannot be used."""
        print_ = hashlib.sha256(key.encode()).digest()
        at = int.from_bytes(print_[8:16], "little") % self._N_ROWS * self._ROW
        now = clock.now().timestamp()
        with self._lock:  # threads; the lock of the file keeps other processes out
            file = self._open()
            fcntl.lockf(file, fcntl.LOCK_EX, self._ROW, at)
            try:
                return self._count(file, at, print_[:8], now, most)
            finally:
                fcntl.lockf(file, fcntl.LOCK_UN, self._ROW, at)

    def _open(self) -> int:
        if self._file is None:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.ftruncate(file, self._ROW * self._N_ROWS)
            self._file = file
        return self._file

    def _count(self, file: int, at: int, print_: bytes, now: float, most: int) -> Taken:
        places = list(self._PLACE.iter_unpack(os.pread(file, self._ROW, at)))
        found = next((place for place, row in enumerate(places) if row[0] == print_), None)
        # Its own place, else the one that was silent longest.
        place = min(range(self._N_BESIDE), key=lambda one: places[one][1]) if found is None else found
        _, began, n = places[place]
        if found is None or not -self._SKEW < now - began < self.seconds:
            began, n = now, 0
        seconds = max(1, math.ceil(began + self.seconds - now))
        if n >= most:
            return Taken(0, seconds, is_refused=True)
        os.pwrite(file, self._PLACE.pack(print_, began, n + 1), at + place * self._PLACE.size)
        return Taken(most - n - 1, seconds)
