"""Panels of an event's page that rooms above fill: coverage, money, meetings. They are offered, never imported."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from app.accounts.models import User
from app.core.money import Money
from app.events.models import Event


class PanelFigure(Struct, frozen=True):
    """One figure of a panel; `tone` is warn where it asks for something to be done."""

    label: str
    value: int | Money
    note: str = ""
    tone: str = ""
    kind: str = ""


class Panel(Struct, frozen=True):
    """A few figures of one room about an event, with the page they open."""

    title: str
    figures: Sequence[PanelFigure]
    endpoint: str = ""


Maker = Callable[[Event, User], Sequence[Panel]]

_MAKERS: dict[str, Maker] = {}


def offer(room: str, maker: Maker) -> None:
    """A room offers what it knows of an event; nothing where the reader may not see it."""
    _MAKERS[room] = maker


def panels_of(event: Event, by: User) -> list[Panel]:
    """All panels, by room."""
    return [panel for room in sorted(_MAKERS) for panel in _MAKERS[room](event, by)]
