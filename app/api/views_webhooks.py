"""Webhooks, and how what they were told fared."""

from app.accounts.access import acting_user
from app.api.layer import ID, Page, PageQuery, operation
from app.api.paging import by_number, from_database
from app.api.shapes_webhooks import DeliveriesQuery, DeliveryShape, WebhookShape
from app.webhooks import queries
from app.webhooks.models import WebhookDelivery


@operation("/webhooks", permission="webhooks:read", query=PageQuery, out=Page[WebhookShape])
def list_webhooks(query: PageQuery) -> Page[WebhookShape]:
    """Webhooks in the name of whoever sends the token; all of them for an administrator."""
    rows = [row.webhook for row in queries.list_webhooks(acting_user())]
    return by_number(Page[WebhookShape], rows, query, WebhookShape.of)


@operation(f"/webhooks/{ID}", permission="webhooks:read", out=WebhookShape)
def get_webhook(id: int) -> WebhookShape:
    """One webhook."""
    return WebhookShape.of(queries.get_webhook(id, acting_user()))


@operation(
    f"/webhooks/{ID}/events", permission="webhooks:read", query=DeliveriesQuery, out=Page[DeliveryShape]
)
def list_webhook_events(id: int, query: DeliveriesQuery) -> Page[DeliveryShape]:
    """What a webhook was told or is to be told, the latest first; kept for 30 days."""
    wanted = queries.deliveries_of(queries.get_webhook(id, acting_user()), query.state)
    return from_database(
        Page[DeliveryShape], wanted, WebhookDelivery.id, query, lambda rows: [DeliveryShape.of(row) for row in rows]
    )  # fmt: skip
