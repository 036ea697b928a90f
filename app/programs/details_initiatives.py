"""What operations on initiatives, launches and briefs take: frozen, checked."""

from datetime import date

from pydantic import BaseModel

from app.people.details import CountryCode, LineText, NeededLine, NeededText, Text, WebAddress


class InitiativeDetails(BaseModel, frozen=True):
    """A framework for one market; `joint_url` is where the joint piece can be seen."""

    name: NeededLine
    framework: NeededText
    country: CountryCode
    starts_on: date
    goal_id: int | None = None
    owner_id: int | None = None  # whoever starts it when left out
    joint_piece: LineText = ""
    joint_url: WebAddress = ""


class LoanDetails(BaseModel, frozen=True):
    """A resource lent to one person for some days, both days included."""

    person_id: int
    what: NeededLine
    from_on: date
    until_on: date


class LaunchDetails(BaseModel, frozen=True):
    """The day something comes out."""

    name: NeededLine
    on: date


class BriefDetails(BaseModel, frozen=True):
    """The first version of a message."""

    title: NeededLine
    message: NeededText


class BriefVersionDetails(BaseModel, frozen=True):
    """The next version of a message."""

    message: NeededText
    what_changed: NeededLine


class ClosingDetails(BaseModel, frozen=True):
    """How an initiative ended."""

    closed_on: date
    closing_words: Text = ""
