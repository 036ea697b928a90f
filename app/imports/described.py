"""One line of a people file in our words: what it says of a person, and what is wrong with it."""

import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from msgspec import Struct
from pydantic import ValidationError

from app.core.i18n import said
from app.imports.columns import country_code, language_tags
from app.people.details import ChannelDetails, PersonDetails
from app.people.names import fold
from app.people.policies import Traits

_YES, _NO = frozenset({"yes", "y", "true", "1", "x"}), frozenset({"no", "n", "false", "0"})
#: Fields in which few texts stand in many lines.
_ALIKE = frozenset({"kind", "home_country", "zone", "known_for", "known_among"})
_OF_CHANNEL = ("platform", "handle", "url")


class BadLine(ValueError):
    """A line that cannot be read; the words name the column, `name` is whom the line seems to be about."""

    def __init__(self, words: str, name: str = "") -> None:
        super().__init__(words)
        self.name = name


class Described(Struct, frozen=True):
    """What a line says: `given` holds only the fields it fills, as `PersonDetails` takes them."""

    line: int
    name: str
    given: Mapping[str, Any]
    channel: ChannelDetails | None
    owner_email: str
    #: What the line is recognised by.
    traits: Traits

    @property
    def has_contact_route(self) -> bool:
        """Whether one could write to, call or find this person."""
        return bool(self.given.get("email") or self.given.get("phone") or self.channel)


def describe(line: int, values: Mapping[str, str], columns: Mapping[str, str]) -> Described:
    """Read a line; BadLine says which column is wrong."""
    header_of = {field: header for header, field in columns.items() if field}
    cells = {field: values[header].strip() for field, header in header_of.items() if values[header].strip()}
    cells["name"] = cells.get("name") or " ".join(
        filter(None, (cells.get("given_name"), cells.get("family_name")))
    )
    if not cells["name"]:
        raise BadLine(_("no name"))
    try:
        details = PersonDetails(**_person_fields(cells, header_of))
        channel = _channel(cells)
    except ValidationError as error:
        problem = error.errors()[0]
        field = str(problem["loc"][0]) if problem["loc"] else ""
        words = str(problem["msg"]).removeprefix("Value error, ")
        raise BadLine(f"{header_of.get(field, field)}: {words}", cells["name"][:320]) from None
    given = {
        field: _once(field, getattr(details, field)) for field in details.model_fields_set if field != "name"
    }
    handles = frozenset({fold(channel.handle)}) if channel else frozenset()
    traits = Traits(fold(details.name), details.email.lower(), given.get("home_country") or "", handles)
    return Described(line, details.name, given, channel, cells.get("owner", "").lower(), traits)


def _once(field: str, value: Any) -> Any:
    """The same text once for all lines: every line is held until the last is read."""
    return sys.intern(value) if field in _ALIKE and isinstance(value, str) else value


def _person_fields(cells: Mapping[str, str], header_of: Mapping[str, str]) -> dict[str, Any]:
    plain = ("name", "email", "phone", "zone", "kind", "known_for", "known_among", "notes")
    fields: dict[str, Any] = {field: cells[field] for field in plain if field in cells}
    if "home_country" in cells:
        fields["home_country"] = country_code(cells["home_country"])
    if "languages" in cells:
        fields["languages"] = language_tags(cells["languages"])
    if "is_independent" in cells:
        answer = cells["is_independent"].lower()
        if answer not in _YES | _NO:
            raise BadLine(
                _("%(header_of)s: write yes or no", header_of=header_of["is_independent"]),
                cells["name"][:320],
            )
        fields["is_independent"] = answer in _YES
    return fields


def _channel(cells: Mapping[str, str]) -> ChannelDetails | None:
    """The channel a line names: a handle, an address, or both; without a platform it follows from the address."""
    handle, url = cells.get("handle", ""), cells.get("url", "")
    if not handle and not url:
        return None
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return ChannelDetails(
        platform=cells.get("platform", ""),
        handle=handle or parts.path.strip("/") or host or url,
        url=url,
    )


def readable(field: str) -> str:
    """known_for -> "known for", for the list of what an update changes."""
    named = {"email": "e-mail", "phone": "telephone", "zone": "time zone"}
    return said(named.get(field) or field.removeprefix("is_").replace("_", " "))
