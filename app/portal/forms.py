"""Forms at the person's door, and the one with which staff invite them in."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice
from wtforms.validators import InputRequired

from app.core.forms import BaseForm, amount, currency, money_of, prose
from app.events.models import InvitationState
from app.periods.details import DisputeDetails


class AnswerForm(BaseForm):
    """Yes or no to an invitation, and a word if they like."""

    answer = RadioField(
        _l("Will you come?"),
        [InputRequired(_l("Choose one of the two."))],
        choices=[
            SelectChoice(InvitationState.ACCEPTED.value, _l("Yes, I will come")),
            SelectChoice(InvitationState.DECLINED.value, _l("No, I cannot come")),
        ],
    )
    reason = prose(
        _l("A word to us"),
        required=False,
        longest=2000,
        description=_l("You need not give a reason; it helps us to plan."),
    )

    def chosen(self) -> InvitationState:
        """The answer after validation."""
        return InvitationState(self.answer.data)


class DisputeForm(BaseForm):
    """A line is wrong: what would be right, and why."""

    amount = amount(
        _l("What would be right"),
        required=False,
        description=_l("The amount as it was billed. Leave it empty if you received nothing at all."),
    )
    currency = currency(_l("Currency"))
    reason = prose(
        _l("What is wrong"),
        longest=2000,
        description=_l("In your own words, for example: I shared the car with somebody."),
    )

    def details(self, entry_seq: int) -> DisputeDetails:
        return DisputeDetails(entry_seq=entry_seq, reason=self.reason.data or "", proposed=money_of(self))


class EmptyForm(BaseForm):
    """A button that does something: only the token and the one-time key."""


class InviteForm(BaseForm):
    """How a person gets their link."""

    how = RadioField(
        "How",
        [InputRequired("Choose one of the two.")],
        default="mail",
        choices=[
            SelectChoice("mail", "Mail it to them (works once, for 72 hours)"),
            SelectChoice("show", "Show it to me, and I hand it over (works once, for 10 minutes)"),
        ],
    )
