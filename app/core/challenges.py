"""The challenge of a passkey waits in the signed cookie of the browser that asked, for some minutes and one answer."""

import base64
from datetime import timedelta

from flask import Response, request, session
from flask_babel import gettext as _

from app.core import clock
from app.core.passkeys import Asked, NoProof

_KEPT = "passkey"
LIFE = timedelta(minutes=5)
#: A credential is some hundred signs long.
_LONGEST = 8_000


class TooLate(NoProof):
    """No challenge waits for an answer any more."""


def ask(asked: Asked) -> Response:
    """Send what the browser needs, and keep the challenge."""
    session[_KEPT] = [base64.b64encode(asked.challenge).decode(), (clock.now() + LIFE).timestamp()]
    return Response(asked.options, content_type="application/json")


def take() -> bytes:
    """The challenge that waits; from now on none does. TooLate."""
    text, until = session.pop(_KEPT, None) or ("", 0)
    if not text or clock.now().timestamp() > until:
        raise TooLate(_("nothing waits for this answer"))
    return base64.b64decode(text)


def answer() -> str:
    """What the browser sent."""
    return request.form.get("credential", "")[:_LONGEST]
