"""Speaks OpenID Connect with the one configured provider: authorization code with PKCE, and an ID token that is checked."""

import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter

from app.accounts.oidc import (
    LONGEST_GROUP,
    MOST_GROUPS,
    Proved,
    Provider,
    ProviderAway,
    ProviderRefused,
    Started,
    return_address,
)
from app.core import fetching

_CONNECT_SECONDS, _READ_SECONDS = 4, 8
_MOST_BYTES = 1024 * 1024
_LEEWAY = 60
#: So long what the provider says of itself is believed without asking again.
_DESCRIBED_SECONDS = 300.0
#: Signatures only the provider can make; never "none", never one made with the secret we share.
_SIGNATURES = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
_START_AGAIN = _l(
    "Your company's sign-in did not confirm this. Start again; if it stays so, tell an administrator."
)


class _Guarded(HTTPAdapter):
    """Calls the issuer, and for the rest of what its document names only public addresses; bounded in time and size."""

    def __init__(self, issuer: str) -> None:
        super().__init__()
        self.home = _origin(issuer)
        #: Where the question at hand goes, when that is not the issuer.
        self._pinned = ""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """One question."""
        self._pinned = pinned_address(request.url or "", self.home)
        if self._pinned:
            request.headers["Host"] = urlsplit(request.url or "").netloc
        kwargs |= {"stream": True, "timeout": (_CONNECT_SECONDS, _READ_SECONDS)}
        answer = super().send(request, *args, **kwargs)
        content = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
        answer.close()
        if len(content) > _MOST_BYTES:
            raise ProviderAway(_("its answer is too large."))
        answer._content, answer._content_consumed = content, True
        return answer

    def build_connection_pool_key_attributes(
        self, request: PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        """Call the very address that was checked: the name may mean another machine a moment later."""
        where, how = super().build_connection_pool_key_attributes(request, verify, cert)
        if self._pinned:
            how |= {"assert_hostname": where["host"], "server_hostname": where["host"]}
            where["host"] = self._pinned
        return where, how


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def pinned_address(url: str, home: tuple[str, str, int | None]) -> str:
    """The IP address to call, which is public and over TLS; "" for the issuer's own, which is wherever it is. ProviderRefused."""
    try:
        scheme, host, port = _origin(url)
        if (scheme, host, port) == home:
            return ""
        found = fetching.resolved(host, port or 443) if scheme == "https" else []
    except (OSError, ValueError):
        found = []
    if not found or not all(fetching.is_public(address) for address in found):
        raise ProviderRefused(
            _("Your company's sign-in names an address that is not called from here. Tell an administrator.")
        )
    return found[0]


def _session(provider: Provider, method: str | None = None) -> OAuth2Session:
    session = OAuth2Session(
        provider.client_id, provider.client_secret, scope=provider.scopes, redirect_uri=return_address(),
        code_challenge_method="S256", token_endpoint_auth_method=method,
    )  # fmt: skip
    # Neither a proxy nor a password file of whoever started the program, and no address somebody else sends us to.
    session.trust_env, session.max_redirects = False, 0
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Guarded(provider.issuer))
    return session


def _read(session: OAuth2Session, url: str, **kwargs: Any) -> dict[str, Any]:
    """What stands at an address of the provider. ProviderAway."""
    try:
        answer = session.get(url, **kwargs)
        said = answer.json() if answer.status_code == 200 else None
    except (RequestException, OSError, ValueError):
        raise ProviderAway(_("it does not answer.")) from None
    if not isinstance(said, dict):
        raise ProviderAway(_("it answered with status %(status_code)s.", status_code=answer.status_code))
    return said


def _described(session: OAuth2Session, provider: Provider) -> dict[str, Any]:
    """The document in which the provider says where it is asked what, some minutes old at most.

    ProviderAway, ProviderRefused; those are not kept.
    """
    kept: dict[str, tuple[float, dict[str, Any]]] = current_app.extensions.setdefault(
        "provider_described", {}
    )
    read_at, said = kept.get(provider.issuer, (0.0, {}))
    if not said or time.monotonic() - read_at > _DESCRIBED_SECONDS:
        said = _read_description(session, provider)
        kept[provider.issuer] = (time.monotonic(), said)
    return said


def _read_description(session: OAuth2Session, provider: Provider) -> dict[str, Any]:
    url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    said = _read(session, url, withhold_token=True)
    if str(said.get("issuer", "")).rstrip("/") != provider.issuer.rstrip("/"):
        raise ProviderRefused(
            _("Your company's sign-in calls itself by another name. Tell an administrator.")
        )
    places = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(place, str) and _is_web(place, provider) for place in places):
        raise ProviderAway(_("it does not say where it is asked."))
    return said


def _is_web(url: str, provider: Provider) -> bool:
    return url.startswith("https://") or _origin(url) == _origin(provider.issuer)


def start(provider: Provider) -> Started:
    """Where to send a browser. ProviderAway, ProviderRefused."""
    with _session(provider) as session:
        described = _described(session, provider)
        nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        address, state = session.create_authorization_url(
            described["authorization_endpoint"],
            state=secrets.token_urlsafe(24),
            code_verifier=verifier,
            nonce=nonce,
        )
    return Started(address, state, nonce, verifier)


def finish(provider: Provider, code: str, nonce: str, verifier: str, now: datetime) -> Proved:
    """Who came back with a code. ProviderAway, ProviderRefused."""
    with _session(provider) as session:
        described = _described(session, provider)
        with _session(provider, _way_to_ask(described)) as asking:
            token = _token(asking, described["token_endpoint"], code, verifier)
            keys = _read(asking, described["jwks_uri"], withhold_token=True)
            claims = check_id_token(token, keys, provider, str(described["issuer"]), nonce, now)
            more = _more(asking, described, provider, claims)
    return _proved(more | claims, provider)


def _way_to_ask(described: Mapping[str, Any]) -> str:
    known = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_post" if "client_secret_basic" not in known else "client_secret_basic"


def _token(session: OAuth2Session, url: str, code: str, verifier: str) -> dict[str, Any]:
    try:
        token = session.fetch_token(url, grant_type="authorization_code", code=code, code_verifier=verifier)
    except OAuthError as wrong:
        raise ProviderRefused(_START_AGAIN) from wrong
    except (RequestException, OSError, ValueError):
        raise ProviderAway(_("it does not answer.")) from None
    if not isinstance(token, dict) or not isinstance(token.get("id_token"), str):
        raise ProviderRefused(_START_AGAIN)
    return token


def check_id_token(
    token: Mapping[str, Any],
    keys: Mapping[str, Any],
    provider: Provider,
    issuer: str,
    nonce: str,
    now: datetime,
) -> dict[str, Any]:
    """What an ID token says: signed by the issuer, for us, for this very sign-in, and not over. ProviderRefused."""
    wanted = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": provider.client_id},
    }
    params = {"nonce": nonce, "client_id": provider.client_id, "access_token": token.get("access_token")}
    try:
        read = jwt.decode(
            token["id_token"], KeySet.import_key_set({"keys": keys["keys"]}), algorithms=list(_SIGNATURES)
        )
        claims = CodeIDToken(read.claims, read.header, wanted, params)
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise ProviderRefused(_START_AGAIN) from wrong
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise ProviderRefused(_START_AGAIN)
    return dict(claims)


def _more(
    session: OAuth2Session, described: Mapping[str, Any], provider: Provider, claims: Mapping[str, Any]
) -> dict[str, Any]:
    """What the provider says only when it is asked about somebody: not every one puts groups into the token."""
    url = described.get("userinfo_endpoint")
    if (
        {"email", "name", provider.groups_claim} <= set(claims)
        or not isinstance(url, str)
        or not session.token
    ):
        return {}
    said = _read(session, url)
    if said.get("sub") != claims["sub"]:
        raise ProviderRefused(_START_AGAIN)
    return said


def _proved(said: Mapping[str, Any], provider: Provider) -> Proved:
    groups = said.get(provider.groups_claim)
    groups = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    named = [one for one in groups[:MOST_GROUPS] if isinstance(one, str) and len(one) <= LONGEST_GROUP]
    methods = [one for one in said.get("amr") or () if isinstance(one, str)]
    return Proved(
        issuer=str(said["iss"]), subject=said["sub"], email=_text(said, "email"),
        name=_text(said, "name") or _text(said, "preferred_username"),
        is_verified=said.get("email_verified") is True or said.get("email_verified") == "true",
        groups=tuple(named), acr=_text(said, "acr"), amr=tuple(method[:40] for method in methods[:20]),
    )  # fmt: skip


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    plain = "".join(sign for sign in value if sign.isprintable()) if isinstance(value, str) else ""
    return " ".join(plain.split())[:320]
