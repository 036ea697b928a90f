"""How a person's browser is recognised: a secret in a cookie of its own, its hash in `person_session`."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from flask import Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from app.accounts.access import public
from app.accounts.models import User
from app.core.errors import NotFound
from app.core.i18n import language_of
from app.people.models import Person
from app.portal import policies, queries_door
from app.portal.forms_door import AskForm
from app.portal.models import PersonSession

P = ParamSpec("P")


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host and to TLS; it is apart from the cookie of staff."""
    return "__Host-rapport-person" if current_app.config["IS_HTTPS"] else "rapport-person"


def remember(response: Response, secret: str) -> Response:
    """Put the secret of a new visit into the browser."""
    response.set_cookie(
        cookie_name(), secret, max_age=policies.VISIT_LIFE, path="/", httponly=True, samesite="Lax",
        secure=bool(current_app.config["IS_HTTPS"]),
    )  # fmt: skip
    return response


def forget(response: Response) -> Response:
    """Take the secret out of the browser."""
    response.delete_cookie(
        cookie_name(), path="/", httponly=True, samesite="Lax", secure=bool(current_app.config["IS_HTTPS"])
    )
    return response


def _asker_name() -> str:
    return "__Host-rapport-asked" if current_app.config["IS_HTTPS"] else "rapport-asked"


def asker() -> str:
    """The secret of a browser that asked for a link some minutes ago; empty for every other."""
    return request.cookies.get(_asker_name(), "")[:64]


def remember_asker(response: Response, secret: str) -> Response:
    """Know this browser again when it comes with the link it asked for."""
    response.set_cookie(
        _asker_name(), secret, max_age=policies.ASKED_LIFE, path="/", httponly=True, samesite="Lax",
        secure=bool(current_app.config["IS_HTTPS"]),
    )  # fmt: skip
    return response


def here() -> PersonSession | None:
    """The live visit of this browser."""
    secret = request.cookies.get(cookie_name(), "")
    return queries_door.find_visit(secret) if secret else None


def speak(language: str) -> None:
    """Answer this request in a language of the interface."""
    g.language = language
    refresh()


def of_agent(
    view: Callable[Concatenate[User, P], ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Let only a representative who is at home into a view, which gets that user first and speaks their language."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        agent = agent_here()
        if agent is None:
            return _outside(), 403
        speak(language_of([agent.locale]))
        return view(agent, *args, **kwargs)

    return public(guarded)


def agent_here() -> User | None:
    """The representative who is at home in this browser."""
    visit = here()
    try:
        return queries_door.agent_at(visit) if visit is not None else None
    except NotFound:
        return None


def _outside() -> str:
    """How to come in; who came in as a representative is shown the way to their own page."""
    agent = agent_here()
    if agent is not None:
        speak(language_of([agent.locale]))
    return render_template("portal/outside.html", form=AskForm(formdata=None), is_agent=agent is not None)


def of_person(
    view: Callable[Concatenate[Person, P], ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Let only a person who is at home into a view, which gets that person first and speaks their language.

    Everybody else gets one page that says how to come in, whatever they asked for.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        visit = here()
        try:
            person = queries_door.person_at(visit) if visit is not None else None
        except NotFound:
            person = None
        if person is None:
            return _outside(), 403
        speak(language_of(person.languages))
        return view(person, *args, **kwargs)

    return public(guarded)
