"""Writing people: adding, editing, flags and wishes; owners, parts, notes and agencies in their own files."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.people import policies, queries, queries_duplicates
from app.people.details import MayAcceptDetails, OfficialDetails, PersonDetails, WishDetails
from app.people.models import MayAccept, OfficialStatus, Person
from app.people.operations_notes import add_note, decide_note, share_note
from app.people.operations_organisations import add_organisation, edit_organisation
from app.people.operations_owners import end_deputy, hand_over, hand_over_many, open_first, take_back_owners
from app.people.operations_parts import (
    add_affiliation,
    add_channel,
    add_evidence,
    edit_affiliation,
    edit_channel,
    edit_evidence,
    end_affiliation,
    end_channel,
    resume_channel,
)
from app.people.operations_pseudonymous import add_pseudonymous
from app.people.operations_representation import begin_representation, end_representation, represent
from app.people.upkeep import kind_named, mark_changed, refresh_search_text, said_by

__all__ = [
    "add_affiliation",
    "add_channel",
    "add_evidence",
    "add_note",
    "add_organisation",
    "add_person",
    "add_pseudonymous",
    "begin_representation",
    "decide_note",
    "edit_affiliation",
    "edit_channel",
    "edit_evidence",
    "edit_organisation",
    "edit_person",
    "end_affiliation",
    "end_channel",
    "end_deputy",
    "end_representation",
    "hand_over",
    "hand_over_many",
    "resume_channel",
    "set_may_accept",
    "set_official_status",
    "set_wishes",
    "share_note",
    "take_back_owners",
]


def add_person(details: PersonDetails, *, by: User | None, is_checked: bool = True) -> Person:
    """Add a person; `by` becomes owner unless another is named (P1).

    `is_checked=False` says that nobody has looked for the person yet: PossibleDuplicate is raised when somebody
    alike is here already (P3). Screens pass the tick "this is somebody else".
    """
    if not is_checked:
        _require_new(details, by)
    _require_reason(details.official_status, details.official_reason)
    owner = _owner_named(details.owner_id, by)
    person = Person(
        made_at=clock.now(), official_status=details.official_status, official_reason=details.official_reason
    )
    _fill(person, details)
    db.session.add(person)
    db.session.flush()
    open_first(person, owner)
    represent(person, details.agency_id, by=by)
    audit.record("people.person_added", person, by=by)
    return person


def edit_person(
    person: Person,
    details: PersonDetails,
    *,
    by: User | None,
    seen_version: int | None = None,
    reason: str = "",
) -> Person:
    """Change who a person is. Never touches opt-out, quiet time, official status or owner (P4)."""
    check_version(person, seen_version)
    before = audit.snapshot(person)
    _fill(person, details)
    represent(person, details.agency_id, by=by)
    audit.record("people.person_edited", person, by=by, before=before, reason=reason)
    return person


def set_official_status(
    person: Person, details: OfficialDetails, *, by: User | None, seen_version: int | None = None
) -> bool:
    """Note whether the person is a public official or works for the state, and how that is known; True if it changed.

    Compliance hears of it from `programs.operations.set_official_status`, which lies where notices can be written.
    """
    check_version(person, seen_version)
    before = audit.snapshot(person)
    has_changed = person.official_status is not details.status
    person.official_status = details.status
    person.official_reason = details.reason
    audit.record("people.official_status_set", person, by=by, before=before)
    return has_changed


def set_wishes(
    person: Person, details: WishDetails, *, by: User | None, seen_version: int | None = None
) -> Person:
    """Note that the person wants no contact, or none until a day; the only operation that changes either (P4)."""
    check_version(person, seen_version)
    before = audit.snapshot(person)
    person.is_opted_out = details.is_opted_out
    person.quiet_until_on = details.quiet_until_on
    audit.record("people.wishes_set", person, by=by, before=before, reason=details.reason)
    return person


def set_may_accept(
    person: Person,
    details: MayAcceptDetails,
    *,
    by: User | None,
    seen_version: int | None = None,
    reason: str = "",
) -> MayAccept:
    """Note what the person says they may accept of one category; the last answer counts.

    `seen_version` is that of the answer there was; None for no check.
    """
    row = queries.may_accept(person).get(details.category)
    if row is not None:
        check_version(row, seen_version)
    before = audit.snapshot(row) if row else None
    if row is None:
        row = MayAccept(person_id=person.id, category=details.category)
        db.session.add(row)
    row.answer = details.answer
    row.limit = details.limit
    row.said_on = details.said_on or clock.today()
    row.source = details.source
    mark_changed(person)
    audit.record("people.may_accept_set", row, by=by, before=before, reason=reason)
    return row


# -- steps -----------------------------------------------------------------------------------------


def _fill(person: Person, details: PersonDetails) -> None:
    if details.agency_id is not None:
        queries.get_organisation(details.agency_id)
    for name, value in said_by(details).items():
        setattr(person, name, value)
    person.kind = kind_named(details.kind, person.kind)
    refresh_search_text(person)


def _require_new(details: PersonDetails, by: User | None) -> None:
    alike = queries_duplicates.find_possible_duplicates(
        by, details.name, email=details.email, country=details.home_country
    )
    if alike:
        names = ", ".join(f"{one.person.name} ({policies.likeness_words(one.why)})" for one in alike[:3])
        raise policies.PossibleDuplicate(
            _(
                "Perhaps this person is here already: %(names)s. Look first; if this is somebody else, "
                "say so and save again.",
                names=names,
            ),
            field="is_checked",
        )


def _require_reason(status: OfficialStatus, reason: str) -> None:
    if status is not OfficialStatus.NONE and not reason:
        message = _("Say how this is known, for example “professor at a state university”.")
        raise policies.Unreasoned(message, field="official_reason")


def _owner_named(owner_id: int | None, by: User | None) -> User:
    owner = db.session.get(User, owner_id) if owner_id is not None else by
    if owner is None:
        raise policies.OwnerNeeded(
            _("Everybody has an owner. Choose who looks after this person."), field="owner_id"
        )
    policies.require_may_own(owner.role, owner.is_active, owner.name)
    return owner
