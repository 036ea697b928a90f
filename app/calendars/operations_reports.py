"""Telling somebody who can mend it that an item is left out of a feed because no calendar could show it."""

import hashlib

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import OperationalError

from app.accounts import audit
from app.accounts.models import Role, User
from app.calendars.models import Feed, FeedKind
from app.core.db import db, transaction
from app.core.ics import Skipped
from app.events.models import Event
from app.events.queries_coordinators import coordinator_of
from app.notices import operations as notices

log = structlog.get_logger()

_OF_EVENT = {FeedKind.EVENT, FeedKind.COORDINATOR}
_ROOMS = {FeedKind.PERSON: "people", FeedKind.EXECUTIVE: "executives", FeedKind.PROGRAM: "programs"}


def report_if_new(feed: Feed, skipped: tuple[Skipped, ...]) -> None:
    """Report what a feed had to leave out unless that was reported before; fetching goes on when the database is busy."""
    if _digest(skipped) == feed.left_out:
        return
    try:
        with transaction():
            report_left_out(db.session.get_one(Feed, feed.id), skipped)
    except OperationalError as trouble:
        log.warning("left_out_not_reported", error=str(trouble.orig))


def report_left_out(feed: Feed, skipped: tuple[Skipped, ...], *, by: User | None = None) -> Feed:
    """Tell the event's coordinator, else whoever reads or hands out the feed, what is left out of it and why."""
    before = audit.snapshot(feed)
    feed.left_out = _digest(skipped)
    user, source = _whom(feed)
    for one in skipped:
        said = _l(
            "Left out of calendars, because none can show it: %(reason)s Put it right, and it is in again.",
            reason=one.reason,
        )
        notices.notify(said, user=user, role=None if user else Role.COORDINATOR, source=source, by=by)
    audit.record("calendars.left_out_reported", feed, by=by, before=before)
    return feed


def _whom(feed: Feed) -> tuple[User | None, tuple[str, int]]:
    """Who can mend it (None: any coordinator), and the page to do it from."""
    own = ("calendars", feed.id)
    if feed.target_id is not None and feed.kind in _OF_EVENT:
        event = db.session.get_one(Event, feed.target_id)
        return coordinator_of(event), ("events", event.id)
    if feed.kind is FeedKind.MY_WORK and feed.user is not None:
        return feed.user, own
    if feed.target_id is not None and feed.kind in _ROOMS:
        return None, (_ROOMS[feed.kind], feed.target_id)
    return None, own


def _digest(skipped: tuple[Skipped, ...]) -> str:
    return hashlib.sha256(repr(sorted(skipped)).encode()).hexdigest() if skipped else ""
