"""Which column of a people file is what: guessed from its name, chosen on the screen, remembered per set of headers."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from babel import Locale
from flask_babel import gettext as _

from app.core.db import db
from app.core.i18n import all_marked, is_country
from app.core.i18n import said as said_of
from app.core.models import Setting
from app.people.names import fold

#: What a column can be, with its words for the screen, in the order offered.
FIELDS: Final[Mapping[str, str]] = all_marked({
    "name": "Name", "given_name": "Given name", "family_name": "Family name", "email": "E-mail", "phone": "Telephone",
    "home_country": "Home country", "zone": "Time zone", "languages": "Languages", "kind": "Kind", "known_for": "Known for",
    "known_among": "Known among", "platform": "Channel: platform", "handle": "Channel: handle", "url": "Channel: address",
    "is_independent": "Independent (yes or no)", "notes": "Notes", "owner": "Owner (e-mail of a user)",
})  # fmt: skip

_ALIASES: Final[Mapping[str, str]] = {
    alias: field
    for field, aliases in {
        "name": "name,full name,person,contact,contact name,display name,expert,influencer,kol",
        "given_name": "given name,first name,forename,vorname,prenom",
        "family_name": "family name,last name,surname,nachname,nom",
        "email": "email,e mail,mail,email address,e mail address,mail address",
        "phone": "phone,telephone,tel,mobile,mobile phone,phone number,cell",
        "home_country": "home country,country,country code,land,pays,based in",
        "zone": "zone,time zone,timezone,tz",
        "languages": "languages,language,lang,speaks",
        "kind": "kind,type,category,role",
        "known_for": "known for,topic,topics,expertise,subject,specialty,beat",
        "known_among": "known among,among,audience,community",
        "platform": "platform,channel,channel platform,network,medium",
        "handle": "handle,account,username,channel handle,user name,youtube,twitter,instagram",
        "url": "url,link,website,web,channel url,channel address,site,homepage",
        "is_independent": "is independent,independent,freelance",
        "notes": "notes,note,comment,comments,remarks",
        "owner": "owner,owner email,looked after by",
    }.items()
    for alias in aliases.split(",")
}
_NOT_WORDS = re.compile(r"[^\w]+")


def guess(headers: Sequence[str]) -> dict[str, str]:
    """Header -> field, "" where nothing fits; each field is given once, to the first that claims it."""
    found: dict[str, str] = {}
    for header in headers:
        field = _ALIASES.get(_NOT_WORDS.sub(" ", fold(header).replace("_", " ")).strip(), "")
        found[header] = "" if field in found.values() else field
    return found


def remembered(headers: Sequence[str]) -> dict[str, str] | None:
    """The columns as they were chosen for these headers the last time, if ever."""
    row = db.session.get(Setting, _setting_name(headers))
    return dict(row.value) if row is not None else None


def remember(columns: Mapping[str, str]) -> None:
    """Keep a choice for the next file with the same headers, in the open transaction."""
    name = _setting_name(columns)
    row = db.session.get(Setting, name)
    if row is None:
        db.session.add(Setting(name=name, value=dict(columns)))
    else:
        row.value = dict(columns)


def _setting_name(headers: Iterable[str]) -> str:
    digest = hashlib.sha256("\0".join(sorted(headers)).encode()).hexdigest()
    return f"imports.columns.{digest[:40]}"


def problems(columns: Mapping[str, str]) -> list[str]:
    """What keeps a choice of columns from being used, in sentences; empty when it can be."""
    fields = [field for field in columns.values() if field]
    said = [
        _("Two columns are both “%(field)s”. Choose one.", field=said_of(FIELDS[field]))
        for field in FIELDS
        if fields.count(field) > 1
    ]
    said += [_("There is no field called %(field)s.", field=field) for field in fields if field not in FIELDS]
    if "name" not in fields and not {"given_name", "family_name"} <= set(fields):
        said.append(_("Choose the column that holds the name, or those of given and family name."))
    return said


# -- words in cells ----------------------------------------------------------------------------------------


def country_code(text: str) -> str:
    """Make "France", "fr" or "FR" into "FR"; other text is given back for the person's record to refuse."""
    clean = text.strip()
    return _countries().get(fold(clean), clean)


def language_tags(text: str) -> tuple[str, ...]:
    """Make ("fr", "en") of "French, en"; separated by commas, semicolons, bars or slashes."""
    parts = (part.strip() for part in re.split(r"[,;|/]", text))
    return tuple(_languages().get(fold(part), part) for part in parts if part)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    names = Locale("en").territories
    found = {fold(name): str(code) for code, name in names.items() if is_country(str(code))}
    return found | {
        "uk": "GB",
        "usa": "US",
        "uae": "AE",
        "great britain": "GB",
        "united states of america": "US",
    }


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    return {fold(name): str(code).replace("_", "-") for code, name in Locale("en").languages.items()}
