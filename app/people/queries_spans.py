"""What lasted from when to when on a person's record: work, owners, agencies; rooms above add theirs (stages)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.core.i18n import all_marked, day
from app.core.wall_times import day_in
from app.people import queries_owners, queries_representation
from app.people.models import OwnerRole, Person


class DatedSpan(Struct, frozen=True):
    """Something that held from a day, and until a day unless it still does; `group` says what kind of thing it is."""

    group: str
    title: str
    note: str
    from_on: date
    to_on: date | None

    def state_on(self, today: date) -> str:
        """ "past", "now" or "planned"."""
        if self.from_on > today:
            return "planned"
        return "past" if self.to_on is not None and self.to_on < today else "now"


#: How the groups are called, in the order they are shown.
GROUPS = all_marked({
    "affiliation": "Where they work or belong", "owner": "Owner", "deputy": "Deputy", "agency": "Represented by",
    "stage": "Stage",
})  # fmt: skip

Source = Callable[[Person, User], Iterable[DatedSpan]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Let a room above add what lasted there; a room that registers again is replaced."""
    if source not in _sources:
        _sources.append(source)


def list_spans(person: Person, by: User) -> Sequence[DatedSpan]:
    """Everything that lasted, by group, the latest begun first; sources give the later of one day first."""
    found = [*_affiliations(person), *_owners(person, by), *_agencies(person, by)]
    found += [span for source in _sources for span in source(person, by)]
    order = list(GROUPS)
    return sorted(found, key=lambda span: (order.index(span.group), -span.from_on.toordinal()))


def _affiliations(person: Person) -> Iterable[DatedSpan]:
    for row in reversed(person.affiliations):
        said = [_("employed") if row.is_employment else _("belongs")]
        if row.is_consent_given:
            said.append(
                _("employer agreed %(day)s", day=day(row.consented_on))
                if row.consented_on
                else _("employer agrees")
            )
        role = f"{row.role}, " if row.role else ""
        yield DatedSpan("affiliation", row.organisation.name, role + ", ".join(said), row.from_on, row.to_on)


def _owners(person: Person, by: User) -> Iterable[DatedSpan]:
    for row in queries_owners.list_history(person):
        group = "owner" if row.role is OwnerRole.OWNER else "deputy"
        ended = day_in(row.to_at, by.zone) if row.to_at else None
        yield DatedSpan(group, row.user.name, row.user.department.name, row.from_on, ended)


def _agencies(person: Person, by: User) -> Iterable[DatedSpan]:
    for row in queries_representation.list_representations(person):
        ended = day_in(row.to_at, by.zone) if row.to_at else None
        yield DatedSpan("agency", row.organisation.name, row.end_reason, row.from_on, ended)
