"""Who is in a cohort as CSV and XLSX: the rows of the page, each with why (P5)."""

import io
from collections.abc import Sequence
from typing import Literal

from app.core import clock
from app.core.i18n import country_name
from app.core.sheets import Column, Sheet, write_csv, write_xlsx
from app.programs.queries_cohorts import MemberRow
from app.programs.words_rules import Names

Format = Literal["csv", "xlsx"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_COLUMNS = (
    Column("id", "Number", "integer"),
    Column("name", "Name"),
    Column("country_code", "Country code"),
    Column("country", "Country"),
    Column("goal", "For the goal"),
    Column("exception", "Reason for the exception"),
    Column("rule", "What the rule says today"),
    Column("state", "State"),
    Column("added_at", "In since", "instant"),
)


def cohort_file(rows: Sequence[MemberRow], names: Names, format: Format) -> bytes:
    """The members as a file; nothing declared is in it, nor can be (P7)."""
    lines = [
        (
            row.member.person_id, row.name, row.member.person.home_country or "",
            country_name(row.member.person.home_country), row.member.goal.statement if row.member.goal else "",
            row.member.override_reason, row.why(names), "admitted" if row.is_enrolled else "shortlisted",
            row.member.added_at,
        )
        for row in rows
    ]  # fmt: skip
    sheet = Sheet("Cohort", _COLUMNS, lines)
    if format == "csv":
        return b"".join(write_csv(sheet))
    target = io.BytesIO()
    write_xlsx(target, [sheet], created=clock.now())
    return target.getvalue()
