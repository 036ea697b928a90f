"""Forms and rows as plans, to ask what else is on; and whether somebody has seen the answer before they pressed again."""

from collections.abc import Sequence

from flask import request

from app.accounts.models import User
from app.events import clashes
from app.events.clashes import Clash, Plan
from app.events.details import EventDetails
from app.events.models import Event
from app.events.queries_layers import expected_at

#: The field by which a form says which warnings were on the screen when the button was pressed.
SEEN_FIELD = "clashes_seen"


def plan_of_event(event: Event) -> Plan:
    """An event as it stands, with the people who may be expected at it."""
    return Plan(
        starts_at=event.starts_at, ends_at=event.ends_at, zone=event.zone, country=event.country,
        audiences=frozenset(event.audiences or ()), person_ids=expected_at(event), event_id=event.id, is_gathering=True,
    )  # fmt: skip


def plan_of_details(details: EventDetails, event: Event | None = None) -> Plan:
    """An event as it is typed; `event` is the one that is changed."""
    return Plan(
        starts_at=details.starts_at, ends_at=details.ends_at, zone=details.zone, country=details.country or "",
        audiences=frozenset(one.value for one in details.audiences),
        person_ids=expected_at(event) if event is not None else frozenset(),
        event_id=event.id if event is not None else None, is_gathering=True,
    )  # fmt: skip


def is_moved(event: Event, details: EventDetails) -> bool:
    """Whether what is typed differs from the event in anything clashes are judged by."""
    was, new = plan_of_event(event), plan_of_details(details, event)
    return was != new


def unseen_move(event: Event, details: EventDetails, by: User) -> Sequence[Clash]:
    """The same for an event that is changed: what it met before is on its page, and is not asked about again."""
    return unseen(plan_of_details(details, event), by) if is_moved(event, details) else []


def unseen(plan: Plan, by: User) -> Sequence[Clash]:
    """What a plan meets, unless the form says that it was shown already; then it is no hindrance."""
    found = clashes.find_clashes(plan, by)
    return [] if request.form.get(SEEN_FIELD, "") == clashes.digest_of(found) else found
