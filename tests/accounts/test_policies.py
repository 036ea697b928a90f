"""Passwords, attempts, sessions and stand-ins: values in, verdicts out."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import extract_parameters

from app.accounts import passwords
from app.accounts.models import Role, User, UserSession
from app.accounts.policies import (
    IDLE,
    LONGEST,
    MOST_PER_ACCOUNT,
    MOST_PER_ADDRESS,
    WINDOW,
    PasswordTooEasy,
    TooManyAttempts,
    WrongDelegate,
    browser_of,
    check_attempts,
    check_delegate,
    check_password,
    is_over,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OWN = ("Mei Tanaka-Lindt", "mei.tanaka@lumen.example", "Lumen Networks")

EASY = [
    "short", "elevenchars", "x" * 129, "            ", "aaaaaaaaaaaa", "ababababababab", "abcabcabcabc", "123412341234",
    "123456789012", "qwertyuiopasdf", "qwertyuiop12345", "abcdefghijklmn", "zyxwvutsrqponm", "1q1q1q1q1q1q1q",
    "passwordpassword", "Password2026!", "P@ssw0rd1234", "WelcomeWelcome1", "letmein-letmein", "Summer2026Summer",
    "mei.tanaka.2026", "TanakaLindt2026", "lumen-networks-1", "LumenNetworks!!", "Rapport2026Rapport", "19870312-19870312",
    "12031987 12031987", "admin-admin-123", "tab\there\tand\tthere",
]  # fmt: skip

HARD = [
    "correct horse battery staple", "quiet-harbour-lantern", "829104756283", "Tr0ubadour&3xyz", "пароль из четырёх слов",
    "月が海の上に昇る静かな夜", "k7mq-x3pa-9w2h-t4ue-v8zc", "mei likes purple bicycles", "x" * 3 + "Zu7!kr" * 3 + "q9",
]  # fmt: skip


@pytest.mark.parametrize("password", EASY)
def test_an_easy_password_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooEasy):
        check_password(password, own_words=OWN)


@pytest.mark.parametrize("password", HARD)
def test_a_hard_password_is_taken_whatever_it_is_made_of(password: str) -> None:
    check_password(password, own_words=OWN)


def test_made_passwords_are_hard_and_differ() -> None:
    made = {passwords.make_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        check_password(password, own_words=OWN)


def test_passwords_are_hashed_with_the_parameters_of_owasp() -> None:
    stored = passwords.hash_password("correct horse battery staple")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.is_right(stored, "correct horse battery staple")
    assert not passwords.is_right(stored, "correct horse battery stapl")
    assert not passwords.is_outdated(stored)
    assert passwords.is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$2lZQcvEuB1pC7wIA6gqmzQ")


def test_the_hash_nobody_has_takes_as_much_work_as_any_other() -> None:
    """Otherwise the time of an answer tells whether an address is known."""
    nobodys, somebodys = passwords._hash_of_nothing(), passwords.hash_password("correct horse battery staple")
    assert extract_parameters(nobodys) == extract_parameters(somebodys)
    assert passwords._hash_of_nothing() != nobodys


@pytest.mark.parametrize("stored", ["", "not a hash"])
def test_without_a_hash_no_password_is_right(stored: str) -> None:
    assert not passwords.is_right(stored, "")
    assert not passwords.is_right(stored, "anything at all")


def _failures(number: int, newest: datetime = NOW) -> list[datetime]:
    return [newest - timedelta(seconds=10 * place) for place in range(number)]


def test_attempts_are_allowed_below_the_limits() -> None:
    check_attempts(_failures(MOST_PER_ACCOUNT - 1), _failures(MOST_PER_ADDRESS - 1), NOW)


@pytest.mark.parametrize(
    ("of_account", "from_address", "most"),
    [(MOST_PER_ACCOUNT, 0, MOST_PER_ACCOUNT), (0, MOST_PER_ADDRESS, MOST_PER_ADDRESS)],
)
def test_too_many_attempts_wait_until_the_oldest_leaves_the_window(
    of_account: int, from_address: int, most: int
) -> None:
    with pytest.raises(TooManyAttempts) as refused:
        check_attempts(_failures(of_account), _failures(from_address), NOW)
    wait = WINDOW.total_seconds() - 10 * (most - 1)
    assert refused.value.retry_after == wait
    assert f"Wait {-(-wait // 60):.0f} minutes" in refused.value.message


@pytest.mark.parametrize(
    ("made_ago", "seen_ago", "is_ended", "verdict"),
    [
        (timedelta(0), timedelta(0), False, False),
        (timedelta(days=13), IDLE, False, False),
        (timedelta(days=13), IDLE + timedelta(seconds=1), False, True),
        (LONGEST + timedelta(seconds=1), timedelta(0), False, True),
        (timedelta(0), timedelta(0), True, True),
    ],
)
def test_a_session_is_over_when_ended_idle_or_old(
    made_ago: timedelta, seen_ago: timedelta, is_ended: bool, verdict: bool
) -> None:
    session = UserSession(made_at=NOW - made_ago, seen_at=NOW - seen_ago, ended_at=NOW if is_ended else None)
    assert is_over(session, NOW) is verdict


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Mobile Safari/604",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537 Chrome/150 Safari/537 Edg/150", "Edge on Linux"),
        ("curl/8.0", "curl"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_named_in_words(agent: str, words: str) -> None:
    assert browser_of(agent) == words


def _user(number: int, role: Role, *, is_active: bool = True) -> User:
    return User(id=number, role=role, is_active=is_active)


def test_r2_a_stand_in_approves_the_same_things() -> None:
    check_delegate(_user(1, Role.COMPLIANCE), _user(2, Role.COMPLIANCE))


@pytest.mark.parametrize(
    ("user", "delegate"),
    [
        (_user(1, Role.COMPLIANCE), _user(1, Role.COMPLIANCE)),
        (_user(1, Role.COMPLIANCE), _user(2, Role.COMPLIANCE, is_active=False)),
        (_user(1, Role.RELATIONS), _user(2, Role.COMPLIANCE)),
        *[(_user(1, Role.COMPLIANCE), _user(2, role)) for role in Role if role != Role.COMPLIANCE],
    ],
)
def test_r1_a_delegation_lends_a_name_and_no_rights(user: User, delegate: User) -> None:
    with pytest.raises(WrongDelegate):
        check_delegate(user, delegate)
