"""Decisions about merging: what may be merged, what the stricter wish is, until when it can be undone (P3, P4)."""

from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from msgspec import Struct

from app.core.errors import Conflict, DomainError
from app.core.i18n import marked
from app.people.models import OfficialStatus, Person

#: A merge can be undone this long.
UNDO_WITHIN = timedelta(days=30)


class MergeRefused(DomainError):
    """P3: these two records cannot be merged as asked."""


class MergedMeanwhile(Conflict):
    """P3: somebody else merged one of the two first."""


class UndoRefused(DomainError):
    """P3: this merge cannot be undone, or not before another."""


#: What whoever merges chooses, field by field: form name, words, columns that go together.
FIELDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("name", marked("Name"), ("name", "sort_name", "name_order", "sort_key")),
    ("email", marked("E-mail"), ("email",)),
    ("phone", marked("Telephone"), ("phone",)),
    ("languages", marked("Languages"), ("languages",)),
    ("home_country", marked("Home country"), ("home_country",)),
    ("zone", marked("Time zone"), ("zone",)),
    ("kind", marked("Kind"), ("kind_id",)),
    ("known_for", marked("Known for"), ("known_for",)),
    ("known_among", marked("Known among"), ("known_among",)),
    ("is_independent", marked("Independent"), ("is_independent",)),
    ("agency", marked("Represented by"), ("agency_id",)),
)


class Wishes(Struct, frozen=True):
    """What holds for a person whatever the record: the stricter of two records (P4)."""

    is_opted_out: bool
    quiet_until_on: date | None
    official_status: OfficialStatus
    official_reason: str
    has_equity_or_family_tie: bool


def stricter(kept: Person, gone: Person) -> Wishes:
    """Opted out if either is; quiet until the later day; official or tied to us if either is."""
    quiet = [day for day in (kept.quiet_until_on, gone.quiet_until_on) if day is not None]
    leading = kept if kept.is_official or not gone.is_official else gone
    return Wishes(
        is_opted_out=kept.is_opted_out or gone.is_opted_out,
        quiet_until_on=max(quiet, default=None),
        official_status=leading.official_status,
        official_reason=leading.official_reason,
        has_equity_or_family_tie=kept.has_equity_or_family_tie or gone.has_equity_or_family_tie,
    )


def joined_notes(kept: str, gone: str) -> str:
    """Both notes, the survivor's first; nothing twice."""
    return "\n\n".join(dict.fromkeys(part for part in (kept.strip(), gone.strip()) if part))


def require_mergeable(kept: Person, gone: Person) -> None:
    """MergeRefused for a record and itself or a recipient of imported books; MergedMeanwhile for one merged before."""
    if kept.id == gone.id:
        raise MergeRefused(_("This is one record already. Choose another one to merge it with."))
    for person in (kept, gone):
        if person.is_pseudonymous:
            raise MergeRefused(
                _("Recipients of imported books have no identity here, so nobody can say they are the same.")
            )
    for person in (kept, gone):
        if person.merged_into_id is not None:
            raise MergedMeanwhile(
                _(
                    "%(person)s was merged into another record in the meantime. Open it and compare again.",
                    person=person.name,
                )
            )


def undo_until(merged_at: datetime) -> datetime:
    """The last instant a merge can be undone."""
    return merged_at + UNDO_WITHIN


def require_undoable(at: datetime, undone_at: datetime | None, now: datetime, *, has_later: bool) -> None:
    """UndoRefused when it was undone, is too long ago, or the survivor was merged again since."""
    if undone_at is not None:
        raise UndoRefused(_("This merge was undone already."))
    if now > undo_until(at):
        raise UndoRefused(_("A merge can be undone within 30 days; this one is older."))
    if has_later:
        raise UndoRefused(_("The surviving record was merged again since. Undo the later merge first."))
