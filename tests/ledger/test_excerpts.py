"""One person's lines with their proofs: verified by plain Python, nothing of anybody else, recorded (L1, L12, R3, R4)."""

import csv
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent
from app.core.db import db
from app.ledger.models import Entry, Subject
from app.people.models import Person


def _person(key: str) -> Person:
    return db.session.scalars(sa.select(Person).filter_by(email=f"{key}@voices.example")).one()


def _download(browser: FlaskClient, person: Person) -> tuple[int, bytes]:
    answer = browser.post(f"/ledger/people/{person.id}/excerpt")
    content = bytes(answer.get_data())
    answer.close()
    return answer.status_code, content


def _verify(folder: Path) -> subprocess.CompletedProcess[str]:
    """The verifier out of the excerpt itself, by an interpreter that sees nothing of ours."""
    command = [sys.executable, "-I", "-S", str(folder / "verify_ledger.py"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_excerpt_is_verified_without_us(london_as: Callable[[str], FlaskClient], tmp_path: Path) -> None:
    """Amal's lines: each proved, 5,454.12 in sum, in words beside; a changed byte is found; the trail names who took it."""
    amal = _person("amal")
    status, content = _download(london_as("helga"), amal)
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    good = _verify(tmp_path)
    own = (
        sa.select(Entry.seq).join(Subject, Subject.id == Entry.subject_id).where(Subject.person_id == amal.id)
    )
    numbers = db.session.scalars(own.order_by(Entry.seq)).all()
    assert (good.returncode, f"{len(numbers)} entries, each proved" in good.stdout) == (0, True), good.stdout
    assert all(amount in good.stdout for amount in ("3,108.40", "2,080.00", "140.00", "125.72"))
    lines = list(csv.DictReader(io.StringIO((tmp_path / "lines.csv").read_text("utf-8-sig"))))
    assert [int(row["entry"]) for row in lines] == numbers
    assert {row["place"] for row in lines if row["category"] == "lodging"} == {"London, United Kingdom"}
    entries = tmp_path / "entries.jsonl"
    entries.write_bytes(entries.read_bytes().replace(b"310840", b"310841", 1))
    assert _verify(tmp_path).returncode == 1
    trail = db.session.scalars(sa.select(AuditEvent).filter_by(action="ledger.excerpt_exported")).one()
    assert (trail.subject_id, (trail.reason or "").split(",")[0]) == (str(amal.id), f"{len(numbers)} lines")


def test_the_page_offers_it_where_there_is_something_to_prove(
    london_as: Callable[[str], FlaskClient],
) -> None:
    helga, wei = london_as("helga"), db.session.scalars(sa.select(Person).filter_by(home_country="CN")).one()
    assert "Excerpt with proofs" in helga.get(f"/ledger/people/{_person('amal').id}").text
    assert "Excerpt with proofs" not in helga.get(f"/ledger/people/{wei.id}").text
    status, content = _download(helga, wei)
    assert (status, b"nothing to prove" in content) == (422, True)


@pytest.mark.parametrize(("who", "status"), [("daniel", 403), ("paula", 403), ("iris", 200), ("mei", 200)])
def test_who_may_take_an_excerpt(
    london: Flask, london_as: Callable[[str], FlaskClient], who: str, status: int
) -> None:
    """R3: whoever sees no amounts gets none in a file either."""
    assert _download(london_as(who), _person("amal"))[0] == status
