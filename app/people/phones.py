"""Telephone numbers: read as people write them, kept in E.164."""

import phonenumbers
from flask_babel import lazy_gettext as _l

_NO_CODE = _l("Write the number with its country code, for example +44 20 7946 0958.")
_WRONG_LENGTH = _l("This number has too few or too many digits. Check it, and begin with the country code.")
_LENGTH_ERRORS = frozenset(
    {
        phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD,
        phonenumbers.NumberParseException.TOO_SHORT_NSN,
        phonenumbers.NumberParseException.TOO_LONG,
    }
)


def phone_of(text: str, country: str | None) -> str:
    """ "020 7946 0958" in GB -> "+442079460958"; ValueError says what to write instead."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise ValueError(_WRONG_LENGTH if error.error_type in _LENGTH_ERRORS else _NO_CODE) from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError(_WRONG_LENGTH)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def phone_words(number: str) -> str:
    """ "+442079460958" -> "+44 20 7946 0958", for reading."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
