"""How long the value report over the 126,084 genuine records takes, against the bare SQL of the same figures, in one run.

    .venv/bin/python bench/value_report.py [FILE.csv.gz] [--rounds 7]

Ours: the whole report as the page, the PDF and the files get it (per person, line, leg and unit, categories, years, native
forms and natures, the methodology note, the checkpoint). The floor: sqlite3 alone, the same groupings straight over the
entries, their rows fetched and nothing done with them. Said as of an instant, the report reads the entries too, and the floor
with it. Budget: 1.5 times; exit status 1 above it.
"""

import argparse
import atexit
import os
import platform
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["RAPPORT_INSTANCE"] = tempfile.mkdtemp(prefix="rapport-bench-")
os.environ["DATABASE_URL"] = f"sqlite:///{os.environ['RAPPORT_INSTANCE']}/rapport.db"

from app import create_app, migrate
from app.core import clock
from app.core.db import db, transaction
from app.imports.operations import import_value
from app.programs.models import Program
from app.reports.queries_value import value_report

FILE = Path(__file__).parents[2] / "shared" / "data" / "open_payments_general_iowa_2013_2015.csv.gz"
BUDGET = 1.5
#: The groupings the report shows; the names of the people come by a join, as they do in ours.
SUMS = "count(*), sum(quantity), sum(reporting_minor), sum(declined_minor), sum(is_declined)"
FROM = "FROM ledger_entry e WHERE program_id = ? AND kind IN ('value', 'reversal')"
BARE = (
    f"SELECT p.id, p.name, p.home_country, e.line, e.leg, e.unit, {SUMS} FROM ledger_entry e "
    "JOIN ledger_subject s ON s.id = e.subject_id JOIN person p ON p.id = s.person_id "
    "WHERE e.program_id = ? AND e.kind IN ('value', 'reversal') GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY p.sort_key",
    f"SELECT category, leg, {SUMS} {FROM} GROUP BY 1, 2",
    f"SELECT strftime('%Y', value_on), leg, {SUMS} {FROM} GROUP BY 1, 2",
    f"SELECT native_form, {SUMS} {FROM} GROUP BY 1",
    f"SELECT native_nature, {SUMS} {FROM} GROUP BY 1",
    f"SELECT basis, {SUMS} {FROM} GROUP BY 1",
)


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """The median of several rounds."""
    taken = []
    for _round in range(rounds):
        begins = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begins) * 1000)
    return statistics.median(taken)


def main() -> int:
    """Measure and say; 1 when a ratio is above the budget."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    atexit.register(shutil.rmtree, os.environ["RAPPORT_INSTANCE"])
    app = create_app(LOG_LEVEL="WARNING")
    migrate(app)
    with app.app_context():
        with transaction(), asked.file.open("rb") as stream:
            n = import_value(
                stream, asked.file.name, "open-payments", "Bench", is_dry=False, by=None
            ).n_created
        program_id = db.session.scalars(sa.select(Program.id).where(Program.name == "Bench")).one()
        bare = sqlite3.connect(Path(os.environ["RAPPORT_INSTANCE"]) / "rapport.db")

        def floor() -> list[list[object]]:
            return [bare.execute(text, (program_id,)).fetchall() for text in BARE]

        def ours(is_past: bool) -> object:
            db.session.remove()
            as_of = clock.now() if is_past else None
            return value_report(db.session.get_one(Program, program_id), as_of=as_of)

        report = value_report(db.session.get_one(Program, program_id))
        total = sum(row[4] for row in floor()[1])
        if (report.n, report.non_cash.minor + report.cash.minor) != (n, total):
            raise SystemExit("the bare SQL does not give the figures of the report")
        alone = milliseconds(floor, asked.rounds)
        now, past = (milliseconds(lambda past=past: ours(past), asked.rounds) for past in (False, True))
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"SQLite {sqlite3.sqlite_version}, load {os.getloadavg()[0]:.1f}; medians of {asked.rounds} rounds")  # fmt: skip
    print(f"bare SQL over {n:,} entries      {alone:8.1f} ms")
    print(f"value report, as it stands      {now:8.1f} ms   ratio {now / alone:.2f} (budget {BUDGET})")
    print(f"value report, as of an instant  {past:8.1f} ms   ratio {past / alone:.2f} (budget {BUDGET})")
    return 0 if max(now, past) / alone <= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
