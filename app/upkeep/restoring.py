"""Putting a backup back into an empty place: all of it or nothing, and silent from the first moment."""

import contextlib
import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from msgspec import Struct

from app.core import sending
from app.core.errors import DomainError
from app.core.extensions import head, known_versions
from app.core.places import Disk
from app.core.places import Place as FilesPlace
from app.upkeep import archive, dumping
from app.upkeep.archive import Manifest


class RestoreRefused(DomainError):
    """A backup does not go into this place."""


class Place(Struct, frozen=True):
    """Where a backup is put back: the folder with the keys, the address of the database, and where content lies."""

    instance: Path
    url: sa.URL
    #: Where this house will keep content; it may be a bucket.
    files: FilesPlace
    is_bucket_taken_over: bool = False

    @property
    def engine(self) -> str:
        return "sqlite" if self.url.get_backend_name() == "sqlite" else "postgresql"

    @property
    def database_path(self) -> Path:
        return Path(self.url.database or "")


def examine_for(path: Path, place: Place) -> Manifest:
    """Read the whole backup and look at the place before anything is written; BackupDamaged, RestoreRefused."""
    key = place.instance / "master.key"
    if not key.exists():
        raise RestoreRefused(
            f"There is no master.key in {place.instance}. Keys are never in a backup: put those of the house there first, "
            "from where you keep them."
        )
    manifest = archive.examine(path, key.read_bytes())
    if manifest.head not in known_versions():
        raise RestoreRefused(
            f"This backup holds version {manifest.head} of the database, which this program ({head()}) does not know: "
            f"it was made by a newer one ({manifest.program}). Use that one."
        )
    if manifest.engine != place.engine:
        raise RestoreRefused(
            f"This backup is of {_NAMES[manifest.engine]}, and the place it is to go to is {_NAMES[place.engine]}."
        )
    require_empty(place)
    _require_bucket_of_its_own(place)
    return manifest


_NAMES = {"sqlite": "an SQLite database", "postgresql": "a PostgreSQL database"}


def require_empty(place: Place) -> None:
    """RestoreRefused where there is a database with tables already."""
    if place.engine == "sqlite":
        beside = [
            place.database_path.with_name(place.database_path.name + end) for end in ("", "-wal", "-shm")
        ]
        if any(path.exists() and path.stat().st_size for path in beside):
            raise RestoreRefused(
                f"There is a database at {place.database_path} already. A backup goes into an empty place only: "
                "move that one away first."
            )
        return
    with _aside(place.url) as connection:
        n_tables = connection.scalar(
            sa.text("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
        )
    if n_tables:
        raise RestoreRefused(
            f"The database {place.url.database} has {n_tables} tables already. A backup goes into an empty one only: "
            "make another with createdb."
        )


def _require_bucket_of_its_own(place: Place) -> None:
    """RestoreRefused for a bucket that is in use: what one house deletes there, the other one loses."""
    if isinstance(place.files, Disk) or place.is_bucket_taken_over:
        return
    if next(iter(place.files.list()), None) is not None:
        raise RestoreRefused(
            f"There is content in {place.files.words} already. Give this house a RAPPORT_FILES_PREFIX or a bucket of its own: "
            "what it deletes, a house that lives from there would lose. If that house is gone and this one takes its place, "
            "say --take-over-bucket."
        )


@contextlib.contextmanager
def _aside(url: sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def put_back(path: Path, manifest: Manifest, place: Place) -> int:
    """Lay the content down, then the database; DumpFailed, RestoreRefused. How many files.

    Content first, as when it came in: no row is without its file at any moment. The database appears whole and with
    the word that nothing leaves it, so a worker that waits for it finds nothing to send.
    """
    n_files = archive.put_files(path, place.files, place.instance / "files")
    held = json.dumps(sending.value_of(f"restored from {path.name}, made at {manifest.made_at}"))
    with tempfile.TemporaryDirectory(dir=place.instance, prefix=".restore-") as aside:
        packed = Path(aside, "database")
        archive.put_database(path, packed)
        if place.engine == "sqlite":
            _put_sqlite(packed, manifest, place.database_path, held)
        else:
            dumping.load_postgresql(packed, place.url, _hold_words(held))
            with _aside(place.url) as connection:
                counts = {
                    name: int(connection.scalar(sa.text(f'SELECT count(*) FROM "{name}"')))  # noqa: S608
                    for name in dumping.postgresql_tables(
                        lambda words: list(connection.execute(sa.text(words)).all())
                    )
                }
                connection.execute(sa.text("ANALYZE"))  # a dump carries no estimates of its tables
            _compare(counts, manifest)
    return n_files


def _hold_words(held: str) -> str:
    quoted = held.replace("'", "''")
    return (
        f"INSERT INTO public.setting (name, value) VALUES ('{sending.SETTING}', '{quoted}') "  # noqa: S608 -- our words
        "ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value;"
    )


def _put_sqlite(packed: Path, manifest: Manifest, target: Path, held: str) -> None:
    draft = target.with_name(target.name + ".restoring")
    try:
        dumping.load_sqlite(packed, draft)
        with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            dumping.require_sound(connection)
            tables = dumping.sqlite_tables(connection)
            count = 'SELECT count(*) FROM "{}"'
            _compare(
                {name: connection.execute(count.format(name)).fetchone()[0] for name in tables}, manifest
            )
            connection.execute(
                "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (sending.SETTING, held)
            )
        draft.chmod(0o600)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def _compare(found: dict[str, int], manifest: Manifest) -> None:
    """RestoreRefused unless every table has as many rows as it had; one more in the settings is ours."""
    for name in sorted(found.keys() | manifest.tables.keys()):
        was, is_now = manifest.tables.get(name), found.get(name)
        if was != is_now and not (name == "setting" and was is not None and is_now == was + 1):
            raise RestoreRefused(
                f"The table {name} had {was} rows and has {is_now} now. Do not use this copy."
            )
