"""What a home page is made of: figures that open their rows, a queue of work with reasons, two drawings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.core.charts import Chart
from app.notices.models import Urgency
from app.notices.policies import rank

#: More tasks than this are not read in the morning; the rest is a number.
MOST_TASKS = 25


@dataclass(frozen=True, slots=True)
class Link:
    """An address by the name of its page; names may point anywhere, imports may not."""

    endpoint: str
    arguments: dict[str, Any] = field(default_factory=dict)
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the page, from the counting function of its room; `link` opens its rows."""

    label: str
    value: str
    link: Link
    note: str = ""
    kind: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do: what, about whom, why now; `on` is the day or instant it is about."""

    urgency: Urgency
    title: str
    reason: str
    link: Link
    on: date | datetime | None = None

    @property
    def day(self) -> date | None:
        """The day, for the list."""
        return self.on.date() if isinstance(self.on, datetime) else self.on


@dataclass(frozen=True, slots=True)
class Home:
    """The home page of one user; `n_more` tasks lie behind those shown."""

    figures: Sequence[Figure]
    tasks: Sequence[Task]
    charts: Sequence[Chart]
    n_more: int = 0
    lead: str = ""


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """What cannot wait first; within it the earliest day first, what has none last."""
    far = date.max
    return sorted(tasks, key=lambda task: (rank(task.urgency), task.day or far, task.title))


def home_of(
    figures: Sequence[Figure], tasks: Iterable[Task], charts: Iterable[Chart], lead: str = ""
) -> Home:
    """Put a page together: the queue in its order and cut, drawings only where there is something to draw."""
    ordered = in_order(tasks)
    drawn = [chart for chart in charts if not chart.is_empty][:2]
    return Home(figures, ordered[:MOST_TASKS], drawn, max(0, len(ordered) - MOST_TASKS), lead)
