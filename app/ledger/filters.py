"""What the address of the ledger's list narrows it to, and the chips that say so."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from flask import url_for

from app.core.i18n import words
from app.ledger import queries
from app.ledger.models import Category, Form, Leg, ReportLine, Unit
from app.ledger.queries import Look, Scope


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise ValueError(text)
    return int(text)


def _text(text: str) -> str:
    return text[:200]


def _truth(text: str) -> bool:
    return {"True": True, "yes": True, "False": False, "no": False}[text]


def _instant(text: str) -> datetime:
    """An ISO instant; one without a zone is meant in UTC. A plus sign in an address may have become a blank."""
    found = datetime.fromisoformat(text.replace(" ", "+"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_READ: dict[str, Callable[[str], Any]] = {
    "program_id": _number, "event_id": _number, "person_id": _number, "subject_id": _number, "year": _number,
    "category": Category, "line": ReportLine, "leg": Leg, "unit": Unit, "form": Form, "native_nature": _text,
    "native_form": _text, "is_declined": _truth, "from_on": date.fromisoformat, "to_on": date.fromisoformat, "as_of": _instant,
    "look": Look,
}  # fmt: skip


def scope_asked(args: Mapping[str, str]) -> Scope:
    """The scope in an address; what cannot be read narrows nothing."""
    asked = {}
    for name, read in _READ.items():
        if text := args.get(name, ""):
            try:
                asked[name] = read(text)
            except (ValueError, KeyError, OverflowError):
                continue
    return Scope(**asked)


def page_asked(args: Mapping[str, str]) -> int:
    """The page in an address, from 1."""
    text = args.get("page", "")
    return int(text) if text.isdecimal() and len(text) < 7 else 1


_LABELS = {
    "program_id": "Program", "event_id": "Event", "person_id": "Person", "subject_id": "Subject", "native_nature": "Nature",
    "native_form": "Form in the other books", "is_declined": "Declined", "from_on": "From", "to_on": "Until", "as_of": "As of",
    "look": "To look at",
}  # fmt: skip


def chips_of(scope: Scope, args: Mapping[str, str]) -> list[dict[str, str]]:
    """One chip for each part that narrows, with the address without it."""
    active = scope.active()
    kept = {name: value for name, value in args.items() if name in active or name in {"by", "order"}}
    return [
        {
            "label": _LABELS.get(name, words(name)),
            "value": _value(name, value),
            "url": _without(name, kept),
        }
        for name, value in active.items()
    ]


def _without(name: str, kept: Mapping[str, str]) -> str:
    rest: dict[str, Any] = {key: text for key, text in kept.items() if key != name}
    return url_for("ledger.index", **rest)


def _value(name: str, value: Any) -> str:
    if name == "person_id":
        return queries.names_of_people([value]).get(value, str(value))
    if name == "program_id":
        return next((program.name for program in queries.list_programs() if program.id == value), str(value))
    if name == "is_declined":
        return "yes" if value else "no"
    if isinstance(value, Look):
        return {Look.DUPLICATES: "possible duplicates", Look.ZERO: "zero amounts"}[value]
    if isinstance(value, datetime):
        return f"{value:%d %b %Y, %H:%M} UTC"
    return (
        str(value) if name in {"native_nature", "native_form"} or not isinstance(value, str) else words(value)
    )
