"""Paid work: from a cleared proposal to the payment, step by step (A5)."""

from collections.abc import Sequence

from app.accounts.access import acting_user
from app.advisory import operations_delivery, operations_engagements, queries, queries_tax
from app.advisory.models import Engagement
from app.api.layer import ID, Page, operation
from app.api.paging import from_database
from app.api.shapes import NoBody, ReasonBody
from app.api.shapes_advisory import (
    Clearing,
    EngagementShape,
    EngagementsQuery,
    NewContract,
    NewDelivery,
    NewPayment,
)
from app.api.shapes_taxes import named_as_sent
from app.core.db import db


@operation("/engagements", permission="advisory:read", query=EngagementsQuery, out=Page[EngagementShape])
def list_engagements(query: EngagementsQuery) -> Page[EngagementShape]:
    """Paid work of the people whoever sends the token may see, the latest proposed first."""
    wanted = queries.engagements_matching(acting_user(), query.state, program_id=query.program_id)
    return from_database(Page[EngagementShape], wanted.options(*queries.LISTED), Engagement.id, query, _shown)


def _shown(rows: Sequence[Engagement]) -> list[EngagementShape]:
    settled = queries_tax.settled_of_each(rows)
    return [EngagementShape.of(row, settled.get(row.id)) for row in rows]


@operation(f"/engagements/{ID}", permission="advisory:read", out=EngagementShape)
def get_engagement(id: int) -> EngagementShape:
    """One engagement."""
    return _shown([queries.get_engagement(id, acting_user())])[0]


def _saved(found: Engagement) -> EngagementShape:
    db.session.flush()
    return _shown([found])[0]


@operation(
    f"/engagements/{ID}/clear", method="POST", permission="advisory:approve", body=Clearing, out=EngagementShape, status=200,
)  # fmt: skip
def clear_engagement(id: int, body: Clearing) -> EngagementShape:
    """Let it through the objectivity gate, with a written reason where anything is listed (A4)."""
    by = acting_user()
    found = operations_engagements.clear_engagement(queries.get_engagement(id, by), reason=body.reason, by=by)
    return _saved(found)


@operation(
    f"/engagements/{ID}/contract", method="POST", permission="advisory:write", body=NewContract, out=EngagementShape, status=200,
)  # fmt: skip
def contract_engagement(id: int, body: NewContract) -> EngagementShape:
    """Write down the signed contract; the fee is committed (A5)."""
    by = acting_user()
    found = operations_engagements.contract_engagement(queries.get_engagement(id, by), body.details(), by=by)
    return _saved(found)


@operation(
    f"/engagements/{ID}/decline", method="POST", permission="advisory:write", body=ReasonBody, out=EngagementShape, status=200,
)  # fmt: skip
def decline_engagement(id: int, body: ReasonBody) -> EngagementShape:
    """The person says no, or it is not cleared; the record stays (L5)."""
    by = acting_user()
    found = operations_engagements.decline_engagement(
        queries.get_engagement(id, by), reason=body.reason, by=by
    )
    return _saved(found)


@operation(
    f"/engagements/{ID}/terminate", method="POST", permission="advisory:write", body=ReasonBody, out=EngagementShape, status=200,
)  # fmt: skip
def terminate_engagement(id: int, body: ReasonBody) -> EngagementShape:
    """End it before it is payable."""
    by = acting_user()
    found = operations_engagements.terminate_engagement(
        queries.get_engagement(id, by), reason=body.reason, by=by
    )
    return _saved(found)


@operation(
    f"/engagements/{ID}/start", method="POST", permission="advisory:write", body=NoBody, out=EngagementShape, status=200,
)  # fmt: skip
def start_engagement(id: int, body: NoBody) -> EngagementShape:
    """The work begins, under a signed contract (A5)."""
    by = acting_user()
    found = operations_delivery.start_delivery(queries.get_engagement(id, by), by=by)
    return _saved(found)


@operation(
    f"/engagements/{ID}/deliver", method="POST", permission="advisory:write", body=NewDelivery, out=EngagementShape, status=200,
)  # fmt: skip
def deliver_engagement(id: int, body: NewDelivery) -> EngagementShape:
    """Note what was delivered, with the evidence."""
    by = acting_user()
    found = operations_delivery.record_delivery(queries.get_engagement(id, by), body, by=by)
    return _saved(found)


@operation(
    f"/engagements/{ID}/approve-payment", method="POST", permission="advisory:approve", body=NoBody, out=EngagementShape,
    status=200,
)  # fmt: skip
def approve_engagement_payment(id: int, body: NoBody) -> EngagementShape:
    """The evidence was looked at, and the fee may be paid (R1)."""
    by = acting_user()
    found = operations_delivery.approve_payment(queries.get_engagement(id, by), by=by)
    return _saved(found)


@operation(
    f"/engagements/{ID}/pay", method="POST", permission="advisory:write", body=NewPayment, out=EngagementShape, status=200,
)  # fmt: skip
def pay_engagement(id: int, body: NewPayment) -> EngagementShape:
    """Note the payment, taxes and expenses apart; it becomes entries of the cash leg (A5)."""
    by = acting_user()
    with named_as_sent(body.taxes):
        found = operations_delivery.pay_engagement(queries.get_engagement(id, by), body.details(), by=by)
    return _saved(found)


@operation(
    f"/engagements/{ID}/close", method="POST", permission="advisory:write", body=NoBody, out=EngagementShape, status=200,
)  # fmt: skip
def close_engagement(id: int, body: NoBody) -> EngagementShape:
    """Everything is done: paid, and the advice is in the log."""
    by = acting_user()
    found = operations_delivery.close_engagement(queries.get_engagement(id, by), by=by)
    return _saved(found)


@operation(
    f"/engagements/{ID}/refuse", method="POST", permission="advisory:approve", body=ReasonBody, out=EngagementShape, status=200,
)  # fmt: skip
def refuse_engagement(id: int, body: ReasonBody) -> EngagementShape:
    """Compliance does not clear it; the record stays, with the reason (A4)."""
    by = acting_user()
    found = operations_engagements.decline_engagement(
        queries.get_engagement(id, by), reason=body.reason, by=by
    )
    return _saved(found)
