"""Finding alike people in a whole list without comparing everybody with everybody (P3): pure functions, no session."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from rapidfuzz import fuzz

from app.core.i18n import marked
from app.people.names import bare_words
from app.people.policies import NEAR_NAME_WITH_LINK, Traits, is_short_form, likeness

#: In a block of names larger than this, each is compared with this many that sort next to it only.
_WINDOW = 30
#: An address or a handle that more people share is a mailbox of an agency, not a person's.
_SHARED_BY = 8
#: Less alike than this, of 100, by their bare words: not looked at again.
_FIRST_LOOK = NEAR_NAME_WITH_LINK - 6
#: The most pairs worth keeping from one look.
MOST_PAIRS = 2_000


class Likeness(Struct, frozen=True):
    """Why two records may be one person, and how much doubt there is: 0 for a shared mail or handle."""

    why: str
    doubt: int


def pairs_in(people: Mapping[int, Traits]) -> dict[tuple[int, int], Likeness]:
    """Pairs (smaller id first) that may be one person, the surest first, at most MOST_PAIRS.

    Time grows with the number of people, not with its square: only people who share a mail, a handle, a name or a
    beginning of one are compared at all, and large blocks with their neighbours in sorted order only.
    """
    found: dict[tuple[int, int], Likeness] = {}
    words = {id: bare_words(traits.name) for id, traits in people.items()}
    joined = {id: " ".join(sorted(own)) for id, own in words.items()}
    for one, other, is_marked in _candidates(people, words):
        pair = (one, other) if one < other else (other, one)
        if pair in found or not (
            is_marked or is_worth_it(words[one], words[other], joined[one], joined[other])
        ):
            continue
        alike = compare(people[pair[0]], people[pair[1]])
        if alike is not None:
            found[pair] = alike
    surest = sorted(found.items(), key=lambda item: (item[1].doubt, item[0]))
    return dict(surest[:MOST_PAIRS])


def is_worth_it(one: tuple[str, ...], other: tuple[str, ...], joined: str, other_joined: str) -> bool:
    """A cheap first look at two names of a block, by their bare words and these sorted and joined."""
    if len(one) > 1 and len(other) > 1 and (len(one[0]) == 1 or len(other[0]) == 1) and one[-1] == other[-1]:
        return True
    return fuzz.ratio(joined, other_joined, score_cutoff=_FIRST_LOOK) > 0


def compare(one: Traits, other: Traits) -> Likeness | None:
    """Whether two records may be one person; None when nothing points to it."""
    why = likeness(one, other)
    if (not why or why.startswith("similar")) and one.name and other.name:
        first, second = bare_words(one.name), bare_words(other.name)
        # Two different countries speak against it; one that is not known does not.
        is_open = not (one.country and other.country) or one.country == other.country
        if sorted(first) == sorted(second):
            why = marked("same name but for title or order")
        elif not why and is_open and is_short_form(one.name, other.name):
            why = marked("same family name and initial")
    return Likeness(why, _doubt(why)) if why else None


def _doubt(why: str) -> int:
    if why.startswith(("same e-mail", "same handle")):
        return 0
    if why.startswith("same name"):
        return 1
    return 2 if why.startswith("same family") else 3


def _candidates(
    people: Mapping[int, Traits], words: Mapping[int, tuple[str, ...]]
) -> Iterator[tuple[int, int, bool]]:
    """Pairs to look at, and whether they share a mail or a handle; a pair may come twice."""
    marks: dict[tuple[str, str], list[int]] = defaultdict(list)
    names: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for id, traits in people.items():
        if traits.email:
            marks["mail", traits.email].append(id)
        for handle in traits.handles:
            marks["handle", handle].append(id)
        for block in _blocks(words[id]):
            names[block].append((" ".join(words[id]), id))
    for shared in marks.values():
        if len(shared) <= _SHARED_BY:
            yield from ((one, other, True) for one, other in _all_of(shared))
    for rows in names.values():
        ordered = [id for _, id in sorted(rows)]
        near = _all_of(ordered) if len(ordered) <= _WINDOW else _neighbours(ordered)
        yield from ((one, other, False) for one, other in near)


def _blocks(words: tuple[str, ...]) -> set[str]:
    """Where a name is looked for: the beginning of one word with the initial of another, in either order."""
    if not words:
        return set()
    if len(words) == 1:
        return {words[0][:4]}
    first, last = words[0], words[-1]
    return {f"{last[:4]} {first[0]}", f"{first[:4]} {last[0]}"}


def _all_of(ids: list[int]) -> Iterator[tuple[int, int]]:
    return ((one, other) for place, one in enumerate(ids) for other in ids[place + 1 :])


def _neighbours(ids: list[int]) -> Iterator[tuple[int, int]]:
    reach = _WINDOW // 2
    return ((one, other) for place, one in enumerate(ids) for other in ids[place + 1 : place + 1 + reach])


def traits_of(
    rows: Iterable[tuple[int, str, str, str | None]], handles: Mapping[int, set[str]]
) -> dict[int, Traits]:
    """(id, folded name, mail, country) rows and folded handles by id, as what is compared."""
    return {
        id: Traits(name, email.lower(), country or "", frozenset(handles.get(id, ())))
        for id, name, email, country in rows
    }
