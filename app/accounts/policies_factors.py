"""Decisions about second factors: which digits are right, who needs one, what a recovery code looks like."""

import hmac
import secrets
from datetime import UTC, datetime, time, timedelta

import pyotp
from flask_babel import gettext as _

from app.accounts.details_sign_in import SignInRules
from app.accounts.models import Role
from app.core.errors import DomainError

#: Whoever has shown the password has so long to show the second factor.
STEP_LIFE = timedelta(minutes=10)
N_CODES = 10
#: 32 letters of base32 are 160 bits, as RFC 4226 wants them.
SECRET_LENGTH = 32
_SECONDS = 30
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that look like another


class FactorRefused(DomainError):
    """Digits, a code or a passkey that prove nothing."""


class StepIsOver(DomainError):
    """The password was shown too long ago, or not at all."""

    status = 403


class ProveFirst(DomainError):
    """Something that wants it proved a moment ago who sits there."""

    status = 403

    def __init__(self) -> None:
        super().__init__(_("Confirm that it is you first: this needs your password or second factor again."))


class FactorNeeded(DomainError):
    """The last factor of somebody whose role needs one."""


def new_app_secret() -> str:
    """What a new app is told."""
    return pyotp.random_base32(SECRET_LENGTH)


def is_app_secret(text: str) -> bool:
    """Whether a text is one of ours."""
    return len(text) == SECRET_LENGTH and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def app_address(secret: str, email: str, company: str) -> str:
    """What the picture says that an app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"Rapport, {company}")


def digits_of(text: str) -> str:
    """Six digits as they were typed, whatever stands between them; empty for anything else."""
    plain = "".join(text.split()).replace("-", "")
    return plain if len(plain) == 6 and plain.isascii() and plain.isdecimal() else ""


def step_of(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The half minute whose digits these are: this one, the last or the next, and later than the one used last."""
    digits = digits_of(code)
    app, current = pyotp.TOTP(secret), int(now.timestamp()) // _SECONDS
    right = [
        step
        for step in (current - 1, current, current + 1)
        if hmac.compare_digest(app.generate_otp(step), digits)
    ]
    return next((step for step in right if step > last_step), None)


def make_code() -> str:
    """A recovery code: three groups of four, 60 random bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def plain_code(text: str) -> str:
    """A recovery code as it was typed, in the one way it is hashed."""
    return "".join(sign for sign in text[:80].lower() if sign in _LETTERS)


def must_set_up_from(rules: SignInRules, role: Role) -> datetime | None:
    """From when on somebody of a role can do nothing without a second factor."""
    if rules.factor_from_on is None or role not in rules.factor_roles:
        return None
    return datetime.combine(rules.factor_from_on, time(), tzinfo=UTC)


def is_needed(rules: SignInRules, role: Role, now: datetime) -> bool:
    """Whether a role needs a second factor by now."""
    begins = must_set_up_from(rules, role)
    return begins is not None and begins <= now
