"""Decisions about identity papers and letters of invitation: how long they are kept, when a letter may be written (T4)."""

from collections.abc import Mapping
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from app.core.i18n import day
from app.travel.models_sensitive import IdentityPurpose, TravelIdentity

#: Papers are kept for one journey; nobody keeps them longer than this.
MOST_DAYS = 366
#: Nobody older travels, and a slip of the century is told.
_MOST_YEARS = 120

PURPOSE_WORDS = {
    IdentityPurpose.VISA_LETTER: _l("A letter for a visa"), IdentityPurpose.TICKET: _l("A ticket that asks for it"),
    IdentityPurpose.SITE_ACCESS: _l("Access to a site that checks papers"),
}  # fmt: skip

#: What a letter cannot do without; the address is in it if it is known.
LETTER_NEEDS: Mapping[str, str] = {
    "name_in_passport": _l("the name as in the passport"),
    "born_on": _l("the date of birth"),
    "nationality": _l("the nationality"),
    "passport_number": _l("the passport number"),
}


class IdentityRefused(DomainError):
    """Papers that cannot be kept as they were typed."""


class LetterRefused(DomainError):
    """A letter that cannot be written, or changed, now."""


def masked(text: str) -> str:
    """ "X1234821" as "•••4821"; of something short nothing is shown."""
    return f"•••{text[-4:]}" if len(text) >= 8 else "•••" if text else ""


def require_end(on: date, today: date) -> None:
    """Raise unless the last day it is needed lies between today and a year from now."""
    if on < today:
        raise IdentityRefused(_("This day is over. Give the last day it is needed."), field="delete_after_on")
    if on > today + timedelta(days=MOST_DAYS):
        raise IdentityRefused(
            _("This is kept for one journey, not for good. Give a day within a year."),
            field="delete_after_on",
        )


def require_sane(born_on: date | None, expires_on: date | None, today: date) -> None:
    """Raise for a date of birth nobody alive has, and for a passport that expired."""
    if born_on is not None and not today - timedelta(days=366 * _MOST_YEARS) < born_on < today:
        raise IdentityRefused(
            _("Nobody who travels was born on this day. Look at the year."), field="born_on"
        )
    if expires_on is not None and expires_on < today:
        raise IdentityRefused(
            _("This passport expired on %(expires_on)s. Ask for the new one.", expires_on=day(expires_on)),
            field="expires_on",
        )


def require_something(row: TravelIdentity) -> None:
    """Raise when nothing of the papers is kept: then there is nothing to delete after a day either."""
    kept = (
        row.name_in_passport, row.passport_number, row.issuing_country, row.nationality, row.address, row.other_numbers,
        row.expires_on, row.born_on,
    )  # fmt: skip
    if not any(kept):
        raise IdentityRefused(_("Write down what the papers say, or keep nothing."), field="passport_number")


def require_letter(name: str, row: TravelIdentity | None, ends_on: date) -> TravelIdentity:
    """The papers a letter is made from; LetterRefused when they are missing, for another purpose, or too short."""
    if row is None:
        raise LetterRefused(
            _(
                "No identity papers of %(name)s are kept. Write down what the consulate wants first.",
                name=name,
            )
        )
    if row.purpose is not IdentityPurpose.VISA_LETTER:
        raise LetterRefused(
            _(
                "What is kept of %(name)s was given for something else: %(purpose_words)s. Ask whether a "
                "letter may be made from it, and change the purpose.",
                name=name,
                purpose_words=PURPOSE_WORDS[row.purpose].lower(),
            )
        )
    missing = [words for field, words in LETTER_NEEDS.items() if not getattr(row, field)]
    if missing:
        raise LetterRefused(_("A consulate wants more: %(missing)s.", missing=", ".join(map(str, missing))))
    if row.expires_on is not None and row.expires_on < ends_on:
        raise LetterRefused(
            _(
                "The passport expires on %(expires_on)s, before the journey ends on %(ends_on)s. Ask for "
                "the new one first.",
                expires_on=day(row.expires_on),
                ends_on=day(ends_on),
            )
        )
    return row
