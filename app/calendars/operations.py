"""Handing out feeds, replacing their addresses, taking them back; and noting that a client came by."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.exc import OperationalError

from app.accounts import audit, duties
from app.accounts.models import User
from app.accounts.signing_in import hash_secret, new_secret
from app.calendars import policies, queries
from app.calendars.models import Feed, FeedKind
from app.core import clock
from app.core.db import db, side_transaction
from app.core.lines import one_line
from app.events import queries as events
from app.events.models import Event
from app.people.models import Person

log = structlog.get_logger()

#: "Last fetched" is written at most this often, so that fetching stays reading.
_NOTED_EVERY = timedelta(minutes=5)


class NewFeed(NamedTuple):
    """A feed and the secret of its address, which is shown now and never again."""

    feed: Feed
    secret: str


def share_feed(kind: FeedKind, target_id: int | None, *, by: User, has_cancelled: bool = True) -> NewFeed:
    """Give a user a feed of their own; NotFound when the calendar is not theirs to see, AlreadyShared."""
    queries.calendar_of(kind, target_id, by)
    target_id = None if kind is FeedKind.MY_WORK else target_id
    if queries.feed_of_user(by, kind, target_id) is not None:
        raise policies.AlreadyShared(
            _(
                "You have this calendar already. Its address is shown only once; if you lost it, make a new one."
            ),
            field="target",
        )
    feed = Feed(kind=kind, target_id=target_id, user_id=by.id, has_cancelled=has_cancelled)
    return _open(feed, "calendars.feed_shared", by=by)


def share_with_person(person: Person, *, by: User | None) -> NewFeed:
    """Give a person a feed of what they are part of; `by=None`: they made it themself. AlreadyShared, CannotShare."""
    if person.is_pseudonymous or person.merged_into_id is not None:
        raise policies.CannotShare(
            _("There is nobody behind %(person)s who could use a calendar.", person=person.name)
        )
    if queries.feed_of_person(person) is not None:
        raise policies.AlreadyShared(
            _(
                "%(person)s has a feed already. Its address is shown only once; make a new one if it is "
                "lost.",
                person=person.name,
            )
        )
    feed = Feed(kind=FeedKind.PERSON, target_id=person.id, person_id=person.id)
    return _open(feed, "calendars.feed_shared", by=by)


class HandedOut(Struct, frozen=True):
    """What sharing an event made: the feeds of people who had none, and the coordinator's own if it is new."""

    people: Sequence[tuple[Person, NewFeed]]
    own: NewFeed | None


def share_event(event: Event, *, by: User) -> HandedOut:
    """Give everybody who accepted a feed of their own, and `by` one of the event; who has one keeps it."""
    accepted = [invitation.person for invitation in events.list_accepted(event, by)]
    known = queries.feeds_of_people([person.id for person in accepted])
    made = [
        (person, share_with_person(person, by=by))
        for person in accepted
        if person.id not in known and person.merged_into_id is None
    ]
    own = None
    if queries.feed_of_user(by, FeedKind.EVENT, event.id) is None:
        own = share_feed(FeedKind.EVENT, event.id, by=by)
    audit.record(
        "calendars.event_shared", event, by=by, before=audit.snapshot(event), reason=f"{len(made)} people"
    )
    return HandedOut(made, own)


def rotate_feed(feed: Feed, *, by: User | None) -> NewFeed:
    """A new address for a feed; the old one leads nowhere from now on."""
    _end(feed, by=by)
    again = Feed(
        kind=feed.kind, target_id=feed.target_id, user_id=feed.user_id, person_id=feed.person_id,
        has_cancelled=feed.has_cancelled,
    )  # fmt: skip
    return _open(again, "calendars.feed_rotated", by=by)


def revoke_feed(feed: Feed, *, by: User | None) -> Feed:
    """Take a feed back: its address leads nowhere from now on. FeedIsGone when that was done before."""
    return _end(feed, by=by)


def keep_cancelled(feed: Feed, is_kept: bool, *, by: User | None) -> Feed:
    """Choose whether what is cancelled stays in a feed as such, or goes from it. FeedIsGone."""
    _require_live(feed)
    before = audit.snapshot(feed)
    feed.has_cancelled = is_kept
    audit.record("calendars.feed_changed", feed, by=by, before=before)
    return feed


def _open(feed: Feed, action: str, *, by: User | None) -> NewFeed:
    secret = new_secret()
    feed.secret_hash, feed.made_at, feed.made_by_id = hash_secret(secret), clock.now(), by.id if by else None
    db.session.add(feed)
    audit.record(action, feed, by=by)
    return NewFeed(feed, secret)


def _end(feed: Feed, *, by: User | None) -> Feed:
    _require_live(feed)
    before = audit.snapshot(feed)
    feed.revoked_at = clock.now()
    audit.record("calendars.feed_revoked", feed, by=by, before=before)
    return feed


def _end_with_login(user: User, by: User | None) -> None:
    """Whoever may not sign in any more reads no calendar either; coming back brings no old address back."""
    for row in queries.list_own(user):
        _end(row.feed, by=by)


duties.tell_when_leaving("calendars", _end_with_login)


def _require_live(feed: Feed) -> None:
    if feed.revoked_at is not None:
        raise policies.FeedIsGone(_("This feed was taken back already; its address leads nowhere."))


# -- fetching ----------------------------------------------------------------------------------------


def note_fetch(feed: Feed, client: str, digest: str) -> datetime | None:
    """Note who fetched a feed, and since when its bytes are these, which is given back (for Last-Modified).

    Written only when the bytes are new or the last note is five minutes old. Instants of change rise by a second at
    least, for the header counts in seconds. None when the database was busy with something else: then nothing is
    known for certain, and nothing is said.
    """
    now = clock.now()
    is_new = digest != feed.digest or feed.changed_at is None
    changed_at = feed.changed_at
    if is_new:
        changed_at = now.replace(microsecond=0)
        if feed.changed_at is not None:
            changed_at = max(changed_at, feed.changed_at + timedelta(seconds=1))
    if not is_new and feed.fetched_at is not None and now - feed.fetched_at < _NOTED_EVERY:
        return changed_at
    values = {
        "fetched_at": now,
        "fetched_by": one_line(client)[:200],
        "digest": digest,
        "changed_at": changed_at,
    }
    try:
        with side_transaction() as side:
            # Bookkeeping, not a business fact.
            side.execute(
                sa.update(Feed).where(Feed.id == feed.id).values(values), execution_options={"audited": True}
            )
    except OperationalError as trouble:
        log.warning("fetch_not_noted", error=str(trouble.orig))
        return None if is_new else changed_at
    return changed_at
