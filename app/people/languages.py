"""Languages as people name them."""

from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError

from app.core.i18n import locale_tag


def language_words(tag: str) -> str:
    """ "zh-Hans" -> "Chinese (Simplified)" in the reader's language; the tag itself when nobody knows it."""
    return _named(tag, locale_tag())


@lru_cache(maxsize=4096)
def _named(tag: str, reader: str) -> str:
    try:
        name = Locale.parse(tag, sep="-").get_display_name(Locale.parse(reader, sep="-"))
    except (UnknownLocaleError, ValueError):
        return tag
    return name or tag


def primary_language(tag: str) -> str:
    """ "zh-Hans" -> "zh": what the filter of lists knows a language by."""
    return tag.partition("-")[0].lower()


@cache
def known_languages() -> tuple[str, ...]:
    """The languages with a two-letter code that have a name."""
    return tuple(sorted(str(tag) for tag in Locale("en").languages if len(str(tag)) == 2))


def language_choices() -> tuple[tuple[str, str], ...]:
    """The languages that have a name with their names, in the reader's language and its order of letters."""
    return _choices(locale_tag())


@cache
def _choices(reader: str) -> tuple[tuple[str, str], ...]:
    named = ((tag, _named(tag, reader)) for tag in known_languages())
    return tuple(sorted(named, key=lambda one: one[1].casefold()))
