"""What a user still answers for: rooms above say so, and nobody leaves or changes role while it is theirs (P1)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import Role, User
from app.core.db import Base
from app.core.errors import DomainError


class Duty(Struct, frozen=True):
    """One kind of thing a user holds, in words with its number: "38 people", and the roles that may hold it."""

    words: str
    roles: frozenset[Role]


#: user -> what they hold now or are going to hold.
Finder = Callable[[User], Sequence[Duty]]

_finders: dict[str, Finder] = {}


#: user, instant -> the rows they answer for.
Holding = Callable[[User, datetime], Sequence[Base]]

_holdings: dict[str, Holding] = {}


#: user, by -> what ends by itself when somebody leaves.
Farewell = Callable[[User, User | None], object]

_farewells: dict[str, Farewell] = {}


class StillHolds(DomainError):
    """P1: somebody leaves, or loses the role, while others depend on them."""


def register(room: str, find: Finder) -> None:
    """Let a room above say what a user holds; a room that registers again is replaced."""
    _finders[room] = find


def register_holding(kind: str, find: Holding) -> None:
    """Let a room that the hand-over cannot look into say which rows of a kind a user answers for (P1)."""
    _holdings[kind] = find


def held(kind: str, user: User, at: datetime) -> Sequence[Base]:
    """The rows of a kind a user answers for at an instant; none where no room has any."""
    find = _holdings.get(kind)
    return find(user, at) if find is not None else ()


def tell_when_leaving(room: str, farewell: Farewell) -> None:
    """Let a room above end what must not outlive a login, in the transaction that closes it."""
    _farewells[room] = farewell


def say_farewell(user: User, by: User | None) -> None:
    """Tell every room that a user is gone."""
    for farewell in _farewells.values():
        farewell(user, by)


def duties_of(user: User) -> list[Duty]:
    """What somebody else must take over before this user can go."""
    return [duty for find in _finders.values() for duty in find(user)]


def require_free(user: User, *, new_role: Role | None = None) -> None:
    """Raise StillHolds unless the user holds nothing, or nothing that the new role may not hold."""
    held = [duty for duty in duties_of(user) if new_role is None or new_role not in duty.roles]
    if held:
        words = ", ".join(duty.words for duty in held)
        raise StillHolds(
            _(
                "%(user)s still looks after %(words)s. Hand them over first; the hand-over can do both in"
                " one step.",
                user=user.name,
                words=words,
            )
        )
