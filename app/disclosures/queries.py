"""Reading disclosure: the policies of an audience, what is not yet accepted, duties, publications, ready text."""

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import said
from app.disclosures import policies, policies_labels
from app.disclosures.models import (
    Acknowledgement,
    LabelVerdict,
    Medium,
    Obligation,
    ObligationState,
    Placement,
    Policy,
    PolicyVersion,
    Publication,
    Tie,
)
from app.disclosures.words import PLACES
from app.people import queries as people
from app.people.models import Person

N_PER_PAGE = 50


def versions_in_force(person: Person, on: date) -> list[PolicyVersion]:
    """The published versions that bind a person on a day, one per jurisdiction of their audience (D1)."""
    published = published_on(on)
    if not published:
        return []
    return policies.applicable(published, policies.jurisdictions_of(people.audience_countries(person)))


def versions_for(countries: Collection[str], on: date) -> list[PolicyVersion]:
    """The published versions that bind whoever speaks to an audience in these countries (D1)."""
    return policies.applicable(published_on(on), policies.jurisdictions_of(countries))


#: Asked with every piece of value, so built once.
_PUBLISHED = (
    sa.select(PolicyVersion)
    .join(PolicyVersion.policy)
    .options(contains_eager(PolicyVersion.policy))
    .where(
        PolicyVersion.published_at.is_not(None),
        PolicyVersion.effective_from_on <= sa.bindparam("day"),
        sa.or_(PolicyVersion.effective_to_on.is_(None), PolicyVersion.effective_to_on >= sa.bindparam("day")),
    )
    .order_by(Policy.jurisdiction, PolicyVersion.number)
)


def published_on(on: date) -> Sequence[PolicyVersion]:
    """Every version in force on a day."""
    return db.session.scalars(_PUBLISHED, {"day": on}).all()


def missing_acknowledgements(person: Person, on: date) -> list[PolicyVersion]:
    """The versions in force that the person has not accepted; a new version asks again (D2)."""
    accepted = accepted_versions(person)
    return [version for version in versions_in_force(person, on) if version.id not in accepted]


def accepted_versions(person: Person) -> set[int]:
    """The ids of the versions a person, or a record merged into it, has accepted."""
    wanted = sa.select(Acknowledgement.version_id).where(
        Acknowledgement.person_id.in_(people.records_of(person))
    )
    return set(db.session.scalars(wanted))


class ReadyText(Struct, frozen=True):
    """What a person may paste: where it is meant for, in which language, label first, and where it must stand (D3)."""

    jurisdiction: str
    language: str
    label: str
    statement: str
    placement: dict[str, str]
    is_in_asked_language: bool
    #: What somebody with a tie to the house says besides (D6).
    ties: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(part for part in (self.label, self.statement, *self.ties) if part)


def ready_text(
    person: Person,
    category: str,
    on: date,
    language: str = "en",
    *,
    countries: Collection[str] = (),
    medium: Medium | None = None,
) -> list[ReadyText]:
    """The sentence for one kind of value, per jurisdiction of the audience; the asked language first (D3).

    `countries` narrows it to another audience, such as that of one channel; `medium` the place of the label to one.
    """
    ties = [tie.kind.value for tie in ties_of(person, on)]
    versions = versions_for(countries, on) if countries else versions_in_force(person, on)
    found = [_ready(version, category, language, ties, medium) for version in versions]
    return sorted(found, key=lambda one: (not one.is_in_asked_language, one.jurisdiction))


def _ready(
    version: PolicyVersion, category: str, language: str, ties: Sequence[str], asked_medium: Medium | None
) -> ReadyText:
    """In the asked language if the version has it, else in its own, and the text says which."""
    asked, words = language.split("-")[0], version.statements
    own = version.language.split("-")[0]
    is_asked = asked == own or f"{category}@{asked}" in words
    spoken = version.language if asked == own or not is_asked else asked
    suffix = "" if spoken == version.language else f"@{spoken}"
    statement = str(words.get(category + suffix) or words.get(category) or words.get("") or "")
    first = version.accepted_labels[0] if version.accepted_labels else ""
    label = str(words.get(f"label{suffix}") or words.get("label") or first)
    place = {
        medium: said(PLACES[Placement(where)])
        for medium, where in version.placement.items()
        if asked_medium in (None, medium)
    }
    told = tuple(version.tie_statements[kind] for kind in ties if version.tie_statements.get(kind))
    return ReadyText(version.policy.jurisdiction, spoken, label, statement, place, is_asked, told)


def text_for(version: PolicyVersion, languages: Sequence[str]) -> tuple[str, str]:
    """The text in the first of somebody's languages that a version has, else in its own: language and words (c27)."""
    known = {tag.split("-")[0]: (tag, str(text)) for tag, text in version.texts.items()}
    known[version.language.split("-")[0]] = (version.language, version.text)
    for tag in languages:
        if tag.split("-")[0] in known:
            return known[tag.split("-")[0]]
    return version.language, version.text


def ties_of(person: Person, on: date) -> Sequence[Tie]:
    """What binds a person to the house on a day (D6)."""
    wanted = sa.select(Tie).where(
        Tie.person_id.in_(people.records_of(person)),
        Tie.from_on <= on,
        sa.or_(Tie.to_on.is_(None), Tie.to_on >= on),
    )
    return db.session.scalars(wanted.order_by(Tie.kind, Tie.id)).all()


def judge(
    person: Person, medium: Medium, text: str, language: str, on: date
) -> dict[int, policies_labels.Judgement]:
    """The label judged under every version in force, by version id (D5)."""
    return {
        version.id: policies_labels.judge_label(version, medium, text, language)
        for version in versions_in_force(person, on)
    }


# -- lists -----------------------------------------------------------------------------------------------


def list_policies() -> Sequence[Policy]:
    """All policies with their versions and owners, by jurisdiction."""
    loaded = (selectinload(Policy.versions), joinedload(Policy.owner))
    return db.session.scalars(
        sa.select(Policy).options(*loaded).order_by(Policy.jurisdiction, Policy.id)
    ).all()


def get_policy(id: int) -> Policy:
    """The policy with its versions and owner, or NotFound."""
    loaded = (selectinload(Policy.versions), joinedload(Policy.owner))
    found = db.session.scalars(sa.select(Policy).where(Policy.id == id).options(*loaded)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such policy."))
    return found


def get_version(id: int) -> PolicyVersion:
    """The version with its policy, or NotFound."""
    wanted = sa.select(PolicyVersion).where(PolicyVersion.id == id).options(joinedload(PolicyVersion.policy))
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such version."))
    return found


def get_obligation(id: int, by: User | None) -> Obligation:
    """The duty of a person `by` may see, or NotFound."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    loaded = (
        joinedload(Obligation.person),
        joinedload(Obligation.policy_version).joinedload(PolicyVersion.policy),
    )
    wanted = sa.select(Obligation).where(Obligation.id == id, Obligation.person_id.in_(seen)).options(*loaded)
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such duty, or it is not yours to see."))
    return found


def list_authors(by: User | None) -> Sequence[Person]:
    """The people `by` may see and whose publications may be filed, by name."""
    wanted = people.visible_to(by).where(Person.is_pseudonymous.is_(False))
    return db.session.scalars(wanted.order_by(Person.sort_name, Person.id)).all()


def count_acknowledged() -> dict[int, int]:
    """How many people accepted each version, by version id."""
    counted = sa.select(Acknowledgement.version_id, sa.func.count()).group_by(Acknowledgement.version_id)
    return dict(db.session.execute(counted).all())


class ObligationPage(Struct, frozen=True):
    """One page of duties and the count of the whole."""

    rows: Sequence[Obligation]
    total: int
    page: int

    @property
    def has_next(self) -> bool:
        return self.page * N_PER_PAGE < self.total


def obligations_matching(
    by: User | None,
    *,
    state: ObligationState | None = None,
    jurisdiction: str = "",
    person_id: int | None = None,
) -> sa.Select[Obligation]:
    """Duties of the people `by` may see, in no order, with person and policy; void ones only when asked for."""
    found = sa.select(Obligation).where(
        Obligation.person_id.in_(people.visible_to(by).with_only_columns(Person.id))
    )
    found = found.where(Obligation.state == state if state else Obligation.state != ObligationState.VOID)
    if jurisdiction:
        found = found.where(Obligation.jurisdiction == jurisdiction)
    if person_id is not None:
        found = found.where(Obligation.person_id == person_id)
    policy = joinedload(Obligation.policy_version).joinedload(PolicyVersion.policy)
    return found.options(joinedload(Obligation.person), policy)


def list_obligations(
    by: User | None,
    *,
    state: ObligationState | None = None,
    jurisdiction: str = "",
    person_id: int | None = None,
    page: int = 1,
) -> ObligationPage:
    """Duties of the people `by` may see, newest first; void ones only when asked for."""
    found = obligations_matching(by, state=state, jurisdiction=jurisdiction, person_id=person_id)
    numbers = found.with_only_columns(Obligation.id).subquery()
    total = db.session.scalar(sa.select(sa.func.count()).select_from(numbers)) or 0
    page = max(1, min(page, -(-total // N_PER_PAGE) or 1))
    ordered = found.order_by(Obligation.value_on.desc(), Obligation.id.desc())
    rows = db.session.scalars(ordered.offset((page - 1) * N_PER_PAGE).limit(N_PER_PAGE)).all()
    return ObligationPage(rows, total, page)


def count_obligations(by: User | None) -> dict[ObligationState, int]:
    """How many duties stand in each state, of the people `by` may see."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    counted = (
        sa.select(Obligation.state, sa.func.count())
        .where(Obligation.person_id.in_(seen))
        .group_by(Obligation.state)
    )
    return dict(db.session.execute(counted).all())


def obligations_from(source_kind: str, source_id: int) -> Sequence[Obligation]:
    """The duties an arrangement opened by itself, with their policies."""
    loaded = joinedload(Obligation.policy_version).joinedload(PolicyVersion.policy)
    wanted = sa.select(Obligation).where(
        Obligation.source_kind == source_kind, Obligation.source_id == source_id
    )
    return db.session.scalars(wanted.options(loaded).order_by(Obligation.jurisdiction, Obligation.id)).all()


def obligations_of_entry(entry_seq: int) -> Sequence[Obligation]:
    """The duties one piece of value opened."""
    loaded = joinedload(Obligation.policy_version).joinedload(PolicyVersion.policy)
    wanted = sa.select(Obligation).where(Obligation.entry_seq == entry_seq).options(loaded)
    return db.session.scalars(wanted.order_by(Obligation.jurisdiction, Obligation.id)).all()


def list_publications(
    by: User | None, *, person_id: int | None = None, limit: int = 200
) -> Sequence[Publication]:
    """Public pieces of the people `by` may see, newest first."""
    wanted = sa.select(Publication).where(
        Publication.person_id.in_(people.visible_to(by).with_only_columns(Person.id))
    )
    if person_id is not None:
        wanted = wanted.where(Publication.person_id == person_id)
    ordered = wanted.options(joinedload(Publication.person)).order_by(
        Publication.published_on.desc(), Publication.id.desc()
    )
    return db.session.scalars(ordered.limit(limit)).all()


def list_own_publications(person: Person) -> Sequence[Publication]:
    """What a person published and is filed, the newest first: for their own door."""
    wanted = sa.select(Publication).where(Publication.person_id.in_(people.records_of(person)))
    return db.session.scalars(
        wanted.order_by(Publication.published_on.desc(), Publication.id.desc()).limit(N_PER_PAGE)
    ).all()


def list_acknowledgements(person: Person) -> Sequence[Acknowledgement]:
    """What a person accepted, newest first."""
    loaded = joinedload(Acknowledgement.policy_version).joinedload(PolicyVersion.policy)
    wanted = (
        sa.select(Acknowledgement)
        .where(Acknowledgement.person_id.in_(people.records_of(person)))
        .options(loaded)
    )
    return db.session.scalars(wanted.order_by(Acknowledgement.at.desc(), Acknowledgement.id.desc())).all()


def count_unlabelled(person: Person) -> int:
    """How often a label was deficient or missing: shown before the next invitation (D5, c29)."""
    wanted = sa.select(sa.func.count()).where(
        Publication.person_id.in_(people.records_of(person)), Publication.verdict != LabelVerdict.EVIDENCED
    )
    return db.session.scalar(wanted) or 0


class PersonDisclosure(Struct, frozen=True):
    """Everything of disclosure on one person's tab."""

    in_force: list[PolicyVersion]
    missing: list[PolicyVersion]
    acknowledgements: Sequence[Acknowledgement]
    obligations: Sequence[Obligation]
    publications: Sequence[Publication]
    n_unlabelled: int


def for_person(person: Person, on: date, by: User | None) -> PersonDisclosure:
    """The tab of one person."""
    in_force, accepted = versions_in_force(person, on), accepted_versions(person)
    return PersonDisclosure(
        in_force,
        [version for version in in_force if version.id not in accepted],
        list_acknowledgements(person),
        list_obligations(by, person_id=person.id).rows,
        list_publications(by, person_id=person.id),
        count_unlabelled(person),
    )
