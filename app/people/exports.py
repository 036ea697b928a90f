"""Lists of people as CSV and XLSX: the columns of the screen, the rows of its filter."""

from collections.abc import Sequence

from app.core import clock
from app.core.i18n import country_name
from app.core.sheets import Column, Sheet, SheetFormat, sheet_file
from app.people.policies import flags_of
from app.people.queries import PersonRow

_COLUMNS = (
    Column("id", "Number", "integer"),
    Column("name", "Name"),
    Column("kind", "Kind"),
    Column("country_code", "Country code"),
    Column("country", "Country"),
    Column("owner", "Owner"),
    Column("flags", "Flags"),
    Column("changed_at", "Last change", "instant"),
)


def people_file(rows: Sequence[PersonRow], format: SheetFormat) -> bytes:
    """The rows as a file; no column an assistant or an agency may not see on the screen (R3)."""
    today = clock.today()
    lines = [
        (
            row.id, row.name, row.person.kind.name if row.person.kind else "", row.person.home_country or "",
            country_name(row.person.home_country), row.owner.name if row.owner else "",
            ", ".join(flag.label for flag in flags_of(row.person, today)), row.person.changed_at,
        )
        for row in rows
    ]  # fmt: skip
    return sheet_file(Sheet("People", _COLUMNS, lines), format, created=clock.now())
