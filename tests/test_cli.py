"""The command `rapport`: what it does, what it says, and the status scripts rely on (0 done, 1 wrong, 2 cannot)."""

import contextlib
import gzip
import io
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask

from app import cli
from app.accounts import passwords
from app.accounts.models import AuditEvent, Role, User
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations as ledger_operations
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Entry, Form
from app.outreach import operations_inbox
from app.people.models import Person
from app.people.queries_listing import find_by_name
from app.programs.models import Program
from tests.factories import accounts, messages
from tests.factories import events as make_events
from tests.factories import imports as files
from tests.factories import people as make_people
from tests.factories import programs as make_programs
from tests.imap import ImapServer


class Said(NamedTuple):
    """What a command said and how it ended."""

    status: int
    out: str
    err: str


Rapport = Callable[..., Said]


@pytest.fixture
def rapport(app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rapport:
    """`rapport("ledger", "verify")` on the database of this test, in this process."""
    monkeypatch.setenv("RAPPORT_INSTANCE", str(app.config["INSTANCE"]))
    monkeypatch.setenv("DATABASE_URL", app.config["SQLALCHEMY_DATABASE_URI"])

    def run(*words: str) -> Said:
        db.session.rollback()
        capsys.readouterr()
        status = cli.run(words)
        db.session.rollback()
        return Said(status, *capsys.readouterr())

    return run


_ADDRESS = "RAPPORT_BASE_URL must be the address people use, such as https://rapport.example.\n"
_SERVER = "SMTP_URL must look like smtp://user:password@host:587 or smtps://host\n"


def _audited() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


@pytest.fixture
def book(app: Flask) -> Program:
    """A program with one flight in the book."""
    mei = accounts.user(name="Mei")
    program = make_programs.program()
    details = EntryDetails(
        person_id=make_people.person("Jack").id, program_id=program.id, category=Category.TRAVEL_AIR, place="London, GB",
        form=Form.IN_KIND_VENDOR, basis=Basis.ACTUAL_COST, value_on=date(2026, 8, 3), money=Money(503808, "GBP"),
        external_ref="INV-1",
    )  # fmt: skip
    with transaction():
        ledger_operations.post_entry(details, by=db.session.merge(mei))
    return program


# -- usage -----------------------------------------------------------------------------------------------------


def test_help_names_every_command(rapport: Rapport) -> None:
    said = rapport("--help")
    assert said.status == 0
    names = [line.split()[0] for line in said.out.split("Commands:")[1].splitlines() if line.strip()]
    assert names == [
        "backup",
        "demo",
        "doctor",
        "erasures",
        "export",
        "feed",
        "files",
        "import",
        "inbox",
        "init",
        "jobs",
        "ledger",
        "report",
        "restore",
        "search",
        "sending",
        "serve",
        "upgrade",
        "users",
        "worker",
    ]


def test_the_search_is_made_anew(rapport: Rapport) -> None:
    make_people.person("Amal")
    with transaction():
        db.session.execute(sa.text("UPDATE person SET search_doc = ''"))
    said = rapport("search", "rebuild")
    assert (said.status, said.out.strip()) == (0, "1 people are found by what their records say now.")
    assert [one.name for one in find_by_name(None, "amal")] == ["Amal"]
    assert rapport("search", "destroy").status == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["bogus"], "No such command 'bogus'. See: rapport --help"),
        (["import", "value"], "Missing argument 'FILE'. See: rapport import value --help"),
        (
            ["report", "value", "--program", "X", "--format", "doc", "--out", "x"],
            "Invalid value for '--format'",
        ),
        (["import", "value", "nowhere.csv"], "nowhere.csv: No such file or directory."),
        (["import", "people", "/"], "/: Is a directory."),
        (
            ["report", "value", "--program", "Nix", "--format", "json", "--out", "x"],
            "There is no program called Nix.",
        ),
        (["feed", "event", "Nix", "--out", "x"], "There is no event called Nix."),
        (["ledger", "verify", "--against", "nowhere.txt"], "Invalid value for '--against'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_status_2(
    rapport: Rapport, words: list[str], sentence: str
) -> None:
    said = rapport(*words)
    assert (said.status, said.out, len(said.err.strip().splitlines())) == (2, "", 1)
    assert said.err.startswith(sentence)


def test_a_database_that_is_not_there_is_said_and_not_made(
    tmp_path: Path, rapport: Rapport, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "none.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{place}")
    said = rapport("ledger", "verify")
    assert (said.status, said.err) == (
        2,
        f"There is no database at {place} yet. Make it with: rapport init\n",
    )
    assert not place.exists()


def test_a_database_without_tables_is_said(
    tmp_path: Path, rapport: Rapport, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "empty.db"
    place.touch()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{place}")
    assert rapport("ledger", "verify") == (
        2,
        "",
        "The database has no tables yet. Make them with: rapport init\n",
    )


def test_a_database_of_a_newer_program_is_said(
    tmp_path: Path, rapport: Rapport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not sent in a circle: what `init` cannot do is not offered."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'newer.db'}")
    rapport("init")
    with contextlib.closing(sqlite3.connect(tmp_path / "newer.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    said = rapport("ledger", "verify")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("The database is at version 9999, which this program (")
    assert rapport("init") == (
        2, "", "The database was made by a newer program than this one. Use that one.\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("RAPPORT_PROXIES", "many", "RAPPORT_PROXIES must be a whole number such as 1, not 'many'.\n"),
        (
            "RAPPORT_JOBS_URL",
            "mysql://x",
            "RAPPORT_JOBS_URL must begin with sqlite:///, redis:// or postgresql://\n",
        ),
        (
            "RAPPORT_CURRENCY",
            "pounds",
            "RAPPORT_CURRENCY must be the three letters of a currency in use, such as GBP.\n",
        ),
        (
            "RAPPORT_CURRENCY",
            "XAU",
            "RAPPORT_CURRENCY must be the three letters of a currency in use, such as GBP.\n",
        ),
        ("RAPPORT_BASE_URL", "rapport.example", _ADDRESS),
        ("RAPPORT_BASE_URL", "https://rapport.example:x", _ADDRESS),
        (
            "RAPPORT_MAIL_FROM",
            "me",
            "RAPPORT_MAIL_FROM must be a mail address, such as rapport@company.example.\n",
        ),
        ("SMTP_URL", "mail.example", _SERVER),
        ("SMTP_URL", "http://mail.example", _SERVER),
        ("SMTP_URL", "smtp://user:secret@mail.example:x", _SERVER),
    ],
)
def test_a_setting_that_cannot_be_read_is_a_sentence(
    rapport: Rapport, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    assert rapport("ledger", "verify") == (2, "", sentence)


def test_bytes_that_are_no_table_are_said_to_be_none(rapport: Rapport, tmp_path: Path) -> None:
    """A name that ends in .gz does not make it one."""
    place = tmp_path / "value.csv.gz"
    place.write_bytes(bytes(range(256)) * 8)
    assert rapport("import", "value", str(place), "--dry-run") == (
        1, "", "This is not a table: it holds bytes that no text has. Give CSV, plain or gzip.\nNothing was written.\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense://x", "The database cannot be used: Can't load plugin: sqlalchemy.dialects:nonsense"),
        ("postgresql://127.0.0.1:1/none", "The database does not answer as it should: connection failed"),
        (
            "sqlite:////nowhere/at/all.db",
            "There is no database at /nowhere/at/all.db yet. Make it with: rapport init",
        ),
    ],
)
def test_a_database_out_of_reach_is_a_sentence(
    rapport: Rapport, monkeypatch: pytest.MonkeyPatch, url: str, sentence: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    said = rapport("ledger", "verify")
    assert said.status == 2
    assert said.err.startswith(sentence)


def test_init_makes_the_database_and_does_nothing_the_second_time(
    tmp_path: Path, rapport: Rapport, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "new.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{place}")
    for _ in range(2):
        assert rapport("init") == (0, f"The database is ready: sqlite:///{place}\n", "")
    assert rapport("ledger", "verify").status == 0


# -- users -----------------------------------------------------------------------------------------------------


def test_a_user_is_added_with_a_password_from_stdin(
    rapport: Rapport, monkeypatch: pytest.MonkeyPatch
) -> None:
    _type(monkeypatch, "")
    words = [
        "users",
        "add",
        "Ruth@Lumen.example",
        "--name",
        "Ruth",
        "--role",
        "coordinator",
        "--department",
        "Events",
    ]
    refused = rapport(*words)
    assert (refused.status, refused.err) == (
        2, "Give the password on standard input, with --password-stdin. See: rapport users add --help\n",
    )  # fmt: skip
    _type(monkeypatch, f"{accounts.PASSWORD}\n")
    said = rapport(*words, "--password-stdin", "--json")
    ruth = db.session.scalars(sa.select(User)).one()
    assert json.loads(said.out) == {"id": ruth.id, "email": "ruth@lumen.example", "role": "coordinator"}
    assert passwords.is_right(ruth.password_hash, accounts.PASSWORD)
    assert "accounts.user_added" in _audited()
    _type(monkeypatch, f"{accounts.PASSWORD}\n")
    again = rapport(*words, "--password-stdin")
    assert (again.status, again.out, len(again.err.splitlines())) == (2, "", 1)


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "no address"}, "email: "),
        ({"--role": "partner"}, "A partner belongs to an agency, and nobody else does."),
    ],
)
def test_a_user_who_cannot_be_is_refused(
    rapport: Rapport, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], sentence: str
) -> None:
    given = {"email": "x@lumen.example", "--name": "X", "--role": "relations", "--department": "PR"} | changes
    _type(monkeypatch, f"{accounts.PASSWORD}\n")
    words = [word for name, value in given.items() if name != "email" for word in (name, value)]
    said = rapport("users", "add", given["email"], *words, "--password-stdin")
    assert said.status == 2
    assert said.err.startswith(sentence)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 0


# -- bringing in -----------------------------------------------------------------------------------------------


def test_people_come_in_dry_and_then_really(rapport: Rapport, tmp_path: Path) -> None:
    """P6, J2.1 and J2.2 on the command line."""
    accounts.user(name="Mei")
    files.make_known_people()
    place = tmp_path / "pr.csv.gz"
    place.write_bytes(gzip.compress(files.pr_list()))
    reasons = "(line 14 no contact route; lines 22 and 37 same person)"
    assert rapport("import", "people", str(place), "--dry-run") == (
        0,
        f"create 31, update 6, skip 3 {reasons}\n",
        "",
    )
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 6
    assert rapport("import", "people", str(place)).out == f"created 31, updated 6, skipped 3 {reasons}\n"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 37


def test_people_without_a_possible_owner_are_left_out_and_it_is_said(
    rapport: Rapport, tmp_path: Path
) -> None:
    """P1."""
    place = tmp_path / "people.csv"
    place.write_bytes(files.csv_bytes(("Name", "E-mail"), [("Ada Abel", "ada@p.example")]))
    said = rapport("import", "people", str(place), "--json")
    assert json.loads(said.out)["reasons"] == [
        "line 2 Everybody has an owner. Choose who looks after this person."
    ]


def test_value_comes_in_with_a_result_for_scripts(rapport: Rapport, tmp_path: Path) -> None:
    """c12."""
    place = tmp_path / "value.csv"
    place.write_bytes(files.payments_file([files.payment(), files.payment(Record_ID="2")]))
    words = ["import", "value", str(place), "--profile", "open-payments", "--program", "Iowa", "--json"]
    dry = json.loads(rapport(*words, "--dry-run").out)
    assert (dry["dry_run"], dry["added"], dry["import"]) == (True, 2, None)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 0
    found = json.loads(rapport(*words).out)
    assert (found["added"], found["known"], found["sums"], found["recipients"]) == (2, 0, {"USD": "13.82"}, 1)
    again = json.loads(rapport(*words).out)
    assert (again["added"], again["known"]) == (0, 2)


def test_faults_in_a_file_are_named_with_status_1_and_nothing_is_written(
    rapport: Rapport, tmp_path: Path
) -> None:
    place = tmp_path / "value.csv"
    place.write_bytes(files.payments_file([files.payment(), files.payment(Date_of_Payment="yesterday")]))
    said = rapport("import", "value", str(place), "--program", "Iowa")
    assert (said.status, said.out) == (1, "")
    assert said.err.splitlines() == [
        "Line 3, Date_of_Payment: “yesterday” is not a date. Write month/day/year, for example 08/31/2015.",
        "Nothing was written.",
    ]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Program)) == 0


# -- taking out ------------------------------------------------------------------------------------------------


def test_a_value_report_is_written_in_each_format_and_audited(
    rapport: Rapport, book: Program, tmp_path: Path
) -> None:
    """O6, R4."""
    for form in ("json", "csv", "xlsx"):
        out = tmp_path / f"report.{form}"
        said = rapport("report", "value", "--program", "global kol", "--format", form, "--out", str(out))
        assert said == (
            0,
            f"Wrote the value report of Global KOL to {out}, {out.stat().st_size:,} bytes.\n",
            "",
        )
    assert json.loads((tmp_path / "report.json").read_text())["non_cash"] == "5038.08"
    assert "5038.08" in (tmp_path / "report.csv").read_text("utf-8-sig")
    assert _audited().count("reports.exported") == 3


def test_a_report_goes_to_standard_output_and_nothing_else_does(
    rapport: Rapport, book: Program, tmp_path: Path
) -> None:
    words = ("report", "value", "--program", book.name, "--format", "csv", "--out")
    assert rapport(*words, str(tmp_path / "value.csv")).status == 0
    assert rapport(*words, "-") == (0, (tmp_path / "value.csv").read_bytes().decode("utf-8"), "")


def test_a_value_report_answers_as_of_a_past_instant(rapport: Rapport, book: Program, tmp_path: Path) -> None:
    """L14."""
    out = tmp_path / "report.json"
    words = ["report", "value", "--program", "Global KOL", "--format", "json", "--out", str(out)]
    assert rapport(*words, "--as-of", "2020-01-01T00:00:00Z").status == 0
    assert json.loads(out.read_text())["n"] == 0
    for wrong in ("yesterday", "2999-01-01"):
        said = rapport(*words, "--as-of", wrong)
        assert (said.status, said.out, len(said.err.splitlines())) == (2, "", 1)


def test_a_pdf_that_cannot_be_made_leaves_no_file(
    rapport: Rapport, book: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_PDF", "off")
    out = tmp_path / "report.pdf"
    said = rapport("report", "value", "--program", "Global KOL", "--format", "pdf", "--out", str(out))
    assert (said.status, said.err.splitlines()[0][:28], out.exists()) == (
        2,
        "PDF files are switched off o",
        False,
    )


def test_a_file_that_cannot_be_written_is_a_sentence_and_not_audited(
    rapport: Rapport, book: Program, tmp_path: Path
) -> None:
    out = tmp_path / "missing" / "report.json"
    said = rapport("report", "value", "--program", "Global KOL", "--format", "json", "--out", str(out))
    assert (said.status, said.err) == (2, f"{out}: No such file or directory.\n")
    assert "reports.exported" not in _audited()


def test_an_event_becomes_a_calendar_file(rapport: Rapport, tmp_path: Path) -> None:
    """C1."""
    event = make_events.event()
    out = tmp_path / "event.ics"
    assert rapport("feed", "event", event.name.upper(), "--out", str(out)).status == 0
    text = out.read_bytes()
    assert text.startswith(b"BEGIN:VCALENDAR\r\n")
    assert b"METHOD" not in text
    assert "calendars.exported" in _audited()


def test_a_whole_book_verifies_and_gives_its_signed_head(
    rapport: Rapport, book: Program, tmp_path: Path
) -> None:
    """L1."""
    said = rapport("ledger", "verify")
    assert (said.status, said.out.splitlines()[0]) == (0, "All 1 entries are whole and in order.")
    found = json.loads(rapport("ledger", "verify", "--json").out)
    assert (found["state"], found["size"], found["first_broken"]) == ("ok", 1, None)
    note = tmp_path / "checkpoint.txt"
    note.write_text(found["checkpoint"])
    assert rapport("ledger", "verify", "--against", str(note)).status == 0
    assert "ledger.verified" in _audited()
    assert rapport("ledger", "verify", "--links")[:2] == (0, "All 1 entries follow one another.\n")
    assert rapport("ledger", "verify", "--links", "--against", str(note)).status == 2


def test_a_book_that_was_changed_names_the_first_broken_entry(rapport: Rapport, book: Program) -> None:
    """L1: status 1. Whoever can drop a trigger can change a byte; the chain shows it."""
    with transaction():
        for statement in _FORGERY[db.engine.dialect.name]:
            db.session.execute(sa.text(statement))
    said = rapport("ledger", "verify", "--json")
    found = json.loads(said.out)
    assert (said.status, found["state"], found["first_broken"]) == (1, "broken", 1)
    assert rapport("ledger", "verify").out.startswith("The book is broken at entry 1.")


_FORGERY = {
    "sqlite": ["DROP TRIGGER ledger_entry_no_update", "UPDATE ledger_entry SET reporting_minor = 1 WHERE seq = 1"],
    "postgresql": [
        "SET LOCAL session_replication_role = replica", "UPDATE ledger_entry SET reporting_minor = 1 WHERE seq = 1",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    "content", [b"hello", b"\xff\xfe\x00", b"a/ledger\n1\nAAAA\n\n\xe2\x80\x94 a AAAAAAAA\n"]
)
def test_a_checkpoint_that_is_none_of_ours_is_refused(
    rapport: Rapport, book: Program, tmp_path: Path, content: bytes
) -> None:
    note = tmp_path / "checkpoint.txt"
    note.write_bytes(content)
    said = rapport("ledger", "verify", "--against", str(note))
    assert (said.status, said.out, len(said.err.splitlines())) == (2, "", 1)


# -- the demo, the server --------------------------------------------------------------------------------------


def test_the_demo_goes_into_an_empty_house_only(rapport: Rapport) -> None:
    accounts.user(role=Role.ADMIN, name="Ada")
    assert rapport("demo", "--if-empty") == (0, "Somebody works here already; the demo was not loaded.\n", "")
    assert rapport("demo") == (
        2,
        "",
        "Somebody works here already; the demo goes into an empty house only.\n",
    )


@pytest.mark.slow
def test_the_server_serves_with_a_worker_and_ends_with_it(tmp_path: Path) -> None:
    """A real process: address printed, pages answered, a taken port said, SIGTERM ends server and worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "RAPPORT_INSTANCE": str(tmp_path), "RAPPORT_PDF": "off"}
    for name in ("DATABASE_URL", "RAPPORT_BASE_URL"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "app.cli"]
    subprocess.run([*command, "init"], check=True, env=environment, capture_output=True)
    serve = [*command, "serve", "--port", str(port)]
    with subprocess.Popen(
        serve, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == f"Rapport is at http://127.0.0.1:{port}\n"
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=20) as page:
                assert page.status == 200
            taken = subprocess.run(serve, env=environment, capture_output=True, text=True)
            assert (taken.returncode, len(taken.stderr.strip().splitlines())) == (2, 1)
            worker = _wait_for_worker(server.pid)
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
    assert not Path(f"/proc/{worker}").exists()


@pytest.mark.parametrize("host", ["256.1.1.1", "no-such-host.invalid"])
def test_a_host_that_is_none_is_said_in_words(rapport: Rapport, host: str) -> None:
    said = rapport("serve", "--host", host, "--no-worker")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"There is no host {host} to listen on.")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_nobody_goes_on_under_another_master_key(
    book: Program, tmp_path: Path, rapport: Rapport, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A lost key is made anew by whoever starts next; what would be sealed with it from then on could not be put right."""
    monkeypatch.setenv("RAPPORT_INSTANCE", str(tmp_path))
    said = rapport(command)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("master.key does not open what was sealed here: it is another key.")


def test_a_worker_of_a_server_ends_in_order_while_the_server_lives(tmp_path: Path) -> None:
    """Ctrl-C reaches both at once: the thread that waits for the server's end must not break the interpreter's."""
    environment = {**os.environ, "RAPPORT_INSTANCE": str(tmp_path), "RAPPORT_PDF": "off"}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "app.cli"]
    subprocess.run([*command, "init"], check=True, env=environment, capture_output=True)
    with subprocess.Popen(
        [*command, "worker", "--while-stdin-is-open"],
        env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as worker:  # fmt: skip
        assert worker.stderr is not None
        assert any("worker_started" in line for line in worker.stderr)
        worker.send_signal(signal.SIGINT)
        said = worker.stderr.read()
        assert (worker.wait(timeout=60), "Fatal Python error" in said) == (0, False), said


def _wait_for_worker(parent: int) -> int:
    """The process id of the worker the server has started."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    if not children.exists():
        pytest.skip("this kernel does not list the children of a process")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = [
            int(child)
            for task in Path(f"/proc/{parent}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError("no worker was started")


# -- the mailbox -----------------------------------------------------------------------------------


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[ImapServer]:
    server = ImapServer()
    monkeypatch.setenv(
        "RAPPORT_INBOX_URL", f"imap://log:{quote(server.password, safe='')}@127.0.0.1:{server.port}"
    )
    yield server
    server.stop()


def test_the_mailbox_is_read_once(rapport: Rapport, box: ImapServer) -> None:
    box.put(messages.message())
    assert rapport("inbox") == Said(0, "1 message was read.\n", "")
    assert rapport("inbox") == Said(0, "0 messages were read.\n", "")
    said = rapport("inbox", "--json")
    assert (said.status, json.loads(said.out)) == (0, {"read": 0, "broken": 0})


def test_a_message_that_breaks_is_something_wrong(
    rapport: Rapport, box: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise ValueError("unreadable")

    monkeypatch.setattr(operations_inbox, "take_in", breaks)
    box.put(messages.message())
    said = rapport("inbox", "--json")
    assert (said.status, json.loads(said.out)) == (1, {"read": 1, "broken": 1})


def test_a_mailbox_that_cannot_be_read_is_said(rapport: Rapport, box: ImapServer) -> None:
    """Status 2, also for scripts; the password is not said."""
    box.refuses = "LOGIN"
    said = rapport("inbox", "--json")
    assert (said.status, said.out, box.password in said.err) == (2, "", False)
    assert "The mailbox cannot be read" in said.err


def test_without_a_mailbox_there_is_nothing_to_read(rapport: Rapport) -> None:
    assert rapport("inbox") == Said(2, "", "There is no mailbox to read. Name it in RAPPORT_INBOX_URL.\n")
