"""Writing organisations and their rules for their people (P2)."""

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core.db import check_version, db
from app.people import policies
from app.people.details import OrganisationDetails
from app.people.models import Affiliation, Organisation, Person
from app.people.upkeep import refresh_search_texts


def add_organisation(details: OrganisationDetails, *, by: User | None) -> Organisation:
    """Add an organisation; NameTaken when one of this name is here."""
    _require_free(details.name, None)
    organisation = Organisation(**details.model_dump())
    db.session.add(organisation)
    audit.record("people.organisation_added", organisation, by=by)
    return organisation


def edit_organisation(
    organisation: Organisation,
    details: OrganisationDetails,
    *,
    by: User | None,
    seen_version: int | None = None,
    reason: str = "",
) -> Organisation:
    """Change an organisation or its rules; they count from now on, what was decided before stays."""
    check_version(organisation, seen_version)
    _require_free(details.name, organisation.id)
    before = audit.snapshot(organisation)
    has_new_name = organisation.name != details.name
    for field, value in details.model_dump().items():
        setattr(organisation, field, value)
    if has_new_name:
        _let_members_be_found(organisation)
    audit.record("people.organisation_edited", organisation, by=by, before=before, reason=reason)
    return organisation


def _let_members_be_found(organisation: Organisation) -> None:
    db.session.flush()
    belongs = sa.select(Affiliation.person_id).where(Affiliation.organisation_id == organisation.id)
    is_member = sa.or_(Person.id.in_(belongs), Person.agency_id == organisation.id)
    refresh_search_texts(db.session.scalars(sa.select(Person).where(is_member).order_by(Person.id)))


def _require_free(name: str, own_id: int | None) -> None:
    same = sa.select(Organisation.id).where(sa.func.lower(Organisation.name) == name.lower())
    if any(found != own_id for found in db.session.scalars(same)):
        raise policies.NameTaken(
            _("There is already an organisation called %(name)s. Open that one instead.", name=name),
            field="name",
        )
