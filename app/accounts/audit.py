"""The audit trail: one explicit line in every operation."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import AuditDetail, AuditEvent, User
from app.core import bulk, clock
from app.core.db import Base, db

_request_ref: ContextVar[str] = ContextVar("request_ref", default="")

#: Never written down, not even as an old value; the last follows from other columns and would say them twice.
_UNTOLD = frozenset(
    {
        "password_hash", "secret_hash", "link_hash", "raw", "sealed", "salt", "search_doc", "secret_address", "secret",
        "former_secret",
    }
)  # fmt: skip

#: What names of the trail that are put together can become, by the text with * for what is filled in; names that a variable
#: holds, by their room and the variable. `make words` reads it and fails where something is missing.
COMPOSED: Mapping[str, tuple[str, ...]] = {
    "travel.READ": ("travel.identity_read",),
    "travel.REVEALED_LETTER": ("travel.visa_letter_read",),
    "executives.hold_*": ("confirmed", "released", "expired"),
    "executives.request_*": ("waiting", "accepted", "declined"),
    "ledger.offer_*": ("planned", "refused", "declined", "withdrawn", "given"),
    "people.note_*": ("given", "archived", "discarded"),
    "privacy.request_*": ("refused", "withdrawn"),
    "privacy.retention_*": ("approved", "approval_withdrawn"),
    "programs.*_taken_over": ("goal", "program", "initiative"),
    "travel.*_cancelled": ("leg", "stay", "transfer"),
    "travel.*_exported": ("arrivals", "departures", "rooming", "transfers", "meals", "itinerary", "visa_letter"),
    "travel.*_missed": ("leg", "stay", "transfer"),
    "travel.*_passed_on": ("stay", "transfer"),
    "travel.*_settled": ("stay", "transfer"),
    "travel.*_taken": ("leg", "stay", "transfer"),
    # Kinds of what a line is about.
    "accounts.row.__tablename__": (),
    "portal.kind": ("user", "person"),
    "periods.what": ("statement", "period"),
    "report_*": (
        "program", "person", "statement", "settlement", "exceptions", "disclosure", "missing", "goals", "outcomes", "partners",
        "workload", "funnel", "value", "quarter", "proximity", "layouts",
        "efpia", "open-payments-2014", "open-payments-2024",
    ),
}  # fmt: skip


#: What JSON holds without further ado.
_AS_THEY_ARE = (str, int, list, dict)


class Line(NamedTuple):
    """What a line of the trail tells those who listen."""

    #: The number of the row it is about, as the trail has it.
    ref: str
    at: datetime
    #: A column of that row, by name; None where it has no such column, and of a line about no row.
    value_of: Callable[[str], Any]


#: Called with the action and its lines, in the transaction of the change itself.
Listener = Callable[[str, Iterable[Line]], None]
_listeners: list[Listener] = []


def tell(listener: Listener) -> None:
    """Call `listener` for every line from now on; what it writes stands and falls with the change the line is about."""
    if listener not in _listeners:
        _listeners.append(listener)


def begin_request(ref: str | None = None) -> None:
    """Name the request (or command, or job) that the following lines belong to."""
    _request_ref.set(ref or uuid.uuid4().hex)


def request_ref() -> str:
    """The name of the current request; a fresh one outside any."""
    if not _request_ref.get():
        begin_request()
    return _request_ref.get()


def snapshot(row: Base) -> dict[str, Any]:
    """The column values of a row as JSON-able values, for `before=`."""
    keys = [column.key for column in sa.inspect(type(row)).column_attrs if column.key not in _UNTOLD]
    return {key: _plain(getattr(row, key)) for key in keys}


def record(
    action: str,
    subject: Base,
    *,
    by: User | None,
    before: Mapping[str, Any] | None = None,
    reason: str = "",
    on_behalf_of: User | None = None,
) -> None:
    """Write that `by` did `action` ("travel.stay_recorded") to `subject` (R4); `by=None` is the system."""
    db.session.flush()
    after = snapshot(subject)
    changes = {
        key: [None if before is None else before.get(key), value]
        for key, value in after.items()
        if before is None or before.get(key) != value
    }
    at = clock.now()
    event = {
        "at": at, "action": action, "subject_kind": subject.__tablename__, "subject_id": identity_of(subject),
        "by_id": by.id if by else None, "on_behalf_of_id": on_behalf_of.id if on_behalf_of else None,
        "request_ref": request_ref(), "fields": sorted(changes), "reason": reason,
    }  # fmt: skip
    # Every operation ends here, so the line is inserted without making an object of it.
    event_id = db.session.connection().execute(_ADDING, event).scalar_one()
    bulk.insert_rows(AuditDetail, [{"event_id": event_id, "changes": changes}])
    for listener in _listeners:
        listener(action, [Line(str(event["subject_id"]), at, lambda name: getattr(subject, name, None))])


_ADDING = sa.insert(cast("sa.Table", AuditEvent.__table__)).returning(AuditEvent.id)


def record_added(
    action: str, model: type[Base], rows: Sequence[Mapping[str, Any]], *, by: User | None
) -> None:
    """The same line as `record` for each of many rows that were inserted at once; `rows` hold every column."""
    kind, at, ref = model.__tablename__, clock.now(), request_ref()
    ids = bulk.reserve_ids(AuditEvent, len(rows))
    names = [column.key for column in sa.inspect(model).column_attrs if column.key not in _UNTOLD]
    fields = sorted(names)
    events = (
        {
            "id": id, "at": at, "action": action, "subject_kind": kind, "subject_id": str(row["id"]), "request_ref": ref,
            "by_id": by.id if by else None, "on_behalf_of_id": None, "fields": fields, "reason": "",
        }
        for id, row in zip(ids, rows, strict=True)
    )  # fmt: skip
    bulk.insert_rows(AuditEvent, events)
    details = (
        {"event_id": id, "changes": {name: [None, _plain(row[name])] for name in names}}
        for id, row in zip(ids, rows, strict=True)
    )
    bulk.insert_rows(AuditDetail, details)
    for listener in _listeners:
        listener(action, (Line(str(row["id"]), at, row.get) for row in rows))


def record_event(
    action: str, *, kind: str, ref: str, by: User | None, reason: str = "", session: Session | None = None
) -> AuditEvent:
    """Write a line about something that is not one row: an export, a sign-in, a sensitive read (R4).

    A page that only reads hands in the `session` of its `side_transaction()`.
    """
    event = AuditEvent(
        at=clock.now(), action=action, subject_kind=kind, subject_id=ref[:40], by_id=by.id if by else None,
        request_ref=request_ref(), fields=[], reason=reason,
    )  # fmt: skip
    (session or db.session).add(event)
    for listener in _listeners if session is None else ():
        listener(action, [Line(event.subject_id, event.at, lambda _name: None)])
    return event


def identity_of(row: Base) -> str:
    """How the trail names a row of its table."""
    identity = sa.inspect(row).identity
    if identity is None:
        raise ValueError("only a stored row can be audited")
    return "-".join(str(part) for part in identity)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, _AS_THEY_ARE):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return str(value)
