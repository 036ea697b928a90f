"""Forms of calendars."""

from collections.abc import Sequence

from wtforms import BooleanField, SelectChoice

from app.calendars.models import FeedKind
from app.core.forms import BaseForm, choice


class SubscribeForm(BaseForm):
    """Which calendar to subscribe to: `kind` or `kind:id`."""

    target = choice("Calendar", [])
    has_cancelled = BooleanField("Keep what is cancelled in it, marked as such", default=True)

    def offer(self, choices: Sequence[tuple[str, str]]) -> "SubscribeForm":
        """Fill the list of calendars."""
        self.target.choices = [SelectChoice(value, words) for value, words in choices]
        return self

    def chosen(self) -> tuple[FeedKind, int | None]:
        """The kind and the target after validation."""
        kind, _colon, id = self.target.data.partition(":")
        return FeedKind(kind), int(id) if id else None


class CancelledForm(BaseForm):
    """Whether what is cancelled stays in a feed."""

    has_cancelled = BooleanField("Keep what is cancelled in it, marked as such")


class InviteeForm(BaseForm):
    """Whose answer it is: the number of an invitation."""

    invitation = choice("Person", [])

    def offer(self, choices: Sequence[tuple[str, str]]) -> "InviteeForm":
        """Fill the list of people."""
        self.invitation.choices = [SelectChoice(value, words) for value, words in choices]
        return self


class EmptyForm(BaseForm):
    """A button that does something: only the token and the one-time key."""
