"""Sign-in through the provider of the company as values: who it is, what it is asked, what it says of somebody."""

import json
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import asdict

from app.core import sealed_columns, sealing
from app.core.errors import DomainError
from app.core.pace import Pace

#: Somebody at the provider may take so long; what it said is good here for so long.
LIFE = timedelta(minutes=10)
PROOF_LIFE = timedelta(minutes=2)
#: More groups than that, or longer names, are not read.
MOST_GROUPS, LONGEST_GROUP = 500, 320


class ProviderAway(DomainError):
    """The provider does not answer, or not as it should."""

    status = 503

    def __init__(self, why: str) -> None:
        super().__init__(
            _("Your company's sign-in cannot be reached now: %(why)s Try again in a moment.", why=why)
        )


class TooOften(DomainError):
    """Somebody goes to the provider again and again."""

    status = 429

    def __init__(self, seconds: int) -> None:
        self.retry_after = seconds
        super().__init__(
            _(
                "This way in was tried very often just now. Wait some minutes; meanwhile a password or passkey works."
            )
        )


class ProviderRefused(DomainError):
    """What the provider says proves nothing."""


class Provider(Struct, frozen=True):
    """As the environment names it."""

    issuer: str
    client_id: str
    client_secret: str
    groups_claim: str
    scopes: str

    @property
    def name(self) -> str:
        """What people read: its host."""
        return urlsplit(self.issuer).hostname or self.issuer


class Started(NamedTuple):
    """Where to send a browser, and what must come back with it."""

    address: str
    state: str
    nonce: str
    verifier: str


class Proved(Struct, frozen=True):
    """What the provider says of somebody, checked."""

    issuer: str
    subject: str
    email: str
    name: str
    is_verified: bool
    groups: tuple[str, ...]
    acr: str
    amr: tuple[str, ...]


def provider() -> Provider | None:
    """The provider this installation is connected to."""
    config = current_app.config
    if not config["OIDC_ISSUER"]:
        return None
    return Provider(
        config["OIDC_ISSUER"], config["OIDC_CLIENT_ID"], config["OIDC_CLIENT_SECRET"], config["OIDC_GROUPS_CLAIM"],
        config["OIDC_SCOPES"],
    )  # fmt: skip


def required() -> Provider:
    """The same; ProviderRefused when there is none."""
    found = provider()
    if found is None:
        raise ProviderRefused(_("This installation has no other sign-in than password and passkey."))
    return found


def return_address() -> str:
    """Where the provider sends browsers back to: as it must be registered there."""
    return f"{current_app.config['BASE_URL']}/sign-in/provider/return"


def check_pace(address: str) -> None:
    """Refuse somebody who sends us to the provider again and again: each look at that page may call out. TooOften."""
    paces = current_app.extensions.setdefault("provider_pace", (Pace(30, 300), Pace(300, 60)))
    seconds = max(paces[0].wait(address), paces[1].wait(""))
    if seconds:
        raise TooOften(seconds)


def client() -> Any:
    """What speaks to the provider; its libraries are imported when somebody comes that way."""
    return import_module("app.accounts.oidc_client")


def seal(proved: Proved, nonce: str, now: datetime) -> str:
    """What was checked, on its way through the browser to the request that may write; bound to this sign-in."""
    said = {"until": (now + PROOF_LIFE).timestamp(), "proved": asdict(proved)}
    return sealing.seal(sealed_columns.key_for("oidc"), json.dumps(said).encode(), nonce).hex()


def unseal(text: str, nonce: str, now: datetime) -> Proved:
    """The same again. ProviderRefused when it is none of ours, of another sign-in, or too old."""
    try:
        said = json.loads(sealing.open_sealed(sealed_columns.key_for("oidc"), bytes.fromhex(text), nonce))
    except ValueError:
        raise ProviderRefused(_("This sign-in was begun elsewhere, or it is over. Start again.")) from None
    if now.timestamp() > said["until"]:
        raise ProviderRefused(_("This sign-in took too long. Start again."))
    found = said["proved"]
    return Proved(**(found | {"groups": tuple(found["groups"]), "amr": tuple(found["amr"])}))
