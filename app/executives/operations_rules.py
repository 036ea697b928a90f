"""What the house writes down about access: terms of an event, breaks, pairs kept apart, signatures, ranked wishes."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.events.models import Event
from app.executives import policies, policies_access, queries, queries_access
from app.executives.details import BreakDetails, TermsDetails, UndertakingDetails, WishDetails
from app.executives.models import Executive
from app.executives.models_access import (
    AccessTerms,
    KeptApart,
    MeetingWish,
    ProtectedBreak,
    Undertaking,
    WishSide,
)
from app.people.models import Person


def set_terms(
    event: Event, details: TermsDetails, *, by: User | None, seen_version: int | None = None
) -> AccessTerms:
    """What an event asks before somebody meets an executive, and how long slots are held; agreed meetings stay."""
    terms = queries_access.terms_of(event)
    is_new = terms.version is None
    if not is_new:
        check_version(terms, seen_version)
    before = None if is_new else audit.snapshot(terms)
    for name, value in details:
        setattr(terms, name, value)
    db.session.add(terms)
    audit.record("executives.terms_set", terms, by=by, before=before)
    return terms


def add_break(executive: Executive, details: BreakDetails, *, by: User | None) -> ProtectedBreak:
    """Keep some minutes of every day free, on the clock of the place; meetings agreed before stay."""
    policies_access.check_break(details.begins, details.ends)
    row = ProtectedBreak(executive_id=executive.id, **details.model_dump())
    db.session.add(row)
    audit.record("executives.break_added", row, by=by)
    return row


def remove_break(row: ProtectedBreak, *, by: User | None) -> None:
    """The minutes can be asked for again."""
    audit.record("executives.break_removed", row, by=by)
    db.session.delete(row)


def keep_apart(person: Person, executive: Executive, reason: str, *, by: User) -> KeptApart:
    """Write down that these two do not meet; agreed meetings are said, not cancelled."""
    policies.check_reason(reason)
    known = queries_access.kept_apart(person, executive.id)
    if known is not None:
        raise policies.RequestRefused(
            _(
                "%(person)s does not meet %(executive)s already.",
                person=person.name,
                executive=executive.name,
            ),
            field="person_id",
        )
    row = KeptApart(
        person=person, executive=executive, reason=_sentence(reason), made_by=by, made_at=clock.now()
    )
    db.session.add(row)
    audit.record("executives.kept_apart", row, by=by)
    return row


def end_apart(row: KeptApart, *, by: User) -> None:
    """They may meet again."""
    before = audit.snapshot(row)
    row.ended_at = clock.now()
    audit.record("executives.apart_ended", row, by=by, before=before)


def record_signature(person: Person, details: UndertakingDetails, *, by: User) -> Undertaking:
    """A signed agreement is here; what the event asks for counts from its day (X1)."""
    if details.signed_on > clock.today(by.zone):
        raise policies.RequestRefused(
            _("This day lies ahead. Record it once it is signed."), field="signed_on"
        )
    if details.until_on is not None and details.until_on < details.signed_on:
        raise policies.RequestRefused(_("It ends before it was signed."), field="until_on")
    row = Undertaking(person=person, made_by=by, made_at=clock.now(), **details.model_dump())
    db.session.add(row)
    audit.record("executives.signature_recorded", row, by=by)
    return row


def revoke_signature(row: Undertaking, *, by: User) -> None:
    """It was recorded by mistake, or was ended; meetings agreed under it stay."""
    before = audit.snapshot(row)
    row.revoked_at = clock.now()
    audit.record("executives.signature_revoked", row, by=by, before=before)


def record_wish(
    event: Event, person: Person, executive: Executive, details: WishDetails, *, by: User | None
) -> MeetingWish:
    """One side would like to meet the other; said again, the new rank counts."""
    state = queries.invitation_state(event.id, person.id)
    if details.side is WishSide.PERSON:
        policies.check_comes(state, person.name)
    row = next(
        (
            one
            for one in queries_access.list_wishes(event, executive)
            if one.person_id == person.id and one.side is details.side
        ),
        None,
    )
    before = audit.snapshot(row) if row is not None else None
    if row is None:
        row = MeetingWish(event=event, person=person, executive=executive, made_at=clock.now())
    for name, value in details:
        setattr(row, name, value)
    row.made_by_id = by.id if by else None
    db.session.add(row)
    audit.record("executives.wish_recorded", row, by=by, before=before)
    return row


def drop_wish(row: MeetingWish, *, by: User | None) -> None:
    """It is not wished any more."""
    audit.record("executives.wish_dropped", row, by=by)
    db.session.delete(row)


def _sentence(reason: str) -> str:
    """With a full stop, as it is read inside other sentences."""
    reason = reason.strip()
    return reason if reason.endswith((".", "!", "?")) else f"{reason}."
