"""The file a backup is: a plain tar whose last two parts say what all the others must be, and who says so.

    files/ab/cd/abcd...     content people gave us, under its own hash
    database.sqlite.gz      or database.pgdump
    manifest.json           what is in it: counts, hashes, versions
    seal                    HMAC-SHA256 over the manifest, by a key made from master.key (which is never in here)

Nothing of a file is believed before all of it has been read: names are those above and no others, so nothing can be
written beside the place it is put back to.
"""

import hashlib
import hmac
import json
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final, cast

from msgspec import Struct, field
from pydantic import Field, ValidationError

from app.core.checked import Checked
from app.core.errors import DomainError
from app.core.places import Place, drafting, write_draft

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SEAL: Final = "seal"
SQLITE: Final = "database.sqlite.gz"
POSTGRESQL: Final = "database.pgdump"
_FILE = re.compile(r"files/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{64})")
_BLOCK = 1024 * 1024
_MOST_MANIFEST = 256 * 1024 * 1024


class BackupDamaged(DomainError):
    """The file is not a whole backup of ours, or not as it was made."""


class Part(Checked, extra="forbid"):
    """One part of the file."""

    name: str = Field(max_length=120)
    n_bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(Checked, extra="forbid"):
    """What a backup says of itself."""

    format: int
    program: str = Field(max_length=40)
    made_at: str = Field(max_length=40)
    engine: str = Field(pattern=r"^(sqlite|postgresql)$")
    head: str = Field(pattern=r"^[0-9]{4}$")
    tables: dict[str, int]
    ledger_size: int = Field(ge=0)
    ledger_head: str = Field(max_length=64)
    #: Prints of the keys this house had, which say whether other keys are the same and nothing else.
    keys: dict[str, str]
    #: Content that rows name and that was lost or altered when the backup was made.
    missing: list[str]
    parts: list[Part]

    @property
    def n_files(self) -> int:
        return sum(part.name.startswith("files/") for part in self.parts)


def file_name(digest: str) -> str:
    """Where content lies in a backup."""
    return f"files/{digest[:2]}/{digest[2:4]}/{digest}"


def key_print(key: bytes) -> str:
    """What tells a key of 256 random bits from another without giving anything of it away."""
    return hmac.digest(key, b"rapport backup: which key", "sha256").hex()[:16]


def _seal(manifest: bytes, master_key: bytes) -> bytes:
    key = hmac.digest(master_key, b"rapport backup: seal", "sha256")
    return hmac.digest(key, manifest, "sha256").hex().encode()


# -- writing ---------------------------------------------------------------------------------------


class _Hashing:
    """A stream that remembers what was read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self.digest.update(block)
        return block


class Writer(Struct):
    """A backup being written."""

    _tar: tarfile.TarFile
    parts: list[Part] = field(default_factory=list)

    def add(self, name: str, stream: IO[bytes]) -> None:
        """Take a file in. The tar holds exactly as many bytes as it has now."""
        n_bytes = os.fstat(stream.fileno()).st_size
        hashing: Any = _Hashing(stream)
        self._tar.addfile(_entry(name, n_bytes), hashing)
        self.parts.append(Part(name=name, n_bytes=n_bytes, sha256=hashing.digest.hexdigest()))

    def finish(self, manifest: Manifest, master_key: bytes) -> None:
        """Say what is in it and seal that; without this the file is not a backup."""
        content = json.dumps(manifest.model_dump(), ensure_ascii=False, indent=1).encode()
        for name, words in ((MANIFEST, content), (SEAL, _seal(content, master_key))):
            self._tar.addfile(_entry(name, len(words)), BytesIO(words))


def _entry(name: str, n_bytes: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = n_bytes, 0o600
    return entry


@contextmanager
def writing(target: Path) -> Iterator[Writer]:
    """Write a backup that has its name only when it is whole and on the disk; nothing is left of one that fails."""
    partial = target.with_name(target.name + ".partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                yield Writer(tar)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# -- reading ---------------------------------------------------------------------------------------


@contextmanager
def _told_when_damaged() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError) as error:
        raise BackupDamaged(f"This backup is damaged or cut off ({error}).") from None


@_told_when_damaged()
def examine(path: Path, master_key: bytes | None = None) -> Manifest:
    """Read all of a backup without writing anything; BackupDamaged unless it is whole and as it was made.

    With the `master_key` of its house also whether the manifest is the one that was sealed.
    """
    found: list[Part] = []
    last: dict[str, bytes] = {}
    for entry, stream in _entries(path):
        if entry.name in (MANIFEST, SEAL):
            if entry.size > _MOST_MANIFEST:
                raise BackupDamaged("The list of contents of this backup is larger than it can be.")
            last[entry.name] = stream.read()
        elif last:
            raise BackupDamaged(f"This backup goes on after its end, with {entry.name!r}.")
        else:
            found.append(_part_of(entry, stream))
    if set(last) != {MANIFEST, SEAL}:
        raise BackupDamaged("This backup is cut off: its end, which says what must be in it, is missing.")
    manifest = _manifest_of(last[MANIFEST])
    _compare(found, manifest.parts)
    if master_key is not None:
        if manifest.keys.get("master.key") != key_print(master_key):
            raise BackupDamaged(
                "This backup was made under another master.key. Put the keys of its house in place first: "
                "without them the sealed words in it stay unreadable."
            )
        if not hmac.compare_digest(last[SEAL], _seal(last[MANIFEST], master_key)):
            raise BackupDamaged("The list of contents of this backup was changed after it was made.")
    return manifest


def _entries(path: Path) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """The parts in their order; only plain files under names of ours, each once."""
    seen: set[str] = set()
    with tarfile.open(path, "r:") as tar:
        for entry in tar:
            known = entry.name in (MANIFEST, SEAL, SQLITE, POSTGRESQL) or _FILE.fullmatch(entry.name)
            if not known or not entry.isreg() or entry.name in seen or entry.issparse():
                raise BackupDamaged(
                    f"This is not a backup of Rapport: {entry.name[:80]!r} has no place in one. "
                    "Nothing was written."
                )
            seen.add(entry.name)
            yield entry, cast(IO[bytes], tar.extractfile(entry))  # a regular file has content


def _part_of(entry: tarfile.TarInfo, stream: IO[bytes]) -> Part:
    digest, n_bytes = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        digest.update(block)
        n_bytes += len(block)
    named = _FILE.fullmatch(entry.name)
    if n_bytes != entry.size:
        raise BackupDamaged(f"This backup is cut off in {entry.name}.")
    if named and (named[3] != digest.hexdigest() or entry.name != file_name(named[3])):
        raise BackupDamaged(f"The file {named[3]} in this backup is not what its name says.")
    return Part(name=entry.name, n_bytes=n_bytes, sha256=digest.hexdigest())


def _manifest_of(content: bytes) -> Manifest:
    try:
        said = json.loads(content)
        if isinstance(said, dict) and isinstance(said.get("format"), int) and said["format"] > FORMAT:
            raise BackupDamaged("This backup was made by a newer program, in a form this one cannot read.")
        return Manifest.model_validate(said)
    except (ValueError, ValidationError):
        raise BackupDamaged("The list of contents of this backup cannot be read.") from None


def _compare(found: list[Part], said: list[Part]) -> None:
    if len({part.name for part in said}) != len(said):
        raise BackupDamaged("The list of contents of this backup names a part twice.")
    there, wanted = {part.name: part for part in found}, {part.name: part for part in said}
    for name in sorted(wanted.keys() | there.keys()):
        if name not in there:
            raise BackupDamaged(f"{name} is missing in this backup.")
        if name not in wanted:
            raise BackupDamaged(f"{name} is in this backup, but not in its list of contents.")
        if there[name] != wanted[name]:
            raise BackupDamaged(f"{name} in this backup is not as it was made: its checksum is another one.")
    if sum(name in wanted for name in (SQLITE, POSTGRESQL)) != 1:
        raise BackupDamaged("There is not exactly one database in this backup.")


@_told_when_damaged()
def put_files(path: Path, place: Place, drafts: Path) -> int:
    """Lay the content of a backup that was examined into a place of files, each whole or not at all; how many."""
    n_files = 0
    for entry, stream in _entries(path):
        named = _FILE.fullmatch(entry.name)
        if named is None:
            continue
        with drafting(drafts) as draft:
            write_draft(stream, draft)
            place.keep(draft, named[3])
        n_files += 1
    return n_files


@_told_when_damaged()
def put_database(path: Path, target: Path) -> None:
    """Write the database part of a backup that was examined, as it stands in it."""
    for entry, stream in _entries(path):
        if entry.name in (SQLITE, POSTGRESQL):
            write_whole(stream, target)


def write_whole(stream: IO[bytes], place: Path) -> None:
    """Copy to the disk for good; the name is there only when all of it is."""
    draft = place.with_name(place.name + ".restoring")
    try:
        with draft.open("wb") as file:
            while block := stream.read(_BLOCK):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
