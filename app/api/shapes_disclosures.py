"""Shapes of disclosure: policies with their versions, and the duties they open."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime

from app.api.layer import Id, PageQuery, Shape
from app.api.shapes import Country, UserShape
from app.disclosures.models import Obligation, ObligationState, Policy, PolicyVersion


class PolicyVersionShape(Shape):
    """A version of a policy; a published one never changes."""

    id: int
    policy_id: int
    number: int
    language: str
    effective_from_on: date
    effective_to_on: date | None
    text: str
    triggers: list[str]
    accepted_labels: list[str]
    rejected_labels: list[str]
    placement: dict[str, Any]
    statements: dict[str, Any]
    sources: list[str]
    review_on: date
    published_at: AwareDatetime | None

    @classmethod
    def of(cls, row: PolicyVersion) -> "PolicyVersionShape":
        return cls.read(row)


class PolicyShape(Shape):
    """A disclosure rule of one jurisdiction."""

    id: int
    name: str
    jurisdiction: str
    owner: UserShape | None
    versions: list[int]

    @classmethod
    def of(cls, row: Policy) -> "PolicyShape":
        return cls.read(row, owner=UserShape.of(row.owner), versions=[one.id for one in row.versions])


class ObligationShape(Shape):
    """What one piece of value obliges a person to say (D1)."""

    id: int
    person_id: int
    person_name: str
    version_id: int
    jurisdiction: str
    entry_seq: int | None
    is_standing: bool
    category: str
    value_on: date
    state: ObligationState
    opened_at: AwareDatetime

    @classmethod
    def of(cls, row: Obligation) -> "ObligationShape":
        return cls.read(row, person_name=row.person.name)


class ObligationsQuery(PageQuery):
    """What duties are narrowed to; void ones only when asked for."""

    state: ObligationState | None = None
    jurisdiction: Country | None = None
    person_id: Id | None = None
