"""Adding many people at once: each as `add_person` and `add_channel` would add them, in a few statements."""

import secrets
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct, field

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.bulk import insert_rows, reserve_ids
from app.core.db import Base
from app.people import policies
from app.people.details import ChannelDetails, PersonDetails
from app.people.models import Channel, OwnerRole, Ownership, Person
from app.people.operations_parts import channel_said, platform_of
from app.people.upkeep import kind_named, said_by, search_doc_of, search_text_of


class NewPeople(Struct):
    """People to be added together; whatever stands against one is raised when that one is put here."""

    by: User | None
    people: list[dict[str, Any]] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    channels: list[tuple[int, dict[str, Any]]] = field(default_factory=list)  # (place in `people`, columns)
    _kinds: dict[str, int | None] = field(default_factory=dict)
    _platforms: dict[tuple[str, str | None], str] = field(default_factory=dict)
    _may_own: set[int] = field(default_factory=set)

    def put(self, details: PersonDetails, owner: User | None, channel: ChannelDetails | None) -> None:
        """Take one in; OwnerNeeded or CannotOwn, WordUnknown or WordRetired for a kind or platform that is not offered.

        Agency and official status come later, by their own operations.
        """
        if owner is None:
            raise policies.OwnerNeeded(_("Everybody has an owner. Choose who looks after this person."))
        if owner.id not in self._may_own:
            policies.require_may_own(owner.role, owner.is_active, owner.name)
            self._may_own.add(owner.id)
        columns = said_by(details)
        found_by = [columns["sort_name"], columns["email"], *([channel.handle] if channel else [])]
        columns["kind_id"] = self._kind_id(details.kind)
        columns["search_text"] = search_text_of(details.name, found_by)
        topics = (details.known_for, details.known_among)
        columns["search_doc"] = search_doc_of(columns["search_text"], topics, details.languages)
        if channel is not None:
            self.channels.append((len(self.people), channel_said(channel, self._platform(channel))))
        self.people.append(columns)
        self.owners.append(owner.id)

    def _kind_id(self, name: str) -> int | None:
        if name not in self._kinds:
            kind = kind_named(name)
            self._kinds[name] = kind.id if kind else None
        return self._kinds[name]

    def _platform(self, channel: ChannelDetails) -> str:
        key = (channel.platform, urlsplit(channel.url).hostname)
        if key not in self._platforms:
            self._platforms[key] = platform_of(channel, None).code
        return self._platforms[key]


def add_people(new: NewPeople) -> list[int]:
    """Write them, each with the first owner, the channel and the lines of the audit trail; their numbers, in order (P1)."""
    now = clock.now()
    ids = list(reserve_ids(Person, len(new.people)))
    common = _unsaid(Person) | {"made_at": now, "changed_at": now}
    rows = [
        common | columns | {"id": id, "surrogate": secrets.token_hex(16)}
        for id, columns in zip(ids, new.people, strict=True)
    ]
    insert_rows(Person, rows)
    owned = {
        "role": OwnerRole.OWNER,
        "from_at": now,
        "from_on": now.date(),
        "to_at": None,
        "hand_over_id": None,
    }
    insert_rows(
        Ownership,
        (owned | {"person_id": id, "user_id": owner} for id, owner in zip(ids, new.owners, strict=True)),
    )
    audit.record_added("people.person_added", Person, rows, by=new.by)
    _add_channels(new, ids)
    new.people, new.owners, new.channels = [], [], []
    return ids


def _add_channels(new: NewPeople, ids: list[int]) -> None:
    numbers = reserve_ids(Channel, len(new.channels))
    common = _unsaid(Channel)
    rows = [
        common | said | {"id": id, "person_id": ids[place]}
        for id, (place, said) in zip(numbers, new.channels, strict=True)
    ]
    insert_rows(Channel, rows)
    audit.record_added("people.channel_added", Channel, rows, by=new.by)


def _unsaid(model: type[Base]) -> dict[str, Any]:
    """What every column of a new row holds while nobody has said anything."""
    defaults = {column.name: column.default for column in sa.inspect(model).columns}
    return {
        name: default.arg if isinstance(default, sa.ColumnDefault) and default.is_scalar else None
        for name, default in defaults.items()
    }
