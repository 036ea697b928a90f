"""What the address of the ledger's list narrows it to, and the chips that say so."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core.i18n import day, words
from app.ledger import queries
from app.ledger.looks import HOUSE
from app.ledger.models import Category, Form, Leg, ReportLine, Unit
from app.ledger.queries import Look, Near, Scope


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
    "look": Look, "near": Near.read, "provider": _text, "is_erased": _truth,
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


_LABELS = {
    "program_id": _l("Program"),
    "event_id": _l("Event"),
    "person_id": _l("Person"),
    "subject_id": _l("Subject"),
    "native_nature": _l("Nature"),
    "native_form": _l("Form in the other books"),
    "is_declined": _l("Declined"),
    "from_on": _l("From"),
    "to_on": _l("Until"),
    "as_of": _l("As of"),
    "look": _l("To look at"),
    "near": _l("Fees and value"),
    "provider": _l("Given by"),
    "is_erased": _l("Erased people"),
}


_LOOKS = {
    Look.DUPLICATES: _l("possible duplicates"), Look.ZERO: _l("zero amounts"), Look.REVERSALS: _l("what took others back"),
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


def _near_words(near: Near) -> str:
    what = _("any non-cash value") if near.is_any else _("travel, lodging, gifts or entertainment")
    days = ngettext("%(num)s day", "%(num)s days", near.n_days)
    return str(
        _("%(what)s within %(days)s before a fee", what=what, days=days)
        if near.is_value
        else _("fees within %(days)s after %(what)s", days=days, what=what)
    )


def _value(name: str, value: Any) -> str:
    if name == "person_id":
        return queries.names_of_people([value]).get(value, str(value))
    if name == "program_id":
        return next((program.name for program in queries.list_programs() if program.id == value), str(value))
    if name in {"is_declined", "is_erased"}:
        return str(_("yes") if value else _("no"))
    if isinstance(value, Look):
        return str(_LOOKS[value])
    if isinstance(value, Near):
        return _near_words(value)
    if name == "provider":
        return str(current_app.config["COMPANY"] if value == HOUSE else _("payer %(payer)s", payer=value))
    if isinstance(value, datetime):
        return f"{day(value)}, {value:%H:%M} UTC"
    return (
        str(value) if name in {"native_nature", "native_form"} or not isinstance(value, str) else words(value)
    )
