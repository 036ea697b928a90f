"""Keeping other shows, and the times people are not free, by hand."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.calendars import policies_industry as policies
from app.calendars.details_industry import BlockDetails, ShowDetails
from app.calendars.models_industry import BusyBlock, OtherShow
from app.core import clock
from app.core.db import check_version, db
from app.people.models import Person


def add_show(details: ShowDetails, *, by: User) -> OtherShow:
    """Write down a show of somebody else."""
    show = OtherShow(made_at=clock.now(), made_by_id=by.id, kept=[], **_columns(details))
    db.session.add(show)
    audit.record("calendars.show_added", show, by=by)
    return show


def edit_show(
    show: OtherShow, details: ShowDetails, *, by: User, seen_version: int | None = None
) -> OtherShow:
    """Change a show; what is changed by hand stays so when its calendar is read anew."""
    check_version(show, seen_version)
    before = audit.snapshot(show)
    changed = {name: value for name, value in _columns(details).items() if getattr(show, name) != value}
    for name, value in changed.items():
        setattr(show, name, value)
    if show.source_id is not None:
        show.kept = sorted({*show.kept, *changed})
    show.revised_at = clock.now()
    audit.record("calendars.show_edited", show, by=by, before=before)
    return show


def call_off_show(show: OtherShow, *, by: User) -> OtherShow:
    """A show does not take place, or is none of our concern: it stays in the list of what is off, and warns nobody."""
    if show.gone_at is not None:
        raise policies.ShowIsOff(_("This show is marked as off already."))
    before = audit.snapshot(show)
    show.gone_at = clock.now()
    show.kept = sorted({*show.kept, "gone_at"})
    audit.record("calendars.show_called_off", show, by=by, before=before)
    return show


def bring_back_show(show: OtherShow, *, by: User) -> OtherShow:
    """A show that was marked as off takes place after all."""
    if show.gone_at is None:
        raise policies.ShowIsOff(_("This show is not marked as off."))
    before = audit.snapshot(show)
    show.gone_at = None
    show.kept = sorted({*show.kept} - {"gone_at"})
    audit.record("calendars.show_brought_back", show, by=by, before=before)
    return show


def _columns(details: ShowDetails) -> dict[str, object]:
    values = details.model_dump(exclude={"country", "audiences"})
    return values | {"country": details.country or "", "audiences": [one.value for one in details.audiences]}


def add_block(person: Person, details: BlockDetails, *, by: User) -> BusyBlock:
    """Write down when somebody is not free."""
    block = BusyBlock(person_id=person.id, made_by_id=by.id, made_at=clock.now(), **details.model_dump())
    db.session.add(block)
    audit.record("calendars.block_added", block, by=by)
    return block


def edit_block(
    block: BusyBlock, details: BlockDetails, *, by: User, seen_version: int | None = None
) -> BusyBlock:
    """Change when somebody is not free."""
    check_version(block, seen_version)
    _require_ours(block)
    before = audit.snapshot(block)
    for name, value in details.model_dump().items():
        setattr(block, name, value)
    block.revised_at = clock.now()
    audit.record("calendars.block_edited", block, by=by, before=before)
    return block


def remove_block(block: BusyBlock, *, by: User) -> None:
    """Somebody is free after all; nothing is kept of when they were thought not to be."""
    _require_ours(block)
    audit.record("calendars.block_removed", block, by=by)
    db.session.delete(block)
    db.session.flush()


def _require_ours(block: BusyBlock) -> None:
    if block.source_id is not None:
        raise policies.BlockIsTheirs(
            _("This comes from a calendar of the person. It changes here when it changes there.")
        )
