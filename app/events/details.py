"""What the operations of this room take: frozen, checked, the same for screens and the API."""

from datetime import date
from typing import Annotated

from flask_babel import gettext as _
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    field_validator,
    model_validator,
)

from app.core.checked import Checked
from app.core.money import Money
from app.events.models import AnswerChannel, Audience, InvitationState, RecordTerms
from app.people.details import CountryCode, LineText, MailAddress, NeededLine, Text, ZoneName


class EventDetails(Checked):
    """A gathering at a place; the two instants are what the clocks of `zone` showed."""

    program_id: int
    name: NeededLine
    place: NeededLine
    city: LineText = ""
    country: CountryCode | None = None
    zone: ZoneName
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    address: Text = ""
    #: Whom it is for; empty: nobody has said yet.
    audiences: Annotated[tuple[Audience, ...], BeforeValidator(lambda said: said or ())] = ()
    #: Weeks before the begin by which invitations, and papers for visas, should be out.
    n_lead_weeks: Annotated[int, Field(ge=0, le=104)] | None = None
    n_visa_weeks: Annotated[int, Field(ge=0, le=104)] | None = None
    coordinator_id: int | None = None  # whoever plans it when left out

    @model_validator(mode="after")
    def _ends_later(self) -> "EventDetails":
        if self.ends_at <= self.starts_at:
            raise ValueError(_("The event ends after it begins."))
        return self


class SessionDetails(Checked):
    """One item of the agenda; `place` is the room. Times are instants, shown in the event's zone."""

    title: NeededLine
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    place: LineText = ""
    description: Text = ""
    audience: Audience = Audience.ALL
    terms: RecordTerms = RecordTerms.ON_RECORD
    embargo_until_at: AwareDatetime | None = None
    is_nda: bool = False

    @field_validator("description")
    @classmethod
    def _one_kind_of_line_ends(cls, value: str) -> str:
        # Browsers send CRLF; a published schedule, which this is compared with, has LF.
        return value.replace("\r\n", "\n")

    @model_validator(mode="after")
    def _ends_later(self) -> "SessionDetails":
        if self.ends_at <= self.starts_at:
            raise ValueError(_("The session ends after it begins."))
        return self


class SeatsDetails(Checked):
    """Chairs to set up: each of `rows` gets the numbers 1 to `n_per_row`; `accessible` are labels such as "A1"."""

    rows: tuple[Annotated[str, Field(pattern=r"^[A-Z0-9]{1,8}$")], ...] = Field(min_length=1, max_length=100)
    n_per_row: Annotated[int, Field(ge=1, le=500)]
    front_rows: tuple[str, ...] = ()
    accessible: tuple[str, ...] = ()
    #: The zone of the room these rows stand in; empty leaves it as it is.
    room_zone: Annotated[
        LineText, Field(max_length=80), AfterValidator(lambda text: " ".join(text.split()))
    ] = ""

    @model_validator(mode="after")
    def _known_labels(self) -> "SeatsDetails":
        if stray := sorted(set(self.front_rows) - set(self.rows)):
            raise ValueError(
                _("Front rows are among the rows set up; %(stray)s is not.", stray=", ".join(stray))
            )
        labels = {f"{row}{number}" for row in self.rows for number in range(1, self.n_per_row + 1)}
        if stray := sorted(set(self.accessible) - labels):
            raise ValueError(_("There is no seat %(stray)s among those set up.", stray=", ".join(stray)))
        return self


class InvitationDetails(Checked):
    """Why somebody is invited, in which wave, and what the invitation promises (E1, E4)."""

    wave: Annotated[int, Field(ge=1, le=99)] = 1
    promise: Text = ""
    #: What it is worth, as planned; None: nobody has said.
    worth: Money | None = None
    badge: LineText = ""
    reason: Text = ""


class GuestDetails(Checked):
    """Somebody who would come and is no person of ours."""

    name: NeededLine
    email: MailAddress = ""
    words: Text = ""


_ANSWERS = frozenset(
    {
        InvitationState.ACCEPTED, InvitationState.DECLINED, InvitationState.WAITING, InvitationState.TENTATIVE,
        InvitationState.DELEGATED,
    }
)  # fmt: skip


class AnswerDetails(Checked):
    """What was answered, how it reached us, and who gave it if not the person; `guest` is the colleague they send."""

    state: InvitationState
    channel: AnswerChannel
    reason: Text = ""
    answered_by_name: LineText = ""
    guest: GuestDetails | None = None

    @field_validator("state")
    @classmethod
    def _is_an_answer(cls, value: InvitationState) -> InvitationState:
        if value not in _ANSWERS:
            raise ValueError(_("An answer is yes, no, perhaps, a colleague, or a place on the waitlist."))
        return value

    @model_validator(mode="after")
    def _names_the_colleague(self) -> "AnswerDetails":
        if self.guest is not None and self.state is not InvitationState.DELEGATED:
            raise ValueError(_("A colleague is named only when one is sent."))
        return self


class WaveDetails(Checked):
    """A wave: when it leaves, until when it is answered, its seats, and what happens at the deadline (E1)."""

    number: Annotated[int, Field(ge=1, le=99)]
    name: LineText = ""
    send_at: AwareDatetime | None = None
    answer_by_at: AwareDatetime | None = None
    n_seats: Annotated[int, Field(ge=0, le=100_000)]
    n_overbooked: Annotated[int, Field(ge=0, le=100_000)] = 0
    is_released_by_itself: bool = True
    is_waitlist_carried: bool = True

    @model_validator(mode="after")
    def _answered_after_sending(self) -> "WaveDetails":
        if self.send_at and self.answer_by_at and self.answer_by_at <= self.send_at:
            raise ValueError(_("The deadline comes after the day the wave is sent."))
        return self


class PreApprovalDetails(Checked):
    """Why an official is invited, and until when what is offered may be planned (c20)."""

    reason: str
    expires_on: date
