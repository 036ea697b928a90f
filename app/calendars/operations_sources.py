"""Reading calendars of others: from files, with a dry run first, and from their address by the worker, again and again."""

from datetime import timedelta

import sqlalchemy as sa
import structlog
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import User
from app.calendars import policies_industry as policies
from app.calendars import queries_industry as queries
from app.calendars.details_industry import SourceDetails
from app.calendars.models_industry import BusyBlock, CalendarSource, OtherShow, SourceKind
from app.calendars.policies_industry import Changes, Draft, Taken
from app.core import clock, fetching, waking
from app.core.db import after_commit, db, in_transaction, transaction
from app.core.fetching import Door, FetchFailed
from app.core.ics_reading import Reading, UnreadableCalendar, read_calendar
from app.notices import operations as notices
from app.people.models import Person

log = structlog.get_logger()

#: So long a worker may be at one calendar before another one tries.
_LEASE = timedelta(minutes=10)
#: Of the sentences about what was not taken so many are kept.
_MOST_SENTENCES = 50


def add_source(details: SourceDetails, person: Person | None = None, *, by: User) -> CalendarSource:
    """Read a calendar from now on: that of a person, or one of shows. With an address it is fetched at once."""
    address = details.address
    source = CalendarSource(
        kind=details.kind, person_id=person.id if person else None, name=details.name, zone=details.zone,
        secret_address=address, host=fetching.host_of(address) if address else "", show_kind=details.show_kind,
        country=details.country or "", audiences=[one.value for one in details.audiences], refused=[],
        takes_titles=details.takes_titles, made_by_id=by.id, made_at=clock.now(),
        next_at=clock.now() if address else None,
    )  # fmt: skip
    db.session.add(source)
    audit.record("calendars.source_added", source, by=by)
    if address:
        after_commit(_wake)
    return source


def fetch_soon(source: CalendarSource, *, by: User) -> CalendarSource:
    """Fetch a calendar now rather than later."""
    _require_live(source)
    if not source.secret_address:
        raise policies.NoAddress(_("This calendar has no address. Choose a file instead."))
    before = audit.snapshot(source)
    source.next_at = clock.now()
    audit.record("calendars.source_asked_for", source, by=by, before=before)
    after_commit(_wake)
    return source


def end_source(source: CalendarSource, *, by: User) -> CalendarSource:
    """Read a calendar no more. Shows stay as they are; what came from a person's calendar goes, and so does its address."""
    _require_live(source)
    before = audit.snapshot(source)
    source.ended_at, source.next_at, source.raw, source.secret_address = clock.now(), None, None, ""
    if source.kind is SourceKind.BLOCKS:
        for row in queries.rows_of(source):
            db.session.delete(row)
    audit.record("calendars.source_ended", source, by=by, before=before)
    return source


# -- files: a dry run, then applied -----------------------------------------------------------------------


def read_file(source: CalendarSource, data: bytes, *, by: User) -> Draft:
    """The dry run: what a file would change. Only what would be kept is kept until somebody applies it; the file is not."""
    _require_live(source)
    try:
        reading = _read(source.kind, source.zone, data)
    except UnreadableCalendar as error:
        raise policies.CannotRead(str(error), field="file") from None
    before = audit.snapshot(source)
    draft = _drafted(source, reading)
    source.raw = policies.draft_bytes(draft)
    audit.record("calendars.file_read", source, by=by, before=before)
    return draft


def apply_draft(source: CalendarSource, *, by: User) -> Changes:
    """Do what the dry run showed."""
    _require_live(source)
    if source.raw is None:
        raise policies.NothingRead(
            _("There is nothing to take over: it was taken over already, or given up.")
        )
    before = audit.snapshot(source)
    changes = _take(source, policies.draft_of(source.raw), by)
    source.raw = None
    audit.record("calendars.file_applied", source, by=by, before=before, reason=_words(changes))
    return changes


def drop_draft(source: CalendarSource, *, by: User) -> CalendarSource:
    """Give up a dry run."""
    before = audit.snapshot(source)
    source.raw = None
    audit.record("calendars.file_given_up", source, by=by, before=before)
    return source


# -- addresses: by the worker -----------------------------------------------------------------------------


class _Claim(Struct, frozen=True):
    id: int
    kind: SourceKind
    zone: str
    address: str
    etag: str
    last_modified: str


def fetch_due(door: Door = fetching.WEB) -> int:
    """Fetch the one calendar that waits longest; 0 when none does. Never call it inside a transaction."""
    if in_transaction():
        raise RuntimeError("calendars are fetched outside any transaction")
    claim = _claim()
    if claim is None:
        return 0
    try:
        fetched = fetching.fetch(claim.address, etag=claim.etag, last_modified=claim.last_modified, door=door)
        reading = _read(claim.kind, claim.zone, fetched.content) if fetched.content is not None else None
    except (FetchFailed, UnreadableCalendar) as trouble:
        log.info("calendar_not_fetched", source=claim.id, why=str(trouble))
        with transaction():
            _note_failure(claim.id, str(trouble))
        return 1
    with transaction():
        _note_success(claim.id, reading, fetched.etag, fetched.last_modified)
    return 1


_wake = waking.step("calendars", fetch_due)


def _claim() -> _Claim | None:
    now = clock.now()
    due = sa.select(CalendarSource).where(CalendarSource.next_at <= now, CalendarSource.ended_at.is_(None))
    first = due.order_by(CalendarSource.next_at, CalendarSource.id).limit(1)
    with transaction():
        row = db.session.scalar(first.with_for_update(skip_locked=True))
        if row is None:
            return None
        row.next_at = now + _LEASE
        return _Claim(row.id, row.kind, row.zone, row.secret_address, row.etag, row.last_modified)


def _note_failure(id: int, why: str) -> None:
    source = _live(id)
    if source is None:
        return
    before = audit.snapshot(source)
    now = clock.now()
    source.tried_at, source.trouble, source.n_failures = now, why, source.n_failures + 1
    source.next_at = policies.next_look(source.n_failures, now)
    if source.n_failures == policies.TELL_AFTER and source.made_by is not None:
        said = _l(
            "The calendar %(source)s could not be read %(n_failures)s times: %(why)s What it held"
            " last still stands.",
            source=source.name,
            n_failures=source.n_failures,
            why=why,
        )
        notices.notify(said, user=source.made_by)
    audit.record("calendars.source_failed", source, by=None, before=before)


def _note_success(id: int, reading: Reading | None, etag: str, last_modified: str) -> None:
    source = _live(id)
    if source is None:
        return
    before = audit.snapshot(source)
    now = clock.now()
    changes = _take(source, _drafted(source, reading), None) if reading is not None else Changes()
    source.tried_at = source.fetched_at = now
    source.trouble, source.n_failures, source.next_at = "", 0, policies.next_look(0, now)
    if reading is not None:
        source.etag, source.last_modified = etag, last_modified
    audit.record("calendars.source_read", source, by=None, before=before, reason=_words(changes))


def _live(id: int) -> CalendarSource | None:
    wanted = sa.select(CalendarSource).where(CalendarSource.id == id, CalendarSource.ended_at.is_(None))
    return db.session.scalar(wanted.with_for_update())


# -- both -------------------------------------------------------------------------------------------------


def _read(kind: SourceKind, zone: str, data: bytes) -> Reading:
    from_on, to_on = policies.window_of(kind, clock.today())
    return read_calendar(data, zone=zone, from_on=from_on, to_on=to_on)


def _drafted(source: CalendarSource, reading: Reading) -> Draft:
    taken, refused = policies.taken_of(source, reading)
    return Draft(taken, refused[:_MOST_SENTENCES], clock.now(), reading.n_cut, reading.n_cancelled)


def _take(source: CalendarSource, draft: Draft, by: User | None) -> Changes:
    """Make the rows what the calendar says; columns changed by hand stay."""
    changes = policies.changes_of(source.kind, queries.rows_of(source), draft.taken, clock.today())
    db.session.add_all(_made(source, one, by) for one in changes.new)
    for row, _one, values in changes.changed:
        for name, value in values.items():
            setattr(row, name, value)
        row.revised_at = clock.now()
        if isinstance(row, OtherShow) and "gone_at" not in row.kept:
            row.gone_at = None
    for row in changes.gone:
        if isinstance(row, OtherShow):
            row.gone_at = clock.now()
        else:
            db.session.delete(row)
    source.n_items, source.refused = len(draft.taken), list(draft.refused)
    source.fetched_at = clock.now()
    db.session.flush()
    return changes


def _made(source: CalendarSource, one: Taken, by: User | None) -> OtherShow | BusyBlock:
    values = policies.values_of(source.kind, one) | {
        "source_id": source.id,
        "key": one.key,
        "made_by_id": by.id if by else None,
        "made_at": clock.now(),
    }
    if source.kind is SourceKind.SHOWS:
        return OtherShow(
            kind=source.show_kind, country=source.country, audiences=list(source.audiences), kept=[], **values
        )
    return BusyBlock(person_id=source.person_id, **values)


def _words(changes: Changes) -> str:
    return f"{len(changes.new)} new, {len(changes.changed)} changed, {len(changes.gone)} gone"


def _require_live(source: CalendarSource) -> None:
    if source.ended_at is not None:
        raise policies.SourceEnded(_("This calendar is not read any more. Add it again to read it."))
