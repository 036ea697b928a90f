"""Reads of this room, by noun: the value report, and what waits for whom."""

from app.accounts.models import Role, User
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


__all__ = ["summary_of", "today", "value_report"]
