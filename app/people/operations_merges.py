"""Merging two records of one person by pointer, and taking that back (P3, P4)."""

import json
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm.attributes import flag_modified

from app.accounts import audit
from app.accounts.models import AuditEvent, User
from app.accounts.policies import words_of_column, words_of_kind
from app.core import clock
from app.core.db import Base, check_version, db
from app.people import merging, moving, policies, policies_merges, queries
from app.people.details import MergeDetails
from app.people.models import Person
from app.people.models_merges import MergeChange, PersonMerge
from app.people.moving import Change, Plan
from app.people.operations import hand_over
from app.people.policies_merges import FIELDS, MergeRefused
from app.people.upkeep import refresh_search_text

_WISH_COLUMNS = (
    "is_opted_out", "quiet_until_on", "official_status", "official_reason", "has_equity_or_family_tie", "notes",
)  # fmt: skip
_OWN_COLUMNS = tuple(column for _, _, columns in FIELDS for column in columns) + _WISH_COLUMNS


def merge_people(kept: Person, gone: Person, details: MergeDetails, *, by: User | None) -> PersonMerge:
    """Let `gone` point to `kept`; rows that move are re-pointed with a journal, books are left alone (P3).

    MergeRefused when a clash is not decided or a rule forbids it; MergedMeanwhile or Conflict when somebody else was
    faster. Wishes become the stricter of both (P4).
    """
    _lock(kept.id, gone.id)
    policies_merges.require_mergeable(kept, gone)
    check_version(kept, details.kept_version)
    check_version(gone, details.gone_version)
    plan = moving.plan_moves(kept.id, gone.id, details.clashes)
    _require_decided(plan)
    merge = PersonMerge(
        kept_id=kept.id, gone_id=gone.id, at=clock.now(), by_id=by.id if by else None, reason=details.reason
    )
    db.session.add(merge)
    changes = _take_over(kept, gone, details) + plan.changes
    _choose_owner(merge, kept, gone, details, by)
    gone.merged_into_id = kept.id
    db.session.flush()
    _note(merge, changes)
    moving.apply(plan.changes)
    for table, row_id in plan.set_aside:
        merging.tell_set_aside(table, row_id, by, is_undone=False)
    _touch(kept)
    audit.record("people.merged", merge, by=by, reason=details.reason)
    return merge


def undo_merge(merge: PersonMerge, reason: str, *, by: User | None) -> list[str]:
    """Give every row back to the record it came from; says what was changed since and therefore left as it is (P3).

    UndoRefused after 30 days, when it was undone already, and before a later merge of the survivor is undone.
    """
    kept, gone = _lock(merge.kept_id, merge.gone_id)
    db.session.refresh(merge, with_for_update={"of": PersonMerge})
    policies_merges.require_undoable(
        merge.at, merge.undone_at, clock.now(), has_later=_has_later(merge) or kept.merged_into_id is not None
    )
    before = audit.snapshot(merge)
    journal = _journal(merge)
    own = [one for one in journal if _is_own(one, kept)]
    rows, left = _unchanged([one for one in journal if not _is_own(one, kept)])
    gone.merged_into_id = None
    left += _give_back(merge, kept, gone, own, by)
    left += _give_owner_back(merge, kept, by)
    merge.undone_at, merge.undone_by_id, merge.undo_reason = clock.now(), by.id if by else None, reason
    db.session.flush()
    moving.apply([one.reversed for one in rows])
    for table, row_id in dict.fromkeys((one.table, one.row_id) for one in rows if one.table in _aside(rows)):
        merging.tell_set_aside(table, row_id, by, is_undone=True)
    _touch(kept)
    audit.record("people.merge_undone", merge, by=by, before=before, reason=reason)
    return left


def _touch(kept: Person) -> None:
    """The survivor is found by all its names, and whoever looked at it before has to look again."""
    refresh_search_text(kept)
    flag_modified(kept, "search_text")


# -- checks ------------------------------------------------------------------------------------------------------


def _lock(*ids: int) -> list[Person]:
    """Both rows, always in the same order so that two merges wait for each other and never deadlock."""
    wanted = sa.select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update(of=Person)
    found = {row.id: row for row in db.session.scalars(wanted.execution_options(populate_existing=True))}
    return [found[id] for id in ids]


def _require_decided(plan: Plan) -> None:
    if plan.refusals:
        raise MergeRefused(" ".join(plan.refusals))
    open_clashes = [clash.label for clash in plan.clashes if not clash.chosen]
    if open_clashes:
        raise MergeRefused(
            _(
                "Both records hold one. Choose which one counts: %(open_clashes)s.",
                open_clashes="; ".join(open_clashes),
            )
        )


def _has_later(merge: PersonMerge) -> bool:
    wanted = sa.select(PersonMerge.id).where(
        PersonMerge.id > merge.id, PersonMerge.undone_at.is_(None),
        sa.or_(PersonMerge.kept_id == merge.kept_id, PersonMerge.gone_id == merge.kept_id),
    )  # fmt: skip
    return db.session.scalar(wanted.limit(1)) is not None


# -- the survivor's own fields -----------------------------------------------------------------------------------


def _take_over(kept: Person, gone: Person, details: MergeDetails) -> list[Change]:
    """Chosen fields from `gone`, both notes, the stricter wishes; as changes of the survivor's row."""
    before = {name: getattr(kept, name) for name in _OWN_COLUMNS}
    for name, _words, columns in FIELDS:
        if name in details.from_gone:
            for column in columns:
                setattr(kept, column, getattr(gone, column))
    wishes = policies_merges.stricter(kept, gone)
    kept.is_opted_out, kept.quiet_until_on = wishes.is_opted_out, wishes.quiet_until_on
    kept.official_status, kept.official_reason = wishes.official_status, wishes.official_reason
    kept.has_equity_or_family_tie = wishes.has_equity_or_family_tie
    kept.notes = policies_merges.joined_notes(kept.notes, gone.notes)
    return [
        Change(Person.__tablename__, kept.id, name, before[name], getattr(kept, name))
        for name in _OWN_COLUMNS
        if before[name] != getattr(kept, name)
    ]


def _choose_owner(
    merge: PersonMerge, kept: Person, gone: Person, details: MergeDetails, by: User | None
) -> None:
    ours, theirs = queries.owner_of(kept), queries.owner_of(gone)
    if "owner" in details.from_gone and theirs is not None and (ours is None or ours.id != theirs.id):
        merge.owner_before_id, merge.owner_after_id = ours.id if ours else None, theirs.id
        hand_over(kept, theirs, by=by, reason=details.reason)


def _give_back(
    merge: PersonMerge, kept: Person, gone: Person, own: Sequence[Change], by: User | None
) -> list[str]:
    """The survivor's own fields as they were, unless somebody changed them since; wishes uttered since hold for both.

    Gives the others in words of the reader.
    """
    left = []
    said_since = _wishes_since(merge)
    if said_since:
        before = audit.snapshot(gone)
        wishes = policies_merges.stricter(kept, gone)
        gone.is_opted_out, gone.quiet_until_on = wishes.is_opted_out, wishes.quiet_until_on
        audit.record(
            "people.wishes_set", gone, by=by, before=before, reason="Said while the records were merged."
        )
    columns = Base.metadata.tables[Person.__tablename__].c
    for one in own:
        is_wish = one.column in {"is_opted_out", "quiet_until_on"}
        now = moving.as_text(getattr(kept, one.column))
        if now != moving.as_text(one.after) or (is_wish and said_since):
            left.append(words_of_column(one.column))
            continue
        setattr(kept, one.column, moving.typed(columns[one.column], one.before))
    return left


def _wishes_since(merge: PersonMerge) -> bool:
    """Whether anybody noted a wish at the survivor after the merge: by the order of the trail, not by the clock."""
    merged = sa.select(sa.func.max(AuditEvent.id)).where(
        AuditEvent.action == "people.merged", AuditEvent.subject_kind == PersonMerge.__tablename__,
        AuditEvent.subject_id == str(merge.id),
    )  # fmt: skip
    wanted = sa.select(AuditEvent.id).where(
        AuditEvent.action == "people.wishes_set", AuditEvent.subject_kind == Person.__tablename__,
        AuditEvent.subject_id == str(merge.kept_id), AuditEvent.id > merged.scalar_subquery(),
    )  # fmt: skip
    return db.session.scalar(wanted.limit(1)) is not None


def _give_owner_back(merge: PersonMerge, kept: Person, by: User | None) -> list[str]:
    before = db.session.get(User, merge.owner_before_id) if merge.owner_before_id else None
    if before is None:
        return []
    now = queries.owner_of(kept)
    may_own = before.is_active and before.role in policies.OWNING_ROLES
    if now is None or now.id != merge.owner_after_id or not may_own:
        return [words_of_column("owner_id")]
    hand_over(kept, before, by=by, reason="The merge was undone.")
    return []


# -- the journal -------------------------------------------------------------------------------------------------


def _note(merge: PersonMerge, changes: Sequence[Change]) -> None:
    rows = [
        MergeChange(
            merge_id=merge.id, table_name=one.table, row_id=one.row_id, column_name=one.column,
            before=moving.as_text(one.before), after=moving.as_text(one.after),
        )
        for one in changes
    ]  # fmt: skip
    db.session.add_all(rows)
    db.session.flush()


def _journal(merge: PersonMerge) -> list[Change]:
    wanted = sa.select(MergeChange).where(MergeChange.merge_id == merge.id).order_by(MergeChange.id)
    return [
        Change(row.table_name, row.row_id, row.column_name, json.loads(row.before), json.loads(row.after))
        for row in db.session.scalars(wanted)
    ]


def _is_own(change: Change, kept: Person) -> bool:
    return change.table == Person.__tablename__ and change.row_id == kept.id


def _unchanged(rows: Sequence[Change]) -> tuple[list[Change], list[str]]:
    """Rows that still are as the merge left them, and words for the others."""
    values = moving.current_values(rows)
    same, left = [], []
    for one in rows:
        if moving.as_text(values.get((one.table, one.column, one.row_id))) == moving.as_text(one.after):
            same.append(one)
        else:
            left.append(f"{words_of_kind(one.table).lower()} {one.row_id}")
    return same, left


def _aside(rows: Sequence[Change]) -> set[str]:
    """Tables of which rows gave way: those of which more than the pointer was changed."""
    return {one.table for one in rows if (one.table, one.column) not in merging.DECISIONS}
