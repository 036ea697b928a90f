"""The whole quarter of 1,000 people on paper, as a worker makes it, against WeasyPrint alone over the same HTML and style.

    .venv/bin/python bench/papers.py [--people 1000] [--rounds 3]

Ours is the job: counted, laid out in a child process page by page with its progress noted, tagged for PDF/UA, with every figure
and person as attached files, kept in the store of files. By the clock, because the child works while the parent waits. Memory
is the most that any process held. Exit status 1 above a budget.
"""

import argparse
import atexit
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["RAPPORT_INSTANCE"] = tempfile.mkdtemp(prefix="rapport-bench-")
os.environ["DATABASE_URL"] = f"sqlite:///{os.environ['RAPPORT_INSTANCE']}/rapport.db"

import sqlalchemy as sa

from app import create_app, migrate
from app.accounts.models import Role, User
from app.core import jobs
from app.core.db import db, transaction
from app.core.models import Job
from app.core.paper import REPORT_STYLES
from app.ledger.details import BookRow
from app.ledger.models import Category, Form
from app.ledger.operations_books import post_many
from app.programs.models import Program
from app.reports import exports_quarter, operations_papers
from app.reports.policies import parse_days
from app.reports.queries_quarter import quarter_report
from tests.factories import accounts, people, programs

ROOT, FOLDER = Path(__file__).parents[1], Path(os.environ["RAPPORT_INSTANCE"])
#: Of what WeasyPrint takes alone; megabytes that no process may pass.
TIME, MEMORY = 1.3, 400
DAYS = "2026-07-01..2026-09-30"
ALONE = """
import sys
import weasyprint
html, target, *sheets = sys.argv[1:]
weasyprint.HTML(html, base_url="http://app.invalid/").write_pdf(
    target, stylesheets=[weasyprint.CSS(one) for one in sheets], pdf_variant="pdf/ua-1")
"""


def fill(n_people: int) -> Program:
    """A program in whose third quarter so many people received something."""
    program = programs.program("Global", is_books_only=True)
    ids = people.in_one_go(f"Guest {number:04}" for number in range(n_people))
    with transaction():
        given = (
            BookRow(id, Category.MEAL, Form.IN_KIND_VENDOR, date(2026, 8, 3), 100_000 - n, "GBP", f"R{n}")
            for n, id in enumerate(ids)
        )
        post_many(db.session.merge(program), given, by=None)
    return program


def taken(work: Callable[[], object], rounds: int) -> float:
    """The median of several rounds, in seconds by the clock."""
    spent = []
    for _round in range(rounds):
        begins = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begins)
    return statistics.median(spent)


def make(program_id: int, by_id: int) -> None:
    """Ask for it, and do what a worker does."""
    with transaction():
        by = db.session.get_one(User, by_id)
        operations_papers.ask_paper("quarter", {"program": str(program_id), "days": DAYS}, by=by)
    jobs.run_due()
    db.session.remove()


def most_megabytes() -> int:
    """What this process or a child of it held at most."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(one).ru_maxrss for one in whose) // 1024


def main() -> int:
    """Measure and say; 1 above a budget."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    atexit.register(shutil.rmtree, FOLDER)
    app = create_app(LOG_LEVEL="WARNING", SERVER_NAME="localhost")
    migrate(app)
    with app.app_context():
        program_id, by_id = fill(asked.people).id, accounts.user(role=Role.COMPLIANCE, name="Helga").id
        db.session.remove()
        ours = taken(lambda: make(program_id, by_id), asked.rounds)
        held = most_megabytes()
        pages = [job.receipt["pages"] for job in db.session.scalars(sa.select(Job))]
        report = quarter_report(db.session.get_one(Program, program_id), parse_days(DAYS))
        html = FOLDER / "quarter.html"
        html.write_text(exports_quarter.paper_html(report, asked.people))
    sheets = [str(ROOT / "static" / "print.css"), *map(str, REPORT_STYLES.values())]
    alone = [sys.executable, "-P", "-c", ALONE, str(html), str(FOLDER / "alone.pdf"), *sheets]
    bare = taken(lambda: subprocess.run(alone, check=True, stderr=subprocess.DEVNULL), asked.rounds)
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"load {os.getloadavg()[0]:.1f}; {asked.people:,} people, {pages[0]} pages")  # fmt: skip
    print(f"WeasyPrint alone {bare:.2f} s, the job {ours:.2f} s   ratio {ours / bare:.2f} (budget {TIME})")
    print(f"most memory of a process {held} MB (budget {MEMORY})")
    return 0 if ours / bare <= TIME and held < MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
