"""Commands that keep the house safe: backups, putting them back, and letting a restored house speak again."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask import Flask

import config
from app import create_app, migrate
from app.accounts import audit
from app.cli.opening import Unready, opened, version_found
from app.cli.talking import Talk, json_option
from app.core import files, places, sending, settings
from app.core.db import db, transaction
from app.core.extensions import head
from app.ledger import keeping, keys
from app.ledger import queries as ledger
from app.ledger.checkpoint import parse_checkpoint
from app.privacy import erasures
from app.privacy.operations_replay import replay_erasures
from app.upkeep import dumping, operations, restoring
from app.upkeep.archive import Manifest
from app.upkeep.restoring import Place, RestoreRefused

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("backup", invoke_without_command=True)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE|DIR",
    help="Where to write it; in a folder it gets a name by its time. Default: RAPPORT_BACKUP_DIR.",
)  # fmt: skip
@json_option
@click.pass_context
def backup_group(context: click.Context, out: Path | None, is_json: bool) -> None:
    """Copy database and files into one file while everything runs. Keys are never in it: keep them elsewhere."""
    if context.invoked_subcommand is not None:
        return
    talk = Talk(is_json)
    with opened(is_older_allowed=True) as app:
        found = back_up(app, out, talk)
    context.exit(1 if found.manifest.missing else 0)


def back_up(app: Flask, out: Path | None, talk: Talk, *, is_told: bool = True) -> operations.Backup:
    """Make a backup and say what is in it; the house remembers it if it is of this program's version."""
    folder: Path | None = out or app.config["BACKUP_PATH"]
    if folder is None:
        raise click.UsageError("Say where to with --out, or set RAPPORT_BACKUP_DIR.")
    found = operations.make_backup(folder, talk.progress("files"))
    if version_found() == head():
        with transaction():
            operations.remember_backup(found, by=None)
    if not is_told:
        return found
    manifest = found.manifest
    talk.say(
        f"Wrote {found.path}, {found.n_bytes:,} bytes: {sum(manifest.tables.values()):,} rows, {manifest.n_files:,} files, "
        f"{manifest.ledger_size:,} entries in the book.",
        f"The keys are not in it. Keep {', '.join(operations.KEYS)} of {app.config['INSTANCE']} in another place: "
        "without master.key sealed words cannot be read.",
        *(f"Lost or altered before this backup: file {digest}" for digest in manifest.missing),
    )
    talk.give({"file": str(found.path), "bytes": found.n_bytes, **_facts(manifest)})
    return found


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {
        "made_at": manifest.made_at, "program": manifest.program, "head": manifest.head, "engine": manifest.engine,
        "rows": sum(manifest.tables.values()), "files": manifest.n_files, "missing": manifest.missing,
        "entries": manifest.ledger_size,
    }  # fmt: skip


# -- putting back ----------------------------------------------------------------------------------


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option(
    "--into", "instance", required=True, type=click.Path(path_type=Path, file_okay=False, exists=True), metavar="INSTANCE",
    help="The folder of the house, with its keys in place; an SQLite database is made there.",
)  # fmt: skip
@click.option(
    "--database", default="", metavar="URL", help="An empty PostgreSQL database. Default: DATABASE_URL."
)
@click.option(
    "--take-over-bucket",
    is_flag=True,
    help="The bucket holds content already, and no other house lives from it.",
)
@json_option
@click.pass_context
def restore_command(
    context: click.Context, file: Path, instance: Path, database: str, take_over_bucket: bool, is_json: bool
) -> None:
    """Put a backup back into an empty place, prove it, and keep it silent until: rapport sending release."""
    talk = Talk(is_json)
    os.environ["RAPPORT_INSTANCE"] = str(instance.absolute())
    if database:
        os.environ["DATABASE_URL"] = database
    place = _place_at(instance.absolute(), is_bucket_taken_over=take_over_bucket)
    manifest = restoring.examine_for(file, place)
    others = _other_keys(manifest, place.instance)
    restoring.put_back(file, manifest, place)
    with _application(place, {}) as app:
        found = _prove(app, manifest)
        n_erased = replay_erasures()
        lost = _lost_entries(manifest)
        with transaction():
            audit.record_event(
                "upkeep.restored", kind="backup", ref=file.name, by=None, reason=manifest.made_at
            )
    talk.say(
        f"Restored {manifest.made_at}: {sum(manifest.tables.values()):,} rows, {manifest.n_files:,} files. {found}",
        f"{n_erased:,} people who had been erased since were erased again.",
        *(
            [f"A head kept outside knows {lost:,} entries more: what was entered after the backup is lost."]
            if lost
            else []
        ),
        *(f"{name} is not the one of that house: {words}" for name, words in others.items()),
        "This house sends nothing and reads no mailbox until you say: rapport sending release",
    )
    talk.give(
        {**_facts(manifest), "erased_again": n_erased, "entries_lost": lost, "other_keys": list(others)}
    )
    context.exit(0)


def _place_at(instance: Path, *, is_bucket_taken_over: bool) -> Place:
    """The place the environment speaks of, and its bucket if it names one. No key is made here."""
    try:
        found = {"FILES_PATH": instance / "files", **config.bucket()}
        settings.check_bucket(found)
    except ValueError as error:
        raise Unready(str(error)) from None
    url = sa.make_url(config.database_url(instance))
    return Place(instance, url, places.places(found)[0], is_bucket_taken_over)


_WHAT_OF = {
    "secret.key": "everybody signs in again, and answers to earlier logging addresses are not understood.",
    "ledger-signing.key": "new heads of the book bear another signature.",
}


def _other_keys(manifest: Manifest, instance: Path) -> dict[str, str]:
    here = operations.prints_of_keys(instance)
    return {
        name: words
        for name, words in _WHAT_OF.items()
        if manifest.keys.get(name, here.get(name)) != here.get(name)
    }


@contextmanager
def _application(place: Place, overrides: dict[str, Any]) -> Iterator[Flask]:
    """The program on a copy, brought to the newest shape; nothing leaves it."""
    app = create_app(
        SQLALCHEMY_DATABASE_URI=place.url.render_as_string(hide_password=False), LOG_LEVEL="WARNING", SMTP_URL="",
        INBOX_URL="", **overrides,
    )  # fmt: skip
    migrate(app)
    with app.app_context():
        audit.begin_request()
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def _prove(app: Flask, manifest: Manifest) -> str:
    """What the book says of itself in the copy; RestoreRefused if it does not hold, or is not the one that was copied."""
    found = ledger.verify()
    if not found.is_ok:
        raise RestoreRefused(f"The copy is there, but its book does not hold: {found.message} Do not use it.")
    if found.size != manifest.ledger_size:
        raise RestoreRefused(
            f"The book of the copy has {found.size:,} entries, and had {manifest.ledger_size:,} when it was made."
        )
    wanted = [one for one in dumping.digests_now() if one not in manifest.missing]
    if lost := [one for one in wanted if not files.is_whole(one)]:
        raise RestoreRefused(
            f"The copy is there, but files in it are lost or altered: {', '.join(lost[:20])}. Do not use it."
        )
    if sending.held() is None:
        raise RestoreRefused("The copy is there, but it is not silent. Do not start it.")
    db.session.rollback()
    return found.message


def _lost_entries(manifest: Manifest) -> int:
    """How many entries the newest head that was kept outside the database knows beyond the copy."""
    kept = keeping.notes(keys.signing_key().public_key())
    largest = max((parse_checkpoint(note).checkpoint.size for note in kept), default=0)
    return max(0, largest - manifest.ledger_size)


# -- a trial ---------------------------------------------------------------------------------------


@backup_group.command("verify")
@click.argument("file", type=_FILE)
@json_option
def verify_command(file: Path, is_json: bool) -> None:
    """Put a backup back into a place of its own, prove it there, and take that place away again."""
    talk = Talk(is_json)
    with opened() as app:
        home = Path(app.config["INSTANCE"])
        with (
            tempfile.TemporaryDirectory(prefix="rapport-verify-") as folder,
            _place_for_trial(app, Path(folder)) as place,
        ):
            manifest = restoring.examine_for(file, place)
            restoring.put_back(file, manifest, place)
            with _application(place, _aside(place, home)) as copy:
                found = _prove(copy, manifest)
                n_returning = len(erasures.read())
        with transaction():
            operations.remember_verified(file.name, manifest, by=None)
    talk.say(
        f"{file.name} is whole: {sum(manifest.tables.values()):,} rows, {manifest.n_files:,} files, as when it was made "
        f"at {manifest.made_at}. {found}",
        *(
            [f"{n_returning:,} erasures on the list would be done again after a restore."]
            if n_returning
            else []
        ),
    )
    talk.give({"file": str(file), **_facts(manifest)})


def _aside(place: Place, home: Path) -> dict[str, Any]:
    """The keys are those of the house; whatever is written goes into the place of the trial."""
    return {
        "FILES_PATH": place.instance / "files", "FILES_BUCKET": "", "FILES_PLACE": "disk",
        "JOBS_URL": f"sqlite:///{place.instance / 'jobs.db'}",
        "SIGNING_KEY_PATH": home / "ledger-signing.key",
    }  # fmt: skip


@contextmanager
def _place_for_trial(app: Flask, folder: Path) -> Iterator[Place]:
    """An empty database beside the one in use, of the same kind, and a folder; both go away again."""
    (folder / "master.key").write_bytes(app.config["MASTER_KEY"])
    disk = places.Disk(folder / "files")
    url = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite":
        yield Place(folder, sa.make_url(f"sqlite:///{folder / 'rapport.db'}"), disk)
        return
    name = f"rapport_verify_{secrets.token_hex(4)}"
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            if not connection.scalar(
                sa.text("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            ):
                raise RestoreRefused(
                    "A trial needs a database of its own, and this user may not make one. Allow it "
                    f"(ALTER ROLE {url.username} CREATEDB), or restore into an empty database by hand."
                )
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
        try:
            yield Place(folder, url.set(database=name), disk)
        finally:
            with server.connect() as connection:
                connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    finally:
        server.dispose()


# -- silence ---------------------------------------------------------------------------------------


@click.command("sending")
@click.argument("what", type=click.Choice(["status", "hold", "release"]))
@click.option(
    "--discard-waiting", is_flag=True, help="With release: mail that waits is discarded instead of sent."
)
@json_option
def sending_command(what: str, discard_waiting: bool, is_json: bool) -> None:
    """Whether this house writes to anybody; a restored one does not before `release`."""
    talk = Talk(is_json)
    if discard_waiting and what != "release":
        raise click.UsageError("--discard-waiting goes with release.")
    with opened():
        n_waiting = None
        if what == "hold":
            with transaction():
                operations.hold_sending("by hand", by=None)
        elif what == "release":
            with transaction():
                n_waiting = operations.release_sending(is_discarding=discard_waiting, by=None)
        found = sending.held()
    if n_waiting is not None:
        done = "discarded" if discard_waiting else "leaving now"
        talk.say(
            f"Mail leaves again. {n_waiting:,} {'mail' if n_waiting == 1 else 'mails'} that waited: {done}."
        )
    elif found is None:
        talk.say("Mail leaves as usual.")
    else:
        talk.say(f"Nothing leaves since {found['since']} ({found['why']}).")
    talk.give(
        {
            "held": found is not None,
            **(found or {}),
            **({"waiting": n_waiting} if n_waiting is not None else {}),
        }
    )
