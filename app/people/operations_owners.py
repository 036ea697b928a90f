"""Who looks after whom: one owner at any moment, from an instant or from a day to come, with the way back (P1)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from app.accounts import audit, duties
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.people import policies, queries_owners
from app.people.models import OwnerRole, Ownership, Person
from app.people.upkeep import mark_changed


def open_first(person: Person, owner: User) -> Ownership:
    """The first owner of a new person, from the moment they were written down; part of adding the person."""
    return _begin(person, owner, OwnerRole.OWNER, (person.made_at, None))


def hand_over(
    person: Person,
    to: User,
    *,
    by: User | None,
    role: OwnerRole = OwnerRole.OWNER,
    reason: str = "",
    from_on: date | None = None,
) -> Ownership:
    """Make `to` the owner (or deputy) from now, or from the start of a day; whoever holds it then ends there (P1).

    A change that is planned for later stays: `to` holds until then. Raises CannotOwn, DayIsOver.
    """
    at = moment_of(from_on, by.zone if by else to.zone)
    return hand_over_many({person.id: to}, at, by=by, role=role, reason=reason, from_on=from_on)[0]


def moment_of(from_on: date | None, zone: str) -> datetime:
    """Now for today or no day, else the start of a day to come on the clocks of a zone. Raises DayIsOver."""
    today = clock.today(zone)
    if from_on is None or from_on == today:
        return clock.now()
    policies.require_coming(from_on, today)
    return clock.start_of(from_on, zone)


def hand_over_many(
    heirs: Mapping[int, User],
    at: datetime,
    *,
    by: User | None,
    role: OwnerRole = OwnerRole.OWNER,
    reason: str = "",
    from_on: date | None = None,
    hand_over_id: int | None = None,
) -> list[Ownership]:
    """The same for many people by number, each to an heir of their own, at one instant; all of them or none."""
    people = _locked(heirs)
    rows = _rows_from(heirs, at)
    begun = []
    for person in people:
        to = heirs[person.id]
        policies.require_may_own(to.role, to.is_active, to.name)
        own = rows[person.id]
        policies.require_other(own, to, role, at, person.name)
        ends_at = _make_room(own, to, role, at)
        db.session.flush()  # the row before must have ended when the new one begins
        made = _begin(person, to, role, (at, ends_at), from_on, hand_over_id)
        mark_changed(person)
        audit.record("people.handed_over", made, by=by, reason=reason)
        begun.append(made)
    return begun


def end_deputy(person: Person, *, by: User | None) -> None:
    """Let the deputy go without another; a deputy who was to come does not come either."""
    now = clock.now()
    for ownership in _rows_from([person.id], now)[person.id]:
        if ownership.role is OwnerRole.DEPUTY:
            before = audit.snapshot(ownership)
            ownership.to_at = max(now, ownership.from_at)
            audit.record("people.deputy_ended", ownership, by=by, before=before)


def end_deputyships_of(user: User, by: User | None) -> int:
    """Somebody leaves: nobody has them as deputy any more. Returns for how many people."""
    now = clock.now()
    still = sa.or_(Ownership.to_at.is_(None), Ownership.to_at > now)
    wanted = sa.select(Ownership).where(
        Ownership.user_id == user.id, Ownership.role == OwnerRole.DEPUTY, still
    )
    rows = [row for row in db.session.scalars(wanted.order_by(Ownership.id)) if not row.is_empty]
    for row in rows:
        before = audit.snapshot(row)
        row.to_at = max(now, row.from_at)
        audit.record("people.deputy_ended", row, by=by, before=before)
    return len(rows)


duties.tell_when_leaving("people", end_deputyships_of)


def take_back_owners(hand_over_id: int, *, by: User | None) -> int:
    """Undo what a hand-over changed, from now on: who held before holds again. Returns how many moved back.

    What has not begun is as if never planned; what has begun ends now and stays in the history. People who were
    handed on since stay where they are.
    """
    now = clock.now()
    wanted = sa.select(Ownership).where(Ownership.hand_over_id == hand_over_id).order_by(Ownership.id)
    n_back = 0
    for row in [row for row in db.session.scalars(wanted) if row.to_at is None or row.to_at > now]:
        person = _locked([row.person_id])[0]
        earlier = queries_owners.ownership_before(row)
        if row.is_empty or earlier is None or not earlier.user.is_active:
            continue
        _give_back(person, row, earlier, now)
        mark_changed(person)
        audit.record("people.hand_over_taken_back", row, by=by)
        n_back += 1
    return n_back


# -- steps -----------------------------------------------------------------------------------------


def _locked(person_ids: Collection[int]) -> Sequence[Person]:
    """The people, each held until the end of the transaction so that two hand-overs come one after the other."""
    wanted = sa.select(Person).where(Person.id.in_(person_ids)).order_by(Person.id)
    return db.session.scalars(wanted.with_for_update(of=Person)).unique().all()


def _rows_from(person_ids: Collection[int], at: datetime) -> dict[int, list[Ownership]]:
    """Rows of each person that hold at an instant or later, in their order."""
    still = sa.or_(Ownership.to_at.is_(None), Ownership.to_at > at)
    wanted = sa.select(Ownership).where(Ownership.person_id.in_(person_ids), still)
    found: dict[int, list[Ownership]] = defaultdict(list)
    for row in db.session.scalars(wanted.order_by(Ownership.from_at, Ownership.id)):
        if not row.is_empty:
            found[row.person_id].append(row)
    return found


def _make_room(rows: Sequence[Ownership], to: User, role: OwnerRole, at: datetime) -> datetime | None:
    """End who holds at an instant; returns when the next planned change comes, None when there is none.

    Whoever becomes owner is deputy no longer, now or later; a new deputy stays one until they become owner.
    """
    ends_at: datetime | None = None
    for row in rows:
        is_same_role = row.role is role
        if is_same_role and row.from_at <= at:
            ends_at, row.to_at = row.to_at, at
        elif is_same_role and (ends_at is None or row.from_at < ends_at):
            ends_at = row.from_at
        elif role is OwnerRole.OWNER and row.role is OwnerRole.DEPUTY and row.user_id == to.id:
            row.to_at = max(row.from_at, at)
        elif role is OwnerRole.DEPUTY and row.user_id == to.id and row.from_at > at:
            ends_at = min(ends_at or row.from_at, row.from_at)
    return ends_at


def _give_back(person: Person, row: Ownership, earlier: Ownership, now: datetime) -> None:
    """From now on, or from the planned day, the time of `row` belongs to who held before it."""
    ends_at, begins_at, cut_at = row.to_at, max(now, row.from_at), row.from_at
    row.to_at = begins_at
    for other in _rows_from([person.id], begins_at)[person.id]:
        if (
            row.role is OwnerRole.OWNER
            and other.role is OwnerRole.DEPUTY
            and other.user_id == earlier.user_id
        ):
            other.to_at = max(other.from_at, begins_at)
    db.session.flush()
    if begins_at == earlier.to_at:
        earlier.to_at = ends_at
    else:
        _begin(person, earlier.user, row.role, (begins_at, ends_at))
    stopped = queries_owners.deputy_until(person, row.user, cut_at)
    if row.role is OwnerRole.OWNER and stopped is not None and not _has_deputy_from(person, begins_at):
        # They were deputy until they became owner: they are again.
        db.session.flush()
        if begins_at == cut_at:
            stopped.to_at = None
        else:
            _begin(person, row.user, OwnerRole.DEPUTY, (begins_at, None))
    db.session.flush()


def _has_deputy_from(person: Person, at: datetime) -> bool:
    return any(row.role is OwnerRole.DEPUTY for row in _rows_from([person.id], at)[person.id])


def _begin(
    person: Person,
    user: User,
    role: OwnerRole,
    span: tuple[datetime, datetime | None],
    from_on: date | None = None,
    hand_over_id: int | None = None,
) -> Ownership:
    from_at, to_at = span
    row = Ownership(
        person_id=person.id, user_id=user.id, role=role, from_at=from_at, from_on=from_on or from_at.date(), to_at=to_at,
        hand_over_id=hand_over_id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row
