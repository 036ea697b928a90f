"""Templates are compiled once, and anew when anything they were compiled for has changed."""

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2 import DictLoader, pass_context

from app.core.compiling import Kept, compile_all


class Watched(jinja2.Environment):
    """Counts what it compiles."""

    n_compiled = 0

    def compile(self, *args: Any, **kwargs: Any) -> Any:
        self.n_compiled += 1
        return super().compile(*args, **kwargs)


def shown(folder: Path, source: str = "{{ 2|twice }}", twice: Any = lambda one: one * 2) -> tuple[str, int]:
    """What a page says to a process that begins now, and how many templates it had to compile."""
    templates: Mapping[str, str] = {"page.html": source, "other.html": "other"}
    environment = Watched(loader=DictLoader(templates), bytecode_cache=Kept(folder))
    environment.filters["twice"] = twice
    return environment.get_template("page.html").render(), environment.n_compiled


@pass_context
def in_context(_context: object, one: int) -> str:
    return f"in context {one}"


def test_a_template_is_compiled_once(tmp_path: Path) -> None:
    assert shown(tmp_path / "kept") == ("4", 1)
    assert shown(tmp_path / "kept") == ("4", 0)
    (kept,) = (tmp_path / "kept").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o644, "whoever runs it may be somebody else"


def test_what_it_was_compiled_for_has_changed(tmp_path: Path) -> None:
    shown(tmp_path)
    assert shown(tmp_path, source="{{ 3|twice }}") == ("6", 1)
    assert shown(tmp_path, source="{{ 3|twice }}", twice=in_context) == ("in context 3", 1)


def test_a_broken_file_is_made_anew(tmp_path: Path) -> None:
    shown(tmp_path)
    (kept,) = tmp_path.iterdir()
    for broken in (b"", b"no code", kept.read_bytes()[:-10]):
        kept.write_bytes(broken)
        assert shown(tmp_path) == ("4", 1)
    assert shown(tmp_path) == ("4", 0)


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_place_nobody_may_write_to_costs_time_alone(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    assert shown(tmp_path / place) == ("4", 1)
    assert shown(tmp_path / place) == ("4", 1)


def test_everything_can_be_compiled_beforehand(tmp_path: Path) -> None:
    templates = {"page.html": "page", "other.html": "other"}
    environment = Watched(loader=DictLoader(templates), bytecode_cache=Kept(tmp_path))
    assert (compile_all(environment), environment.n_compiled) == (2, 2)
    assert shown(tmp_path, source="page") == ("page", 1), "for another set of filters"
    again = Watched(loader=DictLoader(templates), bytecode_cache=Kept(tmp_path))
    assert (again.get_template("other.html").render(), again.n_compiled) == ("other", 0)
