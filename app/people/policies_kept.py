"""Decisions about what is kept beside a record: who may open a file, what a hospitality profile needs."""

from datetime import date, timedelta

from flask_babel import gettext as _

from app.accounts.models import User
from app.core.errors import DomainError
from app.people.models_kept import FileAudience, FileCategory, PersonFile

#: A file kept with a person is at most this large.
MOST_BYTES = 10 * 1024 * 1024
#: A hospitality profile is purged after the event it was given for; nobody keeps one longer than this.
MOST_DAYS = 366


class FileIsHere(DomainError):
    """The same content is kept with this person already."""


class NotForYou(DomainError):
    """A file only for the owner and the deputy, handed over by somebody else."""


class FileIsGone(DomainError):
    """Changing a file that was taken away."""


class NothingToKeep(DomainError):
    """A hospitality profile that says nothing."""


class NoConsentYet(DomainError):
    """Consent that has not been given."""


class KeptTooLong(DomainError):
    """A purge that is past, or too far away."""


def may_open(
    row: PersonFile, by: User | None, holder_ids: frozenset[int], *, has_photo_consent: bool
) -> bool:
    """Whether `by`, who sees the person, may see this file; None is the system.

    A picture leaves the hands of the owner and the deputy only with the person's consent (P4).
    """
    is_open = row.audience is FileAudience.EVERYBODY
    if row.category is FileCategory.PORTRAIT:
        is_open = is_open and has_photo_consent
    return by is None or is_open or by.id in holder_ids


def require_holder(audience: FileAudience, by: User | None, holder_ids: frozenset[int]) -> None:
    """Raise NotForYou when somebody would hide a file from themselves."""
    if audience is FileAudience.HOLDERS and by is not None and by.id not in holder_ids:
        raise NotForYou(
            _("Only the owner or the deputy can keep a file for the two of them. Hand it to them instead."),
            field="audience",
        )


def require_purge(purge_on: date, consented_on: date, today: date) -> None:
    """Raise unless the consent has been given and the profile goes within a year from now."""
    if consented_on > today:
        raise NoConsentYet(
            _("Consent is something they have given. Give a date up to today."), field="consented_on"
        )
    if purge_on <= today:
        raise KeptTooLong(
            _("This day is over. Give the day after the last one it is needed."), field="purge_on"
        )
    if purge_on > today + timedelta(days=MOST_DAYS):
        raise KeptTooLong(
            _("This is kept for one event, not for good. Give a day within a year."), field="purge_on"
        )


def require_something(*texts: str) -> None:
    """Raise NothingToKeep when there is nothing to know."""
    if not any(texts):
        raise NothingToKeep(_("Write down what those who serve need to know, or keep nothing."), field="diet")
