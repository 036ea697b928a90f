"""Writes about webhooks: made, changed, paused, ended, their secrets renewed, and events sent once more."""

import uuid
from typing import NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, fetching
from app.core.db import after_commit, check_version, db
from app.notices import operations as notices
from app.notices.models import Urgency
from app.webhooks import delivering, policies, queries
from app.webhooks.catalogue import PING
from app.webhooks.details import SpanDetails, WebhookDetails
from app.webhooks.models import DeliveryState, Webhook, WebhookDelivery, WebhookState
from app.webhooks.operations_health import SOURCE, close, forgive
from app.webhooks.policies import WebhookEnded, WebhookRefused


class NewSecret(NamedTuple):
    """A webhook and the secret it signs with from now on, to be shown once."""

    webhook: Webhook
    secret: str


def make_webhook(details: WebhookDetails, owner: User, *, by: User) -> NewSecret:
    """Tell a program elsewhere of some kinds of events from now on, as far as `owner` may read them. Raises WebhookRefused."""
    if not details.address:
        raise WebhookRefused(_("Give the address that is to be called."), field="address")
    policies.check_kinds(owner, details.kinds)
    secret = policies.new_secret()
    hook = Webhook(
        name=details.name, secret_address=details.address, host=fetching.host_of(details.address), secret=secret,
        kinds=list(details.kinds), owner=owner, made_by_id=by.id, made_at=clock.now(), state=WebhookState.ACTIVE,
    )  # fmt: skip
    db.session.add(hook)
    audit.record("webhooks.webhook_made", hook, by=by)
    _tell_owner(hook, by)
    return NewSecret(hook, secret)


def edit_webhook(
    hook: Webhook, details: WebhookDetails, owner: User, *, by: User, seen_version: int | None = None
) -> Webhook:
    """Another name, address, owner, or other kinds; the secret stays. Raises WebhookRefused, WebhookEnded, Conflict."""
    check_version(hook, seen_version)
    _require_live(hook)
    policies.check_kinds(owner, details.kinds)
    before, was = audit.snapshot(hook), hook.owner_id
    hook.name, hook.kinds, hook.owner = details.name, list(details.kinds), owner
    if details.address:
        hook.secret_address, hook.host = details.address, fetching.host_of(details.address)
    audit.record("webhooks.webhook_edited", hook, by=by, before=before)
    if owner.id != was:
        _tell_owner(hook, by)
    after_commit(delivering.wake)
    return hook


def renew_secret(hook: Webhook, *, by: User) -> NewSecret:
    """Sign with a new secret; for a day the one before it signs too, so that the other side can change over."""
    _require_live(hook)
    before = audit.snapshot(hook)
    hook.former_secret, hook.former_until_at = hook.secret, clock.now() + policies.OVERLAP
    hook.secret = policies.new_secret()
    audit.record("webhooks.secret_renewed", hook, by=by, before=before)
    return NewSecret(hook, hook.secret)


def pause_webhook(hook: Webhook, *, by: User) -> Webhook:
    """Send nothing for now; what happens meanwhile waits."""
    _require_live(hook)
    before = audit.snapshot(hook)
    hook.state, hook.why = WebhookState.PAUSED, _("Paused by %(name)s.", name=by.name)
    audit.record("webhooks.webhook_paused", hook, by=by, before=before)
    return hook


def resume_webhook(hook: Webhook, *, by: User) -> Webhook:
    """Send again, what waited first."""
    _require_live(hook)
    before = audit.snapshot(hook)
    hook.state, hook.why = WebhookState.ACTIVE, ""
    forgive(hook)
    audit.record("webhooks.webhook_resumed", hook, by=by, before=before)
    notices.finish_about((SOURCE, hook.id), by=by)
    after_commit(delivering.wake)
    return hook


def end_webhook(hook: Webhook, *, by: User) -> Webhook:
    """Tell it nothing any more; its address and secrets are forgotten, what it was told stays on record."""
    _require_live(hook)
    before = audit.snapshot(hook)
    close(hook, _("Ended by %(name)s.", name=by.name))
    audit.record("webhooks.webhook_ended", hook, by=by, before=before)
    notices.finish_about((SOURCE, hook.id), by=by)
    return hook


# -- sending -----------------------------------------------------------------------------------------------------------


def ping(hook: Webhook, *, by: User) -> WebhookDelivery:
    """Send a test, whatever it is subscribed to."""
    if hook.state is not WebhookState.ACTIVE:
        raise WebhookEnded(_("Nothing is sent by this webhook now. Let it go on first."))
    now = clock.now()
    sent = WebhookDelivery(
        webhook_id=hook.id, ref=f"msg_{uuid.uuid4().hex}", kind=PING.name, occurred_at=now, object_kind=PING.object_kind,
        object_id=hook.id, object_version=hook.version, next_at=now,
    )  # fmt: skip
    db.session.add(sent)
    forgive(hook)
    audit.record("webhooks.test_sent", hook, by=by, before=audit.snapshot(hook))
    after_commit(delivering.wake)
    return sent


def send_again(delivery: WebhookDelivery, *, by: User) -> WebhookDelivery:
    """Send an event once more, under the id it had: whoever has it already knows it."""
    _require_live(delivery.webhook)
    if delivery.state in {DeliveryState.WAITING, DeliveryState.SENDING}:
        raise WebhookEnded(_("This event is on its way already."))
    delivery.state, delivery.next_at, delivery.n_attempts = DeliveryState.WAITING, clock.now(), 0
    forgive(delivery.webhook)
    audit.record_event("webhooks.event_sent_again", kind="webhook_delivery", ref=str(delivery.id), by=by)
    after_commit(delivering.wake)
    return delivery


def send_span_again(hook: Webhook, span: SpanDetails, *, by: User) -> int:
    """Send what happened in a span of time once more, each under the id it had; how many, at most 10,000 at once."""
    _require_live(hook)
    ids = queries.ids_in_span(hook, span.from_at, span.to_at, is_all=span.is_all)
    if not ids:
        raise WebhookRefused(
            _("Nothing of that time is to be sent again. Choose another time, or all events.")
        )
    again = sa.update(WebhookDelivery).where(WebhookDelivery.id.in_(ids))
    db.session.execute(
        again.values(state=DeliveryState.WAITING, next_at=clock.now(), n_attempts=0),
        execution_options={"audited": True, "synchronize_session": False},
    )
    forgive(hook)
    said = f"{len(ids)} events from {span.from_at.isoformat()} to {span.to_at.isoformat()}"
    audit.record_event("webhooks.events_sent_again", kind="webhook", ref=str(hook.id), by=by, reason=said)
    after_commit(delivering.wake)
    return len(ids)


def _require_live(hook: Webhook) -> None:
    if hook.state is WebhookState.ENDED:
        raise WebhookEnded(_("This webhook has ended. Make another one."))


def _tell_owner(hook: Webhook, by: User) -> None:
    """Nobody's rights are lent to a program without their knowing."""
    if hook.owner.id != by.id:
        words = _l(
            "%(who)s made the webhook %(name)s tell %(host)s of what you may read, in your name.",
            who=by.name, name=hook.name, host=hook.host,
        )  # fmt: skip
        notices.notify(words, user=hook.owner, urgency=Urgency.INFO, source=(SOURCE, hook.id), by=by)
