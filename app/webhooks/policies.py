"""Decisions about webhooks: who hears what, what is signed, when it is tried again; values in, verdict out."""

import base64
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask_babel import gettext as _

from app.accounts import permissions
from app.accounts.models import User
from app.core.errors import DomainError
from app.webhooks.catalogue import KINDS, EventKind

#: The format of a message; a new one is a new number.
FORMAT: Final = 1
#: Pauses after the first, second ... failed attempt (standardwebhooks.com), in all three days; then it is a dead letter.
PAUSES: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
#: Each pause is this much longer or shorter, so that what failed together does not come back together.
JITTER: Final = 0.1
#: A server is never left alone for longer because it asked so.
LONGEST_REST: Final = timedelta(hours=24)
#: So long nothing at all is sent to a server after its first, second ... failure in a row, whatever waits for it.
RESTS: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 30, 120, 300))
#: A webhook that has only failed for so long is paused, and the administrators are told.
GIVEN_UP_AFTER: Final = timedelta(days=5)
#: After a new secret was made, the one before it signs too for so long.
OVERLAP: Final = timedelta(hours=24)
#: At most so many are sent again at one press.
MOST_AT_ONCE: Final = 10_000
#: The right to have webhooks at all: roles that see only some people, or some calendars, have none.
OWNING: Final = "webhooks:read"
#: "Gone": the server wants to hear no more.
GONE: Final = 410
_PREFIX: Final = "whsec_"


class WebhookRefused(DomainError):
    """A webhook that cannot be as it was asked for."""


class WebhookEnded(DomainError):
    """Something was asked of a webhook that has ended, or waits."""

    status = 409


# -- who may hear what ---------------------------------------------------------------------------------------


def may_hear(owner: User, kind: EventKind | None) -> bool:
    """Whether a kind may be told to this owner now: a login, a role that may have webhooks, the right to read such things."""
    return (
        kind is not None
        and permissions.may(owner, OWNING)
        and permissions.may(owner, kind.permission)
    )  # fmt: skip


def kinds_for(owner: User) -> list[EventKind]:
    """The kinds that may be offered to an owner."""
    return [kind for kind in KINDS.values() if may_hear(owner, kind)]


def check_kinds(owner: User, names: Sequence[str]) -> None:
    """Refuse an owner who may have none, and kinds the owner may not read. Raises WebhookRefused."""
    if not permissions.may(owner, OWNING):
        raise WebhookRefused(
            _(
                "%(name)s cannot own a webhook: the role sees only a part of the people, or the login is closed.",
                name=owner.name,
            )
        )
    refused = sorted(name for name in names if not may_hear(owner, KINDS.get(name)))
    if refused:
        raise WebhookRefused(
            _(
                "%(name)s may not read what these are about: %(kinds)s. Leave them out or choose another owner.",
                name=owner.name,
                kinds=", ".join(refused),
            ),
            field="kinds",
        )


# -- the message -----------------------------------------------------------------------------------------------


def message(
    ref: str,
    kind: EventKind,
    *,
    occurred_at: datetime,
    object_id: int,
    object_version: int | None,
    base_url: str,
) -> bytes:
    """What is sent: numbers, names of kinds and an address to ask, the same bytes each time."""
    link = f"{base_url}/api/v1{kind.path.format(id=object_id)}" if kind.path else None
    said: dict[str, Any] = {
        "id": ref, "type": kind.name, "version": FORMAT, "occurred_at": occurred_at.astimezone(UTC).isoformat(),
        "object": {"kind": kind.object_kind, "id": object_id, "version": object_version, "link": link},
    }  # fmt: skip
    return json.dumps(said, separators=(",", ":")).encode()


def new_secret() -> str:
    """A secret as Standard Webhooks writes it: 32 random bytes in base64 behind a prefix."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed(body: bytes, ref: str, at: datetime, keys: Sequence[str]) -> Mapping[str, str]:
    """The headers of Standard Webhooks; one signature for each secret, the newest first."""
    seconds = str(int(at.timestamp()))
    covered = b".".join((ref.encode(), seconds.encode(), body))
    return {
        "webhook-id": ref, "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{_signature(key, covered)}" for key in keys),
    }  # fmt: skip


def _signature(secret: str, covered: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.digest(key, covered, "sha256")).decode()


# -- trying again ------------------------------------------------------------------------------------------------


def pause_after(n_attempts: int, spread: float, *, retry_after: int = 0) -> timedelta | None:
    """How long to wait after the n-th attempt failed; None when it was the last. `spread` is drawn from -1 to 1."""
    if n_attempts > len(PAUSES):
        return None
    pause = PAUSES[n_attempts - 1] * (1 + JITTER * spread)
    return max(pause, min(timedelta(seconds=retry_after), LONGEST_REST))


def rest_after(n_failures: int, *, retry_after: int = 0) -> timedelta:
    """How long a server that failed `n_failures` times in a row is left alone."""
    rest = RESTS[min(max(n_failures, 1), len(RESTS)) - 1]
    return max(rest, min(timedelta(seconds=retry_after), LONGEST_REST))


def is_given_up(failing_since: datetime | None, now: datetime) -> bool:
    """Whether a webhook has failed for so long that somebody must look at it."""
    return failing_since is not None and now - failing_since >= GIVEN_UP_AFTER


def why_not_taken(status: int) -> str:
    """What is written down about an answer that is no thanks; empty for one that is."""
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return str(
            _(
                "The server sends us elsewhere (%(status)s). Give the webhook the final address.",
                status=status,
            )
        )
    return str(_("The server answered %(status)s.", status=status))
