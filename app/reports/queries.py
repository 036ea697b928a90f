"""Reads of this room, by noun: the value report, and what waits for whom."""

from msgspec import Struct

from app.accounts import permissions
from app.accounts.models import Role, User
from app.core import clock
from app.core.keyset import Count
from app.events import queries_tasks
from app.events.models_day import EventTask
from app.lists import catalogue
from app.lists import queries as lists
from app.lists.models import SavedView
from app.notices.models import Urgency
from app.reports import queries_desk, queries_relations, queries_watch
from app.reports.home import Home, Link, Task, with_tasks
from app.reports.queries_value import summary_of, value_report

_PAGES = {
    Role.RELATIONS: queries_relations.relations,
    Role.COORDINATOR: queries_desk.coordinator,
    Role.COMPLIANCE: queries_watch.compliance,
    Role.ASSISTANT: queries_desk.assistant,
    Role.PARTNER: queries_desk.partner,
    Role.AUDITOR: queries_watch.auditor,
    Role.DOOR: queries_desk.door,
    Role.ADMIN: queries_watch.admin,
}


def today(by: User) -> Home:
    """The home page of a user's role, with the tasks of events that wait for this user."""
    return with_tasks(_PAGES[by.role](by), (_event_task(task) for task in queries_tasks.list_open_of(by)))


def _event_task(task: EventTask) -> Task:
    """What to do, for which event, about whom."""
    is_late = task.due_on <= clock.today(task.event.zone)
    about = f"{task.event.name}, {task.person.name}" if task.person else task.event.name
    reason = f"{about}: {task.cause[:200]}" if task.cause else about
    link = Link("events.task_done", {"id": task.id})
    return Task(Urgency.NOW if is_late else Urgency.SOON, task.what, reason, link, task.due_on)


class Pinned(Struct, frozen=True):
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
