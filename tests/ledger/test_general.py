"""What is open to everybody at a large event: kept once, in the chain, in nobody's total (c8)."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.ledger import bundle as bundles
from app.ledger import keys, operations, queries, queries_general
from app.ledger.details import GeneralDetails
from app.ledger.models import Category, Entry, EntryKind, GeneralItem, Rollup
from app.ledger.policies import AlreadyReversed, ReversalStands
from app.ledger.policies_general import NotGeneral
from app.ledger.policies_locks import DaysAreLocked
from tests.factories import events, ledger, people

SignIn = Callable[..., FlaskClient]


def coffee(**changes: Any) -> GeneralDetails:
    """Coffee for 400 at a conference."""
    event = events.event()
    values: dict[str, Any] = {
        "program_id": event.program_id, "event_id": event.id, "title": "Coffee in the foyer", "category": Category.MEAL,
        "value_on": date(2026, 10, 14), "money": ledger.gbp("1800"), "n_attendees": 400, "external_ref": "C-1",
    }  # fmt: skip
    return GeneralDetails(**(values | changes))


def record(details: GeneralDetails) -> GeneralItem:
    with transaction():
        return operations.record_general(details, by=db.session.merge(ledger.coordinator()))[0]


def test_it_is_in_the_chain_and_in_nobodys_total(app: Flask, tmp_path: Path) -> None:
    """c8: event, cost and attendees; no person, no sum, no cap; the book verifies, for the stranger too."""
    ledger.cap(soft="1", hard="2")
    person = people.person("Amal")
    entry = record(coffee()).entry
    body = json.loads(entry.body)
    assert "subject" not in body
    assert (body["kind"], body["quantity"], body["reporting_minor"], body["event"]) == (
        "general_availability", 400, 180000, entry.event_id,
    )  # fmt: skip
    assert entry.rule == "Open to all attendees of an event of more than 100 (c8)"
    assert queries.totals([queries.By.PERSON]) == []
    assert queries.list_entries(queries.Scope()).rows == []
    assert queries.list_breaches(person_id=person.id) == []
    assert db.session.scalars(sa.select(Rollup)).all() == []
    assert queries.verify().is_ok
    bundle = tmp_path / "bundle.zip"
    _export(bundle)
    with zipfile.ZipFile(bundle) as opened:
        opened.extract("verify_ledger.py", tmp_path)
    done = subprocess.run(
        [sys.executable, tmp_path / "verify_ledger.py", bundle], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "general_availability 1" in done.stdout


def _export(target: Path) -> None:
    head = queries.current_checkpoint()
    bundles.write_bundle(target, queries.bodies(head.size), head.note, keys.signing_key().public_key())


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"n_attendees": 100}, "n_attendees", "only at an event of more than 100"),
        ({"category": Category.GIFT}, "category", "food and drink"),
        ({"money": ledger.gbp("0")}, "amount", "what it cost"),
    ],
)
def test_what_is_not_for_all_of_a_large_event_is_refused(
    app: Flask, changes: dict[str, Any], field: str, said: str
) -> None:
    """c8: below the configured size, with the reason."""
    with pytest.raises(NotGeneral, match=said) as refused:
        record(coffee(**changes))
    assert refused.value.field == field
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 0


def test_the_size_in_force_on_the_day_counts(app: Flask) -> None:
    """L9: a size set today leaves the days before it as they were."""
    today = clock.today()
    with transaction():
        operations.set_general_size(500, today, by=db.session.merge(ledger.compliance()))
    assert (queries_general.size_on(today), queries_general.size_on(today - timedelta(days=1))) == (500, 100)
    details = coffee(value_on=today - timedelta(days=1))
    assert record(details).entry.rule.endswith("100 (c8)")
    with pytest.raises(NotGeneral, match="more than 500"):
        record(details.model_copy(update={"value_on": today, "external_ref": "C-2"}))
    with pytest.raises(NotGeneral, match="today or a later day"), transaction():
        operations.set_general_size(5, today - timedelta(days=1), by=db.session.merge(ledger.compliance()))


def test_the_same_reference_adds_nothing(app: Flask) -> None:
    """L11"""
    details = coffee()
    first = record(details)
    assert record(details).entry_seq == first.entry_seq


def test_closed_days_want_a_reason_and_a_reference(app: Flask) -> None:
    """L12"""
    details = coffee(external_ref="")
    with transaction():
        by = db.session.merge(ledger.compliance())
        operations.close_days("Q4 2026", date(2026, 10, 1), date(2026, 12, 31), "0" * 64, by=by)
    for more, field in (({}, "late_reason"), ({"late_reason": "The bill came in January."}, "external_ref")):
        with pytest.raises(DaysAreLocked) as refused:
            record(details.model_copy(update=more))
        assert refused.value.field == field
    late = {"late_reason": "The bill came in January.", "external_ref": "C-9"}
    assert record(details.model_copy(update=late)).entry.reason == "late"


def test_a_long_word_is_no_code(app: Flask) -> None:
    """What somebody typed stays out of the chain, however much it looks like a word of ours; it would not fit there either."""
    item = record(coffee())
    with transaction():
        back = operations.take_back(item.entry, reason="a" * 81, by=db.session.merge(ledger.compliance()))
    assert back.reason == "other"


def test_it_is_taken_back_once_and_then_counts_no_more(app: Flask) -> None:
    """L1"""
    item = record(coffee())
    with transaction():
        back = operations.take_back(item.entry, reason="not_given", by=db.session.merge(ledger.compliance()))
    assert (back.kind, back.reverses, back.reporting_minor) == (EntryKind.GENERAL, item.entry_seq, -180000)
    assert queries_general.list_items() == []
    for seq, error in ((item.entry_seq, AlreadyReversed), (back.seq, ReversalStands)):
        with pytest.raises(error), transaction():
            operations.take_back(
                queries.get_entry(seq), reason="other", by=db.session.merge(ledger.compliance())
            )
    assert queries.verify().is_ok


# -- the pages -----------------------------------------------------------------------------------------

TYPED = {
    "title": "Coffee in the foyer", "category": "meal", "value_on": "2026-10-14", "amount": "1,800.00", "currency": "GBP",
    "n_attendees": "400", "provider": "Café Aster",
}  # fmt: skip


def test_it_is_recorded_on_the_event_and_shown_as_its_own_line(signed_in: SignIn) -> None:
    """c8: on the event, in the register, in the program's value report and in the note on the method."""
    event = events.event()
    ledger.post(ledger.stay(people.person("Amal"), event.program))
    client = signed_in(Role.COORDINATOR)
    assert client.post(f"/events/{event.id}/general", data=TYPED).location == f"/events/{event.id}"
    for path in (f"/events/{event.id}", "/ledger/general", "/ledger/2"):
        assert "Coffee in the foyer" in client.get(path).get_data(as_text=True), path
    report = client.get(f"/reports/value/{event.program_id}").get_data(as_text=True)
    assert report.count("Open to everybody") == 2  # its own line, and the note on the method
    assert "1 item was open to all attendees of a large event, at 1,800.00 GBP in all." in report


def test_too_small_an_event_is_refused_and_everything_kept(signed_in: SignIn) -> None:
    event = events.event()
    client = signed_in(Role.COORDINATOR)
    answer = client.post(f"/events/{event.id}/general", data=TYPED | {"n_attendees": "80"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "80 attended. Something is open to everybody only at an event of more than 100" in page
    assert 'value="Café Aster"' in page
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 0


def test_compliance_sets_the_size_and_records_nothing(signed_in: SignIn) -> None:
    """R1"""
    client = signed_in(Role.COMPLIANCE)
    assert client.get(f"/events/{events.event().id}/general").status_code == 403
    answer = client.post("/ledger/general/size", data={"size": "250", "from_on": clock.today().isoformat()})
    assert answer.location == "/ledger/general"
    assert "more than 250" in client.get("/ledger/general").get_data(as_text=True)
