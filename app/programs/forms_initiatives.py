"""Forms of initiatives, launches and briefs."""

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, SelectChoice

from app.accounts.models import User
from app.core.forms import BaseForm, choice, country, day, line, prose, row_number
from app.people.models import Person
from app.programs.details_initiatives import (
    BriefDetails,
    BriefVersionDetails,
    ClosingDetails,
    InitiativeDetails,
    LaunchDetails,
    LoanDetails,
)
from app.programs.forms import OwnedForm, offer_goals, offer_users, typed_owner
from app.programs.models import Goal
from app.programs.models_initiatives import Initiative, Launch


class InitiativeForm(OwnedForm):
    """A framework for one market."""

    name = line("Name")
    framework = prose(
        "Framework", description="What the experts are free to do with what we lend, and what we never ask."
    )
    country = country("Market")
    goal_id = choice("For the goal", [], required=False)
    starts_on = day("Starts on")
    joint_piece = line(
        "Joint piece", required=False, description="What is made together, for example a field report."
    )
    joint_url = line("Where it can be seen", required=False, longest=2000)

    def offer(self, users: Sequence[User], goals: Sequence[Goal]) -> "InitiativeForm":
        """Fill the choices."""
        offer_users(self.owner_id, users, "You")
        offer_goals(self.goal_id, goals, "No goal yet")
        return self

    def details(self) -> InitiativeDetails:
        return InitiativeDetails(
            name=self.name.data, framework=self.framework.data, country=self.country.data,
            starts_on=self.starts_on.data, goal_id=row_number(self.goal_id.data), owner_id=self.chosen_owner,
            joint_piece=self.joint_piece.data or "", joint_url=self.joint_url.data or "",
        )  # fmt: skip


def typed_initiative(initiative: Initiative, owner_id: int | None) -> dict[str, Any]:
    """An initiative as its form shows it, with the owner of today."""
    names = ("name", "framework", "country", "starts_on", "joint_piece", "joint_url")
    chosen = {
        "goal_id": str(initiative.goal_id or ""),
        "version": str(initiative.version),
    }
    return {name: getattr(initiative, name) for name in names} | chosen | typed_owner(owner_id)


class ClosingForm(BaseForm):
    """How an initiative ended."""

    closed_on = day("Ended on")
    closing_words = prose("What came of it", required=False)

    def details(self) -> ClosingDetails:
        return ClosingDetails(closed_on=self.closed_on.data, closing_words=self.closing_words.data or "")


class LoanForm(BaseForm):
    """Something lent to a person for some days."""

    person_id = choice("To", [])
    what = line("What", description="For example: film crew of two, one day.")
    from_on = day("From")
    until_on = day("Until", description="The last day included.")

    def offer(self, people: Sequence[Person]) -> "LoanForm":
        """Fill the choices."""
        self.person_id.choices = [SelectChoice(str(one.id), one.name) for one in people]
        return self

    def details(self) -> LoanDetails:
        return LoanDetails(
            person_id=int(self.person_id.data), what=self.what.data, from_on=self.from_on.data,
            until_on=self.until_on.data,
        )  # fmt: skip


class ReturnForm(BaseForm):
    """The day something came back."""

    returned_on = day("Came back on")


class LaunchForm(BaseForm):
    """The day something comes out."""

    name = line("What comes out")
    on = day("Day")

    def details(self) -> LaunchDetails:
        return LaunchDetails(name=self.name.data, on=self.on.data)


def typed_launch(launch: Launch) -> dict[str, Any]:
    """A launch as its form shows it."""
    return {"name": launch.name, "on": launch.on, "version": str(launch.version)}


class BriefForm(BaseForm):
    """The first version of a message."""

    title = line("Subject of the message")
    message = prose("Message", description="What every department says on this subject, in the same words.")

    def details(self) -> BriefDetails:
        return BriefDetails(title=self.title.data, message=self.message.data)


class BriefVersionForm(BaseForm):
    """The next version of a message; `seen_number` is the one it was written over."""

    message = prose("Message")
    what_changed = line("What changed", description="One sentence for those who know the last version.")
    seen = HiddenField()

    @property
    def seen_number(self) -> int | None:
        return row_number(self.seen.data)

    def details(self) -> BriefVersionDetails:
        return BriefVersionDetails(message=self.message.data, what_changed=self.what_changed.data)
