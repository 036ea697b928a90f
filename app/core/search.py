"""One search over all rooms: each registers what it can find, already narrowed to what the asker may see."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from app.core.i18n import said

#: How many hits of a kind are shown, and how many letters are needed before anything is looked up.
PER_KIND = 6
LEAST_LETTERS = 2


class Hit(Struct, frozen=True):
    """One thing found; `hint` tells it from others of the same name, `kind` names its icon."""

    label: str
    url: str
    kind: str = ""
    hint: str = ""


#: by (the user who asks), text, at most so many hits. This floor knows no users.
Finder = Callable[[Any, str, int], list[Hit]]

_finders: dict[str, Finder] = {}


def register(kind: str, find: Finder) -> None:
    """Let `find` answer for a kind ("People"); a kind that is registered again is replaced."""
    _finders[kind] = find


def find(by: Any, text: str, limit: int = PER_KIND) -> dict[str, list[Hit]]:
    """Hits by kind, in the order of registration; kinds without a hit are left out."""
    wanted = " ".join(text.split())[:200]
    if len(wanted) < LEAST_LETTERS:
        return {}
    found = {kind: finder(by, wanted, limit) for kind, finder in _finders.items()}
    return {said(kind): hits for kind, hits in found.items() if hits}
