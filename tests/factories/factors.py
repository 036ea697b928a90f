"""Second factors of users."""

import pyotp

from app.accounts import operations_factors
from app.accounts.models import User
from app.accounts.models_factors import UserPasskey
from app.core import clock
from app.core.db import db, transaction

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def digits(secret: str = SECRET, *, later: int = 0) -> str:
    """What an app shows now, or so many half minutes later."""
    return pyotp.TOTP(secret).at(for_time=clock.now(), counter_offset=later)


def app_of(user: User, secret: str = SECRET) -> list[str]:
    """Tie an app to the sign-in of a user; returns their recovery codes. The digits of this half minute are used up."""
    with transaction():
        operations_factors.set_up_app(secret, digits(secret), by=user)
    with transaction():
        return operations_factors.make_codes(by=user)


def passkey_of(user: User) -> UserPasskey:
    """A passkey somebody has, as a device of the shelf: nobody can sign with it."""
    with transaction():
        row = UserPasskey(
            user_id=user.id, credential="Y3JlZGVudGlhbA", public_key=b"key", n_signs=0, device="Firefox, Linux",
            made_at=clock.now(),
        )  # fmt: skip
        db.session.add(row)
    return row
