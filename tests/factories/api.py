"""Bearer tokens for the interface."""

from app.accounts import operations_tokens
from app.accounts.models import User
from app.core.db import db, transaction


def headers(user: User) -> dict[str, str]:
    """A request of this user, by a token made for it."""
    with transaction():
        made = operations_tokens.make_token("test", by=db.session.merge(user))
    return {"Authorization": f"Bearer {made.secret}"}
