"""The answer to a request in plain words, to be sent to the person (P8: what was kept and why)."""

from datetime import date
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.core.i18n import day_in_full, number, said
from app.privacy.models import PrivacyRequest
from app.privacy.places import PLACES


def parts_of(found: dict[str, Any]) -> tuple[list[tuple[str, int]], list[tuple[str, list[tuple[str, int]]]]]:
    """What was erased, and what was kept by reason, in the reader's language; each as (what, how many)."""
    erased = [(said(PLACES[name].rows), n) for name, n in found.get("erased", {}).items() if name in PLACES]
    kept: dict[str, list[tuple[str, int]]] = {}
    for name, n in found.get("kept", {}).items():
        if name in PLACES and name not in {"person", "privacy_request"}:
            kept.setdefault(said(PLACES[name].why), []).append((said(PLACES[name].rows), n))
    return erased, list(kept.items())


def letter_of(request: PrivacyRequest) -> str:
    """The answer as text in the reader's language; it names nobody, because nobody here knows the name any more."""
    erased, kept = parts_of(request.found)
    lines = [
        _done(request),
        "",
        _("Erased: your name, addresses, telephone, languages, organisations, and everything written about you in words;"),
        _("notes, wishes, consents and anything you declared of yourself, if there was any; the text of messages to you;"),
        _("your personal page, its links and calendar addresses; files that named you."),
        *(f"  - {_counted(*one)}" for one in erased),
    ]  # fmt: skip
    if kept:
        lines += ["", _("Kept, without your name, and why:")]
        for why, rows in kept:
            lines += [f"- {why}", *(f"    {_counted(*one)}" for one in rows)]
    if until := request.found.get("kept_until"):
        lines += ["", _amounts_until(date.fromisoformat(until))]
    lines += [
        "",
        _("Copies in backups disappear as backups are replaced."),
        _("If you think we are wrong, you can complain to a data protection authority."),
        "",
        current_app.config["COMPANY"],
    ]
    return "\n".join(lines)


def _done(request: PrivacyRequest) -> str:
    asked = day_in_full(request.received_on)
    if request.done_at is None:
        return str(_("You asked us on %(asked)s to erase your data. This is done.", asked=asked))
    done = day_in_full(request.done_at.date())
    return str(
        _(
            "You asked us on %(asked)s to erase your data. This is done since %(done)s.",
            asked=asked,
            done=done,
        )
    )


def _amounts_until(day: date) -> str:
    words = _(
        "Amounts are kept under a number until %(day)s. Then what leads from them to the number goes too.",
        day=day_in_full(day),
    )
    return str(words)


def _counted(what: str, n: int) -> str:
    return str(_("%(what)s: %(n)s", what=what, n=number(n)))
