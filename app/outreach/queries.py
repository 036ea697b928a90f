"""Reading contact: what the guard weighs, open asks, touches, stopped contacts, rules."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import Department, User
from app.accounts.queries_successions import answering
from app.core import clock, keyset
from app.core.db import db
from app.core.errors import NotFound
from app.core.keyset import Count, Order, Place
from app.outreach import policies
from app.outreach.models import (
    Collision,
    CollisionState,
    ContactRule,
    Letter,
    Touch,
    TouchChannel,
    TouchKind,
)
from app.outreach.policies import GUARDED, ContactFacts, ContactLimit, ContactVerdict
from app.outreach.queries_wishes import Wishes, wishes_of
from app.people import queries as people
from app.people.models import Person

N_PER_PAGE = 50
#: Touches, newest first.
TOUCH_ORDER = Order((Touch.at, Touch.id), is_descending=True)

# -- the guard -------------------------------------------------------------------------------------


def rule_in_force(now: datetime) -> ContactRule | None:
    """The newest contact rule that has begun, if any was set."""
    wanted = sa.select(ContactRule).where(ContactRule.effective_from_at <= now)
    newest = wanted.order_by(ContactRule.effective_from_at.desc(), ContactRule.id.desc()).limit(1)
    return db.session.scalars(newest).first()


def newest_rule() -> ContactRule | None:
    """The contact rule that was set last, begun or not, if any was set."""
    return db.session.scalars(sa.select(ContactRule).order_by(ContactRule.id.desc()).limit(1)).first()


def list_rules() -> Sequence[ContactRule]:
    """Every contact rule there was, the newest first."""
    return db.session.scalars(
        sa.select(ContactRule).order_by(ContactRule.effective_from_at.desc(), ContactRule.id.desc())
    ).all()


def limit_in_force(now: datetime) -> ContactLimit:
    """What the guard counts against at an instant."""
    rule = rule_in_force(now)
    if rule is None:
        return policies.DEFAULT_LIMIT
    return ContactLimit(rule.n_touches, rule.n_days, rule.n_open_asks)


def weigh_contact(
    person: Person,
    kind: TouchKind,
    department: Department,
    now: datetime,
    is_ask: bool = False,
    channel: TouchChannel | None = None,
) -> ContactVerdict:
    """What the guard says to one more contact with a person by a department (G3); a fixed number of queries."""
    limit = limit_in_force(now)
    facts = contact_facts([person.id], limit, now)[person.id]
    return policies.weigh(
        facts, limit, kind=kind, department_id=department.id, now=now, is_ask=is_ask, channel=channel
    )


def weigh_contacts(
    department_ids: Mapping[int, int],
    kind: TouchKind,
    now: datetime,
    is_ask: bool = False,
    channel: TouchChannel | None = None,
) -> dict[int, ContactVerdict]:
    """The same for many people at once, each by the department given for their id."""
    limit = limit_in_force(now)
    facts = contact_facts(list(department_ids), limit, now)
    return {
        id: policies.weigh(
            facts[id], limit, kind=kind, department_id=department_id, now=now, is_ask=is_ask, channel=channel
        )
        for id, department_id in department_ids.items()
    }


def contact_facts(
    person_ids: Collection[int], limit: ContactLimit, now: datetime, *, is_locked: bool = False
) -> dict[int, ContactFacts]:
    """What the guard knows of people by id; records merged into them count as theirs (P3).

    `is_locked` holds the people's rows until the end of the transaction, so that two departments that write at the
    same moment are weighed one after the other.
    """
    records = _records_of(person_ids, is_locked=is_locked)
    whose = {row.id: row.mine for row in records}
    wishes = wishes_of(whose)
    reaches = [wish.n_days or 0 for one in wishes.values() for wish in one.channels.values()]
    begins = now - timedelta(days=limit.n_days)
    guarded: dict[int, list[Touch]] = defaultdict(list)
    for touch in _guarded_touches(list(whose), now - timedelta(days=max([limit.n_days, *reaches]))):
        guarded[whose[touch.person_id]].append(touch)
    asks: dict[int, list[Touch]] = defaultdict(list)
    for touch in _open_asks(list(whose)):
        asks[whose[touch.person_id]].append(touch)
    found = {}
    for id in person_ids:
        mine = [row for row in records if row.mine == id]
        own = wishes.get(id, Wishes())
        found[id] = ContactFacts(
            any(row.is_opted_out for row in mine),
            max((row.quiet_until_on for row in mine if row.quiet_until_on), default=None),
            [touch for touch in guarded[id] if touch.at > begins], asks[id],
            next((row.zone for row in mine if row.id == id), "UTC"), own.quiet_weekdays, own.channels, guarded[id],
        )  # fmt: skip
    return found


class _Record(Struct, frozen=True):
    """One record of a person, and the id of the one that was asked about."""

    id: int
    mine: int
    is_opted_out: bool
    quiet_until_on: date | None
    zone: str


def _records_of(person_ids: Collection[int], *, is_locked: bool) -> list[_Record]:
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    rows = sa.select(Person.id, survivor, Person.is_opted_out, Person.quiet_until_on, Person.zone)
    rows = rows.where(sa.or_(Person.id.in_(person_ids), Person.merged_into_id.in_(person_ids)))
    rows = rows.order_by(Person.id)
    found = db.session.execute(rows.with_for_update() if is_locked else rows)
    return [
        _Record(id, id if id in person_ids else own, is_out, until_on, zone)
        for id, own, is_out, until_on, zone in found
    ]


def _guarded_touches(person_ids: Collection[int], begins: datetime) -> Sequence[Touch]:
    """What the guard counts since an instant, oldest first; reads the index `ix_touch_weighed`, not the history."""
    wanted = sa.select(Touch).where(
        Touch.person_id.in_(person_ids), Touch.kind.in_(sorted(GUARDED)), Touch.at > begins,
        Touch.is_inbound.is_(False), Touch.struck_at.is_(None),
    )  # fmt: skip
    return db.session.scalars(wanted.order_by(Touch.at, Touch.id)).all()


def _open_asks(person_ids: Collection[int]) -> Sequence[Touch]:
    """Open asks, oldest first; reads the index `ix_touch_open_ask`."""
    wanted = sa.select(Touch).where(
        Touch.person_id.in_(person_ids), Touch.is_ask.is_(True), Touch.answered_at.is_(None),
        Touch.is_inbound.is_(False), Touch.struck_at.is_(None),
    )  # fmt: skip
    return db.session.scalars(wanted.order_by(Touch.at, Touch.id)).all()


# -- touches and asks ------------------------------------------------------------------------------


class TouchFilter(Struct, frozen=True):
    """What a list of touches is narrowed to."""

    q: str = ""
    department_id: int | None = None
    user_id: int | None = None
    person_id: int | None = None
    is_open_ask: bool = False


class TouchPage(Struct, frozen=True):
    """One page of touches, newest first, the count of the whole, and the places where the pages beside it begin."""

    rows: Sequence[Touch]
    total: Count
    before: str = ""
    after: str = ""


def _seen(by: User | None) -> sa.Select[Touch]:
    """Touches with people `by` may see, also those made before a merge."""
    ids = people.visible_to(by).with_only_columns(Person.id)
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    return sa.select(Touch).join(Person, Person.id == Touch.person_id).where(survivor.in_(ids))


def get_touch(id: int, by: User | None) -> Touch:
    """The touch with this id; NotFound when `by` may not see its person."""
    wanted = _seen(by).where(Touch.id == id).options(joinedload(Touch.person))
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such contact, or it is not yours to see."))
    return found


def list_touches(
    by: User | None, filter: TouchFilter = TouchFilter(), place: Place | None = None, size: int | None = None
) -> TouchPage:
    """A page of touches, newest first; a fixed number of queries whatever the rows and the place."""
    wanted, size = _narrowed(by, filter), size or N_PER_PAGE
    loaded = wanted.options(joinedload(Touch.person))
    page = keyset.turn_to(
        place,
        size,
        lambda at: db.session.scalars(keyset.cut(loaded, TOUCH_ORDER, at, size)).all(),
        lambda touch: [touch.at, touch.id],
    )
    return TouchPage(
        page.rows, keyset.count_rows(wanted.with_only_columns(Touch.id)), page.before, page.after
    )


def _narrowed(by: User | None, filter: TouchFilter) -> sa.Select[Touch]:
    wanted = _seen(by)
    for word in filter.q.split()[:8]:
        like = f"%{_escaped(word)}%"
        in_words = sa.or_(
            sa.func.lower(Touch.subject).like(like, escape="\\"), Person.search_text.like(like, escape="\\")
        )
        wanted = wanted.where(in_words)
    if filter.department_id is not None:
        wanted = wanted.where(Touch.department_id == filter.department_id)
    if filter.user_id is not None:
        wanted = wanted.where(answering(Touch, Touch.user_id, clock.now()) == filter.user_id)
    if filter.person_id is not None:
        wanted = wanted.where(
            sa.or_(Person.id == filter.person_id, Person.merged_into_id == filter.person_id)
        )
    if filter.is_open_ask:
        wanted = wanted.where(Touch.is_ask.is_(True), Touch.answered_at.is_(None), Touch.struck_at.is_(None))
    return wanted


def _escaped(word: str) -> str:
    return word.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def list_open_asks(
    by: User | None, *, person: Person | None = None, of: User | None = None, limit: int = 200
) -> Sequence[Touch]:
    """Asks that wait for an answer, the oldest first: all, about one person, or those one user answers for."""
    filter = TouchFilter(
        person_id=person.id if person else None, user_id=of.id if of else None, is_open_ask=True
    )
    wanted = _narrowed(by, filter)
    return db.session.scalars(
        wanted.order_by(Touch.at, Touch.id).limit(limit).options(joinedload(Touch.person))
    ).all()


def count_open_asks(by: User | None, *, of: User | None = None) -> int:
    """How many asks wait for an answer: of everybody, or those one user answers for, made or taken over (P1)."""
    filter = TouchFilter(user_id=of.id if of else None, is_open_ask=True)
    wanted = _narrowed(by, filter).with_only_columns(sa.func.count(Touch.id))
    return db.session.scalar(wanted) or 0


def open_ask_of(person: Person, source_kind: str, source_id: int) -> Touch | None:
    """The open ask that came from a record of another room, such as an event's invitation."""
    wanted = sa.select(Touch).where(
        Touch.person_id == person.id, Touch.source_kind == source_kind, Touch.source_id == source_id,
        Touch.is_ask.is_(True), Touch.answered_at.is_(None),
    )  # fmt: skip
    return db.session.scalars(wanted.order_by(Touch.id.desc()).limit(1)).first()


def list_thread(touch: Touch) -> Sequence[Touch]:
    """The message that began a thread and all that joined it, oldest first."""
    root = touch.joined_id or touch.id
    wanted = sa.select(Touch).where(sa.or_(Touch.id == root, Touch.joined_id == root))
    return db.session.scalars(wanted.order_by(Touch.at, Touch.id).options(joinedload(Touch.person))).all()


def voices_of(touches: Collection[Touch]) -> dict[int, Sequence[str]]:
    """Who speaks in the thread of each of these touches, where there is more than one; one query (J3.2)."""
    roots = {touch.joined_id or touch.id for touch in touches}
    root = sa.func.coalesce(Touch.joined_id, Touch.id)
    wanted = sa.select(root, User.name).join(User, User.id == Touch.user_id)
    wanted = wanted.where(sa.or_(Touch.id.in_(roots), Touch.joined_id.in_(roots)))
    names: dict[int, dict[str, None]] = defaultdict(dict)
    for number, name in db.session.execute(wanted.order_by(Touch.at, Touch.id)):
        names[number][name] = None
    spoken = {touch.id: list(names[touch.joined_id or touch.id]) for touch in touches}
    return {id: voices for id, voices in spoken.items() if len(voices) > 1}


def last_touches(person_ids: Collection[int]) -> dict[int, datetime]:
    """When each of these people was last in contact with us, in either direction (G2)."""
    if not person_ids:
        return {}
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    wanted = sa.select(survivor, sa.func.max(Touch.at)).join(Person, Person.id == Touch.person_id)
    # Said in two indexed columns: the survivor as an expression would read every contact there is.
    theirs = sa.or_(Person.id.in_(person_ids), Person.merged_into_id.in_(person_ids))
    rows = db.session.execute(wanted.where(theirs, Touch.struck_at.is_(None)).group_by(survivor))
    asked = set(person_ids)
    return {row[0]: row[1] for row in rows if row[0] in asked}


# -- stopped contacts ------------------------------------------------------------------------------


def get_collision(id: int, by: User | None) -> Collision:
    """A stopped contact; NotFound when `by` may not see its person."""
    found = db.session.scalars(_collisions(by).where(Collision.id == id)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such stopped contact, or it is not yours to see."))
    return found


def _collisions(by: User | None) -> sa.Select[Collision]:
    ids = people.visible_to(by).with_only_columns(Person.id)
    loaded = (joinedload(Collision.person), joinedload(Collision.other), joinedload(Collision.decided_by))
    return sa.select(Collision).where(Collision.person_id.in_(ids)).options(*loaded)


def list_collisions(by: User | None, *, is_open: bool | None = None, limit: int = 50) -> Sequence[Collision]:
    """Contacts the guard stopped, newest first; all, those still open, or those decided."""
    wanted = _collisions(by)
    if is_open is not None:
        wanted = wanted.where(
            Collision.state.in_(OPEN_STATES) if is_open else Collision.state.not_in(OPEN_STATES)
        )
    return db.session.scalars(
        wanted.order_by(Collision.stopped_at.desc(), Collision.id.desc()).limit(limit)
    ).all()


OPEN_STATES = (CollisionState.STOPPED, CollisionState.WAITING, CollisionState.OWNER_ASKED)


def open_collisions_at(touch: Touch) -> Sequence[Collision]:
    """Stopped contacts that ran into this message and are not decided yet."""
    wanted = _collisions(None).where(Collision.other_id == touch.id, Collision.state.in_(OPEN_STATES))
    return db.session.scalars(wanted.order_by(Collision.id)).all()


def open_collision_of(person_id: int, user_id: int) -> Collision | None:
    """The latest undecided stop of one user with one person."""
    wanted = sa.select(Collision).where(
        Collision.person_id == person_id, Collision.user_id == user_id, Collision.state.in_(OPEN_STATES)
    )
    return db.session.scalars(wanted.order_by(Collision.id.desc()).limit(1)).first()


def list_departments() -> Sequence[Department]:
    """All departments by name, for filters."""
    return db.session.scalars(sa.select(Department).order_by(Department.name, Department.id)).all()


def find_letter(reference: str) -> Letter | None:
    """The letter that carries this reference and has left; for the page where recipients check it (G6)."""
    wanted = sa.select(Letter).where(
        Letter.reference == reference.strip().upper(), Letter.touch_id.is_not(None)
    )
    return db.session.scalars(wanted).one_or_none()
