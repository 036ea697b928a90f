"""Finding a plan: greedy by value, then ruin and recreate. The same problem, seed and rounds give the same plan anywhere.

A round takes some meetings out, puts the best that fit back in, and keeps the outcome when it is not much worse; how much
worse falls to nothing towards the end. Bounded by rounds, never by seconds.
"""

import heapq
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from app.executives.matching import Pairing, Plan, Problem
from app.executives.matching_board import Board, Facts, bits

#: Comes to more than 99 % of the optimum with 60 people, 25 executives and 40 slots.
USUAL_ROUNDS = 6_000
#: How much worse than the last a plan may be at the beginning and still be gone on from, in average wishes.
_WARMTH = 0.4
#: How far chance changes the order in which wishes are put back, as a share of their value.
_NOISE = 0.14
#: Now and then chance has nearly all the say, so that no plan is out of reach.
_LOUD = 2.0
_ANY = 0.05
_NOTED_EVERY = 50

Item = TypeVar("Item")
Progress = Callable[[int, int], None]


def solve(
    problem: Problem, *, seed: int = 0, n_rounds: int = USUAL_ROUNDS, progress: Progress | None = None
) -> Plan:
    """The best plan found; `progress(rounds, all)` may raise to end the search."""
    search = _Search(Facts(problem), Random(seed))  # noqa: S311 -- a search that can be repeated
    search.start()
    search.improve(n_rounds, progress)
    return Plan(search.best_pairings(), search.best, n_rounds, seed)


class _Search:
    """One search: the board, the points of every meeting that could be, and the best plan so far."""

    def __init__(self, facts: Facts, random: Random) -> None:
        self.facts, self.random, self.board = facts, random, Board(facts)
        problem = facts.problem
        self.steps = [guest.steps for guest in facts.guests]
        #: Of each wish, by guest and host.
        self.points: dict[tuple[int, int], int] = {}
        for wish in sorted(problem.wishes, key=lambda one: (one.guest_id, one.host_id)):
            pair = facts.guest_at[wish.guest_id], facts.host_at[wish.host_id]
            self.points[pair] = wish.points + problem.must_points * wish.is_must
        #: What an offer earns that stays, by guest and opening.
        self.kept = {
            (facts.guest_at[one.guest_id], facts.opening_at[one.opening_id]): problem.keep_points
            for one in problem.offers
            if problem.keep_points and one.guest_id in facts.guest_at and one.opening_id in facts.opening_at
        }
        self.opening_points = [one.points for one in facts.openings]
        self.pinned = 0
        n_must = sum(wish.is_must for wish in problem.wishes)
        self.total = -problem.must_points * n_must - sum(steps[0] for steps in self.steps if steps)
        self.best, self.best_guests = self.total, list(self.board.guest_in)
        #: Wishes that can be met at all.
        self.pairs = [pair for pair in self.points if facts.allowed(*pair)]
        self.warmth = _WARMTH * sum(wish.points for wish in problem.wishes) / max(1, len(problem.wishes))
        self._count_crowds()

    def _count_crowds(self) -> None:
        """How much is wanted of each opening: the quiet ones are used first."""
        self.crowd = [0.0] * len(self.facts.openings)
        for pair in self.pairs:
            mask = self.facts.allowed(*pair)
            for opening in bits(mask):
                self.crowd[opening] += max(0, self.points[pair]) / mask.bit_count()

    # -- one meeting ---------------------------------------------------------------------------------

    def _put(self, guest: int, opening: int) -> None:
        self.total += self._gain(guest, opening)
        self.board.put(guest, opening)

    def _take(self, opening: int) -> None:
        guest = self.board.take(opening)
        self.total -= self._gain(guest, opening)

    def _gain(self, guest: int, opening: int) -> int:
        """What a meeting adds to a plan that lacks it."""
        steps, n_met = self.steps[guest], self.board.n_of_guest[guest]
        pair = guest, self.facts.host_of[opening]
        gain = self.opening_points[opening] + (0 if pair in self.board.met else self.points.get(pair, 0))
        return gain + self.kept.get((guest, opening), 0) + (steps[n_met] if n_met < len(steps) else 0)

    # -- whole plans ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Pins, then what was offered as far as it can stay, then the rest by value."""
        facts = self.facts
        for one in sorted(facts.problem.pins):
            opening = facts.opening_at[one.opening_id]
            self._put(facts.guest_at[one.guest_id], opening)
            self.pinned |= 1 << opening
        for one in sorted(facts.problem.offers):
            if one.guest_id in facts.guest_at and one.opening_id in facts.opening_at:
                guest, opening = facts.guest_at[one.guest_id], facts.opening_at[one.opening_id]
                pair = guest, facts.host_of[opening]
                if pair in self.points and self.board.feasible(*pair) >> opening & 1:
                    self._put(guest, opening)
        self._recreate(0.0)
        self._note_best()

    def improve(self, n_rounds: int, progress: Progress | None) -> None:
        """Ruin and recreate so many times."""
        for number in range(n_rounds if self.pairs else 0):
            if progress is not None and number % _NOTED_EVERY == 0:
                progress(number, n_rounds)
            before, guests_before = self.total, list(self.board.guest_in)
            self._ruin()
            self._recreate(_NOISE if self.random.random() < 0.95 else _LOUD)
            if self.total < before - self.warmth * (1 - number / n_rounds) * self.random.random():
                self._restore(guests_before)
            elif self.total > self.best:
                self._note_best()
        if progress is not None:
            progress(n_rounds, n_rounds)

    def best_pairings(self) -> tuple[Pairing, ...]:
        """The best plan found, by id."""
        openings, guests = self.facts.openings, self.facts.guests
        met = [(opening, guest) for opening, guest in enumerate(self.best_guests) if guest >= 0]
        return tuple(sorted(Pairing(openings[opening].id, guests[guest].id) for opening, guest in met))

    def _note_best(self) -> None:
        self.best, self.best_guests = self.total, list(self.board.guest_in)

    def _restore(self, guests: Sequence[int]) -> None:
        changed = [n for n, now in enumerate(self.board.guest_in) if now != guests[n]]
        for opening in changed:
            if self.board.guest_in[opening] >= 0:
                self._take(opening)
        for opening in changed:
            if guests[opening] >= 0:
                self._put(guests[opening], opening)

    def _ruin(self) -> None:
        """Take out most of what one unmet wish touches, or two executives hold, or four people."""
        board, kind, mask = self.board, self.random.random(), 0
        if kind < 0.45:
            guest, host = self._unmet_pair()
            mask = board.of_guest[guest] | board.of_host[host]
            if self.random.random() < 0.5:
                mask |= self._any_of(board.of_host)
        elif kind < 0.75:
            mask = self._any_of(board.of_host) | self._any_of(board.of_host)
        else:
            for _ in range(4):
                mask |= self._any_of(board.of_guest)
        for opening in bits(mask & ~self.pinned):
            if self.random.random() < 0.9:
                self._take(opening)

    def _unmet_pair(self) -> tuple[int, int]:
        pair = self._any_of(self.pairs)
        for _ in range(5):
            if pair not in self.board.met:
                break
            pair = self._any_of(self.pairs)
        return pair

    def _any_of(self, items: Sequence[Item]) -> Item:
        return items[int(self.random.random() * len(items))]

    def _recreate(self, noise: float) -> None:
        """Put in what fits and is worth something, the most valuable first; noise changes the order."""
        board, points, all_steps = self.board, self.points, self.steps
        waiting = []
        for number, pair in enumerate(self.pairs):
            if board.feasible(*pair):
                n_met = board.n_of_guest[pair[0]]
                worth = points[pair] + all_steps[pair[0]][n_met]
                factor = 1.0 + noise * (self.random.random() - 0.5)
                waiting.append((-worth * factor, number, n_met))
        heapq.heapify(waiting)
        while waiting:
            key, number, n_met = heapq.heappop(waiting)
            guest, host = self.pairs[number]
            free = board.feasible(guest, host)
            if not free:
                continue
            now = board.n_of_guest[guest]
            lost = all_steps[guest][n_met] - all_steps[guest][now]
            if lost > 0:  # this person has met somebody since: the next meeting is worth less
                heapq.heappush(waiting, (key + lost, number, now))
                continue
            opening = self._choose(guest, free)
            if self._gain(guest, opening) > 0:
                self._put(guest, opening)

    def _choose(self, guest: int, free: int) -> int:
        """The opening that adds most by itself, among equals a quiet one; now and then any."""
        best, best_score = -1, (0, 0.0)
        if self.random.random() < _ANY:
            among = list(bits(free))
            return among[int(self.random.random() * len(among))]
        for opening in bits(free):
            extra = self.opening_points[opening] + self.kept.get((guest, opening), 0)
            score = (-extra, self.crowd[opening] * (0.5 + self.random.random()))
            if best < 0 or score < best_score:
                best, best_score = opening, score
        return best
