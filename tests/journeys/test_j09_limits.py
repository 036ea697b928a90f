"""J9: the queue of compliance, a stand-in for a week, a cap tried on the past before it is adopted."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, User
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.events import operations as events
from app.events.details import InvitationDetails
from app.events.models import Event, Invitation
from app.ledger import queries
from app.ledger.details import CapDetails
from app.ledger.models import Cap, Commitment, Entry, ExceptionState, PlannedOffer, RuleException, Subject
from app.ledger.policies import Level
from app.people.models import Person
from app.programs.models import Program
from tests.journeys.walking import Walker, last_line

#: A cap as the simulator's address holds it.
TRIED = "/ledger/caps/simulator?leg=non_cash&window=calendar_year&currency=GBP&soft=5,000.00&name=Lower+annual+cap"


def test_a_gift_above_the_soft_cap_is_refused_and_stays_on_record(
    london_as: Callable[[str], FlaskClient], at: Callable[[datetime], AbstractContextManager[None]]
) -> None:
    """L5, L7, L8, J9.1: Mei plans a gift of 240.00 for Jack; 7,383.80 becomes 7,623.80 above 7,500.00; Helga refuses."""
    jack = db.session.scalars(sa.select(Person).filter_by(email="jack@voices.example")).one()
    program = db.session.scalars(sa.select(Program)).first()
    last_on = db.session.scalar(
        sa.select(sa.func.max(Entry.value_on))
        .join(Subject, Subject.id == Entry.subject_id)
        .where(Subject.person_id == jack.id)
    )
    assert program is not None
    assert last_on is not None
    before = sum(
        (row.received for row in queries.totals([queries.By.LEG], queries.Scope(person_id=jack.id))),
        Money(0, "GBP"),
    )
    with at(datetime.combine(last_on, time(15), UTC)):
        mei, helga = Walker(london_as("mei")), Walker(london_as("helga"))
        gift = {
            "program_id": str(program.id), "category": "gift", "amount": "240.00", "currency": "GBP",
            "expected_on": last_on.isoformat(), "context": "A field recorder",
        }  # fmt: skip
        path = f"/ledger/offers/new?person={jack.id}"
        quoted = mei.fill(path, status=422, **gift).get_data(as_text=True)
        assert f"7,623.80 GBP in {last_on.year} is above the soft limit of 7,500.00 GBP" in quoted
        assert "7,383.80 GBP given, 0.00 GBP booked, 240.00 GBP planned" in quoted
        mei.fill(path, **gift, reason="He lost his own recorder on the way to us.")
        number = mei.number()
        asked = db.session.scalars(
            sa.select(RuleException).filter_by(subject_kind="ledger.offers", subject_id=number)
        ).one()
        queue = helga.open("/ledger/exceptions/")
        assert "Jack Tarrowby" in queue
        assert "7,623.80" in queue
        helga.fill(
            f"/ledger/exceptions/{asked.id}",
            decision="refuse",
            reason="It would pass what we set for a year.",
        )
        db.session.rollback()
        page = mei.open(f"/ledger/offers/{number}")
        assert "Refused" in page
        assert "received is zero" in page
    offer = db.session.get(PlannedOffer, number)
    assert offer is not None
    assert offer.entry_seq is not None
    line = db.session.get(Entry, offer.entry_seq)
    assert line is not None
    assert (line.is_declined, line.reporting, line.declined_minor) == (True, Money(0, "GBP"), 24_000)
    after = sum(
        (row.received for row in queries.totals([queries.By.LEG], queries.Scope(person_id=jack.id))),
        Money(0, "GBP"),
    )
    assert after == before == Money(738_380, "GBP")
    assert db.session.scalars(sa.select(Commitment.stage).filter_by(source_kind="ledger.offers")).all() == [
        "released"
    ]


def test_a_cap_of_five_thousand_would_have_warned_five(london_as: Callable[[str], FlaskClient]) -> None:
    """O5, J9.5: exactly the five whose trips cost more; each opens its rows; nothing is written by trying."""
    helga = Walker(london_as("helga"))
    line = last_line()
    page = helga.open(TRIED)
    lower = CapDetails(
        name="Lower annual cap", currency="GBP", soft_minor=500_000, effective_from_on=clock.today()
    )
    rows = queries.simulate(lower).rows
    assert {row.person.email.partition("@")[0] for row in rows if row.person} == {
        "amal",
        "nneka",
        "jack",
        "mateus",
        "hana",
    }
    assert [row.level for row in rows] == [Level.WARN] * 5
    for row in rows:
        assert row.person is not None
        assert row.person.name in page
        assert f"{row.over.amount:,.2f}" in page
        received = queries.totals(
            [queries.By.LEG],
            queries.Scope(person_id=row.person.id, year=row.crossing.begins.year, leg=lower.leg),
        )
        assert sum((one.received for one in received), Money(0, "GBP")) == row.exposure
    assert last_line() == line
    assert [cap.soft for cap in db.session.scalars(sa.select(Cap))] == [Money(750_000, "GBP")]


def test_the_cap_is_adopted_in_the_place_of_the_old_one(london_as: Callable[[str], FlaskClient]) -> None:
    """J9.5, L9: the form comes filled; the old cap ends the day before and keeps its limits."""
    helga = Walker(london_as("helga"))
    old = db.session.scalars(sa.select(Cap)).one()
    tried = helga.open(f"{TRIED}&against={old.id}")
    address = next(part for part in tried.split('"') if part.startswith("/ledger/caps/new?"))
    helga.fill(address.replace("&amp;", "&"))
    db.session.rollback()
    new = db.session.scalars(sa.select(Cap).where(Cap.replaces_id == old.id)).one()
    db.session.refresh(old)
    assert (new.soft, new.effective_from_on, old.soft, old.effective_to_on) == (
        Money(500_000, "GBP"), clock.today(), Money(750_000, "GBP"), clock.today() - timedelta(days=1),
    )  # fmt: skip


def test_the_officials_invitation_was_approved_first(london_as: Callable[[str], FlaskClient]) -> None:
    """c20, J9.1: Kerem was asked for, quoted, approved with the law confirmed, and only then invited."""
    row = db.session.scalars(sa.select(RuleException).where(RuleException.rule == "public_official")).one()
    invitation = db.session.scalars(sa.select(Invitation).where(Invitation.person_id == row.person_id)).one()
    assert row.decided_at is not None
    assert invitation.sent_at is not None
    assert (row.person.email, row.is_law_confirmed, row.decided_at < invitation.sent_at) == (
        "kerem@voices.example",
        True,
        True,
    )
    page = Walker(london_as("helga")).open(f"/ledger/exceptions/{row.id}")
    assert "confirmed that local law allows it" in page
    assert "Helga" in page


def test_an_official_is_not_invited_before_the_answer(london_as: Callable[[str], FlaskClient]) -> None:
    """c20, J9.1: Ruth invites Kerem again; sending is impossible until Helga has approved what Ruth asks on the page."""
    kerem = db.session.scalars(sa.select(Person).filter_by(email="kerem@voices.example")).one()
    event = db.session.scalars(sa.select(Event).order_by(Event.starts_at.desc()).limit(1)).one()
    mei = db.session.scalars(sa.select(User).filter_by(email="mei@lumen.example")).one()
    with transaction():
        invitation = events.invite(event, kerem, InvitationDetails(promise="A seat."), by=mei)
    number, ruth = invitation.id, Walker(london_as("ruth"))
    assert "before it leaves" in ruth.open(f"/events/invitations/{number}")
    refused = ruth.fill(f"/events/invitations/{number}/by-hand", status=422)
    assert "approved it in writing" in refused.get_data(as_text=True)
    ruth.fill(
        f"/events/invitations/{number}/approval", reason="The one who wrote the survey; agenda enclosed."
    )
    asked = db.session.scalars(
        sa.select(RuleException).filter_by(state=ExceptionState.ASKED, person_id=kerem.id)
    ).one()
    Walker(london_as("helga")).fill(
        f"/ledger/exceptions/{asked.id}",
        decision="grant",
        is_law_confirmed="y",
        reason="The rector agreed in writing.",
    )
    ruth.fill(f"/events/invitations/{number}/by-hand")


def test_sam_decides_in_helgas_name_for_a_week(london_as: Callable[[str], FlaskClient]) -> None:
    """R2, J9.2: Helga's stand-in refuses; the register and the trail keep both names."""
    helga, sam = Walker(london_as("helga")), Walker(london_as("sam"))
    today = clock.today()
    stand_in = db.session.scalars(sa.select(User).filter_by(email="sam@lumen.example")).one()
    helga.fill(
        "/account/stand-ins/new", delegate_id=stand_in.id, from_on=today, to_on=today + timedelta(days=11)
    )
    asked = db.session.scalars(sa.select(RuleException).filter_by(state=ExceptionState.ASKED)).one()
    sam.fill(f"/ledger/exceptions/{asked.id}", decision="refuse", reason="A morning flight would do as well.")
    page = sam.open("/ledger/exceptions/?state=refused")
    assert "Sam Okonjo-Reid" in page
    assert "for Helga" in page
    line = db.session.scalars(
        sa.select(AuditEvent)
        .filter_by(action="ledger.exception_decided")
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).one()
    assert (line.by_id, line.on_behalf_of_id) == (stand_in.id, asked.on_behalf_of_id)
