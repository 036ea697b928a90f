"""What people say at their own door: needs, limits, quiet, journeys, questions; themselves, their agent, their browsers, their data."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent
from app.core.db import db, transaction
from app.core.money import Money
from app.events.models import Invitation, InvitationState
from app.notices.models import Notice
from app.outreach.models import Touch, TouchChannel
from app.outreach.models_wishes import ChannelWish, ContactWish
from app.people import operations_hospitality, operations_representation, queries_consents
from app.people.details import HospitalityDetails
from app.people.models import MayAccept, OrganisationKind, Person
from app.people.models_consents import Consent, Purpose
from app.people.models_kept import Hospitality
from app.portal.models import PersonSession
from app.privacy.models import PrivacyRequest, RequestKind
from app.programs import operations_declared
from app.programs.details_cohorts import FacetDetails
from app.programs.models_declared import Declaration
from app.travel.models import Trip
from tests.factories import accounts, disclosures, events, ledger, people, portal

At = Callable[[datetime], AbstractContextManager[None]]
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
NEEDS = {"diet": "لا لحم خنزير", "access_needs": "", "quiet_days": "الجمعة", "is_agreed": "y"}


def rows(model: type) -> list:  # type: ignore[type-arg]
    db.session.rollback()
    return list(db.session.scalars(sa.select(model)))


@pytest.fixture
def coming(app: Flask, at: At) -> Invitation:
    """Amal comes to the event in October."""
    with at(NOW):
        return events.accepted(events.event(), "Amal")


@pytest.fixture
def phone(app: Flask, at: At, coming: Invitation) -> FlaskClient:
    with at(NOW):
        return portal.browser_of(app, coming.person)


# -- needs -----------------------------------------------------------------------------------------


def test_needs_are_kept_with_their_consent_until_after_the_event(
    phone: FlaskClient, at: At, coming: Invitation
) -> None:
    """R4, P4: the words read, the day shown, nothing else changed; taken out at once when asked."""
    with at(NOW):
        last = coming.event.ends_at.date() + timedelta(days=14)
        assert phone.post("/p/wishes/needs", data=NEEDS).status_code == 303
        kept = rows(Hospitality)[0]
        assert (kept.diet, kept.quiet_days, kept.purge_on, kept.by_id) == (
            "لا لحم خنزير",
            "الجمعة",
            last,
            None,
        )
        step = rows(Consent)[0]
        assert (step.purpose, step.is_given, step.source.value) == (Purpose.HOSPITALITY, True, "portal")
        assert step.wording.startswith("يجوز لكم أن تحفظوا رغباتي")
        assert "لا لحم خنزير" in phone.get("/p/wishes").text
        assert phone.post("/p/wishes/needs/forget").status_code == 303
        assert rows(Hospitality) == []
        assert queries_consents.is_withdrawn(rows(Person)[0], Purpose.HOSPITALITY)


def test_what_was_written_down_for_her_meanwhile_is_not_lost(
    phone: FlaskClient, at: At, coming: Invitation
) -> None:
    """She sees both, and what she typed stays; saved again, hers holds."""
    with at(NOW):
        mei = accounts.user(name="Mei")
        phone.post("/p/wishes/needs", data=NEEDS)
        before = {"version": _version_of_needs(phone.get("/p/wishes").text)}
        told = HospitalityDetails(
            diet="nuts, by telephone",
            consented_on=NOW.date(),
            consent_source="call",
            purge_on=date(2026, 11, 1),
        )
        with transaction():
            operations_hospitality.set_hospitality(db.session.merge(coming.person), told, by=mei)
        answer = phone.post("/p/wishes/needs", data=NEEDS | before)
        assert answer.status_code == 409
        for words in ("nuts, by telephone", "لا لحم خنزير"):
            assert f"<bdi>{words}</bdi>" in answer.text
        # Nobody is blamed: a guest is told of nobody by name, and it may have been they themselves.
        clash = answer.text.partition('class="clash"')[2].partition("</table>")[0]
        assert ("ربما من نافذة أخرى لديك" in clash, 'href="/p/wishes"' in clash) == (True, True)
        assert [one.diet for one in rows(Hospitality)] == ["nuts, by telephone"]
        again = {"version": _version_of_needs(answer.text)}
        assert again != before
        assert phone.post("/p/wishes/needs", data=NEEDS | again).status_code == 303
        assert [one.diet for one in rows(Hospitality)] == ["لا لحم خنزير"]


def _version_of_needs(page: str) -> str:
    form = page[page.index('action="/p/wishes/needs"') :]
    found = re.search(r'name="version"[^>]*value="(\d+)"', form[: form.index("</form>")])
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("/p/wishes/needs", NEEDS | {"is_agreed": ""}, "من دون موافقتك لا نحتفظ بشيء"),
        ("/p/wishes/needs", {"is_agreed": "y"}, "اكتب ما ينبغي أن نعرفه"),
        ("/p/wishes/needs", NEEDS | {"diet": "x" * 2001}, "2,000"),
        ("/p/wishes/needs", NEEDS | {"diet": "a\x00b"}, "errsum"),
        ("/p/wishes/may-accept", {"category": "gift", "answer": "up_to", "currency": "EUR"}, "اكتب المبلغ"),
        ("/p/wishes/may-accept", {"category": "gift", "answer": "up_to", "currency": "EUR", "amount": "5,0,0"}, "errsum"),
        ("/p/wishes/may-accept", {"category": "gift", "answer": "up_to", "currency": "EUR", "amount": "-5"}, "errsum"),
        ("/p/wishes/may-accept", {"category": "bribe", "answer": "yes", "currency": "EUR"}, "errsum"),
        ("/p/wishes/may-accept", {"category": "gift", "answer": "often", "currency": "EUR"}, "errsum"),
        ("/p/wishes/contact", {"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}, "الهدوء في كل الأيام"),
        ("/p/wishes/contact", {"weekdays": ["someday"]}, "اختر مما هو معروض"),
        ("/p/wishes/contact", {"channels": ["pigeon"]}, "اختر مما هو معروض"),
        ("/p/wishes/contact", {"quiet_until_on": "2026-08-31"}, "خلال السنتين"),
        ("/p/wishes/contact", {"quiet_until_on": "2031-01-01"}, "خلال السنتين"),
        ("/p/wishes/contact", {"quiet_until_on": "soon"}, "errsum"),
        ("/p/my-data/correct", {"name": "", "zone": "Asia/Dubai", "language": "ar"}, "errsum"),
        ("/p/my-data/correct", {"name": "أمل", "phone": "123", "zone": "Asia/Dubai", "language": "ar"}, "ليس رقم هاتف"),
        ("/p/my-data/correct", {"name": "أمل", "zone": "Mars/Base", "language": "ar"}, "errsum"),
        ("/p/my-data/erase", {"words": "please"}, "ضع علامة في المربع"),
    ],
)  # fmt: skip
def test_bad_words_are_refused_in_her_language_and_kept(
    phone: FlaskClient, at: At, path: str, data: dict[str, object], said: str
) -> None:
    with at(NOW):
        before = db.session.scalar(sa.select(sa.func.max(AuditEvent.id)))
        refused = phone.post(path, data=data)
        assert (refused.status_code, said in refused.text) == (422, True), refused.text
        assert 'dir="rtl"' in refused.text
        db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.max(AuditEvent.id))) == before


# -- limits and quiet ------------------------------------------------------------------------------


def test_what_may_be_accepted_is_said_in_the_persons_signs(phone: FlaskClient, at: At) -> None:
    """J8.1: travel yes, fee no, a gift under 50; the last word counts."""
    with at(NOW):
        for category, answer, amount in (
            ("travel_air", "yes", ""),
            ("advisory_fee", "no", ""),
            ("gift", "up_to", "50.00"),
        ):
            said = {"category": category, "answer": answer, "amount": amount, "currency": "USD"}
            assert phone.post("/p/wishes/may-accept", data=said).status_code == 303
        phone.post("/p/wishes/may-accept", data={"category": "travel_air", "answer": "no", "currency": "USD"})
        found = {one.category: (one.answer.value, one.limit, one.source) for one in rows(MayAccept)}
        here = "Said on their own page"
        assert found == {
            "travel_air": ("no", None, here), "advisory_fee": ("no", None, here), "gift": ("up_to", Money(5000, "USD"), here),
        }  # fmt: skip


def test_quiet_holds_for_every_department_and_the_owner_hears_of_it(
    phone: FlaskClient, at: At, coming: Invitation
) -> None:
    """P4, J8.1: quiet Fridays, no telephone; a limit that somebody noted for another way stays."""
    with at(NOW):
        with transaction():
            db.session.add(
                ChannelWish(person_id=coming.person_id, channel=TouchChannel.MAIL, n_most=2, n_days=30)
            )
        said = {"weekdays": ["fri"], "channels": ["phone"], "quiet_until_on": "2026-09-20"}
        assert phone.post("/p/wishes/contact", data=said).status_code == 303
        ways = {one.channel: (one.is_closed, one.n_most) for one in rows(ChannelWish)}
        assert ways == {TouchChannel.MAIL: (False, 2), TouchChannel.PHONE: (True, None)}
        person = db.session.get_one(Person, coming.person_id)
        assert (rows(ContactWish)[0].quiet_weekdays, person.quiet_until_on, person.is_opted_out) == (
            ["fri"], date(2026, 9, 20), False,
        )  # fmt: skip
        assert [one.message for one in rows(Notice) if "want to be written to" in one.message]


# -- journeys and questions ------------------------------------------------------------------------


def test_a_wish_for_the_journey_opens_the_trip_and_changes_it(
    phone: FlaskClient, at: At, coming: Invitation
) -> None:
    """T1, T3: only whoever comes; days that do not go are refused in her language, at their field."""
    path = f"/p/invitations/{coming.id}/travel"
    begins = coming.event.starts_at.date()
    wish = {"from_on": str(begins), "to_on": str(begins + timedelta(days=1)), "wish": "مقعد على الممر"}
    with at(NOW):
        assert phone.post(path, data=wish).status_code == 303
        assert phone.post(path, data=wish | {"wish": "قطار"}).status_code == 303
        assert [one.wish for one in rows(Trip)] == ["قطار"]
        late = phone.post(path, data=wish | {"to_on": str(begins - timedelta(days=9))})
        assert (late.status_code, "هذه الأيام لا تتفق" in late.text) == (422, True)
        with transaction():
            db.session.get_one(Invitation, coming.id).state = InvitationState.DECLINED
        early = phone.post(path, data=wish)
        assert (early.status_code, "قل أولًا إنك ستحضر" in early.text) == (422, True)


def test_a_question_reaches_the_owner_as_a_message_of_theirs(
    phone: FlaskClient, at: At, coming: Invitation
) -> None:
    """E1: once, though the button is pressed again with the same form."""
    path = f"/p/invitations/{coming.id}/question"
    with at(NOW):
        for _each in range(2):
            assert (
                phone.post(path, data={"question": "Is there a ramp?", "form_key": "k" * 32}).status_code
                == 303
            )
        asked = [one for one in rows(Touch) if one.is_inbound]
        assert [(one.channel, one.summary) for one in asked] == [(TouchChannel.PORTAL, "Is there a ramp?")]
        assert [one for one in rows(Notice) if "Is there a ramp?" in one.message]
        assert phone.post(path, data={"question": ""}).status_code == 422


# -- my data ---------------------------------------------------------------------------------------


def test_a_person_corrects_who_they_are_and_nothing_else(
    phone: FlaskClient, at: At, coming: Invitation
) -> None:
    """P4: wishes, consents, status, notes and address stay as they are."""
    with at(NOW):
        with transaction():
            person = db.session.get_one(Person, coming.person_id)
            person.notes, person.is_opted_out, person.email = "She likes tea.", True, "amal@voices.example"
        version = db.session.get_one(Person, coming.person_id).version
        said = {
            "name": "أمل رشواني", "phone": "+971 50 123 4567", "home_country": "AE", "zone": "Asia/Dubai", "language": "fr",
            "known_for": "5G", "known_among": "", "version": str(version), "email": "thief@evil.example", "notes": "none",
        }  # fmt: skip
        first = phone.post("/p/my-data/correct", data=said)
        assert first.status_code == 303, first.text.partition("errsum")[2][:800]
        db.session.rollback()
        person = db.session.get_one(Person, coming.person_id)
        assert (person.name, person.languages, person.notes, person.is_opted_out, person.email) == (
            "أمل رشواني", ["fr", "ar", "en"], "She likes tea.", True, "amal@voices.example",
        )  # fmt: skip
        assert '<html lang="fr"' in phone.get("/p/").text
        assert phone.post("/p/my-data/correct", data=said).status_code == 409


def test_one_consent_given_or_taken_back_changes_no_other(phone: FlaskClient, at: At) -> None:
    with at(NOW):
        for purpose in ("photo", "news"):
            assert phone.post(f"/p/my-data/{purpose}/give").status_code == 303
        assert phone.post("/p/my-data/photo/withdraw").status_code == 303
        standing = {one: step.is_given for one, step in queries_consents.standing_of(rows(Person)[0]).items()}
        assert standing == {Purpose.PHOTO: False, Purpose.NEWS: True}
        assert phone.post("/p/my-data/everything/give").status_code == 404


def test_an_agency_speaks_no_more_from_the_moment_the_person_says_so(
    phone: FlaskClient, at: At, coming: Invitation
) -> None:
    with at(NOW):
        agency = people.organisation("Bright Voices", kind=OrganisationKind.AGENCY)
        with transaction():
            person = db.session.get_one(Person, coming.person_id)
            begun = operations_representation.begin_representation(person, agency.id, by=accounts.user())
        assert "Bright Voices" in phone.get("/p/my-data").text
        assert phone.post(f"/p/my-data/agents/{begun.id}/end").status_code == 303
        db.session.rollback()
        assert db.session.get_one(Person, coming.person_id).agency_id is None
        assert phone.post(f"/p/my-data/agents/{begun.id}/end").status_code == 404


def test_another_browser_is_signed_out_at_once(
    app: Flask, phone: FlaskClient, at: At, coming: Invitation
) -> None:
    with at(NOW):
        lost = portal.browser_of(app, coming.person)
        other = max(one.id for one in rows(PersonSession))
        assert lost.get("/p/").status_code == 200
        assert phone.post(f"/p/my-data/visits/{other}/end").status_code == 303
        assert (lost.get("/p/").status_code, phone.get("/p/").status_code) == (403, 200)


def test_what_somebody_says_of_themselves_is_shown_to_nobody_and_goes_at_once(
    phone: FlaskClient, at: At
) -> None:
    """P7: voluntary, with its purpose; the page does not show it, the audit trail names nobody."""
    with at(NOW):
        with transaction():
            details = FacetDetails(name="Gender", choices=("woman", "man"), purpose="To see who is missing.")
            facet = operations_declared.offer_facet(details, by=None)
        path = f"/p/my-data/about-me/{facet.id}"
        assert "To see who is missing." in phone.get(path).text
        assert phone.post(path, data={"choice": "woman"}).status_code == 303
        assert [one.choice for one in rows(Declaration)] == ["woman"]
        assert "checked" not in phone.get(path).text
        assert phone.post(path, data={"choice": "other"}).status_code == 422
        assert phone.post(path, data={"choice": "not-said"}).status_code == 303
        assert rows(Declaration) == []
        assert phone.get("/p/my-data/about-me/999").status_code == 404


def test_everything_is_downloaded_and_nothing_of_anybody_else(
    app: Flask, phone: FlaskClient, at: At, coming: Invitation
) -> None:
    """P9: at once, written down; no copy stays with us."""
    with at(NOW):
        jack = events.accepted(coming.event, "Jack").person
        with phone.post("/p/my-data/copy") as answer:
            assert (answer.status_code, answer.mimetype) == (200, "application/zip")
            content = answer.data
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            told = json.loads(archive.read("everything.json"))
        assert [one["name"] for one in told["tables"]["person"]] == ["Amal"]
        assert "secret_hash" not in json.dumps(told)
        assert jack.name not in json.dumps(told)
        assert [one for one in rows(AuditEvent) if one.action == "privacy.own_copy_taken"]


def test_a_year_is_a_table_in_her_words(phone: FlaskClient, at: At, coming: Invitation) -> None:
    """L13, c38: each amount with its currency beside it; a text that begins like a formula is none; another year is empty."""
    with at(NOW):
        ledger.treasury_rates()
        stay = ledger.stay(coming.person, coming.event.program, context="=1+1")
        posted = ledger.post(stay).entry
        year = posted.value_on.year if posted.value_on else 0
        table = list(
            csv.reader(io.StringIO(phone.get(f"/p/given/statement.csv?year={year}").get_data(as_text=True)))
        )
        assert len(table) == 2
        assert table[1][8:10] == [str(posted.reporting.amount), posted.reporting.currency]
        assert "'=1+1" in table[1]
        assert len(phone.get("/p/given/statement.csv?year=1999").get_data(as_text=True).splitlines()) == 1
        assert phone.get("/p/given/statement.csv?year=3000").status_code == 404


def test_a_wish_to_be_erased_waits_once_for_compliance(phone: FlaskClient, at: At) -> None:
    """P8: due in a month; pressed again, nothing is added."""
    with at(NOW):
        disclosures.compliance()
        for _each in range(2):
            assert (
                phone.post("/p/my-data/erase", data={"is_sure": "y", "words": "Goodbye."}).status_code == 303
            )
        found = rows(PrivacyRequest)
        assert [(one.kind, one.words, one.made_by_id) for one in found] == [
            (RequestKind.ERASURE, "Goodbye.", None)
        ]
        assert "2026" in phone.get("/p/my-data").text
