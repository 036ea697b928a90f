"""What a home page is made of: figures that open their rows, a queue of work with reasons, two drawings."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from app.core.charts import Chart
from app.notices.models import Urgency
from app.notices.policies import rank

#: More tasks than this are not read in the morning; the rest is a number.
MOST_TASKS = 25


class Link(Struct, frozen=True):
    """An address by the name of its page; names may point anywhere, imports may not."""

    endpoint: str
    arguments: dict[str, Any] = field(default_factory=dict)
    anchor: str = ""


class Figure(Struct, frozen=True):
    """One number of the page, from the counting function of its room; `link` opens its rows."""

    label: str
    value: str
    link: Link
    note: str = ""
    kind: str = ""
    tone: str = ""


class Task(Struct, frozen=True):
    """Something to do: what, about whom, why now; `on` is the day or instant it is about.

    `figure` names the figure above the queue that counts it, if one does.
    """

    urgency: Urgency
    title: str
    reason: str
    link: Link
    on: date | datetime | None = None
    figure: str = ""

    @property
    def day(self) -> date | None:
        """The day, for the list."""
        return self.on.date() if isinstance(self.on, datetime) else self.on


class Queue(Struct, frozen=True):
    """The tasks a page shows; `n_more` lie behind them. `figure` when they are those one figure counts."""

    tasks: Sequence[Task]
    n_more: int
    figure: str = ""
    #: Whether they are to be done; rows behind a figure need not be.
    is_work: bool = True

    @property
    def n(self) -> int:
        """All of them, shown or not."""
        return len(self.tasks) + self.n_more


class Home(Struct, frozen=True):
    """The home page of one user, with every task in its order."""

    figures: Sequence[Figure]
    tasks: Sequence[Task]
    charts: Sequence[Chart]
    lead: str = ""
    #: What figures count that is no work and not read in the morning, by the name of the figure.
    rows: Mapping[str, Sequence[Task]] = field(default_factory=dict)

    def queue(self, figure: str = "") -> Queue:
        """What is read in the morning; or everything that the figure of this name counts, which may be nothing."""
        if figure in self.rows:
            return Queue(self.rows[figure], 0, figure, is_work=False)
        if figure:
            return Queue([task for task in self.tasks if task.figure == figure], 0, figure)
        return Queue(self.tasks[:MOST_TASKS], max(0, len(self.tasks) - MOST_TASKS))


#: There is no page behind it.
NO_ROWS = Link("")


def counted(figure: str, tasks: Iterable[Task]) -> list[Task]:
    """Tasks with the name of the figure that counts them."""
    return [replace(task, figure=figure) for task in tasks]


def rows_in_queue(figure: str) -> Link:
    """The tasks a figure counts, on the page itself."""
    return Link("reports.today", {"queue": figure}, anchor="queue")


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """What cannot wait first; within it the earliest day first, what has none last."""
    far = date.max
    return sorted(tasks, key=lambda task: (rank(task.urgency), task.day or far, task.title))


def home_of(
    figures: Sequence[Figure], tasks: Iterable[Task], charts: Iterable[Chart], lead: str = "",
    rows: Mapping[str, Sequence[Task]] | None = None,
) -> Home:  # fmt: skip
    """Put a page together: the queue in its order, drawings only where there is something to draw."""
    drawn = [chart for chart in charts if not chart.is_empty][:2]
    return Home(figures, in_order(tasks), drawn, lead, rows or {})


def with_tasks(home: Home, tasks: Iterable[Task]) -> Home:
    """The page with further tasks in their places."""
    return replace(home, tasks=in_order([*home.tasks, *tasks]))
