"""Reading declared facets: only counts that were let out; no function here gives a person's answer (P7)."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.queries import reporting
from app.core.db import db
from app.core.errors import NotFound
from app.programs.models import Cohort
from app.programs.models_declared import Declaration, DeclarationChange, Facet, FacetRelease
from app.programs.policies_declared import LEAST_MINIMUM, Count, Known, shown_cells, words_of_cells


def minimum() -> int:
    """The smallest group that may be shown: as an administrator set it, never below five."""
    return max(LEAST_MINIMUM, reporting().n_group_minimum)


def list_facets() -> Sequence[Facet]:
    """Every facet there is, by name."""
    return db.session.scalars(sa.select(Facet).order_by(sa.func.lower(Facet.name), Facet.id)).all()


def get_facet(id: int) -> Facet:
    """The facet with this id, or NotFound."""
    found = db.session.get(Facet, id)
    if found is None:
        raise NotFound(_("There is no such facet."))
    return found


class FacetRow(Struct, frozen=True):
    """A facet and what was last let out about a cohort, under the minimum of today."""

    facet: Facet
    release: FacetRelease | None
    cells: Sequence[tuple[str, int]]
    n_people: int
    #: Whether people have come into the cohort or left it since.
    is_outdated: bool

    @property
    def id(self) -> int:
        return self.facet.id

    @property
    def words(self) -> str:
        return words_of_cells(self.cells, self.n_people)

    @property
    def n_others(self) -> int:
        return self.n_people - sum(n for _, n in self.cells)


def list_facet_rows(cohort: Cohort, member_ids: frozenset[int]) -> Sequence[FacetRow]:
    """Each facet with the newest count over the cohort; two queries whatever the number."""
    wanted = sa.select(FacetRelease).where(FacetRelease.cohort_id == cohort.id).order_by(FacetRelease.id)
    newest = {release.facet_id: release for release in db.session.scalars(wanted)}
    return [_row(facet, newest.get(facet.id), member_ids) for facet in list_facets()]


def _row(facet: Facet, release: FacetRelease | None, member_ids: frozenset[int]) -> FacetRow:
    if release is None:
        return FacetRow(facet, None, (), 0, is_outdated=False)
    n_people = len(release.person_ids)
    # The minimum may have risen since it was counted.
    cells = shown_cells(dict(release.shown), n_people, minimum())
    return FacetRow(
        facet, release, tuple(cells.items()), n_people, frozenset(release.person_ids) != member_ids
    )


# -- for the counting alone ------------------------------------------------------------------------


def releases_of(facet: Facet) -> Sequence[FacetRelease]:
    """Every count over a facet that was ever let out, over whatever cohort, oldest first."""
    wanted = sa.select(FacetRelease).where(FacetRelease.facet_id == facet.id).order_by(FacetRelease.id)
    return db.session.scalars(wanted).all()


def count_to_weigh(
    facet: Facet, person_ids: frozenset[int], releases: Sequence[FacetRelease]
) -> tuple[Count, list[Known]]:
    """What the decision on a new count needs; it stays inside the operation that counts."""
    changes = _changes(facet)
    answers: Mapping[int, str] = {
        row[0]: row[1]
        for row in db.session.execute(
            sa.select(Declaration.person_id, Declaration.choice).where(Declaration.facet_id == facet.id)
        )
    }
    versions = {person_id: len(found) for person_id, found in changes.items()}
    known = [
        Known(
            dict(release.shown),
            {
                person_id: sum(change <= release.last_change_id for change in changes.get(person_id, ()))
                for person_id in release.person_ids
            },
        )
        for release in releases
    ]
    return Count(person_ids, answers, versions, tuple(facet.choices)), known


def last_change(facet: Facet) -> int:
    """The newest change of an answer to a facet; 0 before the first."""
    wanted = sa.select(sa.func.max(DeclarationChange.id)).where(DeclarationChange.facet_id == facet.id)
    return db.session.scalar(wanted) or 0


def _changes(facet: Facet) -> dict[int, list[int]]:
    wanted = sa.select(DeclarationChange.person_id, DeclarationChange.id)
    found: dict[int, list[int]] = {}
    for person_id, change_id in db.session.execute(wanted.where(DeclarationChange.facet_id == facet.id)):
        found.setdefault(person_id, []).append(change_id)
    return found
