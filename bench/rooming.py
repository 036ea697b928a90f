"""How long a rooming list of 500 guests takes as a PDF, against bare WeasyPrint laying out the same pages, in one run.

    .venv/bin/python bench/rooming.py [--guests 500] [--rounds 3]

Ours: the rows from the stays, the marks against the list that was sent before (a tenth amended, a tenth new, a tenth
cancelled), the page, and the PDF by the child process. The floor: a fresh Python that imports WeasyPrint and writes the PDF of
the same HTML with the same style sheets, and does nothing else. Budget: 1.3 times; exit status 1 above it.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["RAPPORT_INSTANCE"] = tempfile.mkdtemp(prefix="rapport-bench-")
os.environ["DATABASE_URL"] = f"sqlite:///{os.environ['RAPPORT_INSTANCE']}/rapport.db"
os.environ["RAPPORT_PDF"] = "on"

from app import create_app
from app.events.models import Event
from app.people.models import Person
from app.travel import exports_documents, manifests, policies_documents
from app.travel.models import CostStage, RoomType, Stay, Trip
from app.travel.policies_documents import Before
from app.travel.queries_documents import Standing

ROOT = Path(__file__).parents[1]
BUDGET = 1.3
BARE = """
import sys, weasyprint
html, target, *sheets = sys.argv[1:]
weasyprint.HTML(filename=html).write_pdf(target, stylesheets=sheets, pdf_variant="pdf/ua-1")
"""
HOTEL = "The Meridian Wharf"


def guests(n: int) -> tuple[Event, list[Trip]]:
    """An event and the trips of its guests, four nights each, as the database would give them."""
    event = Event(
        id=1, name="Connect London", place="ExCeL", city="London", country="GB", zone="Europe/London",
        starts_at=datetime(2026, 10, 13, 8, tzinfo=UTC), ends_at=datetime(2026, 10, 16, 17, tzinfo=UTC),
    )  # fmt: skip
    trips = []
    for number in range(1, n + 1):
        name = f"Guest Number {number:03} of the Long Name"
        person = Person(id=number, name=name, sort_key=name, zone="Europe/London")
        trip = Trip(id=number, event=event, person=person)
        first = date(2026, 10, 11 + number % 3)
        trip.stays = [
            Stay(
                id=number, trip_id=number, hotel=HOTEL, city="London", country="GB", room="", room_type=RoomType.DOUBLE,
                check_in_on=first, check_out_on=first + timedelta(days=4), cost_stage=CostStage.COMMITTED, is_cancelled=False,
                is_early_check_in=number % 7 == 0, is_late_check_out=False,
            )
        ]  # fmt: skip
        trips.append(trip)
    return event, trips


def sent_before(event: Event, trips: list[Trip]) -> list[Before]:
    """The list that was sent last: every tenth line said something else, every tenth was not there, as many are gone."""
    rows = manifests.rooms(event, trips, HOTEL).rows
    known = [row for row in rows if row.part_id % 10]
    lines = [
        Before(
            row.part_id, row.trip_id, "other" if row.part_id % 10 == 1 else row.fingerprint,
            dict(row.said) | ({"to": "2026-10-19"} if row.part_id % 10 == 1 else {}), row.cells["person"],
        )
        for row in known
    ]  # fmt: skip
    gone = [Before(10_000 + n, n, "gone", dict(rows[0].said), f"Gone {n}") for n in range(1, len(rows) // 10)]
    return lines + gone


def seconds(work: Callable[[], object], rounds: int) -> float:
    """The median of several rounds."""
    taken = []
    for _round in range(rounds):
        begins = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begins)
    return statistics.median(taken)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--guests", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    app = create_app()
    with app.app_context():
        event, trips = guests(asked.guests)
        before = sent_before(event, trips)

        def standing() -> Standing:
            return Standing(policies_documents.marked(manifests.rooms(event, trips, HOTEL), before), None)

        folder = Path(os.environ["RAPPORT_INSTANCE"])
        page = folder / "rooming.html"
        page.write_text(exports_documents.list_html(standing()))
        sheets = [
            str(ROOT / "static" / "print.css"),
            str(ROOT / "templates" / "travel" / "documents" / "travel.css"),
        ]
        bare = [sys.executable, "-c", BARE, str(page), str(folder / "bare.pdf"), *sheets]
        ours = seconds(lambda: exports_documents.list_file(standing(), "pdf"), asked.rounds)
        floor = seconds(lambda: subprocess.run(bare, check=True, capture_output=True), asked.rounds)
    ratio = ours / floor
    print(
        f"{platform.machine()}, Python {platform.python_version()}, {asked.guests} guests, {asked.rounds} rounds"
    )
    print(f"ours {ours:.2f} s, bare WeasyPrint {floor:.2f} s: {ratio:.2f} times (budget {BUDGET})")
    return 0 if ratio <= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
