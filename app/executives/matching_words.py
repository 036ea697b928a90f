"""Reasons in words: why a wish is not met, and why somebody cannot be put into a window."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from app.executives.matching import Why
from app.executives.matching_board import Hurdle
from app.executives.models_matching import MatchingUnmet


def hurdle_words(hurdle: Hurdle) -> str:
    """The rule that keeps somebody from one window, and what to do."""
    words = _hurdles()[hurdle.why]
    during = f" ({hurdle.stretch.words})" if hurdle.stretch is not None and hurdle.stretch.words else ""
    return f"{words.rstrip('.')}{during}."


def _hurdles() -> Mapping[Why, str]:
    return {
        Why.APART: _("Somebody has written down that these two do not meet."),
        Why.NO_NDA: _("The confidentiality agreement this event asks for is not signed."),
        Why.NO_EMBARGO: _("The embargo undertaking this event asks for is not signed."),
        Why.NOT_THERE: _("The person has not arrived by then, or is on the way home."),
        Why.JET_LAG: _("The person has landed from a long flight shortly before."),
        Why.BUSY: _("The person is busy then, or on the way from there."),
        Why.HOST_BUSY: _("The executive keeps that time free, or is elsewhere."),
        Why.KEPT: _("This window is held for somebody else."),
        Why.MET: _("These two meet already."),
        Why.TAKEN: _("The executive meets somebody else then, or too close to it."),
        Why.DAY_FULL: _("The executive has as many meetings on that day as they take."),
        Why.NO_PAUSE: _("The executive would have too many meetings without a pause."),
        Why.GUEST_FULL: _("The person has as many meetings as this run allows."),
        Why.GUEST_DAY_FULL: _("The person has as many meetings on that day as this run allows."),
        Why.GUEST_ELSEWHERE: _("The person has another meeting then, or too close to it."),
        Why.NO_ROOM: _("The room is taken at that time."),
        Why.NOT_WORTH: _("It could be, but the plan has more points without it."),
        Why.NO_OPENING: _("The executive offers no time that lies ahead."),
    }


def unmet_words(unmet: MatchingUnmet, who: Sequence[str]) -> str:
    """Why a wish is not met: the rule that came nearest, who is met instead, and what the other windows say."""
    why, person, executive = Why(unmet.why), unmet.person.name, unmet.executive.name
    names = ", ".join(who)
    words: dict[Why, str] = {
        Why.APART: _("%(person)s and %(executive)s are kept apart.", person=person, executive=executive),
        Why.NO_NDA: _("%(person)s has not signed the confidentiality agreement.", person=person),
        Why.NO_EMBARGO: _("%(person)s has not signed the embargo undertaking.", person=person),
        Why.NOT_THERE: _("%(executive)s is only free when %(person)s travels.", executive=executive, person=person),
        Why.JET_LAG: _(
            "%(executive)s is only free when %(person)s has just landed from a long flight.", executive=executive, person=person
        ),
        Why.BUSY: _("%(executive)s is only free when %(person)s is busy.", executive=executive, person=person),
        Why.HOST_BUSY: _("%(executive)s keeps every window free of meetings.", executive=executive),
        Why.KEPT: _("Every window of %(executive)s is held for somebody else.", executive=executive),
        Why.TAKEN: _("The windows of %(executive)s went to %(names)s.", executive=executive, names=names),
        Why.DAY_FULL: _("The meetings %(executive)s takes on a day went to %(names)s.", executive=executive, names=names),
        Why.NO_PAUSE: _(
            "%(executive)s needs a pause: the meetings before and after went to %(names)s.", executive=executive, names=names
        ),
        Why.GUEST_FULL: _("%(person)s has as many meetings as this run allows: with %(names)s.", person=person, names=names),
        Why.GUEST_DAY_FULL: _(
            "%(person)s has as many meetings a day as this run allows: with %(names)s.", person=person, names=names
        ),
        Why.GUEST_ELSEWHERE: _("%(person)s meets %(names)s at those times.", person=person, names=names),
        Why.NO_ROOM: _("The rooms of those windows are taken."),
        Why.NOT_WORTH: _("It could be, but the plan has more points without it."),
        Why.NO_OPENING: _("%(executive)s offers no time that lies ahead.", executive=executive),
    }  # fmt: skip
    said = words[why]
    n_why = int(unmet.counts.get(why.value, 0))
    if n_why and n_why < unmet.n_windows:
        rest = unmet.n_windows - n_why
        said += " " + ngettext(
            "%(num)s other window falls to other rules.", "%(num)s other windows fall to other rules.", rest
        )
    return said


def about_people(why: str) -> bool:
    """Whether the names that stand in the way are executives (the person's other meetings), not people."""
    return Why(why) in {Why.GUEST_FULL, Why.GUEST_DAY_FULL, Why.GUEST_ELSEWHERE}
