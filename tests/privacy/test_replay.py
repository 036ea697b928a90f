"""P8: a backup that is put back brings erased people back; the list beside the database takes them out again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import db, transaction
from app.people.models import Person
from app.privacy import erasures, operations_erasure
from app.privacy.details import ErasureDetails
from app.privacy.models import PrivacyRequest
from app.upkeep import doctor
from tests.databases import Databases
from tests.factories import ledger, people
from tests.factories import privacy as make


@pytest.fixture(autouse=True)
def list_of_this_test(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation folder without erasures of other tests."""
    path = tmp_path / "erasures.jsonl"
    monkeypatch.setitem(app.config, "ERASURES_PATH", path)
    return path


def erase(asked: PrivacyRequest) -> None:
    with transaction():
        here = db.session.merge(asked)
        details = ErasureDetails(seen=make.look(here).fingerprint, reason="Asked for.")
        operations_erasure.erase(here, details, by=make.ada())


def test_a_list_beside_the_database_names_nobody(list_of_this_test: Path) -> None:
    person = people.person("Inès Quillfeather", email="ines@quill.example")
    asked = make.request(person)
    assert erasures.read() == []
    erase(asked)
    (line,) = list_of_this_test.read_text("utf-8").splitlines()
    assert json.loads(line).keys() == {"person", "made_at"}
    assert json.loads(line)["person"] == person.id
    assert list_of_this_test.stat().st_mode & 0o777 == 0o600
    erasures.keep()
    assert len(erasures.read()) == 1


def test_a_list_that_could_not_be_written_is_made_up_for(list_of_this_test: Path) -> None:
    """A full disk keeps nobody from being erased; the next time the list is complete again."""
    asked = make.request(people.person("Bruno Tannenwald"))
    list_of_this_test.with_suffix(".new").mkdir()  # nothing can be written there
    erase(asked)
    assert erasures.read() == []
    list_of_this_test.with_suffix(".new").rmdir()
    erasures.keep()
    assert len(erasures.read()) == 1


@pytest.mark.parametrize(
    "damaged", [b"{", b"[]", b"7", b'{"person": 7}', b'{"person": "x", "made_at": ""}', b"\xff\xfe"]
)
def test_a_damaged_list_is_named_and_left_alone(list_of_this_test: Path, damaged: bytes) -> None:
    """Written anew it would lack whoever only a later database knew; nobody's erasure waits for it."""
    whole = b'{"person": 1, "made_at": "2026-01-01T00:00:00+00:00"}\n'
    list_of_this_test.write_bytes(whole + damaged + b"\n")
    erase(make.request(people.person("Bruno Tannenwald")))
    assert list_of_this_test.read_bytes() == whole + damaged + b"\n"
    with pytest.raises(erasures.ListDamaged, match=f"Line 2 of {list_of_this_test} cannot be read"):
        erasures.read()
    [check] = [check for check in doctor.look() if check.name == "erasures"]
    assert check.verdict is doctor.Verdict.BAD


def test_a_restored_copy_forgets_again(
    app: Flask, databases: Databases, tmp_path: Path, list_of_this_test: Path
) -> None:
    """The copy is older than the erasure; the amounts in its book stay, and who was never erased stays too."""
    person, other = people.person("Inès Quillfeather"), people.person("Bruno Tannenwald")
    ids = (person.id, other.id)
    ledger.post(ledger.stay(person))
    asked = make.request(person)
    db.session.remove()
    copy = databases.fork("before_erasure")
    erase(asked)
    (tmp_path / "copied").mkdir()
    for key in app.config["INSTANCE"].glob("*.key"):
        shutil.copy2(key, tmp_path / "copied")  # with its mode: a key others may read is not used
    (tmp_path / "copied" / "erasures.jsonl").write_bytes(list_of_this_test.read_bytes())
    environment = os.environ | {"DATABASE_URL": copy, "RAPPORT_INSTANCE": str(tmp_path / "copied")}

    def rapport(*words: str) -> dict[str, object]:
        command = [sys.executable, "-m", "app.cli", *words, "--json"]
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    assert rapport("erasures", "replay") == {"listed": 1, "erased": 1}
    assert rapport("erasures", "replay") == {"listed": 1, "erased": 0}
    assert rapport("ledger", "verify")["state"] == "ok"
    engine = sa.create_engine(copy)
    with engine.connect() as connection:
        names = dict(map(tuple, connection.execute(sa.select(Person.id, Person.name))))
        total = connection.execute(sa.text("SELECT sum(reporting_minor) FROM ledger_entry")).scalar_one()
    engine.dispose()
    assert names[ids[0]].startswith("Erased person ")
    assert (names[ids[1]], int(total)) == ("Bruno Tannenwald", 208_000)
