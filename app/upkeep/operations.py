"""Making backups, remembering them, and letting a restored house speak again."""

import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import current_app
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, files, jobs, sending
from app.core.db import db
from app.core.errors import DomainError
from app.core.models import Job, JobState, MailState, OutboxMail, Setting
from app.ledger import checkpoint
from app.upkeep import archive, dumping, queries
from app.upkeep.archive import Manifest
from app.webhooks.operations_health import withhold_waiting
from app.webhooks.queries import count_waiting

#: Key files of a house; never in a backup, for whoever has both can read everything.
KEYS = ("master.key", "secret.key", "ledger-signing.key")
_NAME = re.compile(r"rapport-\d{8}-\d{6}\.tar(\.partial)?")
_ATTEMPTS = 3
#: The folder beside a backup that is being written, with the copy of the database in it.
_ASIDE = ".rapport-backup-"

Progress = Callable[[int, int], None]


class BackupRefused(DomainError):
    """A backup cannot be written where it was asked for."""


class JobRefused(DomainError):
    """A job is not in a state in which that can be done."""


class Backup(Struct, frozen=True):
    """A backup that lies on the disk, whole."""

    path: Path
    manifest: Manifest
    n_bytes: int


def name_for(instant: datetime) -> str:
    """What a backup is called in a folder of them; by name they are in order."""
    return f"rapport-{instant:%Y%m%d-%H%M%S}.tar"


def prints_of_keys(instance: Path) -> dict[str, str]:
    """Which keys the house has, for a restore to compare."""
    found = {}
    for name in KEYS:
        if (instance / name).exists():
            content = (instance / name).read_bytes()
            if content.startswith(b"-----"):
                key: Any = load_pem_private_key(content, None)
                content = checkpoint.raw_key(key.public_key())
            found[name] = archive.key_print(content)
    return found


def make_backup(out: Path, progress: Progress = lambda _done, _total: None) -> Backup:
    """Copy the house into one file while it runs; BackupRefused, DumpFailed, PlaceTrouble, OSError.

    In this order: content that rows name now; then the database; then content that came in between, as the copy of the
    database names it. Content is in its place before its row is committed, so the last step finds what the copy names;
    and content that is deleted meanwhile was taken in the first. So no row is without its file. What is missing all the
    same had been lost before, and the manifest says so; a deletion exactly in between is why it is tried again.
    """
    target = out / name_for(clock.now()) if out.is_dir() else out
    if target.exists():
        raise BackupRefused(f"{target} is there already. Name another file, or a folder.")
    if not target.parent.is_dir():
        raise BackupRefused(f"There is no folder {target.parent}.")
    _clear_away(target.parent)
    attempt = 1
    while (manifest := _write(target, progress, is_last=attempt == _ATTEMPTS)) is None:
        attempt += 1
    return Backup(target, manifest, target.stat().st_size)


class _Incomplete(Exception):
    """Content the copy of the database names was not there."""


def _write(target: Path, progress: Progress, *, is_last: bool) -> Manifest | None:
    try:
        with (
            archive.writing(target) as writer,
            tempfile.TemporaryDirectory(dir=target.parent, prefix=_ASIDE) as aside,
        ):
            taken = _take_files(writer, dumping.digests_now(), progress)
            with dumping.dumped(Path(aside)) as dump, dump.path.open("rb") as copy:
                writer.add(dump.part, copy)
            taken |= _take_files(writer, [one for one in dump.digests if one not in taken], progress)
            missing = [one for one in dump.digests if one not in taken]
            if missing and not is_last:
                raise _Incomplete
            manifest = _manifest(writer, dump, missing)
            writer.finish(manifest, current_app.config["MASTER_KEY"])
    except _Incomplete:
        return None
    return manifest


def _take_files(writer: archive.Writer, digests: list[str], progress: Progress) -> set[str]:
    """Content from wherever it lies. What was altered counts as lost: a backup with it could not be put back."""
    taken = set()
    for number, digest in enumerate(digests, 1):
        with suppress(files.Lost), files.open_whole(digest) as content:
            writer.add(archive.file_name(digest), content)
            taken.add(digest)
        progress(number, len(digests))
    return taken


def _manifest(writer: archive.Writer, dump: dumping.Dump, missing: list[str]) -> Manifest:
    return Manifest(
        format=archive.FORMAT, program=version("rapport"), made_at=clock.now().isoformat(timespec="seconds"),
        engine=dumping.engine_name(), head=dump.head, tables=dump.tables, ledger_size=dump.ledger_size,
        ledger_head=dump.ledger_head, keys=prints_of_keys(current_app.config["INSTANCE"]), missing=missing,
        parts=writer.parts,
    )  # fmt: skip


def prune(folder: Path, n_kept: int) -> int:
    """Keep the newest backups of a folder, and remove what older ones and broken-off ones left; how many went."""
    whole = sorted(path for path in folder.glob("rapport-*.tar") if _NAME.fullmatch(path.name))
    doomed = whole[: max(0, len(whole) - max(1, n_kept))]
    for path in doomed:
        path.unlink(missing_ok=True)
    return len(doomed) + _clear_away(folder)


def _clear_away(folder: Path) -> int:
    """Remove what backups that were killed left, once it is a day old: one that is being written now is younger."""
    yesterday = clock.now() - timedelta(days=1)
    partial = [
        path
        for path in folder.glob("rapport-*.tar.partial")
        if _NAME.fullmatch(path.name) and path.name < name_for(yesterday)
    ]
    # A copy of the database must not lie about for ever.
    aside = [path for path in folder.glob(f"{_ASIDE}*") if path.lstat().st_mtime < yesterday.timestamp()]
    for path in partial:
        path.unlink(missing_ok=True)
    for path in aside:
        shutil.rmtree(path, ignore_errors=True)
    return len(partial) + len(aside)


# -- remembering -----------------------------------------------------------------------------------


def remember_backup(backup: Backup, *, by: User | None) -> None:
    """Note a backup, so that its age can be seen and told."""
    value = {
        "at": backup.manifest.made_at, "file": backup.path.name, "n_bytes": backup.n_bytes,
        "head": backup.manifest.head, "n_files": backup.manifest.n_files,
        "n_missing": len(backup.manifest.missing), "n_entries": backup.manifest.ledger_size,
    }  # fmt: skip
    _set(queries.LAST, value)
    audit.record_event("upkeep.backup_made", kind="backup", ref=backup.path.name, by=by)


def remember_verified(file_name: str, manifest: Manifest, *, by: User | None) -> None:
    """Note that a backup was put back on trial and was whole."""
    at = clock.now().isoformat(timespec="seconds")
    _set(queries.VERIFIED, {"at": at, "file": file_name, "made_at": manifest.made_at})
    audit.record_event("upkeep.backup_verified", kind="backup", ref=file_name, by=by)


def _set(name: str, value: dict[str, Any]) -> None:
    row = db.session.get(Setting, name)
    if row is None:
        db.session.add(Setting(name=name, value=value))
    else:
        row.value = value


# -- a house that is silent ------------------------------------------------------------------------


def hold_sending(why: str, *, by: User | None) -> None:
    """Let nothing leave this house until `release_sending`."""
    sending.hold(why)
    audit.record_event("upkeep.sending_held", kind="sending", ref="", by=by, reason=why)


def release_sending(*, is_discarding: bool, by: User | None) -> int:
    """Let mail and events leave again; how many wait and go now, or, if asked so, are discarded. BackupRefused if none is held.

    What waited when the backup was made may have left the house it was made of: it goes once more, under the same
    Message-ID, or the same id of an event.
    """
    if not sending.let_go():
        raise BackupRefused(_("Nothing is held back: mail leaves as usual."))
    waiting = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.state.in_(_WAITING))).all()
    for row in waiting if is_discarding else ():
        row.state = MailState.DISCARDED
    n_events = withhold_waiting() if is_discarding else count_waiting()
    audit.record_event("upkeep.sending_released", kind="sending", ref=str(len(waiting) + n_events), by=by,
                       reason="discarded what waited" if is_discarding else "")  # fmt: skip
    return len(waiting) + n_events


_WAITING = (MailState.NEW, MailState.FAILED, MailState.SENDING)


# -- jobs ------------------------------------------------------------------------------------------


def retry_job(job: Job, *, by: User | None) -> None:
    """Let a job that ended without doing its work be taken up again; JobRefused for any other."""
    db.session.refresh(job, with_for_update=True)
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        raise JobRefused(
            f"Job {job.id} is {job.state.value}: only a failed or cancelled one can be done again."
        )
    jobs.reopen(job)
    audit.record_event("upkeep.job_retried", kind="job", ref=str(job.id), by=by)


def cancel_job(job: Job, *, by: User | None) -> None:
    """Ask a job to end; JobRefused for one that has ended."""
    if job.state not in (JobState.WAITING, JobState.RUNNING):
        raise JobRefused(f"Job {job.id} is {job.state.value} already.")
    jobs.cancel(job)
    audit.record_event("upkeep.job_cancelled", kind="job", ref=str(job.id), by=by)
