"""What the demo holds none of: one of each, made by the operations the screens use, so that every page has something to show."""

import io
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from app.accounts.models import User
from app.calendars import operations as calendars
from app.calendars.models import FeedKind
from app.calendars.models_replies import CalendarReply, ReplyState
from app.core import clock, jobs
from app.core.db import db, transaction
from app.core.money import Money
from app.core.vtimezone import local_instant
from app.core.wall_times import day_in
from app.disclosures import operations_covenants as covenants
from app.disclosures import operations_remedies
from app.disclosures import queries_covenants as covenants_read
from app.disclosures.models import TieKind
from app.events import operations as event_work
from app.events import queries as events
from app.events import queries_waves as events_read
from app.events.details import AnswerDetails
from app.events.models import AnswerChannel, Event, InvitationState
from app.events.models_waves import GuestHow, PendingWhy
from app.executives import operations as access
from app.executives.details import AvailabilityDetails, BreakDetails, UndertakingDetails, WishDetails
from app.executives.details_matching import MatchingDetails
from app.executives.models import AccessRequest, Executive, Meeting, RequestState
from app.executives.models_access import UndertakingKind, WishSide
from app.ledger import operations as offers
from app.ledger import operations_evidence
from app.ledger import queries as loans
from app.ledger.details_offers import OfferDetails
from app.ledger.models import Basis, Category, Entry, Form, Unit
from app.lists import operations as lists
from app.lists import operations_bulk
from app.lists.details import ViewDetails
from app.lists.models import SavedView, Share
from app.outreach import operations as outreach
from app.outreach import operations_insights, operations_rhythm
from app.outreach.details import TouchDetails
from app.outreach.details_insights import InsightAnswerDetails, InsightDetails, OutcomeDetails
from app.outreach.details_rhythm import PlanDetails
from app.outreach.models import TouchChannel
from app.outreach.models_inbox import InboundMessage, InboundState
from app.outreach.models_insights import OutcomeKind
from app.people import operations_merges
from app.people.details import MergeDetails
from app.people.listing import LISTING
from app.people.models import Person
from app.periods import operations as periods
from app.periods.details import DisputeDetails, PeriodDetails
from app.periods.models import PeriodKind
from app.privacy import operations as privacy_work
from app.privacy import operations_retention
from app.privacy.models import RequestKind
from app.programs import operations_briefs, operations_initiatives
from app.programs.details_initiatives import BriefDetails, InitiativeDetails, LaunchDetails, LoanDetails
from app.programs.models import Program
from app.webhooks import operations as webhooks
from app.webhooks.details import WebhookDetails
from app.webhooks.models import DeliveryState
from tests.factories import events as events_made
from tests.factories import executives, handovers, industry, journeys, ledger, paid, people, privacy, reports

#: How far ahead the Harbour Talks lie: after the events the demo has ahead.
HARBOUR_OPENS_IN = timedelta(days=150)


def add() -> None:
    """Add it to the demo."""
    mei, tom, omar = (_user(name) for name in ("mei", "tom", "omar"))
    jack, amal = (db.session.scalars(sa.select(Person).order_by(Person.id)).all()[place] for place in (0, 1))
    program = db.session.scalars(sa.select(Program).order_by(Program.id)).first()
    assert program is not None
    loads = _saved_reports(_user("helga"), mei)
    with transaction():
        _plans(program, jack, mei)
        _contacts(program, jack, amal, mei, tom)
        calendars.share_feed(FeedKind.MY_WORK, None, by=mei)
    twin = people.person(f"{amal.name} (twin)", owner=mei, email="twin@experts.example")
    with transaction():
        merged = MergeDetails(reason="They told us.")
        operations_merges.merge_people(db.session.merge(amal), db.session.merge(twin), merged, by=mei)
    people.person(
        "Twelve Letters", owner=tom, email="twelve@experts.example", home_country="GB", languages=("en",)
    )
    handovers.letter_text()
    handovers.hand_over(tom, omar)
    _times_of_others(jack)
    _privacy(jack, mei)
    _lists(jack, mei)
    _mail_nobody_knows()
    _answer_nobody_knows()
    _offers_and_ties(program.id, jack.id, mei.id)
    _book(jack, _user("helga"), _user("ruth"))
    _promises(jack, amal, _user("helga"))
    _schedule(_user("ruth"))
    _journey(program)
    _waiting(_user("ruth"))
    _executives(jack, _user("daniel"))
    paid.at_every_step(program, jack, mei, tom, _user("helga"))
    _webhook(_user("ada"), _user("ruth"))
    reports.run(_user("helga"), "workload", loads)
    reports.paper(_user("helga"), program=str(program.id), days="2026-07-01..2026-09-30")
    reports.counting(_user("helga"), program=str(program.id))


def _webhook(ada: User, ruth: User) -> None:
    """A program elsewhere that heard of something, and did not take something else."""
    details = WebhookDetails(
        name="Data warehouse",
        address="https://hooks.lumen.example/in",
        kinds=("person.changed", "trip.changed"),
    )
    with transaction():
        hook = webhooks.make_webhook(details, db.session.merge(ruth), by=db.session.merge(ada)).webhook
        webhooks.ping(hook, by=ada)
        lost = webhooks.ping(hook, by=ada)
        lost.state, lost.n_attempts, lost.last_status = DeliveryState.DEAD, 10, 503
        lost.last_error = "The server answered 503."


def _saved_reports(helga: User, mei: User) -> SavedView:
    """Settings under a name, with a schedule that writes to a colleague; other settings, and what they said first."""
    reports.schedule(reports.saved_report(helga, name="Exceptions of last month", share=Share.ALL), mei)
    view = reports.saved_report(helga, "goals", "Goals of the program", program="1")
    loads = reports.saved_report(helga, "workload", "Who has how much", share=Share.ALL)
    reports.run(helga, "goals", view, program="1")
    reports.run(helga, "workload", loads)
    return loads


def _executives(jack: Person, daniel: User) -> None:
    """Time with executives: a stretch in a room, a break, a pair kept apart, a wish, a signature, a hold, a briefing book."""
    with transaction():
        by, person = db.session.merge(daniel), db.session.merge(jack)
        ceo, cto = db.session.scalars(sa.select(Executive).order_by(Executive.id).limit(2)).all()
        show = db.session.scalars(
            sa.select(Event).where(Event.ends_at > clock.now()).order_by(Event.starts_at)
        ).first()
        meeting = db.session.scalars(
            sa.select(Meeting).filter_by(executive_id=ceo.id).order_by(Meeting.id)
        ).first()
        assert show is not None
        assert meeting is not None
        room = access.add_room(show, "Suite 7", "North wing", by=by)
        db.session.flush()
        begins = show.starts_at + timedelta(days=1)
        stretch = AvailabilityDetails(
            event_id=show.id,
            starts_at=begins,
            ends_at=begins + timedelta(hours=2),
            zone=show.zone,
            room_id=room.id,
        )
        access.offer_stretch(cto, stretch, by=by)
        access.add_break(ceo, BreakDetails(begins=time(18), ends=time(19), label="Family"), by=by)
        access.keep_apart(person, cto, "They are in a dispute about a patent.", by=by)
        access.record_wish(
            show, person, ceo, WishDetails(side=WishSide.EXECUTIVE, rank=1, is_must=True), by=by
        )
        signed = UndertakingDetails(kind=UndertakingKind.NDA, signed_on=clock.today() - timedelta(days=3))
        access.record_signature(person, signed, by=by)
        asked = db.session.scalars(sa.select(AccessRequest).filter_by(state=RequestState.OPEN)).first()
        assert asked is not None
        access.hold_slot(asked, by=by)
        access.note_told(meeting, "The pilot in the port begins in spring.", by=by)
        access.make_book(ceo, meeting.event, day_in(meeting.starts_at, meeting.event.zone), by=by)
        access.start_run(show, MatchingDetails(n_rounds=100), by=by)
    jobs.run_due()


def _schedule(ruth: User) -> None:
    """A published schedule whose dry run waits."""
    item = "<event id='1'><title>Ports</title><start>10:00</start><duration>00:30</duration></event>"
    data = f"<schedule><day date='2026-11-29'><room name='Lab'>{item}</room></day></schedule>".encode()
    with transaction():
        event = db.session.scalars(sa.select(Event).order_by(Event.id)).first()
        assert event is not None
        event_work.read_file(event, io.BytesIO(data), "ports.xml", by=db.session.merge(ruth))


def _journey(program: Program) -> None:
    """Somebody who flies to an event ahead, with everything that hangs on the flight (J5.5)."""
    opens_on = clock.today() + HARBOUR_OPENS_IN
    hours = (time(9), time(18))
    begins, ends = (
        local_instant(datetime.combine(opens_on + timedelta(days=n), hour), "Europe/London")
        for n, hour in zip((0, 2), hours, strict=True)
    )
    show = events_made.event("Harbour Talks", under=db.session.merge(program), starts_at=begins, ends_at=ends)
    guest = events_made.enrolled(
        show, "Mateus of the Harbour", email="harbour@experts.example", languages=("en",)
    )
    invitation = events_made.accepted(show, person=guest)
    grace = executives.executive("Grace Harbour", assistant_id=_user("daniel").id)
    journeys.journey(show, invitation, grace, opens_on, cost=Money(385_020, "GBP"), priced_on=clock.today())


def _times_of_others(jack: Person) -> None:
    """A show, a dry run that waits, a person's calendar and a time they are not free."""
    industry.show(by=_user("ruth"))
    source = industry.source(by=_user("ruth"))
    industry.read(source, industry.calendar(industry.item("a", "Forum", "20270302")))
    industry.source(jack, by=_user("ruth"), address="https://calendar.example.org/jack.ics")
    industry.block(jack, by=_user("ruth"))


def _user(name: str) -> User:
    return db.session.scalars(sa.select(User).where(User.email == f"{name}@lumen.example")).one()


def _plans(program: Program, jack: Person, mei: User) -> None:
    """Programs: an initiative that lends something, a launch, a brief."""
    today = clock.today()
    framework = InitiativeDetails(
        name="Port of Lagos", framework="A film of the port at work.", country="NG", starts_on=today
    )
    started = operations_initiatives.start_initiative(program, framework, by=mei)
    loan = LoanDetails(person_id=jack.id, what="Film crew", from_on=today, until_on=today + timedelta(days=3))
    operations_initiatives.lend(started, loan, by=mei)
    operations_initiatives.set_launch(
        program, LaunchDetails(name="Core 6", on=today + timedelta(days=120)), by=mei
    )
    operations_briefs.write_brief(
        program, BriefDetails(title="Private 5G", message="What we say about it."), by=mei
    )


def _contacts(program: Program, jack: Person, amal: Person, mei: User, tom: User) -> None:
    """Outreach: a plan, a stopped message, insights open and answered, an outcome."""
    today = clock.today()
    by_mail = {"person_id": jack.id, "channel": TouchChannel.MAIL}
    ask = TouchDetails(subject="An interview about ports", is_ask=True, **by_mail)
    made = outreach.try_touch(ask, by=mei)
    outreach.try_touch(TouchDetails(subject="Our new core", **by_mail), by=tom)
    plan = PlanDetails(subject="After the launch", planned_on=today + timedelta(days=30), **by_mail)
    operations_rhythm.plan_touch(plan, by=mei)
    heard = {
        "person_id": amal.id, "program_id": program.id, "advice": "Print the manual in Arabic.", "heard_on": today,
        "department_id": mei.department_id, "owner_id": mei.id, "reply_due_on": today + timedelta(days=14),
    }  # fmt: skip
    operations_insights.note_insight(InsightDetails(**heard), by=mei)
    answered = operations_insights.note_insight(
        InsightDetails(**heard | {"advice": "Show the price."}), by=mei
    )
    decision = InsightAnswerDetails(
        decision="Yes, from May.", is_adopted=True, what_changed="The price is shown."
    )
    operations_insights.answer_insight(answered, decision, by=mei)
    outcome = OutcomeDetails(
        program_id=program.id, touch_id=made.id, kind=OutcomeKind.QUOTE, on=today, country="NG",
        statement="Quoted in a trade paper.",
    )  # fmt: skip
    operations_insights.record_outcome(outcome, by=mei)


def _privacy(jack: Person, mei: User) -> None:
    """Requests of both kinds, one that is confirmed by somebody else, a hold, a day of retention."""
    for kind in (RequestKind.ACCESS, RequestKind.ERASURE):
        privacy.request(jack, kind, by=mei, handler_id=mei.id)
    with transaction():
        privacy_work.place_hold(db.session.merge(jack), "A court asks for it.", by=mei)
    operations_retention.run_daily()


def _offers_and_ties(program_id: int, jack_id: int, mei_id: int) -> None:
    """A gift that is planned, and somebody who owns a part of the house."""
    with transaction():
        mei, jack = db.session.get_one(User, mei_id), db.session.get_one(Person, jack_id)
        gift = OfferDetails(
            person_id=jack_id, program_id=program_id, category=Category.GIFT, expected_on=clock.today(),
            money=Money(1200, "GBP"), context="A book about ports", reason="He asked where to find it.",
        )  # fmt: skip
        offers.plan_offer(gift, by=mei)
        operations_remedies.record_tie(jack, TieKind.EQUITY, clock.today(), by=mei)


def _lists(jack: Person, mei: User) -> None:
    """A saved view, and an action on many."""
    with transaction():
        details = ViewDetails(name="Analysts who are quiet", query={"days": "30"})
        lists.save_view(LISTING, details, by=db.session.merge(mei))
        values = {"user_id": str(_user("omar").id)}
        operations_bulk.act_on_many(LISTING, LISTING.actions["deputy"], values, [jack.id], by=mei)


def _mail_nobody_knows() -> None:
    """A message in the mailbox whose sender is not known."""
    row = InboundMessage(
        message_id="<nobody@elsewhere.example>", state=InboundState.WAITING, sender="nobody@elsewhere.example",
        recipients=["rapport@lumen.example"], subject="Hello", reason="Nobody is known by the sender.", sent_at=clock.now(),
        received_at=clock.now(), user_id=_user("mei").id,
    )  # fmt: skip
    with transaction():
        db.session.add(row)


def _answer_nobody_knows() -> None:
    """An answer from a calendar, to the first event, by an address nobody was invited at."""
    message = db.session.scalars(sa.select(InboundMessage).order_by(InboundMessage.id)).first()
    assert message is not None
    row = CalendarReply(
        inbound_id=message.id, state=ReplyState.WAITING, reason="Nobody was invited at this address.",
        event_id=db.session.scalar(sa.select(Event.id).order_by(Event.id).limit(1)), method="REPLY", partstat="ACCEPTED",
        attendee="nobody@elsewhere.example", said_at=clock.now(), received_at=clock.now(),
    )  # fmt: skip
    with transaction():
        db.session.add(row)


def _book(jack: Person, helga: User, ruth: User) -> None:
    """Ledger and periods: two things lent, one to be written off; a file; the quarter before under review, a dispute."""
    program = db.session.scalars(sa.select(Program).order_by(Program.id)).first()
    lent = {
        "category": Category.PRODUCT_LOAN, "form": Form.LOAN, "basis": Basis.RENTAL_EQUIVALENT, "value_on": clock.today(),
        "due_on": clock.today() + timedelta(days=30), "place": "", "money": ledger.gbp("120"),
    }  # fmt: skip
    cameras = [
        ledger.post(ledger.stay(jack, program, provider=name, **lent)).entry for name in ("One", "Two")
    ]
    with transaction():
        operations_evidence.add_evidence(
            cameras[0],
            b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
            "handed-over.pdf",
            note="The slip",
            by=ruth,
        )
        operations_evidence.ask_write_off(
            loans.get_loan(cameras[1].seq), reason="It fell into the river.", by=ruth
        )
    today = clock.today()
    this = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    before = (this - timedelta(days=1)).replace(day=1) - timedelta(days=40)
    last = date(before.year, (before.month - 1) // 3 * 3 + 1, 1)
    with transaction():
        earlier, _now = (
            periods.open_period(PeriodDetails(kind=PeriodKind.QUARTER, from_on=on), by=helga)
            for on in (last, this)
        )
        periods.open_review(earlier, by=helga)
    with transaction():
        scope = loans.Scope(person_id=jack.id, from_on=last, to_on=this - timedelta(days=1), unit=Unit.ITEM)
        entry = db.session.scalars(loans.entries_in(scope).order_by(Entry.seq.desc())).first()
        assert entry is not None
        periods.dispute_line(jack, DisputeDetails(entry_seq=entry.seq, reason="I shared the car."))


def _promises(jack: Person, amal: Person, helga: User) -> None:
    """Disclosure: one who signed the covenant, and one who would sign other words."""
    with transaction():
        text = covenants_read.offered_to(jack)
        assert text is not None
        covenants.sign_as_person(jack, text, is_named=True, by=None)
        other = covenants_read.offered_to(amal)
        assert other is not None
        covenants.propose_edit(amal, other, f"{other.text}\n\nI say who paid for the trip.", by=None)


def _waiting(ruth: User) -> None:
    """Events: a place that is kept for somebody, a guest, and an answer that came late."""
    event = events.find_event("Open Lab Lisbon")
    assert event is not None
    waits, late, *_ = events_read.list_silent(event)
    with transaction():
        here = [db.session.merge(one) for one in (waits, late)]
        said = AnswerDetails(
            state=InvitationState.WAITING, channel=AnswerChannel.PHONE, reason="If there is a place."
        )
        event_work.record_answer(here[0], said, by=ruth)
        event_work.offer_place(here[0], by=ruth, reason="She asked first.")
        event_work.add_guest(
            here[1], "Zoë Ó Briain", "zoe@firm.example", "I read the letter.", GuestHow.FORWARDED, by=None
        )
        colleague = event_work.add_guest(
            here[1],
            "Ravi Okonjo-Lund",
            "ravi@firm.example",
            "I help with the camera.",
            GuestHow.DELEGATE,
            by=None,
        )
        event_work.decide_guest(colleague, True, by=ruth)
        yes = AnswerDetails(
            state=InvitationState.ACCEPTED, channel=AnswerChannel.PORTAL, reason="Sorry, I was away."
        )
        event_work.keep_for_decision(here[1], yes, PendingWhy.LATE, by=None)
        here[0].event.place = "Armazém 14"  # who accepted is to be asked again
