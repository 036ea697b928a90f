"""The form of a link in a letter: an answer, and whose address it comes from."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import ValidationError
from wtforms import RadioField, SelectChoice
from wtforms.validators import InputRequired

from app.core.errors import DomainError
from app.core.forms import BaseForm, line, prose
from app.events.details import GuestDetails
from app.events.models import InvitationState
from app.portal.operations_answers import LinkAnswer

CHOICES = [
    (InvitationState.ACCEPTED.value, _l("Yes, I will come")),
    (InvitationState.DECLINED.value, _l("No, I cannot come")),
    (InvitationState.TENTATIVE.value, _l("Perhaps; I will say later")),
    (InvitationState.DELEGATED.value, _l("No, but I send a colleague")),
]


class ColleagueNeeded(DomainError):
    """Somebody sends a colleague and does not say whom, or not in words we can write to."""


def colleague_of(name: str | None, email: str | None) -> GuestDetails:
    """Who is sent; what is wrong with the name or the address lands on its own field."""
    try:
        return GuestDetails(name=name or "", email=email or "")
    except ValidationError as wrong:
        if wrong.errors()[0]["loc"][0] == "email":
            unreadable = _("This is not a mail address. Write it like name@company.example.")
            raise ColleagueNeeded(unreadable, field="colleague_email") from None
        raise ColleagueNeeded(_("This is needed."), field="colleague") from None


class LinkAnswerForm(BaseForm):
    """Answered without signing in; the address says whether it counts."""

    answer = RadioField(
        _l("Will you come?"),
        [InputRequired(_l("Choose one of them."))],
        choices=[SelectChoice(value, label) for value, label in CHOICES],
    )
    email = line(
        _l("Your mail address"), description=_l("The one our letter came to, or that of your agency.")
    )
    name = line(_l("Your name"), required=False, description=_l("Only if the letter was passed on to you."))
    colleague = line(_l("Name of the colleague"), required=False)
    colleague_email = line(_l("Mail address of the colleague"), required=False)
    reason = prose(_l("A word to us"), required=False, longest=2000)

    def said(self) -> LinkAnswer:
        """What was said, after validation."""
        state = InvitationState(self.answer.data)
        guest = None
        if state is InvitationState.DELEGATED:
            guest = colleague_of(self.colleague.data, self.colleague_email.data)
        return LinkAnswer(state, self.email.data, self.name.data or "", self.reason.data or "", guest)
