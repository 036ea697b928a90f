"""Who is told what about requests and meetings; never an amount, never a private note."""

from flask_babel import lazy_gettext as _l

from app.accounts.models import Role, User
from app.core.i18n import later
from app.core.spoken import within
from app.executives import policies, queries
from app.executives.models import AccessRequest, Executive, Meeting
from app.executives.models_access import SlotHold
from app.notices import operations as notices
from app.notices.models import Urgency


def tell_assistant(request: AccessRequest) -> None:
    """Somebody asks for time: the assistant of the executive, or all assistants, see it."""
    executive = request.slot.executive
    message = _l(
        "%(asked_by)s asks for %(request)s with %(executive)s for %(person)s.",
        asked_by=request.asked_by.name,
        request=later(_when, request),
        executive=executive.name,
        person=request.person.name,
    )
    keeper = queries.keeper_of(executive)
    if keeper is not None:
        notices.notify(message, user=keeper, source=("executives", executive.id))
    else:
        notices.notify(message, role=Role.ASSISTANT, source=("executives", executive.id))


def tell_asker(request: AccessRequest) -> None:
    """The one who asked hears how it was decided, and what else there is."""
    executive = request.slot.executive
    message = _l(
        "%(person)s and %(executive)s, %(request)s: %(state)s.%(answer)s",
        person=request.person.name,
        executive=executive.name,
        request=later(_when, request),
        state=later(within, request.state),
        answer=f" {request.answer}" if request.answer else "",
    )
    notices.notify(message, user=request.asked_by, urgency=Urgency.SOON, source=("people", request.person_id))


def tell_of_hold(hold: SlotHold, what: str) -> None:
    """A slot is held, or not held any more: whoever asked for it and all who wait for it hear of it (X1)."""
    slot = hold.slot
    when, until = later(policies.span_words, policies.span_of(slot), slot.zone), later(_until, hold)
    said = {
        "held": _l(
            "%(when)s with %(executive)s is held for %(person)s until %(until)s.",
            when=when,
            executive=slot.executive.name,
            person=hold.person.name,
            until=until,
        ),
        "expired": _l(
            "%(when)s with %(executive)s is free again: the time it was held for %(person)s is over.",
            when=when,
            executive=slot.executive.name,
            person=hold.person.name,
        ),
        "released": _l(
            "%(when)s with %(executive)s is free again: it is not held for %(person)s any more.",
            when=when,
            executive=slot.executive.name,
            person=hold.person.name,
        ),
    }[what]
    waiting = queries.waiting_at(slot)
    askers = {row.asked_by_id: row for row in (*([hold.request] if hold.request else []), *waiting)}
    for row in askers.values():
        mine = [
            one.person.name
            for one in waiting
            if one.asked_by_id == row.asked_by_id and one.person_id != hold.person_id
        ]
        more = _l("%(said)s You wait for it with %(mine)s.", said=said, mine=", ".join(mine))
        notices.notify(
            more if mine and what != "held" else said,
            user=row.asked_by,
            urgency=Urgency.SOON,
            source=("executives", slot.executive_id),
        )
    if what != "held":
        keeper = queries.keeper_of(slot.executive)
        if keeper is not None:
            notices.notify(said, user=keeper, source=("executives", slot.executive_id))
        else:
            notices.notify(said, role=Role.ASSISTANT, source=("executives", slot.executive_id))


def _until(hold: SlotHold) -> str:
    end = policies.Span(hold.expires_at, hold.expires_at)
    return policies.span_words(end, hold.slot.zone).partition("–")[0]


def tell_of_meeting(meeting: Meeting, what: str, *, by: User | None) -> None:
    """Whoever asked for a meeting hears that it was moved or cancelled, unless they did it themselves."""
    asker = queries.asker_of(meeting)
    if asker is None or (by is not None and asker.id == by.id):
        return
    notices.notify(
        _l("%(person)s and %(executive)s: %(what)s", person=meeting.person.name, executive=meeting.executive.name, what=what),
        user=asker, urgency=Urgency.NOW,
        source=("people", meeting.person_id),
    )  # fmt: skip


def tidy_inbox(executive: Executive, *, by: User | None) -> None:
    """When nothing waits for a decision any more, the notices about it go."""
    if by is not None and not queries.list_requests(None, executive=executive):
        notices.finish_about(("executives", executive.id), by=by)


def _when(request: AccessRequest) -> str:
    return policies.span_words(policies.span_of(request.slot), request.slot.zone)
