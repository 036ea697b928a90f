"""Languages as people name them."""

from babel import Locale, UnknownLocaleError

from app.core.i18n import locale_tag


def language_words(tag: str) -> str:
    """ "zh-Hans" -> "Chinese (Simplified)" in the reader's language; the tag itself when nobody knows it."""
    try:
        name = Locale.parse(tag, sep="-").get_display_name(Locale.parse(locale_tag(), sep="-"))
    except (UnknownLocaleError, ValueError):
        return tag
    return name or tag
