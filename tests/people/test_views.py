"""Pages of people: what is shown to whom, what a form refuses, what it keeps of what was typed."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.accounts.permissions import PERMISSIONS
from app.core import clock
from app.core.db import db, transaction
from app.people import operations, queries, queries_listing
from app.people.details import WishDetails
from app.people.models import (
    Affiliation,
    Channel,
    Evidence,
    MayAccept,
    OfficialStatus,
    Organisation,
    OrganisationKind,
    Ownership,
    Person,
)
from tests.conftest import fresh
from tests.factories import accounts, people

SignIn = Callable[..., FlaskClient]


def test_list_shows_people_without_the_pseudonymous(signed_in: SignIn) -> None:
    people.person("Amal")
    with transaction():
        operations.add_pseudonymous("npi", ["1"], by=None)
    page = signed_in(Role.RELATIONS).get("/people/").text
    assert ("Amal" in page, "Recipient" in page) == (True, False)
    assert "Recipient" in signed_in(Role.RELATIONS).get("/people/?pseudonymous=yes").text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=INES", ["Inès Moreau"]),
        ("country=TR", ["Kerem"]),
        ("official=yes", ["Kerem"]),
        ("q=nobody", []),
        ("kind=x&owner=y&page=z", ["Kerem", "Inès Moreau"]),
        ("order=-name", ["Inès Moreau", "Kerem"]),
        ("order=%27%3B", ["Kerem", "Inès Moreau"]),
        ("page=999", ["Kerem", "Inès Moreau"]),
        ("after=x", ["Kerem", "Inès Moreau"]),
        ("before=W10", ["Kerem", "Inès Moreau"]),
        ("q=%22%2A", []),
    ],
)
def test_list_filters_by_url(signed_in: SignIn, query: str, names: list[str]) -> None:
    people.person("Inès Moreau", home_country="FR")
    people.person("Kerem", official_status=OfficialStatus.STATE_BODY, official_reason="state university")
    page = signed_in(Role.RELATIONS).get(f"/people/?{query}").text
    assert [
        name
        for name in sorted(["Inès Moreau", "Kerem"], key=page.find)
        if f">{name}<" in page.split("<tbody")[-1]
    ] == names


def test_pages_of_the_list_lead_on_and_back(signed_in: SignIn) -> None:
    for n in range(53):
        people.person(f"Same {n:02}")
    browser = signed_in(Role.RELATIONS)
    first = browser.get("/people/?q=same&order=-name").text
    onward = re.search(r'rel="next" href="([^"]+)"', first)
    assert onward is not None
    second = browser.get(unescape(onward[1])).text
    back = re.search(r'rel="prev" href="([^"]+)"', second)
    assert back is not None
    assert ("3 of 53 people" in second, 'rel="next"' in second, "Same 00" in second) == (True, False, True)
    assert "50 of 53 people" in browser.get(unescape(back[1])).text


def test_a_place_that_is_none_leads_to_the_beginning_and_says_so(signed_in: SignIn) -> None:
    people.person("Amal")
    page = signed_in(Role.RELATIONS).get("/people/?after=x")
    assert (page.status_code, "here is its beginning" in page.text) == (200, True)


def test_list_needs_the_same_queries_for_1_and_30_people(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    browser = signed_in(Role.RELATIONS)
    people.person("Amal")
    browser.get("/people/")
    count_queries()
    browser.get("/people/")
    with_one = count_queries()
    for n in range(30):
        people.person(f"Person {n}", kind=f"Kind {n}", owner=accounts.user(name=f"Owner {n}"))
    count_queries()
    browser.get("/people/")
    assert count_queries() == with_one


def test_record_needs_the_same_queries_whatever_its_parts(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    browser = signed_in(Role.RELATIONS)
    amal = people.person("Amal")
    for n in range(2):
        people.evidence(amal)
        people.channel(amal, handle=f"@a{n}")
        people.employment(amal, people.organisation(f"Firm {n}"))
    browser.get(f"/people/{amal.id}")
    count_queries()
    browser.get(f"/people/{amal.id}")
    with_two = count_queries()
    for n in range(2, 12):
        people.evidence(amal)
        people.channel(amal, handle=f"@a{n}")
        people.employment(amal, people.organisation(f"Firm {n}"))
    count_queries()
    browser.get(f"/people/{amal.id}")
    assert count_queries() == with_two


@pytest.mark.parametrize("role", [role for role in Role if "people:read" in PERMISSIONS[role]])
def test_record_opens_for_every_role_that_reads_people(signed_in: SignIn, role: Role) -> None:
    agency = people.organisation("Voz", kind=OrganisationKind.AGENCY)
    official = {"official_status": "state_body", "official_reason": "Ministry"}
    person = people.person("Amal", agency_id=agency.id, notes="Prefers mail.", **official)
    people.channel(person, url="https://example.org/amal", audience_countries=("AE",), audience_size=12000)
    people.employment(person, people.organisation(rule_text="No gifts over 25 EUR", is_gift_allowed=False))
    people.evidence(person, expires_on=date(2026, 4, 1))
    who = accounts.user(role=role, organisation_id=agency.id if role is Role.PARTNER else None)
    page = signed_in(who).get(f"/people/{person.id}")
    assert page.status_code == 200
    has_notes = role not in {Role.ASSISTANT, Role.PARTNER}
    assert ("Prefers mail." in page.text) == has_notes
    assert ("Ministry" in page.text) == (role is Role.COMPLIANCE)
    assert ("May accept" in page.text) == (role not in {Role.ASSISTANT, Role.PARTNER, Role.ADMIN})
    assert ("/edit" in page.text) == (role is Role.RELATIONS)


def test_partner_gets_404_for_another_agencys_person(signed_in: SignIn) -> None:
    ours, theirs = (people.organisation(name, kind=OrganisationKind.AGENCY) for name in ("Voz", "Other"))
    mateus, jack = people.person("Mateus", agency_id=ours.id), people.person("Jack", agency_id=theirs.id)
    browser = signed_in(accounts.user(role=Role.PARTNER, organisation_id=ours.id))
    assert [browser.get(f"/people/{one.id}").status_code for one in (mateus, jack)] == [200, 404]
    page = browser.get("/people/").text
    assert ("Mateus" in page, "Jack" in page) == (True, False)


def test_merged_record_leads_to_the_one_that_stayed(signed_in: SignIn) -> None:
    stayed, gone = people.person("Ines"), people.person("Jack")
    with transaction():
        db.session.get_one(Person, gone.id).merged_into_id = stayed.id
    browser = signed_in(Role.RELATIONS)
    answer = browser.get(f"/people/{gone.id}")
    assert (answer.status_code, answer.location) == (303, f"/people/{stayed.id}")
    assert browser.get(f"/people/{gone.id}/edit").location == f"/people/{stayed.id}"
    assert browser.get(f"/people/{gone.id}/evidence/new").status_code == 404


GOOD = {
    "name": "Amal",
    "name_order": "given_first",
    "zone": "Asia/Dubai",
    "official_status": "none",
    "is_independent": "y",
}


def test_new_person_is_added_with_everything_typed(signed_in: SignIn) -> None:
    mei = accounts.user(name="Mei")
    typed = GOOD | {
        "kind": "Video blogger", "email": "Amal@Voices.example", "phone": "050 123 4567", "home_country": "AE",
        "languages": "ar, en, AR", "known_for": "private 5G", "known_among": "engineers", "notes": "Quiet Fridays",
    }  # fmt: skip
    answer = signed_in(mei).post("/people/new", data=typed)
    person = db.session.scalars(sa.select(Person)).one()
    assert (answer.status_code, answer.location) == (303, f"/people/{person.id}")
    assert (person.email, person.phone, person.languages) == (
        "Amal@voices.example",
        "+971501234567",
        ["ar", "en"],
    )
    assert person.kind is not None
    assert (person.kind.name, person.zone, person.is_independent) == ("Video blogger", "Asia/Dubai", True)
    owner = queries.owner_of(person)
    assert owner is not None
    assert owner.id == mei.id


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "This is needed."),
        ("name", "   ", "This is needed."),
        ("name", "x" * 321, "At most 320 characters."),
        ("email", "amal", "@-sign"),
        ("email", "amal@localhost", "period"),
        ("phone", "+441", "too few or too many digits"),
        ("phone", "call me", "country code"),
        ("zone", "Mars/Base", "This is not a time zone"),
        ("home_country", "XX", "Not a valid choice"),
        ("languages", "english", "is not a language tag"),
        ("languages", "ar, zz", "is not a language tag"),
        ("name_order", "sideways", "Not a valid choice"),
        ("kind", "Astronaut", "Not a valid choice"),
        ("agency_id", "99", "Not a valid choice"),
        ("owner_id", "99", "Not a valid choice"),
        ("official_status", "official", "Say how this is known"),
    ],
)
def test_new_person_refuses_bad_input_and_keeps_what_was_typed(
    signed_in: SignIn, field: str, value: str, message: str
) -> None:
    typed = GOOD | {"known_for": "open radio & “5G”", "notes": "typed with care"} | {field: value}
    answer = signed_in(Role.RELATIONS).post("/people/new", data=typed)
    assert answer.status_code == 422
    assert message in answer.text
    assert "open radio &amp; “5G”" in answer.text
    assert "typed with care" in answer.text
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 0


def test_new_person_warns_of_duplicates_until_ticked(signed_in: SignIn) -> None:
    """P3: the warning names the one who is here; the tick adds all the same."""
    known = people.person("Ines Moreau", home_country="FR")
    browser = signed_in(Role.RELATIONS)
    typed = GOOD | {"name": "Dr I. Moreau", "home_country": "FR"}
    first = browser.post("/people/new", data=typed)
    assert first.status_code == 422
    assert f'href="/people/{known.id}"' in first.text
    assert "is_checked" in first.text
    assert browser.post("/people/new", data=typed | {"is_checked": "y"}).status_code == 303
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 2


def test_sending_the_same_form_twice_adds_one_person(signed_in: SignIn) -> None:
    browser = signed_in(Role.RELATIONS)
    typed = GOOD | {"form_key": "a-key-of-this-form"}
    answers = [browser.post("/people/new", data=typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 1


EDIT = {"name": "Amal", "name_order": "given_first", "zone": "Asia/Dubai"}


def test_edit_never_resets_wishes_or_official_status(signed_in: SignIn) -> None:
    """P4."""
    person = people.person("Amal", official_status=OfficialStatus.OFFICIAL, official_reason="Regulator")
    with transaction():
        found = db.session.get_one(Person, person.id)
        operations.set_wishes(found, WishDetails(is_opted_out=True, quiet_until_on=date(2027, 1, 1)), by=None)
    browser = signed_in(Role.RELATIONS)
    assert (
        browser.post(f"/people/{person.id}/edit", data=EDIT | {"known_for": "satellites"}).status_code == 303
    )
    after = fresh(person)
    assert (after.known_for, after.is_opted_out, after.quiet_until_on) == (
        "satellites",
        True,
        date(2027, 1, 1),
    )
    assert (after.official_status, after.official_reason) == (OfficialStatus.OFFICIAL, "Regulator")


def test_edit_of_what_somebody_else_saved_shows_both_versions(signed_in: SignIn) -> None:
    person = people.person("Amal")
    browser = signed_in(Role.RELATIONS)
    seen = person.version
    assert (
        browser.post(
            f"/people/{person.id}/edit", data=EDIT | {"version": seen, "known_for": "theirs"}
        ).status_code
        == 303
    )
    answer = browser.post(f"/people/{person.id}/edit", data=EDIT | {"version": seen, "known_for": "mine"})
    assert answer.status_code == 409
    assert ("theirs" in answer.text, "mine" in answer.text) == (True, True)
    assert fresh(person).known_for == "theirs"
    over_theirs = EDIT | {"version": fresh(person).version, "known_for": "mine"}
    assert browser.post(f"/people/{person.id}/edit", data=over_theirs).status_code == 303
    assert fresh(person).known_for == "mine"


PARTS = [
    ("evidence/new", Evidence, {"kind": "talk", "summary": "Keynote", "on": "2026-03-02"}),
    (
        "channels/new",
        Channel,
        {"platform": "YouTube", "handle": "@amal", "language": "ar", "audience_countries": "AE, SA"},
    ),
    ("may-accept", MayAccept, {"category": "gift", "answer": "up_to", "limit": "50.00", "currency": "GBP"}),
]


@pytest.mark.parametrize(("path", "model", "typed"), PARTS)
def test_parts_are_added(signed_in: SignIn, path: str, model: type[Evidence], typed: dict[str, str]) -> None:
    person = people.person("Amal")
    answer = signed_in(Role.RELATIONS).post(f"/people/{person.id}/{path}", data=typed)
    assert (answer.status_code, answer.location) == (303, f"/people/{person.id}")
    assert db.session.scalar(sa.select(sa.func.count(model.id))) == 1


@pytest.mark.parametrize(
    ("path", "model", "changes", "message"),
    [
        ("evidence/new", Evidence, {"summary": "   "}, "This is needed."),
        ("evidence/new", Evidence, {"on": "2999-01-01"}, "between 1990 and 2100"),
        ("evidence/new", Evidence, {"on": (clock.today() + timedelta(days=2)).isoformat()}, "has happened"),
        ("evidence/new", Evidence, {"expires_on": "2026-03-02"}, "after the day it happened"),
        ("evidence/new", Evidence, {"url": "javascript:alert(1)"}, "beginning with https://"),
        ("evidence/new", Evidence, {"url": "https://[broken"}, "beginning with https://"),
        ("channels/new", Channel, {"language": "arabic"}, "is not a language tag"),
        ("channels/new", Channel, {"audience_countries": "AE, Arabia"}, "is not a country code"),
        ("channels/new", Channel, {"audience_size": "many"}, "Not a valid integer value"),
        ("channels/new", Channel, {"audience_size": "-1"}, "whole number"),
        ("channels/new", Channel, {"platform": "Myspace"}, "Not a valid choice"),
        ("channels/new", Channel, {"platform": ""}, "This is needed."),
        ("channels/new", Channel, {"audience_read_on": "2026-03-02"}, "without a size says nothing"),
        (
            "channels/new",
            Channel,
            {"audience_size": "9", "audience_read_on": (clock.today() + timedelta(days=2)).isoformat()},
            "has not come yet",
        ),
        ("evidence/new", Evidence, {"kind": "post"}, "Not a valid choice"),
        ("may-accept", MayAccept, {"source": "x" * 321}, "At most 320 characters."),
        ("may-accept", MayAccept, {"limit": ""}, "needs an amount"),
        ("may-accept", MayAccept, {"limit": "fifty"}, "Write the amount with digits"),
        ("may-accept", MayAccept, {"limit": "1.005"}, "GBP has 2 decimal places"),
        ("may-accept", MayAccept, {"currency": "ZZZ"}, "not a currency code"),
        ("may-accept", MayAccept, {"category": "bribe"}, "Not a valid choice"),
    ],
)
def test_parts_refuse_bad_input(
    signed_in: SignIn, path: str, model: type[Evidence], changes: dict[str, str], message: str
) -> None:
    person = people.person("Amal")
    typed = {p: t for p, _m, t in PARTS}[path]
    answer = signed_in(Role.RELATIONS).post(f"/people/{person.id}/{path}", data=typed | changes)
    assert answer.status_code == 422
    assert message in answer.text
    assert db.session.scalar(sa.select(sa.func.count(model.id))) == 0


def test_channel_listed_twice_is_refused(signed_in: SignIn) -> None:
    person = people.person("Amal")
    people.channel(person, platform="YouTube", handle="@amal")
    typed = {"platform": "YouTube", "handle": "@Amal", "language": "en"}
    answer = signed_in(Role.RELATIONS).post(f"/people/{person.id}/channels/new", data=typed)
    assert (answer.status_code, "is already listed" in answer.text) == (422, True)


def test_affiliation_is_added_and_ended(signed_in: SignIn) -> None:
    person, firm = people.person("Priya"), people.organisation()
    browser = signed_in(Role.RELATIONS)
    typed = {
        "organisation_id": str(firm.id),
        "from_on": "2024-01-01",
        "is_employment": "y",
        "role": "Analyst",
    }
    assert browser.post(f"/people/{person.id}/affiliations/new", data=typed).status_code == 303
    row = db.session.scalars(sa.select(Affiliation)).one()
    early = browser.post(f"/people/affiliations/{row.id}/end", data={"to_on": "2023-01-01"})
    assert (early.status_code, "cannot end before" in early.text) == (422, True)
    assert browser.post(f"/people/affiliations/{row.id}/end", data={"to_on": "2026-01-01"}).status_code == 303
    assert fresh(row).to_on == date(2026, 1, 1)
    backwards = browser.post(f"/people/{person.id}/affiliations/new", data=typed | {"to_on": "2020-01-01"})
    assert (backwards.status_code, "cannot end before" in backwards.text) == (422, True)


def test_wishes_are_noted_for_every_channel(signed_in: SignIn) -> None:
    person = people.person("Amal")
    browser = signed_in(Role.RELATIONS)
    assert browser.get(f"/people/{person.id}/wishes").status_code == 200
    answer = browser.post(f"/people/{person.id}/wishes", data={"is_opted_out": "y", "reason": "Her mail"})
    assert answer.status_code == 303
    assert fresh(person).is_opted_out is True
    assert "They asked not to be contacted" in browser.get(f"/people/{person.id}").text


def test_hand_over_by_form(signed_in: SignIn) -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    person = people.person("Amal", owner=mei)
    browser = signed_in(mei)
    again = browser.post(f"/people/{person.id}/hand-over", data={"owner_id": str(mei.id), "role": "owner"})
    assert (again.status_code, "already owns" in again.text) == (422, True)
    assert (
        browser.post(
            f"/people/{person.id}/hand-over", data={"owner_id": str(omar.id), "role": "owner"}
        ).status_code
        == 303
    )
    assert db.session.scalar(sa.select(sa.func.count(Ownership.id)).where(Ownership.to_at.is_(None))) == 1


def test_organisation_is_added_edited_and_listed(signed_in: SignIn) -> None:
    """P2."""
    browser = signed_in(Role.RELATIONS)
    typed = {
        "name": "Orbit Analysts",
        "kind": "analyst_firm",
        "country": "GB",
        "max_class": "economy",
        "rule_text": "No gifts.",
    }
    assert browser.post("/people/organisations/new", data=typed).status_code == 303
    firm = db.session.scalars(sa.select(Organisation)).one()
    assert (firm.is_gift_allowed, firm.max_class) == (False, "economy")
    twice = browser.post("/people/organisations/new", data=typed | {"name": "orbit analysts"})
    assert (twice.status_code, "already an organisation" in twice.text) == (422, True)
    edited = browser.post(
        f"/people/organisations/{firm.id}/edit", data=typed | {"is_gift_allowed": "y", "version": "1"}
    )
    assert edited.status_code == 303
    assert fresh(firm).is_gift_allowed is True
    assert "Orbit Analysts" in browser.get("/people/organisations?kind=analyst_firm").text
    assert "No gifts." in browser.get(f"/people/organisations/{firm.id}").text


def test_export_is_exactly_what_the_filter_shows_and_is_audited(signed_in: SignIn) -> None:
    """R4; formulas are made harmless."""
    people.person("=Amal", home_country="AE", owner=accounts.user(name="Mei"))
    people.person("Jack")
    browser = signed_in(Role.RELATIONS)
    answer = browser.post("/people/export/csv?country=AE")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [(row["name"], row["country"], row["owner"]) for row in rows] == [
        ("'=Amal", "United Arab Emirates", "Mei")
    ]
    assert list(rows[0]) == ["name", "kind", "country", "owner", "last_touch", "cadence", "stage", "flags"]
    chosen = browser.post("/people/export/csv?order=-name&columns=email,id,name").data.decode("utf-8-sig")
    assert [line.split(",")[2:] for line in chosen.splitlines()] == [["name"], ["Jack"], ["'=Amal"]]
    wanted = sa.select(AuditEvent).where(AuditEvent.action == "people.exported").order_by(AuditEvent.id)
    lines = db.session.scalars(wanted).all()
    assert [(line.subject_id, line.reason) for line in lines] == [
        ("csv", "1 people"),
        ("csv", "2 people"),
    ]
    assert browser.post("/people/export/xlsx").data[:2] == b"PK"
    assert browser.post("/people/export/pdf").status_code == 404


@pytest.mark.parametrize(
    "role", [Role.COORDINATOR, Role.COMPLIANCE, Role.ASSISTANT, Role.PARTNER, Role.AUDITOR, Role.ADMIN]
)
def test_only_relations_write_people(signed_in: SignIn, role: Role) -> None:
    agency = people.organisation("Voz", kind=OrganisationKind.AGENCY)
    person = people.person("Amal", agency_id=agency.id)
    browser = signed_in(accounts.user(role=role, organisation_id=agency.id))
    paths = (
        "new",
        f"{person.id}/edit",
        f"{person.id}/evidence/new",
        f"{person.id}/wishes",
        f"{person.id}/hand-over",
    )
    assert [browser.get(f"/people/{path}").status_code for path in paths] == [403] * 5
    assert browser.post("/people/new", data=GOOD).status_code == 403


NAMES = [
    "Null",
    "أمل الحدّاد",
    "王伟",
    "O'Neil–Ó Briain",
    "X",
    "N" * 320,
    "<b>Amal</b>",
    "Zoë 🎙️",
    "Å" + "\u0301\u0302",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_every_shape_round_trip(app: Flask, signed_in: SignIn, name: str) -> None:
    browser = signed_in(Role.RELATIONS)
    answer = browser.post("/people/new", data=GOOD | {"name": name})
    person = db.session.scalars(sa.select(Person)).one()
    assert (answer.status_code, person.name) == (303, name)
    assert browser.get(f"/people/{person.id}").status_code == 200
    assert browser.post(f"/people/{person.id}/edit", data=EDIT | {"name": name}).status_code == 303
    assert fresh(person).name == name
    assert [found.id for found in queries_listing.find_by_name(None, name)] == [person.id]


def test_search_finds_people_by_name_and_only_those_one_may_see(signed_in: SignIn) -> None:
    """R3: an agency finds nobody it does not speak for."""
    ines = people.person("Inés Moreau")
    assert f'/people/{ines.id}"' in signed_in(Role.RELATIONS).get("/search?q=ines").text
    assert f'/people/{ines.id}"' not in signed_in(Role.PARTNER).get("/search?q=ines").text


def test_parts_are_edited_ended_and_resumed(signed_in: SignIn) -> None:
    """Each under its lock; nothing is taken off the record."""
    person, firm, browser = people.person("Amal"), people.organisation(), signed_in(Role.RELATIONS)
    people.evidence(person)
    people.channel(person, handle="@amal")
    people.employment(person, firm)
    evidence = db.session.scalars(sa.select(Evidence)).one()
    channel = db.session.scalars(sa.select(Channel)).one()
    work = db.session.scalars(sa.select(Affiliation)).one()
    typed = {"kind": "award", "summary": "Prize", "on": "2026-03-02", "version": "1"}
    assert browser.get(f"/people/evidence/{evidence.id}/edit").status_code == 200
    assert browser.post(f"/people/evidence/{evidence.id}/edit", data=typed).status_code == 303
    assert browser.post(f"/people/evidence/{evidence.id}/edit", data=typed).status_code == 409
    typed = {"platform": "Naver", "handle": "@amal", "language": "ko", "audience_size": "12", "version": "1"}
    assert browser.get(f"/people/channels/{channel.id}/edit").status_code == 200
    assert browser.post(f"/people/channels/{channel.id}/edit", data=typed).status_code == 303
    assert (fresh(channel).platform, fresh(channel).audience_read_on) == ("Naver", clock.today())
    late = {"ended_on": (clock.today() + timedelta(days=2)).isoformat()}
    assert browser.post(f"/people/channels/{channel.id}/end", data=late).status_code == 422
    ended = {"ended_on": (clock.today() - timedelta(days=1)).isoformat()}
    assert browser.post(f"/people/channels/{channel.id}/end", data=ended).status_code == 303
    assert "until" in browser.get(f"/people/{person.id}").text
    assert browser.post(f"/people/channels/{channel.id}/resume").status_code == 303
    assert fresh(channel).ended_on is None
    typed = {
        "organisation_id": str(firm.id), "from_on": "2024-02-01", "is_consent_given": "y", "consented_on": "2024-01-20",
        "version": "1",
    }  # fmt: skip
    assert browser.get(f"/people/affiliations/{work.id}/edit").status_code == 200
    assert browser.post(f"/people/affiliations/{work.id}/edit", data=typed).status_code == 303
    assert (fresh(work).consented_on, fresh(work).is_employment) == (date(2024, 1, 20), False)
    alone = typed | {"version": "2"}
    del alone["is_consent_given"]
    refused = browser.post(f"/people/affiliations/{work.id}/edit", data=alone)
    assert (refused.status_code, "needs the consent" in refused.text) == (422, True)


def test_ended_channels_decide_no_disclosure_any_more(signed_in: SignIn) -> None:
    """D1: the countries of an audience count while somebody publishes for it."""
    person = people.person("Amal", home_country="AE")
    people.channel(person, handle="@fr", audience_countries=("FR",))
    people.channel(person, handle="@gb", audience_countries=("GB",))
    row = db.session.scalars(sa.select(Channel).filter_by(handle="@fr")).one()
    assert queries.audience_countries(person) == {"FR", "GB"}
    ended = {"ended_on": (clock.today() - timedelta(days=1)).isoformat()}
    signed_in(Role.RELATIONS).post(f"/people/channels/{row.id}/end", data=ended)
    db.session.rollback()
    assert queries.audience_countries(person) == {"GB"}


def test_record_needs_the_same_queries_for_1_and_20_parts(signed_in: SignIn, count_queries) -> None:
    person, browser = people.person("Amal"), signed_in(Role.COORDINATOR)
    people.evidence(person)
    people.channel(person, handle="@0")
    people.employment(person, people.organisation("Firm 0"))
    browser.get(f"/people/{person.id}")
    count_queries()
    browser.get(f"/people/{person.id}")
    few = count_queries()
    for n in range(1, 20):
        people.evidence(person, summary=f"Talk {n}")
        people.channel(person, handle=f"@{n}")
        people.employment(person, people.organisation(f"Firm {n}"))
    count_queries()
    browser.get(f"/people/{person.id}")
    assert count_queries() == few
