"""The tabs of a record: parts that exist and that the signed-in role may open, named by endpoint from any floor."""

from collections.abc import Iterable
from typing import Any

from flask import current_app, request, url_for

from app.accounts import permissions
from app.accounts.access import acting_user, permission_of
from app.core.i18n import said


def tabs_of(id: int, parts: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Tabs of the record `id`; parts are (label, endpoint), whose rule calls the record `id` or something of its own."""
    tabs = []
    app, by, here = current_app._get_current_object(), acting_user(), request.endpoint  # type: ignore[attr-defined]
    for label, endpoint in parts:
        view = app.view_functions.get(endpoint)
        permission = permission_of(view) if view else None
        if permission and permissions.may(by, permission):
            rule = next(iter(app.url_map.iter_rules(endpoint)))
            name = "id" if "id" in rule.arguments else next(iter(rule.arguments))
            arguments: dict[str, Any] = {name: id}
            url = url_for(endpoint, **arguments)
            tabs.append({"label": said(label), "url": url, "is_active": here == endpoint})
    return tabs
