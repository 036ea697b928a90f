"""Chapter two: Connect London, from the first letter to the thank-you."""

from datetime import datetime, timedelta
from typing import Final

from app.core import clock
from app.core.money import Money
from app.demo import cast
from app.demo.beginnings import join_program
from app.demo.story import VENUE_ZONE, Story
from app.disclosures import operations as disclosures
from app.disclosures import queries as disclosure_reads
from app.disclosures.details import PublicationDetails
from app.disclosures.models import AcknowledgementHow, Medium
from app.events import operations as events
from app.events.details import (
    AnswerDetails,
    EventDetails,
    InvitationDetails,
    SeatsDetails,
    SessionDetails,
    WaveDetails,
)
from app.events.details_agenda import ParityDetails
from app.events.models import AnswerChannel, Audience, InvitationState, RecordTerms
from app.events.queries import list_sessions
from app.ledger import operations as ledger
from app.ledger.details import EntryDetails, ExceptionDetails
from app.ledger.models import Basis, Category, Form
from app.outreach import operations as outreach
from app.outreach.details import LetterTemplateDetails
from app.programs import operations as programs
from app.programs.models import Stage

VENUE: Final = "Meridian Halls"
PROMISE: Final = (
    "A seat in the front row, and the early door.\nTime with our executives.\nA hands-on demo of the AR maintenance kit.\n"
    "No review of anything you publish."
)

_LETTERS = {
    "en": (
        "Invitation to {event}",
        "Dear {person},\n\nwe would like you to be there: {event}, {place}, {city}, {dates}.\n\nWhat we promise: {promise}\n\n"
        "Please answer on this page, which is for you alone: {answer_link}\n\n"
        "Nothing you write or say afterwards changes what you are offered, and we do not ask to see it.\n\n{owner}\n{department}, {company}\n\n"
        "Is this letter really from us? {verify_link} (reference {reference})",
    ),
    "fr": (
        "Invitation à {event}",
        "Bonjour {person},\n\nnous aimerions vous accueillir : {event}, {place}, {city}, {dates}.\n\nNos engagements : {promise}\n\n"
        "Merci de répondre sur cette page, qui n'est que pour vous : {answer_link}\n\n"
        "Ce que vous publiez ensuite ne change rien à ce qui vous est proposé, et nous ne demandons pas à le lire.\n\n{owner}\n{department}, {company}\n\n"
        "Cette lettre vient-elle bien de nous ? {verify_link} (référence {reference})",
    ),
    "ar": (
        "دعوة إلى {event}",
        "{person}، تحية طيبة،\n\nيسعدنا حضورك: {event}، {place}، {city}، {dates}.\n\nما نتعهد به: {promise}\n\n"
        "نرجو الرد على هذه الصفحة، وهي لك وحدك: {answer_link}\n\n"
        "لا يغيّر ما تنشره لاحقًا شيئًا مما يُعرض عليك، ولا نطلب الاطلاع عليه.\n\n{owner}\n{department}، {company}\n\n"
        "هل هذه الرسالة منا حقًا؟ {verify_link} (المرجع {reference})",
    ),
}

_REMINDERS = {
    "en": (
        "{event}: shall we keep a place for you?",
        "Dear {person},\n\nwe have not heard from you about {event}, {dates}. A no is as welcome as a yes: {answer_link}\n\n"
        "{owner}\n{department}, {company}\n\nIs this letter really from us? {verify_link} (reference {reference})",
    ),
    "fr": (
        "{event} : vous gardons-nous une place ?",
        "Bonjour {person},\n\nnous n'avons pas encore de réponse pour {event}, {dates}. Un non nous va aussi : {answer_link}\n\n"
        "{owner}\n{department}, {company}\n\nCette lettre vient-elle bien de nous ? {verify_link} (référence {reference})",
    ),
    "ar": (
        "{event}: هل نحتفظ لك بمكان؟",
        "{person}، تحية طيبة،\n\nلم يصلنا ردك بعد بشأن {event}، {dates}. الاعتذار مرحب به كالقبول: {answer_link}\n\n"
        "{owner}\n{department}، {company}\n\nهل هذه الرسالة منا حقًا؟ {verify_link} (المرجع {reference})",
    ),
}

_AGENDA = (
    # day, from, to, room, title, for whom, terms
    (
        0,
        (9, 30),
        (10, 15),
        "Hall 1",
        "Where private 5G pays: three plants, three ledgers",
        Audience.ANALYST,
        RecordTerms.ON_RECORD,
    ),
    (0, (10, 45), (11, 30), "Hall 1", "Roadmap under embargo", Audience.ANALYST, RecordTerms.BACKGROUND),
    (0, (14, 0), (15, 0), "Hall 2", "Ask the radio engineers", Audience.ALL, RecordTerms.ON_RECORD),
    (1, (9, 0), (10, 0), "Main stage", "Opening", Audience.ALL, RecordTerms.ON_RECORD),
    (
        1,
        (11, 0),
        (12, 0),
        "Hall 2",
        "Ports, mines, hospitals: what went wrong first",
        Audience.ALL,
        RecordTerms.ON_RECORD,
    ),
    (1, (15, 0), (16, 0), "Lab", "A night in the operations centre", Audience.ALL, RecordTerms.ON_RECORD),
    (
        2,
        (9, 30),
        (10, 30),
        "Lab",
        "Hands on: indoor coverage without a site survey",
        Audience.ALL,
        RecordTerms.ON_RECORD,
    ),
    (
        2,
        (15, 0),
        (16, 0),
        "Hall 1",
        "Spectrum sharing with a neighbour you did not choose",
        Audience.ALL,
        RecordTerms.ON_RECORD,
    ),
    (
        3,
        (10, 0),
        (11, 0),
        "Main stage",
        "What we learned, and who told us",
        Audience.ALL,
        RecordTerms.ON_RECORD,
    ),
)


def _settle_parity(story: Story) -> None:
    """Of the two sessions only analysts get, one is made good by another and one is explained (E2)."""
    found = {session.title: session for session in list_sessions(story.event)}
    pays, roadmap = (
        found["Where private 5G pays: three plants, three ledgers"],
        found["Roadmap under embargo"],
    )
    answers = found["Ask the radio engineers"]
    same = "The same three plants, with the people who measured there."
    events.settle_gap(pays, ParityDetails(closed_by_id=answers.id, reason=same), by=story.users["ruth"])
    why = "Only under a confidentiality agreement, which our people are not asked to sign."
    events.settle_gap(roadmap, ParityDetails(reason=why), by=story.users["ruth"])


def plan(story: Story) -> None:
    """The event, its agenda, its chairs and the letters in three languages."""
    ruth, mei = story.users["ruth"], story.users["mei"]
    with story.at(-100):
        story.event = events.plan_event(
            EventDetails(
                program_id=story.program.id,
                name="Connect London",
                place=VENUE,
                city="London",
                country="GB",
                zone=VENUE_ZONE,
                starts_at=story.moment(0, 9),
                ends_at=story.moment(3, 17),
                capacity=12,
            ),
            by=ruth,
        )
        for day, (hour, minute), (to_hour, to_minute), room, title, audience, terms in _AGENDA:
            starts, ends = story.moment(day, hour, minute), story.moment(day, to_hour, to_minute)
            embargo = story.moment(1, 9) if "embargo" in title else None
            session = SessionDetails(
                title=title,
                place=room,
                starts_at=starts,
                ends_at=ends,
                audience=audience,
                terms=terms,
                embargo_until_at=embargo,
                is_nda=embargo is not None,
            )
            events.add_session(story.event, session, by=ruth)
        _settle_parity(story)
        events.add_seats(
            story.event,
            SeatsDetails(rows=("A", "B"), n_per_row=12, front_rows=("A",), accessible=("A1",)),
            by=ruth,
        )
        _plan_waves(story)
        for key, texts in (("invitation", _LETTERS), ("reminder", _REMINDERS)):
            for language, (subject, body) in texts.items():
                details = LetterTemplateDetails(key=key, language=language, subject=subject, body=body)
                outreach.write_letter_template(details, by=mei)


def invite(story: Story) -> None:
    """Two waves: twelve letters, ten yes; four more, two yes, one no, one on the waitlist."""
    first = [expert.key for expert in cast.GUESTS if expert.key not in {"bilal", "hana"}] + ["marta", "chidi"]
    _send(story, first, wave=1, days=-85)
    for place, key in enumerate(first):
        if key == "marta":
            _answer(story, key, InvitationState.DECLINED, -80, "Travelling for another story that week.")
        elif key == "chidi":
            _answer(story, key, InvitationState.DECLINED, -79, "My outlet does not let me take the flight.")
        else:
            _answer(story, key, InvitationState.ACCEPTED, -82 + place // 3)
    with story.at(-74):
        events.release_wave(story.waves[1], by=story.users["ruth"])
    _make_room(story)
    _send(story, ["bilal", "hana", "yusra", "tomas"], wave=2, days=-70)
    _answer(story, "bilal", InvitationState.ACCEPTED, -68)
    _answer(story, "hana", InvitationState.ACCEPTED, -66)
    _answer(story, "yusra", InvitationState.DECLINED, -66, "Exam season at the clinic school.")
    _answer(story, "tomas", InvitationState.WAITING, -65)
    with story.at(-59):
        events.release_wave(story.waves[2], by=story.users["ruth"])


def _plan_waves(story: Story) -> None:
    """Twelve seats for the first wave; what it leaves goes to the second."""
    for number, name, day, n_seats in ((1, "The cohort", -75, 12), (2, "Substitutes", -60, 0)):
        details = WaveDetails(number=number, name=name, n_seats=n_seats, answer_by_at=story.moment(day, 18))
        story.waves[number] = events.plan_wave(story.event, details, by=story.users["ruth"])


def _send(story: Story, keys: list[str], *, wave: int, days: int) -> None:
    ruth = story.users["ruth"]
    with story.at(days):
        for key in keys:
            details = InvitationDetails(wave=wave, promise=PROMISE, badge="Analyst+KOL")
            story.invitations[key] = events.invite(story.event, story.people[key], details, by=ruth)
    _approve_officials(story, keys, days)
    with story.at(days):
        prepared = events.send_invitations(story.event, [story.invitations[key] for key in keys], by=ruth)
    with story.at(days, hour=11):
        outreach.release_batch(prepared.batch, by=ruth)
        for key in keys:
            programs.move_stage(
                story.enrolments[key], Stage.INVITED, by=ruth, reason=f"Invited to {story.event.name}."
            )


def _approve_officials(story: Story, keys: list[str], days: int) -> None:
    """Nothing is offered to a public official before compliance has approved it and confirmed the law (c20)."""
    for key in keys:
        person = story.people[key]
        if not person.is_official:
            continue
        with story.at(days - 3):
            asked = ledger.ask_exception(
                ExceptionDetails(
                    person_id=person.id,
                    rule="public_official",
                    reason="The only author of a survey on campus networks in his region; the invitation is to the agenda.",
                    expires_on=story.on(30),
                    subject_kind="events",
                    subject_id=story.event.id,
                    host_ids=(story.users["ruth"].id,),
                ),
                by=story.users["ruth"],
            )
        with story.at(days - 2):
            ledger.decide_exception(
                asked,
                is_granted=True,
                is_law_confirmed=True,
                reason="The university's rector agreed in writing; its code allows travel to conferences, no gifts.",
                by=story.users["helga"],
            )


def _answer(story: Story, key: str, state: InvitationState, days: int, reason: str = "") -> None:
    with story.at(days, hour=15):
        if key == "mateus":
            details = AnswerDetails(
                state=state, channel=AnswerChannel.MAIL, answered_by_name="Paula Quintaval, Costa Vozes"
            )
            events.record_answer(story.invitations[key], details, by=story.users["ruth"])
            return
        details = AnswerDetails(state=state, channel=AnswerChannel.PORTAL, reason=reason)
        events.record_answer(story.invitations[key], details, by=None)


def _make_room(story: Story) -> None:
    """Those who cannot come leave the shortlist; Bilal and Hana close the gap, two more stand by."""
    mei = story.users["mei"]
    with story.at(-75):
        for key in ("marta", "chidi"):
            programs.release(story.members[key], "Cannot come to London.", by=mei)
        join_program(story, "bilal")
        join_program(story, "hana")
        for key in ("yusra", "tomas"):
            join_program(story, key, override_reason="Stands by in case somebody cannot come.")


def acknowledge_policy(story: Story) -> None:
    """Everybody who comes accepts version 3 before anything is booked (D2, T3)."""
    for place, expert in enumerate(cast.GUESTS):
        with story.at(-62 + place // 4, hour=12):
            how = AcknowledgementHow.SIGNED_PAPER if expert.key == "kerem" else AcknowledgementHow.PORTAL
            by = story.users["ruth"] if expert.key == "kerem" else None
            guest = story.people[expert.key]
            disclosures.acknowledge(guest, story.policy, how, expert.languages[0], by=by)
            for own in disclosure_reads.missing_acknowledgements(guest, clock.today()):
                disclosures.acknowledge(guest, own, how, expert.languages[0], by=by)


def count_as_active(story: Story) -> None:
    """Whoever came is active in the program from then on."""
    with story.at(4):
        for expert in cast.GUESTS:
            programs.move_stage(
                story.enrolments[expert.key], Stage.ACTIVE, by=story.users["mei"], reason="Came to London."
            )


def offer_gift(story: Story) -> None:
    """A gift that was offered and refused stays on record with received value 0 (L5)."""
    with story.at(2, hour=12):
        ledger.post_entry(
            EntryDetails(
                person_id=story.people["jack"].id,
                program_id=story.program.id,
                event_id=story.event.id,
                category=Category.GIFT,
                form=Form.IN_KIND_VENDOR,
                basis=Basis.LIST_PRICE,
                value_on=story.on(2),
                money=Money(24_000, "GBP"),
                provider="Lumen Networks",
                context="Field recorder, offered at the stand",
                reason="Refused by compliance: over the soft cap.",
                external_ref="GIFT-0007",
                declined=True,
            ),
            by=story.users["mei"],
        )


def publish(story: Story) -> None:
    """Twenty-three links in the weeks after; the label is looked at, nothing else (D4, D5)."""
    mei = story.users["mei"]
    good, poor = f"Ad: {cast.HOST} paid for my trip. ", "#gifted "
    for place, expert in enumerate(cast.GUESTS):
        for number in (1, 2) if expert.key != "sara" else (1,):
            is_poor = (expert.key, number) in {("carla", 2), ("mateus", 1)}
            with story.at(6 + place + 5 * number):
                disclosures.add_publication(
                    story.people[expert.key],
                    PublicationDetails(
                        url=f"https://{expert.key}.voices.example/london-{number}",
                        published_on=story.on(6 + place + 5 * number),
                        medium=Medium.VIDEO if expert.platform in {"YouTube", "Livestream"} else Medium.TEXT,
                        opening=(poor if is_poor else good) + "What I saw in London",
                    ),
                    by=mei,
                )


def hours(number: float) -> timedelta:
    """A span given in hours."""
    return timedelta(minutes=round(number * 60))


def minutes_after(start: datetime, minutes: int) -> datetime:
    """The instant so many minutes later."""
    return start + timedelta(minutes=minutes)
