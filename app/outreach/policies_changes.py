"""Decisions about facts that changed after a letter said them: what differs, in words (G5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from app.outreach import letters

#: Begin, end and zone are one fact to a reader.
TIMES = "times"
_OF_TIMES = ("starts_at", "ends_at", "zone")


class Change(Struct, frozen=True):
    """One fact, as a letter said it and as it is now."""

    name: str
    before: str
    after: str


def changes_between(said: Mapping[str, Any], now: Mapping[str, str], language: str) -> tuple[Change, ...]:
    """What a letter said that is otherwise now, in words of a language; what it never said does not count."""
    found = []
    if all(name in said and name in now for name in _OF_TIMES) and _times(said) != _times(now):
        found.append(Change(TIMES, _times_in_words(said, language), _times_in_words(now, language)))
    found += [
        Change(name, str(said[name]), now[name])
        for name in now
        if name not in _OF_TIMES and name in said and str(said[name]).strip() != now[name].strip()
    ]
    return tuple(found)


def _times(fields: Mapping[str, Any]) -> tuple[datetime, datetime, str]:
    starts, ends = (datetime.fromisoformat(str(fields[name])) for name in ("starts_at", "ends_at"))
    return starts, ends, str(fields["zone"])


def _times_in_words(fields: Mapping[str, Any], language: str) -> str:
    return letters.hours(*_times(fields), language)


def listed(changes: tuple[Change, ...]) -> str:
    """The changes as lines of a letter, in the language they were worded in."""
    return "\n".join(f"{change.before} → {change.after}" for change in changes)
