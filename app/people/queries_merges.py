"""Reading duplicates and merges: pairs to look at, two records side by side, what a merge did."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import aliased, joinedload, lazyload, selectinload

from app.accounts.models import AuditEvent, User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import counted, said
from app.people import merging, moving, policies_merges, queries
from app.people.models import MayAccept, Person
from app.people.models_merges import DuplicatePair, MergeChange, PersonMerge
from app.people.moving import Clash
from app.people.policies_merges import FIELDS

N_PER_PAGE = 25


class PairRow(Struct, frozen=True):
    """One suggestion, with who looks after either."""

    pair: DuplicatePair
    owners: tuple[User | None, User | None]


class PairsPage(Struct, frozen=True):
    """One page of suggestions, of records nobody merged since."""

    rows: Sequence[PairRow]
    total: int
    page: int

    @property
    def has_next(self) -> bool:
        return self.page * N_PER_PAGE < self.total


def list_pairs(by: User | None, *, is_dismissed: bool, page: int = 1) -> PairsPage:
    """Pairs of which `by` may see both, the surest first; three queries whatever the rows."""
    wanted = _pairs(by).where(
        DuplicatePair.dismissed_at.is_not(None) if is_dismissed else DuplicatePair.dismissed_at.is_(None)
    )
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    page = max(1, min(page, -(-total // N_PER_PAGE) or 1))
    ordered = wanted.order_by(DuplicatePair.doubt, DuplicatePair.id).offset((page - 1) * N_PER_PAGE)
    loaded = ordered.limit(N_PER_PAGE).options(joinedload(DuplicatePair.one), joinedload(DuplicatePair.other))
    pairs = db.session.scalars(loaded).all()
    owners = queries.owners_of({id for pair in pairs for id in (pair.one_id, pair.other_id)})
    rows = [PairRow(pair, (owners.get(pair.one_id), owners.get(pair.other_id))) for pair in pairs]
    return PairsPage(rows, total, page)


def count_pairs(by: User | None) -> int:
    """How many suggestions wait."""
    waiting = _pairs(by).where(DuplicatePair.dismissed_at.is_(None))
    return db.session.scalar(waiting.with_only_columns(sa.func.count(DuplicatePair.id))) or 0


def get_pair(id: int, by: User | None) -> DuplicatePair:
    """A suggestion of which `by` may see both; else NotFound."""
    found = db.session.scalars(_pairs(by).where(DuplicatePair.id == id)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such pair any more: one of the two was merged or looks different now."))
    return found


def find_pair(one: Person, other: Person) -> DuplicatePair | None:
    """The suggestion about these two, if there is one."""
    low, high = sorted((one.id, other.id))
    return db.session.scalars(
        sa.select(DuplicatePair).where(DuplicatePair.one_id == low, DuplicatePair.other_id == high)
    ).one_or_none()


def _pairs(by: User | None) -> sa.Select[DuplicatePair]:
    seen = queries.visible_to(by).with_only_columns(Person.id)
    both = (  # asked per pair: there are few of them, and many people
        seen.where(Person.id == id).correlate(DuplicatePair).exists()
        for id in (DuplicatePair.one_id, DuplicatePair.other_id)
    )
    return sa.select(DuplicatePair).where(*both)


def last_look() -> AuditEvent | None:
    """When everybody was compared last, and what came of it."""
    wanted = sa.select(AuditEvent).where(AuditEvent.action == "people.duplicates_looked_for")
    return db.session.scalars(wanted.order_by(AuditEvent.id.desc()).limit(1)).first()


# -- side by side ------------------------------------------------------------------------------------------------


class Line(Struct, frozen=True):
    """One field of the two records; `name` is empty where nothing is to be chosen."""

    name: str
    label: str
    kept: Any
    gone: Any

    @property
    def differs(self) -> bool:
        return bool(self.kept != self.gone)


class Preview(Struct, frozen=True):
    """What a merge of `gone` into `kept` would do."""

    lines: Sequence[Line]
    wishes: policies_merges.Wishes
    moves: Sequence[str]
    stays: Sequence[str]
    clashes: Sequence[Clash]
    refusals: Sequence[str]
    warnings: Sequence[str] = ()


def preview_of(kept: Person, gone: Person, clashes: Mapping[str, str]) -> Preview:
    """Both records field by field, and what follows from every room."""
    plan = moving.plan_moves(kept.id, gone.id, clashes)
    lines = [Line(name, said(label), _value(kept, name), _value(gone, name)) for name, label, _ in FIELDS]
    owners = queries.owners_of({kept.id, gone.id})
    ours, theirs = owners.get(kept.id), owners.get(gone.id)
    lines.append(Line("owner", _("Owner"), ours.name if ours else "", theirs.name if theirs else ""))
    moves = [*plan.lines, *([_("1 opt-out")] if gone.is_opted_out else [])]
    moves += [_("1 quiet time")] if gone.quiet_until_on and gone.quiet_until_on >= clock.today() else []
    wishes = policies_merges.stricter(kept, gone)
    return Preview(
        lines,
        wishes,
        moves,
        merging.words_kept(gone.id),
        plan.clashes,
        plan.refusals,
        merging.words_of_warning(kept.id, gone.id),
    )


def _value(person: Person, name: str) -> Any:
    if name == "kind":
        return person.kind.name if person.kind else ""
    if name == "agency":
        return person.agency.name if person.agency else ""
    return getattr(person, name)


# -- merges ------------------------------------------------------------------------------------------------------


#: Columns that follow from the name.
_FOLLOWING = frozenset({"sort name", "sort key", "name order"})


def get_merge(id: int, by: User | None) -> PersonMerge:
    """A merge whose survivor `by` may see; else NotFound."""
    found = db.session.scalars(_merges(by).where(PersonMerge.id == id)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such merge, or it is not yours to see."))
    return found


def list_merges(by: User | None, most: int = 200) -> Sequence[PersonMerge]:
    """The latest merges, undone ones included."""
    return db.session.scalars(_merges(by).order_by(PersonMerge.id.desc()).limit(most)).all()


def merge_of(gone_id: int) -> PersonMerge | None:
    """The merge that a record points away by."""
    wanted = sa.select(PersonMerge).where(PersonMerge.gone_id == gone_id, PersonMerge.undone_at.is_(None))
    return db.session.scalars(wanted.order_by(PersonMerge.id.desc()).limit(1)).first()


def list_merges_into(person: Person) -> Sequence[PersonMerge]:
    """The merges that made this record what it is, latest first."""
    return db.session.scalars(_merges_into(), {"person_id": person.id}).all()


@cache
def _merges_into() -> sa.Select[PersonMerge]:
    wanted = sa.select(PersonMerge).where(
        PersonMerge.kept_id == sa.bindparam("person_id"), PersonMerge.undone_at.is_(None)
    )
    return wanted.order_by(PersonMerge.id.desc()).options(
        selectinload(PersonMerge.gone), selectinload(PersonMerge.by), lazyload(PersonMerge.undone_by)
    )


def _merges(by: User | None) -> sa.Select[PersonMerge]:
    own = aliased(Person)
    seen = queries.visible_to(by).with_only_columns(Person.id)
    survivor = sa.select(own.id).where(sa.or_(own.id.in_(seen), own.merged_into_id.in_(seen)))
    loaded = (joinedload(PersonMerge.kept), joinedload(PersonMerge.gone))
    return sa.select(PersonMerge).where(PersonMerge.kept_id.in_(survivor)).options(*loaded)


def moved_by(merge: PersonMerge) -> Sequence[str]:
    """What the journal of a merge holds, in words: "3 touches moved", "1 invitation set aside", the fields changed."""
    wanted = sa.select(MergeChange).where(MergeChange.merge_id == merge.id).order_by(MergeChange.id)
    moved: dict[tuple[str, str], int] = defaultdict(int)
    aside: dict[str, set[int]] = defaultdict(set)
    fields = []
    for row in db.session.scalars(wanted):
        key = (row.table_name, row.column_name)
        if row.table_name == Person.__tablename__ and key not in merging.DECISIONS:
            fields.append(
                row.column_name.removeprefix("is_").removesuffix("_id").removesuffix("_on").replace("_", " ")
            )
        elif key in merging.DECISIONS and row.after == moving.as_text(merge.kept_id):
            moved[key] += 1
        elif row.table_name != MayAccept.__tablename__:
            aside[row.table_name].add(row.row_id)
    lines = [_counted(key, n) for key, n in moved.items()]
    lines += [_counted((table, "person_id"), len(ids), is_set_aside=True) for table, ids in aside.items()]
    shown = [one for one in fields if one not in _FOLLOWING]
    lines += (
        [_("Fields of the record: %(names)s", names=", ".join(said(one) for one in shown))] if shown else []
    )
    return [line for line in lines if line]


def _counted(key: tuple[str, str], n: int, *, is_set_aside: bool = False) -> str:
    decision = merging.DECISIONS[key]
    if not isinstance(decision, merging.Moves) or decision.is_quiet:
        return ""
    what = counted(n, decision.one, decision.many)
    return str(_("%(what)s set aside", what=what) if is_set_aside else _("%(what)s moved", what=what))
