"""Writes of the covenant: texts of the house, what a person proposes instead, and the signatures of both sides (D4)."""

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db
from app.core.versions import check_number
from app.disclosures import policies_covenants, queries_covenants
from app.disclosures.models_covenants import Covenant, CovenantState, CovenantText
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach.letters import new_reference
from app.people import queries as people
from app.people.models import Person


def offer_text(text: str, language: str = "en", *, by: User, seen_number: int | None = None) -> CovenantText:
    """A new text of the house; whoever signed an older one is asked for the new one, and the old signatures stay.

    `seen_number` is the text it was written over, 0 for none. Raises Overtaken.
    """
    known = queries_covenants.house_text()
    check_number(known, known.number if known is not None else 0, seen_number)
    policies_covenants.check_text(text)
    return _write(text, language, None, None, CovenantState.OFFERED, by=by)


def propose_edit(person: Person, based_on: CovenantText, text: str, *, by: User | None) -> CovenantText:
    """The person would sign other words: a text of their own, until the house answers (J8.2)."""
    policies_covenants.check_text(text)
    policies_covenants.check_is_different(based_on, text)
    waiting = queries_covenants.proposal_of(person)
    if waiting is not None:
        raise policies_covenants.CovenantRefused(_("Your last proposal is not answered yet."), field="text")
    made = _write(text, based_on.language, person, based_on, CovenantState.PROPOSED, by=by)
    said = _l("%(name)s proposes other words for the covenant.", name=person.name)
    notices.notify(said, role=Role.COMPLIANCE, urgency=Urgency.SOON, source=("people", person.id))
    return made


def _write(
    text: str,
    language: str,
    person: Person | None,
    based_on: CovenantText | None,
    state: CovenantState,
    *,
    by: User | None,
) -> CovenantText:
    number = (db.session.scalar(sa.select(sa.func.max(CovenantText.number))) or 0) + 1
    made = CovenantText(
        number=number, person_id=person.id if person else None, based_on_id=based_on.id if based_on else None,
        language=language, text=text, state=state, made_at=clock.now(), made_by_id=by.id if by else None,
    )  # fmt: skip
    db.session.add(made)
    audit.record("disclosures.covenant_written", made, by=by)
    return made


def answer_proposal(proposed: CovenantText, *, is_agreed: bool, by: User) -> CovenantText:
    """The house takes the proposed words, which may then be signed, or keeps to its own."""
    if proposed.state is not CovenantState.PROPOSED:
        raise policies_covenants.CovenantRefused(_("This proposal is answered already."))
    before = audit.snapshot(proposed)
    proposed.state = CovenantState.OFFERED if is_agreed else CovenantState.REFUSED
    audit.record("disclosures.covenant_answered", proposed, by=by, before=before)
    return proposed


def sign_as_person(person: Person, text: CovenantText, *, is_named: bool, by: User | None) -> Covenant:
    """The person's signature under the text that is theirs to sign. Twice is once."""
    offered = queries_covenants.offered_to(person)
    if offered is None or offered.id != text.id:
        raise policies_covenants.CovenantRefused(
            _("This text is not the one to sign any more. Read the one shown now.")
        )
    known = queries_covenants.signed_of(person, text)
    if known is not None:
        return known
    signed = Covenant(
        person_id=person.id,
        text_id=text.id,
        signed_by_person_at=clock.now(),
        is_person_named=is_named,
        is_company_named=False,
    )
    db.session.add(signed)
    audit.record("disclosures.covenant_signed_by_person", signed, by=by)
    owner = people.owner_of(person)
    said = _l("%(name)s signed the covenant; our signature is missing.", name=person.name)
    if owner is not None:
        notices.notify(said, user=owner, urgency=Urgency.SOON, source=("people", person.id))
    else:
        notices.notify(said, role=Role.COMPLIANCE, urgency=Urgency.SOON, source=("people", person.id))
    return signed


def countersign(covenant: Covenant, *, is_company_named: bool, by: User) -> Covenant:
    """The signature of the house; from now on nothing of it changes, and the certificate can be verified."""
    policies_covenants.check_not_sealed(covenant)
    before = audit.snapshot(covenant)
    covenant.signed_by_user_at, covenant.signed_by_user_id = clock.now(), by.id
    covenant.is_company_named, covenant.code = is_company_named, new_reference()
    audit.record("disclosures.covenant_countersigned", covenant, by=by, before=before)
    return covenant
