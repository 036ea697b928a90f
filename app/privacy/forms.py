"""Forms of this room: a request, its answer, a hold, a consent, a rule."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, SelectChoice

from app.accounts.models import User
from app.core import clock
from app.core.forms import BaseForm, choice, day, line, prose, whole, words_of
from app.core.i18n import marked
from app.people.details import ConsentDetails
from app.people.models_consents import ConsentSource, Purpose
from app.people.policies_consents import ASKED
from app.privacy.details import ErasureDetails, RequestDetails, RuleDetails
from app.privacy.models import RequestChannel, RequestKind

KIND_WORDS = (
    (RequestKind.ACCESS.value, "A copy of everything we hold on them"),
    (RequestKind.ERASURE.value, "To be erased"),
)


class RequestForm(BaseForm):
    """What came in."""

    kind = choice("They ask for", KIND_WORDS)
    received_on = day("Received on", description="The answer is due one month later.")
    channel = choice("How it came", words_of(RequestChannel))
    handler_id = choice("Handled by", [])
    identity = prose(
        "How we know it is them", description="For example: wrote from the address we know; called back."
    )
    words = prose("What they wrote", required=False)

    def offer(self, handlers: Sequence[User]) -> "RequestForm":
        """Fill in who may answer."""
        field: Any = self.handler_id
        field.choices = [SelectChoice("", "—")] + [SelectChoice(str(user.id), user.name) for user in handlers]
        return self

    def details(self, person_id: int) -> RequestDetails:
        return RequestDetails(
            kind=RequestKind(self.kind.data), person_id=person_id, received_on=self.received_on.data,
            channel=RequestChannel(self.channel.data), handler_id=int(self.handler_id.data), words=self.words.data or "",
            identity=self.identity.data,
        )  # fmt: skip


class ConfirmForm(BaseForm):
    """The second user's yes."""

    seen = HiddenField()
    reason = prose(
        "Why it is erased although something is open",
        required=False,
        description="Only needed where something is open.",
    )

    def details(self) -> ErasureDetails:
        return ErasureDetails(seen=self.seen.data or "", reason=self.reason.data or "")


class ReasonForm(BaseForm):
    """One reason: of a refusal, a withdrawal, a hold."""

    reason = prose("Why")


class MaybeReasonForm(BaseForm):
    """A reason that may be left out."""

    reason = prose("Why", required=False)


class ConsentForm(BaseForm):
    """A consent that was given or taken back."""

    purpose = choice("Purpose", [(purpose.value, asked.name) for purpose, asked in ASKED.items()])
    step = choice("They", [("given", marked("gave it")), ("withdrawn", marked("took it back"))])
    said_on = day("On")
    source = choice("How we know", words_of(ConsentSource))
    wording = prose(
        "In which words", required=False,
        description="Our own words are filled in; change them if others were used. Not needed for taking back.",
    )  # fmt: skip
    note = prose("Note", required=False)

    def details(self) -> ConsentDetails:
        return ConsentDetails(
            purpose=Purpose(self.purpose.data), is_given=self.step.data == "given", said_on=self.said_on.data,
            source=ConsentSource(self.source.data), wording=self.wording.data or "", note=self.note.data or "",
        )  # fmt: skip


class RuleForm(BaseForm):
    """How long a kind of data is kept, from a day on."""

    n_days = whole("Days kept", most=36_500)
    is_asked = BooleanField(
        "Ask before anything of it is deleted",
        description="Without it the report is enough: after the wait it goes.",
    )
    from_on = day("From")
    reason = line("Why")

    def details(self, kind: str) -> RuleDetails:
        return RuleDetails(
            kind=kind, n_days=self.n_days.data, is_asked=self.is_asked.data, from_on=self.from_on.data,
            reason=self.reason.data,
        )  # fmt: skip


class ApprovalForm(BaseForm):
    """Yes to what a report wants to delete, as many things as were seen."""

    n_seen = HiddenField()

    @property
    def n(self) -> int:
        """How many things the page showed; none when that cannot be read."""
        text = self.n_seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def today_for(by: User) -> Any:
    """The day forms begin with."""
    return clock.today(by.zone)
