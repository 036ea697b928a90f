"""Commands about the content of files: where it lies."""

import click

from app.cli.opening import opened
from app.cli.talking import Talk, json_option
from app.upkeep.operations_files import move_files


@click.group("files")
def files_group() -> None:
    """The content of files: on the disk, or in a bucket."""


@files_group.command("move")
@json_option
@click.pass_context
def move_command(context: click.Context, is_json: bool) -> None:
    """Bring content from the disk to the bucket, or back with RAPPORT_FILES_PLACE=disk, while everything runs.

    Start web and workers with the new settings first. It may be broken off and said again; status 1 if something is altered.
    """
    talk = Talk(is_json)
    with opened():
        found = move_files(talk.progress("files"), by=None)
    talk.say(
        f"{found.n_moved:,} files were moved to {found.to}, and each was read again there.",
        *(f"Altered where it lay, and left there: file {digest}" for digest in found.altered),
        *(
            [f"{found.n_unnamed:,} that no row names were left; what waits to be removed goes by itself."]
            if found.n_unnamed
            else []
        ),
    )
    talk.give({"to": found.to, "moved": found.n_moved, "altered": found.altered, "unnamed": found.n_unnamed})
    context.exit(1 if found.altered else 0)
