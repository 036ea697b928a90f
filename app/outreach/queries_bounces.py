"""Reading what came back undelivered: by mail, by address (G5)."""

from collections.abc import Collection

import sqlalchemy as sa

from app.core.db import db
from app.outreach.models_outbox import Bounce


def dead_addresses(addresses: Collection[str]) -> dict[str, Bounce]:
    """Which of these addresses take no mail, in lower case, with what the server said last; one query."""
    wanted = sa.select(Bounce).where(
        Bounce.address.in_({address.lower() for address in addresses}), Bounce.is_permanent.is_(True),
        Bounce.lifted_at.is_(None),
    )  # fmt: skip
    return {bounce.address: bounce for bounce in db.session.scalars(wanted.order_by(Bounce.id))}


def dead_address(address: str) -> Bounce | None:
    """What the server said when an address took no mail; None while it does."""
    return dead_addresses([address]).get(address.lower())


def bounces_of(mail_ids: Collection[int]) -> dict[int, Bounce]:
    """The gravest thing a server said about each of these mails: given up goes before delayed; one query."""
    wanted = sa.select(Bounce).where(Bounce.mail_id.in_(mail_ids))
    found = db.session.scalars(wanted.order_by(Bounce.is_final, Bounce.id))
    return {bounce.mail_id: bounce for bounce in found}
