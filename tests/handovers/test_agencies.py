"""R3 for agencies: exactly the people they represent, exactly as long, at every door; and what comes back."""

import io
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import User
from app.calendars import queries as calendars
from app.calendars.models import FeedKind
from app.core.db import db, transaction
from app.core.errors import DomainError, NotFound
from app.core.sheets import read_xlsx
from app.events.models import Event
from app.notices import operations as notices
from app.notices import queries as reading_notices
from app.outreach import operations
from app.outreach import queries as outreach
from app.outreach.models import Collision, CollisionState, Touch
from app.people.models import Person, Representation
from app.people.policies import DayIsOver, NotAnAgency
from tests.conftest import fresh
from tests.factories import accounts, events, handovers
from tests.factories import outreach as make_outreach
from tests.factories import people as make_people
from tests.factories.api import headers

At = Callable[[datetime], AbstractContextManager[None]]
BEFORE = datetime(2026, 9, 20, 9, tzinfo=UTC)
DURING = datetime(2026, 9, 25, 9, tzinfo=UTC)
AFTER = datetime(2026, 9, 30, 9, tzinfo=UTC)
NAME = "Mateus Quadros"


@dataclass
class World:
    """Mateus, invited to the show; Costa Vozes speaks for him from 24 to 28 September; Jack is nobody's."""

    person: Person
    jack: Person
    event: Event
    invitation_id: int
    row: Representation
    paula: User
    owner: User


@pytest.fixture
def world(app: object, at: At) -> World:
    mei = accounts.user(name="Mei")
    with at(BEFORE - timedelta(days=20)):
        show = events.event()
        mateus = events.enrolled(show, NAME, owner=mei)
        jack = events.enrolled(show, "Jack Zimmer", owner=mei)
        events.accepted(show, person=jack)
        invitation = events.accepted(show, person=mateus)
    costa = handovers.agency()
    paula = handovers.partner(costa)
    with at(BEFORE):
        row = handovers.representation(mateus, costa, from_on=date(2026, 9, 24), to_on=date(2026, 9, 28))
        with transaction():
            notices.notify(
                f"{NAME} was moved to Hall 2.", user=db.session.merge(paula), source=("people", mateus.id)
            )
    return World(mateus, jack, show, invitation.id, row, paula, mei)


Door = Callable[[FlaskClient, World, dict[str, str]], str]


def page(path: str, **form: str) -> Door:
    """What a page says; a refusal says nothing."""

    def open_it(browser: FlaskClient, world: World, token: dict[str, str]) -> str:
        where = path.format(person=world.person.id, event=world.event.id, invitation=world.invitation_id)
        if where.startswith("/api/"):
            answer = browser.get(where, headers=token)
        else:
            answer = browser.post(where, data=form) if form else browser.get(where)
        assert answer.status_code in {200, 403, 404}, (where, answer.status_code)
        return answer.get_data(as_text=True) if answer.status_code == 200 else ""

    return open_it


#: Every door at which a person can be seen, and whether an agency sees its own person there.
DOORS: dict[str, tuple[Door, bool]] = {
    "list": (page("/people/"), True),
    "list, filtered": (page("/people/?q=mateus"), True),
    "record": (page("/people/{person}"), True),
    "export as CSV": (page("/people/export/csv", go="1"), True),
    "timeline": (page("/people/{person}/timeline"), True),
    "events of the person": (page("/events/person/{person}"), True),
    "events": (page("/events/"), True),
    "invitations of an event": (page("/events/{event}/invitations"), True),
    "home": (page("/"), True),
    "contacts": (page("/outreach/agency"), True),
    "interface, list": (page("/api/v1/people"), True),
    "interface, one": (page("/api/v1/people/{person}"), True),
    "search": (page("/search?q=mateus"), True),
    # Never, represented or not: what is said inside the house.
    "our contacts": (page("/outreach/person/{person}"), False),
    "outbox": (page("/outreach/outbox"), False),
    "mail": (page("/notices/mailbox"), False),
    "notes": (page("/people/{person}/notes"), False),
    "ledger": (page("/ledger/person/{person}"), False),
    "workload": (page("/handovers/workload"), False),
    "hand-overs": (page("/handovers/"), False),
    "kit": (page("/handovers/returns/1"), False),
    "interface, value": (page("/api/v1/ledger?person_id={person}"), False),
}
#: Names are not shown on these pages; that the event is there at all says that somebody is invited.
SHOWN_AS = {"events": "Connect London", "events of the person": "Connect London"}
#: Search finds people once a finder for people is registered; until then agencies find no more than anybody.
MAY_BE_SILENT = frozenset({"search"})


@pytest.mark.parametrize("door", sorted(DOORS))
def test_an_agency_sees_a_person_exactly_while_it_represents_them(
    world: World, at: At, signed_in: Callable[..., FlaskClient], door: str
) -> None:
    """R3, the matrix: door by door, before, during and after; never anybody else."""
    open_it, is_open = DOORS[door]
    seen = {}
    for moment in (BEFORE, DURING, AFTER):
        with at(moment):
            said = open_it(signed_in(world.paula), world, headers(world.paula))
        seen[moment] = SHOWN_AS.get(door, NAME) in said
        assert "Jack Zimmer" not in said
    if door not in MAY_BE_SILENT:
        assert seen == {BEFORE: False, DURING: is_open, AFTER: False}
    assert not seen[BEFORE]
    assert not seen[AFTER]


def test_feeds_follow_the_representation(world: World, at: At) -> None:
    """R3: a calendar that an agency had would be empty of the person before and after; a person's own is not found."""
    found = {}
    for moment in (BEFORE, DURING, AFTER):
        with at(moment):
            try:
                calendar = calendars.calendar_of(FeedKind.PERSON, world.person.id, fresh(world.paula))
                found[moment] = calendar.name
            except (NotFound, DomainError):
                found[moment] = ""
            with pytest.raises((NotFound, DomainError)):
                calendars.calendar_of(FeedKind.PERSON, world.jack.id, fresh(world.paula))
    assert (found[BEFORE], found[AFTER]) == ("", "")


def test_ending_takes_access_at_once_and_hands_notices_and_asks_back(
    world: World, at: At, signed_in: Callable[..., FlaskClient]
) -> None:
    """The agency is out at that moment; the owner has the ask, the notice, and word of the kit."""
    with at(DURING):
        browser = signed_in(world.paula)
        _record(browser, world.person.id, subject="Which flight suits him?", is_ask="y")
        assert NAME in browser.get("/notices/").get_data(as_text=True)
        handovers.hand_back(world.row)
        assert browser.get(f"/people/{world.person.id}").status_code == 404
        assert NAME not in browser.get("/notices/").get_data(as_text=True)
        assert NAME not in browser.get("/notices/?state=done").get_data(as_text=True)
        assert outreach.count_open_asks(None, of=fresh(world.owner)) == 1
        said = [row.message for row in reading_notices.list_open_to(fresh(world.owner))]
    assert f"{NAME} was moved to Hall 2." in said
    assert (
        f"Costa Vozes speaks for {NAME} no more. The record is back with you: 1 contact, 1 open ask." in said
    )


def test_what_an_agency_said_stays_with_us(
    world: World, at: At, signed_in: Callable[..., FlaskClient]
) -> None:
    """Their own touches stay visible to us, on the person's page and in the kit, as page and file."""
    with at(DURING):
        _record(signed_in(world.paula), world.person.id, subject="Which flight suits him?", is_ask="y")
        handovers.hand_back(world.row)
    with at(AFTER):
        mei = signed_in(world.owner)
        assert "Which flight suits him?" in mei.get(f"/outreach/person/{world.person.id}").get_data(
            as_text=True
        )
        kit = mei.get(f"/handovers/returns/{world.row.id}").get_data(as_text=True)
        assert "Which flight suits him?" in kit
        assert "Paula" in kit
        file = mei.post(f"/handovers/returns/{world.row.id}/file")
    assert file.data[:2] == b"PK"
    facts = {row.values["Fact"]: row.values["Value"] for row in read_xlsx(io.BytesIO(file.data))}
    assert (facts["Contacts made"], facts["Open asks"], facts["Why it ended"]) == (
        "1",
        "1",
        "The contract ended.",
    )


def _record(browser: FlaskClient, person_id: int, **form: str) -> None:
    answer = browser.post(
        "/outreach/agency", data={"person_id": str(person_id), "channel": "phone", "form_key": "k"} | form
    )
    assert answer.status_code in {303, 422}


def test_the_kit_is_written_in_the_language_of_whoever_takes_it(
    world: World, at: At, signed_in: Callable[..., FlaskClient]
) -> None:
    """What stands for a subject that was not kept, and answers of our own words."""
    with at(DURING):
        _record(signed_in(world.paula), world.person.id, subject=f"Mail to {NAME}", is_ask="y")
        with transaction():
            db.session.merge(world.owner).locale = "fr"
            touch = db.session.scalars(sa.select(Touch).where(Touch.user_id == world.paula.id)).one()
            operations.answer_ask(touch, "They answered by mail.", by=world.owner)
        handovers.hand_back(world.row)
    with at(AFTER):
        file = signed_in(world.owner).post(f"/handovers/returns/{world.row.id}/file")
    with zipfile.ZipFile(io.BytesIO(file.data)) as parts:
        text = " ".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    assert (f"Courriel à {NAME}" in text, "Réponse reçue par courriel." in text) == (True, True)


def test_an_agency_touches_only_its_own_people(
    world: World, at: At, signed_in: Callable[..., FlaskClient]
) -> None:
    with at(DURING):
        browser = signed_in(world.paula)
        for person_id in (world.jack.id, 99):
            _record(browser, person_id, subject="Hello")
        assert db.session.scalars(sa.select(Touch).where(Touch.user_id == world.paula.id)).all() == []
    with at(AFTER):
        _record(signed_in(world.paula), world.person.id, subject="Hello")
        assert db.session.scalars(sa.select(Touch).where(Touch.user_id == world.paula.id)).all() == []


def test_the_guard_weighs_an_agency_and_tells_it_nothing_of_ours(
    world: World, at: At, signed_in: Callable[..., FlaskClient]
) -> None:
    """G3, R3: stopped like everybody; the owner is asked; the agency reads neither our words nor our names."""
    with at(DURING - timedelta(hours=1)):
        make_outreach.touch(world.person, world.owner, subject="Secret embargo", is_ask=True)
    with at(DURING):
        browser = signed_in(world.paula)
        _record(browser, world.person.id, subject="Hello from Costa")
        said = browser.get("/outreach/agency").get_data(as_text=True)
        stop = db.session.scalars(sa.select(Collision)).one()
    assert stop.state is CollisionState.OWNER_ASKED
    assert "the owner was asked" in said
    assert "Secret embargo" not in said


@pytest.mark.parametrize(
    ("days", "error"), [({"from_on": date(2026, 9, 1)}, DayIsOver), ({"to_on": date(2026, 9, 24)}, DayIsOver)]
)
def test_days_of_a_representation_make_sense(
    world: World, at: At, days: dict[str, date], error: type[Exception]
) -> None:
    with at(DURING), pytest.raises(error):
        handovers.representation(world.jack, handovers.agency("Nova"), **days)


def test_only_agencies_represent(world: World, at: At) -> None:
    with at(DURING), pytest.raises(NotAnAgency):
        handovers.representation(world.jack, make_people.organisation("Orbit"))


def test_another_agency_takes_over_at_its_first_day(world: World, at: At) -> None:
    """Dated: the one before ends where the next begins; nobody has two agencies at once."""
    nova = handovers.agency("Nova Voz")
    with at(DURING):
        handovers.representation(world.person, nova, from_on=date(2026, 9, 27))
    rows = db.session.scalars(sa.select(Representation).order_by(Representation.from_at)).all()
    assert [(row.organisation.name, row.from_on) for row in rows] == [
        ("Costa Vozes", date(2026, 9, 24)), ("Nova Voz", date(2026, 9, 27)),
    ]  # fmt: skip
    assert rows[0].to_at == rows[1].from_at
    assert rows[1].to_at is None


def test_editing_a_person_begins_and_ends_a_representation(world: World, at: At) -> None:
    with at(DURING):
        costa = handovers.agency("Nova Voz")
        made = make_people.person("Zoe", agency_id=costa.id)
        row = db.session.scalars(sa.select(Representation).where(Representation.person_id == made.id)).one()
        assert row.to_at is None
        assert row.from_at <= DURING
