"""A plan in the making: who meets whom, and the one place where the hard rules of matching stand (X2).

Each rule is a mask with one bit per opening. `feasible` is what all of them leave: the search asks it a million times, a
move by hand asks it once, and `why_not` names the first mask that says no.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from app.executives.matching import Guest, Host, Opening, Pairing, Problem, Stretch, Why


class Hurdle(Struct, frozen=True):
    """Why two cannot meet in an opening: the rule, and the time or the meetings in the way."""

    why: Why
    stretch: Stretch | None = None
    others: tuple[Pairing, ...] = ()


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, from below."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def mask_of(numbers: Iterable[int]) -> int:
    """The mask with these bits."""
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


class Facts:
    """What holds whatever the plan, worked out once: guests, hosts and openings by number, and masks of openings."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.guests: list[Guest] = sorted(problem.guests, key=lambda one: one.id)
        self.hosts: list[Host] = sorted(problem.hosts, key=lambda one: one.id)
        self.openings: list[Opening] = sorted(problem.openings, key=lambda one: (one.begins, one.id))
        self.guest_at = {one.id: n for n, one in enumerate(self.guests)}
        self.host_at = {one.id: n for n, one in enumerate(self.hosts)}
        self.opening_at = {one.id: n for n, one in enumerate(self.openings)}
        self.host_of = [self.host_at[one.host_id] for one in self.openings]
        self.of_host = [0] * len(self.hosts)
        self.of_day: dict[int, int] = defaultdict(int)
        for number, opening in enumerate(self.openings):
            self.of_host[self.host_of[number]] |= 1 << number
            self.of_day[opening.day] |= 1 << number
        self.apart = self._pairs(problem.apart)
        self.met = self._pairs(problem.met)
        self.windows: dict[tuple[int, int], int] = defaultdict(int)
        for number, opening in enumerate(self.openings):
            self.windows[opening.window] |= 1 << number
        self.kept = mask_of(number for number, opening in enumerate(self.openings) if opening.kept_for)
        self.kept_for: dict[int, int] = defaultdict(int)
        for number in bits(self.kept):
            self.kept_for[self.openings[number].kept_for] |= 1 << number
        self.guest_there = [mask_of(self._clear_of(guest.busy)) for guest in self.guests]
        self.host_there = [
            mask_of(self._clear_of(host.busy, self.of_host[number])) for number, host in enumerate(self.hosts)
        ]
        self._find_clashes()
        self._find_cells()

    def _clear_of(self, busy: Sequence[Stretch], among: int = -1) -> list[int]:
        """The openings that no stretch keeps anybody from."""
        return [
            number
            for number, opening in enumerate(self.openings)
            if among >> number & 1 and self.stretch_at(busy, opening) is None
        ]

    def stretch_at(self, busy: Sequence[Stretch], opening: Opening) -> Stretch | None:
        """The first stretch in which somebody is away during an opening, or from which the walk is too long."""
        for stretch in busy:
            walk = self.problem.walk(stretch.place, opening.place)
            if stretch.begins < opening.ends + walk and opening.begins < stretch.ends + walk:
                return stretch
        return None

    def window_of(self, opening: int) -> int:
        """The chairs of the meeting an opening belongs to."""
        return self.windows[self.openings[opening].window]

    def allowed(self, guest: int, host: int) -> int:
        """The openings of a host that no fact takes away from a guest."""
        if (guest, host) in self.apart or (guest, host) in self.met:
            return 0
        return (
            self.host_there[host]
            & self.guest_there[guest]
            & (~self.kept | self.kept_for[self.guests[guest].id])
        )

    def _pairs(self, ids: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
        return frozenset(
            (self.guest_at[guest], self.host_at[host])
            for guest, host in ids
            if guest in self.guest_at and host in self.host_at
        )

    def _find_clashes(self) -> None:
        """For each opening: which others a guest, and its host, cannot have beside it; which touch it without a break."""
        n = len(self.openings)
        self.guest_clash, self.host_clash, self.linked = [0] * n, [0] * n, [0] * n
        for one, first in enumerate(self.openings):
            self.guest_clash[one] |= 1 << one
            self.host_clash[one] |= 1 << one
            for other in range(one + 1, n):
                second = self.openings[other]
                gap = second.begins - first.ends  # negative: they overlap
                walk = self.problem.walk(first.place, second.place)
                if gap < max(self.problem.gap_minutes, walk):
                    _both(self.guest_clash, one, other)
                if self.host_of[one] == self.host_of[other] and first.window != second.window:
                    host = self.hosts[self.host_of[one]]
                    if gap < max(host.buffer_minutes, first.after + second.before, walk):
                        _both(self.host_clash, one, other)
                    elif gap < host.pause_minutes:
                        _both(self.linked, one, other)

    def _find_cells(self) -> None:
        """Cut the time of each pool where an opening begins or ends; a cell is full when all rooms are used."""
        self.cells_of: list[tuple[int, ...]] = [()] * len(self.openings)
        self.cell_masks: list[int] = []
        self.cell_rooms: list[int] = []
        for pool, n_rooms in sorted(self.problem.rooms.items()):
            mine = [number for number, opening in enumerate(self.openings) if opening.pool == pool]
            cuts = sorted(
                {cut for number in mine for cut in (self.openings[number].begins, self.openings[number].ends)}
            )
            at = {cut: len(self.cell_masks) + n for n, cut in enumerate(cuts)}
            self.cell_masks += [0] * len(cuts)
            self.cell_rooms += [n_rooms] * len(cuts)
            for number in mine:
                opening = self.openings[number]
                cells = tuple(range(at[opening.begins], at[opening.ends]))
                self.cells_of[number] = cells
                for cell in cells:
                    self.cell_masks[cell] |= 1 << number


def _both(masks: list[int], one: int, other: int) -> None:
    masks[one] |= 1 << other
    masks[other] |= 1 << one


class Board:
    """The state of a plan: masks of the openings that the meetings so far leave free."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        n_guests, n_hosts = len(facts.guests), len(facts.hosts)
        #: The guest in each opening, or -1.
        self.guest_in = [-1] * len(facts.openings)
        self.of_guest = [0] * n_guests
        self.n_of_guest = [0] * n_guests
        self.of_host = [0] * n_hosts
        #: The opening in which two meet.
        self.met: dict[tuple[int, int], int] = {}
        self._allowed: dict[tuple[int, int], int] = {}
        self._host_masks: list[dict[int, int]] = [{} for _ in facts.hosts]
        self._in_cell = [0] * len(facts.cell_masks)
        self.guest_free = [-1 if guest.steps else 0 for guest in facts.guests]
        self.host_free = [self._free_of_host(host, 0) for host in range(n_hosts)]
        self.room_free = -1
        #: Chairs of windows that are used: they need no further room.
        self.seated = 0
        if 0 in facts.cell_rooms:
            self._look_for_rooms()

    def feasible(self, guest: int, host: int) -> int:
        """The openings in which these two can meet as things stand; 0 when there is none."""
        if (guest, host) in self.met:
            return 0
        allowed = self._allowed.get((guest, host), -1)
        if allowed < 0:
            allowed = self._allowed[guest, host] = self.facts.allowed(guest, host)
        return allowed & self.guest_free[guest] & self.host_free[host] & (self.room_free | self.seated)

    def put(self, guest: int, opening: int) -> None:
        """Plan a meeting; `feasible` was asked before, except for pins."""
        host = self.facts.host_of[opening]
        self.guest_in[opening] = guest
        self.met[guest, host] = opening
        self.of_guest[guest] |= 1 << opening
        self.n_of_guest[guest] += 1
        self.of_host[host] |= 1 << opening
        self._refresh(guest, host)
        window = self.facts.window_of(opening)
        if window & self.seated:
            return
        self.seated |= window
        for cell in self.facts.cells_of[opening]:
            self._in_cell[cell] += 1
            if self._in_cell[cell] >= self.facts.cell_rooms[cell]:
                self.room_free &= ~self.facts.cell_masks[cell]

    def take(self, opening: int) -> int:
        """Take a meeting out of the plan; returns its guest."""
        host, guest = self.facts.host_of[opening], self.guest_in[opening]
        self.guest_in[opening] = -1
        del self.met[guest, host]
        self.of_guest[guest] ^= 1 << opening
        self.n_of_guest[guest] -= 1
        self.of_host[host] ^= 1 << opening
        self._refresh(guest, host)
        window = self.facts.window_of(opening)
        if window & self.of_host[host]:
            return guest
        self.seated &= ~window
        was_full = False
        for cell in self.facts.cells_of[opening]:
            was_full = was_full or self._in_cell[cell] >= self.facts.cell_rooms[cell]
            self._in_cell[cell] -= 1
        if was_full:
            self._look_for_rooms()
        return guest

    def why_not(self, guest: int, opening: int) -> Hurdle | None:
        """The first rule that keeps a guest from an opening, out of the same masks as `feasible`; None when it is free."""
        host, one = self.facts.host_of[opening], 1 << opening
        if self.feasible(guest, host) & one:
            return None
        return (
            self._fact_against(guest, host, opening)
            or self._host_against(host, opening)
            or self._guest_against(guest, opening)
            or Hurdle(Why.NO_ROOM, others=self._pairings(self._used_with(opening)))
        )

    def _fact_against(self, guest: int, host: int, opening: int) -> Hurdle | None:
        facts, one = self.facts, 1 << opening
        if (guest, host) in facts.apart:
            return Hurdle(Why.APART)
        if not facts.guest_there[guest] & one:
            stretch = facts.stretch_at(facts.guests[guest].busy, facts.openings[opening])
            return Hurdle(stretch.why if stretch else Why.BUSY, stretch)
        if not facts.host_there[host] & one:
            return Hurdle(Why.HOST_BUSY, facts.stretch_at(facts.hosts[host].busy, facts.openings[opening]))
        if (guest, host) in facts.met:
            return Hurdle(Why.MET)
        if (guest, host) in self.met:
            return Hurdle(Why.MET, others=self._pairings(1 << self.met[guest, host]))
        return None if facts.allowed(guest, host) & one else Hurdle(Why.KEPT)

    def _host_against(self, host: int, opening: int) -> Hurdle | None:
        facts, held = self.facts, self.of_host[host]
        if self.host_free[host] >> opening & 1:
            return None
        if clash := held & mask_of(n for n in bits(held) if facts.host_clash[n] >> opening & 1):
            return Hurdle(Why.TAKEN, others=self._pairings(clash))
        day = facts.of_day[facts.openings[opening].day]
        if self._n_used(held & day) >= facts.hosts[host].most_a_day:
            return Hurdle(Why.DAY_FULL, others=self._pairings(held & day))
        return Hurdle(Why.NO_PAUSE, others=self._pairings(mask_of(self.row_around(opening, held))))

    def _guest_against(self, guest: int, opening: int) -> Hurdle | None:
        facts, held = self.facts, self.of_guest[guest]
        if self.guest_free[guest] >> opening & 1:
            return None
        if self.n_of_guest[guest] >= len(facts.guests[guest].steps):
            return Hurdle(Why.GUEST_FULL, others=self._pairings(held))
        if clash := mask_of(n for n in bits(held) if facts.guest_clash[n] >> opening & 1):
            return Hurdle(Why.GUEST_ELSEWHERE, others=self._pairings(clash))
        return Hurdle(
            Why.GUEST_DAY_FULL, others=self._pairings(held & facts.of_day[facts.openings[opening].day])
        )

    def _used_with(self, opening: int) -> int:
        """The meetings in full cells of an opening's pool."""
        full = [
            cell
            for cell in self.facts.cells_of[opening]
            if self._in_cell[cell] >= self.facts.cell_rooms[cell]
        ]
        return mask_of(n for cell in full for n in bits(self.facts.cell_masks[cell]) if self.guest_in[n] >= 0)

    def _n_used(self, held: int) -> int:
        return len({self.facts.openings[n].window for n in bits(held)})

    def _pairings(self, mask: int) -> tuple[Pairing, ...]:
        facts = self.facts
        return tuple(Pairing(facts.openings[n].id, facts.guests[self.guest_in[n]].id) for n in bits(mask))

    def _refresh(self, guest: int, host: int) -> None:
        held = self.of_host[host]
        known = self._host_masks[host]
        mask = known.get(held)
        if mask is None:
            mask = known[held] = self._free_of_host(host, held)
        self.host_free[host] = mask
        self.guest_free[guest] = self._free_of_guest(guest)

    def _free_of_guest(self, guest: int) -> int:
        facts, limits = self.facts, self.facts.guests[guest]
        if self.n_of_guest[guest] >= len(limits.steps):
            return 0
        held = self.of_guest[guest]
        taken = 0
        for opening in bits(held):
            taken |= facts.guest_clash[opening]
        if self.n_of_guest[guest] >= limits.most_a_day:
            for day in facts.of_day.values():
                if (held & day).bit_count() >= limits.most_a_day:
                    taken |= day
        return ~taken

    def _free_of_host(self, host: int, held: int) -> int:
        facts, limits = self.facts, self.facts.hosts[host]
        free = facts.of_host[host]
        for opening in bits(held):
            free &= ~facts.host_clash[opening]
        used = mask_of(
            min(bits(facts.window_of(opening))) for opening in bits(held)
        )  # one chair for each meeting
        seats = mask_of(n for opening in bits(held) for n in bits(facts.window_of(opening)))
        for day in facts.of_day.values():
            if (used & day).bit_count() >= limits.most_a_day:
                free &= ~day | seats
        for opening in bits(free & ~seats):
            if len(self.row_around(opening, used)) >= limits.most_in_a_row:
                free &= ~(1 << opening)
        return free

    def row_around(self, opening: int, held: int) -> list[int]:
        """The held openings that stand in one row with an opening, itself left out."""
        row, waiting = 0, 1 << opening
        while waiting:
            one = waiting.bit_length() - 1
            waiting ^= 1 << one
            row |= 1 << one
            waiting |= self.facts.linked[one] & held & ~row
        return list(bits(row & ~(1 << opening)))

    def _look_for_rooms(self) -> None:
        full = 0
        for n_met, n_rooms, mask in zip(
            self._in_cell, self.facts.cell_rooms, self.facts.cell_masks, strict=True
        ):
            if n_met >= n_rooms:
                full |= mask
        self.room_free = ~full


def board_with(problem: Problem, pairings: Iterable[Pairing]) -> Board:
    """A board on which these meetings stand, whatever the rules say of them; those that are not of this problem are left out."""
    facts = Facts(problem)
    board = Board(facts)
    for one in sorted(pairings):
        opening, guest = facts.opening_at.get(one.opening_id), facts.guest_at.get(one.guest_id)
        if opening is None or guest is None or board.guest_in[opening] >= 0:
            continue
        if (guest, facts.host_of[opening]) not in board.met or one in problem.pins:
            board.put(guest, opening)
    return board
