"""What a published schedule changes on an agenda: new, changed, gone, back or unchanged; a hand's word stays."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from app.events.models import Session
from app.events.models_agenda import ScheduleItem
from app.events.schedule_reading import Found

#: What a file and a session both say. Begin and end move together, so that a session never ends before it begins.
UNITS: dict[str, tuple[str, ...]] = {
    "title": ("title",), "time": ("starts_at", "ends_at"), "place": ("place",), "description": ("description",),
}  # fmt: skip


class Kept(Struct, frozen=True):
    """Something set by hand that the file says differently; the hand's word stays."""

    unit: str
    ours: tuple[Any, ...]
    theirs: tuple[Any, ...]


class Change(Struct, frozen=True):
    """One item of the file, or one that is no longer in it, against its session."""

    #: "new", "changed", "gone", "back" or "same".
    kind: str
    found: Found | None
    item: ScheduleItem | None = None
    #: Field -> (what the session says, what it will say).
    moves: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    kept: Sequence[Kept] = ()
    #: Whether a lost identifier was made good by title, begin and room.
    is_rekeyed: bool = False

    @property
    def title(self) -> str:
        return self.found.title if self.found else self.item.session.title if self.item else ""

    @property
    def session(self) -> Session | None:
        return self.item.session if self.item else None


class Comparison(Struct, frozen=True):
    """A whole file against an agenda."""

    changes: Sequence[Change]

    def of(self, *kinds: str) -> list[Change]:
        """The changes of some kinds, in the order of the agenda."""
        return [one for one in self.changes if one.kind in kinds]

    @property
    def kept(self) -> list[Change]:
        """Where the file says something else than a hand has set."""
        return [one for one in self.changes if one.kept]

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind, and of hand edits that stay."""
        counted = dict.fromkeys(("new", "changed", "gone", "back", "same"), 0)
        for one in self.changes:
            counted[one.kind] += 1
        return counted | {"kept": len(self.kept)}


def compare(found: Sequence[Found], items: Sequence[ScheduleItem], left: Collection[str] = ()) -> Comparison:
    """What applying a file would do to the sessions it fed before; `left` are the keys of items it refuses, not gone."""
    pairs, unmatched = _matched(found, items)
    # A key that several items share goes on with what tells them apart.
    unmatched = [item for item in unmatched if not {item.key, item.key.partition("|")[0]} & set(left)]
    changes = [_change(one, item, is_rekeyed) for one, item, is_rekeyed in pairs]
    changes += [Change("gone" if item.gone_at is None else "same", None, item) for item in unmatched]
    return Comparison(sorted(changes, key=_order))


def _order(change: Change) -> tuple[datetime, str, str]:
    if change.found is not None:
        return change.found.starts_at, change.found.place, change.found.title
    session = change.item.session if change.item else None
    assert session is not None  # noqa: S101 -- a change has one of the two
    return session.starts_at, session.place, session.title


def _matched(
    found: Sequence[Found], items: Sequence[ScheduleItem]
) -> tuple[list[tuple[Found, ScheduleItem | None, bool]], list[ScheduleItem]]:
    """Each item of the file with the one it was before: by key, else by title, begin and room where that names one only."""
    by_key = {item.key: item for item in items}
    keys = {one.key for one in found}
    orphans = _by_looks(item for item in items if item.key not in keys)
    newcomers: dict[tuple[str, str, str], list[Found]] = defaultdict(list)
    for one in found:
        if one.key not in by_key:
            newcomers[one.title, one.starts_at.isoformat(), one.place].append(one)
    pairs: list[tuple[Found, ScheduleItem | None, bool]] = []
    taken: set[int] = set()
    for one in found:
        item, is_rekeyed = by_key.get(one.key), False
        if item is None:
            looks = one.title, one.starts_at.isoformat(), one.place
            alike = orphans.get(looks, [])
            if len(alike) == 1 == len(newcomers[looks]):
                item, is_rekeyed = alike[0], True
        if item is not None:
            taken.add(item.session_id)
        pairs.append((one, item, is_rekeyed))
    return pairs, [item for item in items if item.session_id not in taken]


def _by_looks(items: Iterable[ScheduleItem]) -> dict[tuple[str, str, str], list[ScheduleItem]]:
    looks: dict[tuple[str, str, str], list[ScheduleItem]] = defaultdict(list)
    for item in items:
        said = item.published
        looks[said["title"], said["starts_at"], said["place"]].append(item)
    return looks


def _change(found: Found, item: ScheduleItem | None, is_rekeyed: bool) -> Change:
    if item is None:
        return Change("new", found)
    moves: dict[str, tuple[Any, Any]] = {}
    kept = []
    for unit, fields, ours, before in _units(item):
        theirs = tuple(getattr(found, name) for name in fields)
        if ours == theirs:
            continue
        if ours != before:
            kept.append(Kept(unit, ours, theirs))
        else:
            pairs = zip(fields, ours, theirs, strict=True)
            moves |= {name: (was, now) for name, was, now in pairs if was != now}
    was_off = bool(item.published["is_cancelled"]) or item.gone_at is not None
    if found.is_cancelled != item.session.is_cancelled:
        # Called off by hand while the file still held it: that stays.
        if item.session.is_cancelled == was_off:
            moves["is_cancelled"] = (item.session.is_cancelled, found.is_cancelled)
        else:
            kept.append(Kept("is_cancelled", (item.session.is_cancelled,), (found.is_cancelled,)))
    kind = "back" if item.gone_at is not None else "changed" if moves else "same"
    return Change(
        kind, found, item, {name: (pair[0], pair[1]) for name, pair in moves.items()}, kept, is_rekeyed
    )


def published_value(published: Mapping[str, Any], name: str) -> Any:
    """A value of the file read in last, as the session would hold it."""
    value = published[name]
    return datetime.fromisoformat(value) if name in {"starts_at", "ends_at"} else value


def differences(item: ScheduleItem) -> list[Kept]:
    """Where a session says something else than the file read in last."""
    return [Kept(unit, ours, theirs) for unit, _fields, ours, theirs in _units(item) if ours != theirs]


def _units(item: ScheduleItem) -> Iterator[tuple[str, tuple[str, ...], tuple[Any, ...], tuple[Any, ...]]]:
    """What a file and a session both say: its name, its fields, what the session says, what the file read in last said."""
    for unit, fields in UNITS.items():
        ours = tuple(getattr(item.session, name) for name in fields)
        yield unit, fields, ours, tuple(published_value(item.published, name) for name in fields)
