"""What files cost: a statement of 1,000 lines on paper against WeasyPrint alone, and a workbook of 100,000 rows in memory.

    .venv/bin/python bench/files.py [--lines 1000] [--rows 100000] [--rounds 3]

Paper: from the database to the bytes, as a person's page makes it (lines read, words opened, laid out in a child process,
tagged for PDF/UA), against WeasyPrint in a process of its own over the same HTML and style. By the clock, because the child
works while the parent waits. Workbook: the most memory a process holds that writes 100,000 rows of eight columns into a file,
against one that writes a tenth of them. Exit status 1 above a budget.
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
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
FOLDER = Path(tempfile.mkdtemp(prefix="rapport-bench-"))
atexit.register(shutil.rmtree, FOLDER)
os.environ |= {"RAPPORT_INSTANCE": str(FOLDER), "DATABASE_URL": f"sqlite:///{FOLDER / 'rapport.db'}"}

#: Paper of what WeasyPrint takes alone; memory of a workbook of what a tenth of its rows takes.
PAPER, MEMORY = 1.3, 1.1
ALONE = """
import sys
import weasyprint
html, css, target = sys.argv[1:]
weasyprint.HTML(html, base_url="http://app.invalid/").write_pdf(
    target, stylesheets=[weasyprint.CSS(css)], pdf_variant="pdf/ua-1")
"""


def paper(n_lines: int, rounds: int) -> tuple[float, float]:
    """Seconds of WeasyPrint alone and of ours."""
    from app import create_app, migrate
    from app.core import paper as papers
    from app.core.db import db, transaction
    from app.core.money import Money
    from app.ledger.operations import post_entry
    from app.people.models import Person
    from app.periods import exports, statements
    from tests.factories import ledger, people, programs

    app = create_app(LOG_LEVEL="WARNING")
    migrate(app)
    with app.app_context(), app.test_request_context("/"):
        person, program = people.person("Amal"), programs.program()
        with transaction():
            for number in range(n_lines):
                day = date(2026, 1, 1) + timedelta(days=number % 365)
                given = ledger.stay(
                    person,
                    program,
                    money=Money(10_000 + number, "GBP"),
                    value_on=day,
                    external_ref=str(number),
                )
                post_entry(given, by=None)
        person_id, seen = person.id, list[str]()
        on_paper = papers.on_paper

        def note(html: str, *words: object, **more: object) -> bytes:
            seen.append(html)
            return on_paper(html, *words, **more)  # type: ignore[arg-type] -- handed through

        exports.on_paper = note  # type: ignore[assignment]

        def ours() -> None:
            db.session.remove()
            found = db.session.get_one(Person, person_id)
            statement = statements.statement_of(found, date(2026, 1, 1), date(2026, 12, 31))
            assert len(statement.lines) == n_lines
            exports.statement_pdf(statement, "Statement")

        taken_by_us = taken(ours, rounds)
        html = FOLDER / "statement.html"
        html.write_text(seen[0])
        alone = [
            sys.executable,
            "-P",
            "-c",
            ALONE,
            str(html),
            str(ROOT / "static" / "print.css"),
            str(FOLDER / "alone.pdf"),
        ]
        return taken(
            lambda: subprocess.run(alone, check=True, stderr=subprocess.DEVNULL), rounds
        ), taken_by_us


def taken(work: Callable[[], object], rounds: int) -> float:
    """The median of several rounds, in seconds by the clock."""
    spent = []
    for _round in range(rounds):
        begins = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begins)
    return statistics.median(spent)


def write_workbook(n_rows: int) -> None:
    """In a process of its own: write, and say how much memory it took at most, in MB."""
    from app.core.money import Money
    from app.core.sheets import Cell, Column, Sheet, write_xlsx

    columns = (
        Column("seq", "Entry", "integer"), Column("on", "Given on", "date"), Column("at", "Entered", "instant"),
        Column("name", "Name"), Column("what", "What"), Column("amount", "Amount", "money", "GBP"),
        Column("place", "Place"), Column("context", "Context"),
    )  # fmt: skip
    now = datetime(2026, 11, 29, tzinfo=UTC)

    def rows() -> Iterator[tuple[Cell, ...]]:
        for number in range(n_rows):
            yield (
                number, date(2026, 1, 1), now, f"Person {number}", "Lodging", Money(number, "GBP"), "London", f"Night {number}",
            )  # fmt: skip

    with (FOLDER / "book.xlsx").open("wb") as target:
        write_xlsx(target, [Sheet("Entries", columns, rows())], created=now)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def memory(n_rows: int) -> int:
    """The most memory a process holds that writes so many rows, in MB."""
    words = [sys.executable, __file__, "--write", str(n_rows)]
    return int(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main() -> int:
    """Measure and say; 1 when a ratio is above its budget."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.write:
        write_workbook(asked.write)
        return 0
    found = (
        (f"paper of {asked.lines:,} lines, s", *paper(asked.lines, asked.rounds), PAPER),
        (f"workbook of {asked.rows:,} rows, MB", memory(asked.rows // 10), memory(asked.rows), MEMORY),
    )
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    for what, floor, ours, budget in found:
        print(f"{what:<36} {floor:8.2f} {ours:8.2f}   ratio {ours / floor:5.2f} (budget {budget})")
    return 0 if all(ours / floor <= budget for _, floor, ours, budget in found) else 1


if __name__ == "__main__":
    sys.exit(main())
