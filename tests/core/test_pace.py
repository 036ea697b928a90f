"""So often and no oftener, over all processes of a machine."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from app.core.pace import SharedPace

At = Callable[[datetime], AbstractContextManager[None]]
NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def test_so_many_in_a_window_and_again_when_it_is_over(tmp_path: Path, at: At) -> None:
    pace = SharedPace(tmp_path / "pace", 60)
    with at(NOON):
        found = [pace.take("a", 3) for _ in range(4)]
        assert [(one.left, one.is_refused) for one in found] == [
            (2, False),
            (1, False),
            (0, False),
            (0, True),
        ]
        assert pace.take("b", 3).left == 2
    with at(NOON + timedelta(seconds=59)):
        refused = pace.take("a", 3)
        assert (refused.is_refused, refused.seconds) == (True, 1)
    with at(NOON + timedelta(seconds=60)):
        assert pace.take("a", 3).left == 2


@pytest.mark.parametrize(("seconds", "left"), [(-0.5, 1), (-3600, 2), (3600, 2)])
def test_a_clock_that_is_a_little_behind_counts_on_and_one_that_was_put_keeps_nobody_out(
    tmp_path: Path, at: At, seconds: float, left: int
) -> None:
    pace = SharedPace(tmp_path / "pace", 60)
    with at(NOON):
        pace.take("a", 3)
    with at(NOON + timedelta(seconds=seconds)):
        assert pace.take("a", 3).left == left


def test_the_file_never_grows_and_names_nobody(tmp_path: Path) -> None:
    path = tmp_path / "pace"
    pace = SharedPace(path, 60)
    pace.take("who-asks-first", 3)
    size = path.stat().st_size
    for number in range(20_000):
        assert not pace.take(f"key {number}", 1).is_refused
    assert path.stat().st_size == size < 200_000
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"who-asks" not in path.read_bytes()


def test_the_longest_silent_makes_room(tmp_path: Path, at: At) -> None:
    """A key whose place was given away begins anew; those that came after it keep their count."""
    pace = SharedPace(tmp_path / "pace", 60)
    pace._N_ROWS = 1  # type: ignore[misc]
    for number in range(9):
        with at(NOON + timedelta(seconds=number)):
            assert pace.take(str(number), 1).left == 0
    with at(NOON + timedelta(seconds=10)):
        assert pace.take("8", 1).is_refused
        assert not pace.take("0", 1).is_refused


def test_threads_count_together(tmp_path: Path) -> None:
    pace, barrier, refused = SharedPace(tmp_path / "pace", 60), Barrier(8), list[bool]()

    def ask() -> None:
        barrier.wait()
        refused.extend(pace.take("a", 100).is_refused for _ in range(25))

    askers = [Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert refused.count(False) == 100


_CHILD = textwrap.dedent("""
    import json, sys
    from pathlib import Path
    from app.core.pace import SharedPace
    pace = SharedPace(Path(sys.argv[1]), 3600)
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(sum(not pace.take("a", 500).is_refused for _ in range(400))))
""")


def test_processes_count_together(tmp_path: Path) -> None:
    """Three that each ask 400 times at once get 500 between them, not one more and not one less."""
    command = [sys.executable, "-c", _CHILD, str(tmp_path / "pace")]
    root = Path(__file__).parents[2]
    children = [
        subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    assert sum(json.loads(child.communicate(timeout=60)[0]) for child in children) == 500
