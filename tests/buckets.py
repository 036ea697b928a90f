"""Where tests keep files: the disk, or a bucket of an S3 server in this process, asked over HTTP as any other."""

import contextlib
import logging
import uuid
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core import files
from app.core.models import StoredFile

KEY_ID, SECRET = "AKIATESTHOUSE", "not-a-secret-of-anybody"
BOTH = ("disk", "bucket")


@lru_cache(maxsize=1)
def _server() -> str:
    """One server for the run; its thread ends with the process. Nobody waits for its import who asks for no bucket."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each request on what commands say
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    return "http://{}:{}".format(*server.get_host_and_port())


class Storage:
    """A bucket, as somebody who has its key and knows nothing of Rapport sees it."""

    def __init__(self) -> None:
        self.endpoint, self.name = _server(), f"files-{uuid.uuid4().hex}"
        import boto3

        session = boto3.session.Session(aws_access_key_id=KEY_ID, aws_secret_access_key=SECRET)
        self.client: Any = session.client("s3", endpoint_url=self.endpoint, region_name="us-east-1")
        self.client.create_bucket(Bucket=self.name)

    def settings(self, **more: str) -> dict[str, str]:
        """As the configuration of Flask has them."""
        return {
            "FILES_BUCKET": self.name, "FILES_ENDPOINT": self.endpoint, "FILES_REGION": "us-east-1",
            "FILES_PREFIX": "house/", "FILES_KEY_ID": KEY_ID, "FILES_SECRET": SECRET, "FILES_PLACE": "bucket",
        } | more  # fmt: skip

    def keys(self) -> list[str]:
        """Every object in it."""
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", ())
        return sorted(one["Key"] for one in found)

    def put(self, key: str, content: bytes) -> None:
        """As another program would, without a checksum of ours."""
        self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def close(self) -> None:
        """Leave nothing in it."""
        for key in self.keys():
            self.client.delete_object(Bucket=self.name, Key=key)
        self.client.close()


@contextlib.contextmanager
def files_kept(app: Flask, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files of this house, and of commands on it, lie where the settings say."""
    with monkeypatch.context() as patch:
        for name, value in settings.items():
            patch.setitem(app.config, name, value)
            patch.setenv(f"RAPPORT_{name}", value)
        yield


@pytest.fixture
def storage(databases: Any) -> Iterator[Storage]:
    """A bucket nobody uses yet."""
    found = Storage()
    yield found
    found.close()


@pytest.fixture
def in_bucket(databases: Any, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """The house keeps its files in that bucket."""
    with files_kept(databases.app, storage.settings(), monkeypatch):
        yield storage


@pytest.fixture(params=BOTH)
def kept_in(request: pytest.FixtureRequest) -> str:
    """The test runs twice: with files on the disk, and in a bucket."""
    if request.param == "bucket":
        request.getfixturevalue("in_bucket")
    return str(request.param)


def content_of(stored: StoredFile) -> bytes:
    """What is in a file, wherever it lies."""
    with files.open_file(stored) as content:
        return content.read()


def alter(app: Flask, stored: StoredFile, storage: Storage | None, content: bytes = b"others") -> None:
    """Somebody writes something else under the name of a file."""
    name = f"{stored.sha256[:2]}/{stored.sha256[2:4]}/{stored.sha256}"
    if storage is None:
        Path(app.config["FILES_PATH"], name).write_bytes(content)
    else:
        storage.put(f"house/{name}", content)
