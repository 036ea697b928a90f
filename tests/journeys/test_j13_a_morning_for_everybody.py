"""Each role signs in to a home page with its own work, and what is done by one appears on the desk of the next."""

import re
from collections.abc import Callable
from html import unescape
from xml.etree.ElementTree import Element

import html5lib
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.demo import cast
from app.events import queries as events
from app.people.models import Person
from tests.journeys.walking import Walker

As = Callable[[str], FlaskClient]
_X = "{http://www.w3.org/1999/xhtml}"

#: What waits on the first morning for whom; the days in the reasons move with the calendar, the work does not.
MORNINGS = {
    "mei": [
        "Be in touch with Chidi Nwafordi", "Be in touch with Kerem Aydınsoy", "Be in touch with Marta Kowaleska",
        "Be in touch with Mateus Carvalhedo", "Be in touch with Priya Vembanath", "Be in touch with Yusra Demirhan",
        "Be in touch with أمل رشواني", "Bilal Qureshan: Invitation to Open Lab Lisbon",
        "Carla Brightwell-Ortiz: Invitation to Open Lab Lisbon", "Jack Tarrowby: May we hear your view on mine networks?",
        "Nneka Obiorah-Lane: Invitation to Open Lab Lisbon",
    ],
    "omar": ["Ines Moreau: Private 5G workshop, one day"],
    "ruth": [
        "Ask again: Open Lab Lisbon", "Ask the venue whether the ramp to Lab 2 is finished", "Send invitations: Open Lab Lisbon",
        "Travel of Lerato Mokgathe", "Travel of Sara Lindqvarn", "Travel of Tomás Ibarrondo",
    ],
    "helga": ["Exception for Lerato Mokgathe", "Verify the ledger"],
    "daniel": [
        "Lerato Mokgathe asks for Grace Adeyemi-Holm", "Sara Lindqvarn asks for Grace Adeyemi-Holm",
        "Tomás Ibarrondo asks for Grace Adeyemi-Holm",
    ],
    "paula": [],
    "iris": ["Verify the ledger"],
    "ada": ["Add a second administrator"],
}  # fmt: skip


def _main(page: str) -> Element:
    return next(html5lib.parse(page).iter(f"{_X}main"))


def _waits(page: str) -> list[str]:
    """What the queue of a home page lists, sorted."""
    queue = next((part for part in _main(page).iter() if part.get("id") == "queue"), None)
    assert queue is not None
    heads = (
        head for row in queue.iter(f"{_X}tr") for head in row.iter(f"{_X}th") if head.get("scope") == "row"
    )
    return sorted(" ".join("".join(head.itertext()).split()) for head in heads)


@pytest.mark.parametrize("key", sorted(MORNINGS))
def test_the_first_morning_shows_the_work_of_the_role(london_as: As, key: str) -> None:
    """What waits is the role's own, and every link of the page opens for its reader (R3)."""
    browser = london_as(key)
    page = Walker(browser).open("/")
    assert _waits(page) == sorted(MORNINGS[key])
    links = {unescape(link.get("href") or "") for link in _main(page).iter(f"{_X}a")}
    answers = {url: browser.get(url).status_code for url in links if url.startswith("/")}
    assert {url: status for url, status in answers.items() if status not in {200, 303}} == {}


def test_signing_in_leads_there(london_as: As) -> None:
    """With the address and the password the demo prints, for one user of every role."""
    browser = london_as("mei").application.test_client()
    assert browser.get("/").status_code == 303
    for key in MORNINGS:
        walker = Walker(browser.application.test_client())
        walker.fill("/sign-in", email=f"{key}@lumen.example", password=cast.PASSWORD)
        assert "What waits for you" in walker.follow()


def test_an_invitation_reaches_the_desk_of_the_agency(london_as: As) -> None:
    """Ruth invites Mateus by hand; his agency finds it at home, and tells her the answer; it is gone from there."""
    ruth, paula = Walker(london_as("ruth")), Walker(london_as("paula"))
    event = events.find_event("Open Lab Lisbon")
    assert event is not None
    mateus = db.session.scalars(sa.select(Person).filter_by(email="mateus@voices.example")).one()
    ruth.fill(f"/events/{event.id}/invite", person_ids=[str(mateus.id)], promise="A bench in the lab.")
    assert _waits(paula.open("/")) == []
    invitation = events.invitation_of(event, mateus)
    assert invitation is not None
    ruth.fill(f"/events/invitations/{invitation.id}/by-hand", channel="phone")
    assert _waits(paula.open("/")) == ["Mateus Carvalhedo is invited to Open Lab Lisbon"]
    page = paula.open(f"/events/invitations/{invitation.id}")
    assert re.findall(r"<th[^>]*>[^<]*(?:GBP|Amount|Received)", page) == []
    ruth.fill(
        f"/events/invitations/{invitation.id}/answer",
        state="accepted",
        channel="mail",
        answered_by_name="Paula Quintaval",
    )
    assert _waits(paula.open("/")) == []
    assert "Travel of Mateus Carvalhedo" in _waits(ruth.open("/"))


def test_what_relations_file_waits_for_compliance_and_comes_back(london_as: As) -> None:
    """R1: the need waits on Helga's desk under its title; approved, it is gone from there and Vera is told."""
    vera, helga = Walker(london_as("vera")), Walker(london_as("helga"))
    vera.fill(
        "/advisory/needs/new", program_id=1, title="Antenna review, half a day", question="Which antenna fits a ward?",
        deliverable="A ranked list.", decision="The next order.", why_outside="Nobody here has installed one.",
        criteria="Has installed antennas in hospitals.", is_confirmed="y",
    )  # fmt: skip
    number = vera.number()
    assert "Approve the need: Antenna review, half a day" in _waits(helga.open("/"))
    helga.press(f"/advisory/needs/{number}", f"/advisory/needs/{number}/approve")
    assert _waits(helga.open("/")) == sorted(MORNINGS["helga"])
    assert "Antenna review, half a day" in vera.open("/notices/")
