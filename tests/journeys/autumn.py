"""London as the demo tells it on the very days of the scenario: everything but the paid work that came after."""

from datetime import date

from app.accounts import audit
from app.accounts import operations as accounts
from app.core.db import transaction
from app.demo import beginnings, event_day, journeys, london
from app.demo.story import Story


def tell_until_published(today: date) -> Story:
    """Replay the demo on a day, up to the last publication, into an empty house."""
    story = Story(today)
    assert story.on(3) == date(2026, 10, 16)  # when the hotel is left
    with transaction():
        audit.begin_request()
        accounts.mark_demo(by=None)
        beginnings.set_up_house(story)
        beginnings.write_goal(story)
        beginnings.meet_people(story)
        beginnings.fill_cohort(story)
        london.plan(story)
        london.invite(story)
        london.acknowledge_policy(story)
        trips = journeys.book(story)
        journeys.open_calendars(story)
        journeys.interview(story)
        event_day.seat_guests(story)
        event_day.open_door(story)
        event_day.share_by_who_came(story, event_day.dine(story))
        london.offer_gift(story)
        london.count_as_active(story)
        journeys.settle(story, trips)
        london.publish(story)
    return story
