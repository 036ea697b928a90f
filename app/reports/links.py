"""Addresses: of the ledger lines behind a figure (O6), and of pages on the home page that the reader may open."""

from datetime import date
from typing import Any

from flask import current_app, url_for
from msgspec.structs import replace
from werkzeug.routing import BuildError

from app.accounts import permissions
from app.accounts.access import acting_user, permission_of
from app.reports.home import Home, Link


def rows_of(**parts: Any) -> Link:
    """The ledger narrowed as the figure is; parts are those of `ledger.queries.Scope`, None and "" are left out."""
    return Link(
        "ledger.index",
        {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in parts.items()
            if value is not None and value != ""
        },
    )


def rows_url(**parts: Any) -> str:
    """The address of the same."""
    rows = rows_of(**parts)
    return url_for(rows.endpoint, **rows.arguments)


def url_of(link: Link) -> str:
    """The address of a link; empty when there is no such page, or the reader's role may not open it (R3)."""
    view = current_app.view_functions.get(link.endpoint)
    permission = permission_of(view) if view else None
    if permission is None or not permissions.may(acting_user(), permission):
        return ""
    try:
        return url_for(link.endpoint, _anchor=link.anchor or None, **link.arguments)
    except BuildError:
        return ""


def only_openable(home: Home) -> Home:
    """Of a home page that somebody looks at as another role: what leads to pages they may open themselves.

    Drawings and what stands behind figures lead nowhere, so they are left out.
    """
    figures = [one for one in home.figures if one.link.endpoint != "reports.today" and url_of(one.link)]
    return replace(
        home, figures=figures, tasks=[one for one in home.tasks if url_of(one.link)], charts=[], rows={}
    )
