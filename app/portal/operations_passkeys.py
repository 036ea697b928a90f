"""Passkeys for those who come often (WebAuthn level 3): made at home, used instead of a link; only the public half is kept."""

from urllib.parse import urlsplit

import webauthn
from flask import current_app
from flask_babel import gettext as _
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    structs,
)
from webauthn.helpers.exceptions import WebAuthnException

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.people.models import Person
from app.portal import operations, policies, queries_door, queries_passkeys
from app.portal.models import PersonPasskey
from app.portal.operations import Entered


def _house() -> tuple[str, str]:
    """The name passkeys are bound to, and the address they are used at."""
    parts = urlsplit(current_app.config["BASE_URL"])
    return parts.hostname or "", f"{parts.scheme}://{parts.netloc}"


def options_to_make(person: Person) -> tuple[str, bytes]:
    """What the browser needs to make a passkey (JSON), and the challenge it has to answer."""
    kept = [
        structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential))
        for one in queries_passkeys.list_passkeys(person)
    ]
    options = webauthn.generate_registration_options(
        rp_id=_house()[0], rp_name=current_app.config["COMPANY"], user_name=person.name, user_id=person.surrogate.encode(),
        exclude_credentials=kept,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )  # fmt: skip
    return webauthn.options_to_json(options), options.challenge


def make_passkey(person: Person, credential: str, challenge: bytes, device: str) -> PersonPasskey:
    """Keep the public half of a passkey that answered the challenge. PasskeyRefused."""
    if len(queries_passkeys.list_passkeys(person)) >= policies.PASSKEYS_AT_MOST:
        raise policies.PasskeyRefused(_("These are enough passkeys. Take one away first."))
    name, origin = _house()
    try:
        made = webauthn.verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=name, expected_origin=origin,
            require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise policies.PasskeyRefused(_("This passkey could not be made. Try again.")) from wrong
    row = PersonPasskey(
        person_id=person.id, credential=bytes_to_base64url(made.credential_id), public_key=made.credential_public_key,
        n_signs=made.sign_count, device=device[:80], made_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("portal.passkey_made", row, by=None)
    return row


def options_to_enter() -> tuple[str, bytes]:
    """What any browser needs to offer its passkeys (JSON), and the challenge; it names nobody."""
    options = webauthn.generate_authentication_options(
        rp_id=_house()[0], user_verification=structs.UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options), options.challenge


def enter_by_passkey(credential: str, challenge: bytes, device: str) -> Entered:
    """Open the door with a passkey; PasskeyRefused for everything that is none of ours, all alike."""
    name, origin = _house()
    try:
        said = parse_authentication_credential_json(credential)
        row = queries_passkeys.find_passkey(said.id)
        if row is None:
            raise ValueError("no passkey of ours")
        proved = webauthn.verify_authentication_response(
            credential=said, expected_challenge=challenge, expected_rp_id=name, expected_origin=origin,
            credential_public_key=row.public_key, credential_current_sign_count=row.n_signs, require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise policies.PasskeyRefused(_("This passkey opens nothing here. Come in by a link.")) from wrong
    person = queries_door.person_at(row)
    before = audit.snapshot(row)
    row.n_signs, row.used_at = proved.new_sign_count, clock.now()
    visit, fresh = operations.begin_visit(person, device)
    audit.record("portal.passkey_used", row, by=None, before=before)
    audit.record("portal.visit_begun", visit, by=None)
    return Entered(visit, fresh)


def end_passkey(row: PersonPasskey, *, by: User | None) -> None:
    """The person takes a passkey away, or we do (`by`) when a device got lost: it opens nothing from now on."""
    audit.record("portal.passkey_ended", row, by=by)
    db.session.delete(row)
