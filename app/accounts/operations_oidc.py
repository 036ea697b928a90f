"""Writes about people a provider sends: knowing them again, taking them in, what their groups make of them."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import ValidationError

from app.accounts import (
    audit,
    duties,
    operations,
    policies,
    policies_oidc,
    queries,
    queries_factors,
    queries_oidc,
    telling,
)
from app.accounts.details import UserDetails
from app.accounts.details_sign_in import GroupDetails
from app.accounts.models import User
from app.accounts.models_oidc import GroupMapping, UserIdentity
from app.accounts.oidc import Proved
from app.accounts.operations import SignedIn
from app.accounts.policies_oidc import NotLetIn
from app.core import clock
from app.core.db import db, keep_transaction


def enter(proved: Proved, address: str, agent: str) -> SignedIn:
    """Open a session for somebody the provider sent, known, recognised or new, with the role of their groups. NotLetIn."""
    known = queries_oidc.find_identity(proved.issuer, proved.subject)
    lines = queries_oidc.list_mappings()
    line = policies_oidc.mapped(proved.groups, lines)
    identity = known or _recognise(proved) or _take_in(proved, line)
    user = identity.user
    if not user.is_active:
        raise _refused(user, _("Your login here was closed. Ask an administrator."), address)
    if lines and line is None:
        _tell_of_lost(user, _l("none of their groups means anything here any more"))
        raise _refused(
            user,
            _("None of your groups may use Rapport any more. The administrators have been told."),
            address,
        )
    if line is not None:
        _follow_group(user, line, address)
    identity.used_at = clock.now()
    said = f"acr {proved.acr or 'none'}, amr {' '.join(proved.amr) or 'none'}"
    audit.record_event("accounts.provider_proved", kind="user", ref=str(user.id), by=user, reason=said[:400])
    strong = policies_oidc.is_multi_factor(proved.acr, proved.amr)
    return operations.let_in(user, address, agent, how="provider", is_whole=strong)


def _recognise(proved: Proved) -> UserIdentity | None:
    """The user with the address the provider has verified, if the rules allow it and nobody else is connected to them."""
    if not (queries_factors.rules().matches_email and proved.is_verified and proved.email):
        return None
    user = queries.find_user(proved.email)
    if user is None or any(one.issuer == proved.issuer for one in queries_oidc.list_identities(user)):
        return None
    return _connect(user, proved, is_provisioned=False)


def _take_in(proved: Proved, line: GroupMapping | None) -> UserIdentity:
    """A new login for somebody one of whose groups has a line. NotLetIn."""
    if line is None:
        raise _refused(
            None, _("You have no login here, and none of your groups gets one. Ask an administrator."), ""
        )
    if not (proved.email and proved.is_verified):
        raise _refused(
            None, _("Your company's sign-in gives no verified mail address for you, and one is needed."), ""
        )
    if queries.find_user(proved.email) is not None:
        raise _refused(
            None, _("Somebody signs in with your address already. Ask an administrator to put it right."), ""
        )
    try:
        details = UserDetails(
            email=proved.email,
            name=proved.name or proved.email,
            role=line.role,
            department=line.department.name,
        )
    except ValidationError as wrong:
        raise _refused(
            None, _("Your company's sign-in gives a mail address for you that is none."), ""
        ) from wrong
    return _connect(operations.add_user(details, by=None), proved, is_provisioned=True)


def _connect(user: User, proved: Proved, *, is_provisioned: bool) -> UserIdentity:
    now = clock.now()
    row = UserIdentity(
        user=user,
        issuer=proved.issuer,
        subject=proved.subject,
        is_provisioned=is_provisioned,
        made_at=now,
        used_at=now,
    )
    db.session.add(row)
    audit.record("accounts.identity_connected", row, by=None)
    return row


def _follow_group(user: User, line: GroupMapping, address: str) -> None:
    """Role and department as the groups of today say; a role that cannot be left behind stays, and nobody gets in."""
    if (user.role, user.department_id) == (line.role, line.department_id):
        return
    try:
        if user.role != line.role:
            operations.require_other_admin(user)
            duties.require_free(user, new_role=line.role)
    except (policies.LastAdmin, duties.StillHolds) as trouble:
        _tell_of_lost(
            user,
            _l(
                "their groups make them %(role)s, and that cannot be: %(why)s",
                role=line.role.value,
                why=trouble.message,
            ),
        )
        raise _refused(
            user,
            _(
                "Your groups have changed, and something must be handed over first. The administrators have been told."
            ),
            address,
        ) from trouble
    before = audit.snapshot(user)
    if user.role != line.role:
        operations.end_sessions(user)
        user.organisation_id = None
    user.role, user.department = line.role, line.department
    audit.record("accounts.user_regrouped", user, by=None, before=before, reason=f"group {line.group_name}")


def _refused(user: User | None, words: str, address: str) -> NotLetIn:
    """Keep it on record that somebody was not let in."""
    audit.record_event(
        "accounts.sign_in_refused", kind="user", ref=str(user.id) if user else "unknown", by=None,
        reason=f"through the provider {address}"[:400],
    )  # fmt: skip
    keep_transaction()
    return NotLetIn(words)


def _tell_of_lost(user: User, why: str) -> None:
    telling.tell_administrators(
        _l("%(name)s was not let in", name=user.name),
        _l(
            "%(name)s (%(email)s) came through the provider and was not let in: %(why)s. Nothing was closed: what they look "
            "after stays theirs until you hand it over or change their groups.",
            name=user.name,
            email=user.email,
            why=why,
        ),
        key=f"lost-{user.id}-{clock.now().date()}",
    )


# -- what groups mean ------------------------------------------------------------------------------


def add_mapping(details: GroupDetails, *, by: User) -> GroupMapping:
    """Whoever is in a group gets a role and a department at their next sign-in. GroupTaken."""
    if any(line.group_name == details.group_name for line in queries_oidc.list_mappings()):
        raise policies_oidc.GroupTaken(_("This group has a line already. End it first."), field="group_name")
    row = GroupMapping(
        group_name=details.group_name, role=details.role, made_at=clock.now(),
        department=operations.add_department(details.department, by=by),
    )  # fmt: skip
    db.session.add(row)
    audit.record("accounts.group_mapped", row, by=by)
    return row


def end_mapping(row: GroupMapping, *, by: User) -> None:
    """A group means nothing from now on; whoever is here already keeps what they have until their next sign-in."""
    if row.ended_at is None:
        before = audit.snapshot(row)
        row.ended_at = clock.now()
        audit.record("accounts.group_unmapped", row, by=by, before=before)


def disconnect(row: UserIdentity, *, by: User) -> None:
    """Forget who somebody is at the provider: their next sign-in there is that of a stranger."""
    audit.record("accounts.identity_disconnected", row, by=by)
    operations.end_sessions(row.user)
    db.session.delete(row)
