"""Reading published schedules into an agenda: a dry run that writes no session, then all of it in one transaction."""

import hashlib
import re
import uuid
from datetime import datetime
from typing import IO, Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import bulk, clock
from app.core.db import db
from app.core.errors import DomainError
from app.events import policies, queries_agenda, queries_schedule
from app.events.models import Audience, Event, RecordTerms, Session
from app.events.models_agenda import AgendaPlan, RunState, Schedule, ScheduleItem, ScheduleRun
from app.events.operations_places import lock_event
from app.events.schedule_changes import UNITS, Change, Comparison, Kept, compare, published_value
from app.events.schedule_files import read_schedule, taken
from app.events.schedule_reading import Found, Reading, ScheduleRefused, day_change_of, line_of

#: So many lines of each kind are kept for the receipt.
N_SHOWN = 200


class ScheduleSettled(DomainError):
    """A dry run that was applied or left already, or that rests on what is no longer so."""

    status = 409


def read_file(event: Event, stream: IO[bytes], file_name: str, *, by: User) -> ScheduleRun:
    """Read a file for an event and keep what was read; no session is written. It takes the place of a dry run that waits.

    Raises ScheduleRefused with the reason when nothing of the file can be taken.
    """
    policies.require_open_agenda(event)
    data = taken(stream)
    reading = read_schedule(data, event.zone)
    if not reading.found and not reading.left:
        raise ScheduleRefused(_("This schedule holds no session yet."), field="file")
    n_outside = sum(
        not event.starts_at <= one.starts_at < one.ends_at <= event.ends_at for one in reading.found
    )
    if n_outside:
        reading.remarks.append(
            _(
                "Items outside the event's own times: %(n_outside)s. They are taken and shown as conflicts.",
                n_outside=n_outside,
            )
        )
    for waiting in queries_schedule.list_waiting(event):
        waiting.state, waiting.content = RunState.DISCARDED, None
    schedule = queries_schedule.find_schedule(event, reading.key)
    run = ScheduleRun(
        event_id=event.id, schedule_id=schedule.id if schedule else None, zone=event.zone, by=by, at=clock.now(),
        file_name=line_of(re.split(r"[/\\]", file_name)[-1]) or "file", file_sha256=hashlib.sha256(data).hexdigest(),
        content=reading.kept(),
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    _note("events.schedule_read", run, by=by)
    return run


def comparison_of(run: ScheduleRun) -> tuple[Reading, Comparison]:
    """What applying a waiting run would do now."""
    if run.state is not RunState.CHECKED or run.content is None:
        raise ScheduleSettled(_("This file was applied or left already."))
    reading = Reading.of(run.content)
    schedule = queries_schedule.find_schedule(run.event, reading.key)
    items = queries_schedule.list_items(schedule) if schedule is not None else []
    return reading, compare(reading.found, items, {one.key for one in reading.left if one.key})


def discard_run(run: ScheduleRun, *, by: User) -> None:
    """Leave a dry run: what was read is forgotten."""
    if run.state is not RunState.CHECKED:
        raise ScheduleSettled(_("This file was applied or left already."))
    run.state, run.content = RunState.DISCARDED, None
    _note("events.schedule_left", run, by=by)


def apply_run(run: ScheduleRun, *, by: User) -> ScheduleRun:
    """Apply a dry run in the open transaction: new sessions, changes, tombstones; hand edits stay.

    Our UIDs are minted once, when a session is new here; the file's key only finds it again (C1).
    """
    event = run.event
    lock_event(event.id)  # one file at a time
    db.session.refresh(run, ["state"])
    policies.require_open_agenda(event)
    if run.zone != event.zone:
        raise ScheduleSettled(_("The event has another time zone since this file was read. Upload it again."))
    reading, comparison = comparison_of(run)
    schedule = _schedule(event, reading)
    if run.schedule_id is not None:
        _unmark(schedule)
    _add(event, schedule, [one.found for one in comparison.of("new") if one.found])
    for change in comparison.of("changed", "back", "same"):
        _update(change, by)
    for change in comparison.of("gone"):
        _entomb(change, by)
    _settle_day_change(event, reading)
    run.schedule_id, run.state, run.done_at, run.content = schedule.id, RunState.DONE, clock.now(), None
    run.outcome = outcome_of(reading, comparison)
    db.session.flush()
    _note("events.schedule_applied", run, by=by, words=_words(run.outcome["counts"]))
    db.session.expire(event, ["sessions"])
    return run


def take_published(session: Session, unit: str, *, by: User) -> Session:
    """Give up what was set by hand and say what the file says."""
    item = queries_schedule.find_item(session)
    if item is None or unit not in UNITS:
        raise ScheduleSettled(_("No published schedule says anything else about this."))
    before = audit.snapshot(session)
    for name in UNITS[unit]:
        setattr(session, name, published_value(item.published, name))
    audit.record(
        "events.session_edited",
        session,
        by=by,
        before=before,
        reason=f"as published by {item.schedule.title}",
    )
    return session


def outcome_of(reading: Reading, comparison: Comparison) -> dict[str, Any]:
    """Counts and the lines of a dry run or receipt, as JSON."""
    shown = [one for one in comparison.changes if one.kind != "same" or one.kept]
    lines: list[dict[str, Any]] = []
    for kind in ("new", "changed", "gone", "back", "same"):
        lines += map(_line, [one for one in shown if one.kind == kind][:N_SHOWN])
    return {
        "form": reading.form, "title": reading.title, "version": reading.version,
        "counts": comparison.counts | {"left": len(reading.left)},
        "lines": lines, "left": [{"where": one.where, "reason": one.reason} for one in reading.left[:N_SHOWN]],
        "remarks": list(reading.remarks),
    }  # fmt: skip


def _line(change: Change) -> dict[str, Any]:
    session, found = change.session, change.found
    starts_at = found.starts_at if found else session.starts_at if session else None
    return {
        "kind": change.kind, "title": change.title, "place": found.place if found else session.place if session else "",
        "starts_at": starts_at.isoformat() if starts_at else "", "session_id": session.id if session else None,
        "moves": {name: [_plain(was), _plain(now)] for name, (was, now) in change.moves.items()},
        "kept": [_kept_line(one) for one in change.kept], "is_rekeyed": change.is_rekeyed,
    }  # fmt: skip


def _kept_line(kept: Kept) -> dict[str, Any]:
    return {
        "unit": kept.unit,
        "ours": [_plain(one) for one in kept.ours],
        "theirs": [_plain(one) for one in kept.theirs],
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


# -- the steps of applying -------------------------------------------------------------------------


def _schedule(event: Event, reading: Reading) -> Schedule:
    schedule = queries_schedule.find_schedule(event, reading.key)
    if schedule is None:
        schedule = Schedule(
            event_id=event.id, key=reading.key, title=reading.title, made_at=clock.now(), read_at=clock.now()
        )
        db.session.add(schedule)
    schedule.title, schedule.version_said, schedule.read_at = reading.title, reading.version, clock.now()
    db.session.flush()
    return schedule


def _unmark(schedule: Schedule) -> None:
    """What the reading before has changed is no news any more; the line of the whole run stands for it in the audit."""
    db.session.execute(
        sa.update(ScheduleItem).where(ScheduleItem.schedule_id == schedule.id).values(changed={}),
        execution_options={"audited": True, "synchronize_session": "fetch"},
    )


def _add(event: Event, schedule: Schedule, found: list[Found]) -> None:
    """New sessions, many at once, each with a UID of our own."""
    now = clock.now()
    ids = list(bulk.reserve_ids(Session, len(found)))
    sessions = (
        {
            "id": id, "event_id": event.id, "title": one.title, "description": one.description, "place": one.place,
            "zone": event.zone, "starts_at": one.starts_at, "ends_at": one.ends_at, "audience": Audience.ALL,
            "terms": RecordTerms.ON_RECORD, "embargo_until_at": None, "is_nda": False, "uid": str(uuid.uuid4()),
            "sequence": 0, "revised_at": now, "is_cancelled": one.is_cancelled, "version": 1,
        }
        for id, one in zip(ids, found, strict=True)
    )  # fmt: skip
    bulk.insert_rows(Session, sessions)
    items = (
        {
            "session_id": id, "schedule_id": schedule.id, "key": one.key, "published": one.published, "changed": {},
            "gone_at": None,
        }
        for id, one in zip(ids, found, strict=True)
    )  # fmt: skip
    bulk.insert_rows(ScheduleItem, items)


def _update(change: Change, by: User) -> None:
    item, found = change.item, change.found
    if item is None or found is None:  # gone long ago, and still not in the file
        return
    if change.moves:
        before = audit.snapshot(item.session)
        for name, (_was, now) in change.moves.items():
            setattr(item.session, name, now)
        item.changed = {name: [_plain(was), _plain(now)] for name, (was, now) in change.moves.items()}
        audit.record("events.session_edited", item.session, by=by, before=before, reason="published schedule")
    published = found.published
    if item.published != published:
        item.published = published
    if item.key != found.key:
        item.key = found.key
    item.gone_at = None


def _entomb(change: Change, by: User) -> None:
    """No longer in the file: cancelled, so that calendars hear of it; never deleted."""
    item = change.item
    if item is None:
        return
    item.gone_at = clock.now()
    if not item.session.is_cancelled:
        before = audit.snapshot(item.session)
        item.session.is_cancelled = True
        item.changed = {"is_cancelled": [False, True]}
        audit.record(
            "events.session_cancelled",
            item.session,
            by=by,
            before=before,
            reason="no longer in the published schedule",
        )


def _settle_day_change(event: Event, reading: Reading) -> None:
    """Days that run past midnight in the file run past midnight here, unless somebody has said when days change."""
    plan = queries_agenda.find_plan(event)
    if plan is not None and plan.day_change_hour is not None:
        return
    hour = day_change_of(reading.found, event.zone, reading.day_change_hour)
    if hour is None:
        return
    if plan is None:
        plan = AgendaPlan(event_id=event.id)
        db.session.add(plan)
    plan.day_change_hour = hour


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in counts.items() if n)


def _note(action: str, run: ScheduleRun, *, by: User, words: str = "") -> None:
    """A line about the file: not its content, which would be kept twice and for good."""
    said = f"{run.file_name}: {words}" if words else run.file_name
    audit.record_event(action, kind="event", ref=str(run.event_id), by=by, reason=said)
