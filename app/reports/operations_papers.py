"""Whole reports on paper: asked for, laid out by a worker page by page, kept for some days."""

from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from app.accounts import audit, permissions
from app.accounts.models import User
from app.core import files, jobs
from app.core.db import db
from app.core.errors import NotAllowed, NotFound
from app.core.i18n import number
from app.core.models import Job
from app.core.paper import require_paper
from app.core.pdf import MAX_TABLE_ROWS
from app.reports import operations, papers
from app.reports.policies import PaperRefused

JOB = "reports.paper"


def ask_paper(key: str, args: Mapping[str, str], *, by: User) -> Job:
    """Have a worker lay a report out with all its rows; PaperRefused where a file with data serves better."""
    require_paper(_("Use the page and the spreadsheet instead."))
    paper = _kind(key).count(args, by)
    n_rows = paper.n_rows
    if n_rows > MAX_TABLE_ROWS:
        raise PaperRefused(
            _(
                "%(n_rows)s rows are more than paper is made of (%(max_table_rows)s). Take the "
                "spreadsheet, or the short PDF, which carries all rows as a file.",
                n_rows=number(n_rows),
                max_table_rows=number(MAX_TABLE_ROWS),
            )
        )
    arguments = {"report": key, "args": dict(paper.args), "language": str(get_locale())}
    audit.record_event("reports.paper_asked", kind=f"report_{key}", ref=paper.ref, by=by)
    return jobs.enqueue(JOB, arguments, by.id)


@jobs.job(JOB, in_chunks=True)
def _lay_out(run: jobs.JobRun, report: str, args: dict[str, str], language: str) -> dict[str, Any]:
    """Count as the one who asked may read now, lay out outside any transaction, keep the file."""
    with force_locale(language):
        by = db.session.get_one(User, run.by_id)
        if not permissions.may(by, "reports:export"):
            raise NotAllowed(_("Your role does not allow this any more."))
        paper = _kind(report).count(args, by)
        n_seen = 0

        def told(page: int) -> None:
            nonlocal n_seen
            n_seen = max(n_seen, page)
            run.progress(n_seen, max(paper.n_pages, n_seen + 1))

        content = paper.lay_out(told)
    with run.chunk():
        run.give_file(files.store(content, paper.file_name, run.by_id))
        operations.record_export(report, ref=paper.ref, format="pdf, all rows", as_of=paper.as_of, by=by)
        return {"rows": paper.n_rows, "pages": n_seen}


def _kind(key: str) -> papers.PaperKind:
    found = papers.KINDS.get(key)
    if found is None:
        raise NotFound(_("There is no such report."))
    return found
