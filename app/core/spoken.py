"""Pieces of sentences in the reader's language: short days, months, codes within a sentence; and speaking to somebody else."""

from contextlib import AbstractContextManager
from datetime import date

from babel.dates import format_date
from flask import Flask
from flask_babel import force_locale, get_locale

from app.core.i18n import LANGUAGES, is_year_first, words


def init_app(app: Flask) -> None:
    """Give templates their filters."""
    app.jinja_env.filters.update(
        short_day=short_day, weekday=weekday, month=month, month_name=month_name, within=within
    )


def _language() -> str:
    return str(get_locale() or "en")


def short_day(value: date) -> str:
    """A date of this year or of a range, without the year: "4 Aug"."""
    return str(format_date(value, "M月d日" if is_year_first() else "d MMM", locale=_language()))


def weekday(value: date) -> str:
    """Tuesday, mardi."""
    return str(format_date(value, "EEEE", locale=_language()))


def month_name(value: date) -> str:
    """March, mars."""
    return str(format_date(value, "LLLL", locale=_language()))


def month(value: date) -> str:
    """A month of a year: "March 2026"."""
    return str(format_date(value, "y年M月" if is_year_first() else "LLLL y", locale=_language()))


def short_month(value: date, *, with_year: bool = False) -> str:
    """A month at the foot of a chart: "Aug", "août"; with its year "Aug 26", "août 26"."""
    shape = "LLL yy" if with_year else "LLL"
    if is_year_first():
        shape = "yy年M月" if with_year else "M月"
    return str(format_date(value, shape, locale=_language()))


def within(value: str) -> str:
    """A stored code as words inside a sentence: early_access -> early access."""
    text = words(value)
    return text if text[1:2].isupper() or text[1:2] == "&" else text[:1].lower() + text[1:]


def speaking_to(locale: str | None) -> AbstractContextManager[None]:
    """What is said within is said in a reader's language, whoever is at work; English when it is not known."""
    return force_locale(locale if locale in LANGUAGES else "en")  # type: ignore[no-any-return]
