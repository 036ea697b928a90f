"""Reads about webhooks: one's own, or all of them for whoever keeps them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts import permissions
from app.accounts import queries as accounts
from app.accounts.models import User
from app.core import keyset
from app.core.db import db
from app.core.errors import NotFound
from app.core.keyset import Count, Order, Page, Place
from app.webhooks import policies
from app.webhooks.models import DeliveryState, Webhook, WebhookDelivery, WebhookState

DELIVERY_ORDER: Final = Order((WebhookDelivery.id,), is_descending=True)
PAGE_SIZE: Final = 50


def visible_to(by: User) -> sa.Select[Webhook]:
    """Webhooks a user may see: their own, or all where the role keeps them."""
    found = sa.select(Webhook)
    return found if permissions.may(by, "webhooks:write") else found.where(Webhook.owner_id == by.id)


class WebhookRow(Struct, frozen=True):
    """A webhook with how its events fare."""

    webhook: Webhook
    n_waiting: int
    n_dead: int
    last_at: datetime | None

    @property
    def id(self) -> int:
        return self.webhook.id


def list_webhooks(by: User) -> list[WebhookRow]:
    """Webhooks a user may see, those that live first."""
    is_ended = sa.case((Webhook.state == WebhookState.ENDED, 1), else_=0)
    hooks = db.session.scalars(visible_to(by).order_by(is_ended, Webhook.name, Webhook.id)).all()
    counted = (
        sa.select(
            WebhookDelivery.webhook_id,
            _n(DeliveryState.WAITING, DeliveryState.SENDING),
            _n(DeliveryState.DEAD),
            sa.func.max(WebhookDelivery.delivered_at),
        )
        .where(WebhookDelivery.webhook_id.in_([hook.id for hook in hooks]))
        .group_by(WebhookDelivery.webhook_id)
    )
    found = {row[0]: row for row in db.session.execute(counted)}
    empty = (0, 0, 0, None)
    return [WebhookRow(hook, *found.get(hook.id, empty)[1:]) for hook in hooks]


def _n(*states: DeliveryState) -> sa.Function[int]:
    return sa.func.count(sa.case((WebhookDelivery.state.in_(states), 1)))


def get_webhook(id: int, by: User) -> Webhook:
    """One webhook; NotFound when `by` may not see it."""
    found = db.session.scalars(
        visible_to(by).where(Webhook.id == id).options(joinedload(Webhook.made_by))
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such webhook, or it is not yours to see."))
    return found


def get_delivery(id: int, by: User) -> WebhookDelivery:
    """One event told to a webhook, kept from others until the end of the transaction; NotFound when `by` may not see it."""
    mine = visible_to(by).with_only_columns(Webhook.id)
    wanted = (
        sa.select(WebhookDelivery)
        .join(WebhookDelivery.webhook)
        .where(WebhookDelivery.id == id, WebhookDelivery.webhook_id.in_(mine))
        .options(contains_eager(WebhookDelivery.webhook))
        .with_for_update(of=WebhookDelivery)
    )
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such event, or it is not yours to see."))
    return found


def deliveries_of(hook: Webhook, state: DeliveryState | None = None) -> sa.Select[WebhookDelivery]:
    """What a webhook was told, or is to be."""
    found = sa.select(WebhookDelivery).where(WebhookDelivery.webhook_id == hook.id)
    return found if state is None else found.where(WebhookDelivery.state == state)


def list_deliveries(
    hook: Webhook, state: DeliveryState | None = None, place: Place | None = None
) -> Page[WebhookDelivery]:
    """A page of events, the latest first."""

    def read(where: Place | None) -> Sequence[WebhookDelivery]:
        return db.session.scalars(
            keyset.cut(deliveries_of(hook, state), DELIVERY_ORDER, where, PAGE_SIZE)
        ).all()

    return keyset.turn_to(place, PAGE_SIZE, read, lambda row: [row.id])


def count_deliveries(hook: Webhook, state: DeliveryState | None = None) -> Count:
    """How many events there are, as far as it is worth counting."""
    return keyset.count_rows(deliveries_of(hook, state).with_only_columns(WebhookDelivery.id))


def ids_in_span(hook: Webhook, from_at: datetime, to_at: datetime, *, is_all: bool) -> Sequence[int]:
    """Events that happened in a span of time and lie still, the oldest first: those that were not taken, or all."""
    states = [DeliveryState.DEAD, DeliveryState.WITHHELD] + ([DeliveryState.DELIVERED] if is_all else [])
    wanted = sa.select(WebhookDelivery.id).where(
        WebhookDelivery.webhook_id == hook.id, WebhookDelivery.occurred_at >= from_at, WebhookDelivery.occurred_at < to_at,
        WebhookDelivery.state.in_(states),
    )  # fmt: skip
    return db.session.scalars(wanted.order_by(WebhookDelivery.id).limit(policies.MOST_AT_ONCE)).all()


def list_owners() -> list[User]:
    """Users in whose name a webhook may be made."""
    return [user for user in accounts.list_users(is_active=True) if permissions.may(user, policies.OWNING)]


def count_undelivered() -> dict[DeliveryState, int]:
    """How many events wait, are being sent, and lie as dead letters, over all webhooks."""
    counted = (
        sa.select(WebhookDelivery.state, sa.func.count())
        .where(WebhookDelivery.state.in_([DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.DEAD]))
        .group_by(WebhookDelivery.state)
    )
    return {row[0]: row[1] for row in db.session.execute(counted)}


def count_waiting() -> int:
    """How many events have not left yet, over all webhooks."""
    counted = count_undelivered()
    return counted.get(DeliveryState.WAITING, 0) + counted.get(DeliveryState.SENDING, 0)
