"""Pages of the links in letters: an answer, a place that is kept, no thanks; opening one answers nothing (E1)."""

from collections.abc import Callable
from typing import Any

from flask import Response, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.accounts.access import public
from app.core import branding, clock
from app.core.errors import NotFound
from app.core.i18n import language_of
from app.events import policies_waves, queries_places
from app.events.models import Invitation, InvitationState
from app.events.models_waves import PlaceOffer
from app.events.policies_waves import OfferIsOver
from app.portal import entering, operations_answers, policies, queries
from app.portal.forms_answers import LinkAnswerForm
from app.portal.views import bp

_NOWHERE = _l("This address leads nowhere. Compare it with the letter you got.")


@bp.get("/answer/<secret>")
@public
def answer(secret: str) -> ResponseReturnValue:
    """One invitation and a form. Programs that open links see the event and change nothing."""
    return _answer_page(_linked(secret), LinkAnswerForm(), secret)


@bp.post("/answer/<secret>")
@public
def send_answer(secret: str) -> ResponseReturnValue:
    """The button of that form: only this answers."""
    found, form = _linked(secret), LinkAnswerForm()
    if form.validate_on_submit():
        with form.attempt():
            heard = operations_answers.answer_by_link(found, form.said())
            return _page(
                "link_answered", found, heard=heard.value, is_waiting=found.state is InvitationState.WAITING
            )
    return _answer_page(found, form, secret)


def _answer_page(found: Invitation, form: LinkAnswerForm, secret: str) -> ResponseReturnValue:
    may_answer = policies.may_answer(found.state, found.event.is_cancelled, found.event.ends_at, clock.now())
    page = _page("link_answer", found, form=form, secret=secret, may_answer=may_answer)
    return page, form.status


@bp.get("/place/<secret>")
@public
def place(secret: str) -> ResponseReturnValue:
    """A place that is kept: a page with two buttons. It reads; the buttons act."""
    offer = _offered(secret)
    is_open = policies_waves.is_open(offer, clock.now()) and not offer.invitation.event.is_cancelled
    return _page("place", offer.invitation, offer=offer, secret=secret, is_open=is_open)


@bp.post("/place/<secret>/take")
@public
def take_place(secret: str) -> ResponseReturnValue:
    """Yes: the place is theirs."""
    return _settled(secret, operations_answers.take_place, is_taken=True)


@bp.post("/place/<secret>/no-thanks")
@public
def refuse_place(secret: str) -> ResponseReturnValue:
    """No thanks: the place is free at once."""
    return _settled(secret, operations_answers.refuse_place, is_taken=False)


def _settled(secret: str, act: Callable[[PlaceOffer], Invitation], *, is_taken: bool) -> ResponseReturnValue:
    offer = _offered(secret)
    try:
        act(offer)
    except OfferIsOver:
        return _page("place", offer.invitation, offer=offer, secret=secret, is_open=False), 404
    return _page("place_answered", offer.invitation, is_taken=is_taken)


def _linked(secret: str) -> Invitation:
    found = queries_places.find_linked(secret)
    if found is None or not operations_answers.is_answerable(found):
        raise NotFound(str(_NOWHERE))
    return found


def _offered(secret: str) -> PlaceOffer:
    offer = queries_places.find_offer(secret)
    if offer is None:
        raise NotFound(str(_NOWHERE))
    return offer


def _page(template: str, found: Invitation, **context: Any) -> Response:
    """A page of a letter: it says the event and whom the letter is for, and nothing else of theirs."""
    entering.speak(language_of(found.person.languages))
    page = render_template(
        f"portal/{template}.html", invitation=queries.own(found), person=found.person.name,
        company=branding.name(), **context,
    )  # fmt: skip
    response = make_response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
