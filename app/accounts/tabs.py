"""The tabs of a record: parts that exist and that the signed-in role may open, named by endpoint from any floor."""

from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request

from app.accounts import permissions
from app.accounts.access import acting_user, permission_of
from app.core.i18n import said

#: (label, endpoint), the label in English.
Part = tuple[str, str]


def init_app(app: Flask) -> None:
    """Keep which parts a role may open: of which rooms there are, each application knows its own."""
    app.extensions["tabs"] = lru_cache(maxsize=256)(_open_parts)


def tabs_of(id: int, parts: tuple[Part, ...]) -> list[dict[str, Any]]:
    """Tabs of the record `id`; the rule of a part calls the record `id` or something of its own."""
    app, here = current_app._get_current_object(), request.endpoint  # type: ignore[attr-defined]
    return [
        {"label": said(label), "url": app.url_for(endpoint, **{name: id}), "is_active": here == endpoint}
        for label, endpoint, name in app.extensions["tabs"](permissions.rights_of(acting_user()), parts)
    ]


def _open_parts(rights: frozenset[str], parts: tuple[Part, ...]) -> list[tuple[str, str, str]]:
    """Those that exist and that somebody of these rights may open: label, endpoint, what its rule calls the record."""
    found = []
    for label, endpoint in parts:
        view = current_app.view_functions.get(endpoint)
        if view is not None and permission_of(view) in rights:
            rule = next(iter(current_app.url_map.iter_rules(endpoint)))
            name = "id" if "id" in rule.arguments else next(iter(rule.arguments))
            found.append((label, endpoint, name))
    return found
