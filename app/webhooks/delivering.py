"""Events leave: taken up under a lease, sent outside any transaction, noted by whoever still holds it (at least once)."""

import random
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from flask import current_app
from msgspec import Struct
from sqlalchemy.orm import contains_eager

from app.core import clock, fetching, sending, waking
from app.core.db import db, in_transaction, transaction
from app.core.fetching import Answer, Door, FetchFailed
from app.webhooks import operations_health, policies
from app.webhooks.catalogue import known_kind
from app.webhooks.models import DeliveryState, Webhook, WebhookDelivery, WebhookState

log = structlog.get_logger()

#: A worker that says nothing for this long is taken for dead and the event is sent by another, under the same id.
LEASE = timedelta(minutes=5)
#: The name of this program, for whoever reads the log of the other side.
AGENT = "Rapport webhooks"


class _Claim(Struct, frozen=True):
    """An event this worker may send until its lease runs out."""

    id: int
    webhook_id: int
    attempt: int
    address: str
    ref: str
    body: bytes
    keys: tuple[str, ...]


def deliver_due(limit: int = 50, door: Door | None = None) -> int:
    """Send what is due, at most `limit` events; how many were taken up. Never call it inside a transaction."""
    if in_transaction():
        raise RuntimeError("webhooks are called outside any transaction")
    n_taken = 0
    while n_taken < limit and (claim := _claim_next()) is not None:
        n_taken += 1
        headers = {
            "Content-Type": "application/json", "User-Agent": AGENT,
            **policies.signed(claim.body, claim.ref, clock.now(), claim.keys),
        }  # fmt: skip
        try:
            answer = fetching.post(claim.address, claim.body, headers, door=door or fetching.WEB)
        except FetchFailed as trouble:
            _settle(claim, None, str(trouble))
        else:
            _settle(claim, answer, policies.why_not_taken(answer.status))
    return n_taken


#: Rings for a worker; suits `core.db.after_commit`.
wake = waking.step("webhooks", deliver_due)


# -- taking up -------------------------------------------------------------------------------------------------------


def _claim_next() -> _Claim | None:
    """The event that waits longest, of those whose server is not left alone; nothing while this house is silent."""
    while True:
        with transaction():
            row = None if sending.is_held() else db.session.scalar(_due(clock.now()))
            if row is None:
                return None
            claim = _taken(row)
        if claim is not None:
            return claim


def _due(now: datetime) -> sa.Select[WebhookDelivery]:
    waiting = (WebhookDelivery.state == DeliveryState.WAITING) & (WebhookDelivery.next_at <= now)
    abandoned = (WebhookDelivery.state == DeliveryState.SENDING) & (WebhookDelivery.leased_until_at < now)
    answers = sa.or_(Webhook.rest_until_at.is_(None), Webhook.rest_until_at <= now)
    return (
        sa.select(WebhookDelivery)
        .join(WebhookDelivery.webhook)
        .where(Webhook.state == WebhookState.ACTIVE, answers, waiting | abandoned)
        .order_by(WebhookDelivery.next_at, WebhookDelivery.id)
        .limit(1)
        .options(contains_eager(WebhookDelivery.webhook))
        .with_for_update(skip_locked=True, of=WebhookDelivery)
        .execution_options(populate_existing=True)
    )


def _taken(row: WebhookDelivery) -> _Claim | None:
    """What this worker is to send; None where it is not to be sent at all, which is noted."""
    now, kind, hook = clock.now(), known_kind(row.kind), row.webhook
    if kind is None or not policies.may_hear(hook.owner, kind):
        row.state, row.leased_until_at = DeliveryState.WITHHELD, None
        row.last_error = "The owner of the webhook may not read this, or has no login any more."
        return None
    if row.n_attempts > len(policies.PAUSES):  # whoever tried it died of it, every time
        row.state, row.leased_until_at = DeliveryState.DEAD, None
        row.last_error = "The worker stopped each time it tried to send this."
        return None
    row.state, row.leased_until_at = DeliveryState.SENDING, now + LEASE
    row.n_attempts, row.tried_at = row.n_attempts + 1, now
    body = policies.message(
        row.ref, kind, occurred_at=row.occurred_at, object_id=row.object_id, object_version=row.object_version,
        base_url=current_app.config["BASE_URL"],
    )  # fmt: skip
    return _Claim(row.id, hook.id, row.n_attempts, hook.secret_address, row.ref, body, _keys(hook, now))


def _keys(hook: Webhook, now: datetime) -> tuple[str, ...]:
    counts = hook.former_until_at is not None and now < hook.former_until_at
    return (hook.secret, hook.former_secret) if counts and hook.former_secret else (hook.secret,)


# -- noting ----------------------------------------------------------------------------------------------------------


def _settle(claim: _Claim, answer: Answer | None, trouble: str) -> None:
    """Note how an attempt ended, unless the lease ran out and somebody else has taken over (fencing)."""
    with transaction():
        # The webhook before the event, as whoever pauses or ends it does: nobody waits in a circle.
        hook = db.session.scalars(
            sa.select(Webhook).where(Webhook.id == claim.webhook_id).with_for_update(of=Webhook)
        ).one()
        row = db.session.scalar(
            sa.select(WebhookDelivery)
            .where(
                WebhookDelivery.id == claim.id, WebhookDelivery.n_attempts == claim.attempt,
                WebhookDelivery.state == DeliveryState.SENDING,
            )
            .with_for_update()
        )  # fmt: skip
        if row is None:
            log.warning("webhook_lease_lost", delivery=claim.id, attempt=claim.attempt)
            return
        row.leased_until_at, row.last_error = None, trouble
        row.last_status = answer.status if answer else None
        if not trouble:
            row.state, row.delivered_at = DeliveryState.DELIVERED, clock.now()
            operations_health.note_success(hook)
        else:
            _note_failure(hook, row, answer)
        note = log.debug if not trouble else log.warning
        note(
            "webhook_attempted",
            delivery=claim.id,
            attempt=claim.attempt,
            state=row.state.value,
            status=row.last_status,
        )


def _note_failure(hook: Webhook, row: WebhookDelivery, answer: Answer | None) -> None:
    retry_after = answer.retry_after if answer else 0
    is_gone = answer is not None and answer.status == policies.GONE
    pause = policies.pause_after(row.n_attempts, random.uniform(-1, 1), retry_after=retry_after)  # noqa: S311 -- no secret
    if pause is None or is_gone:
        row.state = DeliveryState.DEAD
    elif hook.state is WebhookState.ENDED:
        row.state = DeliveryState.WITHHELD
    else:
        row.state, row.next_at = DeliveryState.WAITING, clock.now() + pause
    if is_gone:
        operations_health.end_as_gone(hook, by=None)
    else:
        operations_health.note_failure(hook, retry_after, by=None)
