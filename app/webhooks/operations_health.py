"""What follows from how a server answers: left alone for a while, paused when it only fails, ended when it wants no more."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db
from app.notices import operations as notices
from app.notices.models import Urgency
from app.webhooks import policies
from app.webhooks.catalogue import known_kind
from app.webhooks.models import DeliveryState, Webhook, WebhookDelivery, WebhookState
from app.webhooks.queries import count_waiting

#: Where notices about a webhook lead.
SOURCE = "webhooks"


def note_success(hook: Webhook) -> None:
    """It answered: nothing is held against it any more."""
    if hook.n_failures or hook.rest_until_at is not None:
        _write(hook, failing_since_at=None, n_failures=0, rest_until_at=None)


def note_failure(hook: Webhook, retry_after: int, *, by: User | None) -> None:
    """It did not take an event: it is left alone for a while, and paused when it has only failed for long."""
    now = clock.now()
    rest: timedelta = policies.rest_after(hook.n_failures + 1, retry_after=retry_after)
    _write(
        hook, failing_since_at=hook.failing_since_at or now, n_failures=hook.n_failures + 1, rest_until_at=now + rest
    )  # fmt: skip
    if hook.state is WebhookState.ACTIVE and policies.is_given_up(hook.failing_since_at, now):
        before = audit.snapshot(hook)
        hook.state = WebhookState.PAUSED
        hook.why = _("It took nothing for %(n)s days.", n=policies.GIVEN_UP_AFTER.days)
        audit.record("webhooks.webhook_given_up", hook, by=by, before=before)
        _tell(
            hook,
            _l(
                "The webhook %(name)s took nothing for %(n)s days, so it is paused. What it was to be told waits until somebody"
                " lets it go on.",
                name=hook.name,
                n=policies.GIVEN_UP_AFTER.days,
            ),
        )


def end_as_gone(hook: Webhook, *, by: User | None) -> None:
    """The server said that it wants to hear no more."""
    if hook.state is WebhookState.ENDED:
        return
    before = audit.snapshot(hook)
    close(hook, _("The server said that it wants to hear no more (410)."))
    audit.record("webhooks.webhook_gone", hook, by=by, before=before)
    _tell(
        hook,
        _l(
            "The server of the webhook %(name)s wants to hear no more, so it has ended. Make another one if that was a mistake.",
            name=hook.name,
        ),
    )


def close(hook: Webhook, why: str) -> None:
    """End a webhook in the open transaction: its address and secrets go, and what waits is not sent."""
    now = clock.now()
    hook.state, hook.why, hook.ended_at = WebhookState.ENDED, why, now
    hook.secret_address = hook.secret = hook.former_secret = ""
    hook.former_until_at = None
    withhold = sa.update(WebhookDelivery).where(
        WebhookDelivery.webhook_id == hook.id, WebhookDelivery.state == DeliveryState.WAITING
    )
    db.session.execute(
        withhold.values(state=DeliveryState.WITHHELD, last_error=_("The webhook has ended.")),
        execution_options={"audited": True},
    )


def tell_of_lost_rights(owner: User, *, by: User | None) -> None:
    """Tell the administrators which webhooks want what their owner may not read any more."""
    live = sa.select(Webhook).where(Webhook.owner_id == owner.id, Webhook.state != WebhookState.ENDED)
    for hook in db.session.scalars(live.order_by(Webhook.id)).all():
        lost = [name for name in hook.kinds if not policies.may_hear(owner, known_kind(name))]
        if lost:
            words = _l(
                "The webhook %(name)s is in the name of %(owner)s, who may not read this any more: %(kinds)s. Nothing of it is"
                " sent until the webhook has another owner.",
                name=hook.name, owner=owner.name, kinds=", ".join(lost),
            )  # fmt: skip
            notices.notify(words, role=Role.ADMIN, source=(SOURCE, hook.id), by=by)


def withhold_waiting() -> int:
    """Send nothing of what waits, in the open transaction; how many events that were. A person may send them again."""
    waits = WebhookDelivery.state.in_([DeliveryState.WAITING, DeliveryState.SENDING])
    n_waiting = count_waiting()
    db.session.execute(
        sa.update(WebhookDelivery)
        .where(waits)
        .values(
            state=DeliveryState.WITHHELD,
            last_error=_("It waited when this house was put back from a backup."),
        ),
        execution_options={"audited": True},
    )
    return n_waiting


def forgive(hook: Webhook) -> None:
    """Hold no earlier failure against it."""
    _write(hook, failing_since_at=None, n_failures=0, rest_until_at=None)


def _write(hook: Webhook, **values: Any) -> None:
    """Past the version of the row: how a server answers is no change to what somebody edits."""
    table = sa.update(Webhook.__table__).where(Webhook.__table__.c.id == hook.id)  # type: ignore[arg-type]
    db.session.flush()
    db.session.execute(table.values(**values), execution_options={"audited": True})
    db.session.expire(hook, list(values))


def _tell(hook: Webhook, words: str) -> None:
    notices.notify(words, role=Role.ADMIN, urgency=Urgency.NOW, source=(SOURCE, hook.id))
    if hook.owner.is_active and hook.owner.role is not Role.ADMIN:
        notices.notify(words, user=hook.owner, source=(SOURCE, hook.id))
