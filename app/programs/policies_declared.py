"""Decisions on declared facets (P7): which cells may be shown, and when a further count would point to somebody.

One count is safe when every shown cell, and everybody else together, are at least the minimum. Several counts are
safe when the same holds in every part of their overlap: whatever is worked out of published counts, by adding and
subtracting any number of them, is a sum over such parts, and within a part nobody can be told from the others.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from flask_babel import gettext as _
from msgspec import Struct

from app.core.errors import DomainError

#: No setting goes below this.
LEAST_MINIMUM = 5


class CountWithheld(DomainError):
    """P7: a count that would point to a group smaller than the minimum."""


class NotOffered(DomainError):
    """A declaration that the facet does not offer, or without the person's own statement."""


class FacetTaken(DomainError):
    """A second facet of the same name."""


class Known(Struct, frozen=True):
    """A count let out earlier: over whom, what was shown, and at which version each person's answer was then."""

    shown: Mapping[str, int]
    versions: Mapping[int, int]  # person -> how often their answer had changed by then


class Count(Struct, frozen=True):
    """A count that is asked for: answers as they stand, and how often each person's answer has changed."""

    person_ids: frozenset[int]
    answers: Mapping[int, str]  # of everybody who ever was in a count; whoever has not declared is not there
    versions: Mapping[int, int]
    choices: Sequence[str]


def shown_cells(counts: Mapping[str, int], n_people: int, minimum: int) -> dict[str, int]:
    """The cells that may be shown of one count; all others together are at least the minimum too.

    Cells under the minimum are left out, then the smallest of the rest until no subtraction from the total reveals
    them. Whoever has not declared is always among "all others".
    """
    shown = {choice: n for choice, n in counts.items() if n >= minimum}
    while shown and n_people - sum(shown.values()) < minimum:
        shown.pop(min(reversed(list(shown)), key=lambda choice: shown[choice]))
    return shown


def is_same(count: Count, known: Known) -> bool:
    """Whether a count is over the same people; answers may have changed."""
    return count.person_ids == frozenset(known.versions)


def is_unchanged(count: Count, known: Known) -> bool:
    """Whether a count is over the same people with the same answers."""
    return is_same(count, known) and all(
        count.versions.get(person_id, 0) == version for person_id, version in known.versions.items()
    )


def weigh_count(count: Count, earlier: Sequence[Known], minimum: int) -> dict[str, int]:
    """The cells a new count may show beside all earlier ones; CountWithheld when there are none (P7).

    A person whose answer has changed since an earlier count is somebody else to it: they left it, and came in anew.
    """
    parts = _parts(count, earlier)
    if any(len(part) < minimum for part in parts.touched):
        raise CountWithheld(
            _(
                "This would differ from an earlier count by fewer than %(minimum)s people, and a "
                "comparison would point to them. Count again when more has changed.",
                minimum=minimum,
            )
        )
    shown = shown_cells(_tally(count, count.person_ids), len(count.person_ids), minimum)
    while shown and not _all_large(parts, count, earlier, shown, minimum):
        shown.pop(min(reversed(list(shown)), key=lambda choice: shown[choice]))
    if not shown or not _all_large(parts, count, earlier, shown, minimum):
        raise CountWithheld(
            _(
                "Nothing can be shown that is about at least %(minimum)s people, alone and compared with "
                "earlier counts.",
                minimum=minimum,
            )
        )
    return shown


# -- the parts of the overlap ----------------------------------------------------------------------

#: A person with the version of their answer.
Record = tuple[int, int]


class _Parts(Struct, frozen=True):
    """The overlap of the new count with the earlier ones: what lies in it, and what it cuts off from a known part."""

    inside: Mapping[frozenset[int], frozenset[Record]]
    cut_off: Mapping[frozenset[int], frozenset[Record]]

    @property
    def touched(self) -> Iterable[frozenset[Record]]:
        """Every part the new count makes; known parts that lie in it as a whole are as large as they were."""
        whole = self.inside.keys() - self.cut_off.keys() - {frozenset[int]()}
        yield from (part for key, part in self.inside.items() if key not in whole)
        yield from self.cut_off.values()


def _parts(count: Count, earlier: Sequence[Known]) -> _Parts:
    covering: dict[Record, set[int]] = defaultdict(set)
    for place, known in enumerate(earlier):
        for record in known.versions.items():
            covering[record].add(place)
    now = {(person_id, count.versions.get(person_id, 0)) for person_id in count.person_ids}
    inside: dict[frozenset[int], set[Record]] = defaultdict(set)
    outside: dict[frozenset[int], set[Record]] = defaultdict(set)
    for record in now | covering.keys():
        (inside if record in now else outside)[frozenset(covering.get(record, ()))].add(record)
    cut_off = {key: frozenset(part) for key, part in outside.items() if key in inside}
    return _Parts({key: frozenset(part) for key, part in inside.items()}, cut_off)


def _all_large(
    parts: _Parts, count: Count, earlier: Sequence[Known], shown: Collection[str], minimum: int
) -> bool:
    """Whether in every part each cell anybody could work out, and all others together, reach the minimum."""
    for key, part in parts.inside.items():
        cells = set(shown).union(*(earlier[place].shown for place in key))
        if not _is_large(_tally(count, [person_id for person_id, _ in part]), len(part), cells, minimum):
            return False
    for key, part in parts.cut_off.items():
        cells = set[str]().union(*(earlier[place].shown for place in key))
        tally = _tally_of_past(part, key, count, earlier)
        if tally is None or not _is_large(tally, len(part), cells, minimum):
            return False
    return True


def _is_large(tally: Mapping[str, int], n_people: int, cells: Collection[str], minimum: int) -> bool:
    return all(tally.get(cell, 0) >= minimum for cell in cells) and (
        not cells or n_people - sum(tally.get(cell, 0) for cell in cells) >= minimum
    )


def _tally(count: Count, person_ids: Iterable[int]) -> dict[str, int]:
    tally = dict.fromkeys(count.choices, 0)
    for person_id in person_ids:
        answer = count.answers.get(person_id)
        if answer in tally:
            tally[answer] += 1
    return tally


def _tally_of_past(
    part: frozenset[Record], key: frozenset[int], count: Count, earlier: Sequence[Known]
) -> Mapping[str, int] | None:
    """The cells of a part whose answers may be gone: taken from the published count. None where they cannot be known.

    What was withdrawn is nowhere kept, so it follows only from a count in which nothing else has gone.
    """
    gone = {record for record in part if count.versions.get(record[0], 0) != record[1]}
    if not gone:
        return _tally(count, [person_id for person_id, _ in part])
    if len(key) != 1:
        return None
    known = earlier[next(iter(key))]
    kept = [person_id for person_id, version in known.versions.items() if (person_id, version) not in part]
    if any(count.versions.get(person_id, 0) != known.versions[person_id] for person_id in kept):
        return None
    tally = _tally(count, kept)
    return {choice: n - tally.get(choice, 0) for choice, n in known.shown.items()}


def words_of_cells(shown: Sequence[tuple[str, int]], n_people: int) -> str:
    """ "women 6, all others 6"; the whole number alone where nothing may be shown."""
    others = n_people - sum(n for _, n in shown)
    if not shown:
        return str(_("all together %(n)s", n=n_people))
    return ", ".join([*(f"{choice} {n}" for choice, n in shown), _("all others %(n)s", n=others)])
