"""The image, as far as it can be tried without a container: what goes in, what a start writes, which settings get through."""

import fnmatch
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGING = REPOSITORY / "packaging"
DOCKERFILE = (PACKAGING / "Dockerfile").read_text().replace("\\\n", " ")


def copied() -> list[str]:
    """What the first stage takes from the repository."""
    found = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [source for line in found for source in shlex.split(line)[:-1]]


def let_in(path: str) -> bool:
    """Whether the list beside the Dockerfile lets a path through: the last line that fits it, or a folder above it, counts."""
    is_in = True
    for line in (PACKAGING / "Dockerfile.dockerignore").read_text().split():
        pattern = line.removeprefix("!").removeprefix("**/")
        places = [path, *map(str, Path(path).parents)]
        if line.startswith("**/"):
            places = list(Path(path).parts)
        if any(fnmatch.fnmatchcase(place, pattern) for place in places if place != "."):
            is_in = line.startswith("!")
    return is_in


def test_what_the_image_needs_goes_in_and_nothing_else() -> None:
    assert all(let_in(source) for source in copied())
    for path in (
        "tests/conftest.py", ".git/config", "instance/master.key", "instance/rapport.db", "rapport.env", "packaging/rapport.env",
        "docs/operations.md", ".venv/bin/python", "build/assets/manifest.json", "bench/run.py", "app/core/__pycache__/door.cpython-312.pyc",
    ):  # fmt: skip
        assert not let_in(path), path


@pytest.mark.deep
def test_a_start_writes_nothing_beside_the_program(tmp_path: Path) -> None:
    program, instance = tmp_path / "program", tmp_path / "instance"
    for source in copied():
        target = program / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (REPOSITORY / source).is_dir():
            shutil.copytree(REPOSITORY / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(REPOSITORY / source, target)
    environment = os.environ | {
        "PYTHONPATH": str(program), "PYTHONDONTWRITEBYTECODE": "1", "RAPPORT_INSTANCE": str(instance),
        "DATABASE_URL": f"sqlite:///{instance}/rapport.db",
    }  # fmt: skip
    for script in re.findall(r"/opt/venv/bin/python -P (\S+)", DOCKERFILE):
        subprocess.run(
            [sys.executable, "-P", script],
            env=environment,
            cwd=program,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    # Layers keep whole seconds.
    for file in program.rglob("*"):
        os.utime(file, (int(file.stat().st_atime), int(file.stat().st_mtime)))
    before = {file: file.stat().st_mtime_ns for file in program.rglob("*")}
    command = [sys.executable, "-m", "app.cli", "users", "list"]
    said = subprocess.run(command, env=environment, cwd=program, capture_output=True, text=True)
    assert "Traceback" not in said.stderr
    assert (instance / "secret.key").exists(), said.stderr
    assert {file: file.stat().st_mtime_ns for file in program.rglob("*")} == before


def test_every_setting_gets_through_to_the_containers() -> None:
    compose = (PACKAGING / "compose.yaml").read_text()
    given = set(re.findall(r"^    ([A-Z_]+): ", compose, re.MULTILINE))
    known = set(
        re.findall(
            r'"((?:RAPPORT_|SMTP_URL|DATABASE_URL|WEB_)[A-Z_]*)"',
            (REPOSITORY / "config.py").read_text() + (PACKAGING / "gunicorn.conf.py").read_text(),
        )
    )
    # The image says the first two, the server says the third to itself; PDF is always on, and no file with a secret lies in there.
    elsewhere = {
        "RAPPORT_INSTANCE", "RAPPORT_BIND", "RAPPORT_METRICS_SLOT", "RAPPORT_PDF", "RAPPORT_METRICS_TOKEN_FILE",
    }  # fmt: skip
    assert known - given == elsewhere
