"""Forms of calendars."""

from collections.abc import Sequence

from wtforms import SelectChoice

from app.calendars.models import FeedKind
from app.core.forms import BaseForm, choice


class SubscribeForm(BaseForm):
    """Which calendar to subscribe to: `kind` or `kind:id`."""

    target = choice("Calendar", [])

    def offer(self, choices: Sequence[tuple[str, str]]) -> "SubscribeForm":
        """Fill the list of calendars."""
        self.target.choices = [SelectChoice(value, words) for value, words in choices]
        return self

    def chosen(self) -> tuple[FeedKind, int | None]:
        """The kind and the target after validation."""
        kind, _colon, id = self.target.data.partition(":")
        return FeedKind(kind), int(id) if id else None


class EmptyForm(BaseForm):
    """A button that does something: only the token and the one-time key."""
