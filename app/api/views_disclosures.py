"""Disclosure: policies, their versions, and the duties of people."""

from app.accounts.access import acting_user
from app.api.layer import ID, Page, PageQuery, operation
from app.api.paging import by_number, from_database
from app.api.shapes_disclosures import ObligationShape, ObligationsQuery, PolicyShape, PolicyVersionShape
from app.disclosures import queries
from app.disclosures.models import Obligation
from app.people import queries as people


@operation("/policies", permission="disclosures:read", query=PageQuery, out=Page[PolicyShape])
def list_policies(query: PageQuery) -> Page[PolicyShape]:
    """The disclosure policies."""
    return by_number(Page[PolicyShape], queries.list_policies(), query, PolicyShape.of)


@operation(f"/policies/{ID}", permission="disclosures:read", out=PolicyShape)
def get_policy(id: int) -> PolicyShape:
    """One policy."""
    return PolicyShape.of(queries.get_policy(id))


@operation(
    f"/policies/{ID}/versions", permission="disclosures:read", query=PageQuery, out=Page[PolicyVersionShape]
)
def list_versions(id: int, query: PageQuery) -> Page[PolicyVersionShape]:
    """All versions of a policy, the first made first."""
    return by_number(Page[PolicyVersionShape], queries.get_policy(id).versions, query, PolicyVersionShape.of)


@operation("/obligations", permission="disclosures:read", query=ObligationsQuery, out=Page[ObligationShape])
def list_obligations(query: ObligationsQuery) -> Page[ObligationShape]:
    """Duties to disclose, of the people whoever sends the token may see; the latest first."""
    by = acting_user()
    person = people.get_person(query.person_id, by).id if query.person_id is not None else None
    wanted = queries.obligations_matching(
        by, state=query.state, jurisdiction=query.jurisdiction or "", person_id=person
    )
    return from_database(
        Page[ObligationShape], wanted, Obligation.id, query, lambda rows: [ObligationShape.of(row) for row in rows]
    )  # fmt: skip


@operation(f"/obligations/{ID}", permission="disclosures:read", out=ObligationShape)
def get_obligation(id: int) -> ObligationShape:
    """One duty to disclose."""
    return ObligationShape.of(queries.get_obligation(id, acting_user()))
