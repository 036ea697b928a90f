"""Some days of a program's people, as known at an instant: what figures of several rooms and their rows are narrowed to (O6)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from app.core import clock
from app.people.models import Person
from app.programs.models import Enrolment

_YEARS = range(1990, 2101)


class Span(Struct, frozen=True):
    """Parts that are None narrow nothing; days are whole and inclusive, in UTC."""

    program_id: int | None = None
    from_on: date | None = None
    to_on: date | None = None
    #: What was written down later is not in it (L14).
    as_of: datetime | None = None

    @property
    def is_all(self) -> bool:
        return self == EVERYTHING

    def days(self, column: Any) -> list[sa.ColumnElement[bool]]:
        """That a date lies in these days."""
        found = [column >= self.from_on] if self.from_on else []
        return [*found, column <= self.to_on] if self.to_on else found

    def instants(self, column: Any) -> list[sa.ColumnElement[bool]]:
        """That an instant lies in these days."""
        found = [column >= clock.start_of(self.from_on, "UTC")] if self.from_on else []
        return [*found, column < clock.end_of(self.to_on, "UTC")] if self.to_on else found

    def known(self, column: Any) -> list[sa.ColumnElement[bool]]:
        """That something had been written down by then."""
        return [column <= self.as_of] if self.as_of else []

    def people(self, column: Any) -> list[sa.ColumnElement[bool]]:
        """That a person is in the program, under whichever of their merged records."""
        return [] if self.program_id is None else [column.in_(people_of(self.program_id))]

    def address(self) -> dict[str, Any]:
        """The parts of an address that lead to the same span."""
        given = {"program_id": self.program_id, "from_on": self.from_on, "to_on": self.to_on}
        said = {name: str(value) for name, value in given.items() if value is not None}
        return said | ({"as_of": self.as_of.isoformat()} if self.as_of else {})


#: Narrows nothing.
EVERYTHING = Span()


def people_of(program_id: int) -> sa.Select[int]:
    """Everybody in a program, at whatever stage, with the records merged into them or into which they were merged."""
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    enrolled = (
        sa.select(survivor)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.program_id == program_id)
    )
    return sa.select(Person.id).where(survivor.in_(enrolled))


def span_asked(args: Mapping[str, str]) -> Span:
    """The span in an address; what cannot be read narrows nothing."""
    number = args.get("program_id", "")
    program_id = int(number) if number.isdecimal() and len(number) <= 9 else None
    return Span(
        program_id,
        _day(args.get("from_on", "")),
        _day(args.get("to_on", "")),
        _instant(args.get("as_of", "")),
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def _instant(text: str) -> datetime | None:
    """An ISO instant; a plus sign in an address may have become a blank."""
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
