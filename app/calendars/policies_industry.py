"""Decisions about calendars of others: what of one is taken, and what reading it anew changes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from msgspec import Struct, field

from app.calendars.models_industry import BusyBlock, CalendarSource, OtherShow, SourceKind
from app.core.errors import DomainError
from app.core.ics_reading import Reading, ReadItem
from app.core.wall_times import DaysTouched

#: How far back and ahead a calendar is taken. Nobody needs to know where somebody was.
SHOW_DAYS = (400, 1100)
BLOCK_DAYS = (1, 400)
#: Pauses of the worker: as usual, and after 1, 2, 3, 4 and more failures in a row.
EVERY = timedelta(hours=4)
AFTER_FAILURE = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=12))
#: So many failures in a row, and whoever added it is told.
TELL_AFTER = 3


class SourceEnded(DomainError):
    """A calendar that is not read any more."""


class NothingRead(DomainError):
    """There is no dry run to apply, or it is older than what is there now."""


class CannotRead(DomainError):
    """A file that is no calendar."""


class NoAddress(DomainError):
    """A calendar without an address cannot be fetched."""


class BlockIsTheirs(DomainError):
    """A block that comes from a calendar of the person is changed there."""


class ShowIsOff(DomainError):
    """A show that is marked as off already."""


class Taken(DaysTouched, Struct, frozen=True):
    """One item as it would be kept: of a person's calendar no more than when they are not free."""

    key: str
    title: str
    place: str
    link: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    is_all_day: bool


def window_of(kind: SourceKind, today: date) -> tuple[date, date]:
    """The days of a calendar that are taken."""
    back, ahead = SHOW_DAYS if kind is SourceKind.SHOWS else BLOCK_DAYS
    return today - timedelta(days=back), today + timedelta(days=ahead)


def taken_of(source: CalendarSource, reading: Reading) -> tuple[list[Taken], list[str]]:
    """What is taken of a calendar, and sentences about what is not.

    Of a person's calendar: only times at which they are not free, no place, no link; a title only if they agreed. Why:
    we plan around them and need to know nothing else, and what is never stored need not be guarded, shown or erased.
    """
    if source.kind is SourceKind.SHOWS:
        named = [item for item in reading.items if item.title]
        refused = [f"{one.title}: {one.reason}" for one in reading.refused]
        refused += [
            _(
                "An item of %(from_on)s: It has no title, so nobody would know what it is.",
                from_on=item.from_on,
            )
            for item in reading.items
            if not item.title
        ]
        return [_taken(item, item.title, item.place, item.link) for item in named], refused
    busy = [item for item in reading.items if not item.is_free]
    refused = [one.reason for one in reading.refused]  # whose words are theirs
    return [_taken(item, item.title if source.takes_titles else "", "", "") for item in busy], refused


def _taken(item: ReadItem, title: str, place: str, link: str) -> Taken:
    return Taken(
        item.key, title, place, link[:2000], item.starts_at, item.ends_at, item.zone, item.is_all_day
    )


# -- a dry run, kept until somebody applies it -----------------------------------------------------------


class Draft(Struct, frozen=True):
    """What was read and would be kept, with the sentences about what would not."""

    taken: Sequence[Taken]
    refused: Sequence[str]
    read_at: datetime
    n_cut: int = 0
    n_cancelled: int = 0


def draft_bytes(draft: Draft) -> bytes:
    """A dry run as bytes."""
    rows = [
        [one.key, one.title, one.place, one.link, one.starts_at.isoformat(), one.ends_at.isoformat(), one.zone, one.is_all_day]
        for one in draft.taken
    ]  # fmt: skip
    return json.dumps(
        {
            "taken": rows, "refused": list(draft.refused), "read_at": draft.read_at.isoformat(), "n_cut": draft.n_cut,
            "n_cancelled": draft.n_cancelled,
        }
    ).encode()  # fmt: skip


def draft_of(data: bytes) -> Draft:
    """A dry run from bytes."""
    found: dict[str, Any] = json.loads(data)
    taken = [
        Taken(
            key,
            title,
            place,
            link,
            datetime.fromisoformat(starts),
            datetime.fromisoformat(ends),
            zone,
            is_day,
        )
        for key, title, place, link, starts, ends, zone, is_day in found["taken"]
    ]
    read_at = datetime.fromisoformat(found["read_at"])
    return Draft(taken, found["refused"], read_at, found["n_cut"], found["n_cancelled"])


# -- what changes ---------------------------------------------------------------------------------------


class Changes(Struct):
    """What applying would do: rows of ours by what becomes of them. `gone` are those ahead that the calendar dropped."""

    new: list[Taken] = field(default_factory=list)
    changed: list[tuple[Any, Taken, dict[str, Any]]] = field(default_factory=list)
    gone: list[Any] = field(default_factory=list)
    same: list[Any] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.gone)


def values_of(kind: SourceKind, one: Taken) -> dict[str, Any]:
    """The columns an item fills."""
    if kind is SourceKind.SHOWS:
        return {
            "name": one.title, "place": one.place, "link": one.link, "zone": one.zone, "from_on": one.from_on, "to_on": one.to_on,
        }  # fmt: skip
    return {
        "title": one.title, "starts_at": one.starts_at, "ends_at": one.ends_at, "zone": one.zone, "is_all_day": one.is_all_day,
    }  # fmt: skip


def changes_of(
    kind: SourceKind, rows: Iterable[OtherShow | BusyBlock], taken: Sequence[Taken], today: date
) -> Changes:
    """What reading a calendar anew changes. Columns changed by hand are left alone; what is over stays as it was."""
    known: Mapping[str, OtherShow | BusyBlock] = {row.key: row for row in rows if row.key}
    found = Changes()
    for one in taken:
        row = known.get(one.key)
        if row is None:
            found.new.append(one)
            continue
        kept = row.kept if isinstance(row, OtherShow) else ()
        values = {
            name: value
            for name, value in values_of(kind, one).items()
            if name not in kept and getattr(row, name) != value
        }
        is_back = isinstance(row, OtherShow) and row.gone_at is not None and "gone_at" not in kept
        if values or is_back:
            found.changed.append((row, one, values))
        else:
            found.same.append(row)
    keys = {one.key for one in taken}
    found.gone = [row for key, row in known.items() if key not in keys and _is_ahead(row, today)]
    return found


def _is_ahead(row: OtherShow | BusyBlock, today: date) -> bool:
    if isinstance(row, OtherShow):
        return row.gone_at is None and row.to_on >= today
    return True


def next_look(n_failures: int, now: datetime) -> datetime:
    """When the worker looks again."""
    pause = EVERY if not n_failures else AFTER_FAILURE[min(n_failures, len(AFTER_FAILURE)) - 1]
    return now.astimezone(UTC) + pause
