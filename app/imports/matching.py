"""Whether two descriptions are of the same person: certain enough to update, or only worth a look (P3)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from app.people.policies import Traits, likeness, name_starts

#: How alike two names must be, of 100, for a shared mail address to be one person's and not an agency's.
_SAME_MAILBOX = 60


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


@dataclass(slots=True)
class Register:
    """People by what they could be recognised by; keys are ids of records or numbers of lines."""

    traits: dict[int, Traits] = field(default_factory=dict)
    #: False where nobody asks who is `alike`: beginnings of names take half of the room.
    knows_starts: bool = True
    #: One key mostly stands alone; a set of one would be as large as all else that is known of a person.
    _by: dict[tuple[str, str], int | list[int]] = field(default_factory=dict)
    _starts: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, key: int, traits: Traits) -> None:
        self.traits[key] = traits
        for mark in _marks(traits):
            known = self._by.setdefault(mark, key)
            if isinstance(known, list):
                known.append(key)
            elif known != key:
                self._by[mark] = [known, key]
        if self.knows_starts:
            for start in name_starts(traits.name):
                self._starts[traits.country, start].add(key)

    def same(self, traits: Traits) -> list[int]:
        """Keys of those who certainly are this person."""
        candidates = self._sharing(traits)
        return sorted(key for key in candidates if is_same(traits, self.traits[key]))

    def alike(self, traits: Traits) -> tuple[int, str] | None:
        """Somebody who may be this person, and why; the surest first."""
        candidates = self._sharing(traits)
        for start in name_starts(traits.name):
            candidates |= self._starts.get((traits.country, start), set())
        found = [(key, likeness(traits, self.traits[key])) for key in sorted(candidates)]
        sure = sorted((why.startswith("similar"), key, why) for key, why in found if why)
        return (sure[0][1], sure[0][2]) if sure else None

    def _sharing(self, traits: Traits) -> set[int]:
        """Keys of those who share a name, a mail address or a handle."""
        found: set[int] = set()
        for mark in _marks(traits):
            keys = self._by.get(mark, ())
            found.update((keys,) if isinstance(keys, int) else keys)
        return found


def _marks(traits: Traits) -> list[tuple[str, str]]:
    marks = [("name", traits.name)] if traits.name else []
    marks += [("mail", traits.email)] if traits.email else []
    return marks + [("handle", handle) for handle in sorted(traits.handles)]


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
