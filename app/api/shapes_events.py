"""Shapes of events."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from app.accounts.models import User
from app.api.layer import Body, Id, PageQuery, Record, Shape, patch_of
from app.api.shape import Needs
from app.api.shapes import AMOUNTS, Country, MoneyBody, MoneyShape, SearchText, UserShape
from app.events.details import EventDetails, SessionDetails
from app.events.models import AnswerChannel, Audience, Event, Invitation, InvitationState, RecordTerms
from app.events.policies import Funnel
from app.people.details import LineText, Text


class FunnelShape(Shape):
    """invited = accepted + declined + waiting + silent, always (E1)."""

    invited: int
    accepted: int
    declined: int
    waiting: int
    silent: int


class EventShape(Record):
    """An event, its times as instants and the zone they were meant in."""

    id: int
    version: int
    uid: str
    name: str
    program_id: int
    place: str
    city: str
    country: str
    zone: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    capacity: int
    is_cancelled: bool
    coordinator: UserShape
    funnel: FunnelShape

    @classmethod
    def of(cls, event: Event, funnel: Funnel, coordinator: User) -> "EventShape":
        counted = FunnelShape.model_validate(funnel, from_attributes=True)
        return cls.read(event, coordinator=UserShape.of(coordinator), funnel=counted)


class EventsQuery(PageQuery):
    """What the list of events is narrowed to."""

    q: SearchText = ""
    program_id: Id | None = None
    when: Literal["", "ahead", "past"] = ""


class NewEvent(EventDetails):
    """An event to plan."""

    country: Country | None = None
    program_id: Id
    coordinator_id: Id | None = None


EditEvent = patch_of(NewEvent, "EditEvent", "What changes of an event; a field that is not sent stays.")


class SessionShape(Record):
    """An item of an agenda."""

    id: int
    version: int
    event_id: int
    uid: str
    title: str
    description: str
    place: str
    zone: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    audience: Audience
    terms: RecordTerms
    embargo_until_at: AwareDatetime | None
    is_nda: bool
    is_cancelled: bool


class NewSession(SessionDetails):
    """An item to put on an agenda."""


EditSession = patch_of(
    NewSession, "EditSession", "What changes of a session; a field that is not sent stays."
)


class InvitationShape(Record):
    """An event offered to one person."""

    id: int
    version: int
    event_id: int
    person_id: int
    person_name: str
    wave: int
    state: InvitationState
    promise: str
    worth: Annotated[MoneyShape | None, AMOUNTS] = None
    badge: str
    sent_at: AwareDatetime | None
    answered_at: AwareDatetime | None
    answer_channel: AnswerChannel | None
    answered_by_name: str
    answer_reason: Annotated[str | None, Needs("notes:read")] = None
    waitlist_place: int | None
    checked_in_at: AwareDatetime | None

    @classmethod
    def of(cls, row: Invitation) -> "InvitationShape":
        worth = MoneyShape.of(row.worth) if row.worth is not None else None
        return cls.read(row, person_name=row.person.name, worth=worth)


class InvitationsQuery(PageQuery):
    """What the invitations of an event are narrowed to."""

    state: InvitationState | None = None
    wave: Annotated[int, Field(ge=1, le=99)] | None = None


class NewInvitation(Body):
    """Somebody to invite; nothing is sent before the letter leaves the outbox."""

    person_id: Id
    wave: Annotated[int, Field(ge=1, le=99)] = 1
    promise: Text = ""
    worth: MoneyBody | None = None
    badge: LineText = ""
    reason: Text = ""


class NewInvitationAnswer(Body):
    """What somebody answered, written down by staff."""

    state: InvitationState
    channel: AnswerChannel
    reason: Text = ""
    answered_by_name: LineText = ""
