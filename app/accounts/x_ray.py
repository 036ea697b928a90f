"""The permission X-ray: what the map of the app and the marks of `requires()` say, read anew each time; nothing is copied."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from msgspec import Struct
from werkzeug.routing import Rule

from app.accounts import permissions
from app.accounts.access import PUBLIC, narrowed_to, permission_of
from app.accounts.models import Role

#: What a route may be asked for; the server answers HEAD and OPTIONS by itself.
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Route(Struct, frozen=True):
    """An address of the house and who may use it."""

    room: str
    rule: str
    endpoint: str
    methods: tuple[str, ...]
    #: "public" for pages that guard themselves; empty if somebody forgot, then nobody gets in.
    permission: str
    roles: frozenset[Role]
    #: To whom among the roles the page itself answers; empty: to all of them.
    only: str = ""

    @property
    def heading(self) -> str:
        """The room, for a list in groups."""
        return self.room.capitalize()

    @property
    def is_public(self) -> bool:
        return self.permission == PUBLIC


def list_routes(app: Flask) -> list[Route]:
    """Every address, by room and then by address."""
    found = [_route(rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]
    return sorted(found, key=lambda one: (one.room, one.rule, one.methods))


def _route(rule: Rule, view: Callable[..., Any]) -> Route:
    permission = permission_of(view) or ""
    roles = [role for role in Role if permission == PUBLIC or permission in permissions.PERMISSIONS[role]]
    return Route(
        room=rule.endpoint.partition(".")[0], rule=rule.rule, endpoint=rule.endpoint, permission=permission,
        methods=tuple(one for one in _METHODS if one in (rule.methods or ())), roles=frozenset(roles),
        only=narrowed_to(view),
    )  # fmt: skip


def narrow(routes: list[Route], room: str = "", role: str = "", permission: str = "") -> list[Route]:
    """The routes of a room, those a role may use, those of a permission; empty words narrow nothing."""
    return [
        one
        for one in routes
        if room in ("", one.room)
        and permission in ("", one.permission)
        and (not role or role in {other.value for other in one.roles})
    ]


def count_by_room(routes: list[Route]) -> list[dict[str, Any]]:
    """A line per room: how many routes it has, how many are public, and how many each role may use."""
    lines = []
    for room in sorted({one.room for one in routes}):
        here = [one for one in routes if one.room == room]
        guarded = [one for one in here if not one.is_public]
        lines.append(
            {"room": room, "n": len(here), "n_public": len(here) - len(guarded)}
            | {role.value: sum(role in one.roles for one in guarded) for role in Role}
        )
    return lines
