"""J4: invite, look at the letters in the outbox, send once, write an answer down, see the funnel add up."""

from collections.abc import Callable

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.core.models import MailState, OutboxMail
from app.events import queries as events
from app.events.models import Event, InvitationState
from app.outreach.models import Letter
from app.people.models import Person
from tests.journeys.test_j01_person_to_shortlist import add_rania, admit_rania
from tests.journeys.walking import Walker, last_line, trail_since


def _lisbon() -> Event:
    event = events.find_event("Open Lab Lisbon")
    assert event is not None
    return event


def test_a_new_person_is_invited_and_answers(london_as: Callable[[str], FlaskClient]) -> None:
    """Story point 3: put under a goal, invited, the letter sent once, the answer recorded; E1 holds before and after."""
    mei, ruth = Walker(london_as("mei")), Walker(london_as("ruth"))
    number = add_rania(mei)
    admit_rania(mei, number)
    event = _lisbon()
    before, before_line = events.funnel(event), last_line()

    ruth.fill(f"/events/{event.id}/invite", person_ids=[str(number)], promise="A bench in the lab.")
    person = db.session.get_one(Person, number)
    invitation = events.invitation_of(event, person)
    assert invitation is not None
    assert invitation.state is InvitationState.DRAFT
    ruth.press(f"/events/{event.id}/invitations", "letters")
    assert ruth.at is not None
    where = ruth.at.location
    assert "Rania Al-Sabti" in ruth.follow()

    db.session.rollback()
    letter = db.session.scalars(sa.select(Letter).filter_by(person_id=number)).one()
    assert letter.mail is not None
    assert letter.mail.state is MailState.HELD
    assert "دعوة" in letter.mail.subject  # she reads Arabic first

    ruth.press(where, "batch")
    db.session.rollback()
    assert letter.mail.state is MailState.NEW
    assert invitation.state is InvitationState.INVITED
    answer = {"state": "accepted", "channel": "phone", "answered_by_name": "Her assistant"}
    ruth.fill(f"/events/invitations/{invitation.id}/answer", **answer)
    db.session.rollback()
    assert invitation.state is InvitationState.ACCEPTED
    assert "Her assistant" in ruth.open(f"/events/invitations/{invitation.id}")
    assert trail_since(before_line, "events") == [
        ("events.person_invited", "ruth"), ("events.invitations_prepared", "ruth"), ("events.invitation_sent", "ruth"),
        ("events.answer_recorded", "ruth"),
    ]  # fmt: skip
    after = events.funnel(event)
    assert (after.invited, after.accepted) == (before.invited + 1, before.accepted + 1)
    assert after.invited == after.accepted + after.declined + after.waiting + after.silent


def test_the_funnel_of_every_event_adds_up_on_its_page(london_as: Callable[[str], FlaskClient]) -> None:
    page = Walker(london_as("ruth")).open("/events/1")
    numbers = events.funnel(events.get_event(1))
    assert numbers.invited == numbers.accepted + numbers.declined + numbers.waiting + numbers.silent
    for number in (numbers.invited, numbers.accepted, numbers.declined, numbers.waiting):
        assert f">{number}<" in page


def test_letters_of_the_demo_wait_for_the_worker_in_three_languages(
    london_as: Callable[[str], FlaskClient],
) -> None:
    """G5: released, rendered, one per person, in the language the person reads."""
    mails = db.session.scalars(sa.select(OutboxMail).filter(OutboxMail.state != MailState.HELD)).all()
    assert {mail.language for mail in mails} >= {"ar", "fr", "en"}
    assert len({mail.message_id for mail in mails}) == len(mails)


def test_an_agency_opens_only_its_own_people(london_as: Callable[[str], FlaskClient]) -> None:
    """Negative walk: another partner's person by address is 404, never 403."""
    paula = london_as("paula")
    people = {person.email: person.id for person in db.session.scalars(sa.select(Person))}
    assert paula.get(f"/people/{people['mateus@voices.example']}").status_code == 200
    assert paula.get(f"/people/{people['amal@voices.example']}").status_code == 404
    assert "Amal" not in paula.get("/people/").get_data(as_text=True)
