"""Commands that bring files in: people and value."""

from pathlib import Path

import click

from app.accounts import queries as accounts
from app.accounts.models import User
from app.cli.opening import opened
from app.cli.talking import Talk, json_option
from app.core.db import transaction
from app.core.errors import NotFound
from app.imports import operations as imports
from app.imports.profiles import OPEN_PAYMENTS, PROFILES

_DRY = click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")


@click.group("import")
def import_group() -> None:
    """Read files in; CSV (plain or gzip) or Excel."""


@import_group.command("people")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--owner",
    default="",
    metavar="EMAIL",
    help="Who looks after new people that the file names no owner for.",
)
@_DRY
@json_option
def import_people(file: Path, owner: str, dry_run: bool, is_json: bool) -> None:
    """Create and update people from a list; columns are recognised by their names."""
    talk = Talk(is_json)
    with opened(), file.open("rb") as stream, transaction():
        outcome = imports.import_people(
            stream, file.name, is_dry=dry_run, by=None, owner=_user(owner), progress=talk.progress("people")
        )
    talk.say(outcome.summary, *outcome.notes)
    talk.give(
        {
            "dry_run": dry_run, "created": outcome.n_created, "updated": outcome.n_updated, "skipped": outcome.n_skipped,
            "reasons": outcome.reasons, "notes": outcome.notes, "import": outcome.run_id,
        }
    )  # fmt: skip


@import_group.command("value")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--profile", default=OPEN_PAYMENTS.key, type=click.Choice(list(PROFILES)), show_default=True)
@click.option(
    "--program", default="", metavar="NAME", help="The program of these books; made when it is new."
)
@_DRY
@json_option
def import_value(file: Path, profile: str, program: str, dry_run: bool, is_json: bool) -> None:
    """Take over value from books kept elsewhere, into a program of its own."""
    talk = Talk(is_json)
    with opened(), file.open("rb") as stream, transaction():
        outcome = imports.import_value(
            stream,
            file.name,
            profile,
            program,
            is_dry=dry_run,
            by=None,
            progress=talk.progress("entries", "reading line"),
        )
    talk.say(outcome.summary, *outcome.messages)
    held = outcome.posting
    talk.give(
        {
            "dry_run": dry_run, "program": outcome.program, "rows": outcome.n_rows, "added": outcome.n_created,
            "known": outcome.n_skipped, "recipients": outcome.n_recipients,
            "sums": {money.currency: f"{money.amount:f}" for money in outcome.sums}, "zero_amounts": held.n_zero,
            "equity": held.n_equity, "duplicate_groups": held.n_duplicate_groups, "duplicate_rows": held.n_duplicate_rows,
            "import": outcome.run_id,
        }
    )  # fmt: skip


def _user(email: str) -> User | None:
    if not email:
        return None
    found = accounts.find_user(email)
    if found is None:
        raise NotFound(f"There is no user {email}.")
    return found
