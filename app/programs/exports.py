"""Who is in a cohort as CSV and XLSX: the rows of the page, each with why (P5)."""

from collections.abc import Sequence

from app.core import clock
from app.core.i18n import country_name
from app.core.sheets import Column, Sheet, SheetFormat, sheet_file
from app.programs.queries_cohorts import MemberRow
from app.programs.words_rules import Names

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


def cohort_file(rows: Sequence[MemberRow], names: Names, format: SheetFormat) -> bytes:
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
    return sheet_file(Sheet("Cohort", _COLUMNS, lines), format, created=clock.now())
