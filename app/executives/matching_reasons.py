"""Why a wish is not met, out of the finished plan: one reason for each, from the opening that came nearest to it."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from app.executives.matching import Pairing, Problem, Why
from app.executives.matching_board import Board, Hurdle, bits, board_with

#: What the plan decided, as against what nobody can change in it; a wish that could be met is told why it was not.
_DECIDED = frozenset(
    {
        Why.TAKEN, Why.DAY_FULL, Why.NO_PAUSE, Why.GUEST_FULL, Why.GUEST_DAY_FULL, Why.GUEST_ELSEWHERE, Why.NO_ROOM,
        Why.NOT_WORTH,
    }
)  # fmt: skip
MOST_OTHERS = 6


class Unmet(Struct, frozen=True):
    """A wish the plan does not meet: the rule, how many of the executive's openings it takes away, and what was in the way."""

    guest_id: int
    host_id: int
    points: int
    is_must: bool
    why: Why
    n_openings: int
    #: Openings by rule, the most frequent first.
    counts: tuple[tuple[Why, int], ...] = ()
    others: tuple[Pairing, ...] = ()
    #: What the person does at those times, where it is known.
    words: tuple[str, ...] = ()


def unmet_of(problem: Problem, pairings: Sequence[Pairing]) -> list[Unmet]:
    """Every wish that is not met, must-meets first, then by points."""
    board = board_with(problem, pairings)
    facts = board.facts
    wishes = sorted(problem.wishes, key=lambda one: (not one.is_must, -one.points, one.guest_id, one.host_id))
    pairs = [(facts.guest_at[wish.guest_id], facts.host_at[wish.host_id], wish) for wish in wishes]
    return [
        Unmet(wish.guest_id, wish.host_id, wish.points, wish.is_must, *_reason(board, guest, host))
        for guest, host, wish in pairs
        if (guest, host) not in board.met and (guest, host) not in facts.met
    ]


def _reason(
    board: Board, guest: int, host: int
) -> tuple[Why, int, tuple[tuple[Why, int], ...], tuple[Pairing, ...], tuple[str, ...]]:
    hurdles = [
        board.why_not(guest, opening) or Hurdle(Why.NOT_WORTH) for opening in bits(board.facts.of_host[host])
    ]
    if not hurdles:
        return Why.NO_OPENING, 0, (), (), ()
    counts = Counter(hurdle.why for hurdle in hurdles)
    ordered = tuple(sorted(counts.items(), key=lambda item: (-item[1], list(Why).index(item[0]))))
    decided = [(-n, why is Why.TAKEN, list(Why).index(why), why) for why, n in ordered if why in _DECIDED]
    why = min(decided)[-1] if decided else ordered[0][0]
    about = [hurdle for hurdle in hurdles if hurdle.why is why]
    others = dict.fromkeys(other for hurdle in about for other in hurdle.others)
    words = dict.fromkeys(hurdle.stretch.words for hurdle in about if hurdle.stretch and hurdle.stretch.words)
    return why, len(hurdles), ordered, tuple(others)[:MOST_OTHERS], tuple(words)[:MOST_OTHERS]
