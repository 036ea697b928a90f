"""So often and no oftener: what anybody may set off by looking at a page, where nothing may be written down."""

import time
from collections import OrderedDict, deque
from threading import Lock

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
