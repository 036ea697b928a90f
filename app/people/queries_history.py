"""Who changed a record, when and from what to what: from the audit trail, each reader what they may see (R3)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts import permissions
from app.accounts.models import AuditDetail, AuditEvent, User
from app.core.db import Base, db
from app.core.errors import NotFound
from app.core.i18n import words
from app.core.models import StoredFile
from app.people import policies_history as policies
from app.people import queries, queries_kept, words_history
from app.people.models import (
    Affiliation,
    Channel,
    Evidence,
    MayAccept,
    Organisation,
    Ownership,
    Person,
    Representation,
)
from app.people.models_kept import FileAudience, PersonFile
from app.people.models_merges import PersonMerge

N_PER_PAGE = 30

_wish = sa.table("contact_wish", sa.column("id", sa.Integer()), sa.column("person_id", sa.Integer()))

#: An answer on what somebody may accept is one value in three columns.
_LIMIT = ("limit_minor", "limit_currency")
_ANSWER = ("answer", *_LIMIT)

#: Looks are in the trail, and are no change.
_LOOKS = ("people.hospitality_read", "people.file_opened")

Part = Affiliation | Channel | Evidence | MayAccept | Ownership | Representation | PersonFile
_PARTS: tuple[type[Part], ...] = (
    Affiliation, Channel, Evidence, MayAccept, Ownership, Representation, PersonFile,
)  # fmt: skip


class Change(Struct, frozen=True):
    """One line of a record's history; `by` is None for the system."""

    at: datetime
    by: User | None
    action: str
    fields: Sequence[str]


class ValueChange(Struct, frozen=True):
    """One value, before and after, in words."""

    column: str
    label: str
    before: str
    after: str
    is_restorable: bool


class HistoryLine(Struct, frozen=True):
    """One change of a record or of a part of it; `about` names the part."""

    event: AuditEvent
    about: str
    values: Sequence[ValueChange]


class HistoryPage(Struct, frozen=True):
    """One page of a history and the count of the whole."""

    rows: Sequence[HistoryLine]
    total: int
    page: int

    @property
    def has_next(self) -> bool:
        return self.page * N_PER_PAGE < self.total


def list_changes(person: Person, limit: int = 20) -> Sequence[Change]:
    """The last changes of a person and of the parts of their record, latest first; names of fields only."""
    models = (Affiliation, Channel, Evidence, Ownership)
    wanted = sa.select(AuditEvent).where(sa.or_(_own(person), _merges(person), *_about(models, person)))
    ordered = wanted.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit)
    return [Change(row.at, row.by, row.action, row.fields) for row in db.session.scalars(ordered)]


def page_of_person(person: Person, by: User, page: int = 1) -> HistoryPage:
    """What changed on a record and its parts, with the values `by` may see; latest first."""
    needs = policies.TABLE_NEEDS
    seen = [model for model in _PARTS if _may_see_table(by, needs.get(model.__tablename__))]
    wanted = sa.or_(_own(person), _merges(person), _wishes(person), *_about(seen, person, by))
    hidden = [AuditEvent.action.not_in(_LOOKS)]
    if not permissions.may(by, "people:serve"):
        hidden.append(AuditEvent.action.not_like("people.hospitality%"))
    return _page(sa.select(AuditEvent).where(wanted, *hidden), by, page)


def page_of_organisation(organisation: Organisation, by: User, page: int = 1) -> HistoryPage:
    """What changed on an organisation, latest first."""
    mine = _is(Organisation.__tablename__, organisation.id)
    return _page(sa.select(AuditEvent).where(mine), by, page)


class Restorable(Struct, frozen=True):
    """A value of the history that may be brought back, the row it belongs to, and both in words."""

    event: AuditEvent
    table: str
    column: str
    row: Any
    person: Person | None
    changes: dict[str, list[Any]]
    before: str
    now: str

    @property
    def label(self) -> str:
        return policies.label_of(self.column)


def get_restorable(event_id: int, column: str, by: User) -> Restorable:
    """A value `by` may see in the history of a record they may see; NotFound for any other."""
    event, detail = db.session.get(AuditEvent, event_id), db.session.get(AuditDetail, event_id)
    refusal = NotFound(_("There is no such change, or it is not yours to see."))
    if event is None or detail is None:
        raise refusal
    table, changes = event.subject_kind, _whole_answers([event], {event.id: detail.changes})[event.id]
    if column not in changes:
        raise refusal
    model = _MODELS.get(table)
    if model is None or not event.subject_id.isdecimal() or not policies.may_see(by, table, column):
        raise refusal
    row = db.session.get(model, int(event.subject_id))
    if row is None:
        raise refusal
    person = _person_of(row, by)
    names = words_history.names_for([changes, {column: [_plain_of(row, column), None]}])
    now = {name: [None, _plain_of(row, name)] for name in changes}
    return Restorable(
        event, table, column, row, person, changes, _words(table, column, changes, 0, names),
        _words(table, column, now, 1, names),
    )  # fmt: skip


# -- steps -----------------------------------------------------------------------------------------


_MODELS: dict[str, type[Any]] = {
    model.__tablename__: model for model in (Person, Affiliation, Channel, Evidence, MayAccept, Organisation)
}


def _person_of(row: Base, by: User) -> Person | None:
    """The person of a row; NotFound where `by` does not see them, or where the record was merged."""
    if isinstance(row, Organisation):
        return None
    id = row.id if isinstance(row, Person) else row.person_id  # type: ignore[attr-defined]
    person = queries.get_person(id, by)
    if person.id != id:
        raise NotFound(_("This record was merged into another. Nothing of it is brought back."))
    return person


def _plain_of(row: Any, column: str) -> Any:
    value: Any = getattr(row, column, None)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return getattr(value, "value", value)


def _may_see_table(by: User, needed: str | None) -> bool:
    return needed is None or permissions.may(by, needed)


def _is(kind: str, id: int) -> sa.ColumnElement[bool]:
    return sa.and_(AuditEvent.subject_kind == kind, AuditEvent.subject_id == str(id))


def _own(person: Person) -> sa.ColumnElement[bool]:
    return _is(Person.__tablename__, person.id)


def _merges(person: Person) -> sa.ColumnElement[bool]:
    ids = sa.select(sa.cast(PersonMerge.id, sa.String)).where(
        sa.or_(PersonMerge.kept_id == person.id, PersonMerge.gone_id == person.id)
    )
    return sa.and_(AuditEvent.subject_kind == PersonMerge.__tablename__, AuditEvent.subject_id.in_(ids))


def _wishes(person: Person) -> sa.ColumnElement[bool]:
    """Wishes about days and channels are written a room above this one: only the table is known here, by its name."""
    ids = sa.select(sa.cast(_wish.c.id, sa.String)).where(_wish.c.person_id == person.id)
    return sa.and_(AuditEvent.subject_kind == _wish.name, AuditEvent.subject_id.in_(ids))


def _about(
    models: Sequence[type[Part]], person: Person, by: User | None = None
) -> list[sa.ColumnElement[bool]]:
    """Changes of the parts of a record; of files only those `by` may see."""
    found = []
    for model in models:
        ids = sa.select(sa.cast(model.id, sa.String)).where(model.person_id == person.id)
        if model is PersonFile and by is not None and by.id not in queries_kept.holder_ids(person):
            ids = ids.where(PersonFile.audience == FileAudience.EVERYBODY)
        found.append(sa.and_(AuditEvent.subject_kind == model.__tablename__, AuditEvent.subject_id.in_(ids)))
    return found


def _page(wanted: sa.Select[AuditEvent], by: User, page: int) -> HistoryPage:
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    page = max(1, min(page, -(-total // N_PER_PAGE) or 1))
    ordered = wanted.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    events = db.session.scalars(ordered.offset((page - 1) * N_PER_PAGE).limit(N_PER_PAGE)).all()
    kept = sa.select(AuditDetail).where(AuditDetail.event_id.in_([event.id for event in events]))
    changes = _whole_answers(events, {row.event_id: row.changes for row in db.session.scalars(kept)})
    names, titles = words_history.names_for(changes.values()), _titles(events)
    lines = [
        HistoryLine(
            event, titles.get((event.subject_kind, event.subject_id), ""), _values(event, changes.get(event.id, {}), by, names)
        )
        for event in events
    ]  # fmt: skip
    return HistoryPage(lines, total, page)


def _values(
    event: AuditEvent, changes: dict[str, list[Any]], by: User, names: words_history.Names
) -> list[ValueChange]:
    """What one line changed; nothing for a record that began, where every value is new."""
    table, found = event.subject_kind, []
    if "id" in changes:
        return []
    for column in sorted(changes):
        if policies.may_see(by, table, column) and column not in _LIMIT:
            before, after = (_words(table, column, changes, side, names) for side in (0, 1))
            can = policies.is_restorable(table, column)
            found.append(ValueChange(column, policies.label_of(column), before, after, can))
    return found


def _words(
    table: str, column: str, changes: dict[str, list[Any]], side: int, names: words_history.Names
) -> str:
    if (table, column) == ("may_accept", "answer"):
        parts = [changes.get(name, [None, None])[side] for name in _ANSWER]
        return words_history.answer_words(*parts)
    return words_history.value_words(table, column, changes[column][side], names)


def _whole_answers(
    events: Sequence[AuditEvent], changes: dict[int, dict[str, list[Any]]]
) -> dict[int, dict[str, list[Any]]]:
    """Answers with their limit as one: the trail keeps only what changed, the rest follows from the lines before; one query."""
    wanted = {
        event.subject_id for event in events if event.subject_kind == "may_accept" and event.id in changes
    }
    if not wanted:
        return changes
    found, state = dict(changes), defaultdict[str, dict[str, Any]](dict)
    lines = sa.select(AuditEvent.id, AuditEvent.subject_id, AuditDetail.changes).join(
        AuditDetail, AuditDetail.event_id == AuditEvent.id
    )
    lines = lines.where(AuditEvent.subject_kind == "may_accept", AuditEvent.subject_id.in_(wanted))
    for id, subject, change in db.session.execute(lines.order_by(AuditEvent.id)):
        before = dict(state[subject])
        state[subject] |= {name: change[name][1] for name in _ANSWER if name in change}
        if id in found and "id" not in change and any(name in change for name in _ANSWER):
            both = {name: [before.get(name), state[subject].get(name)] for name in _ANSWER}
            found[id] = {**change, **both}
    return found


def _titles(events: Sequence[AuditEvent]) -> dict[tuple[str, str], str]:
    """What the parts are called today, by kind and number; one query per kind of part there is on the page."""
    ids: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if event.subject_id.isdecimal():
            ids[event.subject_kind].add(int(event.subject_id))
    wanted: dict[str, Any] = {
        "affiliation": sa.select(Affiliation.id, Organisation.name).join(
            Organisation, Organisation.id == Affiliation.organisation_id
        ),
        "channel": sa.select(Channel.id, Channel.handle),
        "evidence": sa.select(Evidence.id, Evidence.summary),
        "may_accept": sa.select(MayAccept.id, MayAccept.category),
        "ownership": sa.select(Ownership.id, User.name).join(User, User.id == Ownership.user_id),
        "representation": sa.select(Representation.id, Organisation.name).join(
            Organisation, Organisation.id == Representation.organisation_id
        ),
        "person_file": sa.select(PersonFile.id, StoredFile.name).join(StoredFile, StoredFile.id == PersonFile.file_id),
    }  # fmt: skip
    found = {}
    for kind, select in wanted.items():
        if ids[kind]:
            key = select.selected_columns[0]
            for id, title in db.session.execute(select.where(key.in_(ids[kind]))):
                found[kind, str(id)] = words(title).lower() if kind == "may_accept" else title
    return found
