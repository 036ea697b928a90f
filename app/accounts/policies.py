"""Decisions about passwords, sign-in attempts and sessions; values in, verdicts out."""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from app.accounts import permissions
from app.accounts.models import Delegation, User, UserSession
from app.core.errors import DomainError
from app.core.i18n import action_in_english, column_in_english, day, in_english

# -- passwords -------------------------------------------------------------------------------------

LEAST_LENGTH = 12
MOST_LENGTH = 128

#: Words that make up the passwords people choose first. A short list on purpose: together with the rules below it
#: stops the obvious ones; it is not a list of leaked passwords.
_COMMON = (
    "password", "passwort", "passwd", "passw", "motdepasse", "contrasena", "welcome", "willkommen", "bienvenue",
    "letmein", "login", "signin", "admin", "administrator", "root", "user", "guest", "test", "demo", "secret", "change",
    "changeme", "default", "iloveyou", "love", "monkey", "dragon", "master", "football", "baseball", "sunshine", "princess",
    "shadow", "superman", "batman", "trustno", "hello", "freedom", "whatever", "starwars", "computer", "internet",
    "spring", "summer", "autumn", "winter", "january", "february", "march", "april", "june", "july", "august", "september",
    "october", "november", "december", "monday", "friday", "london", "shenzhen", "rapport", "please", "correct", "horse",
)  # fmt: skip
_ROWS = (
    "1234567890", "0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop",
    "abcdefghijklmnopqrstuvwxyz",
)  # fmt: skip
_LOOKS_LIKE = str.maketrans("@013457$!|", "aoieastsil")
_LEAST_LEFT = 4


#: So long a password that an administrator made lets its owner in, to choose one of their own.
MADE_LIFE = timedelta(hours=72)


class PasswordIsOver(DomainError):
    """A right password that somebody else made, and too long ago."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This password was made for you, and its time is over. Ask for a link by mail, or an administrator."
            )
        )


class PasswordTooEasy(DomainError):
    """A password somebody would try early."""


def check_password(password: str, *, own_words: Iterable[str]) -> None:
    """Refuse a password that is too short, too long or easily guessed; any characters may be used.

    `own_words`: name, address, company and the like. Rules, not a list: repeats, runs along the keyboard or the
    alphabet, dates, and whatever consists only of own or common words and ornament. Raises PasswordTooEasy.
    """
    problem = _problem(password, own_words)
    if problem:
        raise PasswordTooEasy(problem, field="password")


def _problem(password: str, own_words: Iterable[str]) -> str:
    if len(password) < LEAST_LENGTH:
        return str(
            _(
                "Use at least %(n)s characters. Four or five words that do not belong together are good.",
                n=LEAST_LENGTH,
            )
        )
    if len(password) > MOST_LENGTH:
        return str(_("Use at most %(n)s characters.", n=MOST_LENGTH))
    if any(ord(char) < 32 or ord(char) == 127 for char in password):
        return str(_("This holds characters that cannot be typed. Type it instead of pasting it."))
    plain = _plain(password.lower())
    if len(set(plain)) < 5 or re.fullmatch(r"(.{1,6}?)\1+.{0,5}", plain):
        return str(_("This repeats the same few characters, so it is guessed quickly. Choose another one."))
    if _share_of_runs(plain) > 0.6:
        return str(
            _("This follows the keyboard or the alphabet, so it is guessed quickly. Choose another one.")
        )
    if re.fullmatch(r"(?:(?:19|20)\d\d[01]\d[0-3]\d|[0-3]\d[01]\d(?:19|20)\d\d)+\d{0,4}", plain):
        return str(_("This is made of dates, so it is guessed quickly. Choose another one."))
    if _is_made_of_words((plain, _plain(password.lower().translate(_LOOKS_LIKE))), _words(own_words)):
        return str(
            _(
                "This is made of words anybody would try, such as your name or the company's. Choose another one."
            )
        )
    return ""


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _share_of_runs(plain: str) -> float:
    """How much of it runs along a row of the keyboard, the digits or the alphabet."""
    n_next = sum(
        any(pair in row or pair in row[::-1] for row in _ROWS) for pair in map("".join, pairwise(plain))
    )
    return n_next / max(1, len(plain) - 1)


def _words(own_words: Iterable[str]) -> list[str]:
    """Common and own words of four letters and more, the longest first."""
    own = {
        part for text in own_words for part in re.split(r"[\W_]+", text.lower()) if len(part) >= _LEAST_LEFT
    }
    return sorted({*_COMMON, *own}, key=len, reverse=True)


def _is_made_of_words(readings: Iterable[str], words: list[str]) -> bool:
    for text in readings:
        rest = text
        for word in words:
            rest = rest.replace(word, " ")
        if rest != text and len(re.sub(r"[\W\d_]+", "", rest)) < _LEAST_LEFT:
            return True
    return False


# -- attempts to sign in ---------------------------------------------------------------------------

WINDOW = timedelta(minutes=15)
MOST_PER_ACCOUNT = 10
#: Many people may share one address: an office, a hotel.
MOST_PER_ADDRESS = 50


class SignInRefused(DomainError):
    """Address or password is wrong, or the user may no longer sign in: one text for all three."""


class TooManyAttempts(DomainError):
    """Somebody tries passwords; `retry_after` is the number of seconds to wait."""

    status = 429

    def __init__(self, free_at: datetime, now: datetime) -> None:
        self.retry_after = max(1, math.ceil((free_at - now).total_seconds()))
        n_minutes = math.ceil(self.retry_after / 60)
        super().__init__(
            ngettext(
                "Too many attempts with this address or from this network. Wait a minute, then try again; "
                "an administrator can give you a new password.",
                "Too many attempts with this address or from this network. Wait %(num)s minutes, then try again; "
                "an administrator can give you a new password.",
                n_minutes,
            )
        )


def check_attempts(of_account: Sequence[datetime], from_address: Sequence[datetime], now: datetime) -> None:
    """Refuse further attempts until the oldest that fills the window has left it. Raises TooManyAttempts.

    Both sequences: instants of failures within the window, newest first.
    """
    for failures, most in ((of_account, MOST_PER_ACCOUNT), (from_address, MOST_PER_ADDRESS)):
        if len(failures) >= most:
            raise TooManyAttempts(failures[most - 1] + WINDOW, now)


# -- sessions --------------------------------------------------------------------------------------

#: A browser nobody used for this long must sign in again, and every browser after `LONGEST`.
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)


def is_over(session: UserSession, now: datetime) -> bool:
    """Whether a session no longer lets anybody in."""
    return session.ended_at is not None or now - session.seen_at > IDLE or now - session.made_at > LONGEST


#: Some changes want it proved within so long who sits there.
RECENT = timedelta(minutes=5)
#: Clocks of machines differ by as much.
_GRACE = timedelta(minutes=1)


def is_recent(proved_at: datetime | None, now: datetime) -> bool:
    """Whether it was proved a moment ago who sits there; a clock that was put back prolongs nothing."""
    return proved_at is not None and -_GRACE <= now - proved_at <= RECENT


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(agent: str) -> str:
    """What a User-Agent says, in words: "Firefox on Windows"; good enough to recognise one's own."""
    browser = next((words for sign, words in _BROWSERS if sign in agent), "")
    system = next((words for sign, words in _SYSTEMS if sign in agent), "")
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("Unknown browser"))


# -- users -----------------------------------------------------------------------------------------


class EmailTaken(DomainError):
    """Two logins cannot share an address."""

    def __init__(self) -> None:
        super().__init__(_("Somebody signs in with this address already."), field="email")


class LastAdmin(DomainError):
    """Without an administrator nobody could let anybody in again."""

    def __init__(self) -> None:
        super().__init__(
            _("This is the only active administrator. Make somebody else one first."), field="role"
        )


class NotYourself(DomainError):
    """Nobody locks themselves out by accident."""


class WrongDelegate(DomainError):
    """Not somebody who may stand in."""


def check_new_days(standing: Delegation | None) -> None:
    """Refuse a second delegation of the same days: ending one of the two would leave the other in force (R2)."""
    if standing is None:
        return
    raise WrongDelegate(
        _(
            "They stand in for you from %(first)s to %(last)s already. End that first, or choose other days.",
            first=day(standing.from_on),
            last=day(standing.to_on),
        ),
        field="from_on",
    )


def check_delegate(user: User, delegate: User) -> None:
    """Refuse a stand-in who could not approve themselves: a delegation lends a name, not rights (R1, R2).

    Raises WrongDelegate.
    """
    rights = {right for right in permissions.APPROVALS if permissions.may(user, right)}
    if not rights:
        raise WrongDelegate(_("You approve nothing, so there is nothing to stand in for."))
    if delegate.id == user.id:
        raise WrongDelegate(_("Choose somebody else: you can always approve yourself."), field="delegate_id")
    if not all(permissions.may(delegate, right) for right in rights):
        raise WrongDelegate(_("Choose somebody who may approve the same things."), field="delegate_id")


def is_in_force(delegation: Delegation, on: date) -> bool:
    """Whether a stand-in may act on a day."""
    return delegation.from_on <= on <= delegation.to_on


# -- audit trail -----------------------------------------------------------------------------------


def words_of_action(action: str) -> str:
    """ "people.person_added" -> "person added", "personne ajoutée"."""
    return str(pgettext("trail", action_in_english(action)))


def words_of_kind(kind: str) -> str:
    """The kind of record a line is about: "person_note" -> "Person note", "Note"."""
    return str(pgettext("record", in_english(kind)))


def words_of_room(room: str) -> str:
    """The first half of an action: "people" -> "People", "Personnes"."""
    return str(pgettext("room", in_english(room)))


def words_of_column(name: str) -> str:
    """The name of a column within a list: "kind_id" -> "kind", "type"."""
    return str(pgettext("column", column_in_english(name)))


def words_of_fields(fields: Sequence[str]) -> str:
    """The names of changed fields for a reader; nothing for a new record, where every field is new."""
    return "" if "id" in fields else ", ".join(words_of_column(name) for name in fields if name != "version")
