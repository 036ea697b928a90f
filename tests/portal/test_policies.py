"""How long doors stay open, and what a typed reference means."""

from datetime import UTC, datetime, timedelta

import pytest

from app.events.models import InvitationState
from app.portal import policies
from app.portal.models import PersonLink, PersonSession

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "is_used", "is_replaced", "is_live"),
    [
        (0, False, False, True),
        (9, False, False, True),
        (10, False, False, False),
        (1, True, False, False),
        (1, False, True, False),
    ],
)
def test_link_lives_until_used_replaced_or_old(
    minutes: int, is_used: bool, is_replaced: bool, is_live: bool
) -> None:
    """ASVS 6.5.1, 6.5.5: once, and for ten minutes where somebody waits for it."""
    link = PersonLink(
        made_at=NOW, expires_at=NOW + policies.AWAITED_LIFE, redeemed_at=NOW if is_used else None,
        revoked_at=NOW if is_replaced else None,
    )  # fmt: skip
    assert policies.is_live_link(link, NOW + timedelta(minutes=minutes)) == is_live


def test_lives_are_the_documented_ones() -> None:
    lives = [policies.AWAITED_LIFE, policies.MAILED_LIFE, policies.VISIT_LIFE]
    assert lives == [timedelta(minutes=10), timedelta(hours=72), timedelta(days=14)]


def test_visit_ends_by_itself_or_by_hand() -> None:
    visit = PersonSession(made_at=NOW, expires_at=NOW + policies.VISIT_LIFE)
    assert [policies.is_live_visit(visit, NOW + timedelta(days=days)) for days in (0, 13, 14)] == [
        True,
        True,
        False,
    ]
    visit.ended_at = NOW
    assert not policies.is_live_visit(visit, NOW)


@pytest.mark.parametrize(
    ("ages", "may"),
    [
        ([], True),
        ([timedelta(minutes=4)], False),
        ([timedelta(minutes=5)], True),
        ([timedelta(hours=hours) for hours in (1, 2, 3, 4)], True),
        ([timedelta(hours=hours) for hours in (1, 2, 3, 4, 5)], False),
        ([timedelta(days=2)] * 20, True),
    ],
)
def test_new_links_are_mailed_now_and_then(ages: list[timedelta], may: bool) -> None:
    assert policies.may_renew([NOW - age for age in ages], NOW) == may


@pytest.mark.parametrize(
    ("state", "is_cancelled", "hours_left", "may"),
    [
        (InvitationState.INVITED, False, 1, True),
        (InvitationState.ACCEPTED, False, 1, True),
        (InvitationState.WAITING, False, 1, True),
        (InvitationState.DECLINED, False, 1, True),
        (InvitationState.DRAFT, False, 1, False),
        (InvitationState.WITHDRAWN, False, 1, False),
        (InvitationState.INVITED, True, 1, False),
        (InvitationState.INVITED, False, 0, False),
    ],
)
def test_invitation_is_answered_while_the_event_lies_ahead(
    state: InvitationState, is_cancelled: bool, hours_left: int, may: bool
) -> None:
    """E1."""
    assert policies.may_answer(state, is_cancelled, NOW + timedelta(hours=hours_left), NOW) == may


@pytest.mark.parametrize(
    ("typed", "reference"),
    [
        ("K7QM-3XWD-9TRA", "K7QM-3XWD-9TRA"),
        (" k7qm 3xwd 9tra ", "K7QM-3XWD-9TRA"),
        ("K7QM3XWD9TRA", "K7QM-3XWD-9TRA"),
        ("K7QM-3XWD", ""),
        ("K7QM-3XWD-9TRA-X", ""),
        ("", ""),
        ("' OR 1=1 --", ""),
    ],
)
def test_reference_is_read_as_people_type_it(typed: str, reference: str) -> None:
    """G6."""
    assert policies.reference_in(typed) == reference
