"""Shapes of webhooks and of what they were told."""

from pydantic import AwareDatetime

from app.api.layer import PageQuery, Shape
from app.api.shapes import UserShape
from app.webhooks.models import DeliveryState, Webhook, WebhookDelivery, WebhookState


class WebhookShape(Shape):
    """A program elsewhere that is told of some kinds of events; its address and secret are in no answer."""

    id: int
    name: str
    host: str
    kinds: list[str]
    owner: UserShape | None
    state: WebhookState
    why: str
    made_at: AwareDatetime
    failing_since_at: AwareDatetime | None
    ended_at: AwareDatetime | None

    @classmethod
    def of(cls, row: Webhook) -> "WebhookShape":
        return cls.read(row, owner=UserShape.of(row.owner))


class DeliveryShape(Shape):
    """One event told to a webhook; `event_id` is the webhook-id of the message."""

    id: int
    event_id: str
    type: str
    occurred_at: AwareDatetime
    object_kind: str
    object_id: int
    state: DeliveryState
    n_attempts: int
    next_at: AwareDatetime | None
    last_status: int | None
    last_error: str
    delivered_at: AwareDatetime | None

    @classmethod
    def of(cls, row: WebhookDelivery) -> "DeliveryShape":
        waits = row.state is DeliveryState.WAITING
        return cls.read(row, event_id=row.ref, type=row.kind, next_at=row.next_at if waits else None)


class DeliveriesQuery(PageQuery):
    """Events in which state."""

    state: DeliveryState | None = None
