"""The form with which a representative answers for somebody."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice
from wtforms.validators import InputRequired

from app.core.forms import BaseForm, prose
from app.events.models import InvitationState

#: The answers an agency may give; a colleague is sent by the person themself.
_ANSWERS = [
    (InvitationState.ACCEPTED.value, _l("Yes, they come")),
    (InvitationState.DECLINED.value, _l("No, they cannot come")),
    (InvitationState.TENTATIVE.value, _l("Perhaps; you say later")),
]
#: Answers that are shown as chosen when somebody comes back.
GIVEN = frozenset(InvitationState(value) for value, _label in _ANSWERS)


class AnswerForForm(BaseForm):
    """Yes, no or perhaps in the name of somebody else."""

    answer = RadioField(
        _l("Will they come?"),
        [InputRequired(_l("Choose one of them."))],
        choices=[SelectChoice(value, label) for value, label in _ANSWERS],
    )
    reason = prose(
        _l("A word to us"),
        required=False,
        longest=2000,
        description=_l("They read it on their own page, with your name."),
    )

    def chosen(self) -> InvitationState:
        """The answer after validation."""
        return InvitationState(self.answer.data)
