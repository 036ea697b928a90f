"""Who is in a cohort as CSV and XLSX: the rows of the page, each with why (P5)."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.core import clock
from app.core.i18n import country_name, marked
from app.core.sheets import Column, Sheet, SheetFormat, sheet_file
from app.programs.queries_cohorts import MemberRow
from app.programs.words_rules import Names

_COLUMNS = (
    Column("id", marked("Number"), "integer"),
    Column("name", marked("Name")),
    Column("country_code", marked("Country code")),
    Column("country", marked("Country")),
    Column("goal", marked("For the goal")),
    Column("exception", marked("Reason for the exception")),
    Column("rule", marked("What the rule says today")),
    Column("state", marked("State")),
    Column("added_at", marked("In since"), "instant"),
)


def cohort_file(rows: Sequence[MemberRow], names: Names, format: SheetFormat) -> bytes:
    """The members as a file; nothing declared is in it, nor can be (P7)."""
    lines = [
        (
            row.member.person_id, row.name, row.member.person.home_country or "",
            country_name(row.member.person.home_country), row.member.goal.statement if row.member.goal else "",
            row.member.override_reason, row.why(names), _("admitted") if row.is_enrolled else _("shortlisted"),
            row.member.added_at,
        )
        for row in rows
    ]  # fmt: skip
    return sheet_file(Sheet(_("Cohort"), _COLUMNS, lines), format, created=clock.now())
