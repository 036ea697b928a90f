"""Executives, windows, requests and meetings, made by the operations the screens use."""

from datetime import UTC, datetime
from typing import Any

from app.accounts.models import Role, User
from app.core.db import db, transaction
from app.events.models import Event
from app.executives import operations
from app.executives.details import AcceptanceDetails, ExecutiveDetails, RequestDetails, SlotDetails
from app.executives.models import AccessRequest, Executive, Meeting, Slot
from app.people.models import Person
from tests.factories import accounts, events

#: Three weeks before the show.
BEFORE = datetime(2026, 9, 22, 9, 0, tzinfo=UTC)
#: After the show.
AFTER = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
#: 14 October, 10:30 in London: 20:30 in Sydney.
HALF_PAST_TEN = datetime(2026, 10, 14, 9, 30, tzinfo=UTC)


def daniel() -> User:
    """The assistant of the scenario."""
    return accounts.user(name="Daniel", role=Role.ASSISTANT, in_department="Executive office")


def mei() -> User:
    """Who asks."""
    return accounts.user(name="Mei", role=Role.RELATIONS)


def executive(name: str = "Grace", **changes: Any) -> Executive:
    """The chief executive, kept by Daniel, with a buffer of ten minutes."""
    values: dict[str, Any] = {
        "name": name,
        "title": "Chief Executive Officer",
        "assistant_id": daniel().id,
    } | changes
    with transaction():
        return operations.add_executive(ExecutiveDetails(**values), by=daniel())


def slot(
    of: Executive, at: Event, starts_at: datetime = HALF_PAST_TEN, n_minutes: int = 30, **changes: Any
) -> Slot:
    """A window of half an hour, 14 October 10:30 in London unless said otherwise."""
    ends_at = datetime.fromtimestamp(starts_at.timestamp() + n_minutes * 60, UTC)
    values = {
        "event_id": at.id,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "zone": "Europe/London",
        "place": "Suite 5",
    } | changes
    with transaction():
        return operations.publish_slot(db.session.merge(of), SlotDetails(**values), by=daniel())


def request(
    of: Slot, who: Person, question: str = "What comes after the pilot?", *, by: User | None = None
) -> AccessRequest:
    """A request by Mei."""
    with transaction():
        return operations.request_access(
            db.session.merge(of), db.session.merge(who), RequestDetails(question=question), by=by or mei()
        )


def accept(of: AccessRequest, **changes: Any) -> Meeting:
    """Daniel says yes."""
    with transaction():
        return operations.accept_request(db.session.merge(of), AcceptanceDetails(**changes), by=daniel())


def meeting(
    at: Event, name: str = "Jack", with_: Executive | None = None, starts_at: datetime = HALF_PAST_TEN
) -> Meeting:
    """An agreed meeting of somebody who comes."""
    who = events.accepted(at, name).person
    return accept(request(slot(with_ or executive(), at, starts_at), who))


def hold(of: Meeting, n_minutes: int = 30) -> None:
    """It took place."""
    with transaction():
        operations.hold_meeting(db.session.merge(of), n_minutes=n_minutes, by=daniel())
