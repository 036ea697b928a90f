"""The door itself: links that open it, and the page where anybody can check who wrote to them."""

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import public
from app.accounts.signing_in import new_secret
from app.core import branding
from app.core.extensions import csrf
from app.core.i18n import language_of
from app.core.lines import one_line
from app.outreach import operations as outreach
from app.people.models import Person
from app.portal import entering, operations, operations_asking, policies, queries, queries_door
from app.portal.forms_door import AskForm
from app.portal.policies import LinkIsDead
from app.portal.views import bp


@bp.get("/enter/<secret>")
@public
def arrive(secret: str) -> ResponseReturnValue:
    """A page with one button, the same for every address: mail scanners open links, and learn nothing here.

    The button's form has no one-time key: the door would note the address, and the link already works only once.
    """
    response = make_response(render_template("portal/arrive.html", secret=secret[:64]))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.post("/enter/<secret>")
@public
def redeem(secret: str) -> ResponseReturnValue:
    """Open the door: the link is used up, this browser is at home, whoever was here before is not."""
    earlier, code = entering.here(), request.form.get("code", "")[:40]
    device = policies.device_of(request.headers.get("User-Agent", "")[:400])
    try:
        entered = operations.redeem(secret, asker=entering.asker(), code=code, device=device)
    except LinkIsDead:
        return render_template("portal/dead_link.html", secret=secret[:64]), 404
    if entered is None:
        # 200, because what is refused keeps nothing, and the wrong codes are counted.
        return render_template("portal/code.html", secret=secret[:64], is_wrong=bool(code.strip()))
    if earlier is not None:
        operations.end_visit(earlier, by=None)
    inside = "portal.home" if entered.visit.user_id is None else "portal.represented"
    return entering.remember(make_response(redirect(url_for(inside), 303)), entered.secret)


@bp.post("/enter/<secret>/again")
@public
def renew(secret: str) -> ResponseReturnValue:
    """Ask for a new link with an old one; the answer is the same whether there is anybody behind it."""
    asker = new_secret()
    operations.renew(secret, asker)
    return _asked(asker)


@bp.post("/ask")
@public
def ask() -> ResponseReturnValue:
    """Ask for a link with nothing but an address; the answer is the same whether anybody has it.

    The form has no one-time key: a second wish is answered like the first, and the pause between two mails is ours.
    """
    form = AskForm()
    if not form.validate_on_submit():
        return render_template("portal/outside.html", form=form), form.status
    asker = new_secret()
    operations_asking.ask_by_address(form.email.data, asker)
    return _asked(asker)


def _asked(asker: str) -> Response:
    code = policies.code_of(asker)
    page = render_template("portal/renewed.html", code=f"{code[:3]} {code[3:]}")
    return entering.remember_asker(make_response(page), asker)


@bp.get("/no-more/<secret>")
@public
def no_more(secret: str) -> ResponseReturnValue:
    """What the header of a letter leads to when a person opens it: a question with one button. It writes nothing."""
    letter = queries_door.get_letter_by_secret(secret)
    return _no_more_page("no_more", letter.person, secret=secret)


@bp.post("/no-more/<secret>")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types
@public
def stop_letters(secret: str) -> ResponseReturnValue:
    """The one click of a mail program (RFC 8058), or the button of the page: no cookie, no token of ours, no redirect."""
    letter = queries_door.get_letter_by_secret(secret)
    if request.form.get("List-Unsubscribe") != "One-Click":
        return _no_more_page("no_more", letter.person, secret=secret), 400
    outreach.opt_out_by_letter(letter)
    return _no_more_page("no_more_done", letter.person)


def _no_more_page(template: str, person: Person, **context: str) -> Response:
    entering.speak(language_of(person.languages))
    page = render_template(f"portal/{template}.html", company=branding.name(), **context)
    response = make_response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/verify")
@public
def verify() -> ResponseReturnValue:
    """Is this really you? Who stands behind a message, for whoever has its reference (G6)."""
    typed = one_line(request.args.get("reference", "")[:400])
    writer = queries.find_writer(typed) if typed else None
    covenant = queries.find_covenant(typed) if typed and writer is None else None
    return render_template(
        "portal/verify.html", typed=typed, writer=writer, covenant=covenant, is_address="@" in typed,
        company=branding.name(),
        sender=current_app.config["MAIL_FROM"],
    )  # fmt: skip
