"""Reading what came by the mailbox: logging addresses, threads, what waits for somebody to say who it was."""

import base64
import hashlib
import hmac
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts import permissions
from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import OutboxMail
from app.outreach.models import Letter, Touch
from app.outreach.models_inbox import InboundMessage, InboundState, InboxChoice, MessageTouch, SharingLevel
from app.people import queries as people
from app.people.models import Person

# -- logging addresses -----------------------------------------------------------------------------


def choice_of(user: User) -> InboxChoice | None:
    """What a user chose, if they did."""
    return db.session.scalars(sa.select(InboxChoice).where(InboxChoice.user_id == user.id)).one_or_none()


def level_of(user: User) -> SharingLevel:
    """How much of their mail a user shares: the subject, unless they chose otherwise."""
    choice = choice_of(user)
    return choice.level if choice else SharingLevel.SUBJECT


def logging_address(user: User) -> str:
    """The address a user puts into Bcc to log a message; nobody can guess it, and nothing of it is stored."""
    choice = choice_of(user)
    local, _, host = str(current_app.config["INBOX_ADDRESS"]).rpartition("@")
    return f"{local}+{user.id}-{_token(user.id, choice.n_rotations if choice else 0)}@{host}"


def _token(user_id: int, n_rotations: int) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.new(key, f"logging-address:{user_id}:{n_rotations}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest)[:24].decode().lower()


def user_at(addresses: Collection[str]) -> User | None:
    """The user whose logging address is among these, if they may still write contacts down."""
    local, _, host = str(current_app.config["INBOX_ADDRESS"]).lower().rpartition("@")
    for address in addresses:
        name, _, at = address.lower().rpartition("@")
        number = name.removeprefix(f"{local}+").partition("-")[0]
        if at != host or not name.startswith(f"{local}+") or not (number.isdecimal() and len(number) < 10):
            continue
        user = db.session.get(User, int(number))
        if user is not None and hmac.compare_digest(
            logging_address(user).lower().encode(), address.lower().encode()
        ):
            return user if permissions.may(user, "outreach:write") else None
    return None


def users_at(addresses: Collection[str]) -> Sequence[User]:
    """The users who have these mail addresses and may write contacts down."""
    wanted = sa.select(User).where(sa.func.lower(User.email).in_(list(addresses))).order_by(User.id)
    return [user for user in db.session.scalars(wanted) if permissions.may(user, "outreach:write")]


# -- who it is -------------------------------------------------------------------------------------


def persons_at(addresses: Collection[str]) -> dict[str, list[Person]]:
    """The people behind mail addresses, in lower case; one address may be shared by several. One query."""
    found: dict[str, list[Person]] = {}
    wanted = people.visible_to(None).where(
        sa.func.lower(Person.email).in_(list(addresses)), Person.is_pseudonymous.is_(False)
    )
    for person in db.session.scalars(wanted.order_by(Person.id)):
        found.setdefault(person.email.lower(), []).append(person)
    return found


def threads_of(references: Sequence[str]) -> Sequence[Touch]:
    """The contacts behind Message-IDs: letters of ours, and messages that were logged; the nearest first. Two queries."""
    letters = sa.select(OutboxMail.message_id, Touch).join(Letter, Letter.mail_id == OutboxMail.id)
    letters = letters.join(Touch, Touch.id == Letter.touch_id).where(
        OutboxMail.message_id.in_(list(references))
    )
    logged = sa.select(InboundMessage.message_id, Touch).join(
        MessageTouch, MessageTouch.inbound_id == InboundMessage.id
    )
    logged = logged.join(Touch, Touch.id == MessageTouch.touch_id).where(
        InboundMessage.message_id.in_(list(references))
    )
    loaded = joinedload(Touch.person)
    rows = [*db.session.execute(letters.options(loaded)), *db.session.execute(logged.options(loaded))]
    order = {reference: number for number, reference in enumerate(references)}
    return [row[1] for row in sorted(rows, key=lambda row: (order[row[0]], row[1].id))]


def find_message(message_id: str) -> InboundMessage | None:
    """The message with this Message-ID, if it came before."""
    return db.session.scalars(
        sa.select(InboundMessage).where(InboundMessage.message_id == message_id)
    ).one_or_none()


# -- what waits ------------------------------------------------------------------------------------


def _waiting_for(by: User) -> sa.Select[InboundMessage]:
    """Messages nobody was recognised in: a user's own, and those that are nobody's."""
    return sa.select(InboundMessage).where(
        InboundMessage.state == InboundState.WAITING,
        sa.or_(InboundMessage.user_id.is_(None), InboundMessage.user_id == by.id),
    )


def list_waiting(by: User, most: int = 100) -> Sequence[InboundMessage]:
    """The newest messages that wait for this user to say who it was; one query."""
    wanted = _waiting_for(by).order_by(InboundMessage.received_at.desc(), InboundMessage.id.desc())
    return db.session.scalars(wanted.limit(most)).all()


def get_waiting(id: int, by: User) -> InboundMessage:
    """One of them; NotFound when it was decided, or belongs to somebody else."""
    found = db.session.scalars(_waiting_for(by).where(InboundMessage.id == id)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such message, or somebody has decided about it."))
    return found


def message_of(touch: Touch) -> InboundMessage | None:
    """The message a contact was read from, if it was."""
    wanted = sa.select(InboundMessage).join(MessageTouch, MessageTouch.inbound_id == InboundMessage.id)
    return db.session.scalars(wanted.where(MessageTouch.touch_id == touch.id)).one_or_none()


def get_message_of(touch: Touch) -> InboundMessage:
    """The same, or NotFound."""
    found = message_of(touch)
    if found is None:
        raise NotFound(_("This contact was not read from a mailbox."))
    return found


def touches_of(message: InboundMessage) -> Sequence[MessageTouch]:
    """The contacts a message became."""
    wanted = sa.select(MessageTouch).where(MessageTouch.inbound_id == message.id)
    return db.session.scalars(wanted.order_by(MessageTouch.id)).all()
