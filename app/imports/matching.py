"""Whether two descriptions are of the same person: certain enough to update, or only worth a look (P3)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from msgspec import Struct, field
from rapidfuzz import fuzz

from app.people.policies import Traits, likeness, name_starts

#: How alike two names must be, of 100, for a shared mail address to be one person's and not an agency's.
_SAME_MAILBOX = 60
#: In a mailbox of more lines than this, only a word that two names share makes them one person's.
_MAILBOX = 60
#: As many people as a line is compared with for a hint; the whole list is looked through after the import.
_MOST_COMPARED = 400


def is_same(one: Traits, other: Traits) -> bool:
    """Certain: a shared handle; a shared mail address with names that touch; or equal names with nothing against it."""
    if one.handles & other.handles:
        return True
    if one.email and other.email:
        return one.email == other.email and _names_touch(one.name, other.name)
    return one.name == other.name and (not one.country or not other.country or one.country == other.country)


def _names_touch(one: str, other: str) -> bool:
    # Several people may answer from one agency's address: the key is the person, not the mailbox.
    shared = {word for word in one.split() if len(word) > 1} & set(other.split())
    return bool(shared) or fuzz.token_sort_ratio(one, other) >= _SAME_MAILBOX


class Register(Struct):
    """People by what they could be recognised by; keys are ids of records."""

    traits: dict[int, Traits] = field(default_factory=dict)
    #: One key mostly stands alone; a set of one would be as large as all else that is known of a person.
    _by: dict[tuple[str, str], int | list[int]] = field(default_factory=dict)
    _starts: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, key: int, traits: Traits) -> None:
        self.traits[key] = traits
        for mark in [*_marks(traits), *_names(traits, [bool(traits.email)])]:
            known = self._by.setdefault(mark, key)
            if isinstance(known, list):
                known.append(key)
            elif known != key:
                self._by[mark] = [known, key]
        for start in name_starts(traits.name):
            self._starts[traits.country, start].append(key)

    def same(self, traits: Traits) -> list[int]:
        """Keys of those who certainly are this person."""
        # Two who each have an address are not told by their names, however many bear one name.
        candidates = self._sharing(
            [*_marks(traits), *_names(traits, [False] if traits.email else [False, True])]
        )
        return sorted(key for key in candidates if is_same(traits, self.traits[key]))

    def alike(self, traits: Traits) -> tuple[int, str] | None:
        """Somebody who may be this person, and why; the surest first, of as many as a hint is worth."""
        candidates = self._sharing([*_marks(traits), *_names(traits, [False, True])], _MOST_COMPARED)
        for start in sorted(name_starts(traits.name)):
            room = max(0, _MOST_COMPARED - len(candidates))
            candidates.update(self._starts.get((traits.country, start), [])[:room])
        found = [(key, likeness(traits, self.traits[key])) for key in sorted(candidates)]
        sure = sorted((why.startswith("similar"), key, why) for key, why in found if why)
        return (sure[0][1], sure[0][2]) if sure else None

    def _sharing(self, marks: Iterable[tuple[str, str]], most: int | None = None) -> set[int]:
        """Keys of those who bear one of these marks."""
        found: set[int] = set()
        for mark in marks:
            keys = self._by.get(mark, [])
            found.update([keys] if isinstance(keys, int) else keys[:most])
        return found


def _marks(traits: Traits) -> list[tuple[str, str]]:
    marks = [("mail", traits.email)] if traits.email else []
    return marks + [("handle", handle) for handle in sorted(traits.handles)]


def _names(traits: Traits, has_mail: Iterable[bool]) -> list[tuple[str, str]]:
    """The name as a mark, apart for those with an address and those without."""
    return [("named" if one else "name", traits.name) for one in has_mail] if traits.name else []


def pairs_within(rows: Sequence[tuple[int, Traits]]) -> Iterator[tuple[int, int]]:
    """Pairs of lines that join all lines of one person, as `is_same` finds them, directly or through a third.

    Not every pair there is: time grows with the lines, not with their square, also where all bear one name.
    """
    for shared in _shared((handle, row) for row in rows for handle in row[1].handles):
        yield from _joined(shared)
    for shared in _shared((row[1].email, row) for row in rows if row[1].email):
        yield from _in_one_mailbox(shared)
    for shared in _shared((row[1].name, row) for row in rows if row[1].name):
        yield from _of_one_name(shared)


_Row = tuple[int, Traits]


def _shared(marked: Iterable[tuple[str, _Row]]) -> Iterable[list[_Row]]:
    """The rows of each mark that more than one bears."""
    first: dict[str, _Row] = {}
    found: dict[str, list[_Row]] = {}
    for mark, row in marked:
        if mark in found:
            found[mark].append(row)
        elif (other := first.setdefault(mark, row)) is not row:
            found[mark] = [other, row]
    return found.values()


def _joined(rows: Sequence[_Row]) -> Iterator[tuple[int, int]]:
    return ((rows[0][0], line) for line, _ in rows[1:])


def _in_one_mailbox(rows: Sequence[_Row]) -> Iterator[tuple[int, int]]:
    words = ((word, row) for row in rows for word in {*row[1].name.split()} if len(word) > 1)
    for shared in _shared(words):
        yield from _joined(shared)
    for shared in _shared((row[1].name, row) for row in rows):
        yield from _joined(shared)
    if len(rows) <= _MAILBOX:
        for (line, one), (other_line, other) in combinations(rows, 2):
            if _names_touch(one.name, other.name):
                yield line, other_line


def _of_one_name(rows: Sequence[_Row]) -> Iterator[tuple[int, int]]:
    """Whoever has no address is everybody of that name and of no other country."""
    bare = {traits.country for _, traits in rows if not traits.email}
    if "" in bare:
        yield from _joined(rows)
        return
    anywhere = [row for row in rows if not row[1].country]
    for country in bare:
        yield from _joined([row for row in rows if row[1].country == country] + anywhere)


def groups(pairs: Iterable[Sequence[int]]) -> list[list[int]]:
    """Lines that are one person, directly or through a third: [[22, 37]] from [(22, 37)]; singles are left out."""
    leader: dict[int, int] = {}

    def lead(key: int) -> int:
        while leader.setdefault(key, key) != key:
            key = leader[key]
        return key

    for pair in pairs:
        first, *others = sorted(pair)
        for other in others:
            leader[lead(other)] = lead(first)
    found: dict[int, list[int]] = defaultdict(list)
    for key in sorted(leader):
        found[lead(key)].append(key)
    return [keys for keys in found.values() if len(keys) > 1]
