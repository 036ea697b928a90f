"""Reading users, sessions, tokens, stand-ins and the audit trail."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts import permissions, policies_tokens
from app.accounts.details import ReportingDetails
from app.accounts.models import (
    ApiToken,
    AuditEvent,
    Delegation,
    Department,
    Role,
    SignInAttempt,
    User,
    UserSession,
)
from app.core import keyset
from app.core.db import db
from app.core.errors import NotFound
from app.core.keyset import Count, Order, Page, Place
from app.core.models import Setting

PAGE_SIZE = 50

_organisation = sa.table("organisation", sa.column("id"), sa.column("name"), sa.column("kind"))


class Agency(NamedTuple):
    """A partner agency: an organisation of a room above, so only its number and name."""

    id: int
    name: str


# -- users -----------------------------------------------------------------------------------------


def find_user(email: str) -> User | None:
    """The user who signs in with an address, in any spelling of upper and lower case."""
    return db.session.scalar(sa.select(User).where(User.email == email.strip().lower()))


def get_user(user_id: int) -> User:
    """A user by id; NotFound if there is none."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound(_("This user does not exist."))
    return user


def list_users(*, role: Role | None = None, is_active: bool | None = None) -> Sequence[User]:
    """Users by name."""
    rows = sa.select(User).order_by(User.name, User.id)
    if role is not None:
        rows = rows.where(User.role == role)
    if is_active is not None:
        rows = rows.where(User.is_active.is_(is_active))
    return db.session.scalars(rows).all()


def language_of_role(role: Role | None) -> str:
    """The language that everybody of a role reads; English where they read several."""
    wanted = sa.select(User.locale).where(User.role == role, User.is_active.is_(True)).distinct().limit(2)
    found = db.session.scalars(wanted).all()
    return found[0] if len(found) == 1 else "en"


def count_active_admins() -> int:
    """How many users may still let others in."""
    admins = sa.select(sa.func.count(User.id)).where(User.role == Role.ADMIN, User.is_active.is_(True))
    return db.session.scalar(admins) or 0


def list_departments() -> Sequence[tuple[Department, int]]:
    """Departments by name, each with the number of its active users."""
    n_users = sa.func.count(User.id)
    rows = (
        sa.select(Department, n_users)
        .outerjoin(User, (User.department_id == Department.id) & User.is_active.is_(True))
        .group_by(Department.id, Department.name)
        .order_by(Department.name)
    )
    return [(department, number) for department, number in db.session.execute(rows)]


def find_department(name: str) -> Department | None:
    """A department by name, in any spelling of upper and lower case."""
    return db.session.scalar(
        sa.select(Department).where(sa.func.lower(Department.name) == name.strip().lower())
    )


def list_agencies() -> list[Agency]:
    """The organisations a partner can belong to, by name."""
    rows = sa.select(_organisation.c.id, _organisation.c.name).where(_organisation.c.kind == "agency")
    return [Agency(*row) for row in db.session.execute(rows.order_by(_organisation.c.name))]


# -- sessions, attempts, tokens --------------------------------------------------------------------


def list_sessions(user: User) -> Sequence[UserSession]:
    """The browsers a user is signed in with, last used first."""
    rows = sa.select(UserSession).where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
    return db.session.scalars(rows.order_by(UserSession.seen_at.desc(), UserSession.id.desc())).all()


def get_session(session_id: int, by: User) -> UserSession:
    """One of the user's own sessions; NotFound for any other."""
    session = db.session.get(UserSession, session_id)
    if session is None or session.user_id != by.id:
        raise NotFound(_("This session does not exist, or it is not yours."))
    return session


def list_looking(user: User) -> Sequence[UserSession]:
    """The sessions of a user in which they see as another role, those that ran out by themselves and are not ended as well."""
    rows = sa.select(UserSession).where(UserSession.user_id == user.id, UserSession.seen_as_role.is_not(None))
    return db.session.scalars(rows.order_by(UserSession.id)).all()


def find_session(secret_hash: str) -> UserSession | None:
    """The session of a secret."""
    return db.session.scalar(sa.select(UserSession).where(UserSession.secret_hash == secret_hash))


def failures_since(
    since: datetime, *, email_hash: str = "", address: str = "", most: int
) -> Sequence[datetime]:
    """When sign-in failed for an account or from an address, newest first, at most `most`."""
    rows = sa.select(SignInAttempt.made_at).where(SignInAttempt.made_at > since)
    rows = (
        rows.where(SignInAttempt.email_hash == email_hash)
        if email_hash
        else rows.where(SignInAttempt.address == address)
    )
    return db.session.scalars(
        rows.order_by(SignInAttempt.made_at.desc(), SignInAttempt.id.desc()).limit(most)
    ).all()


def list_tokens(user: User | None = None) -> Sequence[ApiToken]:
    """Tokens of a user, or of everybody: working ones first, then newest first."""
    rows = sa.select(ApiToken).order_by(
        ApiToken.revoked_at.is_not(None), ApiToken.made_at.desc(), ApiToken.id.desc()
    )
    return db.session.scalars(rows if user is None else rows.where(ApiToken.user_id == user.id)).all()


def list_ending_tokens(today: date) -> Sequence[ApiToken]:
    """Working tokens whose last day is near and whose owner was not told yet, the first to end first."""
    near = sa.and_(
        ApiToken.ends_on <= today + policies_tokens.WARNED_BEFORE,
        ApiToken.ends_on >= today - timedelta(days=1),
    )
    rows = sa.select(ApiToken).where(ApiToken.revoked_at.is_(None), ApiToken.warned_at.is_(None), near)
    return db.session.scalars(rows.order_by(ApiToken.ends_on, ApiToken.id)).all()


def get_token(token_id: int, by: User, *, may_any: bool) -> ApiToken:
    """A token of one's own, or with `may_any` of anybody; NotFound for any other."""
    token = db.session.get(ApiToken, token_id)
    if token is None or not (may_any or token.user_id == by.id):
        raise NotFound(_("This token does not exist, or it is not yours."))
    return token


# -- stand-ins -------------------------------------------------------------------------------------


def delegators_of(user: User, on: date) -> Sequence[User]:
    """Those in whose name a user may approve on a day (R2), by name; the inactive have no name to lend."""
    rows = (
        sa.select(User)
        .join(Delegation, Delegation.user_id == User.id)
        .where(
            Delegation.delegate_id == user.id,
            Delegation.from_on <= on,
            Delegation.to_on >= on,
            User.is_active.is_(True),
        )
        .distinct()
        .order_by(User.name, User.id)
    )
    return db.session.scalars(rows).all()


def list_possible_delegates(user: User) -> list[User]:
    """Those who may approve whatever a user approves (R1, R2), by name."""
    rights = {right for right in permissions.APPROVALS if permissions.may(user, right)}
    others = [other for other in list_users(is_active=True) if other.id != user.id]
    return [other for other in others if rights and all(permissions.may(other, right) for right in rights)]


def list_delegations(user: User, since: date) -> Sequence[Delegation]:
    """Who stands in for a user, now and later, by first day."""
    rows = sa.select(Delegation).where(Delegation.user_id == user.id, Delegation.to_on >= since)
    return db.session.scalars(
        rows.options(joinedload(Delegation.delegate)).order_by(Delegation.from_on, Delegation.id)
    ).all()


def get_delegation(delegation_id: int, by: User) -> Delegation:
    """A delegation the user has given; NotFound for any other."""
    delegation = db.session.get(Delegation, delegation_id)
    if delegation is None or delegation.user_id != by.id:
        raise NotFound(_("This delegation does not exist, or it is not yours."))
    return delegation


# -- audit trail and settings ----------------------------------------------------------------------


class TrailFilter(Struct, frozen=True):
    """What to show of the audit trail; None and "" mean any.

    `action` is a part of an action, in words or as stored, or of a reason; `for_id`: in whose name it was done.
    """

    by_id: int | None = None
    action: str = ""
    kind: str = ""
    subject_id: str = ""
    from_on: date | None = None
    to_on: date | None = None
    ref: str = ""
    room: str = ""
    for_id: int | None = None


#: The trail only grows, so its lines are in the order of their numbers.
TRAIL_ORDER = Order((AuditEvent.id,), is_descending=True)


def list_trail(wanted: TrailFilter, place: Place | None = None) -> Page[AuditEvent]:
    """A page of the audit trail, newest first."""
    named = (joinedload(AuditEvent.by), joinedload(AuditEvent.on_behalf_of))
    lines = _trail(wanted).options(*named)

    def read(at: Place | None) -> Sequence[AuditEvent]:
        return db.session.scalars(keyset.cut(lines, TRAIL_ORDER, at, PAGE_SIZE)).all()

    return keyset.turn_to(place, PAGE_SIZE, read, lambda line: [line.id])


def count_trail(wanted: TrailFilter) -> Count:
    """How many lines of the trail a filter leaves, exactly up to 10,000."""
    return keyset.count_rows(_trail(wanted).with_only_columns(AuditEvent.id))


def list_kinds_of_trail() -> Sequence[str]:
    """The kinds of records the trail has lines about, as they are stored."""
    return keyset.each_value(sa.select(AuditEvent), AuditEvent.subject_kind)


def count_trail_by_action(wanted: TrailFilter) -> dict[str, int]:
    """How many lines of each action a filter leaves; together they are all of `list_trail`."""
    lines = _trail(wanted).with_only_columns(AuditEvent.action, sa.func.count()).group_by(AuditEvent.action)
    return {row[0]: row[1] for row in db.session.execute(lines.order_by(AuditEvent.action))}


def _trail(wanted: TrailFilter) -> sa.Select[AuditEvent]:
    rows = sa.select(AuditEvent)
    exact = (
        (AuditEvent.by_id, wanted.by_id),
        (AuditEvent.subject_kind, wanted.kind),
        (AuditEvent.subject_id, wanted.subject_id),
        (AuditEvent.request_ref, wanted.ref),
        (AuditEvent.on_behalf_of_id, wanted.for_id),
    )
    for column, value in exact:
        if value not in (None, ""):
            rows = rows.where(column == value)
    if wanted.action:
        by_action = AuditEvent.action.contains(wanted.action.lower().replace(" ", "_"), autoescape=True)
        rows = rows.where(sa.or_(by_action, AuditEvent.reason.icontains(wanted.action, autoescape=True)))
    if wanted.room:
        rows = rows.where(AuditEvent.action.startswith(f"{wanted.room}.", autoescape=True))
    if wanted.from_on:
        rows = rows.where(AuditEvent.at >= _midnight(wanted.from_on))
    if wanted.to_on:
        rows = rows.where(AuditEvent.at < _midnight(wanted.to_on + timedelta(days=1)))
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=UTC)


#: The name of the setting of how reports are made.
REPORTING = "reporting"


def reporting() -> ReportingDetails:
    """How reports are made: as an administrator set it, else as the installation was configured."""
    stored = db.session.get(Setting, REPORTING)
    given = {"currency": current_app.config["REPORTING_CURRENCY"], "n_group_minimum": 10, "n_review_days": 45}
    return ReportingDetails(**(given | (stored.value if stored else {})))


def is_demo() -> bool:
    """Whether everything here is invented: the demo was loaded into this installation."""
    return bool(current_app.config["IS_DEMO"]) or db.session.get(Setting, "demo") is not None
