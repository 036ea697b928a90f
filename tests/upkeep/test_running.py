"""Upgrades, the look at everything, long work from the command line, and what a monitor asks."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

import config
from app.accounts.models import AuditEvent
from app.core.db import db, transaction, writing_connections
from app.core.extensions import alembic, head
from app.core.models import Job, JobState
from app.upkeep import archive, doctor, pulse
from app.upkeep.doctor import Verdict
from tests.buckets import Storage, alter, files_kept
from tests.conftest import fresh
from tests.databases import Databases
from tests.factories import accounts
from tests.factories import ledger as make_ledger
from tests.upkeep.test_backup import Rapport, a_file, place, rapport

__all__ = ["place", "rapport"]


def _step_back(databases: Databases, to: str) -> None:
    """The database as a program of an earlier version left it; the next test gets one made anew."""
    databases.holds_state = True
    db.session.remove()
    with writing_connections():
        alembic.downgrade(to)
    db.session.remove()


def _version() -> str:
    found = str(db.session.scalar(sa.text("SELECT version_num FROM alembic_version")))
    db.session.remove()
    return found


# -- upgrade ---------------------------------------------------------------------------------------


def test_an_upgrade_backs_up_and_says_how_to_go_back(
    app: Flask, databases: Databases, rapport: Rapport, tmp_path: Path, place: list[str]
) -> None:
    accounts.user(email="mei@lumen.example")
    db.session.commit()
    _step_back(databases, "0040")
    assert (
        "Bring it there with: rapport upgrade"
        in rapport("users", "add", "x@y.example", "--name", "X", "--role", "admin", "--department", "A").err
    )
    said = rapport("upgrade", "--out", tmp_path)
    [backup] = tmp_path.glob("rapport-*.tar")
    assert (said.status, said.err, _version()) == (0, "", head())
    assert f"The database went from 0040 to {head()}." in said.out
    assert f"  rapport restore {backup} --into {app.config['INSTANCE']}\n" in said.out
    assert archive.examine(backup).head == "0040"
    assert (
        rapport("upgrade", "--out", tmp_path).out
        == f"The database is at {head()} already; nothing was done.\n"
    )
    # What was backed up at the version of before is brought to this one when it is put back.
    assert rapport("restore", backup, *place).status == 0


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    app: Flask, databases: Databases, rapport: Rapport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several migrations are one transaction: the one that went well before it is taken back too."""
    _step_back(databases, "0040")
    seen: list[str] = []

    def breaks() -> None:
        seen.append("reached")
        raise OSError("the machine stopped here")

    def migrate_and_break(app: Flask) -> None:
        """As `migrate`, with a last migration that does not go well."""
        with app.app_context(), writing_connections():
            module = alembic.script_directory.get_revision(head()).module
            monkeypatch.setattr(module, "upgrade", breaks)
            alembic.upgrade()

    before = _tables()
    monkeypatch.setattr("app.cli.upkeeping.migrate", migrate_and_break)
    said = rapport("upgrade", "--out", tmp_path)
    assert (said.status, "the machine stopped here" in said.err, _version()) == (2, True, "0040")
    assert (len(seen), _tables()) == (1, before)


def _tables() -> dict[str, list[str]]:
    """Every table with its columns."""
    look = sa.inspect(db.engine)
    return {name: [one["name"] for one in look.get_columns(name)] for name in look.get_table_names()}


def test_a_database_of_a_newer_program_is_not_upgraded(app: Flask, rapport: Rapport, tmp_path: Path) -> None:
    with transaction():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    said = rapport("upgrade", "--out", tmp_path)
    with transaction():
        db.session.execute(sa.text(f"UPDATE alembic_version SET version_num = '{head()}'"))
    assert (said.status, "a newer program has made it. Use that one." in said.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


# -- the look at everything ------------------------------------------------------------------------


def _found() -> dict[str, Verdict]:
    db.session.rollback()
    return {check.name: check.verdict for check in doctor.look()}


def test_the_doctor_finds_a_house_in_order(app: Flask, kept_in: str) -> None:
    for name in ("master.key", "secret.key"):
        (Path(app.config["INSTANCE"]) / name).chmod(0o600)
    a_file()
    pulse.note()
    found = _found()
    assert [name for name, verdict in found.items() if verdict is Verdict.BAD] == []
    [words] = [check.words for check in doctor.look() if check.name == "place of files"]
    assert words.startswith(f"In the {kept_in}")
    assert words.endswith("it can be written, read and emptied.")
    assert found.keys() >= {
        "master.key",
        "migrations",
        "database",
        "disk",
        "files",
        "mail",
        "worker",
        "jobs",
        "book",
        "clock",
    }


def test_the_doctor_names_what_is_wrong(app: Flask, rapport: Rapport, at: Callable[..., Any]) -> None:
    stored, key = a_file(), Path(app.config["INSTANCE"]) / "master.key"
    place = Path(app.config["FILES_PATH"], stored.sha256[:2], stored.sha256[2:4], stored.sha256)
    place.write_bytes(b"others")
    key.chmod(0o644)
    app.config["SMTP_URL"] = "smtp://127.0.0.1:1"
    try:
        with at(datetime(2030, 1, 1, tzinfo=UTC)):
            pulse.note()
            accounts.user()
            with transaction():
                row = Job(
                    name="x", arguments={}, state=JobState.FAILED, made_at=datetime(2030, 1, 1, tzinfo=UTC)
                )
                db.session.add(row)
        with at(datetime(2030, 1, 1, tzinfo=UTC) + timedelta(minutes=6)):
            found = _found()
        bad = {name for name, verdict in found.items() if verdict is Verdict.BAD}
        assert bad == {"master.key", "files", "mail", "worker"}
        assert found["jobs"] is Verdict.LOOK
        said = rapport("doctor", "--json")
        facts = json.loads(said.out)
        assert (said.status, facts["ok"]) == (1, False)
        assert stored.sha256 in next(one["words"] for one in facts["checks"] if one["name"] == "files")
    finally:
        key.chmod(0o600)
        place.unlink()
        app.config["SMTP_URL"] = ""


def test_the_doctor_says_what_is_wrong_with_the_bucket(
    app: Flask, in_bucket: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = a_file()
    with files_kept(app, in_bucket.settings(FILES_BUCKET="no-such-bucket"), monkeypatch):
        [check] = [check for check in doctor.look() if "file" in check.name]
    assert (check.verdict, check.words.split(".")[0]) == (Verdict.BAD, "There is no bucket no-such-bucket")
    alter(app, stored, in_bucket)
    [tried, found] = [check for check in doctor.look() if "file" in check.name]
    assert (tried.verdict, found.verdict) == (Verdict.OK, Verdict.BAD)
    assert found.words == f"Lost or altered: {stored.sha256}. Take them from a backup."
    assert len(in_bucket.keys()) == 1  # nothing of the trial stays


def test_the_doctor_knows_another_master_key(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost key is made anew by whatever runs next; the file is there and opens nothing."""
    make_ledger.post(make_ledger.stay())
    assert _found()["master.key"] is Verdict.OK
    monkeypatch.setitem(app.config, "MASTER_KEY", b"another key of the right length!")
    [check] = [check for check in doctor.look() if check.name == "master.key"]
    assert (check.verdict, check.words.split(":")[0]) == (
        Verdict.BAD, "It does not open what was sealed here",
    )  # fmt: skip


def test_the_doctor_says_what_its_look_at_the_book_leaves_out(app: Flask) -> None:
    make_ledger.post(make_ledger.stay())
    [check] = [check for check in doctor.look() if check.name == "book"]
    assert check.words.startswith("All 1 entries follow one another.")
    assert check.words.endswith("rapport ledger verify")


@pytest.mark.parametrize("name", ["master.key", "secret.key"])
@pytest.mark.parametrize("n_bytes", [0, 10])
def test_a_key_that_was_cut_off_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, n_bytes: int
) -> None:
    monkeypatch.setenv("RAPPORT_INSTANCE", str(tmp_path))
    config.load()
    (tmp_path / name).write_bytes(bytes(n_bytes))
    with pytest.raises(ValueError, match=f"{name} is no whole key: it has {n_bytes} bytes"):
        config.load()


def test_one_who_starts_beside_another_waits_for_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_INSTANCE", str(tmp_path))
    (tmp_path / "master.key").touch()  # the other one has it open and has not written yet
    key = bytes(range(32))
    late = Timer(0.3, (tmp_path / "master.key").write_bytes, [key])
    late.start()
    assert config.load()["MASTER_KEY"] == key
    late.join()


# -- jobs ------------------------------------------------------------------------------------------


def test_jobs_are_listed_retried_and_cancelled(app: Flask, rapport: Rapport) -> None:
    with transaction():
        rows = [Job(name="lists.bulk", arguments={}, state=state, made_at=datetime(2026, 11, 1, tzinfo=UTC), n_attempts=3, message="Broke.")
                for state in (JobState.FAILED, JobState.DONE, JobState.WAITING)]  # fmt: skip
        db.session.add_all(rows)
    failed, done, waiting = (row.id for row in rows)
    listed = json.loads(rapport("jobs", "list", "--json").out)["jobs"]
    assert [(one["id"], one["state"]) for one in listed] == [
        (waiting, "waiting"),
        (done, "done"),
        (failed, "failed"),
    ]
    assert (
        rapport("jobs", "list", "--state", "failed").out
        == f"{failed:>6}  failed     2026-11-01 00:00  lists.bulk  Broke.\n"
    )
    assert rapport("jobs", "retry", failed).out == f"Job {failed} waits for a worker.\n"
    row = fresh(db.session.get_one(Job, failed))
    assert (row.state, row.n_attempts, row.message) == (JobState.WAITING, 0, "")
    assert (
        rapport("jobs", "retry", done).err
        == f"Job {done} is done: only a failed or cancelled one can be done again.\n"
    )
    assert rapport("jobs", "cancel", waiting).out == f"Job {waiting} is cancelled.\n"
    assert rapport("jobs", "cancel", done).status == 2
    assert rapport("jobs", "retry", 999).err == "There is no job 999.\n"
    actions = [
        one
        for one in db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id))
        if "job_" in one
    ]
    assert actions == ["upkeep.job_retried", "upkeep.job_cancelled"]


# -- what a monitor asks ---------------------------------------------------------------------------


def test_a_monitor_learns_that_the_process_answers(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_monitor_learns_whether_the_house_can_serve(
    app: Flask, client: FlaskClient, at: Callable[..., Any]
) -> None:
    said = {"status": "ready", "database": "ok", "migrations": "at head", "worker": "silent", "key": "ok"}
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json) == (200, said)
    pulse.note()
    assert client.get("/health/ready").json == said | {"worker": "seen lately"}
    with transaction():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '0040'"))
    answer = client.get("/health/ready")
    with transaction():
        db.session.execute(sa.text(f"UPDATE alembic_version SET version_num = '{head()}'"))
    assert (answer.status_code, answer.json) == (
        503, said | {"status": "not ready", "migrations": "not at head", "worker": "unknown", "key": "unknown"},
    )  # fmt: skip


def test_a_house_under_another_master_key_is_not_ready(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gunicorn starts all the same; no proxy sends anybody there."""
    make_ledger.post(make_ledger.stay())
    assert client.get("/health/ready").status_code == 200
    monkeypatch.setitem(app.config, "MASTER_KEY", bytes(32))
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json) == (
        503, {"status": "not ready", "database": "ok", "migrations": "at head", "worker": "silent", "key": "another"},
    )  # fmt: skip


def test_a_worker_says_once_a_minute_that_it_is_there(app: Flask) -> None:
    pulse._said_at.clear()
    assert [pulse.say() for _ in range(2)] == [0, 0]
    assert not pulse.is_silent()
