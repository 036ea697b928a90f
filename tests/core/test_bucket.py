"""Object storage: what it refuses, loses or alters is told to whoever runs the house, and nothing is left half done."""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core import files, places, settings
from app.core.db import db, transaction
from app.core.models import StoredFile
from app.core.places import Altered, PlaceTrouble
from tests.buckets import KEY_ID, SECRET, Storage, content_of, files_kept
from tests.databases import free_port

WORDS = b"minutes of the board\n"
DIGEST = hashlib.sha256(WORDS).hexdigest()
KEY = f"house/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}"


@pytest.fixture(autouse=True)
def own_folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "FILES_PATH", tmp_path / "files")


def store(data: bytes = WORDS) -> StoredFile:
    with transaction():
        return files.store(data, "minutes.txt", None)


def on_disk(app: Flask) -> list[str]:
    return [path.name for path in Path(app.config["FILES_PATH"]).rglob("*") if path.is_file()]


def test_content_goes_under_the_prefix_with_its_checksum_and_not_on_the_disk(
    app: Flask, in_bucket: Storage
) -> None:
    stored = store()
    head = in_bucket.client.head_object(Bucket=in_bucket.name, Key=KEY, ChecksumMode="ENABLED")
    assert (in_bucket.keys(), on_disk(app)) == ([KEY], [])
    assert head["ChecksumSHA256"] == base64.b64encode(bytes.fromhex(DIGEST)).decode()
    assert content_of(stored) == WORDS
    assert on_disk(app) == []


def test_only_what_is_ours_is_listed(app: Flask, in_bucket: Storage) -> None:
    store()
    for key in (
        f"other/{KEY}",
        KEY.removeprefix("house/"),
        "house/notes.txt",
        f"house/00/00/{DIGEST}",
        f"{KEY}.old",
    ):
        in_bucket.put(key, b"theirs")
    [bucket, disk] = places.places(app.config)
    assert (list(bucket.list()), list(disk.list())) == ([DIGEST], [])


def test_more_than_one_answer_holds_are_listed(
    app: Flask, in_bucket: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    digests = sorted(hashlib.sha256(str(number).encode()).hexdigest() for number in range(7))
    for one in digests:
        in_bucket.put(f"house/{places.name_of(one)}", b"x")
    assert sorted(places.places(app.config)[0].list()) == digests


def test_what_is_there_is_not_sent_again(
    app: Flask, in_bucket: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever put it there: without a checksum of ours it is read before it is believed."""
    in_bucket.put(KEY, WORDS)
    bucket: Any = places.places(app.config)[0]
    monkeypatch.setattr(bucket._client, "put_object", lambda **_: pytest.fail("it was sent again"))
    store()
    assert content_of(store()) == WORDS


def test_two_processes_keep_the_same_at_once(app: Flask, in_bucket: Storage, tmp_path: Path) -> None:
    """Each with a client of its own; both find it whole, and it is there once."""
    begin, troubles = threading.Barrier(4), []

    def keep(number: int) -> None:
        [bucket, _disk] = places.places({**app.config, "FILES_PATH": tmp_path / str(number)})
        draft = tmp_path / f"draft-{number}"
        draft.write_bytes(WORDS)
        begin.wait()
        try:
            for _ in range(5):
                bucket.keep(draft, DIGEST)
                with bucket.open(DIGEST) as content:
                    assert content.read() == WORDS
        except (PlaceTrouble, OSError, AssertionError) as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (troubles, in_bucket.keys()) == ([], [KEY])


def test_altered_content_is_never_handed_out(app: Flask, in_bucket: Storage) -> None:
    stored = store()
    in_bucket.put(KEY, WORDS[::-1])
    with pytest.raises(Altered):
        places.places(app.config)[0].open(DIGEST)
    with pytest.raises(files.Lost, match="missing where files are kept, or was altered"):
        files.open_file(stored)
    assert on_disk(app) == []


def test_what_arrives_altered_is_refused_and_no_row_is_made(
    app: Flask, in_bucket: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A storage that believes everything: what arrived is read again."""
    bucket: Any = places.places(app.config)[0]
    monkeypatch.setattr(bucket._client, "put_object", lambda **_: in_bucket.put(KEY, b"altered on its way"))
    with pytest.raises(PlaceTrouble) as refused:
        store()
    assert "is not what was sent" in refused.value.why
    assert (db.session.query(StoredFile).count(), on_disk(app)) == (0, [])


def test_content_still_on_the_disk_is_read_until_it_is_moved(
    app: Flask, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And after the way back, content in the bucket; what is removed goes from both."""
    early = store(b"early")
    with files_kept(app, storage.settings(), monkeypatch):
        late = store(b"late")
        assert (content_of(early), content_of(late)) == (b"early", b"late")
    with files_kept(app, storage.settings(FILES_PLACE="disk"), monkeypatch):
        last = store(b"last")
        assert [content_of(one) for one in (early, late, last)] == [b"early", b"late", b"last"]
        assert sorted(on_disk(app)) == sorted([early.sha256, last.sha256])
        for one in (early, late, last):
            files.remove(one.sha256)
    assert (storage.keys(), on_disk(app)) == ([], [])


# -- what goes wrong -------------------------------------------------------------------------------


@contextmanager
def answering(status: int, code: str) -> Iterator[tuple[str, list[str]]]:
    """A storage that says one thing to everything: its address, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = (
                b""
                if self.command == "HEAD"
                else f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>".encode()
            )
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-amz-bucket-region", "eu-central-1")
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


FAULTS: list[tuple[int, str, str]] = [
    (403, "InvalidAccessKeyId", "refuses our key for the bucket"),
    (403, "SignatureDoesNotMatch", "refuses our key for the bucket"),
    (403, "AccessDenied", "must be allowed to list the bucket"),
    (404, "NoSuchBucket", "There is no bucket rapport-files. Make it"),
    (503, "SlowDown", "busy or broken for the moment. Try again in a few minutes"),
    (500, "InternalError", "busy or broken for the moment"),
    (301, "PermanentRedirect", "in another region. Set RAPPORT_FILES_REGION"),
    (400, "XAmzContentSHA256Mismatch", "is not what was sent"),
    (507, "QuotaExceeded", "refuses to work on the bucket rapport-files (QuotaExceeded)"),
    (400, "a-code-of-its-own", "no reason it gave can be read"),
]

DOING: dict[str, Callable[[places.Place, Path], object]] = {
    "keep": lambda place, draft: place.keep(draft, DIGEST),
    "open": lambda place, _: place.open(DIGEST),
    "remove": lambda place, _: place.remove(DIGEST),
    "list": lambda place, _: list(place.list()),
}


@pytest.mark.parametrize(("status", "code", "words"), FAULTS)
def test_each_refusal_says_what_happened_and_what_to_do(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, code: str, words: str
) -> None:
    with answering(status, code) as (endpoint, asked), files_kept(app, _somewhere(endpoint), monkeypatch):
        for name in ("open", "remove", "list"):
            with pytest.raises(PlaceTrouble) as told:
                DOING[name](places.places(app.config)[0], tmp_path)
            assert words in told.value.why, name
            assert SECRET not in told.value.why + told.value.message
        assert 3 <= len(asked) <= 6  # each at most once more
        with pytest.raises((PlaceTrouble, FileNotFoundError)):
            store()
    assert (db.session.query(StoredFile).count(), on_disk(app)) == (0, [])


def test_a_storage_that_is_away_is_said_in_words_and_not_asked_again_at_once(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    with files_kept(app, _somewhere(endpoint), monkeypatch):
        for act in DOING.values():
            with pytest.raises(PlaceTrouble) as told:
                act(places.places(app.config)[0], tmp_path / "draft")
            assert told.value.why.startswith(
                "The object storage of the bucket rapport-files does not answer ("
            )
            assert told.value.message.startswith("Files cannot be reached at the moment. Nothing was saved.")
        bucket: Any = places.places(app.config)[0]
        monkeypatch.setattr(bucket, "_client", None)  # nobody may ask
        with pytest.raises(PlaceTrouble):
            bucket.open(DIGEST)
        with pytest.raises(PlaceTrouble):
            store()
    assert (db.session.query(StoredFile).count(), on_disk(app)) == (0, [])


def _somewhere(endpoint: str) -> dict[str, str]:
    return {
        "FILES_BUCKET": "rapport-files", "FILES_ENDPOINT": endpoint, "FILES_REGION": "us-east-1", "FILES_PREFIX": "house/",
        "FILES_KEY_ID": KEY_ID, "FILES_SECRET": SECRET, "FILES_PLACE": "bucket",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"FILES_BUCKET": "Rapport Files"}, "RAPPORT_FILES_BUCKET must be"),
        ({"FILES_BUCKET": "../x"}, "RAPPORT_FILES_BUCKET must be"),
        ({"FILES_ENDPOINT": "http://s3.company.example"}, "RAPPORT_FILES_ENDPOINT must be the https://"),
        ({"FILES_ENDPOINT": "https://key:word@s3.company.example"}, "RAPPORT_FILES_ENDPOINT must be the https://"),
        ({"FILES_ENDPOINT": "s3.company.example"}, "RAPPORT_FILES_ENDPOINT must be the https://"),
        ({"FILES_REGION": ""}, "RAPPORT_FILES_REGION must be"),
        ({"FILES_PREFIX": "../other/"}, "RAPPORT_FILES_PREFIX must be"),
        ({"FILES_PREFIX": "a//b/"}, "RAPPORT_FILES_PREFIX must be"),
        ({"FILES_SECRET": ""}, "RAPPORT_FILES_KEY_ID and RAPPORT_FILES_SECRET go together"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named_at_the_start(changed: dict[str, str], words: str) -> None:
    good = _somewhere("https://s3.company.example")
    settings.check_bucket(good)
    with pytest.raises(ValueError, match=words) as refused:
        settings.check_bucket(good | changed)
    assert "word@" not in str(refused.value)
    assert SECRET not in str(refused.value)


def test_without_boto3_the_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "find_spec", lambda _name: None)
    with pytest.raises(ValueError, match=r"pip install 'rapport\[bucket\]'"):
        settings.check_bucket(_somewhere(""))
    settings.check_bucket({"FILES_BUCKET": ""})
