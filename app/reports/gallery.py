"""Reports of the gallery: a name, the parameters it asks for, one function that counts (O6).

A report is counted once into frozen figures and tables; page, PDF, spreadsheet, JSON and interface show that and count
nothing themselves. To add a report, write `count(asked) -> Counted` in a file `gallery_<name>.py` and name it in `REPORTS`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Protocol

from flask_babel import gettext as _
from msgspec import Struct, field

from app.accounts.models import User
from app.core import clock
from app.core.charts import Chart
from app.core.i18n import when
from app.core.money import Money
from app.core.sheets import Cell, Column
from app.events.models import Event
from app.ledger.queries import SignedHead, current_checkpoint
from app.people.models import Person
from app.programs.models import Program
from app.reports.home import Link
from app.reports.on_demand import Key, OnDemand
from app.reports.policies import Days
from app.reports.queries_periods import states_of
from app.reports.value import Note


class Ask(StrEnum):
    """What a report can ask for; the values are the names in its address."""

    PROGRAM = "program"
    EVENT = "event"
    PERSON = "person"
    DAYS = "days"
    #: How many days after value a fee counts as near, and after which value.
    WITHIN = "within"
    COUNTING = "counting"
    #: Only for reports that are counted from what is never changed afterwards (L14).
    AS_OF = "as_of"


class Asked(Struct, frozen=True):
    """What somebody asked of a report; a field is None unless the report asks for it."""

    by: User
    program: Program | None = None
    event: Event | None = None
    person: Person | None = None
    days: Days | None = None
    within: int | None = None
    counting: str = ""
    as_of: datetime | None = None
    #: The word for `days` where they follow the calendar ("last-month"), else empty.
    days_word: str = ""

    @property
    def args(self) -> dict[str, str]:
        """The same for an address, a saved setting or a job."""
        found = {
            Ask.PROGRAM: self.program and self.program.id, Ask.EVENT: self.event and self.event.id,
            Ask.PERSON: self.person and self.person.id, Ask.DAYS: self.days, Ask.WITHIN: self.within,
            Ask.COUNTING: self.counting or None,
            Ask.AS_OF: self.as_of.isoformat() if self.as_of else None,
        }  # fmt: skip
        return {name.value: str(value) for name, value in found.items() if value is not None}

    @property
    def settings(self) -> dict[str, str]:
        """The same to be asked on another day: days that follow the calendar stay a word."""
        return self.args | ({Ask.DAYS.value: self.days_word} if self.days_word else {})

    @property
    def words(self) -> str:
        """The same for the audit trail, less the moment, which has a place of its own there."""
        return " ".join(f"{name}={value}" for name, value in self.args.items() if name != Ask.AS_OF) or "all"


class Parameters(Protocol):
    """What a copy says it was asked: an `Asked`, or what a run remembers of one."""

    @property
    def args(self) -> Mapping[str, str]: ...


class Figure(Struct, frozen=True):
    """One number; `key` is stable and for machines. `value` is None where there is nothing to say, which `note` explains."""

    key: str
    label: str
    value: Cell
    note: str = ""
    #: The list behind it.
    link: Link | None = None
    #: non_cash, cash or units: legs and units are told apart by colour everywhere.
    kind: str = ""
    tone: str = ""
    #: A number between 0 and 1 that is printed as per cent.
    is_share: bool = False


class Ref(NamedTuple):
    """Somebody a cell names."""

    kind: Literal["person", "user"]
    id: int


class Line(Struct, frozen=True):
    """One row of a table: a cell for each column, and where cells lead by the key of their column.

    `person_id` and `key` tell which row it is from one run of the report to the next, whatever its cells say: the person
    it is about (None: nobody, or erased people together), and what of them.
    """

    cells: Sequence[Cell]
    links: Mapping[str, Link] = field(default_factory=dict)
    key: str = ""
    person_id: int | None = None
    #: Whom the cells name, by the key of their column: a run keeps that in place of the names.
    named: Mapping[str, Sequence[Ref]] = field(default_factory=dict)


class Lines(OnDemand[Key, Line]):
    """Rows of a long table, each written when somebody looks at it."""

    def __init__(self, keys: Sequence[Key], write: Callable[[Key], Line]) -> None:
        super().__init__(keys, lambda some: [write(key) for key in some])


class Grid(Struct, frozen=True):
    """A table. The first column names the row. Cells of a `ratio` column are printed as per cent.

    `kinds` gives columns their colour (non_cash, cash, units), `widths` their share of paper in per cent.
    """

    key: str
    title: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    note: str = ""
    #: Said where there are no lines.
    empty: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)
    #: Columns of free words: a run keeps a print of them, to tell whether they changed and not what they said.
    prose: frozenset[str] = frozenset()


class Counted(Struct, frozen=True):
    """Everything a report says. `about` names whom or what it is of: a program, a person, all."""

    about: str
    as_of: datetime
    asked_as_of: datetime | None
    figures: Sequence[Figure]
    grids: Sequence[Grid]
    methodology: Sequence[Note]
    checkpoint: SignedHead
    drawings: Sequence[Chart] = ()
    #: What the figures come to, in a sentence or two.
    lead: str = ""
    #: What this report says of now and cannot say of the moment that was asked for, in words.
    left_out: str = ""
    #: Where the periods of its days stand, in words; empty for a report without days.
    period: str = ""
    #: Whom it is about, where that is one person.
    person_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to report on."""
        return not any(grid.lines for grid in self.grids) and not any(one.value for one in self.figures)


def as_counted(
    asked: Asked,
    about: str,
    figures: Sequence[Figure],
    grids: Sequence[Grid],
    method: str,
    drawings: Sequence[Chart] = (),
    *,
    left_out: str = "",
    is_now_only: bool = False,
) -> Counted:
    """A report as of the moment asked for, else of now; `method` says how it was counted, `left_out` what has no history.

    `is_now_only`: nothing of it has.
    """
    told = [Note(_("What is counted"), method), Note(_("As of"), _moment(asked, left_out, is_now_only))]
    period = states_of(asked.days) if asked.days is not None else ""
    if period:
        told.append(Note(_("Period"), period))
    return Counted(
        about=about, as_of=asked.as_of or clock.now(), asked_as_of=asked.as_of, figures=figures, grids=grids,
        drawings=drawings, methodology=told, checkpoint=current_checkpoint(), left_out=left_out if asked.as_of else "",
        person_id=asked.person.id if asked.person else None, period=period,
    )  # fmt: skip


def _moment(asked: Asked, left_out: str, is_now_only: bool) -> str:
    """L14: what the moment of a report means, and what it cannot mean."""
    if is_now_only:
        return str(
            _(
                "What this report counts is written over when it changes, so it tells of the moment it was opened and of no "
                "earlier one. What it said on other days is in the runs that were kept of it."
            )
        )
    if asked.as_of is None:
        return str(_("Counted at the moment it was opened, from what had been recorded by then."))
    said = _(
        "Counted from what had been recorded by %(instant)s; what was recorded or taken back later is not in it. Names and "
        "words are those of today.",
        instant=when(asked.as_of, "UTC"),
    )
    return f"{said} {left_out}".strip()


class Report(Struct, frozen=True):
    """A report: `title` and `what` are said in the reader's language when asked."""

    key: str
    title: Callable[[], str]
    what: Callable[[], str]
    asks: Sequence[Ask]
    count: Callable[[Asked], Counted]
    #: What of `asks` may be left open; the report is then of all.
    may_be_all: frozenset[Ask] = frozenset()
    paper: str = "portrait"
    #: Where it is read, if it has a page of its own, and what is asked by another name there.
    page: str = ""
    page_names: Mapping[Ask, str] = field(default_factory=dict)

    @property
    def has_history(self) -> bool:
        """Whether it can be counted for a moment that has passed; the others offer the runs that were kept."""
        return Ask.AS_OF in self.asks

    def link(self, args: Mapping[str, str]) -> Link:
        """Its page, asked this."""
        if not self.page:
            return Link("reports.show", {"key": self.key, **args})
        return Link(self.page, {self.page_names.get(Ask(name), name): value for name, value in args.items()})

    def named(self, args: Mapping[str, str]) -> dict[str, str]:
        """What the address of its page asks, by the names of `Ask`."""
        names = {name: ask.value for ask, name in self.page_names.items()}
        return {names.get(name, name): value for name, value in args.items()}


def share_of(n: int, of: int) -> Decimal | None:
    """A share to a hundredth of a per cent, the same in every copy; None when there is nothing to share."""
    return (Decimal(n) / Decimal(of)).quantize(Decimal("0.0001")) if of else None


def ratio_of(share: Fraction | None) -> Decimal | None:
    """A fraction to four places, so that the same report always gives the same bytes."""
    return None if share is None else round(Decimal(share.numerator) / share.denominator, 4)


def plain(value: Cell) -> Any:
    """A cell as a JSON value: amounts as exact decimal text beside their currency, days and instants in ISO 8601."""
    if isinstance(value, Money):
        return {"amount": f"{value.amount:f}", "currency": value.currency}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int) else str(value)


def as_document(report: Report, counted: Counted, asked: Parameters) -> dict[str, Any]:
    """The report as a JSON object: figures by key, tables as rows of named cells."""
    return {
        "report": report.key,
        "about": counted.about,
        "parameters": dict(asked.args),
        "as_of": plain(counted.as_of),
        "figures": {one.key: plain(one.value) for one in counted.figures},
        "tables": {
            grid.key: [
                {column.key: plain(cell) for column, cell in zip(grid.columns, line.cells, strict=True)}
                for line in grid.lines
            ]
            for grid in counted.grids
        },
        "methodology": [{"title": note.title, "text": note.text} for note in counted.methodology],
        "ledger": {"checkpoint": counted.checkpoint.note},
    }
