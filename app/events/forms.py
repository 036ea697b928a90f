"""Forms of this room: typed words and wall-clock times in, details of the operations out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, SelectChoice

from app.core.forms import (
    BaseForm,
    Given,
    amount,
    choice,
    codes,
    country,
    day,
    instant_of,
    line,
    moment,
    money_of,
    prose,
    wall_time,
    whole,
    words_of,
)
from app.events.details import (
    AnswerDetails,
    EventDetails,
    GuestDetails,
    InvitationDetails,
    PreApprovalDetails,
    SeatsDetails,
    SessionDetails,
)
from app.events.fields import audience_choice, zone_of_place
from app.events.models import (
    AnswerChannel,
    Audience,
    Event,
    Invitation,
    InvitationState,
    RecordTerms,
    Session,
)
from app.events.models_waves import Comer
from app.events.queries_coordinators import coordinator_of
from app.outreach.models import TouchChannel


def _offer(field: Any, rows: Sequence[Any], empty: str | None = "—") -> None:
    """Fill a select with rows that have an id and a name."""
    first = [SelectChoice("", empty)] if empty is not None else []
    field.choices = first + [SelectChoice(str(row.id), row.name) for row in rows]


class EventForm(BaseForm):
    """An event; its times are what the clocks of its own zone show."""

    program_id = choice("Program", [])
    name = line("Name")
    place = line("Venue")
    city = line("City", required=False)
    country = country("Country", required=False)
    zone = zone_of_place(
        description="A zone such as Europe/London, or a city; left empty, that of the country if it has only one."
    )
    starts_at = moment("Begins", description="On the clocks of that zone.")
    ends_at = moment("Ends")
    capacity = whole(
        "Places", least=1, most=100_000, description="For experts; a yes beyond it waits for a place."
    )
    address = prose(
        "Address", required=False, longest=1000, description="Street and town, as a driver reads it."
    )
    audiences = audience_choice("For whom")
    n_lead_weeks = whole(
        "Invitations out",
        most=104,
        required=False,
        description="Weeks before it begins, for the first of them.",
    )
    n_visa_weeks = whole("Visa papers out", most=104, required=False, description="Weeks before it begins.")
    coordinator_id = choice("Coordinator", [], required=False)

    def offer(self, programs: Sequence[Any], coordinators: Sequence[Any]) -> "EventForm":
        """Fill the choices."""
        _offer(self.program_id, programs, None)
        _offer(self.coordinator_id, coordinators, _("You"))
        return self

    def details(self) -> EventDetails:
        zone_name = self.zone.data
        return EventDetails(
            program_id=int(self.program_id.data), name=self.name.data, place=self.place.data, city=self.city.data or "",
            country=self.country.data or None, zone=zone_name, address=self.address.data or "",
            audiences=tuple(Audience(one) for one in self.audiences.data or ()),
            n_lead_weeks=self.n_lead_weeks.data, n_visa_weeks=self.n_visa_weeks.data,
            starts_at=instant_of(self, "starts_at", zone_name),
            ends_at=instant_of(self, "ends_at", zone_name), capacity=self.capacity.data,
            coordinator_id=int(self.coordinator_id.data) if self.coordinator_id.data else None,
        )  # fmt: skip


def typed_event(event: Event) -> dict[str, Any]:
    """An event as the edit form shows it, with the coordinator of today."""
    return {
        "program_id": str(event.program_id), "name": event.name, "place": event.place, "city": event.city,
        "country": event.country, "zone": event.zone, "starts_at": wall_time(event.starts_at, event.zone),
        "ends_at": wall_time(event.ends_at, event.zone), "capacity": event.capacity, "address": event.address,
        "audiences": list(event.audiences or ()), "n_lead_weeks": event.n_lead_weeks, "n_visa_weeks": event.n_visa_weeks,
        "coordinator_id": str(coordinator_of(event).id), "version": event.version,
    }  # fmt: skip


class SessionForm(BaseForm):
    """One item of an agenda, on the clocks of the event's zone."""

    zone = Given()
    title = line("Title")
    place = line("Room", required=False)
    starts_at = moment("Begins")
    ends_at = moment("Ends")
    audience = choice("For", words_of(Audience), default=Audience.ALL.value)
    terms = choice("Terms", words_of(RecordTerms), default=RecordTerms.ON_RECORD.value)
    embargo_until_at = moment("Embargo until", required=False)
    is_nda = BooleanField("Only under a signed confidentiality agreement")
    description = prose("Description", required=False)

    @classmethod
    def within(cls, event: Event, **data: Any) -> "SessionForm":
        """The form for one event's agenda."""
        return cls(data={**data, "zone": event.zone})

    def details(self) -> SessionDetails:
        zone_name = self.zone.data
        embargo = instant_of(self, "embargo_until_at", zone_name) if self.embargo_until_at.data else None
        return SessionDetails(
            title=self.title.data, place=self.place.data or "", starts_at=instant_of(self, "starts_at", zone_name),
            ends_at=instant_of(self, "ends_at", zone_name), audience=self.audience.data, terms=self.terms.data,
            embargo_until_at=embargo, is_nda=self.is_nda.data, description=self.description.data or "",
        )  # fmt: skip


def typed_session(session: Session) -> dict[str, Any]:
    """A session as the edit form shows it."""
    return {
        "title": session.title, "place": session.place, "starts_at": wall_time(session.starts_at, session.zone),
        "ends_at": wall_time(session.ends_at, session.zone), "audience": session.audience.value,
        "terms": session.terms.value, "embargo_until_at": _wall(session.embargo_until_at, session.zone),
        "is_nda": session.is_nda, "description": session.description, "version": session.version,
    }  # fmt: skip


def _wall(instant: datetime | None, zone_name: str) -> datetime | None:
    return wall_time(instant, zone_name) if instant else None


class InviteForm(BaseForm):
    """What the people ticked are invited to; one wave, one promise."""

    wave = whole("Wave", least=1, most=99, default=1)
    badge = line("Badge", required=False, description="For example Analyst+KOL.")
    promise = prose(
        "What the invitation promises", required=False,
        description="Flight, nights, seat, interview: in the words they will be asked about afterwards.",
    )  # fmt: skip
    worth = amount(
        "Planned value of the promise", currency_field="worth_currency", required=False,
        description="What it will be worth to each, about. It weighs on their limits until flights, nights and meals are booked.",
    )  # fmt: skip
    worth_currency = Given()
    reason = prose("Why these people", required=False)

    def details(self) -> InvitationDetails:
        return InvitationDetails(
            worth=money_of(self, "worth", "worth_currency"),
            wave=self.wave.data,
            promise=self.promise.data or "",
            badge=self.badge.data or "",
            reason=self.reason.data or "",
        )


def typed_invitation(invitation: Invitation) -> dict[str, Any]:
    """An invitation as the edit form shows it."""
    worth = invitation.worth
    return {
        "wave": invitation.wave, "badge": invitation.badge, "promise": invitation.promise,
        "worth": str(worth.amount) if worth else "", "worth_currency": invitation.event.program.currency,
        "version": str(invitation.version),
    }  # fmt: skip


_ANSWERS = [
    (InvitationState.ACCEPTED.value, "Yes"),
    (InvitationState.DECLINED.value, "No"),
    (InvitationState.TENTATIVE.value, "Perhaps"),
    (InvitationState.WAITING.value, "Would come if there is a place"),
    (InvitationState.DELEGATED.value, "Sends a colleague"),
]
_CHANNELS = [
    (AnswerChannel.PHONE.value, "Phone"),
    (AnswerChannel.MAIL.value, "Mail"),
    (AnswerChannel.STAFF.value, "In person"),
]


class AnswerForm(BaseForm):
    """An answer that reached us by phone, mail or in person."""

    state = choice("Answer", _ANSWERS)
    channel = choice("It came by", _CHANNELS)
    reason = prose("Reason", required=False, description="In their words, if they gave one.")
    answered_by_name = line(
        "Given by", required=False, description="Left empty when they answered themselves."
    )

    guest_name = line("Colleague", required=False, description="Only when they send one.")
    guest_email = line("Mail of the colleague", required=False)

    def details(self) -> AnswerDetails:
        is_sent = self.state.data == InvitationState.DELEGATED.value and bool(self.guest_name.data)
        guest = (
            GuestDetails(name=self.guest_name.data, email=self.guest_email.data or "") if is_sent else None
        )
        return AnswerDetails(
            state=self.state.data, channel=self.channel.data, reason=self.reason.data or "",
            answered_by_name=self.answered_by_name.data or "", guest=guest,
        )  # fmt: skip


_BY_HAND = [
    (channel.value, channel.value.replace("_", " ").capitalize())
    for channel in (
        TouchChannel.PHONE,
        TouchChannel.MEETING,
        TouchChannel.LETTER,
        TouchChannel.DIRECT_MESSAGE,
    )
]


class ByHandForm(BaseForm):
    """An invitation given without a letter from here."""

    channel = choice("Given by", _BY_HAND)


class ReasonForm(BaseForm):
    """A reason where a step needs one; the operation says so."""

    reason = prose("Reason", required=False)


class PreApprovalForm(BaseForm):
    """Asking compliance before an official is invited (c20)."""

    reason = prose(
        "Why this person",
        longest=4000,
        description="What merit they are chosen for, and what is offered; at least 10 characters.",
    )
    expires_on = day("Until", description="Nothing more is planned under it after that day.")

    def details(self) -> PreApprovalDetails:
        return PreApprovalDetails(reason=self.reason.data, expires_on=self.expires_on.data)


class PlaceForm(ReasonForm):
    """Another place on the waitlist."""

    place = whole("Place", least=1, most=100_000)


class SeatsForm(BaseForm):
    """Chairs to set up."""

    rows = line("Rows", description="Letters or numbers with commas between, for example A, B, C.")
    n_per_row = whole("Seats in a row", least=1, most=500)
    front_rows = line(
        "Front rows", required=False, description="Counted as access when somebody sits there, for example A."
    )
    accessible = line("Accessible seats", required=False, description="For example A1, B1.")
    room_zone = line(
        "Zone of the room",
        required=False,
        longest=80,
        description="For example Stalls left; empty leaves it as it is.",
    )

    def details(self) -> SeatsDetails:
        rows, front, accessible = (
            tuple(dict.fromkeys(part.upper() for part in codes(field.data)))
            for field in (self.rows, self.front_rows, self.accessible)
        )
        return SeatsDetails(
            rows=rows, n_per_row=self.n_per_row.data, front_rows=front, accessible=accessible,
            room_zone=self.room_zone.data or "",
        )  # fmt: skip


class SeatForm(BaseForm):
    """Who sits here."""

    comer_key = choice("Person", [])

    def offer(self, comers: Sequence[Comer]) -> "SeatForm":
        """Those who come, guests of theirs included."""
        self.comer_key.choices = [SelectChoice(one.key, one.called) for one in comers]
        return self


class CheckInForm(BaseForm):
    """Somebody is at the door."""

    n_early_minutes = whole("Minutes early", least=0, most=600, required=False)


class ThanksForm(BaseForm):
    """A paragraph of one's own in a thank-you letter."""

    message = prose(
        "Your words",
        description="They stand where the letter says {message}; each letter can still be edited.",
    )
