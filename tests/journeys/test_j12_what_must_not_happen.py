"""What must not happen on any journey: foreign people, amounts, lost edits, dead feeds that answer, letters sent twice."""

import csv
import io
import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.accounts import operations_tokens as accounts
from app.accounts.models import AuditEvent, Role, User
from app.core.db import db, transaction
from app.core.models import MailState, OutboxMail
from app.core.money import Money
from app.events import queries as events
from app.events.models import Event, Invitation
from app.ledger.models import Entry
from app.outreach.models import Letter, Touch
from app.people.models import Organisation, OrganisationKind, Person
from app.travel.models import Leg, Stay, Transfer, Trip
from tests.factories import accounts as make_accounts
from tests.factories import ledger as make_ledger
from tests.journeys.walking import Walker, last_line, trail_since

As = Callable[[str], FlaskClient]

#: Under which addresses a person can be asked for by number.
OF_A_PERSON = (
    "/people/{id}", "/people/{id}/edit", "/people/{id}/evidence/new", "/people/{id}/wishes", "/events/person/{id}",
    "/travel/people/{id}", "/executives/people/{id}", "/outreach/person/{id}", "/advisory/people/{id}",
    "/people/{id}/timeline", "/calendars/people/{id}/share", "/p/invite/{id}",
)  # fmt: skip


def _person(key: str) -> Person:
    return db.session.scalars(sa.select(Person).filter_by(email=f"{key}@voices.example")).one()


def _event(name: str) -> Event:
    event = events.find_event(name)
    assert event is not None
    return event


def _token(key: str) -> dict[str, str]:
    """The header a script of a user sends."""
    with transaction():
        user = db.session.scalars(sa.select(User).filter_by(email=f"{key}@lumen.example")).one()
        return {"Authorization": f"Bearer {accounts.make_token('script', by=user).secret}"}


# -- people of another agency ----------------------------------------------------------------------


def test_an_agency_finds_no_person_of_another_by_any_address(london_as: As) -> None:
    """R3: what opens for her own person is "not found" for anybody else's, and says nothing about them."""
    paula, own = london_as("paula"), _person("mateus")
    with transaction():
        other = Organisation(name="Nordlys Talents", kind=OrganisationKind.AGENCY, country="SE")
        db.session.add(other)
        db.session.flush()
        db.session.get_one(Person, _person("sara").id).agency_id = other.id
    opened = 0
    for foreign in (_person("sara"), _person("amal")):  # of another agency, and of none
        for path in OF_A_PERSON:
            mine, theirs = paula.get(path.format(id=own.id)), paula.get(path.format(id=foreign.id))
            opened += mine.status_code == 200
            assert mine.status_code in {200, 403}, path
            assert theirs.status_code == (404 if mine.status_code == 200 else mine.status_code), path
            assert foreign.name not in theirs.get_data(as_text=True), path
    assert opened == 2 * 4


def test_an_agency_finds_nothing_that_hangs_on_another_person(london_as: As) -> None:
    """R3: trips, invitations, lists, files, search and the interface for programs."""
    paula, own, foreign = london_as("paula"), _person("mateus"), _person("amal")
    for path, model in (("/travel/{id}", Trip), ("/events/invitations/{id}", Invitation)):
        mine, theirs = (
            db.session.scalars(sa.select(model).filter_by(person_id=person.id)).first()
            for person in (own, foreign)
        )
        assert mine is not None
        assert theirs is not None
        assert paula.get(path.format(id=mine.id)).status_code == 200
        assert paula.get(path.format(id=theirs.id)).status_code == 404
    exported = paula.post("/people/export/csv").get_data().decode("utf-8-sig")
    assert [row["name"] for row in csv.DictReader(io.StringIO(exported))] == ["Mateus Carvalhedo"]
    assert "Obiorah-Lane" not in paula.get("/search?q=Nneka").get_data(as_text=True)
    script, header = paula.application.test_client(), _token("paula")
    assert script.get(f"/api/v1/people/{own.id}", headers=header).status_code == 200
    assert script.get(f"/api/v1/people/{foreign.id}", headers=header).status_code == 404
    found = script.get("/api/v1/people", headers=header).get_json()
    assert [item["name"] for item in found["items"]] == ["Mateus Carvalhedo"]


# -- amounts before the eyes of an assistant -------------------------------------------------------


def _amounts() -> set[str]:
    """Every amount of the demo as a person or a program would write it: 3,108.40 and 3108.40, in both currencies."""
    entries = db.session.scalars(sa.select(Entry)).all()
    money = {entry.reporting for entry in entries} | {Money(entry.minor, entry.currency) for entry in entries}
    money = {one for one in money if one.minor >= 1_000}
    return {f"{one.amount:,}" for one in money} | {str(one.amount) for one in money if "." in str(one.amount)}


def _seen_by_an_assistant(daniel: FlaskClient) -> Iterator[tuple[str, str]]:
    """Each page, file, answer and feed an assistant can get, as (where, text)."""
    people = [_person(key).id for key in ("amal", "jack", "ines", "mateus")]
    pages = ["/", "/people/", "/events/", "/events/1", "/events/1/agenda", "/events/1/invitations", "/executives/", "/executives/1",
             "/executives/meetings/1", "/notices/", "/calendars/", "/programs/", "/programs/1", "/disclosure/", "/outreach/"]  # fmt: skip
    pages += [path.format(id=id) for id in people for path in OF_A_PERSON]
    pages += [f"/search?q={word}" for word in ("Amal", "Jack", "travel", "hotel", "workshop")]
    for path in pages:
        answer = daniel.get(path)
        assert answer.status_code in {200, 303, 403}, path
        yield path, answer.get_data(as_text=True) if answer.status_code == 200 else ""
    yield "people.csv", daniel.post("/people/export/csv").get_data().decode("utf-8-sig")
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(daniel.post("/people/export/xlsx").get_data()))
    rows = [row for name in workbook.sheet_names for row in workbook.get_sheet_by_name(name).to_python()]
    yield "people.xlsx", "\n".join(str(cell) for row in rows for cell in row)
    script, header = daniel.application.test_client(), _token("daniel")
    for path in ("/api/v1/people", f"/api/v1/people/{people[0]}", "/api/v1/events", "/api/v1/programs"):
        answer = script.get(path, headers=header)
        yield path, answer.get_data(as_text=True) if answer.status_code == 200 else ""
    for path in ("/calendars/event/1.ics", "/calendars/meeting/1.ics"):
        answer = daniel.get(path)
        assert answer.status_code == 200, path
        yield path, answer.get_data(as_text=True)
    walker = Walker(daniel)
    walker.open("/calendars/new")
    targets = re.findall(r'<option[^>]* value="([^"]+)"', walker.open("/calendars/new"))
    assert targets
    for target in targets:
        shown = walker.fill("/calendars/new", status=200, target=target).get_data(as_text=True)
        address = re.search(r"/calendar/[\w-]{43}\.ics", shown)
        assert address is not None
        yield target, daniel.application.test_client().get(address.group()).get_data(as_text=True)


def test_an_assistant_meets_no_amount_anywhere(london_as: As) -> None:
    """R3: no column and no figure in lists, CSV, XLSX, the interface, search and calendars."""
    amounts = _amounts()
    assert {"3,108.40", "3108.40", "15,200.00", "5,038.08", "6,500.00"} <= amounts
    seen = 0
    for where, text in _seen_by_an_assistant(london_as("daniel")):
        seen += bool(text)
        plain = re.sub(r"<svg.*?</svg>|<style.*?</style>", "", text, flags=re.S)
        found = sorted(
            amount for amount in amounts if re.search(rf"(?<![\d.,]){re.escape(amount)}(?![\d])", plain)
        )
        assert found == [], where
    assert seen >= 44


def test_the_columns_of_an_assistants_lists_are_without_value(london_as: As) -> None:
    """R3: absent, not empty; the rooms of value do not open, nor does their interface."""
    daniel = london_as("daniel")
    heads = daniel.post("/people/export/csv").get_data().decode("utf-8-sig").splitlines()[0].split(",")
    assert heads == ["name", "kind", "country", "owner", "flags"]
    for path in ("/people/", "/events/1/invitations", "/executives/1"):
        page = daniel.get(path).get_data(as_text=True)
        assert re.findall(r"<th[^>]*>[^<]*(?:Amount|Value|Received|Fee|Cost|GBP)", page) == [], path
    header, script = _token("daniel"), daniel.application.test_client()
    for path in ("/api/v1/ledger/entries", "/api/v1/reports/value/1"):
        assert script.get(path, headers=header).status_code == 403, path
    for path in (
        "/ledger/",
        "/ledger/1",
        "/reports/value/1",
        "/reports/value/1/export/csv",
        "/travel/",
        "/travel/1",
        "/advisory/",
    ):
        assert daniel.get(path).status_code == 403, path
    for kind, model in (("leg", Leg), ("stay", Stay), ("transfer", Transfer)):
        row = db.session.scalars(sa.select(model)).first()
        assert row is not None
        assert daniel.get(f"/calendars/{kind}/{row.id}.ics").status_code in {403, 404}, kind


# -- two coordinators, one booking -----------------------------------------------------------------


@pytest.mark.parametrize("way", ["keep theirs", "save mine", "edit again"])
def test_two_coordinators_save_one_booking_and_nothing_is_lost(
    london: Flask, london_as: As, way: str
) -> None:
    """Both opened the same flight; the second to save compares both versions and chooses one of three ways."""
    leg = db.session.scalars(sa.select(Leg).filter_by(number="417")).one()
    colleague = london.test_client()
    make_accounts.session_in(colleague, make_accounts.user(role=Role.COORDINATOR, name="Lukas Brandner"))
    first, second, path = Walker(london_as("ruth")), Walker(colleague), f"/travel/leg/{leg.id}/edit"
    opened = second.typed(path, path)
    first.fill(path, carrier="Fjord Air", number="88")
    second.at = second.browser.post(
        path, data=opened | {"carrier": "Aurora Air", "booking_reference": "MINE42"}
    )
    page = second.at.get_data(as_text=True)
    assert second.at.status_code == 409
    for shown in ("Ruth Mbeki-Hansen saved this", "Fjord Air", "Aurora Air", "MINE42", "Saved now", "Yours",
                  "Begin again from what is saved now"):  # fmt: skip
        assert shown in page, shown
    db.session.rollback()
    assert (leg.carrier, leg.number, leg.booking_reference) == ("Fjord Air", "88", "LIS417")
    if way == "keep theirs":
        assert f'href="/travel/{leg.trip_id}"' in page
        second.open(f"/travel/{leg.trip_id}")
    elif way == "edit again":
        assert second.typed(path, path)["carrier"] == "Fjord Air"
        second.fill(path, carrier="Aurora Air")
    else:
        assert second.again(path).status_code == 303
    db.session.rollback()
    assert (leg.carrier, leg.number, leg.booking_reference) == {
        "keep theirs": ("Fjord Air", "88", "LIS417"),
        "save mine": ("Aurora Air", "417", "MINE42"),
        "edit again": ("Aurora Air", "88", "LIS417"),
    }[way]
    saved = db.session.scalars(
        sa.select(User.name)
        .join(AuditEvent, AuditEvent.by_id == User.id)
        .where(AuditEvent.action == "travel.leg_edited", AuditEvent.subject_id == str(leg.id))
        .order_by(AuditEvent.id)
    ).all()
    assert saved == ["Ruth Mbeki-Hansen", *(["Lukas Brandner"] if way != "keep theirs" else [])]


# -- feeds that were taken back --------------------------------------------------------------------


def test_a_feed_that_was_taken_back_is_gone_at_once(london: Flask, london_as: As) -> None:
    """C1: twelve feeds handed out and one's own; the one taken back is 404 even to a client that knows its ETag."""
    ruth, phone = Walker(london_as("ruth")), london.test_client()
    shown = ruth.fill("/calendars/events/1/share", status=200).get_data(as_text=True)
    paths = sorted(set(re.findall(r"/calendar/[\w-]{43}\.ics", shown)))
    assert len(paths) == 13
    before = {path: phone.get(path) for path in paths}
    assert {answer.status_code for answer in before.values()} == {200}
    numbers = sorted(set(re.findall(r"/calendars/(\d+)/revoke|/calendars/(\d+)\"", ruth.open("/calendars/"))))
    number = int(next(part for part in numbers[0] if part))
    ruth.fill(f"/calendars/{number}/revoke")
    after = {
        path: phone.get(path, headers={"If-None-Match": before[path].headers["ETag"]}).status_code
        for path in paths
    }
    assert sorted(after.values()) == [304] * 12 + [404]
    dead = next(path for path, status in after.items() if status == 404)
    assert phone.get(dead).status_code == 404
    assert "BEGIN:VCALENDAR" not in phone.get(dead).get_data(as_text=True)


# -- one letter each -------------------------------------------------------------------------------


def test_a_double_click_sends_each_letter_once(london_as: As) -> None:
    """G5: six are invited, "Send 6" is pressed twice, and again by a colleague: six mails leave."""
    event, ruth = _event("Open Lab Lisbon"), Walker(london_as("ruth"))
    keys = (
        "amal",
        "kerem",
        "priya",
        "mateus",
        "marta",
        "chidi",
    )
    ruth.fill(
        f"/events/{event.id}/invite", person_ids=[str(_person(key).id) for key in keys], promise="A bench."
    )
    make_ledger.approved(
        _person("kerem"), subject_kind="events", subject_id=event.id
    )  # c20: a public official
    ruth.press(f"/events/{event.id}/invitations", "letters")
    assert ruth.at is not None
    where = ruth.at.location
    assert "Send 6" in ruth.follow()
    held = (
        sa.select(Letter.mail_id)
        .join(OutboxMail, OutboxMail.id == Letter.mail_id)
        .where(OutboxMail.state == MailState.HELD)
    )
    mails = db.session.scalars(held).all()
    n_touches = db.session.scalar(sa.select(sa.func.count(Touch.id))) or 0
    clicked, before = ruth.typed(where, "batch"), last_line()
    answers = [ruth.browser.post("/outreach/outbox/batch", data=clicked).status_code for _ in range(2)]
    assert answers == [303, 303]
    late = london_as("mei").post("/outreach/outbox/batch", data={"batch": clicked["batch"]})
    assert (late.status_code, "Nothing of this batch is waiting" in late.get_data(as_text=True)) == (
        422,
        True,
    )
    db.session.rollback()
    sent = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.id.in_(mails))).all()
    assert [mail.state for mail in sent] == [MailState.NEW] * 6
    assert len({mail.message_id for mail in sent}) == len({mail.recipient for mail in sent}) == 6
    assert db.session.scalar(sa.select(sa.func.count(Touch.id))) == n_touches + 6
    assert trail_since(before, "outreach").count(("outreach.batch_sent", "ruth")) == 1
    assert trail_since(before, "outreach").count(("outreach.letter_released", "ruth")) == 6
