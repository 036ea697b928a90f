"""Organisations: employers, analyst firms, media houses, agencies, with their rules (P2)."""

from flask import url_for

from app.accounts.access import acting_user
from app.api.layer import ID, Body, Created, Page, PageQuery, changed, operation
from app.api.paging import from_database
from app.api.shapes_people import (
    AffiliationShape,
    EditOrganisation,
    NewOrganisation,
    OrganisationShape,
    OrganisationsQuery,
)
from app.api.tags import require_unchanged
from app.core.db import db
from app.people import operations_organisations as operations
from app.people import queries
from app.people.models import Affiliation, Organisation


@operation("/organisations", permission="people:read", query=OrganisationsQuery, out=Page[OrganisationShape])
def list_organisations(query: OrganisationsQuery) -> Page[OrganisationShape]:
    """Organisations, the first added first."""
    return from_database(
        Page[OrganisationShape], queries.organisations_matching(query.kind), Organisation.id, query,
        lambda rows: [OrganisationShape.read(row) for row in rows], is_descending=False,
    )  # fmt: skip


@operation(f"/organisations/{ID}", permission="people:read", out=OrganisationShape)
def get_organisation(id: int) -> OrganisationShape:
    """One organisation."""
    return OrganisationShape.read(queries.get_organisation(id))


@operation(
    "/organisations", method="POST", permission="people:write", body=NewOrganisation, out=OrganisationShape
)
def add_organisation(body: NewOrganisation) -> Created:
    """Add an organisation."""
    made = operations.add_organisation(body, by=acting_user())
    db.session.flush()
    return Created(OrganisationShape.read(made), url_for("api.get_organisation", id=made.id))


@operation(
    f"/organisations/{ID}", method="PATCH", permission="people:write", body=EditOrganisation, is_versioned=True,
    out=OrganisationShape,
)  # fmt: skip
def change_organisation(id: int, body: Body) -> OrganisationShape:
    """Change an organisation or its rules; they count from now on."""
    found = queries.get_organisation(id)
    seen = require_unchanged(found, lambda: OrganisationShape.read(found))
    present = {name: getattr(found, name) for name in NewOrganisation.model_fields}
    details = changed(NewOrganisation, present, body)
    operations.edit_organisation(found, details, by=acting_user(), seen_version=seen)
    db.session.flush()
    return OrganisationShape.read(found)


@operation(
    f"/organisations/{ID}/people", permission="people:read", query=PageQuery, out=Page[AffiliationShape]
)
def list_people_of_organisation(id: int, query: PageQuery) -> Page[AffiliationShape]:
    """Who works or worked there, of the people whoever sends the token may see."""
    return from_database(
        Page[AffiliationShape], queries.members_of(queries.get_organisation(id), acting_user()), Affiliation.id, query,
        lambda rows: [AffiliationShape.of(row) for row in rows], is_descending=False,
    )  # fmt: skip
