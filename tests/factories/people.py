"""People and organisations, made by the operations the screens use; the cast of the London scenario by name."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.accounts.models import User
from app.core import clock
from app.core.db import db, transaction
from app.people import operations, operations_lists, queries
from app.people.details import (
    AffiliationDetails,
    ChannelDetails,
    EvidenceDetails,
    KindDetails,
    OrganisationDetails,
    PersonDetails,
)
from app.people.models import Organisation, OrganisationKind, Person
from app.people.names import fold, sort_key_of
from tests.factories import accounts

#: name, country, languages, zone, kind, known for, among: enough to be told apart and to be admitted.
CAST: dict[str, dict[str, Any]] = {
    "Amal": {"home_country": "AE", "languages": ("ar", "en"), "zone": "Asia/Dubai", "kind": "Video blogger"},
    "Kerem": {
        "home_country": "TR",
        "languages": ("tr", "en"),
        "zone": "Europe/Istanbul",
        "kind": "Academic",
        "is_independent": False,
    },
    "Nneka": {"home_country": "NG", "languages": ("en",), "zone": "Africa/Lagos", "kind": "Consultant"},
    "Jack": {"home_country": "AU", "languages": ("en",), "zone": "Australia/Sydney", "kind": "Podcaster"},
    "Ines": {"home_country": "FR", "languages": ("fr", "en"), "zone": "Europe/Paris", "kind": "Analyst"},
    "Wei": {"home_country": "CN", "languages": ("zh-Hans",), "zone": "Asia/Shanghai", "kind": "Blogger"},
    "Hana": {"home_country": "KR", "languages": ("ko",), "zone": "Asia/Seoul", "kind": "Blogger"},
}


def person(name: str = "Amal", *, owner: User | None = None, **changes: Any) -> Person:
    """A person by name; those of the cast come with country, languages, zone and kind."""
    known = {"known_for": "private 5G", "known_among": "network engineers", **CAST.get(name, {})}
    details = PersonDetails(name=name, **(known | changes))
    by = owner or accounts.user()
    listed = {word.name.casefold() for word in queries.list_kinds()}
    with transaction():
        if details.kind and details.kind.casefold() not in listed:
            operations_lists.add_kind(KindDetails(name=details.kind), by=by)
        return operations.add_person(details, by=by)


def admissible(name: str = "Amal", *, owner: User | None = None, **changes: Any) -> Person:
    """A person with what an admission needs: known for, and two dated pieces of evidence (G1)."""
    found = person(name, owner=owner, **changes)
    evidence(found, on=date(2026, 3, 2))
    evidence(found, on=date(2026, 5, 9), summary="Quoted in the regulator's report")
    return found


def evidence(
    of: Person, *, on: date = date(2026, 3, 2), summary: str = "Keynote at a network congress", **more: Any
) -> None:
    """One dated piece of evidence."""
    with transaction():
        found = db.session.merge(of)
        operations.add_evidence(found, EvidenceDetails(summary=summary, on=on, **more), by=accounts.user())


def channel(of: Person, *, platform: str = "YouTube", handle: str = "@amal", **more: Any) -> None:
    """One channel."""
    with transaction():
        found = db.session.merge(of)
        operations.add_channel(
            found, ChannelDetails(platform=platform, handle=handle, **more), by=accounts.user()
        )


def organisation(
    name: str = "Orbit Analysts", *, kind: OrganisationKind = OrganisationKind.ANALYST_FIRM, **more: Any
) -> Organisation:
    """An organisation with its rules."""
    with transaction():
        return operations.add_organisation(
            OrganisationDetails(name=name, kind=kind, **more), by=accounts.user()
        )


def employment(
    of: Person, at: Organisation, *, from_on: date = date(2024, 1, 1), to_on: date | None = None
) -> None:
    """The person works there."""
    with transaction():
        found = db.session.merge(of)
        details = AffiliationDetails(organisation_id=at.id, from_on=from_on, to_on=to_on, role="Analyst")
        operations.add_affiliation(found, details, by=accounts.user())


def in_one_go(names: Iterable[str], countries: Sequence[str] = ("GB",)) -> list[int]:
    """The numbers of many people with a name and a country, which take turns; written in a few statements."""
    now = clock.now()
    rows = [
        {
            "name": name, "sort_name": name, "sort_key": sort_key_of(name), "search_text": fold(name), "search_doc": "",
            "made_at": now, "changed_at": now, "home_country": countries[number % len(countries)],
        }
        for number, name in enumerate(names)
    ]  # fmt: skip
    with transaction():
        return list(
            db.session.scalars(sa.insert(Person).returning(Person.id, sort_by_parameter_order=True), rows)
        )
