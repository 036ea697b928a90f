"""Errors a person may see: what happened, why, and what to do."""

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A rule says no. `field` names the form field the message belongs to, if any."""

    status = 422
    #: Seconds after which trying again makes sense, where it is known.
    retry_after: int | None = None
    #: What kind of refusal it is for programs, where the status alone does not say it (`core/problems.py`).
    problem = ""
    #: What a program is told beside the message.
    more: Mapping[str, Any] = {}

    def __init__(self, message: str, *, field: str | None = None) -> None:
        self.message = str(message)  # it may wait for the reader's language (`lazy_gettext`)
        super().__init__(self.message)
        self.field = field


class NotFound(DomainError):
    """The thing does not exist, or may not be seen by the one who asks: both look the same."""

    status = 404


class NotAllowed(DomainError):
    """The one who asks may see it, but may not do it."""

    status = 403


class Conflict(DomainError):
    """Somebody else changed the same thing in between."""

    status = 409


class Overtaken(Conflict):
    """Somebody else saved `row` while a form was filled in; `BaseForm.attempt()` shows both versions."""

    def __init__(self, message: str, row: Any) -> None:
        super().__init__(message)
        self.row = row


class Outrun(Conflict):
    """Somebody else saved the same row between reading and writing it, in the same moment."""


class Unavailable(DomainError):
    """A part of the machine (mail, PDF, disk) does not answer; nothing was changed."""

    status = 503
