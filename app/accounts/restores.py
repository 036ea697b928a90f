"""Lines of the audit trail whose value can be brought back: the rooms that can do it say where (P4)."""

from collections.abc import Callable, Mapping, Sequence

from app.accounts.models import AuditEvent, User

#: Lines of one page and the reader -> number of the line -> address where its value is brought back, or shown to be.
Finder = Callable[[Sequence[AuditEvent], User], Mapping[int, str]]

_finders: dict[str, Finder] = {}


def offer(room: str, find: Finder) -> None:
    """Let a room say which lines it can restore; the pages it names guard themselves."""
    _finders[room] = find


def links_of(lines: Sequence[AuditEvent], by: User) -> dict[int, str]:
    """Where each line of a page is restored; lines nobody can restore are left out."""
    found: dict[int, str] = {}
    for find in _finders.values():
        found |= find(lines, by)
    return found
