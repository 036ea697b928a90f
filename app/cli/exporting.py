"""The command that takes everything out: all lists as open files, and the book with its proof."""

import csv
import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import click

from app.accounts import audit, permissions
from app.accounts import queries as accounts
from app.accounts.models import User
from app.api import everything
from app.api.everything import Listed
from app.cli.opening import opened
from app.cli.talking import Talk, json_option
from app.core import clock
from app.core.db import transaction
from app.core.errors import NotFound
from app.core.sheets import csv_safe
from app.ledger import operations as ledger

_BOOK = "ledger-bundle.zip"
_BLOCK = 256 * 1024

_README = """\
Everything Rapport at {company} shows to {name} ({role}), taken out at {at}.

manifest.json   each file: its lines, its bytes, its SHA-256; the lists this role may not read
{book}*.{form}         one list each, as https://…/api/v1/ gives it; docs of the fields: /developers of the house

Not in it: the content of kept files, sealed words, keys, passwords, the audit trail. A backup has these
(rapport backup), and is for putting a house back; this is for reading elsewhere.
Lists were read one after the other: what was entered meanwhile may stand in one and not in another.
"""
_README_BOOK = "ledger-bundle.zip   the whole book with its signed head and the program that verifies it\n"


class Target(Protocol):
    """Where the files of an export go."""

    def file(self, name: str) -> Any:
        """A file to write, as a context."""


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700)

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        descriptor = os.open(self.path / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file


class _Zip:
    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        with self._zip.open(name, "w", force_zip64=True) as file:
            yield file

    def close(self) -> None:
        self._zip.close()
        self._file.close()


@contextmanager
def _target(out: Path) -> Iterator[Target]:
    """A folder, or a zip where the name says so; it has its name only when it is whole."""
    if out.exists():
        raise click.ClickException(f"{out} is there already. Name something new.")
    if not out.parent.is_dir():
        raise click.ClickException(f"There is no folder {out.parent}.")
    partial = out.with_name(f"{out.name}.partial")
    is_zip = out.suffix.lower() == ".zip"
    target = _Zip(partial) if is_zip else _Folder(partial)
    try:
        yield target
        if isinstance(target, _Zip):
            target.close()
        partial.rename(out)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        partial.unlink(missing_ok=True)


@click.command("export")
@click.option(
    "--as",
    "email",
    required=True,
    metavar="EMAIL",
    help="Whose rights count: what they may not read is left out.",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER|FILE.zip",
    help="A new folder, or a new zip.",
)  # fmt: skip
@click.option("--format", "form", default="jsonl", show_default=True, type=click.Choice(["jsonl", "csv"]))
@json_option
def export_command(email: str, out: Path, form: str, is_json: bool) -> None:
    """Take everything out as open files: every list somebody may read, and the book with its proof."""
    talk = Talk(is_json)
    with opened() as app, _target(out) as target:
        by = _reader(email)
        user_id, lists, refused = by.id, *everything.lists_for(by)
        files = _write_lists(target, lists, user_id, form, talk)
        if permissions.may(accounts.get_user(user_id), "ledger:verify"):
            files.append(_write_book(target, user_id))
        _write_words(target, files, refused, accounts.get_user(user_id), form, app.config["COMPANY"])
        n_lines = sum(file["lines"] for file in files)
        with transaction():
            audit.record_event("api.everything_exported", kind="user", ref=str(user_id), by=None,
                               reason=f"{n_lines} lines as {email}, by the command line")  # fmt: skip
    talk.say(f"Wrote {out}: {len(files):,} files, {n_lines:,} lines.")
    if refused:
        talk.say(f"Left out, because the role may not read it: {', '.join(refused)}.")
    talk.give({"out": str(out), "files": files, "left_out": refused})


def _reader(email: str) -> User:
    found = accounts.find_user(email)
    if found is None or not found.is_active:
        raise NotFound(f"There is no active user {email}.")
    return found


class _Counting:
    """A file that knows what went into it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest, self.n_bytes = file, hashlib.sha256(), 0

    def write(self, block: bytes) -> None:
        self._file.write(block)
        self.digest.update(block)
        self.n_bytes += len(block)

    def facts(self, name: str, n_lines: int) -> dict[str, Any]:
        return {"name": name, "lines": n_lines, "bytes": self.n_bytes, "sha256": self.digest.hexdigest()}


def _write_lists(
    target: Target, lists: Iterable[Listed], user_id: int, form: str, talk: Talk
) -> list[dict[str, Any]]:
    """One file for each list; only the numbers of what others lie below stay in memory."""
    lists, numbers, files = list(lists), dict[str, list[int]](), []
    parents = {one.parent for one in lists}
    for one in lists:
        talk.step(one.name)
        name, n_lines = f"{one.name}.{form}", 0
        below = [None] if not one.parent else numbers[one.parent]
        columns = [one.key, *one.columns] if one.parent else list(one.columns)
        with target.file(name) as file:
            counting = _Counting(file)
            counting.write(_header(columns) if form == "csv" else b"")
            for number in below:
                for row in everything.rows_of(one, user_id, number):
                    counting.write(_line(row, columns, form))
                    n_lines += 1
                    if one.name in parents:
                        numbers.setdefault(one.name, []).append(row["id"])
        numbers.setdefault(one.name, [])
        files.append(counting.facts(name, n_lines))
    return files


def _header(columns: list[str]) -> bytes:
    return b"\xef\xbb\xbf" + _csv(columns)


def _line(row: dict[str, Any], columns: list[str], form: str) -> bytes:
    if form == "jsonl":
        return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    return _csv([_cell(row.get(name)) for name in columns])


def _csv(cells: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    """Text as it is but for what a spreadsheet would run; what holds more than one value as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return csv_safe(value)
    return (
        csv_safe(json.dumps(value, ensure_ascii=False)) if not isinstance(value, int) else str(value).lower()
    )


def _write_book(target: Target, user_id: int) -> dict[str, Any]:
    with transaction():
        bundle = ledger.export_book(by=accounts.get_user(user_id))
    with bundle, target.file(_BOOK) as file:
        counting = _Counting(file)
        while block := bundle.read(_BLOCK):
            counting.write(block)
    return counting.facts(_BOOK, 0)


def _write_words(
    target: Target, files: list[dict[str, Any]], refused: list[str], by: User, form: str, company: str
) -> None:
    """What is in it, for people and for programs."""
    at = clock.now().isoformat(timespec="seconds")
    has_book = any(file["name"] == _BOOK for file in files)
    words = _README.format(
        company=company,
        name=by.name,
        role=by.role.value,
        at=at,
        form=form,
        book=_README_BOOK if has_book else "",
    )
    facts = {
        "at": at,
        "as": by.email,
        "role": by.role.value,
        "format": form,
        "files": files,
        "left_out": refused,
    }
    for name, content in (
        ("README.txt", words),
        ("manifest.json", json.dumps(facts, ensure_ascii=False, indent=1)),
    ):
        with target.file(name) as file:
            file.write(content.encode())
