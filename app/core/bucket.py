"""Files in a bucket of object storage (the S3 interface); imported only where one is set, for it needs boto3."""

import base64
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import IO, Any, Final

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from app.core.places import Altered, PlaceTrouble, digest_of, hash_of, name_of

log = structlog.get_logger()

_BLOCK: Final = 1024 * 1024
#: Whoever waits on SQLite for a writer waits ten seconds: a storage that does not answer is given up before.
_CONFIG: Final = Config(
    connect_timeout=3, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 2},
    # The signature covers the SHA-256 of what is sent, so a storage that knows nothing of checksums refuses altered bytes too.
    signature_version="s3v4", s3={"addressing_style": "auto", "payload_signing_enabled": True},
    # Storages that are not Amazon's know no others than we name.
    request_checksum_calculation="when_required", response_checksum_validation="when_required",
)  # fmt: skip
#: So long a storage that did not answer is not asked again: a page with forty pictures waits for one of them only.
_REST_SECONDS: Final = 5.0
_GONE: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_ALTERED: Final = frozenset(
    {"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"}
)
_REFUSED: Final = frozenset({"401", "403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
                             "InvalidToken", "AllAccessDisabled", "AccountProblem"})  # fmt: skip
_ELSEWHERE: Final = frozenset(
    {"301", "307", "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
)
_BUSY: Final = frozenset({"429", "500", "502", "503", "504", "SlowDown", "ServiceUnavailable", "InternalError",
                          "RequestTimeout", "Throttling", "ThrottlingException"})  # fmt: skip


class Bucket:
    """Content under a prefix of a bucket. What is opened was read whole and is what its name says."""

    def __init__(
        self, name: str, endpoint: str, region: str, prefix: str, keys: tuple[str, str], drafts: Path
    ) -> None:
        session = boto3.session.Session(
            aws_access_key_id=keys[0] or None, aws_secret_access_key=keys[1] or None
        )
        style: Any = Config(s3={**_CONFIG.s3, "addressing_style": "path"}) if endpoint else Config()
        self._name, self._prefix, self._drafts = name, prefix, drafts
        self._rests_until, self._why = 0.0, ""
        with self._told():
            self._client: Any = session.client(
                "s3", endpoint_url=endpoint or None, region_name=region or None, config=_CONFIG.merge(style)
            )
        self.words = f"the bucket {name}, under {prefix or 'its root'}, at {endpoint or 'Amazon'}"

    def keep(self, draft: Path, digest: str) -> None:
        """Send the draft with its checksum, and ask what arrived; what is there already is not sent again."""
        if self._is_whole(digest):
            return
        with self._told(), draft.open("rb") as body:
            self._client.put_object(
                **self._at(digest), Body=body, ChecksumAlgorithm="SHA256", ChecksumSHA256=_checksum(digest),
                ContentType="application/octet-stream",
            )  # fmt: skip
        if not self._is_whole(digest):
            raise PlaceTrouble(_words(self._name, "BadDigest"))

    def open(self, digest: str) -> IO[bytes]:
        """A copy on our disk without a name, read whole before anybody sees a byte of it."""
        self._drafts.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undone:
            copy = undone.enter_context(tempfile.TemporaryFile(dir=self._drafts))
            self._fetch(digest, copy)
            copy.seek(0)
            if hash_of(copy) != digest:
                log.error("file_altered", sha256=digest, place=self.words)
                raise Altered(f"{digest} is not what its name says")
            copy.seek(0)
            undone.pop_all()  # whoever called closes it
        return copy

    def exists(self, digest: str) -> bool:
        """Whether there is such an object."""
        return self._head(digest) is not None

    def remove(self, digest: str) -> None:
        """Take the object away; a bucket that keeps old versions keeps it all the same."""
        with self._told():
            self._client.delete_object(**self._at(digest))

    def list(self) -> Iterator[str]:
        """Every object under our prefix that has a name of ours, a thousand at a time."""
        with self._told():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._name, Prefix=self._prefix
            )
            for page in pages:
                for one in page.get("Contents", ()):
                    if digest := digest_of(one["Key"].removeprefix(self._prefix)):
                        yield digest

    def _at(self, digest: str) -> dict[str, str]:
        return {"Bucket": self._name, "Key": self._prefix + name_of(digest)}

    def _head(self, digest: str) -> dict[str, Any] | None:
        try:
            with self._told():
                found: dict[str, Any] = self._client.head_object(**self._at(digest), ChecksumMode="ENABLED")
                return found
        except FileNotFoundError:
            return None

    def _is_whole(self, digest: str) -> bool:
        """Whether the content is there and right: by the checksum the storage made, else by reading it."""
        head = self._head(digest)
        if head is None:
            return False
        if head.get("ChecksumSHA256") and head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT":
            return bool(head["ChecksumSHA256"] == _checksum(digest))
        try:
            self.open(digest).close()
        except FileNotFoundError:
            return False
        return True

    def _fetch(self, digest: str, target: IO[bytes]) -> None:
        with self._told():
            body = self._client.get_object(**self._at(digest))["Body"]
            try:
                while block := body.read(_BLOCK):
                    target.write(block)
            finally:
                body.close()

    # -- what goes wrong, in words -----------------------------------------------------------------

    @contextmanager
    def _told(self) -> Iterator[None]:
        """FileNotFoundError for what is not there, PlaceTrouble for everything else; never the words of the storage."""
        if monotonic() < self._rests_until:
            raise PlaceTrouble(self._why)
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _GONE:
                raise FileNotFoundError(f"not in the bucket {self._name}") from None
            trouble = PlaceTrouble(_words(self._name, code))
        except RecursionError:  # a storage that sends every question elsewhere without saying where
            trouble = PlaceTrouble(_words(self._name, "PermanentRedirect"))
        except NoCredentialsError:
            trouble = PlaceTrouble(_words(self._name, "InvalidAccessKeyId"))
        except (BotoCoreError, ValueError) as error:
            trouble = PlaceTrouble(_unreachable(self._name, type(error).__name__))
            self._rests_until, self._why = monotonic() + _REST_SECONDS, trouble.why
        else:
            return
        log.error("files_out_of_reach", why=trouble.why)
        raise trouble


def _checksum(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()


def _unreachable(name: str, kind: str) -> str:
    return f"The object storage of the bucket {name} does not answer ({kind}). Does it run, and is RAPPORT_FILES_ENDPOINT right?"


def _words(name: str, code: str) -> str:
    """What a refusal of the storage means, and what to do."""
    if code == "NoSuchBucket":
        return f"There is no bucket {name}. Make it, or set RAPPORT_FILES_BUCKET to the right one."
    if code in _REFUSED:
        return (
            f"The object storage refuses our key for the bucket {name}. Look at RAPPORT_FILES_KEY_ID and RAPPORT_FILES_SECRET; "
            "the key must be allowed to list the bucket, and to get, put and delete objects in it."
        )
    if code in _ELSEWHERE:
        return f"The bucket {name} is in another region. Set RAPPORT_FILES_REGION, and RAPPORT_FILES_ENDPOINT where there is one."
    if code in _ALTERED:
        return f"What arrived in the bucket {name} is not what was sent, and was not kept. Try again; look at proxies in between."
    if code in _BUSY:
        return f"The object storage of the bucket {name} is busy or broken for the moment. Try again in a few minutes."
    known = code if re.fullmatch(r"[A-Za-z0-9]{1,60}", code) else "no reason it gave can be read"
    return f"The object storage refuses to work on the bucket {name} ({known}). Look at its own log."
