"""Asking compliance, before an invitation leaves, for what a public official's office reserves (c20)."""

from app.accounts import audit
from app.accounts.models import User
from app.events.details import PreApprovalDetails
from app.events.models import Invitation
from app.events.queries_coordinators import hosts_of
from app.ledger import operations as ledger
from app.ledger.details import ExceptionDetails
from app.ledger.models import RuleException


def ask_pre_approval(invitation: Invitation, details: PreApprovalDetails, *, by: User) -> RuleException:
    """Ask for the written approval of everything this event offers the person; whoever hosts it does not decide (L8)."""
    asked = ledger.ask_exception(
        ExceptionDetails(
            person_id=invitation.person_id, rule="public_official", reason=details.reason, expires_on=details.expires_on,
            subject_kind="events", subject_id=invitation.event_id, host_ids=tuple(sorted(hosts_of(invitation.event))),
        ),
        by=by,
    )  # fmt: skip
    audit.record(
        "events.approval_asked", invitation, by=by, before=audit.snapshot(invitation), reason=details.reason
    )
    return asked
