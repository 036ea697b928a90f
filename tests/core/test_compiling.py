"""Templates are compiled once, and anew when anything they were compiled for has changed."""

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2 import DictLoader, pass_context, pass_environment, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup

from app.core.compiling import Code, Kept, Page, compile_all


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


# -- what is made in another way than Jinja makes it says the same -----------------------------------


class Marked:
    """Knows how it looks as markup."""

    def __html__(self) -> str:
        return "<i>marked</i>"


class Called:
    """An object that is called like a function, and wants the context."""

    @pass_context
    def __call__(self, context: Context) -> str:
        return f"called with {context['x']}"


@pass_context
def seen_x(context: Context, *more: str) -> str:
    return f"x={context.get('x')}, y={context.get('y')}{more}"


@pass_eval_context
def is_escaping(how: EvalContext, word: str = "") -> str:
    return f"{how.autoescape}{word}"


@pass_environment
def name_of(environment: jinja2.Environment) -> str:
    return type(environment).__mro__[1].__name__


PARTS = """{% macro part(a, b="<b>", c=None) %}[{{ a }}|{{ b }}|{{ c }}]{% endmacro %}
{% macro around(title="") %}<{{ title }}>{{ caller() }}</>{% endmacro %}
{% macro each(rows) %}{% for row in rows %}{{ caller(row, loop.index) }};{% endfor %}{% endmacro %}
{% macro open(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}
{% macro named(a, caller=None) %}{{ a }}{{ caller() if caller else "alone" }}{% endmacro %}"""
IMPORTED = '{% from "parts.html" import part, around, each, open, named %}'

SAME = {
    "values": "{{ a }} {{ b }} {{ c }} {{ d }} {{ e }} {{ missing }} {{ 3 }} {{ 1.5 }} {{ true }}",
    "quotes": "{{ quotes }} {{ quotes|upper }} {{ quotes ~ a }}",
    "no else": "[{{ 'x' if a }}][{{ 'x' if not a }}][{{ b if not a }}]{{ ('x' if not a) is undefined }}",
    "no else within": "{{ ('y' if not a) if a else 'z' }}{{ [1 if not a]|length }}",
    "set": "{% set one %}<p>{{ a }}</p>{% endset %}{{ one }}{% set two = a %}{{ two }}",
    "macro": IMPORTED + "{{ part(a) }}{{ part(b, c) }}{{ part(b=1, a=2) }}{{ part(a, c='<c>', b=none) }}{{ part() }}",
    "macro of its own": "{% macro mine(x) %}<u>{{ x }}</u>{% endmacro %}{{ mine(a) }}{{ mine(mine(a)) }}",
    "macro in a loop": IMPORTED + "{% for x in [1, 2] %}{{ part(x) }}{{ seen_x() }}{% endfor %}{{ seen_x() }}",
    "caller": IMPORTED + "{% call around('t') %}{{ a }}{% endcall %}{% call around(title=b) %}{{ b }}{% endcall %}",
    "caller with values": IMPORTED + "{% call(row, n) each(['<', 'x']) %}{{ n }}{{ row }}{{ a }}{% endcall %}",
    "caller within a caller": IMPORTED
    + "{% call around('o') %}{% call around('i') %}{{ a }}{% endcall %}{{ part(1) }}{% endcall %}",
    "caller of its own name": IMPORTED + "{{ named(1) }}{% call named(1) %}{{ a }}{% endcall %}",
    "more than it names": IMPORTED + "{{ open(1, 2, x=3) }}{{ part(*[1, 2]) }}{{ part(**{'a': a}) }}",
    "a module": '{% import "parts.html" as parts %}{{ parts.part(a) }}',
    "functions of all": "{{ is_escaping() }}{{ is_escaping('<') }}{{ name_of() }}{{ dict(x=1) }}{{ range(3)|list }}",
    "functions that see": "{% set x = 1 %}{{ seen_x() }}{% for x in [2] %}{{ seen_x('<') }}{% set y = 3 %}{{ seen_x() }}{% endfor %}",
    "an object": "{% set x = 4 %}{{ called() }}",
    "functions of the page": "{{ shout(a) }}{{ shout(text=b) }}{{ a.upper() }}{{ {'k': shout}.k('v') }}",
    "a function by the name of another": "{% macro range(n) %}<{{ n }}>{% endmacro %}{{ range(1) }}",
    "a keyword of Python": "{{ dict(class='x', a=1) }}",
    "no markup": "{% autoescape false %}{{ a }}{{ is_escaping() }}" + IMPORTED + "{{ part(a) }}{% endautoescape %}",
    "markup or not": "{% for on in [true, false] %}{% autoescape on %}{{ a }}{{ is_escaping() }}{% endautoescape %}{% endfor %}",
    "filters": "{% filter upper %}{{ a }}x{% endfilter %}{{ [a, b]|join(', ') }}",
    "blocks": "{% for x in [1] %}{% block one scoped %}{{ x }}{{ seen_x() }}{{ shout(a) }}{% endblock %}{% endfor %}",
    # What is wrong is said in the same words.
    "too many": IMPORTED + "{{ part(1, 2, 3, 4) }}",
    "a name it does not know": IMPORTED + "{{ part(1, d=2) }}",
    "a value given twice": IMPORTED + "{{ part(1, a=2) }}",
    "a caller nobody awaits": IMPORTED + "{% call part(1) %}x{% endcall %}",
    "no caller": IMPORTED + "{{ around('t') }}",
    "nothing to call": "{{ nobody(1) }}",
    "not to be called": "{{ a(1) }}",
}  # fmt: skip


def said_by(environment: jinja2.Environment, source: str) -> str:
    """The page, or what is said to be wrong with it."""
    environment.loader = DictLoader({"page.html": source, "parts.html": PARTS})
    environment.globals |= {
        "seen_x": seen_x, "is_escaping": is_escaping, "name_of": name_of, "called": Called(),
    }  # fmt: skip
    values: dict[str, Any] = {
        "a": "<a>", "b": Markup("<b>"), "c": None, "d": Marked(), "e": 7, "quotes": "\"'&<>", "shout": lambda text: f"{text}!",
    }  # fmt: skip
    try:
        return environment.get_template("page.html").render(values)
    except (TypeError, jinja2.UndefinedError) as trouble:
        return f"{type(trouble).__name__}: {trouble}"


@pytest.mark.parametrize("case", SAME)
def test_pages_say_what_they_said_before(case: str) -> None:
    class Plain(jinja2.Environment):
        pass

    class Ours(jinja2.Environment):
        template_class = Page
        code_generator_class = Code

    plain, ours = (said_by(kind(autoescape=True), SAME[case]) for kind in (Plain, Ours))
    assert ours == plain
    assert "mine" not in SAME[case] or "&lt;a&gt;" in ours
