"""Reading retention: rules in force, what is reported, receipts."""

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import number, said
from app.periods import methodology
from app.privacy.models import RetentionItem, RetentionRule, RetentionRun
from app.privacy.retention import POLICIES, PROMISED
from app.privacy.retention_kinds import WAIT, WAIT_DAYS, Kind, Policy

N_PER_PAGE = 100


class Standing(Struct, frozen=True):
    """A kind of data with the rule in force, the next one, and what waits."""

    kind: Kind
    policy: Policy
    n_days: int
    is_asked: bool
    rule: RetentionRule | None
    coming: RetentionRule | None
    n_waiting: int
    n_deleted: int


def newest_rule(kind: str) -> RetentionRule | None:
    """The rule about a kind that was set last, begun or not."""
    wanted = sa.select(RetentionRule).where(RetentionRule.kind == kind)
    return db.session.scalars(wanted.order_by(RetentionRule.id.desc()).limit(1)).first()


def list_rules() -> Sequence[RetentionRule]:
    """Every rule there was, the latest first."""
    wanted = sa.select(RetentionRule).order_by(RetentionRule.from_on.desc(), RetentionRule.id.desc())
    return db.session.scalars(wanted).all()


def days_in_force(on: date) -> dict[str, int]:
    """Days per kind on a day, and between report and deletion."""
    found: dict[str, int] = {}
    for rule in list_rules():
        if rule.from_on <= on:
            found.setdefault(rule.kind, rule.n_days)
    defaults = {WAIT: WAIT_DAYS} | {kind.value: policy.n_days for kind, policy in POLICIES.items()}
    return defaults | found


def asked_kinds(on: date) -> set[str]:
    """The kinds of which nothing is deleted on a day before somebody said yes (c48)."""
    asked: dict[str, bool] = {}
    for rule in list_rules():
        if rule.from_on <= on:
            asked.setdefault(rule.kind, rule.is_asked)
    return {
        kind.value
        for kind, policy in POLICIES.items()
        if not policy.is_promise and asked.get(kind.value, policy.is_asked)
    }


def unapproved(kind: str = "") -> sa.Select[RetentionItem]:
    """What was reported and waits for a yes: all of it, or of one kind."""
    asked = asked_kinds(clock.today())
    wanted = sa.select(RetentionItem).where(_is_open(), RetentionItem.approved_at.is_(None))
    return wanted.where(RetentionItem.kind.in_(asked & {kind} if kind else asked))


def approved(kind: str = "") -> sa.Select[RetentionItem]:
    """What waits for its day after a yes: all of it, or of one kind."""
    wanted = sa.select(RetentionItem).where(_is_open(), RetentionItem.approved_at.is_not(None))
    return wanted.where(RetentionItem.kind == kind) if kind else wanted


def count_by_kind(wanted: sa.Select[RetentionItem]) -> dict[str, int]:
    """How many of a selection there are of each kind."""
    kind = RetentionItem.kind
    rows = db.session.execute(wanted.with_only_columns(kind, sa.func.count()).group_by(kind).order_by(kind))
    return {row[0]: row[1] for row in rows}


def list_standing(on: date) -> list[Standing]:
    """All kinds; as many queries whatever there is."""
    rules, days, asked = list_rules(), days_in_force(on), asked_kinds(on)
    counts = {
        kind: (waiting, deleted)
        for kind, waiting, deleted in db.session.execute(
            sa.select(
                RetentionItem.kind,
                sa.func.sum(sa.case((_is_open(), 1), else_=0)),
                sa.func.sum(sa.case((RetentionItem.deleted_on.is_not(None), 1), else_=0)),
            ).group_by(RetentionItem.kind)
        )
    }
    return [
        Standing(
            kind, policy, days[kind.value], kind.value in asked,
            next((rule for rule in rules if rule.kind == kind.value and rule.from_on <= on), None),
            next((rule for rule in reversed(rules) if rule.kind == kind.value and rule.from_on > on), None),
            *counts.get(kind.value, (0, 0)),
        )
        for kind, policy in POLICIES.items()
    ]  # fmt: skip


def _is_open() -> sa.ColumnElement[bool]:
    return sa.and_(RetentionItem.deleted_on.is_(None), RetentionItem.dropped_on.is_(None))


def open_items(kind: Kind) -> dict[int, RetentionItem]:
    """What was reported of a kind and is neither deleted nor dropped, by row."""
    wanted = sa.select(RetentionItem).where(RetentionItem.kind == kind.value, _is_open())
    return {item.row_id: item for item in db.session.scalars(wanted)}


def list_items(
    *, run: RetentionRun | None = None, kind: str = "", page: int = 1, is_open: bool | None = None
) -> Sequence[RetentionItem]:
    """Items that may be listed, of a report, a kind, or those that wait; what was promised to people is only counted (P7, R4)."""
    wanted = sa.select(RetentionItem).where(RetentionItem.kind.not_in(PROMISED))
    if run is not None:
        wanted = wanted.where(RetentionItem.run_id == run.id)
    if kind:
        wanted = wanted.where(RetentionItem.kind == kind)
    if is_open:
        wanted = wanted.where(_is_open())
    ordered = wanted.order_by(RetentionItem.due_on, RetentionItem.kind, RetentionItem.id)
    return db.session.scalars(ordered.offset((page - 1) * N_PER_PAGE).limit(N_PER_PAGE)).all()


def list_runs(most: int = 14) -> Sequence[RetentionRun]:
    """The latest receipts."""
    return db.session.scalars(sa.select(RetentionRun).order_by(RetentionRun.on.desc()).limit(most)).all()


def get_run(id: int) -> RetentionRun:
    """One receipt, or NotFound."""
    found = db.session.get(RetentionRun, id)
    if found is None:
        raise NotFound(_("There is no such report."))
    return found


def get_kind(name: str) -> Kind | None:
    """The kind with this name; None for the wait between report and deletion. NotFound for anything else."""
    if name == WAIT:
        return None
    if name not in set(Kind):
        raise NotFound(_("There is no such kind of data."))
    return Kind(name)


def deletes_on(item: RetentionItem, n_wait_days: int) -> date:
    """The first day on which an item is deleted: its time is over, and it was reported long enough ago."""
    return max(item.due_on, item.reported_on + timedelta(days=n_wait_days))


def paragraphs() -> list[tuple[str, str]]:
    """What a report's note on the method says of retention: the days in force now (c43)."""
    days = days_in_force(clock.today())
    told = "; ".join(
        f"{said(policy.name).lower()} {number(days[kind.value])}"
        for kind, policy in POLICIES.items()
        if days[kind.value]
    )
    promised = "; ".join(
        _("%(what)s until %(after)s", what=said(policy.name).lower(), after=said(policy.after))
        for kind, policy in POLICIES.items()
        if not days[kind.value]
    )
    text = _(
        "Lines of the book stay; what would name a person goes when they are erased, and amounts stay under a number. "
        "Other data are kept for so many days: %(told)s. Promises come first: %(promised)s.",
        told=told,
        promised=promised,
    )
    return [(_("Retention"), text)]


methodology.tell_with("privacy", paragraphs)
