"""What a person reads about themselves under "my data": an allow-list, so that a new column of a table stays hidden."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from app.core import clock
from app.people import queries_representation
from app.people.languages import language_words
from app.people.models import Person, Representation
from app.portal import queries_door, queries_passkeys
from app.portal.models import Holder, PersonSession
from app.privacy import queries as privacy
from app.privacy.models import RequestKind, RequestState
from app.programs import queries_declared


class OwnChannel(Struct, frozen=True):
    """Where they publish; never how many read it."""

    platform: str
    handle: str
    language: str


class OwnRecord(Struct, frozen=True):
    """Who a person is to us, as they may correct it; nothing of what anybody thinks of them."""

    name: str
    email: str
    phone: str
    home_country: str
    zone: str
    languages: Sequence[str]
    known_for: str
    known_among: str
    channels: Sequence[OwnChannel]
    work: Sequence[str]


def record_of(person: Person) -> OwnRecord:
    """As it stands."""
    today = clock.today(person.zone)
    return OwnRecord(
        name=person.name, email=person.email, phone=person.phone, home_country=person.home_country or "", zone=person.zone,
        languages=[language_words(tag) for tag in person.languages], known_for=person.known_for,
        known_among=person.known_among,
        channels=[
            OwnChannel(one.platform_name, one.handle, one.language)
            for one in person.channels
            if not one.is_over(today)
        ],
        work=[
            one.organisation.name
            for one in person.affiliations
            if one.from_on <= today and (one.to_on is None or one.to_on >= today)
        ],
    )  # fmt: skip


class OwnAgent(Struct, frozen=True):
    """Who speaks for them, since when."""

    id: int
    name: str
    from_on: date


def agents_of(person: Person) -> list[OwnAgent]:
    """The agencies that speak for a person now."""
    return [OwnAgent(one.id, one.organisation.name, one.from_on) for one in _speaking(person)]


def find_agent(person: Person, id: int) -> Representation | None:
    """One of theirs that lasts; None for every other number."""
    return next((one for one in _speaking(person) if one.id == id), None)


def _speaking(person: Person) -> list[Representation]:
    now = clock.now()
    return [one for one in queries_representation.list_representations(person) if one.holds_at(now)]


class OwnVisit(Struct, frozen=True):
    """A browser in which they are at home."""

    id: int
    device: str
    since: datetime
    until: datetime
    is_here: bool


def list_visits(holder: Holder, here: PersonSession | None) -> list[OwnVisit]:
    """Their browsers, this one first."""
    rows = [
        OwnVisit(one.id, one.device, one.made_at, one.expires_at, here is not None and one.id == here.id)
        for one in queries_door.list_visits(holder)
    ]
    return sorted(rows, key=lambda row: not row.is_here)


def find_visit(holder: Holder, id: int) -> PersonSession | None:
    """One of their browsers; None for every other number."""
    return next((one for one in queries_door.list_visits(holder) if one.id == id), None)


class OwnPasskey(Struct, frozen=True):
    """A passkey of theirs: where it was made, and when it was used last."""

    id: int
    device: str
    made_at: datetime
    used_at: datetime | None


def list_passkeys(person: Person) -> list[OwnPasskey]:
    """Theirs, the oldest first."""
    rows = queries_passkeys.list_passkeys(person)
    return [OwnPasskey(one.id, one.device, one.made_at, one.used_at) for one in rows]


class OwnRequest(Struct, frozen=True):
    """A wish to be erased that waits, and by when it is answered."""

    asked_on: date
    due_on: date


def erasure_of(person: Person) -> OwnRequest | None:
    """The open one, if there is any."""
    for one in privacy.list_requests_of(person):
        if one.kind is RequestKind.ERASURE and one.state is RequestState.OPEN:
            return OwnRequest(one.received_on, one.due_on)
    return None


class OwnFacet(Struct, frozen=True):
    """Something they may say of themselves, or not. What they said is not here: nobody sees it, not even at this door (P7)."""

    id: int
    name: str
    purpose: str
    choices: Sequence[str]
    n_keep_days: int


def list_facets() -> list[OwnFacet]:
    """What is offered."""
    return [
        OwnFacet(one.id, one.name, one.purpose, tuple(one.choices), one.n_keep_days)
        for one in queries_declared.list_facets()
    ]
