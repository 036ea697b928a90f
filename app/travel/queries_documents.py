"""Reading documents: each list as it is now with its marks, what has changed since it was sent, what was sent to whom (T5)."""

from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.events.models import Event, Invitation, InvitationState, Session
from app.events.models_agenda import Appearance
from app.events.queries_parity import FOR_OURS
from app.people.models import Person
from app.people.queries import records_of
from app.travel import manifests, policies_documents, queries_needs
from app.travel.manifests import Listing, Mark
from app.travel.models import Trip
from app.travel.models_documents import DocumentKind, TravelDocument, TravelDocumentLine
from app.travel.policies_documents import Before
from app.travel.queries import list_trips

#: Lists of a whole event, or of a part of it.
LISTS = (
    DocumentKind.ARRIVALS, DocumentKind.DEPARTURES, DocumentKind.ROOMING, DocumentKind.TRANSFERS, DocumentKind.MEALS,
)  # fmt: skip


class Standing(Struct, frozen=True):
    """One list on the page of documents: how long it is, when it was sent last, what has changed since."""

    listing: Listing
    last: TravelDocument | None

    @property
    def is_changed(self) -> bool:
        return self.last is not None and self.last.fingerprint != self.listing.fingerprint

    def count(self, mark: Mark) -> int:
        """How many lines bear a mark."""
        return self.listing.count(mark)

    @property
    def n_changed(self) -> int:
        return sum(self.count(mark) for mark in Mark)

    @property
    def n_not_booked(self) -> int:
        return self.listing.n_not_booked

    @property
    def n_rows(self) -> int:
        return len(self.listing.rows) - self.count(Mark.CANCELLED)


def listing_of(event: Event, kind: DocumentKind, about: str, by: User | None) -> Standing:
    """One list as it is now, marked against what was sent last; NotFound for a hotel in which nobody sleeps."""
    trips = list_trips(by, event=event)
    if kind is DocumentKind.ROOMING and about not in _abouts(event, trips):
        raise NotFound(_("Nobody sleeps at this hotel, and no list was sent to it."))
    return _standing(event, kind, about, trips, _lasts(event), by)


def list_standing(event: Event, by: User | None) -> list[Standing]:
    """Every list of an event, a rooming list per hotel; the number of queries depends on neither people nor hotels."""
    trips, lasts = list_trips(by, event=event), _lasts(event)
    found = []
    for kind in LISTS:
        abouts = _abouts(event, trips) if kind is DocumentKind.ROOMING else [""]
        found += [_standing(event, kind, about, trips, lasts, by) for about in abouts]
    return found


def _abouts(event: Event, trips: Sequence[Trip]) -> list[str]:
    """Hotels in which somebody sleeps, and those that hold a list with somebody on it."""
    told = sa.select(TravelDocument.about).where(
        TravelDocument.event_id == event.id, TravelDocument.kind == DocumentKind.ROOMING
    )
    return sorted({*manifests.hotels(trips), *db.session.scalars(told)})


class _Last(Struct, frozen=True):
    document: TravelDocument
    lines: Sequence[Before]


def _lasts(event: Event) -> dict[tuple[DocumentKind, str], _Last]:
    """What was sent last of each list of an event, with its lines, in two queries."""
    newest = (
        sa.select(sa.func.max(TravelDocument.id))
        .where(TravelDocument.event_id == event.id, TravelDocument.kind.in_(LISTS))
        .group_by(TravelDocument.kind, TravelDocument.about)
    )
    documents = db.session.scalars(
        sa.select(TravelDocument)
        .where(TravelDocument.id.in_(newest))
        .options(joinedload(TravelDocument.mail))
    ).all()
    wanted = (
        sa.select(TravelDocumentLine, Person.name)
        .join(Trip, Trip.id == TravelDocumentLine.trip_id)
        .join(Person, Person.id == Trip.person_id)
        .where(TravelDocumentLine.document_id.in_([one.id for one in documents]))
        .order_by(TravelDocumentLine.id)
    )
    lines: dict[int, list[Before]] = {}
    for line, name in db.session.execute(wanted):
        lines.setdefault(line.document_id, []).append(
            Before(line.part_id, line.trip_id, line.fingerprint, line.said, name)
        )
    return {(one.kind, one.about): _Last(one, lines.get(one.id, [])) for one in documents}


def _standing(
    event: Event, kind: DocumentKind, about: str, trips: Sequence[Trip], lasts: dict[tuple[DocumentKind, str], _Last],
    by: User | None,
) -> Standing:  # fmt: skip
    make = {
        DocumentKind.ARRIVALS: partial(manifests.arrivals, event, trips),
        DocumentKind.DEPARTURES: partial(manifests.departures, event, trips),
        DocumentKind.ROOMING: partial(manifests.rooms, event, trips, about),
        DocumentKind.TRANSFERS: partial(manifests.cars, event, trips),
        DocumentKind.MEALS: partial(queries_needs.counts, event, by),
    }
    last = lasts.get((kind, about))
    # Hotels, drivers and caterers read English, and a list says the same whoever of us makes it.
    with force_locale("en"):
        listing = make[kind]()
        # What is only counted has no lines to be held against.
        before = last.lines if last is not None and kind is not DocumentKind.MEALS else None
        return Standing(policies_documents.marked(listing, before), last.document if last else None)


# -- the agenda of one traveller -----------------------------------------------------------------------


def of_traveller(trip: Trip) -> sa.ColumnElement[bool]:
    """Sessions a traveller takes part in: what is open to our people, and where they are on stage themself.

    Nothing for the press, analysts or staff alone, and nothing while their invitation is not accepted.
    """
    records = records_of(trip.person)
    is_coming = sa.exists().where(
        Invitation.event_id == trip.event_id, Invitation.person_id.in_(records), Invitation.state == InvitationState.ACCEPTED
    )  # fmt: skip
    return sa.and_(
        Session.event_id == trip.event_id,
        is_coming,
        sa.or_(Session.audience.in_(FOR_OURS), Session.id.in_(_staged(trip))),
    )


def _staged(trip: Trip) -> sa.Select[int]:
    return sa.select(Appearance.session_id).where(Appearance.person_id.in_(records_of(trip.person)))


class OwnSession(Struct, frozen=True):
    """A session one traveller takes part in."""

    session: Session
    is_on_stage: bool


def sessions_of(trip: Trip) -> list[OwnSession]:
    """The agenda of one traveller by begin, without what is called off; one query."""
    wanted = (
        sa.select(Session, Session.id.in_(_staged(trip)))
        .where(of_traveller(trip), Session.is_cancelled.is_(False))
        .order_by(Session.starts_at, Session.id)
    )
    return [OwnSession(session, bool(is_on_stage)) for session, is_on_stage in db.session.execute(wanted)]


# -- what was sent -------------------------------------------------------------------------------------


def list_sent(event: Event, *, trip: Trip | None = None, limit: int = 200) -> Sequence[TravelDocument]:
    """What left the house for an event, or for one traveller, the latest first."""
    wanted = sa.select(TravelDocument).where(TravelDocument.event_id == event.id)
    if trip is not None:
        wanted = wanted.where(TravelDocument.trip_id == trip.id)
    loaded = (
        joinedload(TravelDocument.mail), joinedload(TravelDocument.trip).joinedload(Trip.person),
    )  # fmt: skip
    return db.session.scalars(wanted.options(*loaded).order_by(TravelDocument.id.desc()).limit(limit)).all()


def last_itineraries(event: Event) -> dict[int, TravelDocument]:
    """The itinerary each traveller was sent last, by trip."""
    wanted = sa.select(TravelDocument).where(
        TravelDocument.event_id == event.id, TravelDocument.kind == DocumentKind.ITINERARY
    )
    return {row.trip_id or 0: row for row in db.session.scalars(wanted.order_by(TravelDocument.id))}


def last_address(event: Event, kind: DocumentKind, about: str) -> tuple[str, str]:
    """To whom this list went last, and at which address: whoever gets it mostly gets it again."""
    wanted = (
        sa.select(TravelDocument.recipient, TravelDocument.address)
        .where(
            TravelDocument.event_id == event.id, TravelDocument.kind == kind, TravelDocument.about == about
        )
        .order_by(TravelDocument.id.desc())
        .limit(1)
    )
    found = db.session.execute(wanted).one_or_none()
    return (found[0], found[1]) if found else ("", "")
