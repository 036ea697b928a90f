"""Forms about what a person needs and wants: those who serve them, what they may accept, when to leave them in peace."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.validators import ValidationError as FieldError

from app.core import clock
from app.core.forms import BaseForm, amount, choice, currency, day, money_of, prose
from app.core.money import Money
from app.outreach.models import TouchChannel
from app.outreach.policies import WEEKDAYS
from app.people.models import AcceptAnswer
from app.portal import policies, words

_NOT_OFFERED = _l("Choose from what is offered.")


class NeedsForm(BaseForm):
    """What those who serve a person have to know; kept only with the consent beside it."""

    diet = prose(
        _l("Food"),
        required=False,
        longest=2000,
        description=_l("What you do not eat or drink, and allergies."),
    )
    access_needs = prose(
        _l("Getting there and taking part"),
        required=False,
        longest=2000,
        description=_l("For example a place without steps, captions, a companion, room to rest."),
    )
    quiet_days = prose(
        _l("Days and hours to keep free"),
        required=False,
        longest=2000,
        description=_l("For example prayer, rest days, no early mornings."),
    )
    is_agreed = BooleanField(
        _l("I agree"),
        [
            InputRequired(
                _l("Without your consent we keep nothing of this. Tick the box, or leave it all out.")
            )
        ],
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Something has to be said, else there is nothing to keep."""
        is_fine = super().validate(extra_validators)
        if is_fine and not any((self.diet.data, self.access_needs.data, self.quiet_days.data)):
            self.refuse(_("Write what we should know, or take everything out below."), field="diet")
            return False
        return is_fine


class MayAcceptForm(BaseForm):
    """What a person may accept of one kind of value."""

    category = choice(_l("What it is"), [])
    answer = RadioField(
        _l("May you accept it?"),
        [InputRequired(_l("Choose one of them."))],
        choices=[
            SelectChoice(AcceptAnswer.YES.value, _l("Yes")),
            SelectChoice(AcceptAnswer.NO.value, _l("No")),
            SelectChoice(AcceptAnswer.UP_TO.value, _l("Yes, up to an amount")),
        ],
    )
    amount = amount(_l("Up to"), required=False, description=_l("Only if there is a limit, for each time."))
    currency = currency(_l("Currency"), default="EUR")

    def offer(self) -> "MayAcceptForm":
        """With the kinds of value in the reader's language."""
        offered = [(one.value, said) for one, said in words.of_categories().items()]
        self.category.choices = [SelectChoice(*one) for one in offered]
        return self

    def validate(self, extra_validators: object = None) -> bool:
        """A limit belongs to "up to": there it is needed, elsewhere it is left out."""
        is_fine = super().validate(extra_validators)
        if is_fine and self.answer.data == AcceptAnswer.UP_TO.value and not self.amount.data:
            self.refuse(_("Write the amount up to which you may accept it."), field="amount")
            return False
        return is_fine

    @property
    def limit(self) -> Money | None:
        """The limit, after validation."""
        return money_of(self) if self.answer.data == AcceptAnswer.UP_TO.value else None


class ContactForm(BaseForm):
    """When and on which ways a person wants to hear nothing."""

    weekdays = SelectMultipleField(
        _l("Quiet days of the week"),
        choices=[],
        description=_l("On your own calendar."),
        validate_choice=False,
    )
    channels = SelectMultipleField(_l("Please do not use"), choices=[], validate_choice=False)
    quiet_until_on = day(
        _l("Quiet until"), required=False, description=_l("Nobody writes to you unasked before this day.")
    )
    is_opted_out = BooleanField(
        _l("Write to me no more unasked"),
        description=_l("Only what you need for something you agreed to may still reach you."),
    )

    def offer(self) -> "ContactForm":
        """With days and ways in the reader's language."""
        self.weekdays.choices = [SelectChoice(*one) for one in words.of_weekdays()]
        self.channels.choices = [SelectChoice(one.value, said) for one, said in words.of_channels().items()]
        return self

    def validate_weekdays(self, field: object) -> None:
        """Known days, and not all of them."""
        said = set(self.weekdays.data or ())
        if said - set(WEEKDAYS):
            raise FieldError(str(_NOT_OFFERED))
        if len(said) == len(WEEKDAYS):
            raise FieldError(_("Quiet on every day is no contact at all. Tick the box for that instead."))

    def validate_channels(self, field: object) -> None:
        """Only ways we know."""
        if set(self.channels.data or ()) - {one.value for one in words.of_channels()}:
            raise FieldError(str(_NOT_OFFERED))

    def validate_quiet_until_on(self, field: object) -> None:
        """A day that lies ahead, and not for ever: for that there is the box."""
        until = self.quiet_until_on.data
        if until is not None and not clock.today() < until <= clock.today() + policies.QUIET_AT_MOST:
            raise FieldError(_("Choose a day within the next two years."))

    @property
    def closed(self) -> Sequence[TouchChannel]:
        """The ways not to use, after validation."""
        return [TouchChannel(one) for one in self.channels.data or ()]


class TripWishForm(BaseForm):
    """When a person wants to come and go, and how they like to travel."""

    from_on = day(_l("I want to arrive on"))
    to_on = day(_l("I want to leave on"))
    wish = prose(
        _l("What do you need for the journey?"),
        required=False,
        longest=2000,
        description=_l("For example an aisle seat, a train instead of a flight, not before noon."),
    )


class QuestionForm(BaseForm):
    """A question about an invitation."""

    question = prose(_l("Your question"), longest=2000)
