"""Fields of this room that some roles may not see."""

from flask_babel import lazy_gettext as _l

from app.accounts.guarded import guard

guard(
    "events.answer_reason",
    _l("Words of an answer"),
    _l("people say there why they cannot come"),
    screen="events:read notes:read",
    api="events:read notes:read",
)
guard(
    "events.late_words",
    _l("Words of an answer that waits"),
    _l("the same, of those that came late"),
    screen="events:write notes:read",
)
guard(
    "events.promise_note",
    _l("Words about a promise"),
    _l("it may be a complaint"),
    screen="events:read notes:read",
)
guard(
    "events.guest_words",
    _l("Words of a guest who was sent"),
    _l("whoever decides about them"),
    screen="events:write notes:read",
)
