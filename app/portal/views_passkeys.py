"""Passkeys: made and taken away at home, used at the door. The browser's half is `static/passkey.js`."""

from flask import flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import public
from app.core import challenges, passkeys
from app.core.challenges import TooLate
from app.people.models import Person
from app.portal import entering, operations, operations_passkeys, policies, queries_passkeys
from app.portal.entering import of_person
from app.portal.forms import EmptyForm
from app.portal.views import bp


@bp.post("/passkeys/options")
@of_person
def passkey_options(person: Person) -> ResponseReturnValue:
    """What the browser needs to make one."""
    return challenges.ask(operations_passkeys.options_to_make(person))


@bp.post("/passkeys")
@of_person
def make_passkey(person: Person) -> ResponseReturnValue:
    """Keep one that was just made."""
    try:
        operations_passkeys.make_passkey(person, challenges.answer(), _challenge(), _device())
    except policies.PasskeyRefused as refusal:
        flash(refusal.message, "warn")
    else:
        flash(_("Thank you. From now on this device opens your page without a letter."), "ok")
    return redirect(url_for("portal.my_data", _anchor="passkeys"), 303)


@bp.post("/passkeys/<int:id>/end")
@of_person
def end_passkey(person: Person, id: int) -> ResponseReturnValue:
    """Take one away."""
    row = queries_passkeys.get_passkey(person, id)
    if EmptyForm().validate_on_submit():
        operations_passkeys.end_passkey(row, by=None)
        flash(_("Taken away. It opens nothing any more."), "ok")
    return redirect(url_for("portal.my_data", _anchor="passkeys"), 303)


@bp.post("/passkeys/enter/options")
@public
def enter_options() -> ResponseReturnValue:
    """What any browser needs to offer its passkeys; it names nobody."""
    return challenges.ask(passkeys.options_to_use())


@bp.post("/passkeys/enter")
@public
def enter_by_passkey() -> ResponseReturnValue:
    """Come in by a passkey."""
    earlier = entering.here()
    try:
        entered = operations_passkeys.enter_by_passkey(challenges.answer(), _challenge(), _device())
    except policies.PasskeyRefused as refusal:
        flash(refusal.message, "warn")
        return redirect(url_for("portal.home"), 303)
    if earlier is not None:
        operations.end_visit(earlier, by=None)
    return entering.remember(make_response(redirect(url_for("portal.home"), 303)), entered.secret)


def _challenge() -> bytes:
    try:
        return challenges.take()
    except TooLate as late:
        raise policies.PasskeyRefused(_("That took too long. Try again.")) from late


def _device() -> str:
    return policies.device_of(request.headers.get("User-Agent", "")[:400])
