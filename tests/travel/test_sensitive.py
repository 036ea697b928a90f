"""T4, R4, P8, P9: identity papers are sealed, masked, read by one role after saying why, and gone on their day."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from flask.testing import FlaskClient

from app.accounts.models import AuditDetail, AuditEvent, Role
from app.calendars import exports as calendars
from app.calendars.models import FeedKind
from app.calendars.queries import calendar_of, calendar_of_person
from app.core import clock
from app.core.db import db, transaction
from app.core.models import OutboxMail
from app.people import operations_merges
from app.people.details import MergeDetails
from app.privacy import exports, operations_erasure, operations_retention
from app.privacy.models import RetentionRun
from app.privacy.queries_preview import preview_of
from app.travel import operations, operations_sensitive, queries_sensitive
from app.travel import policies_sensitive as policies
from app.travel.models import Trip, VisaState
from app.travel.models_documents import DocumentKind
from app.travel.models_sensitive import IdentityPurpose, TravelIdentity, VisaLetter
from tests.conftest import fresh
from tests.factories import accounts, events, ledger, papers, people
from tests.factories import travel as make

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def trip(app: Flask) -> Iterator[Trip]:
    """Bilal's, in mid-September, with a flight, a hotel and papers."""
    with clock.fixed_at(make.BOOKING_DAY):
        ledger.treasury_rates()
        make.house_rules()
        invitation = events.accepted(events.event(), "Bilal")
        made = make.trip(invitation)
        make.leg(made)
        make.stay(made)
        papers.identity(invitation.person)
        yield made


def actions(*names: str) -> list[str]:
    wanted = sa.select(AuditEvent.action).where(AuditEvent.action.in_(names)).order_by(AuditEvent.id)
    return list(db.session.scalars(wanted))


# -- how it is kept -------------------------------------------------------------------------------------


def test_each_field_is_sealed_in_the_database_and_none_is_in_the_trail(trip: Trip) -> None:
    """The bytes in the table say nothing, equal values look different, and the trail never says what was kept."""
    row = db.session.execute(sa.text("SELECT * FROM travel_identity")).mappings().one()
    for name in (
        "name_in_passport",
        "passport_number",
        "issuing_country",
        "nationality",
        "expires_on",
        "born_on",
        "address",
    ):
        stored = bytes(row[name])
        assert not any(secret.encode() in stored for secret in papers.SECRETS), name
    assert bytes(row["issuing_country"]) != bytes(row["nationality"])
    kept = db.session.scalars(sa.select(TravelIdentity)).one()
    assert (kept.passport_number, kept.born_on) == (papers.NUMBER, papers.BORN)
    told = str(db.session.scalars(sa.select(AuditDetail.changes)).all())
    assert not any(secret in told for secret in papers.SECRETS)
    assert actions("travel.identity_set") == ["travel.identity_set"]


def test_a_value_cannot_be_moved_to_another_column(trip: Trip) -> None:
    with transaction():
        db.session.execute(
            sa.text("UPDATE travel_identity SET address = passport_number"),
            execution_options={"audited": True},
        )
    db.session.expire_all()
    with pytest.raises(ValueError, match="belong elsewhere"):
        _ = db.session.scalars(sa.select(TravelIdentity)).one().address


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"delete_after_on": date(2026, 9, 13)}, "This day is over"),
        ({"delete_after_on": date(2027, 9, 16)}, "within a year"),
        ({"born_on": date(2026, 9, 14)}, "Nobody who travels"),
        ({"born_on": date(1890, 1, 1)}, "Nobody who travels"),
        ({"expires_on": date(2026, 9, 13)}, "expired on 13 Sep 2026"),
        ({"passport_number": "12"}, "letters and digits"),
        ({"passport_number": "X773<821"}, "letters and digits"),
        ({"passport_number": "٣٣٣٣٣"}, "letters and digits"),
        ({"nationality": "XYZ"}, "pattern|characters|country"),
        ({"purpose": "curiosity"}, "Input should be"),
        ({"source": " "}, "This is needed"),
    ],
)
def test_what_cannot_be_kept(trip: Trip, change: dict[str, Any], message: str) -> None:
    with pytest.raises(Exception, match=message), transaction():
        operations_sensitive.set_identity(
            db.session.merge(trip.person), papers.identity_details(**change), by=events.ruth()
        )


def test_nothing_is_not_kept(app: Flask) -> None:
    empty = dict.fromkeys(
        ("name_in_passport", "passport_number", "issuing_country", "nationality", "expires_on", "born_on", "address", "other_numbers")
    )  # fmt: skip
    with pytest.raises(policies.IdentityRefused, match="keep nothing"):
        papers.identity(people.person("Jack"), **empty)


def test_a_number_is_kept_as_it_is_printed_and_what_is_left_out_stays(trip: Trip) -> None:
    row = papers.identity(trip.person, passport_number="p 12-34 abc", name_in_passport=None, born_on=None)
    assert (row.passport_number, row.name_in_passport, row.born_on) == ("P1234ABC", papers.NAME, papers.BORN)


@pytest.mark.parametrize(
    ("number", "shown"), [("X7734821", "•••4821"), ("1234567", "•••"), ("", ""), ("AB", "•••")]
)
def test_masking(number: str, shown: str) -> None:
    assert policies.masked(number) == shown


# -- who reads it ---------------------------------------------------------------------------------------


def test_it_is_masked_until_a_reason_is_given_which_is_written_down_first(
    trip: Trip, signed_in: SignIn
) -> None:
    """R4: the page, the form and a refused reveal say nothing; the reveal does, once, and is in the trail."""
    ruth, address = signed_in(events.ruth()), f"/travel/people/{trip.person_id}/identity"
    for page in (
        address,
        f"{address}/edit",
        f"{address}/forget",
        f"/travel/{trip.id}/letters",
        f"/travel/{trip.id}",
    ):
        text = ruth.get(page).get_data(as_text=True)
        assert not any(secret in text for secret in papers.SECRETS), page
    assert "•••4821" in ruth.get(address).get_data(as_text=True)
    assert ruth.get(f"{address}/reveal").status_code == 405
    refused = ruth.post(f"{address}/reveal", data={"reason": " "})
    assert (refused.status_code, papers.NUMBER in refused.get_data(as_text=True)) == (422, False)
    assert actions("travel.identity_read") == []
    shown = ruth.post(f"{address}/reveal", data={"reason": "The airline asks for it"})
    assert papers.NUMBER in shown.get_data(as_text=True)
    assert "no-store" in shown.headers["Cache-Control"]
    read = db.session.scalars(sa.select(AuditEvent).filter_by(action="travel.identity_read")).one()
    assert (read.subject_id, read.reason) == (str(trip.person_id), "The airline asks for it")
    assert "The airline asks for it" in ruth.get(address).get_data(as_text=True)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
def test_nobody_else_opens_any_of_it(trip: Trip, signed_in: SignIn, role: Role) -> None:
    """R3: papers and letters are for those who arrange travel."""
    letter = papers.letter(trip)
    browser, person = signed_in(role), f"/travel/people/{trip.person_id}/identity"
    for address in (person, f"{person}/edit", f"{person}/forget", f"/travel/{trip.id}/letters", f"/travel/letters/{letter.id}.pdf",
                    f"/travel/letters/{letter.id}/hand-over", f"/travel/letters/{letter.id}/withdraw"):  # fmt: skip
        assert browser.get(address).status_code in {403, 404}, address
    assert browser.post(f"{person}/reveal", data={"reason": "Curious"}).status_code == 403
    assert actions("travel.identity_read", "travel.visa_letter_read") == []


def test_two_who_change_papers_lose_nothing_and_read_nothing(trip: Trip, signed_in: SignIn) -> None:
    ruth, address = signed_in(events.ruth()), f"/travel/people/{trip.person_id}/identity/edit"
    form = {
        "passport_number": "NEW44444",
        "purpose": "visa_letter",
        "source": "Mail",
        "delete_after_on": "2026-10-30",
        "version": "1",
    }
    papers.identity(trip.person, passport_number="THEIRS1234")
    answer = ruth.post(address, data=form)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert 'value="NEW44444"' in text
    assert "THEIRS1234" not in text
    seen = fresh(db.session.scalars(sa.select(TravelIdentity)).one()).version
    assert ruth.post(address, data=form | {"version": str(seen)}).status_code == 303
    assert fresh(db.session.scalars(sa.select(TravelIdentity)).one()).passport_number == "NEW44444"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"delete_after_on": ""}, "This is needed"), ({"purpose": ""}, "needed|choice"), ({"purpose": "fun"}, "Not a valid choice"),
        ({"born_on": "29.2.1984"}, "Not a valid date"), ({"source": ""}, "This is needed"), ({"nationality": "ZZ"}, "Not a valid choice"),
        ({"born_on": "1899-12-31"}, "between 1900"), ({"passport_number": "!!!!"}, "letters and digits"), ({"address": "x" * 1001}, "At most 1,000"),
        ({"passport_number": "9" * 41}, "At most 40"), ({"delete_after_on": "2026-01-01"}, "This day is over"),
    ],
)  # fmt: skip
def test_bad_papers_are_refused_and_nothing_typed_is_lost(
    trip: Trip, signed_in: SignIn, change: dict[str, str], message: str
) -> None:
    form = {
        "name_in_passport": "JANE DOE",
        "purpose": "ticket",
        "source": "Mail",
        "delete_after_on": "2026-10-30",
        "version": "1",
    }
    answer = signed_in(events.ruth()).post(
        f"/travel/people/{trip.person_id}/identity/edit", data=form | change
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert any(part in text for part in message.split("|"))
    assert "JANE DOE" in text
    assert fresh(db.session.scalars(sa.select(TravelIdentity)).one()).name_in_passport == papers.NAME


# -- where it is not ------------------------------------------------------------------------------------


def test_no_page_export_feed_or_badge_holds_any_of_it(trip: Trip, app: Flask) -> None:
    """P8, C1: every file, and every page of the rooms that know the person, is read by whoever may most: none of the bytes."""
    papers.letter(trip)
    app.test_client_class = FlaskClient
    ruth, found, n_read = app.test_client(), [], 0
    accounts.session_in(ruth, events.ruth())
    for address in _addresses(trip):
        answer = ruth.get(address)
        n_read += answer.status_code == 200
        found += [(address, secret) for secret in papers.SECRETS if secret.encode() in answer.get_data()]
    assert found == []
    assert n_read > 50
    for calendar in (
        calendar_of(FeedKind.EVENT, trip.event_id, events.ruth()), calendar_of(FeedKind.COORDINATOR, trip.event_id, events.ruth()),
        calendar_of_person(trip.person),
    ):  # fmt: skip
        content = calendars.render(calendar).content
        assert content.count(b"BEGIN:VEVENT") >= 2
        assert not any(secret.encode() in content for secret in papers.SECRETS)


def _addresses(trip: Trip) -> list[str]:
    """The whole map of the app at the first record of each kind, files as tables and calendars; but the letter itself."""
    assert (trip.id, trip.person_id, trip.event_id) == (1, 1, 1)
    found = [
        "/search?q=Testcase",
        "/search?q=7734821",
        "/travel/events/1/documents/rooming.csv?about=The Meridian Wharf",
    ]
    for rule in current_app.url_map.iter_rules():
        parts = re.findall(r"<([^>]+)>", rule.rule)
        is_read = "GET" in (rule.methods or ()) and rule.endpoint not in {"travel.letter_file", "static"}
        is_told = (
            rule.endpoint.partition(".")[0] in {"travel", "people", "events", "calendars", "api"}
            or "." in rule.rule
        )
        if not is_read or not is_told or not all(part.startswith(("int", "any")) for part in parts):
            continue
        address = rule.rule
        for part in parts:
            choices = re.findall(r"\w+", part.partition("(")[2].partition(")")[0]) or ["1"]
            chosen = next((one for one in choices if one in {"csv", "ics", "xlsx"}), choices[0])
            address = address.replace(f"<{part}>", chosen, 1)
        if not address.endswith("pdf"):
            found.append(address)
    return found


# -- how it ends ----------------------------------------------------------------------------------------


def test_the_day_after_nobody_sees_it_and_retention_takes_it_out_with_a_report(trip: Trip) -> None:
    """A promise to the person: counted, never listed by name; the letter goes on its own day."""
    letter = papers.letter(trip)
    last = clock.today() + timedelta(days=30)
    with clock.fixed_at(make.BOOKING_DAY + timedelta(days=31)):
        assert queries_sensitive.identity_of(trip.person) is None
        with transaction():
            assert operations_sensitive.purge_letters([letter.id], by=None) == 1
        operations_retention.run_daily()
        report = db.session.scalars(sa.select(RetentionRun).order_by(RetentionRun.id.desc())).first()
        assert report is not None
        assert report.counts["identities"]["deleted"] == 1
    assert last == date(2026, 10, 14)
    assert db.session.scalars(sa.select(TravelIdentity)).all() == []
    gone = fresh(letter)
    assert (gone.content, gone.destroyed_why) == (None, "its day was over")
    assert actions("travel.identity_purged", "travel.visa_letter_destroyed") == [
        "travel.visa_letter_destroyed", "travel.identity_purged",
    ]  # fmt: skip


def test_on_its_last_day_it_is_still_there(trip: Trip) -> None:
    with clock.fixed_at(make.BOOKING_DAY + timedelta(days=30)), transaction():
        assert queries_sensitive.identity_of(trip.person) is not None
        row = db.session.scalars(sa.select(TravelIdentity)).one()
        assert operations_sensitive.purge_identities([row.id], by=None) == 0


def test_the_copy_of_a_person_holds_their_papers_and_their_letter(trip: Trip) -> None:
    """P9: everything kept on the person."""
    letter = papers.letter(trip)
    with exports.copy_of(trip.person) as made, zipfile.ZipFile(io.BytesIO(made.read())) as archive:
        data = json.loads(archive.read("everything.json"))
        assert papers.NAME.encode() in archive.read(f"files/visa-letter-{letter.id}.pdf")
    (row,) = data["tables"]["travel_identity"]
    assert (row["passport_number"], row["born_on"], row["address"]) == (
        papers.NUMBER,
        "1984-02-29",
        papers.ADDRESS,
    )
    assert "content" not in data["tables"]["visa_letter"][0]


def test_erasure_takes_papers_letters_and_the_mails_with_lists(trip: Trip) -> None:
    """P8: rows and letters go; a mail that carried a list with the person is emptied; lines say nothing any more."""
    papers.letter(trip)
    papers.sent(trip, DocumentKind.ARRIVALS, how="mail", address="desk@hotel.example")
    with transaction():
        person = db.session.merge(trip.person)
        operations_erasure.forget(person, preview_of(person), None, by=None)
    db.session.expire_all()
    for model in (TravelIdentity, VisaLetter):
        assert db.session.scalars(sa.select(model)).all() == []
    mail = db.session.scalars(sa.select(OutboxMail).filter_by(kind="travel_document")).one()
    assert (mail.recipient, mail.state.value, b"the list" in mail.raw) == ("", "discarded", False)
    lines = db.session.execute(sa.text("SELECT said FROM travel_document_line")).scalars().all()
    assert set(map(str, lines)) == {"{}"}


def test_a_merge_leaves_papers_where_they_were_given_and_deleting_takes_both(trip: Trip) -> None:
    """P3, P4: whoever arranges travel asks again."""
    ruth = events.ruth()
    twin = people.person("Bilal A.", email="twin@voices.example")
    papers.identity(twin, passport_number="TWIN99999")
    with transaction():
        operations_merges.merge_people(
            db.session.merge(trip.person),
            db.session.merge(twin),
            MergeDetails(reason="One and the same"),
            by=ruth,
        )
    shown = queries_sensitive.masked_identity(fresh(trip.person))
    assert shown is not None
    assert shown.passport_number == "•••4821"
    with transaction():
        operations_sensitive.forget_identity(db.session.merge(trip.person), by=ruth)
    assert db.session.scalars(sa.select(TravelIdentity)).all() == []


# -- letters --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"purpose": IdentityPurpose.TICKET}, "given for something else"),
        ({"expires_on": date(2026, 10, 17)}, "before the journey ends on 18 Oct 2026"),
    ],
)
def test_papers_that_make_no_letter(trip: Trip, change: dict[str, Any], message: str) -> None:
    papers.identity(trip.person, **change)
    with pytest.raises(policies.LetterRefused, match=message):
        papers.letter(trip)


def test_a_letter_needs_all_that_a_consulate_wants(trip: Trip) -> None:
    with transaction():
        operations_sensitive.forget_identity(db.session.merge(trip.person), by=None)
    with pytest.raises(policies.LetterRefused, match="No identity papers of Bilal"):
        papers.letter(trip)
    papers.identity(trip.person, born_on=None, nationality=None)
    with pytest.raises(policies.LetterRefused, match="the date of birth, the nationality"):
        papers.letter(trip)


def test_a_letter_stays_as_issued_and_says_when_it_is_out_of_date(trip: Trip) -> None:
    """T4: read-only; a change of papers is told; a new one withdraws the old one; the visa state follows."""
    first = papers.letter(trip)
    assert fresh(trip).visa_state is VisaState.LETTER_ISSUED
    assert queries_sensitive.is_outdated(first) is False
    papers.identity(trip.person, passport_number="RENEWED77")
    assert queries_sensitive.is_outdated(fresh(first)) is True
    assert papers.NUMBER.encode() in queries_sensitive.content_of(fresh(first))
    second = papers.letter(trip)
    assert (fresh(first).content, fresh(first).destroyed_why) == (None, "replaced by a newer letter")
    stored = bytes(
        db.session.execute(sa.text("SELECT content FROM visa_letter WHERE content IS NOT NULL")).scalar_one()
    )
    assert b"RENEWED77" not in stored
    with transaction():
        operations_sensitive.withdraw_letter(
            db.session.merge(second), "The consulate refused it", by=events.ruth()
        )
    assert fresh(trip).visa_state is VisaState.NEEDED
    with pytest.raises(policies.LetterRefused, match="already"), transaction():
        operations_sensitive.withdraw_letter(db.session.merge(second), "Once more", by=events.ruth())


def test_opening_a_letter_is_written_down(trip: Trip, signed_in: SignIn) -> None:
    letter, ruth = papers.letter(trip), signed_in(events.ruth())
    assert papers.NUMBER.encode() in ruth.get(f"/travel/letters/{letter.id}.pdf").get_data()
    assert actions("travel.visa_letter_read") == ["travel.visa_letter_read"]
    with transaction():
        operations_sensitive.withdraw_letter(db.session.merge(letter), "Not needed", by=None)
    assert ruth.get(f"/travel/letters/{letter.id}.pdf").status_code == 404


def test_a_letter_is_never_for_a_trip_that_is_off(trip: Trip) -> None:
    with transaction():
        operations.cancel_trip(db.session.merge(trip), "Ill", by=events.ruth())
    with pytest.raises(Exception, match="nothing is changed"):
        papers.letter(trip)
