"""What the operations about webhooks take: frozen and checked."""

from typing import Annotated

from flask_babel import gettext as _
from pydantic import AwareDatetime, Field, field_validator, model_validator

from app.core.checked import Checked
from app.core.fetching import checked_receiver
from app.people.details import NeededLine
from app.webhooks.catalogue import KINDS

KindName = Annotated[str, Field(max_length=40)]


class WebhookDetails(Checked):
    """A program elsewhere and what it is told; an empty address keeps the one it has."""

    name: NeededLine
    address: str = ""
    kinds: Annotated[tuple[KindName, ...], Field(min_length=1, max_length=len(KINDS))]

    @field_validator("address")
    @classmethod
    def _can_be_called(cls, text: str) -> str:
        return checked_receiver(text) if text.strip() else ""

    @field_validator("kinds")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in KINDS if name in names) + tuple(sorted(set(names) - set(KINDS)))


class SpanDetails(Checked):
    """Which events are sent again: what happened in a span of time, all of it or only what was not taken."""

    from_at: AwareDatetime
    to_at: AwareDatetime
    is_all: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> "SpanDetails":
        if self.to_at <= self.from_at:
            raise ValueError(_("The end comes after the beginning."))
        return self
