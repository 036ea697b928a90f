"""The list of people as `lists` knows it: its columns and filters; rooms above add theirs (`lists.catalogue.offer`)."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import permissions
from app.accounts.models import User
from app.core import clock
from app.core.forms import row_number
from app.core.i18n import country_name, marked, said
from app.core.keyset import Count
from app.lists import catalogue, showing
from app.lists.catalogue import Choice, Column, Filter, Listing, Tag
from app.people import policies, queries, queries_listing
from app.people.languages import known_languages, language_choices, language_words
from app.people.models import OwnerRole, Person
from app.people.queries_listing import PersonFilter, PersonRow

KEY = "people"
#: What the page of 100,000 lines of an export may not grow beyond.
MOST_EXPORTED = 100_000

_FLAGS: Mapping[str, tuple[str, sa.ColumnElement[bool]]] = {
    "opted_out": (marked("opted out"), Person.is_opted_out.is_(True)),
    "tie": (marked("tie to us"), Person.has_equity_or_family_tie.is_(True)),
}


def filter_of(by: User, query: Mapping[str, str]) -> PersonFilter:
    """The filter of an address or a saved view; what it names in vain is left out."""
    narrowed, _unknown = showing.narrowed_by(LISTING, by, query)
    return filter_from(narrowed, query)


def filter_from(narrowed: Mapping[str, Any], query: Mapping[str, str]) -> PersonFilter:
    """The same from what is understood already. A filter of this room narrows a field, one of a room above a condition."""
    fields: dict[str, Any] = {}
    more = []
    for found in narrowed.values():
        if isinstance(found, dict):
            fields |= found
        else:
            more.append(found)
    order = query.get("order", "name")
    return PersonFilter(
        q=query.get("q", "")[:200],
        more=tuple(more),
        order=order if order in queries_listing.ORDERS else "name",
        **fields,
    )


# -- columns ---------------------------------------------------------------------------------------


def _of_person(read: Any) -> Any:
    """A column that stands in the record itself."""

    def values(_by: User, rows: Sequence[PersonRow]) -> dict[int, Any]:
        return {row.id: read(row.person) for row in rows}

    return values


def _owners(_by: User, rows: Sequence[PersonRow]) -> dict[int, Any]:
    return {row.id: row.owner.name if row.owner else "" for row in rows}


def _deputies(_by: User, rows: Sequence[PersonRow]) -> dict[int, Any]:
    found = queries.owners_of([row.id for row in rows], role=OwnerRole.DEPUTY)
    return {id: user.name for id, user in found.items()}


def _employers(_by: User, rows: Sequence[PersonRow]) -> dict[int, Any]:
    names = queries.employers_of([row.id for row in rows], clock.today())
    return {id: ", ".join(found) for id, found in names.items()}


def _flags(by: User, rows: Sequence[PersonRow]) -> dict[int, Any]:
    today = clock.today(by.zone)
    return {
        row.id: [Tag(flag.key, flag.label, flag.tone) for flag in policies.flags_of(row.person, today)]
        for row in rows
    }


_READ = "people:read"
_COLUMNS = (
    Column("name", marked("Name"), _of_person(lambda one: one.name), _READ, sort="name"),
    Column("kind", marked("Kind"), _of_person(lambda one: one.kind.name if one.kind else ""), _READ),
    Column("country", marked("Country"), _of_person(lambda one: country_name(one.home_country)), _READ, sort="country"),
    Column("owner", marked("Owner"), _owners, _READ),
    Column("flags", marked("Flags"), _flags, _READ, kind="tags"),
    Column("deputy", marked("Deputy"), _deputies, _READ),
    Column("languages", marked("Languages"), _of_person(lambda one: ", ".join(map(language_words, one.languages))), _READ),
    Column("organisation", marked("Organisation"), _employers, _READ),
    Column("known_for", marked("Known for"), _of_person(lambda one: one.known_for), _READ),
    Column("known_among", marked("Among"), _of_person(lambda one: one.known_among), _READ),
    Column("email", marked("E-mail"), _of_person(lambda one: one.email), _READ),
    Column("country_code", marked("Country code"), _of_person(lambda one: one.home_country or ""), _READ),
    Column("zone", marked("Time zone"), _of_person(lambda one: one.zone), _READ),
    Column("changed", marked("Last change"), _of_person(lambda one: one.changed_at), _READ, kind="instant", sort="changed"),
    Column("id", marked("Number"), _of_person(lambda one: one.id), _READ, kind="integer"),
)  # fmt: skip

# -- filters ---------------------------------------------------------------------------------------


def _kinds(_by: User) -> list[Choice]:
    return [(str(kind.id), kind.name) for kind in queries.list_kinds()]


def _countries(by: User) -> list[Choice]:
    return [(code, country_name(code)) for code in queries_listing.list_countries(by)]


def _owner_choices(_by: User) -> list[Choice]:
    return [(str(owner.id), owner.name) for owner in queries.list_owners()]


def _languages(_by: User) -> Sequence[Choice]:
    return language_choices()


def _kind(_by: User, value: str, _query: Mapping[str, str]) -> dict[str, Any] | None:
    number = row_number(value)
    is_known = number is not None and any(kind.id == number for kind in queries.list_kinds())
    return {"kind_id": number} if is_known else None


def _country(by: User, value: str, _query: Mapping[str, str]) -> dict[str, Any] | None:
    code = value.upper()
    return {"country": code} if code in queries_listing.list_countries(by) else None


def _owner(_by: User, value: str, _query: Mapping[str, str]) -> dict[str, Any] | None:
    number = row_number(value)
    is_known = number is not None and any(owner.id == number for owner in queries.list_owners())
    return {"owner_id": number} if is_known else None


def _language(_by: User, value: str, _query: Mapping[str, str]) -> dict[str, Any] | None:
    return {"language": value} if value in known_languages() else None


def _official(_by: User, value: str, _query: Mapping[str, str]) -> dict[str, Any] | None:
    known = {"yes": True, "no": False}
    return {"is_official": known[value]} if value in known else None


def _flag(_by: User, value: str, _query: Mapping[str, str]) -> sa.ColumnElement[bool] | None:
    if value == "quiet":
        return Person.quiet_until_on >= clock.today()
    return _FLAGS[value][1] if value in _FLAGS else None


def _pseudonymous(_by: User, value: str, _query: Mapping[str, str]) -> dict[str, Any] | None:
    return {"is_pseudonymous": True} if value == "yes" else None


def _yes_no(_by: User) -> list[Choice]:
    return [("yes", _("yes")), ("no", _("no"))]


def _flag_choices(_by: User) -> list[Choice]:
    return [*((key, said(words)) for key, (words, _test) in _FLAGS.items()), ("quiet", _("quiet for now"))]


_FILTERS = (
    Filter("kind", marked("Kind"), _kind, _READ, _kinds),
    Filter("country", marked("Country"), _country, _READ, _countries),
    Filter("owner", marked("Owner"), _owner, _READ, _owner_choices),
    Filter("language", marked("Language"), _language, _READ, _languages, is_rare=True),
    Filter("official", marked("Public official"), _official, _READ, _yes_no, is_rare=True),
    Filter("flag", marked("Flag"), _flag, _READ, _flag_choices, is_rare=True),
    Filter("pseudonymous", marked("Pseudonymous"), _pseudonymous, _READ, lambda _by: [("yes", _("only these"))], is_rare=True),
)  # fmt: skip


# -- the list --------------------------------------------------------------------------------------


def _count(by: User, query: Mapping[str, str]) -> Count:
    return queries_listing.count_people(by, filter_of(by, query))


def _ids(by: User, query: Mapping[str, str], most: int) -> Sequence[int]:
    return queries_listing.list_ids(by, filter_of(by, query), most)


def _names(by: User, ids: Sequence[int]) -> dict[int, str]:
    return {one.id: one.name for one in queries_listing.list_some(by, ids)}


LISTING = catalogue.register(
    Listing(
        key=KEY,
        label=marked("People"),
        endpoint="people.index",
        permission=_READ,
        default_columns=("name", "kind", "country", "owner", "last_touch", "cadence", "stage", "flags"),
        orders=tuple(queries_listing.ORDERS),
        count=_count,
        ids=_ids,
        names=_names,
    )
)
catalogue.offer(KEY, *_COLUMNS, *_FILTERS)


def columns_of(by: User, shown: Sequence[Column], rows: Sequence[PersonRow]) -> dict[str, Mapping[int, Any]]:
    """The cells of some columns for all rows at once, by column and row."""
    return {one.key: one.values(by, rows) for one in shown if permissions.may(by, one.permission)}
