"""What operations on initiatives, launches and briefs take: frozen, checked."""

from datetime import date

from app.core.checked import Checked
from app.people.details import CountryCode, LineText, NeededLine, NeededText, Text, WebAddress


class InitiativeDetails(Checked):
    """A framework for one market; `joint_url` is where the joint piece can be seen."""

    name: NeededLine
    framework: NeededText
    country: CountryCode
    starts_on: date
    goal_id: int | None = None
    owner_id: int | None = None  # whoever starts it when left out
    joint_piece: LineText = ""
    joint_url: WebAddress = ""


class LoanDetails(Checked):
    """A resource lent to one person for some days, both days included."""

    person_id: int
    what: NeededLine
    from_on: date
    until_on: date


class LaunchDetails(Checked):
    """The day something comes out."""

    name: NeededLine
    on: date


class BriefDetails(Checked):
    """The first version of a message."""

    title: NeededLine
    message: NeededText


class BriefVersionDetails(Checked):
    """The next version of a message."""

    message: NeededText
    what_changed: NeededLine


class ClosingDetails(Checked):
    """How an initiative ended."""

    closed_on: date
    closing_words: Text = ""
