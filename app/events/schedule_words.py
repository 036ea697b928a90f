"""Changes of a session in words, for the pages of dry runs, receipts and sessions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.i18n import when

_LABELS = {
    "title": "Title", "description": "Description", "place": "Room", "starts_at": "Begin", "ends_at": "End", "time": "Time",
    "is_cancelled": _l("Cancelled"),
}  # fmt: skip
#: So much of a description says which one it is.
_SHORT = 160


def shown(_field: str, value: Any, zone: str) -> str:
    """One value on the clocks of the event's zone; instants may come as text from JSON."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _field in {"starts_at", "ends_at"} and value:
        return when(datetime.fromisoformat(value) if isinstance(value, str) else value, zone, with_zone=False)
    text = str(value or "–")
    return text if len(text) <= _SHORT else text[:_SHORT].rstrip() + "…"


def told(unit: str, values: Sequence[Any], zone: str) -> str:
    """What belongs together: begin and end as one span."""
    if unit == "time":
        begins, ends = (shown("starts_at", value, zone) for value in values)
        return f"{begins} – {ends.rsplit(', ', 1)[-1]}"
    return shown(unit, values[0], zone)


#: What the templates call.
FOR_PAGES: dict[str, Any] = {"labels": _LABELS, "shown": shown, "told": told}
