"""Shapes of time with executives."""

from pydantic import AwareDatetime

from app.api.layer import Body, Id, PageQuery, Record, Shape
from app.api.shapes import UserShape
from app.events.models import RecordTerms
from app.executives.models import AccessRequest, Meeting, MeetingState, RequestState
from app.people.details import NeededText


class ExecutiveShape(Record):
    """A leader of the company."""

    id: int
    version: int
    name: str
    title: str
    topics: str
    languages: list[str] | None
    is_active: bool


class SlotShape(Shape):
    """A window that is offered."""

    id: int
    executive_id: int
    event_id: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    zone: str
    place: str
    capacity: int


class SlotsQuery(PageQuery):
    """At which event, from when on."""

    event_id: Id | None = None
    from_at: AwareDatetime | None = None


class RequestShape(Shape):
    """Somebody asks for a window for a person; it blocks nothing (X1)."""

    id: int
    slot_id: int
    person_id: int
    asked_by: UserShape | None
    question: str
    state: RequestState
    answer: str
    asked_at: AwareDatetime
    decided_at: AwareDatetime | None

    @classmethod
    def of(cls, row: AccessRequest) -> "RequestShape":
        return cls.read(row, asked_by=UserShape.of(row.asked_by))


class RequestsQuery(PageQuery):
    """In which state, for whom; open ones unless asked otherwise."""

    state: RequestState = RequestState.OPEN
    executive_id: Id | None = None
    person_id: Id | None = None


class NewRequest(Body):
    """For whom, and what they want to ask."""

    person_id: Id
    question: NeededText


class MeetingShape(Record):
    """Agreed time of a person with an executive."""

    id: int
    version: int
    uid: str
    executive_id: int
    executive_name: str
    person_id: int
    person_name: str
    event_id: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    zone: str
    place: str
    terms: RecordTerms
    state: MeetingState
    n_minutes_given: int | None
    is_cancelled: bool

    @classmethod
    def of(cls, row: Meeting) -> "MeetingShape":
        return cls.read(row, executive_name=row.executive.name, person_name=row.person.name)


class MeetingsQuery(PageQuery):
    """With whom, of whom, at which event, when."""

    executive_id: Id | None = None
    person_id: Id | None = None
    event_id: Id | None = None
    from_at: AwareDatetime | None = None
    to_at: AwareDatetime | None = None
