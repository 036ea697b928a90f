"""Forms at the person's door, and the one with which staff invite them in."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired, Regexp

from app.core import clock
from app.core.forms import BaseForm, amount, currency, day, line, money_of, prose
from app.disclosures.details import PublicationDetails
from app.disclosures.models import Medium
from app.events.details import GuestDetails
from app.events.models import InvitationState
from app.periods.details import DisputeDetails
from app.portal.forms_answers import CHOICES, colleague_of

#: Answers that are shown as chosen when somebody comes back.
SAID = frozenset(InvitationState(value) for value, _label in CHOICES)


class AnswerForm(BaseForm):
    """Yes or no to an invitation, and a word if they like."""

    answer = RadioField(
        _l("Will you come?"),
        [InputRequired(_l("Choose one of them."))],
        choices=[SelectChoice(value, label) for value, label in CHOICES],
    )
    colleague = line(_l("Name of the colleague"), required=False, description=_l("Only if you send one."))
    colleague_email = line(_l("Mail address of the colleague"), required=False)
    reason = prose(
        _l("A word to us"),
        required=False,
        longest=2000,
        description=_l("You need not give a reason; it helps us to plan."),
    )

    def chosen(self) -> InvitationState:
        """The answer after validation."""
        return InvitationState(self.answer.data)

    def guest(self) -> GuestDetails | None:
        """The colleague, when one is sent."""
        if self.chosen() is not InvitationState.DELEGATED:
            return None
        return colleague_of(self.colleague.data, self.colleague_email.data)


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


class LinkForm(BaseForm):
    """The link of something that is public (D4)."""

    url = line(
        _l("Link"),
        longest=2000,
        description=_l(
            "As readers open it: https:// and the name of a public site. We keep it, and our server never opens it."
        ),
    )
    published_on = day(_l("Published on"), default=clock.today)
    medium = SelectField(
        _l("What it is"),
        [InputRequired()],
        choices=[
            SelectChoice(Medium.TEXT.value, _l("Text")),
            SelectChoice(Medium.VIDEO.value, _l("Video")),
            SelectChoice(Medium.AUDIO.value, _l("Audio")),
            SelectChoice(Medium.LIVE.value, _l("Live")),
            SelectChoice(Medium.STORY.value, _l("Story")),
        ],
    )
    opening = prose(
        _l("How it begins"),
        required=False,
        longest=5000,
        description=_l("Read for its label only, and not kept."),
    )

    def details(self, languages: Sequence[str]) -> PublicationDetails:
        """The publication, in the person's first language."""
        return PublicationDetails(
            url=self.url.data, published_on=self.published_on.data, medium=Medium(self.medium.data),
            language=languages[0] if languages else "en", opening=self.opening.data or "",
        )  # fmt: skip


class SignForm(BaseForm):
    """The person's signature under the text they were shown."""

    text_id = HiddenField(validators=[InputRequired(), Regexp(r"^[0-9]{1,9}\Z")])
    is_named = BooleanField(_l("The certificate may show my name"))


class ProposalForm(BaseForm):
    """The words a person would sign instead."""

    text = prose(_l("Your text"), longest=10_000)


class InviteForm(BaseForm):
    """How a person, or somebody who speaks for them, gets their link."""

    whom = RadioField("To whom", choices=[])
    how = RadioField(
        "How",
        [InputRequired("Choose one of the two.")],
        default="mail",
        choices=[
            SelectChoice("mail", "Mail it to them (works once, for 72 hours)"),
            SelectChoice("show", "Show it to me, and I hand it over (works once, for 10 minutes)"),
        ],
    )

    def offer(self, name: str, agents: Mapping[int, str]) -> "InviteForm":
        """With the person and those who speak for them now."""
        self.whom.choices = [SelectChoice("person", name)]
        self.whom.choices += [
            SelectChoice(str(id), _("%(name)s, who speaks for them", name=said))
            for id, said in agents.items()
        ]
        self.whom.data = self.whom.data or "person"
        return self

    @property
    def agent_id(self) -> int | None:
        """The representative that was chosen; None for the person."""
        return int(self.whom.data) if self.whom.data != "person" else None
