"""The lines of a period's report and how they differ from the report before: pure, no session (L12, c41)."""

import enum
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from app.core.money import Money
from app.ledger.models import Basis, Category, EntryKind, Form, Leg, Unit

#: States of a dispute that nobody has decided.
UNDECIDED = ("open", "unresolved_at_close")


class Mark(enum.StrEnum):
    """Against the report before; in a first report every line is new."""

    NEW = "new"
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REMOVED = "removed"


class Line(Struct, frozen=True):
    """One line of the book as the report needs it, whatever became of it later."""

    seq: int
    hash: str
    kind: EntryKind
    subject_id: int
    value_on: date
    category: Category
    form: Form
    leg: Leg
    basis: Basis
    unit: Unit
    quantity: int
    minor: int
    currency: str
    reporting_minor: int
    reporting_currency: str
    declined_minor: int
    is_declined: bool
    reverses: int | None
    #: The record it comes from, if any: two lines of one record are one thing, corrected.
    source: tuple[Any, ...] | None
    #: When it was entered, as a day.
    entered_on: date | None = None


class Row(Struct, frozen=True):
    """One line of a report. `key` stays the same through corrections; `was` is the line in the report before."""

    key: int
    line: Line
    dispute: str = ""
    mark: Mark = Mark.NEW
    was: Line | None = None
    was_disputed: str = ""

    @property
    def seq(self) -> int:
        return self.line.seq

    @property
    def received(self) -> Money:
        return Money(self.line.reporting_minor, self.line.reporting_currency)

    @property
    def declined(self) -> Money:
        return Money(self.line.declined_minor, self.line.reporting_currency)

    @property
    def original(self) -> Money:
        return Money(self.line.minor, self.line.currency)

    @property
    def before(self) -> Money | None:
        """What the report before said, where it said something else."""
        if self.was is None or self.was.reporting_minor == self.line.reporting_minor:
            return None
        return Money(self.was.reporting_minor, self.was.reporting_currency)


def standing(
    lines: Iterable[Line], last_seq: int, disputes: Mapping[int, str], roots: Mapping[int, int]
) -> dict[int, Row]:
    """The lines that stood when the book ended at `last_seq`, by key; `roots` leads corrected lines to their first."""
    known = [line for line in lines if line.seq <= last_seq]
    gone = {line.reverses for line in known if line.kind is EntryKind.REVERSAL}
    first: dict[tuple[Any, ...], int] = {}
    rows: dict[int, Row] = {}
    for line in sorted(known, key=lambda one: one.seq):
        if line.kind is EntryKind.REVERSAL:
            continue
        key = roots.get(line.seq, line.seq)
        if line.source is not None:
            key = first.setdefault(line.source, key)
        if line.seq in gone:
            continue
        # Two lines of one record that stand beside each other are two things after all.
        key = line.seq if key in rows else key
        rows[key] = Row(key, line, disputes.get(line.seq, ""))
    return rows


def content_hash(name: str, rows: Iterable[Row]) -> str:
    """SHA-256 over the number, the chained hash and the dispute of every line, in their order (c40)."""
    digest = hashlib.sha256(f"{name}\n".encode())
    for row in sorted(rows, key=lambda one: one.seq):
        # Whether it is undecided before or after the close: the reader is told the same, that it is disputed.
        said = _told(row.dispute)
        digest.update(f"{row.seq} {row.line.hash} {said}\n".encode())
    return digest.hexdigest()


def _told(dispute: str) -> str:
    """What the reader of a report is told of a dispute."""
    return "disputed" if dispute in UNDECIDED else dispute or "-"


def compare(now: Mapping[int, Row], before: Mapping[int, Row] | None) -> list[Row]:
    """The lines with their marks, removed ones last; a change of the dispute alone is a change (c41)."""
    if before is None:
        return [replace(row, mark=Mark.NEW) for _, row in sorted(now.items())]
    rows = []
    for key, row in sorted(now.items()):
        was = before.get(key)
        if was is None:
            rows.append(replace(row, mark=Mark.ADDED))
            continue
        same = was.seq == row.seq and _told(was.dispute) == _told(row.dispute)
        mark = Mark.UNCHANGED if same else Mark.CHANGED
        rows.append(replace(row, mark=mark, was=was.line, was_disputed=was.dispute))
    gone = [replace(row, mark=Mark.REMOVED) for key, row in sorted(before.items()) if key not in now]
    return rows + gone


class Sums(Struct, frozen=True):
    """What the lines add up to: legs, currencies and units never added together."""

    n_people: int
    n: int
    non_cash: Sequence[Money]
    cash: Sequence[Money]
    declined: Sequence[Money]
    n_declined: int
    n_disputed: int
    marks: Mapping[Mark, int] = field(default_factory=dict)


def sums_of(rows: Iterable[Row], people_behind: Mapping[int, int]) -> Sums:
    """THE sums of a report; removed lines are counted as such and add nothing.

    `people_behind`: the person behind each subject. One whose records were merged has several subjects and is one person;
    a subject that is not in it is somebody of their own.
    """
    amounts: dict[tuple[str, str], int] = {}
    marks = dict.fromkeys(Mark, 0)
    people, n, n_declined, n_disputed = set[int](), 0, 0, 0
    for row in rows:
        marks[row.mark] += 1
        if row.mark is Mark.REMOVED:
            continue
        line = row.line
        n_disputed += row.dispute in UNDECIDED
        if line.is_declined:
            n_declined += 1
            place = ("declined", line.reporting_currency)
            amounts[place] = amounts.get(place, 0) + line.declined_minor
            continue
        n += 1
        people.add(people_behind.get(line.subject_id, -line.subject_id))
        place = (line.leg.value, line.reporting_currency)
        amounts[place] = amounts.get(place, 0) + line.reporting_minor

    def of(name: str) -> list[Money]:
        return [
            Money(minor, code) for (which, code), minor in sorted(amounts.items()) if which == name and minor
        ]

    return Sums(len(people), n, of("non_cash"), of("cash"), of("declined"), n_declined, n_disputed, marks)
