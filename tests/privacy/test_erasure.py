"""P8: after an erasure nothing in the house names the person, and every sum is what it was."""

import json
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import User
from app.core import clock, files, mail, places
from app.core.db import Base, db, transaction
from app.core.models import MailState, OutboxMail, StoredFile
from app.ledger import queries as ledger
from app.ledger import queries_verification
from app.people import operations_merges, queries_listing
from app.people.details import MergeDetails
from app.people.models import Person
from app.people.names import fold
from app.people.queries_listing import PersonFilter
from app.privacy import operations, operations_erasure, operations_files, policies
from app.privacy.details import ErasureDetails
from app.privacy.mentions import marks_of
from app.privacy.models import DoomedFile, RequestState
from app.privacy.places import PLACES
from app.privacy.reaching import Whose, count_rows, rows_of, table_of
from app.privacy.registry import Fate
from app.programs.models import Program
from app.reports import queries_value
from tests.buckets import Storage, content_of, files_kept
from tests.conftest import fresh
from tests.databases import free_port
from tests.factories import accounts, people
from tests.factories import privacy as make

NAME, FORMER, MAIL, HANDLE = "Inès Quillfeather", "Inez Oldquill", "ines@quill.example", "@quillfeather_net"
OTHER = ("Bruno Tannenwald", "Brunello Tann", "bruno@tannen.example", "@tannenwald_tv")


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    return {
        table.name: [tuple(row) for row in db.session.execute(sa.select(table).order_by(*table.primary_key))]
        for table in Base.metadata.sorted_tables
    }


def places_of(*words: str) -> list[str]:
    """Where any of the words stands, in any column of any table, folded; mails and binary columns too."""
    wanted = [form for word in words for form in (fold(word), word.casefold())]
    found = set()
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table)).mappings():
            for column, value in row.items():
                text = "\n".join(_texts(value))
                if any(word in fold(text) or word in text.casefold() for word in wanted):
                    found.add(f"{table.name}.{column}")
    for row in db.session.scalars(sa.select(OutboxMail)):
        text = fold(_mail_text(row.raw))
        if any(fold(word) in text for word in words):
            found.add("outbox_mail.raw")
    db.session.rollback()
    return sorted(found)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, bytes):
        yield value.decode("latin-1")
    elif isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        yield json.dumps(value, ensure_ascii=False, default=str)


def _mail_text(raw: bytes) -> str:
    parts = mail.parts_of(raw)
    return f"{parts.recipient} {parts.subject} {parts.text} {parts.html}"


def file_holds(word: str) -> bool:
    """Whether the bytes of the SQLite file or its log hold a word, in any way it can be written down."""
    path = Path(str(db.engine.url.database))
    db.session.rollback()
    raw = b"".join(one.read_bytes() for one in (path, Path(f"{path}-wal")) if one.exists()).lower()
    forms = {word, unicodedata.normalize("NFD", word), json.dumps(word)[1:-1], fold(word), word.casefold()}
    return any(form.lower().encode() in raw for form in forms)


def sums() -> Any:
    """The report of every program, the head of the book, and what verifying says."""
    with clock.fixed_at(clock.now()):
        reports = [
            queries_value.value_report(program)
            for program in db.session.scalars(sa.select(Program).order_by(Program.id))
        ]
    shown = [
        (one.n_people, one.lines, one.categories, [(row.person_id, row.lines, row.cash_lines, row.units, row.n) for row in one.people])
        for one in reports
    ]  # fmt: skip
    verdict = queries_verification.verify()
    head = db.session.execute(sa.text("SELECT seq, hash, peaks FROM ledger_head")).one()
    return shown, verdict.is_ok, verdict.root, tuple(map(str, head)), ledger.totals()


@pytest.fixture
def everywhere(app: Flask) -> tuple[Person, Person]:
    fill = make.Filler()
    one = make.live_everywhere(NAME, MAIL, HANDLE, former=FORMER, fill=fill)
    two = make.live_everywhere(OTHER[0], OTHER[2], OTHER[3], former=OTHER[1], fill=fill)
    return one, two


def test_the_fixture_puts_somebody_into_every_place(everywhere: tuple[Person, Person]) -> None:
    """Or the tests below would prove nothing."""
    one, _ = everywhere
    counts = count_rows(Whose((one.id,), (MAIL,)))
    empty = {name for name, n in counts.items() if not n}
    assert empty == {"privacy_request", "privacy_hold", "retention_item"}
    found = places_of(NAME, FORMER, MAIL, HANDLE)
    assert {place.split(".")[0] for place in found} >= {
        name
        for name in PLACES
        if make.wordy_columns(name) and name not in empty | {"audit_event", "ledger_entry"}
    }


def test_nothing_names_an_erased_person_any_more(everywhere: tuple[Person, Person]) -> None:
    """P8, c45: every text, JSON and binary column of every table, current and former names; SQLite's bytes on disk too."""
    one, _ = everywhere
    theirs = places_of(*OTHER)
    before = sums()
    done = make.erase(one)
    assert places_of(NAME, FORMER, MAIL, HANDLE, "Quillfeather", "98 76 54 32") == []
    if db.engine.dialect.name == "sqlite":
        assert [word for word in (NAME, FORMER, MAIL, HANDLE, "Quillfeather") if file_holds(word)] == []
        assert file_holds(OTHER[0])
    after = sums()
    assert after == before
    assert before[1] is True
    assert places_of(*OTHER) == theirs
    assert fresh(one).name == fresh(done).surrogate
    assert fresh(done).surrogate.startswith("Erased person ")


def test_rows_of_others_stay_as_they_are(everywhere: tuple[Person, Person]) -> None:
    """P8: nobody else's row in any place changes."""
    one, two = everywhere
    whose = Whose((two.id,), (OTHER[2],))

    def rows() -> dict[str, list[Any]]:
        skip = {"audit_event", "audit_detail", "ledger_subject"}
        return {
            name: [
                tuple(row)
                for row in db.session.execute(sa.select(table_of(name)).where(rows_of(name, whose)))
            ]
            for name in PLACES
            if name not in skip
        }

    before = rows()
    make.erase(one)
    assert rows() == before


def test_rows_go_or_stay_as_declared(everywhere: tuple[Person, Person]) -> None:
    """P8, c45: what is to go is gone, what stays stays in number."""
    one, _ = everywhere
    whose = Whose((one.id,), (MAIL,))
    before = count_rows(whose)
    make.erase(one)
    after = count_rows(whose)
    for name, place in PLACES.items():
        if place.fate is Fate.ERASE:
            assert (name, after[name]) == (name, 0)
        elif name not in {
            "audit_event",
            "audit_detail",
            "privacy_request",
            "declaration_change",
            "outbox_mail",
        }:
            assert (name, after[name]) == (name, before[name])
    mail = db.session.scalars(
        sa.select(OutboxMail).where(OutboxMail.dedup_key == f"everywhere:{one.id}")
    ).one()
    assert (mail.state, mail.recipient, mail.subject) == (MailState.DISCARDED, "", "Erased")


def test_files_go_from_the_disk_and_failures_are_tried_again(
    everywhere: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """P8: after the commit, by the worker; shown until it is done."""
    one, _ = everywhere
    stored = db.session.scalars(sa.select(StoredFile).order_by(StoredFile.id)).first()
    assert stored is not None
    digest = stored.sha256
    n_before = db.session.scalar(sa.select(sa.func.count(StoredFile.id)))
    make.erase(one)
    assert db.session.scalar(sa.select(sa.func.count(StoredFile.id))) == (n_before or 0) - 1
    assert files.exists(digest)

    def refuse(_path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert operations_files.remove_doomed() == 1
    waiting = db.session.scalars(sa.select(DoomedFile)).one()
    assert (waiting.removed_at, waiting.n_attempts, waiting.last_error) == (None, 1, "Permission denied")
    with clock.fixed_at(waiting.next_at):
        assert operations_files.remove_doomed() == 1
        assert operations_files.remove_doomed() == 0
    assert fresh(waiting).removed_at is not None
    assert not files.exists(digest)


def test_files_go_from_the_bucket_and_one_that_is_away_is_asked_once(
    app: Flask, in_bucket: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P8: all that is due waits together, and goes when the storage answers again."""
    with transaction():
        stored = [files.store(words, "x.txt", None) for words in (b"one", b"two")]
        operations_files.doom(stored, None, by=None)
    with files_kept(app, in_bucket.settings(FILES_ENDPOINT=f"http://127.0.0.1:{free_port()}"), monkeypatch):
        bucket = places.places(app.config)[0]
        asked: list[str] = []
        remove = bucket.remove
        monkeypatch.setattr(bucket, "remove", lambda digest: (asked.append(digest), remove(digest)))
        assert operations_files.remove_doomed() == 2
        assert (len(asked), len(in_bucket.keys())) == (1, 2)
    waiting = db.session.scalars(sa.select(DoomedFile)).all()
    assert {(row.removed_at, row.n_attempts) for row in waiting} == {(None, 1)}
    assert all("does not answer" in row.last_error for row in waiting)
    with clock.fixed_at(max(row.next_at for row in waiting)):
        assert operations_files.remove_doomed() == 2
    assert in_bucket.keys() == []


def test_nobody_is_erased_while_files_cannot_be_searched(
    everywhere: tuple[Person, Person], app: Flask, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P8: a file that could not be looked into may name the person; a bucket that is away is no empty one."""
    with files_kept(app, storage.settings(), monkeypatch), transaction():
        files.store(b"about Zdenka", "x.txt", None)
    with (
        files_kept(app, storage.settings(FILES_ENDPOINT=f"http://127.0.0.1:{free_port()}"), monkeypatch),
        pytest.raises(places.PlaceTrouble),
    ):
        make.erase(everywhere[0])
    assert db.session.scalar(sa.select(sa.func.count(DoomedFile.id))) == 0


def test_content_somebody_uploaded_again_stays(everywhere: tuple[Person, Person]) -> None:
    one, _ = everywhere
    stored = db.session.scalars(sa.select(StoredFile).order_by(StoredFile.id)).first()
    assert stored is not None
    content = content_of(stored)
    make.erase(one)
    with transaction():
        again = files.store(content, "again.csv", None)
    operations_files.remove_doomed()
    assert files.exists(again.sha256)


def test_merged_records_are_erased_with_the_one_that_stayed(app: Flask) -> None:
    """P8, P3: one person, all of their records."""
    kept = people.person("Zdenka Hollerich", email="zdenka@hollerich.example")
    gone = people.person("Z. Hollerich-Brand", email="zhb@brand.example")
    with transaction():
        operations_merges.merge_people(
            db.session.merge(kept),
            db.session.merge(gone),
            MergeDetails(reason="Zdenka Hollerich told us."),
            by=make.mei(),
        )
    make.erase(kept)
    assert places_of("Hollerich", "zdenka@hollerich.example", "zhb@brand.example") == []
    assert fresh(gone).merged_into_id == kept.id


def test_the_same_person_can_come_back_as_somebody_new(everywhere: tuple[Person, Person]) -> None:
    """P8: a new record under the same name and address has nothing of the old one."""
    one, _ = everywhere
    make.erase(one)
    again = people.person(NAME, email=MAIL)
    assert again.id != one.id
    assert again.merged_into_id is None
    counts = count_rows(Whose((again.id,), (MAIL,)))
    assert {name for name, n in counts.items() if n} <= {"person", "ownership", "audit_event", "audit_detail"}
    assert queries_listing.list_people(None, PersonFilter(q="Quillfeather")).total.number == 1


def test_names_others_bear_are_left_alone(app: Flask) -> None:
    """P8: two people of one name cannot be told apart in words; the preview says so."""
    one = people.person("Wei Castellan", email="wei.one@castellan.example")
    people.person("Wei Castellan", email="wei.two@castellan.example")
    assert marks_of(one).shared == ("Wei Castellan", "Castellan, Wei")
    make.erase(one)
    assert places_of("Wei Castellan") != []
    assert places_of("wei.one@castellan.example") == []


# -- what stops it ---------------------------------------------------------------------------------


def _confirm(asked: Any, *, by: Any = None, seen: str | None = None, reason: str = "") -> None:
    with transaction():
        here = db.session.merge(asked)
        details = ErasureDetails(seen=make.look(here).fingerprint if seen is None else seen, reason=reason)
        operations_erasure.erase(here, details, by=by or make.helga())


def test_whoever_wrote_it_down_cannot_confirm_it(app: Flask) -> None:
    """P8: four eyes, for compliance and administration too."""
    asked = make.request(people.person("Ada Brandt"), by=make.helga())
    with pytest.raises(policies.FourEyes):
        _confirm(asked, by=make.helga())
    assert fresh(asked).state is RequestState.OPEN
    _confirm(asked, by=make.ada())
    assert fresh(asked).state is RequestState.DONE
    with pytest.raises(policies.AlreadyAnswered):
        _confirm(asked, by=make.ada(), seen="x")


def test_a_hold_stops_it_whatever_is_said(app: Flask) -> None:
    """P8: until the hold is lifted."""
    who = people.person("Ada Brandt")
    asked = make.request(who)
    with transaction():
        hold = operations.place_hold(db.session.merge(who), "A claim is before the court.", by=make.ada())
    with pytest.raises(policies.OnHold, match="A claim is before the court"):
        _confirm(asked, reason="All the same.")
    with transaction():
        operations.lift_hold(db.session.merge(hold), "Settled.", by=make.ada())
    _confirm(asked)


def test_what_changed_since_the_look_is_looked_at_again(app: Flask) -> None:
    who = people.person("Ada Brandt")
    asked = make.request(who)
    seen = make.look(asked).fingerprint
    people.channel(who)
    with pytest.raises(policies.LooksDifferent):
        _confirm(asked, seen=seen)


def test_something_open_needs_a_reason(everywhere: tuple[Person, Person]) -> None:
    """P8: an unpaid contract, a loan, a crossed limit are named; a reason goes on the record."""
    one, _ = everywhere
    asked = make.request(one)
    with pytest.raises(policies.StillNeeded, match="something lent that has not come back"):
        _confirm(asked)
    assert fresh(one).name == NAME
    _confirm(asked, reason="The lender gave it up.")
    assert fresh(asked).reason == "The lender gave it up."


def test_nobody_is_erased_twice(everywhere: tuple[Person, Person]) -> None:
    one, _ = everywhere
    make.erase(one)
    with pytest.raises(policies.RequestRefused):
        make.request(one)


# -- the London demo -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Jack Tarrowby", "Ines Moreau", "أمل رشواني", "Nneka Obiorah-Lane"])
def test_people_of_the_demo(london: Flask, london_as: Callable[[str], FlaskClient], name: str) -> None:
    """P8, c45, scenario: the name is gone, the sum is unchanged; search, lists, exports and pages find nothing."""
    who = db.session.scalars(sa.select(Person).where(Person.name == name)).one()
    marks, before = marks_of(who), sums()
    helga, mei = (_user(key) for key in ("helga", "mei"))
    asked = make.request(who, by=mei, handler_id=helga.id)
    with transaction():
        here = db.session.merge(asked)
        details = ErasureDetails(seen=make.look(here).fingerprint, reason="Asked for.")
        operations_erasure.erase(here, details, by=db.session.merge(helga))
    assert sums() == before
    assert places_of(*(word for word in marks.words if len(word) > 5)) == []
    if db.engine.dialect.name == "sqlite":
        assert [word for word in marks.words if len(word) > 5 and file_holds(word)] == []
    browser = london_as("mei")
    for path in (
        "/people/",
        f"/search?q={name}",
        "/reports/",
        "/ledger/",
        "/outreach/",
        "/events/",
        "/travel/",
        f"/people/{who.id}",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert name not in answer.get_data(as_text=True).replace(f'value="{name}"', "").replace(
            f"“{name}”", ""
        )


def _user(key: str) -> Any:
    return db.session.scalars(sa.select(User).filter_by(email=f"{key}@lumen.example")).one()


def test_erasure_is_written_down_without_a_name(app: Flask) -> None:
    """R4: who erased when, never whom by name."""
    who = people.person("Ada Brandtwerk")
    make.erase(who)
    actions = list(
        db.session.scalars(
            sa.text("SELECT action FROM audit_event WHERE action LIKE 'privacy.%' ORDER BY id")
        )
    )
    assert actions == ["privacy.request_taken", "privacy.identity_erased", "privacy.person_erased"]
    assert accounts.user().id
