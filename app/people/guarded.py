"""Fields of this room that some roles may not see."""

from flask_babel import lazy_gettext as _l

from app.accounts.guarded import guard

guard(
    "people.contact",
    _l("Telephone"),
    _l("who works with a person; an agency sees that of people it represents, the door nobody's"),
    screen="people:read",
    api="people:read",
)
guard(
    "people.notes",
    _l("Notes on the record"),
    _l("assistants and agencies never see notes"),
    screen="people:read notes:read",
    api="people:read notes:read",
)
guard(
    "people.shared_note",
    _l("Notes that are shared"),
    _l("assistants and agencies never see notes; private ones only whoever holds them"),
    screen="notes:read",
)
guard(
    "people.official_reason",
    _l("How an official status is known"),
    _l("compliance decides by it; it stands in the history alone"),
    screen="notes:read ledger:approve",
)
guard(
    "people.may_accept",
    _l("What they may accept, and who said so"),
    _l("it is about value"),
    screen="people:read amounts:read",
)
guard(
    "people.hospitality",
    _l("Hospitality: diet, access needs, quiet days"),
    _l("said to those who serve, with consent; every look is written down"),
    screen="people:serve",
)
