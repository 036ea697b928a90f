"""Reports with all their rows on paper: a worker lays them out, because that takes longer than a page may."""

from collections.abc import Callable, Mapping
from datetime import datetime

from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.accounts.models import User
from app.core.pdf import MAX_TABLE_ROWS
from app.reports import exports_quarter
from app.reports.asking import require_asked
from app.reports.exports import MOST_PAPER_ROWS
from app.reports.gallery_own import QUARTER
from app.reports.policies import PaperRefused
from app.reports.queries_quarter import quarter_report

#: What an address asks for, by name.
Args = Mapping[str, str]
#: Called with every page that is laid out; what it raises ends the work.
Told = Callable[[int], None]

#: About so many rows of a table stand on a page: how long the paper will be is told before it is.
_ROWS_PER_PAGE = 30


class Paper(Struct, frozen=True):
    """What is laid out: how many rows its longest table has, its file name, what it is of, and how to make it."""

    n_rows: int
    file_name: str
    ref: str
    as_of: datetime | None
    #: What was asked, with days that do not move: the worker counts what was seen, however late it comes.
    args: Args
    lay_out: Callable[[Told], bytes]

    @property
    def n_pages(self) -> int:
        """About how many pages it will have."""
        return self.n_rows // _ROWS_PER_PAGE + 3


class PaperKind(Struct, frozen=True):
    """A report that can be put on paper whole: its name in the reader's language, where it is read, how it is counted."""

    title: Callable[[], str]
    endpoint: str
    count: Callable[[Args, User], Paper]


def is_long(n_rows: int) -> bool:
    """Whether a table is cut short on the paper that is made at once, and can still be laid out whole."""
    return MOST_PAPER_ROWS < n_rows <= MAX_TABLE_ROWS


#: What the quarter asks for, with one program named: its page takes the first where none is.
_QUARTER = replace(QUARTER, may_be_all=frozenset())


def _quarter(args: Args, by: User) -> Paper:
    if not args.get("days", "").strip():
        raise PaperRefused(_("Say of which days: open the report, then ask for its paper there."))
    asked = require_asked(_QUARTER, args, by)
    program, days = asked.program, asked.days
    assert program is not None  # noqa: S101 -- the report asks for it
    assert days is not None  # noqa: S101
    report = quarter_report(program, days, as_of=asked.as_of)
    return Paper(
        len(report.people), exports_quarter.file_name(report, "pdf"), f"{report.program_id} {days}", asked.as_of, asked.args,
        lambda told: exports_quarter.paper(report, n_most=MAX_TABLE_ROWS, told=told),
    )  # fmt: skip


KINDS: Mapping[str, PaperKind] = {
    "quarter": PaperKind(lambda: _("Quarter for review"), "reports.quarter", _quarter),
}
