"""The London programme: a year of a company and its outside experts, replayed through the operations of the rooms."""

from collections.abc import Callable

import sqlalchemy as sa

from app.accounts import audit
from app.accounts import operations as accounts
from app.accounts.models import User
from app.core import clock
from app.core.db import db, transaction
from app.demo import (
    afterwards,
    beginnings,
    cast,
    event_day,
    journeys,
    leaving,
    london,
    news,
    others,
    papers,
    records,
    rounds,
    wanted,
)
from app.demo.story import Story


def is_loaded() -> bool:
    """Whether somebody works here already; the demo goes into an empty house only."""
    return db.session.scalar(sa.select(User.id).limit(1)) is not None


def sign_ins() -> list[tuple[str, str, str]]:
    """One sign-in per role: its name, the e-mail address, the password."""
    first = {login.role: login for login in reversed(cast.LOGINS)}
    return [(role.value, login.email, cast.PASSWORD) for role, login in sorted(first.items())]


def load(say: Callable[[str], None]) -> None:
    """Replay everything, whole or not at all, and say what is being done."""
    story = Story(clock.today())
    with transaction():
        audit.begin_request()
        accounts.mark_demo(by=None)
        say("the house, its users and its rules")
        beginnings.set_up_house(story)
        beginnings.write_goal(story)
        wanted.want_audience(story)
        beginnings.meet_people(story)
        beginnings.fill_cohort(story)
        wanted.ask_openly(story)
        say("Connect London: letters, answers, travel")
        london.plan(story)
        news.write_letters(story)
        london.invite(story)
        london.acknowledge_policy(story)
        trips = journeys.book(story)
        journeys.open_calendars(story)
        say("Connect London: interviews, seats, dinner")
        journeys.interview(story)
        event_day.seat_guests(story)
        event_day.open_door(story)
        event_day.share_by_who_came(story, event_day.dine(story))
        london.offer_gift(story)
        london.count_as_active(story)
        journeys.settle(story, trips)
        london.publish(story)
        event_day.hold_chairs(story)
        event_day.check_respect(story)
        event_day.answer_promises(story)
        rounds.cross(story)
        say("a workshop, and the work that lies ahead")
        afterwards.workshop(story)
        round_of_questions = rounds.invite(story)
        afterwards.clear_desks(story)
        afterwards.lie_ahead(story)
        papers.invite_to_consulate(story)
        others.keep(story)
        rounds.hold(story, round_of_questions)
        rounds.harvest(story)
        records.complete(story)
        event_day.write_thanks(story)
        event_day.thank(story)
        event_day.plan_next(story)
        with story.lately(20):
            leaving.prepare(story)
