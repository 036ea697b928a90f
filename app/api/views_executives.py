"""Time with executives: windows, requests, meetings."""

from flask import url_for

from app.accounts.access import acting_user
from app.api.layer import ID, Created, Page, PageQuery, operation
from app.api.paging import by_number, from_database
from app.api.shapes_executives import (
    ExecutiveShape,
    MeetingShape,
    MeetingsQuery,
    NewRequest,
    RequestShape,
    RequestsQuery,
    SlotShape,
    SlotsQuery,
)
from app.core.db import db
from app.events import queries as events
from app.executives import operations_requests as operations
from app.executives import queries
from app.executives.details import RequestDetails
from app.executives.models import AccessRequest, Meeting, Slot
from app.people import queries as people


@operation("/executives", permission="executives:read", query=PageQuery, out=Page[ExecutiveShape])
def list_executives(query: PageQuery) -> Page[ExecutiveShape]:
    """Executives whose calendar whoever sends the token may see."""
    return by_number(Page[ExecutiveShape], queries.list_executives(acting_user()), query, ExecutiveShape.read)


@operation(f"/executives/{ID}", permission="executives:read", out=ExecutiveShape)
def get_executive(id: int) -> ExecutiveShape:
    """One executive."""
    return ExecutiveShape.read(queries.get_executive(id, acting_user()))


@operation(f"/executives/{ID}/slots", permission="executives:read", query=SlotsQuery, out=Page[SlotShape])
def list_slots(id: int, query: SlotsQuery) -> Page[SlotShape]:
    """The windows an executive offers."""
    by = acting_user()
    event = events.get_event(query.event_id, by) if query.event_id is not None else None
    wanted = queries.slots_matching(queries.get_executive(id, by), event=event, from_at=query.from_at)
    return from_database(
        Page[SlotShape], wanted, Slot.id, query, lambda rows: [SlotShape.read(row) for row in rows],
        is_descending=False,
    )  # fmt: skip


@operation(f"/slots/{ID}", permission="executives:read", out=SlotShape)
def get_slot(id: int) -> SlotShape:
    """One window."""
    return SlotShape.read(queries.get_slot(id, acting_user()))


@operation(
    f"/slots/{ID}/requests", method="POST", permission="executives:request", body=NewRequest, out=RequestShape
)
def request_slot(id: int, body: NewRequest) -> Created:
    """Ask for a window for a person; the assistant is told, and nothing is blocked (X1)."""
    by = acting_user()
    slot, person = queries.get_slot(id, by), people.get_person(body.person_id, by)
    made = operations.request_access(slot, person, RequestDetails(question=body.question), by=by)
    db.session.flush()
    return Created(RequestShape.of(made), url_for("api.get_request", id=made.id))


@operation("/requests", permission="executives:read", query=RequestsQuery, out=Page[RequestShape])
def list_requests(query: RequestsQuery) -> Page[RequestShape]:
    """Requests for time, of executives and people whoever sends the token may see."""
    by = acting_user()
    executive = queries.get_executive(query.executive_id, by) if query.executive_id is not None else None
    person = people.get_person(query.person_id, by) if query.person_id is not None else None
    wanted = queries.requests_matching(by, executive=executive, person=person, state=query.state)
    return from_database(
        Page[RequestShape], wanted, AccessRequest.id, query, lambda rows: [RequestShape.of(row) for row in rows],
        is_descending=False,
    )  # fmt: skip


@operation(f"/requests/{ID}", permission="executives:read", out=RequestShape)
def get_request(id: int) -> RequestShape:
    """One request for time."""
    return RequestShape.of(queries.get_request(id, acting_user()))


@operation("/meetings", permission="executives:read", query=MeetingsQuery, out=Page[MeetingShape])
def list_meetings(query: MeetingsQuery) -> Page[MeetingShape]:
    """Meetings, of executives and people whoever sends the token may see, the first agreed first."""
    by = acting_user()
    wanted = queries.meetings_matching(
        by, executive=queries.get_executive(query.executive_id, by) if query.executive_id is not None else None,
        person=people.get_person(query.person_id, by) if query.person_id is not None else None,
        event=events.get_event(query.event_id, by) if query.event_id is not None else None,
        from_at=query.from_at, to_at=query.to_at,
    )  # fmt: skip
    return from_database(
        Page[MeetingShape], wanted, Meeting.id, query, lambda rows: [MeetingShape.of(row) for row in rows],
        is_descending=False,
    )  # fmt: skip


@operation(f"/meetings/{ID}", permission="executives:read", out=MeetingShape)
def get_meeting(id: int) -> MeetingShape:
    """One meeting."""
    return MeetingShape.of(queries.get_meeting(id, acting_user()))
