"""Writing the lists of kinds and platforms: adding, renaming, retiring, offering again, deleting what nobody uses."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core.db import check_version, db
from app.core.i18n import marked
from app.people import policies_lists, queries, queries_lists
from app.people.details import KindDetails, PlatformDetails
from app.people.models import PersonKind, Platform
from app.people.policies import NameTaken
from app.people.policies_lists import W


def add_kind(details: KindDetails, *, by: User | None) -> PersonKind:
    """Put a kind of person on the list; NameTaken when it is or was called so already."""
    _require_free(details.name, queries.list_kinds(), None)
    kind = PersonKind(code=details.name, name=details.name)
    db.session.add(kind)
    audit.record("people.kind_added", kind, by=by)
    return kind


def rename_kind(
    kind: PersonKind, details: KindDetails, *, by: User | None, seen_version: int | None = None
) -> PersonKind:
    """Call a kind something else; records and rules keep the code."""
    check_version(kind, seen_version)
    _require_free(details.name, queries.list_kinds(), kind)
    before = audit.snapshot(kind)
    kind.name = details.name
    audit.record("people.kind_renamed", kind, by=by, before=before)
    return kind


def retire_kind(kind: PersonKind, *, by: User | None) -> PersonKind:
    """Offer a kind no longer; records that have it keep it."""
    return _offer(kind, "people.kind_retired", is_retired=True, by=by)


def offer_kind(kind: PersonKind, *, by: User | None) -> PersonKind:
    """Offer a retired kind again."""
    return _offer(kind, "people.kind_offered", is_retired=False, by=by)


def delete_kind(kind: PersonKind, *, by: User | None) -> None:
    """Take a kind off the list; WordInUse when a record has it."""
    policies_lists.require_unused(kind.name, queries_lists.count_kinds().get(kind.id, 0), marked("kind"))
    audit.record_event("people.kind_deleted", kind="person_kind", ref=str(kind.id), by=by, reason=kind.name)
    db.session.delete(kind)
    db.session.flush()


def add_platform(details: PlatformDetails, *, by: User | None) -> Platform:
    """Put a platform on the list; NameTaken when it is or was called so already."""
    _require_free(details.name, queries_lists.list_platforms(), None)
    _require_free_hosts(details.hosts, None)
    platform = Platform(code=details.name, name=details.name, hosts=list(details.hosts))
    db.session.add(platform)
    audit.record("people.platform_added", platform, by=by)
    return platform


def edit_platform(
    platform: Platform, details: PlatformDetails, *, by: User | None, seen_version: int | None = None
) -> Platform:
    """Call a platform something else, or say which addresses are its; channels and rules keep the code."""
    check_version(platform, seen_version)
    _require_free(details.name, queries_lists.list_platforms(), platform)
    _require_free_hosts(details.hosts, platform)
    before = audit.snapshot(platform)
    platform.name, platform.hosts = details.name, list(details.hosts)
    audit.record("people.platform_edited", platform, by=by, before=before)
    return platform


def retire_platform(platform: Platform, *, by: User | None) -> Platform:
    """Offer a platform no longer; channels on it stay."""
    return _offer(platform, "people.platform_retired", is_retired=True, by=by)


def offer_platform(platform: Platform, *, by: User | None) -> Platform:
    """Offer a retired platform again."""
    return _offer(platform, "people.platform_offered", is_retired=False, by=by)


def delete_platform(platform: Platform, *, by: User | None) -> None:
    """Take a platform off the list; WordInUse when a channel is on it, or when addresses fall back on it."""
    policies_lists.require_other_than_fallback(platform.code, platform.name)
    policies_lists.require_unused(
        platform.name, queries_lists.count_platforms().get(platform.id, 0), marked("platform")
    )
    audit.record_event(
        "people.platform_deleted", kind="platform", ref=str(platform.id), by=by, reason=platform.name
    )
    db.session.delete(platform)
    db.session.flush()


# -- steps -----------------------------------------------------------------------------------------


def _offer(word: W, action: str, *, is_retired: bool, by: User | None) -> W:
    before = audit.snapshot(word)
    word.is_retired = is_retired
    audit.record(action, word, by=by, before=before)
    return word


def _require_free(name: str, words: Sequence[W], own: W | None) -> None:
    """No two words of a list are or were called the same: files and rules would not know which is meant."""
    taken = policies_lists.word_meant(name, [word for word in words if word is not own])
    if taken is None:
        return
    if taken.name.casefold() == name.casefold():
        raise NameTaken(
            _("%(taken)s is on the list already. It is retired: offer it again.", taken=taken.name)
            if taken.is_retired
            else _("%(taken)s is on the list already.", taken=taken.name),
            field="name",
        )
    raise NameTaken(
        _(
            "%(taken)s was called %(code)s once, and rules may still say so. Choose another name.",
            taken=taken.name,
            code=taken.code,
        ),
        field="name",
    )


def _require_free_hosts(hosts: Sequence[str], own: Platform | None) -> None:
    for row in queries_lists.list_platforms():
        if row is not own and (shared := sorted(set(hosts) & set(row.hosts))):
            raise NameTaken(
                _("%(shared)s belongs to %(row)s already.", shared=shared[0], row=row.name), field="hosts"
            )
