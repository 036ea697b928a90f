"""Values of the history as a reader understands them: names for numbers, countries for codes, yes for true."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts.models import User
from app.core.db import db
from app.core.i18n import amount, country_name, day, number, words
from app.core.money import Money
from app.people.languages import language_words
from app.people.models import Organisation, Person, PersonKind, Platform

#: Column -> table whose rows have a name.
_POINTERS = {
    "kind_id": PersonKind, "organisation_id": Organisation, "agency_id": Organisation, "user_id": User, "merged_into_id": Person,
}  # fmt: skip
_CODED = frozenset(
    {"official_status", "name_order", "kind", "answer", "category", "audience", "max_class", "role"}
)
_MOST = 300

Names = Mapping[tuple[type[Any], Any], str]


def names_for(changes: Iterable[Mapping[str, list[Any]]]) -> Names:
    """The names behind the numbers of some changes; one query per table."""
    wanted: dict[type[Any], set[int]] = defaultdict(set)
    for change in changes:
        for column, pair in change.items():
            if column in _POINTERS:
                wanted[_POINTERS[column]] |= {one for one in pair if isinstance(one, int)}
    found: dict[tuple[type[Any], Any], str] = {
        (Platform, code): name for code, name in db.session.execute(sa.select(Platform.code, Platform.name))
    }
    for model, ids in wanted.items():
        rows = db.session.execute(sa.select(model.id, model.name).where(model.id.in_(ids)))
        found |= {(model, id): name for id, name in rows}
    return found


def value_words(table: str, column: str, value: Any, names: Names) -> str:
    """A plain value in words; empty for nothing."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if column in _POINTERS:
        return names.get((_POINTERS[column], value), _("number %(value)s, deleted since", value=value))
    if table == "channel" and column == "platform":
        return names.get((Platform, value), str(value))
    if column == "quiet_weekdays":
        return ", ".join(words(str(one)) for one in value)
    if isinstance(value, list):
        shown = country_name if column == "audience_countries" else language_words
        return ", ".join(shown(str(one)) for one in value)
    if isinstance(value, int):
        return number(value)
    return _text(table, column, str(value))[:_MOST]


def _text(table: str, column: str, text: str) -> str:
    if column.endswith("_on") or column == "on":
        return day(date.fromisoformat(text))
    if column.endswith("_at"):
        return day(datetime.fromisoformat(text).date())
    if column in {"home_country", "country"}:
        return country_name(text)
    if column == "language":
        return language_words(text)
    if column in _CODED and (table, column) != ("affiliation", "role"):
        return words(text)
    return text


def answer_words(answer: Any, minor: Any, currency: Any) -> str:
    """ "up to GBP 200.00"."""
    if answer == "up_to" and isinstance(minor, int) and currency:
        return str(_("up to %(amount)s", amount=f"{currency} {amount(Money(minor, str(currency)))}"))
    return words(str(answer)).lower() if answer else ""
