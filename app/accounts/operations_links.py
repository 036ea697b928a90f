"""Writes about links to choose a new password: asked for by mail, or handed over by an administrator."""

from datetime import timedelta

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit, operations, policies_oidc, queries, queries_factors, telling
from app.accounts.models import User
from app.accounts.models_factors import PasswordLink
from app.accounts.signing_in import hash_secret, new_secret
from app.core import clock, jobs
from app.core.db import db
from app.core.errors import DomainError
from app.core.models import Job

#: Longer than the ten minutes of ASVS 6.5.5, for mail may take some; it opens nothing but the form for a new password, and no
#: second factor is passed by it.
LIFE = timedelta(minutes=30)
#: So many wishes are taken in a minute, from everybody together; at most one mail to a user in so long, and so many a day.
ASKED_PER_MINUTE = 60
PAUSE = timedelta(minutes=5)
PER_DAY = 5
_JOB = "accounts.mail_password_link"


class LinkIsOver(DomainError):
    """A link that is used, too old, replaced or guessed: all alike."""

    status = 404

    def __init__(self) -> None:
        super().__init__(_("This link is used, or its time is over. Ask for a new one on the sign-in page."))


def ask_by_address(email: str) -> None:
    """Note the wish; a worker looks whether somebody has this address and mails them a link.

    Nothing is looked up here, so that no clock tells whether an address is known. Too many wishes of all together are
    dropped in silence.
    """
    recent = sa.select(sa.func.count(Job.id)).where(
        Job.name == _JOB, Job.made_at > clock.now() - timedelta(minutes=1)
    )
    if (db.session.scalar(recent) or 0) < ASKED_PER_MINUTE:
        jobs.enqueue(_JOB, {"email": email[:320]}, None)


@jobs.job(_JOB)
def _mail_link(run: jobs.JobRun, email: str = "") -> dict[str, int]:
    """The address is taken out of the note at once: it may be that of somebody we do not know."""
    run.own_row().arguments = {}
    user = queries.find_user(email)
    if user is None or not user.is_active or not queries_factors.may_have_password(user):
        return {}
    if not queries_factors.password_opens(user) or not _may_ask(user):
        return {}
    secret = _make(user, by=None)
    telling.mail_link(user, address_of(secret), int(LIFE.total_seconds() // 60))
    return {}


def _may_ask(user: User) -> bool:
    now = clock.now()
    wanted = sa.select(PasswordLink.made_at).where(
        PasswordLink.user_id == user.id,
        PasswordLink.made_by_id.is_(None),
        PasswordLink.made_at > now - timedelta(days=1),
    )
    made = db.session.scalars(wanted).all()
    return len(made) < PER_DAY and all(now - at >= PAUSE for at in made)


def address_of(secret: str) -> str:
    """Where a link leads."""
    return f"{current_app.config['BASE_URL']}/password/{secret}"


def hand_over(user: User, *, by: User | None) -> str:
    """A link to be handed to somebody, shown once; an earlier one stops working. NoPasswordHere."""
    if not queries_factors.may_have_password(user):
        raise policies_oidc.NoPasswordHere
    return address_of(_make(user, by=by))


def _make(user: User, *, by: User | None) -> str:
    for earlier in queries_factors.list_links(user):
        earlier.ended_at = clock.now()
    secret, now = new_secret(), clock.now()
    row = PasswordLink(
        user_id=user.id,
        secret_hash=hash_secret(secret),
        made_by_id=by.id if by else None,
        made_at=now,
        expires_at=now + LIFE,
    )
    db.session.add(row)
    db.session.flush()
    audit.record_event("accounts.password_link_made", kind="user", ref=str(user.id), by=by)
    return secret


def open_link(secret: str) -> str:
    """Press "Continue": the address works no more, and the browser gets another secret in its place. LinkIsOver."""
    row = queries_factors.lock_link(secret)
    if row is None or row.opened_at is not None:
        raise LinkIsOver
    other = new_secret()
    row.secret_hash, row.opened_at = hash_secret(other), clock.now()
    audit.record_event("accounts.password_link_opened", kind="user", ref=str(row.user_id), by=None)
    return other


def choose_password(secret: str, password: str) -> User:
    """Choose a password in the browser that opened a link; every session ends, and nobody is signed in by it.

    LinkIsOver, PasswordTooEasy.
    """
    row = queries_factors.lock_link(secret)
    if row is None or row.opened_at is None:
        raise LinkIsOver
    operations.set_password(row.user, password, by=row.user)
    row.ended_at = clock.now()
    telling.tell_owner(
        row.user,
        _l("Your password is new"),
        _l("A new password was chosen for your sign-in by a link."),
    )
    return row.user
