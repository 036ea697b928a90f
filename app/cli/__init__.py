"""The command `rapport`: set up, serve, bring value and people in, take reports and calendars out, prove the book.

Exit status: 0 done, 1 something wrong was found (in a file, in the book), 2 wrong usage or it cannot be done.
"""

import errno
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.cli.bringing import import_group
from app.cli.exporting import export_command
from app.cli.filing import files_group
from app.cli.house import (
    demo_command,
    erasures_command,
    inbox_command,
    init_command,
    search_command,
)
from app.cli.safety import backup_group, restore_command, sending_command
from app.cli.serving import serve_command, worker_command
from app.cli.taking import feed_group, ledger_group, report_group
from app.cli.upkeeping import doctor_command, jobs_group, upgrade_command
from app.cli.users import users_group
from app.core.errors import DomainError
from app.core.places import PlaceTrouble
from app.imports.policies import ImportRefused
from app.ledger.checkpoint import KeyFileError
from app.upkeep.archive import BackupDamaged

FOUND_WRONG = 1
CANNOT = 2
_INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def rapport() -> None:
    """Standing relationships between a company and the outside experts it works with.

    DATABASE_URL and RAPPORT_INSTANCE say where; without them an SQLite database under ./instance is used.
    """


for _command in (
    init_command, demo_command, serve_command, worker_command, users_group, import_group, report_group, feed_group,
    ledger_group, search_command, inbox_command, erasures_command, backup_group, restore_command, sending_command,
    upgrade_command, doctor_command, jobs_group, export_command, files_group,
):  # fmt: skip
    rapport.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and end the process with its status."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; whatever goes wrong becomes sentences on stderr and a status."""
    try:
        status = rapport.main(arguments, prog_name="rapport", standalone_mode=False)
    except _EXPECTED as error:
        status, sentences = _explain(error)
        for sentence in sentences:
            click.echo(sentence, err=True)
    return status if isinstance(status, int) else 0


def _explain(error: BaseException) -> tuple[int, Sequence[str]]:
    """The status and the words for whoever sits at the terminal."""
    kind = next(kind for kind in _EXPLAINED if isinstance(error, kind))
    status, words = _EXPLAINED[kind]
    return status, words(error)


def _usage(error: click.UsageError) -> list[str]:
    return [f"{error.format_message()} See: {error.ctx.command_path if error.ctx else 'rapport'} --help"]


def _faults(error: ImportRefused) -> list[str]:
    rest = error.n_faults - len(error.faults)
    more = [f"And {rest:,} more."] if rest else []
    return [*error.faults, *more, "Nothing was written."]


def _problem(problem: object) -> str:
    found = dict(problem) if isinstance(problem, dict) else {}
    place = ".".join(map(str, found.get("loc", ())))
    words = str(found.get("msg", "")).removeprefix("Value error, ")
    return f"{place}: {words}" if place else words


def _database_words(error: DBAPIError) -> str:
    reason = _first_line(error.orig or error)
    if "readonly" in reason or "read-only" in reason or "unable to open" in reason:
        return f"The database cannot be written or opened ({reason}). Check who owns its file and folder."
    if "locked" in reason or "timeout" in reason:
        return f"The database is busy ({reason}). Try again in a moment."
    if "full" in reason or "No space" in reason:
        return "The disk is full. Nothing was kept."
    return f"The database does not answer as it should: {reason}"


def _migration_words(error: CommandError) -> str:
    reason = _first_line(error)
    if "Can't locate revision" in reason:
        return "The database was made by a newer program than this one. Use that one."
    return f"The database cannot be used: {reason}"


def _machine_words(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The disk is full. Nothing was kept."
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


#: What may go wrong without being a fault of ours, the special before the general.
_EXPLAINED: dict[type[BaseException], tuple[int, Callable[[Any], list[str]]]] = {
    click.Abort: (_INTERRUPTED, lambda _: ["Stopped; nothing was kept."]),
    click.UsageError: (CANNOT, _usage),
    click.ClickException: (CANNOT, lambda error: [error.format_message()]),
    ImportRefused: (FOUND_WRONG, _faults),
    BackupDamaged: (FOUND_WRONG, lambda error: [error.message]),
    PlaceTrouble: (CANNOT, lambda error: [error.why]),
    DomainError: (CANNOT, lambda error: [error.message]),
    ValidationError: (CANNOT, lambda error: [_problem(problem) for problem in error.errors()]),
    KeyFileError: (CANNOT, lambda error: [str(error)]),
    DBAPIError: (CANNOT, lambda error: [_database_words(error)]),
    ArgumentError: (CANNOT, lambda error: [f"The database cannot be used: {_first_line(error)}"]),
    CommandError: (CANNOT, lambda error: [_migration_words(error)]),
    BrokenPipeError: (CANNOT, lambda _: []),  # whoever read the output has gone
    OSError: (CANNOT, lambda error: [_machine_words(error)]),
}
_EXPECTED = tuple(_EXPLAINED)
