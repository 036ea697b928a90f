"""What a matching run takes: how much each thing counts, and how far apart meetings are; frozen, checked, kept with the run."""

from typing import Annotated

from pydantic import Field

from app.core.checked import Checked

Points = Annotated[int, Field(ge=0, le=1000)]
Factor = Annotated[int, Field(ge=0, le=10)]


class MatchingDetails(Checked):
    """Points, limits and minutes of a run; the same values and the same facts give the same plan."""

    #: How much a wish of the person, and one of the executive, counts: times 10 for the first wish, 9 for the second, ...
    person_factor: Factor = 1
    executive_factor: Factor = 1
    #: Cohorts whose people count three times, and twice.
    first_cohort_ids: tuple[int, ...] = ()
    second_cohort_ids: tuple[int, ...] = ()
    #: Goals whose people get `goal_points` more for each wish.
    goal_ids: tuple[int, ...] = ()
    goal_points: Points = 5
    #: What it is worth that somebody is met at all, and up to how much more for those with the fewest minutes so far (X3).
    alone_points: Points = 60
    fair_points: Points = 40
    must_points: Points = 1000
    #: What it is worth to leave an offer as it is.
    keep_points: Points = 5
    morning_points: Points = 0
    most_meetings: Annotated[int, Field(ge=1, le=12)] = 4
    most_a_day: Annotated[int, Field(ge=1, le=12)] = 2
    gap_minutes: Annotated[int, Field(ge=0, le=480)] = 15
    walk_minutes: Annotated[int, Field(ge=0, le=480)] = 10
    #: Minutes from landing to a meeting, and from a meeting to a departure.
    landing_minutes: Annotated[int, Field(ge=0, le=1440)] = 120
    leaving_minutes: Annotated[int, Field(ge=0, le=1440)] = 180
    #: No meeting within so many hours of landing from a flight of so many hours or more.
    jet_lag_hours: Annotated[int, Field(ge=0, le=72)] = 12
    long_flight_hours: Annotated[int, Field(ge=1, le=24)] = 6
    n_rounds: Annotated[int, Field(ge=100, le=50_000)] = 6_000
    seed: Annotated[int, Field(ge=0, le=999_999)] = 1
