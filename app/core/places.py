"""Where the content of files lies: on the disk, or in a bucket of object storage. Both know it by its SHA-256 alone."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final, Protocol

from flask_babel import gettext as _

from app.core.errors import Unavailable

_BLOCK: Final = 1024 * 1024
_NAME: Final = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})")


class PlaceTrouble(Unavailable):
    """A place does not do what it should. `why` is for whoever runs the house: what happened and what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(
            _(
                "Files cannot be reached at the moment. Nothing was saved. Try again in a few minutes; if it stays so, tell "
                "whoever runs this installation."
            )
        )
        self.why = why


class Altered(FileNotFoundError):
    """There is something else under this name."""


class Place(Protocol):
    """What a place of files does. PlaceTrouble where it does not answer, OSError where the disk refuses."""

    #: What people who run the house call it.
    words: str

    def keep(self, draft: Path, digest: str) -> None:
        """Take the content of a draft whose bytes are on the disk for good; it is safely there afterwards."""

    def open(self, digest: str) -> IO[bytes]:
        """The content, to read from any position; FileNotFoundError if it is not there."""

    def exists(self, digest: str) -> bool:
        """Whether there is something under this name."""

    def remove(self, digest: str) -> None:
        """Take it away; nothing is said if it is not there."""

    def list(self) -> Iterator[str]:
        """All there is, in no order."""


def name_of(digest: str) -> str:
    """Under which name content lies in a place."""
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def digest_of(name: str) -> str | None:
    """What lies under a name; None for what is not ours."""
    found = _NAME.fullmatch(name)
    return found[3] if found else None


def hash_of(content: IO[bytes]) -> str:
    """The SHA-256 of what can still be read of a stream."""
    digest = hashlib.sha256()
    while block := content.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


class Disk:
    """A folder of this machine, or one all machines share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.words = f"the disk, under {folder}"

    def keep(self, draft: Path, digest: str) -> None:
        """Give the draft its final name; it is there after a power cut too."""
        place = self._folder / name_of(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def open(self, digest: str) -> IO[bytes]:
        """The file itself."""
        return (self._folder / name_of(digest)).open("rb")

    def exists(self, digest: str) -> bool:
        """Whether there is such a file."""
        return (self._folder / name_of(digest)).exists()

    def remove(self, digest: str) -> None:
        """Take the file away."""
        (self._folder / name_of(digest)).unlink(missing_ok=True)

    def list(self) -> Iterator[str]:
        """Every file that has a name of ours."""
        for path in self._folder.glob("??/??/*"):
            if digest := digest_of(path.relative_to(self._folder).as_posix()):
                yield digest


def places(config: Mapping[str, Any]) -> list[Place]:
    """Where content is looked for. What comes in is kept in the first."""
    disk = Disk(Path(config["FILES_PATH"]))
    if not config.get("FILES_BUCKET"):
        return [disk]
    bucket = _bucket(*(str(config[f"FILES_{name}"]) for name in _OF_A_BUCKET))
    return [disk, bucket] if config["FILES_PLACE"] == "disk" else [bucket, disk]


_OF_A_BUCKET: Final = ("BUCKET", "ENDPOINT", "REGION", "PREFIX", "KEY_ID", "SECRET", "PATH")


@lru_cache(maxsize=4)
def _bucket(name: str, endpoint: str, region: str, prefix: str, key_id: str, secret: str, path: str) -> Place:
    """One for all threads: making its client takes longer than asking it. boto3 is needed here and nowhere before."""
    found: Place = import_module("app.core.bucket").Bucket(
        name, endpoint, region, prefix, (key_id, secret), Path(path)
    )
    return found


@contextmanager
def drafting(folder: Path) -> Iterator[Path]:
    """A name for a draft on the disk of the files, and nothing left of it afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"incoming-{secrets.token_hex(8)}"
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def write_draft(content: IO[bytes], draft: Path) -> str:
    """Copy content to the disk for good; its SHA-256."""
    digest = hashlib.sha256()
    with draft.open("xb") as file:
        while block := content.read(_BLOCK):
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
