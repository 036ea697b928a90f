"""T5: lists with their marks, itineraries in the traveller's language and zone, and what was sent to whom."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core import clock, mail
from app.core.db import db, transaction
from app.core.models import MailState, OutboxMail
from app.core.sheets import read_csv, read_xlsx
from app.events import operations as agenda
from app.events.models import Audience, RecordTerms
from app.ledger import operations as book
from app.ledger.details import SharedCostDetails
from app.ledger.details_offers import OfferDetails
from app.ledger.models import Category
from app.outreach.models import Touch, TouchKind
from app.people import operations_hospitality
from app.people.details import HospitalityDetails
from app.travel import (
    calendar_files,
    exports_documents,
    itinerary,
    manifests,
    operations,
    policies_documents,
    queries_documents,
    queries_meals,
)
from app.travel.details_sensitive import VisaLetterDetails
from app.travel.manifests import Mark
from app.travel.models import RoomType, Trip
from app.travel.models_documents import DocumentKind, SentHow, TravelDocument, TravelDocumentLine
from app.travel.models_sensitive import VisaLetter
from app.travel.queries_sensitive import letter_facts
from tests.conftest import fresh
from tests.factories import events, ledger, papers
from tests.factories import travel as make

SignIn = Callable[..., FlaskClient]

HOTEL = "The Meridian Wharf"
ROOMING = DocumentKind.ROOMING


@pytest.fixture
def trip(app: Flask) -> Iterator[Trip]:
    """Jack's, from Sydney: flights both ways, four nights, a car from the airport."""
    with clock.fixed_at(make.BOOKING_DAY):
        ledger.treasury_rates()
        make.house_rules()
        jack = events.enrolled(
            event := events.event(), "Jack", zone="Australia/Sydney", email="jack@voices.example"
        )
        made = make.trip(events.accepted(event, person=jack))
        there = make.leg(made, arrives_terminal="Terminal 3")
        make.leg(made, **dict(make.home_details(fare_leg_id=there.id)))
        make.stay(made, room_type=RoomType.DOUBLE)
        make.transfer(made, leg_id=there.id, vehicle="Van 2", seats=6)
        yield made


def another(of: Trip, name: str, **stay: Any) -> Trip:
    """The trip of another guest of the same event, with a stay."""
    made = make.trip(events.accepted(db.session.merge(of).event, name))
    make.stay(made, **stay)
    return made


def standing(of: Trip, kind: DocumentKind = ROOMING, about: str = HOTEL) -> queries_documents.Standing:
    db.session.expire_all()
    return queries_documents.listing_of(fresh(of).event, kind, about if kind is ROOMING else "", None)


def marks(of: Trip) -> dict[str, tuple[Mark | None, str]]:
    return {row.cells["person"]: (row.mark, row.was) for row in standing(of).listing.rows}


def pages(pdf: bytes) -> str:
    """The words of a PDF on one line, as a reader sees them."""
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


# -- what a list says -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "zone", "home", "expected"),
    [
        (datetime(2026, 10, 14, 9, 30, tzinfo=UTC), "Europe/London", "Australia/Sydney", ("10:30", "20:30 Sydney")),
        (datetime(2026, 10, 21, 8, 0, tzinfo=UTC), "Europe/London", "Australia/Sydney", ("09:00", "19:00 Sydney")),
        (datetime(2026, 10, 28, 9, 0, tzinfo=UTC), "Europe/London", "Australia/Sydney", ("09:00", "20:00 Sydney")),
        (datetime(2026, 10, 11, 18, 10, tzinfo=UTC), "Europe/London", "Australia/Sydney", ("19:10", "05:10 Sydney 12 Oct")),
        (datetime(2026, 10, 14, 9, 30, tzinfo=UTC), "Europe/London", "Europe/London", ("10:30", "")),
        (datetime(2026, 10, 14, 9, 30, tzinfo=UTC), "Europe/London", "Africa/Lagos", ("10:30", "")),
        (datetime(2026, 12, 14, 9, 30, tzinfo=UTC), "Europe/London", "Africa/Lagos", ("09:30", "10:30 Lagos")),
        (datetime(2026, 10, 14, 9, 30, tzinfo=UTC), "Europe/London", "Asia/Kathmandu", ("10:30", "15:15 Kathmandu")),
    ],
)  # fmt: skip
def test_times_with_the_time_at_home_beside_them(
    at: datetime, zone: str, home: str, expected: tuple[str, str]
) -> None:
    """J5.4: 10:30 London is 20:30 Sydney; the weekly call moves by an hour when London's summer ends."""
    assert (manifests.clock_of(at, zone), manifests.beside(at, zone, home)) == expected


def test_arrivals_by_hour_with_terminal_flight_and_car(trip: Trip) -> None:
    (row,) = standing(trip, DocumentKind.ARRIVALS).listing.rows
    assert row.group == "11 Oct 2026, 19:00–20:00 · 1 person"
    assert dict(row.cells) == {
        "time": "19:10", "home": "05:10 Sydney 12 Oct", "person": "Jack", "flight": "Southern Cross Airways SX1",
        "way": "Sydney (SYD)", "where": "London (LHR), Terminal 3", "car": "20:10",
    }  # fmt: skip


def estimated(of: Trip, name: str) -> Trip:
    """The trip of another guest, whose flights both ways are asked about and not booked; the fare is one."""
    made = make.trip(events.accepted(db.session.merge(of).event, name))
    there = make.leg(made, is_estimate=True)
    make.leg(made, **dict(make.home_details(fare_leg_id=there.id)))
    return made


def test_what_is_not_booked_is_marked_and_counted_apart(trip: Trip, signed_in: SignIn) -> None:
    """T1, T5: in words in every format, also the way home under the same fare; hours count it apart."""
    estimated(trip, "Ana")
    for kind in (DocumentKind.ARRIVALS, DocumentKind.DEPARTURES):
        listing = standing(trip, kind).listing
        assert {row.cells["person"]: row.cells.get("booking", "") for row in listing.rows} == {
            "Jack": "",
            "Ana": "not booked",
        }
        assert {row.group.partition(" · ")[2] for row in listing.rows} == {"2 people, 1 not booked"}
        assert dict(listing.totals) == {"People": 2, "Of them not booked": 1}
    ruth, base = signed_in(events.ruth()), f"/travel/events/{trip.event_id}/documents"
    assert "1 not booked" in ruth.get(base).get_data(as_text=True)
    assert "1 not booked" in ruth.get(f"{base}/arrivals/send").get_data(as_text=True)
    sheet = [line.values for line in read_xlsx(io.BytesIO(ruth.get(f"{base}/arrivals.xlsx").data))]
    assert [("Ana" in line.values(), "not booked" in line.values()) for line in sheet] == [
        (True, True),
        (False, False),
    ]
    text = pages(ruth.get(f"{base}/arrivals.pdf").data)
    assert "2 people, 1 not booked" in text
    assert text.count("NOT BOOKED") == 1


def test_a_booking_amends_the_line_and_only_that_one(trip: Trip) -> None:
    """T5: "was ... not booked"; a list with nothing open has no word about bookings."""
    ana = estimated(trip, "Ana")
    papers.sent(trip, DocumentKind.ARRIVALS)
    with transaction():
        leg = db.session.merge(ana).legs[0]
        operations.edit_leg(leg, make.leg_details(is_estimate=False), by=events.ruth())
    listing = standing(trip, DocumentKind.ARRIVALS).listing
    assert {row.cells["person"]: (row.mark, row.was) for row in listing.rows} == {
        "Jack": (None, ""),
        "Ana": (Mark.AMENDED, "Southern Cross Airways SX1, London (LHR), not booked"),
    }
    assert (listing.n_not_booked, dict(listing.totals)) == (0, {"People": 2})
    assert "booking" not in {column.key for column in listing.columns}


def test_departures_are_the_first_leg_home(trip: Trip) -> None:
    (row,) = standing(trip, DocumentKind.DEPARTURES).listing.rows
    assert (row.cells["time"], row.cells["home"], row.cells["way"]) == (
        "21:00",
        "07:00 Sydney 17 Oct",
        "Sydney (SYD)",
    )


def test_cars_by_day_and_vehicle(trip: Trip) -> None:
    listing = standing(trip, DocumentKind.TRANSFERS).listing
    assert [row.group for row in listing.rows] == ["11 Oct 2026 · Van 2, 6 seats, driver +44 20 7946 0018"]
    assert listing.rows[0].cells["meets"] == "Southern Cross Airways SX1, lands 19:10"
    assert dict(listing.totals) == {"Cars": 1, "Passengers": 1}


def test_rooms_of_one_hotel_with_sharing_nights_and_marks_of_time(trip: Trip) -> None:
    """Whoever shares wants no room of their own; no hotel reads where the guests of another one sleep."""
    held = fresh(trip).stays[0]
    another(
        trip, "Ana", shares_with_id=held.id, is_early_check_in=True, room_type=RoomType.DOUBLE, check_in_on=date(2026, 10, 13), cost=None
    )  # fmt: skip
    another(trip, "Kerem", hotel="Other House")
    listing = standing(trip).listing
    assert [(row.cells["person"], row.cells["shares"], row.cells["nights"], row.cells["note"]) for row in listing.rows] == [
        ("Jack", "Ana", "4", ""), ("Ana", "Jack", "3", "early check-in"),
    ]  # fmt: skip
    assert listing.totals == tuple((f"{day} Oct 2026", 1) for day in (12, 13, 14, 15))
    assert manifests.hotels(queries_documents.list_trips(None, event=fresh(trip).event)) == [
        "Other House",
        HOTEL,
    ]


def test_what_is_cancelled_or_declined_is_on_no_list(trip: Trip) -> None:
    with transaction():
        live = db.session.merge(trip)
        operations.cancel_stay(live.stays[0], reason="They stay with friends", by=events.ruth())
        operations.cancel_transfer(live.transfers[0], reason="They walk", by=events.ruth())
        operations.turn_down_leg(live.legs[0], reason="The firm pays", by=events.ruth())
    for kind in (DocumentKind.TRANSFERS,):
        assert standing(trip, kind).listing.rows == []
    assert queries_documents.list_standing(fresh(trip).event, None)[0].listing.kind is DocumentKind.ARRIVALS


# -- the marks ------------------------------------------------------------------------------------------


def test_marks_against_what_was_sent_last(trip: Trip) -> None:
    """NEW, AMENDED with what was said before, CANCELLED; the first list bears none, and a cancelled line is said once."""
    ana = another(trip, "Ana")
    assert set(marks(trip).values()) == {(None, "")}
    papers.sent(trip, about=HOTEL)
    assert set(marks(trip).values()) == {(None, "")}
    another(trip, "Kerem")
    with transaction():
        stay = db.session.merge(trip).stays[0]
        details = make.stay_details(check_out_on=date(2026, 10, 17), room_type=RoomType.DOUBLE)
        operations.edit_stay(stay, details, by=events.ruth())
        operations.cancel_stay(db.session.merge(ana).stays[0], reason="Ill", by=events.ruth())
    assert marks(trip) == {
        "Jack": (Mark.AMENDED, "12 Oct 2026 – 16 Oct 2026, double"), "Kerem": (Mark.NEW, ""),
        "Ana": (Mark.CANCELLED, "12 Oct 2026 – 16 Oct 2026"),
    }  # fmt: skip
    now = standing(trip)
    assert (now.is_changed, now.n_changed, now.n_rows) == (True, 3, 2)
    papers.sent(trip, about=HOTEL)
    assert marks(trip) == {"Jack": (None, ""), "Kerem": (None, "")}


def test_a_new_name_is_amended_and_a_move_is_told_to_both_hotels(trip: Trip) -> None:
    papers.sent(trip, about=HOTEL)
    with transaction():
        person = db.session.merge(trip.person)
        person.name = "Jack Teller-Longname"
    assert marks(trip) == {"Jack Teller-Longname": (Mark.AMENDED, "")}
    with transaction():
        stay = db.session.merge(trip).stays[0]
        operations.edit_stay(stay, make.stay_details(hotel="Other House"), by=events.ruth())
    assert marks(trip)["Jack Teller-Longname"][0] is Mark.CANCELLED
    (row,) = standing(trip, ROOMING, "Other House").listing.rows
    assert row.mark is None  # the first list to this hotel


def test_what_is_kept_of_a_sent_list_names_nobody(trip: Trip) -> None:
    """P8: times and places, and a keyed print of the rest."""
    papers.sent(trip, about=HOTEL)
    line = db.session.scalars(sa.select(TravelDocumentLine)).one()
    assert line.said == {"from": "2026-10-12", "to": "2026-10-16", "room": "Double"}
    assert len(line.fingerprint) == 64


def test_the_language_of_whoever_looks_amends_nothing(trip: Trip, signed_in: SignIn) -> None:
    """A French coordinator reads the same list as the one that was sent in English."""
    papers.sent(trip, about=HOTEL)
    ruth = events.ruth()
    with transaction():
        db.session.merge(ruth).locale = "fr"
    page = signed_in(fresh(ruth)).get(f"/travel/events/{trip.event_id}/documents").get_data(as_text=True)
    assert "Tel qu’au dernier envoi" in page


# -- sending --------------------------------------------------------------------------------------------


def test_a_list_is_mailed_with_its_file_and_written_down(trip: Trip, signed_in: SignIn) -> None:
    ruth, address = signed_in(events.ruth()), f"/travel/events/{trip.event_id}/documents"
    form = {"how": "mail", "recipient": "Front desk", "address": "desk@meridian.example", "format": "csv"}
    answer = ruth.post(f"{address}/rooming/send?about=The+Meridian+Wharf", data=form)
    assert answer.status_code == 303
    row = db.session.scalars(sa.select(TravelDocument)).one()
    assert (row.kind, row.about, row.how, row.n_lines, row.address) == (
        ROOMING,
        HOTEL,
        SentHow.MAIL,
        1,
        "desk@meridian.example",
    )
    letter = mail.parts_of(db.session.scalars(sa.select(OutboxMail).filter_by(id=row.mail_id)).one().raw)
    (file,) = letter.attachments
    assert (file.name.startswith("rooming-"), file.media_type, letter.calendar) == (True, "text/csv", None)
    assert next(iter(read_csv(io.BytesIO(file.content)))).values["person"] == "Jack"
    assert "NEW, AMENDED" in letter.text
    page = ruth.get(address).get_data(as_text=True)
    assert "Front desk" in page
    assert row.sha256[:8] in page
    assert "desk@meridian.example" in ruth.get(f"{address}/rooming/send?about=The+Meridian+Wharf").get_data(
        as_text=True
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"address": ""}, "A mail needs an address"), ({"address": "nobody"}, "is not a mail address"),
        ({"address": "JACK@voices.example"}, "This is the address of Jack"), ({"recipient": ""}, "This is needed"),
        ({"how": "pigeon"}, "Not a valid choice"), ({"format": "exe"}, "Not a valid choice"), ({"recipient": "x" * 321}, "At most 320"),
    ],
)  # fmt: skip
def test_bad_sending_is_refused_and_nothing_leaves(
    trip: Trip, signed_in: SignIn, change: dict[str, str], message: str
) -> None:
    form = {
        "how": "mail",
        "recipient": "Front desk",
        "address": "desk@meridian.example",
        "format": "csv",
    } | change
    answer = signed_in(events.ruth()).post(
        f"/travel/events/{trip.event_id}/documents/arrivals/send", data=form
    )
    assert answer.status_code == 422
    assert message in answer.get_data(as_text=True)
    assert db.session.scalars(sa.select(OutboxMail).filter_by(kind="travel_document")).all() == []
    assert db.session.scalars(sa.select(TravelDocument)).all() == []


def test_an_empty_list_is_not_sent_and_an_unknown_hotel_is_not_found(trip: Trip, signed_in: SignIn) -> None:
    with transaction():
        operations.cancel_transfer(db.session.merge(trip).transfers[0], reason="They walk", by=events.ruth())
    with pytest.raises(policies_documents.CannotSend, match="nothing on this list"):
        papers.sent(trip, DocumentKind.TRANSFERS)
    ruth, base = signed_in(events.ruth()), f"/travel/events/{trip.event_id}/documents"
    for address in (
        "rooming/send",
        "rooming.csv",
        "rooming.csv?about=Nowhere",
        "itinerary.csv",
        "rooming.exe",
    ):
        assert ruth.get(f"{base}/{address}").status_code == 404, address


@pytest.mark.parametrize("how", list(SentHow))
def test_a_letter_is_never_mailed(how: SentHow) -> None:
    if how is SentHow.MAIL:
        with pytest.raises(policies_documents.CannotSend, match="handed over, not mailed"):
            policies_documents.require_way(DocumentKind.VISA_LETTER, how, "a@b.example")
    else:
        policies_documents.require_way(DocumentKind.VISA_LETTER, how, "")


def test_handing_a_letter_over_is_written_down(trip: Trip, signed_in: SignIn) -> None:
    papers.identity(fresh(trip).person)
    letter = papers.letter(trip)
    answer = signed_in(events.ruth()).post(
        f"/travel/letters/{letter.id}/hand-over", data={"recipient": "Jack himself"}
    )
    assert answer.status_code == 303
    row = db.session.scalars(sa.select(TravelDocument)).one()
    assert (row.kind, row.how, row.sha256, row.trip_id) == (
        DocumentKind.VISA_LETTER, SentHow.HANDED_OVER, fresh(letter).sha256, trip.id,
    )  # fmt: skip


# -- itineraries ----------------------------------------------------------------------------------------


def test_an_itinerary_has_both_clocks_and_no_booking_code(trip: Trip) -> None:
    found = itinerary.itinerary_of(fresh(trip), None)
    flight = next(step for step in found.steps if step.title == "Flight: Sydney (SYD) – London (LHR)")
    assert flight.day == "Sunday, October 11, 2026"
    assert [(one.what, one.time, one.home, one.home_day) for one in flight.moments] == [
        ("Leaves", "06:00 Sydney", "", ""), ("Arrives", "19:10 London", "05:10 Sydney", "12 Oct 2026"),
    ]  # fmt: skip
    assert "Terminal 3" in flight.details
    html = exports_documents.itinerary_html(found)
    assert "QK7ZPD" not in html
    assert "9,840" not in html
    assert "7946" not in html


def test_an_itinerary_has_the_sessions_they_take_part_in(trip: Trip) -> None:
    """T5: on both clocks; what is for the press, analysts or staff only where they are on stage, nothing called off."""
    event = fresh(trip).event
    events.session(event, terms=RecordTerms.OFF_RECORD, is_nda=True)
    events.session(event, "For our experts", audience=Audience.EXPERT)
    for audience in (Audience.ANALYST, Audience.PRESS, Audience.STAFF):
        events.session(event, f"Only for {audience}", audience=audience)
    stage = events.session(event, "Analysts ask Jack", audience=Audience.ANALYST)
    gone = events.session(event, "Called off")
    with transaction():
        jack = db.session.merge(trip.person)
        agenda.put_on_stage(db.session.merge(stage), jack, by=events.ruth())
        agenda.cancel_session(db.session.merge(gone), reason="The speaker is ill", by=events.ruth())
    found = itinerary.itinerary_of(fresh(trip), None)
    own = {step.title: step for step in found.steps if step.day == "Wednesday, October 14, 2026"}
    assert set(own) == {"Opening keynote", "For our experts", "Analysts ask Jack"}
    keynote = own["Opening keynote"]
    assert [(one.what, one.time, one.home) for one in keynote.moments] == [
        ("Begins", "09:00 London", "19:00 Sydney"), ("Ends", "10:00 London", "20:00 Sydney"),
    ]  # fmt: skip
    assert list(keynote.details) == ["Hall 1", "Off the record", "Under a non-disclosure agreement"]
    assert "You are on stage" in own["Analysts ask Jack"].details
    assert "Opening keynote" in pages(exports_documents.itinerary_pdf(found))


def test_the_calendar_file_of_a_trip_has_the_same_sessions(trip: Trip) -> None:
    """C1: under the UIDs of the feed; what is called off is said to be."""
    event = fresh(trip).event
    keynote, gone = events.session(event), events.session(event, "Called off")
    press = events.session(event, "For the press", audience=Audience.PRESS)
    with transaction():
        agenda.cancel_session(db.session.merge(gone), reason="The speaker is ill", by=events.ruth())
    calendar = calendar_files.file_of(fresh(trip), None).decode()
    assert [f"UID:{fresh(one).uid}" in calendar for one in (keynote, gone, press)] == [True, True, False]
    assert calendar.count("STATUS:CANCELLED") == 1


def test_of_very_many_sessions_only_their_own_are_named(trip: Trip, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trade fair does not make an itinerary of forty pages; the rest is counted."""
    monkeypatch.setattr(itinerary, "MOST_NAMED", 1)
    event = fresh(trip).event
    for title, audience in (("One", Audience.ALL), ("Two", Audience.ALL), ("Ours", Audience.EXPERT)):
        events.session(event, title, audience=audience)
    steps = itinerary.itinerary_of(fresh(trip), None).steps
    assert {"One", "Two", "Ours"} & {step.title for step in steps} == {"Ours"}
    (show,) = (step for step in steps if step.title == event.name)
    assert show.details[-1] == "More sessions are open to you: 2, all in the calendar file."


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", ("Pas encore réservé", "Vous êtes sur scène")), ("zh", ("尚未预订", "您将登台")), ("ar", ("لم يُحجز بعد", "أنت على المنصة"))],
)  # fmt: skip
def test_an_itinerary_says_it_in_the_language_of_the_traveller(
    trip: Trip, language: str, said: tuple[str, str]
) -> None:
    ana = estimated(trip, "Ana")
    stage = events.session(fresh(trip).event)
    with transaction():
        person = db.session.merge(ana.person)
        person.languages = [language]
        agenda.put_on_stage(db.session.merge(stage), person, by=events.ruth())
    details = {one for step in itinerary.itinerary_of(fresh(ana), None).steps for one in step.details}
    assert set(said) <= details


def test_an_itinerary_is_mailed_as_news_of_what_they_agreed_to(trip: Trip, signed_in: SignIn) -> None:
    """G3: written down as a transactional contact; PDF and calendar go with it, under the UIDs of the feed (C1)."""
    answer = signed_in(events.ruth()).post(f"/travel/{trip.id}/itinerary/send", data={"how": "mail"})
    assert answer.status_code == 303
    row = db.session.scalars(sa.select(TravelDocument)).one()
    parts = mail.parts_of(db.session.get_one(OutboxMail, row.mail_id).raw)
    assert [(file.name, file.media_type) for file in parts.attachments] == [
        ("itinerary.pdf", "application/pdf"), ("itinerary.ics", "text/calendar"),
    ]  # fmt: skip
    calendar = parts.attachments[1].content.decode()
    assert f"UID:{fresh(trip).legs[0].uid}" in calendar
    assert "METHOD" not in calendar
    assert "QK7ZPD" not in calendar
    contact = db.session.scalars(sa.select(Touch).order_by(Touch.id.desc())).first()
    assert contact is not None
    assert (contact.kind, contact.person_id) == (TouchKind.TRANSACTIONAL, trip.person_id)
    assert db.session.get_one(OutboxMail, row.mail_id).state is MailState.NEW
    assert "Sydney" in pages(parts.attachments[0].content)


def test_without_an_address_it_is_handed_over(trip: Trip, signed_in: SignIn) -> None:
    with transaction():
        db.session.merge(trip.person).email = ""
    ruth, address = signed_in(events.ruth()), f"/travel/{trip.id}/itinerary/send"
    assert "No mail address is known" in ruth.get(address).get_data(as_text=True)
    refused = ruth.post(address, data={"how": "mail"})
    assert (refused.status_code, "needs an address" in refused.get_data(as_text=True)) == (422, True)
    assert ruth.post(address, data={"how": "handed_over"}).status_code == 303


def test_the_itinerary_of_an_arabic_reader_runs_from_right_to_left(trip: Trip) -> None:
    with transaction():
        db.session.merge(trip.person).languages = ["ar"]
    found = itinerary.itinerary_of(fresh(trip), None)
    html = exports_documents.itinerary_html(found)
    assert (found.language, 'lang="ar"' in html, 'dir="rtl"' in html) == ("ar", True, True)
    assert "أكتوبر" in found.steps[0].day
    assert exports_documents.itinerary_pdf(found).startswith(b"%PDF")


# -- files ----------------------------------------------------------------------------------------------


def test_every_list_in_every_format(trip: Trip, signed_in: SignIn) -> None:
    """The same lines in all three; taking one away is written down."""
    ruth, base = signed_in(events.ruth()), f"/travel/events/{trip.event_id}/documents"
    for kind in ("arrivals", "rooming"):
        about = "?about=The+Meridian+Wharf" if kind == "rooming" else ""
        table = next(iter(read_csv(io.BytesIO(ruth.get(f"{base}/{kind}.csv{about}").data))))
        book = next(iter(read_xlsx(io.BytesIO(ruth.get(f"{base}/{kind}.xlsx{about}").data))))
        assert (table.values["person"], "Jack" in book.values.values()) == ("Jack", True)
    text = pages(ruth.get(f"{base}/rooming.pdf?about=The+Meridian+Wharf").data)
    assert "Rooming list: The Meridian Wharf" in text
    assert "Jack" in text
    told = db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.action.like("travel.%_exported"))
    ).all()
    assert sorted(told) == ["travel.arrivals_exported"] * 2 + ["travel.rooming_exported"] * 3


def test_a_formula_in_a_name_stays_a_name(trip: Trip, signed_in: SignIn) -> None:
    with transaction():
        db.session.merge(trip.person).name = "=cmd()"
    data = signed_in(events.ruth()).get(f"/travel/events/{trip.event_id}/documents/arrivals.csv").data
    assert b"'=cmd()" in data


def test_a_letter_says_what_consulates_want_and_nothing_of_money(trip: Trip) -> None:
    papers.identity(fresh(trip).person)
    details = VisaLetterDetails(
        addressed_to="Consulate General, Sydney", delete_after_on=clock.today() + timedelta(days=9)
    )
    text = pages(exports_documents.letter_pdf(letter_facts(fresh(trip)), details, "K7QM-3XWD-9TRA"))
    for said in (
        "K7QM-3XWD-9TRA",
        "/p/verify?reference=K7QM-3XWD-9TRA",
        papers.NAME,
        "29 Feb 1984",
        "Pakistan",
        papers.NUMBER,
        "Consulate General, Sydney",
        "10 Oct 2026 – 18 Oct 2026 (9 days)",
    ):
        assert said in text, said
    assert not any(
        word in text.lower()
        for word in ("cost", "charge", "fee", "pay", "price", "gbp", "hotel", HOTEL.lower())
    )


def test_whoever_holds_a_letter_can_check_it_and_learns_of_nobody(trip: Trip, client: FlaskClient) -> None:
    """G6: who wrote it, for which event, when; that it was taken back; never whom it is about."""
    papers.identity(fresh(trip).person)

    def issue() -> str:
        def draw(_facts: object, _details: object, reference: str) -> bytes:
            return reference.encode()

        letter = papers.letter(trip, draw=draw)
        assert letter.reference is not None
        assert letter.content == letter.reference.encode()
        return letter.reference

    def said(reference: str) -> str:
        return client.get("/p/verify", query_string={"reference": reference}).text

    first = issue()
    page = said(first)
    assert "Yes, this came from us" in page
    assert all(word in page for word in ("Ruth", "Events", "Connect London"))
    assert not any(word in page for word in ("Jack", papers.NAME, papers.NUMBER, "Consulate"))
    second = issue()
    assert first != second
    assert "This came from us, and we took it back on" in said(first)
    assert "Yes, this came from us" not in said(first)
    assert "Yes, this came from us" in said(second.lower().replace("-", " "))
    assert "We sent no letter with this reference" in said("K7QM-3XWD-9TRA")
    with transaction():
        letter = db.session.scalars(sa.select(VisaLetter).filter_by(reference=second)).one()
        letter.destroyed_at = clock.now()
        letter.delete_after_on = clock.today()
    assert "Yes, this came from us" in said(second), "its time was over; it was not taken back"


# -- what guests need -----------------------------------------------------------------------------------


def tell(of: Trip, **said: str) -> None:
    """A hospitality profile."""
    today = clock.today()
    details = HospitalityDetails(
        consented_on=today, consent_source="Mail", purge_on=today + timedelta(days=40), **said
    )
    with transaction():
        operations_hospitality.set_hospitality(db.session.merge(of.person), details, by=events.ruth())


def test_counts_for_the_caterer_name_nobody(trip: Trip, signed_in: SignIn) -> None:
    """Equal wishes are one line; a count that is taken away is a reading of what they told us (R4)."""
    tell(trip, diet="Vegetarian ", access_needs="A ramp")
    tell(another(trip, "Ana"), diet="vegetarian")
    another(trip, "Kerem")
    listing = standing(trip, DocumentKind.MEALS).listing
    assert [(row.group, row.cells["what"], row.cells["n"]) for row in listing.rows] == [
        ("Diet", "Vegetarian", "2"), ("Diet", "No special wishes", "1"), ("Access", "A ramp", "1"),
    ]  # fmt: skip
    ruth = signed_in(events.ruth())
    data = ruth.get(f"/travel/events/{trip.event_id}/documents/meals.csv").get_data(as_text=True)
    assert not any(name in data for name in ("Jack", "Ana", "Kerem"))
    assert db.session.scalars(sa.select(AuditEvent).filter_by(action="travel.needs_counted")).all()
    papers.sent(trip, DocumentKind.MEALS)
    assert standing(trip, DocumentKind.MEALS).is_changed is False
    tell(trip, diet="No nuts")
    assert standing(trip, DocumentKind.MEALS).is_changed is True


def groups(of: Trip) -> dict[str, dict[str, str]]:
    """The counts under each heading."""
    found: dict[str, dict[str, str]] = {}
    for row in standing(of, DocumentKind.MEALS).listing.rows:
        found.setdefault(row.group, {})[row.cells["what"]] = row.cells["n"]
    return found


def at_noon(on: int, **changes: Any) -> dict[str, Any]:
    """12:30 to 13:30 in London on a day of October."""
    return {
        "starts_at": datetime(2026, 10, on, 11, 30, tzinfo=UTC), "ends_at": datetime(2026, 10, on, 12, 30, tzinfo=UTC)
    } | changes  # fmt: skip


def test_counts_per_meal_by_those_expected_at_it(trip: Trip) -> None:
    """T5: of each agenda item that names a meal, for whom it is open and who is there; the total of the event stays."""
    tell(trip, diet="Vegetarian", access_needs="A ramp")
    tell(another(trip, "Ana"), diet="No nuts")
    event = fresh(trip).event
    events.session(event)
    events.session(event, "Networking lunch", **at_noon(14))
    events.session(event, "Lunch of the analysts", **at_noon(14, audience=Audience.ANALYST))
    events.session(event, "午餐", **at_noon(15))
    events.session(event, "Farewell dinner", **at_noon(15, ends_at=datetime(2026, 10, 15, 21, 0, tzinfo=UTC)))
    late = make.trip(events.accepted(fresh(trip).event, "Lands on the 15th"))
    make.leg(
        late, departs_at=datetime(2026, 10, 15, 1, 0, tzinfo=UTC), arrives_at=datetime(2026, 10, 15, 9, 0, tzinfo=UTC)
    )  # fmt: skip
    both = {"Vegetarian": "1", "No nuts": "1"}
    assert groups(trip) == {
        "Diet": {**both, "No special wishes": "1"}, "Access": {"A ramp": "1"},
        "14 Oct 2026, 12:30–13:30 · Networking lunch · 2 people": {**both, "No special wishes": "0", "Access: A ramp": "1"},
        "15 Oct 2026, 12:30–13:30 · 午餐 · 3 people": {**both, "No special wishes": "1", "Access: A ramp": "1"},
        "15 Oct 2026, 12:30–22:00 · Farewell dinner · 3 people": {**both, "No special wishes": "1", "Access: A ramp": "1"},
    }  # fmt: skip


def test_a_shared_table_is_counted_by_who_sits_at_it(trip: Trip, signed_in: SignIn) -> None:
    """L3: hosts apart, the absent not at all; the title of a bill, which may name somebody, is not told."""
    tell(trip, diet="Vegetarian")
    ana = another(trip, "Ana")
    event = fresh(trip).event
    bill = SharedCostDetails(
        title="Dinner with Jack", program_id=event.program_id, event_id=event.id, provider="Restaurant Aster",
        value_on=date(2026, 10, 14), money=ledger.gbp("300"), external_ref="A-1", host_names=("Grace",),
        person_ids=(trip.person_id, ana.person_id),
    )  # fmt: skip
    with transaction():
        shared = book.record_shared_cost(bill, by=events.ruth())
    heading = "14 Oct 2026 · Restaurant Aster"
    assert groups(trip)[f"{heading} · 3 people"] == {
        "Vegetarian": "1", "No special wishes": "1", "Hosts and further guests, not asked": "1",
    }  # fmt: skip
    assert "Jack" not in str(groups(trip))
    page = signed_in(events.ruth()).get(f"/travel/events/{trip.event_id}/needs").get_data(as_text=True)
    assert heading in page
    with transaction():
        heads = [one for one in db.session.merge(shared).heads if one.person_id == ana.person_id]
        book.mark_absent(db.session.merge(shared), heads, by=events.ruth())
    assert f"{heading} · 2 people" in groups(trip)


def test_a_planned_meal_is_counted_before_its_bill(trip: Trip) -> None:
    tell(trip, diet="Vegetarian")
    event = fresh(trip).event
    meal = OfferDetails(
        person_id=trip.person_id, program_id=event.program_id, category=Category.MEAL, money=ledger.gbp("60"),
        expected_on=date(2026, 10, 15), provider="Restaurant Aster", context="Dinner with Jack", reason="He asked for it.",
    )  # fmt: skip
    with transaction():
        book.plan_offer(meal, by=events.ruth())
    assert groups(trip)["15 Oct 2026 · Restaurant Aster · 1 person"] == {
        "Vegetarian": "1",
        "No special wishes": "0",
    }


@pytest.mark.parametrize(
    ("title", "is_meal"),
    [
        ("Working lunch", True), ("Lunchtime debate", False), ("Dîner des experts", True),
        ("晚宴", True), ("غداء عمل", True), ("Opening keynote", False), ("Dinner", True), ("Breakfast with the CTO", True),
    ],
)  # fmt: skip
def test_an_agenda_item_is_a_meal_when_its_title_says_so(title: str, is_meal: bool) -> None:
    assert (queries_meals.NAMES_A_MEAL.search(title) is not None) is is_meal


def test_names_only_to_those_who_serve_and_each_reading_is_written_down(
    trip: Trip, signed_in: SignIn
) -> None:
    tell(trip, diet="No nuts")
    address = f"/travel/events/{trip.event_id}/needs"
    assert signed_in(Role.RELATIONS).get(address).status_code == 403
    page = signed_in(events.ruth()).get(address).get_data(as_text=True)
    assert "No nuts" in page
    read = db.session.scalars(
        sa.select(AuditEvent.subject_id).filter_by(action="people.hospitality_read")
    ).all()
    assert read == [str(trip.person_id)]


# -- the page -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "role", [Role.RELATIONS, Role.COMPLIANCE, Role.ASSISTANT, Role.PARTNER, Role.AUDITOR]
)
def test_documents_are_for_those_who_arrange_travel(trip: Trip, signed_in: SignIn, role: Role) -> None:
    browser, base = signed_in(role), f"/travel/events/{trip.event_id}/documents"
    for address in (
        base,
        f"{base}/arrivals.csv",
        f"{base}/arrivals/send",
        f"/travel/{trip.id}/itinerary/send",
    ):
        assert browser.get(address).status_code == 403, address


def test_the_page_says_what_has_changed(trip: Trip, signed_in: SignIn) -> None:
    """ "Changed since last sent: 1 new"."""
    ruth, address = signed_in(events.ruth()), f"/travel/events/{trip.event_id}/documents"
    assert "Not sent yet" in ruth.get(address).get_data(as_text=True)
    papers.sent(trip, about=HOTEL)
    another(trip, "Ana")
    page = ruth.get(address).get_data(as_text=True)
    assert "Changed since last sent" in page
    assert "1 new" in page
    assert "Send" in ruth.get(
        f"/travel/events/{trip.event_id}/documents/rooming/send?about=The+Meridian+Wharf"
    ).get_data(as_text=True)


def test_an_event_without_trips_says_what_to_do(app: Flask, signed_in: SignIn) -> None:
    event = events.event()
    page = signed_in(events.ruth()).get(f"/travel/events/{event.id}/documents").get_data(as_text=True)
    assert "Nobody travels yet" in page


def test_queries_do_not_grow_with_people(
    trip: Trip, signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    """The page, a list and its file."""
    ruth, base = signed_in(events.ruth()), f"/travel/events/{trip.event_id}/documents"
    papers.sent(trip, about=HOTEL)
    addresses = (
        base,
        f"{base}/rooming.csv?about=The+Meridian+Wharf",
        f"{base}/rooming/send?about=The+Meridian+Wharf",
    )
    counts = []
    for _round in range(2):
        for address in addresses:
            ruth.get(address)
        count_queries()
        found = []
        for address in addresses:
            ruth.get(address)
            found.append(count_queries())
        counts.append(found)
        if not _round:
            for name in ("Ana", "Kerem", "Priya"):
                another(trip, name)
            papers.sent(trip, about=HOTEL)
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.COORDINATOR, (True, True)), (Role.RELATIONS, (True, False)), (Role.AUDITOR, (True, False))]
)  # fmt: skip
def test_the_travel_tab_of_a_person_leads_to_their_papers(
    trip: Trip, signed_in: SignIn, role: Role, sees: tuple[bool, bool]
) -> None:
    """R3, R4: the itinerary to whoever reads travel, letters and identity papers to those who may open them."""
    page = signed_in(role).get(f"/travel/people/{trip.person_id}").get_data(as_text=True)
    assert (f"/travel/{trip.id}/itinerary.pdf" in page, f"/travel/{trip.id}/letters" in page) == sees
    assert (f"/travel/people/{trip.person_id}/identity" in page) is sees[1]
