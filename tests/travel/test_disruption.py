"""J5.5, T6: a flight is late or off; the ripple, one confirmation, and only those concerned are written to."""

import html
import re
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.core.models import OutboxMail
from app.events.disruptions import Answer, Fate, Wants
from app.events.models_day import EventTask, TaskOrigin
from app.executives import operations as time_with
from app.executives.models import Slot
from app.ledger.models import Commitment, CommitmentStage
from app.people.models import Person
from app.travel import operations
from app.travel.models import Leg, Transfer, Trip
from app.travel.operations_disruption import Settled, change_journey
from app.travel.policies_disruption import (
    Change,
    ChangeRefused,
    RippleStale,
    evenings_between,
    shift_of,
)
from app.travel.queries_disruption import Ripple, ripple_of
from tests.conftest import fresh
from tests.factories import events, executives, ledger
from tests.factories import journeys as given
from tests.factories import travel as make
from tests.factories.journeys import Journey, utc

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def mateus(app: Flask) -> Iterator[Journey]:
    """Everything booked in mid-September; the clock stands on the evening before he flies."""
    with clock.fixed_at(make.BOOKING_DAY):
        ledger.treasury_rates()
        make.house_rules()
        found = given.mateus()
    with clock.fixed_at(given.EVE):
        yield found


def six_hours(of: Leg) -> Change:
    later = timedelta(hours=6)
    return Change(of.id, of.departs_at + later, of.arrives_at + later)


def look(at: Journey, *changes: Change, **more: object) -> Ripple:
    trip = db.session.merge(at.trip)
    db.session.refresh(trip)
    return ripple_of(trip, changes or [six_hours(at.leg)], by=events.ruth(), **more)  # type: ignore[arg-type]


def confirm(
    at: Journey,
    *changes: Change,
    ticks: set[str] | None = None,
    seen: Ripple | None = None,
    answers: dict[str, Answer] | None = None,
) -> Settled:
    """As it is proposed, or with these ticks and answers."""
    asked = changes or (six_hours(at.leg),)
    ripple = seen or look(at, *asked)
    facts = ripple.facts
    proposed = {one.key for one in ripple.effects if one.wants is Wants.TICK and one.is_ticked}
    with transaction():
        return change_journey(
            db.session.merge(at.trip),
            asked,
            proposed if ticks is None else ticks,
            facts,
            by=events.ruth(),
            answers=answers,
            reason="A storm.",
        )


def said(ripple: Ripple, key: str) -> tuple[str, str, str]:
    [one] = [one for one in ripple.effects if one.key == key]
    return one.fate.value, one.wants.value, one.proposal


def mails_since(number: int) -> dict[str, str]:
    """What was written, by who reads it; nobody reads two mails about one change."""
    wanted = sa.select(OutboxMail).where(OutboxMail.id > number).order_by(OutboxMail.id)
    rows = db.session.scalars(wanted).all()
    found = {row.recipient: row.raw.decode() for row in rows}
    assert len(found) == len(rows)
    return found


def last_mail() -> int:
    return db.session.scalar(sa.select(sa.func.max(OutboxMail.id))) or 0


# -- J5.5 with its numbers -----------------------------------------------------------------------------


def test_the_ripple_says_what_six_hours_touch_and_writes_nothing(mateus: Journey) -> None:
    """T6, J5.5: transfer moved, dinner missed, interview offered 15 Oct 09:00."""
    before = last_mail()
    ripple = look(mateus)
    assert said(ripple, f"transfer:{mateus.car.id}") == ("moved", "tick", "Move it along")
    assert said(ripple, f"stay:{mateus.stay.id}") == ("late", "tick", "Mark it as a late arrival")
    assert said(ripple, f"session:{mateus.dinner.id}") == ("missed", "nothing", "")
    assert said(ripple, f"meeting:{mateus.interview.id}") == (
        "moved",
        "tick",
        "Move it to 15 Oct, 09:00–09:30 London",
    )
    assert said(ripple, f"seat:{mateus.seat.id}")[1:] == ("nothing", "")
    assert len(ripple.effects) == 5
    assert [(line.title, str(line.before), str(line.after)) for line in ripple.values] == [
        ("Sao Paulo (GRU) to London (LHR)", "3,850.20 GBP", "3,850.20 GBP"),
        ("Car: London (LHR) to The Meridian Wharf", "140.00 GBP", "140.00 GBP"),
    ]
    assert (last_mail(), fresh(mateus.leg).arrives_at) == (before, utc(14, 14, 30))


def test_one_confirmation_moves_everything_and_only_three_are_written_to(mateus: Journey) -> None:
    """J5.5: only he, the driver and the executive's assistant are mailed; UID stays, SEQUENCE rises (C1)."""
    before = last_mail()
    uids = {one.uid: one.sequence for one in (mateus.leg, mateus.car, mateus.stay, mateus.interview)}
    settled = confirm(mateus)
    leg, car, stay, interview = (
        fresh(mateus.leg), fresh(mateus.car), fresh(mateus.stay), fresh(mateus.interview),
    )  # fmt: skip
    assert (leg.departs_at, leg.arrives_at) == (utc(14, 9), utc(14, 20, 30))
    assert (car.starts_at, car.ends_at) == (utc(14, 21, 15), utc(14, 22, 30))
    assert stay.is_late_arrival
    assert (interview.starts_at, interview.ends_at) == (utc(15, 8), utc(15, 8, 30))
    assert {one.uid: one.sequence for one in (leg, car, interview)} == {
        uid: n + 1 for uid, n in uids.items() if uid != stay.uid
    }
    assert (stay.uid in uids, settled.still_open) == (True, [])
    mails = mails_since(before)
    assert sorted(mails) == [
        "cars@meridian-cars.example",
        executives.daniel().email,
        "mateus@experts.example",
    ]
    assert "22:15" in mails["cars@meridian-cars.example"]
    assert "09:00" in mails[executives.daniel().email]
    assert "Car" not in mails[executives.daniel().email]
    theirs = mails["mateus@experts.example"]
    for words in (
        "A storm.",
        "Dinner by the river",
        "goes on without you",
        "they expect you late",
        "21:30",
        "Ruth",
        "reference",
    ):
        assert words in theirs
    assert db.session.scalar(sa.select(sa.func.count(EventTask.id))) == 0


def test_the_trail_says_what_was_done_in_one_line(mateus: Journey) -> None:
    confirm(mateus)
    row = db.session.scalars(sa.select(AuditEvent).filter_by(action="travel.journey_changed")).one()
    assert row.reason.startswith("A storm. Sao Paulo (GRU) to London (LHR)")


def test_what_is_not_ticked_stays_and_becomes_a_task(mateus: Journey) -> None:
    """T6: each may be unticked."""
    settled = confirm(mateus, ticks={f"transfer:{mateus.car.id}"})
    assert fresh(mateus.interview).starts_at == utc(14, 17)
    assert not fresh(mateus.stay).is_late_arrival
    assert len(settled.still_open) == 2
    task = db.session.scalars(sa.select(EventTask)).one()
    assert (task.origin, task.person_id, task.what) == (
        TaskOrigin.JOURNEY, mateus.trip.person_id, "Journey of Mateus: 2 things are open",
    )  # fmt: skip
    assert "Interview with Grace" in task.cause


# -- twice, and by two ---------------------------------------------------------------------------------


def test_a_second_confirmation_of_the_same_preview_does_nothing_and_mails_nobody(mateus: Journey) -> None:
    seen = look(mateus)
    change = six_hours(mateus.leg)
    confirm(mateus, change, seen=seen)
    before = last_mail()
    with pytest.raises(ChangeRefused, match="has these times already"):
        confirm(mateus, change, seen=seen)
    assert (last_mail(), fresh(mateus.leg).sequence) == (before, 1)


def test_a_stale_preview_is_refused_with_what_changed(mateus: Journey) -> None:
    """Somebody else moved the interview meanwhile: nothing at all is done."""
    seen = look(mateus)
    with transaction():
        time_with.move_meeting(
            db.session.merge(mateus.interview), window(mateus, utc(15, 10)), by=executives.daniel()
        )
    before = last_mail()
    with pytest.raises(RippleStale, match="Interview with Grace"):
        confirm(mateus, seen=seen)
    assert (fresh(mateus.leg).arrives_at, last_mail()) == (utc(14, 14, 30), before)


def window(of: Journey, starts_at: datetime) -> Slot:
    return db.session.scalars(sa.select(Slot).filter_by(executive_id=of.grace.id, starts_at=starts_at)).one()


def test_a_step_that_is_refused_refuses_everything(mateus: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    """All or nothing: the last step fails, and the first is undone."""

    def broken(*_given: object, **_more: object) -> None:
        raise DomainError("The machine that marks hotels is broken.")

    monkeypatch.setattr(operations, "edit_stay", broken)
    before = last_mail()
    with pytest.raises(DomainError, match="broken"):
        confirm(mateus)
    assert (fresh(mateus.leg).sequence, fresh(mateus.interview).starts_at, last_mail()) == (
        0,
        utc(14, 17),
        before,
    )


def test_two_coordinators_at_the_same_moment_change_it_once(mateus: Journey, app: Flask) -> None:
    """Real threads: the second sees what the first did, and nobody is written to twice."""
    before, seen = last_mail(), look(mateus).facts
    change, trip_id, ticks = six_hours(mateus.leg), mateus.trip.id, {f"transfer:{mateus.car.id}"}
    by, gate, results = events.ruth().id, threading.Barrier(2), list[str]()
    db.session.rollback()

    def press() -> None:
        with app.app_context(), clock.fixed_at(given.EVE):
            gate.wait(20)
            try:
                with transaction():
                    trip = db.session.get_one(Trip, trip_id)
                    change_journey(
                        trip, [change], ticks, seen, by=db.session.get_one(type(events.ruth()), by)
                    )
                results.append("done")
            except DomainError as refused:
                results.append(type(refused).__name__)

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == ["ChangeRefused", "done"]
    assert fresh(mateus.leg).sequence == 1
    assert len(mails_since(before)) == 2


# -- the guard -----------------------------------------------------------------------------------------


def test_a_changed_flight_passes_an_opt_out_and_a_quiet_period(mateus: Journey) -> None:
    """Decision 0009: who wants no more letters still learns when the flight leaves."""
    with transaction():
        person = db.session.get_one(Person, mateus.trip.person_id)
        person.is_opted_out, person.quiet_until_on = True, date(2026, 12, 1)
    before = last_mail()
    confirm(mateus)
    assert "mateus@experts.example" in mails_since(before)


def test_somebody_without_an_address_is_called_and_the_rest_is_done(mateus: Journey) -> None:
    with transaction():
        db.session.get_one(Person, mateus.trip.person_id).email = ""
        db.session.get_one(Transfer, mateus.car.id).driver_email = ""
    before = last_mail()
    settled = confirm(mateus)
    assert list(mails_since(before)) == [executives.daniel().email]
    assert [words.split(":")[0].split(",")[0] for words in settled.still_open] == [
        "Tell Mateus", "Call Meridian Cars (+44 20 7946 0018)",
    ]  # fmt: skip


# -- other changes -------------------------------------------------------------------------------------


def test_a_cancelled_flight_frees_its_value_and_leaves_open_what_nobody_knows(mateus: Journey) -> None:
    """L7: the commitment is released; the interview waits for a new arrival, the seat may be given free."""
    off = Change(mateus.leg.id)
    ripple = look(mateus, off)
    assert said(ripple, "rebook")[1] == "work"
    assert said(ripple, f"meeting:{mateus.interview.id}")[:2] == ("open", "work")
    assert said(ripple, f"transfer:{mateus.car.id}") == ("cancelled", "tick", "Cancel it")
    assert said(ripple, f"seat:{mateus.seat.id}")[1:] == ("choice", "Give it free")
    assert [str(line.after) for line in ripple.values] == ["0.00 GBP", "0.00 GBP"]
    settled = confirm(mateus, off)
    assert (fresh(mateus.leg).is_cancelled, fresh(mateus.car).is_cancelled) == (True, True)
    planned = db.session.scalars(sa.select(Commitment).filter_by(source_part=f"leg:{mateus.leg.id}")).one()
    assert planned.stage is CommitmentStage.RELEASED
    assert [words.split(":")[0] for words in settled.still_open] == ["The way there", "Interview with Grace"]


def test_a_missed_connection_is_said_with_its_minutes(mateus: Journey) -> None:
    """Facts 2.2: 120 minutes from a flight to a train, as the house has set it; one that is missed is cancelled with the same confirmation."""
    with clock.fixed_at(make.BOOKING_DAY):
        train = given.by_rail(
            mateus.trip, departs_at=utc(14, 16), arrives_at=utc(14, 17, 10), arrives_zone="Europe/London"
        )
    ripple = look(mateus)
    [missed] = [one for one in ripple.effects if one.key == f"leg:{train.id}"]
    assert (missed.fate, missed.wants) == (Fate.CANCELLED, Wants.TICK)
    assert missed.said == "Will be missed: It leaves London (LHR) 270 min too early, 120 are needed."
    confirm(mateus)
    assert (fresh(train).is_cancelled, fresh(mateus.leg).arrives_at) == (True, utc(14, 20, 30))


def test_a_shorter_delay_that_still_reaches_everything_touches_only_the_car(mateus: Journey) -> None:
    soon = Change(mateus.leg.id, mateus.leg.departs_at, mateus.leg.arrives_at + timedelta(minutes=20))
    assert [one.key for one in look(mateus, soon).effects] == [f"transfer:{mateus.car.id}"]


def test_a_later_flight_home_asks_for_the_night(mateus: Journey) -> None:
    late = Change(mateus.home.id, utc(18, 9), utc(18, 21))
    ripple = look(mateus, late)
    assert [one.key for one in ripple.effects] == ["night:2026-10-17"]


def test_days_of_the_trip_reach_as_far_as_its_flights(mateus: Journey) -> None:
    late = Change(mateus.home.id, utc(19, 9), utc(19, 21))
    confirm(mateus, late)
    assert fresh(mateus.trip).to_on == date(2026, 10, 19)


def test_a_car_that_follows_its_flight_moves_without_a_tick(mateus: Journey) -> None:
    """T1: so many minutes after the landing."""
    with transaction():
        db.session.get_one(Transfer, mateus.car.id).offset_minutes = 45
    confirm(mateus, ticks=set())
    assert fresh(mateus.car).starts_at == utc(14, 21, 15)


def test_a_shared_car_is_nobodys_to_move_alone(mateus: Journey) -> None:
    with clock.fixed_at(make.BOOKING_DAY):
        other = make.trip(events.accepted(mateus.show, "Nneka"))
        rides = make.transfer(other, starts_at=utc(14, 15, 15), ends_at=utc(14, 16, 30), cost=None)
    with transaction():
        db.session.get_one(Transfer, rides.id).shares_with_id = mateus.car.id
    ripple = look(mateus)
    [car] = [one for one in ripple.effects if one.key == f"shared:{mateus.car.id}"]
    assert (car.wants, "Nneka" in car.said) == (Wants.WORK, True)


def test_a_change_of_another_trip_is_not_found(mateus: Journey) -> None:
    with pytest.raises(DomainError):
        look(mateus, Change(mateus.leg.id + 999))


# -- pure decisions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("+6 h", 360),
        ("6h", 360),
        ("95", 95),
        ("+95 min", 95),
        ("1:30", 90),
        ("1 h 35", 95),
        ("-20 min", -20),
        ("2h05m", 125),
        ("٦ h", 360),
    ],
)
def test_how_late_is_read_as_people_write_it(text: str, minutes: int) -> None:
    assert shift_of(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text", ["", "soon", "0", "0 h", "99h", "6 hours and a bit", "1e9", "+-3", "9999999", "1:30:00"]
)
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ChangeRefused):
        shift_of(text)


def test_evenings_of_an_absence_are_those_at_whose_dinner_somebody_is_missing() -> None:
    assert evenings_between(utc(14, 16), utc(14, 22), "Europe/London") == [date(2026, 10, 14)]
    assert evenings_between(utc(14, 16), utc(14, 18), "Europe/London") == []
    assert evenings_between(utc(14, 16), utc(16, 9), "Europe/London") == [
        date(2026, 10, 14),
        date(2026, 10, 15),
    ]


# -- the page ------------------------------------------------------------------------------------------


def address_in(page: str) -> str:
    found = re.search(r'<form class="form" action="([^"]+)" method="post"', page)
    assert found is not None
    return html.unescape(found[1])


def form_in(page: str) -> dict[str, object]:
    """What a browser sends when nobody touches the form."""
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page))
    ticks = re.findall(r'name="ticks" value="([^"]+)" checked', page)
    radios = dict(re.findall(r'type="radio" [^>]*?name="([a-z0-9-]+)" value="([^"]*)" checked', page))
    typed = dict(re.findall(r'<input [^>]*?name="(charged-[a-z0-9-]+)"[^>]*? value="([^"]*)"', page))
    return {name: html.unescape(value) for name, value in (hidden | typed | radios).items()} | {
        "ticks": ticks
    }


def test_the_page_asks_shows_and_confirms_once(mateus: Journey, signed_in: SignIn) -> None:
    """J5.5 by HTTP: a second press of the same button acts once."""
    ruth = signed_in(events.ruth())
    before = last_mail()
    asked = ruth.get(f"/travel/{mateus.trip.id}/change?leg={mateus.leg.id}")
    assert (asked.status_code, "Show what it touches" in asked.text) == (200, True)
    shown = ruth.get(
        f"/travel/{mateus.trip.id}/change?leg={mateus.leg.id}&late=%2B6+h&departs_at=&arrives_at=&reason=A+storm."
    )
    assert shown.status_code == 200
    for words in (
        "Will miss it",
        "Move it to 15 Oct, 09:00–09:30 London",
        "Meridian Cars",
        "Daniel",
        "Late arrival"[1:],
    ):
        assert words in html.unescape(shown.text)
    assert last_mail() == before
    sent = form_in(shown.text)
    first = ruth.post(address_in(shown.text), data=sent)
    again = ruth.post(address_in(shown.text), data=sent)
    assert (first.status_code, again.status_code) == (303, 303)
    assert (fresh(mateus.leg).arrives_at, len(mails_since(before))) == (utc(14, 20, 30), 3)


def test_a_preview_left_open_is_refused_with_the_new_ripple(mateus: Journey, signed_in: SignIn) -> None:
    ruth = signed_in(events.ruth())
    shown = ruth.get(f"/travel/{mateus.trip.id}/change?leg={mateus.leg.id}&late=6h").text
    with transaction():
        time_with.move_meeting(
            db.session.merge(mateus.interview), window(mateus, utc(15, 10)), by=executives.daniel()
        )
    refused = ruth.post(address_in(shown), data=form_in(shown))
    page = html.unescape(refused.text)
    assert (refused.status_code, "since you looked" in page, "Confirm all that is ticked" in page) == (
        409,
        True,
        True,
    )
    assert fresh(mateus.leg).sequence == 0
    done = ruth.post(address_in(refused.text), data=form_in(refused.text))
    assert (done.status_code, fresh(mateus.leg).sequence) == (303, 1)


BAD = [
    ("late=soon", "Write how much later"), ("late=", "Say how much later"), ("late=99h", "another flight"),
    ("late=&departs_at=2026-10-14T10:00&arrives_at=2026-10-14T09:00", "arrive before it leaves"),
    ("late=&departs_at=nonsense", "Not a valid datetime"), ("late=&arrives_at=2026-03-29T01:30", "does not exist"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "words"), BAD)
def test_what_cannot_be_is_said_at_its_field(
    mateus: Journey, signed_in: SignIn, query: str, words: str
) -> None:
    page = signed_in(events.ruth()).get(f"/travel/{mateus.trip.id}/change?leg={mateus.leg.id}&{query}")
    assert (page.status_code, words in html.unescape(page.text)) == (422, True)


@pytest.mark.parametrize(
    "query",
    ["change=x", "change=1~", "change=1~2026~y", "change=99999999999~off", "change=~~~", "leg=x&late=6h"],
)
def test_an_address_that_says_nothing_changes_nothing(mateus: Journey, signed_in: SignIn, query: str) -> None:
    ruth = signed_in(events.ruth())
    assert ruth.get(f"/travel/{mateus.trip.id}/change?{query}").status_code in (404, 422)
    assert ruth.post(
        f"/travel/{mateus.trip.id}/change?{query}", data={"seen": "[", "ticks": "x"}
    ).status_code in (404, 409, 422)


def test_only_who_arranges_travel_may_ask(mateus: Journey, signed_in: SignIn) -> None:
    assert signed_in(executives.daniel()).get(f"/travel/{mateus.trip.id}/change").status_code == 403
