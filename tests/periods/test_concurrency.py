"""Several processes at once: one attestation per role, and no line between the report and the adjustments (L12, c41)."""

import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.accounts.models import Role
from app.core.db import db
from app.ledger import queries as ledger_reads
from app.ledger.models import Entry, EntryKind
from app.periods import queries
from tests.factories import accounts, ledger, people, periods, programs

BEGIN = """
import sys
import time
from datetime import UTC, date, datetime
from sqlalchemy.exc import OperationalError
from app import create_app
from app.accounts.models import User
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.core.money import Money
from app.ledger import operations as ledger
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Form
from app.periods import operations, queries

def patiently(act):
    # On a busy machine a writer waits in vain for its turn; a client told so tries again.
    patience = time.monotonic() + 240
    while True:
        try:
            with transaction():
                return act()
        except OperationalError:
            if time.monotonic() > patience:
                raise

app = create_app()
with app.app_context(), app.test_request_context(), clock.fixed_at(datetime(2027, 2, 14, 9, tzinfo=UTC)):
"""

ATTEST = """
    period_id, user_id = map(int, sys.argv[1:])
    try:
        patiently(lambda: operations.attest(queries.get_period(period_id), by=db.session.get_one(User, user_id)))
        print("attested")
    except DomainError as refusal:
        print(type(refusal).__name__)
"""

POST = """
    number, n_each, person_id, program_id = map(int, sys.argv[1:])
    for step in range(n_each):
        details = EntryDetails(
            person_id=person_id, program_id=program_id, category=Category.MEAL, form=Form.IN_KIND_VENDOR,
            basis=Basis.ACTUAL_COST, value_on=date(2026, 10, 14), money=Money(100, "GBP"), provider="Canteen",
            source_kind="travel", source_part=f"p{number}", source_id=step,
        )
        patiently(lambda: ledger.post_entry(details, by=None))
    print("posted")
"""

LOCK = """
    period_id, *user_ids = map(int, sys.argv[1:])
    def close():
        # In one transaction: whoever posts in between would make other lines of them.
        for user_id in user_ids:
            operations.attest(queries.get_period(period_id), by=db.session.get_one(User, user_id))
        return operations.lock_period(queries.get_period(period_id), by=db.session.get_one(User, user_ids[0]))
    patiently(close)
    print("locked")
"""


def run(app: Flask, *jobs: tuple[str, tuple[int, ...]]) -> list[str]:
    """What each process said at its end."""
    environment = os.environ | {
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"], "RAPPORT_INSTANCE": str(app.config["INSTANCE"])
    }  # fmt: skip
    started = [
        subprocess.Popen(
            [sys.executable, "-c", BEGIN + body, *map(str, arguments)],
            cwd=Path(__file__).parents[2], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for body, arguments in jobs
    ]  # fmt: skip
    ended = [(*process.communicate(timeout=400), process.returncode) for process in started]
    assert [(code, errors[-800:] if code else "") for _, errors, code in ended] == [(0, "")] * len(jobs)
    return [said.strip().splitlines()[-1] for said, _, _ in ended]


def test_of_two_people_of_one_role_one_attests(app: Flask) -> None:
    """L12: whoever is first; the other is told, and nothing of theirs is kept."""
    period = periods.review()
    users = [accounts.user(role=Role.COMPLIANCE, name=name).id for name in ("Helga", "Sam", "Ugo", "Vera")]
    period_id = period.id
    db.session.remove()
    said = run(app, *[(ATTEST, (period_id, user_id)) for user_id in users])
    assert sorted(said) == ["AttestationRefused"] * 3 + ["attested"]
    assert len(queries.attestations(queries.get_period(period_id))) == 1


def test_whoever_posts_during_the_lock_is_in_the_report_or_an_adjustment(app: Flask) -> None:
    """c41: every line of the days stands in the report, or is late; the chain has neither gap nor fork."""
    period_id = periods.review().id
    users = (periods.relations().id, ledger.compliance().id)
    person_id, program_id = people.person("Amal").id, programs.program().id
    db.session.remove()
    n_writers, n_each = 3, 15
    said = run(
        app,
        *[(POST, (number, n_each, person_id, program_id)) for number in range(n_writers)],
        (LOCK, (period_id, *users)),
    )
    assert sorted(said) == ["locked"] + ["posted"] * n_writers
    (issue,) = queries.list_issues(queries.get_period(period_id))
    wanted = sa.select(Entry.seq, Entry.kind).where(Entry.value_on.is_not(None)).order_by(Entry.seq)
    lines = db.session.execute(wanted).all()
    assert len(lines) == n_writers * n_each
    assert [kind for seq, kind in lines if seq <= issue.last_seq] == [EntryKind.VALUE] * issue.n_lines
    assert {kind for seq, kind in lines if seq > issue.last_seq} <= {EntryKind.LATE}
    report = queries.report_of(queries.get_period(period_id), issue)
    assert ([row.seq for row in report.rows], report.is_true) == (
        [seq for seq, _ in lines if seq <= issue.last_seq], True,
    )  # fmt: skip
    assert ledger_reads.verify().is_ok
