"""Bringing a value of the history back: through the same edit operation, its checks and its audit line (P4)."""

from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.accounts.models import User
from app.core.db import db
from app.core.money import Money
from app.people import policies, policies_history, policies_lists
from app.people.details import (
    AffiliationDetails,
    ChannelDetails,
    EvidenceDetails,
    MayAcceptDetails,
    OrganisationDetails,
    PersonDetails,
)
from app.people.models import Affiliation, Channel, Evidence, MayAccept, Organisation, Person, PersonKind
from app.people.operations import edit_person, set_may_accept
from app.people.operations_organisations import edit_organisation
from app.people.operations_parts import edit_affiliation, edit_channel, edit_evidence
from app.people.queries_history import Restorable

_PERSON = (
    "name", "sort_name", "name_order", "email", "phone", "languages", "home_country", "zone", "known_for", "known_among",
    "is_independent", "has_equity_or_family_tie", "agency_id", "notes",
)  # fmt: skip


def restore_value(
    found: Restorable, *, by: User | None, seen_version: int | None = None, reason: str = ""
) -> None:
    """Put one value back to what it was before a change.

    Raises NotRestorable (a wish, a consent), NothingToRestore, Conflict, and whatever the edit operation refuses: a kind
    that is retired, a handle that is listed twice.
    """
    policies_history.require_restorable(found.table, found.column)
    if "id" in found.changes:
        raise policies_history.NothingToRestore(_("This is how it began: there is no value before it."))
    if found.before == found.now:
        raise policies_history.NothingToRestore(_("It is this value already. Nothing was changed."))
    said = f"Brought back from {found.event.at:%-d %b %Y}" + (f": {reason}" if reason else "")
    match found.table:
        case "person":
            _person(found, by, seen_version, said)
        case "channel":
            _channel(found, by, seen_version, said)
        case "evidence":
            _evidence(found, by, seen_version, said)
        case "affiliation":
            _affiliation(found, by, seen_version, said)
        case "may_accept":
            _answer(found, by, seen_version, said)
        case _:
            _organisation(found, by, seen_version, said)


def _before(found: Restorable) -> Any:
    return found.changes[found.column][0]


def _person(found: Restorable, by: User | None, seen: int | None, said: str) -> None:
    person: Person = found.row
    given = {name: getattr(person, name) for name in _PERSON}
    given |= {"kind": person.kind.name if person.kind else "", "languages": tuple(person.languages)}
    if found.column == "kind_id":
        given["kind"] = _kind_name(_before(found))
    else:
        given[policies_history.RESTORABLE["person"][found.column]] = _before(found)
    edit_person(person, PersonDetails(**given), by=by, seen_version=seen, reason=said)


def _kind_name(id: int | None) -> str:
    if id is None:
        return ""
    kind = db.session.get(PersonKind, id)
    if kind is None:
        raise policies_lists.WordUnknown(
            _("This kind was deleted from the list. Choose another on the edit page.")
        )
    return kind.name


def _channel(found: Restorable, by: User | None, seen: int | None, said: str) -> None:
    row: Channel = found.row
    names = (
        "platform",
        "handle",
        "url",
        "language",
        "audience_countries",
        "audience_size",
        "audience_read_on",
    )
    given = {name: getattr(row, name) for name in names} | {found.column: _before(found)}
    if found.column == "audience_size":  # a size belongs to the day it was read
        given["audience_read_on"] = found.changes.get("audience_read_on", [row.audience_read_on])[0]
        given["audience_read_on"] = given["audience_read_on"] if _before(found) is not None else None
    edit_channel(row, ChannelDetails(**given), by=by, seen_version=seen, reason=said)


def _evidence(found: Restorable, by: User | None, seen: int | None, said: str) -> None:
    row: Evidence = found.row
    names = ("kind", "summary", "url", "note", "on", "expires_on")
    given = {name: getattr(row, name) for name in names} | {found.column: _before(found)}
    edit_evidence(row, EvidenceDetails(**given), by=by, seen_version=seen, reason=said)


def _affiliation(found: Restorable, by: User | None, seen: int | None, said: str) -> None:
    row: Affiliation = found.row
    names = (
        "organisation_id",
        "role",
        "from_on",
        "to_on",
        "is_employment",
        "is_consent_given",
        "consented_on",
    )
    given = {name: getattr(row, name) for name in names} | {found.column: _before(found)}
    edit_affiliation(row, AffiliationDetails(**given), by=by, seen_version=seen, reason=said)


def _answer(found: Restorable, by: User | None, seen: int | None, said: str) -> None:
    row: MayAccept = found.row
    if found.person is None:
        raise policies.NotYet(_("There is nobody behind this answer any more."))
    given: dict[str, Any] = {
        "category": row.category, "answer": row.answer, "limit": row.limit, "said_on": row.said_on, "source": row.source,
    }  # fmt: skip
    given[found.column] = _before(found)
    if found.column == "answer":
        minor, code = (found.changes.get(name, [None])[0] for name in ("limit_minor", "limit_currency"))
        given["limit"] = Money(minor, code) if minor is not None and code else None
        given["said_on"] = found.changes.get("said_on", [row.said_on])[0]
    if isinstance(given["said_on"], str):
        given["said_on"] = date.fromisoformat(given["said_on"])
    set_may_accept(found.person, MayAcceptDetails(**given), by=by, seen_version=seen, reason=said)


def _organisation(found: Restorable, by: User | None, seen: int | None, said: str) -> None:
    row: Organisation = found.row
    names = policies_history.RESTORABLE["organisation"]
    given = {name: getattr(row, name) for name in names} | {found.column: _before(found)}
    edit_organisation(row, OrganisationDetails(**given), by=by, seen_version=seen, reason=said)
