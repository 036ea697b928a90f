"""What the operations of an event's day take: tasks, holds, badges, reports of the door, ticks, promises answered."""

from datetime import date
from typing import Annotated

from flask_babel import gettext as _
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from app.core.checked import Checked
from app.people.details import LineText, NeededLine, Text

#: One line whatever was pasted: it stands on badges, chairs and in heads of mails.
OneLine = Annotated[LineText, AfterValidator(lambda text: " ".join(text.split()))]
NeededOneLine = Annotated[NeededLine, AfterValidator(lambda text: " ".join(text.split()))]


class TaskDetails(Checked):
    """Something to do for an event: what, why, by whom, until when; `person_id` is whom it is about."""

    what: NeededOneLine
    cause: Text = ""
    owner_id: int
    due_on: date
    person_id: int | None = None


class HoldDetails(Checked):
    """For whom seats are kept free, and why."""

    held_for: NeededOneLine
    reason: Text = ""


class BadgeDetails(Checked):
    """What a badge says; an empty name is the one of the record."""

    name: OneLine = ""
    second_line: OneLine = ""
    kind: OneLine = ""


class DoorDetails(Checked):
    """One check-in as a phone kept it: its own number, who, when by its clock; a code, an invitation or a guest."""

    client_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    at: AwareDatetime
    code: Annotated[str, Field(max_length=80)] = ""
    invitation_id: Annotated[int, Field(ge=1, le=2_000_000_000)] | None = None
    guest_id: Annotated[int, Field(ge=1, le=2_000_000_000)] | None = None
    n_early_minutes: Annotated[int, Field(ge=0, le=600)] | None = None

    @property
    def key(self) -> str:
        """`Comer.key` of whoever was not shown by a code."""
        return f"g{self.guest_id}" if self.guest_id is not None else str(self.invitation_id)

    @model_validator(mode="after")
    def _names_somebody(self) -> "DoorDetails":
        if [bool(self.code.strip()), self.invitation_id is not None, self.guest_id is not None].count(
            True
        ) != 1:
            raise ValueError(_("A check-in names a code, an invitation or a guest."))
        return self


class MissDetails(Checked):
    """What went wrong for a guest, who makes it good, until when."""

    cause: Text
    owner_id: int
    due_on: date


class PromiseDetails(Checked):
    """What a person says about one promise: kept or not, and a note."""

    number: Annotated[int, Field(ge=1, le=40)]
    is_kept: bool
    note: Annotated[Text, Field(max_length=2000)] = ""
