"""What the operations of this room take: frozen, checked, the same for screens and the API."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from app.core.vtimezone import zone_names
from app.events.models import RecordTerms
from app.people.details import LineText, NeededLine, NeededText


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("This time needs a time zone.")
    return instant


def _known_zone(name: str) -> str:
    if name not in zone_names():
        raise ValueError("This is not a time zone. Use a name such as Europe/London.")
    return name


Instant = Annotated[datetime, AfterValidator(_aware)]
ZoneText = Annotated[str, AfterValidator(_known_zone)]


class ExecutiveDetails(BaseModel, frozen=True):
    """A leader of the company; the buffer is kept free before and after each meeting, in minutes."""

    name: NeededLine
    title: NeededLine
    assistant_id: int | None = None
    n_buffer_minutes: Annotated[int, Field(ge=0, le=240)] = 10
    is_active: bool = True


class SlotDetails(BaseModel, frozen=True):
    """One window at an event; times are instants, shown in `zone`."""

    event_id: int
    starts_at: Instant
    ends_at: Instant
    zone: ZoneText
    place: LineText = ""


class SlotSeriesDetails(BaseModel, frozen=True):
    """Several windows in a row: each `n_minutes` long with `n_break_minutes` between, as many as fit."""

    event_id: int
    starts_at: Instant
    ends_at: Instant
    zone: ZoneText
    n_minutes: Annotated[int, Field(ge=5, le=480)] = 30
    n_break_minutes: Annotated[int, Field(ge=0, le=480)] = 10
    place: LineText = ""


class RequestDetails(BaseModel, frozen=True):
    """What the person wants to ask."""

    question: NeededText


class AcceptanceDetails(BaseModel, frozen=True):
    """On what terms a request is accepted, and where they meet (the slot's place when left out)."""

    terms: RecordTerms = RecordTerms.ON_RECORD
    place: LineText = ""
