"""Forms of this room: typed words in, details of the operations out."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, Field, HiddenField, SelectChoice, SelectMultipleField

from app.accounts.models import User
from app.core.forms import BaseForm, choice, currency, day, line, prose, row_number, whole, words_of
from app.core.i18n import said, words
from app.people.details import OfficialDetails
from app.people.models import OfficialStatus
from app.programs.details import AdmissionDetails, GoalDetails, ProgramDetails
from app.programs.models import Goal, GoalKind, Program, Stage

_CADENCE_HELP = "After so many days without a word, a person has gone quiet."
_NONE = OfficialStatus.NONE.value


def offer_users(field: Field, users: Sequence[User], empty: str) -> None:
    """Offer users by name, and an empty first line that says what it means."""
    field.choices = [
        SelectChoice("", said(empty)),
        *(SelectChoice(str(user.id), user.name) for user in users),
    ]


def offer_goals(field: Field, goals: Sequence[Goal], empty: str | None) -> None:
    """Offer goals by what they want; with `empty`, none of them too."""
    first = [SelectChoice("", said(empty))] if empty is not None else []
    field.choices = first + [SelectChoice(str(goal.id), goal.statement[:120]) for goal in goals]


def _person_id(text: str) -> int:
    found = row_number(text)
    if found is None:
        raise ValueError(_("Tick people of the list."))
    return found


class OwnedForm(BaseForm):
    """Something that somebody answers for."""

    owner_id = choice("Owner", [], required=False)
    #: Who answered for it when the page was made: a name left as it was leaves whoever answers by now, for a planned
    #: hand-over may have come into force in between without changing the record.
    owner_seen = HiddenField()

    @property
    def chosen_owner(self) -> int | None:
        """Who is to answer for it from now; None to leave that as it is."""
        chosen = row_number(self.owner_id.data)
        return None if chosen == row_number(self.owner_seen.data) else chosen


def typed_owner(owner_id: int | None) -> dict[str, str]:
    """The owner of today as the form shows them."""
    return dict.fromkeys(("owner_id", "owner_seen"), str(owner_id or ""))


class ProgramForm(OwnedForm):
    """An always-on program."""

    name = line("Name")
    statement = prose("What it is for", required=False)
    currency = currency("Currency of its value report", description="Fixed once value is recorded under it.")
    n_cadence_days = whole("Days between touches", least=1, most=730, default=30, description=_CADENCE_HELP)

    def offer(self, users: Sequence[User]) -> "ProgramForm":
        """Fill the choices."""
        offer_users(self.owner_id, users, "You")
        return self

    def details(self, is_books_only: bool = False) -> ProgramDetails:
        return ProgramDetails(
            name=self.name.data, statement=self.statement.data or "", currency=self.currency.data,
            owner_id=self.chosen_owner, n_cadence_days=self.n_cadence_days.data, is_books_only=is_books_only,
        )  # fmt: skip


def typed_program(program: Program, owner_id: int | None) -> dict[str, Any]:
    """A program as its form shows it, with the owner of today."""
    return {
        "name": program.name, "statement": program.statement, "currency": program.currency,
        "n_cadence_days": program.n_cadence_days, "version": str(program.version), **typed_owner(owner_id),
    }  # fmt: skip


class GoalForm(OwnedForm):
    """What a program wants, written before the names (G1)."""

    statement = prose("What we want", description="One sentence that could turn out to be missed.")
    kind = choice("Kind", words_of(GoalKind))
    market = line("Market", required=False, description="Where: a country, a region, an industry.")
    metric = line("Metric", description="What is counted.")
    baseline = line("Baseline", description="What it is today.")
    target = line("Target", description="What it should be at the review.")
    review_on = day("Review on")
    evidence = prose("Evidence", required=False, description="How we know that this is worth wanting.")

    def offer(self, users: Sequence[User]) -> "GoalForm":
        """Fill the choices."""
        offer_users(self.owner_id, users, "You")
        return self

    def details(self) -> GoalDetails:
        return GoalDetails(
            statement=self.statement.data, kind=self.kind.data, market=self.market.data or "", metric=self.metric.data,
            baseline=self.baseline.data, target=self.target.data, owner_id=self.chosen_owner,
            review_on=self.review_on.data, evidence=self.evidence.data or "",
        )  # fmt: skip


def typed_goal(goal: Goal, owner_id: int | None) -> dict[str, Any]:
    """A goal as its form shows it, with the owner of today."""
    names = ("statement", "market", "metric", "baseline", "target", "review_on", "evidence")
    chosen = {"kind": goal.kind.value, "version": str(goal.version)}
    return {name: getattr(goal, name) for name in names} | chosen | typed_owner(owner_id)


class ShortlistForm(BaseForm):
    """A place in a cohort for a goal; a reason where the rule or the capacity says no (P5)."""

    goal_id = choice("For the goal", [], required=False)
    override_reason = prose(
        "Reason for the exception", required=False, description="It stays with the cohort."
    )

    def offer(self, goals: Sequence[Goal]) -> "ShortlistForm":
        """Fill the choices; a single goal is taken for granted."""
        offer_goals(self.goal_id, goals, "No goal yet")
        if len(goals) == 1 and not self.is_submitted():
            self.goal_id.data = str(goals[0].id)
        return self

    @property
    def chosen_goal_id(self) -> int | None:
        return row_number(self.goal_id.data)


class BulkShortlistForm(ShortlistForm):
    """Several people of the cohort page at once."""

    ids = SelectMultipleField("People", coerce=_person_id, validate_choice=False)


class ReleaseForm(BaseForm):
    """Why somebody leaves a cohort."""

    reason = prose(
        "Reason", description="It stays with the cohort and is read when somebody asks who is missing."
    )


class AdmitForm(BaseForm):
    """Why a person comes in (G1, J2.4)."""

    goal_id = choice("For the goal", [])
    fit_rationale = prose(
        "Why this person fits", description="What they know, and who trusts them, that the goal needs."
    )
    fit_risk = line("Risk", description="What could go wrong, or “none seen”.")
    is_state = BooleanField(
        "Public official, or works for a state body such as a state university",
        description="Stricter rules for travel, lodging and gifts apply, and compliance is told.",
    )
    official_reason = prose("How this is known", required=False)

    def offer(self, goals: Sequence[Goal]) -> "AdmitForm":
        """Fill the choices."""
        offer_goals(self.goal_id, goals, None)
        return self

    def details(self, known: OfficialStatus) -> AdmissionDetails:
        """`known` is the status noted so far: the tick adds one, it never takes one away."""
        is_new = self.is_state.data and known is OfficialStatus.NONE
        return AdmissionDetails(
            goal_id=int(self.goal_id.data), fit_risk=self.fit_risk.data, fit_rationale=self.fit_rationale.data,
            official_status=OfficialStatus.STATE_BODY if is_new else None, official_reason=self.official_reason.data or "",
        )  # fmt: skip


class MoveForm(BaseForm):
    """The next stage of an enrolment."""

    stage = choice("To", [])
    reason = prose(
        "Reason", required=False, description="Needed when somebody becomes dormant, alumni or declined."
    )

    def offer(self, stages: Sequence[Stage]) -> "MoveForm":
        """Fill the choices."""
        self.stage.choices = [SelectChoice(stage.value, words(stage)) for stage in stages]
        return self


class OfficialForm(BaseForm):
    """Whether somebody is an official or works for the state."""

    official_status = choice("Status", words_of(OfficialStatus), default=_NONE)
    reason = prose(
        "How this is known", description="For example “professor at a state university”; compliance reads it."
    )

    def details(self) -> OfficialDetails:
        return OfficialDetails(status=self.official_status.data, reason=self.reason.data)
