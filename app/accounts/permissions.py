"""Which role may do what: one table, read by screens, lists, exports, feeds and the API alike (R3)."""

from collections.abc import Iterable

from app.accounts.models import Role, TokenScope, User

#: Reading rights of everybody who works in the house; special rights are added per role below.
_READ = {
    "accounts:self", "accounts:factors", "people:read", "programs:read", "outreach:read", "events:read", "travel:read",
    "executives:read", "disclosures:read", "calendars:read", "notices:read", "reports:home", "handovers:read",
    "webhooks:read",
}  # fmt: skip
_VALUE = {
    "ledger:read",
    "periods:read",
    "advisory:read",
    "reports:read",
    "reports:export",
    "amounts:read",
    "notes:read",
}

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.RELATIONS: frozenset(
        _READ | _VALUE
        | {"people:write", "people:merge", "people:lists",
           "programs:write", "programs:declared", "outreach:write", "disclosures:record",
           "advisory:write", "ledger:record", "periods:attest", "periods:resolve", "events:write", "events:door", "imports:run",
           "calendars:share", "portal:invite",
           "executives:request", "executives:wish", "handovers:write", "privacy:read", "privacy:write"}
    ),
    Role.COORDINATOR: frozenset(
        _READ | _VALUE
        | {"people:serve", "events:write", "events:door", "travel:write", "travel:identity", "executives:request",
           "executives:record", "executives:wish", "executives:match", "disclosures:record", "ledger:record",
           "periods:attest", "periods:resolve", "calendars:share", "outreach:write", "portal:invite", "imports:run",
           "handovers:write", "privacy:read", "privacy:write"}
    ),
    Role.COMPLIANCE: frozenset(
        _READ | _VALUE
        | {"programs:declared", "disclosures:write", "disclosures:record", "ledger:reverse", "ledger:rules",
           "ledger:approve", "ledger:verify", "periods:write", "periods:attest", "periods:resolve", "advisory:approve",
           "audit:read", "privacy:read", "privacy:write", "privacy:approve"}
    ),
    # An assistant sees calendars and people, never an amount or a private note.
    Role.ASSISTANT: frozenset(
        {"accounts:self", "accounts:factors", "people:read", "events:read", "executives:read", "executives:write",
         "executives:record",
         "executives:wish", "executives:match", "calendars:read", "notices:read", "reports:home"}
    ),
    # A partner agency sees only the people it represents: `people.queries.visible_to` narrows every read.
    Role.PARTNER: frozenset(
        {"accounts:self", "accounts:factors", "people:read", "events:read", "events:represent", "travel:read", "notices:read",
         "reports:home", "outreach:contact"}
    ),
    Role.AUDITOR: frozenset(_READ | _VALUE | {"ledger:verify", "audit:read", "privacy:read"}),
    # Somebody hired for a day: the doors that are open now, and who comes through them.
    Role.DOOR: frozenset({"accounts:factors", "events:door", "reports:home"}),
    Role.ADMIN: frozenset(
        _READ | {"people:lists", "accounts:manage", "audit:read", "ledger:verify", "settings:write", "notes:read",
                 "handovers:write", "privacy:read", "privacy:write", "privacy:approve", "webhooks:write"}
    ),
}  # fmt: skip

ALL: frozenset[str] = frozenset().union(*PERMISSIONS.values())

#: What changes nothing and hands out no files.
READING: frozenset[str] = frozenset(right for right in ALL if right.endswith(":read")) | {
    "accounts:self",
    "reports:home",
}

#: What a dated delegate may do in somebody's name (R2).
APPROVALS: frozenset[str] = frozenset(right for right in ALL if right.endswith(":approve"))


def rights_of(user: User) -> frozenset[str]:
    """What the user's role carries now; less, while a token of narrower scope acts for the user."""
    own = PERMISSIONS[user.role]
    return own if user.limited_to is None else own & user.limited_to


def rights_of_token(scope: TokenScope, rights: Iterable[str]) -> frozenset[str] | None:
    """The most a token may do, whatever the role of its owner becomes; None: whatever the owner may."""
    limits = {TokenScope.ALL: None, TokenScope.READING: READING, TokenScope.CHOSEN: frozenset(rights)}
    return limits[scope]


def rooms_of(user: User) -> list[str]:
    """The rooms a user has any right in, by name: what a token can be narrowed to."""
    return sorted({right.partition(":")[0] for right in rights_of(user)})


def may(user: User, permission: str) -> bool:
    """Whether the user's role carries a permission; an unknown permission is a bug, not a no."""
    if permission not in ALL:
        raise KeyError(f"no role has the permission {permission!r}")
    return user.is_active and permission in rights_of(user)
