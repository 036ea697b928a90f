"""Some changes want it proved a moment ago who sits there: the page then asks in place of what it would show."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import queries_factors, signing_in
from app.accounts.access import acting_user, safe_next
from app.accounts.forms_factors import ProveForm
from app.accounts.policies_factors import ProveFirst
from app.core.door import page_before

P = ParamSpec("P")


def proved(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let a view be used only within some minutes of a proof; goes below `requires`."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if signing_in.is_proved():
            return view(*args, **kwargs)
        if request.method == "GET":
            return prove_page(ProveForm(), request.path)
        flash(ProveFirst().message, "warn")
        return redirect(url_for("accounts.prove", next=safe_next(page_before())), 303)

    return guarded


def prove_page(form: ProveForm, onward: str) -> ResponseReturnValue:
    """The page that asks; afterwards it goes `onward`."""
    me = acting_user()
    page = render_template(
        "accounts/prove.html", form=form, onward=onward, me=me, passkeys=queries_factors.list_passkeys(me),
        has_factor=queries_factors.has_factor(me),
    )  # fmt: skip
    return page, form.status if request.method == "POST" else 200
