"""Decisions about contact: the guard's verdicts, placeholders, languages."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from app.accounts.models import Department, User
from app.outreach import policies
from app.outreach.details import LetterTemplateDetails
from app.outreach.models import Touch, TouchKind
from app.outreach.policies import ContactFacts, ContactLevel, ContactLimit, LetterIncomplete
from tests.factories.outreach import BODY

NOW = datetime(2026, 9, 11, 9, tzinfo=UTC)
LIMIT = ContactLimit(n_touches=2, n_days=14)
MEI, TOM, PIA = 1, 2, 3


def touch(days_ago: float, department: int = MEI, *, is_ask: bool = False) -> Touch:
    who = User(name="Somebody")
    return Touch(
        at=NOW - timedelta(days=days_ago), department_id=department, department=Department(name="A department"), user=who,
        subject="Interview", is_ask=is_ask,
    )  # fmt: skip


def weigh(
    recent: Sequence[Touch] = (), asks: Sequence[Touch] = (), *, department: int = TOM, is_ask: bool = False,
    kind: TouchKind = TouchKind.UNSOLICITED, limit: ContactLimit = LIMIT, is_opted_out: bool = False,
    quiet_until_on: date | None = None,
) -> policies.ContactVerdict:  # fmt: skip
    facts = ContactFacts(is_opted_out, quiet_until_on, recent, asks)
    return policies.weigh(facts, limit, kind=kind, department_id=department, now=NOW, is_ask=is_ask)


@pytest.mark.parametrize(
    ("recent", "asks", "department", "is_ask", "level"),
    [
        ([], [], TOM, False, "free"),
        ([], [], TOM, True, "free"),
        ([touch(8)], [], MEI, False, "free"),  # the same department goes on
        ([touch(8)], [], TOM, False, "soft"),  # another department is in the window
        ([], [touch(60, is_ask=True)], TOM, False, "soft"),  # an open ask of another department, however old
        ([], [touch(60, is_ask=True)], MEI, False, "free"),  # one's own
        ([], [touch(60, is_ask=True)], MEI, True, "soft"),  # a second open ask, even by the same department
        ([touch(8), touch(2, TOM)], [], PIA, False, "hard"),
        ([touch(8), touch(2)], [], MEI, False, "hard"),  # the number holds for the same department too
        ([touch(9), touch(8), touch(2)], [], MEI, False, "hard"),
    ],
)  # fmt: skip
def test_guard_weighs_window_and_asks(
    recent: list[Touch], asks: list[Touch], department: int, is_ask: bool, level: str
) -> None:
    """G3."""
    assert weigh(recent, asks, department=department, is_ask=is_ask).level == level


def test_soft_stop_names_the_other_message_and_the_day_the_window_is_free() -> None:
    """J3.2: would be touch 2 of 2, the ask is open, wait until 17 Sep."""
    ask = touch(8, is_ask=True)
    verdict = weigh([ask], [ask])
    assert (verdict.other, verdict.n_touches, verdict.n_limit) == (ask, 1, 2)
    assert verdict.free_from == datetime(2026, 9, 17, 9, tzinfo=UTC)
    assert verdict.reason == (
        "This would be touch 2 of 2; Somebody's ask is open. (“Interview”, A department, 3 Sep 2026; at most 2 unsolicited "
        "in 14 days over all departments.)"
    )


def test_hard_stop_is_free_when_enough_of_the_window_has_passed() -> None:
    """J3.3: the third of two."""
    verdict = weigh([touch(10), touch(8), touch(2)], limit=ContactLimit(2, 14))
    assert verdict.reason.startswith(
        "This would be touch 4 of 2; Somebody's message was the last. Only the owner releases it"
    )
    assert verdict.free_from == NOW - timedelta(days=8) + timedelta(days=14)


def test_waiting_helps_nothing_when_only_an_ask_is_open() -> None:
    assert weigh([], [touch(60, is_ask=True)]).free_from is None


@pytest.mark.parametrize("kind", [TouchKind.REPLY, TouchKind.COURTESY, TouchKind.TRANSACTIONAL])
def test_exempt_kinds_are_free_whatever_was_sent(kind: TouchKind) -> None:
    """G3: exempt by kind."""
    assert weigh([touch(3), touch(2), touch(1)], kind=kind).is_free


#: What reaches somebody through a wish for quiet: what they asked for, and news of what they agreed to.
SPARED = {TouchKind.ASKED_FOR, TouchKind.TRANSACTIONAL}


@pytest.mark.parametrize("kind", sorted(set(TouchKind) - SPARED))
def test_the_persons_own_wish_wins_over_every_kind_and_is_nobodys_to_release(kind: TouchKind) -> None:
    """P4: opt-out and quiet time apply last, to every channel."""
    for verdict in (weigh(kind=kind, is_opted_out=True), weigh(kind=kind, quiet_until_on=NOW.date())):
        assert (verdict.level, verdict.is_releasable) == (ContactLevel.HARD, False)


@pytest.mark.parametrize("kind", sorted(SPARED))
def test_news_of_a_changed_flight_reaches_somebody_who_wants_quiet(kind: TouchKind) -> None:
    """G3: exempt by kind, on every channel that is open."""
    assert weigh([touch(1)] * 5, kind=kind, is_opted_out=True, quiet_until_on=NOW.date()).is_free


@pytest.mark.parametrize(
    ("until", "is_free"), [(date(2026, 9, 10), True), (date(2026, 9, 11), False), (date(2026, 10, 1), False)]
)
def test_quiet_time_ends_with_its_day(until: date, is_free: bool) -> None:
    verdict = weigh(quiet_until_on=until)
    assert verdict.is_free is is_free
    if not is_free:
        assert verdict.free_from == datetime.combine(until + timedelta(days=1), datetime.min.time(), UTC)


# -- letters ---------------------------------------------------------------------------------------


def test_placeholders_are_replaced_in_one_pass() -> None:
    """What a person is called never brings in another placeholder, and stored text is never code."""
    text = "{person} {{7*7}} {% x %} {person.__class__} {0} {owner}"
    fields = {"person": "{owner}", "owner": "Mei"}
    assert policies.fill(text, fields) == "{owner} {{7*7}} {% x %} {person.__class__} {0} Mei"


def test_a_letter_says_which_of_its_words_are_not_known() -> None:
    with pytest.raises(LetterIncomplete, match=r"\{city\}, \{event\}"):
        policies.fill("{event} in {city}, {person}", {"person": "Amal"})


@pytest.mark.parametrize(
    ("reads", "written", "language", "is_written"),
    [
        (["ar", "en"], {"en", "ar"}, "ar", True),
        (["tr", "en"], {"en", "ar"}, "en", True),
        (["ar-AE"], {"ar"}, "ar", True),
        (["zh-Hans-CN"], {"zh-Hans", "zh"}, "zh-Hans", True),
        (["ko"], {"en", "ar"}, "ko", False),
        (["ko-KR", "ja"], {"en"}, "ko", False),
        ([], {"en"}, "en", True),
        ([], set(), "en", False),
    ],
)
def test_language_is_the_first_the_person_reads_and_the_letter_has(
    reads: list[str], written: set[str], language: str, is_written: bool
) -> None:
    """G5: never English for somebody who does not read it."""
    assert policies.language_for(reads, written) == (language, is_written)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "advert"}, "Choose one of the letters"),
        ({"language": "klingon!"}, "is not a language tag"),
        ({"subject": "{price} for you"}, r"Nothing can stand in for \{price\}"),
        ({"body": BODY + "{drafts}"}, r"Nothing can stand in for \{drafts\}"),
        ({"body": "Dear {person}, {owner}"}, r"add \{department\}, \{verify_link\}"),
        ({"body": "   "}, "This is needed"),
        ({"subject": "x" * 321}, "at most 320"),
    ],
)
def test_a_letter_that_cannot_be_kept_is_refused(changes: dict[str, str], message: str) -> None:
    """G6: every letter names the owner, the department and the way to check it."""
    with pytest.raises(ValidationError, match=message):
        LetterTemplateDetails(
            **({"key": "invitation", "language": "en", "subject": "Hello", "body": BODY} | changes)
        )
