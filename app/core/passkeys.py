"""Passkeys (WebAuthn level 3) as values: what a browser is asked, and whether its answer proves anything; no database."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import current_app

#: Nobody needs more, and the lists a browser is given stay short.
AT_MOST = 10


class NoProof(ValueError):
    """An answer that proves nothing, whatever is wrong with it."""


class Asked(NamedTuple):
    """What the browser needs (JSON), and the challenge it has to answer."""

    options: str
    challenge: bytes


class Made(NamedTuple):
    """The public half of a new passkey."""

    credential: str
    public_key: bytes
    n_signs: int


def _webauthn(name: str = "webauthn") -> Any:
    """Imported when somebody comes with a passkey: it costs a tenth of every start, and few do."""
    return import_module(name)


def _structs() -> Any:
    return _webauthn("webauthn.helpers.structs")


def _house() -> tuple[str, str]:
    """The name passkeys are bound to, and the address they are used at."""
    parts = urlsplit(current_app.config["BASE_URL"])
    return parts.hostname or "", f"{parts.scheme}://{parts.netloc}"


@contextmanager
def _judged() -> Iterator[None]:
    refused = _webauthn("webauthn.helpers.exceptions").WebAuthnException
    try:
        yield
    except (refused, ValueError, KeyError, TypeError) as wrong:
        raise NoProof("this passkey proves nothing") from wrong


def _listed(credentials: Iterable[str]) -> list[Any]:
    read = _webauthn("webauthn.helpers").base64url_to_bytes
    return [_structs().PublicKeyCredentialDescriptor(id=read(one)) for one in credentials]


def options_to_make(*, handle: str, name: str, kept: Iterable[str], is_key_enough: bool = False) -> Asked:
    """For a new one. `handle` tells its owner apart from all others; `is_key_enough`: also a key that asks for no PIN."""
    structs = _structs()
    wanted = structs.UserVerificationRequirement
    options = _webauthn().generate_registration_options(
        rp_id=_house()[0], rp_name=current_app.config["COMPANY"], user_name=name, user_id=handle.encode(),
        exclude_credentials=_listed(kept),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED if is_key_enough else structs.ResidentKeyRequirement.REQUIRED,
            user_verification=wanted.PREFERRED if is_key_enough else wanted.REQUIRED,
        ),
    )  # fmt: skip
    return Asked(_webauthn().options_to_json(options), options.challenge)


def check_made(credential: str, challenge: bytes, *, is_key_enough: bool = False) -> Made:
    """The public half of one that answered the challenge. NoProof."""
    name, origin = _house()
    with _judged():
        made = _webauthn().verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=name, expected_origin=origin,
            require_user_verification=not is_key_enough,
        )  # fmt: skip
    called = _webauthn("webauthn.helpers").bytes_to_base64url(made.credential_id)
    return Made(called, made.credential_public_key, made.sign_count)


def options_to_use(kept: Iterable[str] = ()) -> Asked:
    """For one that is there. Without `kept` it names nobody, and the device must verify its owner."""
    wanted, listed = _structs().UserVerificationRequirement, _listed(kept)
    options = _webauthn().generate_authentication_options(
        rp_id=_house()[0], allow_credentials=listed or None,
        user_verification=wanted.PREFERRED if listed else wanted.REQUIRED,
    )  # fmt: skip
    return Asked(_webauthn().options_to_json(options), options.challenge)


def credential_of(answer: str) -> str:
    """What the device calls the passkey it answers with. NoProof."""
    with _judged():
        return str(_webauthn("webauthn.helpers").parse_authentication_credential_json(answer).id)


def check_used(
    answer: str, challenge: bytes, *, public_key: bytes, n_signs: int, is_key_enough: bool = False
) -> int:
    """How often it was used by now, when it proves that its owner is there. NoProof."""
    name, origin = _house()
    with _judged():
        proved = _webauthn().verify_authentication_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=name, expected_origin=origin,
            credential_public_key=public_key, credential_current_sign_count=n_signs,
            require_user_verification=not is_key_enough,
        )  # fmt: skip
    return int(proved.new_sign_count)
