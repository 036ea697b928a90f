"""Fields that some roles may not see, and what each way out of the house wants for them (R3): the rooms write them down here.

The X-ray shows them; `tests/accounts/test_x_ray.py` puts a word of its own into each and looks whether that is true.
"""

import enum
from collections.abc import Mapping

from msgspec import Struct, field

from app.accounts import permissions
from app.accounts.models import Role


class Outlet(enum.StrEnum):
    """A way in which what is written in a field can reach somebody."""

    SCREEN = "screen"
    LIST = "list"
    SEARCH = "search"
    EXPORT = "export"
    FEED = "feed"
    MAIL = "mail"
    API = "api"


class GuardedField(Struct, frozen=True):
    """A field with a guard. An outlet it is not given for never holds it, whoever asks."""

    key: str
    room: str
    #: A lazy sentence, like `why`.
    label: str
    why: str
    #: Outlet -> the permissions that are wanted together.
    wants: Mapping[Outlet, frozenset[str]] = field(default_factory=dict)

    @property
    def heading(self) -> str:
        """The room, for a list in groups."""
        return self.room.capitalize()

    def shown_to(self, role: Role) -> list[Outlet]:
        """The ways in which it reaches a role."""
        rights = permissions.PERMISSIONS[role]
        return [one for one in Outlet if one in self.wants and self.wants[one] <= rights]


_fields: dict[str, GuardedField] = {}


def guard(key: str, label: str, why: str, **wants: str) -> GuardedField:
    """Write a field down: `guard("people.notes", _l("Notes"), _l("..."), screen="people:read notes:read")`.

    The room is the first part of the key. KeyError for a permission no role has, ValueError for an outlet there is not.
    """
    needed = {Outlet(name): frozenset(words.split()) for name, words in wants.items()}
    unknown = frozenset().union(*needed.values()) - permissions.ALL
    if unknown:
        raise KeyError(f"no role has the permission {min(unknown)!r}")
    _fields[key] = GuardedField(key, key.partition(".")[0], label, why, needed)
    return _fields[key]


def list_fields() -> list[GuardedField]:
    """All of them, by room."""
    return sorted(_fields.values(), key=lambda one: one.key)
