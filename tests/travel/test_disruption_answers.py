"""J5.5, T6: the one letter with its calendar parts, in the person's language; what is charged all the same; which window."""

import html
from collections.abc import Callable, Iterator
from datetime import date
from email import message_from_bytes
from email.message import Message

import icalendar
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db, transaction
from app.core.models import OutboxMail
from app.core.money import Money
from app.events.disruptions import Answer, OptionGone
from app.events.models_day import EventTask
from app.executives.models import Slot
from app.ledger import operations as value
from app.ledger.details_offers import OfferDetails
from app.ledger.models import Category, Commitment, CommitmentStage, Entry
from app.ledger.models_offers import OfferState, PlannedOffer
from app.people.models import Person
from app.travel.models import CostStage, Stay
from app.travel.policies_disruption import Change
from tests.calendars.readers import read_with_libical
from tests.conftest import fresh
from tests.factories import events, executives, ledger
from tests.factories import journeys as given
from tests.factories import travel as make
from tests.factories.journeys import Journey, utc
from tests.travel.test_disruption import address_in, confirm, form_in, last_mail, look, said

SignIn = Callable[..., FlaskClient]
THEIRS = "mateus@experts.example"


@pytest.fixture
def mateus(app: Flask) -> Iterator[Journey]:
    """Everything booked in mid-September; the clock stands on the evening before he flies."""
    with clock.fixed_at(make.BOOKING_DAY):
        ledger.treasury_rates()
        make.house_rules()
        found = given.mateus()
        executives.slot(found.grace, found.show, utc(15, 12))
        executives.slot(found.grace, found.show, utc(15, 14))
    with clock.fixed_at(given.EVE):
        yield found


def letter_since(number: int) -> Message:
    """The one mail to the person."""
    wanted = sa.select(OutboxMail).where(OutboxMail.id > number, OutboxMail.recipient == THEIRS)
    return message_from_bytes(db.session.scalars(wanted).one().raw)


def parts_of(message: Message) -> list[tuple[str, icalendar.Event]]:
    """The calendar parts in their order: the method, which type and body both say, and the only item of each."""
    found = []
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            [[_read]] = read_with_libical([content])
            calendar = icalendar.Calendar.from_ical(content)
            assert part.get_param("method") == str(calendar["METHOD"])
            [item] = calendar.walk("VEVENT")
            found.append((str(calendar["METHOD"]), item))
    return found


def words_of(message: Message) -> str:
    [plain] = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    content = plain.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


# -- one letter ----------------------------------------------------------------------------------------


def test_the_letter_carries_what_moved_each_with_its_uid_and_a_higher_sequence(mateus: Journey) -> None:
    """C1, RFC 6047: the meeting, which is asked, beside the words; flight and car as files; one attendee, one UID each."""
    uids = [one.uid for one in (mateus.interview, mateus.leg, mateus.car)]
    before = last_mail()
    confirm(mateus)
    message = letter_since(before)
    parts = parts_of(message)
    assert [(method, str(item["UID"]), int(item["SEQUENCE"])) for method, item in parts] == [
        ("REQUEST", uid, 1) for uid in uids
    ]
    assert [str(item["ATTENDEE"]) for _method, item in parts] == [f"mailto:{THEIRS}"] * 3
    assert [item["ATTENDEE"].params["PARTSTAT"] for _method, item in parts] == [
        "NEEDS-ACTION", "ACCEPTED", "ACCEPTED",
    ]  # fmt: skip
    assert [item["DTSTART"].dt for _method, item in parts] == [utc(15, 8), utc(14, 9), utc(14, 21, 15)]
    assert str(parts[0][1]["ORGANIZER"]) == f"mailto:{executives.daniel().email}"
    dispositions = [
        part.get_content_disposition()
        for part in message.walk()
        if part.get_content_type() == "text/calendar"
    ]
    assert dispositions == [None, "attachment", "attachment"]
    words = words_of(message)
    assert "The entries that change in your calendar come with this letter." in words
    assert "Meeting with Grace" in words
    assert "15 Oct 2026, 09:00 London" in words


def test_what_is_called_off_is_taken_out_of_the_calendar(mateus: Journey) -> None:
    """C1: METHOD:CANCEL under the same UID; what only waits for them has no part."""
    before = last_mail()
    confirm(mateus, Change(mateus.leg.id))
    parts = parts_of(letter_since(before))
    assert [(method, str(item["UID"]), str(item["STATUS"])) for method, item in parts] == [
        ("CANCEL", one.uid, "CANCELLED") for one in (mateus.leg, mateus.car)
    ]


def test_an_interview_left_as_a_task_is_in_no_calendar_part(mateus: Journey) -> None:
    before = last_mail()
    confirm(mateus, ticks={f"transfer:{mateus.car.id}"})
    uids = [str(item["UID"]) for _method, item in parts_of(letter_since(before))]
    assert uids == [mateus.leg.uid, mateus.car.uid]


@pytest.mark.parametrize(
    ("language", "named"),
    [
        (
            "fr",
            ("Vol Sao Paulo (GRU) – London (LHR)", "Voiture London (LHR)", "Hôtel ", "Rencontre avec Grace"),
        ),
        ("zh-Hans", ("航班 Sao Paulo (GRU) – London (LHR)", "用车 London (LHR)", "酒店 ", "与 Grace")),
        ("ar", ("رحلة جوية Sao Paulo (GRU) – London (LHR)", "سيارة London (LHR)", "فندق ", "لقاء مع Grace")),
    ],
)
def test_the_letter_names_everything_in_the_language_of_its_reader(
    mateus: Journey, language: str, named: tuple[str, ...]
) -> None:
    """T6: titles too; drivers and assistants read the language of the house, and the calendar says what the letter says."""
    with transaction():
        db.session.get_one(Person, mateus.trip.person_id).languages = [language]
    before = last_mail()
    confirm(mateus)
    message = letter_since(before)
    words = words_of(message)
    assert [one for one in named if one not in words] == []
    for english in (
        "Flight",
        "Car:",
        " to London",
        "nights",
        "Interview",
        "Meeting with",
        "calendar",
        "On your",
    ):
        assert english not in words
    assert str(parts_of(message)[1][1]["SUMMARY"]) == named[0]
    helper = db.session.scalars(
        sa.select(OutboxMail).where(OutboxMail.id > before, OutboxMail.recipient == given.DRIVER)
    ).one()
    assert "Car: London (LHR)" in words_of(message_from_bytes(helper.raw))


# -- which window --------------------------------------------------------------------------------------


def window(of: Journey, hour: int) -> Slot:
    return db.session.scalars(
        sa.select(Slot).filter_by(executive_id=of.grace.id, starts_at=utc(15, hour))
    ).one()


def test_three_windows_are_offered_and_the_first_is_proposed(mateus: Journey) -> None:
    """J5.5: 09:00 the next morning; the fourth one is not named."""
    [one] = [one for one in look(mateus).effects if one.key == f"meeting:{mateus.interview.id}"]
    assert [option.words for option in one.options] == [
        "Move it to 15 Oct, 09:00–09:30 London", "Move it to 15 Oct, 11:00–11:30 London",
        "Move it to 15 Oct, 13:00–13:30 London",
    ]  # fmt: skip
    assert (one.proposal, one.becomes) == (one.options[0].words, one.options[0].becomes)


def test_another_window_is_taken_and_told(mateus: Journey) -> None:
    key, before = f"meeting:{mateus.interview.id}", last_mail()
    confirm(mateus, answers={key: Answer(str(window(mateus, 10).id))})
    assert fresh(mateus.interview).starts_at == utc(15, 10)
    message = letter_since(before)
    assert parts_of(message)[0][1]["DTSTART"].dt == utc(15, 10)
    assert "15 Oct 2026, 11:00 London" in words_of(message)


def test_a_window_that_is_not_offered_is_refused_with_everything(mateus: Journey) -> None:
    """All or nothing: the fourth window is free, and yet nobody was shown it."""
    key, before = f"meeting:{mateus.interview.id}", last_mail()
    with pytest.raises(OptionGone, match="not offered"):
        confirm(mateus, answers={key: Answer(str(window(mateus, 14).id))})
    assert (fresh(mateus.leg).sequence, last_mail()) == (0, before)


def test_the_page_lets_choose_a_window_or_leave_it_as_a_task(mateus: Journey, signed_in: SignIn) -> None:
    ruth, field = signed_in(events.ruth()), f"pick-meeting-{mateus.interview.id}"
    shown = ruth.get(f"/travel/{mateus.trip.id}/change?leg={mateus.leg.id}&late=6h").text
    sent = form_in(shown)
    assert sent[field] == str(window(mateus, 8).id)
    assert shown.count(f'name="{field}"') == 4
    assert "Leave it as a task" in shown
    done = ruth.post(address_in(shown), data=sent | {field: ""})
    assert (done.status_code, fresh(mateus.interview).starts_at) == (303, utc(14, 17))
    assert "Interview with Grace" in db.session.scalars(sa.select(EventTask)).one().cause


# -- charged all the same ------------------------------------------------------------------------------


def borne() -> dict[str, str]:
    rows = db.session.scalars(sa.select(Commitment).filter_by(stage=CommitmentStage.BORNE))
    return {row.source_part: str(row.reporting) for row in rows}


def test_a_cancelled_flight_that_is_charged_is_our_own_cost(mateus: Journey, signed_in: SignIn) -> None:
    """T1, decision 0028: the booked amounts are proposed, what is left stands as borne, and the person received nothing."""
    ruth = signed_in(events.ruth())
    shown = ruth.get(f"/travel/{mateus.trip.id}/change?change={mateus.leg.id}~off").text
    sent = form_in(shown)
    leg, car = f"charged-leg-{mateus.leg.id}", f"charged-transfer-{mateus.car.id}"
    assert (sent[f"{leg}-amount"], sent[f"{leg}-currency"]) == ("27900.00", "BRL")
    assert (sent[f"{car}-amount"], sent[f"{car}-currency"]) == ("140.00", "GBP")
    done = ruth.post(address_in(shown), data=sent | {f"{car}-amount": "70.00"})
    assert done.status_code == 303
    assert borne() == {f"leg:{mateus.leg.id}": "3,850.20 GBP", f"transfer:{mateus.car.id}": "70.00 GBP"}
    assert (fresh(mateus.leg).cost_stage, fresh(mateus.car).cost_stage) == (CostStage.BORNE, CostStage.BORNE)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 0


def test_an_empty_amount_charges_nothing(mateus: Journey, signed_in: SignIn) -> None:
    ruth = signed_in(events.ruth())
    shown = ruth.get(f"/travel/{mateus.trip.id}/change?change={mateus.leg.id}~off").text
    sent = form_in(shown)
    emptied = sent | {name: "" for name in sent if name.endswith("-amount")}
    assert ruth.post(address_in(shown), data=emptied).status_code == 303
    assert (borne(), fresh(mateus.leg).cost_stage) == ({}, CostStage.CANCELLED)


def test_what_is_not_ticked_is_not_charged(mateus: Journey) -> None:
    off, car = Change(mateus.leg.id), f"transfer:{mateus.car.id}"
    confirm(mateus, off, ticks=set(), answers={car: Answer(charged=Money(7_000, "GBP"))})
    assert (borne(), fresh(mateus.car).is_cancelled) == ({}, False)


def test_a_room_nobody_sleeps_in_any_more_is_given_back(mateus: Journey) -> None:
    """They land after the morning of leaving: cancelled, with what the hotel keeps; a night less leaves the room waiting."""
    with transaction():
        stay = db.session.get_one(Stay, mateus.stay.id)
        stay.check_out_on = date(2026, 10, 15)
    later, key = Change(mateus.leg.id, utc(16, 3), utc(16, 14)), f"stay:{mateus.stay.id}"
    assert said(look(mateus, later), key) == ("cancelled", "tick", "Cancel it")
    before = last_mail()
    confirm(mateus, later, answers={key: Answer(charged=Money(20_000, "GBP"))})
    assert (fresh(mateus.stay).is_cancelled, borne()) == (True, {key: "200.00 GBP"})
    assert ("CANCEL", mateus.stay.uid) in [
        (method, str(item["UID"])) for method, item in parts_of(letter_since(before))
    ]


def test_a_dinner_that_was_planned_may_be_charged_all_the_same(mateus: Journey) -> None:
    """L3, T1: the offer is withdrawn, what the restaurant keeps is our own cost at this event."""
    with clock.fixed_at(make.BOOKING_DAY), transaction():
        offer = value.plan_offer(
            OfferDetails(
                person_id=mateus.trip.person_id, program_id=mateus.show.program_id, category=Category.MEAL,
                expected_on=date(2026, 10, 14), money=Money(6_000, "GBP"), context="Dinner for two",
            ),
            by=events.ruth(),
        )  # fmt: skip
    key = f"offer:{offer.id}"
    confirm(mateus, answers={key: Answer(charged=Money(4_500, "GBP"))})
    row = db.session.scalars(sa.select(Commitment).filter_by(stage=CommitmentStage.BORNE)).one()
    assert (row.event_id, str(row.reporting)) == (mateus.show.id, "45.00 GBP")
    assert db.session.get_one(PlannedOffer, offer.id).state is OfferState.WITHDRAWN


# -- bad input -----------------------------------------------------------------------------------------

BAD = [
    ("charged-leg-{leg}-amount", "a lot", 422, ""),
    ("charged-leg-{leg}-amount", "-3", 422, "not negative"),
    ("charged-leg-{leg}-amount", "1.005", 422, ""),
    ("charged-leg-{leg}-amount", "9" * 60, 422, ""),
    ("charged-leg-{leg}-currency", "ZZZ", 422, "ZZZ"),
    ("charged-leg-{leg}-currency", "", 422, ""),
    ("charged-leg-999999999999-amount", "x", 422, ""),
    ("charged-transfer-{car}-amount", "NaN", 422, ""),
    ("pick-meeting-{meeting}", "x", 303, ""),
    ("pick-meeting-99999999999", "7", 303, ""),
    ("charged-leg-{leg}", "5", 303, ""),
    ("charged-meeting-\u0663-amount", "x", 303, ""),
    ("charged-leg-1 OR 1=1-amount", "x", 303, ""),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "status", "words"), BAD)
def test_an_answer_that_cannot_be_is_refused_at_its_place_and_nothing_typed_is_lost(
    mateus: Journey, signed_in: SignIn, field: str, value: str, status: int, words: str
) -> None:
    ruth = signed_in(events.ruth())
    shown = ruth.get(f"/travel/{mateus.trip.id}/change?change={mateus.leg.id}~off").text
    named = field.format(leg=mateus.leg.id, car=mateus.car.id, meeting=mateus.interview.id)
    sent = form_in(shown) | {"ticks": [], f"charged-transfer-{mateus.car.id}-currency": "EUR"}
    answer = ruth.post(address_in(shown), data=sent | {named: value})
    assert answer.status_code == status
    assert fresh(mateus.leg).is_cancelled == (status == 303)
    if status == 422:
        page = html.unescape(answer.text)
        again = form_in(answer.text)
        assert (words in page, "Nothing was changed" in page, again["ticks"]) == (True, True, [])
        assert again[f"charged-transfer-{mateus.car.id}-currency"] == "EUR"


def test_a_window_nobody_offered_is_refused_by_the_page(mateus: Journey, signed_in: SignIn) -> None:
    ruth, field = signed_in(events.ruth()), f"pick-meeting-{mateus.interview.id}"
    shown = ruth.get(f"/travel/{mateus.trip.id}/change?leg={mateus.leg.id}&late=6h").text
    for picked in ("0", "-1", "999999999999", str(window(mateus, 14).id), "x" * 5000):
        refused = ruth.post(address_in(shown), data=form_in(shown) | {field: picked})
        assert (refused.status_code, "not offered" in refused.text) == (422, True)
    assert fresh(mateus.leg).sequence == 0
