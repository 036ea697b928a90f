"""Lists of people as CSV and XLSX: the columns of the screen, the rows of its filter."""

import io
from collections.abc import Sequence
from typing import Literal

from app.core import clock
from app.core.i18n import country_name
from app.core.sheets import Column, Sheet, write_csv, write_xlsx
from app.people.policies import flags_of
from app.people.queries import PersonRow

Format = Literal["csv", "xlsx"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

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


def people_file(rows: Sequence[PersonRow], format: Format) -> bytes:
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
    sheet = Sheet("People", _COLUMNS, lines)
    if format == "csv":
        return b"".join(write_csv(sheet))
    target = io.BytesIO()
    write_xlsx(target, [sheet], created=clock.now())
    return target.getvalue()
