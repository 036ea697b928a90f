"""Verifying the book on demand, and handing it out: both are written into the trail (L1, R4)."""

import tempfile
from collections.abc import Iterable
from typing import IO, Any

from app.accounts import audit
from app.accounts.models import User
from app.core.db import db
from app.core.models import Setting
from app.ledger import keys, queries_verification
from app.ledger.bundle import write_bundle
from app.ledger.queries_verification import Verification

#: Where the last verification is remembered.
SETTING = "ledger_verified"

#: A bundle above this many bytes waits on disk instead of in memory.
IN_MEMORY = 8 * 1024 * 1024


def check_book(notes: Iterable[str] = (), *, by: User | None) -> Verification:
    """Verify the whole book, also against earlier signed heads, and remember what was found and by whom.

    checkpoint.CheckpointError when a note is not one this installation has signed.
    """
    found = queries_verification.verify(notes)
    row = db.session.get(Setting, SETTING) or Setting(name=SETTING, value={})
    row.value = {
        "at": found.at.isoformat(), "state": found.state.value, "size": found.size, "root": found.root,
        "message": found.message, "first_broken": found.first_broken, "by": by.name if by else None,
    }  # fmt: skip
    db.session.add(row)
    audit.record_event(
        "ledger.book_verified", kind="ledger", ref=str(found.size), by=by, reason=found.message
    )
    return found


def export_book(*, by: User | None) -> IO[bytes]:
    """The whole book as a zip that anybody can verify without this program; an open file at its beginning."""
    head = queries_verification.current_checkpoint()
    target: Any = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the caller sends and closes it
    write_bundle(target, queries_verification.bodies(head.size), head.note, keys.signing_key().public_key())
    audit.record_event("ledger.book_exported", kind="ledger", ref=str(head.size), by=by, reason=head.short)
    target.seek(0)
    found: IO[bytes] = target
    return found
