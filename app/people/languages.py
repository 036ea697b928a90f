"""Languages as people name them."""

from functools import cache

from babel import Locale, UnknownLocaleError

from app.core.i18n import locale_tag


def language_words(tag: str) -> str:
    """ "zh-Hans" -> "Chinese (Simplified)" in the reader's language; the tag itself when nobody knows it."""
    try:
        name = Locale.parse(tag, sep="-").get_display_name(Locale.parse(locale_tag(), sep="-"))
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
