"""Decisions about feeds: who may have which, what a reader finds in one, the addresses apps open it by."""

from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from msgspec import Struct

from app.accounts import permissions
from app.accounts.models import User
from app.calendars.models import FeedKind
from app.core.errors import DomainError
from app.events.models import Audience


class AlreadyShared(DomainError):
    """The reader has this feed; its address cannot be shown a second time."""


class CannotShare(DomainError):
    """Somebody who may not have this feed."""


class FeedIsGone(DomainError):
    """A feed that was revoked before."""


# -- what a reader finds (R3) ------------------------------------------------------------------------

#: Sessions our experts are asked to; those for analysts, the press or staff are not in their feeds.
AUDIENCES_OF_PEOPLE = (Audience.ALL, Audience.EXPERT)


class Voice(StrEnum):
    """Whom a feed speaks to: it names what the reader does not know by being there."""

    STAFF = "staff"
    PERSON = "person"
    EXECUTIVE = "executive"


class Contents(Struct, frozen=True):
    """What one reader finds in one kind of feed.

    No feed holds an amount, a class of travel, a diet or a private note, whoever reads it: people share their calendars.
    Booking codes and rooms are in the feed of those who run an event, and only there; it ends soon after the event. A
    person's feed holds nobody else but the executive of a meeting.
    """

    voice: Voice
    has_events: bool = False
    #: None: the whole agenda, that of staff included.
    audiences: tuple[Audience, ...] | None = None
    has_meetings: bool = False
    has_travel: bool = False
    #: The driver's phone, for those who stand at the airport.
    has_phones: bool = False
    #: Booking codes and hotel rooms, for those who run the event.
    has_bookings: bool = False


#: What a user needs besides `calendars:read` to have a feed of a kind.
NEEDED = {
    FeedKind.EVENT: "events:read",
    FeedKind.PERSON: "people:read",
    FeedKind.EXECUTIVE: "executives:read",
    FeedKind.PROGRAM: "programs:read",
    FeedKind.COORDINATOR: "travel:write",
    FeedKind.MY_WORK: "calendars:read",
}


def may_have(user: User, kind: FeedKind) -> bool:
    """Whether the user's role, as it is now, carries feeds of this kind; what it may see in them comes on top."""
    return permissions.may(user, "calendars:read") and permissions.may(user, NEEDED[kind])


def contents_of_person() -> Contents:
    """What people find in their own feed: what they are part of, and nobody else."""
    return Contents(Voice.PERSON, True, AUDIENCES_OF_PEOPLE, has_meetings=True, has_travel=True)


def contents_of_agent() -> Contents:
    """What somebody of their agency reads at the door: the agenda and the journey; never time with executives (R3)."""
    return Contents(Voice.PERSON, True, AUDIENCES_OF_PEOPLE, has_travel=True)


def contents_for(kind: FeedKind, user: User | None) -> Contents:
    """What a user finds; None is a file without a reader: agenda and meetings, no travel.

    Travel of everybody at an event is for those who arrange it; a single person's also for those who may read it.
    """
    if user is None:
        return Contents(Voice.STAFF, has_events=True, has_meetings=kind is not FeedKind.PROGRAM)
    if kind is FeedKind.EXECUTIVE:
        return Contents(Voice.EXECUTIVE, has_meetings=True)
    arranges = permissions.may(user, "travel:write")
    has_events = permissions.may(user, "events:read")
    return Contents(
        voice=Voice.STAFF,
        has_events=has_events,
        audiences=AUDIENCES_OF_PEOPLE if kind is FeedKind.PERSON else None,
        has_meetings=kind is not FeedKind.PROGRAM and permissions.may(user, "executives:read"),
        has_travel=kind is not FeedKind.PROGRAM
        and permissions.may(user, "travel:read" if kind is FeedKind.PERSON else "travel:write"),
        has_phones=arranges,
        has_bookings=arranges and kind is FeedKind.COORDINATOR,
    )


#: The feed of those who run an event goes on for so long after it.
RUNS_ON = timedelta(days=7)


def runs_until(ends_at: datetime) -> datetime:
    """Until when those who run an event that ends then have its feed."""
    return ends_at + RUNS_ON


def has_ended(ends_at: datetime, now: datetime) -> bool:
    """Whether the feed of those who run an event that ends then is over."""
    return now > runs_until(ends_at)


# -- addresses ---------------------------------------------------------------------------------------


class Addresses(Struct, frozen=True):
    """The ways into one feed; each holds the secret, so they are shown once and stored nowhere."""

    https: str
    webcal: str
    google: str
    outlook: str
    #: Only programs on this machine can reach it: no TLS, so no address on the internet.
    is_local: bool


def addresses_of(base_url: str, secret: str, name: str) -> Addresses:
    """The address to copy, and the links for calendar programs.

    Google subscribes only when `cid` is a webcal address (calagator#556); Apple ignores webcals (nextcloud#2197).
    """
    address = f"{base_url}/calendar/{secret}.ics"
    webcal = "webcal://" + address.split("://", 1)[1]
    return Addresses(
        https=address,
        webcal=webcal,
        google=f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}",
        outlook="https://outlook.office.com/calendar/0/addfromweb"
        f"?url={quote(address, safe='')}&name={quote(name, safe='')}",
        is_local=not base_url.startswith("https://"),
    )
