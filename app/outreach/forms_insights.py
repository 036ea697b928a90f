"""Forms of insights, outcomes and briefs received."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import gettext as _
from wtforms import SelectChoice

from app.accounts.models import Department, User
from app.core.forms import BaseForm, choice, country, day, line, prose, row_number, words_of
from app.core.i18n import day as in_words
from app.outreach.details_insights import InsightAnswerDetails, InsightDetails, OutcomeDetails
from app.outreach.models import Touch
from app.outreach.models_insights import OutcomeKind
from app.outreach.policies_inbox import words_of_subject
from app.programs.forms import offer_goals
from app.programs.models import Goal, Program
from app.programs.models_initiatives import BriefVersion

#: A fortnight is what people remember having asked for.
_REPLY_WITHIN = timedelta(days=14)


class InsightForm(BaseForm):
    """What a person told us, and who answers it by when."""

    program_id = choice("Program", [])
    question = prose("What we asked", required=False)
    advice = prose("What they said")
    heard_on = day("Said on")
    department_id = choice("For the department", [], description="Whose product or page it is about.")
    owner_id = choice("Who answers", [])
    reply_due_on = day("Reply due on", description="They are told what became of it by then.")

    @classmethod
    def fresh(cls, today: date) -> "InsightForm":
        """A form with today and a reply in a fortnight."""
        return cls(data={"heard_on": today, "reply_due_on": today + _REPLY_WITHIN})

    def offer(
        self, programs: Sequence[Program], departments: Sequence[Department], users: Sequence[User]
    ) -> "InsightForm":
        """Fill the choices."""
        self.program_id.choices = [SelectChoice(str(one.id), one.name) for one in programs]
        self.department_id.choices = [SelectChoice(str(one.id), one.name) for one in departments]
        self.owner_id.choices = [SelectChoice(str(one.id), one.name) for one in users]
        return self

    def details(self, person_id: int, touch_id: int | None) -> InsightDetails:
        return InsightDetails(
            person_id=person_id, program_id=int(self.program_id.data), advice=self.advice.data, heard_on=self.heard_on.data,
            department_id=int(self.department_id.data), owner_id=int(self.owner_id.data),
            reply_due_on=self.reply_due_on.data, question=self.question.data or "", touch_id=touch_id,
        )  # fmt: skip


class InsightAnswerForm(BaseForm):
    """What was decided."""

    is_adopted = choice("Adopted", [("yes", "Yes, something changes"), ("no", "No")])
    decision = prose("Decision and why")
    what_changed = prose("What changed", required=False, description="Where they can see it, if they can.")

    def details(self) -> InsightAnswerDetails:
        return InsightAnswerDetails(
            decision=self.decision.data, is_adopted=self.is_adopted.data == "yes",
            what_changed=self.what_changed.data or "",
        )  # fmt: skip


class ToldForm(BaseForm):
    """The day the person heard what became of it."""

    told_on = day("Told and thanked on")


class OutcomeForm(BaseForm):
    """Something that came of a contact."""

    touch_id = choice("It came of", [])
    kind = choice("Kind", words_of(OutcomeKind))
    on = day("On")
    country = country("Market")
    goal_id = choice("For the goal", [], required=False)
    statement = prose("What happened")
    url = line("Where it can be seen", required=False, longest=2000)

    def offer(self, touches: Sequence[Touch], goals: Sequence[Goal]) -> "OutcomeForm":
        """Fill the choices."""
        self.touch_id.choices = [SelectChoice(str(one.id), _name_of(one)) for one in touches]
        offer_goals(self.goal_id, goals, "No goal asked for this")
        return self

    def details(self, program_id: int) -> OutcomeDetails:
        return OutcomeDetails(
            program_id=program_id, touch_id=int(self.touch_id.data), kind=self.kind.data, on=self.on.data,
            country=self.country.data, statement=self.statement.data, url=self.url.data or "",
            goal_id=row_number(self.goal_id.data),
        )  # fmt: skip


def _name_of(touch: Touch) -> str:
    """A contact in a list of choices: "9 Aug 2026: Interview"."""
    return f"{in_words(touch.at.date())}: {words_of_subject(touch)}"[:120]


class BriefReceiptForm(BaseForm):
    """Which version of a message a person received in a contact."""

    version_id = choice("Message", [])

    def offer(self, versions: Sequence[BriefVersion]) -> "BriefReceiptForm":
        """Fill the choices."""
        self.version_id.choices = [
            SelectChoice(str(one.id), _("%(name)s, version %(n)s", name=one.brief.title, n=one.number))
            for one in versions
        ]
        return self
