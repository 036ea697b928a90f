"""What somebody who runs the house would look at, looked at: each check is a name, a verdict and a sentence."""

import io
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from msgspec import Struct

from app.accounts.models import AuditEvent
from app.core import clock, files, fx, outbox, pdf, places, sending
from app.core.db import db, is_sqlite
from app.core.extensions import head
from app.core.models import Job, JobState, StoredFile
from app.core.places import Place, PlaceTrouble
from app.ledger import queries as ledger
from app.privacy import erasures
from app.upkeep import policies, pulse, queries
from app.upkeep.operations import KEYS

#: Of all files so many are read again, spread evenly; all of them is what a backup does.
SAMPLE = 50
_LITTLE_ROOM = 1024 * 1024 * 1024
_NO_ROOM = 128 * 1024 * 1024
_SECONDS = 5.0


#: What is wrong with a master key that was lost and made anew.
ANOTHER_KEY = "does not open what was sealed here: it is another key. Take it from the backup of the keys"


class Verdict(StrEnum):
    OK = "ok"
    LOOK = "look"  # it works, and somebody should know
    BAD = "bad"


class Check(Struct, frozen=True):
    """One thing looked at."""

    name: str
    verdict: Verdict
    words: str


def look() -> list[Check]:
    """Everything, in an order in which the first that is bad explains later ones. It leaves nothing behind."""
    return [check for look_at in _ALL for check in look_at()]


def _keys() -> Iterator[Check]:
    instance = Path(current_app.config["INSTANCE"])
    for name in KEYS:
        path = instance / name
        if not path.exists():
            verdict = Verdict.LOOK if name == "ledger-signing.key" else Verdict.BAD
            yield Check(name, verdict, "Not there yet; it is made when the first head of the book is signed.")
        elif path.stat().st_mode & 0o077:
            yield Check(name, Verdict.BAD, f"Others on this machine can read it. Say: chmod 600 {path}")
        elif name == "master.key" and not ledger.opens_words():
            yield Check(name, Verdict.BAD, f"It {ANOTHER_KEY}.")
        else:
            yield Check(name, Verdict.OK, "There, and for its owner only.")


def _database() -> Iterator[Check]:
    found = db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if found == head():
        yield Check("migrations", Verdict.OK, f"The database is at {found}, as this program wants it.")
    else:
        yield Check(
            "migrations",
            Verdict.BAD,
            f"The database is at {found}; this program wants {head()}. Say: rapport upgrade",
        )
    if not is_sqlite():
        yield Check(
            "database", Verdict.OK, str(db.session.scalar(sa.text("SELECT version()"))).split(" on ")[0]
        )
        return
    ask: Callable[[str], object] = lambda name: db.session.scalar(sa.text(f"PRAGMA {name}"))  # noqa: E731
    is_right = (ask("journal_mode"), ask("foreign_keys"), ask("synchronous")) == ("wal", 1, 2)
    words = "SQLite with a write-ahead log, references checked, every commit on the disk."
    yield (
        Check("database", Verdict.OK, words)
        if is_right
        else Check(
            "database", Verdict.BAD, "SQLite is not set as Rapport sets it. Is the file on a network disk?"
        )
    )


def _room() -> Iterator[Check]:
    n_free = shutil.disk_usage(current_app.config["INSTANCE"]).free
    verdict = Verdict.BAD if n_free < _NO_ROOM else Verdict.LOOK if n_free < _LITTLE_ROOM else Verdict.OK
    yield Check("disk", verdict, f"{n_free / 1024**3:,.1f} GiB are free beside the files.")


def _files() -> Iterator[Check]:
    here, *others = places.places(current_app.config)
    try:
        yield _tried(here)
        lying = [set(place.list()) for place in (here, *others)]
        yield from _content(here, *lying)
    except PlaceTrouble as trouble:
        yield Check("files", Verdict.BAD, trouble.why)
    except OSError as error:
        yield Check("files", Verdict.BAD, f"{here.words} refuses: {error.strerror or error}.")


def _tried(place: Place) -> Check:
    """Something nobody needs, written, read and taken away again."""
    content = secrets.token_bytes(32)
    with places.drafting(Path(current_app.config["FILES_PATH"])) as draft:
        digest = places.write_draft(io.BytesIO(content), draft)
        place.keep(draft, digest)
    with place.open(digest) as found:
        is_same = found.read() == content
    place.remove(digest)
    if is_same and not place.exists(digest):
        return Check("place of files", Verdict.OK, f"In {place.words}: it can be written, read and emptied.")
    return Check("place of files", Verdict.BAD, f"In {place.words}: it does not keep what it is given.")


def _content(here: Place, lying: set[str], *elsewhere: set[str]) -> Iterator[Check]:
    """What rows name, against what lies there."""
    digests = sorted(set(db.session.scalars(sa.select(StoredFile.sha256))))
    sample = digests[:: max(1, len(digests) // SAMPLE)][:SAMPLE]
    missing = [one for one in digests if one not in lying.union(*elsewhere)]
    if wrong := list(dict.fromkeys([*missing, *(one for one in sample if not files.is_whole(one))])):
        yield Check("files", Verdict.BAD, f"Lost or altered: {', '.join(wrong)}. Take them from a backup.")
        return
    words = f"All {len(digests):,} are there; {len(sample):,} were read and are what their names say."
    n_elsewhere = sum(one not in lying for one in digests)
    if n_elsewhere:
        words += f" {n_elsewhere:,} of them are not yet in {here.words}. Say: rapport files move"
    yield Check("files", Verdict.LOOK if n_elsewhere else Verdict.OK, words)


def _pdf() -> Iterator[Check]:
    try:
        pdf.require_pdf()
    except pdf.PdfError as error:
        yield Check("PDF", Verdict.LOOK, error.message)
    else:
        yield Check("PDF", Verdict.OK, "Pango and fonts are there.")


def _mail() -> Iterator[Check]:
    if (held := sending.held()) is not None:
        yield Check(
            "sending",
            Verdict.LOOK,
            f"Nothing leaves since {held['since']}. To end that: rapport sending release",
        )
    if outbox.is_local():
        yield Check("mail", Verdict.LOOK, "No SMTP_URL: mail stays in the local mailbox.")
        return
    url = urlsplit(current_app.config["SMTP_URL"])
    port = url.port or (465 if url.scheme == "smtps" else 25)
    try:
        with socket.create_connection((url.hostname or "", port), _SECONDS):
            yield Check("mail", Verdict.OK, f"{url.hostname} answers on port {port}.")
    except OSError as error:
        yield Check(
            "mail", Verdict.BAD, f"{url.hostname} does not answer on port {port}: {error.strerror or error}."
        )


def _door() -> Iterator[Check]:
    address, n_proxies = current_app.config["BASE_URL"], current_app.config["N_PROXIES"]
    if not current_app.config["IS_HTTPS"]:
        yield Check(
            "address",
            Verdict.LOOK,
            f"{address} is without encryption: for one machine only. Set RAPPORT_BASE_URL.",
        )
    elif not n_proxies:
        yield Check(
            "address",
            Verdict.LOOK,
            f"{address}, but no proxy is counted: everybody has the proxy's address. Set RAPPORT_PROXIES.",
        )
    else:
        yield Check("address", Verdict.OK, f"{address}, behind {n_proxies}.")


def _clock() -> Iterator[Check]:
    """The clock of this machine against what was written last."""
    now = clock.now()
    last = db.session.scalar(sa.select(sa.func.max(AuditEvent.at)))
    if last is not None and last > now + timedelta(minutes=1):
        yield Check(
            "clock",
            Verdict.BAD,
            f"It is before the newest line of the trail ({last:%Y-%m-%d %H:%M} UTC). Set it right.",
        )
    else:
        yield Check("clock", Verdict.OK, f"{now:%Y-%m-%d %H:%M} UTC, after everything in the trail.")


def _workers() -> Iterator[Check]:
    at = pulse.seen_at()
    if pulse.is_silent():
        words = "has never been seen" if at is None else f"was last seen at {at:%Y-%m-%d %H:%M} UTC"
        yield Check("worker", Verdict.BAD, f"A worker {words}. Start one: rapport worker")
    else:
        yield Check("worker", Verdict.OK, "Seen within the last minutes.")
    by_state = sa.select(Job.state, sa.func.count()).group_by(Job.state)
    counts = {row[0]: row[1] for row in db.session.execute(by_state)}
    n_late = db.session.scalar(
        sa.select(sa.func.count()).where(
            Job.state == JobState.WAITING, Job.made_at < clock.now() - timedelta(hours=1)
        )
    )
    verdict = Verdict.LOOK if n_late or counts.get(JobState.FAILED) else Verdict.OK
    yield Check("jobs", verdict, f"{counts.get(JobState.WAITING, 0):,} wait, {n_late:,} of them for more than an hour; "
                f"{counts.get(JobState.FAILED, 0):,} failed.")  # fmt: skip


def _rates() -> Iterator[Check]:
    last = fx.shipped_rates().last_on
    age = (clock.today() - last).days
    verdict = Verdict.LOOK if age > 45 else Verdict.OK
    yield Check("exchange rates", verdict, f"The list of the ECB ends on {last}, {age} days ago.")


def _book() -> Iterator[Check]:
    found = ledger.verify_links()
    # The quick look goes by what entries say of each other, not by their figures.
    words = (
        f"{found.message} Whether each is as it was written, a worker asks every night: rapport ledger verify"
    )
    yield Check("book", *((Verdict.OK, words) if found.is_ok else (Verdict.BAD, found.message)))


def _erasures() -> Iterator[Check]:
    try:
        n_listed = len(erasures.read())
    except erasures.ListDamaged as damaged:
        yield Check("erasures", Verdict.BAD, damaged.message)
    else:
        yield Check(
            "erasures", Verdict.OK, f"{n_listed:,} are on the list that a restored backup is held against."
        )


def _backups() -> Iterator[Check]:
    last, verified = queries.last_backup(), queries.last_verified()
    if last is None:
        yield Check("backup", Verdict.LOOK, "None has been made yet.")
        return
    verdict = Verdict.BAD if policies.is_old(last.at, clock.now()) else Verdict.OK
    tried = f"the last trial was at {verified.at:%Y-%m-%d}" if verified else "none has been restored on trial"
    yield Check("backup", verdict, f"The last is of {last.at:%Y-%m-%d %H:%M} UTC; {tried}.")


_ALL = (
    _keys,
    _database,
    _room,
    _files,
    _pdf,
    _mail,
    _door,
    _clock,
    _workers,
    _rates,
    _book,
    _erasures,
    _backups,
)
