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


def _offer(field: Any, rows: Sequence[Any], empty: str | None = None) -> None:
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
    is_active = BooleanField("Offers time", default=True)

    def offer(self, assistants: Sequence[User]) -> "ExecutiveForm":
        _offer(self.assistant_id, assistants, "—")
        return self

    def details(self) -> ExecutiveDetails:
        return ExecutiveDetails(
            name=self.name.data, title=self.title.data, n_buffer_minutes=self.n_buffer_minutes.data,
            assistant_id=int(self.assistant_id.data) if self.assistant_id.data else None, is_active=self.is_active.data,
        )  # fmt: skip


def typed_executive(executive: Executive) -> dict[str, Any]:
    """An executive as the form shows it."""
    return {
        "name": executive.name, "title": executive.title, "assistant_id": str(executive.assistant_id or ""),
        "n_buffer_minutes": executive.n_buffer_minutes, "is_active": executive.is_active, "version": str(executive.version),
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
        _offer(self.event_id, events)
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
        _offer(self.person_id, people)
        return self

    def details(self) -> RequestDetails:
        return RequestDetails(question=self.question.data)


class AcceptForm(BaseForm):
    """On what terms, and where."""

    terms = choice("Terms", words_of(RecordTerms), description="Agreed with the person before they meet.")
    place = line("Place", required=False)

    def details(self) -> AcceptanceDetails:
        return AcceptanceDetails(terms=RecordTerms(self.terms.data), place=self.place.data or "")


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
