"""What a person wants of contact wins over everybody, on every channel, through every door (P4)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from pydantic import ValidationError

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.events import operations as events
from app.outreach import operations, policies, queries, queries_outbox
from app.outreach.details import TouchDetails
from app.outreach.details_rhythm import ChannelWishDetails, ContactWishDetails
from app.outreach.models import TouchChannel, TouchKind
from app.outreach.policies import ContactStopped
from app.people import operations as person_operations
from app.people.details import PersonDetails
from app.people.models import Person
from app.portal import operations as portal
from tests.factories import accounts, outreach, people
from tests.factories import events as make_events

At = Callable[[datetime], AbstractContextManager[None]]

MONDAY, FRIDAY = datetime(2026, 9, 7, 9, tzinfo=UTC), datetime(2026, 9, 11, 9, tzinfo=UTC)


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


@pytest.fixture
def amal(users: dict[str, User]) -> Person:
    with clock.fixed_at(MONDAY - timedelta(days=30)):
        return people.person("Amal", owner=users["Mei"], email="amal@experts.example", zone="Asia/Dubai")


def wish(person: Person, *channels: ChannelWishDetails, days: tuple[str, ...] = ()) -> None:
    with transaction():
        details = ContactWishDetails(quiet_weekdays=days, channels=channels)
        operations.set_contact_wishes(db.session.merge(person), details, by=accounts.user())


def closed(channel: TouchChannel) -> ChannelWishDetails:
    return ChannelWishDetails(channel=channel, is_closed=True)


def test_a_closed_channel_is_closed_to_every_kind_and_others_are_open(
    users: dict[str, User], amal: Person
) -> None:
    wish(amal, closed(TouchChannel.PHONE))
    for kind in [kind for kind in TouchKind if kind is not TouchKind.ASKED_FOR]:
        with pytest.raises(ContactStopped, match=r"want nothing by phone.*not even the owner"):
            outreach.touch(
                amal, users["Mei"], channel=TouchChannel.PHONE, kind=kind, release_reason="I own this"
            )
    assert outreach.touch(amal, users["Mei"], channel=TouchChannel.MAIL).id


def test_quiet_days_are_days_of_the_persons_own_calendar(
    users: dict[str, User], amal: Person, at: At
) -> None:
    """J8: quiet Fridays. Friday begins in Dubai at 20:00 of the Thursday in UTC."""
    wish(amal, days=("fri",))
    begins = datetime(2026, 9, 10, 20, tzinfo=UTC)
    with at(begins - timedelta(minutes=1)):
        assert outreach.touch(amal, users["Mei"]).id
    for instant in (begins, begins + timedelta(hours=23, minutes=59)):
        with at(instant), pytest.raises(ContactStopped, match="quiet on Fridays") as stop:
            outreach.touch(amal, users["Mei"], release_reason="I own this")
        assert stop.value.verdict.free_from == begins + timedelta(days=1)
    with at(FRIDAY):
        assert outreach.touch(amal, users["Mei"], kind=TouchKind.TRANSACTIONAL).id  # the flight was moved
    with at(begins + timedelta(days=1)):
        assert queries.weigh_contact(
            amal, TouchKind.UNSOLICITED, users["Mei"].department, clock.now()
        ).is_releasable


def test_a_number_for_a_channel_holds_beyond_the_window(users: dict[str, User], amal: Person, at: At) -> None:
    wish(amal, ChannelWishDetails(channel=TouchChannel.MAIL, n_most=1, n_days=60))
    with at(MONDAY):
        outreach.touch(amal, users["Mei"])
    with at(MONDAY + timedelta(days=59)):
        with pytest.raises(ContactStopped, match="at most 1 by mail in 60 days") as stop:
            outreach.touch(amal, users["Mei"], release_reason="I own this")
        assert stop.value.verdict.free_from == MONDAY + timedelta(days=60)
        assert outreach.touch(amal, users["Mei"], channel=TouchChannel.PHONE).id
    with at(MONDAY + timedelta(days=60)):
        assert outreach.touch(amal, users["Mei"]).id


def test_waiting_ends_on_a_day_that_is_not_quiet(users: dict[str, User], amal: Person, at: At) -> None:
    """G3: the exact date. The window frees on Friday 25 September, which is quiet, so it is Saturday in Dubai."""
    wish(amal, days=("fri",))
    with at(FRIDAY - timedelta(hours=14)):  # Thursday 19:00 UTC, still Thursday in Dubai
        outreach.touch(amal, users["Tom"])
    with at(MONDAY + timedelta(days=7)):
        verdict = queries.weigh_contact(amal, TouchKind.UNSOLICITED, users["Mei"].department, clock.now())
    assert verdict.free_from == FRIDAY - timedelta(hours=14) + timedelta(days=14)
    with at(MONDAY + timedelta(days=8)):
        wish(amal, days=("thu", "fri"))
        verdict = queries.weigh_contact(amal, TouchKind.UNSOLICITED, users["Mei"].department, clock.now())
    assert verdict.free_from == datetime(2026, 9, 25, 20, tzinfo=UTC)


def test_a_release_asked_for_before_the_wish_does_not_break_it(users: dict[str, User], amal: Person) -> None:
    """P4 over G3: the owner's release is weighed again, and the message says whose wish stands in the way."""
    outreach.touch(amal, users["Mei"], is_ask=True)
    with transaction():
        stop = operations.try_touch(
            TouchDetails(person_id=amal.id, channel=TouchChannel.DIRECT_MESSAGE, subject="Hello"),
            by=db.session.merge(users["Tom"]),
        )
    wish(amal, closed(TouchChannel.DIRECT_MESSAGE))
    with (
        pytest.raises(ContactStopped, match="their own wish: nobody can release it, not even the owner"),
        transaction(),
    ):
        operations.release_collision(db.session.merge(stop), "Please", by=users["Mei"])


def test_editing_and_merging_leave_wishes_alone(users: dict[str, User], amal: Person) -> None:
    """P4, P3: an edit changes nothing; of two merged records the stricter wish holds."""
    wish(amal, closed(TouchChannel.PHONE), days=("fri",))
    before = queries.contact_facts([amal.id], policies.DEFAULT_LIMIT, clock.now())[amal.id]
    with transaction():
        details = PersonDetails(
            name="Amal R", sort_name="R, Amal", email="amal@experts.example", zone="Asia/Dubai"
        )
        person_operations.edit_person(db.session.merge(amal), details, by=users["Mei"])
    after = queries.contact_facts([amal.id], policies.DEFAULT_LIMIT, clock.now())[amal.id]
    assert (after.channels, after.quiet_weekdays) == (before.channels, before.quiet_weekdays)
    twin = people.person("Amal T", owner=users["Mei"])
    wish(twin, closed(TouchChannel.MAIL), days=("sat",))
    with transaction():
        db.session.merge(twin).merged_into_id = amal.id
    both = queries.contact_facts([amal.id], policies.DEFAULT_LIMIT, clock.now())[amal.id]
    assert (set(both.channels), both.quiet_weekdays) == ({TouchChannel.PHONE, TouchChannel.MAIL}, {4, 5})


def test_what_was_said_last_replaces_what_was_said_before(users: dict[str, User], amal: Person) -> None:
    wish(amal, closed(TouchChannel.PHONE), days=("fri",))
    wish(amal, ChannelWishDetails(channel=TouchChannel.MAIL, n_most=2, n_days=30))
    facts = queries.contact_facts([amal.id], policies.DEFAULT_LIMIT, clock.now())[amal.id]
    assert facts.quiet_weekdays == set()
    assert facts.channels == {TouchChannel.MAIL: policies.ChannelLimit(False, 2, 30)}


@pytest.mark.parametrize(
    ("details", "said"),
    [
        (lambda: ContactWishDetails(quiet_weekdays=("fri", "noday")), "No day of the week: noday"),
        (lambda: ContactWishDetails(quiet_weekdays=policies.WEEKDAYS), "opt-out instead"),
        (lambda: ChannelWishDetails(channel=TouchChannel.MAIL, n_most=2, n_days=None), "both numbers"),
        (lambda: ChannelWishDetails(channel=TouchChannel.MAIL, n_most=None, n_days=3), "both numbers"),
        (lambda: ChannelWishDetails(channel=TouchChannel.MAIL, n_most=0, n_days=3), "greater than or equal to 1"),
        (lambda: ContactWishDetails(channels=(closed(TouchChannel.MAIL), closed(TouchChannel.MAIL))), "once"),
    ],
)  # fmt: skip
def test_wishes_that_cannot_be(details: Callable[[], object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        details()


def test_no_door_leads_around_a_wish(users: dict[str, User], amal: Person) -> None:
    """G3, P4: by hand, by letter, by an invitation given by hand, by the mail of the portal: each is stopped."""
    outreach.letter_template("en")
    event = make_events.event()
    drafts = [make_events.draft(event, person=make_events.enrolled(event, name)) for name in ("Ines", "Hana")]
    make_events.prepare(event, drafts[:1])
    for person in (drafts[0].person, drafts[1].person, amal):
        with transaction():
            db.session.merge(person).is_opted_out = True
    with pytest.raises(ContactStopped):
        outreach.touch(amal, users["Mei"])
    with pytest.raises(ContactStopped), transaction():
        events.invite_by_hand(db.session.merge(drafts[1]), TouchChannel.PHONE, by=users["Ruth"])
    with pytest.raises(ContactStopped), transaction():
        portal.invite_by_mail(db.session.merge(amal), by=users["Mei"])
    with transaction():
        letter = queries_outbox.pending_letter(drafts[0].person, "invitation", "events", event.id)
        assert letter is not None
        assert letter.mail is not None
        sending = operations.release_batch(letter.batch, by=users["Ruth"])
        assert (sending.n_sent, len(sending.stopped)) == (0, 1)
        with pytest.raises(ContactStopped):
            operations.release_mail(letter.mail, by=users["Ruth"])


def test_what_the_person_asked_for_a_moment_ago_is_sent(users: dict[str, User], amal: Person) -> None:
    """A new link pressed for on their own page is their newest wish."""
    with transaction():
        db.session.merge(amal).quiet_until_on = date(2100, 1, 1)
    details = TouchDetails(
        person_id=amal.id,
        channel=TouchChannel.MAIL,
        kind=TouchKind.ASKED_FOR,
        subject="Link",
        user_id=users["Mei"].id,
    )
    with transaction():
        assert operations.record_touch(details, by=None).user_id == users["Mei"].id


def test_the_page_of_wishes_keeps_what_was_typed(users: dict[str, User], amal: Person, signed_in) -> None:
    browser = signed_in(users["Mei"])
    page = browser.get(f"/outreach/person/{amal.id}/wishes").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    data = {
        "csrf_token": token,
        "quiet_weekdays": "fri",
        "mail_most": "2",
        "mail_days": "",
        "phone_closed": "y",
    }
    answer = browser.post(f"/outreach/person/{amal.id}/wishes", data=data)
    assert answer.status_code == 422
    assert "both numbers" in answer.get_data(as_text=True)
    assert 'value="fri" checked' in answer.get_data(as_text=True)
    answer = browser.post(f"/outreach/person/{amal.id}/wishes", data=data | {"mail_days": "30"})
    assert answer.status_code == 303
    page = browser.get(f"/outreach/person/{amal.id}").get_data(as_text=True)
    for words in ("Fridays", "at most 2 in 30 days", "nothing at all"):
        assert words in page
    assert signed_in(Role.AUDITOR).get(f"/outreach/person/{amal.id}/wishes").status_code == 403
