"""Acting once: a request that is sent again under the same Idempotency-Key gets the answer of the first.

The key is claimed in a short transaction before the one of the request, so that a second sender learns at once that the
first is under way. The answer is kept in the transaction of the change itself: both are there, or neither is. A refusal
keeps nothing, so its key is free again.
"""

import hashlib
import secrets
from datetime import timedelta

import sqlalchemy as sa
import structlog
from flask import Response, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.accounts.access import acting_user
from app.api.models import ApiAnswer
from app.core import clock, problems, waking
from app.core.db import db, side_transaction, transaction
from app.core.door import SAFE_METHODS
from app.core.errors import Conflict, DomainError

log = structlog.get_logger()

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = timedelta(hours=24)
#: Longer than any statement may run: whoever is silent that long has died, and the next one takes over.
_LEASE = timedelta(minutes=5)
_LONGEST = 255
_PURGED_AT_ONCE = 500


class BadKey(DomainError):
    """Not a key."""

    status = 400


class KeyReused(DomainError):
    """The same key for something else."""

    problem = problems.KEY_REUSED


class UnderWay(Conflict):
    """The first request with this key is not answered yet."""

    problem = problems.UNDER_WAY
    retry_after = 1


def claim() -> ResponseReturnValue | None:
    """Before a change: note its key, or give the answer it was given before. Raises BadKey, KeyReused, UnderWay."""
    g.pop("api_claim", None)
    key = request.headers.get(HEADER)
    if key is None or request.method in SAFE_METHODS:
        return None
    if not 1 <= len(key) <= _LONGEST or not all("!" <= char <= "~" for char in key):
        raise BadKey(f"{HEADER} is 1 to {_LONGEST} visible ASCII characters. Nothing was changed.")
    fence, asked = secrets.token_hex(16), _hash_of_request()
    known = _claim(acting_user().id, key, asked, fence)
    if known is None:
        g.api_claim = (acting_user().id, key, fence)
        return None
    if known.request_hash != asked:
        raise KeyReused("This key was used for another request. Use a new key for each change you want made.")
    if known.status is None:
        raise UnderWay("The first request with this key is still under way. Ask again in a moment.")
    return _again(known)


def settle(response: Response) -> None:
    """Keep the answer beside the change, in the open transaction. Raises UnderWay when somebody else took the key over."""
    if "api_claim" not in g:
        return
    user_id, key, fence = g.api_claim
    row = db.session.scalar(
        sa.select(ApiAnswer).filter_by(user_id=user_id, key=key, fence=fence).with_for_update()
    )
    if row is None:
        raise UnderWay(
            "This took so long that the same request was taken up again. Nothing was changed here."
        )
    row.status, row.body = response.status_code, response.get_data(as_text=True)
    row.media_type = response.mimetype or ""
    row.location, row.etag = response.headers.get("Location", ""), response.headers.get("ETag", "")


def release(response: Response) -> Response:
    """After a refusal: let the key go, for nothing was kept under it."""
    claimed = g.pop("api_claim", None)
    if claimed is not None and response.status_code >= 400:
        user_id, key, fence = claimed
        own = sa.delete(ApiAnswer).filter_by(user_id=user_id, key=key, fence=fence)
        try:
            with side_transaction() as side:
                side.execute(own, execution_options={"audited": True})  # bookkeeping, not a business fact
        except OperationalError as trouble:  # it is free by itself in five minutes
            log.warning("key_not_freed", error=str(trouble.orig))
    return response


def _claim(user_id: int, key: str, asked: str, fence: str) -> ApiAnswer | None:
    """Note the key and give nothing; or give the row that is there."""
    try:
        with side_transaction() as side:
            known = side.scalar(sa.select(ApiAnswer).filter_by(user_id=user_id, key=key).with_for_update())
            if known is not None and _is_alive(known):
                return known
            if known is not None:
                side.delete(known)
                side.flush()
            _note(side, user_id, key, asked, fence)
    except IntegrityError:  # somebody was quicker
        with side_transaction() as side:
            return side.scalars(sa.select(ApiAnswer).filter_by(user_id=user_id, key=key)).one()
    return None


def _note(side: Session, user_id: int, key: str, asked: str, fence: str) -> None:
    side.add(ApiAnswer(user_id=user_id, key=key, request_hash=asked, fence=fence, made_at=clock.now()))
    side.flush()


def _is_alive(row: ApiAnswer) -> bool:
    """Whether a key still counts: an answer for a day, a request under way as long as one can run."""
    return clock.now() - row.made_at < (_LEASE if row.status is None else KEPT)


def _hash_of_request() -> str:
    head = (
        f"{request.method}\0{request.full_path}\0{request.mimetype}\0{request.headers.get('If-Match', '')}\0"
    )
    return hashlib.sha256(head.encode("utf-8", "surrogatepass") + request.get_data()).hexdigest()


def _again(row: ApiAnswer) -> Response:
    response = Response(row.body, row.status, mimetype=row.media_type or None)
    response.headers[REPLAYED] = "true"
    response.headers["Vary"] = "Authorization"
    for name, value in (("Location", row.location), ("ETag", row.etag)):
        if value:
            response.headers[name] = value
    return response


def purge() -> int:
    """Let answers go that are older than a day; how many."""
    before = clock.now() - KEPT
    old = db.session.scalars(
        sa.select(ApiAnswer.id).where(ApiAnswer.made_at < before).limit(_PURGED_AT_ONCE)
    ).all()
    db.session.rollback()
    if old:
        with transaction():
            gone = sa.delete(ApiAnswer).where(ApiAnswer.id.in_(old))
            db.session.execute(gone, execution_options={"audited": True})  # bookkeeping, not a business fact
    return len(old)


_wake = waking.step("api_answers", purge)
