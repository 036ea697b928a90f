"""`rapport export`: all that somebody may read, as open files, and the book with its proof."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent, Role, User
from app.api import everything
from app.core.db import db
from app.events.models import Invitation
from app.ledger.models import Entry
from app.people.models import Person
from app.programs.models import Program
from tests.factories import accounts, people
from tests.upkeep.test_backup import Rapport, rapport

__all__ = ["rapport"]


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]


def count(table: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_everything_of_a_house_is_there(london: Flask, rapport: Rapport, tmp_path: Path) -> None:
    out = tmp_path / "all"
    said = rapport("export", "--as", "helga@lumen.example", "--out", str(out), "--json")
    assert (said.status, said.err) == (0, "")
    facts = json.loads((out / "manifest.json").read_text())
    assert (facts["as"], facts["role"], json.loads(said.out)["files"]) == (
        "helga@lumen.example",
        "compliance",
        facts["files"],
    )
    for file in facts["files"]:
        content = (out / file["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"]), file
        assert file["name"].endswith(".zip") or content.count(b"\n") == file["lines"], file
    visible = db.session.scalar(sa.select(sa.func.count()).where(Person.merged_into_id.is_(None)))
    assert {one["id"] for one in lines(out, "people")} <= set(db.session.scalars(sa.select(Person.id)))
    assert len(lines(out, "people")) == visible
    assert len(lines(out, "ledger-entries")) == count(Entry)
    assert len(lines(out, "programs")) == count(Program)
    invited = lines(out, "events-invitations")
    assert (len(invited), {"event_id", "id"} <= invited[0].keys()) == (count(Invitation), True)
    assert (out.stat().st_mode & 0o777, (out / "people.jsonl").stat().st_mode & 0o777) == (0o700, 0o600)
    with zipfile.ZipFile(out / "ledger-bundle.zip") as bundle:
        (tmp_path / "verify_ledger.py").write_bytes(bundle.read("verify_ledger.py"))
    checked = subprocess.run(
        [sys.executable, tmp_path / "verify_ledger.py", out / "ledger-bundle.zip"], capture_output=True
    )
    assert checked.returncode == 0, checked.stdout
    db.session.rollback()
    actions = set(db.session.scalars(sa.select(AuditEvent.action)))
    assert {"api.everything_exported", "ledger.book_exported"} <= actions


def test_a_partner_takes_out_what_a_partner_sees(london: Flask, rapport: Rapport, tmp_path: Path) -> None:
    """In a zip of CSV: lists and lines their role may not read are left out."""
    partner = db.session.scalars(sa.select(User).where(User.role == Role.PARTNER)).first()
    assert partner is not None
    taken = {}
    for email in (partner.email, "helga@lumen.example"):
        out = tmp_path / f"{email}.zip"
        assert rapport("export", "--as", email, "--out", out, "--format", "csv").status == 0
        with zipfile.ZipFile(out) as found:
            left_out = json.loads(found.read("manifest.json"))["left_out"]
            assert not {f"{name}.csv" for name in left_out} & set(found.namelist())
            rows = list(csv.DictReader(io.StringIO(found.read("people.csv").decode("utf-8-sig"))))
            assert all(None not in row for row in rows)  # no line is longer than the head
            taken[email] = ({row["id"] for row in rows}, set(found.namelist()), left_out)
    (theirs, their_files, left_out), (everybody, all_files, _) = taken.values()
    assert theirs < everybody
    assert {"ledger-entries", "touches"} <= set(left_out)
    assert their_files - all_files == set()
    assert "ledger-bundle.zip" in all_files - their_files


def test_more_than_a_page_is_read_to_its_end_and_formulas_are_text(
    app: Flask, rapport: Rapport, tmp_path: Path
) -> None:
    accounts.user(role=Role.ADMIN, name="Ada", email="ada@lumen.example")
    by = accounts.user()
    for number in range(everything.N_MOST + 3):
        people.person(f"=Person {number}" if number == 7 else f"Person {number}", owner=by)
    db.session.rollback()
    out = tmp_path / "all.zip"
    assert rapport("export", "--as", "ada@lumen.example", "--out", str(out), "--format", "csv").status == 0
    with zipfile.ZipFile(out) as found:
        rows = list(csv.DictReader(io.StringIO(found.read("people.csv").decode("utf-8-sig"))))
    assert len({row["id"] for row in rows}) == everything.N_MOST + 3
    assert "'=Person 7" in {row["name"] for row in rows}


def test_every_list_of_the_interface_is_taken_or_known_to_be_left(app: Flask) -> None:
    """A new list comes along by itself, or stands here with a reason."""
    users = [accounts.user(role=role) for role in Role if role is not Role.PARTNER]
    taken = set()
    for user in users:
        found, refused = everything.lists_for(user)
        taken |= {one.operation.name for one in found}
        assert len({one.name for one in found}) == len(found)
        assert not {one.name for one in found} & set(refused)
    paged = {
        one.name
        for one in everything.OPERATIONS
        if one.method == "GET" and one.query is not None and issubclass(one.query, everything.PageQuery)
    }
    assert paged - taken == {"list_runs"}  # the kept runs of one report: that report must be named


@pytest.mark.parametrize(
    ("email", "out", "said"),
    [
        ("nobody@x.example", "new", "There is no active user nobody@x.example."),
        ("ada@lumen.example", "there", "is there already"), ("ada@lumen.example", "no/where", "There is no folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_leaves_nothing(
    app: Flask, rapport: Rapport, tmp_path: Path, email: str, out: str, said: str
) -> None:
    accounts.user(role=Role.ADMIN, name="Ada", email="ada@lumen.example")
    (tmp_path / "there").mkdir()
    found = rapport("export", "--as", email, "--out", str(tmp_path / out))
    assert (found.status, said in found.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
