"""Affiliate shares: approved, under contract, ended."""

from app.accounts.access import acting_user
from app.advisory import operations_shares as operations
from app.advisory import queries_shares as queries
from app.advisory.details_shares import ShareContractDetails
from app.advisory.models_shares import AffiliateShare
from app.api.layer import ID, Page, operation
from app.api.paging import from_database
from app.api.shapes import ReasonBody
from app.api.shapes_advisory import Clearing, NewShareContract, ShareEnd, ShareShape, SharesQuery
from app.core.db import db


@operation("/shares", permission="advisory:read", query=SharesQuery, out=Page[ShareShape])
def list_shares(query: SharesQuery) -> Page[ShareShape]:
    """Affiliate shares of the people whoever sends the token may see, the latest drafted first."""
    wanted = queries.shares_matching(acting_user(), query.state)
    return from_database(
        Page[ShareShape], wanted, AffiliateShare.id, query, lambda rows: [ShareShape.of(row) for row in rows]
    )  # fmt: skip


@operation(f"/shares/{ID}", permission="advisory:read", out=ShareShape)
def get_share(id: int) -> ShareShape:
    """One affiliate share."""
    return ShareShape.of(queries.get_share(id, acting_user()))


def _saved(found: AffiliateShare) -> ShareShape:
    db.session.flush()
    return ShareShape.of(found)


@operation(
    f"/shares/{ID}/approve", method="POST", permission="advisory:approve", body=Clearing, out=ShareShape, status=200,
)  # fmt: skip
def approve_share(id: int, body: Clearing) -> ShareShape:
    """Let it through the objectivity gate, with a written reason where anything is listed (A4)."""
    by = acting_user()
    found = operations.approve_share(queries.get_share(id, by), reason=body.reason, by=by)
    return _saved(found)


@operation(
    f"/shares/{ID}/refuse", method="POST", permission="advisory:approve", body=ReasonBody, out=ShareShape, status=200,
)  # fmt: skip
def refuse_share(id: int, body: ReasonBody) -> ShareShape:
    """Do not approve it; the record stays, with the reason."""
    by = acting_user()
    found = operations.refuse_share(queries.get_share(id, by), reason=body.reason, by=by)
    return _saved(found)


@operation(
    f"/shares/{ID}/contract", method="POST", permission="advisory:write", body=NewShareContract, out=ShareShape, status=200,
)  # fmt: skip
def contract_share(id: int, body: NewShareContract) -> ShareShape:
    """Write down the signed contract: from its first day on it has to be disclosed (D1)."""
    by = acting_user()
    found = operations.contract_share(
        queries.get_share(id, by), ShareContractDetails(**body.model_dump()), by=by
    )
    return _saved(found)


@operation(
    f"/shares/{ID}/end", method="POST", permission="advisory:write", body=ShareEnd, out=ShareShape, status=200,
)  # fmt: skip
def end_share(id: int, body: ShareEnd) -> ShareShape:
    """End it, with the last day on which sales count."""
    by = acting_user()
    found = operations.end_share(queries.get_share(id, by), last_on=body.last_on, reason=body.reason, by=by)
    return _saved(found)
