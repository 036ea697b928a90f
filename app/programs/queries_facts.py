"""What cohort rules may ask of people, read for everybody at once or for a few, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

import sqlalchemy as sa

from app.core import clock
from app.core.db import UtcDateTime, db
from app.people.models import (
    AcceptAnswer,
    Affiliation,
    Channel,
    Evidence,
    MayAccept,
    Organisation,
    OwnerRole,
    Ownership,
    Person,
    Platform,
)
from app.programs.models import Enrolment
from app.programs.policies_rules import NOT_ENROLLED, Facts, RuleField

#: Contacts are a room above this one: only who and when.
_touch = sa.table("touch", sa.column("person_id", sa.Integer()), sa.column("at", UtcDateTime()))

Found = dict[int, dict[RuleField, set[str]]]
Ids = Collection[int] | None
_F = RuleField
#: As many numbers as both engines take in one list.
_MOST_IDS = 5000


def facts_of(people: Iterable[Person], fields: Collection[RuleField], program_id: int) -> Mapping[int, Facts]:
    """For each person the facts among `fields`; what is not known is not there."""
    everybody = list(people)
    ids: Ids = {person.id for person in everybody} if len(everybody) <= _MOST_IDS else None
    found: Found = defaultdict(lambda: defaultdict(set))
    for wanted, read in _READERS:
        if wanted & set(fields):
            read(found, ids, program_id)
    for person in everybody:
        _own(found[person.id], person)
        if _F.STAGE in fields and not found[person.id][_F.STAGE]:
            found[person.id][_F.STAGE].add(NOT_ENROLLED)
    return {
        person.id: {field: frozenset(found[person.id][field]) for field in fields if found[person.id][field]}
        for person in everybody
    }


def facts_about(person: Person, fields: Collection[RuleField], program_id: int) -> Facts:
    """The facts of one person."""
    return facts_of([person], fields, program_id)[person.id]


def _own(facts: dict[RuleField, set[str]], person: Person) -> None:
    facts[_F.HOME_COUNTRY] = {person.home_country} if person.home_country else set()
    facts[_F.LANGUAGE] = set(person.languages)
    # Rules written before a kind was renamed say its code.
    facts[_F.KIND] = {person.kind.name, person.kind.code} if person.kind else set()
    facts[_F.KNOWN_FOR] = {text for text in (person.known_for, person.known_among) if text.strip()}
    facts[_F.INDEPENDENT] = {"yes" if person.is_independent else "no"}
    facts[_F.OFFICIAL] = {"yes" if person.is_official else "no"}


def _read_channels(found: Found, ids: Ids, _program_id: int) -> None:
    wanted = sa.select(
        Channel.person_id, Channel.platform, Platform.name, Channel.language, Channel.audience_countries
    ).outerjoin(Platform, Platform.code == Channel.platform)
    still = sa.or_(Channel.ended_on.is_(None), Channel.ended_on >= clock.today())
    wanted = wanted.where(still)
    if ids is not None:
        wanted = wanted.where(Channel.person_id.in_(ids))
    for person_id, code, name, language, countries in db.session.execute(wanted):
        facts = found[person_id]
        facts[_F.CHANNEL_PLATFORM].update({code, name or code})
        facts[_F.CHANNEL_LANGUAGE].add(language)
        facts[_F.AUDIENCE_COUNTRY].update(countries)


def _read_affiliations(found: Found, ids: Ids, _program_id: int) -> None:
    today = clock.today()
    wanted = (
        sa.select(Affiliation.person_id, Organisation.name, Organisation.kind)
        .join(Organisation, Organisation.id == Affiliation.organisation_id)
        .where(Affiliation.from_on <= today, sa.or_(Affiliation.to_on.is_(None), Affiliation.to_on >= today))
    )
    if ids is not None:
        wanted = wanted.where(Affiliation.person_id.in_(ids))
    for person_id, name, kind in db.session.execute(wanted):
        found[person_id][_F.ORGANISATION].add(name)
        found[person_id][_F.AFFILIATION_KIND].add(kind.value)


def _read_evidence(found: Found, ids: Ids, _program_id: int) -> None:
    """Only what is in force counts; nobody has an unknown number of pieces, only a newest one or none."""
    today = clock.today()
    wanted = (
        sa.select(Evidence.person_id, sa.func.count(), sa.func.max(Evidence.on))
        .where(Evidence.on <= today, sa.or_(Evidence.expires_on.is_(None), Evidence.expires_on > today))
        .group_by(Evidence.person_id)
    )
    if ids is not None:
        wanted = wanted.where(Evidence.person_id.in_(ids))
    seen = set()
    for person_id, n_pieces, newest_on in db.session.execute(wanted):
        seen.add(person_id)
        found[person_id][_F.EVIDENCE_COUNT] = {str(n_pieces)}
        found[person_id][_F.EVIDENCE_DAYS] = {str((today - newest_on).days)}
    for person_id in ids if ids is not None else db.session.scalars(sa.select(Person.id)):
        if person_id not in seen:
            found[person_id][_F.EVIDENCE_COUNT] = {"0"}


def _read_answers(found: Found, ids: Ids, _program_id: int) -> None:
    wanted = sa.select(MayAccept.person_id, MayAccept.category, MayAccept.answer)
    if ids is not None:
        wanted = wanted.where(MayAccept.person_id.in_(ids))
    for person_id, category, answer in db.session.execute(wanted):
        found[person_id][_F.DECLINES if answer is AcceptAnswer.NO else _F.ACCEPTS].add(category)


def _read_owners(found: Found, ids: Ids, _program_id: int) -> None:
    now = clock.now()
    wanted = sa.select(Ownership.person_id, Ownership.user_id).where(
        Ownership.role == OwnerRole.OWNER, Ownership.from_at <= now,
        sa.or_(Ownership.to_at.is_(None), Ownership.to_at > now),
    )  # fmt: skip
    if ids is not None:
        wanted = wanted.where(Ownership.person_id.in_(ids))
    for person_id, user_id in db.session.execute(wanted):
        found[person_id][_F.OWNER].add(str(user_id))


def _read_stages(found: Found, ids: Ids, program_id: int) -> None:
    wanted = sa.select(Enrolment.person_id, Enrolment.stage).where(Enrolment.program_id == program_id)
    if ids is not None:
        wanted = wanted.where(Enrolment.person_id.in_(ids))
    for person_id, stage in db.session.execute(wanted):
        found[person_id][_F.STAGE].add(stage.value)


def _read_silence(found: Found, ids: Ids, _program_id: int) -> None:
    """Days since the last contact in either direction, of the records merged into somebody too (G2)."""
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    wanted = sa.select(survivor, sa.func.max(_touch.c.at)).join(Person, Person.id == _touch.c.person_id)
    if ids is not None:
        wanted = wanted.where(survivor.in_(ids))
    now = clock.now()
    for person_id, last_at in db.session.execute(wanted.group_by(survivor)):
        found[person_id][_F.SILENT_DAYS] = {str(max(0, (now - last_at).days))}


Reader = Callable[[Found, Ids, int], None]
_READERS: tuple[tuple[frozenset[RuleField], Reader], ...] = (
    (frozenset({_F.CHANNEL_PLATFORM, _F.CHANNEL_LANGUAGE, _F.AUDIENCE_COUNTRY}), _read_channels),
    (frozenset({_F.ORGANISATION, _F.AFFILIATION_KIND}), _read_affiliations),
    (frozenset({_F.EVIDENCE_COUNT, _F.EVIDENCE_DAYS}), _read_evidence),
    (frozenset({_F.ACCEPTS, _F.DECLINES}), _read_answers),
    (frozenset({_F.OWNER}), _read_owners),
    (frozenset({_F.STAGE}), _read_stages),
    (frozenset({_F.SILENT_DAYS}), _read_silence),
)
