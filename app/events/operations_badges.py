"""Badges: what they say, and printing them, each time with a fresh random code of which only the hash is kept."""

from collections.abc import Collection

from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm.attributes import flag_modified

from app.accounts import audit
from app.accounts.models import User
from app.accounts.signing_in import hash_secret
from app.core import clock
from app.core.db import check_version, db
from app.events import policies_day, queries_badges
from app.events.details_day import BadgeDetails
from app.events.models import Event
from app.events.models_day import Badge
from app.events.models_waves import Comer
from app.events.queries_badges import BadgeRow
from app.outreach.letters import new_reference


class Printed(Struct, frozen=True):
    """One badge on its way to the printer; its code is nowhere else."""

    row: BadgeRow
    code: str


def edit_badge(comer: Comer, details: BadgeDetails, *, by: User, seen_version: int | None = None) -> Badge:
    """Change what a badge says; the record of the person stays as it is. Raises Overtaken, CannotPrint."""
    known = queries_badges.badge_of(comer)
    if known is not None:
        check_version(known, seen_version)
    badge = _badge(comer)
    before = audit.snapshot(badge)
    badge.name = "" if details.name == comer.called else details.name
    badge.second_line = details.second_line
    if details.kind != comer.badge:
        was = audit.snapshot(comer)
        comer.badge = details.kind
        flag_modified(badge, "name")  # its kind stands with whoever comes, and is as much of what it says
        audit.record("events.badge_kind_changed", comer, by=by, before=was)
    audit.record("events.badge_edited", badge, by=by, before=before)
    return badge


def print_badges(event: Event, keys: Collection[str], *, by: User) -> list[Printed]:
    """Badges of those who come and are named (`Comer.key`). Each gets a new code; one printed earlier opens nothing any more."""
    rows = [row for row in queries_badges.list_badge_rows(event, by) if row.key in keys]
    if not rows:
        raise policies_day.CannotPrint(_("Tick who gets a badge; only those who accepted get one."))
    return [_print(row, by) for row in rows]


def _print(row: BadgeRow, by: User) -> Printed:
    badge, code = _badge(row.comer), new_reference()
    before = audit.snapshot(badge)
    badge.secret_hash = hash_secret(code)
    badge.printed_at, badge.printed_by_id, badge.n_prints = clock.now(), by.id, badge.n_prints + 1
    audit.record("events.badge_printed", badge, by=by, before=before)
    return Printed(row, code)


def _badge(comer: Comer) -> Badge:
    if not comer.is_coming:
        raise policies_day.CannotPrint(
            _("%(called)s does not come, so there is no badge for them.", called=comer.called)
        )
    badge = queries_badges.badge_of(comer)
    if badge is None:
        invitation_id, guest_id = comer.who
        badge = Badge(invitation_id=invitation_id, guest_id=guest_id, name="", second_line="", n_prints=0)
        db.session.add(badge)
        db.session.flush()
    return badge
