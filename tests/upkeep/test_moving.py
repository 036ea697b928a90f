"""Files move from the disk to a bucket and back while the house is in use: each whole in one of them at every moment."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent
from app.core import files, places
from app.core.db import db, transaction
from app.core.models import StoredFile
from app.core.places import PlaceTrouble
from app.privacy import operations_files as privacy
from app.upkeep import doctor
from app.upkeep.operations_files import move_files
from tests.buckets import Storage, alter, content_of, files_kept
from tests.upkeep.test_backup import Rapport, a_file, rapport

__all__ = ["rapport"]


@pytest.fixture(autouse=True)
def own_folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setitem(app.config, "FILES_PATH", tmp_path / "files")
    return tmp_path / "files"


@pytest.fixture
def three(app: Flask) -> list[StoredFile]:
    """Three files on the disk, kept before there was a bucket."""
    return sorted((a_file(words) for words in ("one", "two", "three")), key=lambda row: row.sha256)


def lying(app: Flask) -> list[list[str]]:
    """What is where new content goes, and what is in the other place."""
    db.session.rollback()
    return [sorted(place.list()) for place in places.places(app.config)]


def test_files_go_to_the_bucket_and_back(
    app: Flask, three: list[StoredFile], storage: Storage, monkeypatch: pytest.MonkeyPatch, rapport: Rapport
) -> None:
    monkeypatch.setattr("app.cli.opening.create_app", lambda **_: app)
    digests = [row.sha256 for row in three]
    with files_kept(app, storage.settings(), monkeypatch):
        [found] = [one for one in doctor.look() if one.name == "files"]
        assert found.words.endswith("under house/, at " + storage.endpoint + ". Say: rapport files move")
        said = rapport("files", "move", "--json")
        facts = json.loads(said.out)
        assert (said.status, facts["moved"], facts["altered"], facts["unnamed"]) == (0, 3, [], 0)
        assert lying(app) == [digests, []]
        assert json.loads(rapport("files", "move", "--json").out)["moved"] == 0
        assert {content_of(row) for row in three} == {b"one", b"two", b"three"}
    with files_kept(app, storage.settings(FILES_PLACE="disk"), monkeypatch):
        assert rapport("files", "move").out.startswith("3 files were moved to the disk, under ")
        assert lying(app) == [digests, []]
    assert {content_of(row) for row in three} == {b"one", b"two", b"three"}
    moves = sa.select(AuditEvent.subject_id).where(AuditEvent.action == "upkeep.files_moved")
    assert db.session.scalars(moves.order_by(AuditEvent.id)).all() == ["3", "0", "3"]


def test_where_there_is_no_bucket_nothing_is_moved(
    app: Flask, three: list[StoredFile], rapport: Rapport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.opening.create_app", lambda **_: app)
    said = rapport("files", "move")
    assert (said.status, said.err) == (
        2,
        "Files lie on the disk, and no bucket is set: there is nothing to move.\n",
    )


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("at", ["keep", "remove"])
def test_broken_off_it_goes_on_where_it_was(
    app: Flask,
    three: list[StoredFile],
    in_bucket: Storage,
    monkeypatch: pytest.MonkeyPatch,
    at: str,
    nth: int,
) -> None:
    calls = 0
    kind = type(places.places(app.config)[0]) if at == "keep" else places.Disk
    act = getattr(kind, at)

    def breaks(*words: object) -> None:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise PlaceTrouble("gone")
        act(*words)

    with monkeypatch.context() as patch:
        patch.setattr(kind, at, breaks)
        with pytest.raises(PlaceTrouble):
            move_files(by=None)
    assert [files.is_whole(row.sha256) for row in three] == [True] * 3
    assert move_files(by=None).n_moved == 4 - nth
    assert lying(app) == [[row.sha256 for row in three], []]


def test_what_is_altered_stays_and_is_named(
    app: Flask, three: list[StoredFile], storage: Storage, monkeypatch: pytest.MonkeyPatch, rapport: Rapport
) -> None:
    monkeypatch.setattr("app.cli.opening.create_app", lambda **_: app)
    alter(app, three[1], None)
    with files_kept(app, storage.settings(), monkeypatch):
        said = rapport("files", "move")
        assert (said.status, f"Altered where it lay, and left there: file {three[1].sha256}" in said.out) == (
            1,
            True,
        )
        assert lying(app) == [[three[0].sha256, three[2].sha256], [three[1].sha256]]
        alter(app, three[0], storage)
    with files_kept(app, storage.settings(FILES_PLACE="disk"), monkeypatch):
        found = move_files(by=None)
        assert (found.n_moved, found.altered) == (1, [three[0].sha256])


def test_what_is_erased_while_it_moves_does_not_come_back(
    app: Flask, three: list[StoredFile], in_bucket: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P8: erased between the look at the rows and the arrival in the bucket."""
    kind = type(places.places(app.config)[0])
    keep = kind.keep
    monkeypatch.setattr(kind, "keep", lambda *words: (erase(three[0]), keep(*words)))

    def erase(row: StoredFile) -> None:
        with transaction():
            if found := db.session.get(StoredFile, row.id):
                privacy.doom([found], None, by=None)
        privacy.remove_doomed()

    ids, digests = [row.id for row in three], [row.sha256 for row in three]
    assert ids
    move_files(by=None)
    assert lying(app) == [digests[1:], []]


def test_content_no_row_names_is_left_where_it_is(
    app: Flask, three: list[StoredFile], in_bucket: Storage
) -> None:
    """It may wait to be removed."""
    with transaction():
        db.session.delete(db.session.merge(three[0]))
    found = move_files(by=None)
    assert (found.n_moved, found.n_unnamed) == (2, 1)
    assert lying(app) == [[three[1].sha256, three[2].sha256], [three[0].sha256]]
