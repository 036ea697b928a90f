"""What a matching run is given and what comes out: people, executives, openings and wishes; plain values, no database.

Times are whole minutes on one clock (since 1970, UTC); a day is a number, the date on the clock of the event; values are
whole points. The order of tuples decides nothing: everything is sorted by id first. Points of a plan: wishes met with what
their openings add, the steps of its guests, `keep_points` for offers kept; less `must_points` for each must-meet missed, and
the first step of each guest nobody meets.
"""

import enum
from collections.abc import Mapping

from msgspec import Struct, field


class Why(enum.StrEnum):
    """A hard rule that keeps two from meeting in an opening; the first that applies, in this order, is said."""

    APART = "apart"
    NO_NDA = "no_nda"
    NO_EMBARGO = "no_embargo"
    NOT_THERE = "not_there"
    JET_LAG = "jet_lag"
    BUSY = "busy"
    HOST_BUSY = "host_busy"
    KEPT = "kept"
    MET = "met"
    TAKEN = "taken"
    DAY_FULL = "day_full"
    NO_PAUSE = "no_pause"
    GUEST_FULL = "guest_full"
    GUEST_DAY_FULL = "guest_day_full"
    GUEST_ELSEWHERE = "guest_elsewhere"
    NO_ROOM = "no_room"
    #: Possible, but the plan is worth more without it.
    NOT_WORTH = "not_worth"
    #: The executive publishes no time.
    NO_OPENING = "no_opening"


class Stretch(Struct, frozen=True):
    """Minutes in which somebody cannot be met, which rule says so, where they are then, and what they do, in words."""

    begins: int
    ends: int
    why: Why = Why.BUSY
    place: str = ""
    words: str = ""


class Guest(Struct, frozen=True):
    """Somebody to be met. `steps` are the points of the first, second, ... meeting: there are no more meetings than steps,
    and a later one is never worth more than an earlier."""

    id: int
    steps: tuple[int, ...] = (60, 0, 0, 0)
    most_a_day: int = 99
    busy: tuple[Stretch, ...] = ()


class Host(Struct, frozen=True):
    """An executive. Meetings are in a row when less than `pause_minutes` lie between them; `busy` includes protected breaks."""

    id: int
    most_a_day: int = 99
    most_in_a_row: int = 99
    pause_minutes: int = 1
    buffer_minutes: int = 0
    busy: tuple[Stretch, ...] = ()


class Opening(Struct, frozen=True):
    """A chair in a window of an executive. Chairs of one `group` are one meeting of the executive with several people.

    The executive is taken `before` and `after` minutes around it, too. Of a pool, at most `Problem.rooms[pool]` windows are
    used at once; without a pool it needs no room of others.
    """

    id: int
    host_id: int
    begins: int
    ends: int
    day: int
    place: str = ""
    pool: str = ""
    group: int = 0
    before: int = 0
    after: int = 0
    #: Kept for this guest and nobody else; 0: for anybody.
    kept_for: int = 0
    #: Points for every meeting here (mornings, say).
    points: int = 0

    @property
    def window(self) -> tuple[int, int]:
        """Equal for the chairs of one meeting: its group, or itself when it has none."""
        return (1, self.group) if self.group else (0, self.id)


class Wish(Struct, frozen=True):
    """Two who might meet, and what it is worth; only wished meetings are planned."""

    guest_id: int
    host_id: int
    points: int
    is_must: bool = False


class Pairing(Struct, frozen=True, order=True):
    """A meeting of a plan: who, in which opening."""

    opening_id: int
    guest_id: int


class Problem(Struct, frozen=True):
    """Everything a run knows. `pins` stand in every plan; each of `offers` that stays as it is earns `keep_points`."""

    guests: tuple[Guest, ...]
    hosts: tuple[Host, ...]
    openings: tuple[Opening, ...]
    wishes: tuple[Wish, ...]
    #: (guest, executive): they do not meet.
    apart: frozenset[tuple[int, int]] = frozenset()
    #: (guest, executive): they have met already, or will in a window that is not planned here.
    met: frozenset[tuple[int, int]] = frozenset()
    pins: tuple[Pairing, ...] = ()
    offers: tuple[Pairing, ...] = ()
    rooms: Mapping[str, int] = field(default_factory=dict)
    #: Minutes from one place to another; within one, or where a place has no name, none.
    walk_minutes: int = 0
    #: Minutes a person has to themselves between two meetings.
    gap_minutes: int = 0
    must_points: int = 1000
    keep_points: int = 0

    def walk(self, one: str, other: str) -> int:
        """Minutes from one place to another."""
        return self.walk_minutes if one and other and one != other else 0


class Plan(Struct, frozen=True):
    """A proposal: its meetings, its points, how long and from which seed it was searched."""

    pairings: tuple[Pairing, ...]
    points: int
    n_rounds: int = 0
    seed: int = 0
