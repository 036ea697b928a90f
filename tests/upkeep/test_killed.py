"""kill -9 in the middle: nothing half done, nothing lost, and what is tried again is done once."""

import io
import os
import random
import signal
import string
import sys
import tarfile
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from flask import Flask

from app.accounts import operations as account_operations
from app.accounts.models import AuditEvent, Role
from app.core.db import db, transaction, writing_connections
from app.core.extensions import alembic, head
from app.core.models import Job, JobState, MailState, OutboxMail
from app.imports import operations_runs
from app.imports.models import ImportKind, ImportRun
from app.ledger import operations as ledger_operations
from app.ledger import queries as ledger
from app.ledger.models import Entry
from app.people.models import Person
from app.upkeep import archive, operations
from tests.conftest import fresh
from tests.core.test_outbox import Server, Start, queue, queue_url, server, worker
from tests.databases import Databases, free_port
from tests.factories import accounts, programs
from tests.factories import ledger as make_value
from tests.factories import people as make_people
from tests.upkeep.houses import (
    House,
    Visitor,
    children,
    house_of,
    opened,
    until,
    until_it_answers,
    wait_until_held,
)
from tests.upkeep.test_backup import a_file

__all__ = ["queue_url", "server", "worker"]

PASSWORD = "correct horse battery staple"
N_LISTED = 1200


@pytest.fixture
def house(app: Flask, tmp_path: Path) -> Iterator[House]:
    """Real processes over the database of this test."""
    with opened(house_of(app, tmp_path)) as found:
        yield found


def a_list(n_people: int = N_LISTED) -> bytes:
    """A list of people somebody might import; too long to be read while somebody waits."""
    lines = [f"Person {number},person{number}@list.example,{'note ' * 60}" for number in range(n_people)]
    return "\n".join(["Name,E-mail,Notes", *lines]).encode()


def count(table: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def actions() -> Counter[str]:
    db.session.rollback()
    return Counter(db.session.scalars(sa.select(AuditEvent.action)))


# -- an import ---------------------------------------------------------------------------------------------


def test_an_import_that_is_killed_leaves_nothing_and_goes_well_the_next_time(
    app: Flask, house: House, tmp_path: Path
) -> None:
    """By the command: it dies when everybody is written and the transaction is still open."""
    accounts.user(role=Role.RELATIONS)
    (tmp_path / "list.csv").write_bytes(a_list(60))
    words = ("import", "people", str(tmp_path / "list.csv"))
    before = actions()
    house.kill_at("app.imports.operations_people:insert_rows", *words)
    assert (count(Person), count(ImportRun), actions() - before) == (0, 0, Counter())
    assert house.command(*words).returncode == 0
    assert (count(Person), count(ImportRun)) == (60, 1)
    # A second time everybody is known.
    assert house.command(*words).returncode == 0
    assert count(Person) == 60


@pytest.mark.deep
def test_a_worker_that_is_killed_in_an_import_leaves_it_to_the_next_one(app: Flask, house: House) -> None:
    by = accounts.user(role=Role.RELATIONS)
    with transaction():
        run = operations_runs.upload(
            io.BytesIO(a_list()), "list.csv", kind=ImportKind.PEOPLE, by=db.session.merge(by)
        )
        job_id = run.job_id
    assert job_id is not None  # large: a worker does the dry run, then the run
    house.kill_at("app.imports.operations_people:_Plan.carry_out", "worker", lease=1)
    assert fresh(db.session.get_one(Job, job_id)).state is JobState.RUNNING
    house.slowed("worker", lease=60)
    until(lambda: fresh(db.session.get_one(Job, job_id)).state is JobState.DONE)
    assert (db.session.get_one(Job, job_id).n_attempts, count(Person)) == (2, 0)
    with transaction():
        operations_runs.carry_out(db.session.get_one(ImportRun, run.id), by=db.session.merge(by))
    until(lambda: count(Person) > 0)
    assert count(Person) == N_LISTED


# -- the book ----------------------------------------------------------------------------------------------

APPEND = """
    import os
    import signal
    import sys
    from datetime import date
    from uuid import uuid4
    from app import create_app
    from app.core.db import transaction
    from app.core.money import Money
    from app.ledger import operations
    from app.ledger.details import EntryDetails
    from app.ledger.models import Basis, Category, Form
    person, program = int(sys.argv[1]), int(sys.argv[2])

    def write():
        while True:
            details = EntryDetails(person_id=person, program_id=program, category=Category.TRAVEL_AIR, place="London, GB",
                form=Form.IN_KIND_VENDOR, basis=Basis.ACTUAL_COST, value_on=date(2026, 8, 3), money=Money(1250, "GBP"),
                provider="Airline", external_ref=uuid4().hex)
            with transaction():
                seq = operations.post_entry(details, by=None).entry.seq
            os.write(1, f"{seq}\\n".encode())

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with create_app(LOG_LEVEL="ERROR").app_context():
        for _ in sys.stdin:
            child = os.fork()
            if not child:
                write()
            os.write(1, f"pid {child}\\n".encode())
"""


def _killed_writers(house: House, person: int, program: int, n_rounds: int, luck: random.Random) -> set[int]:
    """Two processes that append, both killed at some moment, round after round; the numbers they said were written."""
    db.session.rollback()
    forge = house.start(sys.executable, "-c", textwrap.dedent(APPEND), str(person), str(program), typed=True)
    said: list[bytes] = []
    assert forge.stdin is not None
    assert forge.stdout is not None
    hearing = threading.Thread(target=said.extend, args=(forge.stdout,))
    hearing.start()
    for number in range(1, n_rounds + 1):
        n_before = len(said)
        forge.stdin.write(b"go\ngo\n")
        forge.stdin.flush()
        until(lambda n=number, m=n_before: len(_pids(said)) == 2 * n and len(said) > m + 2 + 4)
        time.sleep(luck.uniform(0, 0.1))
        for pid in _pids(said)[-2:]:
            os.kill(pid, signal.SIGKILL)
    forge.kill()
    hearing.join()
    return {int(line) for line in said if line[:1].isdigit() and line.endswith(b"\n")}


def _pids(said: list[bytes]) -> list[int]:
    return [int(line.split()[1]) for line in said if line.startswith(b"pid ")]


@pytest.mark.slow
def test_writers_of_the_book_that_are_killed_lose_no_entry_and_leave_no_gap(app: Flask, house: House) -> None:
    _check_killed_writers(house, 4)


@pytest.mark.deep
def test_many_writers_of_the_book_are_killed(app: Flask, house: House) -> None:
    _check_killed_writers(house, 40)


def _check_killed_writers(house: House, n_rounds: int) -> None:
    person, program = make_people.person("Jack"), programs.program()
    said = _killed_writers(house, person.id, program.id, n_rounds, random.Random(7))
    db.session.rollback()
    numbers = list(db.session.scalars(sa.select(Entry.seq).order_by(Entry.seq)))
    assert numbers == list(range(1, len(numbers) + 1))
    assert said <= set(numbers)
    details = make_value.stay(fresh(person), fresh(program))
    with transaction():  # whoever held the head of the book is gone, and so is their lock
        more = ledger_operations.post_entry(details, by=None)
        assert more.entry.seq == len(numbers) + 1
    found = ledger.verify([])
    assert (found.is_ok, found.size) == (True, len(numbers) + 1)
    assert actions()["ledger.entry_posted"] == len(numbers) + 1


# -- a request ---------------------------------------------------------------------------------------------


def a_person(visitor: Visitor, name: str) -> dict[str, str]:
    """What somebody types who adds a person whom nothing confuses with another."""
    return visitor.filled(
        "/people/new", name=name, email=f"{name.replace(' ', '.').lower()}@list.example", phone="", kind="", agency_id="", official_status="none", official_reason="",
        languages="en", notes="",
    )  # fmt: skip


def signed_in(port: int, email: str) -> Visitor:
    visitor = Visitor(port)
    visitor.sign_in(email, PASSWORD)
    return visitor


def a_user_with_a_password() -> str:
    user = accounts.user(role=Role.RELATIONS, email="mei@lumen.example", name="Mei")
    with transaction():
        account_operations.set_password(db.session.merge(user), PASSWORD, by=None)
    return "mei@lumen.example"


@pytest.mark.deep
def test_a_server_that_is_killed_in_a_request_keeps_nothing_of_it(app: Flask, house: House) -> None:
    """And the same form, sent again by hand or by the browser, acts once."""
    email = a_user_with_a_password()
    port = free_port()
    house.environment |= {"RAPPORT_BASE_URL": f"http://127.0.0.1:{port}"}
    words = ("serve", "--no-worker", "--port", str(port))
    slow = house.slowed(*words, where="app.people.operations:open_first", nth=1)
    until_it_answers(port)
    visitor = signed_in(port, email)
    typed = a_person(visitor, "Nadia Half")
    broken: list[BaseException] = []

    def send() -> None:
        try:
            visitor.post("/people/new", typed)
        except requests.RequestException as trouble:
            broken.append(trouble)

    sending = threading.Thread(target=send)
    sending.start()
    wait_until_held(slow)
    slow.send_signal(signal.SIGKILL)
    sending.join()
    assert (len(broken), count(Person)) == (1, 0)
    house.start(sys.executable, "-m", "app.cli", *words)
    until_it_answers(port)
    assert [visitor.post("/people/new", typed).status_code for _ in range(2)] == [303, 303]
    assert (count(Person), actions()["people.person_added"]) == (1, 1)


@pytest.mark.deep
def test_forms_sent_again_act_once_while_processes_die(app: Flask, house: House) -> None:
    """Four visitors send forms, and send each again until it is answered, while processes are killed under them."""
    email = a_user_with_a_password()
    server, port = house.serve(processes=2)
    is_over, luck = threading.Event(), random.Random(3)
    names = [[f"{a_word(luck)} {a_word(luck)}" for _ in range(15)] for _who in range(4)]

    def kill_now_and_then() -> None:
        while not is_over.wait(luck.uniform(0.3, 0.9)):
            alive = children(server.pid)
            if len(alive) == 2:
                os.kill(luck.choice(sorted(alive)), signal.SIGKILL)

    def add_all(mine: list[str]) -> None:
        visitor = persistently(lambda: signed_in(port, email))
        for name in mine:
            typed = persistently(lambda name=name: a_person(visitor, name))
            said = persistently(lambda typed=typed: visitor.post("/people/new", typed))
            assert said.status_code == 303, said.text[-3000:]

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    try:
        in_threads([(add_all, mine) for mine in names])
    finally:
        is_over.set()
        killer.join()
    db.session.rollback()
    there = Counter(db.session.scalars(sa.select(Person.name)))
    assert there == Counter(name for mine in names for name in mine)
    assert actions()["people.person_added"] == 60


def a_word(luck: random.Random) -> str:
    """A name like no other: nobody is asked whether two of them are one person."""
    return "".join(luck.choices(string.ascii_lowercase, k=9)).title()


def persistently(act: Any) -> Any:
    """Do something again until the connection holds, as people do who press the button once more."""
    for _ in range(60):
        try:
            return act()
        except (requests.RequestException, AssertionError):
            time.sleep(0.1)
    raise AssertionError("it was never answered")


def in_threads(tasks: list[tuple[Any, Any]]) -> None:
    """Do all at once; the first fault of any is a fault here."""
    faults: list[BaseException] = []

    def run(act: Any, argument: Any) -> None:
        try:
            act(argument)
        except BaseException as fault:  # noqa: BLE001 -- raised again below
            faults.append(fault)

    threads = [threading.Thread(target=run, args=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


# -- mail --------------------------------------------------------------------------------------------------


@pytest.mark.deep
def test_workers_that_are_killed_lose_no_mail(app: Flask, server: Server, worker: Start) -> None:
    """Each mail arrives; what arrives twice bears the Message-ID it had before."""
    for number in range(60):
        queue(f"letter:{number}", recipient=f"person{number}@example.com")
    server.mailbox.pause, luck, n_killed = 0.05, random.Random(11), 0
    while n_killed < 6:
        process = worker(lease=2)
        n_before = len(server.mailbox.taken)
        until(lambda n_before=n_before: len(server.mailbox.taken) > n_before or _n_unsent() == 0)
        time.sleep(luck.uniform(0, 0.2))
        process.kill()
        process.wait()
        n_killed += 1
    server.mailbox.pause = 0.0
    worker(lease=2)
    until(lambda: _n_unsent() == 0)
    db.session.rollback()
    known = {row.message_id: row.recipient for row in db.session.scalars(sa.select(OutboxMail))}
    arrived = Counter((str(one["Message-ID"]), str(one["To"])) for one in server.mailbox.messages())
    assert {message for message, _ in arrived} == known.keys()
    assert len(arrived) == 60  # one reader for each Message-ID
    assert sum(arrived.values()) <= 60 + n_killed


def _n_unsent() -> int:
    db.session.rollback()
    unsent = sa.select(sa.func.count()).select_from(OutboxMail).where(OutboxMail.state != MailState.SENT)
    return db.session.scalar(unsent) or 0


# -- the machine itself ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_upgrade_that_is_killed_leaves_the_database_as_it_was(
    app: Flask, databases: Databases, house: House
) -> None:
    make_people.person("Amal")
    db.session.commit()
    databases.holds_state = True
    db.session.remove()
    with writing_connections():
        alembic.downgrade("0043")
    db.session.remove()
    tables = _tables()
    house.kill_at(
        "alembic.runtime.migration:HeadMaintainer.update_to_step", "upgrade", "--without-backup", nth=4
    )
    assert (_version(), _tables()) == ("0043", tables)
    said = house.command("upgrade", "--without-backup")
    assert (said.returncode, said.stderr, _version()) == (0, "", head())
    assert count(Person) == 1


def _version() -> str:
    found = str(db.session.scalar(sa.text("SELECT version_num FROM alembic_version")))
    db.session.remove()
    return found


def _tables() -> dict[str, list[str]]:
    look = sa.inspect(db.engine)
    found = {name: [one["name"] for one in look.get_columns(name)] for name in look.get_table_names()}
    db.engine.dispose()
    return found


@pytest.mark.slow
def test_a_backup_that_is_killed_is_no_backup_and_leaves_no_copy_of_the_database_for_long(
    app: Flask, house: House, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    a_file()
    db.session.rollback()
    house.kill_at("app.upkeep.archive:Writer.add", "backup", "--out", str(folder), nth=2)
    left = sorted(path.name for path in folder.iterdir())
    assert len(left) == 2  # what was written so far, and the copy of the database beside it
    assert not [name for name in left if name.endswith(".tar")]
    made = operations.make_backup(folder / "made.tar")
    assert archive.examine(made.path).tables["user"] == count_users()
    assert len(list(folder.iterdir())) == 3  # somebody else might be writing these
    long_ago = time.time() - 25 * 3600
    for name in left:
        os.utime(folder / name, (long_ago, long_ago))
        if name.endswith(".partial"):
            (folder / name).rename(folder / "rapport-20250101-000000.tar.partial")
    newer = operations.make_backup(folder / "newer.tar")
    assert sorted(path.name for path in folder.iterdir()) == sorted([made.path.name, newer.path.name])
    with tarfile.open(newer.path) as tar:
        assert tar.getnames()[-1] == archive.SEAL


def count_users() -> int:
    db.session.rollback()
    return db.session.scalar(sa.text('SELECT count(*) FROM "user"')) or 0
