"""P3: before a merge one is told what the two records hold that one person could not; it stops nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from app.accounts.models import Role
from app.core import clock
from app.people import merging
from tests.factories import events, executives, ledger, people, programs, travel

TEN = executives.HALF_PAST_TEN


@pytest.fixture(autouse=True)
def _before_the_show(app: Flask) -> Iterator[None]:
    with clock.fixed_at(datetime(2026, 9, 1, 9, tzinfo=UTC)):
        yield


@pytest.mark.parametrize(("n_minutes", "n_warned"), [(0, 1), (29, 1), (30, 0), (60, 0)])
def test_meetings_at_overlapping_times(app: Flask, n_minutes: int, n_warned: int) -> None:
    """P3, X1: half an hour each; one that begins when the other ends is no overlap. What can be moved is moved first."""
    event = events.event()
    one = executives.meeting(event, "Jack")
    two = executives.meeting(
        event, "Jacques", executives.executive("Omar"), TEN + timedelta(minutes=n_minutes)
    )
    found = merging.words_of_refusal(one.person_id, two.person_id)
    assert len(found) == n_warned
    assert merging.words_of_warning(one.person_id, two.person_id) == []
    if found:
        assert found[0].startswith(
            "Both have a meeting at the same time: Grace and Omar, from 14 Oct 2026 10:30"
        )
        with clock.fixed_at(executives.AFTER):
            executives.hold(one)
        assert len(merging.words_of_warning(one.person_id, two.person_id)) == 1
        assert merging.words_of_refusal(one.person_id, two.person_id) == []


@pytest.mark.parametrize(("n_days", "n_warned"), [(0, 1), (7, 1), (8, 0)])
def test_trips_and_events_at_overlapping_times(app: Flask, n_days: int, n_warned: int) -> None:
    """P3: a trip from the 10th to the 18th; one that begins on the day it ends is no overlap."""
    program, apart = programs.program(), timedelta(days=n_days)
    one = travel.trip(events.accepted(events.event(under=program), "Jack"))
    later = events.event(
        "Forum", under=program, starts_at=datetime(2026, 10, 13, 8, tzinfo=UTC) + apart,
        ends_at=datetime(2026, 10, 16, 17, tzinfo=UTC) + apart,
    )  # fmt: skip
    two = travel.trip(
        events.accepted(later, "Jacques"),
        from_on=date(2026, 10, 10) + apart,
        to_on=date(2026, 10, 18) + apart,
    )
    found = merging.words_of_warning(one.person_id, two.person_id)
    assert sum("travel at the same time" in line for line in found) == n_warned
    assert sum("accepted events at the same time" in line for line in found) == (n_days == 0)


def test_two_heads_at_one_shared_bill_are_said_on_the_page(app: Flask, signed_in) -> None:
    """P3, L3."""
    bill = ledger.dinner(guests=("Jack", "Jacques"))
    kept, gone = (head.person_id for head in bill.heads if head.person_id)
    answer = signed_in(Role.RELATIONS).get(f"/people/{kept}/merge/{gone}")
    assert answer.status_code == 200
    text = answer.text
    assert "Look at this before you merge" in text
    assert "Both are a head at one shared bill: Speakers&#39; dinner, 14 Oct 2026." in text


def test_records_that_share_nothing_are_not_warned_of(app: Flask) -> None:
    """P3."""
    bill = ledger.dinner(guests=("Jack",))
    other = people.person("Amal")
    kept = next(head.person_id for head in bill.heads if head.person_id)
    assert merging.words_of_warning(kept, other.id) == []
