"""The answer to a request in plain words, to be sent to the person (P8: what was kept and why)."""

from datetime import date
from typing import Any

from flask import current_app

from app.privacy.models import PrivacyRequest
from app.privacy.places import PLACES


def parts_of(found: dict[str, Any]) -> tuple[list[tuple[str, int]], list[tuple[str, list[tuple[str, int]]]]]:
    """What was erased, and what was kept by reason; each as (what, how many)."""
    erased = [(PLACES[name].rows, n) for name, n in found.get("erased", {}).items() if name in PLACES]
    kept: dict[str, list[tuple[str, int]]] = {}
    for name, n in found.get("kept", {}).items():
        if name in PLACES and name not in {"person", "privacy_request"}:
            kept.setdefault(PLACES[name].why, []).append((PLACES[name].rows, n))
    return erased, list(kept.items())


def letter_of(request: PrivacyRequest) -> str:
    """The answer as text; it names nobody, because nobody here knows the name any more."""
    erased, kept = parts_of(request.found)
    company, until = current_app.config["COMPANY"], request.found.get("kept_until")
    lines = [
        f"You asked us on {request.received_on:%-d %B %Y} to erase your data. This is done"
        + (f" since {request.done_at:%-d %B %Y}." if request.done_at else "."),
        "",
        "Erased: your name, addresses, telephone, languages, organisations, and everything written about you in words;",
        "notes, wishes, consents and anything you declared of yourself, if there was any; the text of messages to you;",
        "your personal page, its links and calendar addresses; files that named you.",
    ]
    lines += [f"  - {what}: {n}" for what, n in erased]
    if kept:
        lines += ["", "Kept, without your name, and why:"]
        for why, rows in kept:
            lines += [f"- {why}", *(f"    {what}: {n}" for what, n in rows)]
    if until:
        day = date.fromisoformat(until)
        lines += [
            "",
            f"Amounts are kept under a number until {day:%-d %B %Y}. Then what leads from them to the number goes too.",
        ]
    lines += [
        "",
        "Copies in backups disappear as backups are replaced.",
        "If you think we are wrong, you can complain to a data protection authority.",
        "",
        company,
    ]
    return "\n".join(lines)
