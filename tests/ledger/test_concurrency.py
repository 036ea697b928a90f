"""Several processes append to one book: no gap, no fork, no lost sum (L1)."""

import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.core.db import db
from app.ledger import queries
from app.ledger.models import Entry
from tests.factories import ledger, people, programs

N_PROCESSES, N_EACH = 8, 25

APPEND = """
import sys
import time
from datetime import date
from sqlalchemy.exc import OperationalError
from app import create_app
from app.core.db import transaction
from app.core.money import Money
from app.ledger import operations
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Form

number, n_each, person_id, program_id = map(int, sys.argv[1:])
app = create_app()
with app.app_context():
    for step in range(n_each):
        details = EntryDetails(
            person_id=person_id, program_id=program_id, category=Category.MEAL, form=Form.IN_KIND_VENDOR, basis=Basis.ACTUAL_COST,
            value_on=date(2026, 10, 14), money=Money(100, "GBP"), provider="Canteen", external_ref=f"{number}/{step}",
        )
        # On a busy machine a writer waits in vain for its turn; a client told so tries again.
        patience = time.monotonic() + 240
        while True:
            try:
                with transaction():
                    operations.post_entry(details, by=None)
                break
            except OperationalError:
                if time.monotonic() > patience:
                    raise
"""


def test_processes_append_without_gap_or_fork(app: Flask) -> None:
    person_id, program_id = people.person("Amal").id, programs.program().id
    db.session.remove()
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    environment = os.environ | {"DATABASE_URL": url, "RAPPORT_INSTANCE": str(app.config["INSTANCE"])}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", APPEND, str(number), str(N_EACH), str(person_id), str(program_id)],
            cwd=Path(__file__).parents[2], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(N_PROCESSES)
    ]  # fmt: skip
    ended = [(*process.communicate(timeout=300), process.returncode) for process in started]
    assert [(code, errors[-500:] if code else "") for _, errors, code in ended] == [(0, "")] * N_PROCESSES
    n = N_PROCESSES * N_EACH
    assert db.session.scalars(sa.select(Entry.seq).order_by(Entry.seq)).all() == list(range(1, n + 1))
    (total,) = queries.totals()
    assert (total.n, total.received) == (n, ledger.gbp("200"))
    assert queries.verify().is_ok
