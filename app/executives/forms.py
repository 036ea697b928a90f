"""Forms of this room: wall times in the event's zone, people and windows to choose from; details out."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, SelectChoice

from app.accounts.models import User
from app.core.forms import BaseForm, choice, instant_of, line, moment, prose, whole, words_of, zone
from app.events.models import Event, RecordTerms
from app.executives.details import AcceptanceDetails, ExecutiveDetails, RequestDetails, SlotSeriesDetails
from app.executives.models import Executive, Slot
from app.executives.policies import MOST_MINUTES, span_of, span_words
from app.people.models import Person


def offer(field: Any, rows: Sequence[Any], empty: str | None = None) -> None:
    """Fill a select with rows that have an id and a name."""
    first = [SelectChoice("", empty)] if empty is not None else []
    field.choices = first + [SelectChoice(str(row.id), row.name) for row in rows]


class ExecutiveForm(BaseForm):
    """A leader of the company and who keeps the calendar."""

    name = line("Name")
    title = line("Title")
    assistant_id = choice(
        "Assistant", [], required=False, description="Sees and decides the requests; empty: any assistant."
    )
    n_buffer_minutes = whole(
        "Buffer",
        least=0,
        most=240,
        default=10,
        description="Minutes kept free before and after each meeting.",
    )
    n_most_a_day = whole("Meetings a day at most", least=1, most=48, required=False)
    n_most_in_a_row = whole("In a row at most", least=1, most=48, required=False)
    n_pause_minutes = whole(
        "A pause that ends a row", least=1, most=480, default=30, description="Minutes between two meetings."
    )
    bio = prose("Who they are", required=False, longest=1500, description="Those who meet them read it.")
    topics = prose("What they can be asked about", required=False, longest=1500)
    languages = line(
        "Languages",
        required=False,
        longest=80,
        description="Codes with blanks between, the preferred one first: en zh-Hans",
    )
    is_active = BooleanField("Offers time", default=True)

    def offer(self, assistants: Sequence[User]) -> "ExecutiveForm":
        offer(self.assistant_id, assistants, "—")
        return self

    def details(self) -> ExecutiveDetails:
        return ExecutiveDetails(
            name=self.name.data, title=self.title.data, n_buffer_minutes=self.n_buffer_minutes.data,
            n_most_a_day=self.n_most_a_day.data, n_most_in_a_row=self.n_most_in_a_row.data,
            n_pause_minutes=self.n_pause_minutes.data, bio=self.bio.data or "", topics=self.topics.data or "",
            languages=(self.languages.data or "").replace(",", " ").split() or None,
            assistant_id=int(self.assistant_id.data) if self.assistant_id.data else None, is_active=self.is_active.data,
        )  # fmt: skip


def typed_executive(executive: Executive) -> dict[str, Any]:
    """An executive as the form shows it."""
    return {
        "name": executive.name, "title": executive.title, "assistant_id": str(executive.assistant_id or ""),
        "n_buffer_minutes": executive.n_buffer_minutes, "n_most_a_day": executive.n_most_a_day,
        "n_most_in_a_row": executive.n_most_in_a_row, "n_pause_minutes": executive.n_pause_minutes, "bio": executive.bio,
        "topics": executive.topics, "languages": " ".join(executive.languages or ()),
        "is_active": executive.is_active, "version": str(executive.version),
    }  # fmt: skip


class SeriesForm(BaseForm):
    """Several windows at once: from, to, length, break."""

    event_id = choice("Event", [])
    zone = zone("Time zone")
    starts_at = moment("From, local time")
    ends_at = moment("To, local time")
    n_minutes = whole("Length of a window", least=5, most=480, default=30)
    n_break_minutes = whole("Break between", least=0, most=480, default=10)
    place = line("Place", required=False)

    def offer(self, events: Sequence[Event]) -> "SeriesForm":
        offer(self.event_id, events)
        return self

    def details(self) -> SlotSeriesDetails:
        return SlotSeriesDetails(
            event_id=int(self.event_id.data), zone=self.zone.data,
            starts_at=instant_of(self, "starts_at", self.zone.data), ends_at=instant_of(self, "ends_at", self.zone.data),
            n_minutes=self.n_minutes.data, n_break_minutes=self.n_break_minutes.data, place=self.place.data or "",
        )  # fmt: skip


class AskForm(BaseForm):
    """Asking for a window for a person."""

    person_id = choice("For whom", [])
    question = prose(
        "What they want to ask",
        description="The assistant and the executive read it. No amounts, no private notes.",
    )

    def offer(self, people: Sequence[Person]) -> "AskForm":
        offer(self.person_id, people)
        return self

    def details(self) -> RequestDetails:
        return RequestDetails(question=self.question.data)


class AcceptForm(BaseForm):
    """On what terms, and where."""

    terms = choice("Terms", words_of(RecordTerms), description="Agreed with the person before they meet.")
    place = line("Place", required=False)
    keep_waiting_id = choice(
        "Keep one waiting", [], required=False, description="The window is held for them if it becomes free."
    )
    is_written_to = BooleanField("Write to the person now, with the entry for their calendar", default=True)

    def details(self) -> AcceptanceDetails:
        return AcceptanceDetails(
            terms=RecordTerms(self.terms.data), place=self.place.data or "", is_written_to=self.is_written_to.data,
            keep_waiting_id=int(self.keep_waiting_id.data) if self.keep_waiting_id.data else None,
        )  # fmt: skip


class ReasonForm(BaseForm):
    """A word why."""

    reason = line("Reason")


class MinutesForm(BaseForm):
    """The minutes really given."""

    n_minutes = whole("Minutes really given", least=1, most=MOST_MINUTES)


class MissForm(BaseForm):
    """Who did not come."""

    reason = line("Who did not come, and why", required=False)


class MoveForm(BaseForm):
    """Another free window of the same executive."""

    slot_id = choice("To", [])

    def offer(self, slots: Sequence[Slot]) -> "MoveForm":
        self.slot_id.choices = [
            SelectChoice(str(slot.id), span_words(span_of(slot), slot.zone)) for slot in slots
        ]
        return self
