"""Notices, made as rooms make them."""

from app.accounts.models import Role, User
from app.core.db import transaction
from app.notices import operations
from app.notices.models import Notice, Urgency


def notice(
    message: str = "A cap was crossed.", *, role: Role | None = None, user: User | None = None,
    urgency: Urgency = Urgency.SOON, source: tuple[str, int] | None = None,
) -> Notice:  # fmt: skip
    """A notice to a user or a role; to compliance when neither is given."""
    with transaction():
        to_role = role or (None if user else Role.COMPLIANCE)
        return operations.notify(message, role=to_role, user=user, urgency=urgency, source=source)
