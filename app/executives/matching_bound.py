"""A ceiling for the points of any plan: what would be possible if people, or executives, were asked alone."""

from collections import defaultdict

from app.executives.matching import Problem
from app.executives.matching_board import Facts, bits


def bound_of(problem: Problem) -> int:
    """No plan has more points than this; the smaller of two relaxations, each true for itself."""
    facts = Facts(problem)
    best_opening = max((0, *(opening.points for opening in problem.openings)))
    #: Only a pair that has an offer can earn what it is worth to leave it as it is.
    offered = {
        (facts.guest_at[one.guest_id], facts.host_of[facts.opening_at[one.opening_id]])
        for one in problem.offers
        if one.guest_id in facts.guest_at and one.opening_id in facts.opening_at
    }

    def extra_of(pair: tuple[int, int]) -> int:
        return best_opening + (max(0, problem.keep_points) if pair in offered else 0)

    pinned = {
        (facts.guest_at[one.guest_id], facts.host_of[facts.opening_at[one.opening_id]])
        for one in problem.pins
    }
    by_guest: dict[int, list[int]] = defaultdict(list)
    by_host: dict[int, list[int]] = defaultdict(list)
    least = -sum(guest.steps[0] for guest in problem.guests if guest.steps)
    wished = set()
    for wish in problem.wishes:
        pair = facts.guest_at[wish.guest_id], facts.host_at[wish.host_id]
        wished.add(pair)
        least -= problem.must_points * wish.is_must
        if pair in pinned or facts.allowed(*pair):
            points = wish.points + problem.must_points * wish.is_must + extra_of(pair)
            by_guest[pair[0]].append(points)
            by_host[pair[1]].append(points)
    for guest, host in sorted(pinned - wished):
        by_guest[guest].append(extra_of((guest, host)))
        by_host[host].append(extra_of((guest, host)))
    return least + min(_by_guests(facts, by_guest, pinned), _by_hosts(facts, by_host, pinned))


def _by_guests(facts: Facts, points: dict[int, list[int]], pinned: set[tuple[int, int]]) -> int:
    """Everybody gets what they are worth most with, as if executives were free for all at once."""
    total = 0
    for guest, one in enumerate(facts.guests):
        n_most = max(len(one.steps), sum(1 for who, _ in pinned if who == guest))
        best = sorted(points[guest], reverse=True)[:n_most]
        steps = [*one.steps, *[0] * n_most][: len(best)]
        total += max(_running(best, steps))
    return total


def _by_hosts(facts: Facts, points: dict[int, list[int]], pinned: set[tuple[int, int]]) -> int:
    """Every executive meets those worth most, as many as the days hold, as if people were free for all at once."""
    total = sum(guest.steps[0] for guest in facts.guests if guest.steps)
    for number, host in enumerate(facts.hosts):
        n_most = 0
        for day in facts.of_day.values():
            mine = [facts.openings[n] for n in bits(facts.of_host[number] & day)]
            seats = sorted(
                (sum(1 for one in mine if one.window == window) for window in {o.window for o in mine}),
                reverse=True,
            )
            n_most += sum(seats[: host.most_a_day])
        n_most = max(n_most, sum(1 for _, who in pinned if who == number))
        total += sum(
            points_of for points_of in sorted(points[number], reverse=True)[:n_most] if points_of > 0
        )
    return total + sum(max(0, step) for guest in facts.guests for step in guest.steps[1:])


def _running(best: list[int], steps: list[int]) -> list[int]:
    sums = [0]
    for points, step in zip(best, steps, strict=True):
        sums.append(sums[-1] + points + step)
    return sums
