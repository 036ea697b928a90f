"""The words of a changed journey: to the person in their language, to drivers and assistants in that of the house."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.i18n import when
from app.events.disruptions import Effect, Fate, Span
from app.outreach.letters import verify_link
from app.outreach.models import Letter
from app.travel.queries_disruption import ChangedLeg, Ripple

#: The language of the house.
_HOUSE = "en"


def person_words(letter: Letter, ripple: Ripple, done: Sequence[Effect], reason: str) -> tuple[str, str]:
    """Subject and words of the letter to the person: what is otherwise now, and what was done about it."""
    with force_locale(letter.language):
        lines = [_leg_line(one) for one in ripple.changed]
        lines += [line for one in done if one.is_told and (line := _line(one))]
        greeting = _("Dear %(person)s,", person=letter.person.name)
        intro = _(
            "your journey to %(event)s has changed. This is how it stands now:", event=ripple.trip.event.name
        )
        why = [_("The reason: %(reason)s", reason=reason)] if reason else []
        ask = _("Your calendar shows the new times. If something does not suit you, answer this mail.")
        foot = _("Is this letter really from us? %(link)s (reference %(reference)s)", link=verify_link(letter.reference),
                 reference=letter.reference)  # fmt: skip
        signed = f"{letter.user.name}\n{letter.department.name}, {letter.fields['company']}"
        text = "\n\n".join(
            [greeting, intro, "\n".join(f"- {line}" for line in lines), *why, ask, signed, foot]
        )
        return _("Your journey to %(event)s has changed", event=ripple.trip.event.name), text


def helper_words(name: str, ripple: Ripple, done: Sequence[Effect], writer: str) -> tuple[str, str]:
    """Subject and words to a driver or an assistant: only what is theirs."""
    with force_locale(_HOUSE):
        person, event = ripple.trip.person.name, ripple.trip.event.name
        lines = "\n".join(f"- {_line(one)}" for one in done)
        subject = _("%(person)s, %(event)s: another time", person=person, event=event)
        greeting = _("Dear %(person)s,", person=name)
        intro = _(
            "%(person)s comes to %(event)s at another time, so this changes:", person=person, event=event
        )
        return subject, "\n\n".join([greeting, intro, lines, writer])


def _leg_line(one: ChangedLeg) -> str:
    leg, change, said = one.leg, one.change, {"what": one.title}
    if change.departs_at is None or change.arrives_at is None:
        return str(_("%(what)s does not take place.", **said))
    said |= {
        "leaves": _at(change.departs_at, leg.departs_zone),
        "arrives": _at(change.arrives_at, leg.arrives_zone),
    }
    return str(_("%(what)s: leaves %(leaves)s, arrives %(arrives)s", **said))


def _line(effect: Effect) -> str:
    """What became of one thing, in a sentence; empty where there is nothing to say."""
    said = {"what": effect.title, "was": _span(effect.was), "when": _span(effect.becomes)}
    if effect.fate is Fate.MOVED:
        return str(_("%(what)s: now %(when)s (before: %(was)s)", **said)) if effect.becomes else ""
    if effect.fate is Fate.CANCELLED and effect.was is None:
        return str(_("%(what)s is cancelled", **said))
    if effect.fate is Fate.LATE and effect.was is None:
        return str(_("%(what)s: they expect you late and keep your room", **said))
    words = {
        Fate.CANCELLED: _("%(what)s is cancelled (before: %(was)s)", **said),
        Fate.LATE: _("%(what)s, %(was)s: it has begun by then; come when you can", **said),
        Fate.MISSED: _("%(what)s, %(was)s: it goes on without you", **said),
    }
    return str(words.get(effect.fate, ""))


def _at(instant: datetime, zone: str) -> str:
    return str(when(instant, zone))


def _span(span: Span | None) -> str:
    return _at(span.starts_at, span.zone) if span else ""
