"""Tables of webhooks: who is told of what, and every single telling."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose, Versioned
from app.core.sealed_columns import SealedText


class WebhookState(enum.StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"  # what happens meanwhile waits
    ENDED = "ended"


class Webhook(Versioned, Base):
    """A program elsewhere that is told of some kinds of events, as far as its owner may read them."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line]
    #: Where it listens. Many services put a key into it: it stands sealed and is shown to nobody, its host is.
    secret_address: Mapped[str] = mapped_column(SealedText("webhook.secret_address"))
    host: Mapped[Line]
    #: What messages are signed with, and the one before it as long as both count.
    secret: Mapped[str] = mapped_column(SealedText("webhook.secret"))
    former_secret: Mapped[str] = mapped_column(SealedText("webhook.former_secret"), default="")
    former_until_at: Mapped[datetime | None]
    kinds: Mapped[list[str]]
    #: Whose rights decide what is told, at the moment of each telling.
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    owner: Mapped[User] = relationship(foreign_keys=[owner_id], lazy="joined")
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User] = relationship(foreign_keys=[made_by_id])
    made_at: Mapped[datetime]
    state: Mapped[WebhookState] = mapped_column(default=WebhookState.ACTIVE)
    #: Why it is paused or ended, in words; empty while it is active.
    why: Mapped[Prose] = mapped_column(default="")
    ended_at: Mapped[datetime | None]

    # How it answers; the worker writes these past the version, for they are nothing anybody edits.
    failing_since_at: Mapped[datetime | None]
    n_failures: Mapped[int] = mapped_column(default=0)
    #: A server that does not answer is left alone until then, whatever waits for it.
    rest_until_at: Mapped[datetime | None]


class DeliveryState(enum.StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"  # given up; a person may send it again
    WITHHELD = "withheld"  # the owner may not read it any more, or the webhook has ended


class WebhookDelivery(Base):
    """One event told to one webhook: numbers and a name of a kind, no words of or about anybody."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        sa.UniqueConstraint("webhook_id", "ref"),
        sa.Index("ix_webhook_delivery_state_next", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("webhook.id"), index=True)
    webhook: Mapped[Webhook] = relationship()
    #: The name of the event, the same each time it is sent and for everybody it is sent to.
    ref: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(40))
    occurred_at: Mapped[datetime] = mapped_column(index=True)
    object_kind: Mapped[str] = mapped_column(sa.String(40))
    object_id: Mapped[int]
    object_version: Mapped[int | None]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.WAITING)
    n_attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    leased_until_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    #: What the server answered last; None while it has answered nothing.
    last_status: Mapped[int | None]
    last_error: Mapped[Prose] = mapped_column(default="")
    delivered_at: Mapped[datetime | None]
