"""Executives, windows, requests and meetings, made by the operations the screens use."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from app.accounts.models import Role, User
from app.core.db import db, transaction
from app.events.models import Event
from app.executives import operations
from app.executives.details import (
    AcceptanceDetails,
    AvailabilityDetails,
    BreakDetails,
    ExecutiveDetails,
    RequestDetails,
    SlotDetails,
    TermsDetails,
    UndertakingDetails,
)
from app.executives.models import AccessRequest, Executive, Meeting, Slot
from app.executives.models_access import SlotHold
from app.ledger import operations as book
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Form, Unit
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


def stretch(
    of: Executive, at: Event, *, starts_at: datetime = HALF_PAST_TEN, n_minutes: int = 240, **changes: Any
) -> list[Slot]:
    """14 October, 10:30 to 14:30 in London, cut into slots of half an hour with ten minutes to wrap up."""
    values: dict[str, Any] = {
        "event_id": at.id, "starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=n_minutes),
        "zone": "Europe/London", "place": "Suite 5", "n_slot_minutes": 30, "n_wrap_up_minutes": 10,
    } | changes  # fmt: skip
    with transaction():
        return operations.offer_stretch(db.session.merge(of), AvailabilityDetails(**values), by=daniel())[1]


def lunch(of: Executive, begins: time = time(12), ends: time = time(13)) -> None:
    """Nothing between twelve and one."""
    with transaction():
        details = BreakDetails(begins=begins, ends=ends, label="Lunch")
        operations.add_break(db.session.merge(of), details, by=daniel())


def keep(of: AccessRequest) -> SlotHold:
    """Daniel holds the slot."""
    with transaction():
        return operations.hold_slot(db.session.merge(of), by=daniel())


def terms(of: Event, **changes: Any) -> None:
    """What the event asks to be signed."""
    with transaction():
        operations.set_terms(db.session.merge(of), TermsDetails(**changes), by=daniel())


def signature(of: Person, kind: str = "nda", **changes: Any) -> None:
    """A confidentiality agreement, signed three weeks before the show."""
    values = {"kind": kind, "signed_on": BEFORE.date()} | changes
    with transaction():
        operations.record_signature(db.session.merge(of), UndertakingDetails(**values), by=mei())


def minutes_before(of: Person, at: Event, n_minutes: int) -> None:
    """Minutes given earlier in the year, in the book."""
    with transaction():
        book.post_entry(
            EntryDetails(
                person_id=of.id, program_id=at.program_id, event_id=at.id, category=Category.EXEC_ACCESS, form=Form.ACCESS,
                basis=Basis.NOT_VALUED, value_on=BEFORE.date(), unit=Unit.EXECUTIVE_MINUTE, quantity=n_minutes,
                department_id=daniel().department_id, place="Lisbon", context="Meeting", source_kind="executives", source_id=1,
            ),
            by=daniel(),
        )  # fmt: skip
