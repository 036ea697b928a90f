"""Reading the lists of kinds and platforms, and how many records name each."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask_babel import gettext as _

from app.core.db import db
from app.core.errors import NotFound
from app.people.models import Channel, Person, PersonKind, Platform
from app.people.policies_lists import W, Word
from app.people.queries import list_kinds


def list_platforms() -> Sequence[Platform]:
    """Every platform there is, by name."""
    return db.session.scalars(sa.select(Platform).order_by(sa.func.lower(Platform.name), Platform.id)).all()


def offered_kinds(kept: PersonKind | None = None) -> list[tuple[str, str]]:
    """(name, words) a form offers; a retired kind only where the record has it already."""
    return [_choice(kind, kind.name) for kind in list_kinds() if not kind.is_retired or kind is kept]


def offered_platforms(kept: str = "") -> list[tuple[str, str]]:
    """(code, words) a form offers; a retired platform only where the channel has it already."""
    return [_choice(one, one.code) for one in list_platforms() if not one.is_retired or one.code == kept]


def _choice(word: Word, value: str) -> tuple[str, str]:
    return value, f"{word.name} (retired)" if word.is_retired else word.name


def platform_at(url: str) -> Platform | None:
    """The platform whose host an address has, or the host above it (m.youtube.com)."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    rows = {name: row for row in list_platforms() for name in row.hosts}
    while "." in host:
        if host in rows:
            return rows[host]
        host = host.partition(".")[2]
    return None


def count_kinds() -> dict[int, int]:
    """How many records have each kind, those of merged records among them."""
    counted = sa.select(Person.kind_id, sa.func.count()).where(Person.kind_id.is_not(None))
    rows = db.session.execute(counted.group_by(Person.kind_id))
    return {kind_id: n_people for kind_id, n_people in rows if kind_id is not None}


def count_platforms() -> dict[int, int]:
    """How many channels are on each platform."""
    counted = sa.select(Platform.id, sa.func.count()).join(Channel, Channel.platform == Platform.code)
    return {row[0]: row[1] for row in db.session.execute(counted.group_by(Platform.id))}


def get_kind(id: int) -> PersonKind:
    """The kind with this id, or NotFound."""
    return _get(PersonKind, id)


def get_platform(id: int) -> Platform:
    """The platform with this id, or NotFound."""
    return _get(Platform, id)


def _get(model: type[W], id: int) -> W:
    found = db.session.get(model, id)
    if found is None:
        raise NotFound(_("This is not on the list any more."))
    return found
