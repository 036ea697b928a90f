"""Moving content between the disk and a bucket while the house is in use."""

from collections.abc import Callable
from pathlib import Path

from flask import current_app
from msgspec import Struct, field

from app.accounts import audit
from app.accounts.models import User
from app.core import files, places
from app.core.db import transaction
from app.core.errors import DomainError
from app.core.places import Place
from app.upkeep import dumping

Progress = Callable[[int, int], None]


class NothingToMove(DomainError):
    """There is one place only."""


class Moved(Struct):
    """What became of the content that lay in the other place."""

    to: str
    n_moved: int = 0
    #: Altered in the other place, and left there.
    altered: list[str] = field(default_factory=list)
    #: Lies there and no row names it: uploads that were refused, or content that waits to be removed.
    n_unnamed: int = 0


def move_files(progress: Progress = lambda _done, _total: None, *, by: User | None) -> Moved:
    """Bring all content that rows name to where new content is kept; NothingToMove, PlaceTrouble, OSError.

    Each is kept there and read again from there before it goes from the other place, and readers look in both. Broken off,
    it goes on where it was. What is erased meanwhile is looked for once more after each, so that nothing of it comes back.
    """
    here, *others = places.places(current_app.config)
    if not others:
        raise NothingToMove("Files lie on the disk, and no bucket is set: there is nothing to move.")
    there, found = others[0], Moved(here.words)
    lying, named = set(there.list()), set(dumping.digests_now())
    found.n_unnamed = len(lying - named)
    for number, digest in enumerate(sorted(lying & named), 1):
        _move(digest, there, here, found)
        progress(number, len(lying & named))
    with transaction():
        audit.record_event(
            "upkeep.files_moved", kind="files", ref=str(found.n_moved), by=by, reason=here.words[:300]
        )
    return found


def _move(digest: str, there: Place, here: Place, found: Moved) -> None:
    try:
        with places.drafting(Path(current_app.config["FILES_PATH"])) as draft:
            _copy(digest, there, draft)
            here.keep(draft, digest)
        with here.open(digest) as content:
            if places.hash_of(content) != digest:
                raise places.PlaceTrouble(
                    f"In {here.words} file {digest} is not what was kept. It was left where it was."
                )
        there.remove(digest)
        found.n_moved += 1
    except places.Altered:
        found.altered.append(digest)
    except FileNotFoundError:
        pass  # erased, or moved by somebody else, since we looked
    with transaction():
        files.remove_unnamed(digest)


def _copy(digest: str, there: Place, draft: Path) -> None:
    with there.open(digest) as content:
        if places.write_draft(content, draft) != digest:
            raise places.Altered(digest)
