"""The words of letters: links, dates in the reader's language, references that can be typed."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_time
from flask import current_app

from app.core import branding

#: Without 0, O, 1, I and L, which people mix up.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_reference() -> str:
    """A reference nobody can guess and everybody can type: K7QM-3XWD-9TRA."""
    parts = ["".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3)]
    return "-".join(parts)


def verify_link(reference: str) -> str:
    """The public page on which the recipient can check a letter (G6)."""
    return f"{current_app.config['BASE_URL']}/p/verify?reference={reference}"


def kept_link(invitation_id: int) -> str:
    """The page on which somebody says whether the promises of their invitation were kept (E4)."""
    return f"{current_app.config['BASE_URL']}/p/invitations/{invitation_id}/kept"


def no_more_link(secret: str) -> str:
    """The public address at which one click ends letters of this kind (RFC 8058)."""
    return f"{current_app.config['BASE_URL']}/p/no-more/{secret}"


def answer_link(secret: str) -> str:
    """The page where the person of one invitation answers it; opened by anybody else it answers nothing (E1)."""
    return f"{current_app.config['BASE_URL']}/p/answer/{secret}"


def company() -> str:
    """Our name, as letters say it."""
    return branding.name()


def days(starts_at: datetime, ends_at: datetime, zone: str, language: str) -> str:
    """ "14–16 October 2026" in a language, on the clocks of a zone; English where the language is unknown."""
    locale, tz = _locale(language), ZoneInfo(zone)
    first, last = starts_at.astimezone(tz).date(), ends_at.astimezone(tz).date()
    if first == last:
        return str(format_date(first, "long", locale=locale))
    return str(format_interval(first, last, "yMMMd", locale=locale))


def hours(starts_at: datetime, ends_at: datetime, zone: str, language: str) -> str:
    """ "13 October 2026, 09:00 – 16 October 2026, 18:00 (Europe/London)" in a language, on the clocks of a zone."""
    locale, tz = _locale(language), ZoneInfo(zone)
    first, last = starts_at.astimezone(tz), ends_at.astimezone(tz)
    begins = f"{format_date(first.date(), 'long', locale=locale)}, {format_time(first.time(), 'short', locale=locale)}"
    end_day = "" if first.date() == last.date() else f"{format_date(last.date(), 'long', locale=locale)}, "
    return f"{begins} – {end_day}{format_time(last.time(), 'short', locale=locale)} ({zone})"


def hour_of(at: datetime, zone: str, language: str) -> str:
    """ "14 October 2026, 09:00 (Europe/London)" in a language, on the clocks of a zone."""
    locale, local = _locale(language), at.astimezone(ZoneInfo(zone))
    return f"{format_date(local.date(), 'long', locale=locale)}, {format_time(local.time(), 'short', locale=locale)} ({zone})"


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def said_fields(fields: Mapping[str, Any], language: str) -> dict[str, str]:
    """The stored fields of a letter as words; dates and days are said in the language.

    `starts_at`, `ends_at` and `zone` together become `dates`, `from_on` becomes `from_day`, `answer_by_on` becomes
    `answer_by`.
    """
    words = {
        name: str(value) for name, value in fields.items() if name not in {"starts_at", "ends_at", "zone"}
    }
    if {"starts_at", "ends_at", "zone"} <= set(fields):
        starts, ends = (datetime.fromisoformat(str(fields[name])) for name in ("starts_at", "ends_at"))
        words["dates"] = days(starts, ends, str(fields["zone"]), language)
    if "from_on" in fields:
        words["from_day"] = on_day(date.fromisoformat(str(fields["from_on"])), language)
    if fields.get("answer_by_on"):
        words["answer_by"] = on_day(date.fromisoformat(str(fields["answer_by_on"])), language)
    return words


def on_day(day: date, language: str) -> str:
    """A date in words, in a language."""
    return str(format_date(day, "long", locale=_locale(language)))
