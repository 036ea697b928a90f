"""What a run knows, as plain values, made into a problem: wishes into points, facts into times; no database, no clock.

It is told who comes from where and how many minutes they were given. A declared facet has no place in it (X3, P7).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct, field
from msgspec.structs import replace

from app.executives.details_matching import MatchingDetails
from app.executives.matching import Guest, Host, Opening, Pairing, Problem, Stretch, Why, Wish
from app.executives.matching_board import board_with

#: Openings are numbered slot x 100 + chair: a slot has at most twelve.
CHAIRS = 100
#: An open request counts like a wish of this rank, unless the person has said otherwise.
REQUEST_RANK = 5
_NOON = 12


class PersonFacts(Struct, frozen=True):
    """Somebody who may be met, as far as it matters: where from, minutes so far, weight, and when they cannot."""

    id: int
    country: str
    n_minutes: int
    tier: int = 1
    has_goal: bool = False
    busy: tuple[Stretch, ...] = ()


class SlotFacts(Struct, frozen=True):
    """A window: instants, the day and hour on the event's clock, who is in it, for whom it is kept."""

    id: int
    host_id: int
    starts_at: datetime
    ends_at: datetime
    day: date
    hour: int
    place: str
    room: str
    capacity: int
    before: int
    after: int
    #: Chair -> person: agreed, and held for a while.
    agreed: Mapping[int, int] = field(default_factory=dict)
    held_for: tuple[int, ...] = ()


class WishFacts(Struct, frozen=True):
    """Two who might meet: rank from 1 by the person, by the executive; None: not wished by that side."""

    person_id: int
    host_id: int
    person_rank: int | None = None
    executive_rank: int | None = None
    is_must: bool = False


class RunFacts(Struct, frozen=True):
    """Everything read for a run."""

    people: tuple[PersonFacts, ...]
    hosts: tuple[Host, ...]
    slots: tuple[SlotFacts, ...]
    wishes: tuple[WishFacts, ...]
    apart: frozenset[tuple[int, int]] = frozenset()
    #: By hand in the run before: (slot, chair, person); and everything else it proposed.
    pinned: tuple[tuple[int, int, int], ...] = ()
    proposed: tuple[tuple[int, int, int], ...] = ()


def minute(instant: datetime) -> int:
    """Whole minutes since 1970."""
    return int(instant.timestamp() // 60)


def stretch(
    starts_at: datetime, ends_at: datetime, why: Why = Why.BUSY, place: str = "", words: str = ""
) -> Stretch:
    """A stretch between two instants, to whole minutes outwards."""
    return Stretch(minute(starts_at), -int(-ends_at.timestamp() // 60), why, place, words)


def opening_id(slot_id: int, chair: int) -> int:
    """The number of a chair of a slot in a problem."""
    return slot_id * CHAIRS + chair


def chair_of(opening: int) -> tuple[int, int]:
    """The slot and the chair of an opening."""
    return divmod(opening, CHAIRS)


def agreed_of(facts: RunFacts) -> set[Pairing]:
    """The meetings that are agreed, which a run never moves."""
    return {
        Pairing(opening_id(slot.id, chair), who) for slot in facts.slots for chair, who in slot.agreed.items()
    }


def problem_of(facts: RunFacts, details: MatchingDetails) -> Problem:
    """The problem of a run. Pins and offers whose slot or person is gone are left out."""
    openings = tuple(opening for slot in facts.slots for opening in _openings(slot, details))
    wishes = _wishes(facts, details)
    known = (
        {one.id for one in openings},
        {one.id for one in facts.people},
        {(w.guest_id, w.host_id) for w in wishes},
    )
    agreed = sorted(agreed_of(facts))
    held = [Pairing(one.id, one.kept_for) for one in openings if one.kept_for]
    hosts = {one.id: one.host_id for one in openings}

    def still(rows: Sequence[tuple[int, int, int]]) -> list[Pairing]:
        found = [Pairing(opening_id(slot_id, chair), person_id) for slot_id, chair, person_id in rows]
        return [
            one
            for one in found
            if one.opening_id in known[0]
            and one.guest_id in known[1]
            and (one.guest_id, hosts[one.opening_id]) in known[2]
        ]

    problem = Problem(
        guests=tuple(_guests(facts.people, details)), hosts=facts.hosts, openings=openings, wishes=wishes,
        apart=facts.apart, pins=tuple(agreed), offers=tuple(sorted({*held, *still(facts.proposed)})),
        rooms={slot.room: 1 for slot in facts.slots if slot.room}, walk_minutes=details.walk_minutes,
        gap_minutes=details.gap_minutes, must_points=details.must_points, keep_points=details.keep_points,
    )  # fmt: skip
    return replace(problem, pins=(*agreed, *_possible(problem, still(facts.pinned))))


def _possible(problem: Problem, wanted: Sequence[Pairing]) -> list[Pairing]:
    """Those that may still be beside what is agreed, and beside each other."""
    board = board_with(problem, problem.pins)
    facts, found = board.facts, []
    for one in sorted(wanted):
        guest, opening = facts.guest_at[one.guest_id], facts.opening_at[one.opening_id]
        if board.why_not(guest, opening) is None:
            board.put(guest, opening)
            found.append(one)
    return found


def _openings(slot: SlotFacts, details: MatchingDetails) -> list[Opening]:
    free = [chair for chair in range(1, slot.capacity + 1) if chair not in slot.agreed]
    kept = dict(zip(free, slot.held_for, strict=False))
    chairs = sorted({*range(1, slot.capacity + 1), *slot.agreed})
    return [
        Opening(
            opening_id(slot.id, chair), slot.host_id, minute(slot.starts_at), minute(slot.ends_at), slot.day.toordinal(),
            slot.place, slot.room, slot.id if len(chairs) > 1 else 0, slot.before, slot.after, kept.get(chair, 0),
            details.morning_points if slot.hour < _NOON else 0,
        )
        for chair in chairs
    ]  # fmt: skip


def _wishes(facts: RunFacts, details: MatchingDetails) -> tuple[Wish, ...]:
    people = {one.id: one for one in facts.people}
    return tuple(
        Wish(one.person_id, one.host_id, _points(one, people[one.person_id], details), one.is_must)
        for one in facts.wishes
        if one.person_id in people
    )


def _points(wish: WishFacts, person: PersonFacts, details: MatchingDetails) -> int:
    """Rank points of both sides, times the tier, and something for the goal; at least one."""
    ranked = details.person_factor * _of_rank(wish.person_rank) + details.executive_factor * _of_rank(
        wish.executive_rank
    )
    return max(1, person.tier * ranked + (details.goal_points if person.has_goal else 0))


def _of_rank(rank: int | None) -> int:
    return 0 if rank is None else max(1, 11 - rank)


def _guests(people: Sequence[PersonFacts], details: MatchingDetails) -> list[Guest]:
    """X3: the first meeting is worth more to those who, and whose markets, were given fewer minutes so far."""
    by_country: dict[str, list[int]] = {}
    for one in people:
        by_country.setdefault(one.country, []).append(one.n_minutes)
    per_head = {country: sum(minutes) // len(minutes) for country, minutes in by_country.items()}
    most, most_per_head = max((one.n_minutes for one in people), default=0), max(per_head.values(), default=0)
    later = (0,) * (details.most_meetings - 1)
    return [
        Guest(
            one.id,
            (
                details.alone_points
                + (
                    _short_of(one.n_minutes, most, details.fair_points)
                    + _short_of(per_head[one.country], most_per_head, details.fair_points)
                ) // 2,
                *later,
            ),
            details.most_a_day, one.busy,
        )
        for one in people
    ]  # fmt: skip


def _short_of(n_minutes: int, most: int, points: int) -> int:
    """All points for nothing so far, none for as much as anybody; none either where nobody was given anything."""
    return points * (most - n_minutes) // most if most else 0
