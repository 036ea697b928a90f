"""How a browser gets in once something was shown: at once, or by the second step."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts import operations, signing_in
from app.accounts.operations import SignedIn


def enter(entered: SignedIn, onward: str) -> ResponseReturnValue:
    """Go on with a sign-in, with a session of a new number; whoever was here before is not any more."""
    if not entered.is_half:
        signing_in.replace(entered.secret, end=operations.sign_out)
        return redirect(onward, 303)
    old = signing_in.forget()
    if old:
        operations.sign_out(old)
    signing_in.remember_half(entered.secret)
    return redirect(url_for("accounts.second_factor", next=onward), 303)
