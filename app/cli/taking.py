"""Commands that take something out: reports, calendars, and the proof that the book is whole."""

import sys
from pathlib import Path
from typing import get_args

import click
from sqlalchemy.exc import OperationalError

from app.accounts import audit
from app.calendars import exports as calendars
from app.cli.opening import opened
from app.cli.talking import Talk, json_option
from app.core import clock
from app.core.db import transaction
from app.core.errors import NotFound
from app.events import queries as events
from app.ledger import checkpoint
from app.ledger import queries as ledger
from app.ledger.queries import Verification
from app.periods.policies_as_of import parse_as_of
from app.programs import queries as programs
from app.reports import exports as reports
from app.reports import operations as report_operations
from app.reports import queries as report_queries

_OUT = click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The file to write; - writes to standard output and says nothing else.",
)  # fmt: skip
_STDOUT = Path("-")


def _write(out: Path, content: bytes) -> None:
    if out == _STDOUT:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        out.write_bytes(content)


@click.group("report")
def report_group() -> None:
    """Reports as files."""


@report_group.command("value")
@click.option("--program", required=True, metavar="NAME")
@click.option(
    "--as-of",
    default="",
    metavar="INSTANT",
    help="A day, or an instant such as 2026-10-31T18:00:00Z; UTC unless it says.",
)
@click.option("--format", "form", required=True, type=click.Choice(get_args(reports.Format)))
@_OUT
@json_option
def value_report(program: str, as_of: str, form: reports.Format, out: Path, is_json: bool) -> None:
    """What each person of a program has received, with the signed head of the book."""
    talk = Talk(is_json)
    with opened() as app:
        found = programs.find_program(program)
        if found is None:
            raise NotFound(f"There is no program called {program}.")
        instant = parse_as_of(as_of, "UTC", clock.now())
        # url_for in templates needs a request; the address is only for links.
        with app.test_request_context(base_url=app.config["BASE_URL"]):
            content = reports.value_file(report_queries.value_report(found, as_of=instant), form)
        with transaction():
            report_operations.record_export("value", ref=str(found.id), format=form, as_of=instant, by=None)
            _write(out, content)
        if out == _STDOUT:
            return
        talk.say(f"Wrote the value report of {found.name} to {out}, {len(content):,} bytes.")
        talk.give({"program": found.name, "format": form, "file": str(out), "bytes": len(content)})


@click.group("feed")
def feed_group() -> None:
    """Calendars as files."""


@feed_group.command("event")
@click.argument("name")
@_OUT
@json_option
def event_feed(name: str, out: Path, is_json: bool) -> None:
    """The calendar of an event (.ics), as a subscribed calendar shows it."""
    talk = Talk(is_json)
    with opened():
        found = events.find_event(name)
        if found is None:
            raise NotFound(f"There is no event called {name}.")
        content = calendars.event_feed(found)
        with transaction():
            audit.record_event("calendars.exported", kind="event", ref=str(found.id), by=None)
            _write(out, content)
        if out == _STDOUT:
            return
        talk.say(f"Wrote the calendar of {found.name} to {out}, {len(content):,} bytes.")
        talk.give({"event": found.name, "file": str(out), "bytes": len(content)})


@click.group("ledger")
def ledger_group() -> None:
    """The book of value."""


@ledger_group.command("verify")
@click.option(
    "--against", multiple=True, metavar="NOTE", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A signed checkpoint kept from an earlier export: proves that nothing before it was changed. May be repeated.",
)  # fmt: skip
@click.option(
    "--links",
    "is_quick",
    is_flag=True,
    help="Only whether every entry follows the one before: a few seconds for a million.",
)
@json_option
@click.pass_context
def verify(context: click.Context, against: tuple[Path, ...], is_quick: bool, is_json: bool) -> None:
    """Walk the whole chain; names the first broken entry."""
    if is_quick and against:
        raise click.UsageError("--links reads no roots, so it cannot be held --against a checkpoint.")
    talk = Talk(is_json)
    with opened():
        notes = [_note(path) for path in against]
        try:
            found = ledger.verify_links() if is_quick else ledger.verify(notes)
        except checkpoint.CheckpointError as error:
            raise click.ClickException(f"A checkpoint given with --against cannot be used: {error}") from None
        _note_verification(found)
        talk.say(found.message, *(fault for fault in found.faults[:20] if fault not in found.message))
        if found.is_ok and not is_quick:
            talk.say(
                "Its signed head, to keep and to verify against later:",
                ledger.current_checkpoint().note.rstrip("\n"),
            )
        talk.give(
            {
                "state": found.state.value, "size": found.size, "root": found.root, "message": found.message,
                "first_broken": found.first_broken, "faults": list(found.faults),
                "checkpoint": ledger.current_checkpoint().note if found.is_ok and not is_quick else None,
            }
        )  # fmt: skip
    context.exit(0 if found.is_ok else 1)


def _note(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{path} is not a checkpoint: it is not text.") from None


def _note_verification(found: Verification) -> None:
    """The trail keeps that the book was verified; a copy that cannot be written is verified all the same."""
    try:
        with transaction():
            audit.record_event(
                "ledger.verified", kind="ledger", ref=str(found.size), by=None, reason=found.state.value
            )
    except OperationalError:
        click.echo(
            "This database cannot be written, so the trail does not mention this verification.", err=True
        )
