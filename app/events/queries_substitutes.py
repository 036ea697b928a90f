"""Who could come in the place of those who do not: ranked by the gaps they close, each with its reasons (E1).

Nobody is ever chosen by reach.
"""

from collections.abc import Sequence

from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.core.i18n import country_name
from app.events import queries, queries_candidates
from app.events.models import Event, InvitationState
from app.events.queries_candidates import Candidate
from app.people.models import Person
from app.programs import queries_missing
from app.programs.policies_missing import Gap

#: They come, or it is to be expected that they may.
_STILL_IN = frozenset(
    {InvitationState.ACCEPTED, InvitationState.INVITED, InvitationState.TENTATIVE, InvitationState.WAITING}
)
_OUT = frozenset(
    {InvitationState.DECLINED, InvitationState.DELEGATED, InvitationState.LAPSED, InvitationState.WITHDRAWN}
)


class Substitute(Struct, frozen=True):
    """Somebody who could be invited instead, and why they stand where they stand."""

    candidate: Candidate
    #: Names of the gaps of the wanted audience they would close, each with by what.
    closes: Sequence[tuple[str, str]]
    #: Whom of those who do not come they are like, and in what.
    like: Sequence[str]

    @property
    def id(self) -> int:
        return self.candidate.id

    @property
    def name(self) -> str:
        return self.candidate.name

    @property
    def person(self) -> Person:
        return self.candidate.person


class Substitutes(Struct, frozen=True):
    """The gaps there are among those who come, and who would close them, most first."""

    gaps: Sequence[Gap]
    rows: Sequence[Substitute]


def list_substitutes(event: Event, by: User) -> Substitutes:
    """Who of the program could be invited instead of those who do not come; a fixed number of queries."""
    invitations = queries.list_invitations(event, by)
    inside = [one.person for one in invitations if one.state in _STILL_IN]
    gone = [one.person for one in invitations if one.state in _OUT]
    found = [one for one in queries_candidates.list_candidates(event, by) if not one.is_out]
    out = {person.id for person in gone}
    offered = [one for one in found if one.id not in out]
    gaps, met = queries_missing.gaps_among(event.program, inside, [one.person for one in offered])
    rows = [
        Substitute(
            one,
            [(wish.name, why) for wish, why in met.get(one.id, ())],
            [words for person in gone if (words := _likeness(one.person, person))],
        )
        for one in offered
    ]
    return Substitutes(gaps, sorted(rows, key=_rank))


def _rank(row: Substitute) -> tuple[int, int, bool, int, str, int]:
    """Most gaps first, then likeness to those lost; whom the guard stops, and cautions, come later among equals."""
    return (
        -len(row.closes), -len(row.like), not row.candidate.verdict.is_free, len(row.candidate.cautions),
        row.person.sort_key, row.id,
    )  # fmt: skip


def _likeness(one: Person, gone: Person) -> str:
    """ "Brazil, like Mateus": in what somebody is like a person who does not come; empty when in nothing."""
    shared = []
    if one.home_country and one.home_country == gone.home_country:
        shared.append(country_name(one.home_country))
    if one.kind is not None and gone.kind is not None and one.kind.id == gone.kind.id:
        shared.append(one.kind.name.lower())
    return _("%(shared)s, like %(gone)s", shared=", ".join(shared), gone=gone.name) if shared else ""
