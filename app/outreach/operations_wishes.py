"""Writing down what a person wants of contact by day and by channel; nothing else changes it (P4)."""

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.outreach import queries_wishes
from app.outreach.details_rhythm import ContactWishDetails
from app.outreach.models_wishes import ChannelWish, ContactWish
from app.people.models import Person


def set_contact_wishes(person: Person, details: ContactWishDetails, *, by: User | None) -> ContactWish:
    """Note the quiet days and the limits of channels a person asked for; what they said before is in the audit trail."""
    wish = queries_wishes.wish_of(person)
    before = audit.snapshot(wish) if wish else None
    if wish is None:
        wish = ContactWish(person_id=person.id)
        db.session.add(wish)
    wish.quiet_weekdays, wish.reason = list(details.quiet_weekdays), details.reason
    wish.said_on = clock.today()
    known = queries_wishes.channel_wishes_of(person)
    for said in details.channels:
        row = known.pop(said.channel, None) or ChannelWish(person_id=person.id, channel=said.channel)
        row.is_closed, row.n_most, row.n_days = said.is_closed, said.n_most, said.n_days
        db.session.add(row)
        if said.is_empty:
            known[said.channel] = row
    db.session.flush()
    gone = [row.id for row in known.values()]
    db.session.execute(
        sa.delete(ChannelWish).where(ChannelWish.id.in_(gone)), execution_options={"audited": True}
    )
    audit.record("outreach.contact_wishes_set", wish, by=by, before=before, reason=_said(details))
    return wish


def _said(details: ContactWishDetails) -> str:
    """The wishes in one line, because limits of channels have rows of their own."""
    parts = [f"quiet on {', '.join(details.quiet_weekdays)}"] if details.quiet_weekdays else []
    for one in details.channels:
        if one.is_closed:
            parts.append(f"no {one.channel.value}")
        elif one.n_most is not None:
            parts.append(f"{one.channel.value} at most {one.n_most} in {one.n_days} days")
    return "; ".join([*parts, details.reason]).strip("; ")
