"""Shapes of touches and asks."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from app.api.layer import Body, Id, PageQuery, Shape
from app.api.shapes import SearchText, UserShape
from app.outreach.models import Touch, TouchChannel, TouchKind
from app.people.details import NeededLine, NeededText, Text


class TouchShape(Shape):
    """One contact on any channel; an ask waits for its answer."""

    id: int
    person_id: int
    person_name: str
    user: UserShape | None
    department: str
    channel: TouchChannel
    kind: TouchKind
    is_inbound: bool
    at: AwareDatetime
    subject: str
    summary: str
    is_ask: bool
    answered_at: AwareDatetime | None
    answer: str
    joined_id: int | None
    struck_at: AwareDatetime | None

    @classmethod
    def of(cls, row: Touch) -> "TouchShape":
        more = {
            "person_name": row.person.name,
            "user": UserShape.of(row.user),
            "department": row.department.name,
        }
        return cls.read(row, **more)


class TouchesQuery(PageQuery):
    """What touches are narrowed to."""

    q: SearchText = ""
    person_id: Id | None = None
    department_id: Id | None = None
    user_id: Id | None = None
    is_open_ask: bool = False


class NewTouch(Body):
    """A contact to write down; the contact guard weighs it over all departments (G3)."""

    person_id: Id
    channel: TouchChannel
    kind: TouchKind = TouchKind.UNSOLICITED
    subject: NeededLine
    summary: Text = ""
    is_ask: bool = False
    is_inbound: bool = False
    at: Annotated[AwareDatetime | None, Field(description="Now, when it is left out.")] = None


class NewAnswer(Body):
    """What an ask was answered."""

    answer: NeededText
