"""Passkeys for those who come often (WebAuthn level 3): made at home, used instead of a link; only the public half is kept."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, passkeys
from app.core.db import db
from app.core.passkeys import Asked, NoProof
from app.people.models import Person
from app.portal import operations, policies, queries_door, queries_passkeys
from app.portal.models import PersonPasskey
from app.portal.operations import Entered


def options_to_make(person: Person) -> Asked:
    """What the browser needs to make a passkey, and the challenge it has to answer."""
    kept = [one.credential for one in queries_passkeys.list_passkeys(person)]
    return passkeys.options_to_make(handle=person.surrogate, name=person.name, kept=kept)


def make_passkey(person: Person, credential: str, challenge: bytes, device: str) -> PersonPasskey:
    """Keep the public half of a passkey that answered the challenge. PasskeyRefused."""
    if len(queries_passkeys.list_passkeys(person)) >= passkeys.AT_MOST:
        raise policies.PasskeyRefused(_("These are enough passkeys. Take one away first."))
    try:
        made = passkeys.check_made(credential, challenge)
    except NoProof as wrong:
        raise policies.PasskeyRefused(_("This passkey could not be made. Try again.")) from wrong
    row = PersonPasskey(
        person_id=person.id, credential=made.credential, public_key=made.public_key, n_signs=made.n_signs,
        device=device[:80], made_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("portal.passkey_made", row, by=None)
    return row


def enter_by_passkey(credential: str, challenge: bytes, device: str) -> Entered:
    """Open the door with a passkey; PasskeyRefused for everything that is none of ours, all alike."""
    try:
        row = queries_passkeys.find_passkey(passkeys.credential_of(credential))
        if row is None:
            raise NoProof("no passkey of ours")
        n_signs = passkeys.check_used(credential, challenge, public_key=row.public_key, n_signs=row.n_signs)
    except NoProof as wrong:
        raise policies.PasskeyRefused(_("This passkey opens nothing here. Come in by a link.")) from wrong
    person = queries_door.person_at(row)
    before = audit.snapshot(row)
    row.n_signs, row.used_at = n_signs, clock.now()
    visit, fresh = operations.begin_visit(person, device)
    audit.record("portal.passkey_used", row, by=None, before=before)
    audit.record("portal.visit_begun", visit, by=None)
    return Entered(visit, fresh)


def end_passkey(row: PersonPasskey, *, by: User | None) -> None:
    """The person takes a passkey away, or we do (`by`) when a device got lost: it opens nothing from now on."""
    audit.record("portal.passkey_ended", row, by=by)
    db.session.delete(row)
