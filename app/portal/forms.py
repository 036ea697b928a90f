"""Forms at the person's door, and the one with which staff invite them in."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice
from wtforms.validators import InputRequired

from app.core.forms import BaseForm, prose
from app.events.models import InvitationState


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
