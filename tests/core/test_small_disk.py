"""A disk that is full or cannot be written: a clear page, and the transaction whole or absent."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.databases import Databases, wants_postgresql

REPOSITORY = Path(__file__).parents[2]
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def _play(what: str, london: Flask, databases: Databases, tmp_path: Path) -> dict[str, Any]:
    if wants_postgresql():
        pytest.skip("a PostgreSQL server keeps its files elsewhere; its refusal is tested at the door")
    if (
        shutil.which("unshare") is None
        or subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode
    ):
        pytest.skip("this machine lets nobody mount a small disk of their own")
    script = [sys.executable, "-P", str(Path(__file__).with_name("small_disk.py")), what]
    done = subprocess.run(
        [*NAMESPACE, *script, str(tmp_path / "disk"), str(databases.folder)],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-30000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_full_disk_is_a_clear_page_and_nothing_half_done(
    london: Flask, databases: Databases, tmp_path: Path
) -> None:
    """A form, an upload and an import meet a disk without a byte left; with room again, the same acts succeed."""
    found = _play("full", london, databases, tmp_path)
    for act in ("form", "upload", "import"):
        assert (found[act][0], "The disk is full" in found[act][1]) == (507, True), act
    assert found["after"] == found["before"]
    assert found["before"]["is_sound"] == 1
    assert found["page"][0] == 200  # reading goes on
    assert [found[f"{act} again"][0] for act in ("form", "upload", "import")] == [303, 303, 303]
    status, words, left = found["backup"]
    assert (status, "Traceback" in words, left) == (2, False, [])
    assert "full" in words
    # Status 1: the demo's own files do not lie on this disk, and a backup says so.
    assert found["backup again"] == [1, "", ["house.tar"]]
    grown = {
        name: found["at last"][name] - found["before"][name] for name in ("person", "import_run", "files")
    }
    assert grown == {"person": 41, "import_run": 1, "files": 1}
    assert found["at last"]["is_sound"] == 1


def test_a_disk_that_cannot_be_written_is_a_clear_page(
    london: Flask, databases: Databases, tmp_path: Path
) -> None:
    """Not even the database can be opened then, so the page must do without it."""
    found = _play("read_only", london, databases, tmp_path)
    for act in ("form", "upload", "page"):
        assert (found[act][0], "cannot open or write its own files" in found[act][1]) == (503, True), act
