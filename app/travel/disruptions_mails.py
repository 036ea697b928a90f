"""The words of a changed journey: to the person in their language, to drivers and assistants in that of the house."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.i18n import when
from app.events.disruptions import Area, Effect, Fate, Span
from app.outreach.calendar_parts import CalendarPart, OwnWords
from app.outreach.letters import verify_link
from app.outreach.models import Letter
from app.travel.queries_disruption import ChangedLeg, Ripple
from app.travel.titles import told_title

#: The language of the house.
_HOUSE = "en"


def person_words(
    letter: Letter, ripple: Ripple, done: Sequence[Effect], reason: str, parts: Sequence[CalendarPart]
) -> OwnWords:
    """The letter to the person: what is otherwise now, what was done about it, and what it changes in their calendar."""
    home = ripple.trip.person.zone
    with force_locale(letter.language):
        lines = [_leg_line(one) for one in ripple.changed]
        for one in done:
            line = _line(one, one.name() if one.name is not None else one.title) if one.is_told else ""
            lines += [f"{line}{_more(one, home)}"] if line else []
        greeting = _("Dear %(person)s,", person=letter.person.name)
        intro = _(
            "your journey to %(event)s has changed. This is how it stands now:", event=ripple.trip.event.name
        )
        why = [_("The reason: %(reason)s", reason=reason)] if reason else []
        entries = _("The entries that change in your calendar come with this letter.") if parts else ""
        ask = _("If something does not suit you, answer this mail.")
        foot = _("Is this letter really from us? %(link)s (reference %(reference)s)", link=verify_link(letter.reference),
                 reference=letter.reference)  # fmt: skip
        signed = f"{letter.user.name}\n{letter.department.name}, {letter.fields['company']}"
        text = "\n\n".join(
            [
                greeting,
                intro,
                "\n".join(f"- {line}" for line in lines),
                *why,
                f"{entries} {ask}".strip(),
                signed,
                foot,
            ]
        )
        subject = _("Your journey to %(event)s has changed", event=ripple.trip.event.name)
        return OwnWords(str(subject), text, parts)


def helper_words(name: str, ripple: Ripple, done: Sequence[Effect], writer: str) -> tuple[str, str]:
    """Subject and words to a driver or an assistant: only what is theirs."""
    with force_locale(_HOUSE):
        person, event = ripple.trip.person.name, ripple.trip.event.name
        lines = "\n".join(f"- {_line(one, one.title)}" for one in done)
        subject = _("%(person)s, %(event)s: another time", person=person, event=event)
        greeting = _("Dear %(person)s,", person=name)
        intro = _(
            "%(person)s comes to %(event)s at another time, so this changes:", person=person, event=event
        )
        return subject, "\n\n".join([greeting, intro, lines, writer])


def _leg_line(one: ChangedLeg) -> str:
    leg, change, said = one.leg, one.change, {"what": told_title(one.leg)}
    if change.departs_at is None or change.arrives_at is None:
        return str(_("%(what)s does not take place.", **said))
    said |= {
        "leaves": _at(change.departs_at, leg.departs_zone),
        "arrives": _at(change.arrives_at, leg.arrives_zone),
    }
    return str(_("%(what)s: leaves %(leaves)s, arrives %(arrives)s", **said))


def _more(effect: Effect, home: str) -> str:
    """Of a meeting that moved also where it is, and when that is on the person's own clock."""
    now = effect.becomes
    if effect.area is not Area.MEETING or effect.fate is not Fate.MOVED or now is None:
        return ""
    said = [f"{_('On your clock:')} {_at(now.starts_at, home)}"] if home != now.zone else []
    said += [f"{_('Where:')} {effect.place}"] if effect.place else []
    return "".join(f"\n  {one}" for one in said)


def _line(effect: Effect, what: str) -> str:
    """What became of one thing, in a sentence; empty where there is nothing to say."""
    said = {"what": what, "was": _span(effect.was), "when": _span(effect.becomes)}
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
