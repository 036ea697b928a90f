"""A backup made while the house is in use, put back and proved; files that are no whole backup put nothing anywhere."""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import textwrap
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import cli
from app.accounts.models import AuditEvent, Role
from app.core import files, outbox, places, sending
from app.core.db import db, transaction
from app.core.models import MailState, OutboxMail, StoredFile
from app.notices.models import Notice
from app.upkeep import archive, operations, operations_nightly, policies, queries, restoring
from tests.buckets import SECRET, Storage, alter, content_of, files_kept
from tests.conftest import fresh
from tests.databases import Databases, free_port, wants_postgresql
from tests.factories import accounts, people, programs

REPOSITORY = Path(__file__).parents[2]
KEYS = ("master.key", "secret.key")
SIGNING_KEY = "ledger-signing.key"


class Said(tuple[int, str, str]):
    """Status, result, words beside it."""

    status = property(lambda self: self[0])
    out = property(lambda self: self[1])
    err = property(lambda self: self[2])


Rapport = Callable[..., Said]


@pytest.fixture
def rapport(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Rapport:
    """A command on the database of this test, in this process."""

    def run(*words: object) -> Said:
        # Each time, for a restore sets both for what it calls.
        app = databases.app
        assert app is not None
        monkeypatch.setenv("RAPPORT_INSTANCE", str(app.config["INSTANCE"]))
        monkeypatch.setenv("DATABASE_URL", app.config["SQLALCHEMY_DATABASE_URI"])
        db.session.rollback()
        capsys.readouterr()
        status = cli.run([str(word) for word in words])
        db.session.rollback()
        return Said((status, *capsys.readouterr()))

    return run


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Iterator[list[str]]:
    """An empty place with the keys of the house: the words that name it to `restore`."""
    folder = tmp_path / "new house"
    folder.mkdir()
    for name in KEYS:
        shutil.copy(databases.folder / name, folder)
    words = ["--into", str(folder)]
    if databases.server:
        name = f"{databases.name}_restored"
        databases._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
        yield [*words, "--database", f"{databases.server}/{name}"]
        databases._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    else:
        yield [*words, "--database", f"sqlite:///{folder / 'rapport.db'}"]


def ask(place: list[str], words: str) -> list[Any]:
    """What the database of a place says."""
    url = place[-1]
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return connection.execute(words).fetchall()
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return connection.execute(words).fetchall()


def made(rapport: Rapport, tmp_path: Path) -> Path:
    """A backup of the house as it is."""
    out = tmp_path / f"backup-{time.monotonic_ns()}.tar"
    assert rapport("backup", "--out", out).status == 0
    return out


def a_file(words: str = "minutes") -> StoredFile:
    with transaction():
        return files.store(words.encode(), "minutes.txt", None)


def a_mail(key: str = "letter:1") -> OutboxMail:
    with transaction():
        return outbox.queue_mail(
            kind="letter", recipient="amal@outside.example", subject="Hello", text="Hello", dedup_key=key
        )


def test_a_backup_says_what_is_in_it_and_that_the_keys_are_not(
    rapport: Rapport, tmp_path: Path, app: Flask
) -> None:
    a_file()
    out = tmp_path / "here.tar"
    said = rapport("backup", "--out", out)
    assert said.status == 0
    assert "The keys are not in it. Keep master.key, secret.key, ledger-signing.key of" in said.out
    assert out.stat().st_mode & 0o777 == 0o600
    content = out.read_bytes()
    for name in KEYS:
        key = (Path(app.config["INSTANCE"]) / name).read_bytes()
        assert key not in content
        assert key.hex().encode() not in content
    manifest = archive.examine(out, app.config["MASTER_KEY"])
    assert (manifest.n_files, manifest.missing, manifest.tables["stored_file"]) == (1, [], 1)
    last = queries.last_backup()
    assert last is not None
    assert (last.file, last.n_bytes, last.n_files) == ("here.tar", out.stat().st_size, 1)
    assert "upkeep.backup_made" in set(db.session.scalars(sa.select(AuditEvent.action)))
    assert list(tmp_path.iterdir()) == [out]


def test_a_backup_never_takes_the_place_of_another_file(app: Flask, rapport: Rapport, tmp_path: Path) -> None:
    out = tmp_path / "here.tar"
    out.write_bytes(b"precious")
    said = rapport("backup", "--out", out)
    assert (said.status, out.read_bytes()) == (2, b"precious")
    assert said.err == f"{out} is there already. Name another file, or a folder.\n"
    assert rapport("backup").status == 2  # nobody said where


def test_a_file_that_is_lost_or_altered_is_named_and_the_rest_is_kept(
    app: Flask, rapport: Rapport, tmp_path: Path, kept_in: str, request: pytest.FixtureRequest
) -> None:
    kept, lost, altered = a_file("kept"), a_file("lost"), a_file("altered")
    files.remove(lost.sha256)
    alter(app, altered, request.getfixturevalue("in_bucket") if kept_in == "bucket" else None)
    said = rapport("backup", "--out", tmp_path / "here.tar", "--json")
    files.remove(altered.sha256)
    assert said.status == 1
    facts = json.loads(said.out)
    assert (facts["files"], facts["missing"]) == (1, sorted([lost.sha256, altered.sha256]))
    assert archive.examine(tmp_path / "here.tar").parts[0].name == archive.file_name(kept.sha256)


def test_a_backup_of_a_bucket_that_is_away_is_none(
    app: Flask, rapport: Rapport, tmp_path: Path, in_bucket: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_file()
    with files_kept(app, in_bucket.settings(FILES_ENDPOINT=f"http://127.0.0.1:{free_port()}"), monkeypatch):
        said = rapport("backup", "--out", tmp_path / "here.tar")
    assert (said.status, list(tmp_path.iterdir())) == (2, [])
    assert (
        "does not answer (EndpointConnectionError). Does it run, and is RAPPORT_FILES_ENDPOINT right?"
        in said.err
    )
    assert SECRET not in said.err


def test_a_restore_fills_the_bucket_of_its_own_house_only(
    app: Flask,
    rapport: Rapport,
    tmp_path: Path,
    place: list[str],
    in_bucket: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a second house deletes, the first would lose: a bucket in use must be taken over in so many words."""
    stored = a_file()
    backup = made(rapport, tmp_path)
    said = rapport("restore", backup, *place)
    assert (said.status, "a RAPPORT_FILES_PREFIX or a bucket of its own" in said.err) == (2, True)
    assert ask_tables(place) == 0
    with files_kept(app, in_bucket.settings(FILES_PREFIX="second/"), monkeypatch):
        assert rapport("restore", backup, *place).status == 0
    name = f"{stored.sha256[:2]}/{stored.sha256[2:4]}/{stored.sha256}"
    assert in_bucket.keys() == [f"house/{name}", f"second/{name}"]
    assert not list((Path(place[1]) / "files").rglob(stored.sha256))


def test_the_bucket_of_a_house_that_is_gone_is_taken_over(
    app: Flask, rapport: Rapport, tmp_path: Path, place: list[str], in_bucket: Storage
) -> None:
    """What was altered or lost in it meanwhile is right again afterwards."""
    stored, lost = a_file(), a_file("lost since")
    backup = made(rapport, tmp_path)
    alter(app, stored, in_bucket)
    files.remove(lost.sha256)
    assert rapport("restore", backup, *place, "--take-over-bucket").status == 0
    assert [content_of(one) for one in (stored, lost)] == [b"minutes", b"lost since"]


def test_files_that_do_not_come_back_whole_are_found(
    app: Flask, rapport: Rapport, tmp_path: Path, place: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash of every file is compared once more where it was laid down."""
    stored = a_file()
    backup = made(rapport, tmp_path)

    def keep_something_else(self: places.Disk, draft: Path, digest: str) -> None:
        place = self._folder / places.name_of(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"others")

    monkeypatch.setattr(places.Disk, "keep", keep_something_else)
    said = rapport("restore", backup, *place)
    assert (said.status, f"lost or altered: {stored.sha256}. Do not use it." in said.err) == (2, True)


def ask_tables(place: list[str]) -> int:
    """How many tables the database of a place has."""
    if place[-1].startswith("sqlite"):
        return int(Path(place[-1].removeprefix("sqlite:///")).exists())
    return int(ask(place, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")[0][0])


def test_what_was_backed_up_is_there_after_a_restore_and_the_house_is_silent(
    app: Flask, databases: Databases, rapport: Rapport, tmp_path: Path, place: list[str]
) -> None:
    stored, mail = a_file(), a_mail()
    backup = made(rapport, tmp_path)
    if (databases.folder / SIGNING_KEY).exists():  # made with the first head that was signed here
        shutil.copy(databases.folder / SIGNING_KEY, place[1])
    with transaction():
        accounts.user(email="later@lumen.example")
    said = rapport("restore", backup, *place, "--json")
    assert (said.status, said.err) == (0, "")
    facts = json.loads(said.out)
    assert (facts["files"], facts["entries_lost"], facts["other_keys"]) == (1, 0, [])
    folder = Path(place[1])
    assert (
        folder / "files" / stored.sha256[:2] / stored.sha256[2:4] / stored.sha256
    ).read_bytes() == b"minutes"
    assert ask(place, "SELECT dedup_key, state FROM outbox_mail") == [(mail.dedup_key, "new")]
    assert ask(place, "SELECT count(*) FROM \"user\" WHERE email = 'later@lumen.example'") == [(0,)]
    [[value]] = ask(place, f"SELECT value FROM setting WHERE name = '{sending.SETTING}'")
    assert backup.name in (value if isinstance(value, str) else json.dumps(value))
    again = rapport("restore", backup, *place)
    assert again.status == 2
    assert "already. A backup goes into an empty" in again.err


def test_the_book_and_everybody_of_a_real_house_come_back(
    london: Flask, rapport: Rapport, tmp_path: Path, place: list[str]
) -> None:
    backup = made(rapport, tmp_path)
    before = {
        table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table))
        for table in db.metadata.sorted_tables
    }
    assert rapport("restore", backup, *place).status == 0
    after = {name: ask(place, f'SELECT count(*) FROM "{name}"')[0][0] for name in before}
    changed = {name: after[name] - before[name] for name in before if after[name] != before[name]}
    # Ours: the word that nothing leaves, what is remembered of the backup, and the trail of both.
    assert changed.keys() <= {"setting", "audit_event", "audit_value"}
    assert after["ledger_entry"] == before["ledger_entry"] > 100


def test_a_backup_is_tried_and_nothing_of_the_trial_stays(
    app: Flask, rapport: Rapport, tmp_path: Path, databases: Databases, kept_in: str
) -> None:
    a_file()
    lying = sorted(places.places(app.config)[0].list())
    backup = made(rapport, tmp_path)
    said = rapport("backup", "verify", backup)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"{backup.name} is whole: ")
    verified = queries.last_verified()
    assert verified is not None
    assert verified.file == backup.name
    if databases.server:
        with psycopg.connect(f"{databases.server.replace('+psycopg', '')}/postgres") as connection:
            left = connection.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'rapport_verify%'")
            assert left.fetchone() == (0,)
    assert not sending.is_held()
    assert sorted(places.places(app.config)[0].list()) == lying


# -- files that are none ---------------------------------------------------------------------------


def _rewritten(backup: Path, change: Callable[[str, bytes], list[tuple[str, bytes]]]) -> Path:
    """The backup with each part exchanged for what `change` makes of it."""
    target = backup.with_name(f"changed-{backup.name}")
    with tarfile.open(backup) as source, tarfile.open(target, "w") as out:
        for entry in source:
            content = source.extractfile(entry)
            assert content is not None
            for name, words in change(entry.name, content.read()):
                made_anew = tarfile.TarInfo(name)
                made_anew.size = len(words)
                out.addfile(made_anew, io.BytesIO(words))
    return target


def _flip(words: bytes) -> bytes:
    return words[:-1] + bytes([words[-1] ^ 1])


def _fewer_rows(words: bytes) -> bytes:
    said = json.loads(words)
    said["tables"]["user"] -= 1
    return json.dumps(said).encode()


TAMPERED: dict[str, tuple[Callable[[str, bytes], list[tuple[str, bytes]]], str]] = {
    "database": (lambda n, w: [(n, _flip(w) if n.startswith("database") else w)], "its checksum is another one"),
    "file": (lambda n, w: [(n, _flip(w) if n.startswith("files") else w)], "is not what its name says"),
    "manifest": (lambda n, w: [(n, _fewer_rows(w) if n == "manifest.json" else w)], "changed after it was made"),
    "seal": (lambda n, w: [(n, _flip(w) if n == "seal" else w)], "changed after it was made"),
    "file left out": (lambda n, w: [] if n.startswith("files") else [(n, w)], "is missing in this backup"),
    "no manifest": (lambda n, w: [] if n == "manifest.json" else [(n, w)], "cut off"),
    "no seal": (lambda n, w: [] if n == "seal" else [(n, w)], "cut off"),
    "part twice": (lambda n, w: [(n, w), (n, w)] if n.startswith("files") else [(n, w)], "has no place in one"),
    "part after the end": (lambda n, w: [(n, w), (archive.file_name("0" * 64), b"")] if n == "seal" else [(n, w)], "goes on after its end"),
    "unnamed part": (lambda n, w: [(archive.file_name(_EMPTY), b""), (n, w)] if n == "manifest.json" else [(n, w)], "not in its list"),
    "newer form": (lambda n, w: [(n, w.replace(b'"format": 1', b'"format": 9'))], "newer program"),
    "climbing name": (lambda n, w: [("files/../../../etc/cron.d/x", b"x"), (n, w)], "has no place in one"),
    "absolute name": (lambda n, w: [("/etc/cron.d/x", b"x"), (n, w)], "has no place in one"),
    "key": (lambda n, w: [("master.key", b"x" * 32), (n, w)], "has no place in one"),
}  # fmt: skip
_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _is_untouched(place: list[str]) -> bool:
    folder = Path(place[1])
    if not place[-1].startswith("sqlite"):
        wanted = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert ask(place, wanted) == [(0,)]
    return sorted(path.name for path in folder.iterdir()) == sorted(KEYS)


def test_a_backup_that_was_tampered_with_is_refused_before_anything_is_written(
    app: Flask, rapport: Rapport, tmp_path: Path, place: list[str]
) -> None:
    a_file()
    backup = made(rapport, tmp_path)
    for name, (change, words) in TAMPERED.items():
        said = rapport("restore", _rewritten(backup, change), *place)
        assert (said.status, words in said.err, _is_untouched(place)) == (1, True, True), (name, said)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE]
)
def test_only_plain_files_are_taken_from_a_backup(tmp_path: Path, kind: bytes) -> None:
    backup = tmp_path / "b.tar"
    with tarfile.open(backup, "w") as out:
        entry = tarfile.TarInfo(archive.SQLITE)
        entry.type, entry.linkname = kind, "/etc/passwd"
        out.addfile(entry)
    with pytest.raises(archive.BackupDamaged, match="has no place in one"):
        archive.examine(backup)


def test_a_backup_that_is_cut_off_anywhere_is_refused(rapport: Rapport, tmp_path: Path, app: Flask) -> None:
    a_file()
    backup = made(rapport, tmp_path)
    content, cut = backup.read_bytes(), tmp_path / "cut.tar"
    with tarfile.open(backup) as tar:
        last = tar.getmembers()[-1]
    end = last.offset_data + last.size  # behind it there is only the padding of a tar
    for n_bytes in [0, 1, 511, 512, 600, *range(1024, end, max(1, end // 40)), end - 1]:
        cut.write_bytes(content[:n_bytes])
        with pytest.raises(archive.BackupDamaged):
            archive.examine(cut, app.config["MASTER_KEY"])
    assert rapport("restore", cut, "--into", tmp_path).status == 2  # no keys there


def test_other_keys_are_told_before_anything_is_written(
    app: Flask, rapport: Rapport, tmp_path: Path, place: list[str]
) -> None:
    backup = made(rapport, tmp_path)
    (Path(place[1]) / "master.key").write_bytes(os.urandom(32))
    said = rapport("restore", backup, *place)
    assert (said.status, "under another master.key" in said.err, _is_untouched(place)) == (1, True, True)
    (Path(place[1]) / "master.key").unlink()
    said = rapport("restore", backup, *place)
    assert (said.status, said.err.startswith("There is no master.key in ")) == (2, True)


def test_a_backup_of_a_newer_program_is_refused(
    app: Flask, rapport: Rapport, tmp_path: Path, place: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = made(rapport, tmp_path)
    monkeypatch.setattr(restoring, "known_versions", lambda: frozenset({"0001"}))
    said = rapport("restore", backup, *place)
    assert (said.status, "made by a newer one" in said.err, _is_untouched(place)) == (2, True, True)


# -- under load ------------------------------------------------------------------------------------

WRITER = """
    import itertools, os, sys
    from app import create_app
    from app.core import files
    from app.core.db import db, transaction
    from app.accounts.models import User
    from app.core.models import StoredFile
    from app.ledger.operations import post_entry
    from app.ledger.details import EntryDetails
    from app.ledger.models import Basis, Category, Entry, Form
    from app.core.money import Money
    from app.accounts import audit
    from datetime import date
    app = create_app(LOG_LEVEL="ERROR")
    with app.app_context():
        for number in itertools.count():
            audit.begin_request()
            with transaction():
                files.store(f"{sys.argv[1]} {number}".encode(), "note.txt", None)
                post_entry(EntryDetails(person_id=int(sys.argv[2]), program_id=int(sys.argv[3]), category=Category.TRAVEL_AIR,
                    place="London, GB", form=Form.IN_KIND_VENDOR, basis=Basis.ACTUAL_COST, value_on=date(2026, 8, 3),
                    money=Money(100 + number, "GBP"), external_ref=f"{sys.argv[1]}-{number}"),
                    by=db.session.get_one(User, int(sys.argv[4])))
            print(number, flush=True)
"""


@contextlib.contextmanager
def writers(
    app: Flask, databases: Databases, person: int, program: int, user: int, n: int = 2
) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that post value and keep files, one transaction after the other."""
    environment = os.environ | {
        "DATABASE_URL": str(app.config["SQLALCHEMY_DATABASE_URI"]).replace("+psycopg", ""),
        "RAPPORT_INSTANCE": str(app.config["INSTANCE"]), "PYTHONPATH": str(REPOSITORY),
    }  # fmt: skip
    command = [sys.executable, "-c", textwrap.dedent(WRITER)]
    started = [
        subprocess.Popen(
            [*command, f"w{number}", str(person), str(program), str(user)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(n)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "0\n"
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


@pytest.mark.slow
def test_a_backup_under_writers_is_one_moment_of_the_house(
    app: Flask, databases: Databases, rapport: Rapport, tmp_path: Path, place: list[str]
) -> None:
    """Two processes post and keep files meanwhile, in one transaction each: the copy has as many of one as of the other."""
    with writers(
        app, databases, people.person("Jack").id, programs.program().id, accounts.user(name="Mei").id
    ):
        backups = [made(rapport, tmp_path) for _ in range(2)]
    manifests = [archive.examine(backup) for backup in backups]
    for manifest in manifests:
        assert manifest.tables["ledger_entry"] == manifest.tables["stored_file"] == manifest.ledger_size
        assert manifest.missing == []
    assert 0 < manifests[0].ledger_size < manifests[1].ledger_size
    assert rapport("restore", backups[1], *place).status == 0
    [[n_rows]] = ask(place, "SELECT count(DISTINCT sha256) FROM stored_file")
    assert n_rows == sum(path.is_file() for path in Path(place[1], "files").rglob("*"))


# -- silence, nights, the page ---------------------------------------------------------------------


def test_a_house_that_is_held_sends_nothing_until_it_is_released(app: Flask, rapport: Rapport) -> None:
    assert rapport("sending", "status").out == "Mail leaves as usual.\n"
    assert rapport("sending", "hold").status == 0
    mail = a_mail()
    assert outbox.deliver_due() == 0
    assert fresh(mail).state == MailState.NEW
    said = rapport("sending", "release")
    assert (said.status, said.out) == (0, "Mail leaves again. 1 mail that waited: leaving now.\n")
    assert outbox.deliver_due() == 1
    assert fresh(mail).state == MailState.SENT
    assert rapport("sending", "release").status == 2
    actions = [
        one
        for one in db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id))
        if one.startswith("upkeep")
    ]
    assert actions == ["upkeep.sending_held", "upkeep.sending_released"]


def test_what_waits_may_be_discarded_instead(app: Flask, rapport: Rapport) -> None:
    assert rapport("sending", "hold").status == 0
    mail = a_mail()
    assert (
        rapport("sending", "release", "--discard-waiting", "--json").out == '{"held": false, "waiting": 1}\n'
    )
    assert outbox.deliver_due() == 0
    assert fresh(mail).state == MailState.DISCARDED


def test_every_staff_page_says_that_the_house_is_silent(
    app: Flask, signed_in: Callable[..., FlaskClient]
) -> None:
    browser = signed_in(Role.RELATIONS)
    words = "This house is silent: it sends nothing."
    assert words not in browser.get("/people/").text
    with transaction():
        operations.hold_sending("restored", by=None)
    for path in ("/", "/people/", "/events/", "/account/"):
        assert words in browser.get(path).text, path


def test_one_backup_a_night_and_the_oldest_go(app: Flask, tmp_path: Path, at: Callable[..., Any]) -> None:
    app.config.update(BACKUP_PATH=tmp_path / "nightly", BACKUP_KEEP=2)
    try:
        begin, made_in = datetime(2026, 11, 2, 0, 0, 5, tzinfo=UTC), []
        for hours in (0, 1, 23, 24, 25, 48, 72):
            with at(begin + timedelta(hours=hours)):
                made_in.append(operations_nightly.run_nightly())
        assert made_in == [1, 0, 0, 1, 0, 1, 1]
        assert sorted(path.name for path in (tmp_path / "nightly").iterdir()) == [
            "rapport-20261104-000005.tar", "rapport-20261105-000005.tar",
        ]  # fmt: skip
    finally:
        app.config.update(BACKUP_PATH=None, BACKUP_KEEP=14)


def test_a_night_that_fails_is_told_and_tried_again(
    app: Flask, tmp_path: Path, at: Callable[..., Any]
) -> None:
    (tmp_path / "file").write_text("no folder")
    app.config["BACKUP_PATH"] = tmp_path / "file"
    begin = datetime(2026, 11, 2, tzinfo=UTC)
    try:
        with at(begin):
            assert operations_nightly.run_nightly() == 0
        [notice] = db.session.scalars(sa.select(Notice)).all()
        assert notice.message.startswith("Tonight's backup was not made: ")
        app.config["BACKUP_PATH"] = tmp_path
        with at(begin + timedelta(hours=2)):
            assert operations_nightly.run_nightly() == 0
        with at(begin + timedelta(hours=3)):
            assert operations_nightly.run_nightly() == 1
    finally:
        app.config["BACKUP_PATH"] = None


def test_what_broken_off_backups_left_goes_after_a_day(
    tmp_path: Path, app: Flask, at: Callable[..., Any]
) -> None:
    names = [
        "rapport-20261101-000000.tar.partial",
        "rapport-20261103-000000.tar.partial",
        "rapport-20261101-000000.tar",
        "notes.tar",
    ]
    for name in names:
        (tmp_path / name).touch()
    with at(datetime(2026, 11, 3, 0, 5, tzinfo=UTC)):
        assert operations.prune(tmp_path, 5) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])


NOW = datetime(2026, 11, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "since", "is_wanted", "is_worrying"),
    [
        (timedelta(hours=48), None, True, False), (timedelta(hours=48, seconds=1), None, True, True),
        (timedelta(hours=49), None, False, True), (None, timedelta(days=9), False, False),
        (None, timedelta(days=9), True, True), (None, timedelta(hours=47), True, False), (None, None, True, False),
    ],
)  # fmt: skip
def test_backups_that_stopped_coming_are_a_worry(
    last: timedelta | None, since: timedelta | None, is_wanted: bool, is_worrying: bool
) -> None:
    found = policies.is_worrying(
        NOW - last if last else None, NOW - since if since else None, NOW, is_wanted=is_wanted
    )
    assert found is is_worrying


def test_administrators_are_told_once_that_backups_stopped(
    app: Flask, rapport: Rapport, tmp_path: Path, at: Callable[..., Any]
) -> None:
    with at(NOW - timedelta(hours=50)):
        made(rapport, tmp_path)
    with at(NOW):
        assert [operations_nightly.warn_if_old() for _ in range(2)] == [True, True]
        made(rapport, tmp_path)
        assert operations_nightly.warn_if_old() is False
    [notice] = db.session.scalars(sa.select(Notice)).all()
    assert (notice.role, notice.message) == (
        Role.ADMIN, "No backup has been made for more than 48 hours. See Settings, Backups.",
    )  # fmt: skip


def test_the_page_of_backups_tells_age_and_trial(
    app: Flask,
    signed_in: Callable[..., FlaskClient],
    rapport: Rapport,
    tmp_path: Path,
    at: Callable[..., Any],
) -> None:
    admin = signed_in(Role.ADMIN)
    assert "No backup has been made yet" in admin.get("/settings/backups").text
    backup = made(rapport, tmp_path)
    assert rapport("backup", "verify", backup).status == 0
    page = admin.get("/settings/backups").text
    assert (page.count(backup.name), "No backup" in page, "48 hours" in page) == (2, False, False)
    assert signed_in(Role.RELATIONS).get("/settings/backups").status_code == 403


def test_a_tool_of_postgresql_that_is_not_there_is_named(
    app: Flask, rapport: Rapport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not wants_postgresql():
        pytest.skip("SQLite needs no tools")
    monkeypatch.setenv("PATH", str(tmp_path))
    said = rapport("backup", "--out", tmp_path / "b.tar")
    assert (said.status, said.err.startswith("pg_dump was not found. Install the client of PostgreSQL")) == (
        2,
        True,
    )
    assert list(tmp_path.iterdir()) == []
