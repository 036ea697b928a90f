"""Events come into being in the transaction of what they tell of, from the lines operations write into the trail (outbox)."""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from msgspec import Struct, field
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from app.accounts import audit
from app.accounts.audit import Line
from app.accounts.models import User
from app.core import bulk
from app.core.db import after_commit, db
from app.webhooks import delivering, operations_health, policies
from app.webhooks.catalogue import BY_ACTION, KINDS, SAID_WITH, EventKind
from app.webhooks.models import DeliveryState, Webhook, WebhookDelivery, WebhookState

_KEY = "webhooks"


class _Heard(Struct):
    """What is known for the length of one transaction: who wants to hear what, and what was said already."""

    transaction: SessionTransaction | None
    #: Kind -> the webhooks that hear it.
    wanted: dict[str, list[int]]
    said: set[tuple[str, int]] = field(default_factory=set)


def note(action: str, lines: Iterable[Line]) -> None:
    """Write down what is to be told of lines of the trail; costs nothing where nobody wants to hear of it."""
    kind = BY_ACTION.get(action)
    if kind is None:
        return
    heard = _heard()
    listeners = heard.wanted.get(kind.name)
    if not listeners:
        return
    rows = list(_rows(kind, kind.actions[action], lines, listeners, heard))
    if rows:
        bulk.insert_rows(WebhookDelivery, rows)
        after_commit(delivering.wake)


def _heard() -> _Heard:
    """Read once in each transaction: a webhook that is made or ended in between hears of the next one."""
    session = db.session()
    current = session.get_transaction()
    known: _Heard | None = session.info.get(_KEY)
    if known is None or known.transaction is not current:
        known = session.info[_KEY] = _Heard(current, _wanted())
    return known


def _wanted() -> dict[str, list[int]]:
    hooks = (
        sa.select(Webhook.id, Webhook.kinds, User)
        .join(User, User.id == Webhook.owner_id)
        .where(Webhook.state != WebhookState.ENDED)
        .order_by(Webhook.id)
    )
    found: dict[str, list[int]] = {}
    with db.session.no_autoflush:
        for id, kinds, owner in db.session.execute(hooks).all():
            for name in kinds:
                if policies.may_hear(owner, KINDS.get(name)):
                    found.setdefault(name, []).append(id)
    return found


def _rows(
    kind: EventKind, column: str, lines: Iterable[Line], listeners: list[int], heard: _Heard
) -> Iterator[dict[str, Any]]:
    for line in lines:
        number = line.value_of(column) if column else int(line.ref)
        if number is None or _is_said(kind, number, heard):
            continue
        heard.said.add((kind.name, number))
        shared = {
            "ref": f"msg_{uuid.uuid4().hex}", "kind": kind.name, "occurred_at": line.at, "object_kind": kind.object_kind,
            "object_id": number, "object_version": None if column else line.value_of("version"),
            "state": DeliveryState.WAITING, "n_attempts": 0, "next_at": line.at, "leased_until_at": None, "tried_at": None,
            "last_status": None, "last_error": "", "delivered_at": None,
        }  # fmt: skip
        yield from ({**shared, "webhook_id": id} for id in listeners)


def _is_said(kind: EventKind, number: int, heard: _Heard) -> bool:
    """Of one thing a kind is told once in a transaction, and no change of what the same transaction made."""
    return (kind.name, number) in heard.said or (SAID_WITH.get(kind.name, ""), number) in heard.said


@event.listens_for(Session, "after_soft_rollback")
def _forget_what_was_undone(session: Session, _undone: SessionTransaction) -> None:
    """What a savepoint took back was not said."""
    session.info.pop(_KEY, None)


#: What may take rights from somebody.
_RIGHTS_MAY_GO = frozenset({"accounts.user_deactivated", "accounts.user_edited", "accounts.user_regrouped"})


def watch_owners(action: str, lines: Iterable[Line]) -> None:
    """Say when an owner may not read any more what a webhook wants: it would fall silent without a word."""
    if action in _RIGHTS_MAY_GO:
        for line in lines:
            owner = db.session.get(User, int(line.ref))
            if owner is not None:
                operations_health.tell_of_lost_rights(owner, by=None)


audit.tell(note)
audit.tell(watch_owners)
