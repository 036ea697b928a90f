"""Writes about tokens of scripts: made for some time and some rights, revoked, told of before they end."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from app.accounts import audit, permissions, policies_tokens
from app.accounts.models import ApiToken, TokenScope, User
from app.accounts.signing_in import hash_secret, new_secret
from app.core import clock
from app.core.db import db


class NewToken(NamedTuple):
    """A new token; its secret is shown once."""

    token: ApiToken
    secret: str


def make_token(
    name: str, *, by: User, ends_on: date | None = None, scope: TokenScope = TokenScope.ALL, rights: Collection[str] = (),
) -> NewToken:  # fmt: skip
    """A bearer token that acts in one's own name, with one's own rights of the day it is used or fewer.

    It lasts 90 days unless another last day is chosen, a year ahead at most. Raises TokenRefused.
    """
    today = clock.today(by.zone)
    ends_on = ends_on or today + policies_tokens.USUAL
    policies_tokens.check_last_day(ends_on, today)
    policies_tokens.check_rights(scope, rights, permissions.rights_of(by))
    secret = new_secret()
    token = ApiToken(
        name=name, secret_hash=hash_secret(secret), user_id=by.id, scope=scope, rights=sorted(rights), ends_on=ends_on,
        made_at=clock.now(),
    )  # fmt: skip
    db.session.add(token)
    audit.record("accounts.token_made", token, by=by)
    return NewToken(token, secret)


def revoke_token(token: ApiToken, *, by: User | None) -> None:
    """Let nobody in with this token any more."""
    if token.revoked_at is not None:
        return
    before = audit.snapshot(token)
    token.revoked_at = clock.now()
    audit.record("accounts.token_revoked", token, by=by, before=before)


def note_warned(token: ApiToken, *, by: User | None) -> None:
    """Keep that the owner was told of the end, so that it is said once."""
    before = audit.snapshot(token)
    token.warned_at = clock.now()
    audit.record("accounts.token_end_told", token, by=by, before=before)
