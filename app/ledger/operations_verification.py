"""Verifying the book, on demand and every night, and handing it out: all written into the trail (L1, R4)."""

import tempfile
from collections.abc import Iterable
from datetime import date
from typing import IO, Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock, waking
from app.core.db import db, transaction
from app.core.models import Setting
from app.ledger import keeping, keys, queries_verification
from app.ledger.bundle import write_bundle
from app.ledger.queries_verification import Verification
from app.notices import operations as notices
from app.notices.models import Urgency

#: Where the last verification is remembered, and the last night that was taken.
SETTING, NIGHT = "ledger_verified", "ledger_night"

#: A bundle above this many bytes waits on disk instead of in memory.
IN_MEMORY = 8 * 1024 * 1024


def check_book(notes: Iterable[str] = (), *, by: User | None) -> Verification:
    """Verify the whole book, also against earlier signed heads, and remember what was found and by whom.

    checkpoint.CheckpointError when a note is not one this installation has signed.
    """
    found = queries_verification.verify(notes)
    _remember(found, by)
    return found


def _remember(found: Verification, by: User | None) -> None:
    row = db.session.get(Setting, SETTING) or Setting(name=SETTING, value={})
    row.value = {
        "at": found.at.isoformat(), "state": found.state.value, "size": found.size, "root": found.root,
        "message": found.message, "first_broken": found.first_broken, "by": by.name if by else None,
    }  # fmt: skip
    db.session.add(row)
    audit.record_event(
        "ledger.book_verified", kind="ledger", ref=str(found.size), by=by, reason=found.message
    )


def run_nightly() -> int:
    """Once a day, whoever looks first: the whole book, held against every head that was signed on earlier days.

    What is whole gets a signed head of its own in the folder of checkpoints; what is not is told at once. How many
    faults there were.
    """
    if not _take_the_night(clock.today("UTC")):
        return 0
    kept = keeping.notes(keys.signing_key().public_key())
    found = queries_verification.verify(kept)  # nobody waits for a lock while the book is walked
    head = queries_verification.current_checkpoint()
    with transaction():
        _remember(found, None)
        if not found.is_ok:
            _tell(found)
    if found.is_ok and head.size:
        keeping.keep(head.note, clock.today("UTC"))
    return len(found.faults)


def _take_the_night(today: date) -> bool:
    """Whether this night's look is ours: one worker takes it, the others go on."""
    known = db.session.get(Setting, NIGHT)
    db.session.rollback()
    if known is not None and known.value["on"] == today.isoformat():
        return False
    try:
        with transaction():
            row = db.session.get(Setting, NIGHT, with_for_update=True, populate_existing=True)
            if row is not None and row.value["on"] == today.isoformat():
                return False
            row = row or Setting(name=NIGHT)
            row.value = {"on": today.isoformat()}
            db.session.add(row)
    except IntegrityError:  # another worker was quicker
        return False
    return True


def _tell(found: Verification) -> None:
    for role in (Role.COMPLIANCE, Role.ADMIN):
        notices.notify(
            _l(
                "The book does not hold: %(message)s Do not report from it before it is looked into.",
                message=found.message,
            ),
            role=role,
            urgency=Urgency.NOW,
            source=("ledger", found.first_broken) if found.first_broken else None,
        )


def export_book(*, by: User | None) -> IO[bytes]:
    """The whole book as a zip that anybody can verify without this program; an open file at its beginning."""
    head = queries_verification.current_checkpoint()
    target: Any = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the caller sends and closes it
    write_bundle(target, queries_verification.bodies(head.size), head.note, keys.signing_key().public_key())
    audit.record_event("ledger.book_exported", kind="ledger", ref=str(head.size), by=by, reason=head.short)
    target.seek(0)
    found: IO[bytes] = target
    return found


_wake = waking.step("ledger", run_nightly)
