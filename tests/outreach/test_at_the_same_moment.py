"""Two departments at the same instant, in processes of their own, through different doors: they cannot both pass (G3)."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import User
from app.core.db import db, transaction
from app.core.models import MailState, OutboxMail
from app.outreach import operations
from app.outreach.details import LetterDetails
from app.outreach.models import Letter, Touch, TouchKind
from tests.factories import outreach, people

#: How often each department tries, with somebody new each time.
N_ROUNDS = 40

#: One department: it waits for the word for each round, so that all begin at the same instant, again and again.
CONTENDER = """
    import sys
    import sqlalchemy as sa
    from app import create_app
    from app.accounts.models import User
    from app.core.db import db, transaction
    from app.core.errors import DomainError
    from app.outreach import operations, queries_outbox
    from app.outreach.details import TouchDetails
    from app.outreach.policies import ContactStopped
    app = create_app(TESTING=True)
    with app.app_context():
        print("ready", flush=True)
        for line in sys.stdin:
            door, number = line.split()
            outcome = ""
            while not outcome:
                try:
                    with transaction():
                        by = db.session.get(User, int(sys.argv[1]))
                        if door == "batch":
                            outcome = str(operations.release_batch(number, by=by).n_sent)
                            continue
                        if door == "letter":
                            operations.release_letter(queries_outbox.get_letter(int(number)), by=by)
                        else:
                            details = TouchDetails(person_id=int(number), channel="mail", subject="At the same moment")
                            operations.record_touch(details, by=by)
                    outcome = "passed"
                except ContactStopped:
                    outcome = "stopped"
                except DomainError:
                    outcome = "0"
                except sa.exc.OperationalError:
                    outcome = ""  # it waited too long for the other on a busy machine: pressed again, as a person would
            print(outcome, flush=True)
"""


def _contenders(app: Flask, users: list[User]) -> list[subprocess.Popen[str]]:
    environment = os.environ | {
        "DATABASE_URL": str(app.config["SQLALCHEMY_DATABASE_URI"]).replace("postgresql+psycopg", "postgresql"),
        "RAPPORT_INSTANCE": str(app.config["INSTANCE"]), "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(CONTENDER)]
    started = [
        subprocess.Popen(
            [*command, str(user.id)],
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for user in users
    ]
    db.session.rollback()
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    return started


def _round(contenders: list[subprocess.Popen[str]], words: list[str]) -> list[str]:
    """Say go to all, then hear how each fared."""
    for process, word in zip(contenders, words, strict=True):
        assert process.stdin
        process.stdin.write(word + "\n")
        process.stdin.flush()
    return [process.stdout.readline().strip() for process in contenders if process.stdout]


def _end(contenders: list[subprocess.Popen[str]]) -> None:
    for process in contenders:
        process.communicate(timeout=60)


@pytest.mark.slow
def test_of_three_departments_exactly_one_passes_in_every_round(app: Flask) -> None:
    """G3: by hand against by hand, forty people, three processes."""
    users = outreach.cast()
    ids = [people.person(f"Person {number}", owner=users["Mei"]).id for number in range(N_ROUNDS)]
    contenders = _contenders(app, [users[name] for name in ("Mei", "Tom", "Pia")])
    outcomes = [sorted(_round(contenders, [f"hand {id}"] * 3)) for id in ids]
    _end(contenders)
    assert outcomes == [["passed", "stopped", "stopped"]] * N_ROUNDS
    assert db.session.scalar(sa.select(sa.func.count(Touch.id))) == N_ROUNDS


@pytest.mark.slow
def test_a_letter_and_a_message_by_hand_cannot_both_pass(app: Flask) -> None:
    """G3: one guard for every door. A letter that was stopped stays held; none leaves without its touch."""
    users = outreach.cast()
    outreach.letter_template("en", key="note", body=outreach.NOTE)
    rounds = []
    for number in range(N_ROUNDS // 2):
        person = people.person(f"Person {number}", owner=users["Mei"], email=f"p{number}@experts.example")
        details = LetterDetails(
            person_id=person.id, key="note", kind=TouchKind.UNSOLICITED, fields={"message": "Hello", "event": "Lab"},
            batch="notes", batch_title="Notes",
        )  # fmt: skip
        with transaction():
            rounds.append((person.id, operations.write_letter(details, by=db.session.merge(users["Mei"])).id))
    contenders = _contenders(app, [users["Mei"], users["Tom"]])
    outcomes = [_round(contenders, [f"letter {letter}", f"hand {person}"]) for person, letter in rounds]
    _end(contenders)
    assert [sorted(one) for one in outcomes] == [["passed", "stopped"]] * len(rounds)
    n_letters = sum(one[0] == "passed" for one in outcomes)
    states = dict(
        db.session.execute(sa.select(OutboxMail.state, sa.func.count()).group_by(OutboxMail.state)).all()
    )
    assert states.get(MailState.HELD, 0) == len(rounds) - n_letters
    left = db.session.scalar(sa.select(sa.func.count(Letter.id)).where(Letter.touch_id.is_not(None)))
    assert (left, db.session.scalar(sa.select(sa.func.count(Touch.id)))) == (n_letters, len(rounds))


@pytest.mark.slow
def test_two_who_press_send_at_the_same_moment_send_once(app: Flask) -> None:
    """G5: every letter of the batch leaves exactly once, whichever of the two sends it."""
    users = outreach.cast()
    outreach.letter_template("en", key="note", body=outreach.NOTE)
    for batch in range(5):
        for number in range(6):
            person = people.person(
                f"P{batch}{number}", owner=users["Mei"], email=f"p{batch}{number}@experts.example"
            )
            details = LetterDetails(
                person_id=person.id, key="note", kind=TouchKind.UNSOLICITED, fields={"message": "Hello", "event": "Lab"},
                batch=f"batch-{batch}", batch_title="Notes",
            )  # fmt: skip
            with transaction():
                operations.write_letter(details, by=db.session.merge(users["Mei"]))
    contenders = _contenders(app, [users["Mei"], users["Tom"]])
    outcomes = [_round(contenders, [f"batch batch-{batch}"] * 2) for batch in range(5)]
    _end(contenders)
    assert [sum(map(int, one)) for one in outcomes] == [6] * 5
    assert db.session.scalar(sa.select(sa.func.count(Touch.id))) == 30
    states = dict(
        db.session.execute(sa.select(OutboxMail.state, sa.func.count()).group_by(OutboxMail.state)).all()
    )
    assert states == {MailState.NEW: 30}
