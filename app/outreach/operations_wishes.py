"""Writing down what a person wants of contact by day and by channel; nothing else changes it (P4)."""

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm.attributes import flag_modified

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import check_version, db
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach import queries_wishes
from app.outreach.details_rhythm import ContactWishDetails
from app.outreach.models import Letter
from app.outreach.models_wishes import ChannelWish, ContactWish
from app.people import operations as person_operations
from app.people import queries as people
from app.people import queries_owners
from app.people.details import WishDetails
from app.people.models import Person


def set_contact_wishes(
    person: Person, details: ContactWishDetails, *, by: User | None, seen_version: int | None = None
) -> ContactWish:
    """Note the quiet days and the limits of channels a person asked for; what they said before is in the audit trail."""
    wish = queries_wishes.wish_of(person)
    before = audit.snapshot(wish) if wish else None
    if wish is None:
        wish = ContactWish(person_id=person.id)
        db.session.add(wish)
    else:
        check_version(wish, seen_version)
        flag_modified(wish, "said_on")  # a limit of a channel is a change of it too
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


def opt_out_by_letter(letter: Letter, *, by: User | None = None) -> bool:
    """The recipient of a letter wants no more of them, said by one click in their mail program; True the first time.

    Only the person says so, so `by` is nobody. Nothing else changes, and the owner of the relationship is told (P4).
    """
    person = people.get_person(letter.person_id, None)
    # Only columns of its own: PostgreSQL cannot lock what an outer join may leave empty.
    db.session.refresh(person, ["is_opted_out", "quiet_until_on", "version"], with_for_update=True)
    if person.is_opted_out:
        return False
    details = WishDetails(
        is_opted_out=True, quiet_until_on=person.quiet_until_on, reason=f"One click in the letter {letter.reference}."
    )  # fmt: skip
    person_operations.set_wishes(person, details, by=by)
    said = _l(
        "%(name)s wants no more letters: one click in the letter %(reference)s. What still waits in the outbox is stopped; do "
        "not write by another channel instead.",
        name=person.name, reference=letter.reference,
    )  # fmt: skip
    owner = queries_owners.standing_of(person).acting
    role = None if owner else Role.RELATIONS
    notices.notify(said, user=owner, role=role, urgency=Urgency.NOW, source=("people", person.id), by=by)
    return True


def _said(details: ContactWishDetails) -> str:
    """The wishes in one line, because limits of channels have rows of their own."""
    parts = [f"quiet on {', '.join(details.quiet_weekdays)}"] if details.quiet_weekdays else []
    for one in details.channels:
        if one.is_closed:
            parts.append(f"no {one.channel.value}")
        elif one.n_most is not None:
            parts.append(f"{one.channel.value} at most {one.n_most} in {one.n_days} days")
    return "; ".join([*parts, details.reason]).strip("; ")
