"""Webhooks, made by the operation the screens use."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.accounts.models import Role, User
from app.core import fetching
from app.core.db import db, transaction
from app.webhooks import operations
from app.webhooks.details import WebhookDetails
from app.webhooks.models import DeliveryState, Webhook, WebhookDelivery
from tests.factories import accounts

ADDRESS = "https://hooks.lumen.example/in?key=s3cret"


def admin() -> User:
    return accounts.user(role=Role.ADMIN, name="Ada Lovelace")


def made(
    kinds: Sequence[str] = ("person.created",), *, owner: User | None = None, address: str = ADDRESS, name: str = "Warehouse"
) -> operations.NewSecret:  # fmt: skip
    """A webhook and its secret; the address may be one of a server of the tests, which no form would take."""
    details = WebhookDetails.model_construct(name=name, address=address, kinds=tuple(kinds))
    with transaction():
        found = operations.make_webhook(details, owner or admin(), by=admin())
        assert found.webhook.host == fetching.host_of(address)
        return found


def told(hook: Webhook | None = None) -> list[WebhookDelivery]:
    """What webhooks were told or are to be told, as it stands now."""
    db.session.expire_all()
    wanted = sa.select(WebhookDelivery).order_by(WebhookDelivery.id)
    return list(
        db.session.scalars(wanted if hook is None else wanted.where(WebhookDelivery.webhook_id == hook.id))
    )


def states(hook: Webhook | None = None) -> list[DeliveryState]:
    found = [row.state for row in told(hook)]
    db.session.rollback()
    return found
