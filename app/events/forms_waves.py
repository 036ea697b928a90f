"""Forms of waves, the waitlist, and what waits for the coordinator."""

from typing import Any

from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired, Regexp

from app.core.forms import BaseForm, Given, choice, instant_of, line, moment, prose, wall_time, whole
from app.events.details import AnswerDetails, WaveDetails
from app.events.forms import ReasonForm
from app.events.models import AnswerChannel, Event, InvitationState
from app.events.models_waves import Wave


class WaveForm(BaseForm):
    """A wave; its times are what the clocks of the event show."""

    zone = Given()
    number = whole("Number", least=1, most=99, description="Invitations name their wave by it.")
    name = line("Name", required=False, description="For example Analysts first.")
    send_at = moment(
        "Letters leave", required=False, description="A plan; letters are read and sent by a person."
    )
    answer_by_at = moment("Answer by", required=False)
    n_seats = whole("Seats", least=0, most=100_000)
    n_overbooked = whole(
        "Places beyond the seats", least=0, most=100_000, default=0,
        description="Given away because some who say yes do not come.",
    )  # fmt: skip
    is_released_by_itself = BooleanField(
        "At the deadline unanswered invitations lapse by themselves", default=True
    )
    is_waitlist_carried = BooleanField("Whoever waits goes on to the next wave", default=True)

    @classmethod
    def of(cls, event: Event, **data: Any) -> "WaveForm":
        """The form for one event."""
        return cls(data={**data, "zone": event.zone})

    def details(self) -> WaveDetails:
        zone_name = self.zone.data
        return WaveDetails(
            number=self.number.data, name=self.name.data or "",
            send_at=instant_of(self, "send_at", zone_name) if self.send_at.data else None,
            answer_by_at=instant_of(self, "answer_by_at", zone_name) if self.answer_by_at.data else None,
            n_seats=self.n_seats.data, n_overbooked=self.n_overbooked.data,
            is_released_by_itself=self.is_released_by_itself.data, is_waitlist_carried=self.is_waitlist_carried.data,
        )  # fmt: skip


def typed_wave(wave: Wave, event: Event) -> dict[str, Any]:
    """A wave as the edit form shows it."""
    return {
        "number": wave.number, "name": wave.name, "n_seats": wave.n_seats, "n_overbooked": wave.n_overbooked,
        "send_at": wall_time(wave.send_at, event.zone) if wave.send_at else None,
        "answer_by_at": wall_time(wave.answer_by_at, event.zone) if wave.answer_by_at else None,
        "is_released_by_itself": wave.is_released_by_itself, "is_waitlist_carried": wave.is_waitlist_carried,
        "version": wave.version,
    }  # fmt: skip


class ReleaseForm(BaseForm):
    """A wave is closed: with the number that was seen."""

    n_seen = HiddenField(validators=[InputRequired(), Regexp(r"^[0-9]{1,6}\Z")])


class HoursForm(BaseForm):
    """How long a place is kept for somebody it was offered to."""

    n_hours = whole("A place is kept for", least=1, most=720)


class HoldForm(ReasonForm):
    """An invitation does not lapse, or does again."""


class DecideForm(ReasonForm):
    """Admit or refuse."""

    decision = choice("Decision", [("admit", "Admit"), ("refuse", "Refuse")])

    @property
    def is_admitted(self) -> bool:
        return bool(self.decision.data == "admit")


_AGENT_ANSWERS = [
    (InvitationState.ACCEPTED.value, "Yes"),
    (InvitationState.DECLINED.value, "No"),
    (InvitationState.TENTATIVE.value, "Perhaps"),
]


class AgentAnswerForm(BaseForm):
    """An agency answers for somebody it represents."""

    state = choice("Answer", _AGENT_ANSWERS)
    reason = prose(
        "Reason", required=False, longest=2000, description="The person reads it on their own page."
    )

    def details(self, name: str) -> AnswerDetails:
        return AnswerDetails(
            state=self.state.data,
            channel=AnswerChannel.PORTAL,
            reason=self.reason.data or "",
            answered_by_name=name,
        )
