"""What a verification found, in the reader's language; it is kept in English, because programs read it too."""

from flask_babel import gettext as _

from app.core.i18n import marked, number

_WHOLE = (
    marked("All %(n)s entries are whole and in order."),
    marked("All %(n)s entries follow one another."),
)


def in_words(message: str, size: int) -> str:
    """The good news in the language of the reader; a fault stays as it was found."""
    for sentence in _WHOLE:
        if message == sentence % {"n": f"{size:,}"}:
            return str(_(sentence, n=number(size)))
    return message
