"""Forms of plans, wishes, cadences, corrections and reminders."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, Field, SelectChoice, SelectMultipleField

from app.core import clock
from app.core.forms import BaseForm, choice, day, instant_of, line, moment, prose, wall_time, whole, words_of
from app.core.i18n import later, said, words
from app.outreach.details_rhythm import (
    CadenceRuleDetails,
    ChannelWishDetails,
    ContactWishDetails,
    CorrectionDetails,
    PersonCadenceDetails,
    PlanDetails,
    ReminderChoiceDetails,
)
from app.outreach.models import Touch, TouchChannel
from app.outreach.models_rhythm import PersonCadence
from app.outreach.models_wishes import ChannelWish, ContactWish
from app.outreach.policies import WEEKDAYS
from app.outreach.policies_rhythm import REASON_WORDS, Reason
from app.programs.models import Stage

_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class PlanForm(BaseForm):
    """A contact to be made on a day."""

    planned_on = day("On", description="The guard weighs that day, with what everybody else has planned.")
    channel = choice("By", words_of(TouchChannel), default=TouchChannel.MAIL.value)
    subject = line("Subject", description="A few words that other departments will see.")
    summary = prose("What is to be said", required=False)
    is_ask = BooleanField("It asks for something", description="An interview, a quote, a visit.")

    def details(self, person_id: int) -> PlanDetails:
        return PlanDetails(
            person_id=person_id, channel=self.channel.data, subject=self.subject.data,
            summary=self.summary.data or "", is_ask=self.is_ask.data, planned_on=self.planned_on.data,
        )  # fmt: skip


class CorrectionForm(BaseForm):
    """How a contact really was."""

    channel = choice("By", words_of(TouchChannel))
    at = moment("When", zone_field=None, description="On your clock.")
    subject = line("Subject")
    summary = prose("What was said", required=False)
    is_ask = BooleanField("It asks for something")
    is_struck = BooleanField(
        "It never happened", description="It stays readable, struck through, and counts nowhere."
    )
    reason = prose(
        "Why it is corrected", longest=2000, description="Everybody who reads the contact sees it."
    )

    def details(self) -> CorrectionDetails:
        return CorrectionDetails(
            channel=self.channel.data, at=instant_of(self, "at", current_user.zone), subject=self.subject.data,
            summary=self.summary.data or "", is_ask=self.is_ask.data, is_struck=self.is_struck.data,
            reason=self.reason.data,
        )  # fmt: skip

    @classmethod
    def of(cls, touch: Touch) -> "CorrectionForm":
        """What the contact says now."""
        at = wall_time(touch.at, current_user.zone).replace(second=0, microsecond=0)
        data = {"channel": touch.channel.value, "at": at, "subject": touch.subject, "summary": touch.summary}
        ticks = {"is_ask": touch.is_ask, "is_struck": touch.struck_at is not None}
        return cls(data=data | ticks | {"version": str(touch.version)})


class ContactWishForm(BaseForm):
    """Quiet days of the week, and what holds for each channel; the fields of channels are named after them."""

    quiet_weekdays = SelectMultipleField(
        "Quiet days", choices=[SelectChoice(*pair) for pair in zip(WEEKDAYS, _DAY_NAMES, strict=True)],
        description="On their own calendar; only necessary news is sent then.",
    )  # fmt: skip
    reason = prose("How we know", required=False, description="For example their mail of this morning.")

    def details(self) -> ContactWishDetails:
        return ContactWishDetails(
            quiet_weekdays=tuple(self.quiet_weekdays.data or ()), reason=self.reason.data or "",
            channels=tuple(self._said(channel) for channel in TouchChannel),
        )  # fmt: skip

    def _said(self, channel: TouchChannel) -> ChannelWishDetails:
        closed, n_most, n_days = self.of_channel(channel)
        return ChannelWishDetails(
            channel=channel, is_closed=closed.data, n_most=n_most.data, n_days=n_days.data
        )

    def of_channel(self, channel: TouchChannel) -> tuple[Field, Field, Field]:
        """The three fields of a channel: nothing at all, at most so many, in so many days."""
        return self[f"{channel.value}_closed"], self[f"{channel.value}_most"], self[f"{channel.value}_days"]

    @classmethod
    def of(cls, wish: ContactWish | None, channels: Mapping[TouchChannel, ChannelWish]) -> "ContactWishForm":
        """What is known, filled in."""
        data: dict[str, object] = {
            "quiet_weekdays": wish.quiet_weekdays if wish else [], "version": str(wish.version if wish else 0),
        }  # fmt: skip
        for channel, row in channels.items():
            data |= {
                f"{channel.value}_closed": row.is_closed, f"{channel.value}_most": row.n_most,
                f"{channel.value}_days": row.n_days,
            }  # fmt: skip
        return cls(data=data)


for _channel in TouchChannel:
    _name = later(words, _channel.value)
    setattr(
        ContactWishForm,
        f"{_channel.value}_closed",
        BooleanField(_l("%(channel)s: nothing at all", channel=_name)),
    )
    setattr(
        ContactWishForm,
        f"{_channel.value}_most",
        whole(_l("%(channel)s: at most", channel=_name), least=1, most=100, required=False),
    )
    setattr(
        ContactWishForm,
        f"{_channel.value}_days",
        whole(_l("%(channel)s: in days", channel=_name), least=1, most=366, required=False),
    )


class CadenceRuleForm(BaseForm):
    """Days between touches for a tier or a stage."""

    tier = line("Tier", required=False, description="A name of your own, for example Inner circle.")
    stage = choice("Or stage", words_of(Stage), required=False)
    n_days = whole(
        "Days between touches", least=1, most=730, required=False, description="Empty takes the rule away."
    )

    def details(self) -> CadenceRuleDetails:
        return CadenceRuleDetails(
            tier=self.tier.data or "", stage=self.stage.data or None, n_days=self.n_days.data
        )


class PersonCadenceForm(BaseForm):
    """The tier of a person, and a number of their own."""

    tier = line("Tier", required=False, description="As the program names it; empty for none.")
    n_days = whole(
        "Days agreed with this person", least=1, most=730, required=False,
        description="Goes before the tier, the stage and the program.",
    )  # fmt: skip

    def details(self) -> PersonCadenceDetails:
        return PersonCadenceDetails(tier=self.tier.data or "", n_days=self.n_days.data)

    @classmethod
    def of(cls, row: PersonCadence | None) -> "PersonCadenceForm":
        """What holds now."""
        if row is None:
            return cls(data={"version": "0"})
        return cls(data={"tier": row.tier, "n_days": row.n_days, "version": str(row.version)})


def _without_stop(sentence: str) -> str:
    return said(sentence).rstrip(".")


class ReminderForm(BaseForm):
    """The reasons a user wants to hear about; all of them, until one is taken away."""

    reasons = SelectMultipleField(
        "Remind me because of",
        choices=[SelectChoice(one.value, later(_without_stop, words)) for one, words in REASON_WORDS.items()],
    )

    def details(self) -> ReminderChoiceDetails:
        kept = set(self.reasons.data or ())
        return ReminderChoiceDetails(reasons_off=tuple(one for one in Reason if one.value not in kept))


class SnoozeForm(BaseForm):
    """How long a user wants to hear nothing of a person."""

    n_days = whole("Days", least=1, most=366, default=14)


class CancelForm(BaseForm):
    """Why a plan is given up."""

    reason = prose("Why not", required=False, longest=2000)


def first_day() -> str:
    """Today on the clock of whoever looks, for a date field."""
    return clock.today(current_user.zone).isoformat()
