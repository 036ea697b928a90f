"""Forms of the mailbox: how much of their mail a user shares."""

from app.core.forms import BaseForm, choice
from app.outreach.models_inbox import SharingLevel

_LEVELS = [
    (SharingLevel.METADATA.value, "Only that we wrote: no subject, no words"),
    (SharingLevel.SUBJECT.value, "The subject too"),
    (SharingLevel.FULL.value, "The subject and the words"),
]


class SharingForm(BaseForm):
    """How much is kept of a message."""

    level = choice("What is kept of a message", _LEVELS)

    @property
    def chosen(self) -> SharingLevel:
        """The level that was chosen."""
        return SharingLevel(self.level.data)

    @classmethod
    def of(cls, level: SharingLevel) -> "SharingForm":
        """The form with what holds now."""
        return cls(data={"level": level.value})
