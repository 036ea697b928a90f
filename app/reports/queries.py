"""Reads of this room, by noun: the value report, and what waits for whom."""

from dataclasses import dataclass

from app.accounts import permissions
from app.accounts.models import Role, User
from app.core.keyset import Count
from app.lists import catalogue
from app.lists import queries as lists
from app.lists.models import SavedView
from app.reports import queries_desk, queries_relations, queries_watch
from app.reports.home import Home
from app.reports.queries_value import summary_of, value_report

_PAGES = {
    Role.RELATIONS: queries_relations.relations,
    Role.COORDINATOR: queries_desk.coordinator,
    Role.COMPLIANCE: queries_watch.compliance,
    Role.ASSISTANT: queries_desk.assistant,
    Role.PARTNER: queries_desk.partner,
    Role.AUDITOR: queries_watch.auditor,
    Role.ADMIN: queries_watch.admin,
}


def today(by: User) -> Home:
    """The home page of a user's role."""
    return _PAGES[by.role](by)


@dataclass(frozen=True, slots=True)
class Pinned:
    """A saved view on the home page, with the number of rows it shows now."""

    view: SavedView
    count: Count


def pinned(by: User) -> list[Pinned]:
    """The views a user pinned; those of lists they may not open (any more) are left out."""
    found = []
    for view in lists.list_pinned(by):
        listing = catalogue.find(view.listing)
        if listing is not None and permissions.may(by, listing.permission):
            found.append(Pinned(view, listing.count(by, view.query)))
    return found


__all__ = ["Pinned", "pinned", "summary_of", "today", "value_report"]
