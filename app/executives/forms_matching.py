"""Forms of matching: how much each thing counts, and a window for somebody by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectMultipleField

from app.core.forms import BaseForm, choice, whole
from app.executives.details_matching import MatchingDetails
from app.executives.models import Slot
from app.executives.policies import span_of, span_words
from app.programs.models import Cohort, Goal

#: Rounds of search, and what they mean.
ROUNDS = [
    ("1500", _l("Quick: a second or two")),
    ("6000", _l("Usual: some seconds")),
    ("20000", _l("Thorough: half a minute")),
]
_CHOICES = ("first_cohort_ids", "second_cohort_ids", "goal_ids")


def _several(label: str, description: str) -> Any:
    wrong = _l("Choose from the list.")
    return SelectMultipleField(label, description=description, choices=[], invalid_choice_message=wrong)


def _points(label: str, description: str, most: int = 1000) -> Any:
    return whole(label, most=most, description=description)


class MatchingForm(BaseForm):
    """Points, limits and minutes of a run."""

    person_factor = _points(
        _l("Wishes of people"), _l("Times 10 points for a first wish, 9 for a second, and so on."), 10
    )
    executive_factor = _points(
        _l("Wishes of executives"), _l("The same for the other side. 0: not counted."), 10
    )
    first_cohort_ids = _several(
        _l("Cohorts that count three times"), _l("Wishes of and for these people weigh more.")
    )
    second_cohort_ids = _several(_l("Cohorts that count twice"), "")
    goal_ids = _several(
        _l("Goals this run serves"), _l("People in the program for one of them get the points below.")
    )
    goal_points = _points(_l("Points for such a goal"), _l("More for each wish."))
    alone_points = _points(_l("At least one meeting"), _l("Points for meeting somebody at all."))
    fair_points = _points(
        _l("Fair minutes"),
        _l("Up to so many more where a person, and their market, got the fewest minutes this year."),
    )
    must_points = _points(
        _l("Must be met"), _l("Points for a pair that must meet; missed only if it cannot be done.")
    )
    keep_points = _points(_l("Leave as offered"), _l("Points for a proposal or hold left where it was."))
    morning_points = _points(_l("Mornings"), _l("Points for a meeting before noon."))
    most_meetings = whole(_l("Meetings a person, in all"), least=1, most=12)
    most_a_day = whole(_l("Meetings a person, a day"), least=1, most=12)
    gap_minutes = _points(_l("Between two meetings"), _l("Minutes a person has to themselves."), 480)
    walk_minutes = _points(_l("From one building to another"), _l("Also between a stage and a meeting."), 480)
    landing_minutes = _points(_l("After landing"), _l("From landing to the first meeting."), 1440)
    leaving_minutes = _points(_l("Before leaving"), _l("From the last meeting to the departure."), 1440)
    jet_lag_hours = _points(_l("Rest after a long flight"), _l("After landing, without a meeting."), 72)
    long_flight_hours = whole(_l("A long flight"), least=1, most=24, description=_l("In the air, or longer."))
    n_rounds = choice(
        _l("Search"), ROUNDS, description=_l("Longer searches come nearer to the best plan there is.")
    )
    seed = _points(_l("Seed"), _l("The same seed, weights and facts give the same plan."), 999_999)

    def offer(self, cohorts: Sequence[Cohort], goals: Sequence[Goal]) -> "MatchingForm":
        """Fill in what the program of the event has."""
        for field in (self.first_cohort_ids, self.second_cohort_ids):
            field.choices = [SelectChoice(str(one.id), one.name) for one in cohorts]
        self.goal_ids.choices = [SelectChoice(str(one.id), one.statement) for one in goals]
        return self

    def details(self) -> MatchingDetails:
        """What was typed, checked."""
        values = {name: getattr(self, name).data for name in MatchingDetails.model_fields}
        return MatchingDetails(**values)


def typed_matching(details: MatchingDetails) -> dict[str, Any]:
    """Weights as the form shows them."""
    values = details.model_dump()
    return (
        values
        | {name: [str(id) for id in values[name]] for name in _CHOICES}
        | {"n_rounds": str(details.n_rounds)}
    )


class PlaceForm(BaseForm):
    """A window for somebody, by hand."""

    slot_id = choice(_l("Window"), [])

    def offer(self, slots: Sequence[Slot], refusals: Mapping[int, str]) -> "PlaceForm":
        """The windows that are free for them first; the others say why not."""
        ordered = sorted(slots, key=lambda one: (bool(refusals.get(one.id)), one.starts_at, one.id))
        self.slot_id.choices = [
            SelectChoice(
                str(one.id),
                " · ".join(filter(None, (span_words(span_of(one), one.zone), refusals.get(one.id, "")))),
            )
            for one in ordered
        ]
        return self
