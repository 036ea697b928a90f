"""Who may have which feed, what is in it, and how apps open it."""

import pytest
from flask import Flask

from app.accounts.models import Role
from app.calendars import policies
from app.calendars.models import FeedKind
from app.calendars.policies import Contents, Voice
from app.core.i18n import language_of
from app.events.models import Audience
from tests.factories import accounts

READ = {FeedKind.EVENT, FeedKind.PERSON, FeedKind.EXECUTIVE, FeedKind.PROGRAM, FeedKind.MY_WORK}


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.COORDINATOR, READ | {FeedKind.COORDINATOR}),
        (Role.RELATIONS, READ),
        (Role.AUDITOR, READ),
        (Role.ASSISTANT, READ - {FeedKind.PROGRAM}),
        (Role.PARTNER, set()),
    ],
)
def test_feeds_of_a_role_follow_its_rights(app: Flask, role: Role, kinds: set[FeedKind]) -> None:
    """R3, C1."""
    user = accounts.user(role=role)
    assert {kind for kind in FeedKind if policies.may_have(user, kind)} == kinds


@pytest.mark.parametrize(
    ("role", "kind", "contents"),
    [
        (Role.COORDINATOR, FeedKind.EVENT, Contents(Voice.STAFF, True, None, True, True, True)),
        (Role.RELATIONS, FeedKind.EVENT, Contents(Voice.STAFF, True, None, True, False, False)),
        (Role.ASSISTANT, FeedKind.EVENT, Contents(Voice.STAFF, True, None, True, False, False)),
        (Role.COORDINATOR, FeedKind.PROGRAM, Contents(Voice.STAFF, True, None, False, False, True)),
        (
            Role.RELATIONS,
            FeedKind.PERSON,
            Contents(Voice.STAFF, True, (Audience.ALL, Audience.EXPERT), True, True, False),
        ),
        (
            Role.ASSISTANT,
            FeedKind.PERSON,
            Contents(Voice.STAFF, True, (Audience.ALL, Audience.EXPERT), True, False, False),
        ),
        (Role.ASSISTANT, FeedKind.EXECUTIVE, Contents(Voice.EXECUTIVE, has_meetings=True)),
    ],
)
def test_contents_follow_role_and_kind(app: Flask, role: Role, kind: FeedKind, contents: Contents) -> None:
    """R3: travel of everybody is for those who arrange it, phones for them alone."""
    assert policies.contents_for(kind, accounts.user(role=role)) == contents


def test_person_finds_what_they_are_part_of() -> None:
    expected = Contents(Voice.PERSON, True, (Audience.ALL, Audience.EXPERT), True, True, False)
    assert policies.contents_of_person() == expected


@pytest.mark.parametrize(
    ("languages", "language"),
    [
        (["ar", "en"], "ar"),
        (["zh-Hans-CN"], "zh"),
        (["ko", "fr"], "fr"),
        (["ko"], "en"),
        (["pt_BR", "AR-EG"], "ar"),
        ([], "en"),
    ],
)
def test_language_is_the_first_one_spoken(languages: list[str], language: str) -> None:
    assert language_of(languages) == language


def test_addresses_are_written_as_each_program_wants_them() -> None:
    """Facts, calendar, section 3: Google wants webcal in cid, Outlook https; webcals does not exist."""
    found = policies.addresses_of("https://rapport.example", "s3cret", "Connect & London")
    assert (found.https, found.webcal) == (
        "https://rapport.example/calendar/s3cret.ics",
        "webcal://rapport.example/calendar/s3cret.ics",
    )
    assert found.google == (
        "https://calendar.google.com/calendar/r?cid=webcal%3A%2F%2Frapport.example%2Fcalendar%2Fs3cret.ics"
    )
    assert found.outlook == (
        "https://outlook.office.com/calendar/0/addfromweb"
        "?url=https%3A%2F%2Frapport.example%2Fcalendar%2Fs3cret.ics&name=Connect%20%26%20London"
    )
    assert (found.is_local, policies.addresses_of("http://127.0.0.1:8000", "s", "x").is_local) == (
        False,
        True,
    )
