"""What the operations on wishes, plans, cadences and corrections take: frozen, checked."""

from datetime import date
from typing import Annotated

from flask_babel import gettext as _
from pydantic import AwareDatetime, Field, ValidationInfo, field_validator

from app.core.checked import Checked
from app.outreach.models import TouchChannel, TouchKind
from app.outreach.policies import GUARDED, WEEKDAYS
from app.outreach.policies_rhythm import Reason
from app.people.details import LineText, NeededLine, NeededText, Text
from app.programs.models import Stage

#: A rhythm of more than two years is none.
CadenceDays = Annotated[int, Field(ge=1, le=730)]


class ChannelWishDetails(Checked):
    """What a person wants of one channel: nothing, or at most `n_most` contacts in `n_days`."""

    channel: TouchChannel
    is_closed: bool = False
    n_most: Annotated[int, Field(ge=1, le=100)] | None = None
    n_days: Annotated[int, Field(ge=1, le=366)] | None = None

    @field_validator("n_days")
    @classmethod
    def _both_or_neither(cls, value: int | None, info: ValidationInfo) -> int | None:
        if "n_most" in info.data and (info.data["n_most"] is None) != (value is None):
            raise ValueError(_("A limit needs both numbers: how many, in how many days."))
        return value

    @property
    def is_empty(self) -> bool:
        return not self.is_closed and self.n_most is None


class ContactWishDetails(Checked):
    """All a person said about days and channels; it replaces what they said before (P4)."""

    quiet_weekdays: tuple[str, ...] = ()
    channels: tuple[ChannelWishDetails, ...] = ()
    reason: Text = ""

    @field_validator("quiet_weekdays")
    @classmethod
    def _known_days(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(value) - set(WEEKDAYS):
            raise ValueError(_("No day of the week: %(unknown)s.", unknown=", ".join(sorted(unknown))))
        if len(set(value)) == len(WEEKDAYS):
            raise ValueError(_("Quiet on every day is no contact at all. Note that as an opt-out instead."))
        return tuple(day for day in WEEKDAYS if day in value)

    @field_validator("channels")
    @classmethod
    def _each_once(cls, value: tuple[ChannelWishDetails, ...]) -> tuple[ChannelWishDetails, ...]:
        if len({one.channel for one in value}) != len(value):
            raise ValueError(_("Say what holds for a channel once."))
        return value


class PlanDetails(Checked):
    """A contact to be made on a day, by `user_id` (default: who plans it)."""

    person_id: int
    channel: TouchChannel
    kind: TouchKind = TouchKind.UNSOLICITED
    subject: NeededLine
    summary: Text = ""
    is_ask: bool = False
    planned_on: date

    @field_validator("kind")
    @classmethod
    def _can_be_planned(cls, value: TouchKind) -> TouchKind:
        if value not in GUARDED:
            raise ValueError(
                _("Only what we begin ourselves is planned; answers and necessary news just happen.")
            )
        return value


class CorrectionDetails(Checked):
    """How a contact really was; `is_struck`: it never happened."""

    channel: TouchChannel
    at: AwareDatetime
    subject: NeededLine
    summary: Text = ""
    is_ask: bool = False
    is_struck: bool = False
    reason: NeededText


class CadenceRuleDetails(Checked):
    """Days between touches for a tier or a stage of a program; None takes the rule away."""

    tier: LineText = ""
    stage: Stage | None = None
    n_days: CadenceDays | None = None

    @field_validator("stage")
    @classmethod
    def _one_of_both(cls, value: Stage | None, info: ValidationInfo) -> Stage | None:
        if bool(info.data.get("tier", "").strip()) == (value is not None):
            raise ValueError(_("Name a tier or choose a stage: one of the two."))
        return value


class PersonCadenceDetails(Checked):
    """The tier of a person in a program, and a number of days of their own if one was agreed."""

    tier: LineText = ""
    n_days: CadenceDays | None = None


class ReminderChoiceDetails(Checked):
    """The reasons a user wants to hear nothing about."""

    reasons_off: tuple[Reason, ...] = ()
