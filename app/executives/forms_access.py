"""Forms about offering stretches, rules of access, replacing an executive, books and promises."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from wtforms import BooleanField, SelectChoice, TimeField
from wtforms.validators import InputRequired

from app.accounts.models import User
from app.core.forms import BaseForm, choice, day, instant_of, line, moment, prose, whole, words_of, zone
from app.events.models import Event
from app.executives.details import (
    AvailabilityDetails,
    BreakDetails,
    PromiseDetails,
    TermsDetails,
    UndertakingDetails,
    WishDetails,
)
from app.executives.forms import offer
from app.executives.models import Executive, MeetingRoom
from app.executives.models_access import UndertakingKind, WishSide
from app.executives.policies_access import MOST_CHAIRS, MOST_HOLD_HOURS
from app.people.models import Person


class StretchForm(BaseForm):
    """A stretch of time that is cut into slots."""

    zone = zone("Time zone")
    starts_at = moment("From, local time")
    ends_at = moment("To, local time")
    n_slot_minutes = whole("Length of a slot", least=5, most=480, default=30)
    n_preparation_minutes = whole("Preparation before each", least=0, most=120, default=0)
    n_wrap_up_minutes = whole("Wrap-up after each", least=0, most=120, default=10)
    capacity = whole("People per slot", least=1, most=MOST_CHAIRS, default=1)
    room_id = choice("Room", [], required=False)
    place = line(
        "Place in words",
        required=False,
        description="Where there is no room of the list, such as their office.",
    )

    def offer(self, rooms: Sequence[MeetingRoom]) -> "StretchForm":
        offer(self.room_id, rooms, "—")
        return self

    def details(self, event: Event) -> AvailabilityDetails:
        return AvailabilityDetails(
            event_id=event.id, zone=self.zone.data, starts_at=instant_of(self, "starts_at", self.zone.data),
            ends_at=instant_of(self, "ends_at", self.zone.data), n_slot_minutes=self.n_slot_minutes.data,
            n_preparation_minutes=self.n_preparation_minutes.data, n_wrap_up_minutes=self.n_wrap_up_minutes.data,
            capacity=self.capacity.data, room_id=_number(self.room_id.data), place=self.place.data or "",
        )  # fmt: skip


def _clock(label: str) -> TimeField:
    """A wall time of every day."""
    return TimeField(label, [InputRequired("This is needed.")])


class BreakForm(BaseForm):
    """Minutes of every day that stay free."""

    begins = _clock("From")
    ends = _clock("To")
    label = line("What for", required=False, longest=80)

    def details(self) -> BreakDetails:
        return BreakDetails(
            begins=self.begins.data or time(), ends=self.ends.data or time(), label=self.label.data or ""
        )


class ApartForm(BaseForm):
    """Whom an executive does not meet, and why."""

    person_id = choice("Person", [])
    reason = line("Reason", description="Those who decide about requests read it.")

    def offer(self, people: Sequence[Person]) -> "ApartForm":
        offer(self.person_id, people)
        return self


class RoomForm(BaseForm):
    """A room in which one meeting takes place at a time."""

    name = line("Room", longest=80)
    building = line("Building", required=False, longest=80)


class TermsForm(BaseForm):
    """What an event asks before somebody meets an executive."""

    needs_nda = BooleanField("A signed confidentiality agreement")
    needs_embargo = BooleanField("A signed embargo undertaking")
    n_hold_hours = whole("A slot is held for", least=1, most=MOST_HOLD_HOURS, default=24)

    def details(self) -> TermsDetails:
        return TermsDetails(
            needs_nda=self.needs_nda.data,
            needs_embargo=self.needs_embargo.data,
            n_hold_hours=self.n_hold_hours.data,
        )


class SignatureForm(BaseForm):
    """What somebody signed."""

    kind = choice("What", words_of(UndertakingKind))
    signed_on = day("Signed on")
    until_on = day("Binds until", required=False)
    event_id = choice("For", [], required=False, description="Empty: for every event.")
    reference = line("Where the paper is", required=False)

    def offer(self, events: Sequence[Event]) -> "SignatureForm":
        offer(self.event_id, events, "—")
        return self

    def details(self) -> UndertakingDetails:
        return UndertakingDetails(
            kind=UndertakingKind(self.kind.data), signed_on=self.signed_on.data, until_on=self.until_on.data,
            reference=self.reference.data or "", event_id=_number(self.event_id.data),
        )  # fmt: skip


class WishForm(BaseForm):
    """Who would like to meet whom, and how much."""

    side = choice("Who wishes", words_of(WishSide))
    person_id = choice("Person", [])
    executive_id = choice("Executive", [])
    rank = whole("Rank", least=1, most=99, default=1, description="1 is wished most.")
    is_must = BooleanField("Must be met")
    purpose = prose("What for", required=False, longest=1000)

    def offer(self, people: Sequence[Person], executives: Sequence[Executive]) -> "WishForm":
        offer(self.person_id, people)
        offer(self.executive_id, executives)
        return self

    def details(self) -> WishDetails:
        return WishDetails(
            side=WishSide(self.side.data),
            rank=self.rank.data,
            is_must=self.is_must.data,
            purpose=self.purpose.data or "",
        )


class ReplaceForm(BaseForm):
    """Who steps in, and why."""

    executive_id = choice("Who steps in", [])
    reason = line("Reason", description="Whoever asked is told; the person reads only who they meet.")

    def offer(self, executives: Sequence[Executive]) -> "ReplaceForm":
        offer(self.executive_id, executives)
        return self


class ToldForm(BaseForm):
    """What we told them."""

    told = prose(
        "What we told them", required=False,
        description="Whoever meets them next reads it. No amounts, no private notes.",
    )  # fmt: skip


class PromiseForm(BaseForm):
    """What was promised, who keeps it, until when."""

    what = line("What was promised")
    owner_id = choice("Who keeps it", [])
    due_on = day("Until")

    def offer(self, owners: Sequence[User]) -> "PromiseForm":
        offer(self.owner_id, owners)
        return self

    def details(self) -> PromiseDetails:
        return PromiseDetails(what=self.what.data, owner_id=int(self.owner_id.data), due_on=self.due_on.data)


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def waiting_choices(rivals: Sequence[Any]) -> list[SelectChoice]:
    """Who of the rivals may be kept waiting, nobody first."""
    return [SelectChoice("", "—"), *(SelectChoice(str(one.id), one.person.name) for one in rivals)]
