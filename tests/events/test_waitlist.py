"""The waitlist: each place explained, timed offers, "no thanks", by hand with a reason; guests and answers that wait (E1)."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.events import operations, policies, policies_waves, queries, queries_places
from app.events.details import AnswerDetails, GuestDetails, WaveDetails
from app.events.models import AnswerChannel, Event, Invitation, InvitationState, InvitationStep
from app.events.models_waves import GuestState, PlaceOffer, PlaceOfferState
from app.notices.models import Notice
from tests.conftest import fresh
from tests.factories import events as make

At = Callable[[datetime], AbstractContextManager[None]]
S, P = InvitationState, PlaceOfferState

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _before_the_show(at: At) -> object:
    with at(NOW):
        yield


def answered(one: Invitation, state: InvitationState, **more: object) -> Invitation:
    """By the person themselves, at their own door."""
    with transaction():
        details = AnswerDetails(state=state, channel=AnswerChannel.PORTAL, **more)  # type: ignore[arg-type]
        operations.record_answer(db.session.merge(one), details, by=None)
    return fresh(one)


def offer_of(one: Invitation) -> PlaceOffer:
    db.session.expire_all()
    return queries_places.latest_offers([one.id])[one.id]


def full_house(*waiting: str) -> tuple[Event, Invitation, list[Invitation]]:
    """One place, taken by Jack; the others wait in this order."""
    event = make.event(capacity=1)
    jack = make.accepted(event, "Jack")
    return event, jack, [make.answer(make.invited(event, name)) for name in waiting]


def whys(event: Event) -> dict[str, str]:
    db.session.rollback()
    return {one.name: one.why for one in queries_places.list_waiting(fresh(event))}


def test_a_decline_offers_the_place_to_the_first_for_48_hours(app: Flask) -> None:
    """E1: the place is kept for them, counted as taken, and each place of the list says why."""
    event, jack, (amal, ines) = full_house("Amal", "Ines")
    assert whys(event) == {"Amal": "Next: all 1 places are taken.", "Ines": "Comes after those before them."}
    make.answer(jack, S.DECLINED)
    offer = offer_of(amal)
    assert (offer.state, offer.expires_at - offer.made_at) == (P.OPEN, timedelta(hours=48))
    assert (queries_places.count_taken(fresh(event)), queries_places.count_free(event)) == (1, 0)
    assert whys(event)["Amal"] == "A place is kept for them until the offer ends."
    with transaction():
        operations.take_offer(db.session.merge(offer), by=None)
    assert (fresh(amal).state, offer_of(amal).state, fresh(ines).waitlist_place) == (S.ACCEPTED, P.TAKEN, 1)
    with transaction():  # a second press takes nothing more
        operations.take_offer(db.session.merge(offer), by=None)
    assert db.session.scalar(sa.select(sa.func.count(PlaceOffer.id))) == 1


def test_no_thanks_frees_the_place_at_once(app: Flask) -> None:
    """E1: refused, the next is offered it in the same step; twice is once."""
    event, jack, (amal, ines) = full_house("Amal", "Ines")
    make.answer(jack, S.DECLINED)
    for _ in range(2):
        with transaction():
            operations.refuse_offer(db.session.merge(offer_of(amal)), by=None)
    assert (fresh(amal).state, offer_of(amal).state, offer_of(ines).state) == (S.DECLINED, P.REFUSED, P.OPEN)
    with pytest.raises(policies_waves.OfferIsOver), transaction():
        operations.take_offer(db.session.merge(offer_of(amal)), by=None)
    assert queries.funnel(event).invited == 3


def test_the_worker_moves_an_offer_on_when_its_time_is_over(app: Flask, at: At) -> None:
    """E1: who let it pass waits on, is not offered it again by itself, and says so."""
    event, jack, (amal, ines) = full_house("Amal", "Ines")
    make.answer(jack, S.DECLINED)
    assert operations.run_due() == 0
    with at(NOW + timedelta(hours=48)):
        with pytest.raises(policies_waves.OfferIsOver), transaction():
            operations.take_offer(db.session.merge(offer_of(amal)), by=None)
        assert (operations.run_due(), operations.run_due()) == (1, 0)
        assert (offer_of(amal).state, fresh(amal).state, offer_of(ines).state) == (
            P.EXPIRED,
            S.WAITING,
            P.OPEN,
        )
        assert whys(event)["Amal"] == "Let an offer pass unanswered: only a person offers it again."
    with at(NOW + timedelta(hours=97)):
        assert (operations.run_due(), queries_places.count_free(fresh(event))) == (
            1,
            1,
        )  # nobody is left by itself
        with transaction():
            operations.offer_place(db.session.merge(amal), by=make.ruth(), reason="She called.")
        assert offer_of(amal).state is P.OPEN


def test_more_places_are_offered_at_once(app: Flask) -> None:
    event, _, (amal, ines, kerem) = full_house("Amal", "Ines", "Kerem")
    with transaction():
        here = db.session.merge(event)
        kept = ("program_id", "name", "place", "city", "zone", "starts_at", "ends_at")
        details = make.EventDetails(**{name: getattr(here, name) for name in kept}, capacity=3)
        operations.edit_event(here, details, by=make.ruth())
    assert [offer_of(one).state for one in (amal, ines)] == [P.OPEN, P.OPEN]
    assert queries_places.latest_offers([kerem.id]) == {}


def test_who_gives_a_place_back_is_not_offered_it_again_silently(app: Flask) -> None:
    event, jack, (amal,) = full_house("Amal")
    make.answer(jack, S.DECLINED)
    with transaction():
        operations.take_offer(db.session.merge(offer_of(amal)), by=None)
    answered(amal, S.WAITING)
    assert (offer_of(amal).state, queries_places.count_free(fresh(event))) == (P.TAKEN, 1)
    assert whys(event) == {"Amal": "Had a place and gave it back: only a person offers it again."}


def test_an_offer_out_of_turn_needs_a_reason_and_a_place(app: Flask) -> None:
    _event, jack, (amal, ines) = full_house("Amal", "Ines")
    ruth = make.ruth()
    with pytest.raises(policies.NoPlaceLeft, match="All 1 places"), transaction():
        operations.offer_place(db.session.merge(ines), by=ruth, reason="Same flight")
    make.answer(jack, S.DECLINED)
    with pytest.raises(policies.NoPlaceLeft, match="kept for somebody"), transaction():
        operations.promote(db.session.merge(ines), by=ruth, reason="Same flight")
    with transaction():
        operations.take_back_offer(db.session.merge(offer_of(amal)), "Ill, says the agent.", by=ruth)
    with pytest.raises(policies.ReasonNeeded), transaction():
        operations.offer_place(db.session.merge(ines), by=ruth)
    with transaction():
        operations.offer_place(db.session.merge(ines), by=ruth, reason="Same flight")
    with transaction():  # by phone: the place kept for her is hers
        operations.promote(db.session.merge(ines), by=ruth)
    assert (fresh(ines).state, offer_of(ines).state, offer_of(amal).state) == (S.ACCEPTED, P.TAKEN, P.ENDED)


def test_without_a_mail_address_the_coordinator_calls(app: Flask) -> None:
    _event, jack, (amal,) = full_house("Amal")
    with transaction():
        db.session.merge(amal).person.email = ""
    make.answer(jack, S.DECLINED)
    assert "Call them." in db.session.scalars(sa.select(Notice.message).order_by(Notice.id)).all()[-1]


def test_perhaps_holds_no_place_and_owes_an_answer(app: Flask) -> None:
    """E1: tentative counts as no answer; the ask stays open."""
    event = make.event(capacity=1)
    amal = answered(make.invited(event, "Amal"), S.TENTATIVE, reason="If the exam is early.")
    funnel = queries.funnel(event)
    assert (amal.state, funnel.silent, funnel.tentative, queries_places.count_free(event)) == (
        S.TENTATIVE,
        1,
        1,
        1,
    )
    assert answered(amal, S.ACCEPTED).state is S.ACCEPTED


def test_a_colleague_is_a_guest_the_coordinator_admits(app: Flask) -> None:
    """E1: the invited one has declined; the colleague takes a place only when admitted, and is no person of ours."""
    event = make.event(capacity=1)
    colleague = GuestDetails(name="Zoë Ó Briain", email="zoe@firm.example")
    amal = answered(make.invited(event, "Amal"), S.DELEGATED, guest=colleague)
    (guest,) = queries_places.list_guests(event)
    assert (amal.state, guest.state, queries.funnel(event).declined, queries_places.count_free(event)) == (
        S.DELEGATED, GuestState.PENDING, 1, 1,
    )  # fmt: skip
    with transaction():
        operations.decide_guest(db.session.merge(guest), True, by=make.ruth())
    funnel = queries.funnel(event)
    assert (funnel.guests, funnel.invited, queries_places.count_free(event)) == (1, 1, 0)
    with pytest.raises(policies_waves.CannotDecide), transaction():
        operations.decide_guest(db.session.merge(guest), True, by=make.ruth())
    late = make.answer(make.invited(event, "Ines"))
    assert late.state is S.WAITING  # the guest has the place
    with transaction():
        operations.decide_guest(db.session.merge(guest), False, "Not coming, wrote the firm.", by=make.ruth())
    assert (fresh(guest).state, offer_of(late).state) == (GuestState.LEFT, P.OPEN)


def test_who_comes_after_all_sends_nobody(app: Flask) -> None:
    event = make.event()
    amal = answered(make.invited(event, "Amal"), S.DELEGATED, guest=GuestDetails(name="Zoë"))
    answered(amal, S.ACCEPTED)
    assert queries_places.guests_of(amal)[0].state is GuestState.LEFT


def _with_deadline(event: Event, deadline: datetime) -> None:
    with transaction():
        details = WaveDetails(number=1, n_seats=1, answer_by_at=deadline, is_released_by_itself=False)
        operations.plan_wave(db.session.merge(event), details, by=make.ruth())


def test_after_the_deadline_a_yes_waits_for_the_coordinator(app: Flask, at: At) -> None:
    """E1: recorded and said, but it does not count; a no always counts, and staff may record what they agreed."""
    event = make.event()
    amal, ines, jack = (make.invited(event, name) for name in ("Amal", "Ines", "Jack"))
    _with_deadline(event, NOW + timedelta(days=7))
    with at(NOW + timedelta(days=7)):
        assert (answered(amal, S.ACCEPTED).state, answered(ines, S.DECLINED).state) == (S.INVITED, S.DECLINED)
        answered(amal, S.ACCEPTED)  # a second click is the same answer
        (pending,) = queries_places.list_pending(event)
        assert (
            "after the deadline"
            in db.session.scalars(sa.select(Notice.message).order_by(Notice.id)).all()[-2]
        )
        with pytest.raises(policies.ReasonNeeded), transaction():
            operations.decide_answer(db.session.merge(pending), False, by=make.ruth())
        with transaction():
            operations.decide_answer(db.session.merge(pending), True, by=make.ruth())
        assert (fresh(amal).state, queries_places.list_pending(event)) == (S.ACCEPTED, [])
        assert make.answer(jack).state is S.ACCEPTED
        with pytest.raises(policies_waves.CannotDecide), transaction():
            operations.decide_answer(db.session.merge(pending), True, by=make.ruth())


def test_the_funnel_adds_up_after_any_steps(app: Flask, at: At) -> None:
    """E1: invited = accepted + declined + waiting + no answer after each of 120 random steps; places are never overdrawn."""
    dice = random.Random(20261013)
    event = make.event(capacity=3)
    people = [make.invited(event, f"Person {number}") for number in range(7)]
    with transaction():
        for number in (1, 2):
            details = WaveDetails(number=number, n_seats=3, answer_by_at=NOW + timedelta(days=20))
            operations.plan_wave(db.session.merge(event), details, by=make.ruth())
    for step in range(120):
        with at(NOW + timedelta(hours=4 * step)):
            try:
                with transaction():
                    _anything(dice, db.session.merge(dice.choice(people)))
            except DomainError:
                pass
            operations.run_due()
            funnel = queries.funnel(fresh(event))
            assert funnel.invited == funnel.accepted + funnel.declined + funnel.waiting + funnel.silent
            assert funnel.invited + funnel.withdrawn + funnel.drafts == len(people)
            assert queries_places.count_taken(event) <= queries_places.count_places(event)
            places = [one.waitlist_place for one in queries.list_waitlist(event)]
            assert places == list(range(1, len(places) + 1))
    assert queries.funnel(event).lapsed + queries.funnel(event).declined > 0
    for one in people:  # E1: the newest step of the history says the state
        newest = sa.select(InvitationStep.state).where(InvitationStep.invitation_id == one.id)
        assert (
            db.session.scalars(newest.order_by(InvitationStep.id.desc()).limit(1)).one() is fresh(one).state
        )


def _anything(dice: random.Random, one: Invitation) -> None:
    ruth = make.ruth()
    state = dice.choice([S.ACCEPTED, S.ACCEPTED, S.DECLINED, S.WAITING, S.TENTATIVE, S.DELEGATED])
    guest = GuestDetails(name="Zoë") if state is S.DELEGATED else None
    match dice.randrange(8):
        case 0:
            operations.promote(one, by=ruth, reason="Because")
        case 1:
            operations.move_on_waitlist(one, dice.randint(1, 4), "Because", by=ruth)
        case 2:
            offer = queries_places.open_offer_of(one)
            if offer is not None:
                dice.choice([operations.take_offer, operations.refuse_offer])(offer, by=None)
        case 3:
            for found in queries_places.guests_of(one):
                operations.decide_guest(found, dice.random() < 0.5, "Because", by=ruth)
        case 4 if clock.now() > NOW + timedelta(days=15):
            operations.withdraw(one, "Because", by=ruth)
        case _:
            by = dice.choice([None, ruth])
            details = AnswerDetails(state=state, channel=AnswerChannel.PORTAL, guest=guest)
            operations.record_answer(one, details, by=by)
