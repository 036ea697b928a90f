"""What the operations of this room take: frozen, checked, the same for screens and the API."""

from datetime import date, datetime, time
from typing import Annotated

from flask_babel import gettext as _
from pydantic import AfterValidator, Field

from app.core.checked import Checked
from app.core.vtimezone import zone_names
from app.events.models import RecordTerms
from app.executives.models_access import UndertakingKind, WishSide
from app.executives.policies_access import MOST_CHAIRS, MOST_HOLD_HOURS
from app.people.details import LineText, NeededLine, NeededText, Text


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(_("This time needs a time zone."))
    return instant


def _known_zone(name: str) -> str:
    if name not in zone_names():
        raise ValueError(_("This is not a time zone. Use a name such as Europe/London."))
    return name


Instant = Annotated[datetime, AfterValidator(_aware)]
ZoneText = Annotated[str, AfterValidator(_known_zone)]


class ExecutiveDetails(Checked):
    """A leader of the company; the buffer is kept free before and after each meeting, in minutes.

    Left empty, the most a day and in a row know no limit; a pause of `n_pause_minutes` ends a row.
    """

    name: NeededLine
    title: NeededLine
    assistant_id: int | None = None
    n_buffer_minutes: Annotated[int, Field(ge=0, le=240)] = 10
    n_most_a_day: Annotated[int, Field(ge=1, le=48)] | None = None
    n_most_in_a_row: Annotated[int, Field(ge=1, le=48)] | None = None
    n_pause_minutes: Annotated[int, Field(ge=1, le=480)] = 30
    bio: Text = ""
    topics: Text = ""
    languages: list[str] | None = None
    is_active: bool = True


class SlotDetails(Checked):
    """One window at an event; times are instants, shown in `zone`."""

    event_id: int
    starts_at: Instant
    ends_at: Instant
    zone: ZoneText
    place: LineText = ""


class SlotSeriesDetails(Checked):
    """Several windows in a row: each `n_minutes` long with `n_break_minutes` between, as many as fit."""

    event_id: int
    starts_at: Instant
    ends_at: Instant
    zone: ZoneText
    n_minutes: Annotated[int, Field(ge=5, le=480)] = 30
    n_break_minutes: Annotated[int, Field(ge=0, le=480)] = 10
    place: LineText = ""


class AvailabilityDetails(Checked):
    """A stretch at an event: cut into slots of `n_slot_minutes`, each with time before and after, for `capacity` people."""

    event_id: int
    starts_at: Instant
    ends_at: Instant
    zone: ZoneText
    room_id: int | None = None
    place: LineText = ""
    n_slot_minutes: Annotated[int, Field(ge=5, le=480)] = 30
    n_preparation_minutes: Annotated[int, Field(ge=0, le=120)] = 0
    n_wrap_up_minutes: Annotated[int, Field(ge=0, le=120)] = 0
    capacity: Annotated[int, Field(ge=1, le=MOST_CHAIRS)] = 1


class BreakDetails(Checked):
    """Wall times kept free every day, on the clock of the place; at one event when it is named."""

    begins: time
    ends: time
    label: LineText = ""
    event_id: int | None = None


class TermsDetails(Checked):
    """What an event asks before somebody meets an executive; `n_hold_hours`: how long a slot is held."""

    needs_nda: bool = False
    needs_embargo: bool = False
    n_hold_hours: Annotated[int, Field(ge=1, le=MOST_HOLD_HOURS)] = 24


class UndertakingDetails(Checked):
    """What was signed, when, until when it binds, where the paper is; for every event when none is named."""

    kind: UndertakingKind
    signed_on: date
    until_on: date | None = None
    reference: LineText = ""
    event_id: int | None = None


class WishDetails(Checked):
    """Who wishes, how much (1 is most), whether it must be, and what for."""

    side: WishSide
    rank: Annotated[int, Field(ge=1, le=99)]
    is_must: bool = False
    purpose: Text = ""


class PromiseDetails(Checked):
    """What was promised in a meeting, who keeps it, and until when."""

    what: NeededLine
    owner_id: int
    due_on: date


class RequestDetails(Checked):
    """What the person wants to ask."""

    question: NeededText


class AcceptanceDetails(Checked):
    """On what terms a request is accepted, and where they meet (the slot's place when left out)."""

    terms: RecordTerms = RecordTerms.ON_RECORD
    place: LineText = ""
    #: The number of the one rival request that is kept waiting instead of declined.
    keep_waiting_id: int | None = None
    #: Whether the person gets a mail with the calendar entry now; of changes they are told in any case.
    is_written_to: bool = False
