"""Needs: filed before anybody is named, approved by somebody else, closed (A1)."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.advisory import policies, queries, queries_owners
from app.advisory.details import NeedDetails
from app.advisory.models import Need, NeedState
from app.core import clock
from app.core.db import check_version, db
from app.core.errors import DomainError
from app.notices import operations as notices
from app.notices.models import Urgency
from app.programs import queries as programs

#: What notices about a need lead to.
SOURCE = "advisory.need"


def file_need(details: NeedDetails, *, by: User) -> Need:
    """Say why advice is wanted, before anybody is named; compliance is asked to approve it (A1, A2)."""
    program = programs.get_program(details.program_id)
    if program.is_books_only:
        raise policies.NeedNotReady(
            _("This program only holds imported books, so nobody is engaged under it."), field="program_id"
        )
    _check(details)
    need = Need(**details.model_dump(), state=NeedState.DRAFT, filed_by_id=by.id, filed_at=clock.now())
    db.session.add(need)
    db.session.flush()
    _ask(need, by)
    audit.record("advisory.need_filed", need, by=by)
    return need


def edit_need(need: Need, details: NeedDetails, *, by: User, seen_version: int | None = None) -> Need:
    """Change a need that is not approved yet; an approved one stays as it was approved."""
    check_version(need, seen_version)
    if need.state is not NeedState.DRAFT:
        raise policies.StepRefused(
            _("This need is approved, and what was approved stays as it is. Close it and file a new one.")
        )
    if details.program_id != need.program_id:
        raise policies.StepRefused(
            _("A need stays under its program. File a new one there."), field="program_id"
        )
    _check(details)
    before = audit.snapshot(need)
    for name, value in details.model_dump().items():
        setattr(need, name, value)
    audit.record("advisory.need_edited", need, by=by, before=before)
    return need


def approve_need(need: Need, *, by: User) -> Need:
    """Approve a need, by another person than the one who filed it; now people may be proposed (A1, R1)."""
    policies.check_approval(need, by)
    before = audit.snapshot(need)
    need.state, need.approved_by_id, need.approved_at = NeedState.APPROVED, by.id, clock.now()
    notices.finish_about((SOURCE, need.id), by=by)
    notices.notify(
        _l("“%(need)s” is approved. Now propose who could help, with at least one alternative.", need=need.title),
        user=queries_owners.holder_of_need(need, clock.now()).user, urgency=Urgency.SOON, source=(SOURCE, need.id), by=by,
    )  # fmt: skip
    audit.record("advisory.need_approved", need, by=by, before=before)
    return need


def close_need(need: Need, *, reason: str, by: User) -> Need:
    """Close a need: nobody else is proposed for it. What is engaged already goes on."""
    if need.state is NeedState.CLOSED:
        raise policies.StepRefused(_("This need is closed already."))
    policies.require_reason(reason)
    before = audit.snapshot(need)
    need.state, need.closed_reason = NeedState.CLOSED, reason.strip()
    notices.finish_about((SOURCE, need.id), by=by)
    audit.record("advisory.need_closed", need, by=by, before=before, reason=reason)
    return need


def _check(details: NeedDetails) -> None:
    policies.check_need(details)
    texts = (
        details.title,
        details.question,
        details.deliverable,
        details.decision,
        details.why_outside,
        details.criteria,
    )
    policies.require_nameless(queries.names_in("\n".join(texts)))
    if details.goal_id is not None and programs.get_goal(details.goal_id).program_id != details.program_id:
        raise DomainError(_("This goal belongs to another program."), field="goal_id")


def _ask(need: Need, by: User) -> None:
    notices.notify(
        _l("%(by)s filed a need for paid advice: “%(need)s”. It waits for approval.", by=by.name, need=need.title),
        role=Role.COMPLIANCE, urgency=Urgency.SOON, source=(SOURCE, need.id), by=by,
    )  # fmt: skip
