"""Answering who asks for a copy: made, handed over, written down (P9)."""

from typing import IO

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, files
from app.core.db import db
from app.core.models import StoredFile
from app.notices import operations as notices
from app.people.models import Person
from app.privacy import exports, operations_files, policies
from app.privacy.models import PrivacyRequest, RequestKind, RequestState
from app.privacy.operations import SOURCE

#: Larger than any upload: the copy is ours, and stays on this machine for a short time.
_MOST = 1024 * 1024 * 1024


def make_copy(request: PrivacyRequest, *, by: User) -> StoredFile:
    """Write everything about the person into one file; an earlier copy goes. AlreadyAnswered, RequestRefused."""
    policies.require_open(request, RequestKind.ACCESS)
    before, old = audit.snapshot(request), request.file
    with exports.copy_of(request.person) as content:
        stored = files.store(content, f"copy-{request.id}-{clock.today().isoformat()}.zip", by.id, most=_MOST)
    request.file_id, request.file = stored.id, stored
    db.session.flush()
    if old is not None:
        operations_files.doom([old], None, by=by)
    audit.record("privacy.copy_made", request, by=by, before=before)
    return stored


def own_copy(person: Person) -> IO[bytes]:
    """The same copy for the person at their own door: nothing stays on this machine; that they took it is written down (P9)."""
    content = exports.copy_of(person)
    audit.record_event("privacy.own_copy_taken", kind="person", ref=str(person.id), by=None)
    return content


def note_download(request: PrivacyRequest, *, by: User) -> None:
    """Write down that somebody took the copy out of the house."""
    audit.record_event("privacy.copy_downloaded", kind="privacy_request", ref=str(request.id), by=by)


def hand_over_copy(request: PrivacyRequest, *, by: User) -> PrivacyRequest:
    """The person has it: the request is answered."""
    policies.require_open(request, RequestKind.ACCESS)
    if request.file_id is None:
        raise policies.RequestRefused(_("Make the copy first."))
    before = audit.snapshot(request)
    request.state, request.done_by_id, request.done_at = RequestState.DONE, by.id, clock.now()
    audit.record("privacy.copy_handed_over", request, by=by, before=before)
    notices.finish_about((SOURCE, request.id), by=by)
    return request
