"""Files: kept by content, typed by content, whole or not at all."""

import errno
import gzip
import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core import clock, files, places
from app.core.db import db, transaction
from app.core.files import FileKindRefused, FileTooLarge
from app.core.models import StoredFile
from app.core.sheets import model, writing
from tests.buckets import alter, content_of
from tests.databases import wants_postgresql

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def archive(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def workbook(*parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in ("[Content_Types].xml", *parts):
            packed.writestr(name, b"<x/>")
    return out.getvalue()


def store(data: bytes, name: str = "receipt.pdf", most: int = files.MAX_BYTES) -> StoredFile:
    with transaction():
        return files.store(data, name, None, most=most, field="receipt")


def kept(app: Flask) -> list[str]:
    """What lies in all places, drafts included."""
    names = [path.name for path in Path(app.config["FILES_PATH"]).rglob("*") if path.is_file()]
    _disk, *buckets = sorted(places.places(app.config), key=lambda place: not isinstance(place, places.Disk))
    return sorted([*names, *(digest for bucket in buckets for digest in bucket.list())])


@pytest.fixture(autouse=True)
def own_folder(app: Flask, tmp_path: Path) -> object:
    before = app.config["FILES_PATH"]
    app.config["FILES_PATH"] = tmp_path / "files"
    yield
    app.config["FILES_PATH"] = before


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (PDF, "receipt.pdf", "application/pdf"),
        (PNG, "badge.png", "image/png"),
        (JPEG, "photo.jpeg", "image/jpeg"),
        (b"name,country\nAmal,AE\n", "people.csv", "text/csv"),
        ("\ufeffname;country\nZoë;SE\n".encode(), "people.CSV", "text/csv"),
        ("name\tcountry\n".encode("utf-16"), "people.csv", "text/csv"),
        ("Zoë;SE\n".encode("cp1252"), "people.csv", "text/csv"),
        (b"Dear Amal,\n", "letter.txt", "text/plain"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "x.ics", "text/calendar"),
        (archive(readme=b"x"), "works.zip", "application/zip"),
        (workbook("xl/workbook.xml"), "people.xlsx", XLSX),
        (gzip.compress(b"a,b\n", mtime=0), "value.csv.gz", "application/gzip"),
    ],
)
def test_the_type_is_read_from_the_content(
    app: Flask, kept_in: str, data: bytes, name: str, media_type: str
) -> None:
    stored = store(data, name)
    assert (stored.media_type, stored.name, stored.n_bytes) == (media_type, name, len(data))
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert content_of(stored) == data


def test_a_workbook_of_ours_is_recognised(app: Flask, tmp_path: Path) -> None:
    sheet = model.Sheet("People", [model.Column("name", "Name")], [["Amal"]])
    with (tmp_path / "people.xlsx").open("wb") as target:
        writing.write_xlsx(target, [sheet], created=clock.now())
    assert store((tmp_path / "people.xlsx").read_bytes(), "people.xlsx").media_type == XLSX


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty.pdf"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "setup.exe"),
        (b"\x7fELF\x02\x01\x01\x00", "program.pdf"),
        (b"<html><script>alert(1)</script>", "page.txt"),
        (b"\xef\xbb\xbf  <svg onload='x'>", "drawing.png"),
        (b"<?xml version='1.0'?>", "data.csv"),
        (b"GIF89a\x01\x00\x01\x00", "image.gif"),
        (b"a,b\n\x00\x01", "people.csv"),
        (b"PK\x03\x04 not really", "works.zip"),
        (workbook("word/document.xml"), "letter.docx"),
        (workbook("xl/workbook.xml", "xl/vbaProject.bin"), "macros.xlsx"),
    ],
)
def test_other_kinds_are_refused_and_nothing_is_left(
    app: Flask, kept_in: str, data: bytes, name: str
) -> None:
    with pytest.raises(FileKindRefused) as refused:
        store(data, name)
    assert refused.value.field == "receipt"
    assert (kept(app), db.session.query(StoredFile).count()) == ([], 0)


def test_a_file_that_is_too_large_is_refused_and_nothing_is_left(app: Flask, kept_in: str) -> None:
    with pytest.raises(FileTooLarge, match="larger than 1 MB"):
        store(PDF + bytes(1024 * 1024), most=1024 * 1024)
    assert (kept(app), db.session.query(StoredFile).count()) == ([], 0)
    assert store(PDF, most=len(PDF)).n_bytes == len(PDF)


def test_a_bomb_is_refused_by_what_it_declares(app: Flask) -> None:
    bomb = archive(a=bytes(files.MAX_UNPACKED_BYTES // 2), b=bytes(files.MAX_UNPACKED_BYTES // 2 + 1))
    assert len(bomb) < 1024 * 1024
    with pytest.raises(FileTooLarge):
        store(bomb, "bomb.zip")
    with pytest.raises(FileTooLarge):
        store(archive(**{f"f{number}": b"" for number in range(files.MAX_ENTRIES + 1)}), "many.zip")
    assert kept(app) == []


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\mei\\receipt.pdf", "receipt.pdf"),
        ("receipt\r\nX-Evil: 1.pdf", "receiptX-Evil: 1.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("收据.PDF", "收据.PDF"),
        ("x" * 500 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_names_are_cleaned_and_end_as_the_type_does(app: Flask, name: str, clean: str) -> None:
    assert store(PDF, name).name == clean


def test_the_same_content_is_kept_once(app: Flask, kept_in: str) -> None:
    first, second = store(PDF, "a.pdf"), store(PDF, "b.pdf")
    assert (first.id == second.id, first.sha256 == second.sha256, len(kept(app))) == (False, True, 1)


def test_a_stream_is_as_good_as_bytes(app: Flask) -> None:
    with transaction():
        stored = files.store(io.BytesIO(PDF), "a.pdf", 7)
    assert (stored.n_bytes, stored.by_id) == (len(PDF), 7)


def test_a_download_can_neither_be_shown_nor_guessed(app: Flask, kept_in: str) -> None:
    stored = store(b"a,b\n", "Zoë, “réçu”.csv")
    with app.test_request_context(), files.download(stored) as response:
        headers = response.headers
        assert b"".join(response.iter_encoded()) == b"a,b\n"
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''Zo%C3%AB%2C%20" in headers["Content-Disposition"]
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Length"] == "4"


def test_content_that_is_lost_is_said_in_words(app: Flask, kept_in: str) -> None:
    stored = store(PDF)
    assert files.exists(stored.sha256)
    files.remove(stored.sha256)
    files.remove(stored.sha256)  # a second time is no fault
    assert not files.exists(stored.sha256)
    with pytest.raises(files.Lost, match="missing where files are kept"):
        files.open_file(stored)


def test_content_is_read_from_any_position(app: Flask, kept_in: str) -> None:
    stored = store(PDF)
    with files.open_file(stored) as content:
        assert (content.seek(5), content.read(3), content.seek(0), content.read()) == (5, PDF[5:8], 0, PDF)


def test_altered_content_is_found_and_kept_right_again(
    app: Flask, kept_in: str, request: pytest.FixtureRequest
) -> None:
    stored = store(PDF)
    alter(app, stored, request.getfixturevalue("in_bucket") if kept_in == "bucket" else None, PDF[::-1])
    assert not files.is_whole(stored.sha256)
    with pytest.raises(files.Lost, match="altered"):
        files.open_whole(stored.sha256)
    store(PDF)
    assert files.is_whole(stored.sha256)


def test_content_goes_only_when_no_row_names_it(app: Flask, kept_in: str) -> None:
    stored = store(PDF)
    with transaction():
        assert files.remove_unnamed(stored.sha256)
    assert files.exists(stored.sha256)
    with transaction():
        db.session.delete(db.session.merge(stored))
        db.session.flush()
        assert files.remove_unnamed(stored.sha256)
    assert not files.exists(stored.sha256)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_neither_file_nor_row(
    app: Flask, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """The operating system may say it as late as at fsync."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", full) if call == "fsync" else (Path, "replace", full)))
    with pytest.raises(OSError, match="No space left"):
        store(PDF)
    monkeypatch.undo()
    assert (kept(app), db.session.query(StoredFile).count()) == ([], 0)


def test_a_row_of_a_refused_transaction_never_was(app: Flask, kept_in: str) -> None:
    with transaction() as current:
        files.store(PDF, "a.pdf", None)
        current.undo()
    assert db.session.query(StoredFile).count() == 0
    assert store(PDF).n_bytes == len(PDF)


@pytest.mark.postgres
def test_a_removal_gives_way_to_whoever_keeps_the_same(app: Flask) -> None:
    """Their row is not committed yet, so nobody else can see that content is wanted again."""
    if not wants_postgresql():
        pytest.skip("on SQLite there is one writer anyway")
    digest = hashlib.sha256(PDF).hexdigest()
    with db.engine.connect() as other:
        other.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(int(digest[:15], 16))))
        stored = store(PDF)  # two may keep the same at once
        with transaction():
            db.session.delete(db.session.merge(stored))
            db.session.flush()
            assert not files.remove_unnamed(digest)
        assert files.exists(digest)
        other.rollback()
    with transaction():
        assert files.remove_unnamed(digest)
    assert not files.exists(digest)
