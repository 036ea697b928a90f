"""Chapter three: one paid workshop, openly, long after the hotel; and the work that lies on everybody's desk today."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from app.advisory import operations as advisory
from app.advisory.details import (
    AdviceDetails,
    AlternativeDetails,
    BandDetails,
    ContractDetails,
    DeliveryDetails,
    EffortDetails,
    NeedDetails,
    PaymentDetails,
    ProposalDetails,
    RateCardDetails,
)
from app.advisory.models import Engagement, Need, RateCard
from app.core.money import Money
from app.core.vtimezone import local_instant
from app.demo.london import PROMISE
from app.demo.story import Story
from app.disclosures import operations as disclosures
from app.disclosures.models import AcknowledgementHow
from app.events import operations as events
from app.events.details import AnswerDetails, EventDetails, InvitationDetails, SessionDetails, WaveDetails
from app.events.models import AnswerChannel, Audience, Invitation, InvitationState
from app.executives import operations as executives
from app.executives.details import RequestDetails, SlotDetails
from app.ledger.details import ExceptionDetails
from app.ledger.models import Category
from app.notices import queries as notices
from app.notices.operations import finish
from app.outreach import operations as outreach
from app.outreach.details import TouchDetails
from app.outreach.models import TouchChannel, TouchKind
from app.travel import operations as travel
from app.travel.details import LegDetails, TripDetails
from app.travel.models import LegMode, TravelClass

#: The hotel is left on day 3; ninety days later the gate is open.
_SERVICE_DAY = 3 + 90
_ZONE = "Europe/Lisbon"


def workshop(story: Story) -> None:
    """The need first, then people, the gate, the contract, the work, the fee (A1 to A5)."""
    card, need = _agree_on_rates(story), _file_need(story)
    helga, omar = story.users["helga"], story.users["omar"]
    with story.at(40):
        engagement = advisory.propose_person(
            need,
            story.people["ines"],
            ProposalDetails(
                band_id=card.bands[1].id,
                effort=EffortDetails(work=Decimal(1)),
                service_on=story.on(_SERVICE_DAY),
                why_this_person="Planned two hospital networks and wrote down what failed.",
                fee=Money(650_000, "GBP"),
                alternatives=(
                    AlternativeDetails(
                        person_id=story.people["priya"].id, why_not="The firm sells the same advice."
                    ),
                    AlternativeDetails(
                        person_id=story.people["lerato"].id, why_not="Cities rather than hospitals."
                    ),
                    AlternativeDetails(
                        name="Odile Ferrand-Kask",
                        evidence="Runs a clinic's network in Geneva",
                        why_not="Not free before the decision.",
                    ),
                ),
            ),
            by=omar,
        )
    with story.at(45):
        advisory.clear_engagement(
            engagement,
            reason="Hospitality ended ninety days before the day of work; the need was written before the name.",
            by=helga,
        )
    with story.at(60):
        advisory.contract_engagement(
            engagement,
            ContractDetails(reference="C-2041", party="Ines Moreau", signed_on=story.on(60)),
            by=omar,
        )
    _deliver(story, engagement)


def _agree_on_rates(story: Story) -> RateCard:
    with story.at(-250):
        return advisory.set_rate_card(
            RateCardDetails(
                name="Advisory work",
                currency="GBP",
                effective_from_on=story.on(-250),
                bands=(
                    BandDetails(tier="A", activity=Category.WORKSHOP_FEE, per="day", maximum_minor=420_000),
                    BandDetails(tier="B", activity=Category.WORKSHOP_FEE, per="day", maximum_minor=650_000),
                    BandDetails(tier="C", activity=Category.ADVISORY_FEE, per="hour", maximum_minor=25_000),
                ),
            ),
            by=story.users["helga"],
        )


def _file_need(story: Story) -> Need:
    with story.at(24):
        need = advisory.file_need(
            NeedDetails(
                program_id=story.program.id,
                goal_id=story.goal.id,
                title="Private 5G workshop, one day",
                question="Which hospital tasks need a network slice of their own, and which do not?",
                deliverable="One day with the product owners, and a written ranking of twelve tasks.",
                decision="The roadmap of the indoor radio, decided next quarter.",
                why_outside="Nobody in the house has run a hospital network.",
                criteria="Has planned hospital networks; has criticised vendors in public; speaks to engineers.",
            ),
            by=story.users["vera"],
        )
    with story.at(27):
        advisory.approve_need(need, by=story.users["helga"])
    return need


def _deliver(story: Story, engagement: Engagement) -> None:
    omar, helga, vera = story.users["omar"], story.users["helga"], story.users["vera"]
    with story.at(_SERVICE_DAY, hour=9):
        advisory.start_delivery(engagement, by=omar)
    with story.at(_SERVICE_DAY, hour=18):
        advisory.record_delivery(
            engagement,
            DeliveryDetails(
                delivered_on=story.on(_SERVICE_DAY),
                units=Decimal(1),
                evidence="Ranking of twelve tasks, list of those present.",
            ),
            by=omar,
        )
    with story.at(_SERVICE_DAY + 4, hour=15):
        for place, (question, advice) in enumerate(_ADVICE):
            advisory.record_advice(
                engagement,
                AdviceDetails(
                    question=question,
                    advice=advice,
                    is_adopted=True if place == 0 else None,
                    decision="Taken into the next release." if place == 0 else "",
                    told_on=story.on(_SERVICE_DAY + 4) if place == 0 else None,
                ),
                by=vera,
            )
    with story.at(_SERVICE_DAY + 5):
        advisory.approve_payment(engagement, by=helga)
    with story.at(_SERVICE_DAY + 8):
        payment = PaymentDetails(
            paid_on=story.on(_SERVICE_DAY + 8),
            payee="Ines Moreau",
            reference="PAY-8813",
            fee=Money(650_000, "GBP"),
        )
        advisory.pay_engagement(engagement, payment, by=omar)


_ADVICE = (
    ("Does patient monitoring need its own slice?", "Yes, and it must survive the loss of the core."),
    ("Does the pharmacy robot?", "No; give it a better antenna."),
    ("What did nobody ask?", "Who answers the phone at night when the slice is gone."),
)


def clear_desks(story: Story) -> None:
    """What was on people's desks about London has long been dealt with."""
    with story.lately(31):
        for user in story.users.values():
            while pile := notices.list_notices(user):
                for notice in pile:
                    finish(notice, by=user)


def lie_ahead(story: Story) -> None:
    """A second event with open work: silent invitations, a flight that is missing, requests for an executive's time."""
    ruth = story.users["ruth"]
    first = story.ahead(52)
    first += timedelta(days=(1 - first.weekday()) % 7)
    begins, ends = (
        local_instant(datetime.combine(first + timedelta(days=days), time(hour)), _ZONE)
        for days, hour in ((0, 9), (1, 17))
    )
    with story.lately(30):
        story.next_event = events.plan_event(
            EventDetails(
                program_id=story.program.id,
                name="Open Lab Lisbon",
                place="Armazém 12",
                city="Lisbon",
                country="PT",
                zone=_ZONE,
                starts_at=begins,
                ends_at=ends,
                capacity=6,
                address="Rua do Açúcar 12, Lisbon",
                audiences=(Audience.EXPERT,),
                n_lead_weeks=8,
                n_visa_weeks=6,
            ),
            by=ruth,
        )
        for title, room, hour, audience in (
            ("Bring your own building", "Lab 1", 10, Audience.ALL),
            ("Office hours with the radio team", "Lab 2", 14, Audience.EXPERT),
        ):
            starts = local_instant(datetime.combine(first, time(hour)), _ZONE)
            session = SessionDetails(
                title=title,
                place=room,
                starts_at=starts,
                ends_at=starts + timedelta(hours=2),
                audience=audience,
            )
            events.add_session(story.next_event, session, by=ruth)
        _plan_waves(story, begins)
    invitations = _invite_again(story)
    _begin_travel(story, invitations, begins, ends)
    _ask_for_time(story, begins)
    _stay_in_touch(story)


def _plan_waves(story: Story, begins: datetime) -> None:
    """Two waves: the first answers until three weeks before, and what it leaves goes to the second."""
    for number, name, days, n_seats in ((1, "Those who know the lab", 21, 6), (2, "New voices", 10, 0)):
        deadline = begins - timedelta(days=days)
        details = WaveDetails(number=number, name=name, n_seats=n_seats, answer_by_at=deadline)
        events.plan_wave(story.next_event, details, by=story.users["ruth"])


def _invite_again(story: Story) -> dict[str, Invitation]:
    ruth = story.users["ruth"]
    keys = ["lerato", "sara", "ines", "nneka", "bilal", "carla", "tomas"]
    with story.lately(24):
        made = {
            key: events.invite(
                story.next_event,
                story.people[key],
                InvitationDetails(promise=PROMISE, badge="Expert"),
                by=ruth,
            )
            for key in keys
        }
        prepared = events.send_invitations(story.next_event, list(made.values()), by=ruth)
    with story.lately(23):
        outreach.release_batch(prepared.batch, by=ruth)
    answers = {
        "lerato": InvitationState.ACCEPTED,
        "sara": InvitationState.ACCEPTED,
        "tomas": InvitationState.ACCEPTED,
        "ines": InvitationState.DECLINED,
    }
    for place, (key, state) in enumerate(answers.items()):
        with story.lately(18 - place):
            reason = (
                "After the workshop I would rather keep a year's distance."
                if state is InvitationState.DECLINED
                else ""
            )
            events.record_answer(
                made[key], AnswerDetails(state=state, channel=AnswerChannel.PORTAL, reason=reason), by=None
            )
    with story.lately(2):
        events.invite(
            story.next_event,
            story.people["yusra"],
            InvitationDetails(wave=2, promise=PROMISE, badge="Expert"),
            by=ruth,
        )
    return made


def _begin_travel(story: Story, invitations: dict[str, Invitation], begins: datetime, ends: datetime) -> None:
    ruth = story.users["ruth"]
    with story.lately(12):
        disclosures.acknowledge(story.people["tomas"], story.policy, AcknowledgementHow.PORTAL, "es", by=None)
        trips = {
            key: travel.open_trip(
                invitations[key],
                TripDetails(
                    from_on=(begins - timedelta(days=1)).date(),
                    to_on=(ends + timedelta(days=1)).date(),
                    wish=wish,
                ),
                by=ruth,
            )
            for key, wish in (
                ("sara", "Direct flight, aisle seat"),
                ("tomas", "Train if there is one"),
                ("lerato", ""),
            )
        }
    with story.lately(9):
        arrives = begins - timedelta(hours=18)
        travel.book_leg(
            trips["sara"],
            LegDetails(
                mode=LegMode.AIR,
                origin="ARN",
                departs_at=arrives - timedelta(hours=4, minutes=20),
                departs_zone="Europe/Stockholm",
                destination="LIS",
                arrives_at=arrives,
                arrives_zone=_ZONE,
                travel_class=TravelClass.ECONOMY,
                carrier="Boreal Air",
                number="417",
                booking_reference="LIS417",
                cost=Money(398_000, "SEK"),
                priced_on=story.ahead(-9),
            ),
            by=ruth,
        )
    with story.lately(3):
        travel.ask_exception(
            trips["lerato"],
            ExceptionDetails(
                person_id=story.people["lerato"].id,
                rule="travel_class",
                reason="Eleven hours and a talk on the morning of arrival.",
                expires_on=story.ahead(60),
                subject_kind="travel",
                subject_id=trips["lerato"].id,
            ),
            by=ruth,
        )


def _ask_for_time(story: Story, begins: datetime) -> None:
    daniel, ruth = story.users["daniel"], story.users["ruth"]
    with story.lately(8):
        slots = [
            executives.publish_slot(
                story.executives["ceo"],
                SlotDetails(
                    event_id=story.next_event.id,
                    starts_at=begins + timedelta(minutes=90 + 50 * place),
                    ends_at=begins + timedelta(minutes=120 + 50 * place),
                    zone=_ZONE,
                    place="Library",
                ),
                by=daniel,
            )
            for place in range(4)
        ]
    with story.lately(6):
        for slot, key in ((slots[0], "sara"), (slots[0], "lerato"), (slots[2], "tomas")):
            question = RequestDetails(question="What would make you change your mind on energy use?")
            executives.request_access(slot, story.people[key], question, by=ruth)


def _stay_in_touch(story: Story) -> None:
    """An ask that is open, and a colleague from another department who wanted to write at the same time."""
    mei, tom, jack = story.users["mei"], story.users["tom"], story.people["jack"]
    with story.lately(10):
        outreach.record_touch(
            TouchDetails(
                person_id=jack.id,
                channel=TouchChannel.MAIL,
                kind=TouchKind.UNSOLICITED,
                subject="May we hear your view on mine networks?",
                is_ask=True,
            ),
            by=mei,
        )
    with story.lately(4):
        outreach.try_touch(
            TouchDetails(
                person_id=jack.id,
                channel=TouchChannel.DIRECT_MESSAGE,
                subject="Short clip for our channel?",
                is_ask=True,
            ),
            by=tom,
        )
    with story.lately(5):
        outreach.record_touch(
            TouchDetails(
                person_id=story.people["hana"].id,
                channel=TouchChannel.PHONE,
                kind=TouchKind.UNSOLICITED,
                subject="How was the flight home?",
            ),
            by=mei,
        )
