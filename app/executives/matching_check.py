"""Proving a plan, on its own: every rule read again from the problem, slowly and plainly, sharing nothing with the search."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from app.executives.matching import Guest, Host, Opening, Pairing, Plan, Problem, Stretch


def faults_of(problem: Problem, plan: Plan) -> list[str]:
    """Everything that is wrong with a plan; empty for one that may be shown. What only pins break is not its fault."""
    known = {one.id: one for one in problem.openings}, {one.id: one for one in problem.guests}
    strange = [one for one in plan.pairings if one.opening_id not in known[0] or one.guest_id not in known[1]]
    if strange:
        return [f"unknown: {one}" for one in strange]
    faults = [f"pin moved: {one}" for one in problem.pins if one not in plan.pairings]
    faults += [
        f"taken twice: opening {id}"
        for id, n in Counter(one.opening_id for one in plan.pairings).items()
        if n > 1
    ]
    faults += _pair_faults(problem, plan)
    for host in problem.hosts:
        faults += _host_faults(
            problem, host, [one for one in plan.pairings if known[0][one.opening_id].host_id == host.id]
        )
    for guest in problem.guests:
        faults += _guest_faults(problem, guest, [one for one in plan.pairings if one.guest_id == guest.id])
    faults += _room_faults(problem, plan)
    if (worth := worth_of(problem, plan.pairings)) != plan.points:
        faults.append(f"points: said {plan.points}, are {worth}")
    return faults


def worth_of(problem: Problem, pairings: Iterable[Pairing]) -> int:
    """The points of a plan, added up anew."""
    openings = {one.id: one for one in problem.openings}
    met = {(one.guest_id, openings[one.opening_id].host_id) for one in pairings}
    n_met = Counter(one.guest_id for one in pairings)
    worth = sum(openings[one.opening_id].points for one in pairings)
    worth += problem.keep_points * len(set(pairings) & set(problem.offers))
    for wish in problem.wishes:
        is_met = (wish.guest_id, wish.host_id) in met
        worth += wish.points if is_met else 0
        worth -= problem.must_points if wish.is_must and not is_met else 0
    for guest in problem.guests:
        worth += sum(guest.steps[: n_met[guest.id]])
        worth -= guest.steps[0] if guest.steps else 0
    return worth


def _pair_faults(problem: Problem, plan: Plan) -> Iterator[str]:
    openings = {one.id: one for one in problem.openings}
    wished = {(wish.guest_id, wish.host_id) for wish in problem.wishes}
    pairs = Counter((one.guest_id, openings[one.opening_id].host_id) for one in plan.pairings)
    for one in plan.pairings:
        if one in problem.pins:
            continue
        opening = openings[one.opening_id]
        pair = one.guest_id, opening.host_id
        if pair not in wished:
            yield f"not wished: {pair}"
        if pair in problem.apart:
            yield f"kept apart: {pair}"
        if pairs[pair] > 1 or pair in problem.met:
            yield f"meet twice: {pair}"
        if opening.kept_for not in {0, one.guest_id}:
            yield f"kept for another: {one}"


def _host_faults(problem: Problem, host: Host, pairings: Sequence[Pairing]) -> Iterator[str]:
    held = _windows(problem, pairings)
    for opening, is_pinned in held:
        if not is_pinned and _is_in_the_way(problem, host.busy, opening):
            yield f"executive {host.id} is busy: opening {opening.id}"
    for (first, first_pinned), (second, second_pinned) in combinations(held, 2):
        needed = max(
            host.buffer_minutes, first.after + second.before, problem.walk(first.place, second.place)
        )
        if second.begins - first.ends < needed and not (first_pinned and second_pinned):
            yield f"executive {host.id}, too close: {first.id} and {second.id}"
    yield from _limit_faults(host, held)


def _windows(problem: Problem, pairings: Sequence[Pairing]) -> list[tuple[Opening, bool]]:
    """The meetings of an executive by begin, each once, and whether only pins are in it."""
    openings = {one.id: one for one in problem.openings}
    windows: dict[tuple[int, int], tuple[Opening, bool]] = {}
    for one in pairings:
        opening = openings[one.opening_id]
        _, was_pinned = windows.get(opening.window, (opening, True))
        windows[opening.window] = opening, was_pinned and one in problem.pins
    return sorted(windows.values(), key=lambda each: each[0].begins)


def _limit_faults(host: Host, held: Sequence[tuple[Opening, bool]]) -> Iterator[str]:
    days: dict[int, list[bool]] = defaultdict(list)
    for opening, is_pinned in held:
        days[opening.day].append(is_pinned)
    for day, pinned in days.items():
        if len(pinned) > host.most_a_day and not all(pinned):
            yield f"executive {host.id}, day {day}: {len(pinned)} meetings"
    row: list[bool] = []
    last: Opening | None = None
    for opening, is_pinned in held:
        is_linked = last is not None and opening.begins - last.ends < host.pause_minutes
        row = [*row, is_pinned] if is_linked else [is_pinned]
        last = opening
        if len(row) > host.most_in_a_row and not all(row):
            yield f"executive {host.id}: {len(row)} in a row at {opening.id}"


def _guest_faults(problem: Problem, guest: Guest, pairings: Sequence[Pairing]) -> Iterator[str]:
    openings = {one.id: one for one in problem.openings}
    held = sorted(
        ((openings[one.opening_id], one in problem.pins) for one in pairings), key=lambda each: each[0].begins
    )
    free = [opening for opening, is_pinned in held if not is_pinned]
    if len(held) > len(guest.steps) and free:
        yield f"guest {guest.id}: {len(held)} meetings"
    for day, n_held in Counter(opening.day for opening, _ in held).items():
        if n_held > guest.most_a_day and any(opening.day == day for opening in free):
            yield f"guest {guest.id}, day {day}: {n_held} meetings"
    for opening in free:
        if _is_in_the_way(problem, guest.busy, opening):
            yield f"guest {guest.id} is not free: opening {opening.id}"
    for (first, first_pinned), (second, second_pinned) in combinations(held, 2):
        needed = max(problem.gap_minutes, problem.walk(first.place, second.place))
        if second.begins - first.ends < needed and not (first_pinned and second_pinned):
            yield f"guest {guest.id}, too close: {first.id} and {second.id}"


def _room_faults(problem: Problem, plan: Plan) -> Iterator[str]:
    openings = {one.id: one for one in problem.openings}
    for pool, n_rooms in problem.rooms.items():
        used = [one for one in plan.pairings if openings[one.opening_id].pool == pool]
        for at in sorted({openings[one.opening_id].begins for one in used}):
            now = [
                one for one in used if openings[one.opening_id].begins <= at < openings[one.opening_id].ends
            ]
            windows = {openings[one.opening_id].window for one in now}
            if len(windows) > n_rooms and any(one not in problem.pins for one in now):
                yield f"{pool} at {at}: {len(windows)} meetings, {n_rooms} rooms"


def _is_in_the_way(problem: Problem, busy: Iterable[Stretch], opening: Opening) -> bool:
    return any(
        max(one.begins - opening.ends, opening.begins - one.ends) < problem.walk(one.place, opening.place)
        for one in busy
    )
